"""Where somebody wanted to go when they had to log in, kept as a query through all pages on the way."""

from urllib.parse import parse_qsl

from chassis.http.request import AnyRequest
from services.identity.domain.authorizing import Parameters, after_login, asks_for_fresh_login
from services.identity.edge.browser import encoded, parameters_of

THEN_LOGINS = "then=logins"
THEN_SECOND_STEP = "then=second-step"
THEN_PASSKEYS = "then=passkeys"
_PAGES = {
    THEN_LOGINS: "/logins",
    THEN_SECOND_STEP: "/second-step",
    THEN_PASSKEYS: "/passkeys",
}
"""Pages of the account that want a fresh login."""


def wish_of(request: AnyRequest) -> str:
    """The query that says where to go on; empty where somebody only logs in."""
    given = parameters_of(request)
    is_of_app = any(name == "client_id" for name, _ in given)
    if is_of_app:
        return encoded(given)
    return next((each for each in _PAGES if each == encoded(_then(given))), "")


def query_of(request: AnyRequest) -> str:
    """The same with its question mark, for links and forms."""
    wish = wish_of(request)
    return f"?{wish}" if wish else ""


def needs_fresh_login(wish: str) -> bool:
    """Whether whoever waits for this login wants it to be a new one."""
    return wish in _PAGES or asks_for_fresh_login(_read(wish))


def next_page(wish: str) -> str:
    """Back to the request for authorization, to one's logins, or to the page that says who is logged in."""
    if not wish:
        return "/login"
    if wish in _PAGES:
        return _PAGES[wish]
    return f"/oauth/authorize?{encoded(after_login(_read(wish)))}"


def _then(given: Parameters) -> Parameters:
    return [(name, value) for name, value in given if name == "then"]


def _read(wish: str) -> Parameters:
    return parse_qsl(wish, keep_blank_values=True)
