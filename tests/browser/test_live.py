"""What moves while somebody looks: places left, and a payment that arrives. Nobody touches the page."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.async_api import Page, expect

from deploy.demo.office import publish_offering
from deploy.demo.people import Person, demo_people
from deploy.local.system import System
from tests.browser.conftest import Sit
from tests.browser.looking import look
from tests.support.running import eventually

IN_A_WHILE_MS = 15_000


Somebody = Callable[[str], Awaitable[Person]]


@pytest.fixture
async def somebody(system: System) -> AsyncIterator[Somebody]:
    """A person of the demonstration with an app of their own: `await somebody("noor")`."""
    async with AsyncExitStack() as open_ones:

        async def with_an_app(who: str) -> Person:
            http = await open_ones.enter_async_context(httpx.AsyncClient(timeout=30))
            told = demo_people()[who]
            return Person(system.addresses, told["mail_address"], told["password"], http)

        yield with_an_app


async def course(somebody: Somebody, *, capacity: int) -> dict[str, Any]:
    """A new one, which enrolment has heard of."""
    office = await somebody("office")
    zone = ZoneInfo("Europe/Amsterdam")
    today = datetime.now(zone).replace(hour=18, minute=30, second=0, microsecond=0)
    published = await publish_offering(
        office, starts_at=today + timedelta(days=30), capacity=capacity
    )
    path = f"/v1/offerings/{published['offering_id']}/places"
    places = office.at.service("enrolment") + path
    await eventually(lambda: office.http.get(places), lambda answer: answer.is_success)
    return published


async def enrol(learner: Person, offering: dict[str, Any]) -> dict[str, Any]:
    wish = {
        "offering_id": offering["offering_id"],
        "accepted_policy_version": offering["conditions"]["policy_version"],
        "accepted_terms_version": offering["conditions"]["terms_version"],
    }
    enrolled: dict[str, Any] = await learner.post("enrolment", "/v1/enrolments", wish)
    return enrolled


async def pay_by_ideal(learner: Person, mine: dict[str, Any], *, back: str) -> str:
    """Start to pay; where the provider's page is."""
    orders = await learner.get(
        "payment",
        f"/v1/orders?enrolment_id={mine['enrolment_id']}",
        headers={"Prefer": "wait=10"},
    )
    started = await learner.post(
        "payment",
        f"/v1/orders/{orders['items'][0]['order_id']}/payments",
        {"method": "ideal", "redirect_url": back},
    )
    return str(started["checkout_url"])


async def mark(page: Page) -> None:
    """So that a page that was loaded again would be told from one that was not."""
    await page.evaluate("window.isTheSame = true")


async def is_the_same(page: Page) -> bool:
    return bool(await page.evaluate("window.isTheSame === true"))


async def test_the_last_place_goes_before_the_eyes_of_whoever_looks_at_the_course(
    sit: Sit, system: System, somebody: Somebody
) -> None:
    offering = await course(somebody, capacity=1)
    watched = await sit(language="en")
    page = watched.page
    panel = page.locator("#enrol")
    async with page.expect_response(lambda answer: "/places/stream" in answer.url):
        await page.goto(f"{system.addresses.portal}/en/courses/{offering['offering_id']}")
    await expect(panel).to_contain_text("1 place left")
    await mark(page)

    await enrol(await somebody("noor"), offering)

    await expect(panel).to_contain_text("Full", timeout=IN_A_WHILE_MS)
    await expect(page.locator("#news")).to_have_text("Full")
    await expect(panel.get_by_role("link")).to_have_text(
        "Log in and join waiting list", timeout=IN_A_WHILE_MS
    )
    assert await is_the_same(page)
    assert watched.complaints == []
    await look(watched, "live-course-full-en")


async def test_whoever_waits_for_a_payment_is_shown_that_it_arrived(
    sit: Sit, system: System, somebody: Somebody
) -> None:
    noor, offering = await somebody("noor"), await course(somebody, capacity=5)
    watched = await sit(language="en", who="noor")
    page, portal = watched.page, system.addresses.portal
    mine = await enrol(noor, offering)
    back = f"{portal}/en/my/courses/{mine['enrolment_id']}/outcome"
    checkout = await pay_by_ideal(noor, mine, back=back)
    async with page.expect_response(lambda answer: "/my/stream" in answer.url):
        await page.goto(back)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Waiting for your payment")
    await mark(page)

    await noor.pay_at_provider(checkout)

    await expect(page.get_by_role("heading", level=1)).to_have_text(
        "You are enrolled", timeout=IN_A_WHILE_MS
    )
    await expect(page.locator("#news")).to_have_text("You are enrolled")
    await expect(page).to_have_title("You are enrolled – Course Portal")
    assert await is_the_same(page)
    assert watched.complaints == []


async def test_my_learning_shows_what_happened_elsewhere(
    sit: Sit, system: System, somebody: Somebody
) -> None:
    noor, offering = await somebody("noor"), await course(somebody, capacity=5)
    mine = await enrol(noor, offering)
    watched = await sit(language="en", who="noor")
    page = watched.page
    async with page.expect_response(lambda answer: "/my/stream" in answer.url):
        await page.goto(f"{system.addresses.portal}/en/my/courses")
    row = page.locator("article", has=page.locator(f'a[href$="{mine["enrolment_id"]}"]')).last
    await expect(row).to_contain_text("Place held until")
    await mark(page)

    path = f"/v1/enrolments/{mine['enrolment_id']}/withdrawal"
    await noor.post("enrolment", path, {"reason": "time"})

    await expect(row).to_contain_text("Withdrawn", timeout=IN_A_WHILE_MS)
    assert await is_the_same(page)
    assert watched.complaints == []


async def test_without_script_a_payment_is_looked_at_again(
    sit: Sit, system: System, somebody: Somebody
) -> None:
    noor, offering = await somebody("noor"), await course(somebody, capacity=5)
    mine = await enrol(noor, offering)
    back = f"{system.addresses.portal}/en/my/courses/{mine['enrolment_id']}/outcome"
    checkout = await pay_by_ideal(noor, mine, back=back)
    watched = await sit(language="en", who="noor", script=False)
    await watched.page.goto(back)
    await expect(watched.page.locator("h1")).to_have_text("Waiting for your payment")

    await noor.pay_at_provider(checkout)

    await expect(watched.page.locator("h1")).to_have_text("You are enrolled", timeout=IN_A_WHILE_MS)
