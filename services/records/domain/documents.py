"""Certificates and proofs of attendance: who earns one, what stands on it, and when it stops being valid."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from msgspec.structs import replace

from contracts.catalogue import Document as Given
from contracts.fact import Language, Translated
from contracts.records import DocumentIssued, Outcome
from services.records import refusals
from services.records.domain.offerings import Offering
from services.records.domain.results import Recorded

Kind = Literal["certificate", "proof_of_attendance"]
RevokedWhy = Literal["corrected", "replaced", "erased"]
"""The result was corrected; the document was, for example after a change of name; or its learner was forgotten."""

_EARNED_BY: dict[Kind, frozenset[Outcome]] = {
    "certificate": frozenset({"passed"}),
    "proof_of_attendance": frozenset({"attended", "passed"}),
}
_SIGNATURES = 2
_LECTURER = Translated(nl="Docent", en="Lecturer")


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One document's life: planned, issued, perhaps revoked. A revoked one stays, with reason and time."""

    document_id: UUID
    enrolment_id: UUID
    kind: Kind
    state: Literal["planned", "issued", "revoked"]
    planned_at: datetime
    code: str
    draft: int = 0
    """Counts what was taken to be printed. Only the latest draft is ever issued."""
    number: str | None = None
    """Given when it is first printed, and never again to another."""
    replaces: UUID | None = None
    issued_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_why: RevokedWhy | None = None
    revoked_reason: str | None = None
    revoked_by: UUID | None = None


def earned(given: Given, outcome: Outcome) -> Kind | None:
    """Which document an outcome earns, where the course gives one (A28)."""
    if given == "none":
        return None
    return given if outcome in _EARNED_BY[given] else None


def settle_document(
    latest: Document | None,
    recorded: Recorded,
    offering: Offering,
    *,
    document_id: UUID,
    code: str,
    now: datetime,
) -> list[Document]:
    """What a new result does to the learner's document: plans it, takes it back, or both.

    Args:
        latest: the last one of this dossier, valid or not.
        recorded: the result, and the one before it.
        offering: says which document the course gives.
        document_id: of the document that may be planned.
        code: the same.
        now: the time.

    Returns:
        The documents that are new or different, in the order in which they must be written.
    """
    due = earned(offering.document, recorded.result.outcome)
    changed: list[Document] = []
    if latest is not None and latest.state != "revoked":
        if due == latest.kind and latest.state == "planned":
            return [
                replace(latest, draft=latest.draft + 1)
            ]  # What is in print says something else.
        if due == latest.kind and not _reads_differently(recorded, latest.kind):
            return []
        latest = replace(
            latest,
            state="revoked",
            revoked_at=now,
            revoked_why="corrected",
            revoked_reason=recorded.result.reason,
            revoked_by=recorded.result.recorded_by,
        )
        changed.append(latest)
    if due is not None:
        changed.append(
            Document(
                document_id=document_id,
                enrolment_id=recorded.dossier.enrolment_id,
                kind=due,
                state="planned",
                planned_at=now,
                code=code,
                replaces=_predecessor(latest),
            )
        )
    return changed


def replace_document(
    document: Document, *, reason: str, by: UUID, document_id: UUID, code: str, now: datetime
) -> tuple[Document, Document]:
    """Take a document back and plan another: with the name and the titles as they are now.

    Raises:
        Refusal: it has not been issued yet, or is not valid any more.
    """
    if document.state == "planned":
        raise refusals.DOCUMENT_BEING_MADE()
    if document.state == "revoked":
        raise refusals.DOCUMENT_REVOKED(revoked_at=document.revoked_at)
    revoked = replace(
        document,
        state="revoked",
        revoked_at=now,
        revoked_why="replaced",
        revoked_reason=reason,
        revoked_by=by,
    )
    return revoked, Document(
        document_id=document_id,
        enrolment_id=document.enrolment_id,
        kind=document.kind,
        state="planned",
        planned_at=now,
        code=code,
        replaces=document.document_id,
    )


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A document that is to be printed now, with everything that is known at this moment."""

    document_id: UUID
    enrolment_id: UUID
    learner_id: UUID
    kind: Kind
    draft: int
    number: str
    code: str
    replaces: str | None
    """The number of the document that it replaces."""
    name: str
    language: Language
    outcome: Outcome
    grade: str | None
    offering: Offering


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """Who signs, and as what."""

    name: str
    role: Translated


class Printed(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on a document, in both languages. Kept for good; nothing changes it any more."""

    number: str
    code: str
    kind: Kind
    institution: str
    organiser: Translated
    name: str
    title: Translated
    starts_at: datetime
    ends_at: datetime
    level: str | None
    study_load_hours: int | None
    outcome: Outcome
    grade: str | None
    learning_goals: tuple[Translated, ...]
    signatures: tuple[Signature, ...]
    verify_address: str
    replaces: str | None
    issued_at: datetime


def print_document(
    draft: Draft, *, institution: str, heads: Mapping[str, str], verify_address: str, now: datetime
) -> Printed:
    """Settle what stands on a document.

    `heads` are the heads of organisers by the organisers' English names; one that is not there
    leaves its place to a second lecturer.
    """
    offering = draft.offering
    lecturers = [Signature(name=name, role=_LECTURER) for name in offering.lecturers]
    head = heads.get(offering.organiser.en)
    if head is not None:
        role = Translated(nl=f"Hoofd {offering.organiser.nl}", en=f"Head, {offering.organiser.en}")
        lecturers[1:] = [Signature(name=head, role=role)]
    return Printed(
        number=draft.number,
        code=draft.code,
        kind=draft.kind,
        institution=institution,
        organiser=offering.organiser,
        name=draft.name,
        title=offering.title,
        starts_at=offering.starts_at,
        ends_at=offering.ends_at,
        level=offering.level,
        study_load_hours=offering.study_load_hours,
        outcome=draft.outcome,
        grade=draft.grade,
        learning_goals=offering.learning_goals,
        signatures=tuple(lecturers[:_SIGNATURES]),
        verify_address=verify_address,
        replaces=draft.replaces,
        issued_at=now,
    )


def issue_document(draft: Draft, printed: Printed) -> DocumentIssued:
    """Tell that a document lies in My Records."""
    return DocumentIssued(
        document_id=draft.document_id,
        enrolment_id=draft.enrolment_id,
        learner_id=draft.learner_id,
        offering_id=draft.offering.offering_id,
        kind=draft.kind,
        number=draft.number,
        language=draft.language,
        issued_at=printed.issued_at,
    )


def number_of(year: int, serial: int) -> str:
    """D-2027-011873."""
    return f"D-{year}-{serial:06}"


def _reads_differently(recorded: Recorded, kind: Kind) -> bool:
    """Whether the correction is about something that is printed. A proof of attendance has no result on it."""
    before, after = recorded.before, recorded.result
    if kind == "proof_of_attendance" or before is None:
        return False
    return (before.outcome, before.grade) != (after.outcome, after.grade)


def _predecessor(latest: Document | None) -> UUID | None:
    """The document that somebody may still have in their hands."""
    if latest is None:
        return None
    return latest.document_id if latest.issued_at is not None else latest.replaces
