"""A mail of every purpose, as it is right before it is written."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from chassis.ids import new_id
from contracts.catalogue import OfferingCancelled, Session
from contracts.enrolment import (
    EnrolledOnBehalf,
    EnrolmentCancelled,
    EnrolmentConfirmed,
    EnrolmentLapsed,
    LeavingCost,
    PlaceOffered,
    WithdrawalReviewed,
    WithdrawalSubmitted,
)
from contracts.fact import Fact, Language, Translated
from contracts.identity import (
    LoginAdded,
    LoginSeparated,
    MailAddressVerificationRequested,
    PasswordReplaced,
    PasswordResetRequested,
    SecondStepTurnedOff,
    SecondStepTurnedOn,
    WayInChanged,
)
from contracts.notification import Purpose
from contracts.payment import InvoiceCredited, InvoiceIssued, RefundIssued
from contracts.records import DocumentIssued, EvaluationOpened
from services.notification.domain.helping import HelpRequest
from services.notification.domain.ledger import (
    ABOUT_HELP,
    HOLDS_A_SECRET,
    Case,
    Enrolment,
    EnrolmentState,
    Mail,
)
from services.notification.domain.offerings import Offering, copy_offering
from services.notification.domain.people import Person
from services.notification.domain.planning import plan_help, plan_mails, plan_rescheduled
from services.notification.mails.writer import Writer
from tests.support.examples import STARTS_AT, offering

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2027, 3, 10, 13, 31, tzinfo=UTC)
LUCJA, ENROLMENT = UUID(int=0xADA), UUID(int=0x4218)
NAME = "Łucja Ñuñez-van 't Hof"
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
LANGUAGES: tuple[Language, ...] = ("en", "nl")

LEAVING = (
    LeavingCost(until=datetime(2027, 3, 30, 22, tzinfo=UTC), kept_minor=2925),
    LeavingCost(until=STARTS_AT, kept_minor=9750),
    LeavingCost(until=None, kept_minor=19500),
)


def person(language: Language = "en", **changes: Any) -> Person:
    known = Person(
        account_id=LUCJA, version=1, mail_address="lucja@example.org", name=NAME, language=language
    )
    return replace(known, **changes)


def sessions(count: int = 8) -> tuple[Session, ...]:
    """Tuesday evenings from 13 April 2027 on, the fifth online."""
    return tuple(
        Session(
            session_id=UUID(int=100 + week),
            starts_at=STARTS_AT + timedelta(weeks=week),
            ends_at=STARTS_AT + timedelta(weeks=week, hours=2),
            place=None if week == 4 else "Language Centre, room 0.12",
            online_url="https://learn.example/LC-EN-AW-C1",
            lecturers=("Dr. F. McAllister",),
        )
        for week in range(count)
    )


def known_offering(**changes: Any) -> Offering:
    meetings = changes.pop("sessions", sessions())
    told = offering(
        offering_id=UUID(int=5),
        title=Translated(en="Academic writing in English", nl="Academisch schrijven in het Engels"),
        practical=Translated(
            en="Bring a laptop and two pages of your own text.",
            nl="Neem een laptop mee en twee pagina's eigen tekst.",
        ),
        organiser=Translated(en="Language Centre", nl="Talencentrum"),
        contact="courses@portal.example",
        sessions=meetings,
        starts_at=meetings[0].starts_at if meetings else STARTS_AT,
        ends_at=meetings[-1].ends_at if meetings else STARTS_AT + timedelta(hours=2),
        **changes,
    )
    copied = copy_offering(None, told, now=NOW)
    assert copied is not None
    return copied


def _of_enrolment() -> dict[str, Any]:
    return {
        "enrolment_id": ENROLMENT,
        "version": 2,
        "learner_id": LUCJA,
        "offering_id": UUID(int=5),
    }


def confirmed(**changes: Any) -> EnrolmentConfirmed:
    fact = EnrolmentConfirmed(
        **_of_enrolment(),
        fee_minor=19500,
        currency="EUR",
        confirmed_at=NOW,
        policy_version=3,
        accepted_at=datetime(2027, 3, 10, 13, 29, tzinfo=UTC),
        leaving_costs=LEAVING,
    )
    return replace(fact, **changes)


def withdrawn(**changes: Any) -> WithdrawalSubmitted:
    fact = WithdrawalSubmitted(
        **_of_enrolment(),
        withdrawal_id=UUID(int=6),
        reason="work",
        submitted_at=datetime(2027, 3, 10, 15, 5, tzinfo=UTC),
        was_confirmed=True,
        fee_minor=19500,
        kept_minor=2925,
        currency="EUR",
    )
    return replace(fact, **changes)


def invoice(language: Language = "en", **changes: Any) -> InvoiceIssued:
    fact = InvoiceIssued(
        order_id=UUID(int=7),
        enrolment_id=ENROLMENT,
        learner_id=LUCJA,
        invoice_id=UUID(int=8),
        number="2027-000001",
        organisation="Rijnland Hospital",
        billing_mail_address="invoices@employer.example",
        language=language,
        amount_minor=42000,
        currency="EUR",
        pdf=b"%PDF-1.7 an invoice",
        issued_at=NOW,
        due_at=datetime(2027, 4, 9, 22, tzinfo=UTC),
    )
    return replace(fact, **changes)


def _link(language: Language) -> dict[str, Any]:
    return {
        "account_id": LUCJA,
        "mail_address": "lucja@example.org",
        "name": NAME,
        "language": language,
        "link": "https://portal.example/verify?token=secret&next=%2F",
        "expires_at": NOW + timedelta(hours=24),
    }


def _credited(language: Language) -> InvoiceCredited:
    issued = invoice(language)
    fields = {name: getattr(issued, name) for name in issued.__struct_fields__}
    del fields["issued_at"], fields["due_at"]
    return InvoiceCredited(
        **fields | {"number": "2027-C00001"}, credited_number="2027-000001", credited_at=NOW
    )


_CHANGED: dict[str, Any] = {"account_id": LUCJA, "happened_at": NOW}
NOTICES: tuple[WayInChanged, ...] = (
    LoginAdded(**_CHANGED, login=Translated(nl="SURFconext", en="SURFconext")),
    LoginSeparated(
        **_CHANGED,
        login=Translated(nl="Mailadres en wachtwoord", en="Mail address and password"),
    ),
    PasswordReplaced(**_CHANGED),
    SecondStepTurnedOn(**_CHANGED),
    SecondStepTurnedOff(**_CHANGED),
)


def on_behalf(**changes: Any) -> EnrolledOnBehalf:
    fact = EnrolledOnBehalf(
        **_of_enrolment(),
        actor_id=UUID(int=13),
        place="held",
        payer="self",
        fee_minor=19500,
        currency="EUR",
        held_until=NOW + timedelta(days=3),
    )
    return replace(fact, **changes)


_FACTS: dict[Purpose, Callable[[Language], Fact]] = {
    "mail_address_verification": lambda of: MailAddressVerificationRequested(**_link(of)),
    "password_reset": lambda of: PasswordResetRequested(**_link(of)),
    "security_notice": lambda _: NOTICES[0],
    "enrolled_on_behalf": lambda _: on_behalf(),
    "enrolled_for_somebody": lambda _: on_behalf(),
    "confirmation": lambda _: confirmed(),
    "reminder": lambda _: confirmed(),
    "offering_cancelled": lambda _: EnrolmentCancelled(
        **_of_enrolment(), was_confirmed=True, refund_minor=19500, currency="EUR"
    ),
    "place_offered": lambda _: PlaceOffered(
        **_of_enrolment(),
        fee_minor=19500,
        currency="EUR",
        offered_until=NOW + timedelta(hours=24),
    ),
    "enrolment_lapsed": lambda _: EnrolmentLapsed(**_of_enrolment(), why="not_paid", lapsed_at=NOW),
    "withdrawal_receipt": lambda _: withdrawn(),
    "withdrawal_decision": lambda _: WithdrawalReviewed(
        **_of_enrolment(),
        withdrawal_id=UUID(int=6),
        ground="goodwill",
        refund_minor=19500,
        kept_minor=0,
        currency="EUR",
        explanation="We give the full amount back <because> the internship\nwas changed by the faculty.",
        reviewed_at=NOW,
    ),
    "refund": lambda _: RefundIssued(
        order_id=UUID(int=7),
        enrolment_id=ENROLMENT,
        learner_id=LUCJA,
        refund_id=UUID(int=9),
        payment_id=UUID(int=10),
        sequence=1,
        amount_minor=16575,
        currency="EUR",
        why="withdrawal",
        issued_at=NOW,
    ),
    "invoice": invoice,
    "credit_note": _credited,
    "evaluation_invitation": lambda _: EvaluationOpened(
        evaluation_id=UUID(int=11),
        enrolment_id=ENROLMENT,
        learner_id=LUCJA,
        offering_id=UUID(int=5),
        open_until=datetime(2027, 6, 19, 22, tzinfo=UTC),
    ),
    "document_ready": lambda of: DocumentIssued(
        document_id=UUID(int=12),
        enrolment_id=ENROLMENT,
        learner_id=LUCJA,
        offering_id=UUID(int=5),
        kind="certificate",
        number="D-2027-011873",
        language=of,
        issued_at=NOW,
    ),
}
ASKED = HelpRequest(
    help_request_id=UUID(int=0xBEEF),
    account_id=LUCJA,
    name=NAME,
    student_number="s1234567",
    programme="BA-LING",
    programme_name=Translated(en="Linguistics (BA)", nl="Taalwetenschap (BA)"),
    course="Academic writing in English, 4218",
    offering_id=UUID(int=5),
    problem="I cannot enrol in the resit.\nIt says <closed>, but the exam was yesterday.",
    contact="linguistics@portal.example",
    asked_at=NOW,
)


_STATES: dict[Purpose, EnrolmentState] = {
    "enrolled_on_behalf": "held",
    "enrolled_for_somebody": "held",
    "place_offered": "offered",
    "enrolment_lapsed": "lapsed",
    "offering_cancelled": "cancelled",
    "withdrawal_receipt": "withdrawn",
    "withdrawal_decision": "withdrawn",
}


def fact_for(purpose: Purpose, language: Language = "en") -> Fact:
    return _FACTS[purpose](language)


def enrolment(state: EnrolmentState = "confirmed", **changes: Any) -> Enrolment:
    known = Enrolment(
        enrolment_id=ENROLMENT,
        version=2,
        learner_id=LUCJA,
        offering_id=UUID(int=5),
        state=state,
        confirmed_at=NOW,
    )
    return replace(known, **changes)


def mail_for(purpose: Purpose, language: Language = "en", fact: Fact | None = None) -> Mail:
    if purpose == "rescheduled":
        (mail,) = plan_rescheduled([enrolment()], new_id, now=NOW)
        return mail
    if purpose in ABOUT_HELP:
        return next(mail for mail in plan_help(ASKED, new_id) if mail.purpose == purpose)
    planned = plan_mails(fact or fact_for(purpose, language), new_id, now=NOW)
    return next(mail for mail in planned if mail.purpose == purpose)


def case_for(purpose: Purpose, language: Language = "en", **changes: Any) -> Case:
    """Everything is known, and the mail is due."""
    about_account = purpose in ABOUT_HELP | HOLDS_A_SECRET | {"security_notice"}
    known = known_offering()
    if purpose == "rescheduled":
        known = replace(known, version=2, sessions=(*_moved(known.sessions),))
    if purpose == "offering_cancelled":
        reason = Translated(en="Too few people enrolled.", nl="Er waren te weinig inschrijvingen.")
        told = OfferingCancelled(
            offering_id=known.offering_id, version=2, title=known.title, reason=reason
        )
        known = replace(known, cancelled=told)
    case = Case(
        mail=mail_for(purpose, language, changes.pop("fact", None)),
        person=None if purpose in HOLDS_A_SECRET else person(language),
        enrolment=None if about_account else enrolment(_STATES.get(purpose, "confirmed")),
        offering=None if about_account else known,
        told=None if purpose == "confirmation" else sessions(),
        help=ASKED if purpose in ABOUT_HELP else None,
        attachment=b"%PDF-1.7 an invoice" if purpose in ("invoice", "credit_note") else None,
    )
    return replace(case, **changes)


def _moved(before: tuple[Session, ...]) -> tuple[Session, ...]:
    """The second an evening later in another room, the third dropped."""
    later = timedelta(days=1)
    second = replace(
        before[1],
        starts_at=before[1].starts_at + later,
        ends_at=before[1].ends_at + later,
        place="Language Centre, room 1.04",
    )
    return (before[0], second, *before[3:])


def writer() -> Writer:
    return Writer(
        zone=AMSTERDAM,
        portal_url="https://portal.example/",
        login_url="https://login.portal.example",
        own_url="https://mail.portal.example",
        mail_from="courses@portal.example",
        reply_to="",
        domain="portal.example",
        token_key=bytes(32),
    )
