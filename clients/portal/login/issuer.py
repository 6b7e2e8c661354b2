"""The issuer of tokens, as an app sees it (OpenID Connect Core 1.0, OAuth 2.1)."""

import time
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import aiohttp
import msgspec
import structlog
from joserfc import jws, jwt
from joserfc.errors import JoseError

from chassis.clock import Clock
from chassis.http.access import ALGORITHM, FetchedKeys
from chassis.refusals import Refusal
from clients.portal.login.attempts import Attempt
from clients.portal.sessions.domain import Person, Tokens
from clients.portal.sessions.grants import Granted, GrantOver, IssuerAway
from clients.portal.settings import Settings
from contracts.fact import Language

log = structlog.get_logger()

SCOPE = "openid profile email"
"""Without `offline_access`: whoever logs out at the issuer is logged out here too."""
_TIMEOUT = aiohttp.ClientTimeout(total=5.0)
_NO_ANSWER = (aiohttp.ClientError, TimeoutError, OSError)
_KNOWN_S = 300.0


class Metadata(msgspec.Struct, frozen=True):
    """What the portal needs of OpenID Connect Discovery 1.0."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    end_session_endpoint: str
    jwks_uri: str


class _TokenAnswer(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int
    refresh_token: str
    id_token: str


class _TokenError(msgspec.Struct, frozen=True):
    error: str = ""


class _Claims(msgspec.Struct, frozen=True):
    sub: UUID
    name: str
    email: str
    locale: Language
    affiliation: str
    roles: frozenset[str]


class Issuer:
    """Our own issuer: identity."""

    def __init__(self, settings: Settings, clock: Clock, http: aiohttp.ClientSession) -> None:
        self._settings = settings
        self._clock = clock
        self._http = http
        self._metadata: Metadata | None = None
        self._asked_at = 0.0
        self._keys: FetchedKeys | None = None

    async def authorization_url(self, attempt: Attempt, *, again: bool = False) -> str:
        """Where somebody logs in; `again` has them do so even where they are known.

        It is asked each time: whoever were sent to an issuer that is away would find a broken page.

        Raises:
            IssuerAway: it does not answer.
        """
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self.callback,
            "scope": SCOPE,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
            "ui_locales": attempt.language,
            **({"prompt": "login"} if again else {}),
        }
        return _with_query((await self._asked()).authorization_endpoint, asked)

    async def redeem(self, code: str, attempt: Attempt) -> Granted:
        """Turn a code into tokens.

        Raises:
            GrantOver: the code is no good, or what came for it is not for us.
            IssuerAway: it did not answer.
        """
        return await self._grant(
            attempt.nonce,
            grant_type="authorization_code",
            code=code,
            code_verifier=attempt.verifier,
            redirect_uri=self.callback,
        )

    async def renew(self, refresh_token: str) -> Granted:
        """New tokens for old ones.

        Raises:
            GrantOver: the refresh token is no good any more.
            IssuerAway: it did not answer.
        """
        return await self._grant(None, grant_type="refresh_token", refresh_token=refresh_token)

    async def logout_url(self, id_token: str, language: Language) -> str:
        """Where somebody is logged out, and comes back from (RP-Initiated Logout 1.0).

        Raises:
            IssuerAway: it cannot be asked where that is.
        """
        asked = {
            "id_token_hint": id_token,
            "client_id": self._settings.client_id,
            "post_logout_redirect_uri": f"{self._settings.own_url}/{language}",
            "ui_locales": language,
        }
        return _with_query((await self._described()).end_session_endpoint, asked)

    def answers_as(self, issuer: str | None) -> bool:
        """Whether an authorization response is this issuer's (RFC 9207)."""
        return issuer == self._settings.issuer_url

    @property
    def callback(self) -> str:
        """Where it sends people back to: one of the registered redirects."""
        return f"{self._settings.own_url}/callback"

    async def _grant(self, nonce: str | None, **grant: str) -> Granted:
        endpoint = self._from_here((await self._described()).token_endpoint)
        try:
            async with self._http.post(
                endpoint,
                data={"client_id": self._settings.client_id, **grant},
                timeout=_TIMEOUT,
                allow_redirects=False,
            ) as answer:
                status, content = answer.status, await answer.read()
        except _NO_ANSWER as error:
            raise IssuerAway(type(error).__name__) from error
        now = self._clock.now()
        try:
            if status == HTTPStatus.OK:
                given = msgspec.json.decode(content, type=_TokenAnswer)
                return await self._checked(given, nonce, now)
            refused = msgspec.json.decode(content, type=_TokenError)
        except msgspec.MsgspecError as error:
            raise IssuerAway("not its own words") from error
        if refused.error == "invalid_grant":
            raise GrantOver(refused.error)
        log.warning("portal.issuer_refuses", error=refused.error, status=status)
        raise IssuerAway(refused.error)

    async def _checked(self, given: _TokenAnswer, nonce: str | None, now: datetime) -> Granted:
        claims = await self._read_id_token(given.id_token, nonce, now)
        return Granted(
            Person(
                account_id=claims.sub,
                name=claims.name,
                mail_address=claims.email,
                language=claims.locale,
                affiliation=claims.affiliation,
                roles=claims.roles,
            ),
            Tokens(
                access_token=given.access_token,
                refresh_token=given.refresh_token,
                id_token=given.id_token,
                expires_at=now + timedelta(seconds=given.expires_in),
            ),
        )

    async def _read_id_token(self, token: str, nonce: str | None, now: datetime) -> _Claims:
        """Check an ID token (OpenID Connect Core, 3.1.3.7 and 12.2)."""
        rules: dict[str, Any] = {
            "iss": {"essential": True, "value": self._settings.issuer_url},
            "aud": {"essential": True, "value": self._settings.client_id},
            "sub": {"essential": True},
            "exp": {"essential": True},
        }
        if nonce is not None:
            rules["nonce"] = {"essential": True, "value": nonce}
        try:
            header = jws.extract_compact(token.encode()).headers()
            keys = await (await self._published_keys()).keys(header.get("kid"))
            claims = jwt.decode(token, keys, algorithms=[ALGORITHM]).claims
            jwt.JWTClaimsRegistry(now=int(now.timestamp()), leeway=30, **rules).validate(claims)
            return msgspec.convert(claims, _Claims)
        except Refusal as error:
            raise IssuerAway("no keys") from error
        except (JoseError, ValueError, TypeError) as error:  # msgspec's errors are ValueErrors.
            log.warning("portal.id_token_refused", error=type(error).__name__)
            raise GrantOver("id_token") from error

    async def _published_keys(self) -> FetchedKeys:
        if self._keys is None:
            self._keys = FetchedKeys(self._from_here((await self._described()).jwks_uri))
        return self._keys

    async def _described(self) -> Metadata:
        """What the issuer says about itself; asked again after a while."""
        known = self._metadata
        if known is not None and time.monotonic() - self._asked_at < _KNOWN_S:
            return known
        try:
            return await self._asked()
        except IssuerAway:
            if self._metadata is None:
                raise
            return self._metadata

    async def _asked(self) -> Metadata:
        """What the issuer says about itself now."""
        url = f"{self._settings.services['identity']}/.well-known/openid-configuration"
        try:
            async with self._http.get(
                url, timeout=_TIMEOUT, allow_redirects=False, raise_for_status=True
            ) as answer:
                found = msgspec.json.decode(await answer.read(), type=Metadata)
        except (*_NO_ANSWER, msgspec.MsgspecError) as error:
            raise IssuerAway(type(error).__name__) from error
        if found.issuer != self._settings.issuer_url:  # Discovery 1.0, 4.3.
            log.error("portal.another_issuer", issuer=found.issuer)
            self._metadata = None
            raise IssuerAway("another issuer")
        self._metadata, self._asked_at = found, time.monotonic()
        return found

    def _from_here(self, endpoint: str) -> str:
        """An endpoint as the portal itself reaches it: inside a cluster, not through the gateway."""
        outside, inside = self._settings.issuer_url, self._settings.services["identity"]
        return inside + endpoint.removeprefix(outside) if endpoint.startswith(outside) else endpoint


def _with_query(endpoint: str, query: dict[str, str]) -> str:
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"
