"""Enrolments as people read them."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from chassis.database import Connection, as_struct
from contracts.fact import Translated
from services.enrolment.domain.policy import Case
from services.enrolment.store.offerings import decode_policy


class Enrolled(msgspec.Struct, frozen=True, kw_only=True):
    """An enrolment as the policy that was accepted looks at it."""

    learner_id: UUID
    offering_id: UUID
    currency: str
    case: Case


async def get_case(connection: Connection, enrolment_id: UUID, zone: ZoneInfo) -> Enrolled | None:
    """What decides what leaving an enrolment costs."""
    record = await connection.fetchrow(
        """
        SELECT e.learner_id, e.offering_id, e.currency, e.fee_minor, e.requested_at, o.closes_at,
               o.starts_at, p.rules::text AS policy
        FROM enrolment AS e
        JOIN offering AS o USING (offering_id)
        JOIN policy AS p ON p.policy_id = e.policy_id AND p.version = e.policy_version
        WHERE e.enrolment_id = $1
        """,
        enrolment_id,
    )
    if record is None:
        return None
    return Enrolled(
        learner_id=record["learner_id"],
        offering_id=record["offering_id"],
        currency=record["currency"],
        case=Case(
            policy=decode_policy(record["policy"]),
            fee_minor=record["fee_minor"],
            signed_up_at=record["requested_at"],
            enrolment_closes_at=record["closes_at"],
            starts_at=record["starts_at"],
            zone=zone,
        ),
    )


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """An enrolment with what a list of enrolments shows besides."""

    enrolment_id: UUID
    arrival: int
    version: int
    offering_id: UUID
    title: Translated
    starts_at: datetime
    ends_at: datetime
    learner_id: UUID
    state: str
    payer: str
    fee_minor: int
    currency: str
    requested_at: datetime
    accepted_at: datetime
    policy_version: int
    terms_version: int
    held_until: datetime | None
    offered_until: datetime | None
    confirmed_at: datetime | None
    ended_at: datetime | None
    ended_why: str | None
    enrolled_by: UUID | None
    """Somebody of the office; None where the learner asked."""
    position: int | None
    """Place in the waiting list, 1 is next."""


async def get_listed(connection: Connection, enrolment_ids: Iterable[UUID]) -> dict[UUID, Listed]:
    """Enrolments as people see them; those that there are."""
    records = await connection.fetch(
        """
        SELECT e.enrolment_id, e.arrival, e.version, e.offering_id, o.title, o.starts_at, o.ends_at,
               e.learner_id, e.state, e.payer, e.fee_minor, e.currency, e.requested_at, e.accepted_at,
               e.policy_version, e.terms_version, e.held_until, e.offered_until, e.confirmed_at,
               e.ended_at, e.ended_why, e.enrolled_by,
               CASE WHEN e.state = 'waitlisted' THEN (
                   SELECT count(*) FROM enrolment AS before
                   WHERE before.offering_id = e.offering_id AND before.state = 'waitlisted'
                     AND before.arrival <= e.arrival
               ) END AS position
        FROM enrolment AS e JOIN offering AS o USING (offering_id)
        WHERE e.enrolment_id = ANY($1::uuid[])
        """,
        list(enrolment_ids),
    )
    return {record["enrolment_id"]: as_struct(Listed, record) for record in records}


async def list_of_learner(
    connection: Connection,
    learner_id: UUID,
    *,
    offering_id: UUID | None = None,
    before: int | None,
    limit: int,
) -> list[Listed]:
    """Somebody's enrolments, in one offering or in all, the latest first."""
    records = await connection.fetch(
        """
        SELECT e.enrolment_id, e.arrival, e.version, e.offering_id, o.title, o.starts_at, o.ends_at,
               e.learner_id, e.state, e.payer, e.fee_minor, e.currency, e.requested_at, e.accepted_at,
               e.policy_version, e.terms_version, e.held_until, e.offered_until, e.confirmed_at,
               e.ended_at, e.ended_why, e.enrolled_by,
               CASE WHEN e.state = 'waitlisted' THEN (
                   SELECT count(*) FROM enrolment AS before
                   WHERE before.offering_id = e.offering_id AND before.state = 'waitlisted'
                     AND before.arrival <= e.arrival
               ) END AS position
        FROM enrolment AS e JOIN offering AS o USING (offering_id)
        WHERE e.learner_id = $1
          AND ($2::uuid IS NULL OR e.offering_id = $2)
          AND ($3::bigint IS NULL OR e.arrival < $3)
        ORDER BY e.arrival DESC LIMIT $4
        """,
        learner_id,
        offering_id,
        before,
        limit,
    )
    return [as_struct(Listed, record) for record in records]


async def list_of_offering(
    connection: Connection,
    offering_id: UUID,
    *,
    only_present: bool = False,
    after: int | None,
    limit: int,
) -> list[Listed]:
    """Everybody who ever enrolled in an offering, or who is there now, in order of arrival."""
    records = await connection.fetch(
        """
        SELECT e.enrolment_id, e.arrival, e.version, e.offering_id, o.title, o.starts_at, o.ends_at,
               e.learner_id, e.state, e.payer, e.fee_minor, e.currency, e.requested_at, e.accepted_at,
               e.policy_version, e.terms_version, e.held_until, e.offered_until, e.confirmed_at,
               e.ended_at, e.ended_why, e.enrolled_by,
               CASE WHEN e.state = 'waitlisted' THEN (
                   SELECT count(*) FROM enrolment AS before
                   WHERE before.offering_id = e.offering_id AND before.state = 'waitlisted'
                     AND before.arrival <= e.arrival
               ) END AS position
        FROM enrolment AS e JOIN offering AS o USING (offering_id)
        WHERE e.offering_id = $1 AND ($2::bigint IS NULL OR e.arrival > $2)
          AND (NOT $4 OR e.state IN ('waitlisted', 'offered', 'held', 'confirmed'))
        ORDER BY e.arrival LIMIT $3
        """,
        offering_id,
        after,
        limit,
        only_present,
    )
    return [as_struct(Listed, record) for record in records]


async def count_states(connection: Connection, offering_id: UUID) -> dict[str, int]:
    """How many enrolments of an offering are in each state."""
    records = await connection.fetch(
        "SELECT state, count(*) AS people FROM enrolment WHERE offering_id = $1 GROUP BY state",
        offering_id,
    )
    return {record["state"]: record["people"] for record in records}
