"""The books of the whole system: what all services, the provider and the mail server must agree on in the end.

Pure: takes what was read and heard, gives back every disagreement with the ids of those concerned.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from contracts.enrolment import (
    EnrolmentCancelled,
    EnrolmentConfirmed,
    EnrolmentFact,
    EnrolmentLapsed,
    EnrolmentRequested,
    LearnerWaitlisted,
    PlaceDenied,
    PlaceOffered,
    PlacesTaken,
    WithdrawalReviewed,
    WithdrawalSubmitted,
)
from contracts.envelope import Envelope
from contracts.fact import Fact
from contracts.notification import MailFailed, MailSent
from contracts.payment import (
    InvoiceCredited,
    InvoiceIssued,
    PaymentFailed,
    PaymentReceived,
    RefundIssued,
)
from deploy.local.standins.mollie_books import Books as ProviderBooks

Row = Mapping[str, Any]
Facts = Mapping[UUID, Envelope[Fact]]

TAKES_A_SEAT = frozenset({"offered", "held", "confirmed"})


@dataclass(frozen=True)
class Wrong:
    """Something that does not balance."""

    book: str
    what: str
    ids: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"[{self.book}] {self.what}: {', '.join(self.ids)}"


@dataclass(frozen=True)
class Accepted:
    """A request for a place that was answered with yes, as the person remembers it."""

    enrolment_id: UUID
    learner_id: UUID
    offering_id: UUID
    end: str = ""
    """The state that it was told and that is for good; empty where time decides."""


@dataclass
class Books:
    """Everything that was read when all was quiet."""

    accepted: list[Accepted]
    facts: dict[UUID, Envelope[Fact]]
    """Everything that went over the exchange, each once."""
    kept: set[UUID] | None
    """What the stream of kept facts holds; None where it was not read."""
    claims: dict[str, set[UUID]]
    """By queue: the facts that its consumer had an effect of."""
    listens: dict[str, frozenset[str]]
    """By queue: the topics that it is bound to."""
    waiting: dict[str, int]
    """By queue: what still lies in it. Retry and dead-letter queues among them."""
    outboxes: dict[str, int]
    """By service: facts that have not left it."""
    offerings: list[Row]
    enrolments: list[Row]
    withdrawals: list[Row]
    orders: list[Row]
    payments: list[Row]
    failures: set[tuple[UUID, str]]
    """Payments that came to nothing, and how; some were paid in the end all the same."""
    refunds: list[Row]
    exceptions: list[Row]
    ledger: dict[str, int]
    provider: ProviderBooks
    mails: list[Row]
    caught: dict[UUID, int]
    """By mail: how often the mail server accepted it."""
    occupations: dict[UUID, int]
    """The catalogue's own count of places taken."""
    dossiers: dict[UUID, str]
    """The state of a dossier by enrolment."""
    stream_fails_over: bool = False
    """In a cluster a stream loses confirmed messages while its leader changes (rabbitmq-server#9457)."""

    def of(self, *kinds: type[Any]) -> Iterator[Any]:
        """The bodies of all facts of these kinds."""
        return (each.body for each in self.facts.values() if isinstance(each.body, kinds))


def check(books: Books) -> list[Wrong]:
    """Every disagreement."""
    every = (
        check_outcomes,
        check_seats,
        check_facts,
        check_effects,
        check_money,
        check_mails,
        check_copies,
        check_pipes,
    )
    return [wrong for one in every for wrong in one(books)]


# ── Every accepted request has exactly one outcome ──────────────────────────────────────────────


def check_outcomes(books: Books) -> Iterator[Wrong]:
    """Who was told yes is enrolled once, is what they were told last, and nobody else is enrolled."""
    rows = {row["enrolment_id"]: row for row in books.enrolments}
    times = Counter(each.enrolment_id for each in books.accepted)
    yield from _all("outcomes", "accepted for several people", _more_than_once(times))
    yield from _all("outcomes", "accepted, and not in the books", set(times) - set(rows))
    yield from _all("outcomes", "in the books, and nobody was told", set(rows) - set(times))
    for each in books.accepted:
        row = rows.get(each.enrolment_id)
        if row is None:
            continue
        if (row["learner_id"], row["offering_id"]) != (each.learner_id, each.offering_id):
            yield Wrong("outcomes", "somebody else's", (str(each.enrolment_id),))
        if each.end and row["state"] != each.end:
            what = f"told {each.end}, is {row['state']}"
            yield Wrong("outcomes", what, (str(each.enrolment_id),))
    live = Counter(
        (row["offering_id"], row["learner_id"])
        for row in books.enrolments
        if row["state"] in TAKES_A_SEAT | {"waitlisted"}
    )
    yield from _all("outcomes", "enrolled twice in one offering", _more_than_once(live))


