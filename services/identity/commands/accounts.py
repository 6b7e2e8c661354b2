"""Signing up, proving a mail address, a new password, corrections."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from msgspec.structs import replace

from chassis.database import Connection
from chassis.ids import new_id
from chassis.outbox import tell
from contracts.fact import Language
from contracts.identity import LoginAdded, PasswordReplaced
from services.identity import refusals, store
from services.identity.commands import institutional
from services.identity.commands.links import new_link
from services.identity.domain import accounts, logins, mail
from services.identity.domain.accounts import Account, PasswordReset, SignUp, Wish
from services.identity.domain.tokens import digest
from services.identity.settings import Settings

log = structlog.get_logger()


async def sign_up(
    tx: Connection, wish: Wish, *, password_hash: str, settings: Settings, now: datetime
) -> None:
    """Send a link that proves the mail address, or the way back in to whoever has an account there.

    Whoever asks never learns which of the two it was: both write a row and tell a fact.
    """
    owner = await store.accounts.find_account(tx, mail.key_of(wish.mail_address))
    if owner is not None:
        await _send_reset(tx, owner, settings=settings, now=now)
        return
    signed_up, fact = accounts.sign_up(
        wish,
        new_link(settings, "verify", life=timedelta(hours=settings.verification_hours), now=now),
        account_id=new_id(),
        password_hash=password_hash,
        terms_version=settings.terms_version,
        now=now,
    )
    await store.links.insert_sign_up(tx, signed_up)
    await tell(tx, fact, now=now)
    log.info("identity.signed_up", account_id=str(signed_up.account_id))


async def get_usable_sign_up(connection: Connection, token: str, *, now: datetime) -> SignUp:
    """The sign-up that a link would make an account of. Changes nothing: mail scanners follow links.

    Raises:
        Refusal: the link is unknown, used or too old.
    """
    signed_up = await store.links.get_sign_up(connection, digest(token))
    if signed_up is None:
        raise refusals.LINK_UNKNOWN()
    accounts.require_usable(signed_up, now=now)
    return signed_up


async def verify_mail_address(tx: Connection, token: str, *, now: datetime) -> Account:
    """Make the account whose mail address this link proves, or add it to the one that asked for it.

    Raises:
        Refusal: the link is unknown, used or too old, or another sign-up was proved before.
    """
    signed_up = await store.links.lock_sign_up(tx, digest(token))
    if signed_up is None:
        raise refusals.LINK_UNKNOWN()
    if signed_up.joins is not None:
        return await _join_own_login(tx, signed_up, signed_up.joins, now=now)
    used, account, fact = accounts.verify_mail_address(signed_up, now=now)
    await store.accounts.save_account(tx, account)
    proof = logins.proof_in(signed_up)
    if proof is None:
        await _give_own_login(tx, signed_up, account.account_id, now=now)
    else:
        login = logins.login_of(proof, account.account_id, login_id=new_id(), now=now)
        await institutional.give_login(tx, login, "registered", now=now)
    await store.links.save_used_sign_up(tx, used)
    await tell(tx, fact, now=now)
    log.info("identity.account_registered", account_id=str(account.account_id))
    return account


async def _join_own_login(
    tx: Connection, signed_up: SignUp, account_id: UUID, *, now: datetime
) -> Account:
    """Add a proved mail address to the account that asked for it, and let its owner know."""
    accounts.require_usable(signed_up, now=now)
    account = await store.accounts.lock_account(tx, account_id)
    if account is None:
        raise refusals.LINK_UNKNOWN()
    await _give_own_login(tx, signed_up, account_id, now=now)
    await store.links.save_used_sign_up(tx, replace(signed_up, used_at=now))
    await store.logins.insert_history(tx, account_id, logins.OWN, "added", now=now)
    added = LoginAdded(account_id=account_id, login=logins.OWN_TITLE, happened_at=now)
    await tell(tx, added, now=now)
    log.info("identity.login_added", account_id=str(account_id), login=logins.OWN)
    return account


async def _give_own_login(
    tx: Connection, signed_up: SignUp, account_id: UUID, *, now: datetime
) -> None:
    """Let a mail address lead to an account.

    Raises:
        Refusal: it leads to one already, or the account has another.
    """
    is_theirs = await store.accounts.insert_own_login(
        tx,
        account_id,
        mail_key=mail.key_of(signed_up.mail_address),
        password_hash=signed_up.password_hash or "",
        now=now,
    )
    if not is_theirs:
        raise refusals.MAIL_ADDRESS_TAKEN()


async def add_own_login(
    tx: Connection,
    account_id: UUID,
    mail_address: str,
    *,
    password_hash: str,
    settings: Settings,
    now: datetime,
) -> None:
    """Send a link that adds a mail address and a password to an account.

    As with signing up, nobody but its owner learns whether the address has an account.

    Raises:
        Refusal: this account has an own login.
    """
    account = await store.accounts.lock_account(tx, account_id)
    if account is None:
        raise refusals.NO_SUCH_PERSON()
    if await store.accounts.get_mail_key(tx, account_id) is not None:
        raise refusals.OWN_LOGIN_IS_THERE()
    owner = await store.accounts.find_account(tx, mail.key_of(mail_address))
    if owner is not None:
        await _send_reset(tx, owner, settings=settings, now=now)
        return
    signed_up, fact = logins.add_own_login(
        account,
        new_link(settings, "verify", life=timedelta(hours=settings.verification_hours), now=now),
        sign_up_id=new_id(),
        mail_address=mail_address,
        password_hash=password_hash,
        now=now,
    )
    await store.links.insert_sign_up(tx, signed_up)
    await tell(tx, fact, now=now)
    log.info("identity.own_login_requested", account_id=str(account_id))


async def request_password_reset(
    tx: Connection, mail_address: str, *, settings: Settings, now: datetime
) -> None:
    """Send a link to a new password, if somebody has an account there; nobody learns whether."""
    owner = await store.accounts.find_account(tx, mail.key_of(mail_address))
    await _send_reset(tx, owner, settings=settings, now=now)


async def _send_reset(
    tx: Connection, owner: Account | None, *, settings: Settings, now: datetime
) -> None:
    life = timedelta(minutes=settings.password_reset_minutes)
    reset, fact = accounts.request_password_reset(
        owner, new_link(settings, "reset", life=life, now=now)
    )
    await store.links.insert_reset(tx, reset)
    if fact is not None:
        await tell(tx, fact, now=now)
        log.info("identity.password_reset_requested", account_id=str(fact.account_id))


async def get_usable_reset(connection: Connection, token: str, *, now: datetime) -> Account:
    """Whose password a link would replace. Changes nothing.

    Raises:
        Refusal: the link is unknown, used or too old.
    """
    reset = await store.links.get_reset(connection, digest(token))
    account_id = _account_of(reset, now=now)
    account = await store.accounts.get_account(connection, account_id)
    if account is None:
        raise refusals.LINK_UNKNOWN()
    return account


async def reset_password(tx: Connection, token: str, *, password_hash: str, now: datetime) -> UUID:
    """Set a new password, end every login and refresh token that the old one had given, and let its owner know.

    Raises:
        Refusal: the link is unknown, used or too old.
    """
    reset = await store.links.lock_reset(tx, digest(token))
    account_id = _account_of(reset, now=now)
    if reset is not None:
        await store.links.use_up_resets(tx, reset, now=now)
    await store.accounts.save_password(tx, account_id, password_hash, now=now)
    await store.second_step.delete_half_logins_of(tx, account_id)
    await store.sessions.delete_sessions_of(tx, account_id)
    await store.tokens.revoke_families_of_account(tx, account_id, why="password reset", now=now)
    await tell(tx, PasswordReplaced(account_id=account_id, happened_at=now), now=now)
    log.info("identity.password_reset", account_id=str(account_id))
    return account_id


def _account_of(reset: PasswordReset | None, *, now: datetime) -> UUID:
    if reset is None or reset.account_id is None:
        raise refusals.LINK_UNKNOWN()
    accounts.require_usable(reset, now=now)
    return reset.account_id


async def correct_account(
    tx: Connection, before: Account, *, name: str | None, language: Language | None, now: datetime
) -> Account:
    """Change somebody's name or language, under the lock of their row, and tell it."""
    changed = accounts.correct_account(before, name=name, language=language)
    if changed is None:
        return before
    account, fact = changed
    await store.accounts.save_account(tx, account)
    await tell(tx, fact, now=now)
    return account
