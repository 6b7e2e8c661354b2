"""Finance in a browser: an invoice that is due, a transfer that names none, money that goes back, the books."""

from datetime import UTC, datetime

import pytest
from playwright.async_api import expect

from deploy.demo.steps import becomes, bill_employer, enrol, order_of, until, withdraw
from deploy.local.system import System
from tests.browser.conftest import Language, Others, Sit
from tests.browser.looking import look
from tests.browser.steps import reload_until, send


@pytest.mark.parametrize("language", ["en", "nl"])
async def test_money_without_a_name_finds_its_invoice_and_goes_back(
    sit: Sit, system: System, others: Others, language: Language
) -> None:
    """Rows A14-A16, A27."""
    learner = await others.newcomer("Grace Paid-For")
    enrolment = await enrol(learner, await others.course(), payer="employer")
    order = await bill_employer(learner, enrolment, f"invoices-{learner.mail_address}")
    (invoice,) = order["invoices"]
    desk = f"{system.addresses.portal}/{language}/desk"
    watched = await sit(language=language, who="finance")
    page = watched.page
    await page.goto(f"{desk}/payments?payer=employer")
    await look(watched, f"desk-open-{language}")
    await page.goto(f"{desk}/payments/{order['order_id']}")
    await look(watched, f"desk-order-{language}")

    await page.goto(f"{desk}/transfers/new")
    await page.locator("#amount").fill("4x")
    await send(page)
    await expect(page.locator(".errors")).to_be_focused()
    await look(watched, f"desk-credit-errors-{language}")
    await page.locator("#amount").fill("420,00")
    await page.locator("#value_date").fill(f"{datetime.now(UTC):%Y-%m-%d}")
    await page.locator("#bank_reference").fill(f"bank-{invoice['invoice_id']}")
    await page.locator("#reference").fill("For the course of Grace")
    await send(page)
    await page.wait_for_url("**/desk/transfers/*-*")
    await look(watched, f"desk-transfer-{language}")
    await page.goto(f"{desk}/exceptions")
    await look(watched, f"desk-exceptions-waiting-{language}")
    await page.go_back()
    await send(page)
    await expect(page.locator(".errors")).to_be_focused()
    await look(watched, f"desk-transfer-errors-{language}")
    await page.locator("main [name=deed][value=match]").check()
    await page.locator("main [name=invoice]").fill(invoice["number"])
    await send(page)
    await becomes(learner, enrolment, "confirmed")

    withdrawal = await withdraw(learner, enrolment)
    office = await others.staff("office")
    review = f"/v1/withdrawals/{withdrawal['withdrawal_id']}/review"
    await office.post("enrolment", review, {"ground": "policy"})
    settled = await until(lambda: order_of(learner, enrolment), lambda it: bool(it["refunds"]))
    (refund,) = settled["refunds"]
    await page.goto(f"{desk}/refunds")
    await reload_until(page, f"a[href$='{refund['refund_id']}']")
    await look(watched, f"desk-refunds-waiting-{language}")
    await page.locator(f"a[href$='{refund['refund_id']}']").click()
    await look(watched, f"desk-refund-{language}")
    await send(page)
    await page.goto(f"{desk}/ledger")
    await look(watched, f"desk-ledger-written-{language}")
