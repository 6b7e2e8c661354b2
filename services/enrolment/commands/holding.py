"""What becomes of a place that is held: it is accepted, paid, billed, or lapses."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.database import Connection
from chassis.outbox import tell
from contracts.payment import InvoiceIssued, PaymentReceived
from services.enrolment import store
from services.enrolment.commands.changes import Changes, lock_own, pass_on_seats, policy_of
from services.enrolment.domain import places
from services.enrolment.domain.places import Enrolment

_LAPSES_AT_ONCE = 500


async def accept_offer(
    tx: Connection, enrolment_id: UUID, *, learner_id: UUID, zone: ZoneInfo, now: datetime
) -> Enrolment:
    """Take the place that is offered.

    Raises:
        Refusal: it is not theirs, or not offered (any more).
    """
    offering, enrolment = await lock_own(tx, enrolment_id, learner_id, zone)
    policy = await policy_of(tx, enrolment)
    enrolment, fact = places.accept_offer(offering, enrolment, policy, now=now)
    await store.save_enrolments(tx, [enrolment])
    await tell(tx, fact, now=now)
    return enrolment


async def confirm_enrolments(
    tx: Connection, payments: Sequence[PaymentReceived], *, zone: ZoneInfo, now: datetime
) -> None:
    """Let every payment end as a seat or on its way back."""
    wanted = [payment.enrolment_id for payment in payments]
    offerings = await store.lock_offerings(tx, await store.get_offering_ids(tx, wanted), zone)
    enrolments = await store.lock_enrolments(tx, wanted)
    policies = await store.get_policies(
        tx, ((each.policy_id, each.policy_version) for each in enrolments.values())
    )
    ended = [each for each in enrolments.values() if each.state not in places.LIVE]
    enrolled_again = await store.get_other_live_enrolments(tx, ended) if ended else set()
    leaving = await _get_leavers(tx, ended) if ended else set()
    changes = Changes(now)
    for payment in payments:
        enrolment = enrolments[payment.enrolment_id]
        offering, after, fact = places.confirm_enrolment(
            offerings[enrolment.offering_id],
            enrolment,
            policies[enrolment.policy_id, enrolment.policy_version],
            payment,
            enrolled_again=enrolment.enrolment_id in enrolled_again,
            is_leaving=enrolment.learner_id in leaving,
            now=now,
        )
        enrolments[enrolment.enrolment_id] = after
        changes.note(offerings[enrolment.offering_id], offering, [after], [fact] if fact else [])
        offerings[enrolment.offering_id] = offering
    await changes.save(tx)


async def _get_leavers(tx: Connection, enrolments: Sequence[Enrolment]) -> set[UUID]:
    learner_ids = [each.learner_id for each in enrolments]
    await store.hold_people(tx, learner_ids)
    return await store.get_leavers(tx, learner_ids)


async def extend_hold(tx: Connection, invoice: InvoiceIssued) -> None:
    """Hold an employer's seat until the invoice is due."""
    enrolment = (await store.lock_enrolments(tx, [invoice.enrolment_id]))[invoice.enrolment_id]
    extended = places.extend_hold(enrolment, until=invoice.due_at)
    if extended is not None:
        await store.save_enrolments(tx, [extended])


async def lapse_one_offering(
    tx: Connection, *, grace: timedelta, zone: ZoneInfo, now: datetime
) -> int:
    """End what ran out in one offering, and offer its seats to those who wait. Returns how many ended."""
    held_before = now - grace
    offering_id = await store.find_offering_with_lapses(
        tx, held_before=held_before, offered_before=now
    )
    if offering_id is None:
        return 0
    before = (await store.lock_offerings(tx, [offering_id], zone))[offering_id]
    due = await store.lock_lapses(
        tx, offering_id, held_before=held_before, offered_before=now, limit=_LAPSES_AT_ONCE
    )
    offering, ended, facts = places.lapse(before, due, now=now)
    changes = Changes(now)
    changes.note(before, offering, ended, facts)
    await pass_on_seats(tx, offering, changes)
    await changes.save(tx)
    return len(ended)
