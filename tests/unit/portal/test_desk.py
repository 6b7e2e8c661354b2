"""What the pages of the desk decide."""

import io
import zipfile

import pytest

from clients.portal.api.asking import FieldError, Missing
from clients.portal.api.enrolment import Review
from clients.portal.forms import amount_minor, empty_form
from clients.portal.routes.desk_results import read_correction, read_results, take_faults
from clients.portal.routes.desk_withdrawals import read_review
from clients.portal.views.desk_people import as_csv, as_xlsx, table_of
from tests.unit.portal import desk_samples as desk
from tests.unit.portal import samples

EN = samples.words("en")


def test_what_is_kept_is_explained_by_share_and_by_days_before_the_start() -> None:
    page = desk.review("en")

    assert (page.kept_percent, page.days_before) == (15, 34)


def test_without_catalogue_and_identity_a_review_can_still_be_made() -> None:
    page = desk.review("en", names=Missing("identity"), offering=Missing("catalogue"))

    assert page.days_before is None
    assert page.name == "Name not known (00b001)"
    assert page.missing == ("identity", "catalogue")


@pytest.mark.parametrize(
    ("typed", "minor"),
    [("12", 1200), ("12.50", 1250), ("€ 12,05", 1205), ("0", 0), ("", None), ("1.234,00", None),
     ("-1", None), ("12.5", None), ("twelve", None)],
)  # fmt: skip
def test_an_amount_is_read_in_both_ways_of_writing(typed: str, minor: int | None) -> None:
    assert amount_minor(typed) == minor


def test_what_the_policy_says_needs_no_reason_and_its_fields_are_not_read() -> None:
    form = empty_form(EN, decision="policy", amount="nonsense")

    assert read_review(form, desk.WITHDRAWAL, EN) == Review(ground="policy")
    assert form.is_right


def test_another_amount_needs_ground_and_reason_and_is_never_more_than_the_price() -> None:
    form = empty_form(EN, decision="other", amount="195.01")

    assert read_review(form, desk.WITHDRAWAL, EN) is None
    assert list(form.wrongs) == ["amount", "ground", "why"]
    assert form.wrongs["amount"] == "Enter an amount of at most €195.00, such as 12.50"


def test_another_amount_with_its_reason_is_a_review() -> None:
    form = empty_form(EN, decision="other", amount="195", ground="goodwill", why=" Moved. ")

    review = read_review(form, desk.WITHDRAWAL, EN)

    assert review == Review(ground="goodwill", refund_minor=19500, explanation="Moved.")


def test_held_places_are_not_free_and_everybody_is_counted() -> None:
    page = desk.people("en")

    assert len(page.people) == 4
    assert page.free == 6
    assert page.in_all == 14
    assert [each.state.tone for each in page.people] == ["ok", "warn", "warn", "info"]


def test_no_cell_of_the_csv_is_a_formula() -> None:
    rows = [["=1+1", "+1", "-1", "@x", "\tx", " =1", "Bram", "a,b"]]

    content = as_csv(rows).decode("utf-8-sig")

    assert content == "'=1+1,'+1,'-1,'@x,'\tx,' =1,Bram,\"a,b\"\r\n"


def test_every_cell_of_the_workbook_is_text() -> None:
    rows = table_of(desk.people("en").people, words=EN, zone=samples.ZONE)

    with zipfile.ZipFile(io.BytesIO(as_xlsx(rows))) as workbook:
        sheet = workbook.read("xl/worksheets/sheet1.xml").decode()
        texts = workbook.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in sheet
    assert "=Bram Kuipers" in texts
    assert "2027-03-10 14:00" in texts


def test_only_lines_that_say_something_are_recorded_and_a_comma_is_a_point() -> None:
    page = desk.results("nl")
    first = page.open[0]
    form = empty_form(EN, **{first.outcome_field: "passed", first.grade_field: "7,5"})

    (line,) = read_results(form, page.lines, EN)

    assert (line.enrolment_id, line.outcome, line.grade) == (desk.ENROLMENT_ID, "passed", "7.5")
    assert [each.result for each in page.done] == ["Geslaagd, 7,5"]


def test_a_grade_without_an_outcome_and_an_empty_form_are_said() -> None:
    page = desk.results("en")
    first = page.open[0]
    graded, empty = empty_form(EN, **{first.grade_field: "8"}), empty_form(EN)

    assert (read_results(graded, page.lines, EN), read_results(empty, page.lines, EN)) == ((), ())
    assert graded.wrongs[first.outcome_field].startswith("Bram Kuipers: Choose an outcome")
    assert empty.wrongs[first.outcome_field] == "Choose an outcome for at least one person"


def test_a_bad_line_is_named_at_its_field() -> None:
    page = desk.results("en")
    first = page.open[0]
    form = empty_form(EN, **{first.outcome_field: "passed", first.grade_field: "11"})
    sent = read_results(form, page.lines, EN)

    take_faults(form, samples.refusal(422, FieldError("No.", "/results/0/grade")), sent, page.lines)

    assert form.wrongs == {first.grade_field: "Bram Kuipers: No."}
    assert form.refusal is None


def test_a_line_that_a_colleague_has_recorded_meanwhile_is_named_at_its_row() -> None:
    page = desk.results("en")
    form = empty_form(EN, **{f"outcome-{desk.OTHER_ID}": "failed"})
    sent = read_results(form, page.lines, EN)

    take_faults(form, samples.refusal(422, FieldError("No.", "/results/0")), sent, page.lines)

    assert list(form.wrongs) == [f"outcome-{desk.OTHER_ID}"]
    assert f'<tr id="outcome-{desk.OTHER_ID}">' in samples.render(
        "desk_results.html", "en", page, desk.MARIT, form=form, recorded=False
    )


def test_a_correction_needs_a_reason() -> None:
    form = empty_form(EN, outcome="passed", grade="8")

    assert read_correction(form) is None
    assert list(form.wrongs) == ["reason"]


def test_the_menu_shows_the_desk_only_to_who_has_pages_there() -> None:
    learner = samples.render("help.html", "en", None, samples.NOOR)
    office = samples.render("help.html", "en", None, desk.MARIT)

    assert 'href="/en/desk"' not in learner
    assert 'href="/en/desk"' in office
