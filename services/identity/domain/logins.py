"""Several logins of one person (A5-A8): joined only after proving both, separated down to the last one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from msgspec.structs import replace

from contracts.catalogue import Affiliation
from contracts.fact import Language, Translated
from contracts.identity import AccountRegistered, MailAddressVerificationRequested
from services.identity import refusals
from services.identity.domain import mail
from services.identity.domain.accounts import (
    TERMS_NOT_ACCEPTED,
    Account,
    Link,
    SignUp,
    clean_name,
    proof_of_address,
    registered,
    wrong_name,
)
from services.identity.domain.providers import Proof, Visit, strongest
from services.identity.domain.wrongs import Wrong

OWN = "own"
"""The id of somebody's mail address and password among their logins."""
OWN_TITLE = Translated(nl="Mailadres en wachtwoord", en="Mail address and password")

What = Literal["registered", "added", "separated", "protected", "unprotected"]
"""The last two: of the own login, by a second step."""

VISIT_LIFE = timedelta(minutes=15)
"""At the provider's pages; whoever takes longer begins again."""
WELCOME_LIFE = timedelta(minutes=30)
"""To read the terms."""


class InstitutionalLogin(msgspec.Struct, frozen=True, kw_only=True):
    """A login that a provider vouches for, and the account that it leads to."""

    login_id: UUID
    account_id: UUID
    issuer: str
    subject: str
    provider: str
    organization: str | None
    affiliation: Affiliation
    added_at: datetime
    used_at: datetime

    def __repr__(self) -> str:
        return "InstitutionalLogin(…)"


class Newcomer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom a provider vouches for, and who has no account yet."""

    cookie_hash: bytes
    proof: Proof
    wish: str
    expires_at: datetime


class Introduction(msgspec.Struct, frozen=True, kw_only=True):
    """What a newcomer fills in."""

    name: str
    mail_address: str
    language: Language
    accepts_terms: bool

    def __repr__(self) -> str:
        return "Introduction(…)"


def begin_visit(
    *,
    state_hash: bytes,
    cookie_hash: bytes,
    provider: str,
    wish: str,
    joins: UUID | None,
    is_fresh: bool,
    now: datetime,
) -> Visit:
    """Send somebody to a provider."""
    return Visit(
        state_hash=state_hash,
        cookie_hash=cookie_hash,
        provider=provider,
        wish=wish,
        joins=joins,
        is_fresh=is_fresh,
        began_at=now,
        expires_at=now + VISIT_LIFE,
    )


def require_begun_here(
    visit: Visit | None, *, cookie_hash: bytes, provider: str, now: datetime
) -> Visit:
    """Take an answer only in the browser that asked, once and in time.

    Raises:
        Refusal: nobody here asked for it, or too long ago.
    """
    if (
        visit is None
        or visit.cookie_hash != cookie_hash
        or visit.provider != provider
        or now >= visit.expires_at
    ):
        raise refusals.LOGIN_NOT_BEGUN_HERE()
    return visit


def login_of(
    proof: Proof, account_id: UUID, *, login_id: UUID, now: datetime
) -> InstitutionalLogin:
    """A login that leads to an account from now on."""
    return InstitutionalLogin(
        login_id=login_id,
        account_id=account_id,
        issuer=proof.issuer,
        subject=proof.subject,
        provider=proof.provider,
        organization=proof.organization,
        affiliation=proof.affiliation,
        added_at=now,
        used_at=now,
    )


def use(login: InstitutionalLogin, proof: Proof, *, now: datetime) -> InstitutionalLogin:
    """The same login after today's: what the provider says now replaces what it said before."""
    return replace(
        login,
        provider=proof.provider,
        organization=proof.organization,
        affiliation=proof.affiliation,
        used_at=now,
    )


def affiliation_now(
    logins: Sequence[InstitutionalLogin], *, believed: timedelta, now: datetime
) -> Affiliation:
    """Who somebody is to the institution (A9): the most that a login of theirs said not too long ago."""
    return strongest([each.affiliation for each in logins if now - each.used_at < believed])


def join(
    proof: Proof,
    holder: InstitutionalLogin | None,
    account_id: UUID,
    *,
    login_id: UUID,
    now: datetime,
) -> InstitutionalLogin | None:
    """Add a login to an account; None if it is there already.

    Accounts are not merged: enrolments, payments and documents in six services hang on each of
    them, and what one person did in two cannot be put into one without loss.

    Raises:
        Refusal: the login leads to another account.
    """
    if holder is None:
        return login_of(proof, account_id, login_id=login_id, now=now)
    if holder.account_id != account_id:
        raise refusals.LOGIN_HAS_ACCOUNT()
    return None


