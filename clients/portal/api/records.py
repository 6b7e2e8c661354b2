"""What the portal reads of records."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from clients.portal.api.asking import Asking, Passing
from clients.portal.api.paging import Page, list_all
from contracts.fact import Language

Outcome = Literal["passed", "failed", "attended", "absent"]
Kind = Literal["certificate", "proof_of_attendance"]
EvaluationState = Literal["not_open", "open", "submitted", "over"]
Score = Annotated[int, Meta(ge=1, le=5)]

_MOST = 50


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


class Download(msgspec.Struct, frozen=True):
    """A document's PDF in one language."""

    language: Language


class Document(msgspec.Struct, frozen=True):
    """A certificate or a proof of attendance."""

    document_id: UUID
    kind: Kind
    state: Literal["planned", "issued", "revoked"]
    title: str | None
    number: str | None
    code: str | None
    verify_url: str | None
    downloads: tuple[Download, ...]
    issued_at: datetime | None
    revoked_at: datetime | None
    replaces: str | None
    replaced_by: str | None


class OwnResult(msgspec.Struct, frozen=True):
    """The result that holds."""

    version: int
    outcome: Outcome
    grade: str | None
    recorded_at: datetime


class Record(msgspec.Struct, frozen=True):
    """One course of the reader's: the result, and what it earned."""

    enrolment_id: UUID
    title: str
    class_number: str
    academic_year: str
    activity: str
    ends_at: datetime
    result: OwnResult
    documents: tuple[Document, ...]


class Item(msgspec.Struct, frozen=True):
    """A statement or a question of an evaluation."""

    name: str
    text: str


class Evaluation(msgspec.Struct, frozen=True):
    """The reader's evaluation of a course, with what it asks."""

    evaluation_id: UUID | None
    enrolment_id: UUID
    title: str
    state: EvaluationState
    opens_at: datetime | None
    open_until: datetime | None
    submitted_at: datetime | None
    statements: tuple[Item, ...]
    questions: tuple[Item, ...]


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What the reader says of a course: five statements, two open questions."""

    goals: Score
    level: Score
    lecturer: Score
    work: Score
    place: Score
    keep: str | None = None
    change: str | None = None


class Submitted(msgspec.Struct, frozen=True):
    """That it has arrived."""

    submitted_at: datetime


async def list_dossiers(ask: Asking, offering_id: UUID, *, cursor: str = "") -> Page[Dossier]:
    """Those who take part or have left, with results and documents, in order of arrival, part by part."""
    path = f"/v1/offerings/{offering_id}/dossiers"
    return await ask.get("records", path, Page[Dossier], limit=_MOST, cursor=cursor)


async def find_dossier(ask: Asking, offering_id: UUID, enrolment_id: UUID) -> Dossier | None:
    """One of them, wherever in the list it stands."""
    dossiers = await list_all(ask, "records", f"/v1/offerings/{offering_id}/dossiers", Dossier)
    return next((each for each in dossiers if each.enrolment_id == enrolment_id), None)


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


async def list_records(ask: Asking, *, cursor: str = "") -> Page[Record]:
    """The reader's results and documents, the latest enrolment first, page by page (A28-A30)."""
    return await ask.get("records", "/v1/records", Page[Record], limit=_MOST, cursor=cursor)


async def get_record(ask: Asking, enrolment_id: UUID) -> Record:
    """The result in one course; not there as long as nothing was recorded."""
    return await ask.get("records", f"/v1/records/{enrolment_id}", Record)


async def pass_on_document(ask: Asking, document_id: UUID, language: Language) -> Passing:
    """A document's PDF, as it comes."""
    return await ask.pass_on("records", f"/v1/documents/{document_id}/pdf?language={language}")


async def list_open_evaluations(ask: Asking) -> tuple[Evaluation, ...]:
    """What the reader can evaluate now, the one that closes first first (A31)."""
    return (await ask.get("records", "/v1/evaluations", Page[Evaluation])).items


async def get_evaluation(ask: Asking, enrolment_id: UUID) -> Evaluation:
    """The evaluation of one enrolment, however it stands; not there before there is a place."""
    return await ask.get("records", f"/v1/enrolments/{enrolment_id}/evaluation", Evaluation)


async def submit_evaluation(
    ask: Asking, evaluation_id: UUID, answers: Answers, *, key: str
) -> Submitted:
    """Say what it was like, once (A32)."""
    path = f"/v1/evaluations/{evaluation_id}/submission"
    return await ask.post("records", path, answers, Submitted, key=key)
