"""What the portal reads of records."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from clients.portal.api.asking import Asking
from clients.portal.api.paging import list_all

Outcome = Literal["passed", "failed", "attended", "absent"]


class DossierResult(msgspec.Struct, frozen=True):
    """The result that holds."""

    outcome: Outcome
    grade: str | None


class DossierDocument(msgspec.Struct, frozen=True):
    """The latest document of a participant."""

    state: Literal["planned", "issued", "revoked"]


class Dossier(msgspec.Struct, frozen=True):
    """One participant of an offering."""

    enrolment_id: UUID
    learner_id: UUID
    name: str | None
    state: Literal["open", "closed"]
    result: DossierResult | None
    document: DossierDocument | None


class Result(msgspec.Struct, frozen=True):
    """A result as it was recorded."""

    outcome: Outcome
    grade: str | None
    reason: str | None
    recorded_at: datetime
    recorded_by: UUID


class History(msgspec.Struct, frozen=True):
    """The result that holds, and those that were corrected, the latest first."""

    result: Result | None
    corrected: tuple[Result, ...]


class ResultLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One participant in a list that is to be recorded."""

    enrolment_id: UUID
    outcome: Outcome
    grade: str | None = None


class ResultList(msgspec.Struct, frozen=True):
    """A whole list: all of it is recorded, or nothing."""

    results: tuple[ResultLine, ...]


class Recorded(msgspec.Struct, frozen=True):
    """What became of a list."""

    recorded: int


class ResultCorrection(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What holds from now on, and why."""

    outcome: Outcome
    reason: str
    grade: str | None = None


class Judged(msgspec.Struct, frozen=True):
    """How participants judged one statement."""

    name: str
    text: str
    counts: tuple[int, int, int, int, int]
    """How many gave 1 (strongly disagree), 2, 3, 4, 5 (strongly agree)."""
    mean: str


class Written(msgspec.Struct, frozen=True):
    """What was written to one question."""

    name: str
    text: str
    answers: tuple[str, ...]


class EvaluationResults(msgspec.Struct, frozen=True):
    """What participants said, together; nothing but numbers while they are too few."""

    asked: int
    answered: int
    fewest_shown: int
    statements: tuple[Judged, ...]
    questions: tuple[Written, ...]


async def list_dossiers(ask: Asking, offering_id: UUID) -> tuple[Dossier, ...]:
    """Everybody who takes part or has left, with results and documents, in order of arrival."""
    return await list_all(ask, "records", f"/v1/offerings/{offering_id}/dossiers", Dossier)


async def get_result(ask: Asking, enrolment_id: UUID) -> tuple[History, str]:
    """A participant's result with everything that was corrected, and the ETag to correct it with."""
    return await ask.get_with_tag("records", f"/v1/enrolments/{enrolment_id}/result", History)


async def record_results(
    ask: Asking, offering_id: UUID, results: tuple[ResultLine, ...]
) -> Recorded:
    """Record a list: all of it, or nothing."""
    path = f"/v1/offerings/{offering_id}/results"
    return await ask.put("records", path, ResultList(results), Recorded)


async def correct_result(
    ask: Asking, enrolment_id: UUID, correction: ResultCorrection, *, tag: str
) -> Result:
    """Correct a result; the one before it is kept."""
    path = f"/v1/enrolments/{enrolment_id}/result"
    return await ask.put("records", path, correction, Result, tag=tag)


async def get_evaluation_results(ask: Asking, offering_id: UUID) -> EvaluationResults:
    """What participants of an offering said."""
    path = f"/v1/offerings/{offering_id}/evaluation-results"
    return await ask.get("records", path, EvaluationResults)
