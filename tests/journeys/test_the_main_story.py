"""From the overview to a downloaded certificate, over HTTP and mail only (rows A3 to A32)."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from pypdf import PdfReader

from deploy.demo.office import publish_offering
from deploy.demo.people import Inbox, Person, Refused
from deploy.demo.steps import (
    becomes,
    bill_employer,
    enrol,
    evaluate,
    join,
    pay,
    record_result,
    record_transfer,
    review,
    until,
    withdraw,
)
from tests.journeys.calendars import events_of
from tests.support.timing import AMSTERDAM, Time


@pytest.mark.parametrize(
    ("language", "confirmed", "reminder", "evaluation", "document", "passed"),
    [
        (
            "en",
            "You are enrolled",
            "Next week",
            "How was",
            "is ready",
            "has successfully completed",
        ),
        ("nl", "Je bent ingeschreven", "Volgende week", "Hoe was", "is klaar", "met goed gevolg"),
    ],
)
async def test_somebody_finds_a_course_pays_takes_part_and_gets_a_certificate_that_anyone_can_check(
    staff: Callable[[str], Person],
    newcomer: Callable[..., Person],
    time: Time,
    inbox: Inbox,
    language: str,
    confirmed: str,
    reminder: str,
    evaluation: str,
    document: str,
    passed: str,
) -> None:
    office, lecturer = staff("office"), staff("lecturer")
    offering = await publish_offering(office, starts_at=time.evening(21))
    starts_at = datetime.fromisoformat(offering["starts_at"])

    # A2–A4: found without logging in.
    learner = newcomer(language=language)
    anonymous = await learner.http.get(
        f"{learner.at.service('catalogue')}/v1/offerings",
        params={"words": "acadmic writing" if language == "en" else "academisch schrijven"},
    )
    assert offering["offering_id"] in [each["offering_id"] for each in anonymous.json()["items"]]

    # A5–A8: an own account; a link in a mail proves the address.
    await learner.sign_up()
    with pytest.raises(Refused, match="422"):
        await learner.log_in()
    await learner.confirm_mail_address()
    await learner.log_in()

    # A21 and invariant 8: what leaving costs is shown before.
    costs = await learner.get("enrolment", f"/v1/offerings/{offering['offering_id']}/leaving-costs")
    assert [cost["kept_minor"] for cost in costs["costs"]] == [6300, 21000, 42000]

    # A11–A13, A16: a seat is held, and it is final when it is paid.
    enrolment = await enrol(learner, offering)
    assert (enrolment["state"], enrolment["fee_minor"]) == ("held", 42000)
    held_until = datetime.fromisoformat(enrolment["held_until"])
    assert timedelta(minutes=29) < held_until - time.now() <= timedelta(minutes=30)
    await pay(learner, enrolment)
    await becomes(learner, enrolment, "confirmed")

    # A17, A18: one confirmation with the schedule and a calendar invite.
    mail = await inbox.wait_for(learner.mail_address, confirmed)
    assert "room 0.12" in mail.text
    assert "room 0.12" in mail.html
    assert [event.start for event in events_of(mail)] == [
        starts_at.astimezone(AMSTERDAM) + timedelta(weeks=week) for week in range(3)
    ]

    # A19, A20: exactly one week before, at the institution's wall-clock time; not a minute earlier.
    a_week_before = starts_at.astimezone(AMSTERDAM) - timedelta(days=7)
    time.move_to(a_week_before - timedelta(minutes=2))
    subjects = [each.subject for each in await inbox.all_to(learner.mail_address)]
    assert not any(reminder in subject for subject in subjects), subjects
    time.move_to(a_week_before + timedelta(seconds=1))
    reminded = await inbox.wait_for(learner.mail_address, reminder)
    assert "McAllister" in reminded.text

    # A31, A32: the evaluation opens on the last day, and is answered once.
    time.move_to(datetime.fromisoformat(offering["ends_at"]) + timedelta(minutes=5))
    await inbox.wait_for(learner.mail_address, evaluation)
    path, answers = await evaluate(learner, score=5)
    with pytest.raises(Refused, match="409"):
        await learner.post("records", path, answers)

    # A28–A30: the lecturer records the result; the certificate lies in My Records.
    await record_result(lecturer, enrolment)
    await inbox.wait_for(learner.mail_address, document)
    (record,) = (await learner.get("records", "/v1/records"))["items"]
    (issued,) = record["documents"]
    assert issued["downloads"][0]["language"] == language
    pdf = await learner.ask("GET", "records", issued["downloads"][0]["path"])
    text = PdfReader(io.BytesIO(pdf.content)).pages[0].extract_text()
    assert "Łucja Ñuñez-van" in text
    assert passed in " ".join(text.split())
    assert issued["number"] in text

    # Anyone can check it, without logging in.
    page = await learner.http.get(issued["verify_url"], headers={"Accept-Language": language})
    assert "Łucja Ñuñez-van &#39;t Hof" in page.text
    assert issued["number"] in page.text

    # Nobody was mailed twice.
    subjects = [each.subject for each in await inbox.all_to(learner.mail_address)]
    assert len(subjects) == len(set(subjects)) == 5, subjects


async def test_the_employer_pays_by_invoice(
    staff: Callable[[str], Person], newcomer: Callable[..., Person], time: Time, inbox: Inbox
) -> None:
    """A14–A16: organisation, billing address, purchase order; final when the transfer is recorded."""
    office, finance, learner = staff("office"), staff("finance"), await join(newcomer())
    offering = await publish_offering(office, starts_at=time.evening(60))
    enrolment = await enrol(learner, offering, payer="employer")
    billing_address = f"invoices-{learner.mail_address}"

    order = await bill_employer(learner, enrolment, billing_address)

    mail = await inbox.wait_for(billing_address, "Invoice")
    (pdf,) = [content for name, content in mail.files.items() if name.endswith(".pdf")]
    text = PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    assert "PO-2027-00431" in text
    assert "Rijnland Ziekenhuis" in text
    (invoice,) = order["invoices"]
    assert invoice["number"] in text
    # The seat is held until the invoice is due.
    held = await until(
        lambda: learner.get("enrolment", f"/v1/enrolments/{enrolment['enrolment_id']}"),
        lambda seen: seen["held_until"] == invoice["due_at"],
    )
    assert held["state"] == "held"

    time.move(days=10)
    await record_transfer(finance, invoice, f"{time.now():%Y-%m-%d}")

    await becomes(learner, enrolment, "confirmed")
    await inbox.wait_for(learner.mail_address, "You are enrolled")


async def test_somebody_withdraws_and_gets_back_what_the_policy_says(
    staff: Callable[[str], Person], newcomer: Callable[..., Person], time: Time, inbox: Inbox
) -> None:
    """A22–A27: reason, receipt at once, the office's review, refund, mails; no reminder afterwards."""
    office, learner = staff("office"), await join(newcomer())
    offering = await publish_offering(office, starts_at=time.evening(20))
    enrolment = await enrol(learner, offering)
    order = await pay(learner, enrolment)
    await becomes(learner, enrolment, "confirmed")
    await inbox.wait_for(learner.mail_address, "You are enrolled")

    withdrawal = await withdraw(learner, enrolment)
    receipt = await inbox.wait_for(learner.mail_address, "You have withdrawn")
    assert "€357.00" in receipt.text
    assert receipt.calendar is not None
    assert "METHOD:CANCEL" in receipt.calendar

    seen = await review(office, withdrawal)
    assert seen["note"] == "My internship moved to Tuesday evenings."

    await inbox.wait_for(learner.mail_address, "You get back €357.00")
    await inbox.wait_for(learner.mail_address, "€357.00 is on its way")
    refunded = await until(
        lambda: learner.get("payment", f"/v1/orders/{order['order_id']}"),
        lambda seen: bool(seen["refunds"]) and seen["refunds"][0]["issued_at"],
    )
    assert [each["amount_minor"] for each in refunded["refunds"]] == [35700]
    time.move(days=14)
    other = await enrol(await join(newcomer()), offering)
    assert other["state"] == "held"
    subjects = [each.subject for each in await inbox.all_to(learner.mail_address)]
    assert not any("Next week" in subject for subject in subjects), subjects
    assert len(subjects) == len(set(subjects)) == 5
