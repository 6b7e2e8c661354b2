"""My Records, evaluations, one's own data as a file, and being forgotten: what these pages decide."""

import io
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from clients.portal.api.identity import Objection, Retained, RetainedBy
from clients.portal.api.paging import Page
from clients.portal.api.personal_data import Paper, PaymentExport, RecordsExport
from clients.portal.api.records import Record
from clients.portal.archive import Archive
from clients.portal.exporting import read_me
from clients.portal.forms import empty_form
from clients.portal.views.evaluating import evaluation_page, read_answers
from clients.portal.views.learning import my_courses_page
from clients.portal.views.personal_data import erasure_page
from clients.portal.views.records import RecordsPage, achieved_of, records_page
from tests.unit.portal import record_samples, samples
from tests.unit.portal.record_samples import (
    DOCUMENT,
    EVALUATION,
    GIVEN_UP,
    OBJECTED,
    PLANNED,
    RECORD,
    REPLACED,
    REVOKED,
)
from tests.unit.portal.samples import ENROLMENT, NOW, ZONE, words

GOOD = {"goals": "5", "level": "4", "lecturer": "3", "work": "2", "place": "1"}


def of(*records: Record, cursor: str | None = None) -> RecordsPage:
    return records_page(Page(records, cursor), words=words("en"), language="en", is_first=True)


def with_documents(*documents: Any) -> Record:
    return msgspec.structs.replace(RECORD, documents=documents)


def test_a_document_is_offered_in_the_readers_language_first() -> None:
    (english,) = of(with_documents(DOCUMENT)).documents
    dutch = achieved_of(with_documents(DOCUMENT), None, words=words("nl"), language="nl")

    path = f"/my/records/{DOCUMENT.document_id}"
    assert [each.path for each in english.papers] == [f"{path}/en", f"{path}/nl"]
    assert [each.path for each in dutch.documents[0].papers] == [f"{path}/nl", f"{path}/en"]
    assert english.check_url == "https://records.example/verify/8F3K-27QM-94TX?lang=en"


def test_a_document_says_how_it_stands_and_what_never_came_out_is_not_there() -> None:
    newer = msgspec.structs.replace(
        DOCUMENT, issued_at=NOW + timedelta(days=1), replaces="D-2027-000016"
    )
    rows = of(with_documents(GIVEN_UP, REVOKED, REPLACED, newer)).documents
    (made,) = of(with_documents(PLANNED)).documents

    assert [each.note for each in rows] == [
        "Stands in the place of document <code>D-2027-000016</code>.",
        "Withdrawn on 10\N{NO-BREAK SPACE}March 2027, because your result was corrected.",
        "Since 10\N{NO-BREAK SPACE}March 2027 document <code>D-2027-000018</code> stands in its place.",
    ]
    assert [each.papers == () for each in rows] == [False, True, True]
    assert made.state is not None
    assert (made.title, made.state.text, made.papers) == ("Statistics with R", "Being made", ())


def test_results_stand_under_their_year_and_a_corrected_one_says_so() -> None:
    page = of(*record_samples.RECORDS)

    assert [each.name for each in page.years] == ["2026–2027", "2025–2026"]
    assert [each.result for each in page.years[0].results] == ["7.5", "Absent", "Attended"]
    assert [each.corrected_at for each in page.years[0].results] == [None, NOW, None]
    assert page.years[1].results[0].activity == "Exam"


def test_a_long_list_goes_on_behind_a_cursor() -> None:
    assert of(RECORD).next == ""
    assert of(RECORD, cursor="https://r.example/v1/records?cursor=a%2Bb").next == "?cursor=a%2Bb"


def test_answers_are_five_choices_and_two_texts_that_may_be_empty() -> None:
    form = empty_form(words("en"), **GOOD, keep="  The evenings. ")

    answers = read_answers(form)

    assert answers is not None
    assert msgspec.to_builtins(answers) == {
        "goals": 5,
        "level": 4,
        "lecturer": 3,
        "work": 2,
        "place": 1,
        "keep": "The evenings.",
        "change": None,
    }


@pytest.mark.parametrize("wrong", ["", "0", "6", "five", "٣"])
def test_what_was_not_chosen_is_asked_for_in_the_order_of_the_page(wrong: str) -> None:
    form = empty_form(words("en"), **GOOD | {"level": wrong, "place": ""}, change="x" * 2001)

    assert read_answers(form) is None
    assert list(form.wrongs) == ["level", "place", "change"]
    assert form.wrongs["level"] == ("Choose how far you agree with statement 2, such as “Agree”")


