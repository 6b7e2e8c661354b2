"""What came of enrolling and paying, so far: one address that people come back to, and look at again."""

from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from clients.portal.api.asking import Missing, Part, found, the_missing
from clients.portal.api.catalogue import Offering
from clients.portal.api.enrolment import ALIVE, Enrolment
from clients.portal.api.payment import Order, Payment
from clients.portal.views.course import state_of_mine, until_when
from clients.portal.views.live import Live, live_of
from clients.portal.views.offers import State
from clients.portal.words import Words

Stage = Literal["enrolled", "paying", "unpaid", "failed", "invoiced", "waiting", "offered", "over"]

_REMINDER = timedelta(days=7)


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One point of the time line."""

    title: str
    text: str
    at: datetime | None
    has_time: bool = True
    is_done: bool = False


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How an enrolment stands right after something was done about it."""

    enrolment: Enrolment
    stage: Stage
    state: State
    price: str
    until: str
    """Until when the place is held or offered."""
    paid: str
    """What was received, and how; empty where nothing was."""
    received_at: datetime | None
    invoice: str
    invoice_to: str
    due_at: datetime | None
    next: tuple[Happening, ...]
    live: Live
    missing: tuple[Part, ...]


def outcome_of(
    mine: Enrolment,
    order: Order | Missing | None,
    offering: Offering | Missing,
    *,
    words: Words,
    zone: ZoneInfo,
    now: datetime,
) -> Outcome:
    """Make it. Enrolment has the last word on the place, payment on the money."""
    known = found(order)
    limit = mine.offered_until if mine.state == "offered" else mine.held_until
    invoice = None
    if known is not None and known.billing is not None:
        invoice = next(
            (
                each
                for each in known.invoices
                if each.kind == "invoice" and each.credited_number is None
            ),
            None,
        )
    stage = _stage(mine, known)
    if stage == "invoiced" and invoice is not None and invoice.due_at is not None:
        # Enrolment hears of the invoice a moment later, and holds the place for as long.
        limit = max(limit or invoice.due_at, invoice.due_at)
        mine = msgspec.structs.replace(mine, held_until=limit)
    payment = _paid(known)
    return Outcome(
        enrolment=mine,
        stage=stage,
        state=state_of_mine(mine, words, now=now, zone=zone),
        price=words.money(mine.fee_minor, mine.currency),
        until=until_when(limit, words, now=now, zone=zone) if limit else "",
        paid=_paid_in_words(payment, mine, words),
        received_at=known.paid_at if known is not None and payment is not None else None,
        invoice=invoice.number if invoice else "",
        invoice_to=known.billing.mail_address if known and known.billing else "",
        due_at=invoice.due_at if invoice else None,
        next=_next(mine, found(offering), words) if mine.state == "confirmed" else (),
        live=live_of([mine] if mine.state in ALIVE else [], [known] if known is not None else []),
        missing=the_missing(order, offering),
    )


def _stage(mine: Enrolment, order: Order | None) -> Stage:
    match mine.state:
        case "confirmed":
            return "enrolled"
        case "waitlisted":
            return "waiting"
        case "offered":
            return "offered"
        case "held":
            return _stage_of_paying(order)
        case _:
            return "over"


def _stage_of_paying(order: Order | None) -> Stage:
    if order is None:
        return "unpaid"
    if order.state != "open":
        return "paying"  # Payment has it; enrolment hears of it in a moment.
    if order.billing is not None:
        return "invoiced"
    if not order.payments:
        return "unpaid"
    if any(each.state in ("intended", "open", "paid") for each in order.payments):
        return "paying"
    return "failed"


def _paid(order: Order | None) -> Payment | None:
    if order is None:
        return None
    return next((each for each in order.payments if each.state == "paid"), None)


def _paid_in_words(payment: Payment | None, mine: Enrolment, words: Words) -> str:
    if payment is None:
        return ""
    amount = words.money(payment.amount_minor, mine.currency)
    return words.say(f"outcome.paid.{payment.method}", amount=amount)


def _next(mine: Enrolment, offering: Offering | None, words: Words) -> tuple[Happening, ...]:
    """From the confirmation to the document, in the order of time."""
    confirmed_at = mine.confirmed_at or mine.requested_at
    reminder_at = mine.starts_at - _REMINDER
    happenings = [
        Happening(
            title=words.say("outcome.next.mail"),
            text=words.say("outcome.next_text.mail"),
            at=confirmed_at,
            is_done=True,
        )
    ]
    if confirmed_at < reminder_at:
        happenings.append(
            Happening(
                title=words.say("outcome.next.reminder"),
                text=words.say("outcome.next_text.reminder"),
                at=reminder_at,
                has_time=False,
            )
        )
    first = offering.sessions[0] if offering and offering.sessions else None
    where = (
        ". ".join(each for each in (first.place or "", ", ".join(first.lecturers)) if each)
        if first
        else ""
    )
    happenings += [
        Happening(title=words.say("outcome.next.start"), text=where, at=mine.starts_at),
        Happening(
            title=words.say("outcome.next.end"),
            text=words.say("outcome.next_text.end"),
            at=mine.ends_at,
            has_time=False,
        ),
    ]
    if offering is not None and offering.document != "none":
        happenings.append(
            Happening(
                title=words.say(f"course.document.{offering.document}"),
                text=words.say("outcome.next_text.document"),
                at=None,
            )
        )
    return tuple(happenings)
