"""Finance books what the bank statement says, and decides about transfers that have no place."""

from datetime import date
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from clients.portal.api import payment
from clients.portal.api.asking import Away, Refused
from clients.portal.api.payment import Credit, Transfer
from clients.portal.forms import Form, amount_minor, empty_form
from clients.portal.routes.desk import FINANCE
from clients.portal.views.desk_transfers import transfer_row, transfers_page
from clients.portal.visit import Visit

_CURRENCY = "EUR"
_LONGEST_BANK_REFERENCE = 100
_LONGEST_REFERENCE = 500
_LONGEST_NUMBER = 100


class Decision(msgspec.Struct, frozen=True):
    """What becomes of a transfer that was kept."""

    invoice: str | None
    """Number or reference of the invoice that it is for; None: it was sent back."""


@get("/desk/transfers", access=FINANCE)
async def list_transfers(visit: NamedDependency[Visit]) -> Response[str]:
    """Every transfer that was booked, the latest first."""
    cursor = visit.request.query_params.get("cursor", "")
    listed = await payment.list_transfers(visit.ask, cursor=cursor)
    page = transfers_page(listed, cursor=cursor, words=visit.words)
    return visit.show("desk_transfers.html", page, section="desk")


@get("/desk/transfers/new", access=FINANCE, sync_to_thread=False)
def ask_for_credit(visit: NamedDependency[Visit]) -> Response[str]:
    """The form for a line of the bank statement."""
    return _ask(visit, empty_form(visit.words))


@post("/desk/transfers/new", access=FINANCE, status_code=303)
async def receive_transfer(visit: NamedDependency[Visit]) -> Response[str] | Response[bytes]:
    """Book it: it pays the invoice that it names, or is kept. Either is shown then."""
    form = await visit.form()
    today = visit.now.astimezone(visit.parts.settings.institution_zone).date()
    credit = read_credit(form, today=today)
    if credit is not None:
        try:
            booked = await payment.receive_transfer(visit.ask, credit, key=form.key)
            return visit.go(f"/desk/transfers/{booked.transfer_id}?done=booked")
        except Refused as refused:
            form.take(
                refused,
                {
                    "/bank_reference": "bank_reference",
                    "/reference": "reference",
                    "/amount_minor": "amount",
                    "/value_date": "value_date",
                },
            )
            form = form.with_new_key()
        except Away:
            return _ask(visit, form, is_away=True)  # With the same key: it may have been booked.
    return _ask(visit, form)


@get("/desk/transfers/{transfer_id:uuid}", access=FINANCE)
async def show_transfer(
    transfer_id: FromPath[UUID], visit: NamedDependency[Visit]
) -> Response[str]:
    """One transfer: what it paid, or why it was kept and what to do."""
    transfer = await payment.get_transfer(visit.ask, transfer_id)
    return _show(visit, transfer, empty_form(visit.words))


@post("/desk/transfers/{transfer_id:uuid}", access=FINANCE, status_code=303)
async def decide_transfer(
    transfer_id: FromPath[UUID], visit: NamedDependency[Visit]
) -> Response[str] | Response[bytes]:
    """Match a kept transfer to an invoice, or say that it was sent back."""
    form = await visit.form()
    decision = read_decision(form)
    if decision is not None:
        try:
            return await _decide(visit, transfer_id, decision, key=form.key)
        except Refused as refused:
            form.take(refused, {"/reference": "invoice"})
            form = form.with_new_key()
    transfer = await payment.get_transfer(visit.ask, transfer_id)  # As it is by now.
    return _show(visit, transfer, form)


async def _decide(
    visit: Visit, transfer_id: UUID, decision: Decision, *, key: str
) -> Response[bytes]:
    if decision.invoice is None:
        await payment.return_transfer(visit.ask, transfer_id, key=key)
        return visit.go(f"/desk/transfers/{transfer_id}?done=returned")
    await payment.match_transfer(visit.ask, transfer_id, decision.invoice, key=key)
    return visit.go(f"/desk/transfers/{transfer_id}?done=matched")


def _ask(visit: Visit, form: Form, *, is_away: bool = False) -> Response[str]:
    status = 503 if is_away else form.status
    return visit.show("desk_credit.html", section="desk", form=form, is_away=is_away, status=status)


def _show(visit: Visit, transfer: Transfer, form: Form) -> Response[str]:
    done = visit.request.query_params.get("done", "")
    return visit.show(
        "desk_transfer.html",
        transfer_row(transfer, words=visit.words),
        section="desk",
        form=form,
        done=done if done in ("booked", "matched", "returned") and form.is_right else "",
        status=form.status,
    )


def read_credit(form: Form, *, today: date) -> Credit | None:
    """A line of the bank statement; None where something has to be corrected first."""
    value_date = _date(form.typed("value_date"))
    if value_date is None or value_date > today:
        form.wrong("value_date", "finance.value_date_needed", example=today.isoformat())
    amount = amount_minor(form.typed("amount"))
    if not amount:
        form.wrong("amount", "finance.amount_needed")
    bank_reference = form.text(
        "bank_reference",
        needed="finance.bank_reference_needed",
        longest=_LONGEST_BANK_REFERENCE,
        too_long="finance.bank_reference_too_long",
    )
    reference = form.text(
        "reference", longest=_LONGEST_REFERENCE, too_long="finance.reference_too_long"
    )
    if not form.is_right or value_date is None or amount is None:
        return None
    return Credit(
        bank_reference=bank_reference,
        reference=reference,
        amount_minor=amount,
        currency=_CURRENCY,
        value_date=value_date,
    )


def read_decision(form: Form) -> Decision | None:
    """What becomes of it; None where something has to be corrected first."""
    deed = form.choice("deed", ("match", "return"), needed="finance.decision_needed")
    if deed != "match":
        return Decision(None) if deed else None
    invoice = form.text(
        "invoice",
        needed="finance.invoice_needed",
        longest=_LONGEST_NUMBER,
        too_long="finance.invoice_too_long",
    )
    return Decision(invoice) if form.is_right else None


def _date(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        return None


ROUTES = [list_transfers, ask_for_credit, receive_transfer, show_transfer, decide_transfer]
