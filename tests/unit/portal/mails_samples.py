"""What the office's pages about mails are rendered with in tests."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from clients.portal.api.asking import Missing
from clients.portal.api.notification import Mail
from clients.portal.api.paging import Page
from clients.portal.forms import empty_form
from clients.portal.views.desk_mails import (
    REASONS,
    STATES,
    mail_page,
    mails_page,
    persons_mails_page,
)
from contracts.fact import Language
from tests.unit.portal import samples
from tests.unit.portal.desk_samples import BRAM_ID, MARIT, NAMES
from tests.unit.portal.samples import NOW, words

MAIL_ID = UUID("0199a000-0000-7000-8000-00000000f001")
PURPOSES = (
    "mail_address_verification", "password_reset", "security_notice", "enrolled_on_behalf",
    "enrolled_for_somebody", "confirmation", "reminder", "rescheduled",
    "offering_cancelled", "place_offered", "enrolment_lapsed", "withdrawal_receipt",
    "withdrawal_decision", "refund", "invoice", "credit_note", "evaluation_invitation",
    "document_ready", "help_request", "help_receipt",
)  # fmt: skip
MAIL = Mail(
    mail_id=MAIL_ID,
    account_id=BRAM_ID,
    purpose="confirmation",
    revision=1,
    state="sent",
    planned_at=NOW,
    due_at=NOW,
    sent_at=NOW,
    settled_at=NOW + timedelta(minutes=1),
    why=None,
    attempts=1,
)
PLANNED = msgspec.structs.replace(
    MAIL, purpose="reminder", state="planned", sent_at=None, settled_at=None, attempts=0
)
FAILED = msgspec.structs.replace(MAIL, state="failed", sent_at=None, why="550 5.1.1", attempts=13)
TO_ORGANISATION = msgspec.structs.replace(FAILED, account_id=None, purpose="invoice", revision=2)
SECRET = msgspec.structs.replace(MAIL, purpose="password_reset")
MORE = "https://notification.example/v1/mails?cursor=a%2Bb"


def mail(language: Language, it: Mail = MAIL, names: Any = NAMES) -> Any:
    return mail_page(it, names, words=words(language))


def pages(language: Language) -> dict[str, list[dict[str, Any]]]:
    """Every template about mails."""
    form, stale = empty_form(words(language)), empty_form(words(language))
    stale.take(samples.refusal(409), {})
    every = Page(
        (
            *(msgspec.structs.replace(MAIL, purpose=each) for each in PURPOSES),
            *(msgspec.structs.replace(MAIL, state=each) for each in STATES),
            *(msgspec.structs.replace(PLANNED, why=each) for each in sorted(REASONS)),
        ),
        MORE,
    )
    away = Missing("identity")

    def of_bram(page: Page[Mail], names: Any = NAMES, cursor: str = "") -> Any:
        return persons_mails_page(BRAM_ID, page, names, cursor=cursor, words=words(language))

    def listed(state: Any, page: Page[Mail], names: Any = NAMES, cursor: str = "") -> Any:
        return mails_page(state, page, names, cursor=cursor, words=words(language))

    def at_desk(**names: Any) -> dict[str, Any]:
        return {"person": MARIT, **names}

    return {
        "desk_person_mails.html": [
            at_desk(page=of_bram(every)),
            at_desk(page=of_bram(Page((TO_ORGANISATION,)), away, "x")),
            at_desk(page=of_bram(Page(()))),
        ],
        "desk_mails.html": [
            at_desk(page=listed("failed", Page((FAILED, TO_ORGANISATION), MORE))),
            at_desk(page=listed("planned", Page((PLANNED,)), away, "x")),
            at_desk(page=listed("failed", Page(()))),
            at_desk(page=listed("planned", Page(()))),
        ],
        "desk_mail.html": [
            at_desk(page=mail(language), form=form, again=False),
            at_desk(page=mail(language, PLANNED), form=form, again=True),
            at_desk(page=mail(language, TO_ORGANISATION, away), form=stale, again=True),
            at_desk(page=mail(language, SECRET), form=form, again=False),
            at_desk(
                page=mail(language, msgspec.structs.replace(MAIL, state="not_needed", why="over")),
                form=form,
                again=False,
            ),
        ],
    }
