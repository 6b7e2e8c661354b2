"""Reading a catalogue file: what is right in it, and every single thing that is wrong."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from contracts.catalogue import Kept, Moment
from services.catalogue.catalogue_file.lines import lines_of_entries
from services.catalogue.catalogue_file.reading import CatalogueFile, read_catalogue
from services.catalogue.domain.names import policy_id_of

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
DEMO = Path(__file__).parents[3] / "deploy" / "demo" / "catalogue.toml"

OFFERING = """
[[offering]]
class_number = "4218"
academic_year = "2026-2027"
course = "LC-EN-AW-C1"
taught_in = "en"
organiser = { nl = "Talencentrum", en = "Language Centre" }
contact = "languages@university.test"
capacity = 12
enrolment_opens_at = 2026-11-01T09:00:00
policy = "standard"
terms = "general"
vat = { rate = "exempt", reason = { nl = "Onderwijs", en = "Education" } }
document = "certificate"
prices_minor = { list = 42000, student = 19500 }
place = "Room 0.12"
lecturers = ["Dr. F. McAllister"]
sessions = [
  { starts_at = 2027-03-23T18:30:00, ends_at = 2027-03-23T20:30:00 },
  { starts_at = 2027-03-30T18:30:00, ends_at = 2027-03-30T20:30:00, online_url = "https://meet.test" },
]
"""


def read(text: str) -> CatalogueFile:
    return read_catalogue(text, AMSTERDAM)


def complaints(text: str) -> list[str]:
    return [str(bad) for bad in sorted(read(text).bad)]


def test_wall_clock_times_become_instants_on_both_sides_of_the_change() -> None:
    [entry] = read(OFFERING).offerings

    assert entry.line == 2
    assert [each.starts_at for each in entry.value.sessions] == [
        datetime(2027, 3, 23, 17, 30, tzinfo=UTC),
        datetime(2027, 3, 30, 16, 30, tzinfo=UTC),
    ]
    assert entry.value.enrolment_opens_at == datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


def test_a_session_is_held_where_the_offering_says_unless_it_says_otherwise() -> None:
    first, second = read(OFFERING).offerings[0].value.sessions

    assert (first.place, first.online_url) == ("Room 0.12", None)
    assert (second.place, second.online_url) == (None, "https://meet.test")
    assert second.lecturers == ("Dr. F. McAllister",)


def test_a_session_with_a_key_is_the_same_session_in_another_place_of_the_list() -> None:
    keyed = OFFERING.replace("20:30:00 },", '20:30:00, key = "first" },')
    alone = keyed.replace(
        "  { starts_at = 2027-03-30T18:30:00, ends_at = 2027-03-30T20:30:00, online_url", "#"
    )
    one = read(keyed).offerings[0].value.sessions[0]
    other = read(alone).offerings[0].value.sessions[0]

    assert one.session_id == other.session_id
    assert one.session_id != read(OFFERING).offerings[0].value.sessions[0].session_id


def test_defaults_are_what_an_offering_says_unless_it_says_otherwise() -> None:
    text = "[defaults]\nminimum = 4\ncapacity = 99\n" + OFFERING

    plan = read(text).offerings[0].value

    assert (plan.minimum, plan.capacity) == (4, 12)


@pytest.mark.parametrize(
    ("was", "is_", "complaint"),
    [
        ("capacity = 12\n", "", "line 2, offering[1]: Add `capacity`."),
        (
            "capacity = 12",
            'capacity = "12"',
            "line 2, offering[1].capacity: Write a whole number.",
        ),
        ("capacity = 12", "capacity = -1", "line 2, offering[1].capacity: Write a number >= 0."),
        (
            "2026-11-01T09:00:00",
            "2026-11-01T09:00:00+01:00",
            (
                "line 2, offering[1].enrolment_opens_at: "
                "Write the time as the clock on the wall shows it, without an offset."
            ),
        ),
        (
            "2027-03-23T18:30:00,",
            "2027-03-28T02:30:00,",
            (
                "line 2, offering[1].sessions[1].starts_at: This time does not exist on that day: "
                "the clock skips an hour. Take a time before or after it."
            ),
        ),
        (
            "2026-11-01T09:00:00",
            "2026-11-01",
            (
                "line 2, offering[1].enrolment_opens_at: "
                "Write a date with a time, such as 2027-04-13T18:30:00."
            ),
        ),
        (
            '"certificate"',
            '"diploma"',
            (
                "line 2, offering[1].document: 'diploma' is none of the choices. "
                "docs/catalogue-file.md lists them."
            ),
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_line_its_place_and_what_to_do(
    was: str, is_: str, complaint: str
) -> None:
    assert complaints(OFFERING.replace(was, is_)) == [complaint]


def test_a_slip_of_the_pen_is_not_silently_dropped_at_any_depth() -> None:
    text = """
