"""What the portal's routes work with."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx

from chassis.clock import Clock, clock_from
from chassis.database import Database, open_database
from clients.portal.api.asking import open_client
from clients.portal.login.issuer import Issuer
from clients.portal.sessions.keeper import Sessions
from clients.portal.sessions.sealing import Sealer
from clients.portal.settings import Settings
from clients.portal.templating import Templates


@dataclass(frozen=True, kw_only=True)
class Parts:
    """One process' parts."""

    settings: Settings
    db: Database
    clock: Clock
    http: httpx.AsyncClient
    issuer: Issuer
    sealer: Sealer
    sessions: Sessions
    templates: Templates
    form_key: bytes
    """Signs the forms."""


@asynccontextmanager
async def open_parts(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Parts]:
    """Open pools and templates.

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
            templates=Templates(),
            form_key=hmac.digest(key, b"forms", hashlib.sha256),
        )
