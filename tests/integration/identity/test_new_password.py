"""A forgotten password: who asks learns nothing, who has the link gets in, and who was in is out."""

import asyncio

import httpx

from contracts.identity import PasswordResetRequested
from services.identity import commands
from tests.integration.identity.steps import PASSWORD, App, Identity, leads_to, token_in
from tests.support.running import eventually

NEW = "a heron waited by the lock"


async def ask(identity: Identity, mail_address: str) -> httpx.Response:
    return await identity.http.post(
        "/v1/accounts/password-reset-requests", json={"mail_address": mail_address}
    )


async def test_a_new_password_through_the_pages(identity: Identity) -> None:
    await identity.register()
    browser = identity.browser()
    sent = await browser.submit(
        await browser.get("/forgot"), "/forgot", mail_address="Ada@example.org"
    )
    assert leads_to(sent) == "/reset-sent"
    page = await browser.get(await identity.reset_link())
    assert "For the account of Ada Lovelace" in page.text

    weak = await browser.submit(page, "/reset", password="ada@example.org")
    done = await browser.submit(weak, "/reset", password=NEW)

    assert weak.status_code == 422
    assert "Choose another password" in weak.text
    assert leads_to(done) == "/password-changed"
    assert (await browser.log_in("ada@example.org")).status_code == 422
    assert (await browser.log_in("ada@example.org", NEW)).status_code == 303


async def test_every_login_and_every_refresh_token_ends(identity: Identity) -> None:
    await identity.register()
    app, everywhere = App(), identity.browser()
    here = await everywhere.log_in_to_app("ada@example.org", app)
    for_long = await everywhere.log_in_to_app(
        "ada@example.org", app, scope="openid offline_access", prompt="login"
    )
    await ask(identity, "ada@example.org")

    done = await identity.http.post(
        "/v1/accounts/password-resets",
        json={"token": token_in(await identity.reset_link()), "password": NEW},
    )

    assert done.status_code == 204, done.text
    for tokens in (here, for_long):
        answer = await everywhere.http.post(
            "/oauth/token", data=app.renewal(tokens["refresh_token"])
        )
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert "As Ada" not in (await everywhere.get("/login")).text


async def test_a_code_from_before_is_worth_nothing_after(identity: Identity) -> None:
    await identity.register()
    browser, app = identity.browser(), App()
    code = await browser.log_in_for(app, "ada@example.org")
    await ask(identity, "ada@example.org")
    await identity.http.post(
        "/v1/accounts/password-resets",
        json={"token": token_in(await identity.reset_link()), "password": NEW},
    )

    answer = await browser.http.post("/oauth/token", data=app.exchange(code))

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_asking_tells_nothing_and_mails_only_the_owner(identity: Identity) -> None:
    ada = await identity.register()

    known = await ask(identity, "ada@example.org")
    unknown = await ask(identity, "eve@example.org")

    assert known.status_code == unknown.status_code == 202
    assert known.text == unknown.text.replace("eve@", "ada@")
    assert await identity.fetchval("SELECT count(*) FROM password_reset") == 2
    await identity.everything_told()
    assert [fact.account_id for fact in identity.told.of(PasswordResetRequested)] == [ada]


async def test_asking_is_limited_and_no_answer_differs(identity: Identity) -> None:
    await identity.register()
    for mail_address in ("ada@example.org", "eve@example.org"):
        answers = [await ask(identity, mail_address) for _ in range(6)]
        assert [each.status_code for each in answers] == [202] * 5 + [429]
        assert answers[-1].headers["retry-after"] == "300"


async def test_what_is_no_mail_address_is_said_so(identity: Identity) -> None:
    browser = identity.browser()

    answer = await browser.submit(await browser.get("/forgot"), "/forgot", mail_address="ada")

    assert answer.status_code == 422
    assert 'href="#mail"' in answer.text
    assert 'value="ada"' in answer.text


async def test_looking_at_the_link_changes_nothing_and_it_is_good_once_and_in_time(
    identity: Identity,
) -> None:
    await identity.register()
    await ask(identity, "ada@example.org")
    await ask(identity, "ada@example.org")
    await identity.reset_link(2)
    first, second = (fact.link for fact in identity.told.of(PasswordResetRequested))
    browser = identity.browser()
    for _ in range(3):
        page = await browser.get(first)
        assert page.status_code == 200

    await browser.submit(page, "/reset", password=NEW)

    for link in (first, second):
        used = await browser.get(link)
        assert (used.status_code, "This link has been used" in used.text) == (409, True)
    await ask(identity, "ada@example.org")
    third = await identity.reset_link(3)
    identity.clock.move(minutes=60)
    assert "This link has expired" in (await browser.get(third)).text


async def test_a_link_that_leads_nowhere_is_unknown(identity: Identity) -> None:
    page = await identity.browser().get("/reset?token=guess")

    assert page.status_code == 404


async def test_who_logs_in_with_the_old_password_while_it_is_replaced_does_not_slip_by(
    identity: Identity,
) -> None:
    await identity.register()
    await ask(identity, "ada@example.org")
    token = token_in(await identity.reset_link())
    hashed = await identity.parts.passwords.hash(NEW)

    # Another process of ours has set the new password, and has not committed yet.
    async with identity.parts.db.transaction() as tx:
        await commands.accounts.reset_password(
            tx, token, password_hash=hashed, now=identity.clock.now()
        )
        logging_in = asyncio.create_task(identity.browser().log_in("ada@example.org", PASSWORD))
        await eventually(identity.somebody_waits_for_a_lock)
    answer = await logging_in

    assert answer.status_code == 422
    assert await identity.fetchval("SELECT count(*) FROM session") == 0
