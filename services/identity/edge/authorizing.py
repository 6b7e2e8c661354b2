"""The authorization endpoint and the end of a session, where apps send people (OAuth 2.1, OpenID Connect)."""

from litestar import Response, get, post
from litestar.di import NamedDependency

from chassis.http.access import ANYONE
from chassis.http.request import AnyRequest
from services.identity import commands
from services.identity.domain.authorizing import (
    AuthorizationRequest,
    Parameters,
    find_return_address,
    read_request,
)
from services.identity.edge import ending
from services.identity.edge.browser import (
    encoded,
    go_away,
    go_to,
    new_secret,
    parameters_of,
    session_of,
    show,
    visitor_of,
)
from services.identity.edge.steps import client_of
from services.identity.parts import Parts
from services.identity.refusals import Denied


@get("/oauth/authorize", access=ANYONE, include_in_schema=False)
async def authorize(request: AnyRequest, parts: NamedDependency[Parts]) -> Response[None]:
    """Send somebody back to their app with a code; have them log in first where that is needed."""
    parameters = parameters_of(request)
    client = await client_of(parts, dict(parameters).get("client_id", ""))
    back = find_return_address(parameters, client)
    try:
        asked = read_request(parameters)
        code = await _code_for(request, parts, asked)
    except Denied as denied:
        answer = {"error": denied.error, "error_description": denied.description}
        return go_away(request, back.carrying(answer, issuer=parts.settings.issuer_url))
    if code is None:
        return go_to(request, f"/login?{encoded(parameters)}")
    return go_away(request, back.carrying({"code": code}, issuer=parts.settings.issuer_url))


@post("/oauth/authorize", access=ANYONE, include_in_schema=False, status_code=200)
async def post_authorize(request: AnyRequest) -> Response[None]:
    """The same by POST, as OpenID Connect Core 3.1.2.1 asks."""
    return go_to(request, f"/oauth/authorize?{encoded(await _form_of(request))}")


async def _code_for(request: AnyRequest, parts: Parts, asked: AuthorizationRequest) -> str | None:
    """A code for whoever is logged in; None if somebody has to log in first.

    Raises:
        Denied: somebody has to, and the app does not want a page.
    """
    session = await session_of(parts, visitor_of(request))
    now = parts.clock.now()
    if session is not None and not asked.needs_login(session.authenticated_at, now=now):
        async with parts.db.transaction() as tx:
            code = await commands.tokens.authorize(tx, asked, session, now=now)
        if code is not None:
            return code
    if asked.forbids_pages:
        raise Denied("login_required", "Nobody is logged in, or not recently enough.")
    return None


@get("/oauth/logout", access=ANYONE, include_in_schema=False)
async def end_session(
    request: AnyRequest, parts: NamedDependency[Parts]
) -> Response[str] | Response[None]:
    """Log somebody out on behalf of an app; ask them first, unless the app proves that it is theirs."""
    visitor = visitor_of(request)
    parameters = parameters_of(request)
    wish = await ending.read_wish(parts, parameters)
    session = await session_of(parts, visitor)
    if session is not None and session.account_id != wish.account_id:
        return show(request, visitor, "log_out.html", query=f"?{encoded(parameters)}")
    async with parts.db.transaction() as tx:
        await commands.logins.log_out(tx, visitor.secret, now=parts.clock.now())
    return ending.leave(request, wish, visitor.with_secret(new_secret()))


@post("/oauth/logout", access=ANYONE, include_in_schema=False, status_code=200)
async def post_end_session(request: AnyRequest) -> Response[None]:
    """The same by POST. Only the GET that follows carries the cookie, when another site sends the form."""
    return go_to(request, f"/oauth/logout?{encoded(await _form_of(request))}")


async def _form_of(request: AnyRequest) -> Parameters:
    form = await request.form()
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]


ROUTES = [authorize, post_authorize, end_session, post_end_session]
