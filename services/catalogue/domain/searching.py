"""What somebody looks for in the overview, and how what is found is counted."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

Sort = Literal["best", "start", "price"]
"""`best`: what fits the words best; without words, as `start`."""

FacetName = Literal["subject", "level", "taught_in", "activity"]
FACETS: tuple[FacetName, ...] = ("subject", "level", "taught_in", "activity")

_MOST_WORDS = 12


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody looks for. None, and no choices in a facet, means anything."""

    words: tuple[str, ...] = ()
    chosen: Mapping[FacetName, frozenset[str]] = {}
    academic_year: str | None = None
    class_number: str | None = None
    ends_after: datetime | None = None
    starts_from: datetime | None = None
    starts_before: datetime | None = None
    max_price_minor: int | None = None
    free_places: bool = False
    affiliation: str | None = None
    """Whose price counts; None: the list price."""
    sort: Sort = "best"

    def choice(self, facet: FacetName) -> list[str] | None:
        """What was chosen in a facet; None: nothing, so anything will do."""
        return sorted(self.chosen.get(facet, ())) or None


class Facets(msgspec.Struct, frozen=True, kw_only=True):
    """How many offerings fit a wish, and how many would with another choice in one facet."""

    total: int
    counts: Mapping[str, Mapping[str, int]]


def split_words(text: str) -> tuple[str, ...]:
    """The words of a query, each once, in order; at most a dozen."""
    # Composed first: a letter with a combining accent would be two words.
    words = re.findall(r"\w+", unicodedata.normalize("NFC", text).casefold())
    return tuple(dict.fromkeys(words))[:_MOST_WORDS]


def can_be_misspelled(word: str) -> bool:
    """Whether it is worth looking for words like it: not for numbers, codes and very short words."""
    return len(word) > 3 and word.isalpha()  # noqa: PLR2004 - three letters are like everything.


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where in a sorted result an offering stands: what a cursor carries."""

    key: float
    starts_at: datetime
    offering_id: UUID
