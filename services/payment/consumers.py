"""Door 2: what payment does about the facts of others."""

from collections.abc import Sequence

from chassis.bus.consumers import Consumers
from chassis.database import Connection
from contracts.catalogue import OfferingPublished, OfferingRescheduled
from contracts.enrolment import (
    EnrolmentCancelled,
    EnrolmentFact,
    EnrolmentLapsed,
    EnrolmentRequested,
    PlaceDenied,
    RefundGranted,
    WithdrawalReviewed,
    WithdrawalSubmitted,
)
from contracts.envelope import Envelope
from services.payment import commands
from services.payment.parts import Parts

CONSUMERS = Consumers("payment")


@CONSUMERS.batch(
    EnrolmentRequested,
    EnrolmentLapsed,
    EnrolmentCancelled,
    WithdrawalSubmitted,
    WithdrawalReviewed,
    PlaceDenied,
    RefundGranted,
)
async def follow_enrolments(
    facts: Sequence[Envelope[EnrolmentFact]], tx: Connection, parts: Parts
) -> None:
    """Open and close orders, and give back what has to go back."""
    await commands.orders.follow_enrolments(
        tx,
        [fact.body for fact in facts],
        zone=parts.settings.institution_zone,
        now=parts.clock.now(),
    )


@CONSUMERS.batch(OfferingPublished, OfferingRescheduled)
async def follow_catalogue(
    facts: Sequence[Envelope[OfferingPublished | OfferingRescheduled]],
    tx: Connection,
    parts: Parts,
) -> None:
    """Keep the copy of what invoices say."""
    for fact in facts:
        await commands.orders.copy_offering(tx, fact.body, now=parts.clock.now())
