"""One run: a steady load of stories, a schedule of faults, quiet, and the books."""

import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from chassis.clock import MovableClock, move_clock
from deploy.demo.office import publish_offering
from deploy.demo.people import Person as Colleague
from deploy.demo.people import demo_people
from tests.chaos import books, reading
from tests.chaos.books import Books, Wrong
from tests.chaos.people import Client, Person, Registry
from tests.chaos.schedule import Fault
from tests.chaos.stories import Offering, Story, Told, kind_of
from tests.chaos.world import HOLD_ENDS, World, running_world

_QUIET_WITHIN_S = 240.0
_MOST_AT_ONCE = 400
_PEOPLE_AT_ONCE = 100
_STORIES_PER_OFFERING = 10
_CAPACITY = 7
_STARTS_IN = timedelta(days=120)
_A_DAY_AND_MORE = timedelta(hours=25)


@dataclass
class Plan:
    """What a run is."""

    seed: int
    stories: int
    rate: float
    """Stories that begin in a second."""
    schedule: list[Fault]
    broker_nodes: int = 1
    rolling: tuple[str, ...] = ()
    """Processes that are replaced one after the other, instead of a schedule; then nobody asks more than twice."""


@dataclass
class Result:
    """What came of it."""

    plan: Plan
    wrong: list[Wrong]
    told: Told
    answers: Counter[str]
    happened: list[str]
    figures: dict[str, Any] = field(default_factory=dict)

    def summary(self) -> dict[str, Any]:
        """For the file of results."""
        return {
            "what": "rolling" if self.plan.rolling else "run",
            "seed": self.plan.seed,
            "stories": sum(self.told.ends.values()),
            "broker_nodes": self.plan.broker_nodes,
            "faults": len(self.plan.schedule),
            "wrong": [str(each) for each in self.wrong],
            **self.figures,
        }

    def __str__(self) -> str:
        lines = [
            f"seed {self.plan.seed}: {self.plan.stories} stories at {self.plan.rate}/s, broker nodes: "
            + str(self.plan.broker_nodes),
            "what happened:",
            *(f"  {each}" for each in self.happened),
            "how stories ended:",
            *(f"  {count:6} {end}" for end, count in sorted(self.told.ends.items())),
            "answers: " + ", ".join(f"{n} × {what}" for what, n in self.answers.most_common()),
            "figures: " + ", ".join(f"{name} {value}" for name, value in self.figures.items()),
        ]
        if self.wrong:
            lines += ["WRONG:", *(f"  {str(each)[:2000]}" for each in self.wrong)]
        else:
            lines.append("The books balance.")
        return "\n".join(lines)


