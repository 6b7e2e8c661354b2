"""The whole system on this machine: servers, stand-ins and services as processes, and their addresses."""

import asyncio
import base64
import contextlib
import json
import os
import secrets
import ssl
import sys
import time
from argparse import Namespace
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import aio_pika
import httpx

from chassis.bus.topology import declare
from chassis.database import apply_migrations, migrate
from chassis.service import Service, UsageError, opened
from chassis.settings import load as load_settings
from clients.portal.__main__ import MIGRATIONS as PORTAL_MIGRATIONS
from deploy import services
from deploy.local import postgres, rabbitmq
from deploy.local.ports import free_block
from deploy.local.processes import Child, StartError, wait_until

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "deploy" / "demo"
T = TypeVar("T")

CLOCK = "clock-offset"
"""Name of the file that holds by how much time was moved."""
WORKER = "-worker"
"""Ends the name of a service's worker where it is a process of its own."""
PORTAL_PROCESS = "portal"
_PORTS = "port-base"

# Where everything is unless somebody else is there already, and where in its block of ports
# it everything listens; RabbitMQ takes five from AMQP on.
USUAL_BASE = 21_600
POSTGRES, AMQP, SMTP, MAILS, PROVIDER, SERVICES, PORTAL, WORKERS = 0, 1, 10, 11, 12, 20, 30, 40
INSTITUTIONS = 13


@dataclass(frozen=True)
class Addresses:
    """Where people and programs reach the system."""

    base: int

    def url(self, offset: int) -> str:
        return f"http://127.0.0.1:{self.base + offset}"

    def service(self, name: str) -> str:
        return self.url(SERVICES + services.NAMES.index(name))

    def worker(self, name: str) -> str:
        """Where a worker in a process of its own tells how it is."""
        return self.url(WORKERS + services.NAMES.index(name))

    @property
    def mails(self) -> str:
        return self.url(MAILS)

    @property
    def provider(self) -> str:
        return self.url(PROVIDER)

    @property
    def institutions(self) -> str:
        return self.url(INSTITUTIONS)

    @property
    def portal(self) -> str:
        return self.url(PORTAL)


def say_nothing(_: str) -> None:
    """For those who do not want to hear how far it is."""


async def as_they_are(_: str, settings: dict[str, str]) -> dict[str, str]:
    """For those who run every process with the settings of this system."""
    return settings


