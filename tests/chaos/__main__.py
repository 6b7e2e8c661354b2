"""Chaos by hand: `make chaos`, `make chaos-crashes`, `make chaos-rolling`. Prints seed and schedule first."""

import argparse
import logging
import random
import sys
import tempfile
from pathlib import Path

import structlog
import uvloop

from deploy.local.processes import StartError
from tests.chaos.crash_points import crashing_system
from tests.chaos.reading import LISTENS
from tests.chaos.results import write_result
from tests.chaos.run import Plan, run, world_in
from tests.chaos.schedule import SERVICES, WORKER, deal, lasts_until_s, targets

_RATE = 8.0
_EVERY_S = 2.0


def main() -> None:
    """Read the arguments, run, and say how it went."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("what", choices=["run", "crashes", "rolling"])
    parser.add_argument("--seed", type=int, default=None, help="repeats a schedule")
    parser.add_argument("--stories", type=int, default=2000)
    parser.add_argument("--rate", type=float, default=_RATE, help="stories that begin in a second")
    parser.add_argument("--every", type=float, default=_EVERY_S, help="seconds between faults")
    parser.add_argument("--nodes", type=int, default=1, help="of RabbitMQ: 1 or 3")
    parser.add_argument("--folder", type=Path, default=None, help="keep data and logs there")
    parser.add_argument("--results", type=Path, default=Path("results/chaos.json"))
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.getLogger().setLevel(logging.CRITICAL)  # What is cut off complains about it.
    act = {"run": suffer, "crashes": crash, "rolling": roll}[given.what]
    try:
        sys.exit(uvloop.run(act(given)))
    except StartError as error:
        sys.exit(str(error))


async def suffer(given: argparse.Namespace) -> int:
    """The long run: everything fails, again and again. Returns the exit code: 0 if the books balance."""
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(10**6)
    schedule = deal(
        seed,
        targets(LISTENS, broker_nodes=given.nodes),
        faults=int(given.stories / given.rate / given.every),
        every_s=given.every,
    )
    say(f"seed {seed}; {len(schedule)} faults in {lasts_until_s(schedule):.0f} s:")
    for fault in schedule:
        say(f"  {fault}")
    return await _run(Plan(seed, given.stories, given.rate, schedule, given.nodes), given)


async def roll(given: argparse.Namespace) -> int:
    """Every process is replaced under load; nobody asks more than twice."""
    every = tuple(name + role for name in SERVICES for role in ("", WORKER))
    seed = given.seed or 0
    return await _run(Plan(seed, given.stories, given.rate, [], given.nodes, every), given)


async def _run(plan: Plan, given: argparse.Namespace) -> int:
    async with world_in(
        given.folder, seed=plan.seed, broker_nodes=plan.broker_nodes, say=say
    ) as world:
        result = await run(plan, world)
    say(str(result))
    write_result(given.results, result.summary())
    return 1 if result.wrong else 0


async def crash(given: argparse.Namespace) -> int:
    """Every passing of every point of the main story, each alone."""
    with tempfile.TemporaryDirectory(prefix="course-portal-crashes-") as passing:
        folder = given.folder or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        async with crashing_system(folder, say) as crashes:
            points = await crashes.find_points()
            wrong, missed, took_s = 0, 0, 0.0
            for number, point in enumerate(points, 1):
                done = await crashes.crash_at([point])
                wrong += bool(done.wrong)
                missed += not done.reached
                took_s += done.took_s
                how = "not reached" if not done.reached else "WRONG" if done.wrong else "balances"
                say(f"{number:4}/{len(points)} {done.took_s:5.1f} s  {how:11} {point}")
                for each in done.wrong:
                    say(f"       {each}")
    write_result(
        given.results,
        {
            "what": "crashes",
            "points": len(points),
            "not_reached": missed,
            "wrong": wrong,
            "took_s": round(took_s),
        },
    )
    say(f"{len(points)} points, {missed} not reached, {wrong} wrong")
    return 1 if wrong else 0


def say(what: str) -> None:
    """To whoever watches."""
    sys.stdout.write(what + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
