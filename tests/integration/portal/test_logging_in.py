"""Logging in and out as a relying party; sessions in the database, tokens never in the browser."""

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from clients.portal.sessions import store
from tests.integration.portal.conftest import COOKIE, PORTAL, Portal, running
from tests.integration.portal.edges import ACCESS_TOKEN_S
from tests.support.running import eventually

_LOOKS = 3
"""So often the other process asks for the renewal while it is under way here."""


def cookie_of(answer: httpx.Response) -> str:
    return answer.headers["set-cookie"]


async def test_logging_in_asks_the_issuer_with_pkce_and_comes_back_to_the_page(
    portal: Portal,
) -> None:
    left = await portal.browser.get("/nl/log-in", params={"to": "/nl/my/courses?x=1"})

    asked = parse_qs(urlsplit(left.headers["location"]).query)
    assert left.status_code == 303
    assert left.headers["location"].startswith(f"{portal.edges.url}/oauth/authorize?")
    assert asked["redirect_uri"] == [f"{PORTAL}/callback"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["ui_locales"] == ["nl"]
    portal.edges.nonce = asked["nonce"][0]
    back = await portal.come_back(asked["state"][0])
    assert (back.status_code, back.headers["location"]) == (303, "/nl/my/courses?x=1")
    (grant,) = portal.edges.grants
    assert grant["grant_type"] == "authorization_code"
    assert len(grant["code_verifier"]) == 43


async def test_the_cookie_is_out_of_reach_of_scripts_other_sites_and_other_hosts(
    portal: Portal,
) -> None:
    cookie = cookie_of(await portal.log_in())

    assert cookie.startswith(f"{COOKIE}=s.")
    assert "HttpOnly" in cookie
    assert "Secure" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


async def test_the_database_has_neither_cookie_nor_tokens_nor_name(portal: Portal) -> None:
    cookie = cookie_of(await portal.log_in()).partition("s.")[2].partition(";")[0]

    async with portal.parts.db.reading() as connection:
        (row,) = await connection.fetch("SELECT cookie_hash, sealed FROM session")
    stored = bytes(row["cookie_hash"]) + bytes(row["sealed"])
    assert cookie.encode() not in stored
    for secret in (b"access-1", b"refresh-1", b"Noor"):
        assert secret not in stored


async def test_who_looks_around_gets_no_cookie_and_no_session(portal: Portal) -> None:
    answer = await portal.browser.get("/en/courses")

    assert "set-cookie" not in answer.headers
    assert await portal.count_sessions() == 0


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example"])
async def test_nobody_is_led_elsewhere_after_logging_in(portal: Portal, to: str) -> None:
    first = await portal.log_in(to)
    again = await portal.browser.get("/en/log-in", params={"to": to})

    assert first.headers["location"] == "/en"
    assert again.headers["location"] == "/en"


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "another"},
        {"iss": "https://evil.example"},
        {"code": ""},
    ],
)
async def test_an_answer_that_is_not_the_issuers_to_us_logs_nobody_in(
    portal: Portal, changes: dict[str, str]
) -> None:
    portal.edges.refused = "code" in changes
    left = await portal.browser.get("/en/log-in")
    state = parse_qs(urlsplit(left.headers["location"]).query)["state"][0]

    answer = await portal.come_back(changes.pop("state", state), **changes)

    assert answer.status_code == 409
    assert "You are not logged in" in answer.text
    assert await portal.count_sessions() == 0


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"aud": "another-app"},
        {"iss": "https://evil.example"},
        {"exp": 1_600_000_000},
    ],
)
async def test_an_id_token_that_is_not_for_this_attempt_logs_nobody_in(
    portal: Portal, claims: dict[str, object]
) -> None:
    portal.edges.claims = claims

    answer = await portal.log_in()

    assert answer.status_code == 409
    assert await portal.count_sessions() == 0


async def test_another_browser_cannot_finish_somebodys_login(portal: Portal) -> None:
    left = await portal.browser.get("/en/log-in")
    state = parse_qs(urlsplit(left.headers["location"]).query)["state"][0]

    async with portal.new_browser() as other:
        params = {"code": "c", "state": state, "iss": portal.edges.url}
        answer = await other.get("/callback", params=params)

    assert answer.status_code == 409
    assert portal.edges.grants == []


async def test_logging_in_again_leaves_nothing_of_the_former_session(portal: Portal) -> None:
    former = cookie_of(await portal.log_in()).partition(";")[0]
    portal.browser.cookies.delete(COOKIE)
    second = await portal.log_in()

    assert cookie_of(second).partition(";")[0] != former
    account = await portal.browser.get("/en/account")
    assert account.status_code == 200


async def test_a_page_for_somebody_leads_through_the_login_and_back(portal: Portal) -> None:
    answer = await portal.browser.get("/nl/my/courses?x=1")

    assert answer.status_code == 303
    assert answer.headers["location"] == "/nl/log-in?to=%2Fnl%2Fmy%2Fcourses%3Fx%3D1"


async def test_a_session_is_good_in_every_process_and_after_a_restart(
    portal: Portal, database_url: str
) -> None:
    await portal.log_in()

    async with running(portal.edges, portal.clock, database_url) as other:
        other.browser.cookies = portal.browser.cookies
        answer = await other.browser.get("/en/account")

    assert answer.status_code == 200
    assert "Noor de Vries" in answer.text


