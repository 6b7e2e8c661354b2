"""Passkeys with our own script, in a real browser with a virtual authenticator (CDP, domain WebAuthn)."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, CDPSession, Page, expect

from tests.browser.identity_alone import identity_alone
from tests.browser.looking import DESKTOP, HEIGHTS, look, open_page
from tests.integration.identity.steps import PASSWORD, Identity
from tests.support.servers import Templates
from tests.support.streaming import free_port

ADA = "ada@example.org"


@pytest.fixture
async def identity(templates: Templates, amqp_url: str) -> AsyncIterator[Identity]:
    """Identity by a name and not a number: browsers make passkeys for names only."""
    async with identity_alone(templates, amqp_url, f"http://localhost:{free_port()}") as identity:
        yield identity


async def _with_device(page: Page) -> tuple[CDPSession, str]:
    """A device that finds keys without a name and knows its owner's finger."""
    session = await page.context.new_cdp_session(page)
    await session.send("WebAuthn.enable")
    made = await session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session, made["authenticatorId"]


async def _log_in_by_password(page: Page, path: str) -> None:
    await page.goto(path)
    await page.locator("#mail").fill(ADA)
    await page.locator("#password").fill(PASSWORD)
    await page.locator("form:has(#password) button").first.click()


@pytest.mark.parametrize("language", ["en", "nl"])
async def test_a_passkey_is_added_and_logs_in_and_a_device_that_knows_nobody_does_not(
    identity: Identity, chromium: Browser, language: str
) -> None:
    await identity.register(ADA)
    home = identity.parts.settings.own_url
    context = await chromium.new_context(
        locale=language,
        viewport={"width": DESKTOP, "height": HEIGHTS[DESKTOP]},
        reduced_motion="reduce",
    )
    watched = await open_page(context)
    page = watched.page
    session, device = await _with_device(page)

    await _log_in_by_password(page, f"{home}/login?then=passkeys")
    await page.wait_for_url("**/passkeys")
    await expect(page.locator("[data-without-passkeys]")).to_be_hidden()
    await look(watched, f"passkeys-none-{language}")
    await page.locator("#name").fill("Laptop")
    await page.locator("form[data-passkey=create] button").click()
    await expect(page.locator(".item__title")).to_have_text("Laptop")
    await look(watched, f"passkeys-{language}")
    known = await session.send("WebAuthn.getCredentials", {"authenticatorId": device})
    assert [each["rpId"] for each in known["credentials"]] == ["localhost"]

    await context.clear_cookies()
    await page.goto(f"{home}/login?then=passkeys")
    await page.locator("form[data-passkey=get] button").click()
    await page.wait_for_url("**/passkeys")
    assert await identity.fetchval("SELECT used_at IS NOT NULL FROM passkey")

    await context.clear_cookies()
    await session.send(
        "WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False}
    )
    await page.goto(f"{home}/login?then=passkeys")
    await page.locator("form[data-passkey=get] button").click()
    await expect(page.locator("form[data-passkey=get] [data-failed]")).to_be_visible()
    await context.close()


async def test_without_script_the_password_remains(identity: Identity, chromium: Browser) -> None:
    await identity.register(ADA)
    home = identity.parts.settings.own_url
    context = await chromium.new_context(java_script_enabled=False)
    page = await context.new_page()

    await page.goto(f"{home}/login?then=passkeys")
    await expect(page.locator("form[data-passkey]")).to_be_hidden()
    await _log_in_by_password(page, f"{home}/login?then=passkeys")
    await page.wait_for_url("**/passkeys")

    await expect(page.locator("form[data-passkey]")).to_be_hidden()
    await expect(page.locator("[data-without-passkeys]")).to_be_visible()
    await context.close()
