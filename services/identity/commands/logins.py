"""Who is logged in, in which browser."""

from datetime import datetime, timedelta

import structlog

from chassis.database import Connection
from chassis.ids import new_id
from services.identity import store
from services.identity.domain.tokens import Session, digest
from services.identity.settings import Settings
from services.identity.store.accounts import OwnLogin

log = structlog.get_logger()


async def log_in(
    tx: Connection,
    login: OwnLogin,
    *,
    cookie: str,
    former_cookie: str,
    settings: Settings,
    now: datetime,
) -> bool:
    """Begin a session in a browser, or renew theirs; False if the password is not the one any more.

    The cookie is a new one: what somebody planted in the browser before is worth nothing after.
    Whoever was logged in there before, if it was somebody else, is out.
    """
    if not await store.accounts.hold_own_login(tx, login):
        return False
    session = Session(
        session_id=new_id(),
        account_id=login.account_id,
        authenticated_at=now,
        ends_at=now + timedelta(hours=settings.session_hours),
    )
    if not await store.sessions.renew_session(
        tx, session, former_hash=digest(former_cookie), cookie_hash=digest(cookie)
    ):
        await _end_session(tx, former_cookie, now=now)
        await store.sessions.insert_session(tx, session, digest(cookie))
    log.info("identity.logged_in", account_id=str(login.account_id))
    return True


async def log_out(tx: Connection, cookie: str, *, now: datetime) -> None:
    """End the session of a browser, and the refresh tokens that were to end with it."""
    await _end_session(tx, cookie, now=now)


async def _end_session(tx: Connection, cookie: str, *, now: datetime) -> None:
    session_id = await store.sessions.delete_session(tx, digest(cookie))
    if session_id is not None:
        await store.tokens.revoke_families_of_session(tx, session_id, why="logged out", now=now)
