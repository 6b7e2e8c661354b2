"""What pages say, as data: searches and their addresses, the enrol panel by state, what leaving costs."""

from datetime import UTC, date, datetime

import msgspec
import pytest

from clients.portal.api.asking import Missing
from clients.portal.api.catalogue import Elsewhere, Places, Terms
from clients.portal.api.enrolment import LeavingCost, LeavingCosts
from clients.portal.views.catalogue import Search, read_search
from clients.portal.views.conditions import terms_page
from clients.portal.views.course import course_page
from clients.portal.views.leaving import leaving_of
from tests.unit.portal import samples
from tests.unit.portal.samples import COSTS, NOOR, NOW, OFFERING, STARTS, ZONE

NB = "\N{NO-BREAK SPACE}"


def test_a_search_comes_back_from_its_own_address() -> None:
    search = Search(
        words="académish & co",
        subject=("languages", "teaching"),
        starts_from="2027-04",
        starts_until="2027-05",
        max_price_minor=0,
        free_places=True,
        sort="price",
    )
    form = samples.query_form("en", search.query()[1:])

    assert search.query().startswith("?q=acad%C3%A9mish+%26+co&subject=languages&subject=teaching&")
    assert read_search(form) == search
    assert form.is_right


def test_a_month_is_offered_only_if_a_course_starts_in_it() -> None:
    this_month = msgspec.structs.replace(
        samples.FOUND,
        items=tuple(msgspec.structs.replace(each, starts_at=NOW) for each in samples.FOUND.items),
    )

    assert samples.overview("en").popular[0].name == "Starts in April"
    assert samples.overview("en", this_month).popular[0].name == "Free places"


def test_what_cannot_be_meant_is_left_out_of_a_search_and_said_at_its_field() -> None:
    form = samples.query_form(
        "en",
        "level=Z9&level=C1&taught_in=fr&activity=party&from=2027-13&to=0000-01&price=7&sort=luck&page=-1&q=+x+",
    )

    assert read_search(form) == Search(words="x", level=("C1",))
    assert form.status == 422
    assert list(form.wrongs) == ["level", "taught_in", "activity", "from", "to", "price", "sort"]
    assert form.wrongs["price"] == "Choose a price from the list: “7” is not one of them"
    assert form.wrongs["taught_in"] == "Choose a language from the list: “fr” is not one of them"


def test_words_that_are_too_long_are_kept_and_not_looked_for() -> None:
    form = samples.query_form("en", f"q={'x' * 201}")

    assert read_search(form) == Search()
    assert form.wrongs == {"q": "Look for at most 200 characters"}
    assert form.typed("q") == "x" * 201


def test_a_period_that_ends_before_it_begins_is_open_at_its_end() -> None:
    form = samples.query_form("en", "from=2027-05&to=2027-04")

    assert read_search(form) == Search(starts_from="2027-05")
    assert form.wrongs == {"to": "Choose a last month that is not before the first"}


def test_a_period_is_from_the_first_day_of_a_month_to_the_last_of_another() -> None:
    search = Search(starts_from="2027-02", starts_until="2028-02")

    assert search.first_day == date(2027, 2, 1)
    assert search.last_day == date(2028, 2, 29)


def test_a_filter_in_use_leads_to_the_same_search_without_it() -> None:
    page = samples.overview("en", query="subject=languages&price=25000&cursor=abc&page=3")

    assert [(chip.name, chip.query) for chip in page.in_use] == [
        ("Languages", "?price=25000"),
        ("Up to €250", "?subject=languages"),
    ]
    assert page.next_query == "?subject=languages&price=25000&cursor=abc&page=4"
    assert page.pages == 3


def test_months_to_choose_from_begin_with_this_one() -> None:
    page = samples.overview("nl")

    assert [each.name for each in page.filters.starts_from][:3] == [
        "Nu",
        "maart 2027",
        "april 2027",
    ]
    assert len(page.filters.starts_from) == 14
    assert page.popular[0].query == "?from=2027-04&to=2027-04"


def test_rows_say_what_one_pays_and_what_can_be_done() -> None:
    ordinary, study, any_time, elsewhere = samples.overview("en").rows

    assert (ordinary.price, ordinary.price_note) == ("€420", "staff free of charge, students €195")
    assert (ordinary.state.tone, ordinary.state.text) == ("ok", "6 places left")
    assert (study.price, study.over) == ("Tuition only", "Languages · Exam")
    assert study.state.text == "Full, waiting list of 5"
    assert (any_time.starts_at, any_time.state.text) == (None, "Always open")
    assert (elsewhere.price, elsewhere.state.text) == (None, "Register elsewhere")
    assert samples.overview("en", who="student").rows[0].price_note == "for you as a student"


@pytest.mark.parametrize(
    ("standing", "state", "note"),
    [
        ("open", "6 places left", "Next you choose who pays. We hold your place for 30 minutes while you pay."),
        ("not_yet_open", f"Opens Mon 8{NB}Feb", f"Enrolment opens on Mon 8{NB}Feb 2027, 14:00."),
        ("closed", "Enrolment closed", f"It closed on Tue 6{NB}Apr 2027, 23:59."),
        ("over", "Over", f"It ended on Tue 8{NB}Jun 2027."),
    ],
)  # fmt: skip
def test_the_panel_says_what_can_be_done_now(standing: str, state: str, note: str) -> None:
    panel = samples.course("en", standing=standing).panel

    assert (panel.state.text, panel.note) == (state, note)


