"""Asking for help through the portal's door: often asked first, prefilled, nothing typed lost (B4, B5, B28)."""

import msgspec
import pytest

from tests.integration.portal.conftest import Portal
from tests.unit.portal import helping_samples as helping
from tests.unit.portal import samples

FROM_COURSE = f"/en/help/ask?course={samples.OFFERING_ID}"
ONE = f"/v1/help-requests/{helping.ASKED.help_request_id}"
PROBLEM = "I cannot enrol.\nIt says <closed>."
ANSWERS = {"programme": "BA-LING", "student_number": " s1234567 ", "problem": PROBLEM}


@pytest.fixture(autouse=True)
def answering(portal: Portal) -> None:
    asked = msgspec.to_builtins(helping.ASKED)
    portal.edges.answers |= {
        "/v1/programmes": {"items": msgspec.to_builtins(helping.PROGRAMMES)},
        "POST /v1/help-requests": (201, asked),
        ONE: asked,
    }


def sent_to(portal: Portal) -> list[dict[str, object]]:
    return [each for each in portal.edges.asked if each["path"] == "/v1/help-requests"]


async def test_from_a_course_one_comes_to_the_questions_first_and_then_to_the_form(
    portal: Portal,
) -> None:
    course = await portal.browser.get(f"/en/courses/{samples.OFFERING_ID}")
    questions = await portal.browser.get(f"/en/help?course={samples.OFFERING_ID}")
    elsewhere = await portal.browser.get('/en/help?course="><script>')

    assert f'href="/en/help?course={samples.OFFERING_ID}#questions"' in course.text
    assert f'href="{FROM_COURSE}"' in questions.text
    assert questions.text.index('id="questions"') < questions.text.index(FROM_COURSE)
    assert 'href="/en/help/ask"' in elsewhere.text


async def test_the_form_knows_who_asks_and_where_they_stood(portal: Portal) -> None:
    await portal.log_in()

    page = await portal.browser.get(FROM_COURSE)

    assert page.status_code == 200
    assert 'name="name" type="text" value="Noor de Vries"' in page.text
    assert f"{samples.OFFERING.title} ({samples.OFFERING.class_number})" in page.text
    assert f'name="offering" value="{samples.OFFERING_ID}"' in page.text
    assert '<option value="BA-LING">Linguistics &lt;BA&gt; (BA-LING)</option>' in page.text


async def test_without_a_login_one_comes_back_to_the_form_of_that_course(portal: Portal) -> None:
    left = await portal.browser.get(FROM_COURSE)
    back = await portal.log_in(FROM_COURSE)

    assert left.status_code == 303
    assert back.headers["location"].endswith(FROM_COURSE)


async def test_a_question_is_sent_once_with_all_that_it_must_carry(portal: Portal) -> None:
    await portal.log_in()

    answer = await portal.send(FROM_COURSE, "problem", **ANSWERS)
    page = await portal.browser.get(answer.headers["location"])

    (sent,) = sent_to(portal)
    assert sent["body"] == {
        "name": "Noor de Vries",
        "student_number": "s1234567",
        "programme": "BA-LING",
        "course": f"{samples.OFFERING.title} ({samples.OFFERING.class_number})",
        "problem": PROBLEM,
        "offering_id": str(samples.OFFERING_ID),
    }
    assert answer.status_code == 303
    assert "Your question has been sent" in page.text
    assert "HR-0000AE01" in page.text
    assert "linguistics@university.example" in page.text
    assert "It says &lt;closed&gt;." in page.text


async def test_whoever_does_not_study_here_needs_no_number(portal: Portal) -> None:
    await portal.log_in()

    answer = await portal.send(
        "/en/help/ask", "problem", programme="none", course="Python", problem=PROBLEM
    )

    assert answer.status_code == 303
    (sent,) = sent_to(portal)
    assert sent["body"] == {
        "name": "Noor de Vries",
        "student_number": None,
        "programme": None,
        "course": "Python",
        "problem": PROBLEM,
        "offering_id": None,
    }


async def test_what_is_missing_is_said_at_its_field_and_nothing_typed_is_lost(
    portal: Portal,
) -> None:
    await portal.log_in()

    answer = await portal.send(FROM_COURSE, "problem", problem=PROBLEM, programme="BA-LING")
    empty = await portal.send("/en/help/ask", "problem", name="")

    assert answer.status_code == 422
    assert '<a href="#student_number">Enter your student number</a>' in answer.text
    assert 'value="BA-LING" selected' in answer.text
    assert "It says &lt;closed&gt;.</textarea>" in answer.text
    for field in ("name", "programme", "student_number", "course", "problem"):
        assert f'<a href="#{field}">' in empty.text
    assert sent_to(portal) == []


async def test_while_notification_is_away_the_question_stays_with_the_same_key(
    portal: Portal,
) -> None:
    await portal.log_in()
    portal.edges.answers["POST /v1/help-requests"] = 503

    answer = await portal.send(FROM_COURSE, "problem", **ANSWERS)

    (sent,) = sent_to(portal)
    headers = sent["headers"]
    assert isinstance(headers, dict)
    assert answer.status_code == 503
    assert "We do not know whether your question arrived." in answer.text
    assert "It says &lt;closed&gt;.</textarea>" in answer.text
    assert f'name="idempotency_key" value="{headers["idempotency-key"]}"' in answer.text


async def test_without_the_catalogue_the_programme_is_written(portal: Portal) -> None:
    await portal.log_in()
    portal.edges.answers["/v1/programmes"] = 503

    page = await portal.browser.get("/en/help/ask")
    answer = await portal.send("/en/help/ask", "problem", course="Python", **ANSWERS)

    assert page.status_code == 200
    assert '<input id="programme" name="programme"' in page.text
    assert answer.status_code == 303


async def test_too_many_questions_are_refused_in_words(portal: Portal) -> None:
    await portal.log_in()
    problem = {"type": "x/problems/too-many-requests", "title": "Too many", "detail": "Wait."}
    portal.edges.answers["POST /v1/help-requests"] = (429, problem)

    answer = await portal.send(FROM_COURSE, "problem", **ANSWERS)

    assert answer.status_code == 422
    assert "<h2>Too many</h2>" in answer.text
    assert "It says &lt;closed&gt;.</textarea>" in answer.text
