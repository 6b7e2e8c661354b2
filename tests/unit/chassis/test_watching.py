"""Watching what changes, and streams of events: without a network."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import aclosing, contextmanager, nullcontext
from typing import Any

import pytest

from chassis import watching
from chassis.http import streams
from chassis.http.streams import Streams, as_event, open_streams
from chassis.refusals import Refusal
from chassis.watching import News, Watched


class Elsewhere:
    """Where things change; counts how often somebody looks."""

    def __init__(self, **states: int) -> None:
        self.states = states
        self.looks: list[set[str]] = []

    async def look(self, keys: Collection[str]) -> dict[str, int]:
        self.looks.append(set(keys))
        return {key: self.states[key] for key in keys if key in self.states}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_PACE_S", 0.01)


async def test_a_slow_reader_is_told_the_latest_of_each_thing_only() -> None:
    news: News[str, int] = News({"a": 1})

    for number in range(2, 100):
        news.tell("a", number)
    news.tell("b", 1)

    assert await news.next(patience_s=1) == {"a": 99, "b": 1}
    assert await news.next(patience_s=0.01) == {}


async def test_a_change_reaches_all_who_watch_it_and_nobody_else() -> None:
    elsewhere = Elsewhere(a=1, b=1)
    watched = Watched(elsewhere.look)
    one, two, other = News[str, int]({}), News[str, int]({}), News[str, int]({})

    with watched.telling(one, ["a"]), watched.telling(two, ["a", "b"]), watched.telling(other, "b"):
        assert await one.next(patience_s=5) == {"a": 1}
        assert await two.next(patience_s=5) == {"a": 1, "b": 1}
        assert await other.next(patience_s=5) == {"b": 1}
        elsewhere.states["a"] = 2

        assert await one.next(patience_s=5) == {"a": 2}
        assert await two.next(patience_s=5) == {"a": 2}
        assert await other.next(patience_s=0.05) == {}

    assert elsewhere.looks[0] == {"a", "b"}
    assert not watched.watched


async def test_nothing_is_missed_by_whoever_comes_after_others_have_been_told() -> None:
    elsewhere = Elsewhere(a=1)
    watched = Watched(elsewhere.look)
    first, late = News[str, int]({}), News[str, int]({})

    with watched.telling(first, ["a"]):
        await first.next(patience_s=5)
        with watched.telling(late, ["a"]):
            assert await late.next(patience_s=5) == {"a": 1}


async def test_nobody_looks_for_nobody() -> None:
    elsewhere = Elsewhere(a=1)
    watched = Watched(elsewhere.look)
    news = News[str, int]({})
    with watched.telling(news, ["a"]):
        await news.next(patience_s=5)
    looking = watched._looking  # noqa: SLF001 - the only one that looks.
    assert looking is not None

    await looking

    assert not watched.watched


async def test_a_look_that_fails_is_repeated_whatever_it_was() -> None:
    elsewhere = Elsewhere(a=1)
    failures = [ConnectionError(), ZeroDivisionError()]

    async def look(keys: Collection[str]) -> dict[str, int]:
        if failures:
            raise failures.pop()
        return await elsewhere.look(keys)

    watched = Watched(look)
    news = News[str, int]({})
    with watched.telling(news, ["a"]):
        assert await news.next(patience_s=5) == {"a": 1}


def event(state: int) -> bytes:
    return as_event("number", str(state).encode())


def lines(of: Streams, news: News[str, int], who: str = "ada") -> AsyncIterator[bytes]:
    """What a stream writes."""
    written: Any = of.answer(who, news, nullcontext(), event).iterator
    return written  # type: ignore[no-any-return] # Litestar's own type holds more.


async def test_a_stream_says_how_things_are_and_again_when_they_change() -> None:
    news: News[str, int] = News({"a": 1})
    stream = lines(Streams(most=9, most_of_one=9), news)

    assert (await anext(stream)).startswith(b"retry: ")
    assert await anext(stream) == b"event: number\ndata: 1\n\n"
    news.tell("a", 2)
    assert await anext(stream) == b"event: number\ndata: 2\n\n"


async def test_what_was_told_is_not_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    news: News[str, int] = News({"a": 1})
    stream = lines(Streams(most=9, most_of_one=9), news)
    await anext(stream)
    await anext(stream)

    news.tell("a", 1)
    monkeypatch.setattr(streams, "HEARTBEAT_S", 0.01)

    assert await anext(stream) == b":\n\n"  # A line that only says that the connection is good.


async def test_a_stream_ends_by_itself_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "_LASTS_S", (0.0, 0.0))

    written = [each async for each in lines(Streams(most=9, most_of_one=9), News({"a": 1}))]

    assert len(written) == 1


async def test_there_is_room_again_when_a_stream_has_ended_or_was_never_read() -> None:
    open_ones = Streams(most=2, most_of_one=1)
    lines(open_ones, News({}))  # Whoever asked was gone before the first line.
    stream: Any = lines(open_ones, News({}))
    async with aclosing(stream):
        await anext(stream)
        with pytest.raises(Refusal, match="too-many-requests") as one_too_many:
            open_ones.require_room("ada")
        open_ones.require_room("bob")

    open_ones.require_room("ada")
    assert one_too_many.value.retry_after_s == 30
    assert len(open_ones) == 0


async def test_whoever_watches_is_let_go_of_when_the_stream_ends() -> None:
    left: list[str] = []

    @contextmanager
    def telling() -> Any:
        yield
        left.append("ada")

    news: News[str, int] = News({})
    written: Any = Streams(most=9, most_of_one=9).answer("ada", news, telling(), event).iterator
    await anext(written)
    news.end()

    assert [each async for each in written] == []
    assert left == ["ada"]


async def test_all_streams_end_when_the_process_stops() -> None:
    stopping = asyncio.Event()
    async with open_streams(stopping, most=9, most_of_one=9) as open_ones:
        stream = lines(open_ones, News({}))
        await anext(stream)
        stopping.set()
        async with asyncio.timeout(5):
            assert [each async for each in stream] == []
        with pytest.raises(Refusal, match="unavailable"):
            open_ones.require_room("bob")
