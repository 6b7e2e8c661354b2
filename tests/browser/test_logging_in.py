"""All ways in, through the real pages of identity and of the stand-in for SURFconext and eduID."""

import re
import uuid

import pyotp
import pytest
from playwright.async_api import Page, expect

from deploy.demo.people import Inbox
from deploy.local.system import System
from tests.browser.conftest import PASSWORD, Language, Sit, log_in
from tests.browser.looking import PHONE, look

VERIFY = {"en": "Confirm your mail address", "nl": "Bevestig je mailadres"}


async def sign_up(page: Page, name: str, mail_address: str, password: str) -> None:
    await page.locator("#new-name").fill(name)
    await page.locator("#new-mail").fill(mail_address)
    await page.locator("#new-password").fill(password)
    await page.locator('form[action*="/sign-up"] button[type=submit]').click()


async def link_in_mail(inbox: Inbox, address: str, words: str, path: str) -> str:
    mail = await inbox.wait_for(address, words)
    found = re.search(rf"\S+{path}[?#]\S+", mail.text)
    assert found is not None, mail.text
    return found.group()


async def new_account(page: Page, system: System, inbox: Inbox, language: Language) -> str:
    """Make an account and confirm its mail address; return the address."""
    address = f"{uuid.uuid4().hex[:10]}@learner.example"
    await page.goto(f"{system.addresses.service('identity')}/login")
    await page.locator("#new-terms").check()
    await page.locator(f'input[name=language][value="{language}"]').check()
    await sign_up(page, "Jip Ñuñez", address, PASSWORD)
    await page.goto(await link_in_mail(inbox, address, VERIFY[language], "/verify"))
    await page.locator('form[action$="/verify"] button').click()
    await page.wait_for_url("**/verified")
    return address


@pytest.mark.parametrize("language", ["en", "nl"])
async def test_sign_up_with_a_mail_that_is_confirmed_then_log_in(
    sit: Sit, system: System, inbox: Inbox, language: Language
) -> None:
    watched = await sit(language=language, width=PHONE)
    page, portal = watched.page, system.addresses.portal
    await page.goto(f"{portal}/{language}/log-in?to=/{language}/account")
    address = f"{uuid.uuid4().hex[:10]}@learner.example"
    await page.locator("#new-terms").check()
    await page.locator(f'input[name=language][value="{language}"]').check()
    await sign_up(page, "Łucja Ñuñez-van 't Hof", address, PASSWORD)
    await page.wait_for_url("**/check-your-mail*")
    await page.goto(await link_in_mail(inbox, address, VERIFY[language], "/verify"))
    await look(watched, f"verify-{language}")
    await page.locator('form[action$="/verify"] button').click()
    await page.wait_for_url("**/verified")

    await page.goto(f"{portal}/{language}/log-in?to=/{language}/account")
    await log_in(page, address, PASSWORD)
    await page.wait_for_url(f"{portal}/{language}/account")
    await expect(page.locator("#name")).to_have_value("Łucja Ñuñez-van 't Hof")


@pytest.mark.parametrize("language", ["en", "nl"])
async def test_a_sign_up_with_errors_leads_to_its_fields_and_loses_nothing(
    sit: Sit, system: System, language: Language
) -> None:
    watched = await sit(language=language)
    page = watched.page
    await page.goto(f"{system.addresses.service('identity')}/login")
    await sign_up(page, "Noor", "noor at example", "short")
    summary = page.locator(".errors")
    await expect(summary).to_be_focused()
    await expect(page).to_have_title(re.compile("^(Error|Fout): "))
    links = summary.get_by_role("link")
    await expect(links).to_have_count(3)
    targets = [await link.get_attribute("href") for link in await links.all()]
    assert targets == ["#new-mail", "#new-password", "#new-terms"]
    for link, target in zip(await links.all(), targets, strict=True):
        await link.click()
        wrong = page.locator(str(target))
        await expect(wrong).to_be_in_viewport()
        await expect(wrong).to_be_focused()
        await expect(wrong).to_have_attribute("aria-invalid", "true")
        said = page.locator(f"{target}-error")
        await expect(said).to_contain_text(await link.inner_text())
    await expect(page.locator("#new-name")).to_have_value("Noor")
    await expect(page.locator("#new-mail")).to_have_value("noor at example")
    await expect(page.locator("#new-password")).to_have_value("")
    await look(watched, f"sign-up-errors-{language}")


