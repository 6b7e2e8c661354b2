"""The system under chaos: every process and every connection of it can be made to fail."""

import asyncio
import dataclasses
import random
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import aio_pika
import httpx
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from chassis.bus.connection import BROKER_TROUBLE, Broker
from chassis.clock import move_clock
from deploy import services
from deploy.local import postgres, rabbitmq
from deploy.local.ports import free_block
from deploy.local.processes import Child, wait_until
from deploy.local.system import WORKER, System, has_everything
from tests.chaos.books import Accepted
from tests.chaos.reading import LISTENS
from tests.chaos.schedule import OF_LINES, OF_PROVIDER, Fault, Kind
from tests.chaos.tap import Tap
from tests.support.faults import Line, crash, freeze, thaw, through

HOLD_ENDS = timedelta(minutes=31)
"""So far time jumps: whoever has not paid by then has lost the place, and every lease is over."""
_PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Everything here speaks plain HTTP; without the world's certificates a client is made at once."""
_MISBEHAVIOUR: dict[Kind, dict[str, int | bool]] = {
    "lose_webhooks": {"lose_webhooks": True},
    "repeat_webhooks": {"repeat_webhooks": 4},
    "provider_down": {"down": True},
    "lose_answers": {"forget_answers": True},
}
_LATENCY_S = 0.15
_BYTES_PER_S = 40_000.0
_SHUFFLED = 200
_LAST_WORDS = 20
"""Lines of a log that show why a process has ended."""
_REPEATED = 50


