"""Every mail, in both languages, in both shapes."""

import html
import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default as modern
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from markupsafe import Markup
from msgspec.structs import replace

from contracts.enrolment import EnrolmentCancelled, EnrolmentLapsed, LeavingCost
from contracts.fact import Language, Translated
from contracts.notification import Purpose
from services.notification.domain.leaving import prices_of_leaving
from services.notification.domain.ledger import Case
from services.notification.domain.people import first_name, reference_of
from services.notification.domain.unsubscribing import Wish, read_wish, sign_wish
from services.notification.mails.as_text import WIDTH, render_text, wrap
from services.notification.mails.message import ascii_address
from services.notification.mails.sheet import Sheet
from tests.support.examples import STARTS_AT
from tests.unit.notification.samples import (
    AMSTERDAM,
    ENROLMENT,
    LANGUAGES,
    LUCJA,
    NAME,
    NOTICES,
    NOW,
    PURPOSES,
    case_for,
    confirmed,
    enrolment,
    fact_for,
    invoice,
    known_offering,
    person,
    sessions,
    withdrawn,
    writer,
)

WRITER = writer()
EVERY_MAIL = [(purpose, language) for purpose in PURPOSES for language in LANGUAGES]


def text_of(case: Case, now: datetime = NOW) -> str:
    """The text twin on one line, so that a sentence can be looked for."""
    return " ".join(WRITER.write(case, now=now).text.split())


def read(case: Case) -> EmailMessage:
    """A mail as its receiver's program reads it."""
    return BytesParser(policy=modern).parsebytes(WRITER.compose(case, now=NOW))


def words_of_html(page: str) -> list[str]:
    body = page[page.index("<h1") :]
    return words(html.unescape(re.sub(r"<[^>]+>", " ", body)))


def words(text: str) -> list[str]:
    """The words of a text in alphabetical order; addresses and marks are laid out differently in the twins."""
    plain = re.sub(r"https?://\S+", "", text.replace("\N{NO-BREAK SPACE}", " "))
    return sorted(re.findall(r"\w+", plain.upper()))


@pytest.mark.parametrize(("purpose", "language"), EVERY_MAIL)
def test_both_twins_say_the_same_words(purpose: Purpose, language: Language) -> None:
    letter = WRITER.write(case_for(purpose, language), now=NOW)

    in_html, in_text = words_of_html(letter.html), words(letter.text)
    # A link to see shows its address in both; behind a word it stands in the text only.
    shown = words("learn example LC EN AW C1") if "learn.example" in letter.html else []
    assert [word for word in in_html if word not in shown] == [
        word for word in in_text if word not in shown
    ]
    assert len(in_text) > 30


@pytest.mark.parametrize(("purpose", "language"), EVERY_MAIL)
def test_the_text_keeps_to_72_columns(purpose: Purpose, language: Language) -> None:
    letter = WRITER.write(case_for(purpose, language), now=NOW)

    long = [line for line in letter.text.splitlines() if len(line) > WIDTH]
    assert [line for line in long if not line.startswith("https://")] == []


@pytest.mark.parametrize(("purpose", "language"), EVERY_MAIL)
def test_a_mail_says_who_it_is_from_what_it_is_about_and_where_to_ask(
    purpose: Purpose, language: Language
) -> None:
    letter = WRITER.write(case_for(purpose, language), now=NOW)

    assert letter.subject
    assert "<" not in letter.subject
    assert f'<html lang="{language}">' in letter.html
    assert (
        'class="pre" style="display: none; max-height: 0; overflow: hidden"></div>'
        not in letter.html
    )
    contacts = {
        "help_request": "lucja@example.org",
        "help_receipt": "linguistics@portal.example",
    }
    assert contacts.get(purpose, "courses@portal.example") in letter.text
    if language == "en":
        assert "Liever in het Nederlands?" in letter.text
    else:
        assert "Prefer English?" in letter.text


