"""Ids, the clock, batches, rate limits, tags, cursors: pure pieces of the chassis."""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.batching import Batcher
from chassis.clock import MovableClock, RealClock, move_clock
from chassis.http.conditional import etag_of
from chassis.http.paging import decode_cursor, encode_cursor
from chassis.http.problems import NOT_FOUND
from chassis.http.rate_limit import RateLimit
from chassis.ids import new_id
from chassis.refusals import Kind, Problem, Refusal
from contracts.fact import Translated
from tests.support.people import StagedClock


def test_ids_are_version_7_and_sort_by_time() -> None:
    first = new_id()
    began = time.time_ns() // 1_000_000
    while time.time_ns() // 1_000_000 <= began:
        pass
    second = new_id()

    assert (first.version, first.variant) == (7, "specified in RFC 4122")
    assert first < second
    assert abs((second.int >> 80) - time.time() * 1000) < 60_000


def test_ids_differ() -> None:
    assert len({new_id() for _ in range(10_000)}) == 10_000


def test_the_clock_moves_for_all_who_share_the_file(tmp_path: Path) -> None:
    file = tmp_path / "offset"
    mine, yours = MovableClock(file), MovableClock(file)
    before = mine.now()

    assert move_clock(file, timedelta(days=7)) == timedelta(days=7)
    assert move_clock(file, timedelta(hours=1)) == timedelta(days=7, hours=1)

    for clock in (mine, yours):
        assert (
            timedelta() <= clock.now() - before - timedelta(days=7, hours=1) < timedelta(minutes=1)
        )
    assert RealClock().now() - before < timedelta(minutes=1)


def test_time_does_not_move_back(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="forward only"):
        move_clock(tmp_path / "offset", timedelta(seconds=-1))


async def test_asks_that_come_while_a_batch_is_decided_are_decided_together() -> None:
    batches: list[list[int]] = []
    first_began, go_on = asyncio.Event(), asyncio.Event()

    async def decide(asks: Sequence[int]) -> list[int | Refusal]:
        batches.append(list(asks))
        first_began.set()
        await go_on.wait()
        return [NOT_FOUND() if ask == 3 else ask * 10 for ask in asks]

    batcher = Batcher(decide, lanes=1)
    asking = [asyncio.create_task(batcher.ask("k", 0))]
    await first_began.wait()
    asking += [asyncio.create_task(batcher.ask("k", number)) for number in range(1, 5)]
    await asyncio.tasks.sleep(0)
    go_on.set()
    answers = await asyncio.gather(*asking, return_exceptions=True)

    assert batches == [[0], [1, 2, 3, 4]]
    assert [answer for answer in answers if not isinstance(answer, Exception)] == [0, 10, 20, 40]
    assert isinstance(answers[3], Refusal)


async def test_a_batch_that_fails_tells_all_of_it_and_the_next_goes_on() -> None:
    fail = True

    async def decide(asks: Sequence[int]) -> list[int | Refusal]:
        if fail:
            raise ConnectionError
        return list(asks)

    batcher = Batcher(decide, lanes=1)
    failed = await asyncio.gather(*(batcher.ask("k", n) for n in (1, 2)), return_exceptions=True)
    fail = False

    assert [type(each) for each in failed] == [ConnectionError, ConnectionError]
    assert await batcher.ask("k", 3) == 3


async def test_too_many_that_wait_are_told_to_come_back() -> None:
    stuck = asyncio.Event()

    async def decide(asks: Sequence[int]) -> list[int | Refusal]:
        await stuck.wait()
        return list(asks)

    batcher = Batcher(decide, lanes=1, most_waiting=2)
    waiting = [asyncio.create_task(batcher.ask("k", n)) for n in range(3)]
    await asyncio.tasks.sleep(0)
    await asyncio.tasks.sleep(0)
    # One batch is being decided; two more may wait.
    waiting += [asyncio.create_task(batcher.ask("k", n)) for n in range(3, 6)]
    await asyncio.tasks.sleep(0)
    stuck.set()
    answers = await asyncio.gather(*waiting, return_exceptions=True)

    refused = [each for each in answers if isinstance(each, Refusal)]
    assert refused
    assert all(each.retry_after_s == 2 for each in refused)


def test_a_burst_is_allowed_and_then_one_waits() -> None:
    clock = StagedClock()
    limit = RateLimit(per_minute=6, burst=3, clock=clock)
    for _ in range(3):
        limit.take("ada")

    with pytest.raises(Refusal) as refused:
        limit.take("ada")
    limit.take("bob")
    clock.move(seconds=10)
    limit.take("ada")

    assert refused.value.retry_after_s == 10
    with pytest.raises(Refusal):
        limit.take("ada")


def test_a_tag_is_strong_and_follows_the_content() -> None:
    assert etag_of({"a": 1, "b": 2}) == etag_of({"b": 2, "a": 1})
    assert etag_of({"a": 1}) != etag_of({"a": 2})
    assert etag_of({}).startswith('"')


@given(st.integers(), st.uuids())
def test_a_cursor_comes_back_as_it_went(number: int, identifier: UUID) -> None:
    number %= 2**63
    assert decode_cursor(encode_cursor((number, identifier)), tuple[int, UUID]) == (
        number,
        identifier,
    )


@pytest.mark.parametrize("cursor", ["", "x", "%%%", "bnVsbA", "WzFd"])
def test_a_cursor_of_somebody_elses_making_is_refused(cursor: str) -> None:
    with pytest.raises(Refusal) as refused:
        decode_cursor(cursor, tuple[int, UUID])

    assert refused.value.errors[0]["parameter"] == "cursor"


def test_one_problem_code_means_one_thing_in_all_services() -> None:
    same = Translated(nl="Anders", en="Something else")

    with pytest.raises(ValueError, match="'not-found' is taken: This does not exist"):
        Problem("not-found", Kind.CONFLICT, title=same, detail=same)

    assert Problem.every["not-found"] is NOT_FOUND
