"""Waiting for what comes into being elsewhere, and saying how long one would."""

import asyncio
from collections.abc import Collection

import pytest
from litestar import Request

from chassis.awaiting import Awaited
from chassis.http.prefer import preferred_wait_s
from tests.support.running import eventually


class Elsewhere:
    """Where things come into being; counts how often somebody looks."""

    def __init__(self) -> None:
        self.there: set[str] = set()
        self.looks: list[set[str]] = []
        self.is_away = False

    async def look(self, keys: Collection[str]) -> set[str]:
        self.looks.append(set(keys))
        if self.is_away:
            raise ConnectionError
        return self.there & set(keys)


async def test_everybody_who_waits_is_served_by_the_same_look() -> None:
    elsewhere = Elsewhere()
    awaited = Awaited(elsewhere.look)
    elsewhere.there = {"a", "b"}

    found = await asyncio.gather(
        *(awaited.wait(key, timeout_s=5) for key in ("a", "a", "b") for _ in range(20))
    )

    assert all(found)
    assert elsewhere.looks == [{"a", "b"}]
    assert not awaited.awaited


async def test_what_does_not_come_is_not_waited_for_longer() -> None:
    awaited = Awaited(Elsewhere().look)

    assert not await awaited.wait("a", timeout_s=0.01)
    assert not awaited.awaited


async def test_a_look_that_fails_is_repeated() -> None:
    elsewhere = Elsewhere()
    elsewhere.is_away = True
    awaited = Awaited(elsewhere.look)
    waiting = asyncio.create_task(awaited.wait("a", timeout_s=5))

    async def looked() -> bool:
        return bool(elsewhere.looks)

    await eventually(looked)
    elsewhere.is_away = False
    elsewhere.there = {"a"}

    assert await waiting


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (b"wait=5", 5),
        (b'respond-async, wait="3"', 3),
        (b"WAIT = 2; x=y", 2),
        (b"wait=600", 10),
        (b"wait=-1", 0),
        (b"wait=soon", 0),
        (b"await=5", 0),
        (b"", 0),
    ],
)
def test_a_reader_says_how_long_it_would_wait(header: bytes, seconds: int) -> None:
    scope = {"type": "http", "headers": [(b"prefer", header)]}

    assert preferred_wait_s(Request(scope)) == seconds  # type: ignore[arg-type] # All that is read.
