"""Providers that vouch for people (SURFconext, and eduID through it), and what their answers prove.

Sources: OpenID Connect Core 1.0, 3.1.3.7 (ID tokens) and 5.3.2 (userinfo); RFC 7636; RFC 9207; the claims
of SURFconext's gateway; PRODUCT.md A5-A9.
"""

import base64
import hashlib
import hmac
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from contracts.catalogue import Affiliation
from contracts.fact import Translated
from services.identity.domain import mail
from services.identity.domain.accounts import clean_name

Key = Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,30}$")]
Claims = Mapping[str, Any]

LEEWAY = timedelta(seconds=60)
"""By so much a provider's clock may differ from ours."""
_OLDEST = timedelta(minutes=10)
_LONGEST_SUBJECT = 255
"""OpenID Connect Core, 2."""
_LONGEST_ORGANIZATION = 253

_AFFILIATIONS: dict[str, Affiliation] = {
    "employee": "staff",
    "staff": "staff",
    "faculty": "staff",
    "student": "student",
}
"""eduPerson 2021-11, 2.2.1. `member`, `affiliate`, `alum` and `library-walk-in` are guests."""
_STRONGEST: tuple[Affiliation, ...] = ("staff", "student", "guest")


class BadProviders(Exception):
    """The file of providers cannot be used; says why."""


class Unsound(Exception):
    """A provider's answer proves nothing; says why, for our log."""


