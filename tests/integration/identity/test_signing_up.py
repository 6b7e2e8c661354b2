"""Making an own account: pages, mails and links, and what nobody may learn from them."""

import asyncio
from typing import Any

import httpx
import pytest

from contracts.identity import (
    AccountRegistered,
    MailAddressVerificationRequested,
    PasswordResetRequested,
)
from services.identity import commands
from tests.integration.identity.steps import PASSWORD, Browser, Identity, leads_to, token_in
from tests.support.running import eventually


async def fill_in(browser: Browser, **answers: str) -> httpx.Response:
    """Send the sign-up form of the login page."""
    given: dict[str, Any] = {
        "name": "Ada Lovelace",
        "mail_address": "ada@example.org",
        "password": PASSWORD,
        "accepts_terms": "yes",
    }
    return await browser.submit(await browser.get("/login"), "/sign-up", **(given | answers))


def without_dates_and_numbers(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "x-correlation-id"}


async def test_a_known_address_is_answered_like_an_unknown_one_and_does_the_same_work(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    await identity.register("known@example.org")
    hashed: list[str] = []
    hash_really = identity.parts.passwords.hash

    async def hash_and_count(password: str) -> str:
        hashed.append(password)
        result: str = await hash_really(password)
        return result

    monkeypatch.setattr(identity.parts.passwords, "hash", hash_and_count)

    known = await identity.sign_up("known@example.org")
    unknown = await identity.sign_up("other@example.org")

    assert known.status_code == unknown.status_code == 202
    assert known.text == unknown.text.replace("other@", "known@")
    assert without_dates_and_numbers(known) == without_dates_and_numbers(unknown)
    assert len(hashed) == 2


async def test_a_known_address_is_answered_like_an_unknown_one_on_the_page_too(
    identity: Identity,
) -> None:
    await identity.register("known@example.org")

    known = await fill_in(identity.browser(), mail_address="known@example.org")
    unknown = await fill_in(identity.browser(), mail_address="other@example.org")

    assert known.status_code == unknown.status_code == 303
    assert leads_to(known) == leads_to(unknown) == "/check-your-mail"
    assert known.text == unknown.text


async def test_the_owner_of_a_known_address_gets_a_way_back_in_and_nobody_a_second_account(
    identity: Identity,
) -> None:
    ada = await identity.register("ada@example.org", name="Ada Lovelace")

    await identity.sign_up("ADA@example.org", name="Somebody Else")

    hint = await identity.told.wait_for(PasswordResetRequested)
    assert (hint.account_id, hint.mail_address, hint.name) == (
        ada,
        "ada@example.org",
        "Ada Lovelace",
    )
    await identity.everything_told()
    assert not identity.told.of(MailAddressVerificationRequested)
    assert await identity.fetchval("SELECT count(*) FROM sign_up") == 0


async def test_an_app_signs_somebody_up_over_json(identity: Identity) -> None:
    await identity.sign_up(language="nl")
    token = token_in(await identity.verification_link())

    verified = await identity.http.post("/v1/accounts/verification", json={"token": token})

    assert verified.status_code == 200, verified.text
    fact = await identity.registered()
    assert (str(fact.account_id), fact.language) == (verified.json()["account_id"], "nl")
    kept = await identity.fetch("SELECT terms_version, registered_at FROM account")
    assert [tuple(each) for each in kept] == [("2026-11", identity.clock.now())]


async def test_everything_that_is_wrong_is_named_at_once_and_nothing_typed_is_lost(
    identity: Identity,
) -> None:
    answer = await fill_in(
        identity.browser(),
        name="Ada",
        mail_address='ada "<at>" example',
        password="too short",
        accepts_terms="",
    )

    assert answer.status_code == 422
    page = answer.text
    assert "<title>Error: Log in – Course Portal</title>" in page
    assert "There is a problem with 3 answers" in page
    assert page.index('class="errors" role="alert" tabindex="-1" autofocus') < page.index("<h1>")
    for link in ('href="#new-mail"', 'href="#new-password"', 'href="#new-terms"'):
        assert link in page
    assert 'value="Ada"' in page
    assert 'value="ada &#34;&lt;at&gt;&#34; example"' in page
    assert "too short" not in page
    assert await identity.fetchval("SELECT count(*) FROM sign_up") == 0


async def test_an_app_is_told_everything_that_is_wrong_in_the_readers_language(
    identity: Identity,
) -> None:
    answer = await identity.http.post(
        "/v1/accounts",
        json={
            "name": "\u200b",
            "mail_address": "ada@example",
            "password": "Welkom2027!!",
            "language": "nl",
            "accepts_terms": False,
        },
        headers={"Accept-Language": "nl"},
    )

    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/problems/invalid-input")
    assert [each["pointer"] for each in answer.json()["errors"]] == [
        "/name",
        "/mail_address",
        "/password",
        "/accepts_terms",
    ]
    assert answer.json()["errors"][2]["detail"].startswith("Kies een ander wachtwoord")


async def test_a_mail_scanner_that_opens_the_link_consumes_nothing(identity: Identity) -> None:
    await identity.sign_up()
    link = await identity.verification_link()
    scanner = identity.browser()
    for _ in range(3):
        assert (await scanner.get(link)).status_code == 200
        await scanner.http.head(link)

    page = await identity.browser().get(link)

    assert "Confirm this mail address" in page.text
    assert page.headers["cache-control"] == "no-store"
    await identity.everything_told()
    assert not identity.told.of(AccountRegistered)
    assert await identity.fetchval("SELECT count(*) FROM account") == 0


async def test_a_link_is_good_once(identity: Identity) -> None:
    await identity.sign_up()
    link = await identity.verification_link()
    browser = identity.browser()
    page = await browser.get(link)
    await browser.submit(page, "/verify")

    again = await browser.submit(page, "/verify")
    looked = await browser.get(link)
    by_app = await identity.http.post("/v1/accounts/verification", json={"token": token_in(link)})

    assert again.status_code == looked.status_code == by_app.status_code == 409
    assert "This link has been used" in again.text
    assert by_app.json()["type"].endswith("/problems/link-used")
    assert await identity.fetchval("SELECT count(*) FROM account") == 1


async def test_a_link_expires(identity: Identity) -> None:
    await identity.sign_up()
    link = await identity.verification_link()
    page = await identity.browser().get(link)
    identity.clock.move(hours=48)

    late = await identity.http.post("/v1/accounts/verification", json={"token": token_in(link)})

    assert page.status_code == 200
    assert late.status_code == 409
    assert late.json()["type"].endswith("/problems/link-expired")
    assert "Friday 12" in late.json()["detail"]
    assert await identity.fetchval("SELECT count(*) FROM account") == 0


async def test_a_link_that_nobody_sent_is_unknown(identity: Identity) -> None:
    page = await identity.browser().get("/verify", params={"token": "guess\0"})

    assert page.status_code == 404
    assert "We do not know this link" in page.text


async def test_only_the_hash_of_a_link_is_kept(identity: Identity) -> None:
    await identity.sign_up()
    token = token_in(await identity.verification_link())

    rows = await identity.fetch("SELECT sign_up::text AS row FROM sign_up")

    assert token not in rows[0]["row"]
    assert PASSWORD not in rows[0]["row"]


async def test_nobody_logs_in_before_the_address_is_proved(identity: Identity) -> None:
    await identity.sign_up()
    await identity.verification_link()

    answer = await identity.browser().log_in("ada@example.org")

    assert answer.status_code == 422
    assert "Open the link in our mail first" in answer.text


async def test_the_same_address_twice_at_once_becomes_one_account(identity: Identity) -> None:
    first, second = await asyncio.gather(
        identity.sign_up(name="First"), identity.sign_up(name="Second")
    )
    assert first.status_code == second.status_code == 202
    await identity.verification_link(2)
    links = {fact.name: fact.link for fact in identity.told.of(MailAddressVerificationRequested)}

    # Another process of ours has proved the first link, and has not committed yet.
    async with identity.parts.db.transaction() as tx:
        await commands.accounts.verify_mail_address(
            tx, token_in(links["First"]), now=identity.clock.now()
        )
        proving = asyncio.create_task(
            identity.http.post(
                "/v1/accounts/verification", json={"token": token_in(links["Second"])}
            )
        )
        await eventually(identity.somebody_waits_for_a_lock)
    answer = await proving

    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/problems/mail-address-taken")
    names = await identity.fetch("SELECT name FROM account")
    assert [each["name"] for each in names] == ["First"]
    await identity.everything_told()
    assert len(identity.told.of(AccountRegistered)) == 1


async def test_who_signs_up_first_cannot_leave_a_password_in_anothers_account(
    identity: Identity,
) -> None:
    await identity.sign_up(name="Mallory", password="mallory knows this one")
    await identity.sign_up(name="Ada Lovelace")
    await identity.verification_link(2)
    links = {fact.name: fact.link for fact in identity.told.of(MailAddressVerificationRequested)}

    browser = identity.browser()
    await browser.submit(await browser.get(links["Ada Lovelace"]), "/verify")

    assert (await browser.log_in("ada@example.org", "mallory knows this one")).status_code == 422
    assert (await browser.log_in("ada@example.org")).status_code == 303


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        ({"form_token": ""}, "no token"),
        ({"form_token": "A" * 43}, "a token of another browser"),
    ],
)
async def test_a_form_without_its_token_is_refused_with_a_clear_page(
    identity: Identity, spoil: dict[str, str], what: str
) -> None:
    answer = await fill_in(identity.browser(), **spoil)

    assert answer.status_code == 403, what
    assert "This form is out of date" in answer.text
    assert "Nothing was changed" in answer.text
    assert await identity.fetchval("SELECT count(*) FROM sign_up") == 0


