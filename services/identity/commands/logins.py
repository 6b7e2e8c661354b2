"""Who is logged in, in which browser."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import structlog

from chassis.database import Connection
from chassis.ids import new_id
from services.identity import store
from services.identity.commands import institutional
from services.identity.domain.second_step import HALF_LOGIN_LIFE, HalfLogin
from services.identity.domain.tokens import Session, digest
from services.identity.settings import Settings
from services.identity.store.accounts import OwnLogin

log = structlog.get_logger()


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """The password was right."""

    cookie: str
    """The secret of the new cookie."""
    needs_code: bool = False
    """A second step comes first; nobody is logged in yet."""

    def __repr__(self) -> str:
        return "Entry(…)"


async def log_in(
    tx: Connection,
    login: OwnLogin,
    *,
    cookie: str,
    former_cookie: str,
    settings: Settings,
    now: datetime,
) -> Entry | None:
    """Begin a session in a browser, or renew theirs; None if the password is not the one any more.

    The cookie is a new one: what somebody planted in the browser before is worth nothing after.
    Whoever was logged in there before, if it was somebody else, is out.
    """
    # What an institution said long ago does not hold for good, however its people log in.
    await institutional.refresh_affiliation(tx, login.account_id, settings=settings, now=now)
    if not await store.accounts.hold_own_login(tx, login):
        return None
    step = await store.second_step.get_step(tx, login.account_id)
    if step is not None and step.confirmed_at is not None:
        half = HalfLogin(
            cookie_hash=digest(cookie),
            account_id=login.account_id,
            expires_at=now + HALF_LOGIN_LIFE,
        )
        await store.second_step.insert_half_login(tx, half)
        return Entry(cookie=cookie, needs_code=True)
    await begin_session(
        tx,
        login.account_id,
        cookie=cookie,
        former_cookie=former_cookie,
        settings=settings,
        now=now,
    )
    return Entry(cookie=cookie)


async def begin_session(
    tx: Connection,
    account_id: UUID,
    *,
    cookie: str,
    former_cookie: str,
    settings: Settings,
    now: datetime,
) -> None:
    """Begin a session for somebody who has proved who they are, or renew theirs."""
    session = Session(
        session_id=new_id(),
        account_id=account_id,
        authenticated_at=now,
        ends_at=now + timedelta(hours=settings.session_hours),
    )
    if not await store.sessions.renew_session(
        tx, session, former_hash=digest(former_cookie), cookie_hash=digest(cookie)
    ):
        await _end_session(tx, former_cookie, now=now)
        await store.sessions.insert_session(tx, session, digest(cookie))
    log.info("identity.logged_in", account_id=str(account_id))


async def log_out(tx: Connection, cookie: str, *, now: datetime) -> None:
    """End the session of a browser, and the refresh tokens that were to end with it."""
    await _end_session(tx, cookie, now=now)


async def _end_session(tx: Connection, cookie: str, *, now: datetime) -> None:
    session_id = await store.sessions.delete_session(tx, digest(cookie))
    if session_id is not None:
        await store.tokens.revoke_families_of_session(tx, session_id, why="logged out", now=now)