def separate(login: str, logins: Sequence[str]) -> None:
    """Take one of several logins away.

    Raises:
        Refusal: it is not there, or is the last one.
    """
    if login not in logins:
        raise refusals.NO_SUCH_LOGIN()
    if len(logins) == 1:
        raise refusals.LAST_LOGIN()


def require_fresh(authenticated_at: datetime, *, within: timedelta, now: datetime) -> None:
    """Hold whoever changes their logins to having proved who they are a moment ago.

    Raises:
        Refusal: it was longer ago.
    """
    if now - authenticated_at > within:
        raise refusals.LOGIN_NOT_FRESH(minutes=int(within.total_seconds() // 60))


def wrongs_of(introduction: Introduction) -> list[Wrong]:
    """Everything that is wrong with what a newcomer filled in, in the order of the form."""
    found = [wrong_name(introduction.name)]
    if not mail.is_address(introduction.mail_address.strip()):
        found.append(Wrong("mail_address", mail.NO_ADDRESS))
    if not introduction.accepts_terms:
        found.append(Wrong("accepts_terms", TERMS_NOT_ACCEPTED))
    return [each for each in found if each is not None]


def needs_link(newcomer: Newcomer, introduction: Introduction) -> bool:
    """Whether the mail address is still to be proved: the provider vouches for its own only."""
    proof = newcomer.proof
    return not proof.is_vouched or mail.key_of(proof.mail_address) != mail.key_of(
        introduction.mail_address
    )


def welcome(
    newcomer: Newcomer,
    introduction: Introduction,
    *,
    account_id: UUID,
    login_id: UUID,
    terms_version: str,
    now: datetime,
) -> tuple[Account, InstitutionalLogin, AccountRegistered]:
    """Make the account of a newcomer whose mail address the provider vouches for."""
    account = Account(
        account_id=account_id,
        version=1,
        mail_address=introduction.mail_address.strip(),
        name=clean_name(introduction.name),
        language=introduction.language,
        affiliation=newcomer.proof.affiliation,
        registered_at=now,
        terms_version=terms_version,
    )
    login = login_of(newcomer.proof, account_id, login_id=login_id, now=now)
    return account, login, registered(account)


def welcome_by_mail(
    newcomer: Newcomer,
    introduction: Introduction,
    link: Link,
    *,
    account_id: UUID,
    terms_version: str,
    now: datetime,
) -> tuple[SignUp, MailAddressVerificationRequested]:
    """Keep what a newcomer filled in until they prove their mail address."""
    proof = newcomer.proof
    signed_up = SignUp(
        account_id=account_id,
        mail_address=introduction.mail_address.strip(),
        name=clean_name(introduction.name),
        language=introduction.language,
        password_hash=None,
        terms_version=terms_version,
        signed_up_at=now,
        link_hash=link.link_hash,
        expires_at=link.expires_at,
        issuer=proof.issuer,
        subject=proof.subject,
        provider=proof.provider,
        organization=proof.organization,
        affiliation=proof.affiliation,
    )
    return signed_up, proof_of_address(signed_up, link)


def add_own_login(
    account: Account,
    link: Link,
    *,
    sign_up_id: UUID,
    mail_address: str,
    password_hash: str,
    now: datetime,
) -> tuple[SignUp, MailAddressVerificationRequested]:
    """Keep a mail address and a password that are to join an account, until the address is proved."""
    signed_up = SignUp(
        account_id=sign_up_id,
        mail_address=mail_address.strip(),
        name=account.name,
        language=account.language,
        password_hash=password_hash,
        terms_version=account.terms_version or "",
        signed_up_at=now,
        link_hash=link.link_hash,
        expires_at=link.expires_at,
        joins=account.account_id,
    )
    return signed_up, proof_of_address(signed_up, link)


def proof_in(signed_up: SignUp) -> Proof | None:
    """The institutional login that a sign-up leads to; None where it is an own one."""
    if signed_up.issuer is None or signed_up.subject is None or signed_up.provider is None:
        return None
    return Proof(
        issuer=signed_up.issuer,
        subject=signed_up.subject,
        provider=signed_up.provider,
        organization=signed_up.organization,
        affiliation=signed_up.affiliation or "guest",
    )
