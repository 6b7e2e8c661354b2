"""Door 1: identity over HTTP, for apps (JSON, OAuth 2.1, OpenID Connect) and for people (pages)."""

from litestar import Router
from litestar.types import ControllerRouterHandler

from services.identity.edge import (
    accounts,
    authorizing,
    discovery,
    erasing,
    export,
    institutional,
    logging_in,
    logins,
    new_password,
    passkeys,
    people,
    second_step,
    signing_up,
    tokens,
)
from services.identity.edge.browser import show_problem
from services.identity.edge.tokens import tell_client

ROUTES: list[ControllerRouterHandler] = [
    *accounts.ROUTES,
    *logins.ROUTES,
    *erasing.ROUTES,
    *export.ROUTES,
    *people.ROUTES,
    *discovery.ROUTES,
    Router(
        path="/",
        route_handlers=[
            *logging_in.ROUTES,
            *institutional.ROUTES,
            *logins.PAGES,
            *second_step.ROUTES,
            *passkeys.ROUTES,
            *signing_up.ROUTES,
            *new_password.ROUTES,
            *authorizing.ROUTES,
        ],
        exception_handlers={Exception: show_problem},
    ),
    Router(path="/", route_handlers=tokens.ROUTES, exception_handlers={Exception: tell_client}),
]
