"""A service that kills itself where it is told to: `python -m tests.chaos.crashing services.enrolment run`.

Wraps the places where something leaves the process for good: commits, publishes and their confirms,
acknowledgements, mails and calls of the provider. Each passing is a point with a name; all are
noted in one file, and where the other file names one, the process gets SIGKILL right there. The
process that was started stays: it forks the one that runs the service, and forks a new one when
that was killed, as whatever supervises processes would.
"""

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import aiormq
import aiosmtplib
import asyncpg.connection
import asyncpg.transaction
import httpx

from chassis.process import main as run_service

FOLDER = "CHAOS_POINTS"
PROCESS = "CHAOS_PROCESS"
"""Names of the environment variables that say where the two files are, and whose they are."""

_WRITES = re.compile(r"(?:INSERT INTO|DELETE FROM|(?<!FOR )(?<!DO )UPDATE)\s+(\w+)")
_ID = re.compile(r"[0-9a-f-]{36}|(?:tr|re)_\w+")
_SOON_S = 0.001
_DRAINED_S = 0.02


class Points:
    """Where this process has been, and where it ends."""

    def __init__(self, folder: Path, process: str) -> None:
        self._passed = passed_file(folder, process).open("a")
        self._plan = plan_file(folder, process)
        self._seen: Counter[str] = Counter()
        self._of_plan = 0

    def pass_by(self, point: str, kill: Callable[[], None] | None = None) -> None:
        """Note a point; end here if it is the one."""
        self._passed.write(point + "\n")
        self._passed.flush()
        try:
            made, plan = self._plan.stat().st_mtime_ns, self._plan.read_text().splitlines()
        except FileNotFoundError:
            return
        if made != self._of_plan:
            self._of_plan = made
            self._seen.clear()
        self._seen[point] += 1
        here = f"{point} #{self._seen[point]}"
        if here in plan:
            plan.remove(here)  # Once: who comes after us gets further.
            write_plan(self._plan, plan)
            (kill or _end)()


def write_plan(file: Path, points: Sequence[str]) -> None:
    """Say where a process ends: `commit inbox orders: before #1`, a line for each time that it does."""
    written = file.with_suffix(".new")
    written.write_text("".join(f"{point}\n" for point in points))
    written.replace(file)


def passed_file(folder: Path, process: str) -> Path:
    """The points that a process has passed, a line each."""
    return folder / f"{process}.passed"


def plan_file(folder: Path, process: str) -> Path:
    """The points where a process ends, as `write_plan` writes them."""
    return folder / f"{process}.plan"


def _end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def wrap_commits(points: Points) -> None:
    """Every transaction that has written something, and every statement that commits by itself."""
    connection, transaction = asyncpg.connection.Connection, asyncpg.transaction.Transaction
    commit = transaction._Transaction__commit  # type: ignore[attr-defined]  # noqa: SLF001 - the one place they all pass.
    run, run_many, plain = connection._execute, connection._executemany, connection.execute  # type: ignore[attr-defined]  # noqa: SLF001 - as above.
    written: dict[int, set[str]] = {}

    def note(self: Any, query: str) -> None:
        written.setdefault(id(self), set()).update(_WRITES.findall(query))

    async def noting(self: Any, query: str, *arguments: Any, **options: Any) -> Any:
        note(self, query)
        return await run(self, query, *arguments, **options)

    async def noting_many(self: Any, query: str, *arguments: Any, **options: Any) -> Any:
        note(self, query)
        return await run_many(self, query, *arguments, **options)

    async def executing(self: Any, query: str, *arguments: Any, **options: Any) -> Any:
        alone = self._top_xact is None and _WRITES.search(query)
        if not alone:
            return await plain(self, query, *arguments, **options)
        with _around(points, f"commit {_tables(set(_WRITES.findall(query)))}"):
            return await plain(self, query, *arguments, **options)

    async def committing(self: Any) -> None:
        tables = written.pop(id(self._connection), set())
        has_written = await self._connection.fetchval("SELECT pg_current_xact_id_if_assigned()")
        if has_written is None:
            await commit(self)
            return
        with _around(points, f"commit {_tables(tables)}"):
            await commit(self)

    connection._execute = noting  # type: ignore[attr-defined]  # noqa: SLF001 - as above.
    connection._executemany = noting_many  # type: ignore[attr-defined]  # noqa: SLF001 - as above.
    connection.execute = executing  # type: ignore[method-assign]
    transaction._Transaction__commit = committing  # type: ignore[attr-defined]  # noqa: SLF001 - as above.


