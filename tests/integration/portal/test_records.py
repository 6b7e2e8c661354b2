"""My Records and evaluations through the portal's door."""

from typing import Any

import msgspec
import pytest

from deploy.demo.forms import form_with
from tests.integration.portal.conftest import PORTAL, Portal
from tests.integration.portal.edges import Paper
from tests.unit.portal import samples
from tests.unit.portal.record_samples import DOCUMENT, EVALUATION, RECORDS

MINE = f"/my/courses/{samples.ENROLMENT.enrolment_id}"
OF_ENROLMENT = f"/v1/enrolments/{samples.ENROLMENT.enrolment_id}"
PDF = f"/v1/documents/{DOCUMENT.document_id}/pdf"
SUBMISSION = f"/v1/evaluations/{EVALUATION.evaluation_id}/submission"
GOOD = {"goals": "5", "level": "4", "lecturer": "3", "work": "2", "place": "1"}
ARRIVED: dict[str, Any] = {"submitted_at": "2027-03-10T13:00:00Z"}
"""What records answers to answers."""


def builtins(told: object, **changes: Any) -> Any:
    return msgspec.to_builtins(msgspec.structs.replace(told, **changes))  # type: ignore[type-var] # All are structs.


@pytest.fixture(autouse=True)
def records(portal: Portal) -> None:
    """What records says where a test says nothing else."""
    portal.edges.answers |= {
        "/v1/records": {"items": msgspec.to_builtins(RECORDS), "next": None},
        f"/v1/records/{samples.ENROLMENT.enrolment_id}": builtins(RECORDS[0]),
        OF_ENROLMENT: builtins(samples.ENROLMENT),
        f"{OF_ENROLMENT}/evaluation": builtins(EVALUATION),
        f"{OF_ENROLMENT}/leaving-costs": builtins(samples.COSTS),
        "/v1/orders": {"items": []},
        PDF: Paper(b"%PDF-1.7 of Noor", name="Certificaat D-2027-000017"),
        f"POST {SUBMISSION}": (201, ARRIVED),
    }


async def test_my_records_have_every_state_of_a_document_and_every_result(portal: Portal) -> None:
    await portal.log_in()

    answer = await portal.browser.get("/en/my/records")

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"
    assert 'aria-current="page">My Records</a>' in answer.text
    assert "with code <code>8F3K-27QM-94TX</code>" in answer.text
    assert f'href="/en/my/records/{DOCUMENT.document_id}/en"' in answer.text
    for words in ("Being made", "Not valid any more", "D-2027-000018</code> stands in its place"):
        assert words in answer.text
    assert "<h2>Results 2025–2026</h2>" in answer.text


async def test_without_a_login_records_lead_to_the_login_page_and_back(portal: Portal) -> None:
    mailed = await portal.browser.get("/my/records", headers={"Accept-Language": "nl"})
    answer = await portal.browser.get(mailed.headers["location"])

    assert mailed.headers["location"] == "/nl/my/records"
    assert answer.headers["location"] == "/nl/log-in?to=%2Fnl%2Fmy%2Frecords"


async def test_nothing_yet_and_records_being_away_are_said(portal: Portal) -> None:
    await portal.log_in()
    portal.edges.answers["/v1/records"] = {"items": [], "next": None}
    none = await portal.browser.get("/nl/my/records")
    portal.edges.answers["/v1/records"] = 500
    away = await portal.browser.get("/nl/my/records")

    assert "Hier staat nog niets" in none.text
    assert away.status_code == 503
    assert "Mijn documenten werkt even niet" in away.text


async def test_older_records_are_asked_for_by_the_cursor_of_the_page(portal: Portal) -> None:
    await portal.log_in()
    following = {"items": [], "next": "https://r.example/v1/records?limit=50&cursor=b%2Bc"}
    portal.edges.answers["/v1/records"] = following

    first = await portal.browser.get("/en/my/records")
    second = await portal.browser.get("/en/my/records?cursor=b%2Bc")

    assert 'href="/en/my/records?cursor=b%2Bc"' in first.text
    assert "Latest results" not in first.text
    assert 'href="/en/my/records">Latest results' in second.text


