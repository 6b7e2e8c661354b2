"""People who ask, with access tokens as identity signs them."""

import uuid
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from chassis.clock import Clock
from chassis.http.access import ALGORITHM, AUDIENCE, Gatekeeper, OwnKeys

ISSUER = "http://issuer.test"
_LONG_AGO, _FAR_AWAY = 1_600_000_000, 4_000_000_000
"""Tokens are good at whatever time a test stages."""


@cache
def signing_key() -> RSAKey:
    """One key for the session; making one takes a tenth of a second."""
    return RSAKey.generate_key(2048, {"kid": "test", "use": "sig", "alg": ALGORITHM})


def gatekeeper(clock: Clock) -> Gatekeeper:
    """Checks tokens as every edge does, with our key instead of identity's."""
    return Gatekeeper(ISSUER, OwnKeys(KeySet([signing_key()]).as_dict(private=False)), clock)


def bearer(
    account_id: UUID,
    *roles: str,
    affiliation: str = "guest",
    **changes: object,
) -> dict[str, str]:
    """The header of somebody with these roles. `changes` spoils claims."""
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(account_id),
        "client_id": "tests",
        "iat": _LONG_AGO,
        "exp": _FAR_AWAY,
        "jti": uuid.uuid4().hex,
        "roles": ["learner", *roles],
        "affiliation": affiliation,
        **changes,
    }
    header = {"alg": ALGORITHM, "typ": "at+jwt", "kid": "test"}
    return {
        "Authorization": f"Bearer {jwt.encode(header, claims, signing_key(), algorithms=[ALGORITHM])}"
    }


class StagedClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, at: datetime | None = None) -> None:
        self._at = at or datetime(2027, 3, 10, 13, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self._at

    def move(self, **by: float) -> None:
        self._at += timedelta(**by)

    def set(self, at: datetime) -> None:
        self._at = at
