"""Short runs: the same as the long ones, with a given seed and fewer stories."""

import logging
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from tests.chaos.run import world_in
from tests.chaos.world import World

SEED = 20261123


@pytest.fixture(scope="session", autouse=True)
def quiet_logs() -> Iterator[None]:
    """What is cut off complains about it; only the books count here."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="module")
async def world() -> AsyncIterator[World]:
    async with world_in(None, seed=SEED, broker_nodes=1, say=print) as running:
        yield running


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="course-portal-crashes-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
