"""Evaluations, through the doors."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from msgspec.structs import replace

from contracts.catalogue import OfferingPublished, OfferingRescheduled
from contracts.records import EvaluationOpened, EvaluationSubmitted
from tests.integration.records.steps import Records, confirmed, withdrawn
from tests.support.examples import COORDINATOR, LECTURER, cancellation

LAST_DAY = datetime(2027, 4, 26, 22, 0, tzinfo=UTC)
"""The course's last evening is on 27 April; in Amsterdam that day begins now."""
CLOSED = datetime(2027, 5, 25, 22, 0, tzinfo=UTC)

ANSWERS = {"goals": 5, "level": 4, "lecturer": 5, "work": 3, "place": 2, "keep": "The evenings."}


async def submit(
    records: Records, evaluation_id: UUID, person: UUID, answers: Any = None, **options: Any
) -> httpx.Response:
    path = f"/v1/evaluations/{evaluation_id}/submission"
    return await records.post(path, answers or ANSWERS, person, **options)


async def opened(records: Records, *people: UUID) -> tuple[OfferingPublished, list[UUID]]:
    """An offering on its last day, and these participants' evaluations."""
    published, enrolments = await records.started(*people)
    records.clock.set(LAST_DAY)
    await records.told.wait_for(EvaluationOpened, len(people))
    facts = {fact.enrolment_id: fact for fact in records.told.of(EvaluationOpened)}
    return published, [facts[each].evaluation_id for each in enrolments]


async def test_it_opens_as_the_last_day_begins_for_everybody_who_takes_part(
    records: Records,
) -> None:
    ada, bob = uuid4(), uuid4()
    published, enrolments = await records.started(ada, bob)

    records.clock.set(LAST_DAY)

    fact = await records.told.wait_for(EvaluationOpened, 2)
    told = records.told.of(EvaluationOpened)
    assert {each.learner_id for each in told} == {ada, bob}
    assert {each.enrolment_id for each in told} == set(enrolments)
    assert (fact.offering_id, fact.open_until) == (published.offering_id, CLOSED)
    (mine,) = (await records.get("/v1/evaluations", ada)).json()["items"]
    assert (mine["title"], mine["state"]) == ("Academic writing in English", "open")
    assert mine["open_until"] == "2027-05-25T22:00:00Z"
    assert [each["name"] for each in mine["statements"]] == list(ANSWERS)[:5]
    dutch = await records.get("/v1/evaluations", ada, headers={"Accept-Language": "nl"})
    assert dutch.json()["items"][0]["questions"][1]["text"] == "Wat moet anders?"


async def test_nobody_is_told_before_the_last_day(quiet_records: Records) -> None:
    records = quiet_records
    await records.ready(uuid4(), uuid4())

    records.clock.set(LAST_DAY - timedelta(microseconds=1))
    before = await records.open_evaluations()
    records.clock.set(LAST_DAY)
    on_the_day = await records.open_evaluations()
    again = await records.open_evaluations()

    assert (before, on_the_day, again) == (0, 2, 0)


async def test_the_evaluation_of_an_enrolment_says_how_it_stands(records: Records) -> None:
    ada = uuid4()
    published = await records.publish()
    path = f"/v1/enrolments/{await records.enrol(published, ada)}/evaluation"

    before = (await records.get(path, ada)).json()
    records.clock.set(LAST_DAY)
    fact = await records.told.wait_for(EvaluationOpened)
    open_now = (await records.get(path, ada)).json()
    await submit(records, fact.evaluation_id, ada)
    submitted = (await records.get(path, ada)).json()

    assert (before["state"], before["evaluation_id"]) == ("not_open", None)
    assert before["opens_at"] == "2027-04-26T22:00:00Z"
    assert (open_now["state"], open_now["evaluation_id"]) == ("open", str(fact.evaluation_id))
    assert submitted["state"] == "submitted"
    assert (await records.get(path, uuid4())).status_code == 404
    assert (await records.get(f"/v1/enrolments/{uuid4()}/evaluation", ada)).status_code == 404


async def test_who_is_not_asked_yet_or_never_is_reads_so(quiet_records: Records) -> None:
    records = quiet_records
    ada = uuid4()
    (enrolment_id,) = await records.ready(ada)
    path = f"/v1/enrolments/{enrolment_id}/evaluation"

    records.clock.set(LAST_DAY)
    not_asked = (await records.get(path, ada)).json()
    records.clock.set(CLOSED)
    never = (await records.get(path, ada)).json()

    assert (not_asked["state"], not_asked["evaluation_id"]) == ("not_open", None)
    assert (never["state"], never["evaluation_id"]) == ("over", None)


