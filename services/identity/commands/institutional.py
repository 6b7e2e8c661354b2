"""Logging in with a provider's word, and several logins of one person."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import structlog

from chassis.database import Connection
from chassis.ids import new_id
from chassis.outbox import tell
from contracts.fact import Translated
from contracts.identity import LoginAdded, LoginSeparated
from services.identity import refusals, store
from services.identity.commands.links import new_link
from services.identity.domain import accounts, logins
from services.identity.domain.logins import (
    OWN,
    InstitutionalLogin,
    Introduction,
    Newcomer,
    What,
)
from services.identity.domain.providers import Proof, Visit
from services.identity.domain.tokens import digest
from services.identity.settings import Settings

log = structlog.get_logger()


class SeveralLogins(msgspec.Struct, frozen=True, kw_only=True):
    """All ways into one account."""

    own: str | None
    """The mail address of the own login."""
    institutional: tuple[InstitutionalLogin, ...]

    @property
    def ids(self) -> list[str]:
        """As they are called from outside."""
        own = [OWN] if self.own is not None else []
        return own + [str(each.login_id) for each in self.institutional]


async def take_visit(
    tx: Connection, state: str, *, cookie: str, provider: str, now: datetime
) -> Visit:
    """Use up a visit to a provider.

    Raises:
        Refusal: it was not begun in this browser, or is over.
    """
    visit = await store.logins.take_visit(tx, digest(state))
    return logins.require_begun_here(visit, cookie_hash=digest(cookie), provider=provider, now=now)


async def recognize(
    tx: Connection, proof: Proof, *, settings: Settings, now: datetime
) -> UUID | None:
    """The account that a login leads to, with today's affiliation; None if it is somebody new."""
    known = await store.logins.find_login(tx, proof.issuer, proof.subject)
    if known is None or await store.accounts.lock_account(tx, known.account_id) is None:
        return None
    login = await store.logins.find_login(tx, proof.issuer, proof.subject)
    if login is None or login.account_id != known.account_id:
        raise refusals.LOGIN_NOT_BEGUN_HERE()  # It was separated this very moment.
    await store.logins.save_use(tx, logins.use(login, proof, now=now))
    await refresh_affiliation(tx, login.account_id, settings=settings, now=now)
    return login.account_id


async def refresh_affiliation(
    tx: Connection, account_id: UUID, *, settings: Settings, now: datetime, left: bool = False
) -> None:
    """Let an account's affiliation follow from its institutional logins (A9).

    Accounts that have none keep what they have; `left` says that one was just taken away.
    """
    held = await store.logins.get_logins(tx, account_id)
    if not held and not left:
        return
    before = await store.accounts.lock_account(tx, account_id)
    if before is None:
        return
    affiliation = logins.affiliation_now(
        held, believed=timedelta(days=settings.affiliation_days), now=now
    )
    changed = accounts.correct_account(before, affiliation=affiliation)
    if changed is not None:
        account, fact = changed
        await store.accounts.save_account(tx, account)
        await tell(tx, fact, now=now)


async def meet(tx: Connection, proof: Proof, *, cookie: str, wish: str, now: datetime) -> None:
    """Remember somebody new until they have accepted the terms."""
    newcomer = Newcomer(
        cookie_hash=digest(cookie), proof=proof, wish=wish, expires_at=now + logins.WELCOME_LIFE
    )
    await store.logins.save_newcomer(tx, newcomer)


