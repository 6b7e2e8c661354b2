"""One running system, one Chromium, and people who sit in front of it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from deploy.demo.people import Inbox, demo_people
from deploy.local.chromium import find_chromium
from deploy.local.system import System
from tests.browser.looking import DESKTOP, HEIGHTS, Watched, open_page
from tests.support.whole_system import whole_system

_PATIENCE_MS = 10_000
Language = Literal["en", "nl"]
LOCALES = {"en": "en-GB", "nl": "nl-NL"}


@pytest.fixture(scope="session")
async def system() -> AsyncIterator[System]:
    async with whole_system("course-portal-browser-") as system:
        yield system


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium())
        yield browser
        await browser.close()


@pytest.fixture
async def inbox(system: System) -> AsyncIterator[Inbox]:
    async with httpx.AsyncClient() as http:
        yield Inbox(system.addresses.mails, http)


@dataclass
class People:
    """Those who open pages; who has logged in once stays logged in for the session."""

    system: System
    chromium: Browser
    logged_in: dict[str, Any] = field(default_factory=dict)

    async def context(
        self, *, language: Language, who: str = "", width: int = DESKTOP, script: bool = True
    ) -> BrowserContext:
        """A browser of somebody: nobody in particular, or a person of the demonstration."""
        state = await self._state_of(who) if who else None
        context = await self.chromium.new_context(
            locale=LOCALES[language],
            viewport={"width": width, "height": HEIGHTS[width]},
            java_script_enabled=script,
            reduced_motion="reduce",  # Colours half way from light to dark are nobody's to judge.
            storage_state=state,
        )
        context.set_default_timeout(_PATIENCE_MS)
        return context

    async def _state_of(self, who: str) -> Any:
        if who not in self.logged_in:
            person = demo_people()[who]
            context = await self.context(language="en")
            page = await context.new_page()
            await page.goto(f"{self.system.addresses.portal}/en/log-in")
            await log_in(page, person["mail_address"], person["password"])
            await page.wait_for_url(f"{self.system.addresses.portal}/**")
            self.logged_in[who] = await context.storage_state()
            await context.close()
        return self.logged_in[who]


async def log_in(page: Page, mail_address: str, password: str) -> None:
    """With one's own account, on the login page that is shown."""
    await page.locator("#mail").fill(mail_address)
    await page.locator("#password").fill(password)
    await page.locator("form:has(#password) button").click()


@pytest.fixture(scope="session")
def people(system: System, chromium: Browser) -> People:
    return People(system, chromium)


Sit = Callable[..., Awaitable[Watched]]


@pytest.fixture
async def sit(people: People) -> AsyncIterator[Sit]:
    """Open a browser: `await sit(language="nl", who="noor", width=PHONE, script=False)`."""
    async with AsyncExitStack() as open_ones:

        async def sit_down(**how: Any) -> Watched:
            context = await people.context(**how)
            open_ones.push_async_callback(context.close)
            return await open_page(context)

        yield sit_down


@pytest.fixture(scope="session")
async def courses(system: System) -> dict[str, str]:
    """Offerings of the demonstration by their English title."""
    url = f"{system.addresses.service('catalogue')}/v1/offerings"
    async with httpx.AsyncClient() as http:
        answer = await http.get(url, params={"limit": 100}, headers={"Accept-Language": "en"})
    return {
        each["title"]: each["offering_id"] for each in answer.raise_for_status().json()["items"]
    }
