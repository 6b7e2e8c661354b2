"""Logging in and out in a browser: cookies, sessions, languages, limits."""

from urllib.parse import parse_qs, urlsplit

import pytest
from prometheus_client import REGISTRY

from services.identity.app import SERVICE
from tests.integration.identity.conftest import OWN_SETTINGS
from tests.integration.identity.steps import PASSWORD, App, Identity, answer_of, form_of, leads_to
from tests.support.running import running
from tests.support.servers import Templates


def compared() -> float:
    return REGISTRY.get_sample_value("passwords_checked_total", {"fits": "no"}) or 0.0


async def test_an_unknown_address_is_answered_like_a_wrong_password_and_does_the_same_work(
    identity: Identity,
) -> None:
    await identity.register("ada@example.org")
    browser, before = identity.browser(), compared()

    wrong = await browser.log_in("ada@example.org", "not this one, surely")
    unknown = await browser.log_in("eve@example.org", "not this one, surely")

    assert wrong.status_code == unknown.status_code == 422
    assert wrong.text == unknown.text.replace("eve@example.org", "ada@example.org")
    assert compared() - before == 2
    assert "There is a problem with 1 answer" in wrong.text
    assert 'value="ada@example.org"' in wrong.text
    assert "not this one" not in wrong.text


async def test_an_empty_form_says_what_to_fill_in_and_compares_nothing(identity: Identity) -> None:
    before = compared()

    answer = await identity.browser().log_in("", "")

    assert answer.status_code == 422
    assert "Enter a mail address with an @, such as noor@example.org" in answer.text
    assert "Enter your password" in answer.text
    assert compared() == before


async def test_the_cookie_is_for_this_service_only_and_is_another_one_after_logging_in(
    identity: Identity,
) -> None:
    await identity.register()
    browser = identity.browser()
    page = await browser.get("/login")
    before = page.cookies["portal_session"]
    planted = page.headers["set-cookie"].lower()

    answer = await browser.log_in("ada@example.org")

    after = answer.cookies["portal_session"]
    assert {"httponly", "samesite=lax", "path=/"} <= set(planted.split("; "))
    assert "secure" not in planted
    assert after.partition(".")[0] != before.partition(".")[0]
    assert after.endswith(".en")
    kept = await identity.fetch("SELECT session::text AS row FROM session")
    assert after.partition(".")[0] not in kept[0]["row"]


async def test_a_session_ends_by_itself(identity: Identity) -> None:
    await identity.register()
    browser = identity.browser()
    await browser.log_in("ada@example.org")
    page = await browser.get("/login")
    assert "As Ada Lovelace, with ada@example.org." in page.text
    assert "until Thursday 11" in page.text

    identity.clock.move(hours=12)

    assert "As Ada Lovelace" not in (await browser.get("/login")).text


async def test_the_button_logs_out(identity: Identity) -> None:
    await identity.register()
    browser = identity.browser()
    await browser.log_in("ada@example.org")

    out = await browser.submit(await browser.get("/login"), "/logout")

    assert leads_to(out) == "/logged-out"
    assert "You are logged out" in (await browser.get("/logged-out")).text
    assert await identity.fetchval("SELECT count(*) FROM session") == 0


async def test_an_app_cannot_log_somebody_out_without_asking_unless_it_proves_who(
    identity: Identity,
) -> None:
    await identity.register("ada@example.org")
    eves = await identity.bearer("eve@example.org")
    browser = identity.browser()
    tokens = await browser.log_in_to_app("ada@example.org")

    for hint in ("", eves["Authorization"].removeprefix("Bearer "), tokens["access_token"]):
        asked = await browser.get("/oauth/logout", params={"id_token_hint": hint})
        assert asked.status_code == 200
        assert "Log out of Course Portal?" in asked.text
    assert await identity.fetchval("SELECT count(*) FROM session") == 2

    out = await browser.submit(asked, "/logout")

    assert leads_to(out) == "/logged-out"
    assert await identity.fetchval("SELECT count(*) FROM session") == 1


async def test_an_old_id_token_is_still_good_for_logging_out(identity: Identity) -> None:
    await identity.register()
    browser = identity.browser()
    tokens = await browser.log_in_to_app("ada@example.org")
    identity.clock.move(hours=11)

    out = await browser.http.post("/oauth/logout", data={"id_token_hint": tokens["id_token"]})
    out = await browser.get(leads_to(out))

    assert leads_to(out) == "/logged-out"


async def test_nobody_is_sent_to_an_address_that_no_app_registered_when_logging_out(
    identity: Identity,
) -> None:
    answer = await identity.browser().get(
        "/oauth/logout",
        params={"client_id": "demo", "post_logout_redirect_uri": "https://evil.example/"},
    )

    assert answer.status_code == 422
    assert "location" not in answer.headers
    assert "post_logout_redirect_uri" in answer.text


async def test_guessing_one_password_is_slowed_down(identity: Identity) -> None:
    await identity.register("ada@example.org")
    browser = identity.browser()
    for mail_address in ("ada@example.org", "nobody@example.org"):
        answers = [await browser.log_in(mail_address, "a wrong guess") for _ in range(11)]

        assert [each.status_code for each in answers] == [422] * 10 + [429]
        assert answers[-1].headers["retry-after"] == "30"
        assert "Too many requests" in answers[-1].text
        assert f'value="{mail_address}"' in answers[-1].text

    identity.clock.move(seconds=30)
    assert (await browser.log_in("ada@example.org")).status_code == 303


