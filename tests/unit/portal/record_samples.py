"""What the pages of one's records and one's data are rendered with in tests."""

from datetime import timedelta
from typing import Any, get_args
from uuid import UUID

import msgspec

from clients.portal.api.asking import Missing
from clients.portal.api.identity import Erasure, Objection, Obstacle, Retained, RetainedBy
from clients.portal.api.paging import Page
from clients.portal.api.records import (
    Document,
    Download,
    Evaluation,
    Item,
    OwnResult,
    Record,
)
from clients.portal.forms import Form, empty_form
from clients.portal.views.evaluating import (
    QUESTIONS,
    STATEMENTS,
    evaluation_page,
    read_answers,
)
from clients.portal.views.personal_data import erasure_page
from clients.portal.views.records import achieved_of, records_page
from contracts.fact import Language
from tests.unit.portal import samples
from tests.unit.portal.samples import ENROLMENT, NOOR, NOW, words

DOCUMENT = Document(
    document_id=UUID("0199a000-0000-7000-8000-00000000dc01"),
    kind="certificate",
    state="issued",
    title="Statistics <with> R",
    number="D-2027-000017",
    code="8F3K-27QM-94TX",
    verify_url="https://records.example/verify/8F3K-27QM-94TX",
    downloads=(Download("nl"), Download("en")),
    issued_at=NOW,
    revoked_at=None,
    replaces=None,
    replaced_by=None,
)
REVOKED = msgspec.structs.replace(DOCUMENT, state="revoked", downloads=(), revoked_at=NOW)
REPLACED = msgspec.structs.replace(REVOKED, replaced_by="D-2027-000018")
PLANNED = msgspec.structs.replace(
    DOCUMENT,
    kind="proof_of_attendance",
    state="planned",
    title=None,
    number=None,
    code=None,
    verify_url=None,
    downloads=(),
    issued_at=None,
)
GIVEN_UP = msgspec.structs.replace(PLANNED, state="revoked", revoked_at=NOW)
RECORD = Record(
    enrolment_id=ENROLMENT.enrolment_id,
    title="Statistics with R",
    class_number="4218",
    academic_year="2026-2027",
    activity="course",
    ends_at=NOW,
    result=OwnResult(1, "passed", "7.5", NOW),
    documents=(
        msgspec.structs.replace(DOCUMENT, replaces="D-2027-000016"),
        REPLACED,
        REVOKED,
        PLANNED,
        GIVEN_UP,
    ),
)
RECORDS = (
    RECORD,
    msgspec.structs.replace(RECORD, result=OwnResult(2, "absent", None, NOW), documents=()),
    msgspec.structs.replace(
        RECORD,
        academic_year="2025-2026",
        activity="exam",
        result=OwnResult(1, "failed", "4.5", NOW),
        documents=(),
    ),
    msgspec.structs.replace(RECORD, result=OwnResult(1, "attended", None, NOW), documents=()),
)
EVALUATION = Evaluation(
    evaluation_id=UUID("0199a000-0000-7000-8000-00000000ea01"),
    enrolment_id=ENROLMENT.enrolment_id,
    title="Statistics <with> R",
    state="open",
    opens_at=NOW,
    open_until=NOW + timedelta(days=28),
    submitted_at=None,
    statements=tuple(Item(each, f"The {each} suited me") for each in STATEMENTS),
    questions=tuple(Item(each, f"What should {each}?") for each in QUESTIONS),
)
OVER = msgspec.structs.replace(EVALUATION, state="over", open_until=NOW)
ASKED = Erasure(
    state="asked",
    asked_at=NOW,
    objections=(),
    erased_at=None,
    retained=(),
    done_at=None,
)
OBJECTIONS = tuple(
    Objection(why, regarding)
    for why, regarding in zip(
        get_args(Obstacle),
        [ENROLMENT.enrolment_id] * 3 + [samples.OFFERING_ID] * 3,
        strict=True,
    )
)
OBJECTED = msgspec.structs.replace(ASKED, state="objected", objections=OBJECTIONS)
RETAINED = (
    RetainedBy(
        (
            Retained("invoices", "tax_law", NOW + timedelta(days=2500)),
            Retained("payments", "names_nobody", None),
        )
    ),
    RetainedBy((Retained("documents", "diploma_register", None),)),
)
DONE = msgspec.structs.replace(ASKED, state="done", erased_at=NOW, retained=RETAINED, done_at=NOW)


