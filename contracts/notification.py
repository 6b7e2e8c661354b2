"""What notification tells: mails that went out, and mails that could not."""

from typing import ClassVar, Literal
from uuid import UUID

from contracts.erasure import ErasedPersonalData
from contracts.fact import Fact, UtcTime

Purpose = Literal[
    "mail_address_verification",
    "password_reset",
    "security_notice",
    "enrolled_on_behalf",
    "enrolled_for_somebody",
    "confirmation",
    "reminder",
    "rescheduled",
    "offering_cancelled",
    "place_offered",
    "enrolment_lapsed",
    "withdrawal_receipt",
    "withdrawal_decision",
    "refund",
    "invoice",
    "credit_note",
    "evaluation_invitation",
    "document_ready",
    "help_request",
    "help_receipt",
]
"""What mails are for. Over HTTP only: a fact does not enumerate them, or each new one would be a new version."""


class MailFact(Fact, frozen=True, kw_only=True):
    """Which mail: one per person, purpose, subject and revision."""

    about: ClassVar[str] = "mail_id"

    mail_id: UUID
    purpose: str
    """A `Purpose`; more may come."""
    regarding: UUID
    """What the mail is about: an enrolment, an account, an invoice …"""
    revision: int


class MailSent(MailFact, frozen=True, kw_only=True):
    """The mail server took over responsibility for a mail."""

    topic: ClassVar[str] = "notification.mail_sent.v2"

    sent_at: UtcTime


class MailFailed(MailFact, frozen=True, kw_only=True):
    """A mail could not be delivered to the mail server and will not be tried again."""

    topic: ClassVar[str] = "notification.mail_failed.v2"

    why: str
    """The server's reply code and class; never an address."""
    attempts: int


class NotificationErasedPersonalData(ErasedPersonalData, frozen=True, kw_only=True):
    """Notification has forgotten who somebody was."""

    topic: ClassVar[str] = "notification.erased_personal_data.v1"
