"""`make run`: everything up, one screen that tells, Ctrl-C ends it all."""

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
from pathlib import Path

import structlog

from deploy.local.processes import StartError
from deploy.local.system import ROOT, USUAL_BASE, System

_WATCH_S = 2.0


def main() -> None:
    """Read the arguments and run until told to stop."""
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / ".run", help="data and logs")
    parser.add_argument("--port-base", type=int, default=USUAL_BASE, help="first of 50 ports")
    given = parser.parse_args()
    sys.exit(asyncio.run(run(given.folder.absolute(), given.port_base)))


async def run(folder: Path, port_base: int) -> int:
    """Start, tell, wait, stop. Returns the exit code."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    screen_itself = sys.stdout  # While something is imported, its output goes to a log.
    system = System(
        folder,
        preferred_base=port_base,
        say=lambda line: print(f"  {line}", file=screen_itself, flush=True),
    )
    print("Course Portal is starting.", flush=True)
    try:
        starting = asyncio.create_task(system.start())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await starting
            return 130
        await starting
        print(screen(system), flush=True)
        await _watch(system, stop)
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    finally:
        print("Stopping.", flush=True)
        await system.stop()
    return 0


async def _watch(system: System, stop: asyncio.Event) -> None:
    """Wait for the end, and tell when a process ends before."""
    gone: set[str] = set()
    while not stop.is_set():
        for name, child in system.children.items():
            if not child.alive and name not in gone:
                gone.add(name)
                print(f"  {name} has ended; see {child.log}", flush=True)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _WATCH_S)


def screen(system: System) -> str:
    """Where everything is, and who one can be."""
    at = system.addresses
    return f"""
Course Portal is running.

  Portal                {at.portal}
  Log in, sign up       {at.service("identity")}/login
  Check a certificate   {at.service("records")}/verify
  Mails                 {at.mails}
  Payment provider      {at.provider}
  SURFconext, eduID     a stand-in: choose them on the login page; nobody needs a password there

  catalogue    {at.service("catalogue")}/docs      notification {at.service("notification")}/docs
  enrolment    {at.service("enrolment")}/docs      records      {at.service("records")}/docs
  payment      {at.service("payment")}/docs      identity     {at.service("identity")}/docs

  People for trying out stand in deploy/demo/people.toml, with their passwords:
  noor@example.org (learner), office@portal.example, finance@portal.example, lecturer@portal.example …

  The whole story, told in a minute:   make demo
  A week later:                        make clock BY=7d
  Logs                                 {system.folder}/log

Ctrl-C stops everything.
"""


if __name__ == "__main__":
    main()
