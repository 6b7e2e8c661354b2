"""Calendar invites: what puts a course into somebody's calendar, moves it there, and takes it out.

Sources: RFC 5545 (iCalendar), RFC 5546 (iTIP), RFC 6047 (iMIP). A meeting keeps its UID for good;
a higher SEQUENCE replaces what a calendar has, and a CANCEL needs a higher one too.
"""

from collections.abc import Sequence
from datetime import datetime
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
_ENTRY = b"BEGIN:VEVENT\r\n"


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
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Course Portal//Notification//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    for session in sessions:
        calendar.add_component(_entry(method, meetings, session, zone, now))
    head, entry, entries = calendar.to_ical().partition(_ENTRY)
    return Invite(method, head + _VTIMEZONES.get(zone.key, b"") + entry + entries)


def _entry(
    method: Method, meetings: Meetings, session: Session, zone: ZoneInfo, now: datetime
) -> icalendar.Event:
    entry = icalendar.Event()
    entry.add("uid", f"{session.session_id}.{meetings.enrolment_id}@{meetings.domain}")
    entry.add("sequence", meetings.sequence)
    entry.add("dtstamp", now)
    entry.add("dtstart", _local(session.starts_at, zone))
    entry.add("dtend", _local(session.ends_at, zone))
    entry.add("summary", meetings.title)
    entry.add("status", "CONFIRMED" if method == "REQUEST" else "CANCELLED")
    entry.add("organizer", _address(meetings.organiser_address, CN=meetings.organiser))
    entry.add("attendee", _attendee(meetings))
    if place := session.place or session.online_url:
        entry.add("location", place)
    if method == "REQUEST":
        lines = [", ".join(session.lecturers), session.online_url or "", meetings.notes]
        entry.add("description", "\n".join(line for line in (*lines, meetings.url) if line))
        entry.add("url", meetings.url)
    return entry


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
