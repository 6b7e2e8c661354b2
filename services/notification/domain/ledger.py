"""The mail ledger: what is planned, whether it is (still) due, and what became of it.

Nothing about a mail is decided before the moment of sending: it is planned at once and looked at
when it is due, and whenever something that it depends on changes. Looking decides from the state
of things whether it goes out, waits, or is not needed. So no order of facts has to be assumed,
moving an offering moves its reminders, and who has left gets none (invariants 5 and 6).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, Literal, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from contracts.catalogue import Session
from contracts.enrolment import EnrolmentLapsed, PlaceOffered
from contracts.fact import Fact
from contracts.identity import LinkRequested, WayInChanged
from contracts.notification import MailFailed, MailSent, Purpose
from contracts.records import EvaluationOpened
from services.notification.domain.helping import HelpRequest
from services.notification.domain.offerings import Offering, is_reminded, moves, reminder_due_at
from services.notification.domain.people import Person

State = Literal["planned", "sending", "sent", "failed", "not_needed"]
EnrolmentState = Literal[
    "waitlisted", "offered", "held", "confirmed", "lapsed", "withdrawn", "cancelled"
]

CAN_WAIT: frozenset[Purpose] = frozenset({"reminder", "evaluation_invitation", "document_ready"})
"""Mails that come by the thousand; nobody waits for a password behind them."""
CAN_BE_STOPPED: frozenset[Purpose] = frozenset({"reminder", "evaluation_invitation"})
"""Mails that one can do without. The others are what one must be able to rely on."""
HOLDS_A_SECRET: frozenset[Purpose] = frozenset({"mail_address_verification", "password_reset"})
"""Mails with a link that works once: not shown to anybody, not sent again."""

ABOUT_HELP: frozenset[Purpose] = frozenset({"help_request", "help_receipt"})
"""Mails about a question: one to whoever answers it, one to whoever asked."""

ERASED = "erased"
"""Why somebody who was forgotten gets no mail any more."""

_ABOUT_WHAT_COMES: frozenset[Purpose] = frozenset({"confirmation", "reminder", "rescheduled"})
_FOR_PARTICIPANTS: frozenset[Purpose] = _ABOUT_WHAT_COMES | {"evaluation_invitation"}

LEASE = timedelta(minutes=3)
"""How long a process has to send what it claimed and to record it; then the mail is sent again."""
LOOK_AGAIN = timedelta(hours=1)
"""The net below the wake-up of a mail that waits for something to become known."""
AWAY_PAUSE = timedelta(seconds=5)
"""How long a mail rests that was not sent because the mail server went away. Not an attempt."""
RETRY_DELAYS = tuple(
    timedelta(minutes=minutes)
    for minutes in (1, 5, 15, 30, 60, 120, 240, 480, 720, 1440, 1440, 1440)
)
"""Pauses after temporary refusals; about five days in all (RFC 5321, 4.5.4.1)."""


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the ledger: one mail to one recipient."""

    mail_id: UUID
    account_id: UUID | None
    """Whose mail it is; None for an organisation's. A question is the asker's, wherever it goes."""
    address: str | None
    """Where it goes; None means to the person's own address, as it is when the mail is sent."""
    purpose: Purpose
    regarding: UUID
    revision: int | None
    """None in a mail that is yet to be written down: the next one."""
    enrolment_id: UUID | None
    fact: Fact | None
    """What it tells of. None where the state of things says it all, or once a secret was sent."""
    again: bool = False
    """The office asked for it once more: that its reader may know it all already is no reason against it."""
    planned_at: datetime
    state: State
    due_at: datetime
    lease_until: datetime | None = None
    attempts: int = 0
    uncertain: int = 0
    """How often it may have been accepted right before our crash, and went out again with the same Message-ID."""
    tells_version: int | None = None
    """The version of the offering's schedule that its calendar invite carries."""
    why: str | None = None
    """Why it waits, failed, or is not needed."""
    settled_at: datetime | None = None


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """Notification's own copy of what enrolment tells."""

    enrolment_id: UUID
    version: int
    learner_id: UUID
    offering_id: UUID
    state: EnrolmentState
    confirmed_at: datetime | None = None


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A mail with everything that decides about it and stands in it, as it is now."""

    mail: Mail
    person: Person | None = None
    enrolment: Enrolment | None = None
    offering: Offering | None = None
    told: tuple[Session, ...] | None = None
    """The schedule in this learner's calendar, from our last invite; None if there was none."""
    stopped: frozenset[str] = frozenset()
    """Purposes that the person wants no more mails of."""
    answered: bool = False
    """The evaluation that this mail asks for has been submitted."""
    attachment: bytes | None = None
    help: HelpRequest | None = None
    """What was asked, where it is about a question."""
    is_forgotten: bool = False
    """Whoever it goes to, or whose enrolment it is about, has been erased."""


