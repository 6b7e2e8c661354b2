"""A service's edge at a port of its own, and streams of events read from it as they come."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec

from chassis.health import Health
from chassis.http.app import build_edge
from chassis.process import serve
from tests.support.people import gatekeeper
from tests.support.running import PATIENCE_S, Running, eventually


@asynccontextmanager
async def at_a_port(service: Running) -> AsyncIterator[httpx.AsyncClient]:
    """Serve its edge as a process does, until `parts.stopping` is set: a test's usual client hears no streams."""
    port = free_port()
    edge = build_edge(
        service.service.name,
        service.service.routes,
        service.parts,
        health=Health(),
        gatekeeper=gatekeeper(service.clock),
    )
    settings = msgspec.structs.replace(service.parts.settings, http_port=port)
    serving = asyncio.create_task(serve(edge, settings, service.parts.stopping, role="edge"))
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            await eventually(lambda: answers(http))
            yield http
    finally:
        service.parts.stopping.set()
        await serving


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


async def answers(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/health/live")).is_success
    except httpx.ConnectError:
        return False


class Events:
    """What comes on one stream."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def next(self) -> tuple[str, Any]:
        """The next event: its name, and what it tells. Raises as `next_text` does."""
        name, data = await self.next_text()
        return name, msgspec.json.decode(data)

    async def next_text(self) -> tuple[str, str]:
        """The same, with its data as it stands.

        Raises:
            StopAsyncIteration: the stream came to its end.
            TimeoutError: none came.
        """
        name = ""
        async with asyncio.timeout(PATIENCE_S):
            async for line in self._lines:
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                if line.startswith("data: "):
                    return name, line.removeprefix("data: ")
        raise StopAsyncIteration

    async def ends(self) -> bool:
        """Wait for its end; False if something comes instead."""
        try:
            await self.next()
        except StopAsyncIteration:
            return True
        return False


@asynccontextmanager
async def listening(
    http: httpx.AsyncClient, path: str, *ids: object, headers: dict[str, str] | None = None
) -> AsyncIterator[Events]:
    """Open a stream of the things with these ids."""
    async with http.stream(
        "GET",
        path,
        params={"ids": [str(each) for each in ids]},
        headers=headers or {},
        timeout=PATIENCE_S,
    ) as response:
        yield Events(response)
