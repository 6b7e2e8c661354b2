"""Those who work at a desk, with nothing but a browser: what waits for them, what they do, what becomes of it."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx

from deploy.demo.office import publish_offering
from deploy.demo.people import Inbox, Person
from deploy.demo.steps import (
    becomes,
    bill_employer,
    enrol,
    enrolled,
    evaluate,
    join,
    order_of,
    until,
    withdraw,
)
from tests.journeys.test_the_learners_way import send
from tests.journeys.test_the_portal import follow
from tests.support.timing import Time


@dataclass
class Desk:
    """Somebody's browser, logged in to the portal."""

    portal: str
    browser: httpx.AsyncClient

    async def open(self, path: str) -> httpx.Response:
        return await self.browser.get(f"{self.portal}/en/desk{path}")

    async def read(self, path: str, words: str) -> httpx.Response:
        """Load a page until it says something, as somebody does who waits for it."""
        page: httpx.Response = await until(lambda: self.open(path), lambda it: words in it.text)
        return page

    async def send(self, page: httpx.Response, field: str, **answers: str) -> httpx.Response:
        return await follow(self.browser, await send(self.browser, page, field, **answers))


@asynccontextmanager
async def desk_of(person: Person) -> AsyncIterator[Desk]:
    portal = person.at.portal
    async with httpx.AsyncClient(timeout=30, headers={"Accept": "text/html"}) as browser:
        login = await follow(browser, await browser.get(f"{portal}/en/log-in?to=/en/desk"))
        sent = await send(
            browser, login, "password", mail_address=person.mail_address, password=person.password
        )
        await follow(browser, sent)
        yield Desk(portal, browser)


async def review(desk: Desk, withdrawal: dict[str, str]) -> None:
    """Give back what the policy says."""
    path = f"/withdrawals/{withdrawal['withdrawal_id']}"
    await desk.read("/withdrawals", path)
    decided = await desk.send(await desk.open(path), "decision", decision="policy")
    assert "Decided. Refund and mail follow by themselves." in decided.text


async def test_the_office_reviews_looks_at_mails_records_results_and_reads_evaluations(
    staff: Callable[[str], Person],
    newcomer: Callable[..., Person],
    time: Time,
    inbox: Inbox,
) -> None:
    """Rows A26–A28, A31, B9; what was sent to somebody, how it looked, once more."""
    office = staff("office")
    leaver, stayer = await join(newcomer("Ada Leaver")), await join(newcomer("Łucja Stayer"))
    offering = await publish_offering(office, starts_at=time.evening(20))
    left, stays = await enrolled(leaver, offering), await enrolled(stayer, offering)
    withdrawal = await withdraw(leaver, left)
    people = f"/offerings/{offering['offering_id']}"

    async with desk_of(office) as desk:
        await review(desk, withdrawal)
        await inbox.wait_for(leaver.mail_address, "You get back €357.00")

        await inbox.wait_for(stayer.mail_address, "You are enrolled")
        listed = await desk.read(people, "Łucja Stayer")
        assert "Ada Leaver" not in listed.text
        mails = f"/people/{stays['learner_id']}/mails"
        assert f'href="/en/desk{mails}"' in listed.text
        sent = await desk.read(mails, 'class="state state--ok">Sent')
        found = re.search(
            r'href="/en/desk(/mails/[0-9a-f-]+)">Confirmation of enrolment', sent.text
        )
        assert found is not None
        preview = await desk.open(f"{found[1]}/preview")
        assert "You are enrolled" in preview.text
        assert "sandbox" in preview.headers["content-security-policy"]
        again = await desk.send(await desk.open(found[1]), "idempotency_key")
        assert "It is planned once more" in again.text
        await inbox.wait_for(stayer.mail_address, "You are enrolled", count=2)
        assert (await desk.open("/payments")).status_code == 404

    time.move_to(datetime.fromisoformat(offering["ends_at"]) + timedelta(minutes=5))
    await inbox.wait_for(stayer.mail_address, "How was")
    await evaluate(stayer, score=4)
    async with desk_of(office) as desk:
        outcome = f"outcome-{stays['enrolment_id']}"
        results = await desk.read(f"{people}/results", outcome)
        recorded = await desk.send(
            results, outcome, **{outcome: "passed", outcome.replace("outcome", "grade"): "8,5"}
        )
        assert "Passed, 8.5" in recorded.text
        evaluation = await desk.open(f"{people}/evaluation")
        assert "There is 1 answer" in evaluation.text
        assert "I reached the learning goals" not in evaluation.text
    await inbox.wait_for(stayer.mail_address, "is ready")