# ── held + confirmed ≤ capacity at every moment ─────────────────────────────────────────────────


def check_seats(books: Books) -> Iterator[Wrong]:
    """Who sits where, recomputed change by change in the order in which the offerings' locks were held.

    That order is the version that PlacesTaken carries; whatever a transaction did besides has its
    instant. Clocks of processes do not decide: `occurred_at` is taken before the wait for the lock.
    """
    counts: dict[UUID, list[tuple[PlacesTaken, Any]]] = defaultdict(list)
    told: dict[tuple[UUID, Any], list[EnrolmentFact]] = defaultdict(list)
    for envelope in books.facts.values():
        body = envelope.body
        if isinstance(body, PlacesTaken):
            counts[body.offering_id].append((body, envelope.occurred_at))
        elif isinstance(body, EnrolmentFact):
            told[body.offering_id, envelope.occurred_at].append(body)
    seats_at_end: set[UUID] = set()
    for offering_id, changes in counts.items():
        seats: set[UUID] = set()
        line: set[UUID] = set()
        for count, at in sorted(changes, key=lambda change: change[0].version):
            for fact in sorted(told[offering_id, at], key=lambda fact: fact.version):
                _move(fact, seats, line)
            yield from _check_count(count, len(seats), len(line))
        seats_at_end |= seats
    sitting = {row["enrolment_id"] for row in books.enrolments if row["state"] in TAKES_A_SEAT}
    yield from _all("seats", "sits by the facts or by the books only", sitting ^ seats_at_end)
    for row in books.offerings:
        own = [each for each in books.enrolments if each["offering_id"] == row["offering_id"]]
        taken = sum(each["state"] in TAKES_A_SEAT for each in own)
        waiting = sum(each["state"] == "waitlisted" for each in own)
        if (row["seats_taken"], row["waiting"]) != (taken, waiting) or taken > row["capacity"]:
            what = f"counts {row['seats_taken']} and {row['waiting']}, has {taken} and {waiting}"
            yield Wrong("seats", f"{what} of {row['capacity']}", (str(row["offering_id"]),))


def _check_count(count: PlacesTaken, seats: int, line: int) -> Iterator[Wrong]:
    where = (str(count.offering_id), f"change {count.version}")
    if count.taken > count.capacity:
        yield Wrong("seats", f"{count.taken} of {count.capacity} places taken", where)
    if seats != count.taken:
        yield Wrong("seats", f"{seats} people sit on {count.taken} places", where)
    if line != count.waiting:
        yield Wrong("seats", f"{line} people wait, {count.waiting} are counted", where)


def _move(fact: EnrolmentFact, seats: set[UUID], line: set[UUID]) -> None:
    """What a fact does to seats and line."""
    match fact:
        case EnrolmentRequested() | PlaceOffered() | EnrolmentConfirmed():
            line.discard(fact.enrolment_id)
            seats.add(fact.enrolment_id)
        case LearnerWaitlisted():
            line.add(fact.enrolment_id)
        case EnrolmentLapsed() | WithdrawalSubmitted() | EnrolmentCancelled():
            line.discard(fact.enrolment_id)
            seats.discard(fact.enrolment_id)
        case _:
            pass


# ── What was committed was told, once ───────────────────────────────────────────────────────────


def check_facts(books: Books) -> Iterator[Wrong]:
    """Every state that a row has been in was told by exactly one fact; the stream has kept them all."""
    told = Counter(
        (fact.enrolment_id, fact.version)
        for fact in books.of(EnrolmentFact)
        if not isinstance(fact, PlaceDenied)
    )
    happened = {
        (row["enrolment_id"], version)
        for row in books.enrolments
        for version in range(1, row["version"] + 1)
    }
    # What holds an employer's seat longer is a state of its own, and tells nobody anything new.
    untold = {
        (row["enrolment_id"], version)
        for row in books.enrolments
        for version in range(2, row["version"] + 1)
        if row["payer"] == "employer"
    }
    yield from _same("facts", "versions of enrolments", told, happened, may_miss=untold)
    counted = Counter((fact.offering_id, fact.version) for fact in books.of(PlacesTaken))
    changes = {
        (row["offering_id"], version)
        for row in books.offerings
        for version in range(1, row["occupation_version"] + 1)
    }
    yield from _same("facts", "changes of places", counted, changes)
    yield from _same(
        "facts",
        "paid orders",
        Counter((fact.order_id, fact.payment_id) for fact in books.of(PaymentReceived)),
        {(row["order_id"], row["paid_by"]) for row in books.orders if row["state"] == "paid"},
    )
    yield from _same(
        "facts",
        "payments that came to nothing",
        Counter((fact.payment_id, fact.why) for fact in books.of(PaymentFailed)),
        books.failures,
    )
    yield from _same(
        "facts",
        "refunds",
        Counter(fact.refund_id for fact in books.of(RefundIssued)),
        {row["refund_id"] for row in books.refunds if row["issued_at"] is not None},
    )
    yield from _same(
        "facts",
        "mails",
        Counter(fact.mail_id for fact in books.of(MailSent, MailFailed)),
        {row["mail_id"] for row in books.mails if row["state"] in {"sent", "failed"}},
    )
    if books.kept is None:
        return
    if not books.stream_fails_over:
        yield from _all("facts", "not in the stream", _to_be_kept(books) - books.kept)
    yield from _all("facts", "in the stream and never heard", books.kept - _to_be_kept(books))


