"""Which mails a fact calls for. All are planned at once; looking at them decides when they are due."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from msgspec.structs import replace

from contracts.enrolment import (
    EnrolledOnBehalf,
    EnrolmentCancelled,
    EnrolmentConfirmed,
    EnrolmentFact,
    EnrolmentLapsed,
    EnrolmentRequested,
    PlaceOffered,
    WithdrawalReviewed,
    WithdrawalSubmitted,
)
from contracts.fact import Fact
from contracts.identity import (
    LinkRequested,
    LoginAdded,
    LoginSeparated,
    MailAddressVerificationRequested,
    PasswordReplaced,
    PasswordResetRequested,
    SecondStepTurnedOff,
    SecondStepTurnedOn,
    WayInChanged,
)
from contracts.notification import Purpose
from contracts.payment import InvoiceCredited, InvoiceFact, InvoiceIssued, RefundIssued
from contracts.records import DocumentIssued, EvaluationOpened
from services.notification.domain.helping import HelpRequest
from services.notification.domain.ledger import Enrolment, EnrolmentState, Mail

Ids: TypeAlias = Callable[[], UUID]

_NEXT = None
"""The revision of a mail of which there may have been others."""

_STATE_AFTER: dict[type[EnrolmentFact], EnrolmentState] = {
    EnrolmentRequested: "held",
    PlaceOffered: "offered",
    EnrolmentConfirmed: "confirmed",
    EnrolmentLapsed: "lapsed",
    WithdrawalSubmitted: "withdrawn",
    WithdrawalReviewed: "withdrawn",
    EnrolmentCancelled: "cancelled",
}


_CALLED_FOR: dict[type[Fact], tuple[tuple[Purpose, str], ...]] = {
    MailAddressVerificationRequested: (("mail_address_verification", "account_id"),),
    PasswordResetRequested: (("password_reset", "account_id"),),
    LoginAdded: (("security_notice", "account_id"),),
    LoginSeparated: (("security_notice", "account_id"),),
    PasswordReplaced: (("security_notice", "account_id"),),
    SecondStepTurnedOn: (("security_notice", "account_id"),),
    SecondStepTurnedOff: (("security_notice", "account_id"),),
    EnrolledOnBehalf: (
        ("enrolled_on_behalf", "enrolment_id"),
        ("enrolled_for_somebody", "enrolment_id"),
    ),
    EnrolmentConfirmed: (("confirmation", "enrolment_id"), ("reminder", "enrolment_id")),
    PlaceOffered: (("place_offered", "enrolment_id"),),
    EnrolmentLapsed: (("enrolment_lapsed", "enrolment_id"),),
    EnrolmentCancelled: (("offering_cancelled", "enrolment_id"),),
    WithdrawalSubmitted: (("withdrawal_receipt", "withdrawal_id"),),
    WithdrawalReviewed: (("withdrawal_decision", "withdrawal_id"),),
    RefundIssued: (("refund", "refund_id"),),
    InvoiceIssued: (("invoice", "invoice_id"),),
    InvoiceCredited: (("credit_note", "invoice_id"),),
    EvaluationOpened: (("evaluation_invitation", "evaluation_id"),),
    DocumentIssued: (("document_ready", "document_id"),),
}
"""Purposes, each with the field of the fact that names what the mail is about."""


def plan_mails(fact: Fact, new_id: Ids, *, now: datetime) -> tuple[Mail, ...]:
    """The mails that this fact calls for."""
    return tuple(
        _plan(fact, purpose, getattr(fact, subject), new_id(), now)
        for purpose, subject in _CALLED_FOR.get(type(fact), ())
    )


def _plan(fact: Any, purpose: Purpose, regarding: UUID, mail_id: UUID, now: datetime) -> Mail:
    if isinstance(fact, LinkRequested):
        account_id, address, enrolment_id = fact.account_id, fact.mail_address, None
    elif isinstance(fact, WayInChanged):
        account_id, address, enrolment_id = fact.account_id, None, None
    elif isinstance(fact, InvoiceFact):
        account_id, address, enrolment_id = None, fact.billing_mail_address, fact.enrolment_id
        fact = replace(fact, pdf=b"")  # Kept beside the ledger, not in it.
    elif purpose == "enrolled_for_somebody":
        account_id, address, enrolment_id = fact.actor_id, None, fact.enrolment_id
    else:
        account_id, address, enrolment_id = fact.learner_id, None, fact.enrolment_id
    return Mail(
        mail_id=mail_id,
        account_id=account_id,
        address=address,
        purpose=purpose,
        regarding=regarding,
        revision=_NEXT if isinstance(fact, LinkRequested | WayInChanged) else 1,
        enrolment_id=enrolment_id,
        fact=fact,
        planned_at=now,
        state="planned",
        due_at=now,
    )


def plan_rescheduled(
    enrolments: Sequence[Enrolment], new_id: Ids, *, now: datetime
) -> tuple[Mail, ...]:
    """A mail to everybody who has a place, about a schedule that is another one now."""
    return tuple(
        Mail(
            mail_id=new_id(),
            account_id=each.learner_id,
            address=None,
            purpose="rescheduled",
            regarding=each.enrolment_id,
            revision=_NEXT,
            enrolment_id=each.enrolment_id,
            fact=None,
            planned_at=now,
            state="planned",
            due_at=now,
        )
        for each in enrolments
    )


def plan_again(mail: Mail, new_id: Ids, *, asked: bool, now: datetime) -> Mail:
    """The same mail once more, as a revision of its own with its own Message-ID; `asked` for by the office."""
    return Mail(
        mail_id=new_id(),
        account_id=mail.account_id,
        address=mail.address,
        purpose=mail.purpose,
        regarding=mail.regarding,
        revision=_NEXT,
        enrolment_id=mail.enrolment_id,
        fact=mail.fact,
        again=asked,
        planned_at=now,
        state="planned",
        due_at=now,
    )


def plan_help(request: HelpRequest, new_id: Ids) -> tuple[Mail, Mail]:
    """The question to whoever answers it, and the receipt to whoever asked. Both are the asker's mails."""
    return (
        _about_help(request, "help_request", new_id(), address=request.contact),
        _about_help(request, "help_receipt", new_id(), address=None),
    )


def _about_help(
    request: HelpRequest, purpose: Purpose, mail_id: UUID, *, address: str | None
) -> Mail:
    return Mail(
        mail_id=mail_id,
        account_id=request.account_id,
        address=address,
        purpose=purpose,
        regarding=request.help_request_id,
        revision=1,
        enrolment_id=None,
        fact=None,
        planned_at=request.asked_at,
        state="planned",
        due_at=request.asked_at,
    )


def enrolment_after(fact: EnrolmentFact) -> Enrolment:
    """The state of an enrolment as this fact tells it."""
    return Enrolment(
        enrolment_id=fact.enrolment_id,
        version=fact.version,
        learner_id=fact.learner_id,
        offering_id=fact.offering_id,
        state=fact.place if isinstance(fact, EnrolledOnBehalf) else _STATE_AFTER[type(fact)],
        confirmed_at=fact.confirmed_at if isinstance(fact, EnrolmentConfirmed) else None,
    )


def newest(enrolments: Sequence[Enrolment]) -> list[Enrolment]:
    """One state per enrolment, the highest version; a confirmation's time is never forgotten."""
    found: dict[UUID, Enrolment] = {}
    for each in enrolments:
        known = found.get(each.enrolment_id, each)
        later = each if each.version >= known.version else known
        found[each.enrolment_id] = replace(
            later, confirmed_at=each.confirmed_at or known.confirmed_at
        )
    return list(found.values())
