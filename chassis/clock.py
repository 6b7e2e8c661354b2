"""The time. Injected everywhere, so that "one week before" can be seen today."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


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

    The file is looked at again on every call: a stat, about a microsecond.
    """

    def __init__(self, offset_file: Path) -> None:
        self._file = offset_file
        self._seen: tuple[int, int] | None = None
        self._offset = timedelta()

    def now(self) -> datetime:
        try:
            stat = self._file.stat()
        except FileNotFoundError:
            return datetime.now(UTC)
        seen = (stat.st_mtime_ns, stat.st_size)
        if seen != self._seen:
            self._offset = timedelta(seconds=float(self._file.read_text() or 0))
            self._seen = seen
        return datetime.now(UTC) + self._offset


def clock_from(offset_file: str) -> Clock:
    """The real clock, or the movable one where a rehearsal asks for it."""
    return MovableClock(Path(offset_file)) if offset_file else RealClock()


def move_clock(offset_file: Path, by: timedelta) -> timedelta:
    """Move a rehearsal's time and return its whole offset. Time moves forward only."""
    if by < timedelta():
        raise ValueError("Time moves forward only.")
    held = float(offset_file.read_text() or 0) if offset_file.exists() else 0.0
    total = held + by.total_seconds()
    written = offset_file.with_suffix(".new")
    written.write_text(str(total))
    written.replace(offset_file)  # Atomic: a reader sees the old offset or the new one.
    return timedelta(seconds=total)
