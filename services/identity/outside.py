"""The providers that vouch for people, over HTTP: OpenID Connect by Authlib. Never called inside a transaction."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import msgspec
import structlog
from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuthError
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey, import_key

from chassis.clock import Clock
from chassis.http.access import FetchedKeys
from chassis.ids import new_id
from chassis.refusals import Refusal
from chassis.settings import SettingsError
from contracts.fact import Translated
from services.identity.domain import providers
from services.identity.domain.providers import (
    BadProviders,
    Claims,
    Proof,
    Provider,
    Unsound,
    Visit,
    derived,
    is_address,
    read_providers,
)

log = structlog.get_logger()
T = TypeVar("T")

_TIMEOUT = httpx2.Timeout(6.0, connect=3.0)
_REMEMBERED_S = 3600.0
"""So long a provider's description is believed without asking again."""
_ASSERTION_LIFE = timedelta(seconds=60)
_ALGORITHMS = ["RS256", "PS256", "ES256"]
"""Of ID tokens: never `none`, and nothing that a public key could be used for as a secret."""


class ProviderAway(Exception):
    """No answer that can be used. Whoever wants to log in can try again, or another way."""


class ProviderRefused(Exception):
    """The provider takes back what it began: the code is used, too old, or not for us."""


class _Description(msgspec.Struct, frozen=True, kw_only=True):
    """OpenID Connect Discovery 1.0, as far as we read it."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str
    authorization_response_iss_parameter_supported: bool = False


class _Known(msgspec.Struct, frozen=True):
    description: _Description
    keys: FetchedKeys
    asked_at: float


class OneProvider:
    """One provider, with our key at it and what we know of it."""

    def __init__(
        self,
        provider: Provider,
        *,
        secret: RSAKey | ECKey | str,
        redirect_uri: str,
        secret_key: bytes,
        transport: httpx2.AsyncBaseTransport,
        clock: Clock,
    ) -> None:
        self.provider = provider
        self._secret = secret
        self._redirect_uri = redirect_uri
        self._derive_from = secret_key
        self._transport = transport
        self._clock = clock
        self._known: _Known | None = None

    async def way_in(self, state: str, visit: Visit, *, language: str) -> str:
        """Where to send somebody.

        Raises:
            ProviderAway: nobody is there to be sent to.
        """
        known = await self._describe()
        freshly = {"prompt": "login", "max_age": "0"} if visit.is_fresh else {}
        url, _ = self._client().create_authorization_url(
            known.description.authorization_endpoint,
            state=state,
            code_verifier=derived(state, "verifier", self._derive_from),
            nonce=derived(state, "nonce", self._derive_from),
            ui_locales=language,
            **self.provider.parameters,
            **freshly,
        )
        return str(url)

    async def prove(self, given: Mapping[str, str], visit: Visit) -> Proof:
        """Turn what came back with somebody into proof of who they are.

        Raises:
            ProviderAway: the provider cannot be asked.
            ProviderRefused: it does not know the code any more.
            Unsound: its answer proves nothing.
        """
        known = await self._describe()
        self._require_issuer(given, known.description)
        state = given["state"]
        try:
            client = self._client(known.description)
            token = await client.fetch_token(
                self._inside(known.description.token_endpoint),
                code=given["code"],
                code_verifier=derived(state, "verifier", self._derive_from),
                grant_type="authorization_code",
            )
            claims = await self._read(str(token.get("id_token", "")), known.keys)
            subject = providers.require_sound(
                claims,
                self.provider,
                nonce=derived(state, "nonce", self._derive_from),
                access_token=str(token["access_token"]),
                visit=visit,
                now=self._clock.now(),
            )
            answer = await client.get(self._inside(known.description.userinfo_endpoint))
            user = msgspec.json.decode(answer.raise_for_status().content, type=dict[str, Any])
        except OAuthError as error:
            raise ProviderRefused(str(error.error)) from error
        except httpx2.HTTPError as error:
            raise ProviderAway(type(error).__name__) from error
        except (msgspec.MsgspecError, ValueError, KeyError) as error:
            raise Unsound("an answer cannot be read") from error
        return providers.proof_of(self.provider, subject, user)

    def _require_issuer(self, given: Mapping[str, str], description: _Description) -> None:
        """Who answers must be whom we asked (RFC 9207): two providers must not be mixed up."""
        issuer = given.get("iss")
        is_missing = issuer is None and description.authorization_response_iss_parameter_supported
        if is_missing or issuer not in (None, self.provider.issuer):
            raise Unsound("iss of the answer is another")

    async def _read(self, id_token: str, keys: FetchedKeys) -> Claims:
        """The claims of an ID token whose signature fits.

        Raises:
            Unsound: it does not.
        """
        try:
            header = jws.extract_compact(id_token.encode()).headers()
            known = await keys.keys(header.get("kid"))
            return jwt.decode(id_token, known, algorithms=_ALGORITHMS).claims
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise Unsound("the ID token is not signed by them") from error
        except Refusal as error:
            raise ProviderAway("no keys") from error

    async def _describe(self) -> _Known:
        """The provider's description, asked for once an hour; an old one is better than none."""
        known = self._known
        if known is not None and time.monotonic() - known.asked_at < _REMEMBERED_S:
            return known
        try:
            found = await self._ask()
        except (httpx2.HTTPError, msgspec.MsgspecError, ProviderAway) as error:
            log.warning("identity.provider_away", provider=self.provider.key, why=str(error)[:200])
            if known is None:
                raise ProviderAway("no description") from error
            return known
        keys = known.keys if known and known.description == found else self._keys_of(found)
        self._known = _Known(found, keys, time.monotonic())
        return self._known

    async def _ask(self) -> _Description:
        url = self._inside(f"{self.provider.issuer}/.well-known/openid-configuration")
        answer = await self._client().request("GET", url, withhold_token=True)
        found = msgspec.json.decode(answer.raise_for_status().content, type=_Description)
        endpoints = (
            found.authorization_endpoint,
            found.token_endpoint,
            found.userinfo_endpoint,
            found.jwks_uri,
        )
        is_theirs = found.issuer == self.provider.issuer
        if not is_theirs or not all(is_address(each, of=found.issuer) for each in endpoints):
            raise ProviderAway("the description is of another issuer, or not all of it is https")
        return found

    def _keys_of(self, description: _Description) -> FetchedKeys:
        return FetchedKeys(self._inside(description.jwks_uri))

    def _inside(self, url: str) -> str:
        """An address of theirs, as it is reached from here."""
        if self.provider.inside_url and url.startswith(f"{self.provider.issuer}/"):
            return self.provider.inside_url.rstrip("/") + url.removeprefix(self.provider.issuer)
        return url

    def _client(self, description: _Description | None = None) -> Any:
        """A client for one login; connections are shared, tokens are not."""
        has_key = not isinstance(self._secret, str)
        client = AsyncOAuth2Client(
            client_id=self.provider.client_id,
            client_secret=self._secret,
            token_endpoint_auth_method="private_key_jwt" if has_key else "client_secret_basic",
            scope=self.provider.scope,
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            transport=self._transport,
            timeout=_TIMEOUT,
        )
        if has_key and description is not None:
            client.register_client_auth_method(self._assertion(description))
        return client

    def _assertion(self, description: _Description) -> PrivateKeyJWT:
        """How we prove to them who we are (RFC 7523), by the clock of this system."""
        now = self._clock.now()
        return PrivateKeyJWT(
            token_endpoint=description.token_endpoint,
            claims={
                "iat": int(now.timestamp()),
                "exp": int((now + _ASSERTION_LIFE).timestamp()),
                "jti": new_id().hex,
            },
            headers={"kid": self._secret.kid}
            if isinstance(self._secret, (RSAKey, ECKey)) and self._secret.kid
            else None,
            alg="ES256" if isinstance(self._secret, ECKey) else "RS256",
        )


