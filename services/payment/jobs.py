"""Door 3: what payment does when its time has come."""

import asyncio
from collections.abc import Awaitable, Iterable
from datetime import timedelta

from chassis.jobs import Jobs
from services.payment import commands, errands, store
from services.payment.parts import Parts

JOBS = Jobs()

_AT_ONCE = 16
"""Asked side by side: a provider that is slow to answer one slows nobody else."""
_LEASE = timedelta(seconds=60)
"""Longer than an errand takes. Whoever dies on the way leaves it due again after this."""


@JOBS.every(0.5)
async def look_at_payments(parts: Parts) -> int:
    """Ask the provider about payments that are due: webhooks, polls, expiries, unanswered intents.

    The pace is how soon a webhook is acted on; however many come for a payment, it is asked about once.
    """
    now = parts.clock.now()
    async with parts.db.transaction() as tx:
        due = await store.payments.take_due(tx, now=now, leased_until=now + _LEASE, limit=_AT_ONCE)
    await _all(errands.look_at_payment(parts, each) for each in due)
    return len(due)


@JOBS.every(1.0)
async def look_at_refunds(parts: Parts) -> int:
    """Have refunds made, and ask what became of those under way."""
    now = parts.clock.now()
    async with parts.db.transaction() as tx:
        due = await store.refunds.take_due(tx, now=now, leased_until=now + _LEASE, limit=_AT_ONCE)
    await _all(errands.look_at_refund(parts, each) for each in due)
    return len(due)


@JOBS.every(0.5)
async def set_documents(parts: Parts) -> int:
    """Set and send invoices and credit notes that have a number and no PDF yet."""
    async with parts.db.reading() as connection:
        waiting = await store.invoices.find_to_set(connection, limit=_AT_ONCE)
    for invoice_id in waiting:
        await errands.set_document(parts, invoice_id)
    return len(waiting)


@JOBS.every(3600.0)
async def forget_old_invoices(parts: Parts) -> int:
    """Take the names off invoices whose seven years are over (article 52 of the AWR)."""
    async with parts.db.transaction() as tx:
        return await commands.leavers.forget_old_invoices(
            tx, zone=parts.settings.institution_zone, now=parts.clock.now()
        )


async def _all(running: Iterable[Awaitable[None]]) -> None:
    """Run errands side by side; one that fails holds up none of the others, and is due again later."""
    done = await asyncio.gather(*running, return_exceptions=True)
    for failure in (each for each in done if isinstance(each, BaseException)):
        raise failure
