"""What a person sees when something is not there, is out of date, or is away."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import expect

from deploy.demo.steps import enrol
from deploy.local.system import System
from tests.browser.conftest import Language, Others, Sit, log_in
from tests.browser.looking import look
from tests.browser.steps import log_in_as, send


@asynccontextmanager
async def away(system: System, service: str) -> AsyncIterator[None]:
    """A service whose process has ended, until it is started again."""
    await system.children[service].stop()
    try:
        yield
    finally:
        await system.start_service(service)


@pytest.mark.parametrize("language", ["en", "nl"])
async def test_pages_of_others_are_not_there(sit: Sit, system: System, language: Language) -> None:
    """A34: for whoever has no role for it, a page below /desk does not exist."""
    watched = await sit(language=language, who="noor")
    answer = await watched.page.goto(f"{system.addresses.portal}/{language}/desk/withdrawals")
    assert answer is not None
    assert answer.status == 404
    await look(watched, f"not-for-noor-{language}")
    await watched.page.locator("#q").fill("data")
    await watched.page.locator("#q").press("Enter")
    await watched.page.wait_for_url("**/courses?q=data")


@pytest.mark.parametrize("language", ["en", "nl"])
async def test_a_form_of_an_earlier_login_changes_nothing_and_says_so(
    sit: Sit, system: System, others: Others, language: Language
) -> None:
    learner = await others.newcomer("Anna Visser", language)
    account = f"{system.addresses.portal}/{language}/account"
    watched = await sit(language=language)
    page = watched.page
    await log_in_as(page, system.addresses.portal, language, learner)
    await page.goto(account)
    await page.locator("#name").fill("Another name")
    await page.context.clear_cookies()
    second = await page.context.new_page()
    await second.goto(account)
    await log_in(second, learner.mail_address, learner.password)
    await second.wait_for_url(account)

    await send(page)
    await look(watched, f"form-out-of-date-{language}")
    await page.locator("main a.btn").click()
    await expect(page.locator("#name")).to_have_value("Anna Visser")


@pytest.mark.parametrize("language", ["en", "nl"])
async def test_a_service_that_is_away_costs_its_part_and_says_what_is_safe(
    sit: Sit, system: System, others: Others, language: Language
) -> None:
    learner = await others.newcomer("Anna Visser", language)
    offering = await others.course()
    enrolment = await enrol(learner, offering)
    portal = f"{system.addresses.portal}/{language}"
    course = f"{portal}/courses/{offering['offering_id']}"
    watched = await sit(language=language)
    page = watched.page
    await log_in_as(page, system.addresses.portal, language, learner)

    async with away(system, "catalogue"):
        await page.goto(course)
        await look(watched, f"away-catalogue-{language}")
        await page.goto(f"{portal}/my/courses/{enrolment['enrolment_id']}")
        await look(watched, f"away-catalogue-manage-{language}")
    async with away(system, "enrolment"):
        await page.goto(course)
        await expect(page.locator(".note--warn")).to_have_count(1)
        await look(watched, f"away-enrolment-course-{language}")
        await page.goto(f"{portal}/my/courses")
        await look(watched, f"away-enrolment-{language}")
    async with away(system, "payment"):
        await page.goto(f"{portal}/my/courses")
        await look(watched, f"away-payment-{language}")
        await page.goto(f"{portal}/my/courses/{enrolment['enrolment_id']}/pay")
        await send(page)
        await look(watched, f"away-payment-paying-{language}")
    async with away(system, "identity"):
        await page.goto(f"{portal}/account")
        await look(watched, f"away-identity-{language}")
