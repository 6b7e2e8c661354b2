"""Looking for offerings."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from chassis.database import Connection
from services.catalogue import store
from services.catalogue.domain.searching import Facets, Place, Wish, can_be_misspelled
from services.catalogue.store.offerings import Kept, KeptPlace, Lot
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
    similar, matched = await _match(connection, wish.words)
    listed = await store.overview.find_offerings(
        connection, wish, matched, after=after, limit=limit
    )
    facets: Facets | None = None
    if after is None:
        facets = await store.overview.count_offerings(connection, wish, matched)
    return Found(similar=similar, listed=listed, facets=facets)


async def search_kept(
    connection: Connection,
    words: Sequence[str],
    lot: Lot,
    *,
    now: datetime,
    after: KeptPlace | None,
    limit: int,
) -> list[Kept]:
    """Find a page of what the office keeps: also what is over or cancelled, the latest to start first."""
    _, matched = await _match(connection, words)
    course_ids = None if matched is None else matched.course_ids
    return await store.offerings.find_kept(
        connection, course_ids, words, lot, now=now, after=after, limit=limit
    )


async def _match(
    connection: Connection, words: Sequence[str]
) -> tuple[dict[str, str], Matched | None]:
    """Courses that words lead to, misspelled or not; None where no word was given."""
    if not words:
        return {}, None
    similar: dict[str, str] = {}
    if doubtful := [word for word in words if can_be_misspelled(word)]:
        similar = await store.overview.find_similar_words(connection, doubtful)
    return similar, await store.overview.match_courses(connection, words, similar)
