"""A broker that is there and yet is not: it ends the connection while it greets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pamqp.frame
import pytest
from faststream.rabbit import RabbitBroker
from pamqp import commands

from chassis.bus.connection import BROKER_TROUBLE, Broker
from chassis.worker import Worker
from tests.integration.chassis.test_bus import effects, failed
from tests.support.running import Running, eventually

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


async def test_a_greeting_that_ends_between_two_frames_ends_no_worker(
    idle_trial: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the end has come before aiormq looks for the next frame, it says so in a way of its own."""
    begin, begun = RabbitBroker.start, 0

    async def start(self: RabbitBroker) -> None:
        nonlocal begun
        begun += 1
        if begun == 1:
            raise StopAsyncIteration
        await begin(self)

    monkeypatch.setattr(RabbitBroker, "start", start)
    stop = asyncio.Event()
    working = asyncio.create_task(Worker(idle_trial.service, idle_trial.parts).run(stop))
    await idle_trial.deliver(failed("told"))

    await eventually(lambda: effects(idle_trial), lambda seen: "told" in seen)

    stop.set()
    await working
    assert begun == 2
