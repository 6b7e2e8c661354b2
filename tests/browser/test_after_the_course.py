"""After the course, in a browser: evaluate, hold the certificate and have it checked, take one's data along, go.

On a system of its own, since time moves here: logins of others would end.
"""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest
from playwright.async_api import Browser, expect

from deploy.demo.people import Inbox, Person
from deploy.demo.steps import enrolled, evaluate, record_result, until
from deploy.local.system import System
from tests.browser.conftest import Language, Others, People, Sit
from tests.browser.looking import PHONE, look
from tests.browser.steps import log_in_as, reload_until, send
from tests.support.timing import Time
from tests.support.whole_system import whole_system


@pytest.fixture(scope="module")
async def system() -> AsyncIterator[System]:
    async with whole_system("course-portal-later-") as system:
        yield system


@pytest.fixture(scope="module")
def people(system: System, chromium: Browser) -> People:
    return People(system, chromium)


@pytest.mark.parametrize("language", ["en", "nl"])
async def test_evaluate_hold_the_certificate_and_have_it_checked(
    sit: Sit, system: System, others: Others, inbox: Inbox, language: Language
) -> None:
    """Rows A28-A32."""
    offering = await others.course()
    learner = await others.newcomer("Łucja Ñuñez-van 't Hof", language)
    enrolment = await enrolled(learner, offering)
    Time(system.clock_file).move_to(datetime.fromisoformat(offering["ends_at"]))
    portal = system.addresses.portal
    watched = await sit(language=language)
    page = watched.page
    await log_in_as(page, portal, language, learner)
    await page.goto(f"{portal}/{language}/my/courses")
    await reload_until(page, "a[href$='/evaluation']")
    await look(watched, f"to-evaluate-{language}")

    await page.locator("a[href$='/evaluation']").first.click()
    await look(watched, f"evaluation-{language}")
    await page.locator("input[name=goals][value='5']").check()
    await page.locator("textarea").first.fill("The conversations.")
    await send(page)
    await expect(page.locator(".errors")).to_be_focused()
    await look(watched, f"evaluation-errors-{language}")
    await expect(page.locator("input[name=goals][value='5']")).to_be_checked()
    await expect(page.locator("textarea").first).to_have_value("The conversations.")
    for statement in ("level", "lecturer", "work", "place"):
        await page.locator(f"input[name={statement}][value='4']").check()
    await send(page)
    await expect(page.locator(".note--ok")).to_be_visible()
    await look(watched, f"evaluated-{language}")

    await record_result(await others.staff("lecturer"), enrolment)
    ready = {"en": "is ready", "nl": "is klaar"}[language]
    await inbox.wait_for(learner.mail_address, ready)
    await page.goto(f"{portal}/{language}/my/records")
    await look(watched, f"my-records-{language}")
    async with page.expect_download() as download:
        await page.locator(f"a[href$='/{language}'][href*='/my/records/']").click()
    assert (await download.value).suggested_filename.endswith(".pdf")
    await page.goto(f"{portal}/{language}/my/courses/{enrolment['enrolment_id']}")
    await look(watched, f"manage-achieved-{language}")
    await page.goto(f"{portal}/{language}/my/records")
    await page.locator("main a[href*='/verify']").click()
    await expect(page.locator("main")).to_contain_text("Łucja Ñuñez-van 't Hof")
    await look(watched, f"verified-document-{language}")


@pytest.mark.parametrize("language", ["en", "nl"])
async def test_take_ones_data_along_and_hear_what_stands_in_the_way_of_going(
    sit: Sit, system: System, others: Others, language: Language
) -> None:
    """Issue 4: export my data; what stands in the way of erasing is said."""
    offering = await others.course()
    learner = await others.newcomer("Anna Visser", language)
    await enrolled(learner, offering)
    portal = system.addresses.portal
    watched = await sit(language=language, width=PHONE)
    page = watched.page
    await log_in_as(page, portal, language, learner)
    await page.goto(f"{portal}/{language}/account")
    async with page.expect_download() as download:
        await page.locator("a[href$='/account/export']").click()
    assert (await download.value).suggested_filename.endswith(".zip")

    await page.locator("a[href$='/account/erase']").click()
    await send(page)
    await expect(page.locator(".errors")).to_be_focused()
    await look(watched, f"erase-errors-{language}")
    await page.locator("#sure").check()
    await send(page)
    await page.locator(".item a").wait_for()  # It looks again by itself.
    await page.reload()
    await look(watched, f"erase-hindered-{language}")


@pytest.mark.parametrize("language", ["en", "nl"])
async def test_be_forgotten_while_the_page_is_open(
    sit: Sit, system: System, others: Others, language: Language
) -> None:
    """Issue 4: erase me; the page tells by itself when every part has."""
    learner = await others.newcomer("Bram Bakker", language)
    portal = system.addresses.portal
    watched = await sit(language=language)
    page = watched.page
    await log_in_as(page, portal, language, learner)
    await page.goto(f"{portal}/{language}/account/erase")
    await page.locator("#sure").check()
    await send(page)

    done = {"en": "Your data are erased", "nl": "Je gegevens zijn gewist"}[language]
    await expect(page.locator("h1")).to_have_text(done)
    await look(watched, f"erased-{language}", may_shift=True)
    await page.goto(f"{portal}/{language}/my/records")
    await expect(page.locator("#password")).to_be_visible()  # There is nobody any more.


@pytest.mark.parametrize("language", ["en", "nl"])
async def test_what_participants_said_is_drawn_once_five_have(
    sit: Sit, system: System, others: Others, language: Language
) -> None:
    """Rows A31, A32: nothing but a count under five answers."""
    offering = await others.course()
    learners = [await others.newcomer(f"Learner {number}") for number in range(5)]
    for learner in learners:
        await enrolled(learner, offering)
    Time(system.clock_file).move_to(datetime.fromisoformat(offering["ends_at"]))
    evaluation = (
        f"{system.addresses.portal}/{language}/desk/offerings/{offering['offering_id']}/evaluation"
    )
    watched = await sit(language=language)
    page = watched.page
    await log_in_as(page, system.addresses.portal, language, await others.staff("lecturer"))
    for learner in learners[:4]:
        await _evaluate(learner, score=4)
    await page.goto(evaluation)
    await expect(page.locator("svg.bar")).to_have_count(0)
    await look(watched, f"desk-evaluation-too-few-{language}")
    await _evaluate(learners[4], score=2)
    await page.reload()
    await look(watched, f"desk-evaluation-{language}")


async def _evaluate(learner: Person, score: int) -> None:
    """As soon as it is open."""
    await until(lambda: learner.get("records", "/v1/evaluations"), lambda it: bool(it["items"]))
    await evaluate(learner, score)
