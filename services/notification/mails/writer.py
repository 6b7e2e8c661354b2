"""Writes mails: gives a template the state of things, has the sheet laid out twice, adds calendar and document."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec

from chassis.pages import Pages
from contracts.catalogue import Activity, Session
from contracts.enrolment import EnrolmentConfirmed
from contracts.fact import Language, Translated
from contracts.identity import LinkRequested
from contracts.payment import InvoiceFact
from services.notification.domain.helping import HelpRequest
from services.notification.domain.leaving import prices_of_leaving
from services.notification.domain.ledger import CAN_BE_STOPPED, Case, Enrolment
from services.notification.domain.offerings import (
    REMINDER_DAYS,
    Offering,
    are_evenings,
    is_reminded,
    moves,
    reminder_due_at,
)
from services.notification.domain.people import first_name, help_reference_of, reference_of
from services.notification.domain.unsubscribing import Wish, sign_wish
from services.notification.mails.as_html import render_html
from services.notification.mails.as_text import render_text
from services.notification.mails.invites import Invite, Meetings, make_invite
from services.notification.mails.message import Addressed, Letter, compose
from services.notification.mails.sheet import Sheet
from services.notification.mails.signing import Signer

_TEMPLATES = Path(__file__).parent / "templates"
_ENDS_A_PLACE = {"withdrawal_receipt", "offering_cancelled", "enrolment_lapsed"}
_THINGS: dict[Activity, Translated] = {
    "course": Translated(en="course", nl="cursus"),
    "lecture": Translated(en="lecture", nl="college"),
    "seminar": Translated(en="seminar", nl="werkcollege"),
    "practical": Translated(en="practical", nl="practicum"),
    "exam": Translated(en="exam", nl="tentamen"),
    "resit": Translated(en="resit", nl="herkansing"),
    "paper": Translated(en="paper", nl="paper"),
    "assignment": Translated(en="assignment", nl="opdracht"),
    "presentation": Translated(en="presentation", nl="presentatie"),
    "research_project": Translated(en="research project", nl="onderzoeksproject"),
}
_ONLINE = "Online"


class Recipient(msgspec.Struct, frozen=True):
    """Who reads a mail, where, and in which language."""

    name: str
    address: str
    language: Language


def recipient_of(case: Case) -> Recipient:
    """Who a mail goes to: whom its fact names, else the person as known now."""
    fact = case.mail.fact
    if isinstance(fact, LinkRequested):
        return Recipient(fact.name, fact.mail_address, fact.language)
    if isinstance(fact, InvoiceFact):
        return Recipient(fact.organisation, fact.billing_mail_address, fact.language)
    if case.person is None:
        raise LookupError(f"nobody is known that mail {case.mail.mail_id} goes to")
    if case.help is not None and case.mail.purpose == "help_request":
        return _whoever_answers(case.help, case.person.language)
    return Recipient(case.person.name, case.person.mail_address, case.person.language)


def _whoever_answers(asked: HelpRequest, language: Language) -> Recipient:
    """They read it in the language of whoever asks: that is what they answer in."""
    name = asked.programme_name.in_language(language) if asked.programme_name else "Course Portal"
    return Recipient(name, asked.contact, language)


class Writer:
    """Writes any mail of the ledger, in the reader's language."""

    def __init__(
        self,
        *,
        zone: ZoneInfo,
        portal_url: str,
        login_url: str,
        own_url: str,
        mail_from: str,
        reply_to: str,
        domain: str,
        token_key: bytes,
        signer: Signer | None = None,
    ) -> None:
        self._zone = zone
        self._portal = portal_url.rstrip("/")
        self._login = login_url.rstrip("/")
        self._own = own_url
        self._mail_from = mail_from
        self._reply_to = reply_to or mail_from
        self._domain = domain
        self._token_key = token_key
        self._signer = signer
        self._pages = Pages(_TEMPLATES, zone)

    def write(self, case: Case, *, now: datetime) -> Letter:
        """Write a mail as the state of things is now.

        Raises:
            LookupError: something that it speaks of is not known.
            jinja2.UndefinedError: its template asks for something that such a mail does not have.
        """
        reader = recipient_of(case)
        sheet = Sheet()
        names = self._names(case, reader, now) | sheet.words()
        beside = self._pages.render(f"{case.mail.purpose}.jinja", reader.language, **names)
        if beside.strip():
            raise ValueError(f"{case.mail.purpose}.jinja says something that no twin would show")
        invite, dropped = self._invites(case, reader, now)
        return Letter(
            subject=sheet.subject,
            text=render_text(sheet),
            html=render_html(sheet, reader.language),
            invite=invite,
            dropped=dropped,
            document=_document(case),
        )

    def compose(self, case: Case, *, now: datetime) -> bytes:
        """Write a mail, put it into its envelope and sign it: the very bytes that are sent."""
        mail, reader = case.mail, recipient_of(case)
        addressed = Addressed(
            sender=self._mail_from,
            reply_to=self._contact(case),
            name=reader.name,
            address=reader.address,
            message_id=f"<{mail.mail_id}@{self._domain}>",
            dated=now,
            language=reader.language,
            list_id=f"<{mail.purpose.replace('_', '-')}.{self._domain}>",
            unsubscribe_url=self._stop_url(case),
        )
        message = compose(self.write(case, now=now), addressed)
        return message if self._signer is None else self._signer.sign(message, at=now)

    def _names(self, case: Case, reader: Recipient, now: datetime) -> dict[str, Any]:
        """What every template knows, and what it knows about a place in an offering."""
        other = "en" if reader.language == "nl" else "nl"
        names = {
            "fact": case.mail.fact,
            "now_at": now,
            "first_name": first_name(reader.name),
            "contact": self._contact(case),
            "reference": case.help and help_reference_of(case.help.help_request_id),
            "help": case.help,
            "other_language_url": f"{self._portal}/{other}",
            "courses_url": f"{self._portal}/courses",
            "records_url": f"{self._portal}/my/records",
            "logins_url": f"{self._login}/logins",
            "forgot_url": f"{self._login}/forgot",
            "stop_url": self._stop_url(case),
            "bare": _without_scheme,
            "before": _before,
        }
        if case.offering is not None and case.enrolment is not None:
            names |= self._names_of_place(case, case.enrolment, case.offering, reader, now)
        return names

    def _contact(self, case: Case) -> str:
        """Where an answer to this mail goes. An answer to a question goes to whoever asked."""
        if case.help is not None:
            if case.mail.purpose == "help_request" and case.person is not None:
                return case.person.mail_address
            return case.help.contact
        return case.offering.contact if case.offering else self._reply_to

    def _names_of_place(
        self,
        case: Case,
        enrolment: Enrolment,
        offering: Offering,
        reader: Recipient,
        now: datetime,
    ) -> dict[str, Any]:
        fact = case.mail.fact
        course_url = f"{self._portal}/my/courses/{enrolment.enrolment_id}"
        in_days = (
            offering.starts_at.astimezone(self._zone).date() - now.astimezone(self._zone).date()
        )
        return {
            "reference": reference_of(enrolment.enrolment_id),
            "offering": offering,
            "title": offering.title.in_language(reader.language),
            "thing": _THINGS[offering.activity].in_language(reader.language),
            "practical": offering.practical and offering.practical.in_language(reader.language),
            "sessions": offering.sessions,
            "first": offering.sessions[0] if offering.sessions else None,
            "evenings": are_evenings(offering.sessions, self._zone),
            "moved": moves(case.told or (), offering.sessions),
            "was_invited": case.told is not None,
            "in_a_week": in_days == timedelta(days=REMINDER_DAYS),
            "reminder_at": self._reminder_at(case, enrolment, offering),
            "leaving": prices_of_leaving(
                fact.leaving_costs, starts_at=offering.starts_at, zone=self._zone, now=now
            )
            if isinstance(fact, EnrolmentConfirmed)
            else (),
            "course_url": course_url,
            "evaluation_url": f"{course_url}/evaluation",
            "desk_url": f"{self._portal}/desk/offerings/{offering.offering_id}",
            "offering_url": f"{self._portal}/courses/{offering.offering_id}",
            "place_of": _place_of,
        }

    def _reminder_at(self, case: Case, enrolment: Enrolment, offering: Offering) -> datetime | None:
        """When a reminder comes; None if this mail has to tell everything."""
        if enrolment.confirmed_at is None or "reminder" in case.stopped:
            return None
        if not is_reminded(offering, enrolment.confirmed_at, self._zone):
            return None
        return reminder_due_at(offering.starts_at, self._zone)

    def _stop_url(self, case: Case) -> str | None:
        mail = case.mail
        if mail.purpose not in CAN_BE_STOPPED or mail.account_id is None:
            return None
        token = sign_wish(Wish(mail.account_id, mail.purpose), self._token_key)
        return f"{self._own}/v1/unsubscribe/{quote(token)}"

    def _invites(
        self, case: Case, reader: Recipient, now: datetime
    ) -> tuple[Invite | None, Invite | None]:
        """What changes in the learner's calendar: entries to have, and entries to lose beside them."""
        offering, enrolment = case.offering, case.enrolment
        if offering is None or enrolment is None:
            return None, None
        meetings = Meetings(
            enrolment_id=enrolment.enrolment_id,
            domain=self._domain,
            sequence=offering.version,
            title=offering.title.in_language(reader.language),
            notes=offering.practical.in_language(reader.language) if offering.practical else "",
            url=f"{self._portal}/my/courses/{enrolment.enrolment_id}",
            organiser=offering.organiser.in_language(reader.language),
            organiser_address=offering.contact,
            learner=reader.name,
            learner_address=reader.address,
        )
        # What is in a calendar leaves it only for a higher sequence than it came with.
        leaving = msgspec.structs.replace(meetings, sequence=offering.version + 1)
        if case.mail.purpose in _ENDS_A_PLACE:
            return self._invite("CANCEL", leaving, case.told or (), now), None
        if case.mail.purpose not in {"confirmation", "rescheduled"}:
            return None, None
        gone = [move.was for move in moves(case.told or (), offering.sessions) if not move.now]
        dropped = [session for session in gone if session is not None]
        return (
            self._invite("REQUEST", meetings, offering.sessions, now),
            self._invite("CANCEL", leaving, dropped, now),
        )

    def _invite(
        self, method: Any, meetings: Meetings, sessions: Any, now: datetime
    ) -> Invite | None:
        return make_invite(method, meetings, sessions, zone=self._zone, now=now)


def _document(case: Case) -> tuple[str, bytes] | None:
    fact = case.mail.fact
    if not isinstance(fact, InvoiceFact) or case.attachment is None:
        return None
    return f"{fact.number}.pdf", case.attachment


def _place_of(session: Session) -> str:
    return session.place or _ONLINE


def _before(at: datetime) -> datetime:
    """The last moment before a limit: what ends at midnight holds until and including the day before."""
    return at - timedelta(microseconds=1)


def _without_scheme(url: str) -> str:
    return url.removeprefix("https://").removeprefix("http://")
