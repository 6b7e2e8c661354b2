"""Several logins of one person (A5-A8): joined only after proving both, separated down to the last one."""

import asyncio
from typing import Any

import httpx

from contracts.identity import AccountCorrected, MailAddressVerificationRequested
from services.identity import commands
from tests.integration.identity.steps import PASSWORD, App, Browser, Identity, leads_to
from tests.integration.identity.test_institutions import arrive, welcome
from tests.support.institutions import Institutions
from tests.support.running import eventually


async def add(
    browser: Browser,
    standin: Institutions,
    uid: str = "emma",
    institution: str = "voorbeeld",
    key: str = "surfconext",
) -> httpx.Response:
    """From the page of one's logins to the provider and back."""
    away = await browser.submit(await browser.get("/logins"), f"/logins/add/{key}")
    assert away.status_code == 303, away.text
    return await browser.get(await standin.log_in(away.headers["location"], institution, uid))


async def logged_in(identity: Identity) -> Browser:
    await identity.register()
    browser = identity.browser()
    await browser.log_in("ada@example.org")
    return browser


async def test_a_login_at_an_institution_joins_an_own_account_and_leads_to_it(
    joined: Identity, surfconext: Institutions
) -> None:
    browser = await logged_in(joined)

    back = await add(browser, surfconext)

    assert leads_to(back) == "/logins"
    page = (await browser.get("/logins")).text
    assert "ada@example.org" in page
    assert "voorbeeld.example" in page
    other = joined.browser()
    assert leads_to(await arrive(other, surfconext)) == "/login"
    assert "As Ada Lovelace" in (await other.get("/login")).text
    assert (await joined.told.wait_for(AccountCorrected)).affiliation == "staff"
    history = await joined.fetch("SELECT login, what FROM login_history")
    assert [tuple(each) for each in history] == [("surfconext", "added")]


async def test_adding_the_same_login_twice_changes_nothing(
    joined: Identity, surfconext: Institutions
) -> None:
    browser = await logged_in(joined)

    await add(browser, surfconext)
    await add(browser, surfconext)

    assert await joined.fetchval("SELECT count(*) FROM institutional_login") == 1
    assert await joined.fetchval("SELECT count(*) FROM login_history") == 1


async def test_a_login_that_has_an_account_is_refused_with_a_way_out_that_works(
    joined: Identity, surfconext: Institutions
) -> None:
    emmas = joined.browser()
    await welcome(emmas, surfconext)
    adas = await logged_in(joined)

    refused = await add(adas, surfconext)

    assert refused.status_code == 409
    assert "This login belongs to another account already" in refused.text
    assert "give it another login there, and separate this one" in refused.text
    await add(emmas, surfconext, "emma-eduid", "eduid", "eduid")
    await separate(emmas, "surfconext", joined)
    assert leads_to(await add(adas, surfconext)) == "/logins"


async def separate(browser: Browser, login: str, identity: Identity) -> httpx.Response:
    login_id = login
    if login != "own":
        login_id = str(
            await identity.fetchval(
                "SELECT login_id FROM institutional_login WHERE provider = $1", login
            )
        )
    page = await browser.get("/logins")
    return await browser.submit(page, "/logins/separate", login_id=login_id)


async def test_a_separated_login_leads_nowhere_and_everybody_else_is_out(
    joined: Identity, surfconext: Institutions
) -> None:
    browser = await logged_in(joined)
    await add(browser, surfconext)
    elsewhere = joined.browser()
    tokens = await elsewhere.log_in_to_app("ada@example.org")

    await separate(browser, "surfconext", joined)

    assert "voorbeeld.example" not in (await browser.get("/logins")).text
    assert "As Ada Lovelace" not in (await elsewhere.get("/login")).text
    renewal = App().renewal(tokens["refresh_token"])
    assert (await joined.http.post("/oauth/token", data=renewal)).status_code == 400
    assert leads_to(await arrive(joined.browser(), surfconext)) == "/welcome"
    assert (await joined.told.wait_for(AccountCorrected, 2)).affiliation == "guest"
    assert await joined.fetchval("SELECT count(*) FROM login_history WHERE what = 'separated'") == 1


async def test_the_last_login_stays(joined: Identity, surfconext: Institutions) -> None:
    browser = await logged_in(joined)
    await add(browser, surfconext)
    page = await browser.get("/logins")
    await separate(browser, "surfconext", joined)

    refused = await browser.submit(page, "/logins/separate", login_id="own")

    assert refused.status_code == 409
    assert "This is your only login" in refused.text
    assert (await joined.browser().log_in("ada@example.org")).status_code == 303


async def test_two_who_separate_the_last_two_logins_at_once_leave_one(
    joined: Identity, surfconext: Institutions
) -> None:
    ada = await joined.register()
    browser = joined.browser()
    await browser.log_in("ada@example.org")
    await add(browser, surfconext)
    login_id = str(await joined.fetchval("SELECT login_id FROM institutional_login"))
    now, settings = joined.clock.now(), joined.parts.settings

    async def second() -> None:
        async with joined.parts.db.transaction() as tx:
            await commands.institutional.separate(
                tx, ada, "own", session_id=None, titles={}, settings=settings, now=now
            )

    async with joined.parts.db.transaction() as tx:
        await commands.institutional.separate(
            tx, ada, login_id, session_id=None, titles={}, settings=settings, now=now
        )
        racing = asyncio.create_task(second())
        await eventually(joined.somebody_waits_for_a_lock)
    (refusal,) = await asyncio.gather(racing, return_exceptions=True)

    assert str(refusal) == "last-login"


