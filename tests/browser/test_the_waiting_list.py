"""Join the line of a full course, be offered the place that comes free, take it and pay for it."""

import pytest
from playwright.async_api import expect

from deploy.demo.people import Inbox
from deploy.demo.steps import enrolled, withdraw
from deploy.local.system import System
from tests.browser.conftest import Language, Others, Sit
from tests.browser.looking import PHONE, look
from tests.browser.steps import log_in_as, reload_until, send

WAITING = {"en": "You are on the waiting list", "nl": "Je staat op de wachtlijst"}
OFFERED = {"en": "A place is offered to you", "nl": "Er is een plaats voor je"}
ENROLLED = {"en": "You are enrolled", "nl": "Je bent ingeschreven"}
A_PLACE = {"en": "A place for you", "nl": "Een plaats voor jou"}


@pytest.mark.parametrize("language", ["en", "nl"])
async def test_wait_for_a_place_take_it_and_pay(
    sit: Sit, system: System, others: Others, inbox: Inbox, language: Language
) -> None:
    offering = await others.course(capacity=1)
    first = await others.newcomer("Anna Visser")
    taken = await enrolled(first, offering)
    learner = await others.newcomer("Ben O'Connor", language)
    portal = system.addresses.portal
    watched = await sit(language=language, width=PHONE)
    page = watched.page
    await log_in_as(page, portal, language, learner)

    await page.goto(f"{portal}/{language}/courses/{offering['offering_id']}")
    await look(watched, f"course-full-{language}")
    await page.locator("main a[href$='/enrol']").click()
    await look(watched, f"check-waiting-{language}")
    await page.locator("#accept").check()
    await send(page)
    await page.wait_for_url(f"{portal}/{language}/my/courses/*/outcome")
    await expect(page.locator("h1")).to_have_text(WAITING[language])
    await look(watched, f"outcome-waiting-{language}")
    outcome = page.url
    mine = outcome.removesuffix("/outcome")
    await page.goto(mine)
    await look(watched, f"manage-waiting-{language}")

    await withdraw(first, taken)
    await inbox.wait_for(learner.mail_address, A_PLACE[language])
    await page.goto(outcome)
    await expect(page.locator("h1")).to_have_text(OFFERED[language])
    await look(watched, f"outcome-offered-{language}")
    await page.goto(f"{portal}/{language}/my/courses")
    await look(watched, f"my-courses-offered-{language}")
    await page.goto(mine)
    await look(watched, f"manage-offered-{language}")
    await send(page)
    await page.wait_for_url(f"{mine}/pay")
    await look(watched, f"pay-offered-{language}")
    await send(page)
    await page.locator("button[value=paid]").click()
    await page.wait_for_url(outcome)
    await reload_until(page, ".band")
    await expect(page.locator("h1")).to_have_text(ENROLLED[language])
