"""Every page and every error on the way to a place and out of it, in both languages."""

import pytest
from playwright.async_api import expect

from deploy.demo.steps import enrol, enrolled
from deploy.local.system import System
from tests.browser.conftest import Language, Others, Sit
from tests.browser.looking import look
from tests.browser.steps import log_in_as, reload_until, send

ENROLLED = {"en": "You are enrolled", "nl": "Je bent ingeschreven"}
NAMES = {"en": "Łucja Ñuñez-van 't Hof", "nl": "Jantine Wouters-Hoogenboezem"}


@pytest.mark.parametrize("language", ["en", "nl"])
async def test_say_who_pays_check_and_accept_with_every_error(
    sit: Sit, system: System, others: Others, language: Language
) -> None:
    learner = await others.newcomer(NAMES[language], language)
    offering = await others.course()
    portal = system.addresses.portal
    watched = await sit(language=language)
    page = watched.page
    await log_in_as(page, portal, language, learner)
    await page.goto(f"{portal}/{language}/courses/{offering['offering_id']}/enrol")
    await look(watched, f"enrol-{language}")

    await page.get_by_role("radio", name="employer" if language == "en" else "werkgever").check()
    await page.locator("#org").fill("Rijnland Ziekenhuis")
    await page.locator("#postcode").fill("2353")
    await page.locator("#vat").fill("12")
    await send(page)
    summary = page.locator(".errors")
    await expect(summary).to_be_focused()
    links = await summary.get_by_role("link").all()
    targets = [await link.get_attribute("href") for link in links]
    assert targets == ["#street", "#postcode", "#city", "#vat", "#mail"]
    for link, target in zip(links, targets, strict=True):
        await link.click()
        await expect(page.locator(str(target))).to_be_focused()
    await expect(page.locator("#org")).to_have_value("Rijnland Ziekenhuis")
    await expect(page.locator("#postcode")).to_have_value("2353")
    await look(watched, f"enrol-errors-{language}")

    await page.locator("#payer").check()
    await page.locator("input[value=creditcard]").check()
    await send(page)
    await look(watched, f"check-{language}")
    await send(page)
    await expect(page.locator(".errors")).to_be_focused()
    await look(watched, f"check-error-{language}")
    await page.locator("#accept").check()
    await send(page)
    await page.wait_for_url(f"{system.addresses.provider}/**")
    await look(watched, f"provider-{language}")


@pytest.mark.parametrize("language", ["en", "nl"])
async def test_pay_fail_and_pay_again(
    sit: Sit, system: System, others: Others, language: Language
) -> None:
    learner = await others.newcomer(NAMES[language], language)
    await enrol(learner, await others.course())
    portal = system.addresses.portal
    watched = await sit(language=language)
    page = watched.page
    await log_in_as(page, portal, language, learner)
    await page.goto(f"{portal}/{language}/my/courses")
    await look(watched, f"my-courses-owing-{language}")
    await page.locator("aside a.btn").click()
    await page.wait_for_url("**/pay")
    outcome = page.url.removesuffix("/pay") + "/outcome"
    await page.goto(outcome)
    await look(watched, f"outcome-unpaid-{language}")
    await page.locator("main a[href$='/pay']").click()
    await send(page)
    await page.wait_for_url(f"{system.addresses.provider}/**")
    checkout = page.url
    await page.goto(outcome)
    await look(watched, f"outcome-paying-{language}")

    await page.goto(checkout)
    await page.locator("button[value=failed]").click()
    await page.wait_for_url(outcome)
    await reload_until(page, ".state--warn, .state--bad")
    await look(watched, f"outcome-failed-{language}")
    await page.locator("main a[href$='/pay']").click()
    await look(watched, f"pay-again-{language}")
    await page.locator("#method").check()
    await send(page)
    await page.locator("button[value=paid]").click()
    await page.wait_for_url(outcome)
    await reload_until(page, ".band")
    await expect(page.locator("h1")).to_have_text(ENROLLED[language])
    await look(watched, f"enrolled-{language}")


@pytest.mark.parametrize("language", ["en", "nl"])
async def test_see_what_one_is_enrolled_in_and_leave_it(
    sit: Sit, system: System, others: Others, language: Language
) -> None:
    learner = await others.newcomer(NAMES[language], language)
    enrolment = await enrolled(learner, await others.course())
    portal = system.addresses.portal
    mine = f"{portal}/{language}/my/courses/{enrolment['enrolment_id']}"
    watched = await sit(language=language)
    page = watched.page
    await log_in_as(page, portal, language, learner)
    await page.goto(f"{portal}/{language}/courses/{enrolment['offering_id']}")
    await look(watched, f"course-enrolled-{language}")
    await page.goto(f"{portal}/{language}/my/courses")
    await look(watched, f"my-courses-{language}")
    await page.goto(mine)
    await look(watched, f"manage-{language}")

    await page.goto(f"{mine}/withdraw")
    await look(watched, f"withdraw-{language}")
    await page.locator("#more").fill("x" * 2001)
    await send(page)
    targets = [
        await link.get_attribute("href")
        for link in await page.locator(".errors").get_by_role("link").all()
    ]
    assert targets == ["#reason", "#more"]
    await expect(page.locator("#more")).to_have_value("x" * 2001)
    await page.locator("#more").fill("")
    await look(watched, f"withdraw-errors-{language}")
    await page.locator("#reason").check()
    await send(page)
    await page.wait_for_url(f"{mine}/withdrawn")
    await look(watched, f"withdrawn-{language}")
    await page.goto(mine)
    await look(watched, f"manage-left-{language}")
    await page.goto(f"{portal}/{language}/my/courses")
    await look(watched, f"my-courses-past-{language}")
