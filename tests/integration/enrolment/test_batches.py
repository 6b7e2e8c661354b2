"""The fast path obeys every rule that the slow path does: a batch decides like its requests one by one."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from chassis.database import Connection
from chassis.http.idempotency import Once
from chassis.refusals import Refusal
from contracts.catalogue import Elsewhere, Price
from services.enrolment import commands
from services.enrolment.domain.places import Ask
from tests.support.enrolling import Enrolment
from tests.support.examples import cancellation
from tests.support.running import eventually

_REQUESTS = 240

DECISIONS = {
    "held", "confirmed", "waitlisted", "replayed",
    "no-such-offering", "registered-elsewhere", "not-yet-open", "window-closed", "offering-cancelled",
    "already-enrolled", "conditions-not-accepted", "idempotency-key-reused",
}  # fmt: skip
"""Everything that can be decided about a request."""


@dataclass
class Outcome:
    """What came of a sequence of requests, without what is new at each attempt: ids."""

    answers: list[tuple[Any, ...]]
    enrolments: list[tuple[Any, ...]]
    offerings: list[tuple[Any, ...]]
    facts: list[tuple[str, UUID]]


@pytest.mark.parametrize("seed", range(4))
async def test_a_batch_decides_like_its_requests_one_by_one(
    enrolment: Enrolment, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a seed, not a secret.
    requests = list(_requests(chance, await _offerings(enrolment)))

    one_by_one = await _attempt(enrolment, [[request] for request in requests])
    together = await _attempt(enrolment, [requests])
    in_parts = await _attempt(enrolment, list(_cut(chance, requests)))

    assert together == one_by_one
    assert in_parts == one_by_one
    assert {answer[0] for answer in one_by_one.answers} == DECISIONS


async def _offerings(enrolment: Enrolment) -> list[UUID]:
    elsewhere = Elsewhere(system="uSis", foreign_code="1234", url="https://usis.example")
    published = [
        await enrolment.publish(capacity=4),
        await enrolment.publish(capacity=3, prices=(Price(affiliation=None, fee_minor=0),)),
        await enrolment.publish(capacity=0),
        await enrolment.publish(enrolment_opens_at=datetime(2027, 4, 1, tzinfo=UTC)),
        await enrolment.publish(enrolment_closes_at=datetime(2027, 2, 1, tzinfo=UTC)),
        await enrolment.publish(elsewhere=elsewhere),
        cancelled := await enrolment.publish(),
    ]
    await enrolment.deliver(cancellation(cancelled, "Too few people."))
    await eventually(
        lambda: enrolment.fetchval("SELECT count(*) FROM offering WHERE cancelled"), bool
    )
    return [*(each.offering_id for each in published), uuid4()]


def _requests(chance: random.Random, offerings: list[UUID]) -> Iterator[commands.Request]:
    """Few people, few keys: they meet each other and themselves again."""
    people = [UUID(int=chance.getrandbits(128), version=4) for _ in range(9)]
    sent: list[commands.Request] = []
    for number in range(_REQUESTS):
        if sent and chance.random() < 0.3:
            again = chance.choice(sent)
            yield again
            if chance.random() < 0.5:  # The same key for something else.
                once = msgspec.structs.replace(again.once, request_hash=b"another")
                yield msgspec.structs.replace(again, once=once)
            continue
        person = chance.choice(people)
        ask = Ask(
            offering_id=chance.choice(offerings),
            learner_id=person,
            affiliation=chance.choice(["guest", "student"]),
            payer=chance.choice(["self", "employer"]),
            accepted_policy_version=chance.choice([3, 3, 3, 3, 2]),
            accepted_terms_version=chance.choice([1, 1, 1, 1, 7]),
        )
        once = Once(person, f"key-{number}", f"hash-{number}".encode())
        sent.append(commands.Request(ask=ask, once=once, correlation_id=f"c-{number}"))
        yield sent[-1]


def _cut(
    chance: random.Random, requests: list[commands.Request]
) -> Iterator[list[commands.Request]]:
    while requests:
        size = chance.randint(1, 20)
        yield requests[:size]
        requests = requests[size:]


async def _attempt(enrolment: Enrolment, batches: list[list[commands.Request]]) -> Outcome:
    """Decide these batches, look, and undo it all, so that the next attempt finds the same world."""
    zone, now = enrolment.parts.settings.institution_zone, enrolment.clock.now()
    answers: list[commands.Requested | Refusal] = []
    async with enrolment.parts.db.reading() as connection:
        attempt = connection.transaction()
        await attempt.start()
        for batch in batches:
            answers += await commands.request_enrolments(connection, batch, zone=zone, now=now)
        outcome = await _outcome(connection, answers)
        await attempt.rollback()
    return outcome


async def _outcome(tx: Connection, answers: list[commands.Requested | Refusal]) -> Outcome:
    enrolments = await tx.fetch(
        """
        SELECT offering_id, learner_id, state, payer, fee_minor, policy_version, terms_version, held_until
        FROM enrolment ORDER BY arrival
        """
    )
    offerings = await tx.fetch(
        "SELECT offering_id, seats_taken, waiting FROM offering ORDER BY offering_id"
    )
    # How full an offering is may be told once for many: only what is told about people is compared.
    facts = await tx.fetch(
        """
        SELECT outbox.topic, enrolment.learner_id FROM outbox
        JOIN enrolment ON enrolment.enrolment_id::text = outbox.key ORDER BY outbox.id
        """
    )
    return Outcome(
        [_plain(answer) for answer in answers],
        [tuple(record) for record in enrolments],
        [tuple(record) for record in offerings],
        [tuple(record) for record in facts],
    )


def _plain(answer: commands.Requested | Refusal) -> tuple[Any, ...]:
    if isinstance(answer, Refusal):
        return (answer.problem.code,)
    told = msgspec.json.decode(answer.body, type=commands.Answer)
    state = "replayed" if answer.replayed else told.state
    return state, told.offering_id, told.state, told.fee_minor, told.held_until, told.position
