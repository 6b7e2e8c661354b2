"""The office enrols somebody (B3), through the doors."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.catalogue import OfferingPublished, Price
from contracts.enrolment import EnrolledOnBehalf, EnrolmentRequested, PlacesTaken
from services.enrolment import store
from tests.support.enrolling import Enrolment, wish


def behalf(published: OfferingPublished, learner: UUID, **changes: Any) -> dict[str, Any]:
    accepted = wish(published)
    del accepted["offering_id"]
    return {
        **accepted,
        "learner_id": str(learner),
        "affiliation": "student",
        "why": "Form signed on 3 March.",
        **changes,
    }


def path(published: OfferingPublished) -> str:
    return f"/v1/offerings/{published.offering_id}/enrolments"


async def test_both_are_recorded_and_told_and_the_place_is_held_for_three_days(
    enrolment: Enrolment,
) -> None:
    published = await enrolment.publish()
    marit, ada = uuid4(), uuid4()

    answer = await enrolment.post(path(published), behalf(published, ada), marit, "office")

    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert (body["state"], body["fee_minor"]) == ("held", 19500)
    assert body["held_until"] == "2027-03-13T13:00:00Z"
    requested = await enrolment.told.wait_for(EnrolmentRequested)
    assert requested.learner_id == ada
    told = await enrolment.told.wait_for(EnrolledOnBehalf)
    assert (told.learner_id, told.actor_id, told.place) == (ada, marit, "held")
    assert (await enrolment.told.wait_for(PlacesTaken, 2)).taken == 1
    mine = (await enrolment.get("/v1/enrolments", ada)).json()["items"]
    assert [each["enrolled_by"] for each in mine] == [str(marit)]
    why = await enrolment.fetchval("SELECT enrolled_why FROM enrolment")
    assert why == "Form signed on 3 March."


async def test_the_same_request_gets_the_same_answer_and_one_seat(enrolment: Enrolment) -> None:
    published = await enrolment.publish()
    marit, ada = uuid4(), uuid4()

    first, again = [
        await enrolment.post(path(published), behalf(published, ada), marit, "office", key="k1")
        for _ in range(2)
    ]
    another = await enrolment.post(
        path(published), behalf(published, uuid4()), marit, "office", key="k1"
    )

    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert another.json()["type"].endswith("/problems/idempotency-key-reused")
    assert await enrolment.fetchval("SELECT seats_taken FROM offering") == 1


async def test_what_costs_nothing_is_final_and_what_is_full_has_a_line(
    enrolment: Enrolment,
) -> None:
    published = await enrolment.publish(capacity=1, prices=(Price(affiliation=None, fee_minor=0),))
    states = [
        (
            await enrolment.post(path(published), behalf(published, uuid4()), uuid4(), "office")
        ).json()["state"]
        for _ in range(2)
    ]

    assert states == ["confirmed", "waitlisted"]
    told = await enrolment.told.wait_for(EnrolledOnBehalf, 2)
    assert (told.place, told.held_until) == ("waitlisted", None)


async def test_the_rules_are_those_for_learners(enrolment: Enrolment) -> None:
    published = await enrolment.publish()
    ada = uuid4()
    await enrolment.post("/v1/enrolments", wish(published), ada)

    twice = await enrolment.post(path(published), behalf(published, ada), uuid4(), "office")
    old = behalf(published, uuid4(), accepted_terms_version=99)
    unseen = await enrolment.post(path(published), old, uuid4(), "office")
    unsaid = await enrolment.post(
        path(published), behalf(published, uuid4(), why=""), uuid4(), "office"
    )

    assert twice.json()["type"].endswith("/problems/already-enrolled")
    assert unseen.json()["type"].endswith("/problems/conditions-not-accepted")
    assert (unsaid.status_code, unsaid.json()["errors"][0]["pointer"]) == (422, "/why")


@pytest.mark.parametrize("role", ["lecturer", "coordinator", "finance", "administrator"])
async def test_nobody_but_the_office_does_it(enrolment: Enrolment, role: str) -> None:
    published = await enrolment.publish()

    answer = await enrolment.post(path(published), behalf(published, uuid4()), uuid4(), role)

    assert answer.status_code == 403


async def test_what_the_office_went_by_is_forgotten_with_the_person(enrolment: Enrolment) -> None:
    published = await enrolment.publish()
    ada = uuid4()
    await enrolment.post(path(published), behalf(published, ada), uuid4(), "office")

    async with enrolment.parts.db.transaction() as tx:
        await store.forget_words(tx, ada)

    assert await enrolment.fetchval("SELECT enrolled_why FROM enrolment") is None
