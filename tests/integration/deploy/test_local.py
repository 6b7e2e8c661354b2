"""The launcher's promises: nothing left behind, nobody in another's database, one clear error."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import uuid
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from deploy.local import docker, postgres, rabbitmq
from deploy.local.clock import duration
from deploy.local.ports import BLOCK, free_block
from deploy.local.processes import Child, StartError, wait_until
from deploy.local.setup import block_of
from tests.support.running import eventually
from tests.support.servers import Servers

LAUNCHER = """
import sys, signal
from pathlib import Path
from deploy.local.processes import Child
child = Child("sleeper", ["/bin/sh", "-c", "sleep 1000 & wait"], log=Path(sys.argv[1]))
child.start()
print(child.pid, flush=True)
signal.pause()
"""


def group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


async def test_kill_9_of_the_launcher_leaves_no_process_behind(tmp_path: Path) -> None:
    launcher = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LAUNCHER, str(tmp_path / "log"), stdout=subprocess.PIPE
    )
    assert launcher.stdout is not None
    group = int(await launcher.stdout.readline())
    assert group_lives(group)

    launcher.send_signal(signal.SIGKILL)
    await launcher.wait()

    async def is_gone() -> bool:
        return not group_lives(group)

    await eventually(is_gone)


async def test_a_service_cannot_even_connect_to_anothers_database(servers: Servers) -> None:
    mine, yours = (f"svc_{uuid.uuid4().hex[:8]}" for _ in range(2))
    my_url = await postgres.create_service_database(servers.postgres_url, mine)
    await postgres.create_service_database(servers.postgres_url, yours)

    connection = await asyncpg.connect(my_url)
    await connection.execute("CREATE TABLE own (id integer)")
    await connection.close()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(f"{my_url.rpartition('/')[0]}/{yours}")
    with pytest.raises(
        (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError)
    ):
        await asyncpg.connect(my_url.replace(f"//{mine}:", f"//{yours}:"))


async def test_a_service_database_that_is_there_stays(servers: Servers) -> None:
    name = f"svc_{uuid.uuid4().hex[:8]}"
    connection = await asyncpg.connect(
        await postgres.create_service_database(servers.postgres_url, name)
    )
    await connection.execute("CREATE TABLE kept (id integer)")
    await connection.close()

    again = await asyncpg.connect(
        await postgres.create_service_database(servers.postgres_url, name)
    )

    assert await again.fetchval("SELECT count(*) FROM kept") == 0
    await again.close()


async def test_where_no_server_can_be_had_one_error_names_the_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_engine() -> bool:
        return False

    monkeypatch.setattr(docker, "answers", no_engine)
    monkeypatch.setattr(postgres, "find_binaries", lambda: None)
    for nothing in ("_of_tree", "_of_system"):
        monkeypatch.setattr(rabbitmq, nothing, lambda *_: None)
    monkeypatch.setattr(rabbitmq, "_can_build_tree", lambda: False)

    with pytest.raises(StartError, match=r"POSTGRES_URL; install PostgreSQL .* Docker engine"):
        await postgres.start(tmp_path, free_block(), durable=True)
    with pytest.raises(StartError, match=r"AMQP_URL; install RabbitMQ .* Docker engine"):
        await rabbitmq.start(tmp_path, free_block())


async def test_a_program_that_ends_at_once_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    child = Child("broken", ["/bin/sh", "-c", "echo no such thing; exit 3"], log=tmp_path / "log")
    child.start()

    async def never() -> bool:
        return False

    with pytest.raises(StartError, match=r"broken ended with 3.*\n.*no such thing"):
        await wait_until(never, "broken", child)


def test_ports_are_free_and_below_those_of_outgoing_connections() -> None:
    base = free_block()

    assert base + BLOCK < 32768
    for port in (base, base + BLOCK - 1):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))


def test_a_block_of_ports_that_is_taken_is_passed_over() -> None:
    base = free_block()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", base + 7))
        taken.listen()

        assert free_block(base) != base


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("7d", timedelta(days=7)),
        ("+1d12h", timedelta(days=1, hours=12)),
        ("45m", timedelta(minutes=45)),
    ],
)
def test_durations_are_read(text: str, length: timedelta) -> None:
    assert duration(text) == length


@pytest.mark.parametrize("text", ["", "week", "-1d", "1", "d"])
def test_what_is_no_duration_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="Write it like 7d"):
        duration(text)


def test_the_lock_files_block_of_a_package_has_its_hashes() -> None:
    lines = block_of("uv").splitlines()

    assert lines[0].startswith("uv==")
    assert all(line.strip().startswith("--hash=sha256:") for line in lines[1:])
