"""What the portal reads and sends where somebody asks for help: programmes, and questions."""

from datetime import datetime
from uuid import UUID

import msgspec

from clients.portal.api.asking import Asking
from clients.portal.api.paging import list_all


class Programme(msgspec.Struct, frozen=True):
    """A programme that somebody may study in."""

    code: str
    name: str


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What a request for help must carry (B28)."""

    name: str
    course: str
    problem: str
    student_number: str | None
    programme: str | None
    """A code; None for whoever does not study here."""
    offering_id: UUID | None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question that was sent, and where it went."""

    help_request_id: UUID
    reference: str
    name: str
    student_number: str | None
    programme: str | None
    course: str
    problem: str
    contact: str
    asked_at: datetime


async def list_programmes(ask: Asking) -> tuple[Programme, ...]:
    """All of them, as the catalogue orders them."""
    return await list_all(ask, "catalogue", "/v1/programmes", Programme)


async def send_question(ask: Asking, question: Question, *, key: str) -> Asked:
    """Send a question, once for each key."""
    return await ask.post("notification", "/v1/help-requests", question, Asked, key=key)


async def get_question(ask: Asking, help_request_id: UUID) -> Asked:
    """A question that the reader sent."""
    return await ask.get("notification", f"/v1/help-requests/{help_request_id}", Asked)