@dataclass
class World:
    """The running system, its lines, and what goes wrong with both."""

    system: System
    chance: random.Random
    say: Callable[[str], None]
    lines: dict[str, Line] = field(default_factory=dict)
    ends: AsyncExitStack = field(default_factory=AsyncExitStack)
    """What has to be ended with it."""
    tap: Tap = field(init=False)
    accepted: list[Accepted] = field(default_factory=list)
    """Who was told yes, in all runs."""
    happened: list[str] = field(default_factory=list)
    ended_by_themselves: list[str] = field(default_factory=list)
    _down: set[str] = field(default_factory=set)
    """Processes that we have taken down, or are taking down or up."""
    _hearing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _behind: int = field(default_factory=free_block)
    """Where edges listen behind their switches, and whoever replaces somebody."""
    _spare_of: dict[str, tuple[int, int]] = field(default_factory=dict)
    _turns: dict[str, asyncio.Lock] = field(default_factory=dict)
    _control: dict[str, int | bool] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def process(self, name: str) -> Child:
        """A service's, a stand-in's or a server's."""
        return self.system.children.get(name) or self.system.servers[name]

    async def wire(self, process: str, settings: dict[str, str]) -> dict[str, str]:
        """Lead every connection of a process through a line of its own; before the first starts, listen."""
        async with self._hearing:
            if not hasattr(self, "tap"):
                self.tap = await self.ends.enter_async_context(Tap.open(self.system.amqp_url))
        lead = settings | {
            "DATABASE_URL": await self._line(f"{process} → postgres", settings["DATABASE_URL"])
        }
        if process.endswith(WORKER):
            urls = settings["AMQP_URL"].split(",")
            lead["AMQP_URL"] = ",".join(
                [
                    await self._line(f"{process} → rabbitmq{f'-{n}' if n > 1 else ''}", url)
                    for n, url in enumerate(urls, 1)
                ]
            )
        else:
            lead["HTTP_PORT"] = str(await self._front(process, int(settings["HTTP_PORT"])))
        if "PROVIDER_URL" in settings:
            lead["PROVIDER_URL"] = await self._line(f"{process} → mollie", settings["PROVIDER_URL"])
        if "SMTP_PORT" in settings:
            url = f"smtp://127.0.0.1:{settings['SMTP_PORT']}"
            led = await self._line(f"{process} → mail_catcher", url)
            lead["SMTP_PORT"] = str(urlsplit(led).port)
        return lead

    async def _line(self, name: str, url: str) -> str:
        parts = urlsplit(url)
        line = self.lines[name] = Line(parts.hostname or "127.0.0.1", parts.port or 0)
        await line.mend()
        return through(url, line)

    async def _front(self, service: str, public_port: int) -> int:
        """People reach the edge through a switch; the edge itself listens behind it."""
        own_port = self._behind + services.NAMES.index(service)
        line = self.lines[f"people → {service}"] = Line("127.0.0.1", own_port, own_port=public_port)
        await line.mend()
        return own_port

    async def suffer(self, schedule: list[Fault]) -> None:
        """Let everything go wrong at its time; ends when the last of it is over."""
        async with asyncio.TaskGroup() as faults:
            for fault in schedule:
                faults.create_task(self._suffer(fault))

    async def _suffer(self, fault: Fault) -> None:
        await asyncio.sleep(max(0.0, self.began + fault.at_s - time.monotonic()))
        turn = self._turns.setdefault(fault.target, asyncio.Lock())
        async with turn:
            self.note(fault.what)
            await self._do(fault)

    def begin(self) -> None:
        """The schedule's time begins."""
        self.began = time.monotonic()

    def note(self, what: str) -> None:
        """Write down what happened, and when."""
        self.happened.append(f"{time.monotonic() - self.began:7.1f} s  {what}")
        self.say(self.happened[-1])

    async def _do(self, fault: Fault) -> None:
        lasts_s = fault.lasts_s
        if fault.kind in OF_LINES:
            await self._trouble_line(self.lines[fault.target], fault)
            return
        if fault.kind in OF_PROVIDER:
            await self._misbehave(lasts_s, **_MISBEHAVIOUR[fault.kind])
            return
        match fault.kind:
            case "kill":
                await self.kill(fault.target, lasts_s)
            case "freeze":
                await self.freeze(fault.target, lasts_s)
            case "restart":
                await self.restart(fault.target, lasts_s)
            case "redeliver":
                await self._redeliver(fault.target)
            case "reorder":
                await self._reorder(fault.target, lasts_s)
            case _:
                move_clock(self.system.clock_file, HOLD_ENDS)

    # Processes.

    async def kill(self, name: str, away_s: float = 0.0) -> None:
        """SIGKILL, and a new start."""
        async with self._taking_down(name):
            await crash(self.process(name))
            await asyncio.sleep(away_s)
            await self.start(name)

    async def freeze(self, name: str, lasts_s: float) -> None:
        """SIGSTOP, and SIGCONT."""
        async with self._taking_down(name):
            freeze(self.process(name))
            try:
                await asyncio.sleep(lasts_s)
            finally:
                thaw(self.process(name))

    async def restart(self, name: str, away_s: float = 0.0) -> None:
        """As an operator does it."""
        async with self._taking_down(name):
            await self.process(name).stop()
            await asyncio.sleep(away_s)
            await self.start(name)

    async def replace(self, name: str) -> None:
        """As operators do it without a gap: start the new one, let people find it, then ask the old one to go."""
        old = self.process(name)
        environment = dict(old.environment or {})
        environment["HTTP_PORT"] = str(self._other_port(name, int(environment["HTTP_PORT"])))
        new = dataclasses.replace(old, environment=environment)
        new.start()
        url = f"http://127.0.0.1:{environment['HTTP_PORT']}"
        await wait_until(lambda: has_everything(url), name, new)
        if not name.endswith(WORKER):
            self.lines[f"people → {name}"].to_port = int(environment["HTTP_PORT"])
        self.system.children[name] = new
        await old.stop()
        self.note(f"replaced {name}")

    def _other_port(self, name: str, port: int) -> int:
        """Two in turn, so that old and new can overlap."""
        spare = self._behind + 20 + list(self.system.children).index(name)
        first = self._spare_of.setdefault(name, (port, spare))
        return first[1] if port == first[0] else first[0]

    async def start(self, name: str) -> None:
        """Start what was ended, and wait until it is there. What it needs may be away itself."""
        child = self.process(name)
        child.start()
        if name == "postgres":
            await wait_until(lambda: postgres.lets_in(self.system.postgres_url), name, child)
        elif name.startswith("rabbitmq"):
            number = int(name.partition("-")[2] or 1)
            url = self.system.amqp_url.split(",")[number - 1].rstrip("/")
            await wait_until(lambda: rabbitmq.lets_in(url), name, child, timeout_s=120)
        else:
            url = self._health_of(name)
            await wait_until(lambda: _lives(url), name, child)
        if name == "mollie":
            await self._take_control()

    def _health_of(self, name: str) -> str:
        at = self.system.addresses
        if name in {"mollie", "mail_catcher"}:
            return at.provider if name == "mollie" else at.mails
        environment = self.process(name).environment or {}
        return f"http://127.0.0.1:{environment['HTTP_PORT']}"

    @asynccontextmanager
    async def _taking_down(self, name: str) -> AsyncIterator[None]:
        self._down.add(name)
        try:
            yield
        finally:
            self._down.discard(name)

    async def watch(self) -> None:
        """Notice processes that end by themselves: nobody restarts anything here, so that would be for good."""
        while True:
            everything = {**self.system.children, **self.system.servers}
            for name, child in everything.items():
                if not child.alive and name not in self._down:
                    last = "\n".join(child.log.read_text().splitlines()[-_LAST_WORDS:])
                    self.ended_by_themselves.append(f"{name} said at last:\n{last}")
                    self.note(f"{name} has ended by itself")
                    async with self._taking_down(name):
                        await self.start(name)
            await asyncio.sleep(0.5)

    # Lines.

    async def _trouble_line(self, line: Line, fault: Fault) -> None:
        match fault.kind:
            case "cut":
                await line.cut()
            case "reset":
                line.reset()
                return
            case "slow":
                line.slow(latency_s=_LATENCY_S)
            case "narrow":
                line.slow(bytes_per_s=_BYTES_PER_S)
            case _:
                line.silence()
        await asyncio.sleep(fault.lasts_s)
        await line.mend()

    # The provider.

    async def _misbehave(self, lasts_s: float, **how: int | bool) -> None:
        self._control |= how
        await self._take_control()
        await asyncio.sleep(lasts_s)
        for name in how:
            self._control.pop(name, None)
        await self._take_control()

    async def _take_control(self) -> None:
        async with httpx.AsyncClient(timeout=5, verify=_PLAIN) as http:
            while True:
                try:
                    await http.post(
                        f"{self.system.addresses.provider}/_control", json=self._control
                    )
                except httpx.TransportError:
                    await asyncio.sleep(0.2)
                else:
                    return

    # Messages.

    async def _redeliver(self, queue: str) -> None:
        """Deliver again, in any order, what was delivered long ago."""
        known = [each for each in self.tap.facts.values() if each.topic in LISTENS[queue]]
        again = self.chance.sample(known, min(_REPEATED, len(known)))

        async def deliver(channel: AbstractChannel) -> None:
            for envelope in again:
                body = self.tap.bodies[envelope.event_id]
                await _put(channel, queue, body, str(envelope.event_id), envelope.topic)

        await self._at_the_broker(deliver)

    async def _reorder(self, queue: str, gathering_s: float) -> None:
        """Take a worker down, let its queue fill, and shuffle what waits there."""
        worker = queue.partition(".")[0] + WORKER
        turn = self._turns.setdefault(worker, asyncio.Lock())
        async with turn, self._taking_down(worker):
            await crash(self.process(worker))
            await asyncio.sleep(gathering_s)

            async def shuffle(channel: AbstractChannel) -> None:
                waiting = await channel.get_queue(queue)
                taken: list[AbstractIncomingMessage] = []
                while len(taken) < _SHUFFLED and (found := await waiting.get(fail=False)):
                    taken.append(found)
                self.chance.shuffle(taken)
                for each in taken:
                    await _put(channel, queue, each.body, each.message_id or "", each.type or "")
                    await each.ack()

            await self._at_the_broker(shuffle)
            await self.start(worker)

    async def _at_the_broker(self, act: Callable[[AbstractChannel], Awaitable[None]]) -> None:
        """Do something over a connection of our own; again where the broker fails: it may be done twice."""
        for _ in range(20):
            try:
                async with (
                    asyncio.timeout(30),
                    Broker(self.system.amqp_url).connect() as connection,
                ):
                    await act(await connection.channel(publisher_confirms=True))
            except BROKER_TROUBLE:
                await asyncio.sleep(1)
            else:
                return


