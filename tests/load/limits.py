"""What the same machine reaches in the same run without the portal: the limits beside the figures."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from chassis.database import migrate
from deploy.local.ports import free_block
from deploy.local.processes import Child, wait_until
from services.enrolment.app import SERVICE as ENROLMENT
from tests.load.bare_edge import TABLE
from tests.load.client import Fleet
from tests.load.lab import Lab

_ROOT = Path(__file__).parents[2]
_SCHEMA = "bench"


@asynccontextmanager
async def bare_edge(lab: Lab, connections: int) -> AsyncIterator[Fleet]:
    """Connections to an edge that checks nothing and inserts one row per request."""
    async with _schema(lab) as database_url:
        database = await asyncpg.connect(database_url)
        await database.execute(TABLE)
        await database.close()
        port = free_block()
        child = Child(
            "bare_edge",
            [sys.executable, "-m", "tests.load.bare_edge"],
            log=lab.system.log_of("bare_edge"),
            environment=_environment(database_url) | {"HTTP_PORT": str(port)},
            folder=_ROOT,
        )
        child.start()
        try:
            await wait_until(lambda: _listens(port), "the bare edge", child)
            fleet = await Fleet(f"http://127.0.0.1:{port}").open(connections)
            yield fleet
            fleet.close()
        finally:
            await child.stop()


async def decided_without_http(lab: Lab, seconds: float) -> float:
    """Enrolments per second that are decided and written without anybody asking over HTTP."""
    async with _schema(lab) as database_url:
        await asyncio.to_thread(migrate, database_url, ENROLMENT.migrations)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.load.without_http", str(seconds)),
            env=_environment(database_url),
            cwd=_ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await process.communicate()
        return float(said)


@asynccontextmanager
async def _schema(lab: Lab) -> AsyncIterator[str]:
    """Room of our own on the same server, which nobody relays from."""
    async with lab.connected("enrolment") as database:
        await database.execute(f"CREATE SCHEMA {_SCHEMA}")
        yield f"{lab.databases['enrolment']}?search_path={_SCHEMA}"
        await database.execute(f"DROP SCHEMA {_SCHEMA} CASCADE")


def _environment(database_url: str) -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "DATABASE_URL": database_url}


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
