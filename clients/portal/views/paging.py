"""The way through a list that comes in parts, by links."""

from typing import Any
from urllib.parse import urlencode

import msgspec

from clients.portal.api.paging import Page


class Paging(msgspec.Struct, frozen=True):
    """Queries of the address that the list has."""

    next_query: str | None
    """Of the next part; None on the last."""
    first_query: str | None
    """Of the first part; None on it."""


def paging_of(found_here: Page[Any], cursor: str, **kept: str) -> Paging:
    """Where the parts around this one are.

    Args:
        found_here: this part.
        cursor: with which it was asked for; empty for the first.
        kept: what else the address says, such as a state.
    """
    following = found_here.cursor
    return Paging(
        next_query=_query({**kept, "cursor": following}) if following else None,
        first_query=_query(kept) if cursor else None,
    )


def _query(asked: dict[str, str]) -> str:
    return f"?{urlencode(asked)}" if asked else ""