class ClaimNames(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a provider calls what we read; the defaults are SURFconext's."""

    name: str = "name"
    given_name: str = "given_name"
    family_name: str = "family_name"
    mail_address: str = "email"
    affiliation: str = "eduperson_affiliation"
    scoped_affiliation: str = "eduperson_scoped_affiliation"
    organization: str = "schac_home_organization"


class Provider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who vouches for people, as the file of providers describes them."""

    key: Key
    """In our addresses, and in the redirect that is registered: `…/login/back/<key>`."""
    kind: Literal["institution", "eduid"]
    """Which section of the login page it is."""
    title: Translated
    issuer: str
    client_id: str
    private_key_file: str = ""
    """PEM or JWK, for `private_key_jwt`; beside the file of providers, or absolute."""
    client_secret_file: str = ""
    """Where a provider cannot do `private_key_jwt`."""
    inside_url: str = ""
    """Where this service reaches the issuer, if that is not where people reach it."""
    scope: str = "openid"
    parameters: dict[str, str] = {}
    """Added to the request: `acr_values`, or `login_hint` with the one institution that is meant."""
    accepted_acr: tuple[str, ...] = ()
    """One of these must be in the answer; empty takes any."""
    organizations: tuple[str, ...] = ()
    """Whose staff and students are ours; everybody else's are guests. Empty: everybody's are ours."""
    vouches_for_mail: bool = False
    """Whether its mail addresses are proved; otherwise we send a link, as for own accounts."""
    claims: ClaimNames = ClaimNames()


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody was sent to a provider from one browser, and has not come back yet."""

    state_hash: bytes
    cookie_hash: bytes
    provider: str
    wish: str
    """The query to go on with afterwards; empty where they only log in."""
    joins: Any = None
    """The account that the login is to be added to; None logs in."""
    is_fresh: bool = False
    """They have to prove themselves anew, even if the provider knows them."""
    began_at: datetime
    expires_at: datetime


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """Who somebody is, as a provider says."""

    issuer: str
    subject: str
    provider: str
    affiliation: Affiliation
    organization: str | None
    name: str = ""
    """May be empty: not every provider tells one."""
    mail_address: str = ""
    """May be empty. Never a key: it can change hands."""
    is_vouched: bool = False
    """Whether `mail_address` is proved to be theirs."""

    def __repr__(self) -> str:
        return "Proof(…)"


def read_providers(text: str) -> tuple[Provider, ...]:
    """Read a file of providers.

    Raises:
        BadProviders: it is no TOML, or says what cannot be.
    """

    class File(msgspec.Struct, forbid_unknown_fields=True):
        provider: tuple[Provider, ...] = ()

    try:
        found = msgspec.convert(tomllib.loads(text), File).provider
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadProviders(str(error)) from error
    for each in found:
        if (wrong := _wrong_in(each)) is not None:
            raise BadProviders(f"{each.key}: {wrong}")
    if len({each.key for each in found}) < len(found):
        raise BadProviders("every key may stand there once")
    return found


def _wrong_in(provider: Provider) -> str | None:
    if bool(provider.private_key_file) == bool(provider.client_secret_file):
        return "give private_key_file or client_secret_file"
    if not is_address(provider.issuer) or provider.issuer.endswith("/"):
        return "issuer is https://… (http on this machine only), without a slash at its end"
    if reserved := _RESERVED & provider.parameters.keys():
        return f"parameters must not hold {', '.join(sorted(reserved))}"
    if "openid" not in provider.scope.split():
        return "scope must hold openid"
    return None


_RESERVED = {
    "client_id", "code_challenge", "code_challenge_method", "max_age", "nonce", "prompt",
    "redirect_uri", "response_mode", "response_type", "scope", "state",
}  # fmt: skip


def is_address(url: str, *, of: str = "https:") -> bool:
    """Whether an address may be used: https, or http where the issuer itself lies on this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return bool(parts.hostname)
    loopback = ("127.0.0.1", "::1", "localhost")
    return parts.scheme == "http" and (parts.hostname in loopback or of.startswith("http:"))


def derived(secret: str, use: Literal["nonce", "verifier"], key: bytes) -> str:
    """The nonce and the verifier follow from the state, so that nobody has to keep them."""
    digest = hmac.digest(key, f"{use} {secret}".encode(), hashlib.sha256)
    return _base64url(digest)


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def require_sound(
    claims: Claims,
    provider: Provider,
    *,
    nonce: str,
    access_token: str,
    visit: Visit,
    now: datetime,
) -> str:
    """Hold the claims of a signed ID token to what was asked for; returns the subject.

    Raises:
        Unsound: they prove nothing.
    """
    subject = claims.get("sub")
    if claims.get("iss") != provider.issuer:
        raise Unsound("iss is another")
    _require_for_us(claims, provider.client_id)
    if not isinstance(subject, str) or not 1 <= len(subject) <= _LONGEST_SUBJECT:
        raise Unsound("sub is no subject")
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise Unsound("nonce is another")
    half = _base64url(hashlib.sha256(access_token.encode()).digest()[:16])
    if claims.get("at_hash", half) != half:
        raise Unsound("at_hash is of another access token")
    given = set(str(claims.get("acr", "")).split())
    if provider.accepted_acr and given.isdisjoint(provider.accepted_acr):
        raise Unsound("acr is not good enough")
    _require_of_now(claims, visit, now=now)
    return subject


def _require_for_us(claims: Claims, client_id: str) -> None:
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or client_id not in audiences:
        raise Unsound("aud is somebody else")
    if claims.get("azp", client_id if len(audiences) == 1 else None) != client_id:
        raise Unsound("azp is somebody else")


def _require_of_now(claims: Claims, visit: Visit, *, now: datetime) -> None:
    if _instant(claims, "exp") + LEEWAY <= now:
        raise Unsound("exp is past")
    if not now - _OLDEST <= _instant(claims, "iat") <= now + LEEWAY:
        raise Unsound("iat is not of now")
    # We sent `max_age`, so `auth_time` must be there (OpenID Connect Core, 3.1.2.1).
    if visit.is_fresh and _instant(claims, "auth_time") + LEEWAY < visit.began_at:
        raise Unsound("auth_time is before we asked for a fresh login")


def _instant(claims: Claims, name: str) -> datetime:
    """A claim in seconds since 1970, as an instant."""
    seconds = claims.get(name)
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise Unsound(f"{name} is no time")
    try:
        return datetime.fromtimestamp(seconds, tz=UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise Unsound(f"{name} is no time") from error


def proof_of(provider: Provider, subject: str, user: Claims) -> Proof:
    """What a provider says about the person behind a sound ID token.

    Raises:
        Unsound: it speaks of somebody else (OpenID Connect Core, 5.3.2).
    """
    if user.get("sub") != subject:
        raise Unsound("sub of userinfo is another")
    names = provider.claims
    mail_address = _text(user, names.mail_address)
    is_usable = mail.is_address(mail_address)
    organization = _text(user, names.organization).lower()[:_LONGEST_ORGANIZATION] or None
    return Proof(
        issuer=provider.issuer,
        subject=subject,
        provider=provider.key,
        affiliation=affiliation_of(
            provider,
            organization=organization,
            plain=_texts(user, names.affiliation),
            scoped=_texts(user, names.scoped_affiliation),
        ),
        organization=organization,
        name=_name_of(provider, user),
        mail_address=mail_address if is_usable else "",
        is_vouched=is_usable and provider.vouches_for_mail,
    )


def affiliation_of(
    provider: Provider, *, organization: str | None, plain: Sequence[str], scoped: Sequence[str]
) -> Affiliation:
    """Who somebody is to our institution (A9): only our own staff and students are that.

    A plain affiliation is to the home organisation; a scoped one names its organisation itself, as when
    an eduID is linked to an institution.
    """
    held = {"guest"}
    if not provider.organizations or organization in provider.organizations:
        held |= {_AFFILIATIONS.get(each.lower(), "guest") for each in plain}
    for each in scoped:
        what, _, scope = each.lower().partition("@")
        if not provider.organizations or scope in provider.organizations:
            held.add(_AFFILIATIONS.get(what, "guest"))
    return next(each for each in _STRONGEST if each in held)


def strongest(affiliations: Sequence[Affiliation]) -> Affiliation:
    """Of several that are proved the one that gives most."""
    return next((each for each in _STRONGEST if each in affiliations), "guest")


def _name_of(provider: Provider, user: Claims) -> str:
    names = provider.claims
    parts = f"{_text(user, names.given_name)} {_text(user, names.family_name)}"
    return clean_name(parts) or clean_name(_text(user, names.name))


def _text(user: Claims, name: str) -> str:
    found = _texts(user, name)
    return found[0] if found else ""


def _texts(user: Claims, name: str) -> list[str]:
    """A claim as texts: gateways give a list, or one text where there is one."""
    value = user.get(name)
    several = value if isinstance(value, list) else [value]
    return [each.strip() for each in several if isinstance(each, str) and each.isprintable()]
