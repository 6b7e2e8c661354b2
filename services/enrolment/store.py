"""Every SQL statement of enrolment.

Locks are always taken in one order: offerings by id, then enrolments by id. So no two transactions ever
wait for each other. Whoever holds a person's lock alone takes none of these.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from chassis.database import Connection, as_struct, maybe_struct
from chassis.http.idempotency import Kept, Once
from chassis.outbox import OutboxRows
from contracts.catalogue import CancellationPolicy, Elsewhere, OfferingState, Price, Terms
from contracts.fact import Translated
from services.enrolment.domain import leavers
from services.enrolment.domain.leavers import Leaver
from services.enrolment.domain.places import Ask, Enrolment, Offering, Withdrawal
from services.enrolment.domain.policy import Case
from services.enrolment.domain.review import Reviewed


async def lock_offerings(
    tx: Connection, offering_ids: Iterable[UUID], zone: ZoneInfo
) -> dict[UUID, Offering]:
    """Read offerings and lock their rows until `tx` ends.

    `seats_taken` is a column under this lock. A count(*) in this very statement would be
    taken before the wait for the lock, and would oversell.
    """
    records = await tx.fetch(
        """
        SELECT o.offering_id, o.version, o.capacity, o.seat_limit, o.seats_taken, o.waiting,
               o.occupation_version, o.opens_at, o.closes_at, o.starts_at, o.ends_at, o.sessions,
               o.currency, o.prices::text, o.terms::text, o.elsewhere::text, o.contact, o.cancelled,
               p.rules::text AS policy
        FROM offering AS o
        JOIN policy AS p ON p.policy_id = o.policy_id AND p.version = o.policy_version
        WHERE o.offering_id = ANY($1::uuid[])
        ORDER BY o.offering_id
        FOR UPDATE OF o
        """,
        sorted(set(offering_ids)),
    )
    return {record["offering_id"]: _offering(record, zone) for record in records}


async def get_offering(
    connection: Connection, offering_id: UUID, zone: ZoneInfo
) -> Offering | None:
    """Read one offering as it is now, without a lock."""
    record = await connection.fetchrow(
        """
        SELECT o.offering_id, o.version, o.capacity, o.seat_limit, o.seats_taken, o.waiting,
               o.occupation_version, o.opens_at, o.closes_at, o.starts_at, o.ends_at, o.sessions,
               o.currency, o.prices::text, o.terms::text, o.elsewhere::text, o.contact, o.cancelled,
               p.rules::text AS policy
        FROM offering AS o
        JOIN policy AS p ON p.policy_id = o.policy_id AND p.version = o.policy_version
        WHERE o.offering_id = $1
        """,
        offering_id,
    )
    return None if record is None else _offering(record, zone)


def _offering(record: asyncpg.Record, zone: ZoneInfo) -> Offering:
    fields = dict(record)
    fields["prices"] = _prices(fields["prices"])
    fields["policy"] = _policy(fields["policy"])
    fields["terms"] = _terms(fields["terms"])
    fields["elsewhere"] = _elsewhere(fields["elsewhere"] or "null")
    return Offering(**fields, zone=zone)


# What seldom changes is read once: on opening day the same offerings come by thousands of times.
_prices = lru_cache(10_000)(msgspec.json.Decoder(tuple[Price, ...]).decode)
_policy = lru_cache(1_000)(msgspec.json.Decoder(CancellationPolicy).decode)
_terms = lru_cache(1_000)(msgspec.json.Decoder(Terms).decode)
_elsewhere = lru_cache(1_000)(msgspec.json.Decoder(Elsewhere | None).decode)


async def save_offering(tx: Connection, offering: Offering, told: OfferingState) -> None:
    """Insert or replace the copy of what the catalogue tells, and keep this version of its policy."""
    await tx.execute(
        """
        INSERT INTO policy (policy_id, version, rules) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
        """,
        offering.policy.policy_id,
        offering.policy.version,
        offering.policy,
    )
    await tx.execute(
        """
        INSERT INTO offering (
            offering_id, version, capacity, seat_limit, opens_at, closes_at, starts_at, ends_at,
            sessions, currency, prices, policy_id, policy_version, terms, elsewhere, contact, title,
            coordinator_ids
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
        ON CONFLICT (offering_id) DO UPDATE SET
            version = excluded.version, capacity = excluded.capacity,
            seat_limit = excluded.seat_limit, opens_at = excluded.opens_at,
            closes_at = excluded.closes_at, starts_at = excluded.starts_at,
            ends_at = excluded.ends_at, sessions = excluded.sessions,
            currency = excluded.currency, prices = excluded.prices,
            policy_id = excluded.policy_id, policy_version = excluded.policy_version,
            terms = excluded.terms, elsewhere = excluded.elsewhere, contact = excluded.contact,
            title = excluded.title, coordinator_ids = excluded.coordinator_ids
        """,
        offering.offering_id,
        offering.version,
        offering.capacity,
        offering.seat_limit,
        offering.opens_at,
        offering.closes_at,
        offering.starts_at,
        offering.ends_at,
        offering.sessions,
        offering.currency,
        offering.prices,
        offering.policy.policy_id,
        offering.policy.version,
        offering.terms,
        offering.elsewhere,
        offering.contact,
        told.title,
        [*told.coordinator_ids, *told.lecturer_ids],
    )


async def mark_offering_cancelled(tx: Connection, offering_id: UUID, version: int) -> None:
    """Nobody can enrol in this offering any more."""
    await tx.execute(
        "UPDATE offering SET cancelled = true, version = $2 WHERE offering_id = $1",
        offering_id,
        version,
    )


class Standing(msgspec.Struct, frozen=True):
    """What is known of somebody who asks: a live enrolment, and an answer to this very request."""

    live_enrolment_id: UUID | None
    kept: Kept | None
    is_leaving: bool
    """They want to be forgotten, and nothing stood in the way."""


async def get_standings(
    tx: Connection, asks: Sequence[Ask], onces: Sequence[Once]
) -> list[Standing]:
    """Look all askers up at once, in their order. Read under the offerings' locks."""
    records = await tx.fetch(
        """
        SELECT live.enrolment_id, kept.request_hash, kept.status, kept.location, kept.body,
               leaver.account_id IS NOT NULL AS is_leaving
        FROM unnest($1::uuid[], $2::uuid[], $3::text[])
             WITH ORDINALITY AS ask (offering_id, learner_id, key, position)
        LEFT JOIN enrolment AS live
               ON live.offering_id = ask.offering_id AND live.learner_id = ask.learner_id
              AND live.state IN ('waitlisted', 'offered', 'held', 'confirmed')
        LEFT JOIN idempotency AS kept
               ON kept.account_id = ask.learner_id AND kept.key = ask.key
        LEFT JOIN leaver
               ON leaver.account_id = ask.learner_id AND leaver.state IN ('leaving', 'erased')
        ORDER BY ask.position
        """,
        [ask.offering_id for ask in asks],
        [ask.learner_id for ask in asks],
        [once.key for once in onces],
    )
    return [
        Standing(
            record["enrolment_id"],
            None
            if record["request_hash"] is None
            else Kept(record["request_hash"], record["status"], record["location"], record["body"]),
            record["is_leaving"],
        )
        for record in records
    ]


class Answered(msgspec.Struct, frozen=True):
    """An answer to be kept for a repetition of its request."""

    once: Once
    location: str
    body: bytes


async def save_requests(
    tx: Connection,
    offerings: Sequence[Offering],
    enrolments: Sequence[Enrolment],
    answers: Sequence[Answered],
    told: OutboxRows,
) -> None:
    """Write a decided batch in one round trip: enrolments, occupation, answers, outbox."""
    await tx.execute(
        """
        WITH counted AS (
            UPDATE offering SET seats_taken = now.seats_taken, waiting = now.waiting,
                                seat_limit = now.seat_limit, occupation_version = now.occupation_version
            FROM unnest($1::uuid[], $2::integer[], $3::integer[], $4::integer[], $5::integer[])
                 AS now (offering_id, seats_taken, waiting, seat_limit, occupation_version)
            WHERE offering.offering_id = now.offering_id
        ), requested AS (
            INSERT INTO enrolment (
                enrolment_id, version, offering_id, learner_id, state, payer, fee_minor, currency,
                requested_at, policy_id, policy_version, policy_hash, terms_version, terms_hash,
                accepted_at, held_until, confirmed_at
            )
            SELECT enrolment_id, version, offering_id, learner_id, state, payer, fee_minor, currency,
                   requested_at, policy_id, policy_version, policy_hash, terms_version, terms_hash,
                   requested_at, held_until, confirmed_at
            FROM unnest(
                $6::uuid[], $7::integer[], $8::uuid[], $9::uuid[], $10::text[], $11::text[],
                $12::integer[], $13::text[], $14::timestamptz[], $15::uuid[], $16::integer[],
                $17::text[], $18::integer[], $19::text[], $20::timestamptz[], $21::timestamptz[]
            ) WITH ORDINALITY AS asked (
                enrolment_id, version, offering_id, learner_id, state, payer, fee_minor, currency,
                requested_at, policy_id, policy_version, policy_hash, terms_version, terms_hash,
                held_until, confirmed_at, position
            )
            ORDER BY position
        ), kept AS (
            INSERT INTO idempotency (account_id, key, request_hash, status, location, body)
            SELECT account_id, key, request_hash, 201, location, body
            FROM unnest($22::uuid[], $23::text[], $24::bytea[], $25::text[], $26::bytea[])
                 AS answer (account_id, key, request_hash, location, body)
            ON CONFLICT DO NOTHING
        )
        INSERT INTO outbox (event_id, topic, key, body)
        SELECT event_id, topic, key, body
        FROM unnest($27::uuid[], $28::text[], $29::text[], $30::bytea[])
             WITH ORDINALITY AS told (event_id, topic, key, body, position)
        ORDER BY position
        """,
        [each.offering_id for each in offerings],
        [each.seats_taken for each in offerings],
        [each.waiting for each in offerings],
        [each.seat_limit for each in offerings],
        [each.occupation_version for each in offerings],
        [each.enrolment_id for each in enrolments],
        [each.version for each in enrolments],
        [each.offering_id for each in enrolments],
        [each.learner_id for each in enrolments],
        [each.state for each in enrolments],
        [each.payer for each in enrolments],
        [each.fee_minor for each in enrolments],
        [each.currency for each in enrolments],
        [each.requested_at for each in enrolments],
        [each.policy_id for each in enrolments],
        [each.policy_version for each in enrolments],
        [each.policy_hash for each in enrolments],
        [each.terms_version for each in enrolments],
        [each.terms_hash for each in enrolments],
        [each.held_until for each in enrolments],
        [each.confirmed_at for each in enrolments],
        [answer.once.account_id for answer in answers],
        [answer.once.key for answer in answers],
        [answer.once.request_hash for answer in answers],
        [answer.location for answer in answers],
        [answer.body for answer in answers],
        told.event_ids,
        told.topics,
        told.keys,
        told.bodies,
    )


async def save_occupation(tx: Connection, offerings: Sequence[Offering]) -> None:
    """Write how full offerings are."""
    await tx.execute(
        """
        UPDATE offering SET seats_taken = now.seats_taken, waiting = now.waiting,
                            seat_limit = now.seat_limit, occupation_version = now.occupation_version
        FROM unnest($1::uuid[], $2::integer[], $3::integer[], $4::integer[], $5::integer[])
             AS now (offering_id, seats_taken, waiting, seat_limit, occupation_version)
        WHERE offering.offering_id = now.offering_id
        """,
        [each.offering_id for each in offerings],
        [each.seats_taken for each in offerings],
        [each.waiting for each in offerings],
        [each.seat_limit for each in offerings],
        [each.occupation_version for each in offerings],
    )


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


class Occupation(msgspec.Struct, frozen=True, kw_only=True):
    """How full an offering is."""

    offering_id: UUID
    capacity: int
    seats_taken: int
    waiting: int


async def get_occupations(
    connection: Connection, offering_ids: Iterable[UUID]
) -> dict[UUID, Occupation]:
    """How full offerings are; of those that there are."""
    records = await connection.fetch(
        """
        SELECT offering_id, capacity, seats_taken, waiting
        FROM offering WHERE offering_id = ANY($1::uuid[])
        """,
        list(offering_ids),
    )
    return {record["offering_id"]: as_struct(Occupation, record) for record in records}


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
            policy=_policy(record["policy"]),
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
    position: int | None
    """Place in the waiting list, 1 is next."""


async def get_listed(connection: Connection, enrolment_ids: Iterable[UUID]) -> dict[UUID, Listed]:
    """Enrolments as people see them; those that there are."""
    records = await connection.fetch(
        """
        SELECT e.enrolment_id, e.arrival, e.version, e.offering_id, o.title, o.starts_at, o.ends_at,
               e.learner_id, e.state, e.payer, e.fee_minor, e.currency, e.requested_at, e.accepted_at,
               e.policy_version, e.terms_version, e.held_until, e.offered_until, e.confirmed_at,
               e.ended_at, e.ended_why,
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
               e.ended_at, e.ended_why,
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
    connection: Connection, offering_id: UUID, *, after: int | None, limit: int
) -> list[Listed]:
    """Everybody who ever enrolled in an offering, in order of arrival."""
    records = await connection.fetch(
        """
        SELECT e.enrolment_id, e.arrival, e.version, e.offering_id, o.title, o.starts_at, o.ends_at,
               e.learner_id, e.state, e.payer, e.fee_minor, e.currency, e.requested_at, e.accepted_at,
               e.policy_version, e.terms_version, e.held_until, e.offered_until, e.confirmed_at,
               e.ended_at, e.ended_why, NULL::integer AS position
        FROM enrolment AS e JOIN offering AS o USING (offering_id)
        WHERE e.offering_id = $1 AND ($2::bigint IS NULL OR e.arrival > $2)
        ORDER BY e.arrival LIMIT $3
        """,
        offering_id,
        after,
        limit,
    )
    return [as_struct(Listed, record) for record in records]


async def count_states(connection: Connection, offering_id: UUID) -> dict[str, int]:
    """How many enrolments of an offering are in each state."""
    records = await connection.fetch(
        "SELECT state, count(*) AS people FROM enrolment WHERE offering_id = $1 GROUP BY state",
        offering_id,
    )
    return {record["state"]: record["people"] for record in records}


async def get_responsible_ids(connection: Connection, offering_id: UUID) -> frozenset[UUID]:
    """The coordinators and lecturers of an offering."""
    ids = await connection.fetchval(
        "SELECT coordinator_ids FROM offering WHERE offering_id = $1", offering_id
    )
    return frozenset(ids or ())


async def insert_withdrawal(tx: Connection, withdrawal: Withdrawal) -> None:
    """Record that somebody left."""
    await tx.execute(
        """
        INSERT INTO withdrawal (
            withdrawal_id, enrolment_id, reason, note, submitted_at, fee_minor, kept_minor, currency, state
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        withdrawal.withdrawal_id,
        withdrawal.enrolment_id,
        withdrawal.reason,
        withdrawal.note,
        withdrawal.submitted_at,
        withdrawal.fee_minor,
        withdrawal.kept_minor,
        withdrawal.currency,
        withdrawal.state,
    )


class WithdrawalListed(msgspec.Struct, frozen=True, kw_only=True):
    """A withdrawal as the office's queue shows it."""

    withdrawal_id: UUID
    enrolment_id: UUID
    offering_id: UUID
    title: Translated
    learner_id: UUID
    reason: str
    note: str | None
    submitted_at: datetime
    fee_minor: int
    kept_minor: int
    currency: str
    state: str
    policy_version: int
    accepted_at: datetime
    reviewed_at: datetime | None
    ground: str | None
    refund_minor: int | None
    explanation: str | None


async def get_withdrawal(connection: Connection, withdrawal_id: UUID) -> WithdrawalListed | None:
    """One withdrawal."""
    record = await connection.fetchrow(
        """
        SELECT w.withdrawal_id, w.enrolment_id, e.offering_id, o.title, e.learner_id, w.reason, w.note,
               w.submitted_at, w.fee_minor, w.kept_minor, w.currency, w.state, e.policy_version,
               e.accepted_at, w.reviewed_at, w.ground, w.refund_minor, w.explanation
        FROM withdrawal AS w JOIN enrolment AS e USING (enrolment_id) JOIN offering AS o USING (offering_id)
        WHERE w.withdrawal_id = $1
        """,
        withdrawal_id,
    )
    return maybe_struct(WithdrawalListed, record)


async def get_withdrawal_of(connection: Connection, enrolment_id: UUID) -> WithdrawalListed | None:
    """The withdrawal from an enrolment."""
    withdrawal_id = await connection.fetchval(
        "SELECT withdrawal_id FROM withdrawal WHERE enrolment_id = $1", enrolment_id
    )
    return None if withdrawal_id is None else await get_withdrawal(connection, withdrawal_id)


async def list_withdrawals(
    connection: Connection, *, state: str, after: tuple[datetime, UUID] | None, limit: int
) -> list[WithdrawalListed]:
    """Withdrawals in a state, the longest waiting first."""
    submitted_at, withdrawal_id = after or (None, None)
    records = await connection.fetch(
        """
        SELECT w.withdrawal_id, w.enrolment_id, e.offering_id, o.title, e.learner_id, w.reason, w.note,
               w.submitted_at, w.fee_minor, w.kept_minor, w.currency, w.state, e.policy_version,
               e.accepted_at, w.reviewed_at, w.ground, w.refund_minor, w.explanation
        FROM withdrawal AS w JOIN enrolment AS e USING (enrolment_id) JOIN offering AS o USING (offering_id)
        WHERE w.state = $1
          AND ($2::timestamptz IS NULL OR (w.submitted_at, w.withdrawal_id) > ($2, $3))
        ORDER BY w.submitted_at, w.withdrawal_id LIMIT $4
        """,
        state,
        submitted_at,
        withdrawal_id,
        limit,
    )
    return [as_struct(WithdrawalListed, record) for record in records]


async def list_withdrawals_of(
    connection: Connection, learner_id: UUID, *, after: UUID | None, limit: int
) -> list[WithdrawalListed]:
    """Somebody's withdrawals, in the order in which they were submitted."""
    records = await connection.fetch(
        """
        SELECT w.withdrawal_id, w.enrolment_id, e.offering_id, o.title, e.learner_id, w.reason, w.note,
               w.submitted_at, w.fee_minor, w.kept_minor, w.currency, w.state, e.policy_version,
               e.accepted_at, w.reviewed_at, w.ground, w.refund_minor, w.explanation
        FROM withdrawal AS w JOIN enrolment AS e USING (enrolment_id) JOIN offering AS o USING (offering_id)
        WHERE e.learner_id = $1 AND ($2::uuid IS NULL OR w.withdrawal_id > $2)
        ORDER BY w.withdrawal_id LIMIT $3
        """,
        learner_id,
        after,
        limit,
    )
    return [as_struct(WithdrawalListed, record) for record in records]


async def lock_withdrawal(
    tx: Connection, withdrawal_id: UUID
) -> tuple[Withdrawal, datetime | None] | None:
    """Read a withdrawal and lock its row; with the time of its review if there was one."""
    record = await tx.fetchrow(
        """
        SELECT withdrawal_id, enrolment_id, reason, note, submitted_at, fee_minor, kept_minor, currency,
               state, reviewed_at
        FROM withdrawal WHERE withdrawal_id = $1
        FOR UPDATE
        """,
        withdrawal_id,
    )
    if record is None:
        return None
    return as_struct(Withdrawal, record), record["reviewed_at"]


async def save_review(tx: Connection, reviewed: Reviewed) -> None:
    """Record what the office decided."""
    await tx.execute(
        """
        UPDATE withdrawal
        SET state = 'reviewed', reviewed_at = $2, reviewed_by = $3, ground = $4, refund_minor = $5,
            explanation = $6
        WHERE withdrawal_id = $1
        """,
        reviewed.withdrawal_id,
        reviewed.reviewed_at,
        reviewed.reviewed_by,
        reviewed.ground,
        reviewed.refund_minor,
        reviewed.explanation,
    )


async def hold_people(tx: Connection, learner_ids: Iterable[UUID]) -> None:
    """Let nobody's wish to be forgotten be answered between here and the end of `tx`.

    Whoever asks for a place at that very moment either stands in the way, or is told that they are leaving.
    Requests share this lock and never wait for each other.
    """
    await tx.execute(
        """
        SELECT pg_advisory_xact_lock_shared(hashtextextended('leaver ' || account_id, 0))
        FROM unnest($1::uuid[]) AS asking (account_id)
        """,
        sorted(set(learner_ids)),
    )


async def lock_person(tx: Connection, account_id: UUID) -> Leaver | None:
    """Let nothing begin for somebody until `tx` ends; what is known of their wish to be forgotten."""
    await tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('leaver ' || $1::uuid, 0))", account_id
    )
    record = await tx.fetchrow(
        "SELECT account_id, version, state FROM leaver WHERE account_id = $1", account_id
    )
    return maybe_struct(Leaver, record)


