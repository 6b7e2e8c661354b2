"""The office's pages about mails, and evaluation results, through the portal's door."""

import msgspec
import pytest

from deploy.demo.forms import form_with
from tests.integration.portal.conftest import OFFERING, PORTAL, Portal
from tests.unit.portal import desk_samples as desk
from tests.unit.portal import evaluated_samples as evaluated
from tests.unit.portal import mails_samples as mails
from tests.unit.portal import samples

MAIL = f"/en/desk/mails/{mails.MAIL_ID}"
OF_BRAM = f"/en/desk/people/{desk.BRAM_ID}/mails"
PEOPLE = f"/en/desk/offerings/{samples.OFFERING_ID}"
ONE = f"/v1/mails/{mails.MAIL_ID}"
AGAIN_ID = "0199a000-0000-7000-8000-00000000f002"


@pytest.fixture
async def answering(portal: Portal) -> Portal:
    portal.edges.answers |= {
        "/v1/people": {"items": msgspec.to_builtins(list(desk.NAMES.values()))},
        "/v1/mails": {
            "items": msgspec.to_builtins([mails.FAILED]),
            "next": f"{portal.edges.url}/v1/mails?state=failed&cursor=abc",
        },
        ONE: msgspec.to_builtins(mails.FAILED),
        f"{ONE}/preview": b"<style>p{color:red}</style><p>You are enrolled</p>",
        f"{OFFERING}/head-count": msgspec.to_builtins(desk.COUNT),
        f"{OFFERING}/enrolments": {"items": msgspec.to_builtins(desk.ENROLLED)},
        f"{OFFERING}/evaluation-results": msgspec.to_builtins(evaluated.RESULTS),
    }
    return portal


@pytest.fixture
async def office(answering: Portal) -> Portal:
    answering.edges.claims["roles"] = ["learner", "office"]
    await answering.log_in()
    return answering


@pytest.mark.parametrize("role", ["learner", "lecturer", "coordinator", "finance", "administrator"])
async def test_mails_of_others_are_not_there_without_the_offices_role(
    portal: Portal, role: str
) -> None:
    portal.edges.claims["roles"] = ["learner", role]
    await portal.log_in()

    for path in ("/en/desk/mails", MAIL, f"{MAIL}/preview", OF_BRAM):
        assert (await portal.browser.get(path)).status_code == 404
    assert not any(each["path"].startswith("/v1/mails") for each in portal.edges.asked)


async def test_from_the_people_of_an_offering_to_the_mails_of_one(office: Portal) -> None:
    people = await office.browser.get(PEOPLE)
    listed = await office.browser.get(OF_BRAM)

    assert f'href="{OF_BRAM}"' in people.text
    assert "<h1>=Bram Kuipers</h1>" in listed.text
    assert f'href="{MAIL}">Confirmation of enrolment</a>' in listed.text
    assert "The mail server says: 550 5.1.1" in listed.text
    assert f'href="{OF_BRAM}?cursor=abc"' in listed.text


async def test_a_lecturer_sees_people_without_the_way_to_their_mails(answering: Portal) -> None:
    answering.edges.claims["roles"] = ["learner", "lecturer"]
    await answering.log_in()

    people = await answering.browser.get(PEOPLE)

    assert "=Bram Kuipers" in people.text
    assert "/mails" not in people.text


async def test_failed_mails_come_in_parts_and_the_state_stays(office: Portal) -> None:
    first = await office.browser.get("/en/desk/mails")
    second = await office.browser.get("/en/desk/mails?state=failed&cursor=abc")

    assert "Mails that failed" in first.text
    assert 'href="/en/desk/mails?state=failed&amp;cursor=abc"' in first.text
    assert 'href="/en/desk/mails?state=failed">Back to the first' in second.text


