"""Door 2: what enrolment does about the facts of others."""

from collections.abc import Sequence

from chassis.bus.consumers import Consumers
from chassis.database import Connection
from contracts.catalogue import OfferingCancelled, OfferingPublished, OfferingRescheduled
from contracts.envelope import Envelope
from contracts.identity import AccountErased, ErasureCancelled, ErasureRequested
from contracts.payment import InvoiceIssued, PaymentReceived
from services.enrolment import commands
from services.enrolment.parts import Parts

CONSUMERS = Consumers("enrolment")


@CONSUMERS.batch(PaymentReceived)
async def confirm_enrolments(
    facts: Sequence[Envelope[PaymentReceived]], tx: Connection, parts: Parts
) -> None:
    """Make final what was paid for."""
    await commands.confirm_enrolments(
        tx,
        [fact.body for fact in facts],
        zone=parts.settings.institution_zone,
        now=parts.clock.now(),
    )


@CONSUMERS.each(InvoiceIssued)
async def extend_hold(fact: Envelope[InvoiceIssued], tx: Connection, parts: Parts) -> None:  # noqa: ARG001
    """Hold an employer's seat until the invoice is due."""
    await commands.extend_hold(tx, fact.body)


@CONSUMERS.batch(OfferingPublished, OfferingRescheduled, OfferingCancelled)
async def follow_catalogue(
    facts: Sequence[Envelope[OfferingPublished | OfferingRescheduled | OfferingCancelled]],
    tx: Connection,
    parts: Parts,
) -> None:
    """Keep the copy of what can be enrolled in."""
    zone, now = parts.settings.institution_zone, parts.clock.now()
    for fact in facts:
        if isinstance(fact.body, OfferingCancelled):
            await commands.cancel_offering(tx, fact.body, zone=zone, now=now)
        else:
            await commands.copy_offering(tx, fact.body, zone=zone, now=now)


@CONSUMERS.each(ErasureRequested, ErasureCancelled, AccountErased)
async def follow_erasures(
    fact: Envelope[ErasureRequested | ErasureCancelled | AccountErased],
    tx: Connection,
    parts: Parts,
) -> None:
    """Say what stands in the way of forgetting somebody; forget them when nothing does."""
    now = parts.clock.now()
    match fact.body:
        case ErasureRequested():
            await commands.answer_erasure(tx, fact.body, now=now)
        case ErasureCancelled():
            await commands.cancel_erasure(tx, fact.body)
        case AccountErased():
            await commands.forget_person(tx, fact.body, now=now)
