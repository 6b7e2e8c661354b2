"""Offerings as the catalogue told them, and how full they are."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from chassis.database import Connection, as_struct
from contracts.catalogue import CancellationPolicy, Elsewhere, OfferingState, Price, Terms
from services.enrolment.domain.places import Offering


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
    fields["policy"] = decode_policy(fields["policy"])
    fields["terms"] = _terms(fields["terms"])
    fields["elsewhere"] = _elsewhere(fields["elsewhere"] or "null")
    return Offering(**fields, zone=zone)


_prices = lru_cache(10_000)(msgspec.json.Decoder(tuple[Price, ...]).decode)
decode_policy = lru_cache(1_000)(msgspec.json.Decoder(CancellationPolicy).decode)
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


async def get_responsible_ids(connection: Connection, offering_id: UUID) -> frozenset[UUID]:
    """The coordinators and lecturers of an offering."""
    ids = await connection.fetchval(
        "SELECT coordinator_ids FROM offering WHERE offering_id = $1", offering_id
    )
    return frozenset(ids or ())
