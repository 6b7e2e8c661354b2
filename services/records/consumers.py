"""Door 2: what records does about the facts of others."""

from collections.abc import Sequence

from chassis.bus.consumers import Consumers
from chassis.database import Connection
from contracts.catalogue import OfferingCancelled, OfferingPublished, OfferingRescheduled
from contracts.enrolment import EnrolmentCancelled, EnrolmentConfirmed, WithdrawalSubmitted
from contracts.envelope import Envelope
from contracts.identity import AccountCorrected, AccountErased, AccountRegistered
from services.records import commands
from services.records.domain.dossiers import EnrolmentTurn
from services.records.parts import Parts

CONSUMERS = Consumers("records")


@CONSUMERS.batch(AccountRegistered, AccountCorrected)
async def follow_people(
    facts: Sequence[Envelope[AccountRegistered | AccountCorrected]],
    tx: Connection,
    parts: Parts,  # noqa: ARG001 - the interface's.
) -> None:
    """Keep the names that stand on documents."""
    await commands.copy_people(tx, [fact.body for fact in facts])


@CONSUMERS.batch(OfferingPublished, OfferingRescheduled, OfferingCancelled)
async def follow_catalogue(
    facts: Sequence[Envelope[OfferingPublished | OfferingRescheduled | OfferingCancelled]],
    tx: Connection,
    parts: Parts,
) -> None:
    """Keep the copy of what is taught; evaluations move with it."""
    settings = parts.settings
    for fact in facts:
        if isinstance(fact.body, OfferingCancelled):
            await commands.cancel_offering(tx, fact.body, at=fact.occurred_at)
        else:
            await commands.copy_offering(
                tx,
                fact.body,
                evaluation_weeks=settings.evaluation_weeks,
                zone=settings.institution_zone,
            )


@CONSUMERS.batch(EnrolmentConfirmed, WithdrawalSubmitted, EnrolmentCancelled)
async def follow_enrolments(
    facts: Sequence[Envelope[EnrolmentTurn]],
    tx: Connection,
    parts: Parts,  # noqa: ARG001 - the interface's.
) -> None:
    """Open a dossier for everybody who has a place, and close it for who gives it up."""
    await commands.open_and_close_dossiers(tx, facts)


@CONSUMERS.each(AccountErased)
async def forget_person(fact: Envelope[AccountErased], tx: Connection, parts: Parts) -> None:
    """Forget a name, and the documents that it stands on."""
    await commands.forget_person(
        tx,
        fact.body.account_id,
        keeps_documents=parts.settings.documents_after_erasure == "keep",
        now=parts.clock.now(),
    )
