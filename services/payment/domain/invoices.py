"""Invoices and credit notes for employers (A14, A15): numbers, references, due dates, what they say."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace
from stdnum import iso11649
from stdnum.iso7064 import mod_97_10

from contracts.catalogue import VatRate
from contracts.fact import Translated
from contracts.payment import InvoiceCredited, InvoiceIssued
from services.payment.domain.billing import Billing
from services.payment.domain.orders import Order
from services.payment.domain.vat import Split, split_part

Kind = Literal["invoice", "credit_note"]

DUE_DAYS = 30
"""PRODUCT.md, decisions: the earlier of 30 days and the start."""
_PREFIX: dict[Kind, str] = {"invoice": "", "credit_note": "C"}


class Offering(msgspec.Struct, frozen=True, kw_only=True):
    """What payment needs of what the catalogue tells: the words and the VAT of an invoice's line."""

    offering_id: UUID
    version: int
    class_number: str
    title: Translated
    vat_rate: VatRate
    vat_reason: Translated
    starts_at: datetime


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a series: numbers count from 1 in each series and year, without gaps."""

    kind: Kind
    year: int
    sequence: int

    @property
    def number(self) -> str:
        return f"{_PREFIX[self.kind]}{self.year}-{self.sequence:06}"


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """A document that is sent: an invoice, or a credit note that takes (a part of) one back. Never changed."""

    invoice_id: UUID
    order_id: UUID
    kind: Kind
    year: int
    sequence: int
    number: str
    reference: str
    """Of an invoice: what a transfer must name (ISO 11649, `RF…`). A credit note has its invoice's."""
    buyer: Billing
    class_number: str
    title: Translated
    amount_minor: int
    """With VAT; above zero on a credit note too."""
    vat_minor: int
    currency: str
    vat_rate: VatRate
    vat_reason: Translated
    issued_at: datetime
    due_at: datetime | None = None
    """None on a credit note."""
    paid_at: datetime | None = None
    """Of an invoice that is made out for money that has come already."""
    credits_id: UUID | None = None
    credited_number: str | None = None
    credited_minor: int = 0
    """Of an invoice: how much credit notes have taken back."""

    @property
    def fee(self) -> Split:
        return Split(gross_minor=self.amount_minor, vat_minor=self.vat_minor)

    @property
    def standing_minor(self) -> int:
        """What the invoice still asks or has been paid for."""
        return self.amount_minor - self.credited_minor if self.kind == "invoice" else 0


def year_of(at: datetime, zone: ZoneInfo) -> int:
    """The book year in which something is issued, by the institution's calendar."""
    return at.astimezone(zone).year


def reference_of(number: str) -> str:
    """The structured creditor reference (ISO 11649) of an invoice number."""
    digits = "".join(each for each in number if each.isalnum())
    return f"RF{mod_97_10.calc_check_digits(digits + 'RF')}{digits}"


def named_in(text: str) -> tuple[str | None, str | None]:
    """The reference and the invoice number that the payer's own words name, if they do.

    Banks and people write `RF12 2026 0001 23`, `rf122026000123`, `invoice 2026-000123`.
    """
    squeezed = re.sub(r"[^0-9A-Z]", "", text.upper())
    reference = next(
        (
            candidate
            for found in re.finditer(r"(?=(RF\d{2}\d{10}))", squeezed)
            if iso11649.is_valid(candidate := found.group(1))
        ),
        None,
    )
    number = re.search(r"(?<![0-9A-Z])(\d{4})-(\d{6})(?!\d)", text.upper())
    return reference, None if number is None else number.group(0)


def due_at(*, issued_at: datetime, starts_at: datetime, zone: ZoneInfo) -> datetime:
    """The end of the 30th day after the invoice, or the start of the course if that is earlier."""
    last_day = issued_at.astimezone(zone).date() + timedelta(days=DUE_DAYS)
    end_of_day = datetime.combine(last_day + timedelta(days=1), time(), zone).astimezone(UTC)
    return min(end_of_day, starts_at)


def issue_invoice(
    order: Order,
    offering: Offering,
    buyer: Billing,
    *,
    invoice_id: UUID,
    place: Place,
    fee: Split,
    due: datetime,
    paid_at: datetime | None = None,
    now: datetime,
) -> Invoice:
    """Invoice the fee of an order."""
    return Invoice(
        invoice_id=invoice_id,
        order_id=order.order_id,
        kind="invoice",
        year=place.year,
        sequence=place.sequence,
        number=place.number,
        reference=reference_of(place.number),
        buyer=buyer,
        class_number=offering.class_number,
        title=offering.title,
        amount_minor=fee.gross_minor,
        vat_minor=fee.vat_minor,
        currency=order.currency,
        vat_rate=offering.vat_rate,
        vat_reason=offering.vat_reason,
        issued_at=now,
        due_at=due,
        paid_at=paid_at,
    )


def credit_invoice(
    invoice: Invoice, amount_minor: int, *, credit_id: UUID, place: Place, now: datetime
) -> tuple[Invoice, Invoice]:
    """Take an amount of an invoice back; returns the invoice and its credit note."""
    part = split_part(
        amount_minor,
        of_minor=invoice.amount_minor,
        taken_minor=invoice.credited_minor,
        rate=invoice.vat_rate,
    )
    note = replace(
        invoice,
        invoice_id=credit_id,
        kind="credit_note",
        year=place.year,
        sequence=place.sequence,
        number=place.number,
        amount_minor=part.gross_minor,
        vat_minor=part.vat_minor,
        issued_at=now,
        due_at=None,
        paid_at=None,
        credits_id=invoice.invoice_id,
        credited_number=invoice.number,
        credited_minor=0,
    )
    return replace(invoice, credited_minor=invoice.credited_minor + amount_minor), note


def tell_invoice(order: Order, invoice: Invoice, pdf: bytes) -> InvoiceIssued | InvoiceCredited:
    """What others hear once the document lies ready."""
    about: dict[str, Any] = {
        "order_id": order.order_id,
        "enrolment_id": order.enrolment_id,
        "learner_id": order.learner_id,
        "invoice_id": invoice.invoice_id,
        "number": invoice.number,
        "organisation": invoice.buyer.organisation,
        "billing_mail_address": invoice.buyer.mail_address,
        "language": invoice.buyer.language,
        "amount_minor": invoice.amount_minor,
        "currency": invoice.currency,
        "pdf": pdf,
    }
    if invoice.due_at is not None:
        return InvoiceIssued(**about, issued_at=invoice.issued_at, due_at=invoice.due_at)
    return InvoiceCredited(
        **about, credited_number=invoice.credited_number or "", credited_at=invoice.issued_at
    )
