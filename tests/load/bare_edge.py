"""The limit of an edge: Litestar on the same server, which checks nothing and inserts one row per request.

DATABASE_URL=… HTTP_PORT=… python -m tests.load.bare_edge
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import msgspec
import uvicorn
import uvloop
from litestar import Litestar, Response, post
from litestar.datastructures import State
from litestar.params import JSONBody

_CONNECTIONS = 10
_ANSWER = b'{"state":"confirmed"}'

TABLE = """
    CREATE TABLE bare_request (
        request_id   uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
        offering_id  uuid        NOT NULL,
        received_at  timestamptz NOT NULL DEFAULT clock_timestamp()
    )
    """


class Wish(msgspec.Struct, frozen=True):
    """The same body that the real edge reads."""

    offering_id: UUID
    accepted_policy_version: int
    accepted_terms_version: int


@post("/v1/enrolments")
async def insert_row(data: JSONBody[Wish], state: State) -> Response[bytes]:
    """One row, one commit."""
    await state.pool.execute("INSERT INTO bare_request (offering_id) VALUES ($1)", data.offering_id)
    return Response(_ANSWER, media_type="application/json")


@asynccontextmanager
async def _pool(app: Litestar) -> AsyncIterator[None]:
    async with asyncpg.create_pool(
        os.environ["DATABASE_URL"], min_size=_CONNECTIONS, max_size=_CONNECTIONS
    ) as pool:
        app.state.pool = pool
        yield


async def serve() -> None:
    """Answer until told to stop; the server's settings are those of chassis/process.py."""
    app = Litestar([insert_row], lifespan=[_pool], openapi_config=None, logging_config=None)
    config = uvicorn.Config(
        app,
        port=int(os.environ["HTTP_PORT"]),
        log_config=None,
        access_log=False,
        loop="none",
        http="httptools",
        backlog=4096,
        server_header=False,
    )
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    uvloop.run(serve())
