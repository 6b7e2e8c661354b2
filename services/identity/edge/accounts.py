"""Own accounts over JSON, for mobile clients; and what is known of me."""

from typing import Annotated

import msgspec
from litestar import Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta

from chassis.http.access import ANYONE, SIGNED_IN, Caller
from chassis.http.conditional import conditional, etag_of, require_match
from chassis.http.problems import INVALID_INPUT
from chassis.http.request import AnyRequest
from chassis.refusals import Refusal
from contracts.catalogue import Affiliation
from contracts.fact import Language
from contracts.identity import Role
from services.identity import commands, refusals, store
from services.identity.domain.accounts import Account, Wish, wrong_name
from services.identity.domain.roles import roles_of
from services.identity.domain.wrongs import Wrong
from services.identity.edge import steps
from services.identity.edge.browser import network_address
from services.identity.parts import Parts

Text = Annotated[str, Meta(max_length=1000)]


class SignUpRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Make an account. Repeating it is safe: the answer is the same, another mail goes out."""

    name: Text
    """As it must stand on a certificate."""
    mail_address: Text
    password: Text
    """12 to 200 characters."""
    language: Language
    """Of mails and documents."""
    accepts_terms: bool
    """The terms of use were shown and accepted."""

    def __repr__(self) -> str:
        return "SignUpRequest(…)"


class MailUnderWay(msgspec.Struct, frozen=True, kw_only=True):
    """The next step is in a mail, if the address is right. Whether it has an account is not told."""

    mail_address: str


class LinkToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `token` of the link in the mail."""

    token: Text

    def __repr__(self) -> str:
        return "LinkToken(…)"


class VerifiedView(msgspec.Struct, frozen=True, kw_only=True):
    """There is an account now; log in."""

    account_id: str


class ResetRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody forgot a password."""

    mail_address: Text


class NewPassword(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `token` of the link in the mail, and what the password shall be."""

    token: Text
    password: Text

    def __repr__(self) -> str:
        return "NewPassword(…)"


class MeView(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of me."""

    account_id: str
    version: int
    name: str
    mail_address: str
    language: Language
    affiliation: Affiliation
    roles: tuple[Role, ...]


class Correction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be different; what is left out stays."""

    name: Text | None = None
    language: Language | None = None


@post("/v1/accounts", access=ANYONE, status_code=202)
async def sign_up(
    request: AnyRequest,
    data: JSONBody[SignUpRequest],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Response[MailUnderWay]:
    """Make an account: a mail follows, with a link that proves the mail address.

    Whether the address has an account already is told in that mail only.
    """
    wish = Wish(
        name=data.name,
        mail_address=data.mail_address,
        password=data.password,
        language=data.language,
        accepts_terms=data.accepts_terms,
    )
    wrongs = await steps.sign_up(parts, wish, address=network_address(request))
    _refuse(wrongs, language)
    return Response(MailUnderWay(mail_address=data.mail_address.strip()))


@post("/v1/accounts/verification", access=ANYONE, status_code=200)
async def verify_mail_address(
    request: AnyRequest, data: JSONBody[LinkToken], parts: NamedDependency[Parts]
) -> Response[VerifiedView]:
    """Prove a mail address with the link of the mail; good once."""
    account = await steps.verify_mail_address(parts, data.token, address=network_address(request))
    return Response(VerifiedView(account_id=str(account.account_id)))


@post("/v1/accounts/password-reset-requests", access=ANYONE, status_code=202)
async def request_password_reset(
    request: AnyRequest,
    data: JSONBody[ResetRequest],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Response[MailUnderWay]:
    """Ask for a link to a new password; it is mailed if there is an account."""
    wrongs = await steps.request_password_reset(
        parts, data.mail_address, address=network_address(request)
    )
    _refuse(wrongs, language)
    return Response(MailUnderWay(mail_address=data.mail_address.strip()))


@post("/v1/accounts/password-resets", access=ANYONE, status_code=204)
async def reset_password(
    request: AnyRequest,
    data: JSONBody[NewPassword],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> None:
    """Set a new password with the link of the mail; every login with the old one ends."""
    wrongs = await steps.reset_password(
        parts, data.token, data.password, address=network_address(request)
    )
    _refuse(wrongs, language)


def _refuse(wrongs: list[Wrong], language: Language) -> None:
    """Name everything that has to be corrected.

    Raises:
        Refusal: there is something.
    """
    if wrongs:
        raise _invalid(wrongs, language)


def _invalid(wrongs: list[Wrong], language: Language) -> Refusal:
    refusal = INVALID_INPUT()
    refusal.errors = [
        {"pointer": f"/{wrong.field}", "detail": wrong.sentence.in_language(language)}
        for wrong in wrongs
    ]
    return refusal


@get("/v1/me", access=SIGNED_IN)
async def get_me(
    request: AnyRequest, caller: NamedDependency[Caller], parts: NamedDependency[Parts]
) -> Response[MeView]:
    """What is known of me."""
    async with parts.db.reading() as connection:
        account = await store.accounts.get_account(connection, caller.account_id)
        grants = await store.roles.get_grants(connection, [caller.account_id])
    if account is None:
        raise refusals.NO_SUCH_PERSON()
    return conditional(request, _me(account, roles_of(grants)))


@patch("/v1/me", access=SIGNED_IN)
async def correct_me(
    request: AnyRequest,
    data: JSONBody[Correction],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Response[MeView]:
    """Correct my name or language. Needs the ETag of what I have read as `If-Match`."""
    if data.name is not None and (wrong := wrong_name(data.name)):
        raise _invalid([wrong], language)
    async with parts.db.transaction() as tx:
        before = await store.accounts.lock_account(tx, caller.account_id)
        roles = roles_of(await store.roles.get_grants(tx, [caller.account_id]))
        if before is None:
            raise refusals.NO_SUCH_PERSON()
        require_match(request, _me(before, roles))
        after = await commands.accounts.correct_account(
            tx, before, name=data.name, language=data.language, now=parts.clock.now()
        )
    view = _me(after, roles)
    return Response(view, headers={"ETag": etag_of(view)})


def _me(account: Account, roles: tuple[Role, ...]) -> MeView:
    return MeView(
        account_id=str(account.account_id),
        version=account.version,
        name=account.name,
        mail_address=account.mail_address,
        language=account.language,
        affiliation=account.affiliation,
        roles=roles,
    )


ROUTES = [
    sign_up,
    verify_mail_address,
    request_password_reset,
    reset_password,
    get_me,
    correct_me,
]
