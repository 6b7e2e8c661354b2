"""Invoices: numbers, references that people mangle, due dates, VAT numbers, credit notes."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649

from contracts.fact import Translated
from services.payment.domain import invoices, transfers
from services.payment.domain.billing import Billing, clean_vat_number
from services.payment.domain.invoices import Invoice, Place
from services.payment.domain.transfers import Transfer

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2027, 3, 10, 13, 0, tzinfo=UTC)
BUYER = Billing(
    organisation="Rijnland",
    address=("Archimedesweg 1",),
    postcode="2333 CM",
    city="Leiden",
    country="NL",
    vat_number=None,
    purchase_order_reference=None,
    mail_address="a@b.test",
    language="nl",
)
PLACES = st.builds(
    Place,
    kind=st.just("invoice"),
    year=st.integers(2000, 2099),
    sequence=st.integers(1, 999_999),
)


def an_invoice(**changes: Any) -> Invoice:
    fields: dict[str, Any] = {
        "invoice_id": UUID(int=1),
        "order_id": UUID(int=2),
        "kind": "invoice",
        "year": 2027,
        "sequence": 1,
        "number": "2027-000001",
        "reference": "RF892027000001",
        "buyer": BUYER,
        "class_number": "4218",
        "title": Translated(nl="Cursus", en="Course"),
        "amount_minor": 19500,
        "vat_minor": 3384,
        "currency": "EUR",
        "vat_rate": "21",
        "vat_reason": Translated(nl="Belast", en="Taxed"),
        "issued_at": NOW,
        "due_at": NOW,
    }
    return Invoice(**fields | changes)


def a_transfer(**changes: Any) -> Transfer:
    fields: dict[str, Any] = {
        "transfer_id": UUID(int=3),
        "bank_reference": "B1",
        "reference": "RF892027000001",
        "amount_minor": 19500,
        "currency": "EUR",
        "value_date": date(2027, 3, 28),
        "received_at": NOW,
        "state": "kept",
    }
    return Transfer(**fields | changes)


def test_numbers_are_written_with_their_year_and_series() -> None:
    assert Place(kind="invoice", year=2026, sequence=123).number == "2026-000123"
    assert Place(kind="credit_note", year=2026, sequence=7).number == "C2026-000007"


def test_the_book_year_is_the_institutions() -> None:
    new_years_eve = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)

    assert invoices.year_of(new_years_eve, AMSTERDAM) == 2027


def test_a_reference_is_one_that_banks_check() -> None:
    assert invoices.reference_of("2026-000123") == "RF462026000123"


@given(PLACES)
def test_every_reference_is_valid_and_leads_back_to_its_number(place: Place) -> None:
    reference = invoices.reference_of(place.number)

    assert iso11649.is_valid(reference)
    assert invoices.named_in(reference) == (reference, None)
    assert invoices.named_in(place.number) == (None, place.number)


@given(
    PLACES,
    st.sampled_from(["", "Betreft ", "/REMI/USTD//", "invoice: ", "  "]),
    st.sampled_from(["", " cursus", ", dank", "/2027-03-12"]),
    st.booleans(),
    st.booleans(),
)
def test_a_reference_is_found_however_it_is_written(
    place: Place, before: str, after: str, spaced: bool, lower: bool
) -> None:
    reference = invoices.reference_of(place.number)
    written = iso11649.format(reference) if spaced else reference
    words = before + (written.lower() if lower else written) + after

    assert invoices.named_in(words)[0] == reference


@pytest.mark.parametrize(
    "words",
    ["", "For the course of Ada", "RF482026000123", "2026-00012", "12026-000123", "2026-0001234"],
)
def test_what_names_no_invoice_finds_none(words: str) -> None:
    assert invoices.named_in(words) == (None, None)


@pytest.mark.parametrize(
    ("issued_at", "starts_at", "due"),
    [
        # 30 days of 23, 24 and 25 hours end at an Amsterdam midnight all the same.
        (NOW, datetime(2027, 9, 1, tzinfo=UTC), datetime(2027, 4, 9, 22, 0, tzinfo=UTC)),
        (
            datetime(2027, 10, 10, 13, 0, tzinfo=UTC),
            datetime(2028, 1, 1, tzinfo=UTC),
            datetime(2027, 11, 9, 23, 0, tzinfo=UTC),
        ),
        (
            NOW,
            datetime(2027, 3, 20, 8, 0, tzinfo=UTC),
            datetime(2027, 3, 20, 8, 0, tzinfo=UTC),
        ),
    ],
)
def test_an_invoice_is_due_after_thirty_days_or_when_the_course_starts(
    issued_at: datetime, starts_at: datetime, due: datetime
) -> None:
    assert invoices.due_at(issued_at=issued_at, starts_at=starts_at, zone=AMSTERDAM) == due


@given(st.lists(st.integers(1, 9750), min_size=1, max_size=4))
def test_credit_notes_never_take_back_more_vat_than_the_invoice_had(parts: list[int]) -> None:
    invoice, vat = an_invoice(), 0
    for part in parts:
        if part > invoice.standing_minor:
            break
        invoice, note = invoices.credit_invoice(
            invoice,
            part,
            credit_id=UUID(int=9),
            place=Place(kind="credit_note", year=2027, sequence=1),
            now=NOW,
        )
        vat += note.vat_minor
        assert (note.kind, note.due_at, note.credited_number) == (
            "credit_note",
            None,
            "2027-000001",
        )
    rest, note = invoices.credit_invoice(
        invoice,
        invoice.standing_minor,
        credit_id=UUID(int=9),
        place=Place(kind="credit_note", year=2027, sequence=2),
        now=NOW,
    )

    assert rest.standing_minor == 0
    assert vat + note.vat_minor == 3384


@pytest.mark.parametrize(
    ("transfer", "invoice", "why"),
    [
        (a_transfer(), None, "unknown_reference"),
        (a_transfer(amount_minor=19499), an_invoice(), "wrong_amount"),
        (a_transfer(amount_minor=19501), an_invoice(), "wrong_amount"),
        (a_transfer(currency="USD"), an_invoice(), "wrong_amount"),
    ],
)
def test_a_transfer_that_pays_nothing_is_kept_with_the_reason(
    transfer: Transfer, invoice: Invoice | None, why: str
) -> None:
    kept, payment = transfers.match_transfer(
        transfer, invoice, payment_id=UUID(int=4), zone=AMSTERDAM
    )

    assert (kept.state, kept.kept_why, payment) == ("kept", why, None)


def test_a_transfer_counts_from_the_beginning_of_its_value_date() -> None:
    matched, payment = transfers.match_transfer(
        a_transfer(), an_invoice(), payment_id=UUID(int=4), zone=AMSTERDAM
    )

    assert matched.state == "matched"
    assert payment is not None
    assert payment.paid_at == datetime(
        2027, 3, 27, 23, 0, tzinfo=UTC
    )  # Summer time begins that day.


@pytest.mark.parametrize(
    ("written", "country", "clean"),
    [
        ("NL 0044.95.445.B01", "NL", "NL004495445B01"),
        ("004495445b01", "NL", "NL004495445B01"),
        ("NL004495446B01", "NL", None),
        ("BE0403019261", "NL", None),
        ("BE 0403.019.261", "BE", "BE0403019261"),
        ("EL094259216", "GR", "EL094259216"),
        ("094259216", "GR", "EL094259216"),
        ("CHE-107.787.577 IVA", "CH", "CHE107787577IVA"),
        ("...", "US", None),
    ],
)
def test_vat_numbers_are_checked_where_their_rules_are_european(
    written: str, country: str, clean: str | None
) -> None:
    assert clean_vat_number(written, country) == clean
