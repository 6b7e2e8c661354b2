"""What no rule can decide: money that has no place, refunds that are refused; and where to decide it."""

import msgspec

from clients.portal.api.paging import Page
from clients.portal.api.payment import FinanceException
from clients.portal.views.paging import Paging, paging_of
from clients.portal.words import Words


class Matter(msgspec.Struct, frozen=True, kw_only=True):
    """One exception."""

    exception: FinanceException
    amount: str
    """Empty where no money has come yet."""
    path: str | None
    """Where it is decided about; None where there is nothing to do but wait."""


class ExceptionsPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of what waits, or waited."""

    is_settled: bool
    matters: tuple[Matter, ...]
    paging: Paging


def exceptions_page(
    found_here: Page[FinanceException], *, settled: bool, cursor: str, words: Words
) -> ExceptionsPage:
    """Make the list, the longest waiting first."""
    kept = {"settled": "yes"} if settled else {}
    return ExceptionsPage(
        is_settled=settled,
        matters=tuple(_matter(each, words) for each in found_here.items),
        paging=paging_of(found_here, cursor, **kept),
    )


def _matter(exception: FinanceException, words: Words) -> Matter:
    amount, path = "", None
    if exception.transfer is not None:
        it = exception.transfer
        amount = words.money(it.amount_minor, it.currency)
        path = f"/desk/transfers/{it.transfer_id}"
    elif exception.refund is not None:
        refund = exception.refund.refund
        amount = words.money(refund.amount_minor, refund.currency)
        path = f"/desk/refunds/{refund.refund_id}"
    elif exception.order_id is not None:
        path = f"/desk/payments/{exception.order_id}"
    return Matter(exception=exception, amount=amount, path=path)
