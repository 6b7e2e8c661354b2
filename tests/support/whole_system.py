"""The whole system as `make run` starts it, for tests from outside."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.local.system import System


@asynccontextmanager
async def whole_system(prefix: str) -> AsyncIterator[System]:
    """Started in a folder of its own, and stopped at the end."""
    with tempfile.TemporaryDirectory(prefix=prefix) as folder:
        Path(folder).chmod(0o755)
        system = System(Path(folder), durable=False)
        try:
            await system.start()
            yield system
        finally:
            await system.stop()
