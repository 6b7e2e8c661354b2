"""Programs of others that run on Node, installed for one test session; the test is skipped where that cannot be."""

import asyncio
import shutil
from pathlib import Path

import pytest

_PATIENCE_S = 120


async def node_with(folder: Path, *packages: str) -> str:
    """Node, with these packages beside its scripts in a folder."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip(f"node and npm are not here; {', '.join(packages)} are asked where they are")
    installing = await asyncio.create_subprocess_exec(
        npm,
        "install",
        "--no-audit",
        "--no-fund",
        *packages,
        cwd=folder,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await asyncio.wait_for(installing.wait(), _PATIENCE_S)
    except TimeoutError:
        installing.kill()
        await installing.wait()
    if installing.returncode:
        pytest.skip(f"npm cannot install {', '.join(packages)} here")
    return node
