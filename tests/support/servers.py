"""The real servers that tests run against: given, in containers, or private processes."""

import base64
import os
import tempfile
import urllib.parse
import urllib.request
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from deploy.local import docker, postgres, rabbitmq
from deploy.local.ports import free_block
from deploy.local.processes import wait_until


@dataclass(frozen=True)
class Servers:
    """A PostgreSQL and a RabbitMQ, with a virtual host of this session's own."""

    postgres_url: str
    """Of a superuser, without a database."""
    amqp_url: str
    management_url: str | None


@asynccontextmanager
async def started_servers() -> AsyncIterator[Servers]:
    """Addresses from the environment win; then containers where an engine answers; then processes."""
    given_postgres, given_amqp = os.environ.get("POSTGRES_URL"), os.environ.get("AMQP_URL")
    if given_postgres and given_amqp:
        yield Servers(
            given_postgres.rstrip("/"), given_amqp, os.environ.get("RABBITMQ_MANAGEMENT_URL")
        )
        return
    asked = os.environ.get("TEST_SERVERS")
    if asked == "testcontainers" or (asked is None and await docker.answers()):
        async with _containers() as servers:
            yield servers
        return
    async with _processes() as servers:
        yield servers


@asynccontextmanager
async def _containers() -> AsyncIterator[Servers]:
    # Imported here: it looks for the engine when it is imported. Its own modules for the two servers
    # are not used: one wants another driver, and we know ourselves when somebody is let in.
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415

    secret = uuid.uuid4().hex
    database = (
        DockerContainer("postgres:18")
        .with_env("POSTGRES_PASSWORD", secret)
        .with_exposed_ports(5432)
        .with_command("postgres -c max_connections=300 -c fsync=off -c synchronous_commit=off")
    )
    broker = (
        DockerContainer("rabbitmq:4-management")
        .with_env("RABBITMQ_DEFAULT_USER", rabbitmq.USER)
        .with_env("RABBITMQ_DEFAULT_PASS", secret)
        .with_exposed_ports(5672, 15672)
    )
    with database, broker:
        host, login = broker.get_container_host_ip(), f"{rabbitmq.USER}:{secret}"
        servers = Servers(
            f"postgresql://postgres:{secret}@{host}:{database.get_exposed_port(5432)}",
            f"amqp://{login}@{host}:{broker.get_exposed_port(5672)}",
            f"http://{login}@{host}:{broker.get_exposed_port(15672)}",
        )
        await wait_until(lambda: postgres.lets_in(servers.postgres_url), "PostgreSQL")
        await wait_until(lambda: rabbitmq.lets_in(servers.amqp_url), "RabbitMQ", timeout_s=120)
        yield servers


@asynccontextmanager
async def _processes() -> AsyncIterator[Servers]:
    with tempfile.TemporaryDirectory(prefix="course-portal-tests-") as folder:
        base = free_block()
        Path(folder).chmod(0o755)
        database = await postgres.start(Path(folder) / "postgres", base, durable=False)
        broker = await rabbitmq.start(Path(folder) / "rabbitmq", base + 1)
        try:
            yield Servers(database.url, broker.url, broker.management_url)
        finally:
            await broker.stop()
            await database.stop()


@contextmanager
def virtual_host(servers: Servers) -> Iterator[str]:
    """An AMQP address with a virtual host that nobody else uses."""
    if servers.management_url is None:
        yield servers.amqp_url  # Given without its management: used as it is.
        return
    name = f"test-{uuid.uuid4().hex[:12]}"
    user = urllib.parse.urlsplit(servers.management_url).username or ""
    everything = b'{"configure": ".*", "write": ".*", "read": ".*"}'
    _manage(servers.management_url, "PUT", f"vhosts/{name}", b"{}")
    _manage(servers.management_url, "PUT", f"permissions/{name}/{user}", everything)
    try:
        yield f"{servers.amqp_url.rstrip('/')}/{name}"
    finally:
        _manage(servers.management_url, "DELETE", f"vhosts/{name}")


def _manage(url: str, method: str, path: str, body: bytes | None = None) -> None:
    parts = urllib.parse.urlsplit(url)
    login = base64.b64encode(f"{parts.username}:{parts.password}".encode()).decode()
    request = urllib.request.Request(  # noqa: S310 - a broker that we started.
        f"{parts.scheme}://{parts.hostname}:{parts.port}/api/{path}",
        method=method,
        data=body,
        headers={"Authorization": f"Basic {login}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310
        pass


class Templates:
    """A migrated database of each service, to make each test's own from in a few hundredths of a second."""

    def __init__(self, postgres_url: str) -> None:
        self._url = postgres_url
        self._made: dict[str, str] = {}

    async def template(self, service: str, migrations: Path) -> str:
        """The template's name; migrated on first use, then left without a connection."""
        if service not in self._made:
            # Imported here: servers are of use without the system under test.
            from chassis.database import migrate  # noqa: PLC0415

            name = f"template_{service}_{uuid.uuid4().hex[:8]}"
            await self._superuser(f'CREATE DATABASE "{name}"')
            migrate(f"{self._url}/{name}", migrations)
            self._made[service] = name
        return self._made[service]

    @asynccontextmanager
    async def database(self, service: str, migrations: Path) -> AsyncIterator[str]:
        """The address of a fresh database of a service."""
        template = await self.template(service, migrations)
        name = f"test_{service}_{uuid.uuid4().hex[:12]}"
        await self._superuser(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield f"{self._url}/{name}"
        finally:
            await self._superuser(f'DROP DATABASE "{name}" WITH (FORCE)')

    async def drop_all(self) -> None:
        for name in self._made.values():
            await self._superuser(f'DROP DATABASE "{name}" WITH (FORCE)')

    async def _superuser(self, statement: str) -> None:
        connection = await asyncpg.connect(f"{self._url}/postgres")
        try:
            await connection.execute(statement)
        finally:
            await connection.close()
