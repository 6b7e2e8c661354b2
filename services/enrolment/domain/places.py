"""Who has a place: requesting, confirming, lapsing, waiting in line, leaving, being cancelled."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from contracts.catalogue import CancellationPolicy, Elsewhere, OfferingState, Price, Terms
from contracts.enrolment import (
    EnrolledOnBehalf,
    EnrolmentCancelled,
    EnrolmentConfirmed,
    EnrolmentLapsed,
    EnrolmentRequested,
    LearnerWaitlisted,
    Payer,
    PlaceDenied,
    PlaceOffered,
    PlacesTaken,
    RefundGranted,
    WithdrawalReason,
    WithdrawalSubmitted,
)
from contracts.fact import Fact
from contracts.payment import PaymentReceived
from services.enrolment import refusals
from services.enrolment.domain.policy import (
    Case,
    dropped_sessions_share_minor,
    kept_minor,
    leaving_costs,
)

HOLD = timedelta(minutes=30)
"""How long a seat is held for somebody who pays (PRODUCT.md, decisions)."""
HOLD_ON_BEHALF = timedelta(days=3)
"""And for somebody whom the office enrolled: they have to read of it first."""
OFFER = timedelta(hours=24)
"""How long the head of the waiting list has to take a freed seat."""

State = Literal["waitlisted", "offered", "held", "confirmed", "lapsed", "withdrawn", "cancelled"]
TAKES_A_SEAT: frozenset[State] = frozenset({"offered", "held", "confirmed"})
LIVE: frozenset[State] = TAKES_A_SEAT | {"waitlisted"}


class Offering(msgspec.Struct, frozen=True, kw_only=True):
    """Enrolment's own copy of what the catalogue tells, and how full it is.

    `capacity` is the catalogue's. `seat_limit` is the number that is never exceeded: the capacity,
    or the seats that were taken already when the capacity was lowered below them.
    """

    offering_id: UUID
    version: int
    capacity: int
    seat_limit: int
    seats_taken: int
    waiting: int
    occupation_version: int
    opens_at: datetime
    closes_at: datetime
    starts_at: datetime
    ends_at: datetime
    sessions: int
    currency: str
    prices: tuple[Price, ...]
    policy: CancellationPolicy
    terms: Terms
    elsewhere: Elsewhere | None
    contact: str
    cancelled: bool
    zone: ZoneInfo

    @property
    def free_seats(self) -> int:
        return max(0, self.capacity - self.seats_taken)


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """One person's way with one offering. Nothing is deleted: what ends is a state with a reason and a time."""

    enrolment_id: UUID
    version: int
    offering_id: UUID
    learner_id: UUID
    state: State
    payer: Payer
    fee_minor: int
    currency: str
    requested_at: datetime
    policy_id: UUID
    policy_version: int
    policy_hash: str
    terms_version: int
    terms_hash: str
    accepted_at: datetime
    held_until: datetime | None = None
    offered_until: datetime | None = None
    confirmed_at: datetime | None = None
    ended_at: datetime | None = None
    ended_why: str | None = None


class Behalf(msgspec.Struct, frozen=True):
    """Somebody of the office asks for a learner (B3)."""

    actor_id: UUID
    why: str
    """What the office goes by, such as the form that the learner has signed."""


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody wants a place."""

    offering_id: UUID
    learner_id: UUID
    affiliation: str
    payer: Payer
    accepted_policy_version: int
    accepted_terms_version: int
    behalf: Behalf | None = None
    """None where learners ask for themselves."""


def price_for(prices: Iterable[Price], affiliation: str) -> int:
    """The price of somebody's affiliation, or the list price, or nothing where none is set."""
    by_affiliation: dict[str | None, int] = {each.affiliation: each.fee_minor for each in prices}
    return by_affiliation.get(affiliation, by_affiliation.get(None, 0))


