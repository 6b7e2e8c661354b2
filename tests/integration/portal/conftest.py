"""The portal on a real PostgreSQL, reached as a browser does."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest

from chassis.health import Health
from chassis.settings import Secret
from clients.portal.__main__ import MIGRATIONS
from clients.portal.app import build_portal
from clients.portal.parts import Parts, open_parts
from clients.portal.settings import Settings
from deploy.demo.forms import form_with
from tests.integration.portal.edges import Edges, open_edges
from tests.support.people import StagedClock
from tests.support.servers import Templates
from tests.unit.portal import samples

PORTAL = "https://portal.test"
COOKIE = "__Host-portal"
OFFERING = f"/v1/offerings/{samples.OFFERING_ID}"


@dataclass
class Portal:
    """One portal process, and a browser in front of it."""

    parts: Parts
    edges: Edges
    clock: StagedClock
    browser: httpx.AsyncClient
    new_browser: Callable[[], httpx.AsyncClient]

    async def log_in(self, to: str = "/en/account") -> httpx.Response:
        """Through the issuer, which knows who it is; returns what the way back answers."""
        left = await self.browser.get("/en/log-in", params={"to": to})
        asked = parse_qs(urlsplit(left.headers["location"]).query)
        self.edges.nonce = asked["nonce"][0]
        return await self.come_back(asked["state"][0])

    async def come_back(self, state: str, **changes: str) -> httpx.Response:
        answer = {"code": "a-code", "state": state, "iss": self.edges.url, **changes}
        return await self.browser.get("/callback", params=answer)

    async def send(self, page: str, field: str, /, **answers: str) -> httpx.Response:
        """Open a page, fill in the form that has a field, and send it."""
        form = form_with((await self.browser.get(page)).text, field)
        return await self.browser.post(
            form.action, data=form.filled(**answers), headers={"Origin": PORTAL}
        )

    async def log_out(self) -> httpx.Response:
        """Press the button on the account's page."""
        return await self.send("/en/account", "form_token")

    async def count_sessions(self) -> int:
        async with self.parts.db.reading() as connection:
            return int(await connection.fetchval("SELECT count(*) FROM session"))


@pytest.fixture
async def clock() -> StagedClock:
    return StagedClock()


@pytest.fixture
async def edges(clock: StagedClock) -> AsyncIterator[Edges]:
    async with open_edges(clock) as edges:
        edges.answers |= {
            "/v1/offerings": msgspec.to_builtins(samples.FOUND),
            OFFERING: msgspec.to_builtins(samples.OFFERING),
            f"{OFFERING}/places": {"capacity": 18, "free": 4, "waiting": 0},
            f"{OFFERING}/leaving-costs": msgspec.to_builtins(samples.COSTS),
            "/v1/enrolments": {"items": []},
            "/v1/evaluations": {"items": []},
            "/v1/me": msgspec.to_builtins(samples.ME),
        }
        yield edges


@pytest.fixture
async def database_url(templates: Templates) -> AsyncIterator[str]:
    async with templates.database("portal", MIGRATIONS) as url:
        yield url


@asynccontextmanager
async def running(
    edges: Edges,
    clock: StagedClock,
    database_url: str,
    stopping: asyncio.Event | None = None,
    **changes: Any,
) -> AsyncIterator[Portal]:
    """A portal process; several can share a database."""
    given: dict[str, Any] = {
        "database_url": Secret(database_url),
        "issuer_url": edges.url,
        "http_port": 0,
        "public_url": PORTAL,
        "session_key": Secret(base64.b64encode(b"k" * 32).decode()),
        "patience_s": 0.5,
        **{
            f"{name}_url": edges.url
            for name in ("catalogue", "enrolment", "payment", "notification", "records", "identity")
        },
        **changes,
    }
    async with open_parts(Settings(**given), clock, stopping) as parts:
        app = build_portal(parts, health=Health())

        def new_browser() -> httpx.AsyncClient:
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)  # type: ignore[arg-type] # Litestar's types.
            return httpx.AsyncClient(transport=transport, base_url=PORTAL)

        async with new_browser() as browser:
            yield Portal(parts, edges, clock, browser, new_browser)


@pytest.fixture
async def portal(edges: Edges, clock: StagedClock, database_url: str) -> AsyncIterator[Portal]:
    async with running(edges, clock, database_url) as portal:
        yield portal
