"""Which key signs, and which are published so that tokens can be checked."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

LEAD = timedelta(minutes=5)
"""A new key is published so long before it signs: by then every edge can have fetched it."""
LEEWAY = timedelta(minutes=1)
"""What clocks may differ; also how long an edge may take to notice."""


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key pair; the private half is locked (keyring.py)."""

    kid: str
    """Its RFC 7638 thumbprint."""
    public_jwk: dict[str, Any]
    locked_private_key: bytes
    signs_from: datetime
    published_until: datetime | None = None
    """None: until another takes over."""


def published(keys: Iterable[SigningKey], *, now: datetime) -> list[SigningKey]:
    """The keys that tokens can be checked with, those that do not sign yet included."""
    return [key for key in keys if key.published_until is None or now < key.published_until]


def signing(keys: Iterable[SigningKey], *, now: datetime) -> SigningKey | None:
    """The key that signs now: the latest that may."""
    may = [key for key in published(keys, now=now) if key.signs_from <= now]
    return max(may, key=lambda key: (key.signs_from, key.kid), default=None)


def rotate(
    keys: Sequence[SigningKey],
    fresh: SigningKey,
    *,
    longest: timedelta,
    leaked: bool,
    now: datetime,
) -> list[SigningKey]:
    """Let a fresh key take over. Returns it and the older ones, each with its end.

    An older key stays published until what it may still sign has expired. A leaked one goes at once.
    """
    signs_from = now if leaked or not published(keys, now=now) else now + LEAD
    end = now if leaked else signs_from + longest + LEEWAY
    older = [
        key
        if key.published_until is not None and key.published_until <= end
        else replace(key, published_until=end)
        for key in keys
    ]
    return [*older, replace(fresh, signs_from=signs_from)]
