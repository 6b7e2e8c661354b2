"""Keeping up with what the catalogue tells."""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from chassis.database import Connection
from contracts.catalogue import OfferingCancelled, OfferingState
from services.enrolment import store
from services.enrolment.commands.changes import Changes, pass_on_seats
from services.enrolment.domain import places


async def copy_offering(
    tx: Connection, told: OfferingState, *, zone: ZoneInfo, now: datetime
) -> None:
    """Take over what the catalogue tells; new seats go to those who wait, dropped sessions give money back."""
    known = (await store.lock_offerings(tx, [told.offering_id], zone)).get(told.offering_id)
    offering = places.copy_offering(known, told, zone)
    if offering is None:
        return
    await store.save_offering(tx, offering, told)
    changes = Changes(now)
    if (
        known is not None
        and len(told.sessions) < known.sessions
        and offering.policy.dropped_session_pro_rata
    ):
        everybody = await store.lock_live_enrolments(tx, offering.offering_id)
        changes.note(
            offering,
            offering,
            *places.grant_for_dropped_sessions(
                [each for each in everybody if each.state == "confirmed"],
                dropped=known.sessions - len(told.sessions),
                planned=known.sessions,
            ),
        )
    if known is None or known.capacity != offering.capacity:
        changes.occupied(offering)
    await pass_on_seats(tx, offering, changes)
    await changes.save(tx)


async def cancel_offering(
    tx: Connection, cancelled: OfferingCancelled, *, zone: ZoneInfo, now: datetime
) -> None:
    """Everybody leaves an offering that does not take place."""
    before = (await store.lock_offerings(tx, [cancelled.offering_id], zone)).get(
        cancelled.offering_id
    )
    if before is None or before.cancelled:
        return
    await store.mark_offering_cancelled(tx, cancelled.offering_id, cancelled.version)
    everybody = await store.lock_live_enrolments(tx, cancelled.offering_id)
    over, facts = places.cancel_enrolments(everybody, now=now)
    empty = msgspec.structs.replace(before, seats_taken=0, waiting=0, cancelled=True)
    changes = Changes(now)
    changes.note(before, empty, over, facts)
    await changes.save(tx)
