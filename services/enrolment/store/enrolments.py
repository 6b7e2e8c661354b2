"""Enrolments, one by one and locked."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from chassis.database import Connection, as_struct
from contracts.catalogue import CancellationPolicy
from services.enrolment.domain.places import Enrolment


async def save_enrolments(tx: Connection, enrolments: Sequence[Enrolment]) -> None:
    """Write the new states of enrolments that are locked."""
    await tx.execute(
        """
        UPDATE enrolment
        SET version = now.version, state = now.state, held_until = now.held_until,
            offered_until = now.offered_until, confirmed_at = now.confirmed_at,
            ended_at = now.ended_at, ended_why = now.ended_why
        FROM unnest(
            $1::uuid[], $2::integer[], $3::text[], $4::timestamptz[], $5::timestamptz[],
            $6::timestamptz[], $7::timestamptz[], $8::text[]
        ) AS now (
            enrolment_id, version, state, held_until, offered_until, confirmed_at, ended_at, ended_why
        )
        WHERE enrolment.enrolment_id = now.enrolment_id
        """,
        [each.enrolment_id for each in enrolments],
        [each.version for each in enrolments],
        [each.state for each in enrolments],
        [each.held_until for each in enrolments],
        [each.offered_until for each in enrolments],
        [each.confirmed_at for each in enrolments],
        [each.ended_at for each in enrolments],
        [each.ended_why for each in enrolments],
    )


async def get_offering_ids(tx: Connection, enrolment_ids: Sequence[UUID]) -> set[UUID]:
    """The offerings of these enrolments, to be locked before them."""
    records = await tx.fetch(
        "SELECT DISTINCT offering_id FROM enrolment WHERE enrolment_id = ANY($1::uuid[])",
        enrolment_ids,
    )
    return {record["offering_id"] for record in records}


async def lock_enrolments(tx: Connection, enrolment_ids: Iterable[UUID]) -> dict[UUID, Enrolment]:
    """Read enrolments and lock their rows until `tx` ends; their offerings are locked already."""
    records = await tx.fetch(
        """
        SELECT enrolment_id, version, offering_id, learner_id, state, payer, fee_minor, currency,
               requested_at, policy_id, policy_version, policy_hash, terms_version, terms_hash,
               accepted_at, held_until, offered_until, confirmed_at, ended_at, ended_why
        FROM enrolment WHERE enrolment_id = ANY($1::uuid[])
        ORDER BY enrolment_id
        FOR UPDATE
        """,
        sorted(set(enrolment_ids)),
    )
    return {record["enrolment_id"]: as_struct(Enrolment, record) for record in records}


async def get_policies(
    tx: Connection, versions: Iterable[tuple[UUID, int]]
) -> dict[tuple[UUID, int], CancellationPolicy]:
    """Policies in the versions that people accepted."""
    wanted = sorted(set(versions))
    records = await tx.fetch(
        """
        SELECT policy_id, version, rules FROM policy
        JOIN unnest($1::uuid[], $2::integer[]) AS wanted (policy_id, version) USING (policy_id, version)
        """,
        [policy_id for policy_id, _ in wanted],
        [version for _, version in wanted],
    )
    return {
        (record["policy_id"], record["version"]): msgspec.convert(
            record["rules"], CancellationPolicy
        )
        for record in records
    }


async def get_other_live_enrolments(tx: Connection, enrolments: Sequence[Enrolment]) -> set[UUID]:
    """Those of these ended enrolments whose learner has another one in the same offering that lives."""
    records = await tx.fetch(
        """
        SELECT ended.enrolment_id
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS ended (enrolment_id, offering_id, learner_id)
        JOIN enrolment AS live
          ON live.offering_id = ended.offering_id AND live.learner_id = ended.learner_id
         AND live.state IN ('waitlisted', 'offered', 'held', 'confirmed')
         AND live.enrolment_id <> ended.enrolment_id
        """,
        [each.enrolment_id for each in enrolments],
        [each.offering_id for each in enrolments],
        [each.learner_id for each in enrolments],
    )
    return {record["enrolment_id"] for record in records}


async def lock_head_of_line(tx: Connection, offering_id: UUID, seats: int) -> list[Enrolment]:
    """The first in the waiting list, in order of arrival."""
    if seats <= 0:
        return []
    records = await tx.fetch(
        """
        SELECT enrolment_id, version, offering_id, learner_id, state, payer, fee_minor, currency,
               requested_at, policy_id, policy_version, policy_hash, terms_version, terms_hash,
               accepted_at, held_until, offered_until, confirmed_at, ended_at, ended_why
        FROM enrolment WHERE offering_id = $1 AND state = 'waitlisted'
        ORDER BY arrival LIMIT $2
        FOR UPDATE
        """,
        offering_id,
        seats,
    )
    return [as_struct(Enrolment, record) for record in records]


async def find_offering_with_lapses(
    connection: Connection, *, held_before: datetime, offered_before: datetime
) -> UUID | None:
    """An offering where a hold or an offer ran out, the longest overdue first."""
    offering_id: UUID | None = await connection.fetchval(
        """
        SELECT offering_id FROM (
            (SELECT offering_id, held_until AS due FROM enrolment
             WHERE state = 'held' AND held_until <= $1 ORDER BY held_until LIMIT 1)
            UNION ALL
            (SELECT offering_id, offered_until FROM enrolment
             WHERE state = 'offered' AND offered_until <= $2 ORDER BY offered_until LIMIT 1)
        ) AS overdue ORDER BY due LIMIT 1
        """,
        held_before,
        offered_before,
    )
    return offering_id


async def lock_lapses(
    tx: Connection,
    offering_id: UUID,
    *,
    held_before: datetime,
    offered_before: datetime,
    limit: int,
) -> list[Enrolment]:
    """Holds and offers of one offering that ran out."""
    records = await tx.fetch(
        """
        SELECT enrolment_id, version, offering_id, learner_id, state, payer, fee_minor, currency,
               requested_at, policy_id, policy_version, policy_hash, terms_version, terms_hash,
               accepted_at, held_until, offered_until, confirmed_at, ended_at, ended_why
        FROM enrolment
        WHERE offering_id = $1
          AND ((state = 'held' AND held_until <= $2) OR (state = 'offered' AND offered_until <= $3))
        ORDER BY enrolment_id LIMIT $4
        FOR UPDATE
        """,
        offering_id,
        held_before,
        offered_before,
        limit,
    )
    return [as_struct(Enrolment, record) for record in records]


async def lock_live_enrolments(tx: Connection, offering_id: UUID) -> list[Enrolment]:
    """Everybody who has a place or waits for one, in order of arrival."""
    records = await tx.fetch(
        """
        SELECT enrolment_id, version, offering_id, learner_id, state, payer, fee_minor, currency,
               requested_at, policy_id, policy_version, policy_hash, terms_version, terms_hash,
               accepted_at, held_until, offered_until, confirmed_at, ended_at, ended_why
        FROM enrolment
        WHERE offering_id = $1 AND state IN ('waitlisted', 'offered', 'held', 'confirmed')
        ORDER BY arrival
        FOR UPDATE
        """,
        offering_id,
    )
    return [as_struct(Enrolment, record) for record in records]
