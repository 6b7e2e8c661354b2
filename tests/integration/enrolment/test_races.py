"""Two processes, one seat: staged, not hoped for."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from chassis.http.idempotency import Once
from contracts.enrolment import EnrolmentRequested
from services.enrolment import commands
from services.enrolment.domain.places import Ask
from tests.support.enrolling import Enrolment, wish
from tests.support.running import eventually


async def somebody_waits_for_a_lock(enrolment: Enrolment) -> bool:
    return bool(
        await enrolment.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
    )


async def test_a_rival_for_the_last_seat_waits_then_sees_it_gone(enrolment: Enrolment) -> None:
    published = await enrolment.publish(capacity=1)
    zone = enrolment.parts.settings.institution_zone
    rival = uuid4()

    # Another process of ours holds the offering, has decided, and has not committed yet.
    async with enrolment.parts.db.transaction() as tx:
        await commands.request_enrolments(
            tx, [requested(published.offering_id, rival)], zone=zone, now=enrolment.clock.now()
        )
        asking = asyncio.create_task(enrolment.post("/v1/enrolments", wish(published), uuid4()))
        await eventually(lambda: somebody_waits_for_a_lock(enrolment))
    answer = await asking

    assert answer.json()["state"] == "waitlisted"
    assert await enrolment.fetchval("SELECT seats_taken FROM offering") == 1


async def test_the_same_person_asking_through_two_processes_gets_one_place(
    enrolment: Enrolment,
) -> None:
    published, ada = await enrolment.publish(), uuid4()
    zone = enrolment.parts.settings.institution_zone

    async with enrolment.parts.db.transaction() as tx:
        await commands.request_enrolments(
            tx, [requested(published.offering_id, ada)], zone=zone, now=enrolment.clock.now()
        )
        asking = asyncio.create_task(enrolment.post("/v1/enrolments", wish(published), ada))
        await eventually(lambda: somebody_waits_for_a_lock(enrolment))
    answer = await asking

    assert answer.status_code == 409
    assert await enrolment.fetchval("SELECT count(*) FROM enrolment") == 1


async def test_a_crowd_in_one_minute_fills_all_places_in_order_and_no_more(
    enrolment: Enrolment,
) -> None:
    published = await enrolment.publish(capacity=20)
    people = [uuid4() for _ in range(120)]

    answers = await asyncio.gather(
        *(enrolment.post("/v1/enrolments", wish(published), person) for person in people)
    )

    states = [answer.json()["state"] for answer in answers]
    assert states == ["held"] * 20 + ["waitlisted"] * 100
    positions = [answer.json()["position"] for answer in answers[20:]]
    assert positions == list(range(1, 101))
    assert len(enrolment.told.of(EnrolmentRequested)) <= 20
    assert (await enrolment.told.wait_for(EnrolmentRequested, 20)).learner_id == people[19]


async def test_offerings_that_come_together_share_a_transaction_and_keep_their_own_seats(
    enrolment: Enrolment,
) -> None:
    published = [await enrolment.publish(capacity=1) for _ in range(3)]
    wishes = [wish(each) for each in published for _ in range(2)]

    answers = await asyncio.gather(
        *(enrolment.post("/v1/enrolments", each, uuid4()) for each in wishes)
    )

    assert [answer.json()["state"] for answer in answers] == ["held", "waitlisted"] * 3


async def test_the_database_itself_refuses_to_overbook(enrolment: Enrolment) -> None:
    await enrolment.publish(capacity=1)

    async with enrolment.parts.db.reading() as connection:
        with pytest.raises(asyncpg.CheckViolationError, match="no_overbooking"):
            await connection.execute("UPDATE offering SET seats_taken = 2")


def requested(offering_id: UUID, learner: UUID) -> commands.Request:
    ask: dict[str, Any] = {
        "offering_id": offering_id,
        "learner_id": learner,
        "affiliation": "guest",
        "payer": "self",
        "accepted_policy_version": 3,
        "accepted_terms_version": 1,
    }
    return commands.Request(
        ask=Ask(**ask), once=Once(learner, uuid4().hex, b"h"), correlation_id="c"
    )
