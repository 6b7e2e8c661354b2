"""The time. Injected everywhere, so that "one week before" can be seen today."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

_LOOK_AGAIN_S = 0.01


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The instant, aware, in UTC."""


class RealClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class MovableClock:
    """The machine's time plus an offset that a file holds, shared by all processes of a rehearsal.

    The file is looked at again after a hundredth of a second: a request asks for the time often.
    """

    def __init__(self, offset_file: Path) -> None:
        self._file = offset_file
        self._looked_at = -_LOOK_AGAIN_S
        self._offset = timedelta()

    def now(self) -> datetime:
        if (at := time.monotonic()) - self._looked_at >= _LOOK_AGAIN_S:
            self._looked_at = at
            self._offset = _read(self._file)
        return datetime.now(UTC) + self._offset


def clock_from(offset_file: str) -> Clock:
    """The real clock, or the movable one where a rehearsal asks for it."""
    return MovableClock(Path(offset_file)) if offset_file else RealClock()


def move_clock(offset_file: Path, by: timedelta) -> timedelta:
    """Move a rehearsal's time and return its whole offset. Time moves forward only.

    When this returns, all processes tell the new time.
    """
    if by < timedelta():
        raise ValueError("Time moves forward only.")
    total = _read(offset_file) + by
    written = offset_file.with_suffix(".new")
    written.write_text(str(total.total_seconds()))
    written.replace(offset_file)  # Atomic: a reader sees the old offset or the new one.
    time.sleep(_LOOK_AGAIN_S)
    return total


def _read(offset_file: Path) -> timedelta:
    try:
        return timedelta(seconds=float(offset_file.read_text() or 0))
    except FileNotFoundError:
        return timedelta()
