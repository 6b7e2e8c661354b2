"""What participants said about a course, together: figures, a chart that says the same, and their words."""

from collections.abc import Sequence

import msgspec

from clients.portal.api.catalogue import Offering
from clients.portal.api.records import EvaluationResults, Judged, Written
from clients.portal.words import Words

_FIRST = 5
"""Answers to each question beside the figures."""
PART = 10
"""Answers on a page of their own: each can be 2,000 characters long."""
_SHADES = (".15", ".35", ".55", ".78", "1")


class Bar(msgspec.Struct, frozen=True):
    """A piece of a bar: from where and how wide in percent of it, and how dark."""

    x: str
    width: str
    shade: str


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """How one statement was judged."""

    text: str
    counts: tuple[int, ...]
    mean: str
    bars: tuple[Bar, ...]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """The first answers to an open question."""

    name: str
    text: str
    answers: tuple[str, ...]
    count: int
    """Of all answers."""

    @property
    def has_more(self) -> bool:
        """Whether there is a page with all of them."""
        return self.count > len(self.answers)


class EvaluationPage(msgspec.Struct, frozen=True, kw_only=True):
    """What participants said."""

    offering: Offering
    asked: int
    answered: int
    share: int | None
    """Of those who were asked, in percent; None where nobody was."""
    fewest_shown: int
    statements: tuple[Statement, ...]
    """None of them while there are too few answers."""
    questions: tuple[Question, ...]


class AnswersPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the answers to an open question."""

    offering: Offering
    text: str
    answers: tuple[str, ...]
    first: int
    """The number of the first one here; 0 where there are none."""
    last: int
    count: int
    before: int | None
    """Where the part before begins; None on the first."""
    after: int | None


def evaluation_page(
    offering: Offering, results: EvaluationResults, *, words: Words
) -> EvaluationPage:
    """Make the page; what is shown of it, records decides."""
    return EvaluationPage(
        offering=offering,
        asked=results.asked,
        answered=results.answered,
        share=round(100 * results.answered / results.asked) if results.asked else None,
        fewest_shown=results.fewest_shown,
        statements=tuple(_statement(each, words) for each in results.statements),
        questions=tuple(
            Question(
                name=each.name,
                text=each.text,
                answers=each.answers[:_FIRST],
                count=len(each.answers),
            )
            for each in results.questions
        ),
    )


def answers_page(offering: Offering, written: Written, start: int) -> AnswersPage:
    """The answers from a place on, in the order in which records gives them."""
    count = len(written.answers)
    start = min(max(0, start), max(0, count - 1)) // PART * PART
    shown = written.answers[start : start + PART]
    return AnswersPage(
        offering=offering,
        text=written.text,
        answers=shown,
        first=start + 1 if shown else 0,
        last=start + len(shown),
        count=count,
        before=start - PART if start else None,
        after=start + PART if start + PART < count else None,
    )


def _statement(judged: Judged, words: Words) -> Statement:
    return Statement(
        text=judged.text,
        counts=judged.counts,
        mean=judged.mean.replace(".", words.say("desk.decimal_sign")),
        bars=_bars(judged.counts),
    )


def _bars(counts: Sequence[int]) -> tuple[Bar, ...]:
    """One bar of a hundred percent, a piece for every score that somebody gave."""
    total = sum(counts)
    bars: list[Bar] = []
    so_far = 0
    for count, shade in zip(counts, _SHADES, strict=True):
        if count:
            bars.append(Bar(_percent(so_far, total), _percent(count, total), shade))
        so_far += count
    return tuple(bars)


def _percent(part: int, of: int) -> str:
    return f"{100 * part / of:.2f}%"
