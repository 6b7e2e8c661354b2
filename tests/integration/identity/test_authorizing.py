"""The authorization endpoint: whom it answers, where, and what it tells an app that asks in a wrong way."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.integration.identity.steps import REDIRECT, App, Identity, answer_of, leads_to


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody"},
        {"client_id": "nul\0"},
        {"client_id": None},
        {"redirect_uri": None},
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": "http://127.0.0.1:50123@evil.example/callback"},
        {"redirect_uri": "http://127.0.0.1:50123/callback/../elsewhere"},
        {"redirect_uri": "http://127.0.0.1:50123/callback?next=https://evil.example"},
        {"redirect_uri": "http://localhost:50123/callback"},
        {"redirect_uri": "HTTP://127.0.0.1:50123/callback"},
    ],
)
async def test_nobody_is_sent_to_an_address_that_no_app_registered(
    identity: Identity, changes: dict[str, str | None]
) -> None:
    answer = await identity.browser().authorize(App(), **changes)

    assert answer.status_code == 422
    assert "location" not in answer.headers
    assert "We do not know the app that sent you to log in" in answer.text


async def test_a_web_app_has_no_free_choice_of_ports(identity: Identity) -> None:
    answer = await identity.browser().authorize(App("portal", "http://127.0.0.1:21631/callback"))

    assert answer.status_code == 422


async def test_the_same_name_twice_is_not_answered_to_either(identity: Identity) -> None:
    given = [*App().request().items(), ("redirect_uri", "http://127.0.0.1:1/callback")]

    answer = await identity.browser().get("/oauth/authorize", params=given)

    assert answer.status_code == 422
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"nonce": "n" * 1001}, "invalid_request"),
        ({"request": "ey"}, "request_not_supported"),
        ({"request_uri": "https://a.example"}, "request_uri_not_supported"),
    ],
)
async def test_an_app_that_asks_in_a_wrong_way_is_told_so_itself(
    identity: Identity, changes: dict[str, str | None], error: str
) -> None:
    app = App()

    answer = await identity.browser().authorize(app, **changes)

    assert answer.headers["location"].startswith(REDIRECT + "?")
    told = answer_of(answer)
    assert (told["error"], told["state"]) == (error, app.state)
    assert told["iss"] == "http://identity.test"


async def test_a_request_by_post_is_the_same_request(identity: Identity) -> None:
    browser, app = identity.browser(), App()

    moved = await browser.http.post("/oauth/authorize", data=app.request())
    to_login = await browser.get(leads_to(moved))

    assert moved.status_code == 303
    given = parse_qs(urlsplit(leads_to(to_login)).query)
    assert given["code_challenge"] == [app.challenge]


async def test_every_code_is_another_one_and_only_its_hash_is_kept(identity: Identity) -> None:
    await identity.register()
    browser, app = identity.browser(), App()
    first = await browser.log_in_for(app, "ada@example.org")
    second = answer_of(await browser.authorize(app))["code"]

    kept = await identity.fetch("SELECT authorization_code::text AS row FROM authorization_code")

    assert first != second
    assert not [row for row in kept if first in row["row"] or second in row["row"]]


async def test_both_discovery_documents_say_where_everything_is(identity: Identity) -> None:
    openid = await identity.get("/.well-known/openid-configuration")
    oauth = await identity.get("/.well-known/oauth-authorization-server")

    assert openid.json() == oauth.json()
    told = openid.json()
    assert told["issuer"] == "http://identity.test"
    assert told["jwks_uri"] == "http://identity.test/oauth/jwks"
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert told["token_endpoint_auth_methods_supported"] == ["none"]
    for name, url in told.items():
        if name.endswith(("_endpoint", "_uri")):
            answer = await identity.get(urlsplit(url).path)
            assert answer.status_code != 404, name
