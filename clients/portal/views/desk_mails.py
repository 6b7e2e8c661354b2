"""Mails as the office looks at them: what was sent to somebody, what became of it and why."""

from typing import get_args
from uuid import UUID

import msgspec

from clients.portal.api.asking import Part, the_missing
from clients.portal.api.notification import Mail, MailState
from clients.portal.api.paging import Page
from clients.portal.views.desk_people import Names, name_of
from clients.portal.views.offers import State, Tone
from clients.portal.views.paging import Paging, paging_of
from clients.portal.words import Words

LISTED: tuple[MailState, ...] = ("failed", "planned")
"""What the office looks through: what did not arrive, and what is still to be sent."""
STATES: tuple[MailState, ...] = get_args(MailState)
REASONS = frozenset(
    {
        "cancelled",
        "confirmation_tells_it",
        "confirmed",
        "could_not_be_written",
        "erased",
        "evaluated_already",
        "evaluation_closed",
        "has_a_place_after_all",
        "held",
        "known_already",
        "lapsed",
        "link_expired",
        "mail_server_away",
        "offer_over",
        "offered",
        "over",
        "sender_stopped",
        "started",
        "stopped_by_the_learner",
        "told_already",
        "waitlisted",
        "waits_for_enrolment",
        "waits_for_offering",
        "waits_for_person",
        "withdrawn",
    }
)
"""Words of notification that we have a sentence for; any other is what the mail server answered."""
_SECRET = frozenset({"mail_address_verification", "password_reset"})
_TONES: dict[MailState, Tone] = {"sent": "ok", "failed": "bad", "planned": "info"}
_SETTLED = frozenset({"sent", "failed", "not_needed"})


class MailRow(msgspec.Struct, frozen=True, kw_only=True):
    """One mail in a list."""

    mail: Mail
    to: str
    state: State
    why: str


class PersonsMailsPage(msgspec.Struct, frozen=True, kw_only=True):
    """What was mailed to somebody."""

    account_id: UUID
    name: str
    rows: tuple[MailRow, ...]
    paging: Paging
    missing: tuple[Part, ...]


class MailsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Mails in a state."""

    state: MailState
    rows: tuple[MailRow, ...]
    paging: Paging
    missing: tuple[Part, ...]


class MailPage(msgspec.Struct, frozen=True, kw_only=True):
    """One mail."""

    row: MailRow
    holds_secret: bool
    """A link that works once: it is not shown to anybody, nor sent again."""
    can_be_repeated: bool
    missing: tuple[Part, ...]


def persons_mails_page(
    account_id: UUID, found_here: Page[Mail], names: Names, *, cursor: str, words: Words
) -> PersonsMailsPage:
    """Somebody's mails, the latest planned first."""
    return PersonsMailsPage(
        account_id=account_id,
        name=name_of(account_id, names, words),
        rows=tuple(_row(each, names, words) for each in found_here.items),
        paging=paging_of(found_here, cursor),
        missing=the_missing(names),
    )


def mails_page(
    state: MailState, found_here: Page[Mail], names: Names, *, cursor: str, words: Words
) -> MailsPage:
    """Mails in a state, the latest planned first."""
    return MailsPage(
        state=state,
        rows=tuple(_row(each, names, words) for each in found_here.items),
        paging=paging_of(found_here, cursor, state=state),
        missing=the_missing(names),
    )


def mail_page(mail: Mail, names: Names, *, words: Words) -> MailPage:
    """One mail, and what can be done with it."""
    holds_secret = mail.purpose in _SECRET
    return MailPage(
        row=_row(mail, names, words),
        holds_secret=holds_secret,
        can_be_repeated=mail.state in _SETTLED and not holds_secret,
        missing=the_missing(names),
    )


def _row(mail: Mail, names: Names, words: Words) -> MailRow:
    return MailRow(
        mail=mail,
        to=words.say("mails.organisation")
        if mail.account_id is None
        else name_of(mail.account_id, names, words),
        state=State(_TONES.get(mail.state, ""), words.say(f"mails.state.{mail.state}")),
        why=_why(mail.why, words),
    )


def _why(why: str | None, words: Words) -> str:
    if why is None:
        return ""
    if why in REASONS:
        return words.say(f"mails.why.{why}")
    return words.say("mails.server_says", answer=why)
