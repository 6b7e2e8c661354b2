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

    The template reads its data with `json("data.json")`, a file that is only in memory. As
    `sys.inputs` it would be part of the language's library, and nothing that was laid out for
    one document would be found again for the next. Works in a thread: 3 to 6 ms of a core each,
    depending on how much of it is found again.
    """
    return await asyncio.to_thread(_compile, template, msgspec.json.encode(data), dated)


def _compile(template: Path, data: bytes, dated: datetime) -> bytes:
    files = {"main.typ": f'#include "{template.name}"'.encode(), "data.json": data}
    with _ONE_AT_A_TIME:  # A compiler keeps what it has laid out, and serves one thread.
        pdf = _compiler(template.parent).compile(
            files,  # type: ignore[type-var]  # Several files are documented, and in no stub.
            format="pdf",
            pdf_standards=_STANDARD,
            timestamp=int(dated.timestamp()),
        )
    if not isinstance(pdf, bytes):
        raise TypeError(f"{template.name} made no single document")
    return pdf


@functools.cache
def _compiler(root: Path) -> typst.Compiler:
    return typst.Compiler(root=str(root), font_paths=[str(FONTS)], ignore_system_fonts=True)
