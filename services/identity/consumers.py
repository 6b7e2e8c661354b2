"""Door 2: what identity does about the facts of others: it hears what they say to forgetting somebody."""

from chassis.bus.consumers import Consumers
from chassis.database import Connection
from contracts.enrolment import EnrolmentAnsweredErasure, EnrolmentErasedPersonalData
from contracts.envelope import Envelope
from contracts.erasure import AnsweredErasure, ErasedPersonalData
from contracts.notification import NotificationErasedPersonalData
from contracts.payment import PaymentAnsweredErasure, PaymentErasedPersonalData
from contracts.records import RecordsErasedPersonalData
from services.identity import commands
from services.identity.parts import Parts

CONSUMERS = Consumers("identity")


@CONSUMERS.each(EnrolmentAnsweredErasure, PaymentAnsweredErasure)
async def take_erasure_answer(
    fact: Envelope[AnsweredErasure], tx: Connection, parts: Parts
) -> None:
    """Forget somebody once nothing stands in the way, or tell them what does."""
    await commands.erasing.take_answer(tx, fact.body, now=parts.clock.now())


@CONSUMERS.each(
    EnrolmentErasedPersonalData,
    PaymentErasedPersonalData,
    NotificationErasedPersonalData,
    RecordsErasedPersonalData,
)
async def take_erasure_report(
    fact: Envelope[ErasedPersonalData], tx: Connection, parts: Parts
) -> None:
    """Note which service has forgotten somebody, and what it keeps by law."""
    await commands.erasing.take_report(tx, fact.body, now=parts.clock.now())
