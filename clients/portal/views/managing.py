"""One enrolment of mine: how it stands, what can be done, what leaving costs, where and when it is."""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from clients.portal.api.asking import Missing, Part, found, the_missing
from clients.portal.api.catalogue import Offering
from clients.portal.api.enrolment import ALIVE, Enrolment, LeavingCosts
from clients.portal.api.payment import Order
from clients.portal.views.course import MeetingRow, meeting_row, state_of_mine, until_when
from clients.portal.views.enrolling import can_be_paid
from clients.portal.views.leaving import leaving_of
from clients.portal.views.live import Live, live_of
from clients.portal.views.offers import State
from clients.portal.views.outcome import Happening
from clients.portal.views.records import Achieved
from clients.portal.words import Words


class Back(msgspec.Struct, frozen=True, kw_only=True):
    """What comes back if one withdraws now."""

    paid: str
    kept: str
    back: str
    when: str
    """Until when that is so."""
    later: str
    """What it costs after that, and when; empty where it stays so."""


class ManagePage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one enrolment."""

    enrolment: Enrolment
    state: State
    price: str
    may_withdraw: bool
    pay: str
    """The price, where it can be paid now."""
    until: str
    """Until when the place is held or offered."""
    nothing_paid: bool
    back: Back | None
    """None where nothing was paid, or enrolment cannot tell now."""
    policy: str
    """Path to the policy that was accepted; empty where it is not known."""
    meetings: tuple[MeetingRow, ...]
    next_at: datetime | None
    next_place: str
    next_lecturers: str
    practical: str
    happened: tuple[Happening, ...]
    live: Live
    achieved: Achieved | None
    """None before it has begun."""
    missing: tuple[Part, ...]


def manage_page(
    mine: Enrolment,
    offering: Offering | Missing | None,
    order: Order | Missing | None,
    back: Back | None,
    achieved: Achieved | Missing | None = None,
    *,
    words: Words,
    zone: ZoneInfo,
    now: datetime,
) -> ManagePage:
    """Make the page. It needs enrolment only."""
    told, known = found(offering), found(order)
    is_mine = mine.state in ALIVE  # Whoever has left needs no room and no time any more.
    limit = mine.offered_until if mine.state == "offered" else mine.held_until
    sessions = told.sessions if told is not None and is_mine else ()
    upcoming = next((each for each in sessions if each.ends_at > now), None)
    row = meeting_row(upcoming, words) if upcoming is not None else None
    return ManagePage(
        enrolment=mine,
        state=state_of_mine(mine, words, now=now, zone=zone),
        price=words.money(mine.fee_minor, mine.currency),
        may_withdraw=may_withdraw(mine, now=now),
        pay=words.money(mine.fee_minor, mine.currency) if can_be_paid(mine, known) else "",
        until=until_when(limit, words, now=now, zone=zone) if limit else "",
        nothing_paid=has_paid_nothing(mine),
        back=back,
        policy=policy_path(mine, told),
        meetings=tuple(meeting_row(each, words) for each in sessions),
        next_at=upcoming.starts_at if upcoming is not None else None,
        next_place=row.place if row is not None else "",
        next_lecturers=row.lecturers if row is not None else "",
        practical=(told.practical or "") if told is not None and is_mine else "",
        happened=_happened(mine, known, words),
        live=live_of([mine] if is_mine else [], [known] if known is not None else []),
        achieved=found(achieved),
        missing=the_missing(offering, order, achieved),
    )


def may_withdraw(mine: Enrolment, *, now: datetime) -> bool:
    """Whether there is something to leave."""
    return mine.state in ALIVE and now < mine.ends_at


def has_paid_nothing(mine: Enrolment) -> bool:
    """Whether nothing can come back. An enrolment is final when it is paid (A16)."""
    return mine.state != "confirmed" or mine.fee_minor == 0


def policy_path(mine: Enrolment, offering: Offering | None) -> str:
    """Where the accepted policy stands, if the course still has that version."""
    if offering is None or offering.conditions.policy_version != mine.policy_version:
        return ""
    return f"/cancellation/{offering.conditions.policy_id}/{mine.policy_version}"


def back_of(
    mine: Enrolment,
    costs: LeavingCosts | Missing | None,
    *,
    words: Words,
    zone: ZoneInfo,
    now: datetime,
) -> Back | None:
    """What comes back now, by the accepted policy; None where nothing was paid, or enrolment cannot tell."""
    told = found(costs)
    if told is None or has_paid_nothing(mine):
        return None
    lines = leaving_of(told, starts_at=mine.starts_at, words=words, zone=zone, now=now).lines[:-1]
    later = ""
    if len(lines) > 1:
        later = words.say("manage.later", kept=lines[1].kept, when=lines[1].when)
    return Back(
        paid=words.money(mine.fee_minor, mine.currency),
        kept=lines[0].kept,
        back=lines[0].back,
        when=lines[0].when,
        later=later,
    )


def _happened(mine: Enrolment, order: Order | None, words: Words) -> tuple[Happening, ...]:
    """The latest first."""
    happened = [
        Happening(
            title=words.say("manage.happened.requested"),
            text=words.say(
                "manage.happened_text.requested",
                policy=mine.policy_version,
                terms=mine.terms_version,
            ),
            at=mine.requested_at,
            is_done=True,
        )
    ]
    for payment in order.payments if order is not None else ():
        amount = words.money(payment.amount_minor, mine.currency)
        if payment.paid_at is not None:
            happened.append(
                Happening(
                    title=words.say("manage.happened.paid"),
                    text=words.say(f"outcome.paid.{payment.method}", amount=amount),
                    at=payment.paid_at,
                    is_done=True,
                )
            )
    if mine.confirmed_at is not None:
        happened.append(
            Happening(
                title=words.say("manage.happened.confirmed"),
                text=words.say("manage.happened_text.confirmed"),
                at=mine.confirmed_at,
                is_done=True,
            )
        )
    if mine.ended_at is not None:
        happened.append(
            Happening(
                title=words.say(f"offers.mine.{mine.state}"),
                text="",
                at=mine.ended_at,
                is_done=True,
            )
        )
    return tuple(sorted(happened, key=lambda each: each.at or mine.requested_at, reverse=True))
