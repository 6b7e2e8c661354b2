"""A second step after the password of an own account: codes of an app, recovery codes, off again."""

import re

import httpx
import pyotp

from tests.integration.identity.steps import PASSWORD, App, Browser, Identity, answer_of, leads_to


class Phone:
    """An app that was given a secret."""

    def __init__(self, identity: Identity, secret: str) -> None:
        self._identity = identity
        self._totp = pyotp.TOTP(secret)

    @property
    def code(self) -> str:
        return self._totp.at(self._identity.clock.now())


async def set_up(identity: Identity, browser: Browser) -> tuple[Phone, list[str]]:
    """Ada logs in and sets up an app; returns it, and her recovery codes."""
    await browser.log_in("ada@example.org")
    begun = await browser.submit(await browser.get("/second-step"), "/second-step/begin")
    assert leads_to(begun) == "/second-step"
    page = await browser.get("/second-step")
    assert 'src="data:image/svg+xml' in page.text
    found = re.search(r"<code>([A-Z2-7]{32})</code>", page.text)
    assert found is not None, page.text
    phone = Phone(identity, found.group(1))
    codes = await browser.submit(page, "/second-step/confirm", code=phone.code)
    recovery = re.findall(r"<code>([a-z2-7-]+)</code>", codes.text)
    assert len(set(recovery)) == 10
    identity.clock.move(seconds=30)
    return phone, recovery


async def log_in_with_code(browser: Browser, code: str) -> httpx.Response:
    half = await browser.log_in("ada@example.org")
    assert leads_to(half) == "/login/code"
    return await browser.submit(await browser.get("/login/code"), "/login/code", code=code)


async def test_the_code_is_asked_after_the_password_and_leads_on_to_the_app(
    identity: Identity,
) -> None:
    await identity.register()
    phone, _ = await set_up(identity, identity.browser())
    browser, app = identity.browser(), App()
    to_login = leads_to(await browser.authorize(app))

    half = await browser.log_in("ada@example.org", path=to_login)
    assert leads_to(half).startswith("/login/code?")
    assert answer_of(await browser.authorize(app, prompt="none"))["error"] == "login_required"
    page = await browser.get(leads_to(half))
    on = await browser.submit(page, "/login/code", code=f"{phone.code[:3]} {phone.code[3:]}")

    assert answer_of(await browser.get(leads_to(on)))["state"] == app.state


async def test_a_wrong_code_and_one_that_was_used_log_nobody_in(identity: Identity) -> None:
    await identity.register()
    phone, _ = await set_up(identity, identity.browser())
    used = phone.code
    assert leads_to(await log_in_with_code(identity.browser(), used)) == "/login"

    for code in (used, "000000" if used != "000000" else "000001", ""):
        answer = await log_in_with_code(identity.browser(), code)
        assert answer.status_code == 422
        assert "Enter the six digits that your app shows now" in answer.text
    assert await identity.fetchval("SELECT count(*) FROM session") == 2


async def test_guessing_codes_is_slowed_down(identity: Identity) -> None:
    await identity.register()
    phone, _ = await set_up(identity, identity.browser())
    browser = identity.browser()
    await browser.log_in("ada@example.org")
    page = await browser.get("/login/code")

    answers = [await browser.submit(page, "/login/code", code="12345x") for _ in range(6)]

    assert answers[-1].status_code == 429
    assert (await browser.submit(page, "/login/code", code=phone.code)).status_code == 429


async def test_a_recovery_code_is_good_once_however_it_is_typed(identity: Identity) -> None:
    await identity.register()
    browser = identity.browser()
    _, recovery = await set_up(identity, browser)
    kept = await identity.fetch("SELECT recovery_code::text AS row FROM recovery_code")
    assert all(recovery[0].replace("-", "") not in each["row"] for each in kept)

    first = await log_in_with_code(identity.browser(), recovery[0].upper().replace("-", " "))
    second = await log_in_with_code(identity.browser(), recovery[0])

    assert leads_to(first) == "/login"
    assert second.status_code == 422
    assert "You have 9 recovery codes left." in (await browser.get("/second-step")).text


async def test_until_a_code_was_right_the_password_does(identity: Identity) -> None:
    await identity.register()
    browser = identity.browser()
    await browser.log_in("ada@example.org")
    await browser.submit(await browser.get("/second-step"), "/second-step/begin")
    page = await browser.get("/second-step")

    wrong = await browser.submit(page, "/second-step/confirm", code="12345x")

    assert wrong.status_code == 422
    assert leads_to(await identity.browser().log_in("ada@example.org")) == "/login"


async def test_turning_it_on_or_off_takes_a_fresh_login_and_is_remembered(
    identity: Identity,
) -> None:
    ada = await identity.register()
    browser = identity.browser()
    phone, _ = await set_up(identity, browser)
    page = await browser.get("/second-step")
    again = await browser.http.post(
        "/second-step/begin",
        data={"form_token": re.findall(r'name="form_token" value="([^"]+)"', page.text)[0]},
    )
    assert again.status_code == 409
    identity.clock.move(minutes=11)

    stale = await browser.submit(page, "/second-step/remove")
    assert stale.status_code == 403
    assert leads_to(await browser.get("/second-step")) == "/login?then=second-step"
    half = await browser.log_in("ada@example.org", path="/login?then=second-step")
    back = await browser.submit(await browser.get(leads_to(half)), "/login/code", code=phone.code)
    assert leads_to(back) == "/second-step"
    await browser.submit(await browser.get("/second-step"), "/second-step/remove")

    assert leads_to(await identity.browser().log_in("ada@example.org")) == "/login"
    history = await identity.fetch(
        "SELECT what FROM login_history WHERE account_id = $1 ORDER BY entry_id", ada
    )
    assert [each["what"] for each in history] == ["protected", "unprotected"]
    assert await identity.fetchval("SELECT count(*) FROM recovery_code") == 0


async def test_a_new_password_ends_logins_that_wait_for_a_code_and_keeps_the_second_step(
    identity: Identity,
) -> None:
    await identity.register()
    phone, _ = await set_up(identity, identity.browser())
    thief, ada = identity.browser(), identity.browser()
    await thief.log_in("ada@example.org")
    waiting = await thief.get("/login/code")
    await ada.submit(await ada.get("/forgot"), "/forgot", mail_address="ada@example.org")
    page = await ada.get(await identity.reset_link())
    await ada.submit(page, "/reset", password="an owl sleeps in the barn")

    late = await thief.submit(waiting, "/login/code", code=phone.code)
    half = await ada.log_in("ada@example.org", "an owl sleeps in the barn")

    assert late.status_code == 409
    assert leads_to(half) == "/login/code"


async def test_the_login_waits_five_minutes(identity: Identity) -> None:
    await identity.register()
    phone, _ = await set_up(identity, identity.browser())
    browser = identity.browser()
    await browser.log_in("ada@example.org", PASSWORD)
    page = await browser.get("/login/code")
    identity.clock.move(minutes=5)

    assert (await browser.submit(page, "/login/code", code=phone.code)).status_code == 409
    assert leads_to(await browser.get("/login/code")) == "/login"


async def test_the_secret_is_locked_in_the_database(identity: Identity) -> None:
    ada = await identity.register()
    browser = identity.browser()
    await set_up(identity, browser)

    locked = await identity.fetchval("SELECT locked_secret FROM second_step")

    secret = identity.parts.seal.unlock(locked, ada)
    assert secret.encode() not in locked
