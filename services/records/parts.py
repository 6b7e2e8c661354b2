"""What records' doors work with."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from chassis.http.rate_limit import RateLimit
from chassis.pages import Pages
from chassis.service import Parts as CommonParts
from services.records.settings import Settings

_TEMPLATES = Path(__file__).parent / "pages"


@dataclass(frozen=True, kw_only=True)
class Parts(CommonParts[Settings]):
    """The common parts, the public pages, and who signs."""

    pages: Pages
    heads: Mapping[str, str]
    """The heads of organisers, by the organisers' English names."""
    verifications: RateLimit
    """How often one address may check documents."""


@asynccontextmanager
async def open_parts(common: CommonParts[Settings]) -> AsyncIterator[Parts]:
    """Add what the public pages need."""
    settings = common.settings
    yield Parts(
        settings=settings,
        db=common.db,
        clock=common.clock,
        pages=Pages(
            _TEMPLATES,
            settings.institution_zone,
            own_url=settings.own_url,
            portal_url=settings.portal_url.rstrip("/"),
        ),
        heads=settings.heads,
        verifications=RateLimit(
            per_minute=settings.verifications_per_minute,
            burst=settings.verifications_per_minute,
            clock=common.clock,
        ),
    )
