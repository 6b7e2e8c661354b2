"""Evaluations, and the boxes with the answers. Nothing leads from one to the other."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from chassis.database import Connection, as_struct, maybe_struct
from contracts.fact import Translated
from services.records.domain.evaluations import Answers, Due, Evaluation, Window


async def lock_due(tx: Connection, *, now: datetime, limit: int) -> list[Due]:
    """Participants whose evaluation is open and who have not been told so, or not until when."""
    records = await tx.fetch(
        """
        SELECT e.evaluation_id, d.enrolment_id, d.learner_id, d.offering_id,
               o.evaluation_open_until AS open_until
        FROM offering AS o
        JOIN dossier AS d ON d.offering_id = o.offering_id AND d.state = 'open'
        LEFT JOIN evaluation AS e ON e.enrolment_id = d.enrolment_id
        WHERE o.evaluation_open_until > $1 AND o.evaluation_opens_at <= $1
          AND NOT EXISTS (SELECT FROM cancelled_offering AS c WHERE c.offering_id = o.offering_id)
          AND (e.evaluation_id IS NULL
               OR (e.submitted_at IS NULL AND e.told_until <> o.evaluation_open_until))
        ORDER BY d.enrolment_id LIMIT $2
        FOR UPDATE OF d SKIP LOCKED
        """,
        now,
        limit,
    )
    return [as_struct(Due, record) for record in records]


async def save_opened(
    tx: Connection, due: Sequence[Due], evaluation_ids: Sequence[UUID]
) -> dict[UUID, UUID]:
    """Remember who is told until when, and return the evaluations by enrolment where that is news.

    It may not be: another worker may have told them after we looked and before we locked.
    """
    records = await tx.fetch(
        """
        INSERT INTO evaluation (evaluation_id, enrolment_id, told_until)
        SELECT evaluation_id, enrolment_id, told_until
        FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[])
             AS opened (evaluation_id, enrolment_id, told_until)
        ON CONFLICT (enrolment_id) DO UPDATE SET told_until = excluded.told_until
        WHERE evaluation.told_until <> excluded.told_until
        RETURNING enrolment_id, evaluation_id
        """,
        evaluation_ids,
        [each.enrolment_id for each in due],
        [each.open_until for each in due],
    )
    return {record["enrolment_id"]: record["evaluation_id"] for record in records}


async def lock_evaluation(tx: Connection, evaluation_id: UUID) -> Evaluation | None:
    """Read an evaluation and lock its row until `tx` ends."""
    record = await tx.fetchrow(
        """
        SELECT e.evaluation_id, e.enrolment_id, d.learner_id, d.offering_id,
               CASE WHEN c.offering_id IS NULL THEN d.state ELSE 'closed' END AS dossier,
               o.evaluation_opens_at, o.evaluation_open_until, e.submitted_at, e.submission_key
        FROM evaluation AS e
        JOIN dossier AS d USING (enrolment_id)
        JOIN offering AS o USING (offering_id)
        LEFT JOIN cancelled_offering AS c USING (offering_id)
        WHERE e.evaluation_id = $1
        FOR UPDATE OF e
        """,
        evaluation_id,
    )
    return None if record is None else _evaluation(record)


def _evaluation(record: asyncpg.Record) -> Evaluation:
    fields: dict[str, Any] = dict(record)
    opens_at, open_until = fields["evaluation_opens_at"], fields["evaluation_open_until"]
    fields["window"] = Window(opens_at, open_until) if opens_at is not None else None
    return msgspec.convert(fields, Evaluation)


async def mark_submitted(tx: Connection, evaluation: Evaluation) -> None:
    """Remember that somebody has answered."""
    await tx.execute(
        "UPDATE evaluation SET submitted_at = $2, submission_key = $3 WHERE evaluation_id = $1",
        evaluation.evaluation_id,
        evaluation.submitted_at,
        evaluation.submission_key,
    )


async def lock_box(tx: Connection, offering_id: UUID) -> list[Answers]:
    """The answers of an offering, which nobody else adds to until `tx` ends."""
    answers = await tx.fetchval(
        """
        INSERT INTO answer_box (offering_id, answers) VALUES ($1, '[]')
        ON CONFLICT (offering_id) DO UPDATE SET answers = answer_box.answers
        RETURNING answers
        """,
        offering_id,
    )
    return msgspec.convert(answers, list[Answers])


async def save_box(tx: Connection, offering_id: UUID, answers: Sequence[Answers]) -> None:
    """Replace the answers of an offering, whose box is locked."""
    await tx.execute(
        "UPDATE answer_box SET answers = $2 WHERE offering_id = $1", offering_id, answers
    )


async def get_box(connection: Connection, offering_id: UUID) -> list[Answers]:
    """The answers of an offering."""
    answers = await connection.fetchval(
        "SELECT answers FROM answer_box WHERE offering_id = $1", offering_id
    )
    return msgspec.convert(answers or [], list[Answers])


async def count_asked(connection: Connection, offering_id: UUID) -> int:
    """How many participants of an offering have been asked."""
    asked: int = await connection.fetchval(
        "SELECT count(*) FROM evaluation JOIN dossier USING (enrolment_id) WHERE offering_id = $1",
        offering_id,
    )
    return asked


class OwnEvaluation(msgspec.Struct, frozen=True, kw_only=True):
    """An evaluation as its participant sees it."""

    evaluation_id: UUID | None
    """None until the participant is asked."""
    enrolment_id: UUID
    offering_id: UUID
    learner_id: UUID
    title: Translated
    is_taking_part: bool
    opens_at: datetime | None
    open_until: datetime | None
    submitted_at: datetime | None


async def get_own(connection: Connection, evaluation_id: UUID) -> OwnEvaluation | None:
    """One evaluation."""
    record = await connection.fetchrow(
        """
        SELECT e.evaluation_id, e.enrolment_id, d.offering_id, d.learner_id, o.title,
               d.state = 'open' AND c.offering_id IS NULL AS is_taking_part,
               o.evaluation_opens_at AS opens_at, o.evaluation_open_until AS open_until, e.submitted_at
        FROM evaluation AS e
        JOIN dossier AS d USING (enrolment_id)
        JOIN offering AS o USING (offering_id)
        LEFT JOIN cancelled_offering AS c USING (offering_id)
        WHERE e.evaluation_id = $1
        """,
        evaluation_id,
    )
    return None if record is None else as_struct(OwnEvaluation, record)


async def get_own_of(connection: Connection, enrolment_id: UUID) -> OwnEvaluation | None:
    """The evaluation of one enrolment, asked for or not; None without a dossier and a course."""
    record = await connection.fetchrow(
        """
        SELECT e.evaluation_id, d.enrolment_id, d.offering_id, d.learner_id, o.title,
               d.state = 'open' AND c.offering_id IS NULL AS is_taking_part,
               o.evaluation_opens_at AS opens_at, o.evaluation_open_until AS open_until, e.submitted_at
        FROM dossier AS d
        JOIN offering AS o USING (offering_id)
        LEFT JOIN evaluation AS e USING (enrolment_id)
        LEFT JOIN cancelled_offering AS c USING (offering_id)
        WHERE d.enrolment_id = $1
        """,
        enrolment_id,
    )
    return maybe_struct(OwnEvaluation, record)


async def list_open(
    connection: Connection, learner_id: UUID, *, now: datetime, limit: int
) -> list[OwnEvaluation]:
    """What somebody can evaluate now, the one that closes first first."""
    records = await connection.fetch(
        """
        SELECT e.evaluation_id, e.enrolment_id, d.offering_id, d.learner_id, o.title,
               true AS is_taking_part, o.evaluation_opens_at AS opens_at,
               o.evaluation_open_until AS open_until, e.submitted_at
        FROM dossier AS d
        JOIN evaluation AS e USING (enrolment_id)
        JOIN offering AS o USING (offering_id)
        WHERE d.learner_id = $1 AND d.state = 'open' AND e.submitted_at IS NULL
          AND o.evaluation_opens_at <= $2 AND o.evaluation_open_until > $2
          AND NOT EXISTS (SELECT FROM cancelled_offering AS c WHERE c.offering_id = d.offering_id)
        ORDER BY o.evaluation_open_until, e.evaluation_id LIMIT $3
        """,
        learner_id,
        now,
        limit,
    )
    return [as_struct(OwnEvaluation, record) for record in records]
