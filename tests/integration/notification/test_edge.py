"""What people and the office see and do over HTTP."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from contracts.identity import PasswordResetRequested
from tests.integration.notification.steps import Notification, address_of


async def a_confirmed_learner(notification: Notification) -> tuple[UUID, UUID]:
    """Somebody whose confirmation was sent, and that mail's id."""
    learner, published = await notification.register(), await notification.publish()
    await notification.confirm(published, learner)
    mail = await notification.mail("confirmation", state="sent")
    return learner, mail["mail_id"]


async def test_my_mails_are_mine_alone(notification: Notification) -> None:
    learner, mail_id = await a_confirmed_learner(notification)
    eve = uuid4()

    mine = (await notification.get("/v1/mails", learner)).json()["items"]
    theirs = await notification.get("/v1/mails", eve)

    assert {each["purpose"]: each["state"] for each in mine} == {
        "confirmation": "sent",
        "reminder": "planned",
    }
    confirmation = next(each for each in mine if each["mail_id"] == str(mail_id))
    assert confirmation["sent_at"] == "2027-03-10T13:00:00Z"
    assert theirs.json()["items"] == []
    for query in (f"account_id={learner}", f"regarding={uuid4()}", "state=failed"):
        assert (await notification.get(f"/v1/mails?{query}", eve)).status_code == 404


async def test_the_office_sees_anybodys_mails_and_what_failed(notification: Notification) -> None:
    learner, mail_id = await a_confirmed_learner(notification)
    office = uuid4()

    of_person = await notification.get(f"/v1/mails?account_id={learner}", office, "office")
    regarding = of_person.json()["items"][0]["regarding"]
    about = await notification.get(f"/v1/mails?regarding={regarding}", office, "office")
    sent = await notification.get("/v1/mails?state=sent", office, "office")

    assert len(of_person.json()["items"]) == len(about.json()["items"]) == 2
    assert [each["mail_id"] for each in sent.json()["items"]] == [str(mail_id)]


async def test_a_long_list_comes_in_pages(notification: Notification) -> None:
    learner, _ = await a_confirmed_learner(notification)

    first = await notification.get("/v1/mails?limit=1", learner)
    second = await notification.get(first.json()["next"], learner)

    assert first.headers["link"] == f'<{first.json()["next"]}>; rel="next"'
    assert second.json()["next"] is None
    assert first.json()["items"] != second.json()["items"]


async def test_a_mail_can_be_looked_at_by_its_reader_and_the_office(
    notification: Notification,
) -> None:
    learner, mail_id = await a_confirmed_learner(notification)
    path = f"/v1/mails/{mail_id}/preview"

    mine = await notification.get(path, learner)

    assert mine.headers["content-type"] == "text/html; charset=utf-8"
    assert "style-src 'unsafe-inline'" in mine.headers["content-security-policy"]
    assert "You are enrolled, Łucja" in mine.text
    assert (await notification.get(path, uuid4(), "office")).text == mine.text
    assert (await notification.get(path, uuid4())).status_code == 404
    assert (await notification.get(path)).status_code == 401


async def test_one_mail_says_what_became_of_it_to_its_reader_and_the_office(
    notification: Notification,
) -> None:
    learner, mail_id = await a_confirmed_learner(notification)
    path = f"/v1/mails/{mail_id}"

    mine = await notification.get(path, learner)

    assert (mine.json()["state"], mine.json()["sent_at"]) == ("sent", "2027-03-10T13:00:00Z")
    assert (await notification.get(path, uuid4(), "office")).json() == mine.json()
    for who, roles in ((uuid4(), ()), (uuid4(), ("finance",))):
        assert (await notification.get(path, who, *roles)).status_code == 404
    assert (await notification.get(f"/v1/mails/{uuid4()}", uuid4(), "office")).status_code == 404


async def test_a_mail_that_waits_for_facts_cannot_be_looked_at_yet(
    notification: Notification,
) -> None:
    published, stranger = await notification.publish(), uuid4()
    fact = await notification.confirm(published, stranger)
    mail = await notification.mail("confirmation", state="planned", about=fact.enrolment_id)

    answer = await notification.get(f"/v1/mails/{mail['mail_id']}/preview", stranger)

    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/problems/not-written-yet")


