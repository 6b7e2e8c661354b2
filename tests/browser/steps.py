"""What people do on one page after the other, in whichever language."""

import re

from playwright.async_api import Page

from deploy.demo.people import Person
from deploy.demo.steps import until
from tests.browser.conftest import Language, log_in

_MOST_STOPS = 200


async def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the first of these has the focus."""
    for _ in range(_MOST_STOPS):
        await page.keyboard.press("Tab")
        if await page.locator(selector).first.evaluate("it => it === document.activeElement"):
            return
    raise AssertionError(f"The keyboard does not lead to {selector}.")


async def press(page: Page, name: str | re.Pattern[str]) -> None:
    """Press a button, or follow a link that looks like one."""
    await page.get_by_role("button", name=name).or_(page.get_by_role("link", name=name)).click()


async def log_in_as(page: Page, portal: str, language: Language, person: Person) -> None:
    """At the portal, as somebody who has an account here."""
    await page.goto(f"{portal}/{language}/log-in")
    await log_in(page, person.mail_address, person.password)
    await page.wait_for_url(f"{portal}/{language}")


async def send(page: Page) -> None:
    """Send the form of this page with its own button."""
    await page.locator("main form[method=post] button[type=submit]").last.click()


async def reload_until(page: Page, selector: str) -> None:
    """Load the page again until it shows what is decided elsewhere."""

    async def look_again() -> int:
        await page.reload()
        return int(await page.locator(selector).count())

    await until(look_again, bool)
