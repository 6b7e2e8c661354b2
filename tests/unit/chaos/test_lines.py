"""Lines that are cut, slow or silent: what they carry, and what they do not."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest

from tests.support.faults import Line
from tests.support.running import eventually

Say = Callable[[bytes], Coroutine[Any, Any, bytes]]


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    """A line to somebody who answers in capitals."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while heard := await reader.read(65536):
            writer.write(heard.upper())
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        line = Line("127.0.0.1", server.sockets[0].getsockname()[1])
        await line.mend()
        yield line
        await line.cut()


@pytest.fixture
async def say(line: Line) -> AsyncIterator[Say]:
    reader, writer = await asyncio.open_connection("127.0.0.1", line.port)

    async def say(words: bytes) -> bytes:
        writer.write(words)
        return await asyncio.wait_for(reader.read(65536), 10)

    yield say
    writer.close()


async def test_a_line_carries(say: Say) -> None:
    assert await say(b"hello") == b"HELLO"


async def test_a_slow_line_carries_later(line: Line, say: Say) -> None:
    line.slow(latency_s=0.1)
    began = time.monotonic()

    assert await say(b"hello") == b"HELLO"
    assert time.monotonic() - began >= 0.2  # There and back.


async def test_a_narrow_line_carries_a_little_at_a_time(line: Line, say: Say) -> None:
    line.slow(bytes_per_s=10_000)
    began = time.monotonic()

    assert await say(b"x" * 1000) == b"X" * 1000
    assert time.monotonic() - began >= 0.2


async def test_what_was_said_into_silence_arrives_when_it_is_over(line: Line, say: Say) -> None:
    async def held() -> bool:
        return line.held_bytes == len(b"hello")

    line.silence()
    answer = asyncio.create_task(say(b"hello"))
    await eventually(held)
    assert not answer.done()

    await line.mend()

    assert await answer == b"HELLO"


async def test_a_reset_ends_what_is_open_and_lets_new_ones_in(line: Line, say: Say) -> None:
    line.reset()

    assert await _silent(say)
    reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
    writer.write(b"again")
    assert await reader.read(100) == b"AGAIN"
    writer.close()


async def test_a_cut_line_refuses_until_it_is_mended_on_the_same_port(line: Line) -> None:
    port = line.port
    await line.cut()
    with pytest.raises(OSError, match=r"refused|Connect call failed"):
        await asyncio.open_connection("127.0.0.1", port)

    await line.mend()

    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()


async def _silent(say: Say) -> bool:
    """Whether the line has been hung up."""
    try:
        return await say(b"hello") == b""
    except OSError:
        return True
