"""Door 2: what notification does about the facts of others."""

from collections.abc import Sequence

from chassis.bus.consumers import Consumers
from chassis.database import Connection
from contracts.catalogue import (
    OfferingCancelled,
    OfferingPublished,
    OfferingRescheduled,
    ProgrammeDescribed,
)
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
from contracts.envelope import Envelope
from contracts.identity import (
    AccountCorrected,
    AccountErased,
    AccountRegistered,
    AccountState,
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
from contracts.payment import InvoiceCredited, InvoiceFact, InvoiceIssued, RefundIssued
from contracts.records import DocumentIssued, EvaluationOpened, EvaluationSubmitted
from services.notification import commands
from services.notification.parts import Parts

CONSUMERS = Consumers("notification")


@CONSUMERS.batch(AccountRegistered, AccountCorrected)
async def copy_people(
    facts: Sequence[Envelope[AccountState]], tx: Connection, parts: Parts
) -> None:
    """Know where mails go, and in which language."""
    await commands.copy_people(tx, [fact.body for fact in facts], now=parts.clock.now())


@CONSUMERS.batch(OfferingPublished, OfferingRescheduled, OfferingCancelled)
async def follow_catalogue(
    facts: Sequence[Envelope[OfferingPublished | OfferingRescheduled | OfferingCancelled]],
    tx: Connection,
    parts: Parts,
) -> None:
    """Keep the copy of what mails speak of; tell of moves."""
    zone, now = parts.settings.institution_zone, parts.clock.now()
    for fact in facts:
        if isinstance(fact.body, OfferingCancelled):
            await commands.cancel_offering(tx, fact.body, now=now)
        else:
            await commands.copy_offering(tx, fact.body, zone=zone, now=now)


@CONSUMERS.batch(ProgrammeDescribed)
async def copy_programmes(
    facts: Sequence[Envelope[ProgrammeDescribed]],
    tx: Connection,
    parts: Parts,  # noqa: ARG001 - every handler gets them.
) -> None:
    """Know who answers questions about a programme."""
    await commands.copy_programmes(tx, [fact.body for fact in facts])


@CONSUMERS.batch(
    EnrolledOnBehalf,
    EnrolmentRequested,
    PlaceOffered,
    EnrolmentConfirmed,
    EnrolmentLapsed,
    EnrolmentCancelled,
    WithdrawalSubmitted,
    WithdrawalReviewed,
)
async def follow_enrolments(
    facts: Sequence[Envelope[EnrolmentFact]], tx: Connection, parts: Parts
) -> None:
    """Tell learners what became of their places."""
    await commands.follow_enrolments(tx, [fact.body for fact in facts], now=parts.clock.now())


@CONSUMERS.batch(EvaluationOpened, EvaluationSubmitted, DocumentIssued)
async def follow_records(
    facts: Sequence[Envelope[EvaluationOpened | EvaluationSubmitted | DocumentIssued]],
    tx: Connection,
    parts: Parts,
) -> None:
    """Invite to evaluations and tell of documents."""
    await commands.follow_records(tx, [fact.body for fact in facts], now=parts.clock.now())


@CONSUMERS.each(RefundIssued, InvoiceIssued, InvoiceCredited)
async def plan_payment_mail(
    fact: Envelope[RefundIssued | InvoiceFact], tx: Connection, parts: Parts
) -> None:
    """Tell of refunds; bring invoices to those who pay them."""
    await commands.plan_payment_mail(tx, fact.body, now=parts.clock.now())


@CONSUMERS.each(MailAddressVerificationRequested, PasswordResetRequested)
async def plan_link_mail(fact: Envelope[LinkRequested], tx: Connection, parts: Parts) -> None:
    """Bring a secret link to a mail address."""
    await commands.plan_link_mail(tx, fact.body, now=parts.clock.now())


@CONSUMERS.each(
    LoginAdded, LoginSeparated, PasswordReplaced, SecondStepTurnedOn, SecondStepTurnedOff
)
async def plan_security_notice(fact: Envelope[WayInChanged], tx: Connection, parts: Parts) -> None:
    """Tell somebody that another way leads into their account, or one less."""
    await commands.plan_security_notice(tx, fact.body, now=parts.clock.now())


@CONSUMERS.each(AccountErased)
async def forget_person(fact: Envelope[AccountErased], tx: Connection, parts: Parts) -> None:
    """Forget where somebody's mails went, and send no more."""
    await commands.forget_person(tx, fact.body, now=parts.clock.now())