def request_enrolment(
    offering: Offering, ask: Ask, *, enrolment_id: UUID, now: datetime
) -> tuple[Offering, Enrolment, Fact]:
    """Hold a seat, make it final at once if it is free of charge, or queue the learner if all are taken.

    Sources: PRODUCT.md A16 (final when paid), A21 (conditions), B24 (elsewhere), B30 (window).

    Raises:
        Refusal: the offering cannot be enrolled in now, or its conditions are not accepted.
    """
    _require_open(offering, now)
    if (ask.accepted_policy_version, ask.accepted_terms_version) != (
        offering.policy.version,
        offering.terms.version,
    ):
        raise refusals.CONDITIONS_NOT_ACCEPTED(
            policy_version=offering.policy.version, terms_version=offering.terms.version
        )
    enrolment = Enrolment(
        enrolment_id=enrolment_id,
        version=1,
        offering_id=offering.offering_id,
        learner_id=ask.learner_id,
        state="waitlisted",
        payer=ask.payer,
        fee_minor=price_for(offering.prices, ask.affiliation),
        currency=offering.currency,
        requested_at=now,
        policy_id=offering.policy.policy_id,
        policy_version=offering.policy.version,
        policy_hash=offering.policy.text_hash,
        terms_version=offering.terms.version,
        terms_hash=offering.terms.text_hash,
        accepted_at=now,
    )
    if not offering.free_seats:
        waited = replace(offering, waiting=offering.waiting + 1)
        return waited, enrolment, LearnerWaitlisted(**_about(enrolment), position=waited.waiting)
    taken = replace(offering, seats_taken=offering.seats_taken + 1)
    hold = HOLD if ask.behalf is None else HOLD_ON_BEHALF
    hold_until = min(now + hold, offering.closes_at)
    return taken, *_give_place(taken, enrolment, offering.policy, hold_until=hold_until, now=now)


def tell_on_behalf(enrolment: Enrolment, behalf: Behalf) -> Fact:
    """Who enrolled somebody else, and what became of it."""
    return EnrolledOnBehalf(
        **_about(enrolment),
        actor_id=behalf.actor_id,
        place=msgspec.convert(enrolment.state, Literal["held", "confirmed", "waitlisted"]),
        payer=enrolment.payer,
        fee_minor=enrolment.fee_minor,
        currency=enrolment.currency,
        held_until=enrolment.held_until,
    )


def accept_offer(
    offering: Offering, enrolment: Enrolment, policy: CancellationPolicy, *, now: datetime
) -> tuple[Enrolment, Fact]:
    """Take the place that was offered to the head of the waiting list.

    Raises:
        Refusal: no place is offered (any more).
    """
    if (
        enrolment.state != "offered"
        or enrolment.offered_until is None
        or now >= enrolment.offered_until
    ):
        raise refusals.NO_OFFER(state=enrolment.state)
    taking = _next(enrolment, offered_until=None)
    return _give_place(
        offering, taking, policy, hold_until=min(now + HOLD, offering.starts_at), now=now
    )


def confirm_enrolment(
    offering: Offering,
    enrolment: Enrolment,
    policy: CancellationPolicy,
    payment: PaymentReceived,
    *,
    enrolled_again: bool,
    is_leaving: bool = False,
    now: datetime,
) -> tuple[Offering, Enrolment, Fact | None]:
    """Make final what was paid for; give a late payer a seat if one is free; else send the money back.

    Total: every payment ends as a seat or as a refund (invariant 1). `enrolled_again` tells that
    the learner has another live enrolment in this offering, `is_leaving` that they are being forgotten.
    """
    if enrolment.state == "confirmed":
        return (
            offering,
            enrolment,
            None,
        )  # It is this payment that confirmed it: an order is paid once.
    if enrolment.state == "held":
        return offering, *_confirm(offering, _next(enrolment), policy, now)
    why = (
        "withdrawn"
        if is_leaving
        else _why_denied(offering, enrolment, enrolled_again=enrolled_again, now=now)
    )
    if why is not None:
        return (
            offering,
            enrolment,
            PlaceDenied(**_about(enrolment), order_id=payment.order_id, why=why),
        )
    taken = replace(offering, seats_taken=offering.seats_taken + 1)
    back = _next(enrolment, ended_at=None, ended_why=None)
    return taken, *_confirm(taken, back, policy, now)


def extend_hold(enrolment: Enrolment, *, until: datetime) -> Enrolment | None:
    """Hold an employer's seat until the invoice is due; None where nothing is held any more."""
    if enrolment.state != "held" or enrolment.held_until is None or until <= enrolment.held_until:
        return None
    return _next(enrolment, held_until=until)


def lapse(
    offering: Offering, enrolments: Sequence[Enrolment], *, now: datetime
) -> tuple[Offering, list[Enrolment], list[Fact]]:
    """End holds and offers that ran out; their seats are free."""
    ended: list[Enrolment] = []
    facts: list[Fact] = []
    for enrolment in enrolments:
        why: Literal["not_paid", "offer_not_taken"] = (
            "not_paid" if enrolment.state == "held" else "offer_not_taken"
        )
        over = _next(enrolment, state="lapsed", ended_at=now, ended_why=why)
        ended.append(over)
        facts.append(EnrolmentLapsed(**_about(over), why=why, lapsed_at=now))
    return replace(offering, seats_taken=offering.seats_taken - len(ended)), ended, facts


