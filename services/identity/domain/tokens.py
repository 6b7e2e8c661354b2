"""Codes, access tokens, ID tokens and refresh tokens: what may become what, and what is in them.

Sources: OAuth 2.1 draft, 4.1.3 and 4.3; RFC 7636 (PKCE); RFC 9068 (access tokens); OpenID Connect
Core 1.0, 2, 3.1.3.6 and 5.4; RFC 9700, 4.14 (rotation of refresh tokens).
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from contracts.identity import Role
from services.identity.domain.accounts import Account
from services.identity.refusals import Denied

CODE_LIFE = timedelta(seconds=60)
"""From the redirect to the exchange; an app does it at once."""
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody is logged in here, in one browser."""

    session_id: UUID
    account_id: UUID
    authenticated_at: datetime
    ends_at: datetime


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """An authorization code: good once, for a minute, for one app that knows the verifier."""

    code_hash: bytes
    client_id: str
    account_id: UUID
    session_id: UUID
    redirect_uri: str
    scopes: tuple[str, ...]
    nonce: str | None
    code_challenge: str
    authenticated_at: datetime
    session_ends_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    family_id: UUID | None = None
    """Of the refresh tokens that it became."""


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """All refresh tokens that follow from one login in one app."""

    family_id: UUID
    client_id: str
    account_id: UUID
    session_id: UUID
    scopes: tuple[str, ...]
    authenticated_at: datetime
    ends_at: datetime
    revoked_at: datetime | None = None
    revoked_why: str | None = None

    @property
    def outlives_session(self) -> bool:
        """Whether its refresh tokens stay good when the person logs out here (OpenID Connect Core, 11)."""
        return "offline_access" in self.scopes


class RefreshToken(msgspec.Struct, frozen=True, kw_only=True):
    """One refresh token: good once."""

    token_hash: bytes
    family_id: UUID
    expires_at: datetime
    used_at: datetime | None = None


class Lives(msgspec.Struct, frozen=True, kw_only=True):
    """How long things are good for, from the settings."""

    access_token: timedelta
    refresh_idle: timedelta
    refresh: timedelta


def digest(secret: str) -> bytes:
    """What the database keeps of a secret that is long and random: enough to know it again."""
    return hashlib.sha256(secret.encode()).digest()


def fits_challenge(verifier: str, challenge: str) -> bool:
    """Whether this is the verifier behind an S256 challenge (RFC 7636, 4.6)."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    return hmac.compare_digest(_base64url(digest(verifier)), challenge)


def redeem_code(
    code: Code,
    *,
    client_id: str,
    redirect_uri: str | None,
    verifier: str,
    family_id: UUID,
    lives: Lives,
    now: datetime,
) -> tuple[Code, Family]:
    """Turn a code into the beginning of a family of refresh tokens.

    `redirect_uri` may be absent (OAuth 2.1 dropped it); if it is there it must be the same.

    Raises:
        Denied: the code is not this app's, too old, used, or the verifier is another.
    """
    if code.used_at is not None:
        raise Denied("invalid_grant", "The code has been used.")
    if now >= code.expires_at:
        raise Denied("invalid_grant", "The code has expired.")
    if code.client_id != client_id:
        raise Denied("invalid_grant", "The code was given to another client.")
    if redirect_uri not in (None, code.redirect_uri):
        raise Denied("invalid_grant", "redirect_uri is not the one of the authorization request.")
    if not fits_challenge(verifier, code.code_challenge):
        raise Denied("invalid_grant", "code_verifier does not fit the code_challenge.")
    family = Family(
        family_id=family_id,
        client_id=client_id,
        account_id=code.account_id,
        session_id=code.session_id,
        scopes=code.scopes,
        authenticated_at=code.authenticated_at,
        ends_at=now + lives.refresh if "offline_access" in code.scopes else code.session_ends_at,
    )
    return replace(code, used_at=now, family_id=family_id), family


def next_refresh_token(
    family: Family, token_hash: bytes, *, lives: Lives, now: datetime
) -> RefreshToken:
    """The one that follows."""
    return RefreshToken(
        token_hash=token_hash,
        family_id=family.family_id,
        expires_at=min(now + lives.refresh_idle, family.ends_at),
    )


def refresh(
    token: RefreshToken, family: Family, *, client_id: str, scope: str | None, now: datetime
) -> tuple[RefreshToken, tuple[str, ...]]:
    """Use a refresh token up; returns it, used, and the scopes of the tokens that follow.

    Raises:
        Denied: it is another app's, over, or asks for more than was granted.
    """
    if family.client_id != client_id:
        raise Denied("invalid_grant", "The refresh token was given to another client.")
    if family.revoked_at is not None:
        raise Denied("invalid_grant", "The refresh token has been revoked.")
    if now >= min(token.expires_at, family.ends_at):
        raise Denied("invalid_grant", "The refresh token has expired.")
    scopes = family.scopes if scope is None else tuple(scope.split())
    if not set(scopes) <= set(family.scopes):
        raise Denied("invalid_scope", "The scope is wider than what was granted.")
    return replace(token, used_at=now), tuple(each for each in family.scopes if each in scopes)


def is_stolen(token: RefreshToken, family: Family) -> bool:
    """A refresh token that comes a second time: its owner or a thief has used it before.

    Nobody can tell which of the two is asking, so the whole family has to go.
    """
    return token.used_at is not None and family.revoked_at is None


def access_claims(
    family: Family,
    account: Account,
    *,
    issuer: str,
    audience: str,
    scopes: Sequence[str],
    roles: Sequence[Role],
    token_id: str,
    lives: Lives,
    now: datetime,
) -> dict[str, Any]:
    """What an access token says (RFC 9068, 2.2)."""
    return {
        "iss": issuer,
        "aud": audience,
        "sub": str(account.account_id),
        "client_id": family.client_id,
        "iat": int(now.timestamp()),
        "exp": int((now + lives.access_token).timestamp()),
        "jti": token_id,
        "scope": " ".join(scopes),
        "roles": list(roles),
        "affiliation": account.affiliation,
        "auth_time": int(family.authenticated_at.timestamp()),
    }


def id_claims(
    family: Family,
    account: Account,
    *,
    issuer: str,
    access_token: str,
    nonce: str | None,
    scopes: Sequence[str],
    roles: Sequence[Role],
    lives: Lives,
    now: datetime,
) -> dict[str, Any]:
    """What an ID token says; the app itself is its audience."""
    claims = {
        "iss": issuer,
        "aud": family.client_id,
        "sub": str(account.account_id),
        "iat": int(now.timestamp()),
        "exp": int((now + lives.access_token).timestamp()),
        "auth_time": int(family.authenticated_at.timestamp()),
        "at_hash": _base64url(digest(access_token)[:16]),
        **person_claims(account, scopes=scopes, roles=roles),
    }
    return claims if nonce is None else {**claims, "nonce": nonce}


def person_claims(
    account: Account, *, scopes: Sequence[str], roles: Sequence[Role]
) -> dict[str, Any]:
    """Who somebody is, as far as the scopes allow (OpenID Connect Core, 5.4)."""
    claims: dict[str, Any] = {"sub": str(account.account_id)}
    if "profile" in scopes:
        claims |= {
            "name": account.name,
            "locale": account.language,
            "affiliation": account.affiliation,
            "roles": list(roles),
        }
    if "email" in scopes:
        claims |= {"email": account.mail_address, "email_verified": True}
    return claims


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
