"""Secret links in mails."""

import secrets
from datetime import datetime, timedelta

from services.identity.domain.accounts import Link
from services.identity.domain.tokens import digest
from services.identity.settings import Settings


def new_link(settings: Settings, page: str, *, life: timedelta, now: datetime) -> Link:
    """A fresh secret link to one of our pages."""
    token = secrets.token_urlsafe(32)
    return Link(
        url=f"{settings.own_url}/{page}?token={token}",
        link_hash=digest(token),
        expires_at=now + life,
    )
