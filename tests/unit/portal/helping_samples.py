"""What the pages of asking for help are rendered with in tests."""

from typing import Any
from uuid import UUID

from litestar.datastructures import MultiDict
from msgspec.structs import replace

from clients.portal.api.asking import Missing
from clients.portal.api.helping import Asked, Programme
from clients.portal.forms import empty_form, sent_form
from clients.portal.views.helping import course_of, help_page, read_question
from contracts.fact import Language
from tests.unit.portal.samples import NOW, OFFERING, OFFERING_ID, words

PROGRAMMES = (
    Programme("BA-LING", "Linguistics <BA>"),
    Programme("MSC-CS", "Computer Science"),
)
ASKED = Asked(
    help_request_id=UUID("0199a000-0000-7000-8000-00000000ae01"),
    reference="HR-0000AE01",
    name="Noor de Vries",
    student_number="s1234567",
    programme="BA-LING",
    course="Academic writing (4218)",
    problem="I cannot enrol in the resit.\n\nIt says <closed>.",
    contact="linguistics@university.example",
    asked_at=NOW,
)
TYPED = {
    "name": "Noor de Vries",
    "programme": "BA-LING",
    "student_number": "s1234567",
    "course": "Academic writing (4218)",
    "problem": "I cannot enrol <in> the resit.",
    "offering": str(OFFERING_ID),
}


def pages(language: Language) -> dict[str, list[dict[str, Any]]]:
    """Every template about help, in every state."""
    empty = empty_form(words(language), name="Noor de Vries", course=course_of(OFFERING))
    wrong = sent_form(words(language), MultiDict({"problem": "x" * 4001}))
    read_question(wrong)
    typed = sent_form(words(language), MultiDict(TYPED))
    return {
        "help_ask.html": [
            {"page": help_page(PROGRAMMES), "form": empty},
            {"page": help_page(PROGRAMMES), "form": wrong},
            {"page": help_page(PROGRAMMES, is_unsent=True), "form": typed},
            {"page": help_page(Missing("catalogue")), "form": empty},
        ],
        "help_asked.html": [
            {"page": ASKED},
            {"page": replace(ASKED, programme=None, student_number=None)},
        ],
    }