async def test_a_document_comes_through_byte_for_byte_with_its_name_and_without_the_token(
    portal: Portal,
) -> None:
    await portal.log_in()
    portal.edges.asked.clear()

    answer = await portal.browser.get(f"/en/my/records/{DOCUMENT.document_id}/nl")

    assert answer.content == b"%PDF-1.7 of Noor"
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-length"] == "16"
    assert (
        answer.headers["content-disposition"]
        == 'attachment; filename="Certificaat D-2027-000017.pdf"'
    )
    assert answer.headers["content-language"] == "nl"
    assert answer.headers["cache-control"] == "private, no-store"
    assert "set-cookie" not in answer.headers
    assert portal.edges.asked_with(PDF) == ["Bearer access-1"]
    assert "access-1" not in str(answer.headers)


async def test_a_document_needs_a_login_a_language_of_ours_and_its_learner(portal: Portal) -> None:
    path = f"/en/my/records/{DOCUMENT.document_id}"
    stranger = await portal.browser.get(f"{path}/nl")
    await portal.log_in()
    french = await portal.browser.get(f"{path}/fr")
    portal.edges.answers[PDF] = 404
    of_others = await portal.browser.get(f"{path}/nl")

    assert stranger.headers["location"].startswith("/en/log-in?to=")
    assert french.status_code == of_others.status_code == 404
    assert "This page does not exist" in of_others.text


async def test_a_document_that_is_being_made_or_withdrawn_says_so_on_a_page(portal: Portal) -> None:
    await portal.log_in()
    problem = {
        "type": "https://records.test/problems/document-being-made",
        "title": "The document is still being made",
        "detail": "It lies in My Records within a minute, as a rule.",
    }
    portal.edges.answers[PDF] = (409, problem)

    answer = await portal.browser.get(f"/en/my/records/{DOCUMENT.document_id}/en")

    assert answer.status_code == 409
    assert "The document is still being made" in answer.text
    assert answer.headers["content-type"].startswith("text/html")


async def test_the_page_of_a_course_has_what_came_of_it_once_it_has_begun(portal: Portal) -> None:
    await portal.log_in()
    portal.edges.asked.clear()
    before = await portal.browser.get(f"/en{MINE}")
    asked_before = {each["path"] for each in portal.edges.asked}
    begun = builtins(samples.ENROLMENT, starts_at=samples.NOW)
    portal.edges.answers[OF_ENROLMENT] = begun

    after = await portal.browser.get(f"/en{MINE}")
    portal.edges.answers[f"{OF_ENROLMENT}/evaluation"] = 500
    without = await portal.browser.get(f"/en{MINE}")

    assert f"{OF_ENROLMENT}/evaluation" not in asked_before
    assert before.status_code == 200
    assert "What you achieved" not in before.text
    assert "What you achieved" in after.text
    assert f'href="/en/my/records/{DOCUMENT.document_id}/en"' in after.text
    assert f'<a href="/en{MINE}/evaluation">say how it was</a>' in after.text
    assert without.status_code == 200
    assert "results and documents are missing here" in without.text


async def test_an_evaluation_that_is_open_asks_for_attention_in_my_learning(portal: Portal) -> None:
    await portal.log_in()
    portal.edges.answers["/v1/evaluations"] = {"items": [builtins(EVALUATION)]}

    answer = await portal.browser.get("/en/my/courses")

    assert "1 thing asks for your attention." in answer.text
    assert f'href="/en{MINE}/evaluation"' in answer.text


async def test_an_evaluation_is_submitted_once_and_the_page_says_so(portal: Portal) -> None:
    await portal.log_in()
    page = f"/en{MINE}/evaluation"

    sent = await portal.send(page, "goals", **GOOD, keep="The evenings.")
    submitted = builtins(EVALUATION, state="submitted", submitted_at=samples.NOW)
    portal.edges.answers[f"{OF_ENROLMENT}/evaluation"] = submitted
    shown = await portal.browser.get(sent.headers["location"])

    (post,) = [each for each in portal.edges.asked if each["path"] == SUBMISSION]
    scores = {name: int(score) for name, score in GOOD.items()}
    assert post["body"] == {**scores, "keep": "The evenings.", "change": None}
    assert (sent.status_code, sent.headers["location"]) == (303, page)
    assert "We have had your answers since Wednesday 10\N{NO-BREAK SPACE}March 2027" in shown.text
    assert "<form" not in shown.text


