"""The ledger: planning mails, claiming those that are due, writing down what became of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from chassis.database import Connection
from contracts.catalogue import Session
from contracts.fact import Fact
from contracts.registry import FACTS
from services.notification.domain.helping import HelpRequest
from services.notification.domain.ledger import ABOUT_HELP, CAN_WAIT, Case, Enrolment, Mail
from services.notification.domain.offerings import Offering
from services.notification.domain.people import Person
from services.notification.store.copies import get_offerings, get_schedules
from services.notification.store.helping import get_requests


async def insert_mails(
    tx: Connection, mails: Sequence[Mail], attachments: Sequence[tuple[UUID, bytes]] = ()
) -> list[UUID]:
    """Plan mails, each once, and return the ids of those that were new.

    A mail without a revision gets the next one of its kind; whoever plans such takes turns.
    """
    if counted := [each.regarding for each in mails if each.revision is None]:
        await tx.execute(
            """
            SELECT pg_advisory_xact_lock(hashtextextended(regarding::text, 0))
            FROM unnest($1::uuid[]) AS counted (regarding) ORDER BY regarding
            """,
            counted,
        )
    records = await tx.fetch(
        """
        INSERT INTO mail (
            mail_id, account_id, address, purpose, regarding, revision, can_wait, enrolment_id, topic,
            fact, again, planned_at, state, due_at
        )
        SELECT asked.mail_id, asked.account_id, asked.address, asked.purpose, asked.regarding,
               coalesce(asked.revision, earlier.revision + 1, 1), asked.can_wait, asked.enrolment_id,
               asked.topic, asked.fact, asked.again, asked.planned_at, 'planned', asked.due_at
        FROM unnest(
            $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::integer[], $7::boolean[],
            $8::uuid[], $9::text[], $10::jsonb[], $11::boolean[], $12::timestamptz[], $13::timestamptz[]
        ) AS asked (
            mail_id, account_id, address, purpose, regarding, revision, can_wait, enrolment_id, topic,
            fact, again, planned_at, due_at
        )
        LEFT JOIN LATERAL (
            SELECT max(revision) AS revision FROM mail
            WHERE asked.revision IS NULL AND mail.regarding = asked.regarding
              AND mail.purpose = asked.purpose
              AND mail.account_id IS NOT DISTINCT FROM asked.account_id
              AND mail.address IS NOT DISTINCT FROM asked.address
        ) AS earlier ON true
        ON CONFLICT ON CONSTRAINT one_mail_per_recipient_purpose_subject_and_revision DO NOTHING
        RETURNING mail_id
        """,
        [each.mail_id for each in mails],
        [each.account_id for each in mails],
        [each.address for each in mails],
        [each.purpose for each in mails],
        [each.regarding for each in mails],
        [each.revision for each in mails],
        [each.purpose in CAN_WAIT for each in mails],
        [each.enrolment_id for each in mails],
        [each.fact and each.fact.topic for each in mails],
        [each.fact for each in mails],
        [each.again for each in mails],
        [each.planned_at for each in mails],
        [each.due_at for each in mails],
    )
    inserted = {record["mail_id"] for record in records}
    kept = [(mail_id, content) for mail_id, content in attachments if mail_id in inserted]
    if kept:
        await tx.executemany("INSERT INTO attachment (mail_id, content) VALUES ($1, $2)", kept)
    return list(inserted)


async def look_again_at_people(tx: Connection, account_ids: Sequence[UUID], now: datetime) -> None:
    """Make due what is planned for these people: something that it depends on is another now."""
    await tx.execute(
        "UPDATE mail SET due_at = $2 WHERE account_id = ANY($1::uuid[]) AND state = 'planned'",
        account_ids,
        now,
    )


async def look_again_at_enrolments(
    tx: Connection, enrolment_ids: Sequence[UUID], now: datetime
) -> None:
    """Make due what is planned for these enrolments."""
    await tx.execute(
        "UPDATE mail SET due_at = $2 WHERE enrolment_id = ANY($1::uuid[]) AND state = 'planned'",
        enrolment_ids,
        now,
    )


async def look_again_at_offering(tx: Connection, offering_id: UUID, now: datetime) -> None:
    """Make due what is planned for everybody in an offering."""
    await tx.execute(
        """
        UPDATE mail SET due_at = $2 FROM enrolment
        WHERE enrolment.offering_id = $1 AND mail.enrolment_id = enrolment.enrolment_id
          AND mail.state = 'planned'
        """,
        offering_id,
        now,
    )


async def lock_due_mails(
    tx: Connection, *, can_wait: bool, now: datetime, limit: int
) -> list[UUID]:
    """Lock mails that are due, the longest due first, passing over those that others look at.

    A statement of its own: what is read about them afterwards includes whatever was committed
    before the lock, and whoever commits something later finds these rows locked, waits, and then
    makes them due again. So nothing that becomes known is missed.
    """
    records = await tx.fetch(
        """
        SELECT mail_id FROM mail
        WHERE state = 'planned' AND can_wait = $1 AND due_at <= $2
        ORDER BY due_at LIMIT $3
        FOR UPDATE SKIP LOCKED
        """,
        can_wait,
        now,
        limit,
    )
    return [record["mail_id"] for record in records]


async def get_cases(connection: Connection, mail_ids: Sequence[UUID]) -> list[Case]:
    """Mails with everything that decides about them and stands in them, in a few queries for all."""
    records = await connection.fetch(
        """
        SELECT m.mail_id, m.account_id, m.address, m.purpose, m.regarding, m.revision, m.enrolment_id,
               m.topic, m.fact, m.again, m.planned_at, m.state, m.due_at, m.lease_until, m.attempts, m.uncertain,
               m.tells_version, m.why, m.settled_at,
               p.version AS person_version, p.mail_address, p.name, p.language,
               e.version AS enrolment_version, e.learner_id, e.offering_id, e.state AS enrolment_state,
               e.confirmed_at, told.version AS told_version, a.content AS attachment,
               ARRAY(SELECT s.purpose FROM stopped AS s WHERE s.account_id = m.account_id) AS stopped,
               EXISTS (SELECT FROM evaluation AS v WHERE v.evaluation_id = m.regarding) AS answered,
               p.erased_at IS NOT NULL OR (m.address IS NOT NULL AND EXISTS (
                   SELECT FROM person AS gone
                   WHERE gone.account_id IN (e.learner_id, (m.fact ->> 'learner_id')::uuid)
                     AND gone.erased_at IS NOT NULL
               )) AS is_forgotten
        FROM mail AS m
        LEFT JOIN person AS p ON p.account_id = m.account_id
        LEFT JOIN enrolment AS e ON e.enrolment_id = m.enrolment_id
        LEFT JOIN attachment AS a ON a.mail_id = m.mail_id
        LEFT JOIN LATERAL (
            SELECT max(earlier.tells_version) AS version FROM mail AS earlier
            WHERE earlier.enrolment_id = m.enrolment_id AND earlier.mail_id <> m.mail_id
              AND NOT (m.again AND earlier.purpose = m.purpose)
        ) AS told ON true
        WHERE m.mail_id = ANY($1::uuid[])
        ORDER BY m.can_wait, m.due_at
        """,
        mail_ids,
    )
    offering_ids = {record["offering_id"] for record in records if record["offering_id"]}
    offerings = await get_offerings(connection, offering_ids) if offering_ids else {}
    versions = {
        (record["offering_id"], record["told_version"])
        for record in records
        if record["told_version"] is not None
    }
    schedules = await get_schedules(connection, versions) if versions else {}
    asked = [record["regarding"] for record in records if record["purpose"] in ABOUT_HELP]
    requests = await get_requests(connection, asked) if asked else {}
    return [_case(record, offerings, schedules, requests) for record in records]


def _case(
    record: asyncpg.Record,
    offerings: dict[UUID, Offering],
    schedules: dict[tuple[UUID, int], tuple[Session, ...]],
    requests: dict[UUID, HelpRequest],
) -> Case:
    person = enrolment = None
    if record["name"] is not None:
        person = Person(
            account_id=record["account_id"],
            version=record["person_version"],
            mail_address=record["mail_address"],
            name=record["name"],
            language=record["language"],
        )
    if record["offering_id"] is not None:
        enrolment = Enrolment(
            enrolment_id=record["enrolment_id"],
            version=record["enrolment_version"],
            learner_id=record["learner_id"],
            offering_id=record["offering_id"],
            state=record["enrolment_state"],
            confirmed_at=record["confirmed_at"],
        )
    return Case(
        mail=_mail(record),
        person=person,
        enrolment=enrolment,
        offering=offerings.get(record["offering_id"]),
        told=schedules.get((record["offering_id"], record["told_version"])),
        stopped=frozenset(record["stopped"]),
        answered=record["answered"],
        attachment=record["attachment"],
        help=requests.get(record["regarding"]),
        is_forgotten=record["is_forgotten"],
    )


def _mail(record: asyncpg.Record) -> Mail:
    return Mail(
        mail_id=record["mail_id"],
        account_id=record["account_id"],
        address=record["address"],
        purpose=record["purpose"],
        regarding=record["regarding"],
        revision=record["revision"],
        enrolment_id=record["enrolment_id"],
        fact=_fact(record["topic"], record["fact"]),
        again=record["again"],
        planned_at=record["planned_at"],
        state=record["state"],
        due_at=record["due_at"],
        lease_until=record["lease_until"],
        attempts=record["attempts"],
        uncertain=record["uncertain"],
        tells_version=record["tells_version"],
        why=record["why"],
        settled_at=record["settled_at"],
    )


def _fact(topic: str | None, content: Any) -> Fact | None:
    return None if topic is None or content is None else msgspec.convert(content, FACTS[topic])


async def save_mails(
    tx: Connection, mails: Sequence[Mail], *, held: datetime | None = None
) -> set[UUID]:
    """Write what was decided about mails, or what became of them, and return the ids of those written.

    `held` is the lease under which they were sent. Whoever comes after it has run out writes nothing:
    the mail is somebody else's by then. A mail that has no fact any more needs no address of its own;
    one that never had a fact, such as a question, keeps it.
    """
    records = await tx.fetch(
        """
        UPDATE mail
        SET state = now.state, due_at = now.due_at, lease_until = now.lease_until,
            attempts = now.attempts, uncertain = now.uncertain, tells_version = now.tells_version,
            why = now.why, settled_at = now.settled_at,
            fact = CASE WHEN now.keeps_fact THEN mail.fact END,
            address = CASE WHEN now.keeps_fact OR mail.fact IS NULL OR mail.address IS NULL THEN mail.address
                           ELSE 'erased ' || mail.mail_id END
        FROM unnest(
            $1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::integer[], $6::integer[],
            $7::integer[], $8::text[], $9::timestamptz[], $10::boolean[]
        ) AS now (
            mail_id, state, due_at, lease_until, attempts, uncertain, tells_version, why, settled_at,
            keeps_fact
        )
        WHERE mail.mail_id = now.mail_id AND mail.lease_until IS NOT DISTINCT FROM $11
        RETURNING mail.mail_id
        """,
        [each.mail_id for each in mails],
        [each.state for each in mails],
        [each.due_at for each in mails],
        [each.lease_until for each in mails],
        [each.attempts for each in mails],
        [each.uncertain for each in mails],
        [each.tells_version for each in mails],
        [each.why for each in mails],
        [each.settled_at for each in mails],
        [each.fact is not None for each in mails],
        held,
    )
    return {record["mail_id"] for record in records}


async def release_expired_leases(tx: Connection, *, now: datetime, limit: int) -> list[UUID]:
    """Plan mails again whose sender never told what became of them: perhaps they were accepted."""
    records = await tx.fetch(
        """
        UPDATE mail
        SET state = 'planned', due_at = $1, lease_until = NULL, uncertain = uncertain + 1,
            why = 'sender_stopped'
        WHERE mail_id IN (
            SELECT mail_id FROM mail WHERE state = 'sending' AND lease_until <= $1
            ORDER BY lease_until LIMIT $2
            FOR UPDATE SKIP LOCKED
        )
        RETURNING mail_id
        """,
        now,
        limit,
    )
    return [record["mail_id"] for record in records]


async def get_past_reminders(connection: Connection, offering_id: UUID) -> list[Mail]:
    """The last reminder of everybody who has a place, where none is planned or on its way."""
    records = await connection.fetch(
        """
        SELECT DISTINCT ON (m.regarding)
               m.mail_id, m.account_id, m.address, m.purpose, m.regarding, m.revision, m.enrolment_id,
               m.topic, m.fact, m.again, m.planned_at, m.state, m.due_at, m.lease_until, m.attempts, m.uncertain,
               m.tells_version, m.why, m.settled_at
        FROM enrolment AS e JOIN mail AS m ON m.enrolment_id = e.enrolment_id
        WHERE e.offering_id = $1 AND e.state = 'confirmed' AND m.purpose = 'reminder'
        ORDER BY m.regarding, m.revision DESC
        """,
        offering_id,
    )
    return [_mail(record) for record in records if record["state"] in ("sent", "not_needed")]


async def lock_mail(tx: Connection, mail_id: UUID) -> Mail | None:
    """Read one mail and lock its row until `tx` ends."""
    record = await tx.fetchrow(
        """
        SELECT mail_id, account_id, address, purpose, regarding, revision, enrolment_id, topic, fact, again,
               planned_at, state, due_at, lease_until, attempts, uncertain, tells_version, why, settled_at
        FROM mail WHERE mail_id = $1
        FOR UPDATE
        """,
        mail_id,
    )
    return None if record is None else _mail(record)


async def get_attachment(connection: Connection, mail_id: UUID) -> bytes | None:
    """The document that a mail carries, while it is kept."""
    content: bytes | None = await connection.fetchval(
        "SELECT content FROM attachment WHERE mail_id = $1", mail_id
    )
    return content


async def get_case(connection: Connection, mail_id: UUID) -> Case | None:
    """One mail with everything that stands in it."""
    cases = await get_cases(connection, [mail_id])
    return cases[0] if cases else None


async def forget_attachments(tx: Connection, *, settled_before: datetime, limit: int) -> int:
    """Delete documents of mails that were settled long ago; their makers keep them."""
    gone = await tx.fetch(
        """
        DELETE FROM attachment WHERE mail_id IN (
            SELECT a.mail_id FROM attachment AS a JOIN mail AS m USING (mail_id)
            WHERE m.settled_at < $1 LIMIT $2
        )
        RETURNING mail_id
        """,
        settled_before,
        limit,
    )
    return len(gone)


async def forget_mails(tx: Connection, account_id: UUID, now: datetime) -> None:
    """Send somebody nothing any more; forget what their mails told, where they went and what they carried.

    Those to an employer too. The rows stay: which mail went out when, to an id that leads to nobody.
    """
    mails = await tx.fetch(
        """
        UPDATE mail
        SET fact = NULL,
            address = CASE WHEN address IS NOT NULL THEN 'erased ' || mail_id END,
            why = CASE WHEN state = 'planned' THEN 'erased' ELSE why END,
            settled_at = CASE WHEN state = 'planned' THEN $2 ELSE settled_at END,
            state = CASE WHEN state = 'planned' THEN 'not_needed' ELSE state END
        WHERE account_id = $1 OR enrolment_id IN (SELECT enrolment_id FROM mail WHERE account_id = $1)
        RETURNING mail_id
        """,
        account_id,
        now,
    )
    await forget_attachments_of(tx, [record["mail_id"] for record in mails])


async def forget_attachments_of(tx: Connection, mail_ids: Sequence[UUID]) -> None:
    """Forget what these mails carry."""
    await tx.execute("DELETE FROM attachment WHERE mail_id = ANY($1::uuid[])", mail_ids)
