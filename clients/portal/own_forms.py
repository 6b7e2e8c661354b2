"""Only forms of our own pages are accepted: by a token in the form, and by where the browser says it is from."""

import hashlib
import hmac
import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from chassis.http.request import AnyRequest
from clients.portal.sessions.domain import Session
from clients.portal.sessions.sealing import as_text

FIELD = "form_token"
_GOOD_FOR = timedelta(hours=24)
_TOKEN = re.compile(r"(\d{1,12})\.([A-Za-z0-9_-]{43})")


class FormOutOfDate(Exception):
    """It was made for another session, too long ago, or not by us. Nothing was changed."""


def form_token(key: bytes, session: Session | None, *, now: datetime) -> str:
    """What a form carries. Of somebody who is logged in it fits their session only."""
    made_at = int(now.timestamp())
    return f"{made_at}.{as_text(_signature(key, session, made_at))}"


def fits(key: bytes, session: Session | None, token: str, *, now: datetime) -> bool:
    """Whether a token is one of ours, for this browser, and not too old."""
    read = _TOKEN.fullmatch(token)
    if read is None:
        return False
    made_at = int(read.group(1))
    is_fresh = now - _GOOD_FOR <= datetime.fromtimestamp(made_at, now.tzinfo) <= now
    wanted = as_text(_signature(key, session, made_at))
    return is_fresh and hmac.compare_digest(wanted, read.group(2))


def is_from_here(request: AnyRequest, origin: str) -> bool:
    """Whether the browser says that one of our own pages sends this (Fetch Standard; Fetch Metadata)."""
    given = request.headers.get("origin")
    if given is not None:
        return given == origin
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    referer = request.headers.get("referer")
    if referer is None:
        return True  # An old browser, or none; the token has to do.
    parts = urlsplit(referer)
    return f"{parts.scheme}://{parts.netloc}" == origin


def _signature(key: bytes, session: Session | None, made_at: int) -> bytes:
    whose = session.cookie_hash if session is not None else b"anonymous"
    return hmac.digest(key, b"form %d " % made_at + whose, hashlib.sha256)
