"""Results and attendance, for those who teach."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from chassis.database import Connection
from chassis.http.access import Caller, only
from chassis.http.conditional import conditional
from chassis.http.idempotency import answer_once
from chassis.http.paging import (
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
    link_header,
    next_page,
)
from chassis.http.problems import NOT_FOUND
from chassis.http.request import AnyRequest
from chassis.language import ReaderFormatter
from chassis.refusals import Refusal
from contracts.fact import Language
from contracts.records import Outcome
from services.records import commands, refusals, store
from services.records.domain.results import Faulty, Line, Result, Wanted
from services.records.edge.shared import get_own_offering, recorder
from services.records.parts import Parts

_LONGEST_LIST = 1000

Grade = Annotated[str, Meta(max_length=5, examples=["7.5"])]
"""From 1 to 10 in half points."""
Reason = Annotated[str, Meta(max_length=1000)]


class ResultRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody achieved. A grade goes with passed or failed only."""

    outcome: Outcome
    grade: Grade | None = None


class CorrectionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What holds from now on. `reason` is required where it corrects a result; it is kept."""

    outcome: Outcome
    grade: Grade | None = None
    reason: Reason | None = None


class ResultLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One participant in a list. A correction names the `version` that it corrects, and a `reason`."""

    enrolment_id: UUID
    outcome: Outcome
    grade: Grade | None = None
    reason: Reason | None = None
    version: int | None = None


class ResultList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole list: all of it is recorded, or nothing. Lines that say nothing new stay as they are."""

    results: Annotated[tuple[ResultLine, ...], Meta(min_length=1, max_length=_LONGEST_LIST)]


class ResultView(msgspec.Struct, frozen=True, kw_only=True):
    """A result as it was recorded."""

    version: int
    outcome: Outcome
    grade: str | None
    reason: str | None
    recorded_at: datetime
    recorded_by: UUID


class ResultHistory(msgspec.Struct, frozen=True, kw_only=True):
    """The result that holds, and those that were corrected, the latest of them first."""

    enrolment_id: UUID
    result: ResultView | None
    corrected: tuple[ResultView, ...]


class ListRecorded(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a list."""

    recorded: int
    unchanged: int


class DossierDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The latest document of a participant."""

    document_id: UUID
    state: Literal["planned", "issued", "revoked"]
    number: str | None
    trouble: str | None
    """`not_printable`: no font has one of the name's characters; correct the name."""


class DossierResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a participant that holds."""

    version: int
    outcome: Outcome
    grade: str | None
    recorded_at: datetime


class DossierView(msgspec.Struct, frozen=True, kw_only=True):
    """One participant of an offering."""

    enrolment_id: UUID
    learner_id: UUID
    name: str | None
    state: Literal["open", "closed"]
    since: datetime
    closed_why: Literal["withdrawn", "cancelled"] | None
    result: DossierResult | None
    document: DossierDocument | None


@post("/v1/enrolments/{enrolment_id:uuid}/result", access=only("lecturer", "office"))
async def record_result(
    request: AnyRequest,
    enrolment_id: FromPath[UUID],
    data: JSONBody[ResultRequest],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
) -> Response[ResultView] | Response[bytes]:
    """Record a participant's result or attendance, for the first time.

    What it earns is issued by itself. Lecturers record in their own offerings.
    """

    async def act(tx: Connection) -> Response[ResultView]:
        result = await commands.record_result(
            tx,
            enrolment_id,
            Wanted(outcome=data.outcome, grade=data.grade),
            by=recorder(caller),
            now=parts.clock.now(),
        )
        location = f"/v1/enrolments/{enrolment_id}/result"
        return Response(
            _view(result),
            status_code=201,
            headers={"Location": location, "ETag": _tag(result.version)},
        )

    return await answer_once(parts.db, request, caller, act)


@put("/v1/enrolments/{enrolment_id:uuid}/result", access=only("lecturer", "office"))
async def correct_result(
    request: AnyRequest,
    enrolment_id: FromPath[UUID],
    data: JSONBody[CorrectionRequest],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
) -> Response[ResultView]:
    """Correct a result, or record the first one.

    A correction needs a reason and, in `If-Match`, the ETag of what it corrects. The result before
    it is kept. A document that is not true any more is withdrawn.
    """
    async with parts.db.transaction() as tx:
        result = await commands.correct_result(
            tx,
            enrolment_id,
            Wanted(
                outcome=data.outcome,
                grade=data.grade,
                reason=data.reason,
                corrects=_version_seen(request),
            ),
            by=recorder(caller),
            now=parts.clock.now(),
        )
    return Response(_view(result), headers={"ETag": _tag(result.version)})


@get("/v1/enrolments/{enrolment_id:uuid}/result", access=only("lecturer", "coordinator", "office"))
async def get_result(
    request: AnyRequest,
    enrolment_id: FromPath[UUID],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
) -> Response[ResultHistory]:
    """A participant's result, with everything that was corrected."""
    async with parts.db.reading() as connection:
        dossier = await store.results.get_dossier(connection, enrolment_id)
        if dossier is None:
            raise NOT_FOUND()
        await get_own_offering(connection, caller, dossier.offering_id)
        versions = await store.results.list_versions(connection, enrolment_id)
    views = [_view(version) for version in reversed(versions)]
    history = ResultHistory(
        enrolment_id=enrolment_id,
        result=views[0] if views else None,
        corrected=tuple(views[1:]),
    )
    return conditional(request, history, tag=_tag(len(views)))


