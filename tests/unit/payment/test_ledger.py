"""The books: whatever happens to an order's money, each account says what is true of it."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contracts.catalogue import VatRate
from services.payment.domain import ledger
from services.payment.domain.ledger import Posting, balances
from services.payment.domain.vat import split_part, split_vat

RATES: list[VatRate] = ["exempt", "9", "21"]


@pytest.mark.parametrize(
    ("rate", "net", "vat"),
    [("exempt", 19500, 0), ("9", 17890, 1610), ("21", 16116, 3384), (None, 19500, 0)],
)
def test_vat_is_taken_out_of_the_fee(rate: VatRate | None, net: int, vat: int) -> None:
    split = split_vat(19500, rate)

    assert (split.net_minor, split.vat_minor) == (net, vat)


def test_half_a_cent_of_vat_is_rounded_up() -> None:
    assert split_vat(109 * 50 + 3, "9").vat_minor == 450
    assert split_vat(3, "21").vat_minor == 1  # 0.52 cents.
    assert split_vat(2, "21").vat_minor == 0  # 0.35 cents.


@given(st.sampled_from(RATES), st.lists(st.integers(1, 9_999_999), min_size=1, max_size=8))
def test_the_vat_of_all_parts_is_the_vat_of_the_whole(rate: VatRate, parts: list[int]) -> None:
    whole, taken, vat = sum(parts), 0, 0
    for part in parts:
        split = split_part(part, of_minor=whole, taken_minor=taken, rate=rate)
        assert split.gross_minor == part
        taken, vat = taken + part, vat + split.vat_minor

    assert vat == split_vat(whole, rate).vat_minor


@dataclass
class Refund:
    amount_minor: int
    out: bool = False


@dataclass
class Case:
    """One order's money, as it really is."""

    fee_minor: int
    rate: VatRate
    posted: list[Posting] = field(default_factory=list)
    invoiced: bool = False
    captured: bool = False
    doubles: int = 0
    refunds: list[Refund] = field(default_factory=list)
    double_refunds: list[Refund] = field(default_factory=list)

    @property
    def refunded_minor(self) -> int:
        return sum(each.amount_minor for each in self.refunds)


class AnOrdersMoney(RuleBasedStateMachine):
    """Invoices, captures, refunds and bounces of one order in any sequence that its rules allow."""

    @initialize(fee=st.integers(1, 500_000), rate=st.sampled_from(RATES))
    def open(self, fee: int, rate: VatRate) -> None:
        self.case = Case(fee, rate)

    @precondition(lambda self: not self.case.captured and not self.case.invoiced)
    @rule()
    def invoice(self) -> None:
        self.case.posted.append(
            ledger.issue_invoice(split_vat(self.case.fee_minor, self.case.rate))
        )
        self.case.invoiced = True

    @precondition(lambda self: self.case.invoiced and not self.case.captured)
    @rule()
    def credit(self) -> None:
        fee = split_vat(self.case.fee_minor, self.case.rate)
        self.case.posted.append(ledger.credit_invoice(fee))
        self.case.invoiced = False

    @precondition(lambda self: not self.case.captured)
    @rule()
    def capture(self) -> None:
        fee = split_vat(self.case.fee_minor, self.case.rate)
        self.case.posted.append(
            ledger.capture_payment(fee, to="provider", invoiced=self.case.invoiced)
        )
        self.case.captured = True

    @precondition(lambda self: self.case.captured)
    @rule()
    def capture_again(self) -> None:
        fee = self.case.fee_minor
        self.case.posted.append(ledger.capture_again(fee, to="provider"))
        self.case.posted.append(ledger.request_refund_of_double(fee))
        self.case.doubles += 1
        self.case.double_refunds.append(Refund(fee))

    @precondition(
        lambda self: self.case.captured and self.case.refunded_minor < self.case.fee_minor
    )
    @rule(data=st.data())
    def request_refund(self, data: st.DataObject) -> None:
        left = self.case.fee_minor - self.case.refunded_minor
        amount = data.draw(st.integers(1, left))
        part = split_part(
            amount,
            of_minor=self.case.fee_minor,
            taken_minor=self.case.refunded_minor,
            rate=self.case.rate,
        )
        self.case.posted.append(ledger.request_refund(part))
        self.case.refunds.append(Refund(amount))

    @rule(data=st.data())
    def issue_or_bounce(self, data: st.DataObject) -> None:
        every = [*self.case.refunds, *self.case.double_refunds]
        if not every:
            return
        refund = data.draw(st.sampled_from(every))
        move = ledger.bounce_refund if refund.out else ledger.issue_refund
        self.case.posted.append(move(refund.amount_minor, by="provider"))
        refund.out = not refund.out

    @invariant()
    def the_accounts_say_what_is_true(self) -> None:
        if not hasattr(self, "case"):
            return
        case = self.case
        found = balances(entry for posting in case.posted for entry in posting)
        every = [*case.refunds, *case.double_refunds]
        gone = sum(each.amount_minor for each in every if each.out)
        owed = sum(each.amount_minor for each in every if not each.out)
        came = case.fee_minor * (case.captured + case.doubles)
        asked = case.captured or case.invoiced
        kept = split_vat(case.fee_minor - case.refunded_minor, case.rate) if asked else None
        assert sum(found.values()) == 0
        assert found.get("provider", 0) == came - gone
        assert found.get("refunds_due", 0) == -owed
        assert found.get("unallocated", 0) == 0
        assert found.get("fees", 0) == -(kept.net_minor if kept else 0)
        assert found.get("vat", 0) == -(kept.vat_minor if kept else 0)
        assert found.get("debtors", 0) == (
            case.fee_minor if case.invoiced and not case.captured else 0
        )


TestAnOrdersMoney = AnOrdersMoney.TestCase


@given(st.integers(1, 10_000_000))
def test_a_transfer_that_nobody_knows_is_owed_until_it_is_sent_back(amount: int) -> None:
    kept = ledger.keep_transfer(amount)

    assert balances(kept) == {"bank": amount, "unallocated": -amount}
    assert set(balances([*kept, *ledger.return_transfer(amount)]).values()) == {0}


def test_nothing_is_booked_for_nothing() -> None:
    assert ledger.specify_vat(split_vat(19500, "exempt")) == ()
