"""What an app asks for when it sends somebody here to log in.

Sources: OAuth 2.1 draft, 4.1.1; OpenID Connect Core 1.0, 3.1.2.1; RFC 7636; RFC 9207; RFC 9700.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode

import msgspec

from services.identity import refusals
from services.identity.domain.clients import Client, require_redirect
from services.identity.refusals import Denied

SCOPES = ("openid", "profile", "email", "offline_access")
_PROMPTS = {"none", "login", "consent", "select_account", "create"}
_ASKS_AGAIN = {"login", "select_account", "create"}
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_LONGEST = 1000
"""Of `state` and `nonce`, in characters."""

Parameters = Sequence[tuple[str, str]]


class AuthorizationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request that can be granted as soon as somebody is logged in."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None
    nonce: str | None
    code_challenge: str
    prompts: frozenset[str]
    max_age: timedelta | None

    @property
    def forbids_pages(self) -> bool:
        """The app wants an answer at once, or none."""
        return "none" in self.prompts

    def needs_login(self, authenticated_at: datetime | None, *, now: datetime) -> bool:
        """Whether this person has to log in, for the first time or again."""
        if authenticated_at is None or not self.prompts.isdisjoint(_ASKS_AGAIN):
            return True
        return self.max_age is not None and now - authenticated_at > self.max_age


class ReturnAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Where the answer goes, be it good or bad, and what goes back with it."""

    redirect_uri: str
    state: str | None

    def carrying(self, answer: dict[str, str], *, issuer: str) -> str:
        """The address with an answer in its query (RFC 9207: and who answers)."""
        state = {} if self.state is None else {"state": self.state}
        query = urlencode({**answer, **state, "iss": issuer})
        return f"{self.redirect_uri}{'&' if '?' in self.redirect_uri else '?'}{query}"


def find_return_address(parameters: Parameters, client: Client | None) -> ReturnAddress:
    """Where an answer may go.

    Raises:
        Refusal: nowhere; the person must be told on a page of ours.
    """
    for name in ("client_id", "redirect_uri"):
        if len([1 for given, _ in parameters if given == name]) > 1:
            raise refusals.APP_UNKNOWN(what=name)
    given = dict(parameters)
    redirect_uri = require_redirect(client, given.get("redirect_uri"))
    states = [value for name, value in parameters if name == "state"]
    return ReturnAddress(
        redirect_uri=redirect_uri,
        state=states[0] if len(states) == 1 and len(states[0]) <= _LONGEST else None,
    )


def read_request(parameters: Parameters) -> AuthorizationRequest:
    """Read what is asked for. What this server does not know is ignored, as the standards say.

    Raises:
        Denied: to the return address.
    """
    given = dict(parameters)
    if len(given) < len(parameters):
        raise Denied("invalid_request", "A parameter is given more than once.")
    _require_plain(given)
    if given.get("response_type") != "code":
        raise Denied("unsupported_response_type", "Only response_type=code is supported.")
    if given.get("response_mode", "query") != "query":
        raise Denied("invalid_request", "Only response_mode=query is supported.")
    if given.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(
        given.get("code_challenge", "")
    ):
        raise Denied("invalid_request", "PKCE with code_challenge_method=S256 is required.")
    prompts = frozenset(given.get("prompt", "").split())
    if not prompts <= _PROMPTS or ("none" in prompts and len(prompts) > 1):
        raise Denied("invalid_request", "prompt is unknown, or `none` is not alone.")
    return AuthorizationRequest(
        client_id=given["client_id"],
        redirect_uri=given["redirect_uri"],
        scopes=_scopes(given.get("scope", "")),
        state=given.get("state"),
        nonce=given.get("nonce"),
        code_challenge=given["code_challenge"],
        prompts=prompts,
        max_age=_max_age(given.get("max_age")),
    )


def _require_plain(given: dict[str, str]) -> None:
    if "request" in given:
        raise Denied("request_not_supported", "Send plain parameters.")
    if "request_uri" in given:
        raise Denied("request_uri_not_supported", "Send plain parameters.")
    for name in ("state", "nonce"):
        value = given.get(name, "")
        if len(value) > _LONGEST or not value.isprintable():
            raise Denied("invalid_request", f"{name} is too long, or not printable.")


def _scopes(text: str) -> tuple[str, ...]:
    asked = set(text.split()) or {"openid"}
    return tuple(scope for scope in SCOPES if scope in asked)


def _max_age(text: str | None) -> timedelta | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:  # noqa: PLR2004 - 30 years.
        raise Denied("invalid_request", "max_age is a number of seconds.")
    return timedelta(seconds=int(text))


def asks_for_fresh_login(parameters: Parameters) -> bool:
    """Whether whoever is logged in has to prove themselves again."""
    given = dict(parameters)
    return "max_age" in given or not _ASKS_AGAIN.isdisjoint(given.get("prompt", "").split())


def after_login(parameters: Parameters) -> Parameters:
    """The same request, once its wish for a fresh login has come true."""
    return [
        (name, value)
        for name, value in parameters
        if name not in ("prompt", "max_age", "login_hint")
    ]
