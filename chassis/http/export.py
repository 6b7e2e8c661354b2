"""What is known of somebody, as one JSON document that is written while it is read, page by page."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from litestar.response import Stream

from chassis.database import Connection, Database

T = TypeVar("T")
K = TypeVar("K")
S = TypeVar("S")

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
    db: Database,
    read: Callable[[Connection, K | None], Awaitable[Sequence[T]]],
    key: Callable[[T], K],
) -> AsyncIterator[Sequence[T]]:
    """All pages: `read` takes the key of the last item before, none at first, and gives at most PAGE.

    No connection is held while a page is on its way to the reader.
    """
    after: K | None = None
    while True:
        async with db.reading() as connection:
            page = await read(connection, after)
        if page:
            yield page
        if len(page) < PAGE:
            return
        after = key(page[-1])


async def one_page(
    db: Database, read: Callable[[Connection], Awaitable[Sequence[T]]]
) -> AsyncIterator[Sequence[T]]:
    """What is bounded by itself: an account, its logins."""
    async with db.reading() as connection:
        page = await read(connection)
    yield page


async def shown(
    pages: AsyncIterator[Sequence[T]], show: Callable[[T], S]
) -> AsyncIterator[Sequence[S]]:
    """The same pages, each thing as `show` says it."""
    async for page in pages:
        yield [show(each) for each in page]
