"""What all routes for readers have in common."""

from chassis.http.access import Caller
from contracts.fact import Language
from services.catalogue.edge.views import Reader
from services.catalogue.parts import Parts

IMMUTABLE = "public, max-age=86400"
"""For what never changes once it is published."""


def reader_of(parts: Parts, language: Language, asker: Caller | None) -> Reader:
    """Who reads: language from the header, price from the token."""
    return Reader(language, asker.affiliation if asker else None, parts.clock.now())
