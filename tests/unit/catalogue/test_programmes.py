"""Class lists: what an entry must say, and how revisions follow each other."""

from datetime import date

from msgspec.structs import replace

from services.catalogue.domain.programmes import (
    ClassList,
    Entry,
    faults_of_list,
    faults_of_plain_entries,
    numbers_of,
)
from tests.support.examples import both

LIST = ClassList(
    key="year-2",
    academic_year="2026-2027",
    study_year=2,
    revised_on=date(2026, 11, 12),
    entries=(
        Entry(class_number="18342"),
        Entry(title=both("Computer Networks"), activity="resit"),
    ),
)


def test_an_entry_says_what_it_is_unless_its_number_does() -> None:
    assert faults_of_plain_entries(LIST, {("2026-2027", "18342")}) == []
    assert [each.path for each in faults_of_plain_entries(LIST, {("2017-2018", "18342")})] == [
        ("entries", 0, "title")
    ]


def test_a_list_names_the_numbers_of_its_own_year() -> None:
    assert numbers_of([LIST]) == {("2026-2027", "18342")}


def test_a_revision_is_never_older_than_the_one_before() -> None:
    older = replace(LIST, revised_on=date(2026, 11, 11))

    assert faults_of_list(LIST, LIST) == []
    assert faults_of_list(older, LIST) == []
    assert [each.path for each in faults_of_list(LIST, older)] == [("revised_on",)]
    assert [each.path for each in faults_of_list(LIST, replace(LIST, revised_on=None))] == [
        ("revised_on",)
    ]
