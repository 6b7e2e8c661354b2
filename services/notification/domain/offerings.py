"""Offerings as mails speak of them: when, where, with whom, what moved, and when to remind."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from contracts.catalogue import Activity, Document, OfferingCancelled, OfferingState, Session
from contracts.fact import Translated

REMINDER_DAYS = 7
"""PRODUCT.md A19: one week before the start."""

_EVENING = time(17)


class Offering(msgspec.Struct, frozen=True, kw_only=True):
    """Notification's own copy of what the catalogue tells."""

    offering_id: UUID
    version: int
    class_number: str
    title: Translated
    activity: Activity
    practical: Translated | None
    organiser: Translated
    contact: str
    sessions: tuple[Session, ...]
    starts_at: datetime
    ends_at: datetime
    document: Document
    moved_at: datetime | None = None
    """When we heard that the start is another one; None while it is the first that we knew."""
    cancelled: OfferingCancelled | None = None


def copy_offering(known: Offering | None, told: OfferingState, *, now: datetime) -> Offering | None:
    """Take over what the catalogue tells; None where it is not newer than what is known."""
    if known is not None and told.version <= known.version:
        return None
    moved_at = known.moved_at if known else None
    if known is not None and known.starts_at != told.starts_at:
        moved_at = now
    return Offering(
        offering_id=told.offering_id,
        version=told.version,
        class_number=told.class_number,
        title=told.title,
        activity=told.activity,
        practical=told.practical,
        organiser=told.organiser,
        contact=told.contact,
        sessions=told.sessions,
        starts_at=told.starts_at,
        ends_at=told.ends_at,
        document=told.document,
        moved_at=moved_at,
        cancelled=known.cancelled if known else None,
    )


def reminder_due_at(starts_at: datetime, zone: ZoneInfo) -> datetime:
    """One week before the start by the institution's clock on the wall, as an instant.

    Seven days by the calendar: across a change of daylight-saving time that is not 168 hours.
    """
    start = starts_at.astimezone(zone)
    day = start.date() - timedelta(days=REMINDER_DAYS)
    return datetime.combine(day, start.time(), zone).astimezone(UTC)


def is_reminded(offering: Offering, confirmed_at: datetime, zone: ZoneInfo) -> bool:
    """Whether a reminder comes for somebody, or the other mails have told everything by then.

    Who enrols when the reminder would be due or later reads it all in the confirmation (A20); when
    the start moves that near, in the mail about the move. Moving an offering sends no reminder.
    """
    told_at = max(confirmed_at, offering.moved_at or confirmed_at)
    return told_at < reminder_due_at(offering.starts_at, zone)


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one meeting: another time or place, dropped (`now` None), or new (`was` None)."""

    was: Session | None
    now: Session | None


def moves(before: Sequence[Session], after: Sequence[Session]) -> tuple[Move, ...]:
    """What is different for somebody who goes there, in order of time. Who teaches is not."""
    was = {each.session_id: each for each in before}
    now = {each.session_id: each for each in after}
    found = [
        Move(was=was.get(each), now=now.get(each))
        for each in was.keys() | now.keys()
        if _where_and_when(was.get(each)) != _where_and_when(now.get(each))
    ]
    return tuple(sorted(found, key=_time_of))


def _where_and_when(session: Session | None) -> Session | None:
    return session and replace(session, lecturers=())


def _time_of(move: Move) -> tuple[datetime, UUID]:
    session = move.was or move.now
    if session is None:
        raise ValueError("a move of nothing")
    return session.starts_at, session.session_id


def are_evenings(sessions: Sequence[Session], zone: ZoneInfo) -> bool:
    """Whether these meetings are what people call evenings."""
    return bool(sessions) and all(
        each.starts_at.astimezone(zone).time() >= _EVENING for each in sessions
    )
