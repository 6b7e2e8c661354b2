"""The relay is woken by who commits, in whichever process it runs."""

import asyncio

from chassis.database import AWAY, Database
from chassis.stopping import sleep_or_stop

WAKE_CHANNEL = "outbox"
_COALESCE_S = 0.005


async def wake_relay(db: Database, stop: asyncio.Event) -> None:
    """Tell the relay, wherever it runs, that something was committed; many commits make one NOTIFY.

    Never from a trigger: a NOTIFY inside the transactions would line up their commits.
    """
    while not stop.is_set():
        await db.written.wait()
        db.written.clear()
        try:
            async with db.reading() as connection:
                await connection.execute(f"NOTIFY {WAKE_CHANNEL}")
        except AWAY:
            await sleep_or_stop(1, stop)  # The relay's poll is the net.
        await asyncio.sleep(_COALESCE_S)
