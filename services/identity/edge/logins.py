"""Several logins of one person: seen and separated over JSON, added and separated in a browser."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from chassis.http.access import ANYONE, SIGNED_IN, Caller
from chassis.http.conditional import conditional
from chassis.http.paging import Page
from chassis.http.request import AnyRequest
from chassis.refusals import Refusal
from contracts.fact import Language
from services.identity import commands, refusals, store
from services.identity.commands.institutional import SeveralLogins
from services.identity.domain import accounts, mail
from services.identity.domain.logins import OWN, OWN_TITLE
from services.identity.domain.tokens import Session
from services.identity.domain.wrongs import Wrong
from services.identity.edge.browser import (
    ButtonForm,
    Visitor,
    fresh_session_of,
    go_to,
    in_language,
    network_address,
    require_fresh_token,
    require_own_form,
    session_of,
    show,
    visitor_of,
)
from services.identity.edge.going_on import THEN_LOGINS
from services.identity.edge.institutional import leave_for
from services.identity.parts import Parts


class LoginView(msgspec.Struct, frozen=True, kw_only=True):
    """One way into my account."""

    login_id: str
    """`own`, or the id of a login at a provider."""
    title: str
    """What people call it, in the reader's language."""
    mail_address: str | None
    """Of the own login."""
    organization: str | None
    """The home organisation that the provider named, such as `university.example`."""
    added_at: datetime | None
    used_at: datetime | None


class AddOwnForm(msgspec.Struct, frozen=True, kw_only=True):
    """What the form sends."""

    mail_address: str = ""
    password: str = ""
    form_token: str = ""

    def __repr__(self) -> str:
        return "AddOwnForm(…)"


class SeparateForm(msgspec.Struct, frozen=True, kw_only=True):
    """What the button sends."""

    login_id: str = ""
    form_token: str = ""


