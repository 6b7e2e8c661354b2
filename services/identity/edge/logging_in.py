"""Logging in and out, in a browser."""

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody

from chassis.http.access import ANYONE
from chassis.http.request import AnyRequest
from chassis.refusals import Refusal
from services.identity import commands, store
from services.identity.commands.logins import Entry
from services.identity.domain import accounts, mail
from services.identity.edge import ending, steps
from services.identity.edge.browser import (
    ButtonForm,
    Visitor,
    go_to,
    in_language,
    network_address,
    new_secret,
    parameters_of,
    require_own_form,
    session_of,
    show,
    visitor_of,
)
from services.identity.edge.going_on import next_page, query_of, wish_of
from services.identity.edge.login_page import show_login
from services.identity.parts import Parts


class LoginForm(msgspec.Struct, frozen=True, kw_only=True):
    """What the form sends."""

    mail_address: str = ""
    password: str = ""
    form_token: str = ""

    def __repr__(self) -> str:
        return "LoginForm(…)"


@get("/login", access=ANYONE, include_in_schema=False)
async def choose_login(request: AnyRequest, parts: NamedDependency[Parts]) -> Response[str]:
    """The page to log in or to make an account; to whoever is logged in, that they are."""
    visitor = visitor_of(request)
    session = None if query_of(request) else await session_of(parts, visitor)
    if session is None:
        hint = request.query_params.get("login_hint", "")
        return show_login(request, visitor, mail_address=hint if mail.is_address(hint) else "")
    async with parts.db.reading() as connection:
        account = await store.accounts.get_account(connection, session.account_id)
    return show(request, visitor, "logged_in.html", account=account, ends_at=session.ends_at)


@post("/login", access=ANYONE, include_in_schema=False, status_code=200)
async def log_in(
    request: AnyRequest, data: URLEncodedBody[LoginForm], parts: NamedDependency[Parts]
) -> Response[str] | Response[None]:
    """Log in, and go on to the app that asked for it."""
    visitor = visitor_of(request)
    require_own_form(request, parts, visitor, data.form_token)
    wrongs = accounts.wrongs_of_login(data.mail_address, data.password)
    try:
        entry = None if wrongs else await _log_in(request, parts, visitor, data)
    except Refusal as refusal:
        return show_login(request, visitor, mail_address=data.mail_address, refusal=refusal)
    if entry is not None:
        to = f"/login/code{query_of(request)}" if entry.needs_code else next_page(wish_of(request))
        return go_to(request, to, visitor.with_secret(entry.cookie))
    return show_login(
        request,
        visitor,
        mail_address=data.mail_address,
        login_wrongs=in_language(wrongs or [accounts.NO_FIT], visitor.language),
    )


async def _log_in(
    request: AnyRequest, parts: Parts, visitor: Visitor, data: LoginForm
) -> Entry | None:
    return await steps.log_in(
        parts,
        data.mail_address,
        data.password,
        former_cookie=visitor.secret,
        address=network_address(request),
    )


@post("/logout", access=ANYONE, include_in_schema=False, status_code=200)
async def log_out(
    request: AnyRequest, data: URLEncodedBody[ButtonForm], parts: NamedDependency[Parts]
) -> Response[None]:
    """Log out, and go back to the app that asked for it."""
    visitor = visitor_of(request)
    require_own_form(request, parts, visitor, data.form_token)
    wish = await ending.read_wish(parts, parameters_of(request))
    async with parts.db.transaction() as tx:
        await commands.logins.log_out(tx, visitor.secret, now=parts.clock.now())
    return ending.leave(request, wish, visitor.with_secret(new_secret()))


@get("/logged-out", access=ANYONE, include_in_schema=False, sync_to_thread=False)
def say_logged_out(request: AnyRequest) -> Response[str]:
    """Nobody is logged in here any more."""
    return show(request, visitor_of(request), "logged_out.html")


ROUTES = [choose_login, log_in, log_out, say_logged_out]
