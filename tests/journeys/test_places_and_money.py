"""Full courses, free courses, failed and late payments, lost webhooks, plans that change: from outside."""

from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
import pytest

from deploy.demo.office import publish_offering
from deploy.demo.people import Inbox, Person, Refused
from deploy.demo.steps import becomes, enrol, enrolled, join, order_of, pay, until, withdraw
from tests.journeys.calendars import events_of
from tests.support.timing import AMSTERDAM, Time


async def test_a_free_course_is_final_at_once(
    staff: Callable[[str], Person], newcomer: Callable[..., Person], time: Time, inbox: Inbox
) -> None:
    learner = await join(newcomer(language="nl"))
    offering = await publish_offering(
        staff("office"), starts_at=time.evening(30), fee_minor=0, student_fee_minor=None
    )

    enrolment = await enrol(learner, offering)

    assert enrolment["state"] == "confirmed"
    await inbox.wait_for(learner.mail_address, "Je bent ingeschreven")


async def test_who_waits_gets_the_place_that_somebody_gives_up(
    staff: Callable[[str], Person], newcomer: Callable[..., Person], time: Time, inbox: Inbox
) -> None:
    first, second = await join(newcomer()), await join(newcomer())
    offering = await publish_offering(staff("office"), starts_at=time.evening(30), capacity=1)
    place = await enrolled(first, offering)
    waiting = await enrol(second, offering)
    assert (waiting["state"], waiting["position"]) == ("waitlisted", 1)

    await withdraw(first, place)

    await inbox.wait_for(second.mail_address, "A place for you")
    await second.post("enrolment", f"/v1/enrolments/{waiting['enrolment_id']}/acceptance")
    await pay(second, waiting, method="creditcard")
    await becomes(second, waiting, "confirmed")


async def test_a_payment_that_fails_can_be_tried_again_while_the_place_is_held(
    staff: Callable[[str], Person], newcomer: Callable[..., Person], time: Time
) -> None:
    learner = await join(newcomer())
    offering = await publish_offering(staff("office"), starts_at=time.evening(30))
    enrolment = await enrol(learner, offering)

    for outcome in ("failed", "canceled", "expired"):
        await pay(learner, enrolment, outcome=outcome)
    ended = await until(
        lambda: order_of(learner, enrolment),
        lambda order: [each["state"] for each in order["payments"]].count("open") == 0,
    )
    assert sorted(each["state"] for each in ended["payments"]) == ["canceled", "expired", "failed"]

    await pay(learner, enrolment, method="creditcard")
    await becomes(learner, enrolment, "confirmed")


async def test_an_unpaid_place_lapses_with_a_mail_and_late_money_goes_back_when_it_is_gone(
    staff: Callable[[str], Person], newcomer: Callable[..., Person], time: Time, inbox: Inbox
) -> None:
    """Invariant 1: every euro captured ends as a seat or as a refund, without staff."""
    slow, quick = await join(newcomer()), await join(newcomer())
    offering = await publish_offering(staff("office"), starts_at=time.evening(30), capacity=1)
    late = await enrol(slow, offering)
    order = await order_of(slow, late)
    body = {"method": "creditcard", "redirect_url": f"{slow.at.portal}/x"}
    time.move(minutes=20)
    payment = await slow.post("payment", f"/v1/orders/{order['order_id']}/payments", body)
    time.move(minutes=12)
    await inbox.wait_for(slow.mail_address, "lapsed")
    await enrolled(quick, offering)

    await slow.pay_at_provider(payment["checkout_url"])

    await inbox.wait_for(slow.mail_address, "is on its way")
    settled = await order_of(slow, late)
    assert [(each["amount_minor"], each["why"]) for each in settled["refunds"]] == [
        (42000, "late_payment")
    ]
    assert (await slow.get("enrolment", f"/v1/enrolments/{late['enrolment_id']}"))[
        "state"
    ] == "lapsed"


async def test_a_payment_whose_webhooks_are_all_lost_is_found(
    staff: Callable[[str], Person],
    newcomer: Callable[..., Person],
    time: Time,
    browser: httpx.AsyncClient,
) -> None:
    learner = await join(newcomer())
    offering = await publish_offering(staff("office"), starts_at=time.evening(30))
    enrolment = await enrol(learner, offering)
    control = f"{learner.at.provider}/_control"
    await browser.post(control, json={"lose_webhooks": True})
    try:
        await pay(learner, enrolment)
        time.move(minutes=5)
        await becomes(learner, enrolment, "confirmed")
    finally:
        await browser.post(control, json={})


