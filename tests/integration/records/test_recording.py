"""Recording results and attendance, one by one and as a list, through the doors."""

from uuid import uuid4

from contracts.records import ResultRecorded
from tests.integration.records.steps import Records
from tests.support.examples import COORDINATOR, LECTURER


async def test_a_lecturer_records_a_result_and_everybody_is_told(records: Records) -> None:
    ada = uuid4()
    published, (enrolment_id,) = await records.started(ada)

    answer = await records.post(
        f"/v1/enrolments/{enrolment_id}/result",
        {"outcome": "passed", "grade": "7,5"},
        LECTURER,
        "lecturer",
    )

    assert answer.status_code == 201, answer.text
    assert (answer.json()["version"], answer.json()["grade"]) == (1, "7.5")
    assert answer.headers["location"] == f"/v1/enrolments/{enrolment_id}/result"
    fact = await records.told.wait_for(ResultRecorded)
    assert (fact.enrolment_id, fact.learner_id, fact.offering_id) == (
        enrolment_id,
        ada,
        published.offering_id,
    )
    assert (fact.version, fact.outcome, fact.grade) == (1, "passed", "7.5")


async def test_the_same_request_records_once(records: Records) -> None:
    _, (enrolment_id,) = await records.started(uuid4())
    path, body = f"/v1/enrolments/{enrolment_id}/result", {"outcome": "passed"}

    first = await records.post(path, body, LECTURER, "lecturer", key="k")
    again = await records.post(path, body, LECTURER, "lecturer", key="k")
    another = await records.post(path, body, LECTURER, "lecturer")

    assert again.json() == first.json()
    assert another.status_code == 409
    assert another.json()["type"].endswith("/problems/already-recorded")
    assert await records.fetchval("SELECT count(*) FROM result") == 1


async def test_only_lecturers_of_the_offering_and_the_office_record(records: Records) -> None:
    ada = uuid4()
    _, (enrolment_id,) = await records.started(ada)
    path, body = f"/v1/enrolments/{enrolment_id}/result", {"outcome": "passed"}

    learner = await records.post(path, body, ada)
    another_lecturer = await records.post(path, body, uuid4(), "lecturer")
    coordinator = await records.post(path, body, COORDINATOR, "coordinator")
    nobody = await records.post(path, body)
    unknown = await records.post(f"/v1/enrolments/{uuid4()}/result", body, LECTURER, "lecturer")
    office = await records.post(path, body, uuid4(), "office")

    refused = (learner, another_lecturer, coordinator, nobody, unknown)
    assert [each.status_code for each in refused] == [403, 404, 403, 401, 404]
    assert office.status_code == 201


async def test_nothing_is_recorded_before_the_start(records: Records) -> None:
    published = await records.publish()
    enrolment_id = await records.enrol(published)

    answer = await records.post(
        f"/v1/enrolments/{enrolment_id}/result",
        {"outcome": "attended"},
        LECTURER,
        "lecturer",
        headers={"Accept-Language": "nl"},
    )

    assert answer.status_code == 409
    assert "dinsdag 13\N{NO-BREAK SPACE}april 2027, 18:30" in answer.json()["detail"]


async def test_a_correction_needs_what_it_corrects_and_why_and_keeps_what_was(
    records: Records,
) -> None:
    _, (enrolment_id,) = await records.started(uuid4())
    await records.record(enrolment_id, "failed", grade="5")
    path = f"/v1/enrolments/{enrolment_id}/result"
    body = {"outcome": "passed", "grade": "6", "reason": "A page was not counted."}
    seen = (await records.get(path, LECTURER, "lecturer")).headers["etag"]

    blind = await records.put(path, body, LECTURER, "lecturer")
    stale = await records.put(path, body, LECTURER, "lecturer", headers={"If-Match": '"7"'})
    silent = await records.put(
        path, body | {"reason": ""}, LECTURER, "lecturer", headers={"If-Match": seen}
    )
    corrected = await records.put(path, body, LECTURER, "lecturer", headers={"If-Match": seen})
    again = await records.put(path, body, LECTURER, "lecturer", headers={"If-Match": seen})

    assert [each.status_code for each in (blind, stale, silent)] == [428, 412, 422]
    assert (corrected.status_code, corrected.json()["version"]) == (200, 2)
    assert (again.status_code, again.json()["version"]) == (200, 2)
    history = (await records.get(path, LECTURER, "lecturer")).json()
    assert history["result"]["reason"] == "A page was not counted."
    assert [(each["version"], each["grade"]) for each in history["corrected"]] == [(1, "5.0")]
    assert (await records.told.wait_for(ResultRecorded, 2)).version == 2


