"""Who gets a place: pure decisions, and what holds whatever happens."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from chassis.refusals import Refusal
from contracts.catalogue import Elsewhere, Price
from contracts.enrolment import (
    EnrolmentConfirmed,
    EnrolmentRequested,
    LearnerWaitlisted,
    PlaceDenied,
    PlaceOffered,
    WithdrawalSubmitted,
)
from contracts.payment import PaymentReceived
from services.enrolment.domain import places
from services.enrolment.domain.places import Ask, Enrolment, Offering
from tests.support.examples import offering as told_offering

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2027, 3, 10, 13, 0, tzinfo=UTC)


def an_offering(**changes: Any) -> Offering:
    copied = places.copy_offering(None, told_offering(), AMSTERDAM)
    assert copied is not None
    return replace(copied, **changes)


def ask(of: Offering, **changes: Any) -> Ask:
    fields: dict[str, Any] = {
        "offering_id": of.offering_id,
        "learner_id": uuid4(),
        "affiliation": "guest",
        "payer": "self",
        "accepted_policy_version": of.policy.version,
        "accepted_terms_version": of.terms.version,
    }
    return Ask(**fields | changes)


def request(
    of: Offering, *, now: datetime = NOW, **changes: Any
) -> tuple[Offering, Enrolment, Any]:
    return places.request_enrolment(of, ask(of, **changes), enrolment_id=uuid4(), now=now)


def paid(enrolment: Enrolment, at: datetime = NOW) -> PaymentReceived:
    return PaymentReceived(
        order_id=UUID(int=1),
        enrolment_id=enrolment.enrolment_id,
        learner_id=enrolment.learner_id,
        payment_id=UUID(int=2),
        method="ideal",
        amount_minor=42000,
        currency="EUR",
        paid_at=at,
    )


def confirm(
    of: Offering, enrolment: Enrolment, *, now: datetime = NOW, enrolled_again: bool = False
) -> tuple[Offering, Enrolment, Any]:
    return places.confirm_enrolment(
        of, enrolment, of.policy, paid(enrolment), enrolled_again=enrolled_again, now=now
    )


def test_a_seat_is_held_for_thirty_minutes() -> None:
    of, enrolment, fact = request(an_offering())

    assert of.seats_taken == 1
    assert enrolment.state == "held"
    assert isinstance(fact, EnrolmentRequested)
    assert fact.held_until == NOW + timedelta(minutes=30)


def test_a_last_minute_hold_ends_when_enrolment_closes() -> None:
    of = an_offering()
    last_minute = of.closes_at - timedelta(minutes=1)

    _, enrolment, _ = request(of, now=last_minute)

    assert enrolment.held_until == of.closes_at


@pytest.mark.parametrize(
    ("affiliation", "fee"), [("student", 19500), ("staff", 42000), ("guest", 42000), ("", 42000)]
)
def test_the_price_is_that_of_the_affiliation_or_the_list(affiliation: str, fee: int) -> None:
    _, enrolment, _ = request(an_offering(), affiliation=affiliation)

    assert enrolment.fee_minor == fee


def test_a_free_place_is_final_without_a_hold() -> None:
    _, enrolment, fact = request(an_offering(prices=(Price(affiliation=None, fee_minor=0),)))

    assert (enrolment.state, enrolment.version) == ("confirmed", 1)
    assert isinstance(fact, EnrolmentConfirmed)


def test_a_full_offering_queues() -> None:
    of, enrolment, fact = request(an_offering(capacity=0))

    assert (of.seats_taken, of.waiting, enrolment.state) == (0, 1, "waitlisted")
    assert isinstance(fact, LearnerWaitlisted)
    assert fact.position == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"cancelled": True}, "offering-cancelled"),
        ({"opens_at": NOW + timedelta(seconds=1)}, "not-yet-open"),
        ({"closes_at": NOW}, "window-closed"),
        (
            {"elsewhere": Elsewhere(system="Osiris", foreign_code="TA-MI-192-17", url="https://x")},
            "registered-elsewhere",
        ),
    ],
)
def test_an_offering_that_is_not_open_says_why(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        request(an_offering(**changes))

    assert refused.value.problem.code == code


def test_an_old_policy_cannot_be_accepted() -> None:
    with pytest.raises(Refusal) as refused:
        request(an_offering(), accepted_policy_version=2)

    assert refused.value.problem.code == "conditions-not-accepted"
    assert refused.value.facts == {"policy_version": 3, "terms_version": 1}


def test_a_payment_makes_the_held_place_final_and_tells_what_leaving_costs() -> None:
    of, enrolment, _ = request(an_offering())

    of, enrolment, fact = confirm(of, enrolment)

    assert (of.seats_taken, enrolment.state, enrolment.held_until) == (1, "confirmed", None)
    assert isinstance(fact, EnrolmentConfirmed)
    assert [cost.kept_minor for cost in fact.leaving_costs] == [6300, 21000, 42000]


def test_the_policy_that_was_accepted_rules_though_a_newer_one_holds() -> None:
    of, enrolment, _ = request(an_offering())
    accepted = of.policy
    stricter = replace(of.policy, version=4, steps=(accepted.steps[-1],))

    _, _, fact = places.confirm_enrolment(
        replace(of, policy=stricter),
        enrolment,
        accepted,
        paid(enrolment),
        enrolled_again=False,
        now=NOW,
    )

    assert isinstance(fact, EnrolmentConfirmed)
    assert [cost.kept_minor for cost in fact.leaving_costs] == [6300, 21000, 42000]


def lapsed(of: Offering, enrolment: Enrolment) -> tuple[Offering, Enrolment]:
    of, (over,), _ = places.lapse(of, [enrolment], now=NOW + timedelta(minutes=31))
    return of, over


def test_late_money_becomes_a_seat_if_one_is_free() -> None:
    of, enrolment, _ = request(an_offering())
    of, enrolment = lapsed(of, enrolment)
    assert of.seats_taken == 0

    of, enrolment, fact = confirm(of, enrolment)

    assert (of.seats_taken, enrolment.state, enrolment.ended_at) == (1, "confirmed", None)
    assert isinstance(fact, EnrolmentConfirmed)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda of, e: (replace(of, capacity=0), e, False, NOW), "full"),
        (lambda of, e: (of, e, True, NOW), "enrolled_again"),
        (lambda of, e: (of, e, False, of.starts_at), "started"),
        (lambda of, e: (replace(of, cancelled=True), e, False, NOW), "cancelled"),
        (lambda of, e: (of, replace(e, state="withdrawn"), False, NOW), "withdrawn"),
        (lambda of, e: (of, replace(e, state="cancelled"), False, NOW), "cancelled"),
    ],
)
def test_late_money_without_a_seat_goes_back_and_says_why(make: Any, why: str) -> None:
    of, enrolment, _ = request(an_offering())
    of, enrolment, again, now = make(*lapsed(of, enrolment))

    after, unchanged, fact = confirm(of, enrolment, enrolled_again=again, now=now)

    assert (after, unchanged) == (of, enrolment)
    assert isinstance(fact, PlaceDenied)
    assert fact.why == why


def test_a_second_confirmation_changes_and_tells_nothing() -> None:
    of, enrolment, _ = request(an_offering())
    of, enrolment, _ = confirm(of, enrolment)

    assert confirm(of, enrolment) == (of, enrolment, None)


def test_an_invoice_holds_the_seat_until_it_is_due() -> None:
    _, enrolment, _ = request(an_offering(), payer="employer")
    due = NOW + timedelta(days=30)

    extended = places.extend_hold(enrolment, until=due)

    assert extended is not None
    assert extended.held_until == due
    assert places.extend_hold(extended, until=NOW) is None


def test_a_freed_seat_is_offered_for_a_day_at_most_until_the_start() -> None:
    of = an_offering(capacity=1)
    of, first, _ = request(of)
    of, second, _ = request(of)
    near_start = of.starts_at - timedelta(hours=3)

    of, _, _, _ = places.submit_withdrawal(
        of, first, of.policy, withdrawal_id=uuid4(), reason="time", note=None, now=near_start
    )
    of, (offered,), (fact,) = places.offer_free_seats(of, [second], now=near_start)

    assert (of.seats_taken, of.waiting, offered.state) == (1, 0, "offered")
    assert isinstance(fact, PlaceOffered)
    assert fact.offered_until == of.starts_at


def test_an_offer_that_ran_out_cannot_be_taken() -> None:
    of = an_offering(capacity=1)
    of, waiting, _ = request(replace(of, capacity=0))
    of, (offered,), _ = places.offer_free_seats(replace(of, capacity=1), [waiting], now=NOW)

    with pytest.raises(Refusal) as refused:
        places.accept_offer(of, offered, of.policy, now=NOW + timedelta(hours=24))

    assert refused.value.problem.code == "no-offer"


def test_leaving_a_paid_place_waits_for_review_with_what_the_policy_keeps() -> None:
    of, enrolment, _ = request(an_offering())
    of, enrolment, _ = confirm(of, enrolment)

    of, left, withdrawal, fact = places.submit_withdrawal(
        of, enrolment, of.policy, withdrawal_id=uuid4(), reason="work", note="…", now=NOW
    )

    assert (of.seats_taken, left.state, left.ended_why) == (0, "withdrawn", "work")
    assert (withdrawal.state, withdrawal.fee_minor, withdrawal.kept_minor) == (
        "to_review",
        42000,
        6300,
    )
    assert isinstance(fact, WithdrawalSubmitted)
    assert fact.was_confirmed


def test_leaving_an_unpaid_hold_leaves_nothing_to_review() -> None:
    of, enrolment, _ = request(an_offering())

    _, _, withdrawal, _ = places.submit_withdrawal(
        of, enrolment, of.policy, withdrawal_id=uuid4(), reason="time", note=None, now=NOW
    )

    assert (withdrawal.state, withdrawal.fee_minor) == ("nothing_to_review", 0)


def test_a_lower_capacity_takes_no_place_from_anybody() -> None:
    of, _, _ = request(an_offering())
    of, _, _ = request(of)

    smaller = places.copy_offering(
        of, told_offering(offering_id=of.offering_id, version=2, capacity=1), AMSTERDAM
    )

    assert smaller is not None
    assert (smaller.seats_taken, smaller.seat_limit, smaller.free_seats) == (2, 2, 0)


def test_an_older_version_of_an_offering_is_ignored() -> None:
    of = an_offering(version=5)

    assert places.copy_offering(of, told_offering(version=5), AMSTERDAM) is None


class Seats(RuleBasedStateMachine):
    """Whatever people, money, time and the office do to one offering, no seat is sold twice."""

    def __init__(self) -> None:
        super().__init__()
        self.of = an_offering()
        self.now = NOW
        self.people: dict[UUID, Enrolment] = {}

    @initialize(capacity=st.integers(0, 3))
    def open(self, capacity: int) -> None:
        self.of = an_offering(capacity=capacity, seat_limit=capacity)

    def keep(self, *enrolments: Enrolment) -> None:
        self.people.update((each.enrolment_id, each) for each in enrolments)

    def pass_on(self) -> None:
        waiting = [each for each in self.people.values() if each.state == "waitlisted"]
        self.of, offers, _ = places.offer_free_seats(self.of, waiting, now=self.now)
        self.keep(*offers)

    def pick(self, data: st.DataObject, *states: str) -> Enrolment | None:
        found = [each for each in self.people.values() if each.state in states]
        return data.draw(st.sampled_from(found)) if found else None

    @precondition(lambda self: self.now < self.of.closes_at)
    @rule(free=st.booleans())
    def somebody_asks(self, free: bool) -> None:
        prices = (Price(affiliation=None, fee_minor=0 if free else 42000),)
        self.of, enrolment, _ = request(replace(self.of, prices=prices), now=self.now)
        self.keep(enrolment)

    @rule(data=st.data())
    def money_comes(self, data: st.DataObject) -> None:
        enrolment = self.pick(data, "held", "lapsed", "withdrawn")
        if enrolment is not None:
            self.of, after, _ = confirm(self.of, enrolment, now=self.now)
            self.keep(after)

    @rule(data=st.data())
    def somebody_takes_an_offer(self, data: st.DataObject) -> None:
        enrolment = self.pick(data, "offered")
        if enrolment is not None and enrolment.offered_until and self.now < enrolment.offered_until:
            after, _ = places.accept_offer(self.of, enrolment, self.of.policy, now=self.now)
            self.keep(after)

    @precondition(lambda self: self.now < self.of.ends_at)
    @rule(data=st.data())
    def somebody_leaves(self, data: st.DataObject) -> None:
        enrolment = self.pick(data, "waitlisted", "offered", "held", "confirmed")
        if enrolment is not None:
            self.of, left, _, _ = places.submit_withdrawal(
                self.of,
                enrolment,
                self.of.policy,
                withdrawal_id=uuid4(),
                reason="time",
                note=None,
                now=self.now,
            )
            self.keep(left)
            self.pass_on()

    @rule(minutes=st.integers(1, 3000))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        due = [
            each
            for each in self.people.values()
            if (each.state == "held" and each.held_until and each.held_until <= self.now)
            or (each.state == "offered" and each.offered_until and each.offered_until <= self.now)
        ]
        self.of, ended, _ = places.lapse(self.of, due, now=self.now)
        self.keep(*ended)
        self.pass_on()

    @rule(capacity=st.integers(0, 5))
    def the_office_changes_the_capacity(self, capacity: int) -> None:
        told = told_offering(
            offering_id=self.of.offering_id, version=self.of.version + 1, capacity=capacity
        )
        changed = places.copy_offering(self.of, told, AMSTERDAM)
        assert changed is not None
        self.of = changed
        self.pass_on()

    @invariant()
    def no_seat_is_sold_twice(self) -> None:
        taken = sum(each.state in places.TAKES_A_SEAT for each in self.people.values())
        waiting = sum(each.state == "waitlisted" for each in self.people.values())
        counted, fact = places.places_taken(self.of)
        assert self.of.seats_taken == taken
        assert self.of.waiting == waiting
        assert taken <= counted.seat_limit
        assert fact.taken == taken

    @invariant()
    def nobody_waits_beside_a_free_seat(self) -> None:
        if self.now < self.of.starts_at:
            assert not (self.of.waiting and self.of.free_seats)


Seats.TestCase.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
TestSeats = Seats.TestCase
