"""Copies of what other services tell, each written by one statement for a whole batch."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec
from msgspec.structs import replace

from chassis.database import Connection, as_struct
from contracts.catalogue import OfferingCancelled, OfferingState, Session
from contracts.identity import AccountState
from contracts.records import EvaluationSubmitted
from services.notification.domain.ledger import Enrolment
from services.notification.domain.offerings import Offering
from services.notification.domain.unsubscribing import Wish


async def save_people(tx: Connection, told: Sequence[AccountState]) -> None:
    """Keep the newest state of each of these people; whoever was forgotten stays so."""
    newest = {each.account_id: each for each in sorted(told, key=lambda each: each.version)}
    people = list(newest.values())
    await tx.execute(
        """
        INSERT INTO person (account_id, version, mail_address, name, language)
        SELECT account_id, version, mail_address, name, language
        FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::text[])
             AS told (account_id, version, mail_address, name, language)
        ORDER BY account_id
        ON CONFLICT (account_id) DO UPDATE SET
            version = excluded.version, mail_address = excluded.mail_address,
            name = excluded.name, language = excluded.language
        WHERE person.version < excluded.version AND person.erased_at IS NULL
        """,
        [each.account_id for each in people],
        [each.version for each in people],
        [each.mail_address for each in people],
        [each.name for each in people],
        [each.language for each in people],
    )


async def forget_person(tx: Connection, account_id: UUID, now: datetime) -> None:
    """Forget somebody's name and address, and that they ever come back, whether they are known yet or not."""
    await tx.execute(
        """
        INSERT INTO person (account_id, version, erased_at) VALUES ($1, 0, $2)
        ON CONFLICT (account_id) DO UPDATE SET
            mail_address = NULL, name = NULL, language = NULL, erased_at = excluded.erased_at
        """,
        account_id,
        now,
    )
    await tx.execute("DELETE FROM stopped WHERE account_id = $1", account_id)


async def lock_offering(tx: Connection, offering_id: UUID) -> Offering | None:
    """Read the copy of an offering and lock its row until `tx` ends; None if its details are not known."""
    record = await tx.fetchrow(
        """
        SELECT offering_id, version, details, moved_at, cancelled
        FROM offering WHERE offering_id = $1
        FOR UPDATE
        """,
        offering_id,
    )
    return None if record is None else _offering(record)


async def get_offerings(
    connection: Connection, offering_ids: Iterable[UUID]
) -> dict[UUID, Offering]:
    """The copies of these offerings whose details are known."""
    records = await connection.fetch(
        """
        SELECT offering_id, version, details, moved_at, cancelled
        FROM offering WHERE offering_id = ANY($1::uuid[])
        """,
        sorted(set(offering_ids)),
    )
    found = (_offering(record) for record in records)
    return {each.offering_id: each for each in found if each is not None}


def _offering(record: asyncpg.Record) -> Offering | None:
    if record["details"] is None:
        return None
    details = record["details"] | {"moved_at": record["moved_at"], "cancelled": record["cancelled"]}
    return msgspec.convert(details, Offering)


async def save_offering(tx: Connection, offering: Offering) -> None:
    """Insert or replace the copy of an offering; what is known of its cancellation stays."""
    await tx.execute(
        """
        INSERT INTO offering (offering_id, version, details, moved_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (offering_id) DO UPDATE SET
            version = excluded.version, details = excluded.details, moved_at = excluded.moved_at
        WHERE offering.version < excluded.version
        """,
        offering.offering_id,
        offering.version,
        replace(offering, moved_at=None, cancelled=None),
        offering.moved_at,
    )


async def save_schedule(tx: Connection, told: OfferingState) -> None:
    """Keep one version of an offering's schedule, old ones too."""
    await tx.execute(
        """
        INSERT INTO schedule (offering_id, version, sessions) VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING
        """,
        told.offering_id,
        told.version,
        told.sessions,
    )