@put("/v1/offerings/{offering_id:uuid}/results", access=only("lecturer", "office"))
async def record_results(
    offering_id: FromPath[UUID],
    data: JSONBody[ResultList],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> ListRecorded:
    """Record a whole list at once: all of it, or nothing and every bad line in `errors`.

    Sending the same list again changes nothing.
    """
    try:
        async with parts.db.transaction() as tx:
            recorded = await commands.record_results(
                tx,
                offering_id,
                [_line(line) for line in data.results],
                by=recorder(caller),
                now=parts.clock.now(),
            )
    except Faulty as faulty:
        raise _refusal(
            faulty, ReaderFormatter(language, parts.settings.institution_zone), language
        ) from faulty
    return ListRecorded(recorded=len(recorded), unchanged=len(data.results) - len(recorded))


@get("/v1/offerings/{offering_id:uuid}/dossiers", access=only("lecturer", "coordinator", "office"))
async def list_dossiers(
    request: AnyRequest,
    offering_id: FromPath[UUID],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response[Page[DossierView]]:
    """Everybody who takes part or has left, in order of arrival, with results and documents."""
    async with parts.db.reading() as connection:
        await get_own_offering(connection, caller, offering_id)
        listed = await store.results.list_dossiers(
            connection, offering_id, after=decode_cursor(cursor, int), limit=limit + 1
        )
    more = len(listed) > limit
    page = Page(
        [msgspec.convert(each, DossierView, from_attributes=True) for each in listed[:limit]],
        next_page(request, encode_cursor(listed[limit - 1].arrival)) if more else None,
    )
    return Response(page, headers=link_header(page))


def _tag(version: int) -> str:
    """A result's strong entity tag is its version."""
    return f'"{version}"'


def _version_seen(request: AnyRequest) -> int | None:
    """The version in `If-Match`; None without one. What is not a version of ours matches nothing."""
    sent = request.headers.get("if-match")
    if sent is None:
        return None
    number = sent.strip().strip('"')
    return int(number) if number.isdecimal() else 0


def _line(line: ResultLine) -> Line:
    return Line(
        enrolment_id=line.enrolment_id,
        wanted=Wanted(
            outcome=line.outcome, grade=line.grade, reason=line.reason, corrects=line.version
        ),
    )


def _refusal(faulty: Faulty, sentence: ReaderFormatter, language: Language) -> Refusal:
    """Name every bad line, in the reader's language."""
    refusal = refusals.RESULTS_NOT_RECORDED(count=len(faulty.faults))
    for fault in faulty.faults:
        detail = fault.refusal.problem.detail.in_language(language)
        refusal.errors.append(
            {
                "pointer": fault.pointer,
                "detail": sentence.vformat(detail, (), fault.refusal.facts),
            }
        )
    return refusal


def _view(result: Result) -> ResultView:
    return msgspec.convert(result, ResultView, from_attributes=True)


ROUTES = [record_result, correct_result, get_result, record_results, list_dossiers]
