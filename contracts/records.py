"""What records tells: results, documents, evaluations."""

from typing import ClassVar, Literal
from uuid import UUID

from contracts.catalogue import Document
from contracts.erasure import ErasedPersonalData
from contracts.fact import Fact, Language, UtcTime, Version

Outcome = Literal["passed", "failed", "attended", "absent"]


class ResultRecorded(Fact, frozen=True, kw_only=True):
    """A lecturer recorded a result or an attendance, or corrected one."""

    topic: ClassVar[str] = "records.result_recorded.v1"
    about: ClassVar[str] = "enrolment_id"

    enrolment_id: UUID
    version: Version
    """Rises with every correction."""
    learner_id: UUID
    offering_id: UUID
    outcome: Outcome
    grade: str | None
    recorded_at: UtcTime


class DocumentIssued(Fact, frozen=True, kw_only=True):
    """A certificate or proof of attendance lies in My Records (A28–A30)."""

    topic: ClassVar[str] = "records.document_issued.v1"
    about: ClassVar[str] = "document_id"

    document_id: UUID
    enrolment_id: UUID
    learner_id: UUID
    offering_id: UUID
    kind: Document
    number: str
    language: Language
    issued_at: UtcTime


class EvaluationOpened(Fact, frozen=True, kw_only=True):
    """On the last day of a course a participant can say what it was like (A31)."""

    topic: ClassVar[str] = "records.evaluation_opened.v1"
    about: ClassVar[str] = "enrolment_id"

    evaluation_id: UUID
    enrolment_id: UUID
    learner_id: UUID
    offering_id: UUID
    open_until: UtcTime
    """Answers are taken before this instant: midnight after the last day. Told again when it moves."""


class EvaluationSubmitted(Fact, frozen=True, kw_only=True):
    """Somebody evaluated, once (A32). Who did is known; what they said is kept apart from it."""

    topic: ClassVar[str] = "records.evaluation_submitted.v1"
    about: ClassVar[str] = "enrolment_id"

    evaluation_id: UUID
    enrolment_id: UUID
    offering_id: UUID
    submitted_at: UtcTime


class RecordsErasedPersonalData(ErasedPersonalData, frozen=True, kw_only=True):
    """Records has forgotten who somebody was."""

    topic: ClassVar[str] = "records.erased_personal_data.v1"