@dataclass
class System:
    """The system, from its first process to its last."""

    folder: Path
    """Data, logs and the clock's offset."""
    preferred_base: int | None = None
    durable: bool = True
    """False for tests: a crash of the machine may lose data."""
    apart: Collection[str] = ()
    """Services whose edge and worker run in a process each; costs memory."""
    broker_nodes: int = 1
    """Three make a cluster: any one of them may be lost."""
    adjust: Callable[[str, dict[str, str]], Awaitable[dict[str, str]]] = as_they_are
    """Given the name of a service's process and its settings, the settings to start it with."""
    through: Sequence[str] = ("-m",)
    """What stands between the interpreter and a service's module; tests put a launcher of their own there."""
    say: Callable[[str], None] = say_nothing
    addresses: Addresses = field(init=False)
    postgres_url: str = field(init=False)
    """Of a superuser, without a database."""
    amqp_url: str = field(init=False)
    """All nodes, separated by commas."""
    children: dict[str, Child] = field(default_factory=dict, init=False)
    """Services, the portal and stand-ins, by name."""
    servers: dict[str, Child] = field(default_factory=dict, init=False)
    """PostgreSQL and RabbitMQ, where we started them: `postgres`, `rabbitmq`, `rabbitmq-2` …"""
    _stops: list[Callable[[], Awaitable[None]]] = field(default_factory=list, init=False)
    _began: float = field(default_factory=time.monotonic, init=False)

    @property
    def clock_file(self) -> Path:
        return self.folder / CLOCK

    def log_of(self, name: str) -> Path:
        return self.folder / "log" / f"{name}.log"

    async def start(self) -> None:
        """Bring everything up, in order of need, side by side where possible.

        Raises:
            StartError: something did not come up; what had come up is still to be stopped.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.addresses = Addresses(free_block(self.preferred_base))
        everything = asyncio.create_task(asyncio.to_thread(services.load_all))
        self.postgres_url, self.amqp_url, *_ = await asyncio.gather(
            self._timed("PostgreSQL", self._start_postgres()),
            self._timed("RabbitMQ", self._start_rabbitmq()),
            self._timed("mail catcher", self._start_standin("mail_catcher", self.addresses.mails)),
            self._timed("payment provider", self._start_standin("mollie", self.addresses.provider)),
            self._timed("institutions", self._start_standin("openid", self.addresses.institutions)),
        )
        environments = await self._environments(self.postgres_url, self.amqp_url)
        portal = await self._portal_environment(self.postgres_url)
        await self._timed(
            "databases and queues", self._prepare(await everything, environments, portal)
        )
        await asyncio.gather(
            *(
                self._timed(name, self._start_service(name, environments[name]))
                for name in services.NAMES
            ),
            self._timed("demonstration data", self._import_demo(environments)),
            self._timed(PORTAL_PROCESS, self._start_portal(portal)),
        )
        (self.folder / _PORTS).write_text(str(self.addresses.base))

    async def stop(self) -> None:
        """Services first, then stand-ins, then the servers."""
        (self.folder / _PORTS).unlink(missing_ok=True)
        await asyncio.gather(*(child.stop() for child in self.children.values()))
        for stop in reversed(self._stops):
            await stop()

    async def start_service(self, name: str) -> None:
        """Start a process of a service that was stopped, and wait until nothing is missing."""
        child = self.children[name]
        service = name.removesuffix(WORKER)
        if name == PORTAL_PROCESS:
            url = self.addresses.portal
        elif name == service:
            url = self.addresses.service(name)
        else:
            url = self.addresses.worker(service)
        child.start()
        await wait_until(lambda: has_everything(url), name, child)

    async def _timed(self, name: str, work: Coroutine[Any, Any, T]) -> T:
        result = await work
        self.say(f"{name:22} ready after {time.monotonic() - self._began:5.1f} s")
        return result

    async def _start_postgres(self) -> str:
        if given := os.environ.get("POSTGRES_URL"):
            return given.rstrip("/")
        server = await postgres.start(
            self.folder / "postgres", self.addresses.base + POSTGRES, durable=self.durable
        )
        self._stops.append(server.stop)
        self.servers |= {child.name: child for child in server.children}
        return server.url

    async def _start_rabbitmq(self) -> str:
        if given := os.environ.get("AMQP_URL"):
            return given
        ports = [self.addresses.base + AMQP]
        if self.broker_nodes > 1:
            block = free_block()
            ports += [block + 5 * other for other in range(self.broker_nodes - 1)]
        server = await rabbitmq.start(self.folder / "rabbitmq", *ports, say=self.say)
        self._stops.append(server.stop)
        self.servers |= {child.name: child for child in server.children}
        return ",".join(f"{url}/" for url in server.urls)

    async def _start_standin(self, module: str, url: str) -> None:
        arguments = {
            "mail_catcher": (
                "--smtp-port", str(self.addresses.base + SMTP),
                "--http-port", str(self.addresses.base + MAILS),
                "--folder", str(self.folder / "mails"),
                "--portal-url", self.addresses.portal,
            ),
            "mollie": (
                "--port", str(self.addresses.base + PROVIDER),
                "--clock-file", str(self.clock_file),
                "--keep", str(self.folder / "provider.json"),
                "--portal-url", self.addresses.portal,
            ),
            "openid": (
                "--port", str(self.addresses.base + INSTITUTIONS),
                "--clock-file", str(self.clock_file),
                "--folder", str(self.folder / "institutions"),
                "--identity-url", self.addresses.service("identity"),
                "--portal-url", self.addresses.portal,
            ),
        }[module]  # fmt: skip
        child = Child(
            module,
            [sys.executable, "-m", f"deploy.local.standins.{module}", *arguments],
            log=self.log_of(module),
            folder=ROOT,
        )
        self.children[module] = child
        child.start()
        await wait_until(lambda: _answers(f"{url}/health/live"), module, child)

    async def _environments(self, database_url: str, amqp_url: str) -> dict[str, dict[str, str]]:
        """What each service reads: what all share, its own database, and its own settings."""
        kept = self._kept_secrets()
        identity = self.addresses.service("identity")
        shared = {
            "AMQP_URL": amqp_url,
            "ISSUER_URL": identity,
            "JWKS_URL": f"{identity}/oauth/jwks",
            "PORTAL_URL": self.addresses.portal,
            "CLOCK_OFFSET_FILE": str(self.clock_file),
            "CORS_ORIGINS": self.addresses.portal,
            "LOG_LEVEL": os.environ.get("LOG_LEVEL", "info"),
            "OTEL_EXPORTER_OTLP_ENDPOINT": os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", ""),
        }
        own: dict[str, dict[str, str]] = {
            "catalogue": {},
            "enrolment": {},
            "payment": {
                "PROVIDER_URL": self.addresses.provider,
                "PROVIDER_KEY": "test_local_stand_in_key_0123456789",
                "REDIRECT_ORIGINS": self.addresses.portal,
                "SELLER_NAME": "Universiteit van Voorbeeld",
                "SELLER_ADDRESS": "Rapenburg 70, 2311 EZ Leiden, Nederland",
                "SELLER_VAT_NUMBER": "NL123456789B13",
                "SELLER_REGISTER_NUMBER": "27370000",
                "SELLER_IBAN": "NL91ABNA0417164300",
                "SELLER_MAIL_ADDRESS": "finance@portal.example",
            },
            "notification": {
                "SMTP_HOST": "127.0.0.1",
                "SMTP_PORT": str(self.addresses.base + SMTP),
                "SMTP_TLS": "none",
                "MAIL_FROM": "courses@portal.example",
                "UNSUBSCRIBE_KEY": kept["unsubscribe_key"],
            },
            "records": {
                "INSTITUTION_NAME": "Universiteit van Voorbeeld",
                "ORGANISER_HEADS": "Language Centre: Prof. E. van Rijn",
            },
            "identity": {
                "KEY_ENCRYPTION_KEY": kept["key_encryption_key"],
                "LOGIN_PROVIDERS_FILE": str(self.folder / "institutions" / "login-providers.toml"),
            },
        }
        urls = {
            name: await postgres.create_service_database(database_url, name)
            for name in services.NAMES
        }
        return {
            name: shared
            | {
                "DATABASE_URL": urls[name],
                "HTTP_PORT": self.addresses.service(name).rpartition(":")[2],
                "PUBLIC_URL": self.addresses.service(name),
            }
            | own[name]
            for name in services.NAMES
        }

    async def _portal_environment(self, database_url: str) -> dict[str, str]:
        """What the portal reads: its own database, and where it and browsers reach the services."""
        at = self.addresses
        return {
            "DATABASE_URL": await postgres.create_service_database(database_url, PORTAL_PROCESS),
            "HTTP_PORT": at.portal.rpartition(":")[2],
            "PUBLIC_URL": at.portal,
            "ISSUER_URL": at.service("identity"),
            **{f"{name.upper()}_URL": at.service(name) for name in services.NAMES},
            "CHECKOUT_ORIGINS": at.provider,
            "VERIFY_URL": f"{at.service('records')}/verify",
            "SESSION_KEY": self._kept_secrets()["session_key"],
            "CLOCK_OFFSET_FILE": str(self.clock_file),
            "LOG_LEVEL": os.environ.get("LOG_LEVEL", "info"),
            "OTEL_EXPORTER_OTLP_ENDPOINT": os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", ""),
        }

    def _kept_secrets(self) -> dict[str, str]:
        """Keys that must be the same when this system starts again on its old data."""
        file = self.folder / "secrets.json"
        kept: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
        names = ("key_encryption_key", "unsubscribe_key", "session_key")
        fresh = {
            name: base64.b64encode(secrets.token_bytes(32)).decode()
            for name in names
            if name not in kept
        }
        if fresh:
            kept |= fresh
            file.touch(mode=0o600)
            file.write_text(json.dumps(kept))
        return kept

    async def _prepare(
        self,
        everything: list[Service[Any]],
        environments: Mapping[str, Mapping[str, str]],
        portal: Mapping[str, str],
    ) -> None:
        """Migrate and declare for all services, before the first of them tells anything."""
        await asyncio.gather(
            asyncio.to_thread(apply_migrations, portal["DATABASE_URL"], PORTAL_MIGRATIONS),
            *(
                asyncio.to_thread(migrate, environments[each.name]["DATABASE_URL"], each.migrations)
                for each in everything
            ),
        )
        amqp_url = environments["identity"]["AMQP_URL"].partition(",")[0]
        async with await aio_pika.connect(amqp_url) as connection:
            await declare(await connection.channel(), [each.consumers for each in everything])

    async def _start_service(self, name: str, environment: Mapping[str, str]) -> None:
        worker_port = self.addresses.worker(name).rpartition(":")[2]
        processes = {name: dict(environment)}
        if name in self.apart:
            processes = {
                name: {**environment, "ROLE": "edge"},
                name + WORKER: {**environment, "ROLE": "worker", "HTTP_PORT": worker_port},
            }
        for process, own in processes.items():
            self.children[process] = Child(
                process,
                [sys.executable, *self.through, f"services.{name}", "run"],
                log=self.log_of(process),
                environment=await self.adjust(process, {"PATH": os.environ.get("PATH", ""), **own}),
                folder=ROOT,
            )
        await asyncio.gather(*map(self.start_service, processes))

    async def _start_portal(self, environment: Mapping[str, str]) -> None:
        self.children[PORTAL_PROCESS] = Child(
            PORTAL_PROCESS,
            [sys.executable, "-m", "clients.portal", "run"],
            log=self.log_of(PORTAL_PROCESS),
            environment={"PATH": os.environ.get("PATH", ""), **environment},
            folder=ROOT,
        )
        await self.start_service(PORTAL_PROCESS)

    async def _import_demo(self, environments: Mapping[str, Mapping[str, str]]) -> None:
        """Through the services' own import commands; the same files again change nothing."""
        with self.log_of("import").open("a") as log, contextlib.redirect_stdout(log):
            await self._import_files(environments)

    async def _import_files(self, environments: Mapping[str, Mapping[str, str]]) -> None:
        for name, verb, file in (
            ("identity", "import-clients", "clients.toml"),
            ("identity", "import-people", "people.toml"),
            ("catalogue", "import", "catalogue.toml"),
        ):
            service = services.load(name)
            settings = load_settings(service.settings, environments[name])
            async with opened(service, settings) as parts:
                given = Namespace(file=self._at_these_addresses(DEMO / file), dry_run=False)
                try:
                    await service.verbs[verb].run(parts, given)
                except UsageError as error:
                    raise StartError(
                        f"{error}\n{self.folder} holds an older demonstration; delete it to start anew."
                    ) from error

    def _at_these_addresses(self, file: Path) -> Path:
        """A file of the demonstration, with the address of this portal where it names the usual one."""
        text = file.read_text()
        usual = Addresses(USUAL_BASE).portal
        if usual not in text or self.addresses.portal == usual:
            return file
        ours = self.folder / file.name
        ours.write_text(text.replace(usual, self.addresses.portal))
        return ours


async def find_running(folder: Path) -> Addresses | None:
    """The addresses of the system whose data lie in a folder, if it runs."""
    file = folder / _PORTS
    if not file.exists():
        return None
    addresses = Addresses(int(file.read_text()))
    return addresses if await _answers(f"{addresses.mails}/health/live") else None


_PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Everything here speaks plain HTTP; reading the world's certificates for a question takes longer than it."""


async def _answers(url: str) -> bool:
    try:
        async with httpx.AsyncClient(timeout=2, verify=_PLAIN) as client:
            return (await client.get(url)).is_success
    except httpx.HTTPError:
        return False


async def has_everything(url: str) -> bool:
    """Ready, and nothing missing: consumers have their queues too."""
    try:
        async with httpx.AsyncClient(timeout=2, verify=_PLAIN) as client:
            report = (await client.get(f"{url}/health/ready")).json()
    except (httpx.HTTPError, ValueError):
        return False
    return bool(report["ready"]) and not report["missing"]
