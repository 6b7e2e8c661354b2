"""The way to a place and out of it, as data: what answers mean, what is said about money, what came of it."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from clients.portal.api.asking import Missing
from clients.portal.api.enrolment import LeavingCost, LeavingCosts
from clients.portal.api.payment import Billing
from clients.portal.forms import empty_form
from clients.portal.views.enrolling import can_be_paid, kind_of, read_wish
from clients.portal.views.outcome import outcome_of
from clients.portal.views.withdrawing import read_leave
from tests.unit.portal import samples
from tests.unit.portal.samples import (
    ANSWERS,
    INVOICED,
    NOW,
    OFFERING,
    ORDER,
    PAID,
    mine,
    payment,
)

NB = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


def test_an_employer_is_billed_as_it_was_typed_but_tidied() -> None:
    typed = ANSWERS | {"postcode": " 2353 ga", "vat": "nl 0012.34567.B01", "po": " "}
    form = empty_form(samples.words("en"), **typed)

    wish = read_wish(form, "nl")

    assert form.is_right
    assert wish is not None
    assert wish.billing == Billing(
        organisation='"Rijnland" <Ziekenhuis>',
        address=("Simon Smitweg 1",),
        postcode="2353 GA",
        city="Leiderdorp",
        mail_address="invoices@example.nl",
        language="nl",
        vat_number="NL001234567B01",
        purchase_order_reference=None,
    )


def test_all_that_has_to_be_corrected_is_said_at_once_in_the_order_of_the_page() -> None:
    form = empty_form(
        samples.words("en"), payer="employer", street="Havenkade 12", postcode="2312X", vat="NL12345",
        mail="facturen.example.nl",
    )  # fmt: skip

    assert read_wish(form, "en") is None
    assert list(form.wrongs) == ["org", "postcode", "city", "vat", "mail"]
    assert form.wrongs["postcode"] == "Enter a postcode such as 2312 XK"
    assert form.typed("mail") == "facturen.example.nl"


def test_fields_of_the_choice_that_was_not_made_are_ignored() -> None:
    form = empty_form(samples.words("en"), payer="self", method="creditcard", postcode="x")

    wish = read_wish(form, "en")

    assert form.is_right
    assert wish is not None
    assert (wish.payer, wish.method, wish.billing) == ("self", "creditcard", None)


@pytest.mark.parametrize(
    ("answers", "field"), [({}, "payer"), ({"payer": "self", "method": "cash"}, "method")]
)
def test_who_pays_and_how_has_to_be_chosen(answers: dict[str, str], field: str) -> None:
    form = empty_form(samples.words("nl"), **answers)

    assert read_wish(form, "nl") is None
    assert list(form.wrongs) == [field]


@pytest.mark.parametrize(
    ("fee_minor", "free", "kind"), [(19500, 1, "pay"), (0, 1, "free"), (19500, 0, "wait")]
)
def test_what_comes_of_enrolling(fee_minor: int, free: int, kind: str) -> None:
    assert kind_of(msgspec.structs.replace(OFFERING, fee_minor=fee_minor), free) == kind


def test_the_bill_says_what_is_less_for_me() -> None:
    page = samples.paying("en", {"payer": "self"})["page"]

    assert page.bill.lines == (("List price", "€420.00"), ("Student price", f"{MINUS}€225.00"))
    assert (page.bill.total, page.bill.vat) == ("€195.00", "VAT exempt.")


@pytest.mark.parametrize(
    ("kind", "answers", "button"),
    [
        ("pay", {"payer": "self", "method": "ideal"}, "Pay €195.00 with iDEAL"),
        ("pay", ANSWERS, "Enrol and have my employer invoiced"),
        ("wait", {}, "Join waiting list"),
    ],
)
def test_the_button_says_what_happens(kind: Any, answers: dict[str, str], button: str) -> None:
    page = samples.check("en", kind, answers=answers)["page"]

    assert page.button == button
    assert [line.kept for line in page.leaving.lines][:2] == ["€29.25", "€97.50"]


def test_answers_are_carried_along_with_the_versions_that_are_shown() -> None:
    page = samples.check("en", answers=ANSWERS)["page"]

    assert dict(page.carried) == ANSWERS | {
        "kind": "pay",
        "policy_version": "3",
        "terms_version": "1",
    }
    assert not page.conditions_changed


def test_another_policy_than_the_one_that_was_read_is_said() -> None:
    seen = {"payer": "self", "method": "ideal", "policy_version": "2", "terms_version": "1"}

    page = samples.check("en", answers=seen)["page"]

    assert page.conditions_changed
    assert ("policy_version", "3") in page.carried


@pytest.mark.parametrize(
    ("state", "order", "stage"),
    [
        ("confirmed", None, "enrolled"),
        ("waitlisted", None, "waiting"),
        ("offered", None, "offered"),
        ("lapsed", None, "over"),
        ("held", None, "unpaid"),
        ("held", Missing("payment"), "unpaid"),
        ("held", ORDER, "unpaid"),
        ("held", PAID, "paying"),
        ("held", INVOICED, "invoiced"),
        ("held", msgspec.structs.replace(ORDER, payments=(payment("failed"),)), "failed"),
        (
            "held",
            msgspec.structs.replace(ORDER, payments=(payment("failed"), payment("open"))),
            "paying",
        ),
    ],
)
def test_what_came_of_it(state: str, order: Any, stage: str) -> None:
    assert samples.outcome("en", state, order).stage == stage


def test_an_invoiced_place_is_held_until_the_invoice_is_due_even_before_enrolment_has_heard() -> (
    None
):
    outcome = samples.outcome("en", "held", INVOICED)

    assert outcome.enrolment.held_until == outcome.due_at
    assert outcome.state.text == f"Place held until Fri 9{NB}Apr, 15:00"
    assert outcome.until == f"Fri 9{NB}Apr, 15:00"


def test_after_enrolling_one_sees_what_happens_next_in_order() -> None:
    outcome = samples.outcome("en", "confirmed", PAID)

    assert [each.title for each in outcome.next] == [
        "Confirmation mail", "Reminder", "First meeting", "Last day and evaluation", "Certificate",
    ]  # fmt: skip
    assert outcome.next[2].text == "Room 0.12. F. McAllister"
    assert outcome.paid == "€195.00, iDEAL"


def test_whoever_enrols_in_the_last_week_is_promised_no_reminder() -> None:
    late = msgspec.structs.replace(OFFERING, document="none")
    soon = mine(confirmed_at=samples.STARTS - timedelta(days=6))

    page = outcome_of(soon, PAID, late, words=samples.words("en"), zone=samples.ZONE, now=NOW)

    assert [each.title for each in page.next][1:] == ["First meeting", "Last day and evaluation"]


@pytest.mark.parametrize(
    ("state", "order", "can"),
    [("held", None, True), ("held", ORDER, True), ("held", INVOICED, False), ("confirmed", PAID, False)],
)  # fmt: skip
def test_only_a_held_place_that_nobody_was_invoiced_for_can_be_paid(
    state: str, order: Any, can: bool
) -> None:
    assert can_be_paid(mine(state), order) is can


def test_what_comes_back_is_said_with_until_when_and_what_later() -> None:
    back = samples.back("en")

    assert (back.paid, back.kept, back.back) == ("€195.00", "€29.25", "€165.75")
    assert back.when == f"until and including Tue 30{NB}Mar"
    assert back.later == f"It costs €97.50 from Wed 31{NB}Mar until the start."


def test_what_comes_back_is_said_of_what_was_paid_and_only_if_enrolment_tells() -> None:
    counted_from_sign_up = LeavingCosts(2, 42000, "EUR", (LeavingCost(None, 6300),))
    back = samples.back("en", mine(fee_minor=42000, policy_version=2), counted_from_sign_up)

    assert (back.paid, back.kept, back.back, back.later) == ("€420.00", "€63.00", "€357.00", "")
    assert samples.back("en", mine(), Missing("enrolment")) is None
    assert samples.back("en", mine("held")) is None
    assert samples.back("en", mine(fee_minor=0)) is None


def test_one_can_withdraw_while_there_is_something_to_leave() -> None:
    states = ("waitlisted", "offered", "held", "confirmed", "lapsed", "withdrawn", "cancelled")
    can = [samples.managing("en", mine(each))["page"].may_withdraw for each in states]
    over = mine(ends_at=NOW)

    assert can == [True, True, True, True, False, False, False]
    assert not samples.managing("en", over)["page"].may_withdraw


def test_whoever_has_left_sees_the_receipt_and_no_schedule() -> None:
    stays, left = mine(), mine("withdrawn", ended_at=NOW)
    page = samples.managing("en", left)["page"]
    html = samples.render("my_course.html", "en", **samples.managing("en", left))

    assert samples.managing("en", stays)["page"].meetings
    assert (page.meetings, page.next_at, page.practical) == ((), None, "")
    assert f'href="/en/my/courses/{left.enrolment_id}/withdrawn"' in html


def test_what_happened_stands_with_the_latest_first() -> None:
    later = NOW + timedelta(minutes=9)
    left = mine("withdrawn", ended_at=later + timedelta(days=1), confirmed_at=later)

    happened = samples.managing("en", left, PAID)["page"].happened

    assert [each.title for each in happened] == [
        "Withdrawn", "Enrolled", "Enrolment requested", "Payment received",
    ]  # fmt: skip


def test_a_reason_is_needed_and_a_note_is_not() -> None:
    with_reason = empty_form(samples.words("en"), reason="ill", more=" ")
    without = empty_form(samples.words("en"), more="x" * 2001)

    leave = read_leave(with_reason)

    assert leave is not None
    assert (leave.reason, leave.note) == ("ill", None)
    assert read_leave(without) is None
    assert list(without.wrongs) == ["reason", "more"]


def test_the_receipt_says_what_is_expected_and_who_decides() -> None:
    page = samples.withdrawn("en", "to_review")["page"]
    nothing = samples.withdrawn("en", "nothing_to_review")["page"]

    assert (page.refund, page.fee, page.state.text) == ("€165.75", "€195.00", "With the office")
    assert [each.is_done for each in page.next] == [True, False, False]
    assert len(nothing.next) == 1


def test_deadlines_stand_first_and_only_what_i_can_pay_is_owed() -> None:
    offered_until = NOW + timedelta(minutes=10)
    page = samples.learning(
        "en",
        mine("confirmed"),
        mine("held"),
        mine("offered", offered_until=offered_until),
        orders=(ORDER,),
    )
    invoiced = samples.learning("en", mine("held"), orders=(INVOICED,))

    assert [each.title for each in page.next] == [
        "Take your place in Academic writing in English",
        "Pay for Academic writing in English",
        "First meeting of Academic writing in English",
    ]
    assert (page.asks, page.total) == (2, ("€195.00",))
    assert (invoiced.asks, invoiced.owed) == (0, ())