[[policy]]
key = "standard"
version = 1
name = { nl = "Standaard", en = "Standard" }
text = { nl = "Tekst", en = "Text" }
steps = [{ kept = { percnt = 50 } }]
"""

    assert complaints(text) == [
        (
            "line 2, policy[1].steps[1].kept.percnt: "
            "Remove it, or check its spelling: there are fixed_minor, percent."
        )
    ]


def test_a_misspelled_name_is_shown_beside_the_one_that_is_missing() -> None:
    said = complaints(OFFERING.replace("capacity = 12", "capacty = 12"))

    assert said[0] == "line 2, offering[1]: Add `capacity`."
    assert said[1].startswith("line 2, offering[1].capacty: Remove it, or check its spelling")


def test_every_bad_entry_is_named_not_just_the_first() -> None:
    text = (
        OFFERING.replace("capacity = 12\n", "")
        + OFFERING.replace('"4218"', '"#"')
        + "[[ofering]]\n"
    )

    assert complaints(text) == [
        (
            "line 1, ofering: Remove it, or check its spelling: there are "
            "defaults, subject, policy, terms, course, offering, programme."
        ),
        "line 2, offering[1]: Add `capacity`.",
        "line 22, offering[2].class_number: Write letters, digits or hyphens, 20 at most.",
    ]


def test_the_same_entry_twice_is_said_with_both_lines() -> None:
    assert complaints(OFFERING + OFFERING) == [
        "line 23, offering[2]: This is on line 2 already. Keep one of the two."
    ]


def test_what_is_not_toml_is_said_with_its_line() -> None:
    [complaint] = complaints('[[subject]]\ncode = "a"\nname = {')

    assert complaint.startswith("line 3, the file: ")


@pytest.mark.parametrize(
    "text", [f"x = {'[' * 5000}", f"x = {'9' * 5000}", f"x = {'{ a = ' * 5000}"]
)
def test_what_nobody_writes_is_said_and_harms_nothing(text: str) -> None:
    [complaint] = complaints(text)

    assert complaint.startswith("line 1, the file: ")


@pytest.mark.parametrize(
    ("was", "is_", "where"),
    [
        ('place = "Room 0.12"', 'place = "Room \\u0000"', "offering[1].place"),
        ("2026-11-01T09:00:00", "0001-01-01T00:00:00", "offering[1].enrolment_opens_at"),
        ("2027-03-23T18:30:00,", "9999-12-31T23:59:59,", "offering[1].sessions[1].starts_at"),
        ("capacity = 12", "capacity = 99999999999999999999", "offering[1].capacity"),
    ],
)
def test_what_no_table_can_hold_is_named_where_it_stands(was: str, is_: str, where: str) -> None:
    assert [each.where for each in read(OFFERING.replace(was, is_)).bad] == [where]


def test_what_is_wrong_is_said_in_both_languages() -> None:
    [bad] = read(OFFERING.replace("capacity = 12", 'capacity = "12"')).bad

    assert (bad.reason.nl, bad.reason.en) == ("Schrijf een geheel getal.", "Write a whole number.")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (OFFERING, "4218, 2026-2027"),
        (OFFERING.replace("2026-2027", "2027-2028"), "4218, 2027-2028"),
    ],
)
def test_an_entry_has_the_name_that_people_give_it(text: str, name: str) -> None:
    assert [each.name for each in read(text).offerings] == [name]


def test_a_bad_list_is_found_below_its_programme() -> None:
    text = """
