"""Invoices and credit notes as sheets of paper: every word and number as it is printed."""

from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from stdnum import iban, iso11649

from chassis.language import Money, date_short, money
from contracts.fact import Language
from services.payment.domain.billing import Billing
from services.payment.domain.invoices import Invoice
from services.payment.settings import Settings

TEMPLATE = Path(__file__).parent / "invoice.typ"


class Seller(msgspec.Struct, frozen=True, kw_only=True):
    """Who the invoice is from."""

    name: str
    address: tuple[str, ...]
    vat_number: str
    register_number: str
    iban: str
    mail_address: str


class Buyer(msgspec.Struct, frozen=True, kw_only=True):
    """Who the invoice is for."""

    organisation: str
    address: tuple[str, ...]
    vat_number: str | None
    purchase_order_reference: str | None


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """What the template prints. Amounts and dates are written out in the reader's language."""

    language: Language
    kind: str
    number: str
    seller: Seller
    buyer: Buyer
    issued_on: str
    due_on: str | None
    """Until and including this day."""
    paid_on: str | None
    credited_number: str | None
    class_number: str
    course: str
    net: str
    vat: str
    vat_rate: str
    vat_reason: str
    total: str
    reference: str


def sheet_of(invoice: Invoice, settings: Settings) -> Sheet:
    """Write an invoice or a credit note out. What a credit note takes back is less than nothing."""
    language = invoice.buyer.language
    sign = 1 if invoice.kind == "invoice" else -1

    def amount(minor: int) -> str:
        return money(Money(sign * minor, invoice.currency), language)

    def day(at: datetime) -> str:
        return date_short(at.astimezone(settings.institution_zone), language)

    return Sheet(
        language=language,
        kind=invoice.kind,
        number=invoice.number,
        seller=Seller(
            name=settings.seller_name,
            address=settings.seller_address,
            vat_number=settings.seller_vat_number,
            register_number=settings.seller_register_number,
            iban=iban.format(settings.seller_iban),
            mail_address=settings.seller_mail_address,
        ),
        buyer=Buyer(
            organisation=invoice.buyer.organisation,
            address=_address(invoice.buyer),
            vat_number=invoice.buyer.vat_number,
            purchase_order_reference=invoice.buyer.purchase_order_reference,
        ),
        issued_on=day(invoice.issued_at),
        due_on=None if invoice.due_at is None else day(_last_day(invoice.due_at)),
        paid_on=None if invoice.paid_at is None else day(invoice.paid_at),
        credited_number=invoice.credited_number,
        class_number=invoice.class_number,
        course=invoice.title.in_language(language),
        net=amount(invoice.fee.net_minor),
        vat=amount(invoice.fee.vat_minor),
        vat_rate=invoice.vat_rate,
        vat_reason=invoice.vat_reason.in_language(language),
        total=amount(invoice.amount_minor),
        reference=iso11649.format(invoice.reference),
    )


def _address(buyer: Billing) -> tuple[str, ...]:
    city = f"{buyer.postcode}  {buyer.city}"
    return (*buyer.address, city, *([] if buyer.country == "NL" else [buyer.country]))


def _last_day(due_at: datetime) -> datetime:
    """An invoice that is due at midnight can be paid until the day before has ended."""
    return due_at - timedelta(microseconds=1)
