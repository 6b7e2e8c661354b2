"""What the portal's routes work with."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import aiohttp

from chassis.clock import Clock, clock_from
from chassis.database import Database, open_database
from chassis.http.streams import Streams, open_streams
from clients.portal.api.asking import Asking, LoginNeeded, open_client
from clients.portal.api.places_left import PlacesLeft, open_places_left
from clients.portal.api.streams import open_stream_client
from clients.portal.login.issuer import Issuer
from clients.portal.sessions.keeper import Sessions
from clients.portal.sessions.sealing import Sealer
from clients.portal.settings import Settings
from clients.portal.templating import Templates, compiled

_MOST_OF_AN_ADDRESS = 200
"""A campus can share one."""
_MOST_OF_A_PERSON = 10


@dataclass(frozen=True, kw_only=True)
class Live:
    """What keeps pages up to date while people look."""

    http: aiohttp.ClientSession
    """For streams only."""
    public: Streams
    personal: Streams
    """Counted apart: however many look around, whoever waits for their payment is told."""
    places_left: PlacesLeft


@dataclass(frozen=True, kw_only=True)
class Parts:
    """One process' parts."""

    settings: Settings
    db: Database
    clock: Clock
    http: aiohttp.ClientSession
    issuer: Issuer
    sealer: Sealer
    sessions: Sessions
    templates: Templates
    form_key: bytes
    """Signs the forms."""
    live: Live


class _Nobody:
    """Asks without a token."""

    async def token(self) -> str | None:
        return None

    def not_accepted(self) -> Exception:
        return LoginNeeded()


@asynccontextmanager
async def open_parts(
    settings: Settings, clock: Clock | None = None, stopping: asyncio.Event | None = None
) -> AsyncIterator[Parts]:
    """Open pools and templates; streams end once the process is `stopping`.

    Raises:
        SettingsError: the session key is no key.
    """
    key = settings.key
    clock = clock or clock_from(settings.clock_offset_file)
    async with (
        open_database(
            settings.database_url, name="portal", pool_size=settings.database_pool_size
        ) as db,
        open_client() as http,
        _open_live(settings, stopping or asyncio.Event()) as live,
    ):
        issuer = Issuer(settings, clock, http)
        sealer = Sealer(key)
        yield Parts(
            settings=settings,
            db=db,
            clock=clock,
            http=http,
            issuer=issuer,
            sealer=sealer,
            sessions=Sessions(
                db,
                clock,
                sealer,
                issuer,
                lasts=timedelta(hours=settings.session_hours),
                idle=timedelta(minutes=settings.session_idle_minutes),
            ),
            templates=compiled(),
            form_key=hmac.digest(key, b"forms", hashlib.sha256),
            live=live,
        )


@asynccontextmanager
async def _open_live(settings: Settings, stopping: asyncio.Event) -> AsyncIterator[Live]:
    most = settings.most_streams
    async with (
        open_stream_client() as http,
        open_streams(stopping, most=most, most_of_one=_MOST_OF_AN_ADDRESS) as public,
        open_streams(stopping, most=most, most_of_one=_MOST_OF_A_PERSON) as personal,
    ):
        patience_s = settings.patience_s
        ask = Asking(http, settings.services, "en", _Nobody(), patience_s=patience_s)
        async with open_places_left(ask, http) as places_left:
            yield Live(http=http, public=public, personal=personal, places_left=places_left)
