"""Documents as PDF, set by Typst: PDF/A-2a, tagged, with fonts of our own embedded.

What people wrote goes into a template as data, never as source.
"""

import asyncio
import functools
import threading
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec
import typst

FONTS = Path(__file__).parent / "fonts"
_STANDARD: Literal["a-2a"] = "a-2a"
_ONE_AT_A_TIME = threading.Lock()


async def make_pdf(template: Path, data: Any, *, dated: datetime) -> bytes:
    """Fill a template and return the document; the same input gives the same bytes.

    The template reads its data with `json(bytes(sys.inputs.data))`. Works in a thread: about
    10 ms of a core each once the template is warm.
    """
    return await asyncio.to_thread(_compile, template, msgspec.json.encode(data).decode(), dated)


def _compile(template: Path, data: str, dated: datetime) -> bytes:
    with _ONE_AT_A_TIME:  # A compiler keeps what it has parsed, and serves one thread.
        pdf = _compiler(template).compile(
            format="pdf",
            sys_inputs={"data": data},
            pdf_standards=_STANDARD,
            timestamp=int(dated.timestamp()),
        )
    if not isinstance(pdf, bytes):
        raise TypeError(f"{template.name} made no single document")
    return pdf


@functools.cache
def _compiler(template: Path) -> typst.Compiler:
    return typst.Compiler(
        str(template), root=str(template.parent), font_paths=[str(FONTS)], ignore_system_fonts=True
    )
