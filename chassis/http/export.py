"""What is known of somebody, as one JSON document that is written while it is read, page by page."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from litestar.response import Stream

T = TypeVar("T")
K = TypeVar("K")

PAGE = 100
"""So many things are in memory at once, however many there are."""

_encode = msgspec.json.Encoder().encode

Section = AsyncIterator[Sequence[Any]]


def export(service: str, sections: Mapping[str, Section], *, now: datetime) -> Stream:
    """Answer with `{"service": …, "exported_at": …, "<section>": […], …}`.

    If the database goes away in the middle the connection breaks, so that nobody takes half for the whole.
    """
    return Stream(
        _written(service, sections, now),
        media_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="{service}.json"',
            "Cache-Control": "no-store",
        },
    )


async def _written(
    service: str, sections: Mapping[str, Section], now: datetime
) -> AsyncIterator[bytes]:
    yield b'{"service":' + _encode(service) + b',"exported_at":' + _encode(now)
    for name, pages in sections.items():
        yield b"," + _encode(name) + b":["
        first = True
        async for page in pages:
            for item in page:
                yield (b"" if first else b",") + _encode(item)
                first = False
        yield b"]"
    yield b"}"


async def pages_of(
    read: Callable[[K | None], Awaitable[Sequence[T]]], key: Callable[[T], K]
) -> AsyncIterator[Sequence[T]]:
    """All pages: `read` takes the key of the last item before, none at first, and gives at most PAGE."""
    after: K | None = None
    while page := await read(after):
        yield page
        if len(page) < PAGE:
            return
        after = key(page[-1])


async def one_page(read: Callable[[], Awaitable[Sequence[T]]]) -> AsyncIterator[Sequence[T]]:
    """What is bounded by itself: an account, its logins."""
    yield await read()
