"""`python -m clients.portal prepare|run`."""

import argparse
import asyncio
from pathlib import Path

from chassis.database import apply_migrations
from chassis.health import Health
from chassis.jobs import Job
from chassis.process import serve, start
from chassis.stopping import stop_on_signals
from clients.portal.app import build_portal
from clients.portal.parts import Parts, open_parts
from clients.portal.settings import Settings

MIGRATIONS = Path(__file__).parent / "migrations"
_FORGET_EVERY_S = 600


async def run(settings: Settings) -> None:
    """Show pages until told to stop."""
    stop = stop_on_signals()
    async with open_parts(settings, stopping=stop) as parts, asyncio.TaskGroup() as tasks:
        health = Health()
        health.needs("database", parts.db.answers)
        forgetting = Job("forget_what_is_over", _forget_what_is_over, rest_s=_FORGET_EVERY_S)
        tasks.create_task(forgetting.run(parts, stop))
        await serve(build_portal(parts, health=health), settings, stop, role="portal")


async def _forget_what_is_over(parts: Parts) -> int:
    return await parts.sessions.forget_what_is_over()


async def prepare(settings: Settings) -> None:
    """Bring the database up to date."""
    await asyncio.to_thread(apply_migrations, settings.database_url, MIGRATIONS)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m clients.portal")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    commands.add_parser("run", help="show pages")
    commands.add_parser("prepare", help="bring the database up to date")
    start("portal", Settings, {"run": run, "prepare": prepare}[parser.parse_args().command])


if __name__ == "__main__":
    main()
