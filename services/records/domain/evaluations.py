"""What participants say about a course: when they can, and what of it is shown to whom."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from contracts.catalogue import Activity
from contracts.fact import Translated
from contracts.records import EvaluationOpened, EvaluationSubmitted
from services.records import refusals
from services.records.domain.dossiers import State

EVALUATED: frozenset[Activity] = frozenset({"course", "lecture", "seminar", "practical"})
"""What is taught in meetings. Nobody asks how clearly an exam explained things."""

FEWEST_SHOWN = 5
"""Below this many answers nothing is shown: whoever reads them could guess who gave which."""

_ONE_DAY = timedelta(days=1)
_ONE_INSTANT = timedelta(microseconds=1)

Score = Annotated[int, Meta(ge=1, le=5)]
"""1 is strongly disagree, 5 is strongly agree."""
Words = Annotated[str, Meta(max_length=2000)]

STATEMENTS: dict[str, Translated] = {
    "goals": Translated(nl="Ik heb de leerdoelen bereikt", en="I reached the learning goals"),
    "level": Translated(nl="Het niveau paste bij mij", en="The level suited me"),
    "lecturer": Translated(
        nl="De docent legde dingen duidelijk uit", en="The lecturer explained things clearly"
    ),
    "work": Translated(nl="De opdrachten hielpen me leren", en="The assignments helped me learn"),
    "place": Translated(
        nl="Plaats, tijd en materiaal waren in orde", en="Place, time and materials were in order"
    ),
}
QUESTIONS: dict[str, Translated] = {
    "keep": Translated(nl="Wat moet blijven zoals het is?", en="What should stay as it is?"),
    "change": Translated(nl="Wat moet anders?", en="What should change?"),
}


class Window(msgspec.Struct, frozen=True):
    """From this instant on, and until before that one."""

    opens_at: datetime
    open_until: datetime

    @property
    def last_day_ends_with(self) -> datetime:
        """The last instant at which answers are taken; its day is the one that people are told."""
        return self.open_until - _ONE_INSTANT


class Answers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody said: five statements and two open questions."""

    goals: Score
    level: Score
    lecturer: Score
    work: Score
    place: Score
    keep: Words | None = None
    change: Words | None = None


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A participant who is to be told that the evaluation is open, or until when it is now."""

    evaluation_id: UUID | None
    """None: they have not been told before."""
    enrolment_id: UUID
    learner_id: UUID
    offering_id: UUID
    open_until: datetime


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """One participant's evaluation. What they say is not in it and does not lead to it."""

    evaluation_id: UUID
    enrolment_id: UUID
    learner_id: UUID
    offering_id: UUID
    dossier: State
    window: Window | None
    submitted_at: datetime | None = None
    submission_key: str | None = None
    """The Idempotency-Key of the submission: its repetition gets the same answer."""


def evaluation_window(
    activity: Activity, starts_at: datetime, ends_at: datetime, *, weeks: int, zone: ZoneInfo
) -> Window | None:
    """From the start of the course's last day until and including the same weekday, `weeks` later.

    Calendar days of the institution (A31). A course that ends at midnight ends on the day before.
    None for what is not evaluated.
    """
    if activity not in EVALUATED:
        return None
    last_moment = max(starts_at, ends_at - _ONE_INSTANT)
    last_day = last_moment.astimezone(zone).date()
    return Window(
        opens_at=_start_of(last_day, zone),
        open_until=_start_of(last_day + timedelta(weeks=weeks) + _ONE_DAY, zone),
    )


def open_evaluation(due: Due, *, evaluation_id: UUID) -> EvaluationOpened:
    """Tell a participant until when the evaluation is open; again when that has moved."""
    return EvaluationOpened(
        evaluation_id=evaluation_id,
        enrolment_id=due.enrolment_id,
        learner_id=due.learner_id,
        offering_id=due.offering_id,
        open_until=due.open_until,
    )


def submit_evaluation(
    evaluation: Evaluation, *, key: str, now: datetime
) -> tuple[Evaluation, EvaluationSubmitted]:
    """Mark that somebody has said what it was like, once (A32).

    Raises:
        Refusal: they did already, have left, or the evaluation is not open (any more).
    """
    if evaluation.submitted_at is not None:
        raise refusals.ALREADY_EVALUATED(submitted_at=evaluation.submitted_at)
    if evaluation.dossier != "open" or evaluation.window is None:
        raise refusals.NOT_TAKING_PART()
    if now < evaluation.window.opens_at:
        raise refusals.EVALUATION_NOT_OPEN(opens_at=evaluation.window.opens_at)
    if now >= evaluation.window.open_until:
        raise refusals.EVALUATION_OVER(open_until=evaluation.window.last_day_ends_with)
    submitted = replace(evaluation, submitted_at=now, submission_key=key)
    return submitted, EvaluationSubmitted(
        evaluation_id=evaluation.evaluation_id,
        enrolment_id=evaluation.enrolment_id,
        offering_id=evaluation.offering_id,
        submitted_at=now,
    )


def put_in(box: Iterable[Answers], answers: Answers) -> list[Answers]:
    """Add answers to the box of their offering, in an order that tells nothing of who came when."""
    tidied = replace(answers, keep=_tidy(answers.keep), change=_tidy(answers.change))
    return sorted([*box, tidied], key=msgspec.json.encode)


class StatementResult(msgspec.Struct, frozen=True, kw_only=True):
    """How participants judged one statement."""

    statement: str
    counts: tuple[int, int, int, int, int]
    """How many gave 1, 2, 3, 4, 5."""
    mean: str
    """With one decimal."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What participants said, together. Nothing but how many there were while they are too few."""

    answered: int
    is_shown: bool
    statements: tuple[StatementResult, ...] = ()
    keep: tuple[str, ...] = ()
    change: tuple[str, ...] = ()


def sum_up(box: Sequence[Answers]) -> Summary:
    """Add up what participants said, if they are enough."""
    if len(box) < FEWEST_SHOWN:
        return Summary(answered=len(box), is_shown=False)
    return Summary(
        answered=len(box),
        is_shown=True,
        statements=tuple(
            _judged(statement, [getattr(answers, statement) for answers in box])
            for statement in STATEMENTS
        ),
        keep=tuple(sorted(answers.keep for answers in box if answers.keep)),
        change=tuple(sorted(answers.change for answers in box if answers.change)),
    )


def _judged(statement: str, scores: Sequence[int]) -> StatementResult:
    one, two, three, four, five = (scores.count(score) for score in range(1, 6))
    tenths = (20 * sum(scores) + len(scores)) // (2 * len(scores))  # Rounded half up.
    return StatementResult(
        statement=statement,
        counts=(one, two, three, four, five),
        mean=f"{tenths // 10}.{tenths % 10}",
    )


def _tidy(words: str | None) -> str | None:
    return (words or "").strip() or None


def _start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a day; where the clock skips midnight, the instant of the change."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
