"""Finance: what is still to be paid, transfers, exceptions, refunds that need a hand, the ledger."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated, TypeVar
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from chassis.database import Connection
from chassis.http.access import Caller, only
from chassis.http.conditional import conditional
from chassis.http.idempotency import answer_once
from chassis.http.paging import (
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
    link_header,
    next_page,
)
from chassis.http.problems import NOT_FOUND
from chassis.http.request import AnyRequest
from contracts.enrolment import Payer
from contracts.fact import Currency, Language
from contracts.payment import PositiveMinor
from services.payment import commands, store
from services.payment.commands.transfers import Credit
from services.payment.domain.exceptions import EXPLAINED, FinanceException, Kind
from services.payment.domain.refunds import Refund
from services.payment.domain.refunds import State as RefundState
from services.payment.domain.transfers import KeptWhy, Transfer
from services.payment.domain.transfers import State as TransferState
from services.payment.edge.shapes import OrderView, RefundView, show_orders, show_refund
from services.payment.parts import Parts
from services.payment.store.ledger import Balance, Booked

T = TypeVar("T")
FINANCE = only("finance")


class TransferRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A credit on a bank statement."""

    reference: Annotated[str, Meta(max_length=500)]
    """What the payer wrote: structured or in words."""
    amount_minor: PositiveMinor
    currency: Currency
    value_date: date
    """Decides whether it was in time, by the institution's calendar."""
    bank_reference: Annotated[str, Meta(min_length=1, max_length=100)]
    """The bank's own for this entry. What was brought before is not booked again."""


class MatchRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The invoice that a transfer is for."""

    reference: Annotated[str, Meta(max_length=100)]
    """Its number or its payment reference."""


class TransferView(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer and what became of it."""

    transfer_id: UUID
    bank_reference: str
    reference: str
    amount_minor: int
    currency: str
    value_date: date
    received_at: datetime
    state: TransferState
    kept_why: KeptWhy | None
    payment_id: UUID | None
    """What it was booked as."""
    order_id: UUID | None
    """What it paid."""


class RefundToFinance(msgspec.Struct, frozen=True, kw_only=True):
    """A refund with the provider's words."""

    refund: RefundView
    refused_why: str | None
    bank_reference: str | None
    """Of the transfer that brought the money, if one did: the bank knows from which account."""