class Providers:
    """All providers, by key, in the order of their file."""

    def __init__(self, several: Sequence[OneProvider]) -> None:
        self._by_key = {each.provider.key: each for each in several}

    def get(self, key: str) -> OneProvider | None:
        """The one of this key."""
        return self._by_key.get(key)

    def titles(self) -> dict[str, Translated]:
        """What people call each of them, by key."""
        return {key: each.provider.title for key, each in self._by_key.items()}

    def described(self) -> list[Provider]:
        """What the login page shows."""
        return [each.provider for each in self._by_key.values()]


@asynccontextmanager
async def open_providers(
    file: str, *, own_url: str, secret_key: bytes, clock: Clock
) -> AsyncIterator[Providers]:
    """Read the file of providers and their keys; nobody is asked yet, so that whoever is down keeps nobody out.

    Raises:
        SettingsError: it cannot be used.
    """
    if not file:
        yield Providers(())
        return
    found = _read_file(Path(file))
    async with httpx2.AsyncHTTPTransport() as transport:
        yield Providers(
            [
                OneProvider(
                    each,
                    secret=secret,
                    redirect_uri=f"{own_url}/login/back/{each.key}",
                    secret_key=secret_key,
                    transport=transport,
                    clock=clock,
                )
                for each, secret in found
            ]
        )


def _read_file(path: Path) -> list[tuple[Provider, RSAKey | ECKey | str]]:
    """The providers of a file, each with our secret at it.

    Raises:
        SettingsError: it cannot be used.
    """
    try:
        found = read_providers(path.read_text(encoding="utf-8"))
        return [(each, _secret_of(each, path.parent)) for each in found]
    except (OSError, UnicodeDecodeError, BadProviders, JoseError, ValueError) as error:
        raise SettingsError(f"LOGIN_PROVIDERS_FILE is bad: {error}") from error


def _secret_of(provider: Provider, folder: Path) -> RSAKey | ECKey | str:
    if provider.client_secret_file:
        return (folder / provider.client_secret_file).read_text(encoding="utf-8").strip()
    text = (folder / provider.private_key_file).read_text(encoding="utf-8")
    if text.lstrip().startswith("{"):
        key = import_key(msgspec.json.decode(text))
    else:
        key = ECKey.import_key(text) if "BEGIN EC" in text else RSAKey.import_key(text)
    if not isinstance(key, (RSAKey, ECKey)) or not key.is_private:
        raise BadProviders(f"{provider.key}: {provider.private_key_file} is no private key")
    return key