async def _put(
    channel: AbstractChannel, queue: str, body: bytes, event_id: str, topic: str
) -> None:
    message = aio_pika.Message(
        body,
        message_id=event_id,
        type=topic,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )
    async with asyncio.timeout(10):
        await channel.default_exchange.publish(message, queue)


async def _lives(url: str) -> bool:
    try:
        async with httpx.AsyncClient(timeout=2, verify=_PLAIN) as http:
            return (await http.get(f"{url}/health/live")).is_success
    except httpx.HTTPError:
        return False


@asynccontextmanager
async def running_world(
    folder: Path, *, seed: int, broker_nodes: int, say: Callable[[str], None]
) -> AsyncIterator[World]:
    """Start everything, and end all of it, however this ends."""
    system = System(folder, apart=services.NAMES, broker_nodes=broker_nodes, say=say)
    world = World(system, random.Random(seed), say)  # noqa: S311 - repeatable, not secret.
    system.adjust = world.wire
    async with world.ends as ends:
        ends.push_async_callback(_stop, world)
        await system.start()
        yield world


async def _stop(world: World) -> None:
    for name in {*world.system.children, *world.system.servers}:
        if world.process(name).alive:
            thaw(world.process(name))
    for line in world.lines.values():
        await line.mend()
    await world.system.stop()
    for line in world.lines.values():
        await line.cut()