def offer_free_seats(
    offering: Offering, waiting: Sequence[Enrolment], *, now: datetime
) -> tuple[Offering, list[Enrolment], list[Fact]]:
    """Offer every free seat to the head of the line, in order of arrival, for a day at most.

    `waiting` is the head of the waiting list, at least as long as there are free seats.
    """
    offers: list[Enrolment] = []
    facts: list[Fact] = []
    if offering.cancelled or now >= offering.starts_at:
        return offering, offers, facts
    until = min(now + OFFER, offering.starts_at)
    for enrolment in waiting[: offering.free_seats]:
        offered = _next(enrolment, state="offered", offered_until=until)
        offers.append(offered)
        facts.append(
            PlaceOffered(
                **_about(offered),
                fee_minor=offered.fee_minor,
                currency=offered.currency,
                offered_until=until,
            )
        )
    offering = replace(
        offering,
        seats_taken=offering.seats_taken + len(offers),
        waiting=offering.waiting - len(offers),
    )
    return offering, offers, facts


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody left. What it costs waits for the office's review, unless nothing had been paid."""

    withdrawal_id: UUID
    enrolment_id: UUID
    reason: WithdrawalReason
    note: str | None
    """The learner's own words; only the office reads them."""
    submitted_at: datetime
    fee_minor: int
    kept_minor: int
    currency: str
    state: Literal["to_review", "reviewed", "nothing_to_review"]


def submit_withdrawal(
    offering: Offering,
    enrolment: Enrolment,
    policy: CancellationPolicy,
    *,
    withdrawal_id: UUID,
    reason: WithdrawalReason,
    note: str | None,
    now: datetime,
) -> tuple[Offering, Enrolment, Withdrawal, Fact]:
    """Leave: the seat is free at once; the review is about the money (A22-A25).

    Raises:
        Refusal: the enrolment has ended, or the course has.
    """
    if enrolment.state not in LIVE:
        raise refusals.NOT_ENROLLED(state=enrolment.state)
    if now >= offering.ends_at:
        raise refusals.COURSE_OVER(ended_at=offering.ends_at)
    was_confirmed = enrolment.state == "confirmed"
    paid_minor = enrolment.fee_minor if was_confirmed else 0
    kept = kept_minor(case_of(offering, enrolment, policy), now) if paid_minor else 0
    withdrawal = Withdrawal(
        withdrawal_id=withdrawal_id,
        enrolment_id=enrolment.enrolment_id,
        reason=reason,
        note=note,
        submitted_at=now,
        fee_minor=paid_minor,
        kept_minor=kept,
        currency=enrolment.currency,
        state="to_review" if paid_minor else "nothing_to_review",
    )
    left = _next(enrolment, state="withdrawn", ended_at=now, ended_why=reason)
    fact = WithdrawalSubmitted(
        **_about(left),
        withdrawal_id=withdrawal_id,
        reason=reason,
        submitted_at=now,
        was_confirmed=was_confirmed,
        fee_minor=paid_minor,
        kept_minor=kept,
        currency=enrolment.currency,
    )
    return _without(offering, enrolment), left, withdrawal, fact


def cancel_enrolments(
    enrolments: Sequence[Enrolment], *, now: datetime
) -> tuple[list[Enrolment], list[Fact]]:
    """The organiser cancels: everybody leaves, everything that was paid goes back."""
    cancelled: list[Enrolment] = []
    facts: list[Fact] = []
    for enrolment in enrolments:
        over = _next(enrolment, state="cancelled", ended_at=now, ended_why="offering_cancelled")
        was_confirmed = enrolment.state == "confirmed"
        cancelled.append(over)
        facts.append(
            EnrolmentCancelled(
                **_about(over),
                was_confirmed=was_confirmed,
                refund_minor=enrolment.fee_minor if was_confirmed else 0,
                currency=enrolment.currency,
            )
        )
    return cancelled, facts


def grant_for_dropped_sessions(
    confirmed: Sequence[Enrolment], *, dropped: int, planned: int
) -> tuple[list[Enrolment], list[Fact]]:
    """Give everybody who paid the share of the sessions that the organiser dropped."""
    told: list[Enrolment] = []
    facts: list[Fact] = []
    for enrolment in confirmed:
        share = dropped_sessions_share_minor(enrolment.fee_minor, dropped=dropped, planned=planned)
        if not share:
            continue
        counted = _next(enrolment)
        told.append(counted)
        facts.append(
            RefundGranted(
                **_about(counted),
                refund_minor=share,
                currency=enrolment.currency,
                dropped_sessions=dropped,
            )
        )
    return told, facts


