"""What the office keeps: offerings in all states, the form of one, courses in both languages, files."""

from collections.abc import Mapping, Sequence
from typing import Literal
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from clients.portal.api.asking import Missing, Part, found, the_missing
from clients.portal.api.catalogue import Policy, Subject, Terms
from clients.portal.api.enrolment import HeadCount
from clients.portal.api.identity import Somebody
from clients.portal.api.paging import Page
from clients.portal.api.publishing import (
    LEVELS,
    BadEntry,
    CheckedFile,
    CourseItem,
    CourseWords,
    EntryChange,
    Kept,
    Level,
    Lot,
    Planned,
)
from clients.portal.forms import Form
from clients.portal.views.offers import State, Tone
from clients.portal.views.planning import Fields, both_pointers, read_both, read_code
from clients.portal.words import LANGUAGES, Words
from contracts.fact import Language, Translated

FIRST_GOALS = 3
"""Rows of an empty form."""
_MOST_GOALS = 50
_MOST_HOURS = 100_000
_MOST_SHOWN = 100
_LONGEST_NAME = 60
_TONES: Mapping[str, Tone] = {"open": "ok", "full": "info", "cancelled": "bad"}


class KeptRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the office's list."""

    offering: Kept
    state: State


class KeptPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of what the office keeps."""

    words: str
    lot: Lot
    rows: tuple[KeptRow, ...]
    next_query: str | None
    is_first: bool

    def query_for(self, lot: Lot) -> str:
        """The same words in another lot."""
        asked = {"lot": lot} | ({"q": self.words} if self.words else {})
        return f"?{urlencode(asked)}"


class PlanPage(msgspec.Struct, frozen=True, kw_only=True):
    """The form of an offering: a new one, or one that there is."""

    planned: Planned | None
    tag: str
    rows: tuple[Fields, ...]
    policies: tuple[tuple[str, str], ...]
    """Pairs of id and name, as a list is filled with."""
    terms: tuple[tuple[str, str], ...]
    courses: tuple[CourseItem, ...]
    """To choose from while typing; the first hundred."""
    people: tuple[str, ...]
    """Names of those who record and see, where they are known."""


class CausedPage(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to an offering, and whom it touches."""

    planned: Planned
    title: str
    rows: tuple[Fields, ...]
    count: HeadCount | None
    """None: enrolment cannot tell now."""
    missing: tuple[Part, ...]


class CoursesPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of all courses."""

    courses: tuple[CourseItem, ...]
    next_query: str | None
    is_first: bool


class CoursePage(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a course."""

    code: str
    """Empty for a new one."""
    title: str
    tag: str
    goals: tuple[int, ...]
    subjects: tuple[tuple[str, str], ...]


class FilePage(msgspec.Struct, frozen=True, kw_only=True):
    """What a file would change."""

    file: CheckedFile
    bad: tuple[BadEntry, ...]
    more_bad: int
    entries: tuple[EntryChange, ...]
    more_entries: int
    does: Literal["bad", "nothing", "something"]


def kept_page(words: str, lot: Lot, listed: Page[Kept], cursor: str, say: Words) -> KeptPage:
    """What was found; the latest to start stands first."""
    asked = {"lot": lot, "q": words, "cursor": listed.cursor or ""}
    return KeptPage(
        words=words,
        lot=lot,
        rows=tuple(KeptRow(offering=each, state=_standing(each, say)) for each in listed.items),
        next_query=f"?{urlencode(asked)}" if listed.cursor else None,
        is_first=not cursor,
    )


def _standing(kept: Kept, words: Words) -> State:
    text = words.say(f"publishing.standing.{kept.standing}")
    return State(_TONES.get(kept.standing, ""), text)


def plan_page(
    planned: Planned | None,
    tag: str,
    rows: tuple[Fields, ...],
    *,
    policies: Sequence[Policy],
    terms: Sequence[Terms],
    courses: Page[CourseItem] | Missing,
    people: Mapping[UUID, Somebody] | Missing,
    words: Words,
) -> PlanPage:
    """Make the page; what can be chosen is what holds now."""
    known = found(courses)
    return PlanPage(
        planned=planned,
        tag=tag,
        rows=rows,
        policies=tuple(
            (
                str(each.policy_id),
                words.say("publishing.version", name=each.name, number=each.version),
            )
            for each in policies
        ),
        terms=tuple(
            (
                str(each.terms_id),
                words.say("publishing.version", name=_begin(each.text), number=each.version),
            )
            for each in terms
        ),
        courses=known.items if known else (),
        people=tuple(sorted(each.name for each in (found(people) or {}).values())),
    )


