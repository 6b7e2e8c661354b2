"""The mail server goes away, refuses, breaks off, or accepts right before we crash."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from contracts.identity import PasswordResetRequested
from contracts.notification import MailFailed, MailSent
from deploy.local.standins.mail_catcher_box import Caught
from services.notification import commands, jobs
from services.notification.domain.ledger import NotBegun
from services.notification.mails.writer import recipient_of
from tests.integration.notification.steps import Notification, address_of, confirmed, person
from tests.support.examples import offering
from tests.support.running import eventually


async def somebody_confirmed(resting: Notification) -> UUID:
    """A confirmation is due, and a reminder is not."""
    learner, published = uuid4(), offering()
    await resting.know(
        person(learner, address_of(learner)),
        published,
        confirmed(published, learner, at=resting.clock.now()),
    )
    return learner


async def test_mails_wait_while_the_mail_server_is_away_and_come_once_when_it_is_back(
    notification: Notification,
) -> None:
    await notification.catcher.stop()
    published = await notification.publish()
    learners = [await notification.register() for _ in range(3)]
    for learner in learners:
        await notification.confirm(published, learner)
    await notification.has("SELECT count(*) = 3 FROM mail WHERE purpose = 'confirmation'")
    notification.clock.move(days=2)
    assert await notification.fetchval("SELECT sum(attempts) FROM mail") == 0

    await notification.catcher.start()

    for learner in learners:
        await notification.catcher.box.arrives(address_of(learner))
    await notification.told.wait_for(MailSent, 3)
    assert notification.catcher.box.latest == 3


async def test_a_server_that_goes_away_between_two_mails_costs_none(resting: Notification) -> None:
    first = await somebody_confirmed(resting)
    await resting.send_all()
    await resting.catcher.stop()  # The connection that was kept is dead now.
    second = await somebody_confirmed(resting)

    await resting.send_all()
    waiting = await resting.mail("confirmation", state="planned")
    await resting.catcher.start()
    resting.clock.move(seconds=10)
    await eventually(lambda: jobs.send_mails(resting.parts))

    assert (waiting["attempts"], waiting["uncertain"]) == (0, 0)
    assert (len(resting.to(first)), len(resting.to(second))) == (1, 1)


async def test_a_recipient_that_does_not_exist_fails_with_the_servers_code(
    notification: Notification,
) -> None:
    learner = await notification.register()
    notification.catcher.refusals[address_of(learner)] = "550 5.1.1 <somebody> is unknown here"
    published = await notification.publish()

    fact = await notification.confirm(published, learner)

    failed = await notification.told.wait_for(MailFailed)
    assert (failed.purpose, failed.regarding) == ("confirmation", fact.enrolment_id)
    assert (failed.why, failed.attempts) == ("550 5.1.1", 1)
    assert (await notification.mail("confirmation", state="failed"))["why"] == "550 5.1.1"


async def test_no_log_line_names_anybody(
    resting: Notification, capsys: pytest.CaptureFixture[str]
) -> None:
    learner = await somebody_confirmed(resting)
    resting.catcher.refusals[address_of(learner)] = f"550 5.1.1 <{address_of(learner)}> unknown"
    await resting.send_all()
    await resting.catcher.stop()
    other = await somebody_confirmed(resting)
    await resting.send_all()

    logged = capsys.readouterr().out
    assert "notification.portion_sent" in logged
    assert "notification.mail_server_away" in logged
    for person_of in (learner, other):
        assert str(person_of) not in logged
    assert "ucja" not in logged


async def test_a_refusal_of_one_holds_up_no_other(notification: Notification) -> None:
    published = await notification.publish()
    refused, welcome = await notification.register(), await notification.register()
    notification.catcher.refusals[address_of(refused)] = "550 5.1.1 no"

    await notification.confirm(published, refused)
    await notification.confirm(published, welcome)

    await notification.catcher.box.arrives(address_of(welcome))


async def test_a_temporary_refusal_is_tried_again_later(resting: Notification) -> None:
    learner = await somebody_confirmed(resting)
    resting.catcher.refusals[address_of(learner)] = "451 4.7.1 Greylisted, come back"
    await resting.send_all()
    put_off = await resting.mail("confirmation", state="planned")
    resting.catcher.refusals.clear()

    await resting.send_all()
    early = len(resting.to(learner))
    resting.clock.move(minutes=1)
    await resting.send_all()

    assert put_off["due_at"] - put_off["planned_at"] == timedelta(minutes=1)
    assert (put_off["attempts"], put_off["why"]) == (1, "451 4.7.1")
    assert (early, len(resting.to(learner))) == (0, 1)


async def test_a_server_that_closes_a_line_in_the_middle_of_a_mail_costs_no_attempt(
    resting: Notification,
) -> None:
    learner = await somebody_confirmed(resting)
    resting.catcher.refusals[address_of(learner)] = "421 4.4.2 Closing, try again"

    await resting.send_all()

    waiting = await resting.mail("confirmation", state="planned")
    assert (waiting["why"], waiting["attempts"]) == ("mail_server_away", 0)


async def test_a_crash_after_the_server_accepted_sends_the_same_mail_again_and_counts_it(
    resting: Notification,
) -> None:
    learner = await somebody_confirmed(resting)
    async with resting.parts.db.transaction() as tx:
        _, (case,) = await commands.claim_mails(
            tx, limit=10, zone=resting.parts.settings.institution_zone, now=resting.clock.now()
        )
    content = resting.parts.writer.compose(case, now=resting.clock.now())
    await resting.parts.mail_server.send(content, recipient_of(case).address)
    # Here the process ends. Another one finds the mail still being sent, until the lease is over.
    await resting.send_all()
    assert await jobs.release_expired_leases(resting.parts) == 0

    resting.clock.move(minutes=3)
    assert await jobs.release_expired_leases(resting.parts) == 1
    await resting.send_all()

    box = resting.catcher.box
    ids = [box.summary(each).message_id for each in box.find(address_of(learner))]
    assert ids == [f"<{case.mail.mail_id}@portal.test>"] * 2
    sent = await resting.mail("confirmation", state="sent")
    assert (sent["uncertain"], sent["attempts"], sent["revision"]) == (1, 1, 1)


async def test_a_crash_in_the_middle_of_a_portion_repeats_no_mail_that_was_accepted_long_ago(
    resting: Notification, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by chaos, seed 7: every crash doubled up to a hundred mails."""
    slow = await somebody_confirmed(resting)
    quick = [await somebody_confirmed(resting) for _ in range(3)]
    keep, answered = resting.catcher.box.keep, asyncio.Event()

    async def keep_slowly(sender: str, recipients: tuple[str, ...], content: bytes) -> Caught:
        if address_of(slow) in recipients:
            await answered.wait()
        return await keep(sender, recipients, content)

    monkeypatch.setattr(resting.catcher.box, "keep", keep_slowly)

    sending = asyncio.ensure_future(jobs.send_mails(resting.parts))
    await resting.has("SELECT count(*) = 3 FROM mail WHERE state = 'sent'")

    # Here the process could end: one mail would be sent again.
    assert not sending.done()
    assert [len(resting.to(each)) for each in quick] == [1, 1, 1]
    answered.set()
    await sending
    assert await resting.fetchval("SELECT count(*) FROM mail WHERE state = 'sent'") == 4