def test_a_confirmation_reads_as_designed() -> None:
    letter = WRITER.write(case_for("confirmation"), now=NOW)

    assert letter.subject == "You are enrolled: Academic writing in English, from 13 April 2027"
    assert letter.text == CONFIRMATION


CONFIRMATION = """\
You are enrolled, Łucja

We have received the payment of €195.00. Your place in Academic writing
in English is final.

FIRST EVENING
Tuesday 13 April 2027, 18:30–20:30
Language Centre, room 0.12
Dr. F. McAllister
Bring a laptop and two pages of your own text.

Manage this course:
https://portal.example/my/courses/00000000-0000-0000-0000-000000004218

ALL EVENINGS
DATE              TIME          PLACE
Tue 13 Apr 2027   18:30–20:30   Language Centre, room 0.12
Tue 20 Apr 2027   18:30–20:30   Language Centre, room 0.12
Tue 27 Apr 2027   18:30–20:30   Language Centre, room 0.12
Tue 4 May 2027    18:30–20:30   Language Centre, room 0.12
Tue 11 May 2027   18:30–20:30   Online
Tue 18 May 2027   18:30–20:30   Language Centre, room 0.12
Tue 25 May 2027   18:30–20:30   Language Centre, room 0.12
Tue 1 Jun 2027    18:30–20:30   Language Centre, room 0.12

WHAT HAPPENS NEXT
One week before the start, on Tuesday 6 April 2027, we send you a
reminder with the last details.

The calendar invite is attached to this mail and updates by itself.

On the last day, Tuesday 1 June 2027, the evaluation opens.
When you have completed the course, your certificate appears in My
Records.

IF YOU CANNOT COME
You can withdraw with Manage course. It costs €29.25 until and including
30 March 2027, €97.50 from 31 March 2027 until the start and €195.00
after that (cancellation policy version 3, which you accepted on
10 March 2027, 14:29).

-- \n\
Reference CP-00004218.
Questions? Answer this mail or write to courses@portal.example.
You receive this mail because you enrolled at the Course Portal.
Liever in het Nederlands? https://portal.example/nl
"""


def test_who_enrols_within_the_week_is_told_at_once_how_to_get_in() -> None:
    late = enrolment(confirmed_at=datetime(2027, 4, 8, tzinfo=UTC))

    text = text_of(case_for("confirmation", enrolment=late))

    assert "Online: https://learn.example/LC-EN-AW-C1" in text
    assert "no reminder follows" in text
    assert "we send you a reminder" not in text


def test_who_stopped_reminders_is_told_at_once_how_to_get_in() -> None:
    text = text_of(case_for("confirmation", stopped=frozenset({"reminder"})))

    assert "https://learn.example/LC-EN-AW-C1" in text
    assert "we send you a reminder" not in text


def test_a_free_place_costs_nothing_and_says_so() -> None:
    free = confirmed(fee_minor=0, leaving_costs=())

    text = text_of(case_for("confirmation", fact=free))

    assert "There is nothing to pay." in text
    assert "It costs nothing." in text


def test_a_place_without_a_schedule_yet_has_no_invite() -> None:
    letter = WRITER.write(case_for("confirmation", offering=known_offering(sessions=())), now=NOW)

    assert "The schedule is not known yet." in letter.text
    assert letter.invite is None


def test_an_exam_is_one_meeting_and_not_a_course() -> None:
    exam = known_offering(activity="exam", document="none", sessions=sessions(1))
    now = datetime(2027, 4, 6, 16, 30, tzinfo=UTC)

    confirmation = text_of(case_for("confirmation", offering=exam))
    reminder = text_of(case_for("reminder", "nl", offering=exam), now)

    assert "WHEN AND WHERE" in confirmation
    assert "evaluation" not in confirmation
    assert "Je tentamen begint volgende week" in reminder


