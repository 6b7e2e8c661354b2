"""Which outcome earns which document, when one stops being valid, and what stands on it."""

import io
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import pypdf
import pytest
from msgspec.structs import replace

from chassis.refusals import Refusal
from services.records.documents import make_document, period_of, sheet_of
from services.records.domain.documents import (
    Document,
    Draft,
    Kind,
    Printed,
    earned,
    number_of,
    print_document,
    replace_document,
    settle_document,
)
from services.records.domain.offerings import Offering
from services.records.domain.results import Recorded, Result
from tests.unit.records.cases import (
    ADA,
    AMSTERDAM,
    DURING,
    OFFICE,
    TEACHER,
    offering,
    recorded,
    result,
)

FIRST, SECOND = UUID(int=41), UUID(int=42)


@pytest.mark.parametrize(
    ("given", "outcome", "document"),
    [
        ("certificate", "passed", "certificate"),
        ("certificate", "attended", None),
        ("certificate", "failed", None),
        ("certificate", "absent", None),
        ("proof_of_attendance", "passed", "proof_of_attendance"),
        ("proof_of_attendance", "attended", "proof_of_attendance"),
        ("proof_of_attendance", "failed", None),
        ("proof_of_attendance", "absent", None),
        ("none", "passed", None),
        ("none", "attended", None),
    ],
)
def test_which_outcome_earns_which_document(
    given: Any, outcome: Any, document: Kind | None
) -> None:
    assert earned(given, outcome) == document


def document(state: Any = "issued", kind: Kind = "certificate", **changes: Any) -> Document:
    issued = state == "issued"
    standard = Document(
        document_id=FIRST,
        enrolment_id=UUID(int=31),
        kind=kind,
        state=state,
        planned_at=DURING,
        code="4K9T7WQD2MXR",
        number="D-2027-000001" if issued else None,
        issued_at=DURING if issued else None,
    )
    return replace(standard, **changes)


def settle(of: Offering, new: Recorded, latest: Document | None = None) -> list[Document]:
    return settle_document(latest, new, of, document_id=SECOND, code="0" * 12, now=DURING)


def corrected(of: Offering, before: Result, outcome: Any, grade: str | None = None) -> Recorded:
    return recorded(of, outcome, grade, before=before)


def test_a_first_pass_plans_a_certificate() -> None:
    course = offering()

    (planned,) = settle(course, recorded(course, "passed"))

    assert (planned.document_id, planned.kind, planned.state) == (SECOND, "certificate", "planned")
    assert planned.replaces is None


def test_a_first_fail_plans_nothing() -> None:
    course = offering()

    assert settle(course, recorded(course, "failed")) == []


def test_a_pass_that_is_taken_away_takes_the_certificate_with_it() -> None:
    course = offering()

    (revoked,) = settle(course, corrected(course, result("passed"), "failed"), document())

    assert (revoked.document_id, revoked.state, revoked.revoked_why) == (
        FIRST,
        "revoked",
        "corrected",
    )
    assert (revoked.revoked_at, revoked.revoked_by) == (DURING, TEACHER)
    assert revoked.revoked_reason == "Counted again."


def test_a_corrected_grade_replaces_the_certificate_and_says_which() -> None:
    course = offering()

    revoked, planned = settle(
        course, corrected(course, result("passed", "7.0"), "passed", "8"), document()
    )

    assert (revoked.document_id, revoked.state) == (FIRST, "revoked")
    assert (planned.document_id, planned.replaces) == (SECOND, FIRST)


def test_a_proof_of_attendance_stays_when_only_the_grade_changes() -> None:
    course = offering(document="proof_of_attendance")
    proof = document(kind="proof_of_attendance")

    assert settle(course, corrected(course, result("passed", "7.0"), "passed", "8"), proof) == []


def test_a_certificate_that_is_still_in_print_is_printed_again_instead() -> None:
    course = offering()

    (planned,) = settle(
        course,
        corrected(course, result("passed", "7.0"), "passed", "8"),
        document("planned", draft=3),
    )

    assert (planned.document_id, planned.state, planned.draft) == (FIRST, "planned", 4)


