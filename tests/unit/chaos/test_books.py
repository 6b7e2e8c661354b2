"""The books: they balance when everything went well, and name what is wrong when it did not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from contracts.enrolment import (
    EnrolmentConfirmed,
    EnrolmentRequested,
    PlacesTaken,
    WithdrawalReviewed,
    WithdrawalSubmitted,
)
from contracts.envelope import wrap
from contracts.fact import Fact
from contracts.notification import MailSent
from contracts.payment import PaymentReceived, RefundIssued
from deploy.local.standins.mollie_books import Amount, Payment, Refund
from deploy.local.standins.mollie_books import Books as ProviderBooks
from tests.chaos.books import Accepted, Books, check, lost_by_the_stream, mails_accepted_again

ADA, OFFERING, ENROLMENT = UUID(int=1), UUID(int=2), UUID(int=3)
ORDER, PAYMENT, REFUND, WITHDRAWAL = UUID(int=4), UUID(int=5), UUID(int=6), UUID(int=7)
CONFIRMATION, RECEIPT, DECISION, REFUNDED = (UUID(int=each) for each in range(20, 24))
AT = datetime(2027, 3, 10, 13, 0, tzinfo=UTC)
OF_ENROLMENT: dict[str, Any] = {
    "enrolment_id": ENROLMENT,
    "learner_id": ADA,
    "offering_id": OFFERING,
}
OF_ORDER: dict[str, Any] = {"order_id": ORDER, "enrolment_id": ENROLMENT, "learner_id": ADA}
MAILS = {
    CONFIRMATION: ("confirmation", ENROLMENT),
    RECEIPT: ("withdrawal_receipt", WITHDRAWAL),
    DECISION: ("withdrawal_decision", WITHDRAWAL),
    REFUNDED: ("refund", REFUND),
}


def facts() -> list[tuple[int, Fact]]:
    """Ada enrols, pays 100, is confirmed, leaves, and gets 85 back; with the minute of each."""
    return [
        (
            0,
            EnrolmentRequested(
                **OF_ENROLMENT,
                version=1,
                payer="self",
                fee_minor=100,
                currency="EUR",
                held_until=AT,
                starts_at=AT,
            ),
        ),
        (0, taken(1, 1)),
        (
            1,
            PaymentReceived(
                **OF_ORDER,
                payment_id=PAYMENT,
                method="ideal",
                amount_minor=100,
                currency="EUR",
                paid_at=AT,
            ),
        ),
        (
            2,
            EnrolmentConfirmed(
                **OF_ENROLMENT,
                version=2,
                fee_minor=100,
                currency="EUR",
                confirmed_at=AT,
                policy_version=1,
                accepted_at=AT,
                leaving_costs=(),
            ),
        ),
        (
            3,
            WithdrawalSubmitted(
                **OF_ENROLMENT,
                version=3,
                withdrawal_id=WITHDRAWAL,
                reason="ill",
                submitted_at=AT,
                was_confirmed=True,
                fee_minor=100,
                kept_minor=15,
                currency="EUR",
            ),
        ),
        (3, taken(2, 0)),
        (
            4,
            WithdrawalReviewed(
                **OF_ENROLMENT,
                version=4,
                withdrawal_id=WITHDRAWAL,
                ground="policy",
                refund_minor=85,
                kept_minor=15,
                currency="EUR",
                explanation=None,
                reviewed_at=AT,
            ),
        ),
        (
            5,
            RefundIssued(
                **OF_ORDER,
                refund_id=REFUND,
                payment_id=PAYMENT,
                sequence=1,
                amount_minor=85,
                currency="EUR",
                why="withdrawal",
                issued_at=AT,
            ),
        ),
        *((6, sent(mail_id)) for mail_id in MAILS),
    ]


def taken(version: int, count: int, *, capacity: int = 1) -> PlacesTaken:
    return PlacesTaken(
        offering_id=OFFERING, version=version, capacity=capacity, taken=count, waiting=0
    )


def sent(mail_id: UUID) -> MailSent:
    purpose, regarding = MAILS[mail_id]
    return MailSent(
        mail_id=mail_id,
        purpose=purpose,
        regarding=regarding,
        revision=1,
        sent_at=AT,
    )


def put(books: Books, event: int, minute: float, fact: Fact) -> None:
    """Tell a fact, and let everybody who listens have its effect."""
    event_id = UUID(int=1000 + event)
    at = AT + timedelta(minutes=minute)
    books.facts[event_id] = wrap(fact, event_id=event_id, occurred_at=at, correlation_id="")
    if books.kept is not None:
        books.kept.add(event_id)
    for queue, topics in books.listens.items():
        if fact.topic in topics:
            books.claims.setdefault(queue, set()).add(event_id)


@pytest.fixture
def books() -> Books:
    """The books after Ada's story; they balance."""
    amount = Amount("EUR", "1.00")
    paid = Payment(
        id="tr_1",
        amount=amount,
        description="",
        method="ideal",
        metadata=None,
        redirect_url="",
        webhook_url=None,
        locale=None,
        created_at=AT,
        expires_at=AT,
        status="paid",
        refunded_minor=85,
    )
    back = Refund(
        id="re_1",
        payment_id="tr_1",
        amount=Amount("EUR", "0.85"),
        description="",
        metadata=None,
        created_at=AT,
        status="refunded",
    )
    found = Books(
        accepted=[Accepted(ENROLMENT, ADA, OFFERING, "withdrawn")],
        facts={},
        kept=set(),
        claims={},
        listens={
            "payment.follow_enrolments": frozenset({EnrolmentRequested.topic}),
            "enrolment.confirm_enrolments": frozenset({PaymentReceived.topic}),
        },
        waiting={"payment.follow_enrolments": 0, "payment.dead": 0, "portal.retry.1s": 0},
        outboxes={"enrolment": 0, "payment": 0},
        offerings=[
            {
                "offering_id": OFFERING,
                "capacity": 1,
                "seats_taken": 0,
                "waiting": 0,
                "occupation_version": 2,
            }
        ],
        enrolments=[
            OF_ENROLMENT | {"version": 4, "state": "withdrawn", "payer": "self", "fee_minor": 100}
        ],
        withdrawals=[
            {"enrolment_id": ENROLMENT, "state": "reviewed", "fee_minor": 100, "refund_minor": 85}
        ],
        orders=[OF_ORDER | {"state": "paid", "paid_by": PAYMENT}],
        payments=[
            {
                "payment_id": PAYMENT,
                "provider_id": "tr_1",
                "state": "paid",
                "amount_minor": 100,
                "enrolment_id": ENROLMENT,
            }
        ],
        failures=set(),
        refunds=[
            {
                "refund_id": REFUND,
                "provider_id": "re_1",
                "state": "refunded",
                "amount_minor": 85,
                "issued_at": AT,
                "enrolment_id": ENROLMENT,
            }
        ],
        exceptions=[],
        ledger={"provider": 15, "fees": -15, "refunds_due": 0},
        provider=ProviderBooks(payments={"tr_1": paid}, refunds={"re_1": back}),
        mails=[
            {
                "mail_id": mail_id,
                "account_id": ADA,
                "purpose": purpose,
                "regarding": regarding,
                "state": "sent",
                "why": None,
                "uncertain": 0,
            }
            for mail_id, (purpose, regarding) in MAILS.items()
        ],
        caught=dict.fromkeys(MAILS, 1),
        occupations={OFFERING: 0},
        dossiers={ENROLMENT: "closed"},
    )
    for event, (minute, fact) in enumerate(facts()):
        put(found, event, minute, fact)
    return found


