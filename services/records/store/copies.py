"""What others have told: people, offerings, and whose dossiers are open."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from chassis.database import Connection, as_struct
from contracts.catalogue import OfferingCancelled
from contracts.identity import AccountState
from services.records.domain.dossiers import Opening
from services.records.domain.evaluations import Window
from services.records.domain.offerings import Offering


async def save_people(tx: Connection, people: Sequence[AccountState]) -> None:
    """Insert or replace what is known of people, each given once; an older version changes nothing.

    Whoever was forgotten stays so.
    """
    await tx.execute(
        """
        INSERT INTO person (account_id, version, name, language)
        SELECT account_id, version, name, language
        FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::text[])
             AS told (account_id, version, name, language)
        ON CONFLICT (account_id) DO UPDATE
        SET version = excluded.version, name = excluded.name, language = excluded.language
        WHERE person.version < excluded.version AND person.erased_at IS NULL
        """,
        [each.account_id for each in people],
        [each.version for each in people],
        [each.name for each in people],
        [each.language for each in people],
    )


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of somebody."""

    name: str
    language: str


async def get_known(connection: Connection, account_id: UUID) -> list[Known]:
    """What is known of somebody, if anything is."""
    records = await connection.fetch(
        "SELECT name, language FROM person WHERE account_id = $1 AND erased_at IS NULL", account_id
    )
    return [as_struct(Known, record) for record in records]


async def save_offering(tx: Connection, offering: Offering) -> None:
    """Insert or replace the copy of an offering; an older version changes nothing."""
    window = offering.evaluation
    await tx.execute(
        """
        INSERT INTO offering (
            offering_id, version, class_number, academic_year, title, activity, level, study_load_hours,
            learning_goals, organiser, lecturers, starts_at, ends_at, document, lecturer_ids,
            coordinator_ids, evaluation_opens_at, evaluation_open_until
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
        ON CONFLICT (offering_id) DO UPDATE SET
            version = excluded.version, class_number = excluded.class_number,
            academic_year = excluded.academic_year, title = excluded.title, activity = excluded.activity,
            level = excluded.level, study_load_hours = excluded.study_load_hours,
            learning_goals = excluded.learning_goals, organiser = excluded.organiser,
            lecturers = excluded.lecturers, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
            document = excluded.document, lecturer_ids = excluded.lecturer_ids,
            coordinator_ids = excluded.coordinator_ids,
            evaluation_opens_at = excluded.evaluation_opens_at,
            evaluation_open_until = excluded.evaluation_open_until
        WHERE offering.version < excluded.version
        """,
        offering.offering_id,
        offering.version,
        offering.class_number,
        offering.academic_year,
        offering.title,
        offering.activity,
        offering.level,
        offering.study_load_hours,
        offering.learning_goals,
        offering.organiser,
        offering.lecturers,
        offering.starts_at,
        offering.ends_at,
        offering.document,
        offering.lecturer_ids,
        offering.coordinator_ids,
        window.opens_at if window else None,
        window.open_until if window else None,
    )


async def save_cancellation(tx: Connection, told: OfferingCancelled, *, at: datetime) -> None:
    """Remember that an offering does not take place, whether it is known already or not."""
    await tx.execute(
        """
        INSERT INTO cancelled_offering (offering_id, version, cancelled_at) VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING
        """,
        told.offering_id,
        told.version,
        at,
    )


async def get_offering(connection: Connection, offering_id: UUID) -> Offering | None:
    """Read the copy of an offering."""
    record = await connection.fetchrow(
        """
        SELECT offering_id, version, class_number, academic_year, title, activity, level,
               study_load_hours, learning_goals, organiser, lecturers, starts_at, ends_at, document,
               lecturer_ids, coordinator_ids, evaluation_opens_at, evaluation_open_until
        FROM offering WHERE offering_id = $1
        """,
        offering_id,
    )
    return None if record is None else as_offering(record)


def as_offering(record: asyncpg.Record) -> Offering:
    """Turn a row that holds the columns of an offering, and perhaps others, into the copy."""
    fields: dict[str, Any] = dict(record)
    opens_at, open_until = fields["evaluation_opens_at"], fields["evaluation_open_until"]
    fields["evaluation"] = Window(opens_at, open_until) if opens_at is not None else None
    return msgspec.convert(fields, Offering)


async def save_openings(tx: Connection, openings: Sequence[Opening]) -> None:
    """Open and close dossiers, each given once; an older version of an enrolment changes nothing."""
    await tx.execute(
        """
        INSERT INTO dossier (enrolment_id, version, learner_id, offering_id, state, since, closed_why)
        SELECT enrolment_id, version, learner_id, offering_id, state, since, closed_why
        FROM unnest(
            $1::uuid[], $2::integer[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[], $7::text[]
        ) WITH ORDINALITY AS told (
            enrolment_id, version, learner_id, offering_id, state, since, closed_why, position
        )
        ORDER BY position
        ON CONFLICT (enrolment_id) DO UPDATE
        SET version = excluded.version, state = excluded.state, since = excluded.since,
            closed_why = excluded.closed_why
        WHERE dossier.version < excluded.version
        """,
        [each.enrolment_id for each in openings],
        [each.version for each in openings],
        [each.learner_id for each in openings],
        [each.offering_id for each in openings],
        [each.state for each in openings],
        [each.since for each in openings],
        [each.closed_why for each in openings],
    )
