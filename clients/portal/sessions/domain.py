"""Who is logged in, for how long, and when their tokens have to be renewed."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from contracts.fact import Language

RENEW_BEFORE = timedelta(seconds=30)
"""A token that is good for less is renewed first: a request takes time, and clocks differ."""
SEEN_EVERY = timedelta(minutes=1)
"""A visit is written down at most this often."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who somebody is, as the issuer's ID token says."""

    account_id: UUID
    name: str
    mail_address: str
    language: Language
    """Of their mails; pages follow the address that is opened."""
    affiliation: str
    roles: frozenset[str]


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """What the issuer gave. Never shown to the browser."""

    access_token: str
    refresh_token: str
    id_token: str
    """Proves at the end that we may log this person out."""
    expires_at: datetime
    """Of the access token."""

    def __repr__(self) -> str:
        return "Tokens(…)"

    def need_renewal(self, now: datetime) -> bool:
        """Whether the access token is too old to be sent."""
        return now >= self.expires_at - RENEW_BEFORE


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody is logged in, in one browser."""

    cookie_hash: bytes
    person: Person
    tokens: Tokens
    generation: int
    """Counts the renewals of its tokens."""
    started_at: datetime
    seen_at: datetime
    ends_at: datetime

    def is_over(self, *, idle: timedelta, now: datetime) -> bool:
        """Too old, or not visited for too long."""
        return now >= self.ends_at or now - self.seen_at >= idle

    def is_to_be_seen(self, now: datetime) -> bool:
        """Whether this visit is worth writing down."""
        return now - self.seen_at >= SEEN_EVERY
