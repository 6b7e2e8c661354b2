"""Somebody uses everything, asks to be forgotten, and is found only where the law wants it (GDPR, article 17)."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import pytest

from deploy.demo.office import publish_offering
from deploy.demo.people import Inbox, Person, Refused
from deploy.demo.steps import (
    becomes,
    enrol,
    join,
    order_of,
    pay,
    record_result,
    record_transfer,
    review,
    until,
)
from deploy.local.system import System
from tests.journeys.everything import places_of
from tests.support.timing import Time

ALLOWED = ["payment.invoice"]
"""Seven years after the end of its book year its buyer goes too."""


async def test_a_canary_lives_through_everything_and_is_forgotten_everywhere(
    system: System,
    staff: Callable[[str], Person],
    time: Time,
    inbox: Inbox,
) -> None:
    canary = f"kanarie{uuid.uuid4().hex[:8]}"
    office, lecturer, finance = staff("office"), staff("lecturer"), staff("finance")
    async with httpx.AsyncClient(timeout=30) as client:
        learner = Person(
            system.addresses,
            f"{canary}@learner.example",
            "a sentence that works well",
            client,
            name=f"Noor {canary.title()}",
            language="en",
        )
        await join(learner)
        taken = await publish_offering(office, starts_at=time.evening(20))
        invoiced = await publish_offering(office, starts_at=time.evening(20))
        left = await publish_offering(office, starts_at=time.evening(20))

        # A course paid by card, one paid by an employer, one left again with a reason in own words.
        enrolment = await enrol(learner, taken)
        await pay(learner, enrolment)
        await becomes(learner, enrolment, "confirmed")
        await an_employer_pays(learner, finance, invoiced, canary, time, inbox)
        leaving = await enrol(learner, left)
        await pay(learner, leaving)
        await becomes(learner, leaving, "confirmed")

        # While a course is still to come, nothing is erased, and it says why.
        asked = await ask_to_be_forgotten(learner)
        assert {each["why"] for each in asked["objections"]} == {"course_not_over"}
        assert len(asked["objections"]) == 3

        withdrawal = await learner.post(
            "enrolment",
            f"/v1/enrolments/{leaving['enrolment_id']}/withdrawal",
            {"reason": "other", "note": f"Because of {canary}."},
        )
        await review(office, withdrawal)
        order = await order_of(learner, leaving)
        await until(
            lambda: learner.get("payment", f"/v1/orders/{order['order_id']}"),
            lambda seen: bool(seen["refunds"]) and seen["refunds"][0]["state"] == "refunded",
        )

        time.move_to(datetime.fromisoformat(taken["ends_at"]))
        time.move(minutes=5)
        await inbox.wait_for(learner.mail_address, "How was")
        await evaluate_all(learner)
        await record_result(lecturer, enrolment)
        await inbox.wait_for(learner.mail_address, "is ready")
        (record,) = [
            each
            for each in (await learner.get("records", "/v1/records"))["items"]
            if each["documents"]
        ]
        (document,) = record["documents"]

        # The canary does sing: it is found before, so that not finding it afterwards says something.
        before = await places_of(system, canary)
        assert {
            "identity.account",
            "identity.own_login",
            "notification.person",
            "enrolment.withdrawal",
            "records.document_file",
            "payment.invoice",
        } <= set(before), before

        mails = len(await inbox.all_to(learner.mail_address))
        await learner.log_in()
        done = await ask_to_be_forgotten(learner)

        assert done["state"] == "done"
        assert await places_of(system, canary) == ALLOWED
        because = {
            (each["service"], kept["what"], kept["because"])
            for each in done["retained"]
            for kept in each["retained"]
        }
        assert ("payment", "invoices", "tax_law") in because
        page = await learner.http.get(document["verify_url"], headers={"Accept-Language": "en"})
        assert "This document was erased." in page.text
        with pytest.raises(Refused, match="404"):
            await learner.get("identity", "/v1/me")
        with pytest.raises(Refused, match="422"):
            await learner.log_in()
        assert len(await inbox.all_to(learner.mail_address)) == mails


async def an_employer_pays(
    learner: Person,
    finance: Person,
    offering: dict[str, Any],
    canary: str,
    time: Time,
    inbox: Inbox,
) -> None:
    enrolment = await enrol(learner, offering, payer="employer")
    order = await order_of(learner, enrolment)
    billing = {
        "organisation": f"{canary} Consultancy",
        "address": [f"attn. Noor {canary}"],
        "postcode": "2333 CM",
        "city": "Leiden",
        "mail_address": f"billing-{canary}@employer.example",
        "language": "en",
        "purchase_order_reference": f"PO-{canary}",
    }
    invoice = await learner.put("payment", f"/v1/orders/{order['order_id']}/billing", billing)
    await inbox.wait_for(str(billing["mail_address"]), "Invoice")
    await record_transfer(finance, invoice, f"{time.now():%Y-%m-%d}")
    await becomes(learner, enrolment, "confirmed")


async def evaluate_all(learner: Person) -> None:
    for asked in (await learner.get("records", "/v1/evaluations"))["items"]:
        answers = {each["name"]: 5 for each in asked["statements"]}
        path = f"/v1/evaluations/{asked['evaluation_id']}/submission"
        await learner.post("records", path, answers)


async def ask_to_be_forgotten(learner: Person) -> dict[str, Any]:
    """Ask, and wait for what becomes of it."""
    await learner.ask("POST", "identity", "/v1/me/erasure")
    found: dict[str, Any] = await until(
        lambda: learner.get("identity", "/v1/me/erasure"),
        lambda seen: seen["state"] in ("objected", "done"),
    )
    return found
