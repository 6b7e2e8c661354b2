"""What browsers are told while people look: one stream from enrolment for all, own things with one's own token."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from chassis.health import Health
from chassis.process import serve
from chassis.settings import ProcessSettings
from clients.portal.api import places_left
from clients.portal.app import build_portal
from clients.portal.views.live import tag_of
from tests.integration.portal.conftest import COOKIE, Portal, running
from tests.integration.portal.edges import Telling
from tests.support.running import eventually
from tests.support.streaming import Events, answers, free_port
from tests.unit.portal import samples

PLACES = "/v1/places/stream"
MINE = {"enrolment": str(samples.ENROLMENT.enrolment_id), "order": str(samples.ORDER.order_id)}
BROWSER = {"Accept": "text/event-stream"}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places_left, "_TOGETHER_S", 0.01)
    monkeypatch.setattr(places_left, "_LONGEST_PAUSE_S", 0.05)


@asynccontextmanager
async def at_a_port(portal: Portal, stop: asyncio.Event) -> AsyncIterator[httpx.AsyncClient]:
    """The portal as its process serves it; the browser there is logged in if the usual one is."""
    port = free_port()
    app = build_portal(portal.parts, health=Health())
    settings: ProcessSettings = msgspec.structs.replace(portal.parts.settings, http_port=port)
    serving = asyncio.create_task(serve(app, settings, stop, role="portal"))
    cookie = portal.browser.cookies.get(COOKIE)
    headers = {"Cookie": f"{COOKIE}={cookie}"} if cookie else {}
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", headers=headers
        ) as browser:
            await eventually(lambda: answers(browser))
            yield browser
    finally:
        stop.set()
        await serving


@pytest.fixture
async def stop() -> asyncio.Event:
    return asyncio.Event()


@pytest.fixture
async def places(portal: Portal) -> Telling:
    telling = Telling()
    telling.tell("a", "places", of(samples.OFFERING_ID, free=4))
    portal.edges.answers[PLACES] = telling
    return telling


@pytest.fixture
async def orders(portal: Portal) -> Telling:
    """Somebody logged in, whose enrolment and order can be followed."""
    enrolment, order = Telling(), Telling()
    enrolment.tell("e", "enrolment", msgspec.to_builtins(samples.mine("held")))
    order.tell("o", "order", msgspec.to_builtins(samples.ORDER))
    portal.edges.answers |= {"/v1/enrolments/stream": enrolment, "/v1/orders/stream": order}
    await portal.log_in()
    return order


@pytest.fixture
async def browser(portal: Portal, stop: asyncio.Event) -> AsyncIterator[httpx.AsyncClient]:
    async with at_a_port(portal, stop) as browser:
        yield browser


@pytest.fixture
async def learner(
    portal: Portal, orders: Telling, stop: asyncio.Event
) -> AsyncIterator[httpx.AsyncClient]:
    async with at_a_port(portal, stop) as browser:
        yield browser


def of(offering_id: UUID, *, free: int, waiting: int = 0) -> Any:
    return {"offering_id": str(offering_id), "capacity": 18, "free": free, "waiting": waiting}


@asynccontextmanager
async def watching(browser: httpx.AsyncClient, path: str, **params: Any) -> AsyncIterator[Events]:
    async with browser.stream("GET", path, params=params, headers=BROWSER, timeout=20) as response:
        yield Events(response)


async def test_places_are_told_in_the_words_of_the_page(
    browser: httpx.AsyncClient, places: Telling
) -> None:
    ids = str(samples.OFFERING_ID)

    async with (
        watching(browser, "/en/places/stream", ids=ids) as english,
        watching(browser, "/nl/places/stream", ids=ids) as dutch,
    ):
        first = await english.next()
        places.tell("a", "places", of(samples.OFFERING_ID, free=0, waiting=2))
        await dutch.next()
        last = await english.next()
        told_in_dutch = (await dutch.next())[1]["text"]

    shown = {"id": ids, "tone": "ok", "text": "4 places left", "standing": "open"}
    assert first == ("places", shown)
    full = {"tone": "info", "text": "Full, waiting list of 2", "standing": "full"}
    assert last == ("places", shown | full)
    assert told_in_dutch == "Vol, wachtlijst van 2"


async def test_however_many_browsers_watch_enrolment_is_listened_to_once(
    portal: Portal, browser: httpx.AsyncClient, places: Telling
) -> None:
    async with AsyncExitStack() as open_ones:
        watched = [
            await open_ones.enter_async_context(
                watching(browser, "/en/places/stream", ids=str(samples.OFFERING_ID))
            )
            for _ in range(20)
        ]
        for events in watched:
            assert (await events.next())[1]["text"] == "4 places left"
        places.tell("a", "places", of(samples.OFFERING_ID, free=3))
        for events in watched:
            assert (await events.next())[1]["text"] == "3 places left"

        assert len(places.listeners) == 1
    await eventually(lambda: _holds(not places.listeners))

    asked = [each for each in portal.edges.asked if each["path"] == PLACES]
    assert len(asked) == 1
    assert "authorization" not in asked[0]["headers"]


async def test_whoever_watches_something_else_has_it_asked_for_too(
    portal: Portal, browser: httpx.AsyncClient, places: Telling
) -> None:
    first, other = str(samples.OFFERING_ID), uuid4()

    async def asked() -> list[list[str]]:
        return [
            sorted(each["query"]["ids"]) for each in portal.edges.asked if each["path"] == PLACES
        ]

    async with watching(browser, "/en/places/stream", ids=first) as one:
        await one.next()
        async with watching(browser, "/en/places/stream", ids=str(other)) as two:
            again = await eventually(asked, lambda so_far: len(so_far) > 1)
            places.tell("b", "places", of(other, free=1))
            assert (await two.next())[1]["text"] == "1 place left"
            await eventually(lambda: _holds(len(places.listeners) == 1))

    assert again == [[first], sorted([first, str(other)])]


async def test_what_changed_while_enrolment_was_away_is_told_when_it_is_back(
    portal: Portal, browser: httpx.AsyncClient, places: Telling
) -> None:
    async with watching(browser, "/en/places/stream", ids=str(samples.OFFERING_ID)) as events:
        await events.next()
        portal.edges.answers[PLACES] = 503
        places.cut()
        await eventually(lambda: _holds(portal.edges.asked[-1]["path"] == PLACES))
        places.tell("a", "places", of(samples.OFFERING_ID, free=2))
        portal.edges.answers[PLACES] = places

        _, told = await events.next()

    assert told["text"] == "2 places left"


@pytest.mark.parametrize(
    ("ids", "status"), [([], 400), (["x"], 422), ([str(uuid4()) for _ in range(51)], 422)]
)
async def test_a_browser_that_watches_nothing_or_too_much_is_refused(
    portal: Portal, ids: list[str], status: int
) -> None:
    answer = await portal.browser.get("/en/places/stream", params={"ids": ids}, headers=BROWSER)

    assert (answer.status_code, answer.content) == (status, b"")


async def test_my_own_things_are_followed_with_my_token_in_my_language(
    portal: Portal, learner: httpx.AsyncClient, orders: Telling
) -> None:
    paid = msgspec.structs.replace(samples.PAID)

    async with watching(learner, "/nl/my/stream", **MINE) as events:
        shown = {await _tag(events), await _tag(events)}
        orders.tell("o", "order", msgspec.to_builtins(paid))
        changed = await _tag(events)

    assert shown == {tag_of(samples.mine("held")), tag_of(samples.ORDER)}
    assert changed == tag_of(paid)
    asked = [each for each in portal.edges.asked if each["path"].endswith("/stream")]
    assert [each["query"]["ids"] for each in asked] == [[MINE["enrolment"]], [MINE["order"]]]
    assert {each["headers"]["authorization"] for each in asked} == {"Bearer access-1"}
    assert {each["headers"]["accept-language"] for each in asked} == {"nl"}
    assert "access-1" not in str(events.response.headers)


async def test_the_page_and_its_stream_agree_on_what_was_seen(
    portal: Portal, learner: httpx.AsyncClient
) -> None:
    portal.edges.answers[f"/v1/enrolments/{MINE['enrolment']}"] = msgspec.to_builtins(
        samples.mine("held")
    )
    portal.edges.answers["/v1/orders"] = {"items": [msgspec.to_builtins(samples.ORDER)]}
    page = (await learner.get(f"/en/my/courses/{MINE['enrolment']}/outcome")).text

    address = f"/en/my/stream?enrolment={MINE['enrolment']}&amp;order={MINE['order']}"
    assert f'data-live="{address}"' in page
    async with watching(learner, "/en/my/stream", **MINE) as events:
        for _ in range(2):
            assert await _tag(events) in page.partition('data-seen="')[2].partition('"')[0]


async def test_when_a_service_hangs_up_the_browser_is_let_go_to_come_back(
    learner: httpx.AsyncClient, orders: Telling
) -> None:
    async with watching(learner, "/en/my/stream", **MINE) as events:
        await _tag(events)
        await _tag(events)
        orders.cut()

        assert await events.ends()


async def test_without_a_login_nothing_is_followed_and_nobody_is_led_away(portal: Portal) -> None:
    answer = await portal.browser.get("/en/my/stream", params=MINE, headers=BROWSER)

    assert (answer.status_code, answer.content) == (401, b"")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(("no", "status"), [(404, 404), (429, 429), (503, 503), ("slow", 503)])
async def test_a_services_no_reaches_the_browser_and_closes_what_was_open(
    portal: Portal, orders: Telling, no: Any, status: int
) -> None:
    following = portal.edges.answers["/v1/enrolments/stream"]
    portal.edges.answers["/v1/orders/stream"] = no

    answer = await portal.browser.get("/en/my/stream", params=MINE, headers=BROWSER)

    assert (answer.status_code, answer.content) == (status, b"")
    await eventually(lambda: _holds(not following.listeners))


async def test_watching_keeps_nobody_logged_in(portal: Portal) -> None:
    await portal.log_in()
    portal.edges.answers["/v1/enrolments/stream"] = 404

    for _ in range(3):
        portal.clock.move(minutes=60)
        last = await portal.browser.get("/en/my/stream", params=MINE, headers=BROWSER)

    assert last.status_code == 401


async def test_one_more_than_there_may_be_is_told_when_to_come_back(
    portal: Portal, places: Telling, database_url: str
) -> None:
    stop = asyncio.Event()
    ids = {"ids": str(samples.OFFERING_ID)}
    async with (
        running(portal.edges, portal.clock, database_url, most_streams=1) as small,
        at_a_port(small, stop) as browser,
        watching(browser, "/en/places/stream", **ids) as events,
    ):
        await events.next()
        refused = await browser.get("/en/places/stream", params=ids, headers=BROWSER)

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "30")


async def test_a_portal_that_stops_lets_everybody_go(
    portal: Portal, places: Telling, database_url: str
) -> None:
    stop = asyncio.Event()
    async with (
        running(portal.edges, portal.clock, database_url, stopping=stop) as stopping,
        at_a_port(stopping, stop) as browser,
        watching(browser, "/en/places/stream", ids=str(samples.OFFERING_ID)) as events,
    ):
        await events.next()
        stop.set()

        assert await events.ends()
    await eventually(lambda: _holds(not places.listeners))


async def _tag(events: Events) -> str:
    """A tag is no JSON; it is read as it stands."""
    name, tag = await events.next_text()
    assert name == "seen"
    return tag


async def _holds(it: bool) -> bool:
    return it