@pytest.mark.parametrize(
    ("changes", "how", "lead"),
    [
        ({}, "open", "until and including Wednesday 7\N{NO-BREAK SPACE}April 2027"),
        ({"state": "not_open"}, "not_open", "opens on Wednesday 10\N{NO-BREAK SPACE}March 2027"),
        (
            {"state": "submitted", "submitted_at": NOW},
            "submitted",
            "since Wednesday 10\N{NO-BREAK SPACE}March 2027, 14:00",
        ),
        (
            {"state": "over", "open_until": NOW},
            "over",
            "until and including Wednesday 10\N{NO-BREAK SPACE}March 2027",
        ),
        ({"state": "over"}, "not_taking_part", "Only those who took part evaluate"),
        (
            {"state": "over", "opens_at": None, "open_until": None},
            "none",
            "This activity is not evaluated",
        ),
    ],
)
def test_an_evaluation_says_how_it_stands(changes: dict[str, Any], how: str, lead: str) -> None:
    told = msgspec.structs.replace(EVALUATION, **changes)

    page = evaluation_page(ENROLMENT.enrolment_id, "R", told, words=words("en"), now=NOW)

    assert page.how == how
    assert lead in page.lead


def test_the_last_day_is_the_one_before_the_midnight_at_which_it_closes() -> None:
    midnight = datetime(2027, 4, 7, 22, 0, tzinfo=UTC)  # In Amsterdam.
    told = msgspec.structs.replace(EVALUATION, open_until=midnight)

    achieved = achieved_of(None, told, words=words("en"), language="en")
    page = my_courses_page((), (), (told,), words=words("en"), zone=ZONE, now=NOW)

    assert achieved.evaluate_until == "Wednesday 7\N{NO-BREAK SPACE}April 2027"
    (todo,) = page.next
    assert todo.when == "until and including Wed 7\N{NO-BREAK SPACE}Apr 2027"
    assert todo.path == f"/my/courses/{ENROLMENT.enrolment_id}/evaluation"
    assert page.asks == 1


def test_what_stands_in_the_way_leads_to_the_course_and_is_said_once() -> None:
    twice = (Objection("course_not_over", ENROLMENT.enrolment_id),) * 2
    told = msgspec.structs.replace(OBJECTED, objections=twice)

    (hindrance,) = erasure_page(told, (ENROLMENT,), words=words("en")).hindrances

    assert hindrance.title == "Academic writing in English"
    assert hindrance.path == f"/my/courses/{ENROLMENT.enrolment_id}"
    assert "Withdraw, or come back when it is over." in hindrance.text


def test_what_stays_is_what_the_services_said_with_its_last_day() -> None:
    until = datetime(2034, 12, 31, 23, 0, tzinfo=UTC)  # Midnight in Amsterdam.
    retained = Retained("invoices", "tax_law", until)
    told = msgspec.structs.replace(record_samples.DONE, retained=(RetainedBy((retained,)),))

    page = erasure_page(told, (), words=words("nl"))

    assert page.stage == "done"
    assert [(each.what, each.until) for each in page.kept] == [
        ("Facturen", "Tot en met 31\N{NO-BREAK SPACE}december 2034")
    ]


def test_an_archive_is_whole_and_is_written_piece_by_piece() -> None:
    archive = Archive(datetime(2027, 3, 10, 14, 0, tzinfo=ZONE))
    pieces = [
        *archive.add("a.json", [b'{"a": "' + b"x" * 5000, b'y"}']),
        *archive.add("documents/b.pdf", [b"%PDF"], is_packed=True),
        archive.end(),
    ]

    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as file:
        assert file.testzip() is None
        assert file.namelist() == ["a.json", "documents/b.pdf"]
        assert file.read("a.json") == b'{"a": "' + b"x" * 5000 + b'y"}'
        packed, stored = file.infolist()
    assert packed.date_time == (2027, 3, 10, 14, 0, 0)
    assert packed.compress_size < 200
    assert stored.compress_type == zipfile.ZIP_STORED


def test_papers_are_named_by_their_number_and_by_nothing_that_leads_elsewhere() -> None:
    told = {
        "courses": [
            {
                "documents": [
                    {"number": "D-1", "downloads": [{"language": "nl", "path": "/d?language=nl"}]},
                    {"number": None, "downloads": []},
                ]
            }
        ]
    }
    invoiced = {"orders": [{"papers": [{"number": "../../1", "path": "/i"}]}]}

    assert msgspec.convert(told, RecordsExport).papers == [
        Paper("records", "/d?language=nl", "documents/D-1-nl.pdf")
    ]
    assert msgspec.convert(invoiced, PaymentExport).papers == [
        Paper("payment", "/i", "invoices/______1.pdf")
    ]


def test_what_is_not_in_the_file_is_said_first() -> None:
    lost = [Paper("payment", "/i", "invoices/1.pdf")]
    whole = read_me([], [], words=samples.words("en"), now=NOW)
    half = read_me(["records"], lost, words=samples.words("en"), now=NOW)

    assert "NOT COMPLETE" not in whole
    assert "records.json" in whole
    before, _, after = half.partition("In this file:")
    assert "- your results; the folder documents has your certificates" in before
    assert "- invoices/1.pdf" in before
    assert "records.json" not in after
