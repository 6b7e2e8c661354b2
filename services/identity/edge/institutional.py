"""Logging in with a provider's word, in a browser: away to it, back with an answer, welcome."""

from collections.abc import Mapping
from uuid import UUID

import msgspec
import structlog
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from chassis.http.access import ANYONE
from chassis.http.request import AnyRequest
from chassis.refusals import Problem, Refusal
from services.identity import commands, refusals, store
from services.identity.domain import logins, mail
from services.identity.domain.logins import Introduction, Newcomer
from services.identity.domain.providers import Proof, Unsound, Visit
from services.identity.domain.tokens import digest
from services.identity.edge.browser import (
    ButtonForm,
    Visitor,
    go_away,
    go_to,
    in_language,
    network_address,
    new_secret,
    require_fresh,
    require_own_form,
    session_of,
    show,
    visitor_of,
)
from services.identity.edge.going_on import needs_fresh_login, next_page, wish_of
from services.identity.edge.login_page import show_login
from services.identity.outside import OneProvider, ProviderAway, ProviderRefused
from services.identity.parts import Parts

log = structlog.get_logger()

_LONGEST = 4000
"""Of a code, in characters."""


class IntroductionForm(msgspec.Struct, frozen=True, kw_only=True):
    """What the form sends."""

    name: str = ""
    mail_address: str = ""
    language: str = ""
    accepts_terms: str = ""
    form_token: str = ""

    def __repr__(self) -> str:
        return "IntroductionForm(…)"


@post("/login/with/{key:str}", access=ANYONE, include_in_schema=False, status_code=200)
async def go_to_provider(
    request: AnyRequest,
    key: FromPath[str],
    data: URLEncodedBody[ButtonForm],
    parts: NamedDependency[Parts],
) -> Response[str] | Response[None]:
    """Send somebody to a provider that vouches for them."""
    visitor = visitor_of(request)
    require_own_form(request, parts, visitor, data.form_token)
    try:
        return await leave_for(request, parts, visitor, key, wish=wish_of(request))
    except Refusal as refusal:
        return show_login(request, visitor, refusal=refusal)


async def leave_for(
    request: AnyRequest,
    parts: Parts,
    visitor: Visitor,
    key: str,
    *,
    wish: str,
    joins: UUID | None = None,
) -> Response[None]:
    """Begin a visit to a provider.

    Raises:
        Refusal: there is no such provider, it is away, or too often from here.
    """
    parts.throttles.address.take(network_address(request))
    provider = _provider(parts, key)
    state = new_secret()
    visit = logins.begin_visit(
        state_hash=digest(state),
        cookie_hash=digest(visitor.secret),
        provider=key,
        wish=wish,
        joins=joins,
        is_fresh=joins is not None or needs_fresh_login(wish),
        now=parts.clock.now(),
    )
    try:
        url = await provider.way_in(state, visit, language=visitor.language)
    except ProviderAway as error:
        raise _about(refusals.PROVIDER_AWAY, provider, visitor) from error
    async with parts.db.transaction() as tx:
        await store.logins.insert_visit(tx, visit)
    return go_away(request, url, visitor)


@get("/login/back/{key:str}", access=ANYONE, include_in_schema=False)
async def come_back(
    request: AnyRequest, key: FromPath[str], parts: NamedDependency[Parts]
) -> Response[str] | Response[None]:
    """Somebody is back from a provider: log them in, welcome them, or add the login to their account."""
    visitor = visitor_of(request)
    parts.throttles.address.take(network_address(request))
    provider = _provider(parts, key)
    given = _answer_of(request)
    async with parts.db.transaction() as tx:
        visit = await commands.institutional.take_visit(
            tx, given.get("state", ""), cookie=visitor.secret, provider=key, now=parts.clock.now()
        )
    try:
        proof = await _prove(provider, given, visit, visitor)
    except Refusal as refusal:
        return show_login(
            request, visitor, refusal=refusal, query=f"?{visit.wish}" if visit.wish else ""
        )
    if visit.joins is not None:
        await _join(parts, visitor, provider, proof, visit.joins)
        return go_to(request, "/logins", visitor)
    return await _log_in(request, parts, visitor, proof, visit)


async def _prove(
    provider: OneProvider, given: Mapping[str, str], visit: Visit, visitor: Visitor
) -> Proof:
    """Who came back.

    Raises:
        Refusal: nobody whom the provider vouches for.
    """
    if "code" not in given:
        raise _about(refusals.PROVIDER_REFUSED, provider, visitor)
    try:
        return await provider.prove(given, visit)
    except ProviderAway as error:
        raise _about(refusals.PROVIDER_AWAY, provider, visitor) from error
    except ProviderRefused as error:
        log.warning("identity.provider_refused", provider=provider.provider.key, why=str(error))
        raise _about(refusals.PROVIDER_REFUSED, provider, visitor) from error
    except Unsound as error:
        log.warning("identity.login_not_proved", provider=provider.provider.key, why=str(error))
        raise _about(refusals.LOGIN_NOT_PROVED, provider, visitor) from error


async def _log_in(
    request: AnyRequest, parts: Parts, visitor: Visitor, proof: Proof, visit: Visit
) -> Response[None]:
    cookie, now = new_secret(), parts.clock.now()
    async with parts.db.transaction() as tx:
        account_id = await commands.institutional.recognize(
            tx, proof, settings=parts.settings, now=now
        )
        if account_id is None:
            await commands.institutional.meet(tx, proof, cookie=cookie, wish=visit.wish, now=now)
        else:
            await commands.logins.begin_session(
                tx,
                account_id,
                cookie=cookie,
                former_cookie=visitor.secret,
                settings=parts.settings,
                now=now,
            )
    to = "/welcome" if account_id is None else next_page(visit.wish)
    return go_to(request, to, visitor.with_secret(cookie))