class Send(msgspec.Struct, frozen=True):
    """It goes out now."""


class Later(msgspec.Struct, frozen=True):
    """It is looked at again at this instant, or earlier if something changes."""

    due_at: datetime
    why: str | None = None


class Never(msgspec.Struct, frozen=True):
    """It is not needed (any more)."""

    why: str


Verdict: TypeAlias = Send | Later | Never


def look_at(case: Case, *, zone: ZoneInfo, now: datetime) -> Verdict:
    """Decide what happens with a mail that is due, from the state of things at this moment."""
    mail, enrolment, offering = case.mail, case.enrolment, case.offering
    is_about_somebody = isinstance(mail.fact, LinkRequested | WayInChanged)
    if case.is_forgotten or is_about_somebody or mail.purpose in ABOUT_HELP:
        return _look_at_reader(case, now)
    if enrolment is None or offering is None or (mail.address is None and case.person is None):
        return Later(now + LOOK_AGAIN, _what_is_missing(case))
    reasons = chain(
        _reasons_of_place(case, enrolment, offering),
        _reasons_of_schedule(case, enrolment, offering, zone=zone, now=now),
        _reasons_of_offer(case, enrolment, now=now),
    )
    if (why := next(reasons, None)) is not None:
        return Never(why)
    if mail.purpose == "offering_cancelled" and offering.cancelled is None:
        # Enrolment has told who is affected; why the organiser cancelled is still on its way.
        return Later(now + LOOK_AGAIN, "waits_for_offering")
    if mail.purpose == "reminder" and now < (due_at := reminder_due_at(offering.starts_at, zone)):
        return Later(due_at)
    return Send()


def _look_at_reader(case: Case, now: datetime) -> Verdict:
    if case.is_forgotten:
        return Never(ERASED)
    fact = case.mail.fact
    needs_person = isinstance(fact, WayInChanged) or case.mail.purpose in ABOUT_HELP
    if needs_person and case.person is None:
        return Later(now + LOOK_AGAIN, "waits_for_person")
    is_over = isinstance(fact, LinkRequested) and now >= fact.expires_at
    return Never("link_expired") if is_over else Send()


def _what_is_missing(case: Case) -> str:
    if case.enrolment is None:
        return "waits_for_enrolment"
    return "waits_for_offering" if case.offering is None else "waits_for_person"


# Why a mail is not needed (any more), the first that holds. What has happened to somebody is always told.


def _reasons_of_place(case: Case, enrolment: Enrolment, offering: Offering) -> Iterator[str]:
    purpose = case.mail.purpose
    if purpose in case.stopped:
        yield "stopped_by_the_learner"
    if purpose in _FOR_PARTICIPANTS and enrolment.state != "confirmed":
        yield enrolment.state
    if purpose in _ABOUT_WHAT_COMES and offering.cancelled is not None:
        yield "cancelled"


def _reasons_of_schedule(
    case: Case, enrolment: Enrolment, offering: Offering, *, zone: ZoneInfo, now: datetime
) -> Iterator[str]:
    if case.mail.purpose == "reminder":
        known_at = enrolment.confirmed_at or case.mail.planned_at
        if not is_reminded(offering, known_at, zone) and not case.mail.again:
            yield "told_already"
        if now >= offering.starts_at:
            yield "started"
    if case.mail.purpose == "rescheduled":
        if now >= offering.ends_at:
            yield "over"
        if case.told is None:
            yield "confirmation_tells_it"
        elif not moves(case.told, offering.sessions):
            yield "known_already"


def _reasons_of_offer(case: Case, enrolment: Enrolment, *, now: datetime) -> Iterator[str]:
    fact = case.mail.fact
    if isinstance(fact, PlaceOffered) and not (
        enrolment.state == "offered" and now < fact.offered_until
    ):
        yield "offer_over"
    if isinstance(fact, EnrolmentLapsed) and enrolment.state != "lapsed":
        yield "has_a_place_after_all"
    if isinstance(fact, EvaluationOpened):
        if case.answered:
            yield "evaluated_already"
        if now >= fact.open_until:
            yield "evaluation_closed"


