"""From the overview to a course: with the pointer, with the keyboard alone, and with script off."""

import re

from playwright.async_api import expect

from deploy.local.system import System
from tests.browser.conftest import Sit
from tests.browser.looking import PHONE, look, look_without_script
from tests.browser.steps import tab_to


async def test_search_narrow_and_find_nothing(sit: Sit, system: System) -> None:
    watched = await sit(language="en")
    page = watched.page
    await page.goto(f"{system.addresses.portal}/en")
    everything = await page.locator("article").count()
    await page.locator("#q").fill("writing")
    await page.locator("#q").press("Enter")
    await expect(page.locator("article").first).to_contain_text("riting")
    found = await page.locator("article").count()
    assert 0 < found < everything
    await page.get_by_role("checkbox", name="English").check()
    await page.get_by_role("button", name="Show courses").click()
    await page.wait_for_url(re.compile("taught_in=en"))
    await expect(page.locator("#q")).to_have_value("writing")
    await expect(page.get_by_role("checkbox", name="English")).to_be_checked()
    assert 0 < await page.locator("article").count() < found
    await page.get_by_role("link", name="Remove filter: English").click()
    await expect(page.locator("article")).to_have_count(found)
    await page.locator("#q").fill("xyzzy")
    await page.get_by_role("button", name="Search", exact=True).click()
    await expect(page.get_by_role("heading", name="No courses for “xyzzy”")).to_be_visible()
    await page.get_by_role("link", name="Show all courses").click()
    await expect(page.locator("article")).to_have_count(everything)
    assert watched.complaints == []


async def test_menu_and_filters_open_on_a_phone(sit: Sit, system: System) -> None:
    watched = await sit(language="nl", width=PHONE)
    page = watched.page
    await page.goto(f"{system.addresses.portal}/nl")
    await expect(page.locator("#menu")).to_be_hidden()
    await page.get_by_role("button", name="Menu").click()
    await expect(page.locator("#menu")).to_be_visible()
    await look(watched, "menu-open-nl", sizes=[PHONE], whole=False)
    await page.keyboard.press("Escape")
    await expect(page.locator("#menu")).to_be_hidden()
    await page.get_by_role("button", name="Cursussen filteren").click()
    await expect(page.get_by_role("button", name="Toon cursussen")).to_be_visible()
    await look(watched, "filters-open-nl", sizes=[PHONE], whole=False)


async def test_the_other_language_shows_the_same_page(
    sit: Sit, system: System, courses: dict[str, str]
) -> None:
    watched = await sit(language="en")
    page, portal = watched.page, system.addresses.portal
    await page.goto(f"{portal}/en/courses?q=data&sort=price")
    await page.get_by_role("link", name="Nederlands").click()
    await page.wait_for_url(f"{portal}/nl/courses?q=data&sort=price")
    await expect(page.locator("#q")).to_have_value("data")
    course = courses["Academic writing in English"]
    await page.goto(f"{portal}/nl/courses/{course}")
    await page.get_by_role("link", name="English", exact=True).click()
    await page.wait_for_url(f"{portal}/en/courses/{course}")
    await expect(page.locator("h1")).to_have_text("Academic writing in English")


async def test_the_keyboard_alone_leads_to_a_course_and_to_the_login(
    sit: Sit, system: System
) -> None:
    watched = await sit(language="en")
    page = watched.page
    await page.goto(f"{system.addresses.portal}/en")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    await page.keyboard.press("Enter")
    await tab_to(page, "#q")
    await page.keyboard.type("academic writing")
    await page.keyboard.press("Enter")
    await page.wait_for_url(re.compile("q=academic"))
    await tab_to(page, "article a")
    title = await page.locator("article a").first.inner_text()
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text(title)
    await tab_to(page, ".site-header a[href*='/log-in']")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{system.addresses.service('identity')}/**")
    await tab_to(page, "#mail")
    await page.keyboard.type("noor@example.org")
    await page.keyboard.press("Tab")
    await page.keyboard.type("demo-only-noor")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{system.addresses.portal}/en/courses/**")
    await expect(page.locator("h1")).to_have_text(title)
    assert watched.complaints == []


async def test_without_script_everything_is_found_and_one_logs_in(sit: Sit, system: System) -> None:
    watched = await sit(language="nl", width=PHONE, script=False)
    page, portal = watched.page, system.addresses.portal
    await page.goto(f"{portal}/nl")
    await look_without_script(watched, "overview-nl")
    await page.get_by_role("button", name="Cursussen filteren").click()
    await page.get_by_role("checkbox", name="Engels").check()
    await page.get_by_role("button", name="Toon cursussen").click()
    await page.wait_for_url(re.compile("taught_in=en"))
    await look_without_script(watched, "courses-narrowed-nl")
    await page.locator("article a").first.click()
    await look_without_script(watched, "course-nl")
    await page.get_by_role("button", name="Menu").click()
    await page.get_by_role("link", name="Inloggen").first.click()
    await page.locator("#mail").fill("noor@example.org")
    await page.locator("#password").fill("demo-only-noor")
    await page.locator("form:has(#password) button").first.click()
    await page.wait_for_url(f"{portal}/nl/courses/**")
    await page.get_by_role("button", name="Menu").click()
    await expect(page.get_by_role("link", name="Noor de Vries")).to_be_visible()