async def save_leaver(tx: Connection, leaver: Leaver) -> None:
    """Insert or replace what is known of somebody's wish."""
    await tx.execute(
        """
        INSERT INTO leaver (account_id, version, state) VALUES ($1, $2, $3)
        ON CONFLICT (account_id) DO UPDATE SET version = excluded.version, state = excluded.state
        """,
        leaver.account_id,
        leaver.version,
        leaver.state,
    )


async def get_leavers(connection: Connection, learner_ids: Iterable[UUID]) -> set[UUID]:
    """Those of these people for whom nothing new begins."""
    records = await connection.fetch(
        """
        SELECT account_id FROM leaver
        WHERE account_id = ANY($1::uuid[]) AND state IN ('leaving', 'erased')
        """,
        list(learner_ids),
    )
    return {record["account_id"] for record in records}


async def get_enrolments_of(connection: Connection, learner_id: UUID) -> list[leavers.Standing]:
    """All of somebody's enrolments, as far as they can stand in the way, in order of arrival."""
    records = await connection.fetch(
        """
        SELECT e.enrolment_id, e.state, o.ends_at, coalesce(w.state = 'to_review', false) AS to_review
        FROM enrolment AS e JOIN offering AS o USING (offering_id)
        LEFT JOIN withdrawal AS w USING (enrolment_id)
        WHERE e.learner_id = $1 ORDER BY e.arrival
        """,
        learner_id,
    )
    return [as_struct(leavers.Standing, record) for record in records]


async def forget_words(tx: Connection, learner_id: UUID) -> list[UUID]:
    """Forget what somebody wrote and what was written to them; returns which withdrawals it was about."""
    records = await tx.fetch(
        """
        UPDATE withdrawal SET note = NULL, explanation = NULL
        FROM enrolment
        WHERE withdrawal.enrolment_id = enrolment.enrolment_id AND enrolment.learner_id = $1
        RETURNING withdrawal.withdrawal_id
        """,
        learner_id,
    )
    return [record["withdrawal_id"] for record in records]
