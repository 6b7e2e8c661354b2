"""`make clock BY=7d`: move the time of the running system, so that next week is seen today."""

import re
import sys
from datetime import timedelta
from pathlib import Path

from chassis.clock import MovableClock, move_clock
from deploy.local.system import CLOCK

_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def duration(text: str) -> timedelta:
    """Read `7d`, `36h`, `1d12h`, `45m`, `30s`.

    Raises:
        ValueError: it is none of these.
    """
    if not re.fullmatch(r"\+?(\d+[dhms])+", text):
        raise ValueError(f"{text!r} is no duration. Write it like 7d, 36h, 1d12h or 45m.")
    return timedelta(
        **{_UNITS[unit]: int(number) for number, unit in re.findall(r"(\d+)([dhms])", text)}
    )


def main() -> None:
    """Move the clock of the system in a folder and say what time it is there now."""
    if len(sys.argv) != 3:  # noqa: PLR2004 - the program's name, a folder, a duration.
        sys.exit("Usage: python -m deploy.local.clock FOLDER DURATION")
    file = Path(sys.argv[1]) / CLOCK
    try:
        move_clock(file, duration(sys.argv[2]))
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    print(f"It is {MovableClock(file).now():%A %d %B %Y, %H:%M} UTC in there now.")


if __name__ == "__main__":
    main()
