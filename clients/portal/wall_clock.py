"""Days and times as people type them, by the clock on the institution's wall, and the instants that they mean."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


class NoSuchTime(Exception):
    """The change of daylight-saving time skips or repeats this hour, or nothing is planned in this year."""


_YEARS = range(1900, 2201)


def instant_at(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant at which the clocks of a zone show this.

    Raises:
        NoSuchTime: they never show it, or twice.
    """
    if day.year not in _YEARS:
        raise NoSuchTime
    first, second = (datetime.combine(day, at.replace(fold=fold), zone) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        raise NoSuchTime
    return first.astimezone(UTC)


def read_day(typed: str) -> date | None:
    """A day as a date field sends it: 2027-04-13; None for anything else."""
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        return None


def read_time(typed: str) -> time | None:
    """A time as a time field sends it: 18:30, with seconds or without; None for anything else."""
    try:
        at = time.fromisoformat(typed.strip().replace(".", ":"))
    except ValueError:
        return None
    return at if at.tzinfo is None else None


def as_typed(at: datetime, zone: ZoneInfo) -> tuple[str, str]:
    """Day and time as fields hold them."""
    there = at.astimezone(zone)
    return f"{there:%Y-%m-%d}", f"{there:%H:%M}"
