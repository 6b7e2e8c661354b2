"""My courses: what asks for attention first, then all of them, and what is owed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from clients.portal.api.asking import Missing, Part, found, the_missing
from clients.portal.api.enrolment import ALIVE, Enrolment
from clients.portal.api.payment import Order
from clients.portal.api.records import Evaluation
from clients.portal.views.course import state_of_mine, until_when
from clients.portal.views.live import Live, live_of
from clients.portal.views.offers import State
from clients.portal.words import Words

_ONE_INSTANT = timedelta(microseconds=1)
_SOON = 3
"""So many first meetings stand below what asks for something."""


class MyCourse(msgspec.Struct, frozen=True, kw_only=True):
    """One enrolment, with how it stands."""

    enrolment: Enrolment
    state: State
    note: str


class Todo(msgspec.Struct, frozen=True, kw_only=True):
    """What comes next: something to do before a moment, or something that begins."""

    at: datetime
    when: str
    title: str
    path: str
    text: str
    state: State | None


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be paid for one place."""

    title: str
    amount: str
    until: str
    path: str


class MyCoursesPage(msgspec.Struct, frozen=True, kw_only=True):
    """What is to come or under way, and what is behind."""

    next: tuple[Todo, ...]
    asks: int
    """How many of these ask for something."""
    current: tuple[MyCourse, ...]
    past: tuple[MyCourse, ...]
    owed: tuple[Owed, ...]
    total: tuple[str, ...]
    """One for each currency."""
    live: Live
    missing: tuple[Part, ...]


def my_courses_page(
    enrolments: Sequence[Enrolment],
    orders: Sequence[Order] | Missing,
    evaluations: Sequence[Evaluation] | Missing = (),
    *,
    words: Words,
    zone: ZoneInfo,
    now: datetime,
) -> MyCoursesPage:
    """Make the page: what lapses first stands first; of what is over, the latest."""
    current = [each for each in enrolments if each.state in ALIVE and each.ends_at > now]
    past = [each for each in enrolments if each not in current]
    to_pay = _to_pay(current, found(orders) or ())
    asking = (
        *_deadlines(current, to_pay, words, zone=zone, now=now),
        *_to_evaluate(found(evaluations) or (), words),
    )
    deadlines = sorted(asking, key=lambda each: each.at)
    return MyCoursesPage(
        next=(*deadlines, *_beginnings(current, words, now=now)),
        asks=len(deadlines),
        current=tuple(
            _my_course(each, words=words, zone=zone, now=now)
            for each in sorted(current, key=lambda each: each.starts_at)
        ),
        past=tuple(
            _my_course(each, words=words, zone=zone, now=now)
            for each in sorted(past, key=lambda each: each.starts_at, reverse=True)
        ),
        owed=tuple(
            Owed(
                title=each.title,
                amount=words.money(order.owed_minor, order.currency),
                until=until_when(each.held_until, words, now=now, zone=zone)
                if each.held_until
                else "",
                path=f"/my/courses/{each.enrolment_id}/pay",
            )
            for each, order in to_pay
        ),
        total=_total(to_pay, words),
        live=live_of(current, found(orders) or ()),
        missing=the_missing(orders, evaluations),
    )


def _to_pay(
    current: Sequence[Enrolment], orders: Sequence[Order]
) -> tuple[tuple[Enrolment, Order], ...]:
    """What the reader can pay now: not what their employer was invoiced for."""
    by_enrolment = {each.enrolment_id: each for each in orders}
    pairs = [(each, by_enrolment.get(each.enrolment_id)) for each in current]
    return tuple(
        (each, order)
        for each, order in pairs
        if each.state == "held"
        and order is not None
        and order.state == "open"
        and order.billing is None
        and order.owed_minor
    )


def _total(to_pay: Sequence[tuple[Enrolment, Order]], words: Words) -> tuple[str, ...]:
    sums: dict[str, int] = {}
    for _, order in to_pay:
        sums[order.currency] = sums.get(order.currency, 0) + order.owed_minor
    return tuple(words.money(amount, currency) for currency, amount in sums.items())


def _deadlines(
    current: Sequence[Enrolment],
    to_pay: Sequence[tuple[Enrolment, Order]],
    words: Words,
    *,
    zone: ZoneInfo,
    now: datetime,
) -> tuple[Todo, ...]:
    found_ones = [
        Todo(
            at=each.held_until,
            when=words.say(
                "learning.before", day=words.row(each.held_until), time=words.clock(each.held_until)
            ),
            title=words.say("learning.pay_for", title=each.title),
            path=f"/my/courses/{each.enrolment_id}/pay",
            text=words.say(
                "learning.held_text", until=until_when(each.held_until, words, now=now, zone=zone)
            ),
            state=State("warn", words.say("learning.pay_now")),
        )
        for each, _ in to_pay
        if each.held_until is not None
    ]
    found_ones += [
        Todo(
            at=each.offered_until,
            when=words.say(
                "learning.before",
                day=words.row(each.offered_until),
                time=words.clock(each.offered_until),
            ),
            title=words.say("learning.take", title=each.title),
            path=f"/my/courses/{each.enrolment_id}",
            text=words.say("learning.offered_text"),
            state=State("warn", words.say("learning.take_now")),
        )
        for each in current
        if each.state == "offered" and each.offered_until is not None
    ]
    return tuple(found_ones)


def _to_evaluate(evaluations: Sequence[Evaluation], words: Words) -> tuple[Todo, ...]:
    """What can be said of courses, the one that closes first first (A31)."""
    return tuple(
        Todo(
            at=each.open_until - _ONE_INSTANT,
            when=words.say("learning.until_day", day=words.row(each.open_until - _ONE_INSTANT)),
            title=words.say("learning.evaluate", title=each.title),
            path=f"/my/courses/{each.enrolment_id}/evaluation",
            text=words.say("learning.evaluate_text"),
            state=State("info", words.say("learning.evaluate_now")),
        )
        for each in evaluations
        if each.open_until is not None
    )


def _beginnings(current: Sequence[Enrolment], words: Words, *, now: datetime) -> tuple[Todo, ...]:
    coming = [each for each in current if each.state == "confirmed" and each.starts_at > now]
    return tuple(
        Todo(
            at=each.starts_at,
            when=words.clock(each.starts_at),
            title=words.say("learning.begins", title=each.title),
            path=f"/my/courses/{each.enrolment_id}",
            text="",
            state=None,
        )
        for each in sorted(coming, key=lambda each: each.starts_at)[:_SOON]
    )


def _my_course(enrolment: Enrolment, *, words: Words, zone: ZoneInfo, now: datetime) -> MyCourse:
    note = words.say(
        "learning.from_to", first=words.row(enrolment.starts_at), last=words.row(enrolment.ends_at)
    )
    if enrolment.state == "waitlisted":
        note = words.say("learning.waiting_text")
    elif enrolment.state in ("withdrawn", "lapsed", "cancelled") and enrolment.ended_at is not None:
        note = words.say(f"learning.ended.{enrolment.state}", day=words.row(enrolment.ended_at))
    return MyCourse(
        enrolment=enrolment,
        state=state_of_mine(enrolment, words, now=now, zone=zone),
        note=note,
    )
