"""Child processes that never outlive us: not after Ctrl-C, not after kill -9.

A guard, one small process beside us, knows them all and holds the other end of a pipe. When we
are gone, however we went, the pipe ends and the guard ends them. (The kernel's parent-death
signal does not do: RabbitMQ's start script forgets it in its first second, and only Linux has it.)
"""

import asyncio
import contextlib
import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_KILL_AFTER_S = 15.0


class StartError(Exception):
    """Something did not come up; says what and where its log is."""


@dataclass
class Child:
    """One program that runs for us."""

    name: str
    arguments: Sequence[str | Path]
    log: Path
    environment: Mapping[str, str] | None = None
    """Instead of ours, if given."""
    folder: Path = Path("/")
    stop_signal: signal.Signals = signal.SIGTERM
    user: int | None = None
    group: int | None = None
    process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def start(self) -> None:
        """Start it, in a session of its own: a Ctrl-C at the terminal is for us alone."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(each) for each in self.arguments],
                env=dict(self.environment) if self.environment is not None else None,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self.user,
                group=self.group,
                extra_groups=[] if self.user is not None else None,
            )
        guard().watch(self.process.pid, self.stop_signal)

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        if self.process is None:
            raise StartError(f"{self.name} was not started.")
        return self.process.pid

    def require_alive(self) -> None:
        """Raise if it has ended by itself, with the end of its log."""
        if self.process is not None and self.process.poll() is not None:
            lines = (
                self.log.read_text(errors="replace").splitlines()[-5:] if self.log.exists() else []
            )
            raise StartError(
                f"{self.name} ended with {self.process.returncode}. See {self.log}:\n"
                + "\n".join(lines)
            )

    async def stop(self) -> None:
        """Ask it to stop, and make it after a while."""
        if self.process is None:
            return
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(self.stop_signal)
        try:
            await asyncio.wait_for(asyncio.to_thread(self.process.wait), _KILL_AFTER_S)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            await asyncio.to_thread(self.process.wait)
        guard().forget(self.process.pid)


async def wait_until(
    holds: Callable[[], Awaitable[bool]], what: str, *children: Child, timeout_s: float = 60
) -> None:
    """Wait for the thing itself.

    Raises:
        StartError: a child ended, or it took too long.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        for child in children:
            child.require_alive()
        if await holds():
            return
        if time.monotonic() > deadline:
            logs = ", ".join(str(child.log) for child in children)
            raise StartError(f"{what} did not come up within {timeout_s:.0f} s. See {logs}")
        await asyncio.sleep(0.03)


class Guard:
    """The process that ends our children when we cannot."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-S", str(Path(__file__).with_name("guard.py"))],
            stdin=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )

    def watch(self, pid: int, stop_signal: signal.Signals) -> None:
        self._say(f"watch {pid} {int(stop_signal)}")

    def forget(self, pid: int) -> None:
        self._say(f"forget {pid} 0")

    def _say(self, line: str) -> None:
        if self._process.stdin is not None:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()


@functools.cache
def guard() -> Guard:
    """This process' guard, started with its first child."""
    return Guard()
