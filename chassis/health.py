"""What a process needs to do its work, and what of it is missing."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec


class Report(msgspec.Struct, frozen=True):
    """Ready or not, and what is missing; something can be missing that readiness does not depend on."""

    ready: bool
    missing: list[str]


class Health:
    """Named conditions. An edge stays ready without its broker: what it accepts waits in the outbox."""

    def __init__(self) -> None:
        self._conditions: dict[str, tuple[bool, Callable[[], Awaitable[bool]]]] = {}

    def needs(self, name: str, holds: Callable[[], Awaitable[bool]]) -> None:
        """Without this the process is not ready."""
        self._conditions[name] = (True, holds)

    def wants(self, name: str, holds: Callable[[], Awaitable[bool]]) -> None:
        """This is reported when it is missing."""
        self._conditions[name] = (False, holds)

    async def report(self) -> Report:
        """Look at everything at once."""
        holding = await asyncio.gather(*(holds() for _, holds in self._conditions.values()))
        missing = {
            name: needed
            for (name, (needed, _)), holds in zip(self._conditions.items(), holding, strict=True)
            if not holds
        }
        return Report(ready=not any(missing.values()), missing=list(missing))
