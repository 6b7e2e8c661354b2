"""Evaluations: what participants say about a course, once, and what of it is shown."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from chassis.http.access import SIGNED_IN, Caller, only
from chassis.http.conditional import conditional
from chassis.http.idempotency import once_of
from chassis.http.paging import Page
from chassis.http.problems import NOT_FOUND
from chassis.http.request import AnyRequest
from contracts.fact import Language
from services.records import commands, store
from services.records.domain.evaluations import (
    FEWEST_SHOWN,
    QUESTIONS,
    STATEMENTS,
    Answers,
    sum_up,
)
from services.records.edge.shared import get_own_offering
from services.records.parts import Parts

_MOST_OPEN = 100


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A statement or a question. `name` is the field of the submission that answers it."""

    name: str
    text: str


class EvaluationView(msgspec.Struct, frozen=True, kw_only=True):
    """An evaluation, with what it asks."""

    evaluation_id: UUID | None
    """None until it has opened for you: there is nothing to submit to."""
    enrolment_id: UUID
    offering_id: UUID
    title: str
    state: Literal["not_open", "open", "submitted", "over"]
    """`over` also for who has left the course, and for what is not evaluated at all (`opens_at` is null)."""
    opens_at: datetime | None
    open_until: datetime | None
    """Answers are taken before this instant: midnight after the last day."""
    submitted_at: datetime | None
    statements: tuple[Item, ...]
    """Each is answered from 1 (strongly disagree) to 5 (strongly agree)."""
    questions: tuple[Item, ...]
    """Each may be left out."""


