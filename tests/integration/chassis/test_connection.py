"""A broker that is there and yet is not: it ends the connection while it greets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pamqp.frame
import pytest
from aiormq.connection import FrameReceiver
from pamqp import commands

from chassis.bus.connection import BROKER_TROUBLE, Broker

_GREETING = pamqp.frame.marshal(commands.Connection.Start(server_properties={}), 0)


@asynccontextmanager
async def hanging_up_after(answers: list[bytes]) -> AsyncIterator[str]:
    """A server that says this much, one answer for each thing that it hears, and ends."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            await reader.read(1000)
            writer.write(answer)
        await reader.read(1000)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"amqp://guest:guest@127.0.0.1:{server.sockets[0].getsockname()[1]}/"


@pytest.mark.parametrize(
    "answers", [[], [_GREETING], [_GREETING[:20]]], ids=["nothing", "a frame", "half a frame"]
)
async def test_a_broker_that_hangs_up_while_it_greets_is_away(answers: list[bytes]) -> None:
    async with hanging_up_after(answers) as url:
        with pytest.raises(BROKER_TROUBLE):
            async with Broker(url).connect():
                pass
        assert not await Broker(url).answers()


async def test_a_broker_that_ends_between_two_frames_of_its_greeting_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """When the end has come before aiormq looks for the next frame, it says so in a way of its own."""

    async def get_frame(self: FrameReceiver) -> None:
        raise StopAsyncIteration

    monkeypatch.setattr(FrameReceiver, "get_frame", get_frame)
    async with hanging_up_after([_GREETING]) as url:
        assert not await Broker(url).answers()
