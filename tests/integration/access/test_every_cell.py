"""docs/access.md, cell by cell, through the door: whoever may not is turned away, whoever may is let in."""

import asyncio
import base64
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from chassis.clock import RealClock
from chassis.health import Health
from chassis.http.app import build_edge
from chassis.service import opened
from chassis.settings import Secret
from deploy import services
from deploy.generate.access import NOBODY, YES
from tests.support.people import ISSUER, bearer, gatekeeper
from tests.support.servers import Templates

ROOT = Path(__file__).parents[3]
SOMEBODY = UUID(int=1)
LONG_S = 2.0
"""Streams go on for good; whoever is still answered after so long was let in."""
KEY = Secret(base64.b64encode(bytes(32)).decode())
OWN: dict[str, dict[str, Any]] = {
    "payment": {
        "provider_url": "http://127.0.0.1:9",
        "provider_key": Secret("test_key"),
        "redirect_origins": ("http://portal.test",),
        "seller_name": "University of Test",
        "seller_address": ("Rapenburg 70",),
        "seller_vat_number": "NL004495445B01",
        "seller_register_number": "12345678",
        "seller_iban": "NL91ABNA0417164300",
        "seller_mail_address": "invoices@portal.test",
    },
    "notification": {
        "smtp_host": "127.0.0.1",
        "smtp_port": 9,
        "mail_from": "courses@portal.test",
        "smtp_tls": "none",
        "unsubscribe_key": KEY,
    },
    "identity": {"key_encryption_key": KEY, "attempts_per_minute": 10_000},
}


def table(name: str) -> list[tuple[str, str, dict[str, bool]]]:
    """The routes of a service, and those of all, as the document says."""
    document = (ROOT / "docs" / "access.md").read_text()
    sections = dict(
        re.findall(r"^## ([a-z ]+)\n\n(.*?)(?:\n\n|\Z)", document, re.MULTILINE | re.DOTALL)
    )
    rows = []
    for section in ("all services", name):
        head, _, *lines = sections[section].splitlines()
        who = [cell.strip() for cell in head.strip("|").split("|")[1:]]
        for line in lines:
            route, *cells = [cell.strip() for cell in line.strip("|").split("|")]
            method, path = route.strip("`").split(" ")
            may = {each: cell == YES for each, cell in zip(who, cells, strict=True)}
            rows.append((method, path, may))
    return rows


def turned_away(answer: httpx.Response) -> int | None:
    """401 or 403 from the door itself; an app's wrong code or a form out of date is no such thing."""
    if not answer.content or "problem+json" not in answer.headers.get("content-type", ""):
        return None
    code = answer.json()["type"].rpartition("/")[2]
    return {"not-signed-in": 401, "forbidden": 403}.get(code)


@pytest.mark.parametrize("name", services.NAMES)
async def test_every_cell_is_held(name: str, templates: Templates) -> None:
    service = services.load(name)
    async with templates.database(name, service.migrations) as database_url:
        settings = service.settings(
            database_url=Secret(database_url),
            amqp_url=Secret("amqp://127.0.0.1:9"),
            issuer_url=ISSUER,
            jwks_url=f"{ISSUER}/jwks",
            http_port=0,
            public_url=f"http://{name}.test",
            portal_url="http://portal.test",
            **OWN.get(name, {}),
        )
        async with opened(service, settings) as parts:
            door = build_edge(
                name,
                service.routes,
                parts,
                health=Health(),
                gatekeeper=gatekeeper(RealClock()),
            )
            transport = httpx.ASGITransport(door, raise_app_exceptions=False)  # type: ignore[arg-type] # Litestar's types.
            async with httpx.AsyncClient(
                transport=transport, base_url=f"http://{name}.test"
            ) as http:
                wrong = await wrong_cells(http, table(name))

    assert wrong == []


async def wrong_cells(
    http: httpx.AsyncClient, rows: list[tuple[str, str, dict[str, bool]]]
) -> list[str]:
    found = []
    for method, path, may in rows:
        for who, is_let_in in may.items():
            headers = (
                {} if who == NOBODY else bearer(SOMEBODY, *([who] if who != "learner" else []))
            )
            expected = None if is_let_in else (401 if who == NOBODY else 403)
            got = await knock(http, method, filled(path), headers)
            if got != expected:
                found.append(f"{method} {path} as {who}: {got}, not {expected}")
    return found


async def knock(
    http: httpx.AsyncClient, method: str, path: str, headers: dict[str, str]
) -> int | None:
    try:
        async with asyncio.timeout(LONG_S):
            return turned_away(await http.request(method, path, headers=headers))
    except TimeoutError:
        return None


def filled(path: str) -> str:
    """A path with something in every place: a number where one is wanted, else an id."""
    return re.sub(
        r"\{(\w+)\}", lambda found: "1" if found.group(1) == "version" else str(SOMEBODY), path
    )


def test_the_document_has_a_cell_for_every_role_and_every_service_has_routes() -> None:
    for name in services.NAMES:
        rows = table(name)
        assert len(rows) > 8
        assert all(len(may) == 7 for _, _, may in rows)


async def test_a_door_that_lets_in_too_many_would_be_noticed() -> None:
    def open_door(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200)

    async with httpx.AsyncClient(
        transport=httpx.MockTransport(open_door), base_url="http://x.test"
    ) as http:
        wrong = await wrong_cells(http, [("GET", "/v1/secrets", {NOBODY: False, "office": False})])

    assert wrong == [
        "GET /v1/secrets as nobody: None, not 401",
        "GET /v1/secrets as office: None, not 403",
    ]
