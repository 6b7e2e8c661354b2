"""The office publishes courses and changes their words; and sees everything that it keeps."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from contracts.catalogue import OfferingPublished
from tests.integration.catalogue.samples import (
    BASICS,
    OFFICE,
    PYTHON,
    PYTHON_ID,
    WRITING,
    WRITING_ID,
    import_text,
    plan,
)
from tests.support.people import bearer
from tests.support.running import Running

DESCRIPTION = "/v1/courses/LC-EN-AW-C1/description"


@pytest.fixture(autouse=True)
async def imported(catalogue: Running, tmp_path: Path) -> None:
    await import_text(catalogue, BASICS + WRITING + PYTHON, tmp_path)
    await catalogue.told.wait_for(OfferingPublished, 2)
    catalogue.told.envelopes.clear()


def course(**changes: Any) -> dict[str, Any]:
    return {
        "code": "LC-FR-B1",
        "subject": "languages",
        "title": {"nl": "Frans in gesprek", "en": "French in conversation"},
        "summary": {"nl": "Praten, vanaf de eerste les.", "en": "Talking, from the first lesson."},
        "description": {"nl": "Elke week een thema.", "en": "A theme every week."},
        "learning_goals": [{"nl": "een gesprek voeren", "en": "hold a conversation"}],
        "level": "B1",
    } | changes


async def put(catalogue: Running, body: dict[str, Any], tag: str | None) -> httpx.Response:
    headers = {"If-Match": tag} if tag else {}
    return await catalogue.put(DESCRIPTION, body, OFFICE, "office", headers=headers)


async def test_a_course_is_published_offered_and_found(catalogue: Running) -> None:
    answer = await catalogue.post("/v1/courses", course(), OFFICE, "office", key="k")
    again = await catalogue.post("/v1/courses", course(), OFFICE, "office", key="k")
    offered = await catalogue.post("/v1/offerings", plan(course_code="LC-FR-B1"), OFFICE, "office")

    assert (answer.status_code, again.status_code) == (201, 201)
    assert answer.headers["location"] == "/v1/courses/LC-FR-B1/description"
    assert offered.status_code == 201
    found = (await catalogue.get("/v1/offerings", params={"words": "conversation"})).json()
    assert [each["title"] for each in found["items"]] == ["French in conversation"]
    fact = await catalogue.told.wait_for(OfferingPublished)
    assert (fact.title.nl, fact.level) == ("Frans in gesprek", "B1")


async def test_a_course_code_is_used_once(catalogue: Running) -> None:
    answer = await catalogue.post("/v1/courses", course(code="DC-PYVIS"), OFFICE, "office")

    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/problems/course-code-taken")


async def test_a_course_with_holes_is_refused_with_all_of_them(catalogue: Running) -> None:
    holes = course(
        subject="music",
        title={"nl": " ", "en": "French"},
        learning_goals=[{"nl": "iets", "en": ""}],
    )

    answer = await catalogue.post("/v1/courses", holes, OFFICE, "office")

    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == [
        "/title/nl",
        "/learning_goals/0/en",
        "/subject",
    ]


async def test_another_title_is_told_for_every_offering_that_others_hold_a_copy_of(
    catalogue: Running,
) -> None:
    read = await catalogue.get(DESCRIPTION, OFFICE, "office")
    title = {"nl": "Helder schrijven", "en": "Clear writing"}

    answer = await put(catalogue, read.json() | {"title": title}, read.headers["etag"])

    assert answer.status_code == 200, answer.text
    fact = await catalogue.told.wait_for(OfferingPublished)
    assert (fact.offering_id, fact.version, fact.title.en) == (WRITING_ID, 2, "Clear writing")
    found = (await catalogue.get("/v1/offerings", params={"words": "helder"})).json()
    assert [each["offering_id"] for each in found["items"]] == [str(WRITING_ID)]
    assert len(catalogue.told.envelopes) == 1


async def test_another_description_changes_the_page_and_tells_nobody(catalogue: Running) -> None:
    read = await catalogue.get(DESCRIPTION, OFFICE, "office")
    words = {"nl": "Elke dag feedback.", "en": "Daily feedback."}

    await put(catalogue, read.json() | {"description": words}, read.headers["etag"])

    shown = (await catalogue.get(f"/v1/offerings/{WRITING_ID}")).json()
    assert (shown["description"], shown["version"]) == ("Daily feedback.", 1)
    assert await catalogue.fetchval("SELECT count(*) FROM outbox") == 0


async def test_a_cancelled_offering_is_not_told_anew(catalogue: Running) -> None:
    reason = {"reason": {"nl": "Ziek.", "en": "Ill."}}
    await catalogue.post(f"/v1/offerings/{WRITING_ID}/cancellation", reason, OFFICE, "office")
    read = await catalogue.get(DESCRIPTION, OFFICE, "office")

    answer = await put(catalogue, read.json() | {"level": "B2"}, read.headers["etag"])

    assert answer.status_code == 200
    assert catalogue.told.of(OfferingPublished) == []
    assert (
        await catalogue.fetchval("SELECT version FROM offering WHERE offering_id = $1", WRITING_ID)
        == 2
    )


async def test_words_that_a_colleague_has_changed_meanwhile_are_not_overwritten(
    catalogue: Running,
) -> None:
    read = await catalogue.get(DESCRIPTION, OFFICE, "office")
    body, tag = read.json(), read.headers["etag"]
    await put(catalogue, body | {"level": "B2"}, tag)

    stale = await put(catalogue, body | {"level": "C2"}, tag)
    blind = await put(catalogue, body | {"level": "C2"}, None)

    assert (stale.status_code, blind.status_code) == (412, 428)
    assert (await catalogue.get(DESCRIPTION, OFFICE, "office")).json()["level"] == "B2"


async def test_a_course_keeps_its_code(catalogue: Running) -> None:
    read = await catalogue.get(DESCRIPTION, OFFICE, "office")

    answer = await put(catalogue, read.json() | {"code": "X"}, read.headers["etag"])

    assert [each["pointer"] for each in answer.json()["errors"]] == ["/code"]


async def test_subjects_are_told_by_name_in_the_readers_language(catalogue: Running) -> None:
    dutch = await catalogue.get("/v1/subjects", headers={"Accept-Language": "nl"})

    assert dutch.json() == [
        {"code": "data", "name": "Data"},
        {"code": "languages", "name": "Talen"},
    ]


async def listed(catalogue: Running, **asked: str) -> list[str]:
    answer = await catalogue.get("/v1/plans", OFFICE, "office", params=asked)
    assert answer.status_code == 200, answer.text
    return [f"{each['class_number']} {each['standing']}" for each in answer.json()["items"]]


async def test_the_office_sees_what_nobody_else_can_find(catalogue: Running) -> None:
    reason = {"reason": {"nl": "Ziek.", "en": "Ill."}}
    await catalogue.post(f"/v1/offerings/{WRITING_ID}/cancellation", reason, OFFICE, "office")

    assert await listed(catalogue) == ["4322 open"]
    assert await listed(catalogue, lot="cancelled") == ["4218 cancelled"]
    assert await listed(catalogue, lot="all") == ["4322 open", "4218 cancelled"]
    assert await listed(catalogue, lot="all", words="acadmic") == ["4218 cancelled"]
    assert await listed(catalogue, lot="all", words="4218") == ["4218 cancelled"]
    catalogue.clock.move(days=365)
    assert await listed(catalogue, lot="over") == ["4322 over"]
    assert await listed(catalogue) == []


async def test_the_offices_list_goes_on_where_a_page_ends(catalogue: Running) -> None:
    first = (await catalogue.get("/v1/plans?limit=1", OFFICE, "office")).json()

    rest = (await catalogue.get(first["next"], OFFICE, "office")).json()

    assert [each["offering_id"] for each in first["items"]] == [str(PYTHON_ID)]
    assert [each["offering_id"] for each in rest["items"]] == [str(WRITING_ID)]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/courses"),
        ("GET", DESCRIPTION),
        ("PUT", DESCRIPTION),
        ("GET", "/v1/plans"),
        ("POST", "/v1/catalogue-files"),
        ("GET", f"/v1/catalogue-files/{WRITING_ID}"),
        ("POST", f"/v1/catalogue-files/{WRITING_ID}/import"),
    ],
)
async def test_only_the_office_keeps_the_catalogue(
    catalogue: Running, method: str, path: str
) -> None:
    async def ask(headers: dict[str, str]) -> int:
        answer = await catalogue.http.request(
            method, path, json=course(), headers={"Idempotency-Key": "k"} | headers
        )
        return answer.status_code

    assert await ask({}) == 401
    assert await ask(bearer(uuid4(), "lecturer", "coordinator", "finance")) == 403
