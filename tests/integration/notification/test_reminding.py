"""One week before the start, to those who are still going (A19, A20)."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from msgspec.structs import replace

from contracts.catalogue import OfferingRescheduled, OfferingState
from contracts.enrolment import EnrolmentCancelled
from contracts.notification import MailSent
from tests.integration.notification.steps import (
    Notification,
    address_of,
    confirmed,
    person,
    withdrawn,
)
from tests.support.examples import both, cancellation, offering

DUE = datetime(2027, 4, 6, 16, 30, tzinfo=UTC)
ALMOST = timedelta(seconds=1)


def moved(published: OfferingState, by: timedelta, version: int = 2) -> OfferingRescheduled:
    """All meetings, by so much."""
    sessions = tuple(
        replace(each, starts_at=each.starts_at + by, ends_at=each.ends_at + by)
        for each in published.sessions
    )
    fields = {name: getattr(published, name) for name in published.__struct_fields__}
    return OfferingRescheduled(
        **fields
        | {
            "version": version,
            "sessions": sessions,
            "starts_at": published.starts_at + by,
            "ends_at": published.ends_at + by,
            "moved_session_ids": tuple(each.session_id for each in sessions),
        }
    )


async def looked_at(notification: Notification) -> None:
    """Wait until everything that is due has been looked at."""
    await notification.has(
        "SELECT NOT EXISTS (SELECT FROM mail WHERE state = 'sending' OR state = 'planned' AND due_at <= $1)",
        notification.clock.now(),
    )


async def test_a_reminder_comes_exactly_one_week_before(notification: Notification) -> None:
    learner, published = await notification.register(), await notification.publish()
    fact = await notification.confirm(published, learner)
    await notification.mail("confirmation", state="sent")

    notification.clock.set(DUE - ALMOST)
    await looked_at(notification)
    early = len(notification.to(learner))
    notification.clock.set(DUE)

    mail = await notification.catcher.box.arrives(address_of(learner), 2)
    assert early == 1
    assert mail.subject == "Next week: Academic writing in English starts on 13 April 2027"
    assert dict(mail.headers)["Date"] == "Tue, 06 Apr 2027 16:30:00 +0000"
    sent = await notification.told.wait_for(MailSent, 2)
    assert (sent.purpose, sent.regarding) == ("reminder", fact.enrolment_id)


async def test_a_reschedule_moves_the_reminder_and_tells_from_what_to_what(
    notification: Notification,
) -> None:
    learner, published = await notification.register(), await notification.publish()
    await notification.confirm(published, learner)
    await notification.mail("confirmation", state="sent")

    later = moved(published, timedelta(weeks=2))
    await notification.deliver(later)

    mail = await notification.catcher.box.arrives(address_of(learner), 2)
    assert mail.subject == "The schedule has changed: Academic writing in English"
    assert mail.text is not None
    assert (
        "Tue 13 Apr 2027              Tue 27 Apr 2027\n18:30–20:30                  18:30–20:30"
        in mail.text
    )
    calendar = next(part.text for part in mail.parts if part.content_type == "text/calendar")
    assert calendar is not None
    assert "SEQUENCE:2" in calendar
    reminder = await notification.mail("reminder", state="planned")
    assert reminder["due_at"] == DUE + timedelta(weeks=2)
    notification.clock.set(DUE)
    await looked_at(notification)
    assert len(notification.to(learner)) == 2
    notification.clock.set(DUE + timedelta(weeks=2))
    await notification.catcher.box.arrives(address_of(learner), 3)


async def test_a_course_that_moves_after_its_reminder_is_reminded_of_again(
    notification: Notification,
) -> None:
    learner, published = await notification.register(), await notification.publish()
    await notification.confirm(published, learner)
    await notification.mail("confirmation", state="sent")
    notification.clock.set(DUE)
    await notification.mail("reminder", state="sent")

    await notification.deliver(moved(published, timedelta(weeks=4)))
    await notification.mail("rescheduled", state="sent")
    notification.clock.set(DUE + timedelta(weeks=4))

    mail = await notification.catcher.box.arrives(address_of(learner), 4)
    assert mail.subject == "Next week: Academic writing in English starts on 11 May 2027"
    assert (await notification.told.wait_for(MailSent, 4)).revision == 2


async def test_a_course_that_moves_within_the_week_sends_one_mail_and_no_reminder(
    notification: Notification,
) -> None:
    learner, published = await notification.register(), await notification.publish()
    await notification.confirm(published, learner)
    await notification.mail("confirmation", state="sent")

    notification.clock.set(DUE - timedelta(days=2))
    await notification.deliver(moved(published, timedelta(days=-3)))

    await notification.mail("rescheduled", state="sent")
    unneeded = await notification.mail("reminder", state="not_needed")
    assert unneeded["why"] == "told_already"
    assert len(notification.to(learner)) == 2


async def test_two_moves_before_the_mail_goes_out_make_one_mail(
    notification: Notification,
) -> None:
    learner, published = await notification.register(), await notification.publish()
    await notification.confirm(published, learner)
    await notification.mail("confirmation", state="sent")
    await notification.catcher.stop()

    await notification.deliver(moved(published, timedelta(weeks=1), 2))
    await notification.deliver(moved(published, timedelta(weeks=2), 3))
    await notification.has("SELECT version = 3 FROM offering")
    await notification.catcher.start()
    notification.clock.move(seconds=10)

    mail = await notification.catcher.box.arrives(address_of(learner), 2)
    assert mail.text is not None
    assert (
        "Tue 13 Apr 2027              Tue 27 Apr 2027\n18:30–20:30                  18:30–20:30"
        in mail.text
    )
    await looked_at(notification)
    assert len(notification.to(learner)) == 2


async def test_the_older_of_two_moves_may_come_last(notification: Notification) -> None:
    learner, published = await notification.register(), await notification.publish()
    await notification.confirm(published, learner)
    await notification.mail("confirmation", state="sent")

    await notification.deliver(moved(published, timedelta(weeks=2), 3))
    await notification.mail("rescheduled", state="sent")
    await notification.deliver(moved(published, timedelta(weeks=1), 2))
    await notification.handled("notification.follow_catalogue", 3)
    await looked_at(notification)

    assert len(notification.to(learner)) == 2
    assert await notification.fetchval("SELECT version FROM offering") == 3


async def test_a_new_version_without_a_move_mails_nobody(notification: Notification) -> None:
    learner, published = await notification.register(), await notification.publish()
    await notification.confirm(published, learner)
    await notification.mail("confirmation", state="sent")

    await notification.deliver(replace(published, version=2, title=both("Writing")))
    await notification.knows(replace(published, version=2))
    await looked_at(notification)

    assert len(notification.to(learner)) == 1


async def test_a_withdrawal_stops_the_reminder_at_once(notification: Notification) -> None:
    learner, published = await notification.register(), await notification.publish()
    fact = await notification.confirm(published, learner)
    await notification.mail("confirmation", state="sent")

    await notification.withdraw(fact)

    assert (await notification.mail("reminder", state="not_needed"))["why"] == "withdrawn"
    notification.clock.set(DUE)
    await looked_at(notification)
    assert len(notification.to(learner)) == 2  # Confirmation and receipt.


async def test_who_enrols_within_the_week_gets_all_in_one_mail(notification: Notification) -> None:
    learner = await notification.register()
    sessions = tuple(
        replace(each, online_url="https://learn.example/aw")
        for each in (await notification.publish()).sessions
    )
    published = await notification.publish(sessions=sessions)
    notification.clock.set(DUE)

    await notification.confirm(published, learner)

    mail = await notification.catcher.box.arrives(address_of(learner))
    assert mail.text is not None
    assert "https://learn.example/aw" in mail.text
    assert "Dr. F. McAllister" in mail.text
    assert (await notification.mail("reminder", state="not_needed"))["why"] == "told_already"
    assert len(notification.to(learner)) == 1


async def test_a_cancelled_offering_is_told_with_its_reason_and_reminds_nobody(
    notification: Notification,
) -> None:
    learner, published = await notification.register(), await notification.publish()
    fact = await notification.confirm(published, learner)
    await notification.mail("confirmation", state="sent")

    await notification.deliver(
        EnrolmentCancelled(
            enrolment_id=fact.enrolment_id,
            version=3,
            learner_id=learner,
            offering_id=published.offering_id,
            was_confirmed=True,
            refund_minor=19500,
            currency="EUR",
        )
    )
    await notification.has(
        "SELECT true FROM mail WHERE purpose = 'offering_cancelled' AND why = 'waits_for_offering'"
    )
    await notification.deliver(cancellation(published, "Too few people enrolled."))

    mail = await notification.catcher.box.arrives(address_of(learner), 2)
    assert mail.text is not None
    assert "> Too few people enrolled." in mail.text
    assert "€195.00" in mail.text
    assert any(part.parameters.get("method") == "CANCEL" for part in mail.parts)
    assert (await notification.mail("reminder", state="not_needed"))["why"] == "cancelled"


async def test_who_leaves_right_before_it_is_sent_gets_none(resting: Notification) -> None:
    """What is committed after a reminder fell due, and before it is claimed, still counts."""
    learner, published = uuid4(), offering()
    fact = confirmed(published, learner, at=resting.clock.now())
    await resting.know(person(learner, address_of(learner)), published, fact)
    await resting.send_all()
    resting.clock.set(DUE)

    await resting.know(withdrawn(fact, at=DUE))
    await resting.send_all()

    assert [subject.partition(":")[0] for subject in resting.to(learner)] == [
        "You are enrolled",
        "You have withdrawn",
    ]
