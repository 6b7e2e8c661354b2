"""Forgetting people, as far as tax law allows."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.database import Connection
from chassis.erasing import forget_answers, forget_parked
from chassis.outbox import tell
from contracts.identity import ErasureRequested
from services.payment import store
from services.payment.domain import invoices, leavers

_AT_ONCE = 200


async def answer_erasure(tx: Connection, told: ErasureRequested, *, now: datetime) -> None:
    """Say whether money is under way. What begins after this begins with enrolment, which answers too."""
    standings = await store.leavers.get_standings(tx, told.account_id)
    await tell(tx, leavers.answer_erasure(told, standings), now=now)


async def forget_person(tx: Connection, account_id: UUID, *, zone: ZoneInfo, now: datetime) -> None:
    """Forget what no invoice says; say until when the invoices stay."""
    orders = await store.leavers.forget_billing(tx, account_id)
    await forget_answers(tx, account_id, about=orders)
    await forget_parked(tx, orders)
    last_invoiced = await store.leavers.get_last_invoiced(tx, orders)
    fact = leavers.report(
        account_id, has_orders=bool(orders), last_invoiced=last_invoiced, zone=zone, now=now
    )
    await tell(tx, fact, now=now)


async def forget_old_invoices(tx: Connection, *, zone: ZoneInfo, now: datetime) -> int:
    """Take the names off invoices that the law does not want kept any more; returns how many."""
    up_to = leavers.last_year_to_forget(invoices.year_of(now, zone))
    return await store.leavers.forget_old_invoices(tx, up_to_year=up_to, now=now, limit=_AT_ONCE)