async def test_a_result_is_read_again_only_when_it_has_changed(records: Records) -> None:
    _, (enrolment_id,) = await records.started(uuid4())
    await records.record(enrolment_id, "absent")
    path = f"/v1/enrolments/{enrolment_id}/result"

    known = {"If-None-Match": '"1"'}
    unchanged = await records.get(path, COORDINATOR, "coordinator", headers=known)
    await records.correct(enrolment_id, 1, "attended")
    changed = await records.get(path, COORDINATOR, "coordinator", headers=known)

    assert (unchanged.status_code, changed.status_code) == (304, 200)


async def test_a_whole_list_is_recorded_at_once_and_again_without_effect(records: Records) -> None:
    people = [uuid4() for _ in range(4)]
    published, enrolments = await records.started(*people)
    path = f"/v1/offerings/{published.offering_id}/results"
    outcomes = ["passed", "passed", "failed", "absent"]
    body = {
        "results": [
            {"enrolment_id": str(enrolment_id), "outcome": outcome}
            for enrolment_id, outcome in zip(enrolments, outcomes, strict=True)
        ]
    }

    first = await records.put(path, body, LECTURER, "lecturer")
    again = await records.put(path, body, LECTURER, "lecturer")

    assert first.json() == {"recorded": 4, "unchanged": 0}
    assert again.json() == {"recorded": 0, "unchanged": 4}
    assert (await records.issued(2)).number == "D-2027-000002"
    assert len(records.told.of(ResultRecorded)) == 4


async def test_one_bad_line_holds_the_list_back_and_every_bad_line_is_named(
    records: Records,
) -> None:
    published, (ada, bob) = await records.started(uuid4(), uuid4())
    lines = [
        {"enrolment_id": str(ada), "outcome": "passed", "grade": "8"},
        {"enrolment_id": str(bob), "outcome": "passed", "grade": "5,25"},
        {"enrolment_id": str(uuid4()), "outcome": "passed"},
    ]

    answer = await records.put(
        f"/v1/offerings/{published.offering_id}/results",
        {"results": lines},
        LECTURER,
        "lecturer",
        headers={"Accept-Language": "nl"},
    )

    assert answer.status_code == 422
    problem = answer.json()
    assert problem["type"].endswith("/problems/results-not-recorded")
    assert problem["detail"].startswith("Regels om te verbeteren: 2.")
    assert [each["pointer"] for each in problem["errors"]] == [
        "/results/1/grade",
        "/results/2/enrolment_id",
    ]
    assert problem["errors"][0]["detail"].startswith("Geef een cijfer van 1 tot en met 10")
    assert await records.fetchval("SELECT count(*) FROM result") == 0


async def test_a_list_of_somebody_elses_offering_is_not_there(records: Records) -> None:
    published, (ada,) = await records.started(uuid4())
    body = {"results": [{"enrolment_id": str(ada), "outcome": "passed"}]}
    path = f"/v1/offerings/{published.offering_id}/results"

    lecturer = await records.put(path, body, uuid4(), "lecturer")
    empty = await records.put(path, {"results": []}, LECTURER, "lecturer")

    assert (lecturer.status_code, empty.status_code) == (404, 422)


async def test_those_who_teach_see_everybody_in_pages_with_names_and_results(
    records: Records,
) -> None:
    people = [uuid4() for _ in range(5)]
    published, enrolments = await records.started(*people)
    await records.record(enrolments[0], "passed", grade="9.5")
    await records.issued()
    path = f"/v1/offerings/{published.offering_id}/dossiers"

    seen, page = [], f"{path}?limit=2"
    while page:
        answer = await records.get(page, COORDINATOR, "coordinator")
        seen += answer.json()["items"]
        page = answer.json()["next"]
        assert ("link" in answer.headers) == bool(page)

    assert [each["enrolment_id"] for each in seen] == [str(each) for each in enrolments]
    assert {each["name"] for each in seen} == {"Noor de Vries"}
    assert seen[0]["result"]["grade"] == "9.5"
    assert (seen[0]["document"]["state"], seen[0]["document"]["number"]) == (
        "issued",
        "D-2027-000001",
    )
    assert (seen[1]["result"], seen[1]["document"]) == (None, None)
    assert (await records.get(path, uuid4(), "lecturer")).status_code == 404
    assert (await records.get(path, people[0])).status_code == 403
