"""What the office does: publish, change, move, call off."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.catalogue import OfferingCancelled, OfferingPublished, OfferingRescheduled
from tests.integration.catalogue.samples import (
    BASICS,
    OFFICE,
    PYTHON,
    PYTHON_ID,
    WRITING,
    WRITING_ID,
    import_text,
    plan,
    waiting,
)
from tests.support.people import bearer
from tests.support.running import Running


@pytest.fixture(autouse=True)
async def imported(catalogue: Running, tmp_path: Path) -> None:
    await import_text(catalogue, BASICS + WRITING + PYTHON, tmp_path)
    await catalogue.told.wait_for(OfferingPublished, 2)
    catalogue.told.envelopes.clear()


async def put(
    catalogue: Running, offering_id: UUID, body: dict[str, Any], tag: str | None
) -> httpx.Response:
    headers = bearer(OFFICE, "office") | ({"If-Match": tag} if tag else {})
    return await catalogue.http.put(f"/v1/offerings/{offering_id}/plan", json=body, headers=headers)


async def test_a_published_offering_stands_in_the_overview_and_is_told(catalogue: Running) -> None:
    answer = await catalogue.post("/v1/offerings", plan(), OFFICE, "office")

    assert answer.status_code == 201, answer.text
    offering_id = answer.json()["offering_id"]
    assert answer.headers["location"] == f"/v1/offerings/{offering_id}"
    assert answer.json()["enrolment_closes_at"] == "2027-05-04T07:00:00Z"
    fact = await catalogue.told.wait_for(OfferingPublished)
    assert (str(fact.offering_id), fact.version) == (offering_id, 1)
    found = await catalogue.get("/v1/offerings?class_number=4400")
    assert [each["offering_id"] for each in found.json()["items"]] == [offering_id]


async def test_the_same_request_publishes_once(catalogue: Running) -> None:
    first = await catalogue.post("/v1/offerings", plan(), OFFICE, "office", key="k1")
    again = await catalogue.post("/v1/offerings", plan(), OFFICE, "office", key="k1")

    assert again.status_code == 201
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize("words", ["B4400x", "b4400X"])
async def test_a_class_number_is_searched_however_its_letters_are_written(
    catalogue: Running, words: str
) -> None:
    answer = await catalogue.post("/v1/offerings", plan(class_number="B4400x"), OFFICE, "office")
    assert answer.status_code == 201, answer.text

    found = (await catalogue.get("/v1/offerings", params={"words": words})).json()

    assert [each["class_number"] for each in found["items"]] == ["B4400x"]


async def test_a_class_number_is_used_once_in_its_academic_year(catalogue: Running) -> None:
    taken = plan(class_number="4218", course_code="DC-PYVIS")

    answer = await catalogue.post("/v1/offerings", taken, OFFICE, "office")
    next_year = await catalogue.post(
        "/v1/offerings", taken | {"academic_year": "2027-2028"}, OFFICE, "office"
    )

    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/problems/class-number-taken")
    assert next_year.status_code == 201


async def test_of_two_who_publish_a_class_number_at_once_one_is_told_that_it_is_taken(
    catalogue: Running,
) -> None:
    """Staged: another transaction holds the number until both requests wait, each on its own course."""
    async with catalogue.parts.db.transaction() as tx:
        await tx.execute("LOCK TABLE offering IN SHARE MODE")
        both = [
            asyncio.create_task(
                catalogue.post("/v1/offerings", plan(course_code=code), OFFICE, "office")
            )
            for code in ("DC-PYVIS", "LC-EN-AW-C1")
        ]
        await waiting(catalogue, 2)

    statuses = sorted([answer.status_code for answer in await asyncio.gather(*both)])

    assert statuses == [201, 409]
    assert (
        await catalogue.fetchval("SELECT count(*) FROM offering WHERE class_number = '4400'") == 1
    )
    await catalogue.told.wait_for(OfferingPublished)
    assert len(catalogue.told.of(OfferingPublished)) == 1


async def test_all_that_is_wrong_is_said_at_once_in_the_readers_language(
    catalogue: Running,
) -> None:
    wrong = plan(
        academic_year="2026-2030",
        prices=[],
        organiser={"nl": "", "en": "Centre"},
        sessions=[{"starts_at": "2027-05-04T07:00:00Z", "ends_at": "2027-05-04T07:00:00Z"}],
    )

    answer = await catalogue.post(
        "/v1/offerings", wrong, OFFICE, "office", headers={"Accept-Language": "nl"}
    )

    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"pointer": "/organiser/nl", "detail": "Schrijf deze tekst ook in deze taal."},
        {
            "pointer": "/academic_year",
            "detail": "Schrijf twee opeenvolgende jaren, zoals 2026-2027.",
        },
        {
            "pointer": "/sessions/0/ends_at",
            "detail": "Dit is niet na het begin. Zet hier een later tijdstip.",
        },
        {
            "pointer": "/prices",
            "detail": "Geef de prijs voor iedereen die geen eigen prijs heeft; 0 als het gratis is.",
        },
    ]


async def test_what_a_plan_refers_to_must_exist(catalogue: Running) -> None:
    lost = plan(course_code="X", policy_id=str(uuid4()), terms_id=str(uuid4()))

    answer = await catalogue.post("/v1/offerings", lost, OFFICE, "office")

    assert [each["pointer"] for each in answer.json()["errors"]] == [
        "/course_code",
        "/policy_id",
        "/terms_id",
    ]


async def test_what_was_read_is_what_is_put_back(catalogue: Running) -> None:
    read = await catalogue.get(f"/v1/offerings/{WRITING_ID}/plan", OFFICE, "office")

    same = await put(catalogue, WRITING_ID, read.json()["plan"], read.headers["etag"])
    grown = await put(
        catalogue, WRITING_ID, read.json()["plan"] | {"capacity": 20}, read.headers["etag"]
    )

    assert (same.status_code, same.json()["version"]) == (200, 1)
    assert same.headers["etag"] == read.headers["etag"]
    assert (grown.status_code, grown.json()["version"]) == (200, 2)
    fact = await catalogue.told.wait_for(OfferingPublished)
    assert (fact.version, fact.capacity) == (2, 20)
    assert len(catalogue.told.envelopes) == 1


async def test_a_change_to_what_has_changed_since_is_refused(catalogue: Running) -> None:
    read = await catalogue.get(f"/v1/offerings/{WRITING_ID}/plan", OFFICE, "office")
    body, tag = read.json()["plan"], read.headers["etag"]
    await put(catalogue, WRITING_ID, body | {"capacity": 20}, tag)

    stale = await put(catalogue, WRITING_ID, body | {"capacity": 30}, tag)
    blind = await put(catalogue, WRITING_ID, body | {"capacity": 30}, None)

    assert (stale.status_code, blind.status_code) == (412, 428)
    assert (
        await catalogue.fetchval("SELECT capacity FROM offering WHERE offering_id = $1", WRITING_ID)
        == 20
    )


async def test_of_two_who_change_the_same_version_one_is_too_late(catalogue: Running) -> None:
    read = await catalogue.get(f"/v1/offerings/{WRITING_ID}/plan", OFFICE, "office")
    body, tag = read.json()["plan"], read.headers["etag"]
    async with catalogue.parts.db.transaction() as tx:
        await tx.execute("SELECT FROM course FOR UPDATE")
        both = [
            asyncio.create_task(put(catalogue, WRITING_ID, body | {"capacity": capacity}, tag))
            for capacity in (20, 30)
        ]
        await waiting(catalogue, 2)

    assert sorted([answer.status_code for answer in await asyncio.gather(*both)]) == [200, 412]
    assert (await catalogue.told.wait_for(OfferingPublished)).version == 2


async def test_a_class_number_stays_what_it_is(catalogue: Running) -> None:
    read = await catalogue.get(f"/v1/offerings/{WRITING_ID}/plan", OFFICE, "office")

    answer = await put(
        catalogue, WRITING_ID, read.json()["plan"] | {"class_number": "1"}, read.headers["etag"]
    )

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/class_number"


async def test_moved_sessions_are_told_with_everything_that_follows(catalogue: Running) -> None:
    read = await catalogue.get(f"/v1/offerings/{PYTHON_ID}/plan", OFFICE, "office")
    [session] = read.json()["plan"]["sessions"]
    move = {
        "session_id": session["session_id"],
        "starts_at": "2027-04-29T07:00:00Z",
        "ends_at": "2027-04-29T15:00:00Z",
        "place": "Snellius, room 306",
    }

    answer = await catalogue.post(
        f"/v1/offerings/{PYTHON_ID}/rescheduling", {"sessions": [move]}, OFFICE, "office"
    )

    assert answer.status_code == 200, answer.text
    fact = await catalogue.told.wait_for(OfferingRescheduled)
    assert [str(each) for each in fact.moved_session_ids] == [session["session_id"]]
    assert fact.version == 2
    assert fact.sessions[0].place == "Snellius, room 306"
    assert fact.sessions[0].lecturers == ("Dr. I. Petrova",)
    assert fact.enrolment_closes_at == fact.starts_at
    shown = (await catalogue.get(f"/v1/offerings/{PYTHON_ID}")).json()
    assert shown["starts_at"] == "2027-04-29T07:00:00Z"


async def test_moving_to_where_it_is_tells_nothing(catalogue: Running) -> None:
    read = await catalogue.get(f"/v1/offerings/{PYTHON_ID}/plan", OFFICE, "office")
    session = read.json()["plan"]["sessions"][0]
    del session["lecturers"]

    answer = await catalogue.post(
        f"/v1/offerings/{PYTHON_ID}/rescheduling", {"sessions": [session]}, OFFICE, "office"
    )

    assert answer.json()["version"] == 1
    reason = {"reason": {"nl": "Ziek.", "en": "Ill."}}
    await catalogue.post(f"/v1/offerings/{PYTHON_ID}/cancellation", reason, OFFICE, "office")
    assert (await catalogue.told.wait_for(OfferingCancelled)).version == 2
    assert len(catalogue.told.envelopes) == 1


async def test_a_cancelled_offering_leaves_the_overview_but_says_why(catalogue: Running) -> None:
    reason = {"reason": {"nl": "De docent is ziek.", "en": "The lecturer is ill."}}

    answer = await catalogue.post(
        f"/v1/offerings/{WRITING_ID}/cancellation", reason, OFFICE, "office"
    )
    again = await catalogue.post(
        f"/v1/offerings/{WRITING_ID}/cancellation", reason, OFFICE, "office"
    )

    assert answer.status_code == 201
    assert again.status_code == 409
    fact = await catalogue.told.wait_for(OfferingCancelled)
    assert (fact.version, fact.reason.nl) == (2, "De docent is ziek.")
    assert (await catalogue.get("/v1/offerings?class_number=4218")).json()["items"] == []
    shown = (await catalogue.get(f"/v1/offerings/{WRITING_ID}")).json()
    assert (shown["standing"], shown["cancelled_why"]) == ("cancelled", "The lecturer is ill.")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/offerings", plan()),
        ("GET", f"/v1/offerings/{WRITING_ID}/plan", None),
        ("PUT", f"/v1/offerings/{WRITING_ID}/plan", plan()),
        ("POST", f"/v1/offerings/{WRITING_ID}/rescheduling", {"sessions": []}),
        ("POST", f"/v1/offerings/{WRITING_ID}/cancellation", {"reason": {"nl": "-", "en": "-"}}),
    ],
)
async def test_only_the_office_publishes(
    catalogue: Running, method: str, path: str, body: Any
) -> None:
    async def ask(headers: dict[str, str]) -> int:
        answer = await catalogue.http.request(
            method, path, json=body, headers={"Idempotency-Key": "k", "If-Match": '"x"'} | headers
        )
        return answer.status_code

    assert await ask({}) == 401
    assert await ask(bearer(uuid4())) == 403
    assert await ask(bearer(uuid4(), "lecturer", "coordinator", "finance")) == 403
    assert await catalogue.fetchval("SELECT max(version) FROM offering") == 1