def lost_by_the_stream(books: Books) -> int:
    """How many facts reached every queue and not the stream: reported, where nobody can help it."""
    return len(_to_be_kept(books) - (books.kept or set()))


def _to_be_kept(books: Books) -> set[UUID]:
    return {event_id for event_id, each in books.facts.items() if type(each.body).kept}


# ── Every fact had its effect, once ─────────────────────────────────────────────────────────────


def check_effects(books: Books) -> Iterator[Wrong]:
    """Every consumer has claimed every fact that it listens to, and no other.

    Once: a claim is a primary key, and commits together with the effect.
    """
    for queue, topics in books.listens.items():
        meant = {event_id for event_id, each in books.facts.items() if each.topic in topics}
        had = books.claims.get(queue, set())
        yield from _all("effects", f"had no effect in {queue}", meant - had)
        yield from _all("effects", f"nobody told what {queue} had an effect of", had - meant)


# ── captured = places + refunds + what is shown to people ───────────────────────────────────────


_SHOWN = frozenset({"refused", "to_transfer"})
"""Refunds that wait for finance, and that finance sees."""


def check_money(books: Books) -> Iterator[Wrong]:
    """Payment's books against the provider's own, and both against what enrolment gave for it."""
    yield from _check_captures(books)
    yield from _check_refunds(books)
    yield from _check_what_money_became(books)
    in_provider = sum(_captured(books).values()) - sum(_returned(books).values())
    for account, expected in (
        ("provider", in_provider),
        ("bank", sum(_transferred(books).values())),
        ("unallocated", 0),
        ("debtors", 0),
    ):
        if books.ledger.get(account, 0) != expected:
            what = f"{account} holds {books.ledger.get(account, 0)}, should {expected}"
            yield Wrong("money", what, (account,))
    shown = sum(row["amount_minor"] for row in books.refunds if row["state"] in _SHOWN)
    if -books.ledger.get("refunds_due", 0) != shown:
        what = f"{-books.ledger.get('refunds_due', 0)} still due, {shown} shown to finance"
        yield Wrong("money", what, ("refunds_due",))


def _check_captures(books: Books) -> Iterator[Wrong]:
    ours = {row["provider_id"]: row for row in books.payments if row["provider_id"]}
    for payment in books.provider.payments.values():
        row = ours.get(payment.id)
        if row is None:
            if payment.status == "paid":
                yield Wrong("money", "captured, and we do not know it", (payment.id,))
            continue
        if payment.status != row["state"]:
            what = f"{payment.status} at the provider, {row['state']} here"
            yield Wrong("money", what, (payment.id, str(row["payment_id"])))
        if payment.amount.minor != row["amount_minor"]:
            yield Wrong("money", "another amount", (payment.id, str(row["payment_id"])))
        if payment.refunded_minor > payment.amount.minor:
            yield Wrong("money", "more given back than captured", (payment.id,))
    unknown = {
        row["payment_id"]
        for row in books.payments
        if row["state"] == "paid"
        and row["provider_id"] is not None
        and row["provider_id"] not in books.provider.payments
    }
    yield from _all("money", "paid, says payment, and the provider does not know it", unknown)
    open_still = {row["payment_id"] for row in books.payments if row["state"] == "intended"}
    yield from _all("money", "intended and never settled", open_still)


