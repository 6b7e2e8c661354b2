"""Pages and their forms: one cookie, a token in every form, both languages, errors as the design has them."""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec
from litestar import Response
from litestar.datastructures import Cookie

from chassis.http.access import Caller
from chassis.http.problems import STATUS, as_refusal
from chassis.http.request import AnyRequest
from chassis.language import ReaderFormatter, preferred_language
from chassis.refusals import Refusal
from chassis.telemetry import correlation_id
from contracts.fact import Language
from services.identity import refusals, store
from services.identity.domain import logins
from services.identity.domain.authorizing import Parameters
from services.identity.domain.tokens import Session, digest
from services.identity.domain.wrongs import Wrong
from services.identity.parts import Parts

COOKIE = "portal_session"
_COOKIE_VALUE = re.compile(r"([A-Za-z0-9_-]{43})\.(nl|en)")


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """A browser: the secret of its cookie, and the language that it was last shown."""

    secret: str
    language: Language
    is_new: bool
    """It sent no cookie of ours."""
    must_be_told: bool
    """Its cookie says something else than this."""

    def __repr__(self) -> str:
        return "Visitor(…)"

    def with_secret(self, secret: str) -> "Visitor":
        """The same browser with another cookie: logging in and out never keep the one before."""
        return msgspec.structs.replace(self, secret=secret, must_be_told=True)


class ButtonForm(msgspec.Struct, frozen=True, kw_only=True):
    """What a form sends that has nothing but a button."""

    form_token: str = ""


def visitor_of(request: AnyRequest) -> Visitor:
    """Who looks, in the language that the address asks for, else the cookie, else the browser's settings."""
    sent = _COOKIE_VALUE.fullmatch(request.cookies.get(COOKIE, ""))
    remembered = msgspec.convert(sent.group(2), Language) if sent else None
    language = (
        _asked_language(request.query_params.get("ui_locales", ""))
        or remembered
        or preferred_language(request.headers.get("accept-language"))
    )
    return Visitor(
        secret=sent.group(1) if sent else new_secret(),
        language=language,
        is_new=sent is None,
        must_be_told=language != remembered,
    )


def new_secret() -> str:
    """A cookie that nobody can guess."""
    return secrets.token_urlsafe(32)


def _asked_language(ui_locales: str) -> Language | None:
    """The first language of `ui_locales` that we speak (OpenID Connect Core, 3.1.2.1)."""
    for tag in ui_locales.lower().split():
        match tag.partition("-")[0]:
            case "nl":
                return "nl"
            case "en":
                return "en"
    return None


async def session_of(parts: Parts, visitor: Visitor) -> Session | None:
    """Who is logged in in this browser."""
    if visitor.is_new:
        return None
    async with parts.db.reading() as connection:
        return await store.sessions.get_session(
            connection, digest(visitor.secret), now=parts.clock.now()
        )


async def fresh_session_of(parts: Parts, visitor: Visitor) -> Session:
    """Who is logged in in this browser, since a moment ago.

    Raises:
        Refusal: nobody, or longer ago.
    """
    session = await session_of(parts, visitor)
    if session is None:
        raise refusals.LOGIN_NOT_FRESH(minutes=parts.settings.fresh_login_minutes)
    require_fresh(parts, session)
    return session


def require_fresh(parts: Parts, session: Session) -> None:
    """Hold whoever changes their logins to a login of a moment ago.

    Raises:
        Refusal: it was longer ago.
    """
    logins.require_fresh(
        session.authenticated_at, within=parts.settings.fresh_login, now=parts.clock.now()
    )


def require_fresh_token(parts: Parts, caller: Caller) -> None:
    """Hold whoever comes with an access token to the same.

    Raises:
        Refusal: they logged in longer ago.
    """
    logins.require_fresh(
        datetime.fromtimestamp(caller.authenticated_at_s, tz=UTC),
        within=parts.settings.fresh_login,
        now=parts.clock.now(),
    )