def _tables(names: set[str]) -> str:
    return " ".join(sorted(names)) or "locks"


def wrap_publishes(points: Points) -> None:
    """Before a message goes out; right after; when the confirm has come; and when it was taken notice of."""
    channel = aiormq.Channel
    publish, hear = channel.basic_publish, channel._on_confirm_frame  # noqa: SLF001 - where confirms come in.
    names: dict[str, str] = {}

    async def publishing(self: Any, body: bytes, **options: Any) -> Any:
        name, message_id = options.get("routing_key", ""), options["properties"].message_id
        names[message_id] = name
        points.pass_by(f"publish {name}: before")
        loop = asyncio.get_running_loop()
        # The frames leave at the loop's next turns; a confirm takes longer than this.
        points.pass_by(f"publish {name}: after", lambda: _ignore(loop.call_later(_SOON_S, _end)))
        confirmed = await publish(self, body, **options)
        names.pop(message_id, None)
        points.pass_by(f"confirm {name}: after")
        return confirmed

    async def hearing(self: Any, frame: Any) -> None:
        for message_id, tag in list(self.message_id_delivery_tag.items()):
            is_meant = tag == frame.delivery_tag or (frame.multiple and tag < frame.delivery_tag)
            if is_meant and message_id in names:
                points.pass_by(f"confirm {names[message_id]}: before")
        await hear(self, frame)

    channel.basic_publish = publishing  # type: ignore[method-assign]
    channel._on_confirm_frame = hearing  # type: ignore[method-assign]  # noqa: SLF001 - as above.


def _ignore(_: object) -> None:
    """For what is only done for its effect."""


def wrap_acknowledgements(points: Points) -> None:
    """Before and after a message is acknowledged, by its queue."""
    channel = aiormq.Channel
    consume, acknowledge = channel.basic_consume, channel.basic_ack
    queues: dict[int, str] = {}

    async def consuming(self: Any, queue: str, *arguments: Any, **options: Any) -> Any:
        queues[id(self)] = queue
        return await consume(self, queue, *arguments, **options)

    async def acknowledging(self: Any, *arguments: Any, **options: Any) -> None:
        queue = queues.get(id(self), "?")
        points.pass_by(f"ack {queue}: before")
        await acknowledge(self, *arguments, **options)
        loop = asyncio.get_running_loop()
        points.pass_by(f"ack {queue}: after", lambda: _ignore(loop.call_later(_DRAINED_S, _end)))

    channel.basic_consume = consuming  # type: ignore[method-assign]
    channel.basic_ack = acknowledging  # type: ignore[method-assign]


def wrap_the_outside(points: Points) -> None:
    """Mails that are handed over, and what is asked of the provider."""
    data, request = aiosmtplib.SMTP.data, httpx.AsyncClient.request

    async def handing_over(self: Any, *arguments: Any, **options: Any) -> Any:
        with _around(points, "mail"):
            return await data(self, *arguments, **options)

    async def asking(self: Any, method: str, url: Any, **options: Any) -> httpx.Response:
        if method == "GET":
            return await request(self, method, url, **options)
        with _around(points, f"call {method} {_ID.sub('…', str(url))}"):
            return await request(self, method, url, **options)

    aiosmtplib.SMTP.data = handing_over  # type: ignore[method-assign]
    httpx.AsyncClient.request = asking  # type: ignore[method-assign]


@contextmanager
def _around(points: Points, name: str) -> Iterator[None]:
    points.pass_by(f"{name}: before")
    yield
    points.pass_by(f"{name}: after")


def supervise(run: Callable[[], None]) -> int:
    """Run in a child, and in another one whenever it was killed; what ends it for good ends us."""
    while True:
        child = os.fork()
        if not child:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            run()
            sys.exit(0)
        signal.signal(signal.SIGTERM, lambda *_, child=child: _pass_on(child))
        status = os.waitpid(child, 0)[1]
        if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
            return os.waitstatus_to_exitcode(status)


def _pass_on(child: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGTERM)


def main() -> None:
    """Wrap everything, then run the service that is named as it would run itself."""
    module, *arguments = sys.argv[1:]
    service = import_module(f"{module}.app").SERVICE

    def run() -> None:
        points = Points(Path(os.environ[FOLDER]), os.environ[PROCESS])
        for wrap in (wrap_commits, wrap_publishes, wrap_acknowledgements, wrap_the_outside):
            wrap(points)
        run_service(service, arguments)

    sys.exit(supervise(run))


if __name__ == "__main__":
    main()
