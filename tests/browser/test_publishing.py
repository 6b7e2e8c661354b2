"""Publishing in a browser: a course, its offering, a move, calling off, a file; with the errors of every form."""

import secrets
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Page, expect

from deploy.demo.steps import enrolled
from deploy.local.system import System
from tests.browser.conftest import Language, Others, Sit
from tests.browser.looking import look
from tests.browser.steps import send

FILE = """
[[course]]
code = "CODE"
subject = "SUBJECT"
title = { nl = "Geïmporteerde cursus", en = "Imported course" }
summary = { nl = "Uit een bestand.", en = "From a file." }
description = { nl = "Zoals het er staat.", en = "As it says." }
"""


async def fill(page: Page, **answers: str) -> None:
    """Type, by the names of the fields."""
    for name, typed in answers.items():
        await page.locator(f"main [name='{name.replace('__', '-')}']").fill(typed)


@pytest.mark.parametrize("language", ["en", "nl"])
async def test_a_course_and_its_offering_are_published_from_a_copy(
    sit: Sit, system: System, others: Others, language: Language
) -> None:
    """Row A34 for the office; A3 for whoever finds it."""
    copied = await others.course()
    desk = f"{system.addresses.portal}/{language}/desk"
    watched = await sit(language=language, who="office")
    page = watched.page
    code = f"LC-{secrets.token_hex(4).upper()}"
    await page.goto(f"{desk}/courses/new")
    await send(page)
    await expect(page.locator(".errors")).to_be_focused()
    await look(watched, f"desk-course-errors-{language}")
    await page.locator("main [name=subject]").select_option("languages")
    await fill(
        page,
        code=code,
        title_nl="Luisteren",
        title_en="Listening",
        summary_nl="Horen wat er niet staat.",
        summary_en="Hearing what is not written.",
        description_nl="Elke week een gesprek.",
        description_en="A conversation every week.",
    )
    await send(page)
    await page.wait_for_url("**/desk/offerings/new?*")

    await page.goto(f"{desk}/offerings/new?from={copied['offering_id']}")
    number = f"P{secrets.randbelow(10**8):08}"
    await fill(page, class_number=number, session__1__until="18:00")
    await send(page)
    await expect(page.locator(".errors")).to_be_focused()
    await expect(page.locator("main [name=class_number]")).to_have_value(number)
    await look(watched, f"desk-offering-errors-{language}")
    first = (datetime.now(UTC) + timedelta(days=60)).date()
    year = first.year if first.month >= 9 else first.year - 1  # September.
    days = {f"session__{each + 1}__day": f"{first + timedelta(weeks=each)}" for each in range(3)}
    opens = f"{first - timedelta(days=300)}"
    await fill(page, academic_year=f"{year}-{year + 1}", opens_day=opens, **days)
    await fill(page, session__1__until="20:30")
    await send(page)
    await page.wait_for_url("**/plan?*")
    await look(watched, f"desk-offering-published-{language}")
    await page.goto(f"{system.addresses.portal}/{language}/courses?q={number}")
    await expect(page.locator("main article")).to_have_count(1)


@pytest.mark.parametrize("language", ["en", "nl"])
async def test_an_offering_is_moved_and_called_off(
    sit: Sit, system: System, others: Others, language: Language
) -> None:
    """Row A19 and A27 from the office's side: what it causes is said before."""
    offering = await others.course()
    await enrolled(await others.newcomer("Anna Visser"), offering)
    path = f"{system.addresses.portal}/{language}/desk/offerings/{offering['offering_id']}"
    watched = await sit(language=language, who="office")
    page = watched.page
    await page.goto(f"{path}/rescheduling")
    await look(watched, f"desk-moving-{language}")
    await page.locator("main [name='session-1-day']").fill("")
    await send(page)
    await expect(page.locator(".errors")).to_be_focused()
    await look(watched, f"desk-moving-errors-{language}")
    later = (datetime.now(UTC) + timedelta(days=41)).date()
    await page.locator("main [name='session-1-day']").fill(f"{later}")
    await send(page)
    await page.wait_for_url("**/plan?*")

    await page.goto(f"{path}/cancellation")
    await look(watched, f"desk-cancelling-{language}")
    await send(page)
    await expect(page.locator(".errors")).to_be_focused()
    await look(watched, f"desk-cancelling-errors-{language}")
    await fill(page, reason_nl="De docent is ziek.", reason_en="The lecturer is ill.")
    await page.locator("main [name=confirm]").check()
    await send(page)
    await page.wait_for_url(lambda url: "/cancellation" not in url)
    await page.goto(f"{path}/cancellation")
    await look(watched, f"desk-cancelled-{language}")


@pytest.mark.parametrize("language", ["en", "nl"])
async def test_a_file_is_corrected_and_imported(
    sit: Sit, system: System, language: Language
) -> None:
    """Issue 4: publish and change courses and offerings, also by file."""
    desk = f"{system.addresses.portal}/{language}/desk"
    text = FILE.replace("CODE", f"IMPORTED-{secrets.token_hex(4)}")
    watched = await sit(language=language, who="office")
    page = watched.page

    async def upload(content: str) -> None:
        await page.goto(f"{desk}/import")
        file = {"name": "a.toml", "mimeType": "application/toml", "buffer": content.encode()}
        await page.locator("#file").set_input_files(file)
        await send(page)

    await page.goto(f"{desk}/import")
    await send(page)
    await expect(page.locator(".errors")).to_be_focused()
    await look(watched, f"desk-import-errors-{language}")
    await upload(text.replace("SUBJECT", "nothing"))
    await expect(page.locator(".note--bad")).to_be_visible()
    await look(watched, f"desk-file-bad-{language}")
    await upload(text.replace("SUBJECT", "languages"))
    await look(watched, f"desk-file-good-{language}")
    await send(page)
    await expect(page.locator(".note--ok")).to_be_visible()
    await look(watched, f"desk-imported-{language}")
    await upload(text.replace("SUBJECT", "languages"))
    await look(watched, f"desk-file-nothing-new-{language}")
