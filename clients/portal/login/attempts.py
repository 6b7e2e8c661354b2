"""People on their way to the login page and back: what must be remembered lies in their cookie, locked."""

import base64
import hashlib
import re
import secrets
from datetime import datetime, timedelta

import msgspec

from contracts.fact import Language

_LASTS = timedelta(hours=1)
_AT_ONCE = 3
"""Tabs in which one can be on the way at the same time."""
_INSIDE = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")
_LONGEST_PATH = 600


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One way to the login page and back."""

    state: str
    nonce: str
    verifier: str
    language: Language
    to: str
    """A path of the portal, where they wanted to be."""
    began_at: datetime

    @property
    def challenge(self) -> str:
        """The S256 challenge of the verifier (RFC 7636, 4.2)."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def begin_attempt(language: Language, to: str, *, now: datetime) -> Attempt:
    """Send somebody on their way."""
    return Attempt(
        state=secrets.token_urlsafe(16),
        nonce=secrets.token_urlsafe(16),
        verifier=secrets.token_urlsafe(32),
        language=language,
        to=path_inside(to) or f"/{language}",
        began_at=now,
    )


def path_inside(address: str) -> str | None:
    r"""The address, if it is a path of the portal; None for everything that could lead elsewhere.

    Browsers read `//host`, `/\host` and a tab or line feed in between as another site.
    """
    fits = len(address) <= _LONGEST_PATH and _INSIDE.fullmatch(address)
    return address if fits else None


def with_attempt(attempts: tuple[Attempt, ...], new: Attempt) -> tuple[Attempt, ...]:
    """Remember one more; the oldest is forgotten first."""
    return (*attempts, new)[-_AT_ONCE:]


def find_attempt(attempts: tuple[Attempt, ...], state: str, *, now: datetime) -> Attempt | None:
    """The attempt that an answer belongs to."""
    for attempt in attempts:
        if secrets.compare_digest(attempt.state.encode(), state.encode()):
            return attempt if now - attempt.began_at < _LASTS else None
    return None