async def test_a_process_that_comes_back_after_its_lease_writes_nothing(
    resting: Notification,
) -> None:
    await somebody_confirmed(resting)
    zone = resting.parts.settings.institution_zone
    async with resting.parts.db.transaction() as tx:
        _, (case,) = await commands.claim_mails(tx, limit=10, zone=zone, now=resting.clock.now())
    resting.clock.move(minutes=3)
    await jobs.release_expired_leases(resting.parts)

    await jobs._record(resting.parts, [(case.mail, NotBegun())])  # noqa: SLF001

    assert (await resting.mail("confirmation", state="planned"))["why"] == "sender_stopped"


async def test_two_processes_never_claim_the_same_mail(resting: Notification) -> None:
    for _ in range(3):
        await somebody_confirmed(resting)
    zone, now = resting.parts.settings.institution_zone, resting.clock.now()

    async with resting.parts.db.transaction() as ours, resting.parts.db.transaction() as theirs:
        _, first = await commands.claim_mails(ours, limit=2, zone=zone, now=now)
        _, second = await commands.claim_mails(theirs, limit=2, zone=zone, now=now)

    claimed = [case.mail.mail_id for case in (*first, *second)]
    assert len(set(claimed)) == len(claimed) == 3


async def test_a_password_is_not_kept_waiting_behind_reminders(resting: Notification) -> None:
    learner, published = uuid4(), offering()
    await resting.know(person(learner, address_of(learner)), published)
    for _ in range(3):
        await resting.know(confirmed(published, learner, at=resting.clock.now()))
    await resting.send_all()
    resting.clock.move(days=27, hours=4)  # The reminders are due.
    await resting.know(
        PasswordResetRequested(
            account_id=uuid4(),
            mail_address="hurry@example.org",
            name="Noor",
            language="en",
            link="http://portal.test/reset?token=secret",
            expires_at=resting.clock.now() + timedelta(hours=1),
        )
    )

    async with resting.parts.db.transaction() as tx:
        _, (first,) = await commands.claim_mails(
            tx, limit=1, zone=resting.parts.settings.institution_zone, now=resting.clock.now()
        )

    assert first.mail.purpose == "password_reset"


