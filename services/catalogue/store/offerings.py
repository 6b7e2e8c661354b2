"""Offerings with their sessions and prices, and how full they are."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg
import msgspec
from msgspec.structs import asdict

from chassis.database import Connection, as_struct, maybe_struct
from contracts.catalogue import Activity, CancellationPolicy, Terms
from contracts.enrolment import PlacesTaken
from contracts.fact import Translated
from services.catalogue.domain.courses import Course
from services.catalogue.domain.offerings import Cancelled, Offering, Places, Plan


async def get_offerings(
    connection: Connection,
    *,
    course_ids: Iterable[UUID] = (),
    offering_ids: Iterable[UUID] = (),
) -> dict[UUID, Offering]:
    """Offerings of these courses, and these offerings. Locked as soon as their courses are."""
    records = await connection.fetch(
        """
        SELECT o.offering_id, o.version, o.class_number, o.academic_year, c.code AS course_code,
               o.activity, o.taught_in, o.practical, o.organiser, o.contact, o.starts_at, o.ends_at,
               o.minimum, o.capacity, o.enrolment_opens_at, o.enrolment_closes_at, o.closes_by_rule,
               o.currency, o.vat, o.policy_id, o.terms_id, o.elsewhere, o.document, o.lecturer_ids,
               o.coordinator_ids, o.cancelled_at, o.cancelled_why, to_jsonb(c) AS course,
               p.rules AS policy, to_jsonb(t) AS terms,
               (SELECT coalesce(jsonb_agg(to_jsonb(s) ORDER BY s.starts_at, s.session_id), '[]')
                FROM session AS s WHERE s.offering_id = o.offering_id) AS sessions,
               (SELECT coalesce(jsonb_agg(to_jsonb(f) ORDER BY f.affiliation DESC NULLS FIRST), '[]')
                FROM price AS f WHERE f.offering_id = o.offering_id) AS prices
        FROM offering AS o
        JOIN course AS c USING (course_id)
        JOIN policy AS p ON p.policy_id = o.policy_id AND p.version = o.policy_version
        JOIN terms AS t ON t.terms_id = o.terms_id AND t.version = o.terms_version
        WHERE o.course_id = ANY($1::uuid[]) OR o.offering_id = ANY($2::uuid[])
        ORDER BY o.offering_id
        """,
        list(course_ids),
        list(offering_ids),
    )
    return {record["offering_id"]: _offering(record) for record in records}


async def get_offering(connection: Connection, offering_id: UUID) -> Offering | None:
    """One offering."""
    return (await get_offerings(connection, offering_ids=[offering_id])).get(offering_id)


async def insert_offerings(tx: Connection, offerings: Sequence[Offering]) -> set[UUID]:
    """Insert offerings and return the ids of those whose class numbers were free."""
    records = await tx.fetch(
        """
        INSERT INTO offering (
            offering_id, version, course_id, academic_year, class_number, activity, taught_in, practical,
            organiser, contact, starts_at, ends_at, minimum, capacity, enrolment_opens_at,
            enrolment_closes_at, closes_by_rule, currency, vat, policy_id, policy_version, terms_id,
            terms_version, elsewhere, document, lecturer_ids, coordinator_ids
        )
        SELECT offering_id, version, course_id, academic_year, class_number, activity, taught_in, practical,
               organiser, contact, starts_at, ends_at, minimum, capacity, enrolment_opens_at,
               enrolment_closes_at, closes_by_rule, currency, vat, policy_id, policy_version, terms_id,
               terms_version, elsewhere, document, lecturer_ids, coordinator_ids
        FROM jsonb_populate_recordset(NULL::offering, $1)
        ORDER BY offering_id
        ON CONFLICT DO NOTHING
        RETURNING offering_id
        """,
        [_row(each) for each in offerings],
    )
    inserted = {record["offering_id"] for record in records}
    await _insert_details(tx, [each for each in offerings if each.offering_id in inserted])
    return inserted


async def update_offerings(tx: Connection, offerings: Sequence[Offering]) -> None:
    """Write the new versions of offerings. What identifies them stays."""
    await tx.execute(
        """
        UPDATE offering SET
            version = now.version, activity = now.activity, taught_in = now.taught_in,
            practical = now.practical, organiser = now.organiser, contact = now.contact,
            starts_at = now.starts_at, ends_at = now.ends_at, minimum = now.minimum,
            capacity = now.capacity, enrolment_opens_at = now.enrolment_opens_at,
            enrolment_closes_at = now.enrolment_closes_at, closes_by_rule = now.closes_by_rule,
            currency = now.currency, vat = now.vat, policy_id = now.policy_id,
            policy_version = now.policy_version, terms_id = now.terms_id,
            terms_version = now.terms_version, elsewhere = now.elsewhere, document = now.document,
            lecturer_ids = now.lecturer_ids, coordinator_ids = now.coordinator_ids,
            cancelled_at = now.cancelled_at, cancelled_why = now.cancelled_why
        FROM jsonb_populate_recordset(NULL::offering, $1) AS now
        WHERE offering.offering_id = now.offering_id
        """,
        [_row(each) for each in offerings],
    )
    changed = [each.offering_id for each in offerings]
    await tx.execute("DELETE FROM session WHERE offering_id = ANY($1::uuid[])", changed)
    await tx.execute("DELETE FROM price WHERE offering_id = ANY($1::uuid[])", changed)
    await _insert_details(tx, offerings)


async def _insert_details(tx: Connection, offerings: Sequence[Offering]) -> None:
    await tx.execute(
        """
        INSERT INTO session (offering_id, session_id, starts_at, ends_at, place, online_url, lecturers)
        SELECT offering_id, session_id, starts_at, ends_at, place, online_url, lecturers
        FROM jsonb_populate_recordset(NULL::session, $1)
        """,
        [
            asdict(session) | {"offering_id": each.offering_id}
            for each in offerings
            for session in each.plan.sessions
        ],
    )
    await tx.execute(
        """
        INSERT INTO price (offering_id, affiliation, fee_minor)
        SELECT offering_id, affiliation, fee_minor FROM jsonb_populate_recordset(NULL::price, $1)
        """,
        [
            asdict(price) | {"offering_id": each.offering_id}
            for each in offerings
            for price in each.plan.prices
        ],
    )


Lot = Literal["coming", "over", "cancelled", "all"]
"""`coming`: not over yet, and not cancelled."""


class KeptPlace(msgspec.Struct, frozen=True, array_like=True):
    """Where in what the office keeps an offering stands: what a cursor carries."""

    starts_at: datetime
    offering_id: UUID


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """An offering as the office's list shows it, whether or not anybody else can find it."""

    offering_id: UUID
    class_number: str
    academic_year: str
    course_code: str
    title: Translated
    activity: Activity
    starts_at: datetime
    ends_at: datetime
    enrolment_opens_at: datetime
    enrolment_closes_at: datetime
    elsewhere: bool
    cancelled_at: datetime | None
    capacity: int
    taken: int
    waiting: int

    @property
    def place(self) -> KeptPlace:
        return KeptPlace(self.starts_at, self.offering_id)