async def welcome(
    tx: Connection,
    newcomer: Newcomer,
    introduction: Introduction,
    *,
    settings: Settings,
    now: datetime,
) -> UUID | None:
    """Make a newcomer's account; None if they have to prove their mail address first.

    Raises:
        Refusal: they did it in another window already.
    """
    if not await store.logins.take_newcomer(tx, newcomer.cookie_hash):
        raise refusals.LOGIN_NOT_BEGUN_HERE()
    if logins.needs_link(newcomer, introduction):
        link = new_link(
            settings, "verify", life=timedelta(hours=settings.verification_hours), now=now
        )
        signed_up, asked = logins.welcome_by_mail(
            newcomer,
            introduction,
            link,
            account_id=new_id(),
            terms_version=settings.terms_version,
            now=now,
        )
        await store.links.insert_sign_up(tx, signed_up)
        await tell(tx, asked, now=now)
        log.info("identity.signed_up", account_id=str(signed_up.account_id))
        return None
    account, login, fact = logins.welcome(
        newcomer,
        introduction,
        account_id=new_id(),
        login_id=new_id(),
        terms_version=settings.terms_version,
        now=now,
    )
    await store.accounts.save_account(tx, account)
    await give_login(tx, login, "registered", now=now)
    await tell(tx, fact, now=now)
    log.info("identity.account_registered", account_id=str(account.account_id))
    return account.account_id


async def give_login(
    tx: Connection, login: InstitutionalLogin, what: What, *, now: datetime
) -> None:
    """Let a login lead to an account.

    Raises:
        Refusal: it leads to one already.
    """
    if not await store.logins.insert_login(tx, login):
        raise refusals.LOGIN_HAS_ACCOUNT()
    await store.logins.insert_history(tx, login.account_id, login.provider, what, now=now)


async def join(
    tx: Connection,
    proof: Proof,
    account_id: UUID,
    *,
    title: Translated,
    settings: Settings,
    now: datetime,
) -> None:
    """Add a login that was just proved to the account of whoever is logged in, and let them know.

    Raises:
        Refusal: it leads to another account.
    """
    if await store.accounts.lock_account(tx, account_id) is None:
        raise refusals.NO_SUCH_PERSON()
    holder = await store.logins.find_login(tx, proof.issuer, proof.subject)
    login = logins.join(proof, holder, account_id, login_id=new_id(), now=now)
    if login is None:
        return
    await give_login(tx, login, "added", now=now)
    await refresh_affiliation(tx, account_id, settings=settings, now=now)
    await tell(tx, LoginAdded(account_id=account_id, login=title, happened_at=now), now=now)
    log.info("identity.login_added", account_id=str(account_id), login=proof.provider)


async def get_several(connection: Connection, account_id: UUID) -> SeveralLogins:
    """All ways into an account."""
    return SeveralLogins(
        own=await store.accounts.get_mail_key(connection, account_id),
        institutional=tuple(await store.logins.get_logins(connection, account_id)),
    )


async def separate(
    tx: Connection,
    account_id: UUID,
    login_id: str,
    *,
    session_id: UUID | None,
    titles: Mapping[str, Translated],
    settings: Settings,
    now: datetime,
) -> None:
    """Take a login away, end every session and every token that it may have given, and let its owner know.

    `session_id` is the one that goes on: of the browser that asks, with a fresh login. `titles` are what
    people call the providers, by key.

    Raises:
        Refusal: it is not there, or is the last one.
    """
    if await store.accounts.lock_account(tx, account_id) is None:
        raise refusals.NO_SUCH_PERSON()
    held = await get_several(tx, account_id)
    logins.separate(login_id, held.ids)
    login = OWN
    if login_id == OWN:
        await store.accounts.delete_own_login(tx, account_id)
    else:
        login = next(e.provider for e in held.institutional if str(e.login_id) == login_id)
        await store.logins.delete_login(tx, UUID(login_id))
        await refresh_affiliation(tx, account_id, settings=settings, now=now, left=True)
    await store.sessions.delete_sessions_of(tx, account_id, but=session_id)
    await store.tokens.revoke_families_of_account(
        tx, account_id, why="login separated", now=now, but_session=session_id
    )
    await store.logins.insert_history(tx, account_id, login, "separated", now=now)
    title = logins.OWN_TITLE if login == OWN else titles.get(login, Translated(nl=login, en=login))
    await tell(tx, LoginSeparated(account_id=account_id, login=title, happened_at=now), now=now)
    log.info("identity.login_separated", account_id=str(account_id), login=login)
