"""Looking for offerings."""

from collections.abc import Mapping, Sequence

import msgspec

from chassis.database import Connection
from services.catalogue import store
from services.catalogue.domain.searching import Facets, Place, Wish, can_be_misspelled
from services.catalogue.store.overview import Listed, Matched


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what was found."""

    similar: Mapping[str, str]
    """Words that no course uses, and those like them that were looked for as well."""
    listed: Sequence[Listed]
    facets: Facets | None
    """Of the first page only: the next ones have the same."""


async def search_offerings(
    connection: Connection, wish: Wish, *, after: Place | None, limit: int
) -> Found:
    """Find a page of offerings, and count all that there are."""
    similar: dict[str, str] = {}
    matched: Matched | None = None
    if wish.words:
        if doubtful := [word for word in wish.words if can_be_misspelled(word)]:
            similar = await store.overview.find_similar_words(connection, doubtful)
        matched = await store.overview.match_courses(connection, wish.words, similar)
    listed = await store.overview.find_offerings(
        connection, wish, matched, after=after, limit=limit
    )
    facets: Facets | None = None
    if after is None:
        facets = await store.overview.count_offerings(connection, wish, matched)
    return Found(similar=similar, listed=listed, facets=facets)