def _check_refunds(books: Books) -> Iterator[Wrong]:
    theirs = {refund.id: refund for refund in books.provider.refunds.values()}
    ours = {row["provider_id"]: row for row in books.refunds if row["provider_id"]}
    yield from _all("money", "given back, and we do not know it", set(theirs) - set(ours))
    yield from _all(
        "money", "given back, and the provider does not know it", set(ours) - set(theirs)
    )
    for refund_id in set(ours) & set(theirs):
        if ours[refund_id]["amount_minor"] != theirs[refund_id].amount.minor:
            yield Wrong("money", "another amount given back", (refund_id,))
    unsettled = {
        row["refund_id"] for row in books.refunds if row["state"] not in _SHOWN | {"refunded"}
    }
    yield from _all("money", "asked back and still not on its way", unsettled)
    shown = {row["subject_id"] for row in books.exceptions if row["settled_at"] is None}
    refused = {row["refund_id"] for row in books.refunds if row["state"] == "refused"}
    yield from _all("money", "refused, and finance does not see it", refused - shown)


def _check_what_money_became(books: Books) -> Iterator[Wrong]:
    captured, returned = _captured(books) + _transferred(books), _returned(books)
    enrolments = {row["enrolment_id"]: row for row in books.enrolments}
    withdrawals = {row["enrolment_id"]: row for row in books.withdrawals}
    for enrolment_id in set(captured) | set(returned):
        row = enrolments.get(enrolment_id)
        if row is None:
            yield Wrong("money", "captured for nobody's enrolment", (str(enrolment_id),))
            continue
        left = captured[enrolment_id] - returned[enrolment_id]
        owed = row["fee_minor"] if row["state"] == "confirmed" else 0
        withdrawal = withdrawals.get(enrolment_id)
        if withdrawal is not None and withdrawal["state"] == "to_review":
            owed = withdrawal["fee_minor"]  # Shown to the office.
        elif withdrawal is not None and withdrawal["state"] == "reviewed":
            owed = withdrawal["fee_minor"] - withdrawal["refund_minor"]
        owed += sum(
            refund["amount_minor"]
            for refund in books.refunds
            if refund["state"] in _SHOWN and refund["enrolment_id"] == enrolment_id
        )
        if left != owed:
            what = (
                f"captured {captured[enrolment_id]}, given back {returned[enrolment_id]}, "
                f"{row['state']}: {owed} should be left"
            )
            yield Wrong("money", what, (str(enrolment_id),))
    free = {
        row["enrolment_id"]
        for row in books.enrolments
        if row["state"] == "confirmed" and row["fee_minor"] and not captured[row["enrolment_id"]]
    }
    yield from _all("money", "has a place and has not paid", free)


def _captured(books: Books) -> Counter[UUID]:
    """By enrolment, at the provider."""
    enrolment_of = {row["provider_id"]: row["enrolment_id"] for row in books.payments}
    captured: Counter[UUID] = Counter()
    for payment in books.provider.payments.values():
        if payment.status == "paid" and payment.id in enrolment_of:
            captured[enrolment_of[payment.id]] += payment.amount.minor
    return captured


def _transferred(books: Books) -> Counter[UUID]:
    """By enrolment, on our bank account."""
    transferred: Counter[UUID] = Counter()
    for row in books.payments:
        if row["state"] == "paid" and row["provider_id"] is None:
            transferred[row["enrolment_id"]] += row["amount_minor"]
    return transferred


def _returned(books: Books) -> Counter[UUID]:
    enrolment_of = {row["provider_id"]: row["enrolment_id"] for row in books.payments}
    returned: Counter[UUID] = Counter()
    for refund in books.provider.refunds.values():
        if refund.status != "failed" and refund.payment_id in enrolment_of:
            returned[enrolment_of[refund.payment_id]] += refund.amount.minor
    return returned


# ── The person was told, once ───────────────────────────────────────────────────────────────────

_TELLS: dict[type[Fact], tuple[str, str]] = {
    EnrolmentConfirmed: ("confirmation", "enrolment_id"),
    PlaceOffered: ("place_offered", "enrolment_id"),
    EnrolmentLapsed: ("enrolment_lapsed", "enrolment_id"),
    WithdrawalSubmitted: ("withdrawal_receipt", "withdrawal_id"),
    WithdrawalReviewed: ("withdrawal_decision", "withdrawal_id"),
    RefundIssued: ("refund", "refund_id"),
    InvoiceIssued: ("invoice", "invoice_id"),
    InvoiceCredited: ("credit_note", "invoice_id"),
}
_TO_ORGANISATIONS = {InvoiceIssued, InvoiceCredited}
_MAY_BE_UNNEEDED = {
    "confirmation": {"withdrawn", "lapsed", "cancelled"},
    "place_offered": {"offer_over"},
    "enrolment_lapsed": {"has_a_place_after_all"},
    "reminder": {"withdrawn", "told_already", "lapsed", "cancelled"},
}
"""Why somebody need not be told any more, by purpose (invariant 5)."""


