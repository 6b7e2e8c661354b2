"""People as mails address them."""

import re
from uuid import UUID

import msgspec

from contracts.fact import Language


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Notification's own copy of what identity tells."""

    account_id: UUID
    version: int
    mail_address: str
    name: str
    language: Language


def first_name(name: str) -> str:
    """How a mail speaks to somebody: `Noor`; the whole name where it begins with an initial or a title."""
    first, _, rest = name.strip().partition(" ")
    return first if rest and "." not in first and len(first) > 1 else name.strip()


def reference_of(enrolment_id: UUID) -> str:
    """What people quote when they ask: the end of the enrolment's id, by which the office finds it."""
    return f"CP-{enrolment_id.hex[-8:].upper()}"


def help_reference_of(help_request_id: UUID) -> str:
    """What both sides of a question quote."""
    return f"HR-{help_request_id.hex[-8:].upper()}"


def without_controls(text: str) -> str:
    """A text that stays on the line of its header, whatever was in it."""
    return re.sub(r"[\x00-\x1f\x7f\u2028\u2029]+", " ", text).strip()