class ExceptionView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that no rule can decide, and what can be done about it."""

    exception_id: UUID
    kind: Kind
    explanation: str
    order_id: UUID | None
    raised_at: datetime
    settled_at: datetime | None
    transfer: TransferView | None
    refund: RefundToFinance | None


class LedgerView(msgspec.Struct, frozen=True, kw_only=True):
    """Entries in the order in which they were booked, or backwards; and what is on the accounts in all."""

    items: Sequence[Booked]
    balances: Sequence[Balance]
    """Of the order, or of everything. Debit above zero, credit below; together zero."""
    next: str | None


@get("/v1/open-orders", access=FINANCE)
async def list_open_orders(
    request: AnyRequest,
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
    payer: Annotated[
        Payer | None, QueryParameter(description="Only what learners, or employers, have to pay.")
    ] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response[Page[OrderView]]:
    """What is still to be paid, invoices that are due among it; what has to be paid first stands first."""
    async with parts.db.reading() as connection:
        found = await store.orders.list_open(
            connection,
            payer=payer,
            after=decode_cursor(cursor, tuple[datetime, UUID]),
            limit=limit + 1,
        )
        items = await show_orders(
            connection, found[:limit], language=language, now=parts.clock.now()
        )
    page = Page(items, _next(request, found, limit, lambda last: (last.held_until, last.order_id)))
    return Response(page, headers=link_header(page))


@get("/v1/transfers", access=FINANCE)
async def list_transfers(
    request: AnyRequest,
    parts: NamedDependency[Parts],
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response[Page[TransferView]]:
    """Every credit that was booked, the latest first."""
    async with parts.db.reading() as connection:
        found = await store.transfers.list_latest(
            connection, before=decode_cursor(cursor, UUID), limit=limit + 1
        )
        items = await _show_transfers(connection, found[:limit])
    page = Page(items, _next(request, found, limit, lambda last: last.transfer_id))
    return Response(page, headers=link_header(page))


@get("/v1/transfers/{transfer_id:uuid}", access=FINANCE)
async def get_transfer(
    request: AnyRequest, transfer_id: FromPath[UUID], parts: NamedDependency[Parts]
) -> Response[TransferView]:
    """One credit, and what became of it."""
    async with parts.db.reading() as connection:
        found = await store.transfers.get_transfer(connection, transfer_id)
        if found is None:
            raise NOT_FOUND()
        [view] = await _show_transfers(connection, [found])
    return conditional(request, view)


@post("/v1/transfers", access=FINANCE)
async def receive_transfer(
    request: AnyRequest,
    data: JSONBody[TransferRequest],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
) -> Response[TransferView] | Response[bytes]:
    """Book a credit of the bank statement: it pays the invoice that it names, or is kept as an exception."""

    async def act(tx: Connection) -> Response[TransferView]:
        transfer, new = await commands.transfers.receive_transfer(
            tx,
            Credit(
                bank_reference=data.bank_reference,
                reference=data.reference,
                amount_minor=data.amount_minor,
                currency=data.currency,
                value_date=data.value_date,
            ),
            by=caller.account_id,
            zone=parts.settings.institution_zone,
            now=parts.clock.now(),
        )
        [view] = await _show_transfers(tx, [transfer])
        return Response(view, status_code=201 if new else 200)

    return await answer_once(parts.db, request, caller, act)


@post("/v1/transfers/{transfer_id:uuid}/match", access=FINANCE, status_code=200)
async def match_transfer(
    request: AnyRequest,
    transfer_id: FromPath[UUID],
    data: JSONBody[MatchRequest],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
) -> Response[TransferView] | Response[bytes]:
    """Say which invoice a kept transfer is for."""

    async def act(tx: Connection) -> Response[TransferView]:
        transfer = await commands.transfers.match_kept_transfer(
            tx,
            transfer_id,
            data.reference,
            zone=parts.settings.institution_zone,
            now=parts.clock.now(),
        )
        [view] = await _show_transfers(tx, [transfer])
        return Response(view, status_code=200)

    return await answer_once(parts.db, request, caller, act)


@post("/v1/transfers/{transfer_id:uuid}/return", access=FINANCE, status_code=200)
async def return_transfer(
    request: AnyRequest,
    transfer_id: FromPath[UUID],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
) -> Response[TransferView] | Response[bytes]:
    """Say that a kept transfer was sent back to where it came from."""

    async def act(tx: Connection) -> Response[TransferView]:
        transfer = await commands.transfers.return_kept_transfer(
            tx, transfer_id, now=parts.clock.now()
        )
        [view] = await _show_transfers(tx, [transfer])
        return Response(view, status_code=200)

    return await answer_once(parts.db, request, caller, act)


@get("/v1/exceptions", access=FINANCE)
async def list_exceptions(
    request: AnyRequest,
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
    settled: Annotated[
        bool, QueryParameter(description="Those that are settled instead of those that wait.")
    ] = False,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response[Page[ExceptionView]]:
    """What waits for a person, the longest waiting first."""
    async with parts.db.reading() as connection:
        found = await store.transfers.list_exceptions(
            connection,
            settled=settled,
            after=decode_cursor(cursor, tuple[datetime, UUID]),
            limit=limit + 1,
        )
        subjects = [each.subject_id for each in found[:limit]]
        transfers = await store.transfers.list_transfers(connection, subjects)
        refunds = await store.refunds.list_by_id(connection, subjects)
        shown = await _show_transfers(connection, list(transfers.values()))
        to_finance = await _to_finance(connection, list(refunds.values()))
    transfer_of = {each.transfer_id: each for each in shown}
    refund_of = {each.refund.refund_id: each for each in to_finance}
    items = [
        _show_exception(
            each, transfer_of.get(each.subject_id), refund_of.get(each.subject_id), language
        )
        for each in found[:limit]
    ]
    page = Page(
        items,
        _next(request, found, limit, lambda last: (last.raised_at, last.exception_id)),
    )
    return Response(page, headers=link_header(page))


@get("/v1/refunds", access=FINANCE)
async def list_refunds(
    request: AnyRequest,
    parts: NamedDependency[Parts],
    in_state: Annotated[RefundState, QueryParameter(name="state")] = "to_transfer",
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response[Page[RefundToFinance]]:
    """Refunds in a state, the longest waiting first; by default those that finance has to transfer."""
    async with parts.db.reading() as connection:
        found = await store.refunds.list_by_state(
            connection,
            state=in_state,
            after=decode_cursor(cursor, tuple[datetime, UUID]),
            limit=limit + 1,
        )
        items = await _to_finance(connection, found[:limit])
    page = Page(
        items, _next(request, found, limit, lambda last: (last.requested_at, last.refund_id))
    )
    return Response(page, headers=link_header(page))


@get("/v1/refunds/{refund_id:uuid}", access=FINANCE)
async def get_refund(
    request: AnyRequest, refund_id: FromPath[UUID], parts: NamedDependency[Parts]
) -> Response[RefundToFinance]:
    """One refund, with the provider's words."""
    async with parts.db.reading() as connection:
        found = await store.refunds.get_refund(connection, refund_id)
        if found is None:
            raise NOT_FOUND()
        [view] = await _to_finance(connection, [found])
    return conditional(request, view)


