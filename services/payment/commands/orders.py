"""Orders follow what enrolment tells."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from chassis.database import Connection
from chassis.ids import new_id
from contracts.catalogue import OfferingState
from contracts.enrolment import EnrolmentFact, EnrolmentRequested
from services.payment import store
from services.payment.commands import invoices, refunds
from services.payment.domain import ledger
from services.payment.domain.invoices import Offering
from services.payment.domain.orders import Ending, Order, close_order, ending_of, open_order
from services.payment.domain.refunds import Claim, claim_of
from services.payment.domain.vat import split_vat


async def follow_enrolments(
    tx: Connection, facts: Sequence[EnrolmentFact], *, zone: ZoneInfo, now: datetime
) -> None:
    """Open, extend and close orders, and give back what has to go back; many enrolments at once."""
    touched = {fact.enrolment_id for fact in facts}
    await store.orders.lock_enrolments(tx, touched)
    following = _Following(
        await store.orders.lock_orders_of(tx, touched),
        await store.orders.get_early_endings(tx, touched),
        now,
    )
    for fact in facts:
        following.take(fact)
    await following.save(tx)
    for order in following.closed.values():
        await invoices.credit_unpaid(tx, order, zone=zone, now=now)
    await store.refunds.insert_claims(tx, following.claims, now=now)
    for enrolment_id in sorted({claim.enrolment_id for claim in following.claims}):
        known = following.orders.get(enrolment_id)
        await refunds.settle_claims(tx, enrolment_id, known, zone=zone, now=now)


class _Following:
    """The state of things while facts are followed, one after the other."""

    def __init__(
        self, known: dict[UUID, Order], endings: dict[UUID, Ending], now: datetime
    ) -> None:
        self.orders = dict(known)
        self.closed: dict[UUID, Order] = {}
        self.claims: list[Claim] = []
        self._known = known
        self._endings = dict(endings)
        self._early: dict[UUID, Ending] = {}
        self._now = now

    def take(self, fact: EnrolmentFact) -> None:
        if isinstance(fact, EnrolmentRequested):
            self._open(fact)
        elif (ending := ending_of(fact)) is not None:
            self._close(ending)
        elif (claim := claim_of(fact)) is not None:
            self.claims.append(claim)

    def _open(self, told: EnrolmentRequested) -> None:
        known, ending = self.orders.get(told.enrolment_id), self._endings.get(told.enrolment_id)
        order = open_order(known, ending, told, order_id=new_id(), now=self._now)
        if order is not None:
            self.orders[told.enrolment_id] = order
            self.closed.pop(told.enrolment_id, None)

    def _close(self, ending: Ending) -> None:
        known = self.orders.get(ending.enrolment_id)
        if known is None:
            before = self._endings.get(ending.enrolment_id)
            if before is None or before.version < ending.version:
                self._endings[ending.enrolment_id] = self._early[ending.enrolment_id] = ending
            return
        order = close_order(known, ending, now=self._now)
        if order is not None:
            self.orders[ending.enrolment_id] = self.closed[ending.enrolment_id] = order

    async def save(self, tx: Connection) -> None:
        changed = [
            each for each in self.orders.values() if each != self._known.get(each.enrolment_id)
        ]
        opened = [each for each in changed if each.enrolment_id not in self._known]
        if opened:
            await store.orders.insert_orders(tx, opened)
        if len(changed) > len(opened):
            await store.orders.save_orders(tx, [each for each in changed if each not in opened])
        if self._early:
            await store.orders.save_early_endings(tx, list(self._early.values()))


async def copy_offering(tx: Connection, told: OfferingState, *, now: datetime) -> None:
    """Keep what invoices say about an offering, and take the VAT out of fees that came before it was known."""
    offering = Offering(
        offering_id=told.offering_id,
        version=told.version,
        class_number=told.class_number,
        title=told.title,
        vat_rate=told.vat.rate,
        vat_reason=told.vat.reason,
        starts_at=told.starts_at,
    )
    if not await store.offerings.save_offering(tx, offering):
        return
    for order in await store.orders.lock_orders_with_unknown_vat(tx, offering.offering_id):
        await _specify_vat(tx, order, offering, now)


async def _specify_vat(tx: Connection, order: Order, offering: Offering, now: datetime) -> None:
    payment = order.paid_by and await store.payments.lock_payment(tx, order.paid_by)
    if not payment:
        return
    await store.orders.save_payment_of(tx, replace(order, vat_rate=offering.vat_rate))
    await store.ledger.post(
        tx,
        "vat_specified",
        ledger.specify_vat(split_vat(payment.refundable_minor, offering.vat_rate)),
        subject=str(order.order_id),
        order_id=order.order_id,
        currency=order.currency,
        now=now,
    )