def evaluation(
    language: Language, told: Evaluation | None, form: Form | None = None
) -> dict[str, Any]:
    page = evaluation_page(
        ENROLMENT.enrolment_id, "Statistics <with> R", told, words=words(language), now=NOW
    )
    return {"page": page, "form": form or empty_form(words(language)), "person": NOOR}


def answered(language: Language, **answers: str) -> Form:
    form = empty_form(words(language), **answers)
    read_answers(form)
    return form


def erasure(
    language: Language, told: Erasure | None, form: Form | None = None, **names: Any
) -> dict[str, Any]:
    enrolments = names.pop("enrolments", (ENROLMENT,))
    return {
        "page": erasure_page(told, enrolments, words=words(language)),
        "form": form or empty_form(words(language)),
        "wants_login": names.pop("wants_login", False),
        "person": None if told is not None and told.state == "done" else NOOR,
    }


def unsure(language: Language) -> Form:
    form = empty_form(words(language))
    form.tick("sure", needed="erasure.sure_needed")
    return form


def refused(language: Language) -> Form:
    form = empty_form(words(language), sure="yes")
    form.take(samples.refusal(403), {})
    return form


def achieved(language: Language) -> Any:
    return achieved_of(RECORD, EVALUATION, words=words(language), language=language)


def pages(language: Language) -> dict[str, list[dict[str, Any]]]:
    """Every template of these pages, with what it is rendered with."""
    states = ("erasing", "cancelled")
    listed = Page(RECORDS, "https://records.example/v1/records?cursor=a%2Bb")
    kept = answered(language, goals="5", keep="<The evenings>")
    return {
        "my_records.html": [
            {
                "page": records_page(
                    each, words=words(language), language=language, is_first=is_first
                ),
                "person": NOOR,
            }
            for each, is_first in ((listed, True), (Page(RECORDS[:1]), False), (Page(()), True))
        ],
        "evaluation.html": [
            evaluation(language, EVALUATION),
            evaluation(language, EVALUATION, kept),
            evaluation(language, EVALUATION, answered(language, change="x" * 2001)),
            evaluation(
                language, msgspec.structs.replace(EVALUATION, state="not_open", evaluation_id=None)
            ),
            evaluation(
                language, msgspec.structs.replace(EVALUATION, state="submitted", submitted_at=NOW)
            ),
            evaluation(language, OVER),
            evaluation(language, msgspec.structs.replace(EVALUATION, state="over")),
            evaluation(
                language,
                msgspec.structs.replace(
                    EVALUATION, state="over", opens_at=None, open_until=None, evaluation_id=None
                ),
            ),
            evaluation(language, None),
        ],
        "evaluation_kept.html": [
            {
                "page": "records",
                "form": kept,
                "enrolment_id": ENROLMENT.enrolment_id,
                "statements": STATEMENTS,
                "questions": QUESTIONS,
                "person": NOOR,
            }
        ],
        "erasure.html": [
            erasure(language, None),
            erasure(language, None, unsure(language)),
            erasure(language, None, refused(language), wants_login=True),
            erasure(language, ASKED),
            erasure(language, OBJECTED),
            erasure(language, OBJECTED, enrolments=Missing("enrolment")),
            *(erasure(language, msgspec.structs.replace(ASKED, state=state)) for state in states),
            erasure(language, DONE),
        ],
    }
