"""What the pages of finance are rendered with in tests."""

from datetime import date, timedelta
from typing import Any, get_args
from uuid import UUID

import msgspec

from clients.portal.api.asking import Missing
from clients.portal.api.paging import Page
from clients.portal.api.payment import (
    Balance,
    Booked,
    FinanceException,
    Invoiced,
    Ledger,
    NumberedInvoice,
    OrderState,
    OrderToFinance,
    Payment,
    Refund,
    RefundState,
    RefundToFinance,
    Transfer,
)
from clients.portal.forms import Form, empty_form
from clients.portal.views.desk_exceptions import exceptions_page
from clients.portal.views.desk_ledger import ledger_page
from clients.portal.views.desk_payments import open_page, order_page
from clients.portal.views.desk_refunds import STATES, refund_page, refunds_page
from clients.portal.views.desk_transfers import transfer_row, transfers_page
from contracts.fact import Language
from tests.unit.portal import samples
from tests.unit.portal.desk_samples import BRAM_ID, NAMES
from tests.unit.portal.samples import NOOR, NOW, words

RUBEN = msgspec.structs.replace(NOOR, name="Ruben Bakker", roles=frozenset({"learner", "finance"}))
ORDER_ID = UUID("0199a000-0000-7000-8000-00000000c001")
REFUND_ID = UUID("0199a000-0000-7000-8000-00000000c002")
TRANSFER_ID = UUID("0199a000-0000-7000-8000-00000000c003")
INVOICE_ID = UUID("0199a000-0000-7000-8000-00000000c004")
INVOICE = NumberedInvoice(
    invoice_id=INVOICE_ID,
    kind="invoice",
    number="2027-000017",
    reference="RF892027000017",
    amount_minor=42000,
    currency="EUR",
    issued_at=NOW,
    due_at=NOW + timedelta(days=30),
    credited_minor=0,
)
CREDIT_NOTE = msgspec.structs.replace(
    INVOICE, kind="credit_note", number="2027-C-000003", due_at=None
)
REFUND = Refund(
    refund_id=REFUND_ID,
    order_id=ORDER_ID,
    amount_minor=19500,
    currency="EUR",
    why="withdrawal",
    state="refused",
    requested_at=NOW,
    issued_at=None,
)
REFUSED = RefundToFinance(
    refund=REFUND, refused_why="The balance is too low <b>", bank_reference=None
)
TO_TRANSFER = RefundToFinance(
    refund=msgspec.structs.replace(REFUND, state="to_transfer", why="cancelled"),
    refused_why=None,
    bank_reference="NL-2027-0312-17",
)
WHYS = ("withdrawal", "late_payment", "double_payment", "cancelled", "dropped_session")
ORDER = OrderToFinance(
    order_id=ORDER_ID,
    learner_id=BRAM_ID,
    title="Academic writing in English",
    state="open",
    payer="self",
    fee_minor=19500,
    owed_minor=19500,
    currency="EUR",
    pay_before=NOW + timedelta(minutes=20),
    opened_at=NOW,
    paid_at=None,
    closed_at=None,
    billing=None,
    payments=tuple(
        Payment(method, state, 19500, NOW, None, None)  # type: ignore[arg-type] # All of them.
        for method, state in (
            ("ideal", "intended"),
            ("ideal", "open"),
            ("creditcard", "paid"),
            ("creditcard", "failed"),
            ("banktransfer", "canceled"),
            ("ideal", "expired"),
        )
    ),
    refunds=tuple(msgspec.structs.replace(REFUND, why=each) for each in WHYS),
    invoices=(),
)
INVOICED = msgspec.structs.replace(
    ORDER,
    title=None,
    payer="employer",
    fee_minor=42000,
    pay_before=NOW - timedelta(minutes=1),
    billing=Invoiced("Rijnland <Ziekenhuis>", "invoices@example.nl"),
    payments=(),
    refunds=(),
    invoices=(
        msgspec.structs.replace(INVOICE, credited_minor=42000, number="2027-000016"),
        INVOICE,
        CREDIT_NOTE,
    ),
)
CLOSED = msgspec.structs.replace(
    ORDER, state="closed", pay_before=None, paid_at=NOW, closed_at=NOW, payments=(), refunds=()
)
KEPT = Transfer(
    transfer_id=TRANSFER_ID,
    bank_reference="2027031200017",
    reference="For the course of <Ada>",
    amount_minor=42000,
    currency="EUR",
    value_date=date(2027, 3, 9),
    received_at=NOW,
    state="kept",
    kept_why="unknown_reference",
    order_id=None,
)
MATCHED = msgspec.structs.replace(KEPT, state="matched", kept_why=None, order_id=ORDER_ID)
RETURNED = msgspec.structs.replace(KEPT, state="returned", kept_why="wrong_amount", reference="")