[[programme]]
code = "bsc"
kind = "bachelor"
name = { nl = "Informatica", en = "Computer Science" }

[[programme.list]]
academic_year = "2026-2027"

[[programme.list]]
academic_year = "2026/2027"
"""

    assert complaints(text) == [
        "line 10, programme[1].list[2].academic_year: Write two years, such as 2026-2027."
    ]


def test_lists_without_a_key_are_told_apart_by_their_study_year() -> None:
    text = """
[[programme]]
code = "bsc"
kind = "bachelor"
name = { nl = "Informatica", en = "Computer Science" }
[[programme.list]]
academic_year = "2026-2027"
study_year = 1
[[programme.list]]
academic_year = "2026-2027"
study_year = 2
[[programme.list]]
academic_year = "2017-2018"
"""

    assert [each.value.content.key for each in read(text).lists] == ["year-1", "year-2", "all"]


HEADER = "[[offering]]"
NO_HEADERS = (
    "# [[offering]]",
    "# it's",
    '# "',
    "",
    'x = "[[offering]] # "',
    'x = "\\" \\\\"',
    "x = '\"'",
    "x = '''\n[[offering]]\n'''",
    "x = '''\"\n[[offering]]'''''",
    'x = """\n[[offering]]\n"""',
    'x = """it\'s\n[[offering]]\\"""\n[[offering]]"""""',
)


@given(some.lists(some.sampled_from((HEADER, *NO_HEADERS)), max_size=12))
def test_headers_are_found_on_their_lines_and_nowhere_else(lines: list[str]) -> None:
    expected, number = [], 1
    for line in lines:
        if line == HEADER:
            expected.append(number)
        number += line.count("\n") + 1

    found = lines_of_entries("\n".join(lines))

    assert found == {("offering", each): line for each, line in enumerate(expected)}


def test_the_demonstration_file_can_be_read() -> None:
    file = read(DEMO.read_text(encoding="utf-8"))

    assert file.bad == []
    assert len(file.offerings) == 40


def test_the_four_real_policies_are_data() -> None:
    file = read(DEMO.read_text(encoding="utf-8"))
    policies = {entry.value.policy_id: entry.value for entry in file.policies}

    standard = policies[policy_id_of("standard")]
    series = policies[policy_id_of("lecture-series")]
    weeks = policies[policy_id_of("by-course-week")]
    days = policies[policy_id_of("ten-working-days")]

    assert [step.kept.percent for step in standard.steps] == [15, 50, 100]
    assert standard.steps[0].until == Moment(anchor="start", unit="days", count=-14)
    assert standard.kept_when_switching == Kept(fixed_minor=1000)
    assert series.steps[0].until == Moment(anchor="sign_up", unit="days", count=14)
    assert [step.kept for step in series.steps] == [
        Kept(),
        Kept(fixed_minor=4000),
        Kept(percent=100),
    ]
    assert series.kept_with_medical_proof == Kept(fixed_minor=4000)
    assert series.dropped_session_pro_rata
    assert [step.kept.percent for step in weeks.steps] == [0, 10, 40, 100]
    assert weeks.steps[0].until == Moment(anchor="enrolment_deadline", unit="exactly")
    assert weeks.steps[2].until == Moment(anchor="start", unit="course_weeks", count=1)
    assert days.steps[0].until == Moment(anchor="start", unit="working_days", count=-10)
    assert days.steps[0].kept == Kept(fixed_minor=4500)
