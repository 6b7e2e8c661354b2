"""People whose data is, or may be, erased."""

from collections.abc import Iterable
from uuid import UUID

from chassis.database import Connection, as_struct, maybe_struct
from services.enrolment.domain import leavers
from services.enrolment.domain.leavers import Leaver


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
        WITH why AS (
            UPDATE enrolment SET enrolled_why = NULL WHERE learner_id = $1 AND enrolled_why IS NOT NULL
        )
        UPDATE withdrawal SET note = NULL, explanation = NULL
        FROM enrolment
        WHERE withdrawal.enrolment_id = enrolment.enrolment_id AND enrolment.learner_id = $1
        RETURNING withdrawal.withdrawal_id
        """,
        learner_id,
    )
    return [record["withdrawal_id"] for record in records]
