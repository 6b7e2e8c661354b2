"""Courses: what is taught, apart from when and for whom."""

from typing import Literal, get_args
from uuid import UUID

import msgspec

from contracts.fact import Translated
from services.catalogue.domain.faults import Fault, untranslated

Level = Literal[
    "A1", "A2", "B1", "B2", "C1", "C2", "beginner", "intermediate", "advanced",
    "bachelor", "master", "phd",
]  # fmt: skip
"""The Common European Framework for languages; a step or a phase of study for everything else."""
LEVELS: tuple[Level, ...] = get_args(Level)
"""From the first steps on."""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A field that courses are filed under."""

    code: str
    name: Translated


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """A course as the overview describes it."""

    course_id: UUID
    code: str
    subject: str
    """Code of a subject."""
    title: Translated
    summary: Translated
    """One sentence for lists."""
    description: Translated
    learning_goals: tuple[Translated, ...] = ()
    """Each continues "After this course you can …"."""
    level: Level | None = None
    study_load_hours: int | None = None


def faults_of_course(course: Course) -> list[Fault]:
    """What is wrong with a course in itself."""
    texts = {"title": course.title, "summary": course.summary, "description": course.description}
    faults = [fault for name, text in texts.items() for fault in untranslated((name,), text)]
    for number, goal in enumerate(course.learning_goals):
        faults += untranslated(("learning_goals", number), goal)
    return faults