async def test_paying_twice_gives_one_place_and_the_second_payment_back(
    staff: Callable[[str], Person], newcomer: Callable[..., Person], time: Time, inbox: Inbox
) -> None:
    learner = await join(newcomer())
    offering = await publish_offering(staff("office"), starts_at=time.evening(30))
    enrolment = await enrol(learner, offering)
    order = await order_of(learner, enrolment)
    body = {"method": "ideal", "redirect_url": f"{learner.at.portal}/x"}
    path = f"/v1/orders/{order['order_id']}/payments"
    payments = [await learner.post("payment", path, body) for _ in range(2)]

    for payment in payments:
        await learner.pay_at_provider(payment["checkout_url"])

    await becomes(learner, enrolment, "confirmed")
    settled = await until(
        lambda: order_of(learner, enrolment),
        lambda order: bool(order["refunds"]) and order["refunds"][0]["issued_at"],
    )
    assert [each["why"] for each in settled["refunds"]] == ["double_payment"]
    assert settled["state"] == "paid"
    await inbox.wait_for(learner.mail_address, "You are enrolled")


async def test_a_course_that_moves_takes_calendar_and_reminder_along(
    staff: Callable[[str], Person], newcomer: Callable[..., Person], time: Time, inbox: Inbox
) -> None:
    office, learner = staff("office"), await join(newcomer())
    offering = await publish_offering(office, starts_at=time.evening(20), evenings=1)
    await enrolled(learner, offering)
    first = await inbox.wait_for(learner.mail_address, "You are enrolled")
    plan = await office.get("catalogue", f"/v1/offerings/{offering['offering_id']}/plan")
    (session,) = plan["plan"]["sessions"]
    later = datetime.fromisoformat(session["starts_at"]).astimezone(AMSTERDAM) + timedelta(days=2)

    await office.post(
        "catalogue",
        f"/v1/offerings/{offering['offering_id']}/rescheduling",
        {
            "sessions": [
                {
                    "session_id": session["session_id"],
                    "starts_at": later.isoformat(),
                    "ends_at": (later + timedelta(hours=2)).isoformat(),
                    "place": "Language Centre, room 1.04",
                }
            ]
        },
    )

    moved = await inbox.wait_for(learner.mail_address, "The schedule has changed")
    assert "room 1.04" in moved.text
    (before,), (after,) = events_of(first), events_of(moved)
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after.start == later
    time.move_to(later - timedelta(days=7, minutes=1))
    subjects = [each.subject for each in await inbox.all_to(learner.mail_address)]
    assert len(subjects) == 3
    time.move_to(later - timedelta(days=7) + timedelta(seconds=1))
    await inbox.wait_for(learner.mail_address, "Next week:")


async def test_when_a_course_is_cancelled_everybody_is_told_and_gets_everything_back(
    staff: Callable[[str], Person], newcomer: Callable[..., Person], time: Time, inbox: Inbox
) -> None:
    office, learner = staff("office"), await join(newcomer())
    offering = await publish_offering(office, starts_at=time.evening(20))
    enrolment = await enrolled(learner, offering)

    await office.post(
        "catalogue",
        f"/v1/offerings/{offering['offering_id']}/cancellation",
        {"reason": {"nl": "De docent is ziek.", "en": "The lecturer is ill."}},
    )

    told = await inbox.wait_for(learner.mail_address, "Cancelled:")
    assert "The lecturer is ill." in told.text
    await inbox.wait_for(learner.mail_address, "€420.00 is on its way")
    await becomes(learner, enrolment, "cancelled")


async def test_where_another_institution_registers_the_portal_says_where(
    newcomer: Callable[..., Person],
) -> None:
    learner = await join(newcomer())
    found = await learner.get(
        "catalogue", "/v1/offerings?words=Geo-Resources&academic_year=2026-2027"
    )
    (minor,) = [each for each in found["items"] if "Geo-Resources" in each["title"]]
    offering = await learner.get("catalogue", f"/v1/offerings/{minor['offering_id']}")
    assert offering["elsewhere"]["foreign_code"] == "TA-MI-192-17"

    with pytest.raises(Refused) as refused:
        await enrol(learner, offering)

    assert refused.value.code == "registered-elsewhere"
    assert "TA-MI-192-17" in refused.value.problem["detail"]


async def test_the_seed_pages_minors_and_lists_are_all_there(
    newcomer: Callable[..., Person],
) -> None:
    visitor = newcomer()
    answer = await visitor.http.get(
        f"{visitor.at.service('catalogue')}/v1/programmes",
        params={"kind": "minor", "academic_year": "2017-2018"},
    )

    codes = {each["code"] for each in answer.json()["items"]}

    assert {
        "4000MBDNEN", "4000MDASCN", "4000MCOADN", "4000MHUEVN", "4000MMODDN", "4000MMBION",
        "4000MQBION", "4000MSRBBN", "4000MDONTN", "4000MGEORN",
    } <= codes  # fmt: skip
    assert len(codes) == 11


async def test_a_learner_of_the_institution_pays_the_students_price(
    staff: Callable[[str], Person], time: Time
) -> None:
    """A9: the affiliation in the token decides."""
    noor = staff("noor")
    offering = await publish_offering(staff("office"), starts_at=time.evening(30))

    enrolment = await enrol(noor, offering)

    assert enrolment["fee_minor"] == 19500