async def test_who_takes_part_answers_once(records: Records) -> None:
    ada = uuid4()
    _, (evaluation_id,) = await opened(records, ada)

    first = await submit(records, evaluation_id, ada, key="k")
    again = await submit(records, evaluation_id, ada, key="k")
    another = await submit(records, evaluation_id, ada)

    assert first.status_code == again.status_code == 201, first.text
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert another.status_code == 409
    assert another.json()["type"].endswith("/problems/already-evaluated")
    fact = await records.told.wait_for(EvaluationSubmitted)
    assert fact.evaluation_id == evaluation_id
    assert len(records.told.of(EvaluationSubmitted)) == 1
    assert (await records.get("/v1/evaluations", ada)).json()["items"] == []
    seen = (await records.get(f"/v1/evaluations/{evaluation_id}", ada)).json()
    assert seen["state"] == "submitted"


async def test_answers_are_five_numbers_from_one_to_five_and_two_short_texts(
    records: Records,
) -> None:
    ada = uuid4()
    _, (evaluation_id,) = await opened(records, ada)

    for wrong in (
        {"goals": 0},
        {"level": 6},
        {"work": None},
        {"keep": "x" * 2001},
        {"name": "Ada"},
    ):
        answer = await submit(records, evaluation_id, ada, ANSWERS | wrong)
        assert answer.status_code == 422, wrong
    without_a_key = await records.http.post(
        f"/v1/evaluations/{evaluation_id}/submission",
        json=ANSWERS,
        headers=records._headers(ada, (), {}),  # noqa: SLF001 - post() would add the key.
    )
    assert without_a_key.status_code == 428
    assert await records.fetchval("SELECT count(*) FROM answer_box") == 0


async def test_nothing_leads_from_answers_to_who_gave_them(records: Records) -> None:
    ada, bob = uuid4(), uuid4()
    _, (of_ada, of_bob) = await opened(records, ada, bob)

    await submit(records, of_bob, bob, ANSWERS | {"keep": "Zeal."})
    await submit(records, of_ada, ada, ANSWERS | {"keep": "Attention."})

    (row,) = await records.fetch("SELECT * FROM answer_box")
    assert set(row.keys()) == {"offering_id", "answers"}
    assert [answers["keep"] for answers in row["answers"]] == ["Attention.", "Zeal."]
    # Nor does what is kept so that a request can be repeated: a hash of answers would be guessed.
    assert await records.fetchval("SELECT count(*) FROM idempotency") == 0


async def test_an_evaluation_is_its_participants_alone(records: Records) -> None:
    ada = uuid4()
    _, (evaluation_id,) = await opened(records, ada)

    assert (await records.get(f"/v1/evaluations/{evaluation_id}", uuid4())).status_code == 404
    assert (await submit(records, evaluation_id, uuid4())).status_code == 404
    assert (await submit(records, uuid4(), ada)).status_code == 404


async def test_four_weeks_after_the_last_day_it_is_over(records: Records) -> None:
    ada, bob = uuid4(), uuid4()
    _, (of_ada, of_bob) = await opened(records, ada, bob)

    records.clock.set(CLOSED - timedelta(microseconds=1))
    in_time = await submit(records, of_ada, ada)
    records.clock.set(CLOSED)
    too_late = await submit(records, of_bob, bob, headers={"Accept-Language": "nl"})

    assert in_time.status_code == 201
    assert too_late.status_code == 409
    assert "tot en met dinsdag 25\N{NO-BREAK SPACE}mei 2027" in too_late.json()["detail"]
    assert (await records.get(f"/v1/evaluations/{of_bob}", bob)).json()["state"] == "over"


async def test_who_has_left_is_not_asked_and_cannot_answer(records: Records) -> None:
    ada, bob = uuid4(), uuid4()
    published = await records.publish()
    left, leaves = confirmed(published.offering_id, ada), confirmed(published.offering_id, bob)
    await records.deliver(left, leaves, withdrawn(left))
    await records.has_dossier(left.enrolment_id, "closed")
    await records.has_dossier(leaves.enrolment_id)
    records.clock.set(LAST_DAY)
    fact = await records.told.wait_for(EvaluationOpened)
    assert fact.learner_id == bob

    await records.deliver(withdrawn(leaves))
    await records.has_dossier(leaves.enrolment_id, "closed")

    answer = await submit(records, fact.evaluation_id, bob)
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/problems/not-taking-part")
    assert (await records.get("/v1/evaluations", bob)).json()["items"] == []
    assert len(records.told.of(EvaluationOpened)) == 1


