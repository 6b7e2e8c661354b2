"""Looking at mails that are due, and what becomes of those that were handed over."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from chassis.ids import new_id
from contracts.enrolment import EnrolmentRequested
from contracts.notification import MailFailed, MailSent, Purpose
from services.notification.domain import ledger
from services.notification.domain.ledger import (
    Accepted,
    Case,
    Later,
    Lost,
    Mail,
    Never,
    NotBegun,
    Refused,
    Send,
    Unwritable,
    apply,
    look_at,
    settle,
)
from services.notification.domain.planning import enrolment_after, newest, plan_again, plan_mails
from tests.unit.notification.samples import (
    AMSTERDAM,
    ENROLMENT,
    LUCJA,
    NOW,
    PURPOSES,
    case_for,
    confirmed,
    enrolment,
    fact_for,
    mail_for,
    withdrawn,
)


def look(case: Case, now: datetime = NOW) -> object:
    return look_at(case, zone=AMSTERDAM, now=now)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_every_mail_goes_out_when_all_is_known_and_its_time_has_come(purpose: Purpose) -> None:
    now = datetime(2027, 4, 6, 16, 30, tzinfo=UTC) if purpose == "reminder" else NOW

    assert look(case_for(purpose), now) == Send()


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_mail_waits_for_what_it_speaks_of(purpose: Purpose) -> None:
    if purpose in ("mail_address_verification", "password_reset"):
        assert look(case_for(purpose, person=None, enrolment=None, offering=None)) == Send()
        return
    later = NOW + timedelta(hours=1)
    if purpose == "security_notice" or purpose in ledger.ABOUT_HELP:
        assert look(case_for(purpose, person=None)) == Later(later, "waits_for_person")
        return

    assert look(case_for(purpose, enrolment=None)) == Later(later, "waits_for_enrolment")
    assert look(case_for(purpose, offering=None)) == Later(later, "waits_for_offering")
    if purpose not in ("invoice", "credit_note"):
        assert look(case_for(purpose, person=None)) == Later(later, "waits_for_person")


def test_whoever_stopped_everything_still_hears_who_can_get_into_their_account() -> None:
    case = case_for("security_notice", stopped=frozenset(PURPOSES))

    assert look(case) == Send()


def test_whoever_was_forgotten_hears_of_no_login() -> None:
    assert look(case_for("security_notice", is_forgotten=True)) == Never("erased")


def test_a_cancellation_waits_for_its_reason() -> None:
    case = case_for("offering_cancelled")
    assert case.offering is not None
    unexplained = replace(case, offering=replace(case.offering, cancelled=None))

    assert look(unexplained) == Later(NOW + timedelta(hours=1), "waits_for_offering")


def test_who_left_before_the_confirmation_went_out_gets_the_receipt_only() -> None:
    left = enrolment("withdrawn")

    assert look(case_for("confirmation", enrolment=left)) == Never("withdrawn")
    assert look(case_for("withdrawal_receipt", enrolment=left)) == Send()


@pytest.mark.parametrize("purpose", ["confirmation", "reminder", "rescheduled"])
def test_nothing_is_announced_that_does_not_take_place(purpose: Purpose) -> None:
    cancelled = case_for("offering_cancelled").offering

    assert look(case_for(purpose, offering=cancelled)) == Never("cancelled")


def test_an_offer_is_told_while_it_holds() -> None:
    case = case_for("place_offered")
    until = NOW + timedelta(hours=24)

    assert look(case, until - timedelta(seconds=1)) == Send()
    assert look(case, until) == Never("offer_over")
    assert look(replace(case, enrolment=enrolment("held"))) == Never("offer_over")


def test_a_place_that_was_paid_for_late_has_not_lapsed() -> None:
    case = case_for("enrolment_lapsed", enrolment=enrolment("confirmed"))

    assert look(case) == Never("has_a_place_after_all")


def test_nobody_is_asked_to_evaluate_twice_or_too_late() -> None:
    case = case_for("evaluation_invitation")

    assert look(replace(case, answered=True)) == Never("evaluated_already")
    assert look(case, datetime(2027, 6, 19, 22, tzinfo=UTC)) == Never("evaluation_closed")
    assert look(replace(case, enrolment=enrolment("withdrawn"))) == Never("withdrawn")


def test_a_link_that_has_expired_is_not_sent() -> None:
    case = case_for("password_reset")

    assert look(case, NOW + timedelta(hours=24)) == Never("link_expired")


def test_a_move_that_the_learner_knows_of_is_not_told_again() -> None:
    case = case_for("rescheduled")
    assert case.offering is not None

    assert look(case) == Send()
    assert look(replace(case, told=case.offering.sessions)) == Never("known_already")
    assert look(replace(case, told=None)) == Never("confirmation_tells_it")
    assert look(case, case.offering.ends_at) == Never("over")


def test_a_decision_is_written_with_its_time_and_reason() -> None:
    case = case_for("confirmation")

    sending = apply(Send(), case, now=NOW)
    later = apply(Later(NOW + timedelta(hours=1), "waits_for_person"), case, now=NOW)
    never = apply(Never("withdrawn"), case, now=NOW)

    assert (sending.state, sending.lease_until, sending.tells_version) == (
        "sending",
        NOW + timedelta(minutes=3),
        1,
    )
    assert (later.state, later.due_at, later.why) == (
        "planned",
        NOW + timedelta(hours=1),
        "waits_for_person",
    )
    assert (never.state, never.why, never.settled_at) == ("not_needed", "withdrawn", NOW)


def sending(purpose: Purpose = "confirmation", **changes: object) -> Mail:
    mail = apply(Send(), case_for(purpose), now=NOW)
    return replace(mail, revision=1, **changes)


def test_an_accepted_mail_is_told() -> None:
    mail = sending()

    sent, fact = settle(mail, Accepted(), now=NOW)

    assert (sent.state, sent.settled_at, sent.attempts, sent.lease_until) == ("sent", NOW, 1, None)
    assert fact == MailSent(
        mail_id=mail.mail_id, purpose="confirmation", regarding=ENROLMENT, revision=1, sent_at=NOW
    )


def test_a_secret_link_is_forgotten_once_it_was_sent() -> None:
    sent, _ = settle(sending("password_reset"), Accepted(), now=NOW)

    assert sent.fact is None


def test_a_permanent_refusal_fails_with_its_code() -> None:
    failed, fact = settle(sending(), Refused(550, "5.1.1"), now=NOW)

    assert (failed.state, failed.why) == ("failed", "550 5.1.1")
    assert isinstance(fact, MailFailed)
    assert (fact.why, fact.attempts) == ("550 5.1.1", 1)


def test_a_temporary_refusal_is_tried_again_after_ever_longer_pauses_and_given_up_after_days() -> (
    None
):
    mail, now, pauses = sending(), NOW, []
    while True:
        mail, fact = settle(mail, Refused(451, "4.7.1"), now=now)
        if fact is not None:
            break
        pauses.append(mail.due_at - now)
        now = mail.due_at
        mail = apply(Send(), Case(mail=mail), now=now)

    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(minutes=1)
    assert timedelta(days=4) < now - NOW < timedelta(days=6)
    assert (mail.state, mail.why, mail.attempts) == ("failed", "451 4.7.1", 13)


def test_a_mail_server_that_goes_away_costs_no_attempt() -> None:
    mail, fact = settle(sending(), Lost(may_be_accepted=False), now=NOW)

    assert (mail.state, mail.attempts, mail.uncertain, mail.tells_version) == (
        "planned",
        0,
        0,
        None,
    )
    assert mail.due_at == NOW + timedelta(seconds=5)
    assert fact is None


def test_a_line_that_breaks_after_the_whole_mail_leaves_it_uncertain() -> None:
    mail, _ = settle(sending(), Lost(may_be_accepted=True), now=NOW)

    assert (mail.state, mail.uncertain, mail.tells_version) == ("planned", 1, 1)


def test_what_was_claimed_and_not_begun_is_looked_at_again_at_once() -> None:
    mail, _ = settle(sending(), NotBegun(), now=NOW)

    assert (mail.state, mail.due_at, mail.why) == ("planned", NOW, None)


def test_a_mail_that_cannot_be_written_waits_for_a_better_version_of_us() -> None:
    mail, _ = settle(sending(), Unwritable(), now=NOW)

    assert (mail.state, mail.why) == ("planned", "could_not_be_written")


def test_the_office_can_repeat_a_reminder_that_was_not_needed() -> None:
    late = enrolment(confirmed_at=datetime(2027, 4, 8, tzinfo=UTC))
    case = case_for("reminder", enrolment=late)
    again = replace(case, mail=plan_again(case.mail, new_id, asked=True, now=NOW))
    now = datetime(2027, 4, 9, tzinfo=UTC)

    assert look(case, now) == Never("told_already")
    assert look(again, now) == Send()


def test_a_confirmation_calls_for_two_mails() -> None:
    planned = plan_mails(confirmed(), new_id, now=NOW)

    assert [(each.purpose, each.regarding, each.revision) for each in planned] == [
        ("confirmation", ENROLMENT, 1),
        ("reminder", ENROLMENT, 1),
    ]


def test_an_invoice_goes_to_the_organisation_and_its_document_is_not_in_the_ledger() -> None:
    mail = mail_for("invoice")

    assert (mail.account_id, mail.address) == (None, "invoices@employer.example")
    assert getattr(mail.fact, "pdf", None) == b""


def test_a_held_place_calls_for_no_mail() -> None:
    requested = EnrolmentRequested(
        enrolment_id=ENROLMENT,
        version=1,
        learner_id=LUCJA,
        offering_id=UUID(int=5),
        payer="self",
        fee_minor=19500,
        currency="EUR",
        held_until=NOW,
        starts_at=NOW,
    )

    assert plan_mails(requested, new_id, now=NOW) == ()
    assert enrolment_after(requested).state == "held"


def test_the_newest_state_of_a_batch_counts_whatever_its_order() -> None:
    facts = [withdrawn(version=3), confirmed(version=2)]

    (after,) = newest([enrolment_after(fact) for fact in facts])

    assert (after.version, after.state, after.confirmed_at) == (3, "withdrawn", NOW)


def test_every_purpose_has_a_fact_that_calls_for_it() -> None:
    called = {
        mail.purpose
        for purpose in PURPOSES
        if purpose != "rescheduled" and purpose not in ledger.ABOUT_HELP
        for mail in plan_mails(fact_for(purpose), new_id, now=NOW)
    }

    assert called | {"rescheduled"} | ledger.ABOUT_HELP == set(PURPOSES)


def test_what_can_be_stopped_can_wait() -> None:
    assert ledger.CAN_BE_STOPPED <= ledger.CAN_WAIT