async def test_guessing_from_one_network_address_is_slowed_down(identity: Identity) -> None:
    browser = identity.browser()
    page = await browser.get("/login")
    limit = identity.parts.settings.attempts_per_minute
    for _ in range(limit):
        identity.parts.throttles.address.take("127.0.0.1")

    answer = await browser.submit(
        page, "/login", mail_address="new@example.org", password="whatever it is"
    )

    assert answer.status_code == 429


async def test_a_password_is_the_same_however_a_keyboard_composes_it(identity: Identity) -> None:
    decomposed, composed = "e\u0301e\u0301n zwaan te ver", "\u00e9\u00e9n zwaan te ver"
    await identity.sign_up(password=decomposed)
    browser = identity.browser()
    await browser.submit(await browser.get(await identity.verification_link()), "/verify")

    assert (await browser.log_in("ada@example.org", composed)).status_code == 303


async def test_no_prompt_gets_an_answer_at_once(identity: Identity) -> None:
    await identity.register()
    browser, app = identity.browser(), App()

    nobody = answer_of(await browser.authorize(app, prompt="none"))
    await browser.log_in("ada@example.org")
    somebody = answer_of(await browser.authorize(app, prompt="none"))

    assert nobody["error"] == "login_required"
    assert nobody["state"] == app.state
    assert somebody["code"]


@pytest.mark.parametrize("wish", [{"prompt": "login"}, {"max_age": "60"}, {"max_age": "0"}])
async def test_an_app_can_ask_for_a_fresh_login(identity: Identity, wish: dict[str, str]) -> None:
    await identity.register()
    browser, app = identity.browser(), App()
    await browser.log_in("ada@example.org")
    identity.clock.move(seconds=61)

    to_login = await browser.authorize(app, **wish)
    page = await browser.get(leads_to(to_login))
    back = await browser.submit(page, "/login", mail_address="ada@example.org", password=PASSWORD)
    to_app = await browser.get(leads_to(back))

    assert urlsplit(leads_to(to_login)).path == "/login"
    assert answer_of(to_app)["code"]


async def test_the_request_survives_mistakes_in_either_form(identity: Identity) -> None:
    await identity.register()
    browser, app = identity.browser(), App()
    to_login = await browser.authorize(app)
    page = await browser.get(leads_to(to_login))

    page = await browser.submit(page, "/sign-up", name="")
    page = await browser.submit(page, "/login", mail_address="ada@example.org", password="wrong")
    back = await browser.submit(page, "/login", mail_address="ada@example.org", password=PASSWORD)

    assert parse_qs(urlsplit(leads_to(back)).query)["state"] == [app.state]
    assert answer_of(await browser.get(leads_to(back)))["code"]


async def test_an_app_can_say_who_is_logging_in_and_in_which_language(identity: Identity) -> None:
    browser, app = identity.browser(), App()
    asked = await browser.authorize(app, ui_locales="fr nl-BE en", login_hint="ada@example.org")

    page = await browser.get(asked.headers["location"])

    assert '<html lang="nl">' in page.text
    assert 'value="ada@example.org"' in page.text


async def test_the_language_is_the_browsers_until_somebody_chooses_one(identity: Identity) -> None:
    browser = identity.browser()
    dutch = {"Accept-Language": "nl-NL,nl;q=0.9,en;q=0.5"}

    first = await browser.get("/login", headers=dutch)
    chosen = await browser.get("/login?ui_locales=en", headers=dutch)
    later = await browser.get("/forgot", headers=dutch)

    assert '<html lang="nl">' in first.text
    assert 'href="/login?ui_locales=en"' in first.text
    assert '<html lang="en">' in chosen.text
    assert '<html lang="en">' in later.text


async def test_hashes_of_former_parameters_are_made_anew_at_the_next_login(
    identity: Identity,
) -> None:
    from argon2 import PasswordHasher  # noqa: PLC0415 - one that is weaker than ours.

    ada = await identity.register()
    weaker = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    async with identity.parts.db.transaction() as tx:
        await tx.execute("UPDATE own_login SET password_hash = $1", weaker)

    assert (await identity.browser().log_in("ada@example.org")).status_code == 303

    kept = await identity.fetchval("SELECT password_hash FROM own_login WHERE account_id = $1", ada)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_behind_a_gateway_links_and_cookies_stay_below_its_path(
    templates: Templates, amqp_url: str
) -> None:
    settings = OWN_SETTINGS | {"public_url": "https://portal.example/identity"}
    async with running(
        SERVICE, templates=templates, amqp_url=amqp_url, worker=False, **settings
    ) as service:
        page = await service.get("/login")
        form = form_of(page.text, "/identity/login")
        # The gateway takes its part of the path away before it passes a request on.
        refused = await service.http.post(
            "/login",
            data=form.fields,
            headers={
                "Cookie": f"portal_session={page.cookies['portal_session']}",
                "Origin": "https://portal.example",
            },
        )
        sent = await service.get("/sign-up")

    cookie = page.headers["set-cookie"].lower()
    assert {"secure", "httponly", "samesite=lax", "path=/identity"} <= set(cookie.split("; "))
    assert 'href="/identity/static/portal.css"' in page.text
    assert 'href="/identity/login?ui_locales=nl"' in page.text
    assert refused.status_code == 422
    assert sent.headers["location"] == "./login#new"