async def find_kept(
    connection: Connection,
    course_ids: Sequence[UUID] | None,
    words: Sequence[str],
    lot: Lot,
    *,
    now: datetime,
    after: KeptPlace | None,
    limit: int,
) -> list[Kept]:
    """Offerings of these courses (None: of any) or with one of these words as class number, the latest first."""
    records = await connection.fetch(
        """
        SELECT o.offering_id, o.class_number, o.academic_year, c.code AS course_code, c.title,
               o.activity, o.starts_at, o.ends_at, o.enrolment_opens_at, o.enrolment_closes_at,
               o.elsewhere IS NOT NULL AS elsewhere, o.cancelled_at, o.capacity,
               coalesce(occupation.taken, 0) AS taken, coalesce(occupation.waiting, 0) AS waiting
        FROM offering AS o
        JOIN course AS c USING (course_id)
        LEFT JOIN occupation USING (offering_id)
        WHERE ($1::uuid[] IS NULL OR o.course_id = ANY($1) OR lower(o.class_number) = ANY($2::text[]))
          AND CASE $3::text WHEN 'coming' THEN o.cancelled_at IS NULL AND o.ends_at > $4
                            WHEN 'over' THEN o.cancelled_at IS NULL AND o.ends_at <= $4
                            WHEN 'cancelled' THEN o.cancelled_at IS NOT NULL
                            ELSE true END
          AND ($5::timestamptz IS NULL OR (o.starts_at, o.offering_id) < ($5, $6))
        ORDER BY o.starts_at DESC, o.offering_id DESC LIMIT $7
        """,
        course_ids,
        words,
        lot,
        now,
        after.starts_at if after else None,
        after.offering_id if after else None,
        limit,
    )
    return [as_struct(Kept, record) for record in records]


