"""Making an account, in a browser."""

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody

from chassis.http.access import ANYONE
from chassis.http.request import AnyRequest
from chassis.refusals import Refusal
from services.identity import commands
from services.identity.domain.accounts import Wish
from services.identity.edge import steps
from services.identity.edge.browser import (
    go_to,
    in_language,
    network_address,
    require_own_form,
    show,
    visitor_of,
)
from services.identity.edge.login_page import show_login
from services.identity.parts import Parts


class SignUpForm(msgspec.Struct, frozen=True, kw_only=True):
    """What the form sends."""

    name: str = ""
    mail_address: str = ""
    password: str = ""
    language: str = ""
    accepts_terms: str = ""
    form_token: str = ""

    def __repr__(self) -> str:
        return "SignUpForm(…)"


class LinkForm(msgspec.Struct, frozen=True, kw_only=True):
    """What the button sends."""

    token: str = ""
    form_token: str = ""

    def __repr__(self) -> str:
        return "LinkForm(…)"


@get("/sign-up", access=ANYONE, include_in_schema=False, sync_to_thread=False)
def find_sign_up(request: AnyRequest) -> Response[None]:
    """The form stands beside the login form."""
    return go_to(request, "/login#new")


@post("/sign-up", access=ANYONE, include_in_schema=False, status_code=200)
async def sign_up(
    request: AnyRequest, data: URLEncodedBody[SignUpForm], parts: NamedDependency[Parts]
) -> Response[str] | Response[None]:
    """Begin an account; the next step is in a mail."""
    visitor = visitor_of(request)
    require_own_form(request, parts, visitor, data.form_token)
    wish = Wish(
        name=data.name,
        mail_address=data.mail_address,
        password=data.password,
        language="nl" if data.language == "nl" else "en",
        accepts_terms=bool(data.accepts_terms),
    )
    try:
        wrongs = await steps.sign_up(parts, wish, address=network_address(request))
    except Refusal as refusal:
        return show_login(request, visitor, wish=wish, refusal=refusal)
    if wrongs:
        return show_login(
            request, visitor, wish=wish, wish_wrongs=in_language(wrongs, visitor.language)
        )
    return go_to(request, "/check-your-mail", visitor)


@get("/terms", access=ANYONE, include_in_schema=False, sync_to_thread=False)
def show_terms(request: AnyRequest, parts: NamedDependency[Parts]) -> Response[str]:
    """The terms of use that come with an account."""
    return show(request, visitor_of(request), "terms.html", version=parts.settings.terms_version)


@get("/check-your-mail", access=ANYONE, include_in_schema=False, sync_to_thread=False)
def check_mail(request: AnyRequest, parts: NamedDependency[Parts]) -> Response[str]:
    """A mail is on its way. It names nobody: the address of this page could be sent around."""
    return show(
        request, visitor_of(request), "check_mail.html", hours=parts.settings.verification_hours
    )


@get("/verify", access=ANYONE, include_in_schema=False)
async def show_verification(request: AnyRequest, parts: NamedDependency[Parts]) -> Response[str]:
    """Where the link leads: a page with a button. Looking at it changes nothing, as mail scanners look too."""
    token = request.query_params.get("token", "")
    async with parts.db.reading() as connection:
        signed_up = await commands.accounts.get_usable_sign_up(
            connection, token, now=parts.clock.now()
        )
    return show(request, visitor_of(request), "verify.html", signed_up=signed_up, token=token)


@post("/verify", access=ANYONE, include_in_schema=False, status_code=200)
async def verify_mail_address(
    request: AnyRequest, data: URLEncodedBody[LinkForm], parts: NamedDependency[Parts]
) -> Response[None]:
    """Confirm a mail address: now there is an account."""
    visitor = visitor_of(request)
    require_own_form(request, parts, visitor, data.form_token)
    await steps.verify_mail_address(parts, data.token, address=network_address(request))
    return go_to(request, "/verified", visitor)


@get("/verified", access=ANYONE, include_in_schema=False, sync_to_thread=False)
def say_verified(request: AnyRequest) -> Response[str]:
    """The account is there; log in."""
    return show(request, visitor_of(request), "verified.html")


ROUTES = [
    find_sign_up,
    sign_up,
    show_terms,
    check_mail,
    show_verification,
    verify_mail_address,
    say_verified,
]
