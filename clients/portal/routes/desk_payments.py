"""Finance looks at what is still to be paid, at one order with its documents, and at the books."""

import asyncio
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from clients.portal.api import identity, payment
from clients.portal.api.asking import or_missing
from clients.portal.routes.desk import FINANCE
from clients.portal.views.desk_ledger import ledger_page
from clients.portal.views.desk_payments import PAYERS, open_page, order_page
from clients.portal.visit import Visit


@get("/desk/payments", access=FINANCE)
async def list_open_orders(visit: NamedDependency[Visit]) -> Response[str]:
    """What learners and employers have to pay, what has to be paid first at the top."""
    asked = visit.request.query_params
    wanted, cursor = asked.get("payer", ""), asked.get("cursor", "")
    payer = next((each for each in PAYERS if each == wanted), None)
    listed = await payment.list_open_orders(visit.ask, payer, cursor=cursor)
    names = await or_missing(
        identity.list_people(visit.ask, (each.learner_id for each in listed.items))
    )
    page = open_page(payer or "all", listed, names, cursor=cursor, words=visit.words, now=visit.now)
    return visit.show("desk_payments.html", page, section="desk")


@get("/desk/payments/{order_id:uuid}", access=FINANCE)
async def show_order(order_id: FromPath[UUID], visit: NamedDependency[Visit]) -> Response[str]:
    """One order: what was paid, invoiced, given back and booked."""
    order, ledger = await asyncio.gather(
        payment.get_order(visit.ask, order_id), payment.get_ledger(visit.ask, order_id=order_id)
    )
    names = await or_missing(identity.list_people(visit.ask, [order.learner_id]))
    page = order_page(order, ledger, names, words=visit.words)
    return visit.show("desk_order.html", page, section="desk")


@get("/desk/invoices/{invoice_id:uuid}/pdf", access=FINANCE)
async def get_invoice(invoice_id: FromPath[UUID], visit: NamedDependency[Visit]) -> Response[bytes]:
    """The document of an invoice or a credit note."""
    pdf = await payment.get_invoice_pdf(visit.ask, invoice_id)
    headers = {"Cache-Control": "private, no-store"}
    if "content-disposition" in pdf.headers:
        headers["Content-Disposition"] = pdf.headers["content-disposition"]
    return Response(pdf.content, media_type="application/pdf", headers=headers)


@get("/desk/ledger", access=FINANCE)
async def show_ledger(visit: NamedDependency[Visit]) -> Response[str]:
    """What is on the accounts, and what was booked, the latest first."""
    cursor = visit.request.query_params.get("cursor", "")
    ledger = await payment.get_ledger(visit.ask, cursor=cursor)
    page = ledger_page(ledger, cursor=cursor, words=visit.words)
    return visit.show("desk_ledger.html", page, section="desk")


ROUTES = [list_open_orders, show_order, get_invoice, show_ledger]
