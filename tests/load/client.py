"""A lean HTTP/1.1 client: connections that are kept open, requests as bytes, next to nothing done with answers.

The client shares the cores with what it measures. So requests are made before the clock runs, and
of an answer only the status, the length and the body are looked at.
"""

import asyncio
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter
from typing import NamedTuple, TypeAlias
from urllib.parse import urlsplit

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HEAD_ENDS = b"\r\n\r\n"
_OPENED_AT_ONCE = 200

NO_ANSWER = 0
"""Stands for the status where a connection ended before its answer."""


class Answer(NamedTuple):
    """What a request was answered with. Instants are of `time.perf_counter`, in seconds."""

    status: int
    body: bytes
    sent_at: float
    answered_at: float


Answered: TypeAlias = Callable[[Answer], None]


def request_bytes(
    method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
) -> bytes:
    """A request as it goes over the line."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


class _Connection(asyncio.Protocol):
    """Carries one request at a time."""

    def __init__(self, freed: Callable[["_Connection"], None]) -> None:
        self._freed = freed
        self._transport: asyncio.WriteTransport | None = None
        self._answered: Answered | None = None
        self._received = b""
        self._sent_at = 0.0

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment] # A stream's, which can be written to.

    def send(self, request: bytes, answered: Answered) -> None:
        self._answered = answered
        self._sent_at = perf_counter()
        if self._transport is not None:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._received:
            data = self._received + data
        head = data.find(_HEAD_ENDS)
        length = _LENGTH.search(data, 0, head) if head >= 0 else None
        start = head + len(_HEAD_ENDS)
        end = start + int(length[1]) if length else start
        if head < 0 or len(data) < end:
            self._received = data
            return
        self._received = b""
        self._answer(int(data[9:12]), data[start:end])

    def connection_lost(self, _: Exception | None) -> None:
        self._transport = None
        self._answer(NO_ANSWER, b"")

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _answer(self, status: int, body: bytes) -> None:
        answered, self._answered = self._answered, None
        if answered is None:
            return
        answer = Answer(status, body, self._sent_at, perf_counter())
        if self.is_open:
            self._freed(self)
        answered(answer)


class Fleet:
    """Connections to one edge. A request without a free connection waits for one, and its clock runs."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._all: list[_Connection] = []
        # First in, first out: each is used often enough that no server ends it for being idle.
        self._free: deque[_Connection] = deque()
        self._waiting: deque[tuple[bytes, Answered]] = deque()

    @property
    def size(self) -> int:
        """How many connections there are."""
        return len(self._all)

    async def open(self, count: int) -> "Fleet":
        """Connect this often."""
        loop = asyncio.get_running_loop()
        while (missing := count - len(self._all)) > 0:
            opened = await asyncio.gather(
                *(
                    loop.create_connection(lambda: _Connection(self._take_next), *self._address)
                    for _ in range(min(missing, _OPENED_AT_ONCE))
                )
            )
            self._all += [connection for _, connection in opened]
        self._free.extend(self._all)
        return self

    def ask(self, request: bytes, answered: Answered) -> None:
        """Send as soon as a connection is free."""
        while self._free:
            connection = self._free.popleft()
            if connection.is_open:
                connection.send(request, answered)
                return
        self._waiting.append((request, answered))

    async def call(self, request: bytes) -> Answer:
        """Send, and wait for the answer."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.ask(request, answer.set_result)
        return await answer

    def close(self) -> None:
        """Hang up."""
        for connection in self._all:
            connection.close()

    def _take_next(self, connection: _Connection) -> None:
        if self._waiting:
            connection.send(*self._waiting.popleft())
        else:
            self._free.append(connection)


@contextmanager
def closing(fleet: Fleet) -> Iterator[Fleet]:
    """Hang up at the end."""
    try:
        yield fleet
    finally:
        fleet.close()
