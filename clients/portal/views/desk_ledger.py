"""The books: what is on each account, whether it adds up, and what was booked."""

from collections.abc import Sequence

import msgspec

from clients.portal.api.payment import Balance, Booked, Ledger
from clients.portal.views.paging import Paging, paging_of
from clients.portal.words import Words


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One account: its balance stands on one side."""

    name: str
    debit: str
    credit: str


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """All accounts in one currency."""

    currency: str
    accounts: tuple[Account, ...]
    debit: str
    credit: str
    is_balanced: bool


class LedgerPage(msgspec.Struct, frozen=True, kw_only=True):
    """The ledger."""

    sheets: tuple[Sheet, ...]
    entries: tuple[Booked, ...]
    paging: Paging


def ledger_page(ledger: Ledger, *, cursor: str, words: Words) -> LedgerPage:
    """Make the page; the latest entry stands first."""
    currencies = dict.fromkeys(each.currency for each in ledger.balances)
    return LedgerPage(
        sheets=tuple(
            sheet_of([each for each in ledger.balances if each.currency == currency], words)
            for currency in currencies
        ),
        entries=ledger.items,
        paging=paging_of(ledger, cursor),
    )


def sheet_of(balances: Sequence[Balance], words: Words) -> Sheet:
    """The accounts of one currency, and whether both sides are the same."""
    currency = balances[0].currency
    debit = sum(each.balance_minor for each in balances if each.balance_minor > 0)
    credit = -sum(each.balance_minor for each in balances if each.balance_minor < 0)
    return Sheet(
        currency=currency,
        accounts=tuple(_account(each, words) for each in balances),
        debit=words.money(debit, currency),
        credit=words.money(credit, currency),
        is_balanced=debit == credit,
    )


def _account(balance: Balance, words: Words) -> Account:
    amount = words.money(abs(balance.balance_minor), balance.currency)
    return Account(
        name=words.say(f"finance.account.{balance.account}"),
        debit=amount if balance.balance_minor >= 0 else "",
        credit=amount if balance.balance_minor < 0 else "",
    )