async def test_a_preview_has_the_mails_own_styles_and_may_do_nothing(office: Portal) -> None:
    page = await office.browser.get(MAIL)
    preview = await office.browser.get(f"{MAIL}/preview")

    assert f'href="{MAIL}/preview"' in page.text
    assert preview.text == "<style>p{color:red}</style><p>You are enrolled</p>"
    policy = preview.headers["content-security-policy"]
    assert "default-src 'none'; style-src 'unsafe-inline'" in policy
    assert policy.endswith("frame-ancestors 'none'; sandbox allow-popups")
    assert "script" not in policy
    assert preview.headers["cross-origin-opener-policy"] == "unsafe-none"
    assert preview.headers["cache-control"] == "private, no-store"
    assert "style-src 'self'" in page.headers["content-security-policy"]


async def test_a_mail_that_cannot_be_shown_says_why(office: Portal) -> None:
    office.edges.answers[f"{ONE}/preview"] = 409

    preview = await office.browser.get(f"{MAIL}/preview")

    assert preview.status_code == 409
    assert "Not so." in preview.text
    assert "style-src 'self'" in preview.headers["content-security-policy"]


async def test_a_mail_is_sent_again_with_one_key_however_often_the_form_comes(
    office: Portal,
) -> None:
    again = msgspec.to_builtins(mails.PLANNED) | {"mail_id": AGAIN_ID, "revision": 2}
    office.edges.answers[f"POST {ONE}/again"] = again
    office.edges.answers[f"/v1/mails/{AGAIN_ID}"] = again
    form = form_with((await office.browser.get(MAIL)).text, "idempotency_key")

    answers = [
        await office.browser.post(form.action, data=form.fields, headers={"Origin": PORTAL})
        for _ in range(2)
    ]

    keys = {
        each["headers"]["idempotency-key"]
        for each in office.edges.asked
        if each["method"] == "POST"
    }
    assert keys == {form.fields["idempotency_key"]}
    assert {each.headers["location"] for each in answers} == {f"/en/desk/mails/{AGAIN_ID}?again"}
    shown = await office.browser.get(answers[0].headers["location"])
    assert "It is planned once more" in shown.text


async def test_a_mail_that_may_not_be_repeated_says_so_above_its_page(office: Portal) -> None:
    office.edges.answers[f"POST {ONE}/again"] = 409

    answer = await office.send(MAIL, "idempotency_key")

    assert answer.status_code == 422
    assert 'class="errors"' in answer.text
    assert "Not so." in answer.text
    assert "Confirmation of enrolment" in answer.text


async def test_without_notification_the_page_says_which_part_is_down(office: Portal) -> None:
    office.edges.answers["/v1/mails"] = 503

    answer = await office.browser.get(OF_BRAM)

    assert answer.status_code == 503
    assert "The overview of mails is down for a moment" in answer.text


@pytest.mark.parametrize("role", ["office", "lecturer", "coordinator"])
async def test_evaluation_results_are_shown_to_those_whom_records_shows_them(
    answering: Portal, role: str
) -> None:
    answering.edges.claims["roles"] = ["learner", role]
    await answering.log_in()

    page = await answering.browser.get(f"{PEOPLE}/evaluation")
    answers = await answering.browser.get(f"{PEOPLE}/evaluation/keep?from=20")

    assert "I reached the learning goals" in page.text
    assert f'href="{PEOPLE}/evaluation/keep">All 23 answers' in page.text
    assert "Answers 21 to 23 of 23" in answers.text
    assert "&lt;b&gt;examples" in answers.text


async def test_results_of_somebody_elses_offering_and_unknown_questions_are_not_there(
    office: Portal,
) -> None:
    unknown = await office.browser.get(f"{PEOPLE}/evaluation/nothing")
    office.edges.answers[f"{OFFERING}/evaluation-results"] = 404

    assert unknown.status_code == 404
    assert (await office.browser.get(f"{PEOPLE}/evaluation")).status_code == 404
    assert (await office.browser.get(f"{PEOPLE}/evaluation/keep")).status_code == 404


async def test_a_place_among_the_answers_that_is_no_number_is_the_beginning(
    office: Portal,
) -> None:
    for nonsense in ("-1", "x", "9" * 5000, "²"):
        answer = await office.browser.get(f"{PEOPLE}/evaluation/keep", params={"from": nonsense})
        assert "Answers 1 to 10 of 23" in answer.text
