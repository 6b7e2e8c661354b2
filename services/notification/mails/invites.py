"""Calendar invites: what puts a course into somebody's calendar, moves it there, and takes it out.

Sources: RFC 5545 (iCalendar), RFC 5546 (iTIP), RFC 6047 (iMIP). A meeting keeps its UID for good;
a higher SEQUENCE replaces what a calendar has, and a CANCEL needs a higher one too.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import icalendar
import msgspec

from contracts.catalogue import Session

Method = Literal["REQUEST", "CANCEL"]

# icalendar can write a VTIMEZONE itself, but with one RDATE of many values, of which ical.js
# (Thunderbird, Nextcloud) reads the first only: summer meetings an hour off. Rules are read by all.
_AMSTERDAM = b"""BEGIN:VTIMEZONE
TZID:Europe/Amsterdam
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
"""
_VTIMEZONES = {"Europe/Amsterdam": icalendar.Timezone.from_ical(_AMSTERDAM).to_ical()}
"""As they stand in every calendar object: to write one anew takes a third of the time of an invite."""
_BEGIN, _END = b"BEGIN:VEVENT\r\n", b"END:VEVENT\r\n"
_FOOT = b"END:VCALENDAR\r\n"


class Invite(msgspec.Struct, frozen=True):
    """A calendar object and the method that its MIME type must repeat (RFC 6047, 2.4)."""

    method: Method
    content: bytes


class Meetings(msgspec.Struct, frozen=True, kw_only=True):
    """What the entries in a learner's calendar have in common."""

    enrolment_id: UUID
    domain: str
    """Of our own: makes the UIDs ours alone."""
    sequence: int
    title: str
    notes: str
    url: str
    """Where the learner manages the course."""
    organiser: str
    organiser_address: str
    learner: str
    learner_address: str


def make_invite(
    method: Method,
    meetings: Meetings,
    sessions: Sequence[Session],
    *,
    zone: ZoneInfo,
    now: datetime,
) -> Invite | None:
    """An entry per session to put into a calendar, or to take out; None without sessions."""
    if not sessions:
        return None
    theirs = _lines(dtstamp=now, attendee=_attendee(meetings))
    if method == "REQUEST":
        theirs += _lines(url=meetings.url)
    entries = b"".join(
        _BEGIN
        + _of_everybody(method, *_shared(meetings), session, zone)
        + _of_one(method, meetings, session)
        + theirs
        + _END
        for session in sessions
    )
    return Invite(method, _head(method) + _VTIMEZONES.get(zone.key, b"") + entries + _FOOT)


@cache
def _head(method: Method) -> bytes:
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Course Portal//Notification//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    return bytes(calendar.to_ical()).removesuffix(_FOOT)


def _shared(meetings: Meetings) -> tuple[int, str, str, str]:
    return meetings.sequence, meetings.title, meetings.organiser, meetings.organiser_address


@lru_cache(1_000)
def _of_everybody(
    method: Method,
    sequence: int,
    title: str,
    organiser: str,
    organiser_address: str,
    session: Session,
    zone: ZoneInfo,
) -> bytes:
    """What all who take part have in their entries: written once, since mails about a course come in thousands."""
    place = session.place or session.online_url
    return _lines(
        sequence=sequence,
        dtstart=_local(session.starts_at, zone),
        dtend=_local(session.ends_at, zone),
        summary=title,
        status="CONFIRMED" if method == "REQUEST" else "CANCELLED",
        organizer=_address(organiser_address, CN=organiser),
        **({"location": place} if place else {}),
    )


def _of_one(method: Method, meetings: Meetings, session: Session) -> bytes:
    uid = f"{session.session_id}.{meetings.enrolment_id}@{meetings.domain}"
    if method == "CANCEL":
        return _lines(uid=uid)
    lines = [", ".join(session.lecturers), session.online_url or "", meetings.notes, meetings.url]
    return _lines(uid=uid, description="\n".join(line for line in lines if line))


def _lines(**properties: object) -> bytes:
    """Properties of an entry, encoded and folded."""
    entry = icalendar.Event()
    for name, value in properties.items():
        entry.add(name, value)
    return bytes(entry.to_ical()).removeprefix(_BEGIN).removesuffix(_END)


def _attendee(meetings: Meetings) -> icalendar.vCalAddress:
    """The learner, who has said yes by enrolling: nobody waits for an answer from a calendar."""
    return _address(
        meetings.learner_address,
        CN=meetings.learner,
        ROLE="REQ-PARTICIPANT",
        PARTSTAT="ACCEPTED",
        RSVP="FALSE",
    )


def _address(address: str, **parameters: str) -> icalendar.vCalAddress:
    found = icalendar.vCalAddress(f"mailto:{address}")
    for name, value in parameters.items():
        found.params[name] = icalendar.vText(value.replace('"', "'"))
    return found


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    """By the institution's clock where its rules stand in the calendar, else in UTC."""
    return at.astimezone(zone) if zone.key in _VTIMEZONES else at