async def mark_offering_cancelled(tx: Connection, cancelled: OfferingCancelled) -> None:
    """Note that an offering does not take place, whether or not its details are known yet."""
    await tx.execute(
        """
        INSERT INTO offering (offering_id, version, cancelled) VALUES ($1, 0, $2)
        ON CONFLICT (offering_id) DO UPDATE SET cancelled = excluded.cancelled
        """,
        cancelled.offering_id,
        cancelled,
    )


async def save_enrolments(tx: Connection, enrolments: Sequence[Enrolment]) -> None:
    """Keep the newest state of each of these enrolments; each stands here once."""
    await tx.execute(
        """
        INSERT INTO enrolment (enrolment_id, version, learner_id, offering_id, state, confirmed_at)
        SELECT enrolment_id, version, learner_id, offering_id, state, confirmed_at
        FROM unnest($1::uuid[], $2::integer[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[])
             AS told (enrolment_id, version, learner_id, offering_id, state, confirmed_at)
        ORDER BY enrolment_id
        ON CONFLICT (enrolment_id) DO UPDATE SET
            state = CASE WHEN excluded.version >= enrolment.version THEN excluded.state
                         ELSE enrolment.state END,
            version = greatest(enrolment.version, excluded.version),
            confirmed_at = coalesce(excluded.confirmed_at, enrolment.confirmed_at)
        """,
        [each.enrolment_id for each in enrolments],
        [each.version for each in enrolments],
        [each.learner_id for each in enrolments],
        [each.offering_id for each in enrolments],
        [each.state for each in enrolments],
        [each.confirmed_at for each in enrolments],
    )


async def get_untold(tx: Connection, offering_id: UUID) -> list[Enrolment]:
    """Everybody who has a place and is not about to be told of a move already; under the offering's lock."""
    records = await tx.fetch(
        """
        SELECT e.enrolment_id, e.version, e.learner_id, e.offering_id, e.state, e.confirmed_at
        FROM enrolment AS e
        WHERE e.offering_id = $1 AND e.state = 'confirmed' AND NOT EXISTS (
            SELECT FROM mail AS m
            WHERE m.enrolment_id = e.enrolment_id AND m.purpose = 'rescheduled' AND m.state = 'planned'
        )
        """,
        offering_id,
    )
    return [as_struct(Enrolment, record) for record in records]


async def save_evaluations(tx: Connection, submitted: Sequence[EvaluationSubmitted]) -> None:
    """Note which evaluations have been submitted."""
    await tx.execute(
        """
        INSERT INTO evaluation (evaluation_id, submitted_at)
        SELECT evaluation_id, submitted_at
        FROM unnest($1::uuid[], $2::timestamptz[]) AS told (evaluation_id, submitted_at)
        ON CONFLICT DO NOTHING
        """,
        [each.evaluation_id for each in submitted],
        [each.submitted_at for each in submitted],
    )


async def stop_mails(tx: Connection, wish: Wish, now: datetime) -> None:
    """Note that somebody wants no more mails of a purpose."""
    await tx.execute(
        """
        INSERT INTO stopped (account_id, purpose, stopped_at) VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING
        """,
        wish.account_id,
        wish.purpose,
        now,
    )


async def get_schedules(
    connection: Connection, versions: set[tuple[UUID, int]]
) -> dict[tuple[UUID, int], tuple[Session, ...]]:
    """These versions of these offerings' schedules."""
    records = await connection.fetch(
        """
        SELECT offering_id, version, sessions FROM schedule
        JOIN unnest($1::uuid[], $2::integer[]) AS told (offering_id, version) USING (offering_id, version)
        """,
        [offering_id for offering_id, _ in versions],
        [version for _, version in versions],
    )
    return {
        (record["offering_id"], record["version"]): msgspec.convert(
            record["sessions"], tuple[Session, ...]
        )
        for record in records
    }
