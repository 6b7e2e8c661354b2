"""The evaluation of a course: its questions while it is open, and a sentence when it is not (A31, A32)."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from clients.portal.api.records import Answers, Evaluation, Item
from clients.portal.forms import Form
from clients.portal.words import Words

SCORES = ("1", "2", "3", "4", "5")
"""From strongly disagree to strongly agree."""
STATEMENTS = ("goals", "level", "lecturer", "work", "place")
QUESTIONS = ("keep", "change")

_LONGEST = 2000
_ONE_INSTANT = timedelta(microseconds=1)

How = Literal["open", "not_open", "submitted", "over", "not_taking_part", "none"]


class EvaluationPage(msgspec.Struct, frozen=True, kw_only=True):
    """How it stands, and what is asked while it is open."""

    enrolment_id: UUID
    title: str
    how: How
    lead: str
    last_day: datetime | None
    statements: tuple[Item, ...]
    questions: tuple[Item, ...]
    scale: tuple[tuple[str, str], ...]


def read_answers(form: Form) -> Answers | None:
    """What somebody says; None where something has to be corrected first."""
    for number, name in enumerate(STATEMENTS, start=1):
        if form.typed(name) not in SCORES:
            form.wrong(name, "evaluation.score_needed", number=number)
    keep, change = (
        form.text(name, longest=_LONGEST, too_long="evaluation.too_long") for name in QUESTIONS
    )
    if not form.is_right:
        return None
    return Answers(
        **{name: int(form.typed(name)) for name in STATEMENTS},
        keep=keep or None,
        change=change or None,
    )


def evaluation_page(
    enrolment_id: UUID, title: str, evaluation: Evaluation | None, *, words: Words, now: datetime
) -> EvaluationPage:
    """Make the page. Without an evaluation there is no place in the course (yet)."""
    how = _how(evaluation, now)
    last_day = None
    if evaluation is not None and evaluation.open_until is not None:
        last_day = evaluation.open_until - _ONE_INSTANT
    return EvaluationPage(
        enrolment_id=enrolment_id,
        title=title,
        how=how,
        lead=_lead(how, evaluation, last_day, words),
        last_day=last_day,
        statements=evaluation.statements if evaluation is not None else (),
        questions=evaluation.questions if evaluation is not None else (),
        scale=tuple((score, words.say(f"evaluation.score.{score}")) for score in SCORES),
    )


def _how(evaluation: Evaluation | None, now: datetime) -> How:
    if evaluation is None:
        return "not_open"
    if evaluation.state != "over":
        return evaluation.state
    if evaluation.opens_at is None or evaluation.open_until is None:
        return "none"
    return "over" if evaluation.open_until <= now else "not_taking_part"


def _lead(how: How, evaluation: Evaluation | None, last_day: datetime | None, words: Words) -> str:
    if evaluation is None or how in ("not_taking_part", "none"):
        return words.say(f"evaluation.lead.{'no_place' if evaluation is None else how}")
    at = {"not_open": evaluation.opens_at, "submitted": evaluation.submitted_at}.get(how, last_day)
    if at is None:
        raise AssertionError  # Each of these states has its day.
    return words.say(f"evaluation.lead.{how}", day=words.on(at), time=words.clock(at))