def copy_offering(known: Offering | None, told: OfferingState, zone: ZoneInfo) -> Offering | None:
    """Take over what the catalogue tells; None where it is not newer than what is known.

    A capacity below what is taken already takes no place from anybody.
    """
    if known is not None and told.version <= known.version:
        return None
    taken = known.seats_taken if known else 0
    return Offering(
        offering_id=told.offering_id,
        version=told.version,
        capacity=told.capacity,
        seat_limit=max(told.capacity, taken),
        seats_taken=taken,
        waiting=known.waiting if known else 0,
        occupation_version=known.occupation_version if known else 0,
        opens_at=told.enrolment_opens_at,
        closes_at=told.enrolment_closes_at,
        starts_at=told.starts_at,
        ends_at=told.ends_at,
        sessions=len(told.sessions),
        currency=told.currency,
        prices=told.prices,
        policy=told.policy,
        terms=told.terms,
        elsewhere=told.elsewhere,
        contact=told.contact,
        cancelled=known.cancelled if known else False,
        zone=zone,
    )


def places_taken(offering: Offering) -> tuple[Offering, PlacesTaken]:
    """Count a change of occupation, and tell it."""
    counted = replace(
        offering,
        occupation_version=offering.occupation_version + 1,
        seat_limit=max(offering.capacity, offering.seats_taken),
    )
    return counted, PlacesTaken(
        offering_id=offering.offering_id,
        version=counted.occupation_version,
        capacity=offering.capacity,
        taken=offering.seats_taken,
        waiting=offering.waiting,
    )


def case_of(offering: Offering, enrolment: Enrolment, policy: CancellationPolicy) -> Case:
    """An enrolment as its accepted policy looks at it."""
    return Case(
        policy=policy,
        fee_minor=enrolment.fee_minor,
        signed_up_at=enrolment.requested_at,
        enrolment_closes_at=offering.closes_at,
        starts_at=offering.starts_at,
        zone=offering.zone,
    )


def _require_open(offering: Offering, now: datetime) -> None:
    if offering.elsewhere is not None:
        raise refusals.REGISTERED_ELSEWHERE(
            system=offering.elsewhere.system,
            foreign_code=offering.elsewhere.foreign_code,
            url=offering.elsewhere.url,
        )
    if offering.cancelled:
        raise refusals.OFFERING_CANCELLED()
    if now < offering.opens_at:
        raise refusals.NOT_YET_OPEN(opens_at=offering.opens_at)
    if now >= offering.closes_at:
        raise refusals.WINDOW_CLOSED(closed_at=offering.closes_at, contact=offering.contact)


def _give_place(
    offering: Offering,
    enrolment: Enrolment,
    policy: CancellationPolicy,
    *,
    hold_until: datetime,
    now: datetime,
) -> tuple[Enrolment, Fact]:
    """Hold a seat that has been taken, or confirm it where there is nothing to pay."""
    if not enrolment.fee_minor:
        return _confirm(offering, enrolment, policy, now)
    held = replace(enrolment, state="held", held_until=hold_until)
    return held, EnrolmentRequested(
        **_about(held),
        payer=held.payer,
        fee_minor=held.fee_minor,
        currency=held.currency,
        held_until=hold_until,
        starts_at=offering.starts_at,
    )


def _confirm(
    offering: Offering, enrolment: Enrolment, policy: CancellationPolicy, now: datetime
) -> tuple[Enrolment, Fact]:
    confirmed = replace(enrolment, state="confirmed", held_until=None, confirmed_at=now)
    costs = leaving_costs(case_of(offering, confirmed, policy)) if confirmed.fee_minor else ()
    return confirmed, EnrolmentConfirmed(
        **_about(confirmed),
        fee_minor=confirmed.fee_minor,
        currency=confirmed.currency,
        confirmed_at=now,
        policy_version=confirmed.policy_version,
        accepted_at=confirmed.accepted_at,
        leaving_costs=costs,
    )


def _why_denied(
    offering: Offering, enrolment: Enrolment, *, enrolled_again: bool, now: datetime
) -> Literal["full", "started", "withdrawn", "cancelled", "enrolled_again"] | None:
    if enrolment.state == "withdrawn":
        return "withdrawn"
    if enrolment.state == "cancelled" or offering.cancelled:
        return "cancelled"
    if enrolled_again:
        return "enrolled_again"
    if now >= offering.starts_at:
        return "started"
    return None if offering.free_seats else "full"


def _without(offering: Offering, enrolment: Enrolment) -> Offering:
    """The offering once this enrolment has left its seat or the line."""
    if enrolment.state in TAKES_A_SEAT:
        return replace(offering, seats_taken=offering.seats_taken - 1)
    return replace(offering, waiting=offering.waiting - 1)


def _next(enrolment: Enrolment, **changes: object) -> Enrolment:
    return replace(enrolment, version=enrolment.version + 1, **changes)


def _about(enrolment: Enrolment) -> dict[str, Any]:
    """The fields that every fact about an enrolment has."""
    return {
        "enrolment_id": enrolment.enrolment_id,
        "version": enrolment.version,
        "learner_id": enrolment.learner_id,
        "offering_id": enrolment.offering_id,
    }
