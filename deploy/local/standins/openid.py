"""A stand-in for SURFconext, and for eduID behind it: an OpenID provider with a page to choose an institution.

It speaks OpenID Connect as their gateway does, so the service's own client code talks to it as to theirs:
discovery, authorization code with PKCE (required), `private_key_jwt` (checked), another `sub` for the same
person at every institution, attributes from userinfo only. Nobody needs a password. `misbehaving` lets
tests see what the service does about a bad answer; tests/integration/identity also tries it against a
certified provider.
"""

import argparse
import asyncio
import base64
import hashlib
import hmac
import secrets
import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
import uvicorn
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey
from litestar import Litestar, MediaType, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from litestar.static_files import create_static_files_router

from chassis.clock import Clock, clock_from
from chassis.http.request import AnyRequest
from chassis.pages import SHARED, Pages
from contracts.fact import Language

CLIENT_ID = "course-portal"
LOA1 = "http://test.surfconext.nl/assurance/loa1"
_INSTITUTIONS = Path(__file__).parents[2] / "demo" / "institutions.toml"
_TEMPLATES = Path(__file__).parent / "openid_pages"
_LIFE = timedelta(minutes=5)
_KEY_BITS = 2048


class Person(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody at an institution."""

    uid: str
    given_name: str
    family_name: str
    email: str = ""
    affiliations: tuple[str, ...] = ()
    scoped_affiliations: tuple[str, ...] = ()
    acr: str = LOA1

    @property
    def title(self) -> str:
        """What the button says."""
        what = ", ".join((*self.affiliations, *self.scoped_affiliations))
        return f"{self.given_name} {self.family_name}" + (f" ({what})" if what else "")


class Institution(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where people have an account."""

    key: str
    """Its entity id; `login_hint` can name it."""
    title: str
    organization: str
    person: tuple[Person, ...]


class Asked(msgspec.Struct, kw_only=True):
    """An authorization request, and then the code that it became."""

    redirect_uri: str
    state: str
    nonce: str
    challenge: str
    hint: str
    language: Language
    asked_at: datetime
    institution: Institution | None = None
    person: Person | None = None


class Denied(Exception):
    """An error of RFC 6749, 5.2."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error)
        self.body = {"error": error, "error_description": description}
        self.status = status


class Provider:
    """What the stand-in knows while it runs."""

    def __init__(
        self, *, own_url: str, client_key: RSAKey, redirect_uris: frozenset[str], clock: Clock
    ) -> None:
        self.own_url = own_url.rstrip("/")
        self.redirect_uris = redirect_uris
        self.clock = clock
        self.key = RSAKey.generate_key(_KEY_BITS, {"use": "sig", "alg": "RS256"}, auto_kid=True)
        self.institutions = {each.key: each for each in read_institutions()}
        self.misbehaving: dict[str, Any] = {}
        """Claims that ID tokens carry instead of the right ones; `down` answers nothing, `user` spoils userinfo."""
        self.asked: dict[str, Asked] = {}
        self.codes: dict[str, Asked] = {}
        self.tokens: dict[str, Asked] = {}
        self._client_key = client_key
        self._used: set[str] = set()

    def ask(self, given: Mapping[str, str]) -> str:
        """Begin a login; returns its number.

        Raises:
            Denied: the request is not one that SURFconext would take.
        """
        if given.get("client_id") != CLIENT_ID:
            raise Denied("invalid_client", "The client is unknown.")
        if given.get("redirect_uri") not in self.redirect_uris:
            raise Denied("invalid_request", "The redirect_uri is not registered.")
        if given.get("response_type") != "code" or "openid" not in given.get("scope", "").split():
            raise Denied("invalid_request", "Ask for a code and for openid.")
        if given.get("code_challenge_method") != "S256" or not given.get("code_challenge"):
            raise Denied("invalid_request", "PKCE with S256 is required.")
        number = secrets.token_urlsafe(16)
        self.asked[number] = Asked(
            redirect_uri=given["redirect_uri"],
            state=given.get("state", ""),
            nonce=given.get("nonce", ""),
            challenge=given["code_challenge"],
            hint=given.get("login_hint", ""),
            language="nl" if given.get("ui_locales", "").startswith("nl") else "en",
            asked_at=self.clock.now(),
        )
        return number

    def finish(self, asked: Asked, institution: Institution, uid: str) -> str:
        """Somebody chose who they are; returns where to send them."""
        asked.institution = institution
        asked.person = next(each for each in institution.person if each.uid == uid)
        asked.asked_at = self.clock.now()
        code = secrets.token_urlsafe(24)
        self.codes[code] = asked
        return self._back(asked, code=code)

    def cancel(self, asked: Asked) -> str:
        """Somebody does not want to; returns where to send them."""
        return self._back(asked, error="access_denied")

    def _back(self, asked: Asked, **answer: str) -> str:
        query = urlencode({**answer, "state": asked.state, "iss": self.own_url})
        return f"{asked.redirect_uri}?{query}"

    def exchange(self, given: Mapping[str, str]) -> dict[str, Any]:
        """Tokens for a code.

        Raises:
            Denied: not for this one.
        """
        self._require_client(given)
        if given.get("grant_type") != "authorization_code":
            raise Denied("unsupported_grant_type", "Only authorization_code.")
        asked = self.codes.pop(given.get("code", ""), None)
        if asked is None or self.clock.now() - asked.asked_at > _LIFE:
            raise Denied("invalid_grant", "The code is unknown, used or too old.")
        if given.get("redirect_uri") != asked.redirect_uri:
            raise Denied("invalid_grant", "The redirect_uri is another.")
        digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        if not hmac.compare_digest(_base64url(digest), asked.challenge):
            raise Denied("invalid_grant", "The code_verifier does not fit.")
        access_token = secrets.token_urlsafe(24)
        self.tokens[access_token] = asked
        return {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": 300,
            "id_token": self._id_token(asked, access_token),
        }

    def _require_client(self, given: Mapping[str, str]) -> None:
        """Check `private_key_jwt` (RFC 7523, 3)."""
        try:
            assertion = jwt.decode(
                given.get("client_assertion", ""), self._client_key, algorithms=["RS256"]
            )
            claims = assertion.claims
            fits = (
                claims["iss"] == claims["sub"] == CLIENT_ID
                and claims["aud"] in (f"{self.own_url}/token", self.own_url)
                and claims["exp"] > self.clock.now().timestamp()
                and claims["jti"] not in self._used
            )
        except (JoseError, KeyError, ValueError, TypeError) as error:
            raise Denied("invalid_client", "The assertion cannot be read.", 401) from error
        if not fits:
            raise Denied("invalid_client", "The assertion is not yours, too old or used.", 401)
        self._used.add(str(claims["jti"]))

    def _id_token(self, asked: Asked, access_token: str) -> str:
        now = int(self.clock.now().timestamp())
        person = asked.person
        claims = {
            "iss": self.own_url,
            "sub": self.subject_of(asked),
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "auth_time": int(asked.asked_at.timestamp()),
            "nonce": asked.nonce,
            "acr": LOA1 if person is None or person.acr == LOA1 else f"{LOA1} {person.acr}",
            "at_hash": _base64url(hashlib.sha256(access_token.encode()).digest()[:16]),
        }
        claims |= {name: value for name, value in self.misbehaving.items() if name != "user"}
        header = {"alg": "RS256", "kid": str(self.key.kid)}
        return jwt.encode(header, claims, self.key)

    def subject_of(self, asked: Asked) -> str:
        """Pairwise: another one at every institution and for every client."""
        assert asked.institution is not None  # noqa: S101 - of a code, there is one.
        assert asked.person is not None  # noqa: S101 - likewise.
        of = f"{asked.institution.key} {asked.person.uid} {CLIENT_ID}"
        return hashlib.sha256(of.encode()).hexdigest()[:40]

    def user(self, access_token: str) -> dict[str, Any]:
        """The attributes of whoever this token is for.

        Raises:
            Denied: it is for nobody.
        """
        asked = self.tokens.get(access_token)
        if asked is None or asked.person is None or asked.institution is None:
            raise Denied("invalid_token", "The token is unknown.", 401)
        person = asked.person
        claims = {
            "sub": self.subject_of(asked),
            "given_name": person.given_name,
            "family_name": person.family_name,
            "name": f"{person.given_name} {person.family_name}",
            "email": person.email,
            "schac_home_organization": asked.institution.organization,
            "eduperson_affiliation": list(person.affiliations),
            "eduperson_scoped_affiliation": list(person.scoped_affiliations),
            "uids": [person.uid],
        }
        told = {name: value for name, value in claims.items() if value}
        return told | dict(self.misbehaving.get("user", {}))


def read_institutions() -> tuple[Institution, ...]:
    """The invented ones."""

    class File(msgspec.Struct):
        institution: tuple[Institution, ...]

    return msgspec.convert(tomllib.loads(_INSTITUTIONS.read_text()), File).institution


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


@get("/.well-known/openid-configuration", sync_to_thread=False)
def describe(state: State) -> dict[str, Any]:
    """Where everything is."""
    here = _provider(state).own_url
    return {
        "issuer": here,
        "authorization_endpoint": f"{here}/authorize",
        "token_endpoint": f"{here}/token",
        "userinfo_endpoint": f"{here}/userinfo",
        "jwks_uri": f"{here}/jwks",
        "response_types_supported": ["code"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "code_challenge_methods_supported": ["S256"],
        "acr_values_supported": [LOA1, "https://eduid.nl/trust/linked-institution"],
        "authorization_response_iss_parameter_supported": True,
    }


@get("/jwks", sync_to_thread=False)
def get_keys(state: State) -> dict[str, Any]:
    """The public key."""
    return dict(KeySet([_provider(state).key]).as_dict(private=False))


@get("/authorize", sync_to_thread=False)
def authorize(request: AnyRequest, state: State) -> Redirect:
    """Begin to log in."""
    number = _provider(state).ask(dict(request.query_params.items()))
    return Redirect(f"{_provider(state).own_url}/choose/{number}", status_code=303)


@get("/choose/{number:str}", sync_to_thread=False)
def show_choice(number: FromPath[str], state: State) -> Response[str]:
    """The institutions; or the people of the one that was asked for."""
    provider = _provider(state)
    asked = _asked(provider, number)
    return _page(state, number, asked, provider.institutions.get(asked.hint))


class Choice(msgspec.Struct, frozen=True):
    """What somebody chose."""

    institution: str = ""
    uid: str = ""
    cancel: str = ""


@post("/choose/{number:str}", status_code=200)
async def choose(
    number: FromPath[str], data: URLEncodedBody[Choice], state: State
) -> Response[str] | Redirect:
    """An institution, then a person; then back to whoever asked."""
    provider = _provider(state)
    asked = _asked(provider, number)
    institution = provider.institutions.get(data.institution)
    if data.cancel:
        return Redirect(provider.cancel(asked), status_code=303)
    if institution is None or not data.uid:
        return _page(state, number, asked, institution)
    if data.uid not in {each.uid for each in institution.person}:
        raise Denied("invalid_request", "Nobody of this name is there.", 404)
    provider.asked.pop(number)
    return Redirect(provider.finish(asked, institution, data.uid), status_code=303)


@post("/token", status_code=200)
async def give_tokens(request: AnyRequest, state: State) -> Response[bytes]:
    """Tokens for a code."""
    form = await request.form()
    given = {name: value for name, value in form.items() if isinstance(value, str)}
    return _json(_provider(state).exchange(given))


@get("/userinfo", sync_to_thread=False)
def get_user(request: AnyRequest, state: State) -> Response[bytes]:
    """Who it is."""
    _, _, token = request.headers.get("authorization", "").partition(" ")
    return _json(_provider(state).user(token))


@get("/health/live", sync_to_thread=False)
def live() -> dict[str, bool]:
    """It runs."""
    return {"live": True}


def _page(
    state: State, number: str, asked: Asked, institution: Institution | None
) -> Response[str]:
    if institution is None:
        choices = [(each.key, each.title) for each in _provider(state).institutions.values()]
    else:
        choices = [(each.uid, each.title) for each in institution.person]
    page = state.pages.render(
        "choose.html", asked.language, visit=number, institution=institution, choices=choices
    )
    return Response(page, media_type=MediaType.HTML, headers={"Cache-Control": "no-store"})


def _asked(provider: Provider, number: str) -> Asked:
    asked = provider.asked.get(number)
    if asked is None:
        raise Denied("invalid_request", "This login is over. Begin again in the portal.", 404)
    return asked


def _provider(state: State) -> Provider:
    provider: Provider = state.provider
    if provider.misbehaving.get("down"):
        raise Denied("temporarily_unavailable", "It is down.", 503)
    return provider


def _json(body: Any) -> Response[bytes]:
    return Response(
        msgspec.json.encode(body),
        media_type=MediaType.JSON,
        headers={"Cache-Control": "no-store"},
    )


def _deny(_: AnyRequest, error: Exception) -> Response[bytes]:
    if not isinstance(error, Denied):
        raise error
    return Response(
        msgspec.json.encode(error.body), status_code=error.status, media_type=MediaType.JSON
    )


def build_app(provider: Provider, *, portal_url: str) -> Litestar:
    """The stand-in as an ASGI application."""
    pages = Pages(
        _TEMPLATES, ZoneInfo("Europe/Amsterdam"), own_url=provider.own_url, portal_url=portal_url
    )
    return Litestar(
        [
            describe,
            get_keys,
            authorize,
            show_choice,
            choose,
            give_tokens,
            get_user,
            live,
            create_static_files_router(
                path="/static", directories=[SHARED / "static"], include_in_schema=False
            ),
        ],
        exception_handlers={Denied: _deny},
        state=State({"provider": provider, "pages": pages}),
        openapi_config=None,
        logging_config=None,
    )


def register(folder: Path, *, issuer: str, inside_url: str) -> RSAKey:
    """Write what an operator gets when they register the portal: its key, and the file of providers."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "login-key.pem"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_bytes(RSAKey.generate_key(_KEY_BITS).as_pem(private=True))
    template = Template((_TEMPLATES / "login-providers.toml").read_text())
    (folder / "login-providers.toml").write_text(
        template.substitute(issuer=issuer, inside_url=inside_url)
    )
    return RSAKey.import_key(file.read_bytes())


async def serve(given: argparse.Namespace) -> None:
    """Answer until told to stop."""
    own_url = given.public_url or f"http://{given.host}:{given.port}"
    key = register(given.folder, issuer=own_url, inside_url=given.inside_url or own_url)
    provider = Provider(
        own_url=own_url,
        client_key=key,
        redirect_uris=frozenset(
            f"{given.identity_url}/login/back/{each}" for each in ("surfconext", "eduid")
        ),
        clock=clock_from(given.clock_file),
    )
    config = uvicorn.Config(
        build_app(provider, portal_url=given.portal_url),
        host=given.host,
        port=given.port,
        log_level="warning",
        access_log=False,
    )
    await uvicorn.Server(config).serve()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.standins.openid")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--public-url", default="", help="where people reach it: the issuer")
    parser.add_argument("--inside-url", default="", help="where identity reaches it")
    parser.add_argument("--identity-url", required=True, help="where people reach identity")
    parser.add_argument("--portal-url", default="", help="where the page's head leads to")
    parser.add_argument("--clock-file", default="", help="seconds to add to the real time")
    parser.add_argument(
        "--folder", type=Path, required=True, help="for the portal's key and the file of providers"
    )
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