def test_a_new_pass_after_a_withdrawn_certificate_replaces_that() -> None:
    course = offering()
    withdrawn = document(state="revoked", issued_at=DURING, revoked_at=DURING)

    (planned,) = settle(course, corrected(course, result("failed"), "passed"), withdrawn)

    assert planned.replaces == FIRST


def test_what_never_left_the_house_is_not_named_as_replaced() -> None:
    course = offering()
    never_issued = document(state="revoked", revoked_at=DURING, replaces=UUID(int=40))

    (planned,) = settle(course, corrected(course, result("failed"), "passed"), never_issued)

    assert planned.replaces == UUID(int=40)


def test_a_course_that_gives_another_document_now_replaces_the_one_it_gave() -> None:
    course = offering(document="proof_of_attendance")

    revoked, planned = settle(
        course, corrected(course, result("passed", "7.0"), "passed", "8"), document()
    )

    assert (revoked.state, planned.kind) == ("revoked", "proof_of_attendance")


def test_the_office_replaces_a_valid_document_only() -> None:
    chosen: dict[str, Any] = {
        "reason": "A new name.",
        "by": OFFICE,
        "document_id": SECOND,
        "code": "0" * 12,
        "now": DURING,
    }

    old, new = replace_document(document(), **chosen)

    assert (old.revoked_why, old.revoked_reason, old.revoked_by) == (
        "replaced",
        "A new name.",
        OFFICE,
    )
    assert (new.state, new.kind, new.replaces) == ("planned", "certificate", FIRST)
    for state in ("planned", "revoked"):
        with pytest.raises(Refusal):
            replace_document(document(state), **chosen)


def test_a_number_names_its_year_and_has_six_digits() -> None:
    assert number_of(2027, 11873) == "D-2027-011873"
    assert number_of(2027, 1234567) == "D-2027-1234567"


def printed(
    of: Offering | None = None, *, heads: dict[str, str] | None = None, **changes: Any
) -> Printed:
    draft = Draft(
        document_id=FIRST,
        enrolment_id=UUID(int=31),
        learner_id=ADA,
        kind="certificate",
        draft=1,
        number="D-2027-011873",
        code="4K9T7WQD2MXR",
        replaces=None,
        name="Noor de Vries",
        language="en",
        outcome="passed",
        grade=None,
        offering=of or offering(),
    )
    return print_document(
        replace(draft, **changes),
        institution="Course Portal",
        heads=heads or {},
        verify_address="https://portal.test/verify",
        now=datetime(2027, 6, 22, 9, 0, tzinfo=UTC),
    )


def test_lecturer_and_head_of_the_organiser_sign() -> None:
    sheet = sheet_of(printed(heads={"Language Centre": "Prof. E. van Rijn"}), "en", AMSTERDAM)

    assert [(each.name, each.role) for each in sheet.signatures] == [
        ("Dr. F. McAllister", "Lecturer"),
        ("Prof. E. van Rijn", "Head, Language Centre"),
    ]


def test_without_a_head_two_lecturers_sign() -> None:
    course = offering(lecturers=("Dr. F. McAllister", "Prof. E. van Rijn", "Drs. P. Post"))

    sheet = sheet_of(printed(course), "nl", AMSTERDAM)

    assert [(each.name, each.role) for each in sheet.signatures] == [
        ("Dr. F. McAllister", "Docent"),
        ("Prof. E. van Rijn", "Docent"),
    ]


def test_a_certificate_says_period_level_study_load_and_result() -> None:
    english = sheet_of(printed(grade="8.0"), "en", AMSTERDAM)
    dutch = sheet_of(printed(grade="8.0"), "nl", AMSTERDAM)

    assert [(fact.label, fact.value) for fact in english.facts] == [
        ("Period", "13 to 27\N{NO-BREAK SPACE}April 2027"),
        ("Level", "C1 (CEFR)"),
        ("Study load", "48 hours"),
        ("Result", "Passed, 8.0"),
    ]
    assert [(fact.label, fact.value) for fact in dutch.facts] == [
        ("Periode", "13 t/m 27\N{NO-BREAK SPACE}april 2027"),
        ("Niveau", "C1 (ERK)"),
        ("Studielast", "48 uur"),
        ("Resultaat", "Behaald, 8,0"),
    ]


