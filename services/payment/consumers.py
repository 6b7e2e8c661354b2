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
from contracts.identity import AccountErased, ErasureRequested
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


@CONSUMERS.each(ErasureRequested, AccountErased)
async def follow_erasures(
    fact: Envelope[ErasureRequested | AccountErased], tx: Connection, parts: Parts
) -> None:
    """Say whether money is under way; forget what no invoice says."""
    now = parts.clock.now()
    if isinstance(fact.body, ErasureRequested):
        await commands.leavers.answer_erasure(tx, fact.body, now=now)
    else:
        zone = parts.settings.institution_zone
        await commands.leavers.forget_person(tx, fact.body.account_id, zone=zone, now=now)