def _begin(text: str) -> str:
    """The beginning of a text that has no name."""
    line = text.strip().partition("\n")[0]
    return line if len(line) <= _LONGEST_NAME else f"{line[:_LONGEST_NAME].rstrip()}…"


def caused_page(
    planned: Planned, rows: tuple[Fields, ...], count: HeadCount | Missing, *, language: Language
) -> CausedPage:
    """Make the page of what is about to happen to an offering."""
    return CausedPage(
        planned=planned,
        title=planned.title.in_language(language),
        rows=rows,
        count=found(count),
        missing=the_missing(count),
    )


def courses_page(listed: Page[CourseItem], cursor: str) -> CoursesPage:
    """Courses in the order of their codes."""
    return CoursesPage(
        courses=listed.items,
        next_query=f"?{urlencode({'cursor': listed.cursor})}" if listed.cursor else None,
        is_first=not cursor,
    )


def course_page(
    course: CourseWords | None,
    tag: str,
    goals: int,
    subjects: Sequence[Subject],
    *,
    language: Language,
) -> CoursePage:
    """Make the form of a course."""
    return CoursePage(
        code=course.code if course else "",
        title=course.title.in_language(language) if course else "",
        tag=tag,
        goals=tuple(range(1, goals + 1)),
        subjects=tuple((each.code, each.name) for each in subjects),
    )


def goals_of(form: Form, *, at_least: int = FIRST_GOALS) -> int:
    """How many learning goals the form has room for."""
    typed = form.typed("goals")
    asked = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 4 else at_least  # noqa: PLR2004 - 999.
    return min(max(asked, at_least), _MOST_GOALS)


def course_typed(course: CourseWords) -> dict[str, str]:
    """A course as its form holds it."""
    typed = {
        "code": course.code,
        "subject": course.subject,
        "level": course.level or "",
        "hours": "" if course.study_load_hours is None else str(course.study_load_hours),
        "goals": str(max(len(course.learning_goals), 1)),
    }
    texts = {"title": course.title, "summary": course.summary, "description": course.description}
    for name, text in texts.items():
        typed |= {f"{name}_nl": text.nl, f"{name}_en": text.en}
    for number, goal in enumerate(course.learning_goals, 1):
        typed |= {f"goal-{number}_nl": goal.nl, f"goal-{number}_en": goal.en}
    return typed


def read_course(
    form: Form, subjects: Sequence[Subject], *, code: str = ""
) -> tuple[CourseWords, dict[str, str]] | None:
    """What the form means, and its fields by JSON pointer; None where something has to be corrected first."""
    wanted = code or read_code(form, "code")
    subject = form.choice(
        "subject", [each.code for each in subjects], needed="publishing.subject_needed"
    )
    title = read_both(form, "title", needed="publishing.title_needed", longest=200)
    summary = read_both(form, "summary", needed="publishing.summary_needed", longest=300)
    description = read_both(
        form, "description", needed="publishing.description_needed", longest=10_000
    )
    pointers = {
        "/code": "code",
        "/subject": "subject",
        **both_pointers("/title", "title"),
        **both_pointers("/summary", "summary"),
        **both_pointers("/description", "description"),
        "/level": "level",
        "/study_load_hours": "hours",
    }
    goals: list[Translated] = []
    for number in range(1, goals_of(form, at_least=1) + 1):
        name = f"goal-{number}"
        if any(form.typed(f"{name}_{language}").strip() for language in LANGUAGES):
            pointers |= both_pointers(f"/learning_goals/{len(goals)}", name)
            goals.append(read_both(form, name, needed=None, longest=500))
    level: Level | None = None
    if form.typed("level"):
        level = form.choice("level", LEVELS, needed="publishing.level_needed")
    hours = form.typed("hours").strip()
    is_number = hours.isascii() and hours.isdecimal() and int(hours[:9]) <= _MOST_HOURS
    if hours and not is_number:
        form.wrong("hours", "publishing.hours_needed")
    if not form.is_right or subject is None:
        return None
    course = CourseWords(
        code=wanted,
        subject=subject,
        title=title,
        summary=summary,
        description=description,
        learning_goals=tuple(goals),
        level=level,
        study_load_hours=int(hours) if hours else None,
    )
    return course, pointers


def file_page(file: CheckedFile) -> FilePage:
    """What would happen: what is wrong first, with anything wrong nothing happens."""
    changes = file.changes
    happens = changes.new + changes.changed + changes.moved
    return FilePage(
        file=file,
        bad=file.bad[:_MOST_SHOWN],
        more_bad=max(0, file.bad_total - _MOST_SHOWN),
        entries=changes.entries[:_MOST_SHOWN],
        more_entries=max(0, happens - _MOST_SHOWN),
        does="bad" if file.bad else "something" if happens else "nothing",
    )