async def test_it_moves_with_the_course(records: Records) -> None:
    ada, bob = uuid4(), uuid4()
    published, _ = await records.started(ada, bob)
    await reschedule(records, published, days=7, version=2)

    records.clock.set(LAST_DAY)
    assert await records.open_evaluations() == 0
    records.clock.set(LAST_DAY + timedelta(days=7))
    fact = await records.told.wait_for(EvaluationOpened, 2)
    assert fact.open_until == CLOSED + timedelta(days=7)

    # Later still: closed again, and open once more on the new last day, for those who have not answered.
    evaluations = {each.learner_id: each for each in records.told.of(EvaluationOpened)}
    await submit(records, evaluations[ada].evaluation_id, ada)
    await reschedule(records, published, days=14, version=3)
    too_early = await submit(records, evaluations[bob].evaluation_id, bob)
    records.clock.set(LAST_DAY + timedelta(days=14))
    again = await records.told.wait_for(EvaluationOpened, 3)

    assert too_early.json()["type"].endswith("/problems/evaluation-not-open")
    assert again.evaluation_id == evaluations[bob].evaluation_id
    assert again.open_until == CLOSED + timedelta(days=14)
    assert (await submit(records, again.evaluation_id, bob)).status_code == 201


async def reschedule(
    records: Records, published: OfferingPublished, *, days: int, version: int
) -> None:
    """Move the last evening."""
    fields = {name: getattr(published, name) for name in published.__struct_fields__}
    moved = replace(
        published.sessions[-1],
        starts_at=published.sessions[-1].starts_at + timedelta(days=days),
        ends_at=published.sessions[-1].ends_at + timedelta(days=days),
    )
    await records.deliver(
        OfferingRescheduled(
            **fields
            | {
                "version": version,
                "sessions": (*published.sessions[:-1], moved),
                "ends_at": moved.ends_at,
                "moved_session_ids": (moved.session_id,),
            }
        )
    )
    await records.knows(published.offering_id, version)


async def test_exams_and_cancelled_courses_are_not_evaluated(records: Records) -> None:
    exam, cancelled, course = (
        await records.publish(activity="exam"),
        await records.publish(),
        await records.publish(),
    )
    await records.deliver(cancellation(cancelled))
    await records.handled("records.follow_catalogue", 4)
    ada = uuid4()
    of_exam, of_cancelled, _ = [
        await records.enrol(published, ada) for published in (exam, cancelled, course)
    ]

    records.clock.set(LAST_DAY)

    assert (await records.told.wait_for(EvaluationOpened)).offering_id == course.offering_id
    assert len(records.told.of(EvaluationOpened)) == 1
    for enrolment_id, opens_at in ((of_exam, None), (of_cancelled, "2027-04-26T22:00:00Z")):
        seen = (await records.get(f"/v1/enrolments/{enrolment_id}/evaluation", ada)).json()
        assert (seen["state"], seen["opens_at"]) == ("over", opens_at)


async def test_who_is_confirmed_late_is_told_late(records: Records) -> None:
    published, _ = await opened(records, uuid4())

    await records.enrol(published, late := uuid4())

    assert (await records.told.wait_for(EvaluationOpened, 2)).learner_id == late


async def test_results_are_hidden_under_five_answers(records: Records) -> None:
    people = [uuid4() for _ in range(6)]
    published, evaluations = await opened(records, *people)
    path = f"/v1/offerings/{published.offering_id}/evaluation-results"
    for evaluation_id, person in list(zip(evaluations, people, strict=True))[:4]:
        await submit(records, evaluation_id, person)
    hidden = (await records.get(path, LECTURER, "lecturer")).json()

    await submit(records, evaluations[4], people[4], ANSWERS | {"goals": 1, "change": "Less."})

    shown = (await records.get(path, COORDINATOR, "coordinator")).json()
    assert (hidden["asked"], hidden["answered"]) == (6, 4)
    assert (hidden["statements"], hidden["questions"]) == ([], [])
    assert shown["answered"] == 5
    assert shown["statements"][0] == {
        "name": "goals",
        "text": "I reached the learning goals",
        "counts": [1, 0, 0, 0, 4],
        "mean": "4.2",
    }
    assert [each["answers"] for each in shown["questions"]] == [["The evenings."] * 5, ["Less."]]


async def test_results_are_for_those_who_are_responsible(records: Records) -> None:
    ada = uuid4()
    published, _ = await opened(records, ada)
    path = f"/v1/offerings/{published.offering_id}/evaluation-results"

    assert (await records.get(path, ada)).status_code == 403
    assert (await records.get(path, uuid4(), "lecturer")).status_code == 404
    assert (await records.get(path, uuid4(), "office")).status_code == 200
