"""What the portal reads of notification."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from clients.portal.api.asking import Answer, Asking
from clients.portal.api.paging import Page

MailState = Literal["planned", "sending", "sent", "failed", "not_needed"]


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """A mail: what for, and what became of it."""

    mail_id: UUID
    account_id: UUID | None
    """None for a mail to an organisation."""
    purpose: str
    revision: int
    state: MailState
    planned_at: datetime
    due_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None
    why: str | None
    """A word, or what the mail server answered."""
    attempts: int


async def list_mails_of(ask: Asking, account_id: UUID, *, cursor: str | None = None) -> Page[Mail]:
    """What was mailed to somebody, the latest planned first."""
    return await ask.get(
        "notification", "/v1/mails", Page[Mail], account_id=str(account_id), cursor=cursor
    )


async def list_mails_in(ask: Asking, state: MailState, *, cursor: str | None = None) -> Page[Mail]:
    """All mails in a state, the latest planned first."""
    return await ask.get("notification", "/v1/mails", Page[Mail], state=state, cursor=cursor)


async def get_mail(ask: Asking, mail_id: UUID) -> Mail:
    """One mail."""
    return await ask.get("notification", f"/v1/mails/{mail_id}", Mail)


async def preview_mail(ask: Asking, mail_id: UUID) -> Answer:
    """A mail as it would look now: HTML with styles of its own."""
    return await ask.get_file("notification", f"/v1/mails/{mail_id}/preview")


async def send_again(ask: Asking, mail_id: UUID, *, key: str) -> Mail:
    """Plan a mail once more; the one that is planned."""
    return await ask.post("notification", f"/v1/mails/{mail_id}/again", None, Mail, key=key)