def check_mails(books: Books) -> Iterator[Wrong]:
    """Everything that happened to somebody was told to them by one mail, accepted once by the mail server.

    More than once only where the ledger says that we cannot know: see `mails_accepted_again`.
    """
    rows = {row["mail_id"]: row for row in books.mails}
    called_for = Counter(
        (None if kind in _TO_ORGANISATIONS else fact.learner_id, purpose, getattr(fact, subject))
        for kind, (purpose, subject) in _TELLS.items()
        for fact in books.of(kind)
    )
    planned = Counter(
        (row["account_id"], row["purpose"], row["regarding"])
        for row in books.mails
        if row["purpose"] != "reminder"
    )
    yield from _same("mails", "mails", planned, set(called_for))
    for mail_id, row in rows.items():
        where = (row["purpose"], str(mail_id), str(row["regarding"]))
        if row["state"] == "not_needed":
            if row["why"] not in _MAY_BE_UNNEEDED.get(row["purpose"], ()):
                yield Wrong("mails", f"not sent, because {row['why']}", where)
        elif row["state"] != "sent" and row["purpose"] != "reminder":
            yield Wrong("mails", f"still {row['state']} ({row['why']})", where)
        copies = books.caught.get(mail_id, 0)
        if row["state"] == "sent" and not copies:
            yield Wrong("mails", "sent, says the ledger, and never accepted", where)
        if copies > 1 + row["uncertain"]:
            what = f"accepted {copies} times, {row['uncertain']} times uncertain"
            yield Wrong("mails", what, where)
        if copies and row["state"] not in {"sent", "sending"} and not row["uncertain"]:
            yield Wrong("mails", f"accepted, and {row['state']}", where)
    yield from _all("mails", "accepted, and in no ledger", set(books.caught) - set(rows))


def mails_accepted_again(books: Books) -> int:
    """How many copies came from crashes between the server's acceptance and our note of it."""
    return sum(copies - 1 for copies in books.caught.values())


# ── Everybody's copies agree; nothing is left in any pipe ───────────────────────────────────────


def check_copies(books: Books) -> Iterator[Wrong]:
    """Orders, dossiers and the catalogue's counts follow the enrolments."""
    orders = {row["enrolment_id"]: row for row in books.orders}
    for row in books.enrolments:
        enrolment_id = row["enrolment_id"]
        order, dossier = orders.get(enrolment_id), books.dossiers.get(enrolment_id)
        where = (str(enrolment_id),)
        if row["state"] in {"held", "confirmed"} and row["fee_minor"] and order is None:
            yield Wrong("copies", "has something to pay, and no order", where)
        if row["state"] == "confirmed" and row["fee_minor"] and order and order["state"] != "paid":
            yield Wrong("copies", f"confirmed, and the order is {order['state']}", where)
        if row["state"] == "confirmed" and dossier != "open":
            yield Wrong("copies", f"confirmed, and the dossier is {dossier}", where)
        if row["state"] == "withdrawn" and dossier == "open":
            yield Wrong("copies", "withdrawn, and the dossier is open", where)
    for row in books.offerings:
        shown = books.occupations.get(row["offering_id"], 0)
        if shown != row["seats_taken"]:
            what = f"the catalogue shows {shown} taken, {row['seats_taken']} are"
            yield Wrong("copies", what, (str(row["offering_id"]),))


def check_pipes(books: Books) -> Iterator[Wrong]:
    """Outboxes, queues, retries and dead letters are empty."""
    for service, left in books.outboxes.items():
        if left:
            yield Wrong("pipes", f"{left} facts in the outbox", (service,))
    for queue, left in books.waiting.items():
        if left:
            yield Wrong("pipes", f"{left} messages left", (queue,))


def _more_than_once(times: Counter[Any]) -> set[Any]:
    return {each for each, count in times.items() if count > 1}


def _same(
    book: str,
    what: str,
    told: Counter[Any],
    happened: set[Any],
    may_miss: Collection[Any] = (),
) -> Iterator[Wrong]:
    yield from _all(book, f"{what}: told more than once", _more_than_once(told))
    yield from _all(book, f"{what}: never told", happened - set(told) - set(may_miss))
    yield from _all(book, f"{what}: told and never happened", set(told) - happened)


def _all(book: str, what: str, whom: Iterable[Any]) -> Iterator[Wrong]:
    ids = sorted(
        " ".join(map(str, each)) if isinstance(each, tuple) else str(each) for each in whom
    )
    if ids:
        yield Wrong(book, f"{len(ids)} × {what}", tuple(ids))