@get("/v1/me/logins", access=SIGNED_IN)
async def list_my_logins(
    request: AnyRequest,
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Response[Page[LoginView]]:
    """All ways into my account. Adding one takes a browser: `/logins` of this service."""
    async with parts.db.reading() as connection:
        several = await commands.institutional.get_several(connection, caller.account_id)
    return conditional(request, Page(views_of(parts, several, language)))


@delete("/v1/me/logins/{login_id:str}", access=SIGNED_IN, status_code=204)
async def separate_my_login(
    login_id: FromPath[str], caller: NamedDependency[Caller], parts: NamedDependency[Parts]
) -> None:
    """Take one of my logins away; never the last one. Needs a login of the last minutes, and ends all of them."""
    require_fresh_token(parts, caller)
    async with parts.db.transaction() as tx:
        await commands.institutional.separate(
            tx,
            caller.account_id,
            login_id,
            session_id=None,
            titles=parts.providers.titles(),
            settings=parts.settings,
            now=parts.clock.now(),
        )


@get("/logins", access=ANYONE, include_in_schema=False)
async def show_logins(
    request: AnyRequest, parts: NamedDependency[Parts]
) -> Response[str] | Response[None]:
    """All ways into my account, and how to add or separate one."""
    visitor = visitor_of(request)
    session = await session_of(parts, visitor)
    if session is None:
        return go_to(request, f"/login?{THEN_LOGINS}", visitor)
    return await _show(request, parts, visitor, session)


@post("/logins/add/{key:str}", access=ANYONE, include_in_schema=False, status_code=200)
async def add_institutional_login(
    request: AnyRequest,
    key: FromPath[str],
    data: URLEncodedBody[ButtonForm],
    parts: NamedDependency[Parts],
) -> Response[str] | Response[None]:
    """Send somebody who is logged in to a provider, to add the login there to their account."""
    visitor = visitor_of(request)
    require_own_form(request, parts, visitor, data.form_token)
    session = await fresh_session_of(parts, visitor)
    try:
        return await leave_for(request, parts, visitor, key, wish="", joins=session.account_id)
    except Refusal as refusal:
        return await _show(request, parts, visitor, session, refusal=refusal)


@post("/logins/add-own", access=ANYONE, include_in_schema=False, status_code=200)
async def add_own_login(
    request: AnyRequest, data: URLEncodedBody[AddOwnForm], parts: NamedDependency[Parts]
) -> Response[str] | Response[None]:
    """Add a mail address and a password; a link in a mail proves the address first."""
    visitor = visitor_of(request)
    require_own_form(request, parts, visitor, data.form_token)
    session = await fresh_session_of(parts, visitor)
    wrongs = await _wrongs_of_own(parts, session, data)
    if wrongs:
        return await _show(
            request,
            parts,
            visitor,
            session,
            mail_address=data.mail_address,
            wrongs=in_language(wrongs, visitor.language),
        )
    try:
        parts.throttles.send_mail(mail.key_of(data.mail_address), network_address(request))
        password_hash = await parts.passwords.hash(data.password)
        async with parts.db.transaction() as tx:
            await commands.accounts.add_own_login(
                tx,
                session.account_id,
                data.mail_address,
                password_hash=password_hash,
                settings=parts.settings,
                now=parts.clock.now(),
            )
    except Refusal as refusal:
        return await _show(
            request, parts, visitor, session, mail_address=data.mail_address, refusal=refusal
        )
    return go_to(request, "/check-your-mail", visitor)


@post("/logins/separate", access=ANYONE, include_in_schema=False, status_code=200)
async def separate_login(
    request: AnyRequest, data: URLEncodedBody[SeparateForm], parts: NamedDependency[Parts]
) -> Response[str] | Response[None]:
    """Take one of the logins away, and log out everywhere else."""
    visitor = visitor_of(request)
    require_own_form(request, parts, visitor, data.form_token)
    session = await fresh_session_of(parts, visitor)
    try:
        async with parts.db.transaction() as tx:
            await commands.institutional.separate(
                tx,
                session.account_id,
                data.login_id,
                session_id=session.session_id,
                titles=parts.providers.titles(),
                settings=parts.settings,
                now=parts.clock.now(),
            )
    except Refusal as refusal:
        return await _show(request, parts, visitor, session, refusal=refusal)
    return go_to(request, "/logins", visitor)


async def _wrongs_of_own(parts: Parts, session: Session, data: AddOwnForm) -> list[Wrong]:
    async with parts.db.reading() as connection:
        account = await store.accounts.get_account(connection, session.account_id)
    if account is None:
        raise refusals.NO_SUCH_PERSON()
    found = []
    if not mail.is_address(data.mail_address.strip()):
        found.append(Wrong("mail_address", mail.NO_ADDRESS))
    wrong = accounts.wrong_password(
        data.password, mail_address=data.mail_address, name=account.name
    )
    return found if wrong is None else [*found, wrong]


_NOTHING: Mapping[str, str] = {}


async def _show(
    request: AnyRequest,
    parts: Parts,
    visitor: Visitor,
    session: Session,
    *,
    mail_address: str = "",
    wrongs: Mapping[str, str] = _NOTHING,
    refusal: Refusal | None = None,
) -> Response[str]:
    async with parts.db.reading() as connection:
        several = await commands.institutional.get_several(connection, session.account_id)
    age = parts.clock.now() - session.authenticated_at
    return show(
        request,
        visitor,
        "logins.html",
        status=422 if wrongs else 200,
        at="/logins",
        refusal=refusal,
        logins=views_of(parts, several, visitor.language),
        has_own=several.own is not None,
        providers=parts.providers.described(),
        with_passkeys=several.own is not None and parts.site is not None,
        is_fresh=age <= parts.settings.fresh_login,
        mail_address=mail_address,
        wrongs=wrongs,
    )


def views_of(parts: Parts, several: SeveralLogins, language: Language) -> list[LoginView]:
    """All ways into an account, as their owner sees them."""
    own = []
    if several.own is not None:
        own.append(
            LoginView(
                login_id=OWN,
                title=OWN_TITLE.in_language(language),
                mail_address=several.own,
                organization=None,
                added_at=None,
                used_at=None,
            )
        )
    return own + [
        LoginView(
            login_id=str(each.login_id),
            title=_title_of(parts, each.provider, language),
            mail_address=None,
            organization=each.organization,
            added_at=each.added_at,
            used_at=each.used_at,
        )
        for each in several.institutional
    ]


def _title_of(parts: Parts, key: str, language: Language) -> str:
    """What the provider is called; its key if it was taken out of the file."""
    provider = parts.providers.get(key)
    return key if provider is None else provider.provider.title.in_language(language)


ROUTES = [list_my_logins, separate_my_login]
PAGES = [show_logins, add_institutional_login, add_own_login, separate_login]
