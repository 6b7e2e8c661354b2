"""The main story, killed right before and right after everything that leaves a process for good.

First the story is told and every point that it passes is written down; then it is told again for
every point, and a process ends there. Only that process starts anew; servers and the others stay.
"""

import asyncio
import os
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from chassis.clock import MovableClock, move_clock
from deploy import services
from deploy.demo.office import publish_offering
from deploy.demo.people import Person as Colleague
from deploy.demo.people import demo_people
from deploy.local.system import System
from tests.chaos import books, reading
from tests.chaos.books import Accepted, Wrong
from tests.chaos.crashing import FOLDER, PROCESS, plan_file, write_plan
from tests.chaos.people import Client, Person, Registry
from tests.chaos.tap import Tap
from tests.support.running import eventually

_PEOPLE = 400
_PATIENCE_S = 60.0
_WITHOUT_HELP_S = 1.0
"""So long a step may take by itself; then time passes, until whoever was killed has lost the lease."""
_LEASE = timedelta(minutes=3, seconds=1)
_REFUNDED_AFTER = timedelta(seconds=4)
_TOLD = {
    "confirmed": {"confirmation"},
    "withdrawn": {"confirmation", "withdrawal_receipt"},
    "refunded": {"confirmation", "withdrawal_receipt", "withdrawal_decision", "refund"},
}


@dataclass(frozen=True, order=True)
class Point:
    """Where a process ends: the nth time that it passes there in one story."""

    process: str
    name: str
    nth: int

    def __str__(self) -> str:
        return f"{self.process}: {self.name} #{self.nth}"


@dataclass
class Round:
    """One story with its crashes, and what came of it."""

    points: Sequence[Point]
    reached: list[Point]
    wrong: list[Wrong]
    took_s: float