@post("/v1/refunds/{refund_id:uuid}/retry", access=FINANCE, status_code=200)
async def retry_refund(
    request: AnyRequest,
    refund_id: FromPath[UUID],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
) -> Response[RefundToFinance] | Response[bytes]:
    """Have the provider try a refused refund again."""

    async def act(tx: Connection) -> Response[RefundToFinance]:
        refund = await commands.refunds.retry_refund(tx, refund_id, now=parts.clock.now())
        [view] = await _to_finance(tx, [refund])
        return Response(view, status_code=200)

    return await answer_once(parts.db, request, caller, act)


@post("/v1/refunds/{refund_id:uuid}/transfer", access=FINANCE, status_code=200)
async def transfer_refund(
    request: AnyRequest,
    refund_id: FromPath[UUID],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
) -> Response[RefundToFinance] | Response[bytes]:
    """Say that you have transferred a refund: of an employer's payment, or one that the provider refused."""

    async def act(tx: Connection) -> Response[RefundToFinance]:
        refund = await commands.refunds.transfer_refund(tx, refund_id, now=parts.clock.now())
        [view] = await _to_finance(tx, [refund])
        return Response(view, status_code=200)

    return await answer_once(parts.db, request, caller, act)


@get("/v1/ledger", access=FINANCE)
async def get_ledger(
    request: AnyRequest,
    parts: NamedDependency[Parts],
    order_id: Annotated[UUID | None, QueryParameter(description="Of this order only.")] = None,
    latest_first: Annotated[
        bool, QueryParameter(description="Instead of in the order in which it was booked.")
    ] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> LedgerView:
    """The books."""
    last = decode_cursor(cursor, int)
    async with parts.db.reading() as connection:
        if latest_first:
            entries = await store.ledger.list_latest_entries(
                connection, order_id=order_id, before=last, limit=limit + 1
            )
        else:
            entries = await store.ledger.list_entries(
                connection, order_id=order_id, after=last, limit=limit + 1
            )
        balances = await store.ledger.get_balances(connection, order_id)
    return LedgerView(
        items=entries[:limit],
        balances=balances,
        next=_next(request, entries, limit, lambda last: last.entry_id),
    )


def _next(
    request: AnyRequest, found: Sequence[T], limit: int, key: Callable[[T], object]
) -> str | None:
    """The address of the page after these, of which one more than fits was fetched."""
    return next_page(request, encode_cursor(key(found[limit - 1]))) if len(found) > limit else None


async def _show_transfers(
    connection: Connection, transfers: Sequence[Transfer]
) -> list[TransferView]:
    paid = [each.payment_id for each in transfers if each.payment_id]
    orders = await store.payments.find_order_ids(connection, paid) if paid else {}
    return [
        TransferView(
            **msgspec.structs.asdict(each),
            order_id=orders.get(each.payment_id) if each.payment_id else None,
        )
        for each in transfers
    ]


async def _to_finance(connection: Connection, refunds: Sequence[Refund]) -> list[RefundToFinance]:
    brought = await store.transfers.find_bank_references(
        connection, {each.payment_id for each in refunds}
    )
    return [
        RefundToFinance(
            refund=show_refund(each),
            refused_why=each.refused_why,
            bank_reference=brought.get(each.payment_id),
        )
        for each in refunds
    ]


def _show_exception(
    exception: FinanceException,
    transfer: TransferView | None,
    refund: RefundToFinance | None,
    language: Language,
) -> ExceptionView:
    return ExceptionView(
        exception_id=exception.exception_id,
        kind=exception.kind,
        explanation=EXPLAINED[exception.kind].in_language(language),
        order_id=exception.order_id,
        raised_at=exception.raised_at,
        settled_at=exception.settled_at,
        transfer=transfer,
        refund=refund,
    )


ROUTES = [
    list_open_orders,
    list_transfers,
    get_transfer,
    receive_transfer,
    match_transfer,
    return_transfer,
    list_exceptions,
    list_refunds,
    get_refund,
    retry_refund,
    transfer_refund,
    get_ledger,
]