async def test_a_secret_link_arrives_and_is_forgotten(notification: Notification) -> None:
    for token in ("one", "two"):
        await notification.deliver(
            PasswordResetRequested(
                account_id=UUID(int=77),
                mail_address="noor@example.org",
                name="Noor de Vries",
                language="nl",
                link=f"http://portal.test/reset?token={token}",
                expires_at=notification.clock.now() + timedelta(hours=1),
            )
        )

    await notification.catcher.box.arrives("noor@example.org", 2)
    box = notification.catcher.box
    texts = [box.open(each).text or "" for each in box.find("noor@example.org")]
    assert {text.partition("token=")[2][:3] for text in texts} == {"one", "two"}
    await notification.has("SELECT count(*) = 2 FROM mail WHERE state = 'sent'")
    kept = await notification.fetch("SELECT revision, fact FROM mail ORDER BY revision")
    assert [(row["revision"], row["fact"]) for row in kept] == [(1, None), (2, None)]


async def test_a_mail_that_cannot_be_written_holds_up_no_other(resting: Notification) -> None:
    broken, well = await somebody_confirmed(resting), await somebody_confirmed(resting)
    async with resting.parts.db.reading() as connection:
        await connection.execute(
            "UPDATE mail SET purpose = 'refund' WHERE account_id = $1 AND purpose = 'confirmation'",
            broken,
        )

    await resting.send_all()

    assert len(resting.to(well)) == 1
    assert (await resting.mail("refund", state="planned"))["why"] == "could_not_be_written"


async def test_an_address_that_no_server_reads_fails(resting: Notification) -> None:
    learner, published = uuid4(), offering()
    await resting.know(
        person(learner, "nóór@example.org"),
        published,
        confirmed(published, learner, at=resting.clock.now()),
    )

    await resting.send_all()

    assert (await resting.mail("confirmation", state="failed"))["why"] == "553 5.6.7"


async def test_a_slow_mail_server_holds_up_no_fact(notification: Notification) -> None:
    """While the server keeps a mail hanging, facts have their effect."""
    notification.catcher.hold = release = asyncio.Event()
    published, learner = await notification.publish(), await notification.register()
    await notification.confirm(published, learner)
    await notification.mail("confirmation", state="sending")

    other = await notification.register()
    await notification.confirm(published, other)
    await notification.has("SELECT true FROM enrolment WHERE learner_id = $1", other)
    release.set()

    await notification.catcher.box.arrives(address_of(other))


async def test_a_crowd_of_reminders_goes_out_in_portions_each_once(resting: Notification) -> None:
    published, learners = offering(), [uuid4() for _ in range(350)]
    people = [person(each, address_of(each)) for each in learners]
    now = resting.clock.now()
    facts = [confirmed(published, each, at=now) for each in learners]
    async with resting.parts.db.transaction() as tx:
        await commands.copy_people(tx, people, now=now)
        await commands.follow_enrolments(tx, facts, now=now)
    await resting.know(published)
    await resting.send_all()
    resting.clock.move(days=27, hours=4)

    portions = []
    while done := await jobs.send_mails(resting.parts):
        portions.append(done)

    assert portions == [100, 100, 100, 50]
    assert all(len(resting.to(each)) == 2 for each in learners)
    told = await resting.fetchval(
        "SELECT count(*) FROM outbox WHERE topic = 'notification.mail_sent.v2'"
    )
    assert told == 700