async def test_finance_sees_what_is_open_finds_a_place_for_money_and_gives_it_back(
    staff: Callable[[str], Person],
    newcomer: Callable[..., Person],
    time: Time,
    inbox: Inbox,
) -> None:
    """A14–A16, A27: an invoice that is due, a transfer that names none, a refund by hand, the books."""
    learner = await join(newcomer("Grace Paid-For"))
    offering = await publish_offering(staff("office"), starts_at=time.evening(60))
    enrolment = await enrol(learner, offering, payer="employer")
    order = await bill_employer(learner, enrolment, f"invoices-{learner.mail_address}")
    (invoice,) = order["invoices"]

    async with desk_of(staff("finance")) as desk:
        owed = await desk.read("/payments?payer=employer", invoice["number"])
        assert f'href="/en/desk/payments/{order["order_id"]}">Grace Paid-For' in owed.text
        assert "Rijnland Ziekenhuis" in owed.text
        whole = await desk.open(f"/payments/{order['order_id']}")
        assert f"Invoice {invoice['number']}" in whole.text
        pdf = await until(
            lambda: desk.open(f"/invoices/{invoice['invoice_id']}/pdf"),
            lambda answer: answer.status_code == 200,
        )
        assert pdf.content.startswith(b"%PDF")

        form = await desk.open("/transfers/new")
        line = {"value_date": f"{time.now():%Y-%m-%d}", "bank_reference": invoice["invoice_id"]}
        kept = await desk.send(
            form, "amount", amount="420,00", reference="For the course of Grace", **line
        )
        assert "It is booked, and kept" in kept.text
        waiting = await desk.open("/exceptions")
        assert "Transfer that names no invoice" in waiting.text
        assert kept.url.path in waiting.text
        wrong = await send(desk.browser, kept, "deed", deed="match", invoice="2020-000001")
        assert wrong.status_code == 422
        assert "This transfer does not fit that invoice" in wrong.text
        matched = await desk.send(wrong, "deed", deed="match", invoice=invoice["number"])
        assert "It pays the invoice now." in matched.text
        assert kept.url.path not in (await desk.open("/exceptions")).text
        await becomes(learner, enrolment, "confirmed")

        withdrawal = await withdraw(learner, enrolment)
        async with desk_of(staff("office")) as office:
            await review(office, withdrawal)
        settled = await until(lambda: order_of(learner, enrolment), lambda it: bool(it["refunds"]))
        (refund,) = settled["refunds"]
        path = f"/refunds/{refund['refund_id']}"
        await desk.read("/refunds", path)
        asked = await desk.open(path)
        assert "€357.00 back to Grace Paid-For" in asked.text
        assert (
            invoice["invoice_id"] in asked.text
        )  # The bank's reference of what brought the money.
        done = await desk.send(asked, "deed")
        assert "Recorded. The learner is told" in done.text
        assert path not in (await desk.open("/refunds")).text
        await inbox.wait_for(learner.mail_address, "is on its way")

        books = await desk.open("/ledger")
        assert "Both sides are the same" in books.text
        assert "Refund paid out" in books.text
        assert (await desk.open("/withdrawals")).status_code == 404
