"""Passkeys, in a browser: logging in with one; added and taken away in the account.

Pages stay whole without script: what needs one is hidden until it runs (passkeys.js).
"""

from collections.abc import Mapping
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody

from chassis.http.access import ANYONE
from chassis.http.request import AnyRequest
from chassis.refusals import Refusal
from services.identity import commands, refusals, store
from services.identity.domain import passkeys
from services.identity.domain.passkeys import Site
from services.identity.domain.tokens import Session
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
from services.identity.edge.going_on import THEN_PASSKEYS, next_page, wish_of
from services.identity.edge.login_page import show_login
from services.identity.parts import Parts

_NOTHING: Mapping[str, str] = {}


class AnswerForm(msgspec.Struct, frozen=True, kw_only=True):
    """What the script puts into the form: the device's answer, as JSON."""

    credential: str = ""
    form_token: str = ""

    def __repr__(self) -> str:
        return "AnswerForm(…)"


class AddForm(AnswerForm, frozen=True, kw_only=True):
    """The same, with what its owner calls the passkey."""

    name: str = ""

    def __repr__(self) -> str:
        return "AddForm(…)"


class RemoveForm(msgspec.Struct, frozen=True, kw_only=True):
    """What the button sends."""

    passkey_id: str = ""
    form_token: str = ""


@post("/login/passkey/begin", access=ANYONE, include_in_schema=False, status_code=200)
async def begin_login(
    request: AnyRequest, data: URLEncodedBody[ButtonForm], parts: NamedDependency[Parts]
) -> Response[str]:
    """What a device has to sign, for the script of the login page."""
    visitor = visitor_of(request)
    require_own_form(request, parts, visitor, data.form_token)
    parts.throttles.address.take(network_address(request))
    async with parts.db.transaction() as tx:
        options = await commands.passkeys.ask_to_log_in(
            tx, cookie=visitor.secret, site=_site(parts), now=parts.clock.now()
        )
    return _options(options)


@post("/login/passkey", access=ANYONE, include_in_schema=False, status_code=200)
async def log_in_with_passkey(
    request: AnyRequest, data: URLEncodedBody[AnswerForm], parts: NamedDependency[Parts]
) -> Response[str] | Response[None]:
    """Log in with what the device signed, and go on to the app that asked for it."""
    visitor = visitor_of(request)
    require_own_form(request, parts, visitor, data.form_token)
    cookie = new_secret()
    try:
        await _log_in(request, parts, visitor, data.credential, cookie)
    except Refusal as refusal:
        return show_login(request, visitor, refusal=refusal)
    return go_to(request, next_page(wish_of(request)), visitor.with_secret(cookie))


async def _log_in(
    request: AnyRequest, parts: Parts, visitor: Visitor, text: str, cookie: str
) -> None:
    from services.identity.domain import ceremonies  # noqa: PLC0415 - heavy, and few come with one.

    now = parts.clock.now()
    parts.throttles.address.take(network_address(request))
    answer = ceremonies.read_answer(text)
    parts.throttles.use_passkey(answer.credential_id, network_address(request))
    async with parts.db.transaction() as tx:
        challenge = await commands.passkeys.take_challenge(tx, visitor.secret, None, now=now)
    if challenge is None:
        raise refusals.PASSKEY_TOO_LATE()
    async with parts.db.transaction() as tx:
        entry = await commands.passkeys.log_in(
            tx,
            answer,
            challenge=challenge,
            site=_site(parts),
            cookie=cookie,
            former_cookie=visitor.secret,
            settings=parts.settings,
            now=now,
        )
    if entry.is_copied:
        raise refusals.PASSKEY_IS_COPIED()


@get("/passkeys", access=ANYONE, include_in_schema=False)
async def show_passkeys(
    request: AnyRequest, parts: NamedDependency[Parts]
) -> Response[str] | Response[None]:
    """My passkeys, and how to add or remove one. Needs a login of a moment ago."""
    visitor = visitor_of(request)
    try:
        session = await fresh_session_of(parts, visitor)
    except Refusal:
        return go_to(request, f"/login?{THEN_PASSKEYS}", visitor)
    return await _show(request, parts, visitor, session)


