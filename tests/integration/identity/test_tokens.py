"""Codes, access tokens and refresh tokens: what is given, to whom, how often, and what ends what."""

import asyncio
import socket
from typing import Any

import httpx
import pytest
from joserfc import jws

from chassis.health import Health
from chassis.http.access import FetchedKeys, Gatekeeper
from chassis.http.app import build_edge
from chassis.refusals import Refusal
from services.identity import commands
from services.identity.app import SERVICE
from services.identity.edge.tokens import _lives
from services.identity.parts import gatekeeper
from tests.integration.identity.steps import App, Browser, Identity
from tests.support.institutions import serving
from tests.support.running import eventually


async def send(browser: Browser, form: dict[str, str]) -> httpx.Response:
    return await browser.http.post("/oauth/token", data=form)


def error_of(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert set(answer.json()) == {"error", "error_description"}
    return answer.status_code, answer.json()["error"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "x" * 43}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:50124/callback"}, "invalid_grant"),
        ({"client_id": "portal"}, "invalid_grant"),
        ({"code": "guess"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
        ({"client_id": ""}, "invalid_request"),
    ],
)
async def test_a_code_alone_is_worth_nothing(
    identity: Identity, changes: dict[str, str], error: str
) -> None:
    await identity.register()
    browser, app = identity.browser(), App()
    code = await browser.log_in_for(app, "ada@example.org")

    assert error_of(await send(browser, app.exchange(code) | changes)) == (400, error)
    # The mistake was somebody else's: the app itself still gets its tokens.
    assert (await send(browser, app.exchange(code))).status_code == 200


async def test_an_unknown_app_is_told_so(identity: Identity) -> None:
    answer = await send(identity.browser(), App("nobody").exchange("code"))

    assert error_of(answer) == (401, "invalid_client")


async def test_what_is_no_form_or_says_a_thing_twice_is_refused(identity: Identity) -> None:
    browser = identity.browser()

    twice = await browser.http.post(
        "/oauth/token",
        content="grant_type=refresh_token&grant_type=authorization_code&client_id=demo",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    no_form = await browser.http.post("/oauth/token", json={"grant_type": "refresh_token"})

    assert error_of(twice) == (400, "invalid_request")
    assert error_of(no_form) == (400, "invalid_request")


async def test_a_code_is_good_for_a_minute(identity: Identity) -> None:
    await identity.register()
    browser, app = identity.browser(), App()
    code = await browser.log_in_for(app, "ada@example.org")
    identity.clock.move(seconds=60)

    assert error_of(await send(browser, app.exchange(code))) == (400, "invalid_grant")


async def test_a_code_that_comes_twice_ends_what_the_first_time_began(identity: Identity) -> None:
    await identity.register()
    browser, app = identity.browser(), App()
    code = await browser.log_in_for(app, "ada@example.org")
    tokens = (await send(browser, app.exchange(code))).json()

    again = await send(browser, app.exchange(code))

    assert error_of(again) == (400, "invalid_grant")
    renewal = await send(browser, app.renewal(tokens["refresh_token"]))
    assert error_of(renewal) == (400, "invalid_grant")
    assert await identity.fetchval("SELECT revoked_why FROM token_family") == "code used twice"


async def test_a_refresh_token_that_comes_twice_ends_its_family(identity: Identity) -> None:
    await identity.register()
    browser, app = identity.browser(), App()
    first = await browser.log_in_to_app("ada@example.org", app)
    second = (await send(browser, app.renewal(first["refresh_token"]))).json()
    third = (await send(browser, app.renewal(second["refresh_token"]))).json()

    stolen = await send(browser, app.renewal(first["refresh_token"]))

    assert error_of(stolen) == (400, "invalid_grant")
    owner = await send(browser, app.renewal(third["refresh_token"]))
    assert error_of(owner) == (400, "invalid_grant")
    assert (
        await identity.fetchval("SELECT revoked_why FROM token_family")
        == "refresh token used twice"
    )


async def test_two_that_refresh_at_once_come_one_after_the_other(identity: Identity) -> None:
    await identity.register()
    browser, app = identity.browser(), App()
    tokens = await browser.log_in_to_app("ada@example.org", app)
    secret = tokens["refresh_token"]

    # Another process of ours has used it up, and has not committed yet.
    async with identity.parts.db.transaction() as tx:
        await commands.tokens.refresh(
            tx,
            secret,
            client_id="demo",
            scope=None,
            lives=_lives(identity.parts.settings),
            now=identity.clock.now(),
        )
        refreshing = asyncio.create_task(send(browser, app.renewal(secret)))
        await eventually(identity.somebody_waits_for_a_lock)

    assert error_of(await refreshing) == (400, "invalid_grant")
    live = "SELECT count(*) FROM refresh_token JOIN token_family USING (family_id) WHERE revoked_at IS NULL"
    assert await identity.fetchval(live) == 0


async def test_a_refresh_token_is_its_own_apps(identity: Identity) -> None:
    await identity.register()
    browser, app = identity.browser(), App()
    tokens = await browser.log_in_to_app("ada@example.org", app)

    other = await send(browser, app.renewal(tokens["refresh_token"], client_id="portal"))

    assert error_of(other) == (400, "invalid_grant")
    assert (await send(browser, app.renewal(tokens["refresh_token"]))).status_code == 200


async def test_a_refresh_can_narrow_the_scope_but_not_widen_it(identity: Identity) -> None:
    await identity.register()
    browser, app = identity.browser(), App()
    tokens = await browser.log_in_to_app("ada@example.org", app, scope="openid profile unknown")
    assert tokens["scope"] == "openid profile"

    wider = await send(browser, app.renewal(tokens["refresh_token"], scope="openid email"))
    narrower = await send(browser, app.renewal(tokens["refresh_token"], scope="profile"))

    assert error_of(wider) == (400, "invalid_scope")
    assert narrower.json()["scope"] == "profile"
    assert "id_token" not in narrower.json()


async def test_roles_are_looked_up_anew_at_every_refresh(identity: Identity) -> None:
    ada = await identity.register()
    browser, app = identity.browser(), App()
    tokens = await browser.log_in_to_app("ada@example.org", app)
    async with identity.parts.db.transaction() as tx:
        await commands.roles.grant_role(tx, ada, "office", how="command", now=identity.clock.now())

    renewed = (await send(browser, app.renewal(tokens["refresh_token"]))).json()

    caller = await gatekeeper(identity.parts).admit(renewed["access_token"])
    assert caller.roles == {"learner", "office"}


async def test_without_offline_access_refreshing_ends_with_the_login(identity: Identity) -> None:
    await identity.register()
    browser, app = identity.browser(), App()
    short = await browser.log_in_to_app("ada@example.org", app)
    long = await browser.log_in_to_app(
        "ada@example.org", app, scope="openid offline_access", prompt="login"
    )
    identity.clock.move(hours=12)

    ended = await send(browser, app.renewal(short["refresh_token"]))
    goes_on = await send(browser, app.renewal(long["refresh_token"]))

    assert error_of(ended) == (400, "invalid_grant")
    assert goes_on.status_code == 200
    identity.clock.move(days=30)
    idle = await send(browser, app.renewal(goes_on.json()["refresh_token"]))
    assert error_of(idle) == (400, "invalid_grant")


async def test_logging_out_ends_refreshing_but_not_what_was_promised_to_last(
    identity: Identity,
) -> None:
    await identity.register()
    browser, app, mobile = identity.browser(), App(), App()
    here = await browser.log_in_to_app("ada@example.org", app)
    code = (await browser.authorize(mobile, scope="openid offline_access")).headers["location"]
    code = httpx.URL(code).params["code"]
    lasting = (await send(browser, mobile.exchange(code))).json()
    unredeemed = httpx.URL((await browser.authorize(app)).headers["location"]).params["code"]

    await browser.submit(await browser.get("/login"), "/logout")

    ended = await send(browser, app.renewal(here["refresh_token"]))
    assert error_of(ended) == (400, "invalid_grant")
    assert error_of(await send(browser, app.exchange(unredeemed))) == (400, "invalid_grant")
    assert (await send(browser, mobile.renewal(lasting["refresh_token"]))).status_code == 200


async def test_apps_stay_logged_in_when_the_same_person_logs_in_again_and_not_when_another_does(
    identity: Identity,
) -> None:
    await identity.register("ada@example.org")
    await identity.register("eve@example.org")
    browser, app = identity.browser(), App()
    first = await browser.log_in_to_app("ada@example.org", app)

    await browser.log_in_to_app("ada@example.org", App(), prompt="login")
    stays = await send(browser, app.renewal(first["refresh_token"]))
    await browser.log_in_to_app("eve@example.org", App(), prompt="login")
    ended = await send(browser, app.renewal(stays.json()["refresh_token"]))

    assert stays.status_code == 200
    assert error_of(ended) == (400, "invalid_grant")
    assert await identity.fetchval("SELECT count(*) FROM session") == 1


async def test_revoking_ends_the_family_and_an_unknown_token_is_no_error(
    identity: Identity,
) -> None:
    await identity.register()
    browser, app = identity.browser(), App()
    tokens = await browser.log_in_to_app("ada@example.org", app)

    async def revoke(**form: str) -> httpx.Response:
        return await browser.http.post("/oauth/revoke", data={"client_id": "demo"} | form)

    assert error_of(await revoke(token=tokens["refresh_token"], client_id="portal")) == (
        400,
        "invalid_grant",
    )
    assert error_of(await revoke()) == (400, "invalid_request")
    assert error_of(await revoke(token=tokens["access_token"])) == (400, "unsupported_token_type")
    assert (await revoke(token="unknown")).status_code == 200
    assert (await revoke(token=tokens["refresh_token"])).status_code == 200
    assert (await revoke(token=tokens["refresh_token"])).status_code == 200
    ended = await send(browser, app.renewal(tokens["refresh_token"]))
    assert error_of(ended) == (400, "invalid_grant")


async def test_user_info_tells_no_more_than_the_scopes_allow(identity: Identity) -> None:
    ada = await identity.register()
    browser = identity.browser()

    async def told(scope: str) -> httpx.Response:
        tokens = await browser.log_in_to_app("ada@example.org", scope=scope, prompt="login")
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        return await identity.http.get("/oauth/userinfo", headers=bearer)

    assert (await told("openid")).json() == {"sub": str(ada)}
    assert (await told("openid email")).json() == {
        "sub": str(ada),
        "email": "ada@example.org",
        "email_verified": True,
    }
    refused = await told("profile")
    assert refused.status_code == 403
    assert refused.json()["type"].endswith("/problems/openid-not-granted")
    nobody = await identity.http.get("/oauth/userinfo")
    assert (nobody.status_code, nobody.headers["www-authenticate"]) == (401, "Bearer")


async def test_another_edge_admits_our_tokens_by_the_published_keys(identity: Identity) -> None:
    ada = await identity.register("ada@example.org", "office", affiliation="staff")
    tokens = await identity.browser().log_in_to_app("ada@example.org")
    edge: Any = build_edge(
        "identity",
        SERVICE.routes,
        identity.parts,
        health=Health(),
        gatekeeper=gatekeeper(identity.parts),
    )
    listening = socket.create_server(("127.0.0.1", 0))
    async with serving(edge, listening):
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/oauth/jwks"
        another = Gatekeeper("http://identity.test", FetchedKeys(url), identity.clock)
        caller = await another.admit(tokens["access_token"])

        assert caller.account_id == ada
        assert (set(caller.roles), caller.affiliation) == ({"learner", "office"}, "staff")
        with pytest.raises(Refusal):
            await another.admit(tokens["id_token"])
        identity.clock.move(minutes=11)
        with pytest.raises(Refusal):
            await another.admit(tokens["access_token"])


async def test_a_failure_is_told_in_the_protocols_own_words(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away() -> None:
        raise OSError("the database has gone")

    monkeypatch.setattr(identity.parts.keys, "signer", away)

    answer = await send(identity.browser(), App().exchange("code"))

    assert error_of(answer) == (503, "temporarily_unavailable")
    assert answer.headers["retry-after"]
    assert "database" not in answer.text


async def test_tokens_name_the_key_that_signed_them(identity: Identity) -> None:
    await identity.register()
    tokens = await identity.browser().log_in_to_app("ada@example.org")

    kid = jws.extract_compact(tokens["access_token"].encode()).headers()["kid"]

    published = (await identity.get("/oauth/jwks")).json()["keys"]
    assert [key["kid"] for key in published] == [kid]
    assert set(published[0]) == {"kty", "n", "e", "use", "alg", "kid"}
