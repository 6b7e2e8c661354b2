"""Passkeys of own accounts: added, used instead of password and code, refused, removed, forgotten."""

from typing import Any

import httpx
import msgspec

from contracts.enrolment import EnrolmentAnsweredErasure
from contracts.identity import AccountErased, LoginAdded, LoginSeparated
from contracts.payment import PaymentAnsweredErasure
from services.identity.edge.export import IdentityExport
from tests.integration.identity.steps import (
    HOME,
    App,
    Browser,
    Identity,
    answer_of,
    form_of,
    leads_to,
)
from tests.integration.identity.test_second_step import set_up
from tests.support.authenticator import Authenticator

DOMAIN = "identity.test"


def device() -> Authenticator:
    return Authenticator(domain=DOMAIN, origin=HOME)


async def begun(browser: Browser, page: httpx.Response, action: str) -> dict[str, Any]:
    """What the script asks before it turns to the device."""
    token = form_of(page.text, action).fields["form_token"]
    at = "/login/passkey/begin" if action == "/login/passkey" else "/passkeys/begin"
    answer = await browser.http.post(at, data={"form_token": token}, headers={"Origin": HOME})
    assert answer.status_code == 200, answer.text
    options: dict[str, Any] = answer.json()
    return options


async def try_to_add(
    browser: Browser, with_device: Authenticator, name: str = "Phone"
) -> tuple[Authenticator, httpx.Response]:
    page = await browser.get("/passkeys")
    owned, answer = with_device.create(await begun(browser, page, "/passkeys/add"))
    return owned, await browser.submit(page, "/passkeys/add", credential=answer, name=name)


async def added(browser: Browser, mail_address: str = "ada@example.org") -> Authenticator:
    """Somebody logs in and adds a passkey."""
    await browser.log_in(mail_address)
    owned, answer = await try_to_add(browser, device())
    assert leads_to(answer) == "/passkeys"
    return owned


async def log_in(
    browser: Browser, with_device: Authenticator, path: str = "/login"
) -> httpx.Response:
    page = await browser.get(path)
    answer = with_device.get(await begun(browser, page, "/login/passkey"))
    return await browser.submit(page, "/login/passkey", credential=answer)


async def test_a_passkey_logs_in_for_an_app_without_password_and_code(identity: Identity) -> None:
    ada = await identity.register()
    at_home = identity.browser()
    await set_up(identity, at_home)
    owned, answer = await try_to_add(at_home, device())
    assert leads_to(answer) == "/passkeys"
    fact = await identity.told.wait_for(LoginAdded)
    assert (fact.account_id, fact.login.en, fact.login.nl) == (ada, "a passkey", "een passkey")

    browser, app = identity.browser(), App()
    to_login = leads_to(await browser.authorize(app))
    on = await log_in(browser, owned.but(count=2), to_login)

    assert answer_of(await browser.get(leads_to(on)))["state"] == app.state
    page = await at_home.get("/passkeys")
    assert "Phone" in page.text
    assert "last used on" in page.text


async def test_an_answer_is_good_once_and_for_five_minutes(identity: Identity) -> None:
    await identity.register()
    owned = await added(identity.browser())
    browser = identity.browser()
    page = await browser.get("/login")
    answer = owned.but(count=2).get(await begun(browser, page, "/login/passkey"))
    first = await browser.submit(page, "/login/passkey", credential=answer)
    assert leads_to(first) == "/login"

    thief = identity.browser()
    page = await thief.get("/login")
    elsewhere = await thief.submit(page, "/login/passkey", credential=answer)
    options = await begun(thief, page, "/login/passkey")
    replayed = await thief.submit(page, "/login/passkey", credential=answer)
    spent = await thief.submit(page, "/login/passkey", credential=owned.but(count=3).get(options))
    late = owned.but(count=4).get(await begun(thief, page, "/login/passkey"))
    identity.clock.move(minutes=5)

    assert elsewhere.status_code == 409
    assert replayed.status_code == 403
    assert spent.status_code == 409, "a wrong answer uses the challenge up"
    assert (await thief.submit(page, "/login/passkey", credential=late)).status_code == 409


