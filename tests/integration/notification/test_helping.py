"""Somebody asks for help: the right contact gets it, they get a receipt, and it is theirs alone (B4, B28)."""

from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from contracts.catalogue import ProgrammeDescribed
from contracts.fact import Translated
from contracts.identity import AccountErased
from services.notification.edge import NotificationExport
from tests.integration.notification.steps import Notification, address_of, person, text_of

PATH = "/v1/help-requests"
LINGUISTICS = "linguistics@portal.test"
CANARY = "zwaluwstaart"
QUESTION: dict[str, Any] = {
    "name": "Łucja Ñuñez-van 't Hof",
    "student_number": "s1234567",
    "programme": "BA-LING",
    "course": "Academic writing, 4218",
    "problem": f"I cannot enrol in the resit. {CANARY}",
}


def described(version: int = 1, contact: str | None = LINGUISTICS) -> ProgrammeDescribed:
    return ProgrammeDescribed(
        programme_id=UUID(int=7),
        version=version,
        code="BA-LING",
        title=Translated(nl="Taalwetenschap", en="Linguistics"),
        contact=contact,
    )


async def contents(notification: Notification) -> str:
    rows = await notification.fetch("SELECT help_request::text AS row FROM help_request")
    rows += await notification.fetch("SELECT mail::text AS row FROM mail")
    rows += await notification.fetch("SELECT convert_from(body, 'UTF8') AS row FROM idempotency")
    return "\n".join(str(each["row"]) for each in rows)


async def test_a_question_goes_to_the_programmes_contact_and_a_receipt_to_whoever_asked(
    notification: Notification,
) -> None:
    learner = await notification.register()
    await notification.deliver(described())
    await notification.has("SELECT true FROM programme WHERE code = 'BA-LING'")

    answer = await notification.post(PATH, QUESTION, learner, key="k1")
    repeated = await notification.post(PATH, QUESTION, learner, key="k1")

    assert answer.status_code == 201, answer.text
    assert repeated.json() == answer.json()
    assert answer.json()["contact"] == LINGUISTICS
    reference = answer.json()["reference"]
    question = await notification.catcher.box.arrives(LINGUISTICS)
    receipt = await notification.catcher.box.arrives(address_of(learner))
    assert dict(question.headers)["Reply-To"] == address_of(learner)
    assert dict(receipt.headers)["Reply-To"] == LINGUISTICS
    for mail in (question, receipt):
        assert reference in mail.subject
        for said in ("s1234567", "Linguistics", "Academic writing, 4218", CANARY):
            assert said in text_of(mail)
    await notification.mail("help_request", state="sent")
    await notification.mail("help_receipt", state="sent")
    assert len(list(notification.catcher.box.find(LINGUISTICS))) == 1


async def test_the_office_sends_a_question_again_to_the_same_contact(
    notification: Notification,
) -> None:
    learner, office = await notification.register(), uuid4()
    await notification.deliver(described())
    await notification.has("SELECT true FROM programme")
    await notification.post(PATH, QUESTION, learner)
    sent = await notification.mail("help_request", state="sent")

    again = await notification.post(f"/v1/mails/{sent['mail_id']}/again", None, office, "office")

    assert again.json()["revision"] == 2
    await notification.catcher.box.arrives(LINGUISTICS, 2)


async def test_the_later_contact_of_a_programme_holds_in_whatever_order_they_are_told(
    resting: Notification,
) -> None:
    ada = uuid4()
    await resting.know(person(ada, address_of(ada)))
    await resting.know(described(2, "new@portal.test"))
    await resting.know(described(1))

    answer = await resting.post(PATH, QUESTION, ada)

    assert answer.json()["contact"] == "new@portal.test"


async def test_without_a_programme_the_contact_of_the_course_is_asked_and_else_the_institution(
    notification: Notification,
) -> None:
    learner = await notification.register()
    published = await notification.publish(contact="languages@portal.test")
    alone = {name: QUESTION[name] for name in ("name", "course", "problem")}

    of_course = await notification.post(
        PATH, {**alone, "offering_id": str(published.offering_id)}, learner
    )
    of_nothing = await notification.post(PATH, alone, learner)

    assert of_course.json()["contact"] == "languages@portal.test"
    assert of_nothing.json()["contact"] == "courses@portal.test"
    question = await notification.catcher.box.arrives("languages@portal.test")
    assert f"/courses/{published.offering_id}" in (question.text or "")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"problem": ""}, 422, "invalid-input"),
        ({"problem": "   "}, 422, "question-incomplete"),
        ({"student_number": None}, 422, "student-number-missing"),
        ({"contact": "eve@example.org"}, 422, "invalid-input"),
    ],
)
async def test_a_question_that_lacks_something_is_not_taken_in(
    resting: Notification, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = await resting.post(PATH, QUESTION | changes, uuid4())

    assert answer.status_code == status
    assert answer.json()["type"].endswith(f"/problems/{code}")
    assert await resting.fetchval("SELECT count(*) FROM help_request") == 0


async def test_a_question_is_seen_by_whoever_asked_and_the_office(resting: Notification) -> None:
    ada = uuid4()
    asked = (await resting.post(PATH, QUESTION, ada)).json()
    path = f"{PATH}/{asked['help_request_id']}"

    assert (await resting.get(path, ada)).json() == asked
    assert (await resting.get(path, uuid4(), "office")).json() == asked
    assert (await resting.get(path, uuid4(), "lecturer")).status_code == 404
    assert (await resting.get(path)).status_code == 401


async def test_whoever_asks_too_often_waits_and_nobody_else_does(resting: Notification) -> None:
    ada = uuid4()
    answers = [(await resting.post(PATH, QUESTION, ada)).status_code for _ in range(11)]
    refused = await resting.post(PATH, QUESTION, ada)

    assert answers == [201] * 10 + [429]
    assert int(refused.headers["retry-after"]) > 0
    assert (await resting.post(PATH, QUESTION, uuid4())).status_code == 201


async def test_what_i_asked_is_in_my_export(resting: Notification) -> None:
    ada = uuid4()
    await resting.post(PATH, QUESTION, ada)

    answer = await resting.get("/v1/me/export", ada)

    mine = msgspec.json.decode(answer.content, type=NotificationExport)
    assert [each.problem for each in mine.help_requests] == [QUESTION["problem"]]


async def test_whoever_is_forgotten_leaves_nothing_of_what_they_asked(
    resting: Notification,
) -> None:
    ada = uuid4()
    await resting.know(person(ada, f"{CANARY}@example.org"))
    asked = (await resting.post(PATH, QUESTION, ada)).json()
    assert CANARY in await contents(resting)

    await resting.know(AccountErased(account_id=ada, erased_at=resting.clock.now()))
    await resting.send_all()
    late = await resting.post(PATH, QUESTION, ada)

    left = await contents(resting)
    assert CANARY not in left
    assert "s1234567" not in left
    states = await resting.fetch("SELECT DISTINCT state, why FROM mail")
    assert [tuple(each) for each in states] == [("not_needed", "erased")]
    assert late.status_code == 404
    path = f"{PATH}/{asked['help_request_id']}"
    assert (await resting.get(path, uuid4(), "office")).status_code == 404