def test_a_late_reminder_does_not_say_next_week() -> None:
    text = text_of(case_for("reminder"), STARTS_AT - timedelta(days=2))

    assert "Your course starts soon" in text
    assert "next week" not in text


def test_meetings_by_day_are_no_evenings() -> None:
    by_day = tuple(
        replace(each, starts_at=each.starts_at - timedelta(hours=8)) for each in sessions(3)
    )

    assert "ALLE BIJEENKOMSTEN" in text_of(
        case_for("confirmation", "nl", offering=known_offering(sessions=by_day))
    )


def test_nobody_who_paid_nothing_waits_for_money() -> None:
    unpaid = withdrawn(was_confirmed=False, fee_minor=0, kept_minor=0)
    waiting = fact_for("offering_cancelled")
    assert isinstance(waiting, EnrolmentCancelled)

    receipt = text_of(case_for("withdrawal_receipt", fact=unpaid, told=None))
    cancelled = text_of(
        case_for("offering_cancelled", fact=replace(waiting, was_confirmed=False, refund_minor=0))
    )

    assert "you owe nothing" in receipt
    assert "Expected back" not in receipt
    assert "calendar" not in receipt
    assert "Nothing has been paid, so you owe nothing." in cancelled


def test_an_offer_that_was_not_taken_is_not_a_payment_that_did_not_come() -> None:
    lapsed = fact_for("enrolment_lapsed")
    assert isinstance(lapsed, EnrolmentLapsed)

    text = text_of(case_for("enrolment_lapsed", fact=replace(lapsed, why="offer_not_taken")))

    assert "You did not take it" in text
    assert "payment" not in text


def test_an_invoice_that_has_been_paid_asks_for_nothing() -> None:
    paid = invoice(due_at=NOW)

    text = text_of(case_for("invoice", fact=paid))

    assert "The payment has been received" in text
    assert "Pay until" not in text


def test_an_invoice_names_no_learner() -> None:
    letter = WRITER.write(case_for("invoice"), now=NOW)

    assert "Łucja" not in letter.text + letter.html
    assert letter.document == ("2027-000001.pdf", b"%PDF-1.7 an invoice")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("notice", "in_english", "in_dutch"),
    [
        (
            "login_added",
            "Since Wednesday 10 March 2027, 14:31 you can also log in to your account with SURFconext.",
            "Sinds woensdag 10 maart 2027, 14:31 kun je ook op je account inloggen met SURFconext.",
        ),
        (
            "login_separated",
            "you no longer log in to your account with Mail address and password.",
            "log je niet meer op je account in met Mailadres en wachtwoord.",
        ),
        (
            "password_replaced",
            "Your account got a new password on",
            "een nieuw wachtwoord gekregen",
        ),
        ("second_step_turned_on", "also takes a code of your app", "ook een code van je app"),
        ("second_step_turned_off", "your password is enough", "is je wachtwoord genoeg"),
    ],
)
def test_a_notice_says_what_changed_and_what_to_do_if_it_was_not_you(
    notice: str, in_english: str, in_dutch: str, language: Language
) -> None:
    (fact,) = (each for each in NOTICES if each.topic == f"identity.{notice}.v1")

    case = case_for("security_notice", language, fact=fact)
    text, message = text_of(case), read(case)

    assert (in_english if language == "en" else in_dutch) in text
    assert "https://login.portal.example/logins" in text
    assert "https://login.portal.example/forgot" in text
    assert message["List-Unsubscribe"] is None


def test_the_offices_words_are_quoted_and_do_nothing() -> None:
    letter = WRITER.write(case_for("withdrawal_decision"), now=NOW)

    assert "&lt;because&gt;" in letter.html
    assert "> We give the full amount back <because> the internship\n> was changed" in letter.text


def test_an_amount_has_the_form_of_the_readers_language() -> None:
    assert "€1,234.56" in text_of(case_for("confirmation", fact=confirmed(fee_minor=123456)))
    assert "€ 1.234,56" in text_of(case_for("confirmation", "nl", fact=confirmed(fee_minor=123456)))


