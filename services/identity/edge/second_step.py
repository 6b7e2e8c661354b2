"""A second step for own accounts, in a browser: given at the login; set up and taken away in the account."""

from collections.abc import Mapping

import msgspec
import segno
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody

from chassis.http.access import ANYONE
from chassis.http.request import AnyRequest
from chassis.refusals import Refusal
from services.identity import commands, refusals, store
from services.identity.domain.second_step import NO_FIT, HalfLogin, SecondStep, address_for_app
from services.identity.domain.tokens import Session, digest
from services.identity.edge.browser import (
    ButtonForm,
    Visitor,
    fresh_session_of,
    go_to,
    in_language,
    network_address,
    new_secret,
    require_own_form,
    show,
    visitor_of,
)
from services.identity.edge.going_on import THEN_SECOND_STEP, next_page, query_of, wish_of
from services.identity.parts import Parts

_NOTHING: Mapping[str, str] = {}


class CodeForm(msgspec.Struct, frozen=True, kw_only=True):
    """What the form sends."""

    code: str = ""
    form_token: str = ""

    def __repr__(self) -> str:
        return "CodeForm(…)"


@get("/login/code", access=ANYONE, include_in_schema=False)
async def ask_for_code(
    request: AnyRequest, parts: NamedDependency[Parts]
) -> Response[str] | Response[None]:
    """The password was right: now the code."""
    visitor = visitor_of(request)
    if await _half_login(parts, visitor) is None:
        return go_to(request, f"/login{query_of(request)}", visitor)
    return _show_code(request, visitor)


@post("/login/code", access=ANYONE, include_in_schema=False, status_code=200)
async def give_code(
    request: AnyRequest, data: URLEncodedBody[CodeForm], parts: NamedDependency[Parts]
) -> Response[str] | Response[None]:
    """Log in with the code, and go on to the app that asked for it."""
    visitor = visitor_of(request)
    require_own_form(request, parts, visitor, data.form_token)
    half = await _half_login(parts, visitor)
    if half is None:
        raise refusals.LOGIN_NOT_BEGUN_HERE()
    try:
        parts.throttles.give_code(half.account_id, network_address(request))
    except Refusal as refusal:
        return _show_code(request, visitor, refusal=refusal)
    cookie, now = new_secret(), parts.clock.now()
    async with parts.db.transaction() as tx:
        fits = await commands.second_step.give_code(
            tx, half.account_id, data.code, cookie=visitor.secret, seal=parts.seal, now=now
        )
        if fits:
            await commands.logins.begin_session(
                tx,
                half.account_id,
                cookie=cookie,
                former_cookie=visitor.secret,
                settings=parts.settings,
                now=now,
            )
    if not fits:
        return _show_code(request, visitor, wrongs=in_language([NO_FIT], visitor.language))
    return go_to(request, next_page(wish_of(request)), visitor.with_secret(cookie))


@get("/second-step", access=ANYONE, include_in_schema=False)
async def show_second_step(
    request: AnyRequest, parts: NamedDependency[Parts]
) -> Response[str] | Response[None]:
    """Whether logging in takes a code, and how to change that. Needs a login of a moment ago."""
    visitor = visitor_of(request)
    try:
        session = await fresh_session_of(parts, visitor)
    except Refusal:
        return go_to(request, f"/login?{THEN_SECOND_STEP}", visitor)
    return await _show(request, parts, visitor, session)


@post("/second-step/begin", access=ANYONE, include_in_schema=False, status_code=200)
async def begin_second_step(
    request: AnyRequest, data: URLEncodedBody[ButtonForm], parts: NamedDependency[Parts]
) -> Response[None]:
    """Make a secret for an app."""
    visitor = visitor_of(request)
    session = await _session_for(request, parts, visitor, data.form_token)
    async with parts.db.transaction() as tx:
        await commands.second_step.begin(
            tx, session.account_id, seal=parts.seal, now=parts.clock.now()
        )
    return go_to(request, "/second-step", visitor)