async def test_a_form_of_another_site_is_refused_even_with_a_planted_cookie(
    identity: Identity,
) -> None:
    page = await identity.browser().get("/login")
    cookie = page.cookies["portal_session"]
    victim = identity.browser()
    victim.http.cookies.set("portal_session", cookie)

    for origin in ("https://evil.example", "null"):
        answer = await victim.submit(
            page, "/login", headers={"Origin": origin}, mail_address="m@x.nl", password="x"
        )
        assert answer.status_code == 403, origin


async def test_a_browser_without_our_cookie_is_refused(identity: Identity) -> None:
    page = await identity.browser().get("/login")

    answer = await identity.browser().submit(page, "/login", mail_address="a@x.nl", password="x")

    assert answer.status_code == 403


async def test_one_address_gets_only_so_many_mails(identity: Identity) -> None:
    await identity.register("known@example.org")
    for mail_address in ("known@example.org", "other@example.org"):
        answers = [await identity.sign_up(mail_address) for _ in range(6)]

        assert [each.status_code for each in answers] == [202] * 5 + [429]
        assert answers[-1].headers["retry-after"] == "300"

    page = await fill_in(identity.browser(), mail_address="other@example.org")
    assert page.status_code == 429
    assert page.headers["retry-after"] == "300"
    assert "Too many requests" in page.text
    assert 'value="other@example.org"' in page.text


