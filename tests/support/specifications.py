"""Specifications that the code is held to. Their licences differ, so none is part of this project."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

_STANDARDS = Path(__file__).parents[3] / "shared" / "standards"


def specification(path: str) -> Any:
    """A specification's own file, which lies beside a developer's checkout; without it the test is skipped."""
    file = _STANDARDS / path
    if not file.exists():
        pytest.skip(f"{path} is not here; it is tested where it is")
    return msgspec.json.decode(file.read_bytes())
