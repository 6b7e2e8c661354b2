"""Logging in and out, and addresses without a language."""

from typing import Annotated
from urllib.parse import quote

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from chassis.http.access import ANYONE, SIGNED_IN
from chassis.http.request import AnyRequest
from clients.portal import cookie
from clients.portal.api.asking import Away
from clients.portal.errors import LoginBrokenOff
from clients.portal.login.attempts import begin_attempt, find_attempt, path_inside, with_attempt
from clients.portal.sessions.grants import GrantOver, IssuerAway
from clients.portal.visit import Visit, cookie_value, go_to, language_of

_LONGEST = 2000


@get("/log-in", access=ANYONE)
async def log_in(
    visit: NamedDependency[Visit], to: Annotated[str, QueryParameter(max_length=_LONGEST)] = ""
) -> Response[bytes]:
    """Send somebody to the issuer, and afterwards to where they wanted to be."""
    if visit.session is not None:
        return go_to(path_inside(to) or f"/{visit.language}")
    return await _send_to_issuer(visit, to)


@post("/log-in", access=SIGNED_IN, status_code=303)
async def log_in_again(visit: NamedDependency[Visit]) -> Response[bytes]:
    """Have whoever is logged in prove it once more: what cannot be taken back wants a login of the last minutes."""
    form = await visit.form()
    answer = await _send_to_issuer(visit, form.typed("to"), again=True)
    if visit.session is not None:
        await visit.parts.sessions.end(visit.session)  # The one cookie is needed for the way.
    return answer


@get("/callback", access=ANYONE)
async def finish_login(visit: NamedDependency[Visit]) -> Response[bytes]:
    """Where the issuer sends people back to.

    Raises:
        LoginBrokenOff: this browser was not on its way to the login page, or nothing came of it.
    """
    parts, sent, answer = visit.parts, cookie_value(visit.request), visit.request.query_params
    attempts = cookie.attempts_in(sent, parts.sealer)
    attempt = find_attempt(attempts, answer.get("state", ""), now=visit.now)
    if attempt is None and visit.session is not None:
        return visit.go("")  # The way back was opened once more.
    if attempt is None or "code" not in answer or not parts.issuer.answers_as(answer.get("iss")):
        raise LoginBrokenOff
    try:
        granted = await parts.issuer.redeem(answer["code"], attempt)
    except GrantOver as error:
        raise LoginBrokenOff from error
    except IssuerAway as error:
        raise Away("identity", str(error)) from error
    secret = await parts.sessions.begin(granted, former_secret=cookie.secret_in(sent))
    return go_to(attempt.to, cookie.logged_in(parts.settings, secret))


@post("/log-out", access=ANYONE, status_code=303)
async def log_out(visit: NamedDependency[Visit]) -> Response[bytes]:
    """Log somebody out here, and then at the issuer, which sends them back."""
    parts, session = visit.parts, visit.session
    away = cookie.gone(parts.settings)
    if session is None:
        return go_to(f"/{visit.language}", away)
    await parts.sessions.end(session)
    try:
        url = await parts.issuer.logout_url(session.tokens.id_token, visit.language)
    except IssuerAway:
        url = f"/{visit.language}"
    return go_to(url, away)


@get(["/", "/{rest:path}"], access=ANYONE, sync_to_thread=False)
def choose_language(request: AnyRequest, rest: FromPath[str] = "") -> Response[bytes]:
    """An address without a language leads to the same one in the reader's: mails have such links."""
    query = f"?{request.url.query}" if request.url.query else ""
    path = quote(rest.strip("/"))
    language = language_of(request)
    return Response(
        b"",
        status_code=302,
        headers={
            "Location": f"/{language}{'/' if path else ''}{path}{query}",
            "Vary": "Accept-Language, Cookie",
            "Cache-Control": "private, no-store",
        },
    )


async def _send_to_issuer(visit: Visit, to: str, *, again: bool = False) -> Response[bytes]:
    parts = visit.parts
    attempt = begin_attempt(visit.language, to, now=visit.now)
    try:
        url = await parts.issuer.authorization_url(attempt, again=again)
    except IssuerAway as error:
        raise Away("identity", str(error)) from error
    known = cookie.attempts_in(cookie_value(visit.request), parts.sealer)
    attempts = with_attempt(known, attempt)
    return go_to(url, cookie.on_the_way(parts.settings, attempts, parts.sealer))


IN_A_LANGUAGE = [log_in, log_in_again, log_out]
WITHOUT_A_LANGUAGE = [finish_login, choose_language]
