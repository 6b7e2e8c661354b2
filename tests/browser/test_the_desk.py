"""The desk in a browser: reviews of withdrawals, people on an offering, results; with the errors of its forms."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from deploy.demo.people import Inbox, iso
from deploy.demo.steps import enrolled, withdraw
from deploy.local.system import System
from tests.browser.conftest import Language, Others, Sit
from tests.browser.looking import look
from tests.browser.steps import reload_until, send


@pytest.mark.parametrize("language", ["en", "nl"])
async def test_the_office_reviews_a_withdrawal(
    sit: Sit, system: System, others: Others, language: Language
) -> None:
    """Rows A26, A27."""
    learner = await others.newcomer("Łucja Ñuñez-van 't Hof")
    withdrawal = await withdraw(learner, await enrolled(learner, await others.course()))
    desk = f"{system.addresses.portal}/{language}/desk"
    watched = await sit(language=language, who="office")
    page = watched.page
    await page.goto(desk)
    await page.wait_for_url(f"{desk}/withdrawals")
    await expect(page.locator("tbody")).to_contain_text("Łucja Ñuñez-van 't Hof")
    await look(watched, f"desk-withdrawals-{language}")
    await page.locator(f"a[href$='{withdrawal['withdrawal_id']}']").click()
    await look(watched, f"desk-withdrawal-{language}")

    await send(page)
    await expect(page.locator(".errors")).to_be_focused()
    await page.locator("input[value=other]").check()
    await page.locator("#amount").fill("500")
    await send(page)
    targets = [
        await link.get_attribute("href")
        for link in await page.locator(".errors").get_by_role("link").all()
    ]
    assert targets == ["#amount", "#ground", "#why"]
    await expect(page.locator("#amount")).to_have_value("500")
    await look(watched, f"desk-withdrawal-errors-{language}")
    await page.locator("#amount").fill("400")
    await page.locator("#ground").select_option("medical")
    await page.locator("#why").fill("Your doctor's letter is with us.")
    await send(page)
    await page.wait_for_url(f"{desk}/withdrawals?*")
    await look(watched, f"desk-withdrawals-decided-{language}")
    await page.goto(f"{desk}/withdrawals/{withdrawal['withdrawal_id']}")
    await look(watched, f"desk-withdrawal-decided-{language}")


@pytest.mark.parametrize("language", ["en", "nl"])
async def test_a_lecturer_sees_who_comes_and_records_results(
    sit: Sit, system: System, others: Others, language: Language
) -> None:
    """Rows B9, B10, A28."""
    in_a_week = datetime.now(UTC) + timedelta(days=7)
    offering = await others.course(in_days=-1, enrolment_closes_at=iso(in_a_week))
    for name in ("Anna Visser", "Łucja Ñuñez-van 't Hof"):
        await enrolled(await others.newcomer(name), offering)
    desk = f"{system.addresses.portal}/{language}/desk"
    watched = await sit(language=language, who="lecturer")
    page = watched.page
    await page.goto(desk)
    await page.wait_for_url(f"{desk}/offerings")
    await look(watched, f"desk-offerings-{language}")
    await page.locator("#q").fill(offering["class_number"])
    await page.locator("#q").press("Enter")
    await page.locator("article a").click()
    await look(watched, f"desk-people-{language}")
    async with page.expect_download() as download:
        await page.locator("a[href$='people.csv']").click()
    assert (
        await download.value
    ).suggested_filename == f"LC-EN-AW-C1-{offering['class_number']}.csv"

    await page.locator("a[href$='/results']").click()
    await reload_until(page, "select >> nth=1")  # Records hears of enrolments by itself.
    await look(watched, f"desk-results-{language}")
    await send(page)
    await expect(page.locator(".errors")).to_be_focused()
    await page.locator("select").first.select_option("passed")
    await page.locator("input[name^=grade]").first.fill("17")
    await page.locator("input[name^=grade]").last.fill("8")
    await send(page)
    await expect(page.locator(".errors")).to_be_focused()
    await look(watched, f"desk-results-errors-{language}")
    await page.locator("input[name^=grade]").first.fill("8.5")
    await page.locator("select").last.select_option("absent")
    await page.locator("input[name^=grade]").last.fill("")
    await send(page)
    await page.wait_for_url("**/results?recorded")
    await look(watched, f"desk-results-recorded-{language}")
    await page.locator("tbody a").first.click()
    await look(watched, f"desk-result-{language}")
    await send(page)
    await expect(page.locator(".errors")).to_be_focused()
    await look(watched, f"desk-result-errors-{language}")


@pytest.mark.parametrize("language", ["en", "nl"])
async def test_the_office_sees_what_was_mailed_and_sends_it_again(
    sit: Sit, system: System, others: Others, inbox: Inbox, language: Language
) -> None:
    """Issue 4: what was sent when, preview, send again."""
    learner = await others.newcomer("Łucja Ñuñez-van 't Hof")
    enrolment = await enrolled(learner, await others.course())
    await inbox.wait_for(learner.mail_address, "You are enrolled")
    desk = f"{system.addresses.portal}/{language}/desk"
    watched = await sit(language=language, who="office")
    page = watched.page
    await page.goto(f"{desk}/people/{enrolment['learner_id']}/mails")
    await look(watched, f"desk-mails-of-{language}")
    confirmation = {"en": "Confirmation of enrolment", "nl": "Bevestiging van inschrijving"}
    await page.get_by_role("link", name=confirmation[language]).click()
    await look(watched, f"desk-mail-{language}")
    mail = page.url
    await page.goto(f"{mail}/preview")
    await expect(page.locator("body")).to_contain_text("Academic writing")
    await page.goto(mail)
    await send(page)
    await expect(page.locator(".note--ok")).to_be_visible()
    await look(watched, f"desk-mail-again-{language}")


@pytest.mark.parametrize("language", ["en", "nl"])
async def test_the_office_enrols_somebody_and_both_are_told(
    sit: Sit, system: System, others: Others, inbox: Inbox, language: Language
) -> None:
    """Row B3."""
    learner = await others.newcomer("Łucja Ñuñez-van 't Hof")
    offering = await others.course()
    people = f"{system.addresses.portal}/{language}/desk/offerings/{offering['offering_id']}"
    watched = await sit(language=language, who="office")
    page = watched.page
    await page.goto(people)
    await page.locator("a[href$='/enrol']").click()
    await send(page)
    await expect(page.locator(".errors")).to_be_focused()
    await look(watched, f"desk-enrol-errors-{language}")
    await page.locator("#mail").fill(learner.mail_address)
    await page.locator("main [name=payer][value=self]").check()
    await page.locator("#why").fill("Form signed on 3 March, in the file of the programme.")
    await page.locator("#agreed").check()
    await send(page)
    await expect(page.locator(".note--ok")).to_be_visible()
    await expect(page.locator("tbody")).to_contain_text("Łucja Ñuñez-van 't Hof")
    await look(watched, f"desk-people-enrolled-{language}")

    mail = await inbox.wait_for(learner.mail_address, "to keep your place")
    assert "/my/courses/" in mail.text
    receipt = {"en": "You have enrolled a learner", "nl": "Je hebt iemand ingeschreven"}
    told = await others.staff("office")
    await inbox.wait_for(told.mail_address, receipt[told.language])