@post("/second-step/confirm", access=ANYONE, include_in_schema=False, status_code=200)
async def confirm_second_step(
    request: AnyRequest, data: URLEncodedBody[CodeForm], parts: NamedDependency[Parts]
) -> Response[str]:
    """Let it count once a code was right, and show the recovery codes, this once."""
    visitor = visitor_of(request)
    session = await _session_for(request, parts, visitor, data.form_token)
    parts.throttles.give_code(session.account_id, network_address(request))
    async with parts.db.transaction() as tx:
        codes = await commands.second_step.confirm(
            tx, session.account_id, data.code, seal=parts.seal, now=parts.clock.now()
        )
    if codes is None:
        wrongs = in_language([NO_FIT], visitor.language)
        return await _show(request, parts, visitor, session, wrongs=wrongs)
    return show(request, visitor, "recovery_codes.html", at="/second-step", codes=codes)


@post("/second-step/remove", access=ANYONE, include_in_schema=False, status_code=200)
async def remove_second_step(
    request: AnyRequest, data: URLEncodedBody[ButtonForm], parts: NamedDependency[Parts]
) -> Response[None]:
    """Let the password do again."""
    visitor = visitor_of(request)
    session = await _session_for(request, parts, visitor, data.form_token)
    async with parts.db.transaction() as tx:
        await commands.second_step.remove(tx, session.account_id, now=parts.clock.now())
    return go_to(request, "/second-step", visitor)


async def _half_login(parts: Parts, visitor: Visitor) -> HalfLogin | None:
    async with parts.db.reading() as connection:
        return await store.second_step.get_half_login(
            connection, digest(visitor.secret), now=parts.clock.now()
        )


async def _session_for(
    request: AnyRequest, parts: Parts, visitor: Visitor, form_token: str
) -> Session:
    """Whose second step a form of ours changes.

    Raises:
        Refusal: another site's form, or nobody has logged in a moment ago.
    """
    require_own_form(request, parts, visitor, form_token)
    return await fresh_session_of(parts, visitor)


def _show_code(
    request: AnyRequest,
    visitor: Visitor,
    *,
    wrongs: Mapping[str, str] = _NOTHING,
    refusal: Refusal | None = None,
) -> Response[str]:
    return show(
        request,
        visitor,
        "login_code.html",
        status=422 if wrongs else 200,
        refusal=refusal,
        query=query_of(request),
        wrongs=wrongs,
    )


async def _show(
    request: AnyRequest,
    parts: Parts,
    visitor: Visitor,
    session: Session,
    *,
    wrongs: Mapping[str, str] = _NOTHING,
) -> Response[str]:
    async with parts.db.reading() as connection:
        step = await store.second_step.get_step(connection, session.account_id)
        left = await store.second_step.count_recovery_codes(connection, session.account_id)
        mail_address = await store.accounts.get_mail_key(connection, session.account_id)
    secret = _secret_to_show(parts, step)
    return show(
        request,
        visitor,
        "second_step.html",
        status=422 if wrongs else 200,
        at="/second-step",
        has_own=mail_address is not None,
        on_since=None if step is None else step.confirmed_at,
        codes_left=left,
        secret=secret,
        picture=secret and _picture(address_for_app(secret, mail_address or "")),
        wrongs=wrongs,
    )


def _secret_to_show(parts: Parts, step: SecondStep | None) -> str:
    """The secret of a second step that does not count yet; a confirmed one is never shown again."""
    if step is None or step.confirmed_at is not None:
        return ""
    return parts.seal.unlock(step.locked_secret, step.account_id)


def _picture(text: str) -> str:
    """A QR code as an address for `<img>`; white around it, so that apps find it on dark pages too."""
    return segno.make_qr(text).svg_data_uri(scale=5, border=4, light="#fff")


ROUTES = [
    ask_for_code,
    give_code,
    show_second_step,
    begin_second_step,
    confirm_second_step,
    remove_second_step,
]
