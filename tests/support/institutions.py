"""The stand-in for SURFconext, served on this machine for as long as a test takes."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urljoin

import httpx
import uvicorn
from litestar.types import ASGIApp

from chassis.clock import Clock
from deploy.local.standins.openid import Provider, build_app, register
from tests.support.running import PATIENCE_S


class Institutions:
    """The stand-in, and somebody at its pages."""

    def __init__(self, provider: Provider, file: Path, http: httpx.AsyncClient) -> None:
        self.provider = provider
        self.file = file
        self._http = http

    async def log_in(self, way_in: str, institution: str, uid: str) -> str:
        """Choose who one is; returns the address that one is sent back to."""
        page = await self._http.get(way_in, follow_redirects=True)
        assert page.status_code == 200, page.text
        page = await self._submit(page, institution=f"https://login.{institution}.example")
        back = await self._submit(page, institution=f"https://login.{institution}.example", uid=uid)
        return back.headers["location"]

    async def cancel(self, way_in: str) -> str:
        page = await self._http.get(way_in, follow_redirects=True)
        return (await self._submit(page, cancel="yes")).headers["location"]

    async def page(self, way_in: str) -> str:
        return (await self._http.get(way_in, follow_redirects=True)).text

    async def _submit(self, page: httpx.Response, **answers: str) -> httpx.Response:
        found = re.search(r'<form method="post" action="([^"]+)"', page.text)
        assert found is not None, page.text
        return await self._http.post(urljoin(str(page.url), found.group(1)), data=answers)


@asynccontextmanager
async def institutions(
    folder: Path, clock: Clock, *, identity_url: str
) -> AsyncIterator[Institutions]:
    """The stand-in, with the portal registered at it."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        key = register(folder, issuer=url, inside_url=url)
        redirects = frozenset(
            f"{identity_url}/login/back/{each}" for each in ("surfconext", "eduid")
        )
        provider = Provider(own_url=url, client_key=key, redirect_uris=redirects, clock=clock)
        async with (
            serving(build_app(provider, portal_url=""), listening),
            httpx.AsyncClient() as http,
        ):
            yield Institutions(provider, folder / "login-providers.toml", http)


class _Server(uvicorn.Server):
    """uvicorn that tells when it listens, and leaves pytest's signal handlers alone."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: ASGIApp, listening: socket.socket) -> AsyncIterator[None]:
    """Answer HTTP in this loop, so that everything is real but the process."""
    server = _Server(uvicorn.Config(app, log_level="critical", access_log=False, lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await asyncio.wait_for(server.listens.wait(), PATIENCE_S)
        yield
    finally:
        server.should_exit = True
        await task