@post("/passkeys/begin", access=ANYONE, include_in_schema=False, status_code=200)
async def begin_passkey(
    request: AnyRequest, data: URLEncodedBody[ButtonForm], parts: NamedDependency[Parts]
) -> Response[str]:
    """What a device makes a passkey by, for the script of the page."""
    visitor = visitor_of(request)
    require_own_form(request, parts, visitor, data.form_token)
    session = await fresh_session_of(parts, visitor)
    async with parts.db.transaction() as tx:
        options = await commands.passkeys.ask_to_add(
            tx,
            session.account_id,
            cookie=visitor.secret,
            site=_site(parts),
            now=parts.clock.now(),
        )
    return _options(options)


@post("/passkeys/add", access=ANYONE, include_in_schema=False, status_code=200)
async def add_passkey(
    request: AnyRequest, data: URLEncodedBody[AddForm], parts: NamedDependency[Parts]
) -> Response[str] | Response[None]:
    """Keep the passkey that the device made."""
    visitor = visitor_of(request)
    require_own_form(request, parts, visitor, data.form_token)
    session = await fresh_session_of(parts, visitor)
    wrongs = in_language(passkeys.wrongs_of_name(data.name), visitor.language)
    if wrongs:
        return await _show(request, parts, visitor, session, name=data.name, wrongs=wrongs)
    try:
        await _add(parts, visitor, session, data)
    except Refusal as refusal:
        return await _show(request, parts, visitor, session, name=data.name, refusal=refusal)
    return go_to(request, "/passkeys", visitor)


async def _add(parts: Parts, visitor: Visitor, session: Session, data: AddForm) -> None:
    account_id, now = session.account_id, parts.clock.now()
    async with parts.db.transaction() as tx:
        challenge = await commands.passkeys.take_challenge(tx, visitor.secret, account_id, now=now)
    if challenge is None:
        raise refusals.PASSKEY_TOO_LATE()
    async with parts.db.transaction() as tx:
        await commands.passkeys.add(
            tx,
            account_id,
            data.credential,
            name=data.name,
            challenge=challenge,
            site=_site(parts),
            now=now,
        )


@post("/passkeys/remove", access=ANYONE, include_in_schema=False, status_code=200)
async def remove_passkey(
    request: AnyRequest, data: URLEncodedBody[RemoveForm], parts: NamedDependency[Parts]
) -> Response[None]:
    """Take one away, and log out everywhere else."""
    visitor = visitor_of(request)
    require_own_form(request, parts, visitor, data.form_token)
    session = await fresh_session_of(parts, visitor)
    async with parts.db.transaction() as tx:
        await commands.passkeys.remove(
            tx,
            session.account_id,
            _id_in(data.passkey_id),
            session_id=session.session_id,
            now=parts.clock.now(),
        )
    return go_to(request, "/passkeys", visitor)


async def _show(
    request: AnyRequest,
    parts: Parts,
    visitor: Visitor,
    session: Session,
    *,
    name: str = "",
    wrongs: Mapping[str, str] = _NOTHING,
    refusal: Refusal | None = None,
) -> Response[str]:
    async with parts.db.reading() as connection:
        held = await store.passkeys.get_passkeys(connection, session.account_id)
        mail_address = await store.accounts.get_mail_key(connection, session.account_id)
    return show(
        request,
        visitor,
        "passkeys.html",
        status=422 if wrongs else 200,
        at="/passkeys",
        refusal=refusal,
        has_own=mail_address is not None,
        is_offered=parts.site is not None,
        passkeys=held,
        name=name,
        wrongs=wrongs,
    )


def _site(parts: Parts) -> Site:
    if parts.site is None:
        raise refusals.PASSKEYS_NOT_OFFERED()
    return parts.site


def _id_in(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise refusals.NO_SUCH_LOGIN() from error


def _options(options: str) -> Response[str]:
    return Response(
        options,
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


ROUTES = [
    begin_login,
    log_in_with_passkey,
    show_passkeys,
    begin_passkey,
    add_passkey,
    remove_passkey,
]
