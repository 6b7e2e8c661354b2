"""Programmes and their class lists, per academic year, in revisions that stay readable."""

from collections.abc import Iterable
from datetime import date
from typing import Literal, get_args

import msgspec

from contracts.catalogue import Activity, ProgrammeDescribed
from contracts.fact import Translated
from services.catalogue.domain.faults import Fault, Path, untranslated
from services.catalogue.domain.names import programme_id_of

ProgrammeKind = Literal[
    "bachelor", "master", "minor", "honours", "specialisation", "faculty_wide", "post_experience"
]
KINDS: tuple[ProgrammeKind, ...] = get_args(ProgrammeKind)
"""In the order that readers find them."""

Procedure = Literal["self_service", "office"]
"""Who enrols: the student, or the education administration office on their behalf (B3)."""


class Programme(msgspec.Struct, frozen=True, kw_only=True):
    """A programme of study, or anything else that has class lists of its own."""

    code: str
    kind: ProgrammeKind
    name: Translated
    procedure: Procedure = "self_service"
    contact: str | None = None
    """Mail address for questions about this programme (B4)."""
    note: Translated | None = None
    """What holds in every year, such as being admitted to a minor first (B21)."""


class LookElsewhere(msgspec.Struct, frozen=True, kw_only=True):
    """Where a list says to look instead, or besides (B13)."""

    text: Translated
    url: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a list. It links to an offering as soon as one has its class number."""

    class_number: str | None = None
    """None: not yet known."""
    title: Translated | None = None
    """None: as the offering says."""
    activity: Activity | None = None
    heading: Translated | None = None
    """What it stands under, such as a semester."""


class ClassList(msgspec.Struct, frozen=True, kw_only=True):
    """A list as it is now, in one academic year of one programme."""

    key: str
    """Tells the lists of one programme and year apart."""
    academic_year: str
    study_year: int | None = None
    name: Translated | None = None
    """None: "all years", or what follows from the study year."""
    revised_on: date | None = None
    complete: bool = True
    """False: not yet all class numbers are defined (B13)."""
    note: Translated | None = None
    look_elsewhere: LookElsewhere | None = None
    entries: tuple[Entry, ...] = ()


def faults_of_programme(programme: Programme) -> list[Fault]:
    """What is wrong with a programme in itself."""
    return [*untranslated(("name",), programme.name), *untranslated(("note",), programme.note)]


def describe_programme(programme: Programme, *, version: int) -> ProgrammeDescribed:
    """Tell what others need of a programme."""
    return ProgrammeDescribed(
        programme_id=programme_id_of(programme.code),
        version=version,
        code=programme.code,
        title=programme.name,
        contact=programme.contact,
    )


def faults_of_list(known: ClassList | None, wanted: ClassList) -> list[Fault]:
    """What is wrong with a list, in itself or as the next revision of what is known."""
    faults = [*untranslated(("name",), wanted.name), *untranslated(("note",), wanted.note)]
    for number, entry in enumerate(wanted.entries):
        faults += _faults_of_entry(("entries", number), entry)
    if known is not None and _day(wanted) < _day(known):
        faults.append(Fault(("revised_on",), _NEVER_BACK))
    return faults


def numbers_of(lists: Iterable[ClassList]) -> set[tuple[str, str]]:
    """The academic years and class numbers that lists name."""
    return {
        (each.academic_year, entry.class_number)
        for each in lists
        for entry in each.entries
        if entry.class_number is not None
    }


def faults_of_plain_entries(wanted: ClassList, linked: set[tuple[str, str]]) -> list[Fault]:
    """An entry says what it is, unless its class number is an offering that says so.

    `linked` are the academic years and class numbers that exist, or will after the same import.
    """
    return [
        Fault(("entries", number, "title"), _WHAT_IS_IT)
        for number, entry in enumerate(wanted.entries)
        if entry.title is None and (wanted.academic_year, entry.class_number) not in linked
    ]


def _faults_of_entry(path: Path, entry: Entry) -> list[Fault]:
    return [
        *untranslated((*path, "title"), entry.title),
        *untranslated((*path, "heading"), entry.heading),
    ]


def _day(each: ClassList) -> date:
    return each.revised_on or date.min


_NEVER_BACK = Translated(
    nl="Een eerdere versie heeft een latere datum. Zet hier de dag van deze herziening.",
    en="An earlier revision has a later date. Put the day of this revision here.",
)
_WHAT_IS_IT = Translated(
    nl="Er is geen aanbod met dit nummer om de titel van over te nemen. Schrijf een titel.",
    en="There is no offering with this number to take the title from. Write a title.",
)
