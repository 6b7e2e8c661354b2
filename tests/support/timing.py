"""The time of a whole system, which tests move."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from chassis.clock import MovableClock, move_clock

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


class Time:
    """The system's time, which tests move."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._clock = MovableClock(file)

    def now(self) -> datetime:
        return self._clock.now()

    def move(self, **by: float) -> None:
        move_clock(self._file, timedelta(**by))

    def move_to(self, at: datetime) -> None:
        move_clock(self._file, max(timedelta(), at - self.now()))

    def evening(self, days: int) -> datetime:
        """18:30 in Amsterdam, so many days from now."""
        day = (self.now().astimezone(AMSTERDAM) + timedelta(days=days)).date()
        return datetime(day.year, day.month, day.day, 18, 30, tzinfo=AMSTERDAM)
