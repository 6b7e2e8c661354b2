"""From finding a course to the receipt of leaving it: on a phone without script, and with the keyboard alone."""

import re

from playwright.async_api import expect

from deploy.demo.people import Inbox
from deploy.demo.steps import order_of, record_transfer
from deploy.local.system import System
from tests.browser.conftest import Others, Sit, log_in
from tests.browser.looking import PHONE, Watched, look, look_without_script
from tests.browser.steps import log_in_as, press, reload_until, tab_to

NB = "\N{NO-BREAK SPACE}"


async def test_on_a_phone_in_dutch_without_script_from_finding_to_the_receipt(
    sit: Sit, system: System, others: Others, inbox: Inbox
) -> None:
    """Rows A1, A3, A8, A10-A13, A16-A18, A21-A25."""
    learner = await others.newcomer("Iris van ’t Hof", "nl")
    offering = await others.course()
    portal = system.addresses.portal
    watched = await sit(language="nl", width=PHONE, script=False)
    page = watched.page

    await page.goto(f"{portal}/nl")
    await page.locator("#q").fill(offering["class_number"])
    await press(page, "Zoeken")
    await page.locator("article a").click()
    await expect(page.locator("h1")).to_have_text("Academisch schrijven in het Engels")
    await press(page, "Inloggen en inschrijven")
    await log_in(page, learner.mail_address, learner.password)

    await page.wait_for_url(f"{portal}/nl/courses/{offering['offering_id']}/enrol")
    await expect(page.locator("h1")).to_have_text("Wie betaalt?")
    await expect(page.get_by_role("radio", name="Ik betaal zelf")).to_be_checked()
    # Without script the style sheet alone shows only what belongs to the choice.
    await expect(page.locator("#org")).to_be_hidden()
    await look_without_script(watched, "enrol-nl")
    await press(page, "Verder")
    await expect(page.locator("h1")).to_have_text("Controleren en akkoord")
    await press(page, f"Betaal €{NB}420,00 met iDEAL")
    await expect(page.locator(".errors")).to_be_focused()
    await look_without_script(watched, "check-error-nl")
    await page.locator("#accept").check()
    await press(page, f"Betaal €{NB}420,00 met iDEAL")

    await page.wait_for_url(f"{system.addresses.provider}/**")
    await look_without_script(watched, "provider-nl")
    await press(page, re.compile("betalen$"))
    await page.wait_for_url(f"{portal}/nl/my/courses/*/outcome")
    # While it is not known yet, the page looks again by itself.
    await expect(page.locator("h1")).to_have_text("Je bent ingeschreven")
    await expect(page.locator(".band")).to_contain_text(f"Betaling van €{NB}420,00 ontvangen")
    await look_without_script(watched, "enrolled-nl")
    confirmation = await inbox.wait_for(learner.mail_address, "Je bent ingeschreven")
    assert confirmation.calendar is not None

    await press(page, "Naar Mijn cursussen")
    await leave_without_script(watched)
    receipt = await inbox.wait_for(learner.mail_address, "Je hebt je uitgeschreven")
    assert "Academisch schrijven in het Engels" in receipt.text


async def leave_without_script(watched: Watched) -> None:
    """From My learning, in Dutch: Cursus beheren, Uitschrijven, a reason, Voltooien."""
    page = watched.page
    await expect(page.locator("article")).not_to_have_count(0)
    await look_without_script(watched, "my-courses-nl")
    await press(page, re.compile("^Cursus beheren"))
    await look_without_script(watched, "manage-nl")
    await press(page, "Uitschrijven")
    await press(page, "Voltooien")
    await expect(page.locator(".errors")).to_contain_text("Kies waarom je je uitschrijft")
    await look_without_script(watched, "withdraw-error-nl")
    await page.get_by_role("radio", name="Mijn werk of studie is veranderd").check()
    await page.locator("#more").fill("Mijn stage is nu op dinsdag.")
    await press(page, "Voltooien")
    await expect(page.locator("h1")).to_have_text("Je bent uitgeschreven")
    await expect(page.locator("main")).to_contain_text(f"€{NB}357,00 van €{NB}420,00")
    await look_without_script(watched, "withdrawn-nl")


async def test_an_employer_is_invoiced_with_the_keyboard_alone_and_then_the_place_is_given_up(
    sit: Sit, system: System, others: Others, inbox: Inbox
) -> None:
    """Rows A14-A16, A21-A25."""
    learner = await others.newcomer("Carla de Groot")
    offering = await others.course()
    portal = system.addresses.portal
    watched = await sit(language="en")
    page = watched.page
    await log_in_as(page, portal, "en", learner)
    await page.goto(f"{portal}/en/courses/{offering['offering_id']}")

    await tab_to(page, "main a[href$='/enrol']")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/enrol")
    await tab_to(page, "#payer")
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("radio", name="My employer pays")).to_be_checked()
    for field, typed in (
        ("#org", "Rijnland Ziekenhuis"),
        ("#street", "Simon Smitweg 1"),
        ("#postcode", "2353 GA"),
        ("#city", "Leiderdorp"),
        ("#vat", "NL123456789B13"),
        ("#po", "PO-2027-00431"),
        ("#mail", f"invoices-{learner.mail_address}"),
    ):
        await tab_to(page, field)
        await page.keyboard.type(typed)
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("Check and accept")
    await expect(page.locator("main")).to_contain_text("Rijnland Ziekenhuis")
    await tab_to(page, "#accept")
    await page.keyboard.press("Space")
    await tab_to(page, "main form button")
    await page.keyboard.press("Enter")

    await page.wait_for_url(f"{portal}/en/my/courses/*/outcome")
    await reload_until(page, "main dl code")
    await expect(page.locator("h1")).to_have_text("We send the invoice")
    await look(watched, "invoiced-en")
    mail = await inbox.wait_for(f"invoices-{learner.mail_address}", "Invoice")
    assert mail.files
    mine = page.url.removesuffix("/outcome")
    await page.goto(mine)
    await look(watched, "manage-invoiced-en")

    enrolment = {"enrolment_id": mine.rpartition("/")[2]}
    (invoice,) = (await order_of(learner, enrolment))["invoices"]
    await record_transfer(await others.staff("finance"), invoice, invoice["issued_at"][:10])
    await page.goto(f"{mine}/outcome")
    await reload_until(page, ".band")
    await expect(page.locator("h1")).to_have_text("You are enrolled")
    await look(watched, "enrolled-by-employer-en")

    await press(page, "Manage this course")
    await press(page, "Withdraw")
    await page.get_by_role("radio", name="I have no time on these dates").check()
    await press(page, "Complete")
    await expect(page.locator("h1")).to_have_text("You have withdrawn")
    await inbox.wait_for(learner.mail_address, "You have withdrawn")
    assert watched.complaints == []
