"""Adding a passkey, logging in with it, taking it away."""

import os
from datetime import datetime
from uuid import UUID

import msgspec
import structlog

from chassis.database import Connection
from chassis.ids import new_id
from chassis.outbox import tell
from contracts.identity import LoginAdded, LoginSeparated
from services.identity import refusals, store
from services.identity.commands import institutional, logins
from services.identity.domain import passkeys
from services.identity.domain.passkeys import Challenge, Site
from services.identity.domain.tokens import digest
from services.identity.settings import Settings

log = structlog.get_logger()


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A passkey's answer holds."""

    is_copied: bool
    """Its count went backwards: nobody was logged in."""


async def ask_to_add(
    tx: Connection, account_id: UUID, *, cookie: str, site: Site, now: datetime
) -> str:
    """What a browser makes a passkey by, as JSON.

    Raises:
        Refusal: they have no own login that it could come beside, or many passkeys already.
    """
    from services.identity.domain import ceremonies  # noqa: PLC0415 - heavy, and few come with one.

    mail_address = await store.accounts.get_mail_key(tx, account_id)
    if mail_address is None:
        raise refusals.NO_SUCH_LOGIN()
    held = await store.passkeys.get_passkeys(tx, account_id)
    if len(held) >= passkeys.MOST:
        raise refusals.TOO_MANY_PASSKEYS(most=passkeys.MOST)
    challenge = _challenge(cookie, account_id, now=now)
    await store.passkeys.save_challenge(tx, challenge)
    return ceremonies.options_to_add(site, challenge, mail_address=mail_address, held=held)


async def ask_to_log_in(tx: Connection, *, cookie: str, site: Site, now: datetime) -> str:
    """What a browser logs in by, as JSON."""
    from services.identity.domain import ceremonies  # noqa: PLC0415 - heavy, and few come with one.

    challenge = _challenge(cookie, None, now=now)
    await store.passkeys.save_challenge(tx, challenge)
    return ceremonies.options_to_log_in(site, challenge)


async def take_challenge(
    tx: Connection, cookie: str, account_id: UUID | None, *, now: datetime
) -> bytes | None:
    """Use up what a browser had to sign. In a transaction of its own: a wrong answer uses it up too."""
    return await store.passkeys.take_challenge(tx, digest(cookie), account_id, now=now)


async def add(
    tx: Connection,
    account_id: UUID,
    answer: str,
    *,
    name: str,
    challenge: bytes,
    site: Site,
    now: datetime,
) -> None:
    """Let a passkey lead to an account, and its owner know.

    Raises:
        Refusal: the answer does not hold, or the passkey is known already.
    """
    from services.identity.domain import ceremonies  # noqa: PLC0415 - heavy, and few come with one.

    if await store.accounts.lock_account(tx, account_id) is None:
        raise refusals.NO_SUCH_PERSON()
    if await store.accounts.get_mail_key(tx, account_id) is None:
        raise refusals.NO_SUCH_LOGIN()
    held = await store.passkeys.get_passkeys(tx, account_id)
    if len(held) >= passkeys.MOST:
        raise refusals.TOO_MANY_PASSKEYS(most=passkeys.MOST)
    passkey = ceremonies.add(
        answer,
        challenge,
        site,
        passkey_id=new_id(),
        account_id=account_id,
        name=name.strip(),
        now=now,
    )
    if not await store.passkeys.insert_passkey(tx, passkey):
        raise refusals.PASSKEY_IS_KNOWN()
    await store.logins.insert_history(tx, account_id, passkeys.LOGIN, "added", now=now)
    fact = LoginAdded(account_id=account_id, login=passkeys.TITLE, happened_at=now)
    await tell(tx, fact, now=now)
    log.info("identity.passkey_added", account_id=str(account_id))


async def log_in(
    tx: Connection,
    answer: passkeys.Answer,
    *,
    challenge: bytes,
    site: Site,
    cookie: str,
    former_cookie: str,
    settings: Settings,
    now: datetime,
) -> Entry:
    """Begin a session for whoever holds a passkey; no code is asked, for the device has known its owner.

    Raises:
        Refusal: the passkey is not known, or the answer does not hold.
    """
    from services.identity.domain import ceremonies  # noqa: PLC0415 - heavy, and few come with one.

    # Accounts are locked before logins, everywhere; a wrong owner is found out by `count_of`.
    await institutional.refresh_affiliation(tx, answer.account_id, settings=settings, now=now)
    passkey = await store.passkeys.lock_passkey(tx, answer.credential_id)
    if passkey is None:
        raise refusals.PASSKEY_NOT_ACCEPTED()
    count = ceremonies.count_of(answer, passkey, challenge, site)
    if passkeys.is_copied(count, passkey.sign_count):
        await store.passkeys.save_doubt(tx, passkey.passkey_id, now=now)
        log.warning("identity.passkey_count_went_back", account_id=str(passkey.account_id))
        return Entry(is_copied=True)
    await store.passkeys.save_use(tx, passkey.passkey_id, count, now=now)
    await logins.begin_session(
        tx,
        passkey.account_id,
        cookie=cookie,
        former_cookie=former_cookie,
        settings=settings,
        now=now,
    )
    return Entry(is_copied=False)


async def remove(
    tx: Connection, account_id: UUID, passkey_id: UUID, *, session_id: UUID, now: datetime
) -> None:
    """Take a passkey away, end every session and token but this browser's, and let its owner know.

    Raises:
        Refusal: it is not there.
    """
    if not await store.passkeys.delete_passkey(tx, account_id, passkey_id):
        raise refusals.NO_SUCH_LOGIN()
    await store.sessions.delete_sessions_of(tx, account_id, but=session_id)
    await store.tokens.revoke_families_of_account(
        tx, account_id, why="login separated", now=now, but_session=session_id
    )
    await store.logins.insert_history(tx, account_id, passkeys.LOGIN, "separated", now=now)
    fact = LoginSeparated(account_id=account_id, login=passkeys.TITLE, happened_at=now)
    await tell(tx, fact, now=now)
    log.info("identity.passkey_removed", account_id=str(account_id))


def _challenge(cookie: str, account_id: UUID | None, *, now: datetime) -> Challenge:
    return Challenge(
        cookie_hash=digest(cookie),
        challenge=os.urandom(passkeys.CHALLENGE_BYTES),
        account_id=account_id,
        expires_at=now + passkeys.CHALLENGE_LIFE,
    )
