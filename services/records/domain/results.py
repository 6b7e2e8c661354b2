"""Results and attendance: what can be recorded, when, by whom, and what a correction has to say."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from chassis.refusals import Refusal
from contracts.records import Outcome, ResultRecorded
from services.records import refusals
from services.records.domain.dossiers import ClosedWhy, State
from services.records.domain.offerings import Offering

_A_GRADE = re.compile(r"(10|[1-9])(?:[.,]([05]))?")
_HIGHEST = "10"
_PASS_TENTHS = 55
"""5.5 and higher is a pass on the Dutch scale."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What was recorded about one participant. Versions rise by one; all of them are kept."""

    version: int
    outcome: Outcome
    grade: str | None
    """Of the Dutch scale, with one decimal: 7.5."""
    reason: str | None
    """Why the version before it was corrected."""
    recorded_at: datetime
    recorded_by: UUID


class Dossier(msgspec.Struct, frozen=True, kw_only=True):
    """One person in one offering, with the result that holds now."""

    enrolment_id: UUID
    learner_id: UUID
    offering_id: UUID
    state: State
    closed_why: ClosedWhy | None
    result: Result | None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to record."""

    outcome: Outcome
    grade: str | None = None
    reason: str | None = None
    """Required where it corrects a result."""
    corrects: int | None = None
    """The version that they have seen; required where there is one."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a whole list."""

    enrolment_id: UUID
    wanted: Wanted


class Recorder(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who records: the office for every offering, a lecturer for their own."""

    account_id: UUID
    is_office: bool

    def may_record_in(self, offering: Offering) -> bool:
        return self.is_office or self.account_id in offering.lecturer_ids


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """A dossier with its new result, and the one that it had before."""

    dossier: Dossier
    before: Result | None
    fact: ResultRecorded

    @property
    def result(self) -> Result:
        if self.dossier.result is None:
            raise AssertionError  # It has just been recorded.
        return self.dossier.result


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with one line of a list."""

    pointer: str
    """RFC 6901, into the list as it was sent."""
    refusal: Refusal


class Faulty(Exception):
    """Nothing was recorded; these are all the faults of a list, in the order of its lines."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


def record_result(
    dossier: Dossier, offering: Offering, wanted: Wanted, *, by: UUID, now: datetime
) -> Recorded:
    """Record a first result (A28).

    Raises:
        Refusal: there is one already, it is too early, or what is wanted does not fit.
    """
    if dossier.result is not None:
        raise refusals.ALREADY_RECORDED(version=dossier.result.version)
    return _record(dossier, offering, wanted, by=by, now=now)


def correct_result(
    dossier: Dossier, offering: Offering, wanted: Wanted, *, by: UUID, now: datetime
) -> Recorded | None:
    """Correct a result with a reason, or record the first one; None where it is as wanted already.

    Raises:
        Refusal: the correction does not say why, or somebody else was first; or as for the first.
    """
    known = dossier.result
    if known is None:
        return _record(dossier, offering, replace(wanted, reason=None), by=by, now=now)
    if (known.outcome, known.grade) == (wanted.outcome, read_grade(wanted.grade)):
        return None
    if wanted.corrects is None:
        raise refusals.VERSION_MISSING(version=known.version)
    if wanted.corrects != known.version:
        raise refusals.RESULT_CORRECTED_MEANWHILE(version=known.version)
    if not (wanted.reason or "").strip():
        raise refusals.REASON_MISSING(version=known.version)
    return _record(dossier, offering, wanted, by=by, now=now)


def record_results(
    dossiers: Mapping[UUID, Dossier],
    offering: Offering,
    lines: Sequence[Line],
    *,
    by: UUID,
    now: datetime,
) -> list[Recorded]:
    """Record a whole list: all of it or nothing. Lines that say nothing new are left as they are.

    Raises:
        Faulty: names every line that cannot be recorded.
    """
    recorded: list[Recorded] = []
    faults: list[Fault] = []
    seen: set[UUID] = set()
    for position, line in enumerate(lines):
        pointer = f"/results/{position}"
        dossier = dossiers.get(line.enrolment_id)
        try:
            if line.enrolment_id in seen:
                raise refusals.TWICE_IN_THE_LIST()
            seen.add(line.enrolment_id)
            if dossier is None or dossier.offering_id != offering.offering_id:
                raise refusals.NOT_IN_THIS_COURSE()
            new = correct_result(dossier, offering, line.wanted, by=by, now=now)
        except Refusal as refusal:
            faults.append(Fault(pointer + _FIELDS.get(refusal.problem.code, ""), refusal))
            continue
        if new is not None:
            recorded.append(new)
    if faults:
        raise Faulty(faults)
    return recorded


_FIELDS = {
    refusals.TWICE_IN_THE_LIST.code: "/enrolment_id",
    refusals.NOT_IN_THIS_COURSE.code: "/enrolment_id",
    refusals.NOT_A_GRADE.code: "/grade",
    refusals.GRADE_DOES_NOT_FIT.code: "/grade",
    refusals.REASON_MISSING.code: "/reason",
    refusals.VERSION_MISSING.code: "/version",
    refusals.RESULT_CORRECTED_MEANWHILE.code: "/version",
}
"""Which field of a line a refusal is about; the others are about the whole line."""


def read_grade(written: str | None) -> str | None:
    """A grade as it is kept, 7.5, from how people write it: 7, 7.0 or 7,5.

    Raises:
        Refusal: it is not on the Dutch scale from 1 to 10, in half points.
    """
    if written is None:
        return None
    found = _A_GRADE.fullmatch(written.strip())
    if found is None:
        raise refusals.NOT_A_GRADE()
    whole, half = found.groups(default="0")
    if whole == _HIGHEST and half != "0":
        raise refusals.NOT_A_GRADE()
    return f"{whole}.{half}"


def is_a_pass(grade: str) -> bool:
    """Whether a grade, as it is kept, is enough."""
    return int(grade.replace(".", "")) >= _PASS_TENTHS


def _record(
    dossier: Dossier, offering: Offering, wanted: Wanted, *, by: UUID, now: datetime
) -> Recorded:
    if now < offering.starts_at:
        raise refusals.NOT_STARTED(starts_at=offering.starts_at)
    if dossier.state == "closed" and dossier.result is None:
        raise refusals.HAS_LEFT()
    grade = read_grade(wanted.grade)
    if grade is not None and wanted.outcome != ("passed" if is_a_pass(grade) else "failed"):
        raise refusals.GRADE_DOES_NOT_FIT()
    result = Result(
        version=dossier.result.version + 1 if dossier.result else 1,
        outcome=wanted.outcome,
        grade=grade,
        reason=wanted.reason.strip() if wanted.reason else None,
        recorded_at=now,
        recorded_by=by,
    )
    return Recorded(
        dossier=replace(dossier, result=result),
        before=dossier.result,
        fact=ResultRecorded(
            enrolment_id=dossier.enrolment_id,
            version=result.version,
            learner_id=dossier.learner_id,
            offering_id=dossier.offering_id,
            outcome=result.outcome,
            grade=result.grade,
            recorded_at=now,
        ),
    )