def apply(verdict: Verdict, case: Case, *, now: datetime) -> Mail:
    """Write a decision into the ledger's row."""
    mail = case.mail
    match verdict:
        case Later(due_at=due_at, why=why):
            return replace(mail, due_at=due_at, why=why)
        case Never(why=why):
            settled = replace(mail, state="not_needed", why=why, settled_at=now)
            return replace(settled, fact=None) if why == ERASED else _without_link(settled)
        case Send():
            invites = mail.purpose in {"confirmation", "rescheduled"}
            version = case.offering.version if invites and case.offering is not None else None
            return replace(
                mail, state="sending", why=None, lease_until=now + LEASE, tells_version=version
            )


class Accepted(msgspec.Struct, frozen=True):
    """The mail server took over responsibility."""


class Refused(msgspec.Struct, frozen=True):
    """The mail server said no to this mail."""

    code: int
    """SMTP reply code (RFC 5321); 4xx is worth another attempt."""
    detail: str = ""
    """Enhanced status code (RFC 3463), such as 5.1.1. Never the server's text: it can hold the address."""


class Lost(msgspec.Struct, frozen=True):
    """The mail server went away."""

    may_be_accepted: bool
    """After the whole mail had been handed over, before the answer."""


class Unwritable(msgspec.Struct, frozen=True):
    """We could not make the mail: a mistake of ours, which a new version corrects."""


class NotBegun(msgspec.Struct, frozen=True):
    """It was claimed and its turn did not come in time: it is looked at again before it goes out."""


Outcome: TypeAlias = Accepted | Refused | Lost | Unwritable | NotBegun


def settle(mail: Mail, outcome: Outcome, *, now: datetime) -> tuple[Mail, Fact | None]:
    """Write down what became of a mail that was claimed, and tell it where it is final."""
    mail = replace(mail, lease_until=None)
    if isinstance(outcome, Accepted):
        sent = replace(mail, state="sent", attempts=mail.attempts + 1, settled_at=now, why=None)
        sent = _without_link(sent)
        return sent, MailSent(**_about(sent), sent_at=now)
    if isinstance(outcome, Lost | NotBegun):
        uncertain = isinstance(outcome, Lost) and outcome.may_be_accepted
        return replace(
            mail,
            state="planned",
            due_at=now if isinstance(outcome, NotBegun) else now + AWAY_PAUSE,
            why="mail_server_away" if isinstance(outcome, Lost) else None,
            uncertain=mail.uncertain + uncertain,
            tells_version=mail.tells_version if uncertain else None,
        ), None
    return _settle_refused(mail, outcome, now=now)


def _settle_refused(
    mail: Mail, outcome: Refused | Unwritable, *, now: datetime
) -> tuple[Mail, Fact | None]:
    permanent = isinstance(outcome, Refused) and outcome.code >= 500  # noqa: PLR2004 - RFC 5321, 4.2.1.
    why = (
        f"{outcome.code} {outcome.detail}".strip()
        if isinstance(outcome, Refused)
        else "could_not_be_written"
    )
    attempts = mail.attempts + 1
    if permanent or attempts > len(RETRY_DELAYS):
        failed = replace(mail, state="failed", attempts=attempts, why=why, settled_at=now)
        failed = _without_link(failed)
        return failed, MailFailed(**_about(failed), why=why, attempts=attempts)
    return replace(
        mail,
        state="planned",
        due_at=now + RETRY_DELAYS[attempts - 1],
        attempts=attempts,
        why=why,
        tells_version=None,
    ), None


def _without_link(mail: Mail) -> Mail:
    """A link is a secret between identity and its recipient: forget it, and with it the row loses its address.

    That address may have been nobody's, and nobody could ask for it to be forgotten.
    """
    return replace(mail, fact=None) if isinstance(mail.fact, LinkRequested) else mail


def _about(mail: Mail) -> dict[str, Any]:
    """The fields that all facts about a mail carry."""
    return {
        "mail_id": mail.mail_id,
        "purpose": mail.purpose,
        "regarding": mail.regarding,
        "revision": mail.revision,
    }
