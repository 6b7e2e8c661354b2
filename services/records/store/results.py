"""Dossiers and results."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg
import msgspec

from chassis.database import Connection, as_struct, maybe_struct
from contracts.catalogue import Activity
from contracts.fact import Translated
from contracts.records import Outcome
from services.records.domain.dossiers import ClosedWhy, State
from services.records.domain.results import Dossier, Recorded, Result


async def lock_dossiers(tx: Connection, enrolment_ids: Iterable[UUID]) -> dict[UUID, Dossier]:
    """Read dossiers with the results that hold, and lock the dossiers' rows until `tx` ends.

    The results are read by a statement of its own: one that waited for the lock has another
    moment's view of the other tables.
    """
    wanted = sorted(set(enrolment_ids))
    await tx.execute(
        """
        SELECT FROM dossier WHERE enrolment_id = ANY($1::uuid[]) ORDER BY enrolment_id FOR UPDATE
        """,
        wanted,
    )
    records = await tx.fetch(
        """
        SELECT d.enrolment_id, d.learner_id, d.offering_id, d.state, d.closed_why, r.version, r.outcome,
               r.grade, r.reason, r.recorded_at, r.recorded_by
        FROM dossier AS d
        LEFT JOIN result AS r ON r.enrolment_id = d.enrolment_id AND r.version = d.result_version
        WHERE d.enrolment_id = ANY($1::uuid[])
        """,
        wanted,
    )
    return {record["enrolment_id"]: _dossier(record) for record in records}


async def get_dossier(connection: Connection, enrolment_id: UUID) -> Dossier | None:
    """Read a dossier with the result that holds."""
    record = await connection.fetchrow(
        """
        SELECT d.enrolment_id, d.learner_id, d.offering_id, d.state, d.closed_why, r.version, r.outcome,
               r.grade, r.reason, r.recorded_at, r.recorded_by
        FROM dossier AS d
        LEFT JOIN result AS r ON r.enrolment_id = d.enrolment_id AND r.version = d.result_version
        WHERE d.enrolment_id = $1
        """,
        enrolment_id,
    )
    return None if record is None else _dossier(record)


def _dossier(record: asyncpg.Record) -> Dossier:
    fields: dict[str, Any] = dict(record)
    fields["result"] = None if record["version"] is None else as_struct(Result, record)
    return msgspec.convert(fields, Dossier)


async def save_results(tx: Connection, recorded: Sequence[Recorded]) -> None:
    """Add results to dossiers that are locked; the versions before them stay."""
    results = [each.result for each in recorded]
    await tx.execute(
        """
        WITH added AS (
            INSERT INTO result (enrolment_id, version, outcome, grade, reason, recorded_at, recorded_by)
            SELECT enrolment_id, version, outcome, grade, reason, recorded_at, recorded_by
            FROM unnest(
                $1::uuid[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::uuid[]
            ) AS new (enrolment_id, version, outcome, grade, reason, recorded_at, recorded_by)
            RETURNING enrolment_id, version
        )
        UPDATE dossier SET result_version = added.version
        FROM added WHERE dossier.enrolment_id = added.enrolment_id
        """,
        [each.dossier.enrolment_id for each in recorded],
        [each.version for each in results],
        [each.outcome for each in results],
        [each.grade for each in results],
        [each.reason for each in results],
        [each.recorded_at for each in results],
        [each.recorded_by for each in results],
    )


async def list_versions(connection: Connection, enrolment_id: UUID) -> list[Result]:
    """All versions of a result, the first one first."""
    records = await connection.fetch(
        """
        SELECT version, outcome, grade, reason, recorded_at, recorded_by
        FROM result WHERE enrolment_id = $1 ORDER BY version
        """,
        enrolment_id,
    )
    return [as_struct(Result, record) for record in records]


class ListedResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a participant that holds."""

    version: int
    outcome: Outcome
    grade: str | None
    recorded_at: datetime


class ListedDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The latest document of a participant."""

    document_id: UUID
    state: Literal["planned", "issued", "revoked"]
    number: str | None
    trouble: str | None


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A dossier as the list of an offering shows it."""

    enrolment_id: UUID
    arrival: int
    learner_id: UUID
    name: str | None
    """None until identity has told it."""
    state: State
    since: datetime
    closed_why: ClosedWhy | None
    result: ListedResult | None
    document: ListedDocument | None


async def list_dossiers(
    connection: Connection, offering_id: UUID, *, after: int | None, limit: int
) -> list[Listed]:
    """Everybody who has or had a place, in order of arrival, with result and latest document."""
    records = await connection.fetch(
        """
        SELECT d.enrolment_id, d.arrival, d.learner_id, p.name, d.state, d.since, d.closed_why,
               CASE WHEN r.version IS NOT NULL THEN jsonb_build_object(
                   'version', r.version, 'outcome', r.outcome, 'grade', r.grade, 'recorded_at', r.recorded_at
               ) END AS result,
               latest.document
        FROM dossier AS d
        LEFT JOIN person AS p ON p.account_id = d.learner_id
        LEFT JOIN result AS r ON r.enrolment_id = d.enrolment_id AND r.version = d.result_version
        LEFT JOIN LATERAL (
            SELECT jsonb_build_object(
                'document_id', document_id, 'state', state, 'number', number, 'trouble', trouble
            ) AS document
            FROM document WHERE document.enrolment_id = d.enrolment_id
            ORDER BY document_id DESC LIMIT 1
        ) AS latest ON true
        WHERE d.offering_id = $1 AND ($2::bigint IS NULL OR d.arrival > $2)
        ORDER BY d.arrival LIMIT $3
        """,
        offering_id,
        after,
        limit,
    )
    return [as_struct(Listed, record) for record in records]


class OwnDossier(msgspec.Struct, frozen=True, kw_only=True):
    """One course of somebody's, with every version of the result."""

    enrolment_id: UUID
    arrival: int
    offering_id: UUID
    title: Translated | None
    """None while the catalogue has not told of the course."""
    state: State
    since: datetime
    closed_why: ClosedWhy | None
    evaluated_at: datetime | None
    """When they answered the evaluation. What they said is not known to be theirs."""
    results: list[Result]


async def list_own_dossiers(
    connection: Connection, learner_id: UUID, *, before: int | None, limit: int
) -> list[OwnDossier]:
    """Somebody's dossiers, the latest first."""
    records = await connection.fetch(
        """
        SELECT d.enrolment_id, d.arrival, d.offering_id, o.title, d.state, d.since, d.closed_why,
               e.submitted_at AS evaluated_at,
               coalesce((
                   SELECT jsonb_agg(jsonb_build_object(
                       'version', r.version, 'outcome', r.outcome, 'grade', r.grade, 'reason', r.reason,
                       'recorded_at', r.recorded_at, 'recorded_by', r.recorded_by
                   ) ORDER BY r.version)
                   FROM result AS r WHERE r.enrolment_id = d.enrolment_id
               ), '[]') AS results
        FROM dossier AS d
        LEFT JOIN offering AS o USING (offering_id)
        LEFT JOIN evaluation AS e USING (enrolment_id)
        WHERE d.learner_id = $1 AND ($2::bigint IS NULL OR d.arrival < $2)
        ORDER BY d.arrival DESC LIMIT $3
        """,
        learner_id,
        before,
        limit,
    )
    return [as_struct(OwnDossier, record) for record in records]


class OwnRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One course in My Records: the result that holds."""

    enrolment_id: UUID
    arrival: int
    offering_id: UUID
    title: Translated
    class_number: str
    academic_year: str
    activity: Activity
    starts_at: datetime
    ends_at: datetime
    version: int
    outcome: Outcome
    grade: str | None
    recorded_at: datetime


async def list_records(
    connection: Connection, learner_id: UUID, *, before: int | None, limit: int
) -> list[OwnRecord]:
    """Somebody's results, the latest enrolment first."""
    records = await connection.fetch(
        """
        SELECT d.enrolment_id, d.arrival, d.offering_id, o.title, o.class_number, o.academic_year,
               o.activity, o.starts_at, o.ends_at, r.version, r.outcome, r.grade, r.recorded_at
        FROM dossier AS d
        JOIN result AS r ON r.enrolment_id = d.enrolment_id AND r.version = d.result_version
        JOIN offering AS o ON o.offering_id = d.offering_id
        WHERE d.learner_id = $1 AND ($2::bigint IS NULL OR d.arrival < $2)
        ORDER BY d.arrival DESC LIMIT $3
        """,
        learner_id,
        before,
        limit,
    )
    return [as_struct(OwnRecord, record) for record in records]


async def get_record(
    connection: Connection, enrolment_id: UUID, learner_id: UUID
) -> OwnRecord | None:
    """Somebody's result in one course; None as long as nothing was recorded, or if it is not theirs."""
    record = await connection.fetchrow(
        """
        SELECT d.enrolment_id, d.arrival, d.offering_id, o.title, o.class_number, o.academic_year,
               o.activity, o.starts_at, o.ends_at, r.version, r.outcome, r.grade, r.recorded_at
        FROM dossier AS d
        JOIN result AS r ON r.enrolment_id = d.enrolment_id AND r.version = d.result_version
        JOIN offering AS o ON o.offering_id = d.offering_id
        WHERE d.enrolment_id = $1 AND d.learner_id = $2
        """,
        enrolment_id,
        learner_id,
    )
    return maybe_struct(OwnRecord, record)
