"""Employers: who is invoiced, and the documents."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from chassis.database import Connection
from chassis.http.access import SIGNED_IN, Caller
from chassis.http.conditional import conditional
from chassis.http.problems import NOT_FOUND, invalid_input
from chassis.http.request import AnyRequest
from contracts.fact import Language
from services.payment import commands, refusals, store
from services.payment.domain.billing import VAT_NUMBER_WRONG, Billing, clean_vat_number
from services.payment.domain.invoices import Invoice
from services.payment.edge.shapes import InvoiceView, show_invoice
from services.payment.parts import Parts

Line = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
_RETRY_AFTER_S = 1


class BillingRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is invoiced, and where the invoice goes."""

    organisation: Line
    address: Annotated[tuple[Line, ...], Meta(min_length=1, max_length=4)]
    """Street and number, and what comes above it: a department, a name."""
    postcode: Annotated[str, Meta(min_length=1, max_length=12)]
    city: Line
    mail_address: Annotated[str, Meta(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
    language: Language
    """Of the invoice and its mail."""
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")] = "NL"
    """ISO 3166-1."""
    vat_number: Annotated[str, Meta(max_length=20)] | None = None
    purchase_order_reference: Annotated[str, Meta(max_length=40)] | None = None


@put("/v1/orders/{order_id:uuid}/billing", access=SIGNED_IN)
async def record_billing(
    order_id: FromPath[UUID],
    data: JSONBody[BillingRequest],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> InvoiceView:
    """Have the employer invoiced (A14, A15). The place is held until the invoice is due.

    The same details again change nothing; other details credit the invoice and make a new one.
    """
    buyer = _billing(data, language)
    async with parts.db.transaction() as tx:
        order = await commands.payments.lock_own_order(tx, order_id, caller.account_id)
        invoice = await commands.invoices.record_billing(
            tx, order, buyer, zone=parts.settings.institution_zone, now=parts.clock.now()
        )
    return show_invoice(invoice)


@get("/v1/invoices/{invoice_id:uuid}", access=SIGNED_IN)
async def get_invoice(
    request: AnyRequest,
    invoice_id: FromPath[UUID],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
) -> Response[InvoiceView]:
    """An invoice or a credit note, to the learner of its order and finance."""
    async with parts.db.reading() as connection:
        invoice = await _get_visible(connection, invoice_id, caller)
    return conditional(request, show_invoice(invoice))


@get("/v1/invoices/{invoice_id:uuid}/pdf", access=SIGNED_IN)
async def get_invoice_pdf(
    invoice_id: FromPath[UUID], caller: NamedDependency[Caller], parts: NamedDependency[Parts]
) -> Response[bytes]:
    """The document itself. It is set within seconds after its number was given out, and goes after seven years."""
    async with parts.db.reading() as connection:
        invoice = await _get_visible(connection, invoice_id, caller)
        pdf = await store.invoices.get_pdf(connection, invoice_id)
    if pdf == b"":
        raise NOT_FOUND()  # Its seven years are over.
    if pdf is None:
        refusal = refusals.DOCUMENT_NOT_READY()
        refusal.retry_after_s = _RETRY_AFTER_S
        raise refusal
    headers = {
        "Content-Disposition": f'inline; filename="{invoice.number}.pdf"',
        "Cache-Control": "private, max-age=86400, immutable",
    }
    return Response(pdf, media_type="application/pdf", headers=headers)


async def _get_visible(connection: Connection, invoice_id: UUID, caller: Caller) -> Invoice:
    invoice = await store.invoices.get_invoice(connection, invoice_id)
    order = invoice and await store.orders.get_order(connection, invoice.order_id)
    if not invoice or not order:
        raise NOT_FOUND()
    if not (order.learner_id == caller.account_id or caller.has("finance")):
        raise NOT_FOUND()
    return invoice


def _billing(data: BillingRequest, language: Language) -> Billing:
    """The details as they will stand on the invoice.

    Raises:
        Refusal: the VAT number cannot be right.
    """
    vat_number = None
    if data.vat_number:
        vat_number = clean_vat_number(data.vat_number, data.country)
        if vat_number is None:
            raise invalid_input("/vat_number", VAT_NUMBER_WRONG.in_language(language))
    return Billing(
        organisation=data.organisation.strip(),
        address=tuple(each.strip() for each in data.address),
        postcode=data.postcode.strip(),
        city=data.city.strip(),
        country=data.country,
        vat_number=vat_number,
        purchase_order_reference=(data.purchase_order_reference or "").strip() or None,
        mail_address=data.mail_address,
        language=data.language,
    )


ROUTES = [record_billing, get_invoice, get_invoice_pdf]