async def test_the_same_form_sent_twice_has_one_key(portal: Portal) -> None:
    await portal.log_in()
    form = await form_of(portal)

    for _ in range(2):
        answer = await portal.browser.post(
            f"/en{MINE}/evaluation", data={**form, **GOOD}, headers={"Origin": PORTAL}
        )
        assert answer.status_code == 303

    posts = [each for each in portal.edges.asked if each["path"] == SUBMISSION]
    assert len({each["headers"]["idempotency-key"] for each in posts}) == 1
    assert len(posts) == 2


async def form_of(portal: Portal) -> dict[str, str]:
    """What the empty form carries."""
    page = await portal.browser.get(f"/en{MINE}/evaluation")
    return form_with(page.text, "goals").filled()


async def test_what_is_missing_is_asked_for_and_nothing_typed_is_lost(portal: Portal) -> None:
    await portal.log_in()

    answer = await portal.send(
        f"/nl{MINE}/evaluation", "goals", **GOOD | {"level": ""}, change="<Minder & korter>"
    )

    assert answer.status_code == 422
    assert "<title>Fout: Evaluatie van" in answer.text
    assert '<a href="#level">Kies hoe ver je het eens bent met stelling 2' in answer.text
    assert 'value="5" checked' in answer.text
    assert "&lt;Minder &amp; korter&gt;</textarea>" in answer.text
    assert not [each for each in portal.edges.asked if each["path"] == SUBMISSION]


@pytest.mark.parametrize("code", ["already-evaluated", "evaluation-over", "not-taking-part"])
async def test_what_has_happened_meanwhile_is_a_state_of_the_page(
    portal: Portal, code: str
) -> None:
    await portal.log_in()
    problem = {"type": f"https://records.test/problems/{code}", "title": "No", "detail": "No."}
    portal.edges.answers[f"POST {SUBMISSION}"] = (409, problem)

    answer = await portal.send(f"/en{MINE}/evaluation", "goals", **GOOD)

    assert (answer.status_code, answer.headers["location"]) == (303, f"/en{MINE}/evaluation")


@pytest.mark.parametrize("path", [f"POST {SUBMISSION}", f"{OF_ENROLMENT}/evaluation"])
async def test_without_records_all_that_was_typed_is_kept_to_be_sent_once_more(
    portal: Portal, path: str
) -> None:
    await portal.log_in()
    form = await form_of(portal)
    working, portal.edges.answers[path] = portal.edges.answers[path], 500

    typed = {**form, **GOOD, "keep": "The evenings."}
    failed = await portal.browser.post(
        f"/en{MINE}/evaluation", data=typed, headers={"Origin": PORTAL}
    )
    portal.edges.answers[path] = working
    again = await portal.browser.post(
        f"/en{MINE}/evaluation",
        data=form_with(failed.text, "goals").filled(),
        headers={"Origin": PORTAL},
    )

    assert failed.status_code == 503
    assert "Your evaluation has not arrived yet" in failed.text
    assert "The evenings.</textarea>" in failed.text
    assert again.status_code == 303
    post = [each for each in portal.edges.asked if each["path"] == SUBMISSION][-1]
    assert post["body"]["goals"] == 5
    assert post["headers"]["idempotency-key"] == form["idempotency_key"]


async def test_a_course_in_which_one_has_no_place_yet_says_when_it_opens(portal: Portal) -> None:
    await portal.log_in()
    portal.edges.answers[f"{OF_ENROLMENT}/evaluation"] = 404

    mine = await portal.browser.get(f"/en{MINE}/evaluation")
    portal.edges.answers[OF_ENROLMENT] = 404
    of_others = await portal.browser.get(f"/en{MINE}/evaluation")

    assert "Evaluation of Academic writing in English" in mine.text
    assert "The evaluation opens on the last day of the course" in mine.text
    assert of_others.status_code == 404