@pytest.mark.parametrize(
    "name",
    [
        NAME,
        "Noor de Vries",
        'Jan "Jay" O\'Neill, MSc',
        "Ω" * 120,
        "Nguyễn Thị Minh Khai de la Fontaine-Öğüt van der Weijden-Kowalczyk",
        "李小龍",
    ],
)
def test_a_name_arrives_as_it_is(name: str) -> None:
    raw = WRITER.compose(case_for("confirmation", person=person(name=name)), now=NOW)

    # The older face of Python's email package: the modern one reads a space between two encoded words.
    to = str(make_header(decode_header(message_from_bytes(raw)["To"])))
    assert parseaddr(to) == (name, "lucja@example.org")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.isascii()


@pytest.mark.parametrize(
    "title", [NAME, f"{NAME}: een leven in brieven, dagboeken en é" + "n" * 80]
)
def test_a_title_arrives_in_the_subject_as_it_is(title: str) -> None:
    offering = known_offering()
    named = replace(offering, title=Translated(nl=title, en=title))

    message = message_from_bytes(WRITER.compose(case_for("refund", "nl", offering=named), now=NOW))

    subject = str(make_header(decode_header(message["Subject"])))
    assert subject == f"€ 165,75 is onderweg: {title}"


def test_a_name_cannot_write_headers() -> None:
    message = read(case_for("confirmation", person=person(name="Eve\r\nBcc: all@example.org")))

    assert message["Bcc"] is None
    assert message["To"].addresses[0].display_name == "Eve Bcc: all@example.org"


def test_every_mail_carries_what_mail_programs_look_for() -> None:
    case = case_for("confirmation", "nl")
    message = read(case)

    assert message["From"].addresses[0].addr_spec == "courses@portal.example"
    assert message["From"].addresses[0].display_name == "Course Portal"
    assert str(message["Reply-To"]) == "courses@portal.example"
    assert str(message["Message-ID"]) == f"<{case.mail.mail_id}@portal.example>"
    assert message["Date"].datetime == NOW.replace(second=0, microsecond=0)
    assert str(message["List-Id"]) == "<confirmation.portal.example>"
    assert str(message["Auto-Submitted"]) == "auto-generated"
    assert str(message["Content-Language"]) == "nl"
    assert message["List-Unsubscribe"] is None


@pytest.mark.parametrize("purpose", ["reminder", "evaluation_invitation"])
def test_what_one_can_do_without_is_stopped_by_one_click(purpose: Purpose) -> None:
    message = read(case_for(purpose))
    url = str(message["List-Unsubscribe"]).strip(" <>")

    assert url.startswith("https://mail.portal.example/v1/unsubscribe/")
    assert str(message["List-Unsubscribe-Post"]) == "List-Unsubscribe=One-Click"
    assert read_wish(url.rpartition("/")[2], bytes(32)) == Wish(LUCJA, purpose)
    assert url in WRITER.write(case_for(purpose), now=NOW).text


def test_a_mail_has_its_parts_in_the_order_that_programs_expect() -> None:
    message = read(case_for("confirmation"))
    kinds = [part.get_content_type() for part in message.walk()]

    assert kinds == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "text/calendar",
    ]
    attached = [part.get_filename() for part in message.iter_attachments()]
    assert attached == ["invite.ics"]


def test_an_address_with_a_domain_of_its_language_is_written_for_every_server() -> None:
    assert ascii_address("noor@universität.example") == "noor@xn--universitt-y5a.example"
    with pytest.raises(UnicodeError):
        ascii_address("nóór@example.org")


def test_a_template_that_asks_for_what_is_not_there_fails_where_it_is_tested() -> None:
    case = case_for("rescheduled")
    wrong = replace(case, mail=replace(case.mail, purpose="refund"))

    with pytest.raises(UndefinedError):
        WRITER.write(wrong, now=NOW)


