"""Whoever can get into an account in another way than before, its owner hears of it."""

from typing import TypeVar

from contracts.fact import Translated
from contracts.identity import (
    LoginAdded,
    LoginSeparated,
    PasswordReplaced,
    SecondStepTurnedOff,
    SecondStepTurnedOn,
    WayInChanged,
)
from tests.integration.identity.steps import PASSWORD, Identity, leads_to
from tests.integration.identity.test_institutions import welcome
from tests.integration.identity.test_second_step import set_up
from tests.integration.identity.test_several_logins import add, logged_in, separate
from tests.support.institutions import Institutions

W = TypeVar("W", bound=WayInChanged)
SURFCONEXT = Translated(nl="SURFconext", en="SURFconext")
OWN = Translated(nl="Mailadres en wachtwoord", en="Mail address and password")


async def only(identity: Identity, kind: type[W]) -> W:
    """The one fact of this kind, once everything has been heard."""
    await identity.everything_told()
    (told,) = identity.told.of(WayInChanged)
    assert isinstance(told, kind)
    assert told.happened_at == identity.clock.now()
    return told


async def test_a_login_at_an_institution_was_added(
    joined: Identity, surfconext: Institutions
) -> None:
    browser = await logged_in(joined)

    await add(browser, surfconext)
    await add(browser, surfconext)  # It is there already: nothing to tell.

    told = await only(joined, LoginAdded)
    assert told.login == SURFCONEXT
    assert told.account_id == await joined.fetchval("SELECT account_id FROM institutional_login")


async def test_a_mail_address_and_a_password_were_added(
    joined: Identity, surfconext: Institutions
) -> None:
    browser = joined.browser()
    await welcome(browser, surfconext)
    asked = await browser.submit(
        await browser.get("/logins"),
        "/logins/add-own",
        mail_address="emma@example.org",
        password=PASSWORD,
    )
    assert leads_to(asked) == "/check-your-mail"
    await joined.everything_told()
    assert joined.told.of(WayInChanged) == []  # Nobody has proved anything yet.

    page = await browser.get(await joined.verification_link())
    await browser.submit(page, "/verify")

    assert (await only(joined, LoginAdded)).login == OWN


async def test_a_login_was_separated(joined: Identity, surfconext: Institutions) -> None:
    browser = await logged_in(joined)
    await add(browser, surfconext)
    await joined.told.wait_for(LoginAdded)
    joined.told.envelopes.clear()

    await separate(browser, "surfconext", joined)

    assert (await only(joined, LoginSeparated)).login == SURFCONEXT


async def test_a_password_was_replaced(identity: Identity) -> None:
    ada, browser = await identity.register(), identity.browser()
    await browser.submit(await browser.get("/forgot"), "/forgot", mail_address="ada@example.org")
    page = await browser.get(await identity.reset_link())

    await browser.submit(page, "/reset", password="too weak")
    await browser.submit(page, "/reset", password="a heron waited by the lock")

    assert (await only(identity, PasswordReplaced)).account_id == ada


async def test_a_second_step_was_turned_on_and_off(identity: Identity) -> None:
    ada, browser = await identity.register(), identity.browser()

    await set_up(identity, browser)
    on = await identity.told.wait_for(SecondStepTurnedOn)
    page = await browser.get("/second-step")
    await browser.submit(page, "/second-step/remove")
    await browser.submit(page, "/second-step/remove")

    await identity.everything_told()
    assert [type(each) for each in identity.told.of(WayInChanged)] == [
        SecondStepTurnedOn,
        SecondStepTurnedOff,
    ]
    assert on.account_id == ada


async def test_signing_up_is_no_change(identity: Identity) -> None:
    await identity.sign_up()
    browser = identity.browser()
    page = await browser.get(await identity.verification_link())

    await browser.submit(page, "/verify")

    await identity.everything_told()
    assert identity.told.of(WayInChanged) == []