async def _join(
    parts: Parts, visitor: Visitor, provider: OneProvider, proof: Proof, account_id: UUID
) -> None:
    """Add the login that was just proved to the account that was proved before it.

    Raises:
        Refusal: somebody else is logged in here now, or the login has an account.
    """
    session = await session_of(parts, visitor)
    if session is None or session.account_id != account_id:
        raise refusals.LOGIN_NOT_BEGUN_HERE()
    require_fresh(parts, session)
    async with parts.db.transaction() as tx:
        if not await store.sessions.hold_session(tx, session.session_id, now=parts.clock.now()):
            raise refusals.LOGIN_NOT_BEGUN_HERE()
        await commands.institutional.join(
            tx,
            proof,
            account_id,
            title=provider.provider.title,
            settings=parts.settings,
            now=parts.clock.now(),
        )


@get("/welcome", access=ANYONE, include_in_schema=False)
async def ask_newcomer(
    request: AnyRequest, parts: NamedDependency[Parts]
) -> Response[str] | Response[None]:
    """Somebody new: their name and mail address as the provider told them, and the terms."""
    visitor = visitor_of(request)
    newcomer = await _newcomer(parts, visitor)
    if newcomer is None:
        return go_to(request, "/login", visitor)
    introduction = Introduction(
        name=newcomer.proof.name,
        mail_address=newcomer.proof.mail_address,
        language=visitor.language,
        accepts_terms=False,
    )
    return _show_welcome(request, visitor, newcomer, introduction)


@post("/welcome", access=ANYONE, include_in_schema=False, status_code=200)
async def welcome(
    request: AnyRequest, data: URLEncodedBody[IntroductionForm], parts: NamedDependency[Parts]
) -> Response[str] | Response[None]:
    """Make a newcomer's account, and go on to where they wanted to go."""
    visitor = visitor_of(request)
    require_own_form(request, parts, visitor, data.form_token)
    newcomer = await _newcomer(parts, visitor)
    if newcomer is None:
        raise refusals.LOGIN_NOT_BEGUN_HERE()
    introduction = Introduction(
        name=data.name,
        mail_address=data.mail_address,
        language="nl" if data.language == "nl" else "en",
        accepts_terms=bool(data.accepts_terms),
    )
    wrongs = logins.wrongs_of(introduction)
    if wrongs:
        return _show_welcome(
            request,
            visitor,
            newcomer,
            introduction,
            wrongs=in_language(wrongs, visitor.language),
        )
    try:
        _throttle(request, parts, newcomer, introduction)
        return await _let_in(request, parts, visitor, newcomer, introduction)
    except Refusal as refusal:
        return _show_welcome(request, visitor, newcomer, introduction, refusal=refusal)


def _throttle(
    request: AnyRequest, parts: Parts, newcomer: Newcomer, introduction: Introduction
) -> None:
    address = network_address(request)
    if logins.needs_link(newcomer, introduction):
        parts.throttles.send_mail(mail.key_of(introduction.mail_address), address)
    else:
        parts.throttles.address.take(address)


async def _let_in(
    request: AnyRequest,
    parts: Parts,
    visitor: Visitor,
    newcomer: Newcomer,
    introduction: Introduction,
) -> Response[None]:
    cookie, now = new_secret(), parts.clock.now()
    async with parts.db.transaction() as tx:
        account_id = await commands.institutional.welcome(
            tx, newcomer, introduction, settings=parts.settings, now=now
        )
        if account_id is not None:
            await commands.logins.begin_session(
                tx,
                account_id,
                cookie=cookie,
                former_cookie=visitor.secret,
                settings=parts.settings,
                now=now,
            )
    if account_id is None:
        return go_to(request, "/check-your-mail", visitor)
    return go_to(request, next_page(newcomer.wish), visitor.with_secret(cookie))


async def _newcomer(parts: Parts, visitor: Visitor) -> Newcomer | None:
    async with parts.db.reading() as connection:
        return await store.logins.get_newcomer(
            connection, digest(visitor.secret), now=parts.clock.now()
        )


def _show_welcome(
    request: AnyRequest,
    visitor: Visitor,
    newcomer: Newcomer,
    introduction: Introduction,
    *,
    wrongs: Mapping[str, str] | None = None,
    refusal: Refusal | None = None,
) -> Response[str]:
    return show(
        request,
        visitor,
        "welcome.html",
        status=422 if wrongs else 200,
        refusal=refusal,
        newcomer=newcomer,
        introduction=introduction,
        wrongs=wrongs or {},
    )


def _answer_of(request: AnyRequest) -> dict[str, str]:
    """What came back; a name that comes twice is nobody's answer.

    Raises:
        Refusal: it can be no answer to us.
    """
    several = list(request.query_params.multi_items())
    given = dict(several)
    if len(given) < len(several) or any(len(value) > _LONGEST for value in given.values()):
        raise refusals.LOGIN_NOT_BEGUN_HERE()
    return given


def _provider(parts: Parts, key: str) -> OneProvider:
    provider = parts.providers.get(key)
    if provider is None:
        raise refusals.PROVIDER_UNKNOWN()
    return provider


def _about(problem: Problem, provider: OneProvider, visitor: Visitor) -> Refusal:
    return problem(provider=provider.provider.title.in_language(visitor.language))


ROUTES = [go_to_provider, come_back, ask_newcomer, welcome]
