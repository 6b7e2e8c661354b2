"""What runs came to, kept in one file: with time, machine and commit."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.local.system import ROOT


def write_result(file: Path, figures: Mapping[str, Any]) -> None:
    """Add a run to the file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    runs = json.loads(file.read_text()) if file.exists() else []
    runs.append({"at": datetime.now(UTC).isoformat(timespec="seconds"), **_where(), **figures})
    file.write_text(json.dumps(runs, indent=1) + "\n")


def _where() -> dict[str, Any]:
    asked = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    commit = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603 - all ours.
    return {"commit": commit, "cores": os.cpu_count(), "machine": platform.platform(terse=True)}
