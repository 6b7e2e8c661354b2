"""My Records: the documents and how anybody checks them, and the results of every year (A28-A30)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from urllib.parse import quote
from uuid import UUID

import msgspec

from clients.portal.api.paging import Page
from clients.portal.api.records import Document, Evaluation, Record
from clients.portal.views.offers import State
from clients.portal.words import Words
from contracts.fact import Language

_ONE_INSTANT = timedelta(microseconds=1)


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A PDF to download."""

    path: str
    language: Language


class DocumentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate or a proof of attendance, made or being made."""

    enrolment_id: UUID
    kind: str
    title: str
    at: datetime
    """The day that leads the row."""
    number: str
    """Empty while it is being made."""
    code: str
    check_url: str
    """Where anybody checks it; empty while it is being made."""
    papers: tuple[Paper, ...]
    """In the reader's language first; none while it is being made, and of what is not valid any more."""
    state: State | None
    note: str


class ResultRow(msgspec.Struct, frozen=True, kw_only=True):
    """What was achieved in one course."""

    enrolment_id: UUID
    title: str
    class_number: str
    activity: str
    ended_at: datetime
    result: str
    is_grade: bool
    corrected_at: datetime | None


class Year(msgspec.Struct, frozen=True, kw_only=True):
    """The results of one academic year."""

    name: str
    results: tuple[ResultRow, ...]


class RecordsPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a long list."""

    documents: tuple[DocumentRow, ...]
    years: tuple[Year, ...]
    next: str
    """Query of the page with what is older; empty on the last."""
    is_first: bool


class Achieved(msgspec.Struct, frozen=True, kw_only=True):
    """What there is of one course, for its own page."""

    result: ResultRow | None
    documents: tuple[DocumentRow, ...]
    evaluate_until: str
    """The last day; empty where there is nothing to evaluate now."""


def records_page(
    listed: Page[Record], *, words: Words, language: Language, is_first: bool
) -> RecordsPage:
    """Make the page: the latest document first, the latest year first."""
    in_years = sorted(listed.items, key=lambda each: each.academic_year, reverse=True)
    return RecordsPage(
        documents=_documents(listed.items, words, language),
        years=tuple(
            Year(
                name=name.replace("-", "–"),
                results=tuple(_result(each, words) for each in results),
            )
            for name, results in groupby(in_years, key=lambda each: each.academic_year)
        ),
        next=f"?cursor={quote(listed.cursor, safe='')}" if listed.cursor else "",
        is_first=is_first,
    )


def achieved_of(
    record: Record | None, evaluation: Evaluation | None, *, words: Words, language: Language
) -> Achieved:
    """What to say on the page of one course."""
    until = ""
    if evaluation is not None and evaluation.state == "open" and evaluation.open_until is not None:
        until = words.on(evaluation.open_until - _ONE_INSTANT)
    return Achieved(
        result=None if record is None else _result(record, words),
        documents=() if record is None else _documents((record,), words, language),
        evaluate_until=until,
    )


def _documents(
    records: Iterable[Record], words: Words, language: Language
) -> tuple[DocumentRow, ...]:
    """All that were issued or are being made; what was given up before nobody has ever had."""
    rows = [
        _document(record, document, words, language)
        for record in records
        for document in record.documents
        if document.state == "planned" or document.issued_at is not None
    ]
    return tuple(sorted(rows, key=lambda each: each.at, reverse=True))


def _document(record: Record, document: Document, words: Words, language: Language) -> DocumentRow:
    in_order = sorted(document.downloads, key=lambda each: each.language != language)
    return DocumentRow(
        enrolment_id=record.enrolment_id,
        kind=words.say(f"records.kind.{document.kind}"),
        title=document.title or record.title,
        at=document.issued_at or record.result.recorded_at,
        number=document.number or "",
        code=document.code or "",
        check_url=f"{document.verify_url}?lang={language}" if document.verify_url else "",
        papers=tuple(
            Paper(
                path=f"/my/records/{document.document_id}/{each.language}", language=each.language
            )
            for each in in_order
        ),
        state=_state(document, words),
        note=_note(document, words),
    )


def _state(document: Document, words: Words) -> State | None:
    match document.state:
        case "planned":
            return State("info", words.say("records.being_made"))
        case "revoked":
            return State("", words.say("records.withdrawn"))
        case _:
            return None


def _note(document: Document, words: Words) -> str:
    if document.state == "planned":
        return words.say("records.being_made_text")
    if document.state == "issued":
        return words.say("records.replaces", number=document.replaces) if document.replaces else ""
    since = words.day(document.revoked_at) if document.revoked_at else ""
    if document.replaced_by is not None:
        return words.say("records.replaced_text", day=since, number=document.replaced_by)
    return words.say("records.withdrawn_text", day=since)


def _result(record: Record, words: Words) -> ResultRow:
    result = record.result
    return ResultRow(
        enrolment_id=record.enrolment_id,
        title=record.title,
        class_number=record.class_number,
        activity=words.say(f"offers.activity.{record.activity}"),
        ended_at=record.ends_at,
        result=result.grade or words.say(f"records.outcome.{result.outcome}"),
        is_grade=result.grade is not None,
        corrected_at=result.recorded_at if result.version > 1 else None,
    )