def form_token(parts: Parts, visitor: Visitor) -> str:
    """What every form carries: only a page of ours, shown in this very browser, can know it."""
    signed = hmac.digest(parts.form_key, visitor.secret.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(signed).decode().rstrip("=")


def require_own_form(request: AnyRequest, parts: Parts, visitor: Visitor, token: str) -> None:
    """Refuse a form that another site sends in somebody's name.

    The token follows from the cookie. The origin is looked at too, because whoever can plant a
    cookie of theirs in a browser also knows its token.

    Raises:
        Refusal: it did not come from a page of ours in this browser.
    """
    fits = hmac.compare_digest(form_token(parts, visitor).encode(), token.encode())
    if visitor.is_new or not fits or not _is_from_here(request, parts):
        raise refusals.FORM_OUT_OF_DATE()


def _is_from_here(request: AnyRequest, parts: Parts) -> bool:
    origin = request.headers.get("origin")
    if origin is None:
        return True  # Old browsers; the token has to do.
    here = {request.headers.get("host", ""), urlsplit(parts.settings.own_url).netloc}
    return urlsplit(origin).netloc in here - {""}


def network_address(request: AnyRequest) -> str:
    """Where a request comes from; behind a proxy, what uvicorn believed of its headers."""
    return request.client.host if request.client else ""


def show(
    request: AnyRequest,
    visitor: Visitor,
    template: str,
    *,
    status: int = 200,
    at: str = "",
    refusal: Refusal | None = None,
    **names: Any,
) -> Response[str]:
    """A page of ours.

    Args:
        request: what it answers.
        visitor: whom it is shown to.
        template: in pages/.
        status: 200, or 422 where something has to be corrected.
        at: the page's own path, where it answers to a form that went elsewhere.
        refusal: what stands in the way; gives the status and stands first on the page.
        names: what the template asks for.
    """
    parts: Parts = request.app.state.parts
    headers = {"Cache-Control": "no-store", "Content-Language": visitor.language}
    if refusal is not None:
        status = STATUS[refusal.problem.kind]
        if refusal.retry_after_s is not None:
            headers["Retry-After"] = str(refusal.retry_after_s)
    content = parts.pages.render(
        template,
        visitor.language,
        other_language_link=_in_other_language(request, parts, visitor, at),
        form_token=form_token(parts, visitor),
        refusal=None if refusal is None else _in_words(parts, refusal, visitor.language),
        **names,
    )
    return Response(
        content,
        status_code=status,
        media_type="text/html; charset=utf-8",
        headers=headers,
        cookies=[_cookie(parts, visitor)] if visitor.must_be_told else [],
    )


def go_to(request: AnyRequest, path: str, visitor: Visitor | None = None) -> Response[None]:
    """Show another page of ours instead; a reload of it sends no form again.

    By a relative address, which is right under any name and behind any gateway.
    """
    up = "../" * (request.url.path.count("/") - 1)
    return go_away(request, f"{up or './'}{path.removeprefix('/')}", visitor)


def go_away(request: AnyRequest, location: str, visitor: Visitor | None = None) -> Response[None]:
    """Leave for another address, which somebody has registered."""
    parts: Parts = request.app.state.parts
    return Response(
        None,
        status_code=303,
        headers={"Location": location, "Cache-Control": "no-store"},
        cookies=[_cookie(parts, visitor)] if visitor and visitor.must_be_told else [],
    )


def parameters_of(request: AnyRequest) -> Parameters:
    """The query, in its order; a name can come more than once."""
    return list(request.query_params.multi_items())


def encoded(parameters: Iterable[tuple[str, str]]) -> str:
    """Parameters as a query, in their order."""
    return urlencode(list(parameters))


def in_language(wrongs: Iterable[Wrong], language: Language) -> Mapping[str, str]:
    """What stands at which field."""
    return {wrong.field: wrong.sentence.in_language(language) for wrong in wrongs}


def show_problem(request: AnyRequest, error: Exception) -> Response[str]:
    """The page for whatever a handler raised: what, why, what now."""
    refusal = as_refusal(request, error)
    return show(
        request,
        visitor_of(request),
        "problem.html",
        at="" if request.method == "GET" else "/login",
        refusal=refusal,
        request_number=correlation_id(),
    )


def _in_words(parts: Parts, refusal: Refusal, language: Language) -> Mapping[str, str]:
    fill = ReaderFormatter(language, parts.settings.institution_zone)
    problem = refusal.problem
    return {
        "code": problem.code,
        "title": problem.title.in_language(language),
        "detail": fill.vformat(problem.detail.in_language(language), (), refusal.facts),
    }


def _in_other_language(request: AnyRequest, parts: Parts, visitor: Visitor, at: str) -> str:
    other = "en" if visitor.language == "nl" else "nl"
    kept = [
        (name, value) for name, value in request.query_params.multi_items() if name != "ui_locales"
    ]
    query = encoded([*kept, ("ui_locales", other)])
    return f"{parts.settings.base_path}{at or request.url.path}?{query}"


def _cookie(parts: Parts, visitor: Visitor) -> Cookie:
    """The one cookie: a secret and a language. It ends with the browser; the session ends by itself."""
    return Cookie(
        key=COOKIE,
        value=f"{visitor.secret}.{visitor.language}",
        path=parts.settings.base_path or "/",
        httponly=True,
        samesite="lax",  # Apps send people here by a link; a form of another site gets no cookie.
        secure=parts.settings.own_url.startswith("https:"),
    )