def change(rows: list[Any], **changes: Any) -> list[Any]:
    """Change the first row of a table."""
    rows[0] = dict(rows[0]) | changes
    return rows


def sit_without_paying(books: Books) -> None:
    """As if the money had never been captured, and the place given all the same."""
    change(books.enrolments, state="confirmed")
    books.provider.payments["tr_1"].status = "open"


def forget(books: Books, kind: type[Fact]) -> None:
    """As if a fact had never been told."""
    [event_id] = [key for key, each in books.facts.items() if isinstance(each.body, kind)][:1]
    del books.facts[event_id]
    for ids in (books.kept or set(), *books.claims.values()):
        ids.discard(event_id)


def test_they_balance_when_everything_went_well(books: Books) -> None:
    assert check(books) == []
    assert mails_accepted_again(books) == 0


WRONGS: dict[str, tuple[Callable[[Books], object], str]] = {
    "a yes that is not in the books": (
        lambda b: b.enrolments.clear(),
        "accepted, and not in the books",
    ),
    "a place that nobody was told of": (lambda b: b.accepted.clear(), "nobody was told"),
    "another end than was told": (
        lambda b: change(b.enrolments, state="confirmed"),
        "told withdrawn, is confirmed",
    ),
    "a change that was never told": (
        lambda b: forget(b, EnrolmentConfirmed),
        "versions of enrolments: never told",
    ),
    "a payment that was never told": (
        lambda b: forget(b, PaymentReceived),
        "paid orders: never told",
    ),
    "a fact that was told twice": (
        lambda b: put(b, 99, 5, facts()[7][1]),
        "refunds: told more than once",
    ),
    "a fact that the stream lost": (
        lambda b: b.kept.clear() if b.kept else None,
        "not in the stream",
    ),
    "a fact that only the stream has": (
        lambda b: b.kept.add(UUID(int=78)) if b.kept is not None else None,
        "in the stream and never heard",
    ),
    "a fact without effect": (
        lambda b: b.claims["enrolment.confirm_enrolments"].clear(),
        "had no effect in enrolment.confirm_enrolments",
    ),
    "an effect of nothing": (
        lambda b: b.claims["enrolment.confirm_enrolments"].add(UUID(int=77)),
        "nobody told what enrolment.confirm_enrolments had an effect of",
    ),
    "a place too many": (lambda b: put(b, 98, 7, taken(3, 2)), "2 of 1 places taken"),
    "a seat that nobody sits on": (
        lambda b: put(b, 97, 7, taken(3, 1)),
        "0 people sit on 1 places",
    ),
    "money that nobody knows of": (lambda b: b.payments.clear(), "captured, and we do not know it"),
    "money that was never captured": (
        lambda b: b.provider.payments.clear(),
        "the provider does not know it",
    ),
    "a refund that nobody knows of": (
        lambda b: b.refunds.clear(),
        "given back, and we do not know it",
    ),
    "a refund that never left": (
        lambda b: change(b.refunds, state="requested"),
        "asked back and still not on its way",
    ),
    "more back than there was": (
        lambda b: setattr(b.provider.payments["tr_1"], "refunded_minor", 101),
        "more given back than captured",
    ),
    "money that is nobody's": (
        lambda b: change(b.withdrawals, refund_minor=100),
        "captured 100, given back 85, withdrawn: 0 should be left",
    ),
    "a ledger that says otherwise": (
        lambda b: b.ledger.update(provider=100),
        "provider holds 100, should 15",
    ),
    "a place that was not paid": (
        sit_without_paying,
        "has a place and has not paid",
    ),
    "a mail that was never planned": (lambda b: b.mails.pop(0), "mails: told and never happened"),
    "a mail that was never sent": (
        lambda b: change(b.mails, state="planned"),
        "still planned",
    ),
    "a mail that never arrived": (
        lambda b: b.caught.pop(CONFIRMATION),
        "sent, says the ledger, and never accepted",
    ),
    "a mail that arrived twice": (
        lambda b: b.caught.update({CONFIRMATION: 2}),
        "accepted 2 times, 0 times uncertain",
    ),
    "a mail that no ledger knows": (
        lambda b: b.caught.update({UUID(int=88): 1}),
        "accepted, and in no ledger",
    ),
    "a dossier that stayed open": (
        lambda b: b.dossiers.update({ENROLMENT: "open"}),
        "withdrawn, and the dossier is open",
    ),
    "a count that the catalogue missed": (
        lambda b: b.occupations.update({OFFERING: 1}),
        "the catalogue shows 1 taken, 0 are",
    ),
    "a fact that never left": (lambda b: b.outboxes.update(payment=2), "2 facts in the outbox"),
    "a dead letter": (lambda b: b.waiting.update({"payment.dead": 1}), "1 messages left"),
}


