"""What the office's pages about mails decide."""

import inspect
import re
from typing import get_args

import msgspec
import pytest

from clients.portal.api.asking import Missing
from clients.portal.api.notification import MailState
from clients.portal.views.desk_mails import REASONS
from clients.portal.words import messages
from contracts.notification import Purpose
from services.notification.domain import ledger
from tests.unit.portal import desk_samples, samples
from tests.unit.portal import mails_samples as mails


def test_every_purpose_and_every_state_has_a_name() -> None:
    assert {f"mails.purpose.{each}" for each in get_args(Purpose)} <= messages("en").keys()
    assert set(mails.PURPOSES) == set(get_args(Purpose))
    assert get_args(MailState) == get_args(ledger.State)


def test_every_reason_that_notification_gives_is_said_in_words() -> None:
    source = inspect.getsource(ledger)
    told = {
        *get_args(ledger.EnrolmentState),
        *re.findall(r'yield "(\w+)"', source),
        *re.findall(r'Never\("(\w+)"\)', source),
        *re.findall(r'"(waits_\w+|mail_server_\w+|could_not_\w+|link_expired)"', source),
        ledger.ERASED,
    }

    assert {"told_already", "waits_for_person", "link_expired", "mail_server_away"} <= told
    assert told <= REASONS


def test_what_the_mail_server_answered_is_quoted() -> None:
    assert mails.mail("en", mails.FAILED).row.why == "The mail server says: 550 5.1.1"
    assert mails.mail("nl", mails.FAILED).row.why == "De mailserver zegt: 550 5.1.1"


@pytest.mark.parametrize(
    ("state", "can_be_repeated"),
    [("planned", False), ("sending", False), ("sent", True), ("failed", True), ("not_needed", True)],
)  # fmt: skip
def test_only_what_has_come_to_an_end_is_sent_again(
    state: MailState, *, can_be_repeated: bool
) -> None:
    page = mails.mail("en", msgspec.structs.replace(mails.MAIL, state=state))

    assert page.can_be_repeated is can_be_repeated


def test_a_mail_with_a_secret_link_is_neither_looked_at_nor_sent_again() -> None:
    html = samples.render(
        "desk_mail.html",
        "en",
        mails.mail("en", mails.SECRET),
        desk_samples.MARIT,
        form=samples.form("en"),
        again=False,
    )

    assert "It is not shown to anybody" in html
    assert "/preview" not in html
    assert "Send this mail again" not in html


def test_without_identity_a_mail_still_says_for_whom_by_number() -> None:
    page = mails.mail("en", mails.MAIL, Missing("identity"))

    assert page.row.to == "Name not known (00b001)"
    assert page.missing == ("identity",)
