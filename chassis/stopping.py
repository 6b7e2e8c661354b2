"""A process ends when it is asked to: what runs looks at one event."""

import asyncio
import contextlib
import signal


def stop_on_signals() -> asyncio.Event:
    """Set once the process is asked to end."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def sleep_or_stop(seconds: float, stop: asyncio.Event) -> None:
    """Wait, but not longer than until the process is told to stop."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
