"""Results and attendance: the whole list in one form, and one result with its history."""

from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from clients.portal.api.asking import Part, the_missing
from clients.portal.api.catalogue import Offering
from clients.portal.api.paging import Page
from clients.portal.api.records import Dossier, History, Outcome, Result
from clients.portal.views.desk_people import Names, name_of
from clients.portal.views.paging import Paging, paging_of
from clients.portal.words import Words


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One participant in the list."""

    enrolment_id: UUID
    name: str
    result: str
    """In words; empty where there is none yet."""
    document: str

    is_done: bool
    """It has a result: its fields are not in the form, its row is."""

    @property
    def outcome_field(self) -> str:
        """In the form."""
        return f"outcome-{self.enrolment_id}"

    @property
    def grade_field(self) -> str:
        """In the form."""
        return self.outcome_field if self.is_done else f"grade-{self.enrolment_id}"


class ResultsPage(msgspec.Struct, frozen=True, kw_only=True):
    """The list of an offering: who has no result yet, and who has one."""

    offering: Offering
    open: tuple[Line, ...]
    done: tuple[Line, ...]
    may_record: bool
    paging: Paging
    here: str
    """The query of this part of the list, for its form."""
    missing: tuple[Part, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """Everybody: a form may hold lines that a colleague has recorded meanwhile."""
        return (*self.open, *self.done)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One result, now or before."""

    result: str
    reason: str
    recorded_at: datetime
    by: str


class HistoryPage(msgspec.Struct, frozen=True, kw_only=True):
    """One participant's result, and those before it."""

    offering: Offering
    enrolment_id: UUID
    name: str
    entries: tuple[Entry, ...]
    """The one that holds first."""
    tag: str
    """Of the one that holds, as this page shows it."""
    may_correct: bool
    missing: tuple[Part, ...]


def results_page(
    offering: Offering,
    dossiers: Page[Dossier],
    names: Names,
    *,
    cursor: str = "",
    may_record: bool,
    words: Words,
) -> ResultsPage:
    """Those who take part; who has left needs no result."""
    lines = [(each, _line(each, names, words)) for each in dossiers.items if each.state == "open"]
    return ResultsPage(
        offering=offering,
        open=tuple(line for dossier, line in lines if dossier.result is None),
        done=tuple(line for dossier, line in lines if dossier.result is not None),
        may_record=may_record,
        paging=paging_of(dossiers, cursor),
        here=f"?{urlencode({'cursor': cursor})}" if cursor else "",
        missing=the_missing(names),
    )


def history_page(
    offering: Offering,
    dossier: Dossier,
    history: tuple[History, str],
    names: Names,
    *,
    may_correct: bool,
    words: Words,
) -> HistoryPage:
    """What holds now and what held before."""
    told, tag = history
    return HistoryPage(
        offering=offering,
        enrolment_id=dossier.enrolment_id,
        name=dossier.name or name_of(dossier.learner_id, names, words),
        entries=tuple(_entry(each, names, words) for each in results_of(told)),
        tag=tag,
        may_correct=may_correct and told.result is not None,
        missing=the_missing(names),
    )


def results_of(history: History) -> tuple[Result, ...]:
    """The one that holds, then those before it."""
    return (history.result, *history.corrected) if history.result else history.corrected


def _line(dossier: Dossier, names: Names, words: Words) -> Line:
    result, document = dossier.result, dossier.document
    return Line(
        enrolment_id=dossier.enrolment_id,
        name=dossier.name or name_of(dossier.learner_id, names, words),
        result=_said(result.outcome, result.grade, words) if result else "",
        document=words.say(f"desk.document.{document.state}") if document else "",
        is_done=result is not None,
    )


def _entry(result: Result, names: Names, words: Words) -> Entry:
    return Entry(
        result=_said(result.outcome, result.grade, words),
        reason=result.reason or "",
        recorded_at=result.recorded_at,
        by=name_of(result.recorded_by, names, words),
    )


def _said(outcome: Outcome, grade: str | None, words: Words) -> str:
    said = words.say(f"desk.outcome.{outcome}")
    return f"{said}, {_shown(grade, words)}" if grade else said


def _shown(grade: str, words: Words) -> str:
    return grade.replace(".", words.say("desk.decimal_sign"))
