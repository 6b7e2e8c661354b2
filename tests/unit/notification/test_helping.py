"""Questions: what they must carry, who answers them, and what the two mails about one say (B4, B28)."""

from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default as modern
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from chassis.refusals import Refusal
from contracts.fact import Translated
from contracts.notification import Purpose
from services.notification.domain.helping import HelpRequest, Programme, Question, ask_for_help
from services.notification.domain.ledger import Never, look_at
from tests.unit.notification.samples import (
    AMSTERDAM,
    ASKED,
    LUCJA,
    NAME,
    NOW,
    case_for,
    known_offering,
    writer,
)

QUESTION = Question(
    name=NAME,
    student_number="s1234567",
    programme="BA-LING",
    course="Academic writing, 4218",
    offering_id=UUID(int=5),
    problem="I cannot enrol in the resit.",
)
LINGUISTICS = Programme(
    code="BA-LING",
    version=1,
    name=Translated(nl="Taalwetenschap", en="Linguistics"),
    contact="linguistics@portal.example",
)


def ask(
    known: Programme | None = LINGUISTICS, *, offering: Any = None, **changes: Any
) -> HelpRequest:
    return ask_for_help(
        replace(QUESTION, **changes),
        known,
        offering,
        institution="courses@portal.example",
        account_id=LUCJA,
        help_request_id=UUID(int=1),
        now=NOW,
    )


def read(purpose: Purpose) -> EmailMessage:
    message = writer().compose(case_for(purpose), now=NOW)
    return BytesParser(policy=modern).parsebytes(message)


def test_the_contact_of_the_programme_answers() -> None:
    asked = ask(offering=replace(known_offering(), contact="languages@portal.example"))

    assert asked.contact == "linguistics@portal.example"
    assert asked.programme_name == LINGUISTICS.name


def test_without_a_contact_of_the_programme_that_of_the_course_answers_and_then_the_institution() -> (
    None
):
    course = replace(known_offering(), contact="languages@portal.example")
    nobody = replace(LINGUISTICS, contact=None)

    assert ask(nobody, offering=course).contact == "languages@portal.example"
    assert ask(None, offering=course).contact == "languages@portal.example"
    assert ask(nobody).contact == "courses@portal.example"


@pytest.mark.parametrize("field", ["name", "course", "problem"])
def test_blanks_are_no_answer(field: str) -> None:
    blank: dict[str, Any] = {field: "  \n "}

    with pytest.raises(Refusal) as refused:
        ask(**blank)

    assert refused.value.problem.code == "question-incomplete"


@pytest.mark.parametrize("number", [None, " "])
def test_whoever_studies_gives_their_number(number: str | None) -> None:
    with pytest.raises(Refusal) as refused:
        ask(student_number=number)

    assert refused.value.problem.code == "student-number-missing"


def test_whoever_does_not_study_here_has_neither_programme_nor_number() -> None:
    asked = ask(None, programme=None, student_number="s1234567")

    assert (asked.programme, asked.student_number) == (None, None)


def test_the_question_goes_to_the_contact_and_an_answer_to_whoever_asked() -> None:
    message = read("help_request")

    assert message["To"].addresses[0].addr_spec == "linguistics@portal.example"
    assert message["Reply-To"] == "lucja@example.org"
    assert message["Subject"] == "Question about Academic writing in English, 4218 (HR-0000BEEF)"


def test_the_receipt_goes_to_whoever_asked_and_an_answer_to_the_contact() -> None:
    message = read("help_receipt")

    assert message["To"].addresses[0].addr_spec == "lucja@example.org"
    assert message["Reply-To"] == "linguistics@portal.example"


@pytest.mark.parametrize("purpose", ["help_request", "help_receipt"])
def test_both_carry_all_that_was_asked(purpose: Purpose) -> None:
    letter = writer().write(case_for(purpose), now=NOW)

    for said in (NAME, "s1234567", "Linguistics (BA)", "4218", "HR-0000BEEF"):
        assert said in letter.text
    assert "It says <closed>, but" in letter.text
    assert "It says &lt;closed&gt;, but" in letter.html


def test_the_question_of_somebody_who_does_not_study_here_says_so() -> None:
    case = replace(
        case_for("help_request"),
        help=replace(
            ASKED, programme=None, programme_name=None, student_number=None, offering_id=None
        ),
    )

    assert "none: does not study here" in writer().write(case, now=NOW).text


@pytest.mark.parametrize("purpose", ["help_request", "help_receipt"])
def test_whoever_was_forgotten_asks_nothing_any_more(purpose: Purpose) -> None:
    case = case_for(purpose, is_forgotten=True)

    assert look_at(case, zone=AMSTERDAM, now=NOW) == Never("erased")