async def test_with_another_key_one_logs_in_again(portal: Portal, database_url: str) -> None:
    await portal.log_in()

    key = "b2FvYW9hb2FvYW9hb2FvYW9hb2FvYW9hb2FvYW9hbzE="
    async with running(portal.edges, portal.clock, database_url, session_key=key) as other:
        other.browser.cookies = portal.browser.cookies
        answer = await other.browser.get("/en/account")

    assert answer.status_code == 303


async def test_whoever_opens_no_page_for_two_hours_is_logged_out(portal: Portal) -> None:
    await portal.log_in()
    portal.clock.move(minutes=119)
    assert (await portal.browser.get("/en/account")).status_code == 200
    portal.clock.move(minutes=119)
    assert (await portal.browser.get("/en/account")).status_code == 200

    portal.clock.move(minutes=120)

    assert (await portal.browser.get("/en/account")).status_code == 303


async def test_nobody_stays_logged_in_for_more_than_twelve_hours(portal: Portal) -> None:
    await portal.log_in()
    for _ in range(7):
        portal.clock.move(minutes=100)
        assert (await portal.browser.get("/en/account")).status_code == 200

    portal.clock.move(minutes=20)

    assert (await portal.browser.get("/en/account")).status_code == 303


async def test_sessions_that_are_over_are_forgotten(portal: Portal) -> None:
    await portal.log_in()
    assert await portal.parts.sessions.forget_what_is_over() == 0

    portal.clock.move(hours=2)

    assert await portal.parts.sessions.forget_what_is_over() == 1
    assert await portal.count_sessions() == 0


async def test_logging_out_ends_it_here_and_at_the_issuer(portal: Portal) -> None:
    await portal.log_in()
    cookies = dict(portal.browser.cookies)

    answer = await portal.log_out()

    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    assert answer.headers["location"].startswith(f"{portal.edges.url}/oauth/logout?")
    assert asked["post_logout_redirect_uri"] == [f"{PORTAL}/en"]
    assert asked["id_token_hint"][0].count(".") == 2
    assert "Max-Age=0" in cookie_of(answer)
    assert await portal.count_sessions() == 0
    async with portal.new_browser() as thief:
        thief.cookies.update(cookies)
        assert (await thief.get("/en/account")).status_code == 303


async def test_an_old_access_token_is_renewed_before_it_is_sent(portal: Portal) -> None:
    await portal.log_in()
    portal.clock.move(seconds=ACCESS_TOKEN_S - 10)

    await portal.browser.get("/en/account")
    await portal.browser.get("/en/account")

    assert [grant["grant_type"] for grant in portal.edges.grants] == [
        "authorization_code",
        "refresh_token",
    ]
    assert portal.edges.asked_with("/v1/me") == ["Bearer access-2", "Bearer access-2"]


async def test_requests_of_one_session_in_two_processes_use_a_refresh_token_once(
    portal: Portal, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim, refused = store.claim_renewal, 0

    async def claiming(*given: Any, **how: Any) -> bool:
        nonlocal refused
        is_ours = await claim(*given, **how)
        refused += not is_ours
        return is_ours

    monkeypatch.setattr(store, "claim_renewal", claiming)
    await portal.log_in()
    portal.clock.move(seconds=ACCESS_TOKEN_S)
    portal.edges.hold = asyncio.Event()

    async with running(portal.edges, portal.clock, database_url, patience_s=30) as other:
        other.browser.cookies = portal.browser.cookies
        first = asyncio.create_task(portal.browser.get("/en/account"))

        async def is_renewing() -> bool:
            return len(portal.edges.grants) == 2

        await eventually(is_renewing)
        others = [
            asyncio.create_task(browser.get("/en/account"))
            for browser in (portal.browser, other.browser, other.browser)
        ]

        async def has_looked_again() -> bool:
            return refused >= _LOOKS

        await eventually(has_looked_again)
        portal.edges.hold.set()
        answers = await asyncio.gather(first, *others)

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200]
    assert len(portal.edges.grants) == 2
    assert set(portal.edges.asked_with("/v1/me")) == {"Bearer access-2"}


async def test_a_session_that_is_over_at_the_issuer_is_over_here(portal: Portal) -> None:
    await portal.log_in()
    portal.clock.move(seconds=ACCESS_TOKEN_S)
    portal.edges.refused = True

    private = await portal.browser.get("/en/account")
    public = await portal.browser.get("/en/courses")

    assert private.status_code == 303
    assert public.status_code == 200
    assert "Log in" in public.text
    assert await portal.count_sessions() == 0


async def test_while_the_issuer_is_away_public_pages_are_shown_and_the_session_is_kept(
    portal: Portal, database_url: str
) -> None:
    await portal.log_in()
    portal.clock.move(seconds=ACCESS_TOKEN_S)

    gone = "http://127.0.0.1:9"
    async with running(portal.edges, portal.clock, database_url, identity_url=gone) as other:
        other.browser.cookies = portal.browser.cookies
        public = await other.browser.get("/en/courses")
        login = await other.new_browser().get("/en/log-in")

    assert public.status_code == 200
    assert "Noor de Vries" in public.text
    assert login.status_code == 503
    assert "Logging in is down for a moment" in login.text
    assert await portal.count_sessions() == 1


async def test_nobody_is_sent_to_an_issuer_that_has_gone_away(portal: Portal) -> None:
    await portal.log_in()
    await portal.log_out()
    portal.edges.answers["/.well-known/openid-configuration"] = 503

    answer = await portal.browser.get("/en/log-in", params={"to": "/en/my/courses"})

    assert answer.status_code == 503
    assert "Logging in is down for a moment" in answer.text
