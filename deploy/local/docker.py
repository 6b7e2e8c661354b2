"""Containers, where the native way is impossible and a Docker engine answers."""

import asyncio
import shutil
from collections.abc import Mapping, Sequence

from deploy.local.processes import StartError


async def answers() -> bool:
    """Whether a Docker engine answers within two seconds."""
    if shutil.which("docker") is None:
        return False
    try:
        async with asyncio.timeout(2):
            asked = await asyncio.create_subprocess_exec(
                "docker",
                "info",
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            return await asked.wait() == 0
    except TimeoutError:
        return False


async def run(
    image: str,
    *,
    ports: Mapping[int, int],
    environment: Mapping[str, str],
    arguments: Sequence[str] = (),
) -> str:
    """Start a container that is removed when it stops, published on loopback only; returns its id."""
    command = ["docker", "run", "--rm", "--detach"]
    for outside, inside in ports.items():
        command += ["--publish", f"127.0.0.1:{outside}:{inside}"]
    for name, value in environment.items():
        command += ["--env", f"{name}={value}"]
    started = await asyncio.create_subprocess_exec(
        *command,
        image,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await started.communicate()
    if started.returncode:
        raise StartError(f"docker run {image} failed: {err.decode().strip()}")
    return out.decode().strip()


async def remove(container: str) -> None:
    """Stop a container; it was started to be removed then."""
    stopped = await asyncio.create_subprocess_exec(
        "docker",
        "stop",
        container,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    await stopped.wait()
