"""Load goes out when it is due, and waiting in line counts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import repeat

import pytest

from tests.load import client
from tests.load.client import Answer, Fleet, closing, request_bytes
from tests.load.loops import (
    Tally,
    all_at_once,
    as_fast_as_answered,
    at_a_rate,
    due_times,
)

HELLO = request_bytes("GET", "/hello", {"Authorization": "Bearer x"})
SLOW_S = 0.05


@asynccontextmanager
async def an_edge(
    *, status: int = 201, piece_arrived: asyncio.Semaphore | None = None
) -> AsyncIterator[str]:
    """A server that thinks for a twentieth of a second about every request.

    With `piece_arrived` it answers in pieces, the next one when that says so.
    """

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            while (await reader.readline()).strip():
                pass
            await asyncio.sleep(SLOW_S)
            for piece in (f"HTTP/1.1 {status} So\r\nContent-Len", "gth: 5\r\n\r\nhel", "lo"):
                writer.write(piece.encode())
                if piece_arrived is not None:
                    await piece_arrived.acquire()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def test_requests_are_due_at_an_even_rate() -> None:
    assert due_times(4, 1.0) == [0.0, 0.25, 0.5, 0.75]


async def test_an_answer_that_comes_in_pieces_is_put_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arrived = asyncio.Semaphore(0)
    receive = client._Connection.data_received  # noqa: SLF001 - only the connection knows what came in.

    def received(connection: client._Connection, data: bytes) -> None:
        receive(connection, data)
        arrived.release()

    monkeypatch.setattr(client._Connection, "data_received", received)  # noqa: SLF001 - as above.
    async with an_edge(piece_arrived=arrived) as url:
        with closing(await Fleet(url).open(1)) as fleet:
            answer = await fleet.call(HELLO)
    assert (answer.status, answer.body) == (201, b"hello")


async def test_waiting_for_a_connection_counts_as_waiting() -> None:
    async with an_edge() as url:
        with closing(await Fleet(url).open(1)) as fleet:
            tally = await all_at_once(fleet, [HELLO] * 4)
    assert tally.accepted == 4
    assert max(tally.latencies_s) >= 4 * SLOW_S
    assert min(tally.latencies_s) < 2 * SLOW_S


async def test_a_rate_beyond_what_the_edge_can_do_shows_in_latency() -> None:
    async with an_edge() as url:
        with closing(await Fleet(url).open(1)) as fleet:
            tally = await at_a_rate(fleet, repeat(HELLO), rate=100, seconds=0.1)
    assert len(tally.answers) == 10
    assert tally.latency_ms(99) >= 400


async def test_as_fast_as_answered_keeps_every_connection_busy() -> None:
    async with an_edge() as url:
        with closing(await Fleet(url).open(4)) as fleet:
            tally = await as_fast_as_answered(fleet, repeat(HELLO), 0.2)
    assert 8 <= tally.accepted <= 16
    assert tally.refused == {}


async def test_too_few_requests_are_not_taken_for_a_slow_edge() -> None:
    async with an_edge() as url:
        with (
            closing(await Fleet(url).open(2)) as fleet,
            pytest.raises(ValueError, match="not enough"),
        ):
            await as_fast_as_answered(fleet, iter([HELLO] * 3), 0.5)


async def test_what_is_not_accepted_is_counted_by_status() -> None:
    async with an_edge(status=503) as url:
        with closing(await Fleet(url).open(2)) as fleet:
            tally = await all_at_once(fleet, [HELLO] * 3)
    assert (tally.accepted, tally.refused) == (0, {503: 3})


async def test_a_connection_that_ends_is_no_answer() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with closing(await Fleet(url).open(1)) as fleet:
            tally = await all_at_once(fleet, [HELLO])
    assert tally.refused == {0: 1}


def test_only_what_was_accepted_in_time_counts_for_the_rate() -> None:
    tally = Tally(began=100.0)
    for number, (status, at) in enumerate([(201, 100.5), (201, 101.5), (409, 100.6), (201, 103.0)]):
        tally.note(number, 100.0, Answer(status, b"", 100.0, at))
    assert tally.accepted_per_s(2.0) == 1.0
