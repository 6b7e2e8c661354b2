"""`make bench`: how fast the whole system is on this machine, and how far from the limit.

python -m tests.load [--floors] [part …]     measure; all parts without one
python -m tests.load --report                write docs/performance.md from what was measured last
"""

import argparse
import resource
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop

from tests.load.bench import Bench
from tests.load.drawing import draw
from tests.load.parts.facts import facts
from tests.load.parts.growth import growth
from tests.load.parts.hot import hot
from tests.load.parts.mass import mass
from tests.load.parts.memory import memory
from tests.load.parts.portal import portal
from tests.load.parts.spread import spread
from tests.load.parts.story import story
from tests.load.people import Crowd
from tests.load.report import put_into, write_report
from tests.load.run import Run, missed, read_runs, say

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "results"
DOCUMENT = ROOT / "docs" / "performance.md"
PICTURES = ROOT / "docs" / "performance"
PARTS: dict[str, Callable[[Bench], Awaitable[None]]] = {
    "hot": hot,
    "spread": spread,
    "story": story,
    "facts": facts,
    "mass": mass,
    "growth": growth,
    "portal": portal,
    "memory": memory,
}


async def measure(parts: list[str]) -> Run:
    """Run these parts, one after the other."""
    run = Run(RESULTS, ROOT)
    bench = Bench(run, Crowd(RESULTS / "tokens"), RESULTS / "system")
    for part in parts:
        run.begin(part)
        await PARTS[part](bench)
        run.end()
    return run


def report() -> None:
    """Write the tables and pictures of docs/performance.md."""
    runs = read_runs(RESULTS)
    in_order = {part: runs[part] for part in PARTS if part in runs}
    written = write_report(in_order, draw(in_order, PICTURES), DOCUMENT.parent)
    DOCUMENT.write_text(put_into(DOCUMENT.read_text(), written))


def main() -> int:
    """Read the command line, do it, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.load")
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--floors", action="store_true", help="exit with 1 if a floor is missed")
    parser.add_argument("--report", action="store_true", help="only write docs/performance.md")
    given = parser.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    if given.report:
        report()
        return 0
    _allow_many_connections()
    run = uvloop.run(measure(given.parts or list(PARTS)))
    draw(read_runs(RESULTS), RESULTS)
    below = missed(run.figures)
    names = ", ".join(figure.name for figure in below)
    say(f"\nFloors missed: {names or 'none'}. Everything is in {RESULTS.relative_to(ROOT)}/.")
    return 1 if given.floors and below else 0


def _allow_many_connections() -> None:
    """For the client, and for the edges, which inherit it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    sys.exit(main())
