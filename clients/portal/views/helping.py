"""Asking for help: what a form means, and what stands in it from where the reader stood (B28)."""

from uuid import UUID

import msgspec

from clients.portal.api.asking import Missing, Part, found, the_missing
from clients.portal.api.catalogue import Offering
from clients.portal.api.helping import Programme, Question
from clients.portal.forms import Form

NO_PROGRAMME = "none"
"""For whoever does not study here."""
FIELDS = {
    "/name": "name",
    "/student_number": "student_number",
    "/programme": "programme",
    "/course": "course",
    "/problem": "problem",
}
LONGEST = {"name": 120, "student_number": 30, "programme": 60, "course": 200, "problem": 4000}
"""As notification takes them."""


class HelpPage(msgspec.Struct, frozen=True, kw_only=True):
    """The form."""

    programmes: tuple[tuple[str, str], ...]
    """Code and name; none while the catalogue is away: then the programme is written."""
    missing: tuple[Part, ...]
    is_unsent: bool
    """Nobody knows whether the question arrived: it is to be sent once more."""


def help_page(programmes: tuple[Programme, ...] | Missing, *, is_unsent: bool = False) -> HelpPage:
    """The form, with what can be chosen."""
    return HelpPage(
        programmes=tuple(
            (each.code, f"{each.name} ({each.code})") for each in found(programmes) or ()
        ),
        missing=the_missing(programmes),
        is_unsent=is_unsent,
    )


def course_of(offering: Offering | None) -> str:
    """How a course is named in a question: its title, and its class number."""
    return "" if offering is None else f"{offering.title} ({offering.class_number})"


def id_in(form: Form, name: str) -> UUID | None:
    """The offering that an address or a form names; None where it names none."""
    try:
        return UUID(form.typed(name))
    except ValueError:
        return None


def read_question(form: Form) -> Question | None:
    """What the form means; None where something has to be corrected first."""

    def line(name: str, needed: str | None) -> str:
        return form.text(name, needed=needed, longest=LONGEST[name], too_long="asking.too_long")

    name = line("name", "asking.name_needed")
    programme = line("programme", "asking.programme_needed")
    studies = programme != NO_PROGRAMME
    number = line("student_number", "asking.student_number_needed" if studies else None)
    course = line("course", "asking.course_needed")
    problem = line("problem", "asking.problem_needed")
    if not form.is_right:
        return None
    return Question(
        name=name,
        student_number=number if studies else None,
        programme=programme if studies else None,
        course=course,
        problem=problem,
        offering_id=id_in(form, "offering"),
    )