def exception(kind: Any, **about: Any) -> FinanceException:
    given: dict[str, Any] = {"order_id": None, "settled_at": None, "transfer": None, "refund": None}
    return FinanceException(
        exception_id=UUID(int=1),
        kind=kind,
        explanation="What is the matter, and what to do.",
        raised_at=NOW,
        **given | about,
    )


EXCEPTIONS = (
    exception("unknown_reference", transfer=KEPT),
    exception("wrong_amount", transfer=RETURNED, order_id=ORDER_ID),
    exception("refund_refused", refund=REFUSED, order_id=ORDER_ID),
    exception("nothing_to_refund", order_id=ORDER_ID),
    exception("nothing_to_refund"),
)
EVENTS = (
    "invoice_issued", "invoice_credited", "payment_captured", "vat_specified", "refund_requested",
    "refund_issued", "refund_bounced", "transfer_kept", "transfer_returned",
)  # fmt: skip
ACCOUNTS = {
    "bank": 61500,
    "debtors": 42000,
    "fees": -81500,
    "provider": 19500,
    "refunds_due": -19500,
    "unallocated": -22000,
    "vat": 0,
}
LEDGER = Ledger(
    items=tuple(
        Booked(
            event=event,
            order_id=None if event.startswith("transfer") else ORDER_ID,
            debit="bank",
            credit="unallocated",
            amount_minor=19500,
            currency="EUR",
            booked_at=NOW,
        )
        for event in EVENTS
    ),
    next="https://payment.example/v1/ledger?cursor=a%2Bb",
    balances=tuple(
        Balance(account=account, currency="EUR", balance_minor=balance)
        for account, balance in ACCOUNTS.items()
    ),
)
EMPTY_LEDGER = Ledger(items=(), balances=())
MORE = "https://payment.example/v1/open-orders?cursor=a%2Bb"


def order(language: Language, it: OrderToFinance, *, ledger: Ledger = EMPTY_LEDGER) -> Any:
    return order_page(it, ledger, NAMES, words=words(language))


def refund(language: Language, it: RefundToFinance, order: Any = ORDER, names: Any = NAMES) -> Any:
    return refund_page(it, order, names, words=words(language))


def refund_in(state: RefundState) -> RefundToFinance:
    gone = msgspec.structs.replace(REFUND, state=state, issued_at=NOW)
    return RefundToFinance(refund=gone, refused_why=None, bank_reference=None)


def wrong(language: Language, **wrongs: str) -> Form:
    filled = empty_form(
        words(language), amount="<x>", value_date="2027-13-01", deed="match", invoice="2027"
    )
    for name, key in wrongs.items():
        filled.wrong(name, key, count=100, example="2027-03-10")
    return filled