async def test_nothing_secret_is_in_logs_or_in_facts_that_need_it_not(
    identity: Identity, capfd: pytest.CaptureFixture[str]
) -> None:
    browser = identity.browser()
    await fill_in(browser)
    link = await identity.verification_link()
    await browser.submit(await browser.get(link), "/verify")
    await browser.log_in("ada@example.org", "not the password")
    tokens: dict[str, Any] = await browser.log_in_to_app("ada@example.org")
    await identity.http.post(
        "/v1/accounts/password-reset-requests", json={"mail_address": "ada@example.org"}
    )
    reset = await identity.reset_link()
    await identity.http.post(
        "/v1/accounts/password-resets",
        json={"token": token_in(reset), "password": "another goose, another canal"},
    )

    logged = "".join(capfd.readouterr())
    assert "identity.logged_in" in logged
    secrets = [
        PASSWORD,
        "not the password",
        "another goose",
        token_in(link),
        token_in(reset),
        tokens["access_token"],
        tokens["refresh_token"],
        browser.http.cookies["portal_session"],
    ]
    for secret in [*secrets, "ada@example.org", "Lovelace"]:
        assert secret not in logged
    links = (MailAddressVerificationRequested, PasswordResetRequested)
    others = [each for each in identity.told.envelopes if not isinstance(each.body, links)]
    assert others
    for secret in secrets:
        assert secret not in str(others)
