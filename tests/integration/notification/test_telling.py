"""The other mails: offers, lapses, money, invoices, evaluations, documents."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from contracts.enrolment import (
    EnrolledOnBehalf,
    EnrolmentLapsed,
    EnrolmentRequested,
    PlaceOffered,
    WithdrawalReviewed,
)
from contracts.fact import Translated
from contracts.identity import (
    LoginAdded,
    MailAddressVerificationRequested,
    PasswordReplaced,
    SecondStepTurnedOn,
)
from contracts.payment import InvoiceCredited, InvoiceIssued, RefundIssued
from contracts.records import DocumentIssued, EvaluationOpened, EvaluationSubmitted
from services.notification import commands, jobs
from services.notification.domain.unsubscribing import Wish
from tests.integration.notification.steps import LUCJA, Notification, address_of, person
from tests.support.examples import STARTS_AT

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 100


def about(learner: UUID, offering_id: UUID, version: int = 1) -> dict[str, Any]:
    return {
        "enrolment_id": uuid4(),
        "version": version,
        "learner_id": learner,
        "offering_id": offering_id,
    }


async def test_a_place_is_offered_until_it_is_taken(notification: Notification) -> None:
    learner, published = await notification.register(), await notification.publish()
    offered = PlaceOffered(
        **about(learner, published.offering_id),
        fee_minor=42000,
        currency="EUR",
        offered_until=notification.clock.now() + timedelta(hours=24),
    )

    await notification.deliver(offered)

    mail = await notification.catcher.box.arrives(address_of(learner))
    assert (
        mail.subject == "A place for you: Academic writing in English, until 11 March 2027, 14:00"
    )
    assert mail.text is not None
    assert "€420.00" in mail.text


async def test_whoever_was_enrolled_by_the_office_and_whoever_did_it_are_both_told(
    notification: Notification,
) -> None:
    learner, published = await notification.register(), await notification.publish()
    actor = await notification.register()
    until = notification.clock.now() + timedelta(days=3)

    await notification.deliver(
        EnrolledOnBehalf(
            **about(learner, published.offering_id),
            actor_id=actor,
            place="held",
            payer="self",
            fee_minor=42000,
            currency="EUR",
            held_until=until,
        )
    )

    hers = await notification.catcher.box.arrives(address_of(learner))
    assert hers.subject.startswith("Pay by 13 March 2027, 14:00 to keep your place: Academic")
    assert hers.text is not None
    assert "/my/courses/" in hers.text
    receipt = await notification.catcher.box.arrives(address_of(actor))
    assert receipt.subject == "You have enrolled a learner: Academic writing in English"
    assert receipt.text is not None
    assert f"/desk/offerings/{published.offering_id}" in receipt.text


async def test_an_offer_that_was_taken_while_the_mail_server_was_away_is_not_made_again(
    notification: Notification,
) -> None:
    learner, published = await notification.register(), await notification.publish()
    await notification.catcher.stop()
    fields = about(learner, published.offering_id)
    until = notification.clock.now() + timedelta(hours=24)
    await notification.deliver(
        PlaceOffered(**fields, fee_minor=42000, currency="EUR", offered_until=until),
        EnrolmentRequested(
            **fields | {"version": 2},
            payer="self",
            fee_minor=42000,
            currency="EUR",
            held_until=until,
            starts_at=STARTS_AT,
        ),
    )
    await notification.has("SELECT state = 'held' FROM enrolment")

    await notification.catcher.start()

    assert (await notification.mail("place_offered", state="not_needed"))["why"] == "offer_over"


async def test_a_place_that_lapsed_is_told_unless_the_money_came_after_all(
    notification: Notification,
) -> None:
    learner, published = await notification.register(), await notification.publish()
    lapsed = EnrolmentLapsed(
        **about(learner, published.offering_id, 2),
        why="not_paid",
        lapsed_at=notification.clock.now(),
    )
    await notification.deliver(lapsed)
    mail = await notification.catcher.box.arrives(address_of(learner))
    assert mail.subject == "Your place has lapsed: Academic writing in English"

    await notification.catcher.stop()
    again = EnrolmentLapsed(
        **about(learner, published.offering_id, 2),
        why="not_paid",
        lapsed_at=notification.clock.now(),
    )
    await notification.deliver(again)
    await notification.confirm(published, learner, enrolment_id=again.enrolment_id, version=3)
    await notification.has(
        "SELECT state = 'confirmed' FROM enrolment WHERE enrolment_id = $1", again.enrolment_id
    )
    await notification.catcher.start()

    unneeded = await notification.mail(
        "enrolment_lapsed", state="not_needed", about=again.enrolment_id
    )
    assert unneeded["why"] == "has_a_place_after_all"


async def test_the_offices_decision_and_the_refund_are_told(notification: Notification) -> None:
    learner, published = await notification.register(), await notification.publish()
    fact = await notification.confirm(published, learner)
    left = await notification.withdraw(fact)
    await notification.mail("withdrawal_receipt", state="sent")

    await notification.deliver(
        WithdrawalReviewed(
            enrolment_id=fact.enrolment_id,
            version=4,
            learner_id=learner,
            offering_id=published.offering_id,
            withdrawal_id=left.withdrawal_id,
            ground="goodwill",
            refund_minor=19500,
            kept_minor=0,
            currency="EUR",
            explanation="The faculty changed your internship.",
            reviewed_at=notification.clock.now(),
        ),
        RefundIssued(
            order_id=uuid4(),
            enrolment_id=fact.enrolment_id,
            learner_id=learner,
            refund_id=uuid4(),
            payment_id=uuid4(),
            sequence=1,
            amount_minor=19500,
            currency="EUR",
            why="withdrawal",
            issued_at=notification.clock.now(),
        ),
    )

    await notification.mail("withdrawal_decision", state="sent")
    await notification.mail("refund", state="sent")
    box = notification.catcher.box
    texts = [box.open(each).text or "" for each in box.find(address_of(learner))]
    assert any("> The faculty changed your internship." in text for text in texts)
    assert "€195.00 is on its way: Academic writing in English" in notification.to(learner)


def document(enrolment_id: UUID, **changes: Any) -> dict[str, Any]:
    """The fields that an invoice and a credit note share."""
    return {
        "order_id": uuid4(),
        "enrolment_id": enrolment_id,
        "learner_id": uuid4(),
        "invoice_id": uuid4(),
        "number": "2027-000001",
        "organisation": "Ziekenhuis Rijnland",
        "billing_mail_address": "facturen@employer.example",
        "language": "nl",
        "amount_minor": 42000,
        "currency": "EUR",
        "pdf": PDF,
    } | changes


async def test_an_invoice_goes_to_the_billing_address_with_its_document(
    notification: Notification,
) -> None:
    learner, published = await notification.register(), await notification.publish()
    fields = about(learner, published.offering_id)
    now = notification.clock.now()
    issued = InvoiceIssued(
        **document(fields["enrolment_id"]),
        issued_at=now,
        due_at=now + timedelta(days=30),
    )

    await notification.deliver(issued)  # Ahead of the place that it is for.
    await notification.has("SELECT true FROM mail WHERE why = 'waits_for_enrolment'")
    await notification.deliver(
        EnrolmentRequested(
            **fields,
            payer="employer",
            fee_minor=42000,
            currency="EUR",
            held_until=now + timedelta(minutes=30),
            starts_at=STARTS_AT,
        )
    )

    mail = await notification.catcher.box.arrives("facturen@employer.example")
    assert mail.subject == "Factuur 2027-000001: € 420,00, tot en met 9 april 2027"
    assert notification.to(learner) == []
    assert "ucja" not in (mail.text or "") + (mail.html or "")
    (attached,) = [part for part in mail.parts if part.content_type == "application/pdf"]
    assert (attached.file_name, attached.size) == ("2027-000001.pdf", len(PDF))


async def test_a_credit_note_follows_its_invoice(notification: Notification) -> None:
    learner, published = await notification.register(), await notification.publish()
    fact = await notification.confirm(published, learner)

    await notification.deliver(
        InvoiceCredited(
            **document(fact.enrolment_id, number="2027-C00001"),
            credited_number="2027-000001",
            credited_at=notification.clock.now(),
        )
    )

    mail = await notification.catcher.box.arrives("facturen@employer.example")
    assert mail.subject == "Creditfactuur 2027-C00001 bij factuur 2027-000001"
    assert mail.parts[-1].file_name == "2027-C00001.pdf"


async def test_documents_are_forgotten_long_after_they_were_sent(
    notification: Notification,
) -> None:
    learner, published = await notification.register(), await notification.publish()
    fact = await notification.confirm(published, learner)
    now = notification.clock.now()
    await notification.deliver(
        InvoiceIssued(**document(fact.enrolment_id), issued_at=now, due_at=now)
    )
    await notification.mail("invoice", state="sent")

    notification.clock.move(days=89)
    early = await jobs.forget_attachments(notification.parts)
    notification.clock.move(days=2)
    late = await jobs.forget_attachments(notification.parts)

    assert (early, late) == (0, 1)


async def test_an_evaluation_is_asked_for_once_and_not_of_those_who_have_answered(
    notification: Notification,
) -> None:
    learner, published = await notification.register(), await notification.publish()
    first = await notification.confirm(published, learner)
    second = await notification.confirm(published, learner)
    await notification.has("SELECT count(*) = 2 FROM enrolment")
    now = notification.clock.now()
    opened = [
        EvaluationOpened(
            evaluation_id=uuid4(),
            enrolment_id=each.enrolment_id,
            learner_id=learner,
            offering_id=published.offering_id,
            open_until=now + timedelta(days=14),
        )
        for each in (first, second)
    ]

    await notification.deliver(
        EvaluationSubmitted(
            evaluation_id=opened[1].evaluation_id,
            enrolment_id=second.enrolment_id,
            offering_id=published.offering_id,
            submitted_at=now,
        ),
        *opened,
    )

    sent = await notification.mail("evaluation_invitation", state="sent")
    unneeded = await notification.mail("evaluation_invitation", state="not_needed")
    assert sent["regarding"] == opened[0].evaluation_id
    assert (unneeded["regarding"], unneeded["why"]) == (
        opened[1].evaluation_id,
        "evaluated_already",
    )


async def test_a_document_that_is_ready_is_told(notification: Notification) -> None:
    learner, published = await notification.register(language="nl"), await notification.publish()
    fact = await notification.confirm(published, learner)

    await notification.deliver(
        DocumentIssued(
            document_id=uuid4(),
            enrolment_id=fact.enrolment_id,
            learner_id=learner,
            offering_id=published.offering_id,
            kind="proof_of_attendance",
            number="D-2027-011873",
            language="nl",
            issued_at=notification.clock.now(),
        )
    )

    await notification.mail("document_ready", state="sent")
    assert any(
        subject.startswith("Je bewijs van deelname is klaar")
        for subject in notification.to(learner)
    )


async def test_who_signs_up_gets_a_link_before_anybody_knows_them(
    notification: Notification,
) -> None:
    await notification.deliver(
        MailAddressVerificationRequested(
            account_id=uuid4(),
            mail_address="new@example.org",
            name="Noor de Vries",
            language="en",
            link="http://portal.test/verify?token=a&next=%2F",
            expires_at=notification.clock.now() + timedelta(hours=48),
        )
    )

    mail = await notification.catcher.box.arrives("new@example.org")
    assert mail.text is not None
    assert "http://portal.test/verify?token=a&next=%2F" in mail.text
    assert 'href="http://portal.test/verify?token=a&amp;next=%2F"' in (mail.html or "")


async def test_whoever_has_another_way_in_hears_of_it_each_time_whatever_they_stopped(
    notification: Notification,
) -> None:
    learner = await notification.register(language="nl")
    async with notification.parts.db.transaction() as tx:
        # No link of ours says this.
        wish = Wish(account_id=learner, purpose="security_notice")
        await commands.stop_mails(tx, wish, now=notification.clock.now())
    now = notification.clock.now()

    await notification.deliver(
        SecondStepTurnedOn(account_id=learner, happened_at=now),
        LoginAdded(
            account_id=learner,
            login=Translated(nl="eduID", en="eduID"),
            happened_at=now,
        ),
    )
    mail = await notification.catcher.box.arrives(address_of(learner), 2)

    assert sorted(notification.to(learner)) == [
        "Je account vraagt nu om een code",
        "Nieuwe manier van inloggen op je account",
    ]
    headers = dict(mail.headers)
    assert headers["List-Id"] == "<security-notice.portal.test>"
    assert "List-Unsubscribe" not in headers
    assert mail.to_names == (f"{LUCJA} <{address_of(learner)}>",)


async def test_a_notice_waits_for_who_it_is_about(notification: Notification) -> None:
    account_id = uuid4()
    await notification.deliver(
        PasswordReplaced(account_id=account_id, happened_at=notification.clock.now())
    )
    waiting = await notification.mail("security_notice", state="planned", about=account_id)
    await notification.has("SELECT why = 'waits_for_person' FROM mail")

    await notification.deliver(person(account_id, address_of(account_id)))

    await notification.catcher.box.arrives(address_of(account_id))
    assert notification.to(account_id) == ["Your password has been changed"]
    assert (await notification.mail("security_notice", state="sent"))["mail_id"] == waiting[
        "mail_id"
    ]