def pages(language: Language) -> dict[str, list[dict[str, Any]]]:
    """Every template of finance."""
    form, stale = empty_form(words(language)), empty_form(words(language))
    stale.take(samples.refusal(409), {})
    away = Missing("identity")

    def listed(which: Any, page: Page[OrderToFinance], names: Any, cursor: str = "") -> Any:
        return open_page(which, page, names, cursor=cursor, words=words(language), now=NOW)

    def matters(found: Any, *, settled: bool, cursor: str = "") -> Any:
        return exceptions_page(found, settled=settled, cursor=cursor, words=words(language))

    def refunds(state: Any, page: Page[RefundToFinance], cursor: str = "") -> Any:
        return refunds_page(state, page, cursor=cursor, words=words(language))

    def transfer(it: Transfer) -> Any:
        return transfer_row(it, words=words(language))

    def books(ledger: Ledger, cursor: str = "") -> Any:
        return ledger_page(ledger, cursor=cursor, words=words(language))

    def at_desk(**names: Any) -> dict[str, Any]:
        return {"person": RUBEN, **names}

    settled = tuple(msgspec.structs.replace(each, settled_at=NOW) for each in EXCEPTIONS)
    lopsided = msgspec.structs.replace(LEDGER, items=(), balances=LEDGER.balances[:2], next=None)
    return {
        "desk_payments.html": [
            at_desk(page=listed("all", Page((ORDER, INVOICED, CLOSED), MORE), NAMES)),
            at_desk(page=listed("employer", Page((INVOICED,), MORE), away, "x")),
            at_desk(page=listed("self", Page(()), {})),
        ],
        "desk_order.html": [
            at_desk(page=order(language, ORDER, ledger=LEDGER)),
            at_desk(page=order(language, INVOICED)),
            at_desk(page=order_page(CLOSED, EMPTY_LEDGER, away, words=words(language))),
            *(
                at_desk(page=order(language, msgspec.structs.replace(CLOSED, state=each)))
                for each in get_args(OrderState)
            ),
        ],
        "desk_exceptions.html": [
            at_desk(page=matters(Page(EXCEPTIONS, MORE), settled=False)),
            at_desk(page=matters(Page(settled, MORE), settled=True, cursor="x")),
            at_desk(page=matters(Page(()), settled=False)),
            at_desk(page=matters(Page(()), settled=True)),
        ],
        "desk_refunds.html": [
            at_desk(page=refunds("to_transfer", Page((TO_TRANSFER,), MORE))),
            at_desk(page=refunds("refused", Page((REFUSED,), MORE), "x")),
            at_desk(page=refunds("sent", Page(()))),
        ],
        "desk_refund.html": [
            at_desk(page=refund(language, REFUSED), form=form, done=""),
            at_desk(page=refund(language, REFUSED), form=stale, done=""),
            at_desk(
                page=refund(language, REFUSED),
                form=wrong(language, deed="finance.deed_needed"),
                done="",
            ),
            at_desk(page=refund(language, TO_TRANSFER, INVOICED, away), form=form, done=""),
            *(
                at_desk(page=refund(language, refund_in(each)), form=form, done=done)
                for each in STATES
                for done in ("retry", "transfer")
            ),
        ],
        "desk_transfers.html": [
            at_desk(
                page=transfers_page(
                    Page((KEPT, MATCHED, RETURNED), MORE), cursor="x", words=words(language)
                )
            ),
            at_desk(page=transfers_page(Page(()), cursor="", words=words(language))),
        ],
        "desk_credit.html": [
            at_desk(page=None, form=form, is_away=False),
            at_desk(page=None, form=wrong(language), is_away=True),
            at_desk(page=None, form=stale, is_away=False),
            at_desk(
                page=None,
                form=wrong(
                    language,
                    value_date="finance.value_date_needed",
                    amount="finance.amount_needed",
                    bank_reference="finance.bank_reference_needed",
                    reference="finance.reference_too_long",
                ),
                is_away=False,
            ),
        ],
        "desk_transfer.html": [
            at_desk(page=transfer(KEPT), form=form, done="booked"),
            at_desk(page=transfer(KEPT), form=stale, done=""),
            at_desk(
                page=transfer(msgspec.structs.replace(KEPT, kept_why="wrong_amount")),
                form=wrong(
                    language, deed="finance.decision_needed", invoice="finance.invoice_needed"
                ),
                done="",
            ),
            at_desk(page=transfer(MATCHED), form=form, done="booked"),
            at_desk(page=transfer(MATCHED), form=form, done="matched"),
            at_desk(page=transfer(RETURNED), form=form, done="returned"),
        ],
        "desk_ledger.html": [
            at_desk(page=books(LEDGER)),
            at_desk(page=books(lopsided, "x")),
            at_desk(page=books(EMPTY_LEDGER)),
        ],
    }
