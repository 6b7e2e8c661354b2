"""Asking for a place, through the doors."""

from uuid import UUID, uuid4

from contracts.catalogue import Price
from contracts.enrolment import (
    EnrolmentConfirmed,
    EnrolmentRequested,
    LearnerWaitlisted,
    PlacesTaken,
)
from tests.support.enrolling import Enrolment, wish


async def test_a_seat_is_held_for_half_an_hour_and_payment_is_told_what_is_due(
    enrolment: Enrolment,
) -> None:
    published = await enrolment.publish()
    ada = uuid4()

    answer = await enrolment.post("/v1/enrolments", wish(published), ada, affiliation="student")

    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["state"] == "held"
    assert body["fee_minor"] == 19500
    assert body["held_until"] == "2027-03-10T13:30:00Z"
    assert answer.headers["location"] == f"/v1/enrolments/{body['enrolment_id']}"
    fact = await enrolment.told.wait_for(EnrolmentRequested)
    assert (fact.learner_id, fact.fee_minor, fact.currency) == (ada, 19500, "EUR")
    assert (await enrolment.told.wait_for(PlacesTaken, 2)).taken == 1


async def test_a_free_place_is_final_at_once(enrolment: Enrolment) -> None:
    published = await enrolment.publish(prices=(Price(affiliation=None, fee_minor=0),))

    answer = await enrolment.post("/v1/enrolments", wish(published), uuid4())

    assert answer.json()["state"] == "confirmed"
    assert (await enrolment.told.wait_for(EnrolmentConfirmed)).leaving_costs == ()


async def test_who_comes_when_all_places_are_taken_stands_in_line(enrolment: Enrolment) -> None:
    published = await enrolment.publish(capacity=1)
    await enrolment.post("/v1/enrolments", wish(published), uuid4())

    second = await enrolment.post("/v1/enrolments", wish(published), uuid4())
    third = await enrolment.post("/v1/enrolments", wish(published), uuid4())

    assert (second.json()["state"], second.json()["position"]) == ("waitlisted", 1)
    assert third.json()["position"] == 2
    await enrolment.told.wait_for(LearnerWaitlisted, 2)


async def test_the_same_request_gets_the_same_answer_and_one_seat(enrolment: Enrolment) -> None:
    published = await enrolment.publish()
    ada = uuid4()

    first = await enrolment.post("/v1/enrolments", wish(published), ada, key="k1")
    again = await enrolment.post("/v1/enrolments", wish(published), ada, key="k1")

    assert again.status_code == 201
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert await enrolment.fetchval("SELECT seats_taken FROM offering") == 1


async def test_another_request_with_a_used_key_is_refused(enrolment: Enrolment) -> None:
    published = await enrolment.publish()
    ada = uuid4()
    await enrolment.post("/v1/enrolments", wish(published), ada, key="k1")

    other = await enrolment.post("/v1/enrolments", wish(published, payer="employer"), ada, key="k1")

    assert other.status_code == 422
    assert other.json()["type"].endswith("/problems/idempotency-key-reused")


async def test_nobody_enrols_twice(enrolment: Enrolment) -> None:
    published = await enrolment.publish()
    ada = uuid4()
    first = await enrolment.post("/v1/enrolments", wish(published), ada)

    second = await enrolment.post("/v1/enrolments", wish(published), ada)

    assert second.status_code == 409
    assert second.headers["content-type"] == "application/problem+json"
    assert first.json()["enrolment_id"] in second.json()["detail"]


async def test_a_closed_window_is_a_409_problem_in_the_readers_language(
    enrolment: Enrolment,
) -> None:
    published = await enrolment.publish()
    enrolment.clock.move(days=60)

    answer = await enrolment.post(
        "/v1/enrolments", wish(published), uuid4(), headers={"Accept-Language": "nl-NL"}
    )

    assert answer.status_code == 409
    assert answer.headers["content-language"] == "nl"
    assert answer.json()["title"] == "De inschrijving is gesloten"
    assert "woensdag 7\N{NO-BREAK SPACE}april 2027, 00:00" in answer.json()["detail"]
    assert not enrolment.told.of(EnrolmentRequested)


async def test_without_a_token_nobody_asks(enrolment: Enrolment) -> None:
    answer = await enrolment.post("/v1/enrolments", {}, None)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_wrong_field_is_named(enrolment: Enrolment) -> None:
    answer = await enrolment.post("/v1/enrolments", {"offering_id": "no"}, uuid4())

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/offering_id"


async def test_my_enrolments_are_mine_alone(enrolment: Enrolment) -> None:
    published = await enrolment.publish()
    ada, eve = uuid4(), uuid4()
    made = (await enrolment.post("/v1/enrolments", wish(published), ada)).json()
    path = f"/v1/enrolments/{UUID(made['enrolment_id'])}"

    assert (await enrolment.get(path, ada)).json()["title"] == "Academic writing in English"
    assert (await enrolment.get(path, eve)).status_code == 404
    assert (await enrolment.get(path, uuid4(), "office")).status_code == 200
    assert [
        each["enrolment_id"]
        for each in (await enrolment.get("/v1/enrolments", ada)).json()["items"]
    ] == [made["enrolment_id"]]