async def get_places(connection: Connection, offering_id: UUID) -> Places | None:
    """How full an offering is, as enrolment last told."""
    record = await connection.fetchrow(
        """
        SELECT offering.capacity, coalesce(taken, 0) AS taken, coalesce(waiting, 0) AS waiting
        FROM offering LEFT JOIN occupation USING (offering_id)
        WHERE offering_id = $1
        """,
        offering_id,
    )
    return maybe_struct(Places, record)


async def save_places_taken(tx: Connection, counts: Sequence[PlacesTaken]) -> None:
    """Write how full offerings are, one count each; what is older than what is known is ignored."""
    await tx.execute(
        """
        WITH counted AS (
            INSERT INTO occupation (offering_id, version, capacity, taken, waiting)
            SELECT offering_id, version, capacity, taken, waiting
            FROM unnest($1::uuid[], $2::integer[], $3::integer[], $4::integer[], $5::integer[])
                 AS told (offering_id, version, capacity, taken, waiting)
            ORDER BY offering_id
            ON CONFLICT (offering_id) DO UPDATE SET
                version = excluded.version, capacity = excluded.capacity, taken = excluded.taken,
                waiting = excluded.waiting
            WHERE occupation.version < excluded.version
            RETURNING offering_id, taken >= capacity AS is_full
        )
        UPDATE overview SET is_full = counted.is_full
        FROM counted
        WHERE overview.offering_id = counted.offering_id AND overview.is_full <> counted.is_full
        """,
        [each.offering_id for each in counts],
        [each.version for each in counts],
        [each.capacity for each in counts],
        [each.taken for each in counts],
        [each.waiting for each in counts],
    )


def _offering(record: asyncpg.Record) -> Offering:
    fields = dict(record)
    authored: dict[str, Any] = dict(fields)
    if fields["sessions"]:
        authored |= {"starts_at": None, "ends_at": None}  # The sessions tell.
    if fields["closes_by_rule"]:
        authored["enrolment_closes_at"] = None
    return Offering(
        offering_id=fields["offering_id"],
        version=fields["version"],
        plan=msgspec.convert(authored, Plan),
        course=msgspec.convert(fields["course"], Course),
        policy=msgspec.convert(fields["policy"], CancellationPolicy),
        terms=msgspec.convert(fields["terms"], Terms),
        starts_at=fields["starts_at"],
        ends_at=fields["ends_at"],
        enrolment_closes_at=fields["enrolment_closes_at"],
        cancelled=None
        if fields["cancelled_at"] is None
        else Cancelled(
            fields["cancelled_at"], msgspec.convert(fields["cancelled_why"], Translated)
        ),
    )


def _row(offering: Offering) -> dict[str, Any]:
    """An offering as columns; what has tables of its own is not among them."""
    cancelled = offering.cancelled
    return asdict(offering.plan) | {
        "offering_id": offering.offering_id,
        "version": offering.version,
        "course_id": offering.course.course_id,
        "starts_at": offering.starts_at,
        "ends_at": offering.ends_at,
        "enrolment_closes_at": offering.enrolment_closes_at,
        "closes_by_rule": offering.plan.enrolment_closes_at is None,
        "policy_version": offering.policy.version,
        "terms_version": offering.terms.version,
        "cancelled_at": cancelled and cancelled.at,
        "cancelled_why": cancelled and cancelled.reason,
    }
