"""Requests for places, and what was answered."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from chassis.database import Connection
from chassis.http.idempotency import Kept, Once
from chassis.outbox import OutboxRows
from services.enrolment.domain.places import Ask, Behalf, Enrolment, Offering


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
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[])
             WITH ORDINALITY AS ask (offering_id, learner_id, asker_id, key, position)
        LEFT JOIN enrolment AS live
               ON live.offering_id = ask.offering_id AND live.learner_id = ask.learner_id
              AND live.state IN ('waitlisted', 'offered', 'held', 'confirmed')
        LEFT JOIN idempotency AS kept
               ON kept.account_id = ask.asker_id AND kept.key = ask.key
        LEFT JOIN leaver
               ON leaver.account_id = ask.learner_id AND leaver.state IN ('leaving', 'erased')
        ORDER BY ask.position
        """,
        [ask.offering_id for ask in asks],
        [ask.learner_id for ask in asks],
        [once.account_id for once in onces],
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
    behalves: Sequence[Behalf | None],
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
                accepted_at, held_until, confirmed_at, enrolled_by, enrolled_why
            )
            SELECT enrolment_id, version, offering_id, learner_id, state, payer, fee_minor, currency,
                   requested_at, policy_id, policy_version, policy_hash, terms_version, terms_hash,
                   requested_at, held_until, confirmed_at, enrolled_by, enrolled_why
            FROM unnest(
                $6::uuid[], $7::integer[], $8::uuid[], $9::uuid[], $10::text[], $11::text[],
                $12::integer[], $13::text[], $14::timestamptz[], $15::uuid[], $16::integer[],
                $17::text[], $18::integer[], $19::text[], $20::timestamptz[], $21::timestamptz[],
                $22::uuid[], $23::text[]
            ) WITH ORDINALITY AS asked (
                enrolment_id, version, offering_id, learner_id, state, payer, fee_minor, currency,
                requested_at, policy_id, policy_version, policy_hash, terms_version, terms_hash,
                held_until, confirmed_at, enrolled_by, enrolled_why, position
            )
            ORDER BY position
        ), kept AS (
            INSERT INTO idempotency (account_id, key, request_hash, status, location, body)
            SELECT account_id, key, request_hash, 201, location, body
            FROM unnest($24::uuid[], $25::text[], $26::bytea[], $27::text[], $28::bytea[])
                 AS answer (account_id, key, request_hash, location, body)
            ON CONFLICT DO NOTHING
        )
        INSERT INTO outbox (event_id, topic, key, body)
        SELECT event_id, topic, key, body
        FROM unnest($29::uuid[], $30::text[], $31::text[], $32::bytea[])
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
        [each.actor_id if each else None for each in behalves],
        [each.why if each else None for each in behalves],
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