class Submitted(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody has answered; what they said is kept apart from it."""

    evaluation_id: UUID
    submitted_at: datetime


class StatementView(msgspec.Struct, frozen=True, kw_only=True):
    """How participants judged one statement."""

    name: str
    text: str
    counts: tuple[int, int, int, int, int]
    """How many gave 1 (strongly disagree), 2, 3, 4, 5 (strongly agree)."""
    mean: str


class AnswersView(msgspec.Struct, frozen=True, kw_only=True):
    """What was written to one question, in alphabetical order."""

    name: str
    text: str
    answers: tuple[str, ...]


class EvaluationResults(msgspec.Struct, frozen=True, kw_only=True):
    """What participants said, together."""

    offering_id: UUID
    asked: int
    answered: int
    fewest_shown: int
    """Below this many answers there are no statements and questions here."""
    statements: tuple[StatementView, ...]
    questions: tuple[AnswersView, ...]


@get("/v1/evaluations", access=SIGNED_IN)
async def list_evaluations(
    request: AnyRequest,
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Response[Page[EvaluationView]]:
    """What I can evaluate now, the one that closes first first (A31)."""
    now = parts.clock.now()
    async with parts.db.reading() as connection:
        listed = await store.evaluations.list_open(
            connection, caller.account_id, now=now, limit=_MOST_OPEN
        )
    return conditional(request, Page([_view(each, language, now) for each in listed]))


@get("/v1/evaluations/{evaluation_id:uuid}", access=SIGNED_IN)
async def get_evaluation(
    request: AnyRequest,
    evaluation_id: FromPath[UUID],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Response[EvaluationView]:
    """One evaluation of mine."""
    async with parts.db.reading() as connection:
        found = await store.evaluations.get_own(connection, evaluation_id)
    if found is None or found.learner_id != caller.account_id:
        raise NOT_FOUND()
    return conditional(request, _view(found, language, parts.clock.now()))


@get("/v1/enrolments/{enrolment_id:uuid}/evaluation", access=SIGNED_IN)
async def get_evaluation_of_enrolment(
    request: AnyRequest,
    enrolment_id: FromPath[UUID],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Response[EvaluationView]:
    """The evaluation of an enrolment of mine, as soon as I have a place: when it opens, or how it stands."""
    async with parts.db.reading() as connection:
        found = await store.evaluations.get_own_of(connection, enrolment_id)
    if found is None or found.learner_id != caller.account_id:
        raise NOT_FOUND()
    return conditional(request, _view(found, language, parts.clock.now()))


@post("/v1/evaluations/{evaluation_id:uuid}/submission", access=SIGNED_IN)
async def submit_evaluation(
    request: AnyRequest,
    evaluation_id: FromPath[UUID],
    data: JSONBody[Answers],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
) -> Response[Submitted]:
    """Say what it was like, once (A32). Your name is not kept with your answers.

    Nor is a hash of them: so a repetition with the same `Idempotency-Key` gets the same answer
    even where its body differs.
    """
    once = await once_of(request, caller)
    async with parts.db.transaction() as tx:
        evaluation, replayed = await commands.submit_evaluation(
            tx,
            evaluation_id,
            data,
            learner_id=caller.account_id,
            key=once.key,
            now=parts.clock.now(),
        )
    if evaluation.submitted_at is None:
        raise AssertionError  # Submitting it says when.
    return Response(
        Submitted(evaluation_id=evaluation_id, submitted_at=evaluation.submitted_at),
        status_code=201,
        headers={
            "Location": f"/v1/evaluations/{evaluation_id}",
            **({"Idempotent-Replayed": "true"} if replayed else {}),
        },
    )


@get(
    "/v1/offerings/{offering_id:uuid}/evaluation-results",
    access=only("lecturer", "coordinator", "office"),
)
async def get_evaluation_results(
    request: AnyRequest,
    offering_id: FromPath[UUID],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Response[EvaluationResults]:
    """What participants said, together; nothing but their number while they are fewer than five."""
    async with parts.db.reading() as connection:
        await get_own_offering(connection, caller, offering_id)
        asked = await store.evaluations.count_asked(connection, offering_id)
        box = await store.evaluations.get_box(connection, offering_id)
    summary = sum_up(box)
    written = {"keep": summary.keep, "change": summary.change} if summary.is_shown else {}
    results = EvaluationResults(
        offering_id=offering_id,
        asked=asked,
        answered=summary.answered,
        fewest_shown=FEWEST_SHOWN,
        statements=tuple(
            StatementView(
                name=each.statement,
                text=STATEMENTS[each.statement].in_language(language),
                counts=each.counts,
                mean=each.mean,
            )
            for each in summary.statements
        ),
        questions=tuple(
            AnswersView(name=name, text=QUESTIONS[name].in_language(language), answers=answers)
            for name, answers in written.items()
        ),
    )
    return conditional(request, results)


def _view(
    found: store.evaluations.OwnEvaluation, language: Language, now: datetime
) -> EvaluationView:
    return EvaluationView(
        evaluation_id=found.evaluation_id,
        enrolment_id=found.enrolment_id,
        offering_id=found.offering_id,
        title=found.title.in_language(language),
        state=_state(found, now),
        opens_at=found.opens_at,
        open_until=found.open_until,
        submitted_at=found.submitted_at,
        statements=tuple(
            Item(name=name, text=text.in_language(language)) for name, text in STATEMENTS.items()
        ),
        questions=tuple(
            Item(name=name, text=text.in_language(language)) for name, text in QUESTIONS.items()
        ),
    )


def _state(
    found: store.evaluations.OwnEvaluation, now: datetime
) -> Literal["not_open", "open", "submitted", "over"]:
    if found.submitted_at is not None:
        return "submitted"
    if not found.is_taking_part or found.opens_at is None or found.open_until is None:
        return "over"
    if now >= found.open_until:
        return "over"
    # Whoever has not been asked yet is, within a minute of its opening.
    return "open" if now >= found.opens_at and found.evaluation_id is not None else "not_open"


ROUTES = [
    list_evaluations,
    get_evaluation,
    get_evaluation_of_enrolment,
    submit_evaluation,
    get_evaluation_results,
]
