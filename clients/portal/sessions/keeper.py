"""Keeps sessions in PostgreSQL, for all portal processes alike, and their tokens fresh."""

import asyncio
import hashlib
import secrets
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import msgspec
import structlog

from chassis.clock import Clock
from chassis.database import Database
from clients.portal.sessions import store
from clients.portal.sessions.domain import Person, Session, Tokens
from clients.portal.sessions.grants import Granted, GrantOver, IssuerAway
from clients.portal.sessions.sealing import Sealer
from contracts.fact import Language

log = structlog.get_logger()

_LEASE = timedelta(seconds=15)
"""Longer than the issuer is waited for: nobody else may use the same refresh token meanwhile."""
_LOOK_AGAIN_S = 0.05
_PORTION = 500


class Renewer(Protocol):
    """Who gives new tokens for a refresh token."""

    async def renew(self, refresh_token: str) -> Granted: ...


class _Sealed(msgspec.Struct, frozen=True):
    person: Person
    tokens: Tokens


class Sessions:
    """The sessions of all browsers."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        sealer: Sealer,
        renewer: Renewer,
        *,
        lasts: timedelta,
        idle: timedelta,
    ) -> None:
        self._db = db
        self._clock = clock
        self._sealer = sealer
        self._renewer = renewer
        self._lasts = lasts
        self._idle = idle
        self._renewing: dict[bytes, asyncio.Task[Session | None]] = {}

    async def begin(self, granted: Granted, *, former_secret: str | None) -> str:
        """Log somebody in; returns the secret of their new cookie. The former one is good for nothing."""
        secret, now = secrets.token_urlsafe(32), self._clock.now()
        session = Session(
            cookie_hash=_hash(secret),
            person=granted.person,
            tokens=granted.tokens,
            generation=1,
            started_at=now,
            seen_at=now,
            ends_at=now + self._lasts,
        )
        async with self._db.transaction() as tx:
            if former_secret is not None:
                await store.end_session(tx, _hash(former_secret))
            await store.add_session(tx, session, self._seal(session))
        return secret

    async def find(self, secret: str, *, is_visit: bool = True) -> Session | None:
        """Who is logged in with this cookie; only a visit keeps them so."""
        now = self._clock.now()
        session = await self._read(_hash(secret))
        if session is None or session.is_over(idle=self._idle, now=now):
            return None
        if is_visit and session.is_to_be_seen(now):
            async with self._db.transaction() as tx:
                await store.note_visit(tx, session.cookie_hash, now=now)
        return session

    async def end(self, session: Session) -> None:
        """Log somebody out here."""
        async with self._db.transaction() as tx:
            await store.end_session(tx, session.cookie_hash)

    async def told_of(self, account_id: UUID) -> bytes:
        """All that the portal itself knows of somebody besides what their ID token says, as JSON."""
        async with self._db.reading() as connection:
            browsers = await store.list_visits_of(connection, account_id)
        return msgspec.json.encode(
            {"service": "portal", "exported_at": self._clock.now(), "browsers": browsers}
        )

    async def end_all_of(self, account_id: UUID) -> None:
        """Whoever was forgotten is logged in nowhere, and their names are not kept here either."""
        async with self._db.transaction() as tx:
            await store.end_sessions_of(tx, account_id)

    async def correct(self, session: Session, *, name: str, language: Language) -> None:
        """Call somebody by their new name from now on, and not from the next tokens on.

        Tokens that are renewed at this very moment may still bring the old one, until the next.
        """
        async with self._db.transaction() as tx:
            row = await store.lock_session(tx, session.cookie_hash)
            known = None if row is None else self._opened(row)
            if known is None:
                return  # Logged out meanwhile.
            person = msgspec.structs.replace(known.person, name=name, language=language)
            corrected = msgspec.structs.replace(known, person=person)
            await store.save_content(tx, session.cookie_hash, self._seal(corrected))

    async def renewed(self, session: Session) -> Session | None:
        """The session with an access token that can be sent; None: it has come to its end at the issuer.

        A refresh token is used once, however many requests and processes ask at the same time: the
        issuer takes a second use for theft. And whoever stops waiting does not stop the renewal.

        Raises:
            IssuerAway: it cannot be had now.
        """
        if not session.tokens.need_renewal(self._clock.now()):
            return session
        renewing = self._renewing.get(session.cookie_hash)
        if renewing is None:
            renewing = asyncio.create_task(self._renew(session))
            self._renewing[session.cookie_hash] = renewing
            renewing.add_done_callback(lambda _: self._renewing.pop(session.cookie_hash, None))
        return await asyncio.shield(renewing)

    async def forget_what_is_over(self) -> int:
        """Take a portion of ended sessions out of the database; returns how many."""
        now = self._clock.now()
        async with self._db.transaction() as tx:
            return await store.forget_sessions(
                tx, ended_by=now, not_seen_since=now - self._idle, limit=_PORTION
            )

    async def _renew(self, session: Session) -> Session | None:
        while True:
            known = await self._read(session.cookie_hash)
            if known is None or not known.tokens.need_renewal(self._clock.now()):
                return known
            if await self._claim(known):
                return await self._renew_claimed(known)
            await asyncio.sleep(_LOOK_AGAIN_S)  # Another process is at it.

    async def _claim(self, session: Session) -> bool:
        now = self._clock.now()
        async with self._db.transaction() as tx:
            return await store.claim_renewal(
                tx, session.cookie_hash, session.generation, until=now + _LEASE, now=now
            )

    async def _renew_claimed(self, session: Session) -> Session | None:
        try:
            granted = await self._renewer.renew(session.tokens.refresh_token)
        except GrantOver:
            log.info("portal.session_over", account_id=str(session.person.account_id))
            await self.end(session)
            return None
        except IssuerAway:
            async with self._db.transaction() as tx:
                await store.give_up_renewal(tx, session.cookie_hash, session.generation)
            raise
        renewed = msgspec.structs.replace(
            session,
            person=granted.person,
            tokens=granted.tokens,
            generation=session.generation + 1,
        )
        async with self._db.transaction() as tx:
            await store.save_renewed(
                tx, session.cookie_hash, session.generation, self._seal(renewed)
            )
        return renewed

    async def _read(self, cookie_hash: bytes) -> Session | None:
        async with self._db.reading() as connection:
            row = await store.get_session(connection, cookie_hash)
        return None if row is None else self._opened(row)

    def _opened(self, row: store.Row) -> Session | None:
        content = self._sealer.open(row.sealed, _Sealed, place=row.cookie_hash)
        if content is None:
            return None  # Locked with a former key: whoever it is logs in again.
        return Session(
            cookie_hash=row.cookie_hash,
            person=content.person,
            tokens=content.tokens,
            generation=row.generation,
            started_at=row.started_at,
            seen_at=row.seen_at,
            ends_at=row.ends_at,
        )

    def _seal(self, session: Session) -> bytes:
        return self._sealer.seal(_Sealed(session.person, session.tokens), place=session.cookie_hash)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
