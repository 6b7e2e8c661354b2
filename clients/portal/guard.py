"""At the door: who is logged in, whether they may, and whether a form is one of ours."""

from typing import Any

import structlog
from litestar import Litestar, Request
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from chassis.database import is_away
from chassis.http.access import Access
from chassis.http.problems import NOT_FOUND, unavailable
from chassis.http.request import AnyRequest
from clients.portal import cookie
from clients.portal.api.asking import LoginNeeded
from clients.portal.own_forms import FIELD, FormOutOfDate, fits, is_from_here
from clients.portal.parts import Parts
from clients.portal.visit import session_of, wants_events

log = structlog.get_logger()

_FOR_PROGRAMS = ("/static/", "/health/", "/metrics")
_AWAY = "sessions_are_away"


class Sessions:
    """Finds out who is logged in. Outside of Litestar, so that a page that says "not found" knows it too."""

    def __init__(self, app: Litestar, parts: Parts) -> None:
        self._app = app
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and not scope["path"].startswith(_FOR_PROGRAMS):
            await self._find(scope)
        await self._app(scope, receive, send)

    async def _find(self, scope: Scope) -> None:
        request: Request[Any, Any, Any] = Request(scope)
        sent = request.cookies.get(cookie.name_of(self._parts.settings), "")
        secret = cookie.secret_in(sent)
        scope["user"] = None
        if secret is None:
            return
        try:
            # A stream is opened again and again while nobody is there: that is no visit.
            scope["user"] = await self._parts.sessions.find(
                secret, is_visit=not wants_events(request)
            )
        except Exception as error:
            if not is_away(error):
                raise
            log.warning("portal.sessions_away", error=type(error).__name__)
            scope["auth"] = _AWAY


class AccessControl(ASGIMiddleware):
    """Holds visitors to a route's `access`."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Let through who may.

        Raises:
            LoginNeeded: somebody has to log in first.
            Refusal: without the role; or nobody can tell now who is logged in.
        """
        access: Access = scope["route_handler"].opt["access"]
        if not access.public:
            session = scope.get("user")
            if session is None:
                if scope.get("auth") == _AWAY:
                    raise unavailable()
                raise LoginNeeded
            if access.roles and access.roles.isdisjoint(session.person.roles):
                raise NOT_FOUND()  # As for any page that is not there: addresses tell nothing.
        await next_app(scope, receive, send)


async def require_own_form(request: AnyRequest) -> None:
    """Before every route: refuse a form that another site sends in somebody's name.

    Raises:
        FormOutOfDate: it does not come from a page of ours in this browser.
    """
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    parts: Parts = request.app.state.parts
    token = (await request.form()).get(FIELD, "")
    fits_here = isinstance(token, str) and fits(
        parts.form_key, session_of(request), token, now=parts.clock.now()
    )
    if not (is_from_here(request, parts.settings.origin) and fits_here):
        raise FormOutOfDate
