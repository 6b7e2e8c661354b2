"""One running system, one Chromium, and people who sit in front of it."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from deploy.demo.office import publish_offering
from deploy.demo.people import Inbox, Person, Refused, demo_people
from deploy.demo.steps import until
from deploy.local.chromium import find_chromium
from deploy.local.system import System
from tests.browser.looking import DESKTOP, HEIGHTS, Watched, open_page
from tests.support.timing import Time
from tests.support.whole_system import whole_system

PASSWORD = "a sentence that works well"
_PATIENCE_MS = 20_000
"""For a page that looks again by itself, several times."""
Language = Literal["en", "nl"]
LOCALES = {"en": "en-GB", "nl": "nl-NL"}


@pytest.fixture(scope="session")
async def system() -> AsyncIterator[System]:
    async with whole_system("course-portal-browser-") as system:
        yield system


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    expect.set_options(timeout=_PATIENCE_MS)
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


@dataclass
class Others:
    """Those who act meanwhile, or before: over HTTP, without a browser."""

    system: System
    clients: AsyncExitStack

    async def staff(self, who: str) -> Person:
        """Somebody of deploy/demo/people.toml, by the first part of their mail address."""
        told = demo_people()[who]
        return await self._person(told["mail_address"], told["password"], told["name"], "en")

    async def newcomer(self, name: str, language: Language = "en") -> Person:
        """Somebody who has just made an account, with a mail address that is confirmed."""
        address = f"{uuid.uuid4().hex[:10]}@learner.example"
        person = await self._person(address, PASSWORD, name, language)
        await person.sign_up()
        await person.confirm_mail_address()
        return person

    async def course(self, *, in_days: int = 40, **changes: Any) -> dict[str, Any]:
        """A course that the office has just published, once enrolment knows it."""
        starts_at = Time(self.system.clock_file).evening(in_days)
        office = await self.staff("office")
        offering = await publish_offering(office, starts_at=starts_at, **changes)

        async def is_known() -> bool:
            try:
                await office.get("enrolment", f"/v1/offerings/{offering['offering_id']}/places")
            except Refused:
                return False
            return True

        await until(is_known, bool)
        return offering

    async def _person(self, address: str, password: str, name: str, language: str) -> Person:
        http = await self.clients.enter_async_context(httpx.AsyncClient(timeout=30))
        return Person(self.system.addresses, address, password, http, name=name, language=language)


@pytest.fixture
async def others(system: System) -> AsyncIterator[Others]:
    async with AsyncExitStack() as clients:
        yield Others(system, clients)