@pytest.mark.parametrize("name", WRONGS)
def test_they_name_what_is_wrong(books: Books, name: str) -> None:
    spoil, expected = WRONGS[name]

    spoil(books)

    assert any(expected in str(wrong) for wrong in check(books)), [*map(str, check(books))]


def test_what_a_stream_loses_in_a_failover_is_counted_apart(books: Books) -> None:
    assert books.kept
    books.kept.pop()
    books.stream_fails_over = True

    assert check(books) == []
    assert lost_by_the_stream(books) == 1


def test_a_mail_accepted_right_before_a_crash_is_counted_apart(books: Books) -> None:
    change(books.mails, uncertain=1)
    books.caught[CONFIRMATION] = 2

    assert check(books) == []
    assert mails_accepted_again(books) == 1


def test_what_waits_for_its_review_is_shown_to_the_office_and_not_missing(books: Books) -> None:
    change(books.withdrawals, state="to_review", refund_minor=None)
    books.provider.refunds.clear()
    books.refunds.clear()
    books.payments[0] = dict(books.payments[0])

    money = [each for each in check(books) if each.book == "money" and str(ENROLMENT) in each.ids]

    assert money == []


def test_seats_follow_the_order_of_the_locks_and_not_the_clocks(books: Books) -> None:
    """Ben's clock was read before Ada left, and his turn came after it."""
    ben = UUID(int=9)
    asked: Any = facts()[0][1]
    put(books, 90, 2.5, type(asked)(**{**_fields(asked), "enrolment_id": ben, "learner_id": ben}))
    put(books, 91, 2.5, taken(3, 1))

    assert not [each for each in check(books) if "people sit" in each.what]


def _fields(fact: Any) -> dict[str, Any]:
    return {name: getattr(fact, name) for name in fact.__struct_fields__}