@dataclass
class Crashes:
    """The running system whose processes can be told where to end."""

    system: System
    folder: Path
    tap: Tap = field(init=False)
    client: Client = field(init=False)
    accepted: list[Accepted] = field(default_factory=list)
    _people: list[Person] = field(default_factory=list)
    _office: Person = field(init=False)
    _offering: dict[str, Any] = field(init=False)

    async def prepare(self, http: httpx.AsyncClient) -> None:
        """People and a course, and one story to warm up everything that is made at first use."""
        self.client = Client(self.system, http)
        registry = Registry(self.system, MovableClock(self.system.clock_file))
        await registry.prepare()
        self._people = await registry.register(_PEOPLE)
        self._office = await registry.staff("office")
        told = demo_people()["office"]
        office = Colleague(self.system.addresses, told["mail_address"], told["password"], http)
        self._offering = await publish_offering(
            office,
            starts_at=MovableClock(self.system.clock_file).now() + timedelta(days=300),
            capacity=_PEOPLE,
        )
        await self.story()

    async def find_points(self) -> list[Point]:
        """Tell the story twice without a crash, and return what it passes by both times, in order."""
        first, again = await self._passed(), set(await self._passed())
        return [point for point in first if point in again]

    async def _passed(self) -> list[Point]:
        for file in self.folder.glob("*.passed"):
            os.truncate(file, 0)
        await self.story()
        points = []
        for file in sorted(self.folder.glob("*.passed")):
            passed: Counter[str] = Counter()
            for name in file.read_text().splitlines():
                passed[name] += 1
                points.append(Point(file.stem, name, passed[name]))
        return points

    async def crash_at(self, points: Sequence[Point]) -> Round:
        """Tell the story with a crash at each of these points; then check the books."""
        began = time.monotonic()
        plans: dict[str, list[str]] = defaultdict(list)
        for point in points:
            plans[point.process].append(f"{point.name} #{point.nth}")
        for process, plan in plans.items():
            write_plan(plan_file(self.folder, process), plan)
        wrong: list[Wrong] = []
        try:
            await self.story()
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to these points.
            wrong = [Wrong("story", f"{type(error).__name__}: {error}")]
        left = set()
        for process in plans:
            file = plan_file(self.folder, process)
            left |= {(process, each) for each in file.read_text().splitlines()}
            file.unlink()
        reached = [
            point for point in points if (point.process, f"{point.name} #{point.nth}") not in left
        ]
        found = await reading.read_everything(
            self.system, self.tap, self.accepted, with_stream=False
        )
        wrong += books.check(found)
        wrong += [Wrong("answers", "500", (each,)) for each in self.client.asked.broken]
        return Round(points, reached, wrong, time.monotonic() - began)

    async def story(self) -> None:
        """Enrol, pay, be confirmed, leave, get the money back; step by step, each told by mail."""
        person, offering = self._people.pop(), self._offering
        body = {
            "offering_id": offering["offering_id"],
            "accepted_policy_version": offering["conditions"]["policy_version"],
            "accepted_terms_version": offering["conditions"]["terms_version"],
        }
        asked = await self._post(person, "enrolment", "/v1/enrolments", body)
        enrolment_id = asked["enrolment_id"]
        self.accepted.append(
            Accepted(
                UUID(enrolment_id), person.account_id, UUID(offering["offering_id"]), "withdrawn"
            )
        )
        order = await self._order(person, enrolment_id)
        checkout_url = await self._start_to_pay(person, order["order_id"])
        await self.client.choose(checkout_url, "paid")
        await self._told(person, "confirmed")
        path = f"/v1/enrolments/{enrolment_id}/withdrawal"
        withdrawal = await self._post(person, "enrolment", path, {"reason": "ill"})
        await self._told(person, "withdrawn")
        path = f"/v1/withdrawals/{withdrawal['withdrawal_id']}/review"
        await self._post(self._office, "enrolment", path, {"ground": "policy"})
        await self._told(person, "refunded")
        move_clock(self.system.clock_file, _REFUNDED_AFTER)  # The provider's own time.
        await self._until(self._is_quiet, "quiet")

    async def _post(self, who: Person, service: str, path: str, body: Any) -> dict[str, Any]:
        answer = await self.client.post(who, service, path, body)
        if not answer.is_success:
            raise AssertionError(answer.text)
        return dict(answer.json())

    async def _order(self, person: Person, enrolment_id: str) -> dict[str, Any]:
        path = f"/v1/orders?enrolment_id={enrolment_id}"

        async def find() -> dict[str, Any] | None:
            page = await self.client.get(person, "payment", path, Prefer="wait=1")
            return dict(page["items"][0]) if page["items"] else None

        found: dict[str, Any] = await self._until(find, "an order")
        return found

    async def _start_to_pay(self, person: Person, order_id: str) -> str:
        body = {"method": "ideal", "redirect_url": f"{self.system.addresses.portal}/x"}
        path = f"/v1/orders/{order_id}/payments"
        answer = await self._post(person, "payment", path, body)
        return str(answer["checkout_url"])

    async def _told(self, person: Person, what: str) -> None:
        """Wait until the mails have gone out that tell of it."""

        async def all_sent() -> bool:
            return await reading.purposes_sent(self.system, person.account_id) >= _TOLD[what]

        await self._until(all_sent, f"mails of {what}")

    async def _is_quiet(self) -> bool:
        return not await reading.noise(self.system, self.tap)

    async def _until(self, ask: Callable[[], Awaitable[Any]], what: str) -> Any:
        """Ask until there is an answer; after a while leases are let run out."""
        helped_at = time.monotonic()

        async def help_and_ask() -> Any:
            nonlocal helped_at
            if (now := time.monotonic()) > helped_at + _WITHOUT_HELP_S:
                helped_at = now
                move_clock(self.system.clock_file, _LEASE)
            return await ask()

        try:
            return await eventually(help_and_ask, patience_s=_PATIENCE_S, poll_s=0.05)
        except TimeoutError as error:
            left = await reading.noise(self.system, self.tap)
            raise AssertionError(f"never came: {what}; still going on: {left}") from error


def once_each(points: Iterable[Point]) -> list[Point]:
    """Of points with one name the first."""
    return [point for point in points if point.nth == 1]


def side_by_side(points: Iterable[Point], rounds: int) -> list[list[Point]]:
    """Spread points over so many stories: a process crashes several times in one, far from each other."""
    of_process: dict[str, list[Point]] = defaultdict(list)
    for point in points:
        of_process[point.process].append(point)
    spread: list[list[Point]] = [[] for _ in range(rounds)]
    for own in of_process.values():
        for number, point in enumerate(own):
            spread[number % rounds].append(point)
    return [together for together in spread if together]


@asynccontextmanager
async def crashing_system(folder: Path, say: Callable[[str], None]) -> AsyncIterator[Crashes]:
    """The whole system, started by the launcher that ends processes."""
    points = folder / "points"
    points.mkdir(parents=True)
    system = System(folder, apart=services.NAMES, through=("-m", "tests.chaos.crashing"), say=say)
    crashes = Crashes(system, points)
    async with AsyncExitStack() as stack:
        one_by_one = asyncio.Lock()

        async def told_where(process: str, settings: dict[str, str]) -> dict[str, str]:
            async with one_by_one:
                if not hasattr(crashes, "tap"):  # Before the first process tells anything.
                    crashes.tap = await stack.enter_async_context(Tap.open(system.amqp_url))
            return settings | {FOLDER: str(points), PROCESS: process}

        system.adjust = told_where
        stack.push_async_callback(system.stop)
        await system.start()
        http = await stack.enter_async_context(httpx.AsyncClient())
        await crashes.prepare(http)
        yield crashes