def test_a_proof_of_attendance_says_nothing_of_results_and_goals() -> None:
    sheet = sheet_of(printed(kind="proof_of_attendance"), "en", AMSTERDAM)

    assert [fact.label for fact in sheet.facts] == ["Period", "Level", "Study load"]
    assert sheet.goals == ()


def test_what_the_course_does_not_say_is_left_out() -> None:
    course = offering(level=None, study_load_hours=None)

    sheet = sheet_of(printed(course), "en", AMSTERDAM)

    assert [fact.label for fact in sheet.facts] == ["Period", "Result"]


def test_only_levels_of_languages_are_of_the_common_framework() -> None:
    sheet = sheet_of(printed(offering(level="Master", study_load_hours=1)), "en", AMSTERDAM)

    assert [fact.value for fact in sheet.facts][1:3] == ["Master", "1 hour"]


@pytest.mark.parametrize(
    ("first", "last", "english", "dutch"),
    [
        ((2027, 4, 13), (2027, 6, 8), "13 April to 8 June 2027", "13 april t/m 8 juni 2027"),
        ((2027, 4, 13), (2027, 4, 27), "13 to 27 April 2027", "13 t/m 27 april 2027"),
        ((2027, 4, 13), (2027, 4, 13), "13 April 2027", "13 april 2027"),
        (
            (2026, 12, 15),
            (2027, 1, 12),
            "15 December 2026 to 12 January 2027",
            "15 december 2026 t/m 12 januari 2027",
        ),
    ],
)
def test_a_period_says_once_what_both_days_share(
    first: Any, last: Any, english: str, dutch: str
) -> None:
    starts_at, ends_at = (datetime.combine(date(*day), time(12), UTC) for day in (first, last))

    assert (
        period_of(starts_at, ends_at, "en", AMSTERDAM).replace("\N{NO-BREAK SPACE}", " ") == english
    )
    assert (
        period_of(starts_at, ends_at, "nl", AMSTERDAM).replace("\N{NO-BREAK SPACE}", " ") == dutch
    )


def test_days_are_those_of_the_institution() -> None:
    late = datetime(2027, 6, 8, 22, 30, tzinfo=UTC)  # 00:30 on the 9th in Amsterdam.

    assert period_of(late, late, "en", AMSTERDAM) == "9\N{NO-BREAK SPACE}June 2027"


def test_the_address_is_printed_without_its_scheme_and_linked_with_the_code() -> None:
    sheet = sheet_of(printed(), "en", AMSTERDAM)

    assert sheet.verify_address == "portal.test/verify"
    assert sheet.verify_url == "https://portal.test/verify/4K9T-7WQD-2MXR"
    assert sheet.qr.startswith("<svg")


def text_of(pdf: bytes) -> str:
    return " ".join(pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())


async def test_a_document_is_the_same_whatever_was_printed_before_it() -> None:
    noor, ada = printed(), printed(name="Ada Lovelace", code="7Z7Z7Z7Z7Z7Z", number="D-2027-000002")

    before = await make_document(noor, "en", AMSTERDAM)
    other = text_of(await make_document(ada, "en", AMSTERDAM))

    assert await make_document(noor, "en", AMSTERDAM) == before
    for hers in ("Ada Lovelace", "D-2027-000002", "7Z7Z-7Z7Z-7Z7Z"):
        assert hers in other
    assert "Noor de Vries" not in other


async def test_what_people_wrote_is_never_source() -> None:
    name = 'Ada #panic() $x$ "Y" [Z] \\ */'

    pdf = await make_document(printed(name=name), "en", AMSTERDAM)

    assert name in text_of(pdf)
