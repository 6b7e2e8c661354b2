"""What goes into somebody's calendar, and comes out of it again."""

from datetime import UTC, datetime, timedelta
from email.parser import BytesParser
from email.policy import default as modern
from typing import Any
from zoneinfo import ZoneInfo

import icalendar

from contracts.notification import Purpose
from services.notification.domain.ledger import Case
from services.notification.mails.invites import Invite, Meetings, make_invite
from tests.support.examples import STARTS_AT
from tests.unit.notification.samples import (
    AMSTERDAM,
    ENROLMENT,
    NAME,
    NOW,
    case_for,
    person,
    sessions,
    writer,
)

MEETINGS = Meetings(
    enrolment_id=ENROLMENT,
    domain="portal.example",
    sequence=3,
    title="Academic writing; in English, C1",
    notes="Bring a laptop.\nAnd two pages.",
    url="https://portal.example/my/courses/1",
    organiser="Language Centre",
    organiser_address="courses@portal.example",
    learner=NAME,
    learner_address="lucja@example.org",
)


def entries(invite: Invite | None) -> list[Any]:
    """The entries of a calendar object, read by icalendar, whose types know too many cases."""
    assert invite is not None
    return list(icalendar.Calendar.from_ical(invite.content).events)


def invite_of(case: Case) -> Invite | None:
    return writer().write(case, now=NOW).invite


def test_an_entry_per_session_with_place_and_people() -> None:
    first, *others = entries(invite_of(case_for("confirmation")))

    assert len(others) == 7
    assert first["UID"] == f"{sessions()[0].session_id}.{ENROLMENT}@portal.example"
    assert first.start == STARTS_AT
    assert first.end - first.start == timedelta(hours=2)
    assert first["LOCATION"] == "Language Centre, room 0.12"
    assert others[3]["LOCATION"] == "https://learn.example/LC-EN-AW-C1"
    assert first["ORGANIZER"] == "mailto:courses@portal.example"
    assert first["ATTENDEE"] == "mailto:lucja@example.org"
    assert first["ATTENDEE"].params["CN"] == NAME
    assert (first["SEQUENCE"], first["STATUS"]) == (1, "CONFIRMED")


def test_times_stand_by_the_wall_clock_with_a_zone_that_every_program_can_read() -> None:
    invite = make_invite("REQUEST", MEETINGS, sessions(1), zone=AMSTERDAM, now=NOW)

    assert invite is not None
    assert b"DTSTART;TZID=Europe/Amsterdam:20270413T183000\r\n" in invite.content
    assert invite.content.count(b"BEGIN:VTIMEZONE") == 1
    assert b"RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\n" in invite.content
    assert b"RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\n" in invite.content
    assert b"RDATE" not in invite.content


def test_another_institutions_zone_is_written_in_utc() -> None:
    invite = make_invite(
        "REQUEST", MEETINGS, sessions(1), zone=ZoneInfo("Atlantic/Azores"), now=NOW
    )

    assert invite is not None
    assert b"DTSTART:20270413T163000Z\r\n" in invite.content
    assert b"VTIMEZONE" not in invite.content


def test_special_characters_stay_what_they_are() -> None:
    (entry,) = entries(make_invite("REQUEST", MEETINGS, sessions(1), zone=AMSTERDAM, now=NOW))

    assert entry["SUMMARY"] == "Academic writing; in English, C1"
    assert "Bring a laptop.\nAnd two pages." in entry["DESCRIPTION"]


def test_a_move_updates_what_the_calendar_has_and_takes_out_what_was_dropped() -> None:
    before = entries(invite_of(case_for("confirmation")))
    letter = writer().write(case_for("rescheduled"), now=NOW)
    after, dropped = entries(letter.invite), entries(letter.dropped)

    assert letter.invite is not None
    assert letter.invite.method == "REQUEST"
    assert [each["UID"] for each in after] == [
        each["UID"] for number, each in enumerate(before) if number != 2
    ]
    assert {each["SEQUENCE"] for each in after} == {2}
    assert after[1].start == before[1].start + timedelta(days=1)
    assert [each["UID"] for each in dropped] == [before[2]["UID"]]
    assert dropped[0]["STATUS"] == "CANCELLED"
    assert dropped[0]["SEQUENCE"] > before[2]["SEQUENCE"]


def test_who_leaves_loses_every_entry_that_was_sent() -> None:
    invited = entries(invite_of(case_for("confirmation")))
    ending: tuple[Purpose, ...] = ("withdrawal_receipt", "offering_cancelled", "enrolment_lapsed")
    for purpose in ending:
        invite = invite_of(case_for(purpose))
        gone = entries(invite)

        assert invite is not None
        assert invite.method == "CANCEL"
        assert b"METHOD:CANCEL" in invite.content
        assert [each["UID"] for each in gone] == [each["UID"] for each in invited]
        assert all(each["SEQUENCE"] > 1 and each["STATUS"] == "CANCELLED" for each in gone)


def test_who_was_never_invited_loses_nothing() -> None:
    assert invite_of(case_for("withdrawal_receipt", told=None)) is None


def test_other_mails_leave_the_calendar_alone() -> None:
    others: tuple[Purpose, ...] = ("reminder", "refund", "invoice", "withdrawal_decision")
    for purpose in others:
        assert invite_of(case_for(purpose)) is None


def test_the_method_stands_in_the_mail_as_in_the_calendar() -> None:
    methods: dict[Purpose, str] = {"confirmation": "REQUEST", "withdrawal_receipt": "CANCEL"}
    for purpose, method in methods.items():
        case = case_for(purpose)
        message = BytesParser(policy=modern).parsebytes(writer().compose(case, now=NOW))
        parts = [part for part in message.walk() if part.get_content_type() == "text/calendar"]

        assert len(parts) == 2
        for part in parts:
            assert part["Content-Type"].params["method"] == method
            assert f"METHOD:{method}" in part.get_content()
            assert part.get_content().count("BEGIN:VEVENT") == 8


def test_a_name_with_quotes_stays_one_parameter() -> None:
    case = case_for("confirmation", person=person(name='Jan "Jay"; X'))

    assert entries(invite_of(case))[0]["ATTENDEE"].params["CN"] == "Jan 'Jay'; X"


def test_an_entry_is_stamped_with_the_clocks_time() -> None:
    (entry,) = entries(make_invite("REQUEST", MEETINGS, sessions(1), zone=AMSTERDAM, now=NOW))

    assert entry["DTSTAMP"].dt == datetime(2027, 3, 10, 13, 31, tzinfo=UTC)
