"""From a fact to the mail in somebody's box, once, whatever the order of things."""

from uuid import uuid4

from msgspec.structs import replace

from contracts.notification import MailSent
from services.notification.app import SERVICE
from tests.integration.notification.steps import (
    Notification,
    address_of,
    confirmed,
    person,
    text_of,
)
from tests.support.examples import offering
from tests.support.running import eventually
from tests.support.servers import Templates


async def test_a_confirmation_comes_with_everything_and_an_invite(
    notification: Notification,
) -> None:
    learner = await notification.register()
    published = await notification.publish()

    fact = await notification.confirm(published, learner)

    mail = await notification.catcher.box.arrives(address_of(learner))
    assert mail.subject == "You are enrolled: Academic writing in English, from 13 April 2027"
    assert mail.to_names == (f"Łucja Ñuñez-van 't Hof <{address_of(learner)}>",)
    text = text_of(mail)
    assert "Language Centre, room 0.12" in text
    assert "It costs €97.50 until the start and €195.00 after that" in text
    assert f"http://portal.test/my/courses/{fact.enrolment_id}" in text
    calendars = [part for part in mail.parts if part.content_type == "text/calendar"]
    assert [part.parameters["method"] for part in calendars] == ["REQUEST", "REQUEST"]
    sent = await notification.told.wait_for(MailSent)
    assert (sent.purpose, sent.regarding, sent.revision) == (
        "confirmation",
        fact.enrolment_id,
        1,
    )


async def test_it_comes_in_the_readers_language(notification: Notification) -> None:
    learner = await notification.register(language="nl")
    published = await notification.publish()

    await notification.confirm(published, learner)

    mail = await notification.catcher.box.arrives(address_of(learner))
    assert mail.subject.startswith("Je bent ingeschreven")
    assert dict(mail.headers)["Content-Language"] == "nl"


async def test_a_fact_that_is_told_twice_is_mailed_once(notification: Notification) -> None:
    learner = await notification.register()
    published = await notification.publish()
    fact = confirmed(published, learner, at=notification.clock.now())
    event_id = uuid4()

    await notification.deliver(fact, event_id=event_id)
    await notification.deliver(fact, event_id=event_id)
    await notification.deliver(fact)  # Told anew, with an id of its own.
    await notification.handled("notification.follow_enrolments", 2)
    await notification.mail("confirmation", state="sent")

    assert await notification.fetchval("SELECT count(*) FROM mail") == 2  # And the reminder.
    assert len(notification.to(learner)) == 1


async def test_a_worker_that_starts_again_sends_nothing_again(
    notification: Notification, templates: Templates
) -> None:
    learner = await notification.register()
    published = await notification.publish()
    await notification.confirm(published, learner)
    await notification.mail("confirmation", state="sent")

    for _ in range(3):
        for job in SERVICE.jobs:
            await job.tick(notification.parts)

    assert len(notification.to(learner)) == 1


async def test_a_confirmation_waits_for_its_reader(notification: Notification) -> None:
    published, learner = await notification.publish(), uuid4()
    await notification.confirm(published, learner)
    await notification.has("SELECT true FROM mail WHERE why = 'waits_for_person'")
    assert notification.to(learner) == []

    await notification.deliver(person(learner, address_of(learner)))

    await notification.catcher.box.arrives(address_of(learner))


async def test_a_confirmation_waits_for_its_offering(notification: Notification) -> None:
    learner, published = await notification.register(), offering()
    await notification.confirm(published, learner)
    await notification.has("SELECT true FROM mail WHERE why = 'waits_for_offering'")

    await notification.deliver(published)

    mail = await notification.catcher.box.arrives(address_of(learner))
    assert mail.subject.startswith("You are enrolled")
    reminder = await notification.mail("reminder", state="planned")
    assert reminder["due_at"].isoformat() == "2027-04-06T16:30:00+00:00"


async def test_it_goes_to_the_address_of_the_moment(notification: Notification) -> None:
    published, learner = await notification.publish(), await notification.register()
    fact = await notification.confirm(published, learner)
    await notification.mail("confirmation", state="sent")

    await notification.deliver(person(learner, "new@example.org", version=2))
    await notification.deliver(person(learner, "old@example.org", version=1))
    await notification.handled("notification.copy_people", 3)
    await notification.withdraw(fact)

    await notification.catcher.box.arrives("new@example.org")


async def test_who_left_before_it_went_out_gets_no_confirmation(
    notification: Notification,
) -> None:
    learner, published = await notification.register(), await notification.publish()
    fact = confirmed(published, learner, at=notification.clock.now())

    await notification.withdraw(fact)
    await notification.mail("withdrawal_receipt", state="sent")
    await notification.deliver(fact)  # The older fact arrives last.

    unneeded = await notification.mail("confirmation", state="not_needed")
    assert (unneeded["why"], unneeded["settled_at"]) == ("withdrawn", notification.clock.now())
    assert notification.to(learner) == [
        "You have withdrawn: Academic writing in English, 10 March 2027, 14:00"
    ]


async def test_a_withdrawal_takes_the_meetings_out_of_the_calendar(
    notification: Notification,
) -> None:
    learner, published = await notification.register(), await notification.publish()
    fact = await notification.confirm(published, learner)
    invited = await notification.catcher.box.arrives(address_of(learner))

    await notification.withdraw(fact)

    receipt = await notification.catcher.box.arrives(address_of(learner), 2)
    assert "Wednesday 10 March 2027, 14:00" in text_of(receipt)
    assert "€165.75" in text_of(receipt)
    (request, _), (cancel, _) = (
        [part.text or "" for part in mail.parts if part.content_type == "text/calendar"]
        for mail in (invited, receipt)
    )
    assert uids(request) == uids(cancel)
    assert "METHOD:CANCEL" in cancel


def uids(calendar: str) -> list[str]:
    return [line for line in calendar.splitlines() if line.startswith("UID:")]


async def test_facts_of_many_learners_share_a_batch(notification: Notification) -> None:
    published = await notification.publish()
    learners = [await notification.register() for _ in range(12)]

    facts = [confirmed(published, each, at=notification.clock.now()) for each in learners]
    await notification.deliver(*facts, *(replace(each, version=3) for each in facts))

    for learner in learners:
        await notification.catcher.box.arrives(address_of(learner))
    await eventually(
        lambda: notification.fetchval("SELECT count(*) FROM mail WHERE state = 'sent'"),
        lambda sent: sent == 12,
    )
    assert notification.catcher.box.latest == 12
