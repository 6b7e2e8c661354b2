"""What goes wrong between and with processes: lines that are cut, slow or silent; crashes and freezes."""

import asyncio
import contextlib
import os
import signal
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit, urlunsplit

from deploy.local.processes import Child, guard

_MOST_HELD_BYTES = 1_000_000


class Line:
    """One address, reached through us over TCP on loopback: it can be cut, reset, slow, narrow or silent."""

    def __init__(self, host: str, port: int, *, own_port: int = 0) -> None:
        self.host = host
        self.to_port = port
        """Where connections lead from now on. Changing it makes the line a switch."""
        self.port = own_port
        """Ours; given out by the system at the first `mend` where it is 0."""
        self.latency_s = 0.0
        self.bytes_per_s: float | None = None
        self.is_silent = False
        self._server: asyncio.Server | None = None
        self._carried: set[_End] = set()

    @property
    def is_plain(self) -> bool:
        """Whether whatever comes goes on at once."""
        return not (self.latency_s or self.bytes_per_s or self.is_silent)

    @property
    def held_bytes(self) -> int:
        """How much has come in and has not gone on yet."""
        return sum(end.held_bytes for end in self._carried)

    async def mend(self) -> None:
        """Accept connections (again), on the same port as before, and carry at full speed what was held up."""
        self.latency_s, self.bytes_per_s, self.is_silent = 0.0, None, False
        for end in list(self._carried):
            end.go_on()
        if self._server is None:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(lambda: _End(self), "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """End all connections and refuse new ones."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        self.reset()
        if server is not None:
            await server.wait_closed()

    def reset(self) -> None:
        """End all connections, in the middle of whatever they carry; new ones are welcome."""
        for end in list(self._carried):
            end.abort()

    def slow(self, *, latency_s: float = 0.0, bytes_per_s: float | None = None) -> None:
        """Carry everything so much later, or so little at a time."""
        self.latency_s, self.bytes_per_s = latency_s, bytes_per_s

    def silence(self) -> None:
        """Carry nothing and close nothing, as if packets were dropped; what was sent arrives after `mend`."""
        self.is_silent = True

    def note(self, end: "_End") -> None:
        self._carried.add(end)

    def forget(self, end: "_End") -> None:
        self._carried.discard(end)


class _End(asyncio.Protocol):
    """One end of a carried connection. Below streams: a line carries every query of a whole system."""

    def __init__(self, line: Line, other: "_End | None" = None) -> None:
        self._line = line
        self._other = other
        self._transport: asyncio.Transport | None = None
        self._held: deque[tuple[float, bytes]] = deque()
        """What came in here and has not gone on yet, with the time when it goes on."""
        self.held_bytes = 0
        self._is_paused = False
        self._over = False
        """Nothing more comes in here."""
        self._going_on: asyncio.TimerHandle | None = None
        self._connecting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name.
        self._line.note(self)
        if self._other is None:
            self._connecting = asyncio.create_task(self._connect())

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            _, self._other = await loop.create_connection(
                lambda: _End(self._line, self), self._line.host, self._line.to_port
            )
        except OSError:
            self.abort()
            return
        if self._over:
            self._other.abort()
            return
        self._schedule()

    def data_received(self, data: bytes) -> None:
        if self._line.is_plain and not self._held and self._there is not None:
            self._give(data)
            return
        line, now = self._line, time.monotonic()
        last = self._held[-1][0] if self._held else now
        takes_s = len(data) / line.bytes_per_s if line.bytes_per_s else 0.0
        self._held.append((max(last, now + line.latency_s) + takes_s, data))
        self.held_bytes += len(data)
        if self.held_bytes > _MOST_HELD_BYTES and self._transport is not None:
            self._is_paused = True
            self._transport.pause_reading()
        self._schedule()

    def go_on(self) -> None:
        """Give on what was held up, all of it."""
        self._held = deque((0.0, data) for _, data in self._held)
        self._schedule()

    def _schedule(self) -> None:
        can_go_on = self._there is not None and not self._line.is_silent
        if self._going_on is None and self._held and can_go_on:
            wait_s = max(0.0, self._held[0][0] - time.monotonic())
            loop = asyncio.get_running_loop()
            self._going_on = loop.call_later(wait_s, self._give_what_is_due)

    def _give_what_is_due(self) -> None:
        self._going_on = None
        while self._held and self._held[0][0] <= time.monotonic() and not self._line.is_silent:
            data = self._held.popleft()[1]
            self.held_bytes -= len(data)
            self._give(data)
        if self._held:
            self._schedule()
            return
        if self._over:
            self._hang_up_there()
        elif self._is_paused and self._transport is not None:
            self._is_paused = False
            self._transport.resume_reading()

    def _give(self, data: bytes) -> None:
        there = self._there
        if there is not None and not there.is_closing():
            there.write(data)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - the interface's.
        self._over = True
        self._line.forget(self)
        if not self._held:
            self._hang_up_there()

    def _hang_up_there(self) -> None:
        if self._there is not None:
            self._there.close()

    @property
    def _there(self) -> asyncio.Transport | None:
        """The other end's."""
        return self._other._transport if self._other is not None else None  # noqa: SLF001 - one class.

    def pause_writing(self) -> None:
        if self._there is not None:
            self._there.pause_reading()

    def resume_writing(self) -> None:
        if self._there is not None and self._other is not None and not self._other._held:  # noqa: SLF001 - as above.
            self._there.resume_reading()

    def abort(self) -> None:
        """End it with a reset, and whatever it held with it."""
        self._held.clear()
        if self._connecting is not None:
            self._connecting.cancel()
        if self._transport is not None:
            self._transport.abort()


@asynccontextmanager
async def line_to(url: str) -> AsyncIterator[tuple[str, Line]]:
    """The same address through a line that can be cut."""
    parts = urlsplit(url)
    line = Line(parts.hostname or "127.0.0.1", parts.port or 0)
    await line.mend()
    try:
        yield through(url, line), line
    finally:
        await line.cut()


def through(url: str, line: Line) -> str:
    """An address with the line's own port in the place of host and port."""
    parts = urlsplit(url)
    login = f"{parts.username}:{parts.password}@" if parts.username else ""
    return urlunsplit(parts._replace(netloc=f"{login}127.0.0.1:{line.port}"))


async def crash(child: Child) -> None:
    """End a program and all that it has started with SIGKILL, as losing power would: no goodbye to anybody."""
    freeze(child)  # So that it starts nothing while we look.
    for pid in family(child.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    if child.process is not None:
        await asyncio.to_thread(child.process.wait)
    guard().forget(child.pid)


def freeze(child: Child) -> None:
    """Stop a program and all that it has started, in the middle of whatever it does."""
    for pid in family(child.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)


def thaw(child: Child) -> None:
    """Let it go on."""
    for pid in family(child.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def family(pid: int) -> list[int]:
    """A process, its children, their children …"""
    children: dict[int, list[int]] = {}
    for parent, child in _parents():
        children.setdefault(parent, []).append(child)
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found


def _parents() -> Iterator[tuple[int, int]]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            yield int(fields[1]), int(stat.parent.name)