@pytest.mark.parametrize(
    ("mine", "state", "button", "leads_to"),
    [
        ("confirmed", "Enrolled", "Manage course", ""),
        ("held", "Place held until 14:30", "Pay €195.00", "/pay"),
        ("offered", f"Place offered until Thu 11{NB}Mar, 14:00", "Take this place", ""),
        ("waitlisted", "Waiting list, number 3", "Manage course", ""),
    ],
)
def test_whoever_is_enrolled_sees_that_instead(
    mine: str, state: str, button: str, leads_to: str
) -> None:
    panel = samples.course("en", mine=mine, person=NOOR).panel

    assert panel.state.text == state
    assert panel.action is not None
    assert panel.action.text == button
    assert panel.action.href == f"/en/my/courses/{samples.ENROLMENT.enrolment_id}{leads_to}"


@pytest.mark.parametrize(("free", "text"), [(6, "Enrol"), (0, "Join waiting list")])
def test_whoever_is_logged_in_can_enrol_or_wait(free: int, text: str) -> None:
    panel = course_page(OFFERING, Places(18, free, 0), COSTS, (), samples.reader("en", NOOR)).panel

    assert panel.action is not None
    assert (panel.action.text, panel.action.is_primary) == (text, free > 0)
    assert panel.action.href == f"/en/courses/{OFFERING.offering_id}/enrol"


def test_whoever_is_not_logged_in_goes_on_to_enrol_afterwards() -> None:
    panel = samples.course("nl").panel

    assert panel.action is not None
    assert panel.action.text == "Inloggen en inschrijven"
    assert panel.action.href == f"/nl/log-in?to=%2Fnl%2Fcourses%2F{OFFERING.offering_id}%2Fenrol"
    assert panel.price_note == (
        f"Medewerkers €{NB}0,00, studenten €{NB}195,00. Na het inloggen zie je jouw prijs. Vrijgesteld van btw."
    )


def test_a_course_given_elsewhere_leads_there() -> None:
    there = Elsewhere("Osiris (TU Delft)", "TA-MI-192-17", "https://osiris.example")
    page = samples.course("en", standing="elsewhere", elsewhere=there, fee_minor=None)

    assert page.panel.action is not None
    assert page.panel.action.href == "https://osiris.example"
    assert page.panel.note == "With code TA-MI-192-17. You cannot enrol here."
    assert page.leaving is None


def test_terms_are_named_by_their_heading_where_they_have_one() -> None:
    headed = Terms(OFFERING.offering_id, 1, "Terms for exams\n\n1. One.\n2. Two.")
    plain = Terms(OFFERING.offering_id, 1, "One sentence.\n\n1. One.")

    first, second = terms_page([headed, plain], samples.words("en")).texts

    assert (first.title, first.paragraphs, first.points) == (
        "Terms for exams",
        (),
        ("One.", "Two."),
    )
    assert (second.title, second.paragraphs) == ("Terms 2", ("One sentence.",))


def test_places_as_enrolment_has_them_win_over_what_the_catalogue_was_told() -> None:
    page = course_page(OFFERING, Places(18, 0, 2), COSTS, (), samples.reader("en"))

    assert page.panel.state.text == "Full, waiting list of 2"


def test_without_enrolment_the_page_says_so_and_shows_the_rest() -> None:
    away = Missing("enrolment")
    page = course_page(OFFERING, away, away, away, samples.reader("en"))

    html = samples.render("course.html", "en", page)
    assert page.missing == ("enrolment",)
    assert page.panel.state.text == "6 places left"
    assert html.count("Enrolling is down for a moment") == 1
    assert "What leaving would cost" not in html
    assert "Tue 13\N{NO-BREAK SPACE}Apr 2027" in html


def test_prices_are_told_to_everybody_and_mine_is_marked() -> None:
    rows = [(row.who, row.price, row.is_yours) for row in samples.course("en", person=NOOR).prices]

    assert rows == [
        ("Student of this university", "€195.00", True),
        ("Staff of this university or the medical centre", "€0.00", False),
        ("Everyone else", "€420.00", False),
    ]


def test_leaving_is_told_day_by_day_as_the_design_has_it() -> None:
    leaving = leaving_of(COSTS, starts_at=STARTS, words=samples.words("en"), zone=ZONE, now=NOW)

    assert [(line.when, line.kept, line.back, line.is_now) for line in leaving.lines] == [
        (f"until and including Tue 30{NB}Mar", "€29.25", "€165.75", True),
        (f"from Wed 31{NB}Mar until the start", "€97.50", "€97.50", False),
        (f"from the start, Tue 13{NB}Apr, 18:30", "€195.00", "€0.00", False),
        ("if we cancel the course", "€0.00", "€195.00", False),
    ]
    assert [(step.y, step.height, step.since) for step in leaving.steps] == [
        (166, 24, f"today, 10{NB}Mar"),
        (110, 80, f"31{NB}Mar"),
        (30, 160, f"13{NB}Apr, start"),
    ]
    assert sum(float(step.width[:-1]) for step in leaving.steps) == pytest.approx(100, abs=0.2)


def test_what_is_over_is_left_out_and_what_never_changes_has_no_chart() -> None:
    later = datetime(2027, 4, 14, 8, 0, tzinfo=UTC)
    after = leaving_of(COSTS, starts_at=STARTS, words=samples.words("nl"), zone=ZONE, now=later)
    free = LeavingCosts(3, 0, "EUR", (LeavingCost(None, 0),))

    assert [line.when for line in after.lines] == ["op elk moment", "als wij de cursus annuleren"]
    assert after.steps == ()
    assert (
        leaving_of(free, starts_at=STARTS, words=samples.words("en"), zone=ZONE, now=NOW).steps
        == ()
    )
