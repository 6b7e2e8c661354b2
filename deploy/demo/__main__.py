"""`make demo`: tell the story against the running system, or against one that is started for it."""

import argparse
import asyncio
import logging
import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import structlog

from chassis.clock import MovableClock
from deploy.demo.narrator import Narrator, listening
from deploy.demo.story import Story
from deploy.local.processes import StartError
from deploy.local.rabbitmq import PASSWORD, USER
from deploy.local.system import AMQP, CLOCK, ROOT, System, find_running


def main() -> None:
    """Read the arguments and tell."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / ".run", help="of the running system")
    parser.add_argument("--files", type=Path, default=ROOT / "demo", help="where the files go")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        asyncio.run(tell(given.folder.absolute(), given.files.absolute()))
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


async def tell(folder: Path, files: Path) -> None:
    """Find the system or start one, tell the story, and leave things as they were found."""
    async with AsyncExitStack() as stack:
        running = await find_running(folder)
        if running is None:
            print("Nothing runs there, so a system is started for the story.", flush=True)
            system = System(folder, say=lambda line: print(f"  {line}", flush=True))
            stack.push_async_callback(system.stop)
            await system.start()
            running = system.addresses
        narrator = Narrator(MovableClock(folder / CLOCK))
        broker = f"amqp://{USER}:{PASSWORD}@127.0.0.1:{running.base + AMQP}/"
        amqp_url = os.environ.get("AMQP_URL", broker)
        await stack.enter_async_context(listening(narrator, amqp_url, running.mails))
        await Story(running, folder / CLOCK, files, narrator, stack).tell()


main()
