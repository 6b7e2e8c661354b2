"""Lists that services give in parts."""

from typing import Generic, TypeVar
from urllib.parse import parse_qs, urlsplit

import msgspec

from clients.portal.api.asking import Asking, Part

T = TypeVar("T")

MOST = 100
"""Items per part, and people per question, as the services allow."""


class Page(msgspec.Struct, Generic[T], frozen=True):
    """A part of a list."""

    items: tuple[T, ...]
    next: str | None = None

    @property
    def cursor(self) -> str | None:
        """Of the next part; None on the last."""
        if self.next is None:
            return None
        return parse_qs(urlsplit(self.next).query)["cursor"][0]


async def list_all(
    ask: Asking, part: Part, path: str, kind: type[T], **parameters: int
) -> tuple[T, ...]:
    """A whole list, part by part: where somebody has to have all of it, and it is not long.

    `parameters` are numbers and flags of the query.
    """
    items: list[T] = []
    cursor: str | None = None
    while True:
        page = await ask.get(part, path, Page[kind], cursor=cursor, limit=MOST, **parameters)  # type: ignore[valid-type] # Decided by the caller.
        items += page.items
        cursor = page.cursor
        if cursor is None:
            return tuple(items)