async def test_a_wrong_password_is_said_and_the_address_is_kept(sit: Sit, system: System) -> None:
    watched = await sit(language="nl", width=PHONE)
    page = watched.page
    await page.goto(f"{system.addresses.service('identity')}/login")
    await log_in(page, "nobody@example.org", "not the password")
    await expect(page.locator(".errors")).to_be_focused()
    await expect(page.locator("#mail")).to_have_value("nobody@example.org")
    await look(watched, "login-refused-nl")


@pytest.mark.parametrize("language", ["en", "nl"])
async def test_a_forgotten_password_is_reset_by_mail(
    sit: Sit, system: System, inbox: Inbox, language: Language
) -> None:
    watched = await sit(language=language)
    page, identity = watched.page, system.addresses.service("identity")
    address = await new_account(page, system, inbox, language)
    await page.goto(f"{identity}/forgot")
    await page.locator("#mail").fill(address)
    await page.locator('form[action$="/forgot"] button').click()
    await page.wait_for_url("**/reset-sent")
    words = {"en": "password", "nl": "wachtwoord"}[language]
    await page.goto(await link_in_mail(inbox, address, words, "/reset"))
    await page.locator("#password").fill("short")
    await page.locator('form[action$="/reset"] button').click()
    await expect(page.locator(".errors")).to_be_focused()
    await look(watched, f"reset-error-{language}")
    await page.locator("#password").fill("another sentence that works")
    await page.locator('form[action$="/reset"] button').click()
    await page.wait_for_url("**/password-changed")
    await page.goto(f"{system.addresses.portal}/{language}/log-in")
    await log_in(page, address, "another sentence that works")
    await page.wait_for_url(f"{system.addresses.portal}/{language}")


@pytest.mark.parametrize("language", ["en", "nl"])
async def test_a_second_step_is_set_up_and_then_asked_for(
    sit: Sit, system: System, inbox: Inbox, language: Language
) -> None:
    watched = await sit(language=language)
    page, identity = watched.page, system.addresses.service("identity")
    address = await new_account(page, system, inbox, language)
    await page.goto(f"{identity}/login?then=logins")
    await log_in(page, address, PASSWORD)
    await page.wait_for_url(f"{identity}/logins")
    await look(watched, f"logins-{language}")
    await page.locator('a[href$="/second-step"]').click()
    await look(watched, f"second-step-off-{language}")
    await page.locator('form[action$="/begin"] button').click()
    secret = await page.locator("ol code").inner_text()
    await look(watched, f"second-step-setting-up-{language}")
    await page.locator("#code").fill(pyotp.TOTP(secret).now())
    await page.locator('form[action$="/confirm"] button').click()
    recovery = await page.locator("main ul code").first.inner_text()
    await look(watched, f"recovery-codes-{language}")
    await page.goto(f"{identity}/second-step")
    await look(watched, f"second-step-on-{language}")

    other = await sit(language=language, width=PHONE)
    page = other.page
    await page.goto(f"{system.addresses.portal}/{language}/log-in")
    await log_in(page, address, PASSWORD)
    await page.wait_for_url("**/login/code*")
    await look(other, f"login-code-{language}")
    await page.locator("#code").fill(recovery)
    await page.locator('form[action*="/login/code"] button').click()
    await page.wait_for_url(f"{system.addresses.portal}/{language}")


@pytest.mark.parametrize(
    ("key", "steps", "language"),
    [
        ("surfconext", ["Universiteit van Voorbeeld", "Daan Smit"], "nl"),
        ("eduid", ["Sofie Peters"], "en"),
    ],
    ids=["by institution", "by eduID"],
)
async def test_whoever_comes_from_elsewhere_is_welcomed_once(
    sit: Sit, system: System, key: str, steps: list[str], language: Language
) -> None:
    portal = system.addresses.portal
    watched = await sit(language=language)
    page = watched.page
    await page.goto(f"{portal}/{language}/log-in?to=/{language}/account")
    await page.locator(f'form[action*="/login/with/{key}"] button').click()
    for number, step in enumerate(steps):
        await look(watched, f"stand-in-{key}-{number}-{language}")
        await page.get_by_role("button", name=step).click()
    await page.wait_for_url("**/welcome*")
    await look(watched, f"welcome-{key}-{language}")
    await page.locator("#terms").check()
    await page.locator('form[action$="/welcome"] button').click()
    await page.wait_for_url(f"{portal}/{language}/account")
    await expect(page.locator("#name")).to_have_value(steps[-1])

    again = await sit(language=language)
    await again.page.goto(f"{portal}/{language}/log-in?to=/{language}/account")
    await again.page.locator(f'form[action*="/login/with/{key}"] button').click()
    for step in steps:
        await again.page.get_by_role("button", name=step).click()
    await again.page.wait_for_url(f"{portal}/{language}/account")
