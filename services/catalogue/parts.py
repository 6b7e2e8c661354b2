"""What the catalogue's doors work with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from chassis.service import Parts as CommonParts
from services.catalogue.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Parts(CommonParts[Settings]):
    """The common parts: settings, database, clock."""


@asynccontextmanager
async def open_parts(common: CommonParts[Settings]) -> AsyncIterator[Parts]:
    """There is nothing of our own to open."""
    yield Parts(settings=common.settings, db=common.db, clock=common.clock)