@asynccontextmanager
async def world_in(
    folder: Path | None, *, seed: int, broker_nodes: int, say: Callable[[str], None]
) -> AsyncIterator[World]:
    """A running system in a folder, or in one that is thrown away afterwards."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        async with running_world(folder, seed=seed, broker_nodes=broker_nodes, say=say) as world:
            yield world
        return
    with tempfile.TemporaryDirectory(prefix="course-portal-chaos-") as passing:
        Path(passing).chmod(0o755)
        async with running_world(
            Path(passing), seed=seed, broker_nodes=broker_nodes, say=say
        ) as world:
            yield world


async def run(plan: Plan, world: World) -> Result:
    """Live the stories while the schedule is suffered; then wait for quiet and check the books."""
    began = time.monotonic()
    load = Load(plan, world)
    async with httpx.AsyncClient(
        limits=httpx.Limits(max_connections=_MOST_AT_ONCE, max_keepalive_connections=100)
    ) as http:
        client = Client(
            world.system, http, clock=load.clock, most_tries=2 if plan.rolling else None
        )
        await load.prepare()
        world.begin()
        watching = asyncio.create_task(world.watch())
        trouble = _roll(world, plan.rolling) if plan.rolling else world.suffer(plan.schedule)
        suffering = asyncio.create_task(trouble)
        try:
            await load.live(client, suffering if plan.rolling else None)
            loaded_s = time.monotonic() - world.began
            await suffering
        finally:
            watching.cancel()
            suffering.cancel()
    world.note("every story is at its end; waiting for quiet")
    noisy = await time_passes_until_quiet(world)
    took_s = time.monotonic() - began
    found = await reading.read_everything(world.system, world.tap, load.told.accepted)
    wrong = [*noisy, *books.check(found), *_seen(world, load.told, client)]
    return Result(
        plan,
        wrong,
        load.told,
        client.asked.answers,
        world.happened,
        figures_of(found, world) | {"load_s": round(loaded_s), "took_s": round(took_s)},
    )


async def _roll(world: World, names: Sequence[str]) -> None:
    """Replace one process after the other."""
    for name in names:
        await world.replace(name)


def _seen(world: World, told: Told, client: Client) -> list[Wrong]:
    """What was seen on the way that nobody should see."""
    wrong = [Wrong("stories", each) for each in told.troubles]
    wrong += [Wrong("answers", "500", (each,)) for each in client.asked.broken]
    wrong += [Wrong("processes", each) for each in world.ended_by_themselves]
    if world.tap.changed:
        ids = tuple(map(str, world.tap.changed))
        wrong.append(Wrong("facts", "told again with another content", ids))
    return wrong


def figures_of(found: Books, world: World) -> dict[str, Any]:
    """How much there was of everything."""
    return {
        "enrolments": len(found.enrolments),
        "facts": len(found.facts),
        "facts_published_again": sum(world.tap.times.values()) - len(world.tap.times),
        "effects": sum(map(len, found.claims.values())),
        "captured": sum(each.status == "paid" for each in found.provider.payments.values()),
        "given_back": len(found.provider.refunds),
        "mails": sum(row["state"] == "sent" for row in found.mails),
        "mails_accepted_again": books.mails_accepted_again(found),
        "lost_by_the_stream": books.lost_by_the_stream(found),
    }


class Load:
    """Stories that begin at a steady rate, whatever happens."""

    def __init__(self, plan: Plan, world: World) -> None:
        self._plan = plan
        self._world = world
        self._chance = random.Random(plan.seed)  # noqa: S311 - repeatable, not secret.
        self.clock = MovableClock(world.system.clock_file)
        self._registry = Registry(world.system, self.clock)
        self._people: list[Person] = []
        self._offerings: list[Offering] = []
        self._office: Person
        self.told = Told(world.accepted)

    async def prepare(self) -> None:
        """Everything that stories need, before anything goes wrong."""
        await self._registry.prepare()
        self._office = await self._registry.staff("office", "finance")
        paid = -(-self._plan.stories // _STORIES_PER_OFFERING)
        async with httpx.AsyncClient(timeout=30) as http:
            told = demo_people()["office"]
            office = Colleague(
                self._world.system.addresses, told["mail_address"], told["password"], http
            )
            starts_at = self.clock.now() + _STARTS_IN
            await office.log_in()
            for batch in range(0, paid, 20):
                self._offerings += await asyncio.gather(
                    *(
                        publish_offering(office, starts_at=starts_at, capacity=_CAPACITY)
                        for _ in range(min(20, paid - batch))
                    )
                )
            self._free = await publish_offering(
                office,
                starts_at=starts_at,
                capacity=max(1, self._plan.stories // 20),
                fee_minor=0,
                student_fee_minor=None,
            )

    async def live(self, client: Client, during: "asyncio.Task[None] | None") -> None:
        """Begin one story after the other, at the rate, and end when all have ended.

        `during` something: begin no more when that is over.
        """
        room = asyncio.Semaphore(_MOST_AT_ONCE)

        async def live(story: Story) -> None:
            try:
                await story.live()
            finally:
                room.release()

        async with asyncio.TaskGroup() as tasks:
            for number in range(self._plan.stories):
                due = self._world.began + number / self._plan.rate
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                if during is not None and during.done():
                    break
                await room.acquire()
                tasks.create_task(live(await self._story(client, number)))

    async def _story(self, client: Client, number: int) -> Story:
        if not self._people:
            self._people = await self._registry.register(_PEOPLE_AT_ONCE)
        kind = kind_of(self._chance)
        offering = (
            self._free if kind == "free" else self._offerings[number // _STORIES_PER_OFFERING]
        )
        chance = random.Random(self._chance.getrandbits(64))  # noqa: S311 - repeatable.
        return Story(client, self._office, self._people.pop(), offering, kind, chance, self.told)


async def time_passes_until_quiet(world: World) -> list[Wrong]:
    """Let holds, offers and leases end, one after the other, and wait until nobody has anything left to do."""
    for jump in (HOLD_ENDS, _A_DAY_AND_MORE, _A_DAY_AND_MORE):
        move_clock(world.system.clock_file, jump)
        noisy = await reading.until_quiet(world.system, world.tap, within_s=_QUIET_WITHIN_S)
        if noisy:
            return noisy
    return []
