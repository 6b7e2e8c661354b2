"""Double entry: what every event does to the books.

An entry takes an amount from one account to another, so whatever is posted, the ledger is in
balance (invariant 7). README.md has a table of the accounts.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

from services.payment.domain.vat import Split

Account = Literal["provider", "bank", "debtors", "fees", "vat", "refunds_due", "unallocated"]

Event = Literal[
    "invoice_issued",
    "invoice_credited",
    "payment_captured",
    "vat_specified",
    "refund_requested",
    "refund_issued",
    "refund_bounced",
    "transfer_kept",
    "transfer_returned",
]


class Entry(msgspec.Struct, frozen=True):
    """An amount that goes from one account (credit) to another (debit)."""

    debit: Account
    credit: Account
    amount_minor: int


Posting = tuple[Entry, ...]
"""What one event does to the books; nothing where no money is concerned."""


def issue_invoice(fee: Split) -> Posting:
    """An employer owes us."""
    return _entries(("debtors", "fees", fee.net_minor), ("debtors", "vat", fee.vat_minor))


def credit_invoice(fee: Split) -> Posting:
    """An employer does not owe us any more."""
    return _entries(("fees", "debtors", fee.net_minor), ("vat", "debtors", fee.vat_minor))


def capture_payment(fee: Split, *, to: Account, invoiced: bool) -> Posting:
    """The fee of an order came in: it settles the invoice, or it is a fee that nobody was invoiced for."""
    if invoiced:
        return _entries((to, "debtors", fee.gross_minor))
    return _entries((to, "fees", fee.net_minor), (to, "vat", fee.vat_minor))


def capture_again(amount_minor: int, *, to: Account) -> Posting:
    """Money came in for an order that was paid already."""
    return _entries((to, "unallocated", amount_minor))


def specify_vat(fee: Split) -> Posting:
    """A fee was captured before its VAT was known."""
    return _entries(("fees", "vat", fee.vat_minor))


def request_refund(fee: Split) -> Posting:
    """A part of the fee has to go back."""
    return _entries(("fees", "refunds_due", fee.net_minor), ("vat", "refunds_due", fee.vat_minor))


def request_refund_of_double(amount_minor: int) -> Posting:
    """What came twice has to go back."""
    return _entries(("unallocated", "refunds_due", amount_minor))


def issue_refund(amount_minor: int, *, by: Account) -> Posting:
    """Money went back."""
    return _entries(("refunds_due", by, amount_minor))


def bounce_refund(amount_minor: int, *, by: Account) -> Posting:
    """Money that went back did not arrive, and is ours to give back again."""
    return _entries((by, "refunds_due", amount_minor))


def keep_transfer(amount_minor: int) -> Posting:
    """Money came to our bank account, and nobody knows yet what for."""
    return _entries(("bank", "unallocated", amount_minor))


def return_transfer(amount_minor: int) -> Posting:
    """It was sent back to where it came from."""
    return _entries(("unallocated", "bank", amount_minor))


def balances(entries: Iterable[Entry]) -> dict[Account, int]:
    """What is on each account: debit above zero, credit below. They add up to zero."""
    found: dict[Account, int] = {}
    for entry in entries:
        found[entry.debit] = found.get(entry.debit, 0) + entry.amount_minor
        found[entry.credit] = found.get(entry.credit, 0) - entry.amount_minor
    return found


def _entries(*moves: tuple[Account, Account, int]) -> Posting:
    return tuple(Entry(debit, credit, amount) for debit, credit, amount in moves if amount)