def test_a_mail_to_nobody_is_not_written() -> None:
    with pytest.raises(LookupError):
        WRITER.write(case_for("confirmation", person=None), now=NOW)


def test_what_leaving_costs_begins_today() -> None:
    fact = confirmed()

    def prices(now: datetime) -> list[int]:
        found = prices_of_leaving(fact.leaving_costs, starts_at=STARTS_AT, zone=AMSTERDAM, now=now)
        return [each.kept_minor for each in found]

    assert prices(NOW) == [2925, 9750, 19500]
    assert prices(datetime(2027, 3, 30, 22, tzinfo=UTC)) == [9750, 19500]
    assert prices(STARTS_AT) == [19500]


def test_what_leaving_costs_names_the_last_day_or_the_limit_as_it_is() -> None:
    costs = (
        LeavingCost(until=datetime(2027, 3, 20, 11, tzinfo=UTC), kept_minor=0),
        LeavingCost(until=datetime(2027, 3, 28, 22, tzinfo=UTC), kept_minor=100),
        LeavingCost(until=datetime(2027, 3, 30, 22, tzinfo=UTC), kept_minor=200),
        LeavingCost(until=None, kept_minor=300),
    )

    text = text_of(case_for("confirmation", fact=confirmed(leaving_costs=costs)))

    assert (
        "It costs nothing until 20 March 2027 at 12:00, €1.00 until and including 28 March 2027, "
        "€2.00 from 29 March 2027 until and including 30 March 2027 and €3.00 after that"
    ) in text


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Noor de Vries", "Noor"),
        (NAME, "Łucja"),
        ("J.W. de Vries", "J.W. de Vries"),
        ("J de Vries", "J de Vries"),
        ("Plato", "Plato"),
        (" Noor  de Vries ", "Noor"),
    ],
)
def test_people_are_called_by_their_first_name_where_there_is_one(name: str, called: str) -> None:
    assert first_name(name) == called


def test_a_reference_is_the_end_of_the_enrolments_id() -> None:
    assert reference_of(ENROLMENT) == "CP-00004218"


def test_only_our_own_tokens_are_read() -> None:
    key, other = bytes(32), bytes(31) + b"1"
    token = sign_wish(Wish(LUCJA, "reminder"), key)

    assert read_wish(token, key) == Wish(LUCJA, "reminder")
    assert read_wish(token, other) is None
    assert read_wish(token[:-4] + "AAAA", key) is None
    assert read_wish(token[:-4], key) is None


@given(st.text(max_size=80))
def test_any_text_is_read_as_a_token_without_a_fault(text: str) -> None:
    assert read_wish(text, bytes(32)) is None


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc", "Z"]), max_size=400))
def test_wrapping_loses_nothing(text: str) -> None:
    assert " ".join(wrap(text)) == text


def test_a_wide_table_becomes_lines() -> None:
    sheet = Sheet()
    say = sheet.words()
    say["table"](("Was", "Is"), [("x" * 55, f"somewhere {'far ' * 10}away")])

    assert render_text(sheet).startswith("WAS  " + "x" * 55)


def test_rows_of_several_lines_stand_apart() -> None:
    sheet = Sheet()
    say = sheet.words()
    say["table"](("Was", "Is"), [(["Monday", "Here"], ["Tuesday", "There"]), ("Friday", "Never")])

    assert render_text(sheet).startswith(
        "WAS      IS\nMonday   Tuesday\nHere     There\n\nFriday   Never\n"
    )


def test_markup_of_others_is_text() -> None:
    sheet = Sheet()
    say = sheet.words()
    say["paragraph"]('<a href="https://evil.example">Pay here</a>', Markup("<strong>Ours</strong>"))

    assert '<a href="https://evil.example">Pay here</a>\nOurs' in render_text(sheet)
