"""Wall-clock time of the institution, and the instants that it means."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from contracts.catalogue import Activity
from contracts.fact import Translated

_ONE_DAY = timedelta(days=1)
_DAYS_BEFORE_AN_EXAM = 10
_YEARS = (1900, 2200)
_EXAMS: frozenset[Activity] = frozenset({"exam", "resit"})


class NotOneInstant(Exception):
    """A wall-clock time that means no instant, or two: the clock skips or repeats it, or its year cannot be."""

    def __init__(self, reason: Translated) -> None:
        super().__init__(reason.en)
        self.reason = reason


def instant_at(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which the clocks of a zone show this time.

    Raises:
        NotOneInstant: they never show it, or twice, or it is in no year that anything is planned in.
    """
    if not is_of_our_time(wall):
        raise NotOneInstant(NOT_OF_OUR_TIME)
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        # RFC 5545, 3.3.5 would guess. Nobody teaches at that hour, so it is a slip of the pen.
        skipped = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall
        raise NotOneInstant(_SKIPPED if skipped else _REPEATED)
    return first.astimezone(UTC)


def is_of_our_time(at: datetime) -> bool:
    """Whether anything can be planned at this time: a slip of the pen makes 0207 or 20271 of 2027."""
    return _YEARS[0] <= at.year <= _YEARS[1]


def midnight_before(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a day, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def midnight_after(day: date, zone: ZoneInfo) -> datetime:
    """The first instant after a day, in UTC: "until and including" that day."""
    return midnight_before(day + _ONE_DAY, zone)


def closes_by_rule(activity: Activity, starts_at: datetime, zone: ZoneInfo) -> datetime:
    """When enrolment closes where nobody decided otherwise: at the start, for exams ten days earlier.

    Source: PRODUCT.md B30 (calendar days, the institution's zone, end of that day).
    """
    if activity not in _EXAMS:
        return starts_at
    day = starts_at.astimezone(zone).date()
    return midnight_after(day - _DAYS_BEFORE_AN_EXAM * _ONE_DAY, zone)


NOT_OF_OUR_TIME = Translated(
    nl="Dit jaar klopt niet. Neem een jaar van 1900 tot en met 2200.",
    en="This year cannot be right. Take a year from 1900 to 2200.",
)
_SKIPPED = Translated(
    nl="Deze tijd bestaat die dag niet: de klok gaat een uur vooruit. Neem een tijd daarvoor of daarna.",
    en="This time does not exist on that day: the clock skips an hour. Take a time before or after it.",
)
_REPEATED = Translated(
    nl="Deze tijd komt die dag tweemaal voor: de klok gaat een uur terug. Neem een tijd daarvoor of daarna.",
    en="This time comes twice on that day: the clock goes back an hour. Take a time before or after it.",
)
