"""A forgotten password, in a browser."""

from collections.abc import Mapping

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody

from chassis.http.access import ANYONE
from chassis.http.request import AnyRequest
from chassis.refusals import Refusal
from services.identity import commands
from services.identity.domain.accounts import Account
from services.identity.edge import steps
from services.identity.edge.browser import (
    Visitor,
    go_to,
    in_language,
    network_address,
    require_own_form,
    show,
    visitor_of,
)
from services.identity.parts import Parts


class ForgotForm(msgspec.Struct, frozen=True, kw_only=True):
    """What the form sends."""

    mail_address: str = ""
    form_token: str = ""


class NewPasswordForm(msgspec.Struct, frozen=True, kw_only=True):
    """What the form sends."""

    token: str = ""
    password: str = ""
    form_token: str = ""

    def __repr__(self) -> str:
        return "NewPasswordForm(…)"


@get("/forgot", access=ANYONE, include_in_schema=False, sync_to_thread=False)
def ask_for_mail_address(request: AnyRequest) -> Response[str]:
    """Whose password it is."""
    return _show_forgot(request, visitor_of(request))


@post("/forgot", access=ANYONE, include_in_schema=False, status_code=200)
async def request_password_reset(
    request: AnyRequest, data: URLEncodedBody[ForgotForm], parts: NamedDependency[Parts]
) -> Response[str] | Response[None]:
    """Send a link; the answer is the same whether there is an account or not."""
    visitor = visitor_of(request)
    require_own_form(request, parts, visitor, data.form_token)
    try:
        wrongs = await steps.request_password_reset(
            parts, data.mail_address, address=network_address(request)
        )
    except Refusal as refusal:
        return _show_forgot(request, visitor, mail_address=data.mail_address, refusal=refusal)
    if wrongs:
        return _show_forgot(
            request,
            visitor,
            mail_address=data.mail_address,
            wrongs=in_language(wrongs, visitor.language),
        )
    return go_to(request, "/reset-sent", visitor)


@get("/reset-sent", access=ANYONE, include_in_schema=False, sync_to_thread=False)
def say_reset_sent(request: AnyRequest, parts: NamedDependency[Parts]) -> Response[str]:
    """If there is an account, a mail is on its way."""
    return show(
        request,
        visitor_of(request),
        "reset_sent.html",
        minutes=parts.settings.password_reset_minutes,
    )


@get("/reset", access=ANYONE, include_in_schema=False)
async def ask_for_password(request: AnyRequest, parts: NamedDependency[Parts]) -> Response[str]:
    """Where the link leads: the form for a new password. Looking at it changes nothing."""
    token = request.query_params.get("token", "")
    account = await _whose(parts, token)
    return _show_reset(request, visitor_of(request), account=account, token=token)


@post("/reset", access=ANYONE, include_in_schema=False, status_code=200)
async def reset_password(
    request: AnyRequest, data: URLEncodedBody[NewPasswordForm], parts: NamedDependency[Parts]
) -> Response[str] | Response[None]:
    """Set the new password; everybody who was logged in with the old one is out."""
    visitor = visitor_of(request)
    require_own_form(request, parts, visitor, data.form_token)
    wrongs = await steps.reset_password(
        parts, data.token, data.password, address=network_address(request)
    )
    if wrongs:
        return _show_reset(
            request,
            visitor,
            account=await _whose(parts, data.token),
            token=data.token,
            wrongs=in_language(wrongs, visitor.language),
        )
    return go_to(request, "/password-changed", visitor)


@get("/password-changed", access=ANYONE, include_in_schema=False, sync_to_thread=False)
def say_password_changed(request: AnyRequest) -> Response[str]:
    """The new password holds."""
    return show(request, visitor_of(request), "password_changed.html")


async def _whose(parts: Parts, token: str) -> Account:
    async with parts.db.reading() as connection:
        return await commands.accounts.get_usable_reset(connection, token, now=parts.clock.now())


def _show_forgot(
    request: AnyRequest,
    visitor: Visitor,
    *,
    mail_address: str = "",
    wrongs: Mapping[str, str] | None = None,
    refusal: Refusal | None = None,
) -> Response[str]:
    return show(
        request,
        visitor,
        "forgot.html",
        status=422 if wrongs else 200,
        refusal=refusal,
        mail_address=mail_address,
        wrongs=wrongs or {},
    )


def _show_reset(
    request: AnyRequest,
    visitor: Visitor,
    *,
    account: Account,
    token: str,
    wrongs: Mapping[str, str] | None = None,
) -> Response[str]:
    return show(
        request,
        visitor,
        "reset.html",
        status=422 if wrongs else 200,
        account=account,
        token=token,
        wrongs=wrongs or {},
    )


ROUTES = [
    ask_for_mail_address,
    request_password_reset,
    say_reset_sent,
    ask_for_password,
    reset_password,
    say_password_changed,
]