async def test_what_was_signed_elsewhere_or_by_nobody_is_refused(identity: Identity) -> None:
    await identity.register()
    bob = await identity.register("bob@example.org")
    owned = (await added(identity.browser())).but(count=2)
    browser = identity.browser()
    for wrong in (
        owned.but(origin="http://identity.test.evil"),
        owned.but(domain="test"),
        owned.but(knows_its_owner=False),
        owned.but(user_handle=bob.bytes),
        owned.but(key=device().key),
        device().but(user_handle=owned.user_handle),
    ):
        refused = await log_in(browser, wrong)
        assert refused.status_code == 403
        assert "This passkey does not work here" in refused.text
        assert leads_to(await browser.get("/logins")) == "/login?then=logins"

    assert leads_to(await log_in(browser, owned)) == "/login"


async def test_no_passkey_is_added_that_was_made_elsewhere_or_belongs_to_somebody(
    identity: Identity,
) -> None:
    await identity.register()
    await identity.register("bob@example.org")
    owned = await added(identity.browser())
    browser = identity.browser()
    await browser.log_in("bob@example.org")

    for wrong in (
        device().but(origin="http://identity.test.evil"),
        device().but(domain="test"),
        device().but(knows_its_owner=False),
    ):
        assert (await try_to_add(browser, wrong))[1].status_code == 403
    assert (await try_to_add(browser, owned))[1].status_code == 409
    assert (await try_to_add(browser, device(), name=" "))[1].status_code == 422
    assert await identity.fetchval("SELECT count(*) FROM passkey") == 1


async def test_a_count_that_goes_backwards_is_refused_and_its_owner_sees_it(
    identity: Identity,
) -> None:
    await identity.register()
    owner = identity.browser()
    owned = await added(owner)
    await log_in(identity.browser(), owned.but(count=9))
    copy = identity.browser()

    refused = await log_in(copy, owned.but(count=9))

    assert refused.status_code == 403
    assert "may have been copied" in refused.text
    assert leads_to(await copy.get("/logins")) == "/login?then=logins"
    assert "It was refused on" in (await owner.get("/passkeys")).text


async def test_it_is_changed_after_a_fresh_login_only_and_removing_logs_out_elsewhere(
    identity: Identity,
) -> None:
    await identity.register()
    owner, other = identity.browser(), identity.browser()
    owned = await added(owner)
    await log_in(other, owned.but(count=2))
    page = await owner.get("/passkeys")
    identity.clock.move(minutes=11)

    assert (await owner.submit(page, "/passkeys/remove")).status_code == 403
    assert leads_to(await owner.get("/passkeys")) == "/login?then=passkeys"
    back = await log_in(owner, owned.but(count=3), "/login?then=passkeys")
    assert leads_to(back) == "/passkeys"
    await owner.submit(await owner.get("/passkeys"), "/passkeys/remove")

    told = await identity.told.wait_for(LoginSeparated)
    assert told.login.en == "a passkey"
    assert leads_to(await other.get("/logins")) == "/login?then=logins"
    assert (await owner.get("/logins")).status_code == 200
    assert (await log_in(identity.browser(), owned.but(count=4))).status_code == 403


async def test_guessing_is_slowed(identity: Identity) -> None:
    await identity.register()
    owned = (await added(identity.browser())).but(count=2)
    browser = identity.browser()
    wrong = owned.but(key=device().key)

    for _ in range(10):
        assert (await log_in(browser, wrong)).status_code == 403
    slowed = await log_in(browser, owned)

    assert slowed.status_code == 429
    assert int(slowed.headers["retry-after"]) > 0


async def test_passkeys_are_exported_without_their_keys_and_forgotten_with_the_account(
    identity: Identity,
) -> None:
    ada = await identity.register()
    owned = await added(identity.browser())
    tokens = await identity.browser().log_in_to_app("ada@example.org")
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}

    export = await identity.http.get("/v1/me/export", headers=headers)
    mine = msgspec.json.decode(export.content, type=IdentityExport)
    await identity.http.post("/v1/me/erasure", headers=headers)
    about: dict[str, Any] = {"account_id": ada, "version": 1}
    await identity.deliver(
        EnrolmentAnsweredErasure(**about, objections=()),
        PaymentAnsweredErasure(**about, objections=()),
    )
    await identity.told.wait_for(AccountErased)

    assert [each.name for each in mine.passkeys] == ["Phone"]
    assert await identity.fetchval("SELECT count(*) FROM passkey") == 0
    refused = await log_in(identity.browser(), owned.but(count=2))
    assert refused.status_code == 403
