"""Publishing, rescheduling and cancelling one offering."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.database import Connection
from chassis.http.problems import NOT_FOUND
from chassis.outbox import tell
from contracts.catalogue import CancellationPolicy, Terms
from contracts.fact import Translated
from services.catalogue import refusals, store
from services.catalogue.domain import offerings
from services.catalogue.domain.conditions import latest
from services.catalogue.domain.courses import Course
from services.catalogue.domain.faults import Fault, Faulty
from services.catalogue.domain.offerings import Move, Offering, Plan


async def publish_new_offering(
    tx: Connection, plan: Plan, *, zone: ZoneInfo, now: datetime
) -> Offering:
    """Publish an offering under a class number that is free.

    Raises:
        Faulty: the plan is not sound.
        Refusal: the class number is in use in that academic year.
    """
    conditions = await _conditions_of(tx, plan)
    published = offerings.publish_offering(None, plan, *conditions, zone=zone)
    if published is None:
        raise AssertionError  # What is new is different.
    offering, fact = published
    if not await store.offerings.insert_offerings(tx, [offering]):
        raise refusals.CLASS_NUMBER_TAKEN(
            class_number=plan.class_number, academic_year=plan.academic_year
        )
    await store.overview.refresh(tx, [offering.course.course_id])
    await tell(tx, fact, now=now)
    return offering


async def lock_offering(tx: Connection, offering_id: UUID) -> Offering:
    """Read an offering that stays as it is until `tx` ends.

    Raises:
        Refusal: there is none.
    """
    if await store.courses.lock_course_of(tx, offering_id) is None:
        raise NOT_FOUND()
    offering = await store.offerings.get_offering(tx, offering_id)
    if offering is None:
        raise NOT_FOUND()
    return offering


async def publish_new_version(
    tx: Connection, known: Offering, plan: Plan, *, zone: ZoneInfo, now: datetime
) -> Offering:
    """Publish a locked offering anew, under the latest versions of its policy and terms.

    Raises:
        Faulty: the plan is not sound, or makes another offering of this one.
        Refusal: the offering has been cancelled.
    """
    conditions = await _conditions_of(tx, plan)
    published = offerings.publish_offering(known, plan, *conditions, zone=zone)
    return await _save(tx, known, published, now=now)


async def reschedule_offering(
    tx: Connection, offering_id: UUID, moves: Sequence[Move], *, zone: ZoneInfo, now: datetime
) -> Offering:
    """Move sessions of an offering; what follows from its start moves along.

    Raises:
        Faulty: a session does not exist, or would not be sound.
        Refusal: the offering does not exist, has been cancelled, or is over.
    """
    known = await lock_offering(tx, offering_id)
    rescheduled = offerings.reschedule_offering(known, moves, zone=zone, now=now)
    return await _save(tx, known, rescheduled, now=now)


async def cancel_offering(
    tx: Connection, offering_id: UUID, reason: Translated, *, now: datetime
) -> Offering:
    """Call an offering off.

    Raises:
        Faulty: the reason is missing in a language.
        Refusal: the offering does not exist, has been cancelled, or is over.
    """
    known = await lock_offering(tx, offering_id)
    return await _save(tx, known, offerings.cancel_offering(known, reason, now=now), now=now)


async def _save(
    tx: Connection,
    known: Offering,
    changed: tuple[Offering, offerings.Told] | None,
    *,
    now: datetime,
) -> Offering:
    """Write and tell a change; where nothing changed, nothing is told."""
    if changed is None:
        return known
    offering, fact = changed
    await store.offerings.update_offerings(tx, [offering])
    await store.overview.refresh(tx, [offering.course.course_id])
    await tell(tx, fact, now=now)
    return offering


async def _conditions_of(tx: Connection, plan: Plan) -> tuple[Course, CancellationPolicy, Terms]:
    """What a plan refers to: its course, locked, and the conditions that hold from now on.

    Raises:
        Faulty: something of it does not exist.
    """
    course = (await store.courses.lock_courses(tx, [plan.course_code])).get(plan.course_code)
    policies = (await store.conditions.get_policies(tx, [plan.policy_id])).get(plan.policy_id)
    terms = (await store.conditions.get_terms(tx, [plan.terms_id])).get(plan.terms_id)
    if course is None or policies is None or terms is None:
        found = {"course_code": course, "policy_id": policies, "terms_id": terms}
        raise Faulty([Fault((name,), _NOT_THERE) for name, value in found.items() if value is None])
    return course, latest(policies.values()), latest(terms.values())


_NOT_THERE = Translated(
    nl="Dit bestaat niet. Importeer het eerst, of neem een ander.",
    en="This does not exist. Import it first, or take another.",
)
