"""Who is asking, and whether they may. Everything is denied unless a route says who is allowed.

Access tokens are JWTs in the profile of RFC 9068, signed RS256, checked against the issuer's
public keys without any I/O but the first fetch of those keys.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterable
from typing import Protocol
from uuid import UUID

import httpx
import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization
from litestar.handlers import BaseRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from chassis.clock import Clock
from chassis.http.problems import FORBIDDEN, NOT_SIGNED_IN, unavailable

AUDIENCE = "course-portal"
ALGORITHM = "RS256"
_LEEWAY_S = 30
"""Clocks of machines differ."""


class Caller(msgspec.Struct, frozen=True):
    """Somebody with a valid access token."""

    account_id: UUID
    roles: frozenset[str]
    affiliation: str
    client_id: str
    scopes: frozenset[str] = frozenset()
    """What the person let the app know; only the issuer itself asks for it."""
    authenticated_at_s: float = 0.0
    """When they last proved who they are, in seconds since 1970; 0 if the token does not tell."""

    def has(self, *roles: str) -> bool:
        """Whether the caller has one of these roles."""
        return not self.roles.isdisjoint(roles)


class Access(msgspec.Struct, frozen=True):
    """Who may use a route: everybody, everybody with an account, or some roles."""

    public: bool = False
    roles: frozenset[str] = frozenset()


ANYONE = Access(public=True)
SIGNED_IN = Access()


def only(*roles: str) -> Access:
    """For people with one of these roles."""
    return Access(roles=frozenset(roles))


class KeySource(Protocol):
    """Where the issuer's public keys come from."""

    async def keys(self, kid: str | None) -> KeySet:
        """The key set, refreshed when `kid` is not in it."""


class FetchedKeys:
    """The issuer's JWKS over HTTP, kept; asked for again when an unknown key turns up, twice a minute at most."""

    _REFETCH_S = 30.0

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: KeySet | None = None
        self._known: frozenset[str | None] = frozenset()
        self._fetched_at = 0.0
        self._fetching = asyncio.Lock()

    async def keys(self, kid: str | None) -> KeySet:
        """The keys.

        Raises:
            Refusal: the issuer cannot be reached and no keys are known yet.
        """
        if self._keys is not None and (kid in self._known or self._is_recent()):
            return self._keys
        async with self._fetching:
            if self._keys is None or not (kid in self._known or self._is_recent()):
                await self._fetch()
        if self._keys is None:
            raise unavailable()
        return self._keys

    async def _fetch(self) -> None:
        try:
            async with httpx.AsyncClient(timeout=3) as client:
                answer = (await client.get(self._url)).raise_for_status()
                self._keys = KeySet.import_key_set(answer.json())
                self._known = frozenset(key.kid for key in self._keys.keys)
            self._fetched_at = time.monotonic()
        except (httpx.HTTPError, ValueError, JoseError):
            return  # Old keys, if there are any, stay good.

    def _is_recent(self) -> bool:
        return time.monotonic() - self._fetched_at < self._REFETCH_S


class OwnKeys:
    """Keys that are at hand: the issuer's own edge, and tests."""

    def __init__(self, serialized: KeySetSerialization) -> None:
        self._keys = KeySet.import_key_set(serialized)

    async def keys(self, kid: str | None) -> KeySet:  # noqa: ARG002 - the interface's.
        return self._keys


class _Claims(msgspec.Struct, frozen=True):
    """What an access token says (RFC 9068, 2.2); one that lacks a claim without a default is none."""

    iss: str
    aud: str | tuple[str, ...]
    sub: UUID
    exp: float
    """Seconds since 1970, as are those below."""
    iat: float = 0.0
    nbf: float = 0.0
    auth_time: float = 0.0
    client_id: str = ""
    roles: frozenset[str] = frozenset()
    affiliation: str = "guest"
    scope: str = ""

    def are_good(self, issuer: str, now_s: float) -> bool:
        """Whether this issuer made them for us, and they hold now (RFC 9068, 4; RFC 7519, 4.1)."""
        ours = self.aud == AUDIENCE or (isinstance(self.aud, tuple) and AUDIENCE in self.aud)
        began = max(self.iat, self.nbf) <= now_s + _LEEWAY_S
        return self.iss == issuer and ours and began and now_s < self.exp + _LEEWAY_S

    def caller(self) -> Caller:
        """Whom they stand for."""
        return Caller(
            account_id=self.sub,
            roles=self.roles,
            affiliation=self.affiliation,
            client_id=self.client_id,
            scopes=frozenset(self.scope.split()),
            authenticated_at_s=self.auth_time,
        )


class Gatekeeper:
    """Turns access tokens into callers; remembers those it has checked until they expire."""

    _REMEMBERED = 50_000

    def __init__(self, issuer: str, keys: KeySource, clock: Clock) -> None:
        self._issuer = issuer
        self._keys = keys
        self._clock = clock
        self._claims = msgspec.json.Decoder(_Claims)
        self._seen: OrderedDict[str, tuple[float, Caller]] = OrderedDict()

    async def admit(self, token: str) -> Caller:
        """Who this token stands for.

        Raises:
            Refusal: it is not valid (any more).
        """
        now_s = self._clock.now().timestamp()
        seen = self._seen.get(token)
        if seen is not None and seen[0] > now_s:
            return seen[1]
        try:
            signed = jws.extract_compact(token.encode())
            header = signed.headers()
            if header.get("typ") != "at+jwt":
                raise NOT_SIGNED_IN()
            keys = await self._keys.keys(header.get("kid"))
            if not jws.validate_compact(signed, keys, algorithms=[ALGORITHM]):
                raise NOT_SIGNED_IN()
            claims = self._claims.decode(signed.payload)
        except (JoseError, msgspec.MsgspecError, ValueError, TypeError) as error:
            raise NOT_SIGNED_IN() from error
        if not claims.are_good(self._issuer, now_s):
            raise NOT_SIGNED_IN()
        caller = claims.caller()
        self._seen[token] = (claims.exp, caller)
        if len(self._seen) > self._REMEMBERED:
            self._seen.popitem(last=False)
        return caller


class AccessControl(ASGIMiddleware):
    """Before every route: finds out who asks, and holds them to the route's `access`.

    Not a guard, which costs a copy of the route for each request.
    """

    def __init__(self, gatekeeper: Gatekeeper) -> None:
        self._gatekeeper = gatekeeper

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Let through who may, as `scope["user"]`.

        Raises:
            Refusal: not signed in, or without the role.
        """
        access: Access = scope["route_handler"].opt["access"]
        scheme, _, token = _authorization(scope).partition(" ")
        caller: Caller | None = None
        if token and scheme.lower() == "bearer":
            caller = await self._gatekeeper.admit(token)
        if not access.public:
            if caller is None:
                raise NOT_SIGNED_IN()
            if access.roles and not caller.has(*access.roles):
                raise FORBIDDEN(roles=", ".join(sorted(access.roles)))
        scope["user"] = caller
        await next_app(scope, receive, send)


def _authorization(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"authorization":
            return value.decode("latin-1")
    return ""


def require_access_everywhere(handlers: Iterable[BaseRouteHandler]) -> None:
    """Refuse to start with a route that does not say who may use it.

    Raises:
        ValueError: names the route.
    """
    for handler in handlers:
        if not isinstance(handler.opt.get("access"), Access):
            raise ValueError(  # noqa: TRY004 - the route is wrong, not a type.
                f"{handler.handler_name} ({sorted(handler.paths)}) does not say who may use it."
            )