async def test_the_office_sends_a_mail_again_as_a_revision_of_its_own(
    notification: Notification,
) -> None:
    learner, mail_id = await a_confirmed_learner(notification)
    path, office = f"/v1/mails/{mail_id}/again", uuid4()

    answer = await notification.post(path, None, office, "office", key="k1")
    repeated = await notification.post(path, None, office, "office", key="k1")

    assert answer.status_code == 201, answer.text
    assert answer.json()["revision"] == 2
    assert repeated.json() == answer.json()
    mail = await notification.catcher.box.arrives(address_of(learner), 2)
    assert mail.message_id == f"<{answer.json()['mail_id']}@portal.test>"
    assert len(notification.to(learner)) == 2
    assert (await notification.post(path, None, learner)).status_code == 403
    assert (
        await notification.post(f"/v1/mails/{uuid4()}/again", None, office, "office")
    ).status_code == 404


async def test_a_mail_that_is_still_to_be_sent_is_not_sent_again(
    notification: Notification,
) -> None:
    await a_confirmed_learner(notification)
    reminder = await notification.mail("reminder", state="planned")

    answer = await notification.post(
        f"/v1/mails/{reminder['mail_id']}/again", None, uuid4(), "office"
    )

    assert answer.status_code == 409
    assert "Tuesday 6\N{NO-BREAK SPACE}April 2027, 18:30" in answer.json()["detail"]


async def test_a_secret_link_is_neither_shown_nor_sent_again(notification: Notification) -> None:
    await notification.deliver(
        PasswordResetRequested(
            account_id=uuid4(),
            mail_address="noor@example.org",
            name="Noor",
            language="en",
            link="http://portal.test/reset?token=secret",
            expires_at=notification.clock.now() + timedelta(hours=1),
        )
    )
    mail_id = (await notification.mail("password_reset", state="sent"))["mail_id"]

    shown = await notification.get(f"/v1/mails/{mail_id}/preview", uuid4(), "office")
    again = await notification.post(f"/v1/mails/{mail_id}/again", None, uuid4(), "office")

    assert (shown.status_code, again.status_code) == (409, 409)
    assert shown.json()["type"].endswith("/problems/only-once")


async def test_one_click_stops_reminders_without_a_login_and_a_look_at_the_link_does_not(
    notification: Notification,
) -> None:
    learner, published = await notification.register(), await notification.publish()
    fact = await notification.confirm(published, learner)
    await notification.mail("confirmation", state="sent")
    notification.clock.set(datetime(2027, 4, 6, 16, 30, tzinfo=UTC))
    reminder = await notification.catcher.box.arrives(address_of(learner), 2)
    headers = dict(reminder.headers)
    url = headers["List-Unsubscribe"].strip(" <>")
    path = url.removeprefix("http://notification.test")

    page = await notification.get(path, headers={"Accept-Language": "nl"})
    looked = await notification.fetchval("SELECT count(*) FROM stopped")
    clicked = await notification.http.post(path, data={"List-Unsubscribe": "One-Click"})
    again = await notification.http.post(path, data={"List-Unsubscribe": "One-Click"})

    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Stoppen met herinneringen?" in page.text
    assert "<form" in page.text
    assert looked == 0
    assert (clicked.status_code, again.status_code) == (200, 200)
    assert "You get no more reminders" in clicked.text
    other = await notification.publish(starts_at=fact.confirmed_at + timedelta(days=60))
    await notification.confirm(other, learner)
    unneeded = await notification.mail("reminder", state="not_needed")
    assert unneeded["why"] == "stopped_by_the_learner"


async def test_a_spoiled_link_stops_nothing(notification: Notification) -> None:
    for method in ("GET", "POST"):
        answer = await notification.http.request(method, "/v1/unsubscribe/AAAA")

        assert answer.status_code == 404
        assert answer.json()["type"].endswith("/problems/link-not-ours")


async def test_every_route_is_closed_to_strangers_but_the_unsubscribe_link(
    notification: Notification,
) -> None:
    assert (await notification.get("/v1/mails")).status_code == 401
    assert (await notification.post(f"/v1/mails/{uuid4()}/again", None)).status_code == 401
