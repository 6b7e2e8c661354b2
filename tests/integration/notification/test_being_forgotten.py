"""Whoever is forgotten gets no mail any more, and nothing that comes late brings them back."""

from datetime import timedelta
from uuid import UUID, uuid4

import msgspec

from contracts.identity import AccountCorrected, AccountErased, PasswordResetRequested
from contracts.notification import NotificationErasedPersonalData
from contracts.payment import InvoiceIssued
from services.notification import jobs
from services.notification.edge import NotificationExport
from tests.integration.notification.steps import Notification, confirmed, person
from tests.support.examples import offering

CANARY = "zwaluwstaart@example.org"


async def contents(notification: Notification) -> str:
    """All that could name somebody."""
    rows = [
        *await notification.fetch("SELECT person::text AS row FROM person"),
        *await notification.fetch("SELECT mail::text AS row FROM mail"),
        *await notification.fetch("SELECT convert_from(content, 'UTF8') AS row FROM attachment"),
    ]
    return "\n".join(str(each["row"]) for each in rows)


def erased(notification: Notification, account_id: UUID) -> AccountErased:
    return AccountErased(account_id=account_id, erased_at=notification.clock.now())


def invoice(notification: Notification, enrolment_id: UUID, learner: UUID) -> InvoiceIssued:
    return InvoiceIssued(
        order_id=uuid4(),
        enrolment_id=enrolment_id,
        learner_id=learner,
        invoice_id=uuid4(),
        number="2027-000117",
        organisation="Zwaluwstaart",
        billing_mail_address=CANARY,
        language="en",
        amount_minor=19500,
        currency="EUR",
        pdf=CANARY.encode(),
        issued_at=notification.clock.now(),
        due_at=notification.clock.now() + timedelta(days=30),
    )


async def test_a_mail_that_was_planned_is_not_sent_to_whoever_is_forgotten(
    resting: Notification,
) -> None:
    ada, published = uuid4(), offering()
    fact = confirmed(published, ada, at=resting.clock.now())
    await resting.know(published, person(ada, CANARY), fact)
    await resting.know(invoice(resting, fact.enrolment_id, ada))

    await resting.know(erased(resting, ada))
    while await jobs.send_mails(resting.parts):
        pass

    assert CANARY not in await contents(resting)
    states = await resting.fetch("SELECT DISTINCT state, why FROM mail")
    assert [tuple(each) for each in states] == [("not_needed", "erased")]


async def test_what_comes_late_brings_nobody_back(resting: Notification) -> None:
    ada, published = uuid4(), offering()
    known = person(ada, CANARY)
    await resting.know(published, erased(resting, ada))

    await resting.know(known)
    await resting.know(
        AccountCorrected(
            account_id=ada,
            version=99,
            mail_address=CANARY,
            name="Ada",
            language="en",
            affiliation="guest",
        ),
        PasswordResetRequested(
            account_id=ada,
            mail_address=CANARY,
            name="Ada",
            language="en",
            link=f"http://identity.test/reset?{CANARY}",
            expires_at=resting.clock.now() + timedelta(minutes=30),
        ),
    )
    fact = confirmed(published, ada, at=resting.clock.now())
    await resting.know(fact)
    await resting.know(invoice(resting, fact.enrolment_id, ada))
    while await jobs.send_mails(resting.parts):
        pass

    assert CANARY not in await contents(resting)
    assert await resting.fetchval("SELECT count(*) FROM mail WHERE state = 'sent'") == 0


async def test_an_invoice_that_comes_before_its_enrolment_is_forgotten_too(
    resting: Notification,
) -> None:
    ada = uuid4()
    await resting.know(erased(resting, ada))
    await resting.know(invoice(resting, uuid4(), ada))
    await jobs.send_mails(resting.parts)

    assert CANARY not in await contents(resting)


async def test_it_says_that_a_ledger_without_names_stays(notification: Notification) -> None:
    ada = await notification.register(CANARY)
    await notification.deliver(erased(notification, ada))

    told = await notification.told.wait_for(NotificationErasedPersonalData)

    assert [(each.what, each.because) for each in told.retained] == [
        ("mail_ledger", "names_nobody")
    ]


async def test_everything_that_is_known_of_me(resting: Notification) -> None:
    ada, published = uuid4(), offering()
    await resting.know(
        published, person(ada, CANARY), confirmed(published, ada, at=resting.clock.now())
    )

    answer = await resting.get("/v1/me/export", ada)

    mine = msgspec.json.decode(answer.content, type=NotificationExport)
    assert [each.mail_address for each in mine.person] == [CANARY]
    assert sorted(each.purpose for each in mine.mails) == ["confirmation", "reminder"]
