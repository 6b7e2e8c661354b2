"""Logging in through SURFconext and eduID (A5-A9), against the stand-in, which speaks their protocol."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from contracts.identity import AccountCorrected, AccountRegistered
from tests.integration.identity.steps import App, Browser, Identity, answer_of, leads_to
from tests.support.institutions import Institutions


async def way_in(browser: Browser, key: str = "surfconext", path: str = "/login") -> str:
    """From the login page to the provider."""
    action = f"/login/with/{key}"
    away = await browser.submit(await browser.get(path), action)
    assert away.status_code == 303, away.text
    return away.headers["location"]


async def arrive(
    browser: Browser,
    standin: Institutions,
    uid: str = "emma",
    institution: str = "voorbeeld",
    *,
    key: str = "surfconext",
    path: str = "/login",
) -> httpx.Response:
    """All the way to what we answer when they are back."""
    back = await standin.log_in(await way_in(browser, key, path), institution, uid)
    return await browser.get(back)


async def welcome(
    browser: Browser,
    standin: Institutions,
    *who: str,
    key: str = "surfconext",
    path: str = "/login",
) -> httpx.Response:
    """A first login, and the terms accepted."""
    page = await browser.get(leads_to(await arrive(browser, standin, *who, key=key, path=path)))
    return await browser.submit(page, "/welcome", accepts_terms="yes")


async def test_a_first_login_shows_the_terms_and_makes_an_account_that_later_ones_find(
    joined: Identity, surfconext: Institutions
) -> None:
    browser = joined.browser()
    page = await browser.get(leads_to(await arrive(browser, surfconext)))
    assert 'value="Emma Jansen"' in page.text
    assert 'value="e.jansen@voorbeeld.example"' in page.text
    assert "You come from voorbeeld.example." in page.text
    assert await joined.fetchval("SELECT count(*) FROM account") == 0

    missing = await browser.submit(page, "/welcome")
    assert missing.status_code == 422
    assert "Accept the terms to create an account" in missing.text

    done = await browser.submit(missing, "/welcome", accepts_terms="yes")

    assert leads_to(done) == "/login"
    assert "As Emma Jansen" in (await browser.get("/login")).text
    fact = await joined.registered()
    assert (fact.name, fact.mail_address) == ("Emma Jansen", "e.jansen@voorbeeld.example")
    assert fact.affiliation == "staff"
    again = joined.browser()
    assert leads_to(await arrive(again, surfconext)) == "/login"
    assert "As Emma Jansen" in (await again.get("/login")).text
    assert await joined.fetchval("SELECT count(*) FROM account") == 1
    assert await joined.fetchval("SELECT terms_version FROM account") == "2026-11"


async def test_an_app_gets_its_code_after_a_login_at_an_institution(
    joined: Identity, surfconext: Institutions
) -> None:
    browser, app = joined.browser(), App()
    to_login = leads_to(await browser.authorize(app))

    on = await welcome(browser, surfconext, "daan", path=to_login)
    answer = answer_of(await browser.get(leads_to(on)))

    assert answer["state"] == app.state
    tokens = (await browser.http.post("/oauth/token", data=app.exchange(answer["code"]))).json()
    me = await joined.http.get(
        "/v1/me", headers={"Authorization": f"Bearer {tokens['access_token']}"}
    )
    assert me.json()["affiliation"] == "student"


async def test_the_request_asks_as_the_standards_want(
    joined: Identity, surfconext: Institutions
) -> None:
    browser = joined.browser()

    first = parse_qs(urlsplit(await way_in(browser)).query)
    second = parse_qs(urlsplit(await way_in(browser, "eduid")).query)

    assert first["client_id"] == ["course-portal"]
    assert first["redirect_uri"] == ["http://identity.test/login/back/surfconext"]
    assert first["code_challenge_method"] == ["S256"]
    assert first["response_type"] == ["code"]
    assert "prompt" not in first
    assert second["login_hint"] == ["https://login.eduid.example"]
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
    state = first["state"][0]
    kept = await joined.fetch("SELECT provider_visit::text AS row FROM provider_visit")
    assert all(state not in each["row"] for each in kept)


@pytest.mark.parametrize(
    ("uid", "institution", "key", "affiliation"),
    [
        ("daan", "voorbeeld", "surfconext", "student"),
        ("ilse", "tweede", "surfconext", "guest"),  # Staff, but of somebody else.
        ("sofie", "eduid", "eduid", "student"),  # Linked to our institution.
        ("emma-eduid", "eduid", "eduid", "guest"),
    ],
)
async def test_only_our_own_staff_and_students_are_that(
    uid: str,
    institution: str,
    key: str,
    affiliation: str,
    joined: Identity,
    surfconext: Institutions,
) -> None:
    await welcome(joined.browser(), surfconext, uid, institution, key=key)

    assert (await joined.registered()).affiliation == affiliation


async def test_the_affiliation_is_refreshed_at_every_login(
    joined: Identity, surfconext: Institutions
) -> None:
    await welcome(joined.browser(), surfconext, "emma")
    surfconext.provider.misbehaving = {"user": {"eduperson_affiliation": ["alum"]}}

    await arrive(joined.browser(), surfconext, "emma")

    told = await joined.told.wait_for(AccountCorrected)
    assert (told.affiliation, told.version) == ("guest", 2)


async def test_the_same_mail_address_never_leads_to_somebodys_account(
    joined: Identity, surfconext: Institutions
) -> None:
    await joined.register("e.jansen@voorbeeld.example", name="Somebody Else")
    await welcome(joined.browser(), surfconext, "emma")
    browser = joined.browser()

    await welcome(browser, surfconext, "emma-eduid", "eduid", key="eduid")

    assert await joined.fetchval("SELECT count(*) FROM account") == 3
    assert "As Emma Jansen" in (await browser.get("/login")).text


async def test_a_mail_address_that_nobody_vouches_for_is_proved_by_a_link(
    joined: Identity, surfconext: Institutions
) -> None:
    browser = joined.browser()
    page = await browser.get(
        leads_to(await arrive(browser, surfconext, "yusuf", "eduid", key="eduid"))
    )
    wrong = await browser.submit(page, "/welcome", accepts_terms="yes")
    assert "Enter a mail address with an @" in wrong.text

    sent = await browser.submit(
        wrong, "/welcome", accepts_terms="yes", mail_address="yusuf@example.org"
    )

    assert leads_to(sent) == "/check-your-mail"
    assert await joined.fetchval("SELECT count(*) FROM account") == 0
    assert "As Yusuf" not in (await browser.get("/login")).text
    await browser.submit(await browser.get(await joined.verification_link()), "/verify")
    assert (await joined.registered()).mail_address == "yusuf@example.org"
    assert leads_to(await arrive(browser, surfconext, "yusuf", "eduid", key="eduid")) == "/login"
    assert "As Yusuf Demir" in (await browser.get("/login")).text


@pytest.mark.parametrize(
    "spoiled",
    [
        {"iss": "https://evil.example"},
        {"aud": "somebody-else"},
        {"aud": ["course-portal", "somebody-else"]},
        {"azp": "somebody-else"},
        {"nonce": "another"},
        {"exp": 1_700_000_000},
        {"iat": 1_700_000_000},
        {"acr": "http://test.surfconext.nl/assurance/loa0"},
        {"sub": ""},
        {"at_hash": "another"},
        {"user": {"sub": "somebody-else"}},
    ],
)
async def test_an_answer_that_proves_nothing_logs_nobody_in(
    spoiled: dict[str, object], joined: Identity, surfconext: Institutions
) -> None:
    surfconext.provider.misbehaving = spoiled
    browser = joined.browser()

    answer = await arrive(browser, surfconext)

    assert answer.status_code == 403
    assert "We could not check who you are" in answer.text
    assert "The answer of SURFconext is not right" in answer.text
    assert await joined.fetchval("SELECT count(*) FROM newcomer") == 0
    assert await joined.fetchval("SELECT count(*) FROM session") == 0


async def test_a_token_that_another_key_signed_proves_nothing(
    joined: Identity, surfconext: Institutions
) -> None:
    from joserfc.jwk import RSAKey  # noqa: PLC0415 - somebody else's key.

    browser = joined.browser()
    await arrive(browser, surfconext)  # Now the right key is known.
    known = surfconext.provider.key
    surfconext.provider.key = RSAKey.generate_key(2048, {"kid": known.kid or ""})

    answer = await arrive(joined.browser(), surfconext)

    assert answer.status_code == 403
    assert "We could not check who you are" in answer.text


async def test_an_answer_counts_in_the_browser_that_asked_once_and_in_time(
    joined: Identity, surfconext: Institutions
) -> None:
    adas, eves = joined.browser(), joined.browser()
    back = await surfconext.log_in(await way_in(adas), "voorbeeld", "emma")
    await eves.get("/login")

    elsewhere = await eves.get(back)
    assert elsewhere.status_code == 409
    assert "This attempt to log in is over" in elsewhere.text

    back = await surfconext.log_in(await way_in(adas), "voorbeeld", "emma")
    wrong_door = await adas.get(back.replace("/back/surfconext", "/back/eduid"))
    assert wrong_door.status_code == 409

    back = await surfconext.log_in(await way_in(adas), "voorbeeld", "emma")
    assert leads_to(await adas.get(back)) == "/welcome"
    assert (await adas.get(back)).status_code == 409

    back = await surfconext.log_in(await way_in(adas), "voorbeeld", "emma")
    joined.clock.move(minutes=15)
    assert (await adas.get(back)).status_code == 409


async def test_the_issuer_of_the_answer_must_be_the_one_who_was_asked(
    joined: Identity, surfconext: Institutions
) -> None:
    browser = joined.browser()
    back = await surfconext.log_in(await way_in(browser), "voorbeeld", "emma")

    answer = await browser.get(back.partition("&iss=")[0] + "&iss=https://evil.example")

    assert answer.status_code == 403


async def test_whoever_cancels_can_choose_another_way_for_the_same_app(
    joined: Identity, surfconext: Institutions
) -> None:
    browser, app = joined.browser(), App()
    to_login = leads_to(await browser.authorize(app))

    page = await browser.get(await surfconext.cancel(await way_in(browser, path=to_login)))

    assert page.status_code == 403
    assert "Logging in at SURFconext was cancelled or refused." in page.text
    assert app.state in page.text


async def test_a_provider_that_is_down_is_told_and_the_other_ways_are_there(
    joined: Identity, surfconext: Institutions
) -> None:
    surfconext.provider.misbehaving = {"down": True}
    browser = joined.browser()

    page = await browser.submit(await browser.get("/login"), "/login/with/surfconext")

    assert page.status_code == 503
    assert "SURFconext cannot be reached." in page.text
    assert 'name="password"' in page.text
    surfconext.provider.misbehaving = {}
    assert await way_in(browser)


async def test_a_fresh_login_is_asked_of_the_provider_and_an_old_one_is_not_taken(
    joined: Identity, surfconext: Institutions
) -> None:
    browser, app = joined.browser(), App()
    path = leads_to(await browser.authorize(app, prompt="login"))

    away = await way_in(browser, path=path)
    assert parse_qs(urlsplit(away).query)["prompt"] == ["login"]
    surfconext.provider.misbehaving = {"auth_time": 1_700_000_000}
    answer = await browser.get(await surfconext.log_in(away, "voorbeeld", "emma"))

    assert answer.status_code == 403


async def test_a_newcomer_is_forgotten_when_they_do_not_finish(
    joined: Identity, surfconext: Institutions
) -> None:
    browser = joined.browser()
    page = await browser.get(leads_to(await arrive(browser, surfconext)))
    joined.clock.move(minutes=30)

    assert leads_to(await browser.get("/welcome")) == "/login"
    late = await browser.submit(page, "/welcome", accepts_terms="yes")

    assert late.status_code == 409
    assert joined.told.of(AccountRegistered) == []


async def test_without_a_file_of_providers_there_are_own_accounts_only(identity: Identity) -> None:
    browser = identity.browser()
    page = await browser.get("/login")

    assert "/login/with/" not in page.text
    assert (await browser.get("/login/back/surfconext")).status_code == 404
