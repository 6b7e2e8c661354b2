"""What the pages of finance decide."""

from datetime import date
from typing import get_args

import msgspec
import pytest

from clients.portal.api.paging import Page
from clients.portal.api.payment import Credit, RefundState
from clients.portal.forms import empty_form
from clients.portal.routes.desk_transfers import Decision, read_credit, read_decision
from clients.portal.views.desk_exceptions import exceptions_page
from clients.portal.views.desk_ledger import ledger_page
from clients.portal.views.desk_payments import open_page, standing_invoice
from clients.portal.views.desk_refunds import STATES, deeds_of
from clients.portal.words import messages
from contracts.enrolment import Payer
from services.payment.domain import exceptions, ledger, payments, refunds, transfers
from services.payment.edge.shapes import ShownState
from tests.unit.portal import desk_samples, samples
from tests.unit.portal import finance_samples as finance
from tests.unit.portal.samples import NOW

EN = samples.words("en")
TODAY = date(2027, 3, 10)
CREDIT = {
    "value_date": "2027-03-09",
    "amount": "420,00",
    "bank_reference": " 2027031200017 ",
    "reference": "RF892027000017",
}


@pytest.mark.parametrize(
    ("family", "words"),
    [
        ("account", get_args(ledger.Account)),
        ("event", get_args(ledger.Event)),
        ("kind", get_args(exceptions.Kind)),
        ("kept", get_args(transfers.KeptWhy)),
        ("transfer", get_args(transfers.State)),
        ("refund", get_args(refunds.State)),
        ("back", get_args(refunds.Why)),
        ("attempt", get_args(payments.State)),
        ("order", get_args(ShownState)),
        ("pays", get_args(Payer)),
    ],
)
def test_every_word_of_payment_has_a_sentence(family: str, words: tuple[str, ...]) -> None:
    assert {f"finance.{family}.{each}" for each in words} <= messages("en").keys()


def test_what_is_late_says_so_and_the_invoice_that_stands_is_named() -> None:
    page = open_page(
        "all",
        Page((finance.ORDER, finance.INVOICED)),
        desk_samples.NAMES,
        cursor="",
        words=EN,
        now=NOW,
    )

    assert [each.is_late for each in page.rows] == [False, True]
    assert [each.invoice and each.invoice.number for each in page.rows] == [None, "2027-000017"]


def test_an_invoice_that_is_wholly_credited_does_not_stand() -> None:
    credited = msgspec.structs.replace(finance.INVOICE, credited_minor=42000)
    order = msgspec.structs.replace(finance.INVOICED, invoices=(credited, finance.CREDIT_NOTE))

    assert standing_invoice(order) is None


def test_an_exception_leads_to_where_it_is_decided() -> None:
    page = exceptions_page(Page(finance.EXCEPTIONS), settled=False, cursor="", words=EN)

    assert [each.path for each in page.matters] == [
        f"/desk/transfers/{finance.TRANSFER_ID}",
        f"/desk/transfers/{finance.TRANSFER_ID}",
        f"/desk/refunds/{finance.REFUND_ID}",
        f"/desk/payments/{finance.ORDER_ID}",
        None,
    ]
    assert [each.amount for each in page.matters] == ["€420.00", "€420.00", "€195.00", "", ""]


def test_only_a_refused_refund_is_tried_again_and_only_what_waits_is_transferred() -> None:
    can_do = {state: deeds_of(state) for state in STATES}

    assert set(STATES) == set(get_args(RefundState))
    assert can_do == {
        "refused": ("retry", "transfer"),
        "to_transfer": ("transfer",),
        "requested": (),
        "sent": (),
        "refunded": (),
        "transferred": (),
    }


def test_the_sides_of_the_ledger_are_added_up() -> None:
    (sheet,) = ledger_page(finance.LEDGER, cursor="", words=EN).sheets

    assert (sheet.debit, sheet.credit, sheet.is_balanced) == ("€1,230.00", "€1,230.00", True)
    assert [(each.name, each.debit, each.credit) for each in sheet.accounts][2:4] == [
        ("Fees", "", "€815.00"),
        ("At the payment provider", "€195.00", ""),
    ]


def test_a_ledger_that_does_not_add_up_is_reported() -> None:
    odd = msgspec.structs.replace(finance.LEDGER, balances=finance.LEDGER.balances[:3])
    page = ledger_page(odd, cursor="", words=EN)

    assert page.sheets[0].is_balanced is False
    assert "report this" in samples.render("desk_ledger.html", "en", page, finance.RUBEN)


def test_a_line_of_the_bank_statement_is_read() -> None:
    assert read_credit(empty_form(EN, **CREDIT), today=TODAY) == Credit(
        bank_reference="2027031200017",
        reference="RF892027000017",
        amount_minor=42000,
        currency="EUR",
        value_date=date(2027, 3, 9),
    )


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("value_date", ""),
        ("value_date", "2027-03-11"),
        ("value_date", "9 maart"),
        ("amount", "0"),
        ("amount", "12.5"),
        ("bank_reference", " "),
        ("bank_reference", "x" * 101),
        ("reference", "x" * 501),
    ],
)
def test_a_line_that_is_not_whole_is_not_booked(field: str, typed: str) -> None:
    form = empty_form(EN, **CREDIT | {field: typed})

    assert read_credit(form, today=TODAY) is None
    assert list(form.wrongs) == [field]


def test_a_line_without_words_of_the_payer_is_booked_all_the_same() -> None:
    form = empty_form(EN, **CREDIT | {"reference": ""})

    credit = read_credit(form, today=TODAY)

    assert credit is not None
    assert credit.reference == ""


def test_what_is_matched_names_an_invoice_and_what_is_returned_does_not() -> None:
    returned = empty_form(EN, deed="return", invoice="2027-000017")
    matched = empty_form(EN, deed="match", invoice=" 2027-000017 ")
    unnamed, undecided = empty_form(EN, deed="match"), empty_form(EN)

    assert read_decision(returned) == Decision(None)
    assert read_decision(matched) == Decision("2027-000017")
    assert (read_decision(unnamed), read_decision(undecided)) == (None, None)
    assert (list(unnamed.wrongs), list(undecided.wrongs)) == (["invoice"], ["deed"])


def test_the_desk_shows_rooms_by_role() -> None:
    both = msgspec.structs.replace(finance.RUBEN, roles=frozenset({"office", "finance"}))
    page = ledger_page(finance.EMPTY_LEDGER, cursor="", words=EN)

    of_finance = samples.render("desk_ledger.html", "en", page, finance.RUBEN)
    of_both = samples.render("desk_ledger.html", "en", page, both)

    for room in ("withdrawals", "offerings", "mails"):
        assert f'href="/en/desk/{room}"' not in of_finance
        assert f'href="/en/desk/{room}"' in of_both
    for room in ("payments", "exceptions", "refunds", "transfers", "ledger"):
        assert f'href="/en/desk/{room}"' in of_finance
