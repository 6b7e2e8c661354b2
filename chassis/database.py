"""PostgreSQL: one pool per process, transactions that wake the relay, migrations."""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias, TypeVar

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"
T = TypeVar("T")

CHASSIS_MIGRATIONS = Path(__file__).parent / "migrations"

NOTICE_THE_DEAD = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "25000",
}
"""Half a minute after our machine has vanished the server lets go of what we had locked; by default two hours."""

AWAY: tuple[type[Exception], ...] = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
"""The database is out of reach: nobody's fault who asks, and worth asking again."""

AGAIN: tuple[type[Exception], ...] = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.InvalidCachedStatementError,
)
"""The transaction is undone and may simply be run once more."""


def is_away(error: BaseException) -> bool:
    """Whether an error means that the database is out of reach.

    DataError is an InterfaceError too, but it means that an argument of ours was wrong.
    """
    return isinstance(error, AWAY) and not isinstance(error, asyncpg.DataError)


class Database:
    """A service's own database."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool
        self.written = asyncio.Event()
        """Set after every commit: the outbox may hold something new."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Commit at the end, or undo everything if anything is raised."""
        async with (
            self._pool.acquire(timeout=_ACQUIRE_TIMEOUT_S) as connection,
            connection.transaction(),
        ):
            yield connection
        self.written.set()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """One connection for queries that change nothing."""
        async with self._pool.acquire(timeout=_ACQUIRE_TIMEOUT_S) as connection:
            yield connection

    async def answers(self) -> bool:
        """Whether the database answers within a second."""
        try:
            async with asyncio.timeout(1), self._pool.acquire() as connection:
                await connection.execute("SELECT 1")
        except AWAY:
            return False
        return True


_ACQUIRE_TIMEOUT_S = 5.0
_COMMAND_TIMEOUT_S = 15.0


class _PlainConnection(asyncpg.Connection):
    """A connection without session state, so that giving it back costs no round trip."""

    def get_reset_query(self) -> str:
        return ""


@asynccontextmanager
async def open_database(url: str, *, name: str, pool_size: int) -> AsyncIterator[Database]:
    """Open the pool. Connects on first use, so a service starts while its database does not."""
    pool = asyncpg.create_pool(
        url,
        min_size=0,
        max_size=pool_size,
        command_timeout=_COMMAND_TIMEOUT_S,
        server_settings={"application_name": name, **NOTICE_THE_DEAD},
        init=_prepare_connection,
        connection_class=_PlainConnection,
    )
    async with pool:
        yield Database(pool)


async def _prepare_connection(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: b"\x01" + msgspec.json.encode(value),  # 1: jsonb's binary version.
        decoder=lambda data: msgspec.json.decode(data[1:]),
        format="binary",
    )


def as_struct(kind: type[T], row: asyncpg.Record) -> T:
    """Turn a row into a struct with fields of the same names, checked."""
    return msgspec.convert(dict(row), kind)


def maybe_struct(kind: type[T], row: asyncpg.Record | None) -> T | None:
    """The same for a row that may not be there."""
    return None if row is None else as_struct(kind, row)


class MigrationError(Exception):
    """The schema could not be brought up to date; says what the database answered."""


def migrate(url: str, *own: Path) -> None:
    """Bring a service's schema up to date: the chassis' tables, then its own (dbmate, plain SQL).

    Raises:
        MigrationError: with dbmate's words. What had succeeded before stays.
    """
    apply_migrations(url, CHASSIS_MIGRATIONS, *own)


def apply_migrations(url: str, *given: Path) -> None:
    """Bring a schema up to date with these folders of migrations and no others.

    Raises:
        MigrationError: with dbmate's words. What had succeeded before stays.
    """
    dbmate = Path(sys.executable).with_name("dbmate")
    folders = [f"--migrations-dir={folder}" for folder in given]
    with tempfile.TemporaryDirectory() as empty:  # dbmate reads a .env of its working directory.
        done = subprocess.run(  # noqa: S603 - every argument is ours.
            [dbmate, *folders, "--no-dump-schema", "--migration-lock", "migrate"],
            env={"DATABASE_URL": _without_tls_on_loopback(url)},
            cwd=empty,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise MigrationError(done.stderr.strip() or done.stdout.strip())


def _without_tls_on_loopback(url: str) -> str:
    """Dbmate insists on TLS unless told otherwise; asyncpg tries it and goes on without."""
    if "sslmode=" in url or not any(host in url for host in ("@127.0.0.1", "@localhost")):
        return url
    return f"{url}{'&' if '?' in url else '?'}sslmode=disable"