async def test_an_old_session_may_look_but_not_change(
    joined: Identity, surfconext: Institutions
) -> None:
    browser = await logged_in(joined)
    page = await browser.get("/logins")
    joined.clock.move(minutes=11)

    refused = await browser.submit(page, "/logins/add/surfconext")
    seen = await browser.get("/logins")

    assert refused.status_code == 403
    assert "Log in again first" in refused.text
    assert "log in again first" in seen.text
    assert "/logins/add/" not in seen.text
    again = await browser.log_in("ada@example.org", path="/login?then=logins")
    assert leads_to(again) == "/logins"
    assert "/logins/add/surfconext" in (await browser.get("/logins")).text


async def test_whoever_logs_out_meanwhile_adds_nothing(
    joined: Identity, surfconext: Institutions
) -> None:
    browser = await logged_in(joined)
    away = await browser.submit(await browser.get("/logins"), "/logins/add/surfconext")
    back = await surfconext.log_in(away.headers["location"], "voorbeeld", "emma")
    await joined.parts.db._pool.execute("DELETE FROM session")  # noqa: SLF001 - as a new password does.

    answer = await browser.get(back)

    assert answer.status_code == 409
    assert await joined.fetchval("SELECT count(*) FROM institutional_login") == 0


async def test_an_institutional_account_gets_a_password_once_its_address_is_proved(
    joined: Identity, surfconext: Institutions
) -> None:
    browser = joined.browser()
    await welcome(browser, surfconext)
    form: dict[str, Any] = {"mail_address": "emma@example.org", "password": PASSWORD}
    weak = await browser.submit(
        await browser.get("/logins"), "/logins/add-own", **form | {"password": "short"}
    )
    assert weak.status_code == 422
    assert "Enter at least 12 characters" in weak.text

    sent = await browser.submit(weak, "/logins/add-own", **form)

    assert leads_to(sent) == "/check-your-mail"
    assert (await joined.browser().log_in("emma@example.org")).status_code == 422
    await browser.submit(await browser.get(await joined.verification_link()), "/verify")
    other = joined.browser()
    assert (await other.log_in("emma@example.org")).status_code == 303
    assert "As Emma Jansen" in (await other.get("/login")).text
    assert await joined.fetchval("SELECT count(*) FROM account") == 1


async def test_an_address_with_an_account_is_not_told_and_not_joined(
    joined: Identity, surfconext: Institutions
) -> None:
    await joined.register("ada@example.org")
    browser = joined.browser()
    await welcome(browser, surfconext)

    sent = await browser.submit(
        await browser.get("/logins"),
        "/logins/add-own",
        mail_address="ada@example.org",
        password=PASSWORD,
    )

    assert leads_to(sent) == "/check-your-mail"
    await joined.reset_link()  # Its owner is told.
    assert joined.told.of(MailAddressVerificationRequested) == []


async def test_an_institutions_word_does_not_hold_for_good(
    joined: Identity, surfconext: Institutions
) -> None:
    browser = await logged_in(joined)
    await add(browser, surfconext)
    await joined.told.wait_for(AccountCorrected)
    joined.clock.move(days=181)

    await joined.browser().log_in("ada@example.org")

    assert (await joined.told.wait_for(AccountCorrected, 2)).affiliation == "guest"


async def test_an_app_lists_and_separates_logins_of_its_own_person_only(
    joined: Identity, surfconext: Institutions
) -> None:
    bearer = await joined.bearer("bob@example.org")
    browser = joined.browser()
    await joined.register("ada@example.org")
    tokens = await browser.log_in_to_app("ada@example.org")
    adas = {"Authorization": f"Bearer {tokens['access_token']}"}
    await add(browser, surfconext)

    listed = (
        await joined.http.get("/v1/me/logins", headers=adas | {"Accept-Language": "nl"})
    ).json()

    assert [each["title"] for each in listed["items"]] == ["Mailadres en wachtwoord", "SURFconext"]
    assert listed["items"][0]["mail_address"] == "ada@example.org"
    assert listed["items"][1]["organization"] == "voorbeeld.example"
    path = f"/v1/me/logins/{listed['items'][1]['login_id']}"
    assert (await joined.http.delete(path)).status_code == 401
    assert (await joined.http.delete(path, headers=bearer)).status_code == 404
    assert (await joined.http.delete(path, headers=adas)).status_code == 204
    last = await joined.http.delete("/v1/me/logins/own", headers=adas)
    assert last.status_code == 409
    joined.clock.move(minutes=9.9)
    assert (await joined.http.delete(path, headers=adas)).status_code == 404
    joined.clock.move(minutes=0.2)
    stale = await joined.http.delete(path, headers=adas)
    assert stale.json()["type"].endswith("/problems/login-not-fresh")
