"""What comes of asking the issuer for tokens."""

import msgspec

from clients.portal.sessions.domain import Person, Tokens


class Granted(msgspec.Struct, frozen=True):
    """Tokens, and whose they are."""

    person: Person
    tokens: Tokens


class GrantOver(Exception):
    """The issuer gives nothing for this code or refresh token (any more): one logs in again."""


class IssuerAway(Exception):
    """The issuer did not answer, or not in its own words."""
