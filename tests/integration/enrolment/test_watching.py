"""Streams of events: places for everybody, enrolments for whose they are; cut, crowded, and ended."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.enrolment import EnrolmentConfirmed
from services.enrolment.app import SERVICE
from tests.integration.enrolment.test_paying import payment
from tests.support.enrolling import Enrolment
from tests.support.people import bearer
from tests.support.running import eventually, running
from tests.support.servers import Templates
from tests.support.streaming import at_a_port, listening

PLACES = "/v1/places/stream"
MINE = "/v1/enrolments/stream"


@pytest.fixture
async def http(enrolment: Enrolment) -> AsyncIterator[httpx.AsyncClient]:
    async with at_a_port(enrolment) as http:
        yield http


async def test_whoever_watches_sees_the_places_now_and_when_one_is_taken(
    enrolment: Enrolment, http: httpx.AsyncClient
) -> None:
    published = await enrolment.publish(capacity=2)

    async with listening(http, PLACES, published.offering_id) as events:
        now = await events.next()
        await enrolment.request(published)
        then = await events.next()

    assert events.response.headers["content-type"].startswith("text/event-stream")
    assert events.response.headers["cache-control"] == "no-store"
    assert events.response.headers["x-accel-buffering"] == "no"
    whole = {"offering_id": str(published.offering_id), "capacity": 2, "waiting": 0}
    assert now == ("places", whole | {"taken": 0, "free": 2})
    assert then == ("places", whole | {"taken": 1, "free": 1})


async def test_several_offerings_come_on_one_stream_each_when_it_changes(
    enrolment: Enrolment, http: httpx.AsyncClient
) -> None:
    first, second = await enrolment.publish(), await enrolment.publish()
    ids = (first.offering_id, second.offering_id, uuid4())

    async with listening(http, PLACES, *ids) as events:
        shown = {(await events.next())[1]["offering_id"] for _ in range(2)}
        await enrolment.request(second)
        _, changed = await events.next()

    assert shown == {str(first.offering_id), str(second.offering_id)}
    assert (changed["offering_id"], changed["taken"]) == (str(second.offering_id), 1)


async def test_everybody_who_watches_is_served_by_one_look(
    enrolment: Enrolment, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = await enrolment.publish()
    looks: list[int] = []
    read = enrolment.parts.places._read  # noqa: SLF001 - every look goes through it.

    async def counted(ids: list[UUID]) -> object:
        looks.append(len(ids))
        return await read(ids)

    monkeypatch.setattr(enrolment.parts.places, "_read", counted)
    async with (
        listening(http, PLACES, published.offering_id) as one,
        listening(http, PLACES, published.offering_id) as other,
    ):
        await one.next()
        await other.next()
        await enrolment.request(published)
        assert (await one.next())[1]["taken"] == (await other.next())[1]["taken"] == 1

    assert set(looks) == {1}
    await eventually(lambda: _holds(not enrolment.parts.places.watched))


async def test_whoever_was_cut_off_is_told_how_it_stands_by_then(
    enrolment: Enrolment, http: httpx.AsyncClient
) -> None:
    published = await enrolment.publish()
    async with listening(http, PLACES, published.offering_id) as events:
        await events.next()
    await enrolment.request(published)

    async with listening(http, PLACES, published.offering_id) as events:
        _, again = await events.next()

    assert again["taken"] == 1


async def test_offerings_that_nobody_knows_are_not_watched(
    enrolment: Enrolment, http: httpx.AsyncClient
) -> None:
    unknown = await http.get(PLACES, params={"ids": str(uuid4())})
    none = await http.get(PLACES)
    many = await http.get(PLACES, params={"ids": [str(uuid4()) for _ in range(201)]})

    assert (unknown.status_code, none.status_code, many.status_code) == (404, 400, 422)
    assert unknown.json()["type"].endswith("/problems/no-such-offering")


async def test_a_learner_sees_their_own_enrolment_become_final(
    enrolment: Enrolment, http: httpx.AsyncClient
) -> None:
    published, ada = await enrolment.publish(), uuid4()
    held = await enrolment.request(published, ada)
    dutch = bearer(ada) | {"Accept-Language": "nl"}

    async with listening(http, MINE, held["enrolment_id"], headers=dutch) as events:
        name, before = await events.next()
        await enrolment.deliver(payment(held, ada, enrolment.clock.now()))
        await enrolment.told.wait_for(EnrolmentConfirmed)
        _, after = await events.next()

    assert (name, before["state"], after["state"]) == ("enrolment", "held", "confirmed")
    assert after["title"] == published.title.nl
    shown = await enrolment.get(f"/v1/enrolments/{held['enrolment_id']}", ada)
    assert after | {"title": ""} == shown.json() | {"title": ""}


async def test_whoever_waits_sees_the_line_get_shorter(
    enrolment: Enrolment, http: httpx.AsyncClient
) -> None:
    published, bob, eve = await enrolment.publish(capacity=1), uuid4(), uuid4()
    await enrolment.request(published)
    first, second = [await enrolment.request(published, each) for each in (bob, eve)]

    async with listening(http, MINE, second["enrolment_id"], headers=bearer(eve)) as events:
        _, before = await events.next()
        path = f"/v1/enrolments/{first['enrolment_id']}/withdrawal"
        await enrolment.post(path, {"reason": "time"}, bob)
        _, after = await events.next()

    assert (before["position"], after["position"]) == (2, 1)


async def test_what_is_somebody_elses_is_not_there_for_anybody_but_the_office(
    enrolment: Enrolment, http: httpx.AsyncClient
) -> None:
    published, ada = await enrolment.publish(), uuid4()
    mine, other = [await enrolment.request(published, each) for each in (ada, uuid4())]
    both = {"ids": [mine["enrolment_id"], other["enrolment_id"]]}

    foreign = await http.get(MINE, params=both, headers=bearer(ada))
    unknown = await http.get(MINE, params={"ids": str(uuid4())}, headers=bearer(ada))
    nobody = await http.get(MINE, params=both)
    async with listening(http, MINE, *both["ids"], headers=bearer(uuid4(), "office")) as events:
        seen = {(await events.next())[1]["enrolment_id"] for _ in range(2)}

    assert (foreign.status_code, unknown.status_code, nobody.status_code) == (404, 404, 401)
    assert foreign.json()["type"] == unknown.json()["type"]
    assert seen == set(both["ids"])


async def test_one_more_than_there_may_be_is_told_when_to_come_back(
    templates: Templates, amqp_url: str
) -> None:
    limits: dict[str, Any] = {"most_streams": 2, "most_streams_of_one": 1}
    async with (
        running(SERVICE, templates=templates, amqp_url=amqp_url, **limits) as service,
        at_a_port(service) as http,
    ):
        enrolment = Enrolment(**vars(service))
        published = await enrolment.publish()
        ids = {"ids": str(published.offering_id)}
        ada, bob, eve = (bearer(uuid4()) for _ in range(3))

        async with listening(http, PLACES, published.offering_id, headers=ada) as events:
            await events.next()
            second = await http.get(PLACES, params=ids, headers=ada)
            async with listening(http, PLACES, published.offering_id, headers=bob) as others:
                await others.next()
                third = await http.get(PLACES, params=ids, headers=eve)
        await eventually(lambda: _holds(not len(enrolment.parts.streams)))
        async with listening(http, PLACES, published.offering_id, headers=ada) as again:
            await again.next()

    assert (second.status_code, third.status_code) == (429, 503)
    assert second.headers["retry-after"] == third.headers["retry-after"] == "30"


async def test_streams_end_whole_when_the_process_is_asked_to_and_none_begins_any_more(
    enrolment: Enrolment,
) -> None:
    published = await enrolment.publish()
    async with at_a_port(enrolment) as http:
        async with listening(http, PLACES, published.offering_id) as events:
            await events.next()
            enrolment.parts.stopping.set()
            assert await events.ends()
        late = await enrolment.get(PLACES, params={"ids": str(published.offering_id)})

    assert late.status_code == 503
    assert not len(enrolment.parts.streams)


async def test_a_database_that_is_away_for_a_moment_ends_no_stream(
    enrolment: Enrolment, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = await enrolment.publish()
    failed = asyncio.Event()
    read = enrolment.parts.places._read  # noqa: SLF001 - every look goes through it.

    async def away(ids: list[UUID]) -> object:
        failed.set()
        raise ConnectionError

    async with listening(http, PLACES, published.offering_id) as events:
        await events.next()
        monkeypatch.setattr(enrolment.parts.places, "_read", away)
        await enrolment.request(published)
        await failed.wait()
        monkeypatch.setattr(enrolment.parts.places, "_read", read)
        _, after = await events.next()

    assert after["taken"] == 1


async def test_open_streams_are_counted(enrolment: Enrolment, http: httpx.AsyncClient) -> None:
    published = await enrolment.publish()
    async with listening(http, PLACES, published.offering_id) as events:
        await events.next()
        during = (await enrolment.get("/metrics")).text
    await eventually(lambda: _holds(not len(enrolment.parts.streams)))
    after = (await enrolment.get("/metrics")).text

    assert "http_streams_open 1.0" in during
    assert "http_streams_open 0.0" in after


async def _holds(it: bool) -> bool:
    return it
