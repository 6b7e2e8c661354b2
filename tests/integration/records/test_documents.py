"""From a result to a document in My Records, through the doors."""

import re
from typing import Any
from uuid import UUID, uuid4

import pypdf

from contracts.identity import AccountCorrected
from contracts.records import DocumentIssued
from tests.integration.records.steps import Records, account
from tests.support.examples import both
from tests.support.running import eventually

LONG_NAME = "Maximiliana Wilhelmina Alexandrina van den Bergh-Oudshoorn de Wetering"
LONG_TITLE = (
    "Research data management, integrity and open science for starters in the social sciences"
)


async def certified(records: Records, learner: UUID, name: str, **changes: Any) -> DocumentIssued:
    """Somebody of this name who has passed, with their certificate."""
    published = await records.publish(**changes)
    await records.register(learner, name)
    enrolment_id = await records.enrol(published, learner)
    records.begin(published)
    await records.record(enrolment_id)
    return await records.issued()


def words(document: pypdf.PdfReader) -> str:
    """The text in reading order, in single spaces."""
    return " ".join(document.pages[0].extract_text().split())


async def test_a_pass_earns_a_certificate_that_lies_in_my_records(records: Records) -> None:
    noor = uuid4()
    _, (enrolment_id,) = await records.started(noor)

    await records.record(enrolment_id, "passed", grade="8")

    fact = await records.issued()
    assert (fact.kind, fact.number, fact.language) == ("certificate", "D-2027-000001", "en")
    assert (fact.learner_id, fact.enrolment_id) == (noor, enrolment_id)
    answer = await records.get("/v1/records", noor)
    (mine,) = answer.json()["items"]
    assert (mine["title"], mine["class_number"]) == ("Academic writing in English", "4218")
    assert (mine["result"]["outcome"], mine["result"]["grade"]) == ("passed", "8.0")
    (document,) = mine["documents"]
    assert (document["document_id"], document["state"]) == (str(fact.document_id), "issued")
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", document["code"])
    assert document["verify_url"] == f"https://records.test/verify/{document['code']}"
    assert [each["language"] for each in document["downloads"]] == ["en", "nl"]
    known = {"If-None-Match": answer.headers["etag"]}
    assert (await records.get("/v1/records", noor, headers=known)).status_code == 304
    assert (await records.get(f"/v1/records/{enrolment_id}", noor)).json() == mine


async def test_a_course_without_a_result_and_that_of_somebody_else_are_not_in_my_records(
    records: Records,
) -> None:
    noor = uuid4()
    _, (enrolment_id,) = await records.started(noor)
    path = f"/v1/records/{enrolment_id}"

    before = await records.get(path, noor)
    await records.record(enrolment_id, "attended")

    assert before.status_code == 404
    assert (await records.get(path, noor)).json()["result"]["outcome"] == "attended"
    assert (await records.get(path, uuid4())).status_code == 404
    assert (await records.get(path, uuid4(), "office")).status_code == 404


async def test_the_certificate_says_what_was_achieved_in_english(records: Records) -> None:
    noor = uuid4()
    fact = await certified(records, noor, "Noor de Vries")

    text = words(await records.pdf(fact.document_id, noor, "en"))

    assert text == (
        "Course Portal Language Centre Certificate Noor de Vries has successfully completed the course "
        "Academic writing in English Period 13 to 27 April 2027 Level C1 (CEFR) Study load 48 hours "
        "Result Passed After this course the participant can – state a contribution in one sentence "
        "13 April 2027 Dr. F. McAllister Lecturer Prof. E. van Rijn Head, Language Centre "
        "Check that this certificate is real records.test/verify "
        f"{await records.code_of(fact.document_id)} Document D-2027-000001 Issued 13 April 2027 "
        "Ook in het Nederlands te downloaden"
    )


async def test_the_same_certificate_can_be_had_in_dutch(records: Records) -> None:
    noor = uuid4()
    fact = await certified(records, noor, "Noor de Vries")

    text = words(await records.pdf(fact.document_id, noor, "nl"))

    assert "Certificaat Noor de Vries heeft met goed gevolg de cursus afgerond" in text
    assert (
        "Periode 13 t/m 27 april 2027 Niveau C1 (ERK) Studielast 48 uur Resultaat Behaald" in text
    )
    assert "Document D-2027-000001 Uitgegeven op 13 april 2027 Also available in English" in text


async def test_the_document_is_archivable_accessible_and_linked(records: Records) -> None:
    noor = uuid4()
    fact = await certified(records, noor, "Noor de Vries")
    code = await records.code_of(fact.document_id)

    for language in ("en", "nl"):
        document = await records.pdf(fact.document_id, noor, language)
        root: Any = document.trailer["/Root"]
        metadata = root["/Metadata"].get_data().decode()
        page: Any = document.pages[0]
        fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
        links = [each.get_object()["/A"]["/URI"] for each in page["/Annots"]]

        assert root["/Lang"] == language
        assert root["/MarkInfo"]["/Marked"]
        assert "/StructTreeRoot" in root
        assert re.search(r"pdfaid:part>2<", metadata)
        assert re.search(r"pdfaid:conformance>A<", metadata)
        assert document.metadata is not None
        assert "Noor de Vries" in (document.metadata.title or "")
        assert len(document.pages) == 1
        assert (page.mediabox.width, page.mediabox.height) == (595.2756, 841.8898)
        assert len(fonts) == 3
        assert all(is_embedded(font) for font in fonts)
        assert links == [f"https://records.test/verify/{code}"] * 2


def is_embedded(font: Any) -> bool:
    descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
    return "/FontFile2" in descriptor or "/FontFile3" in descriptor


async def test_names_keep_their_diacritics(records: Records) -> None:
    lucja = uuid4()
    fact = await certified(records, lucja, "Łucja Ñuñez-van 't Hof")

    assert "Łucja Ñuñez-van 't Hof" in words(await records.pdf(fact.document_id, lucja, "en"))


async def test_long_names_and_titles_stay_whole_and_on_one_page(records: Records) -> None:
    person = uuid4()
    goals = tuple(both(f"do thing number {number} without being asked") for number in range(9))
    fact = await certified(records, person, LONG_NAME, title=both(LONG_TITLE), learning_goals=goals)

    document = await records.pdf(fact.document_id, person, "en")

    assert len(document.pages) == 1
    text = words(document)
    assert LONG_NAME in text
    assert LONG_TITLE in text
    assert "do thing number 8" in text


async def test_the_bytes_stay_the_same_and_have_a_name_and_a_tag(records: Records) -> None:
    noor = uuid4()
    fact = await certified(records, noor, "Noor de Vries", title=both("Énergie: vent/eau"))
    path = f"/v1/documents/{fact.document_id}/pdf"

    first = await records.get(path, noor)
    again = await records.get(path, uuid4(), "office")
    known = await records.get(path, noor, headers={"If-None-Match": first.headers["etag"]})
    dutch = await records.get(path, noor, params={"language": "nl"})

    assert again.content == first.content
    assert (known.status_code, known.content) == (304, b"")
    assert dutch.headers["etag"] != first.headers["etag"]
    assert first.headers["content-language"] == "en"
    assert first.headers["content-disposition"] == (
        'attachment; filename="Certificate Energie vent eau D-2027-000001.pdf"; '
        "filename*=UTF-8''Certificate%20%C3%89nergie%20vent%20eau%20D-2027-000001.pdf"
    )


async def test_a_document_is_its_learners_and_the_offices(records: Records) -> None:
    noor = uuid4()
    fact = await certified(records, noor, "Noor de Vries")

    for path in (f"/v1/documents/{fact.document_id}", f"/v1/documents/{fact.document_id}/pdf"):
        assert (await records.get(path, noor)).status_code == 200
        assert (await records.get(path, uuid4(), "office")).status_code == 200
        assert (await records.get(path, uuid4())).status_code == 404
        assert (await records.get(path, uuid4(), "lecturer")).status_code == 404
        assert (await records.get(path)).status_code == 401


async def test_attendance_earns_a_proof_without_result_and_goals(records: Records) -> None:
    noor = uuid4()
    published = await records.publish(document="proof_of_attendance")
    await records.register(noor, language="nl")
    enrolment_id = await records.enrol(published, noor)
    records.begin(published)

    await records.record(enrolment_id, "attended")

    fact = await records.issued()
    assert (fact.kind, fact.language) == ("proof_of_attendance", "nl")
    text = words(await records.pdf(fact.document_id, noor, "en"))
    assert "Proof of attendance Noor de Vries has attended the course" in text
    assert "Check that this proof is real" in text
    assert "Result" not in text
    assert "After this course" not in text
    preferred = await records.get(f"/v1/documents/{fact.document_id}/pdf", noor)
    assert preferred.headers["content-language"] == "nl"


async def test_what_earns_nothing_gets_nothing(records: Records) -> None:
    _, (failed, attended) = await records.started(uuid4(), uuid4())

    await records.record(failed, "failed", grade="4.5")
    await records.record(attended, "attended")

    assert await records.fetchval("SELECT count(*) FROM document") == 0


async def test_a_correction_that_takes_the_pass_away_withdraws_the_document(
    records: Records,
) -> None:
    noor = uuid4()
    fact = await certified(records, noor, "Noor de Vries")
    path = f"/v1/documents/{fact.document_id}"

    answer = await records.correct(fact.enrolment_id, 1, "failed")

    assert answer.status_code == 200, answer.text
    document = (await records.get(path, noor)).json()
    assert (document["state"], document["revoked_why"]) == ("revoked", "corrected")
    assert document["revoked_at"] == "2027-04-13T16:30:00Z"
    assert document["downloads"] == []
    refused = await records.get(f"{path}/pdf", noor)
    assert (refused.status_code, refused.json()["type"][-17:]) == (409, "/document-revoked")
    assert (await records.get(f"{path}/pdf", uuid4(), "office")).status_code == 200


async def test_a_corrected_grade_gives_a_new_number_that_names_the_old_one(
    records: Records,
) -> None:
    noor = uuid4()
    _, (enrolment_id,) = await records.started(noor)
    await records.record(enrolment_id, "passed", grade="7")
    first = await records.issued()

    await records.correct(enrolment_id, 1, "passed", grade="8")

    second = await records.issued(2)
    assert (first.number, second.number) == ("D-2027-000001", "D-2027-000002")
    text = words(await records.pdf(second.document_id, noor, "en"))
    assert "Passed, 8.0" in text
    assert "Replaces D-2027-000001" in text
    (mine,) = (await records.get("/v1/records", noor)).json()["items"]
    assert [(each["number"], each["state"]) for each in mine["documents"]] == [
        ("D-2027-000002", "issued"),
        ("D-2027-000001", "revoked"),
    ]
    assert mine["documents"][1]["replaced_by"] == "D-2027-000002"


async def test_the_same_result_twice_is_one_document(records: Records) -> None:
    _, (enrolment_id,) = await records.started(uuid4())
    await records.record(enrolment_id, "passed", grade="8")
    await records.issued()

    again = await records.put(
        f"/v1/enrolments/{enrolment_id}/result",
        {"outcome": "passed", "grade": "8.0"},
        UUID(int=11),
        "lecturer",
    )

    assert again.status_code == 200
    assert await records.fetchval("SELECT count(*) FROM document") == 1


async def test_an_issued_document_outlives_every_change_of_name_and_title(
    records: Records,
) -> None:
    noor, office = uuid4(), uuid4()
    published = await records.publish()
    await records.register(noor, "Noor de Vries")
    enrolment_id = await records.enrol(published, noor)
    records.begin(published)
    await records.record(enrolment_id)
    first = await records.issued()
    before = await records.get(f"/v1/documents/{first.document_id}/pdf", noor)

    await records.publish(
        offering_id=published.offering_id, version=2, title=both("Writing for everybody")
    )
    new = account(noor, "Noor Jansen", version=2)
    await records.deliver(
        AccountCorrected(**{name: getattr(new, name) for name in new.__struct_fields__})
    )
    await records.handled("records.follow_people", 2)

    after = await records.get(f"/v1/documents/{first.document_id}/pdf", noor)
    assert after.content == before.content
    # The office can have it issued anew.
    path = f"/v1/documents/{first.document_id}/replacement"
    body = {"reason": "A new name by marriage."}
    assert (await records.post(path, body, noor)).status_code == 403
    replaced = await records.post(path, body, office, "office")
    assert (replaced.status_code, replaced.json()["state"]) == (201, "planned")
    second = await records.issued(2)
    text = words(await records.pdf(second.document_id, noor, "en"))
    assert "Noor Jansen has successfully completed the course Writing for everybody" in text
    assert "Replaces D-2027-000001" in text
    assert (await records.post(path, body, office, "office")).status_code == 409


async def test_a_document_waits_until_the_name_is_known(records: Records) -> None:
    published, noor = await records.publish(), uuid4()
    enrolment_id = await records.enrol(published, noor)
    records.begin(published)
    await records.record(enrolment_id)
    (mine,) = (await records.get("/v1/records", noor)).json()["items"]
    (document,) = mine["documents"]

    early = await records.get(f"/v1/documents/{document['document_id']}/pdf", noor)
    await records.register(noor, "Noor de Vries")

    assert (document["state"], document["number"], document["code"]) == ("planned", None, None)
    assert (early.status_code, early.headers["retry-after"]) == (409, "5")
    fact = await records.issued()
    assert "Noor de Vries" in words(await records.pdf(fact.document_id, noor, "en"))


async def test_a_name_that_cannot_be_set_holds_nobody_else_up_and_is_tried_again(
    records: Records,
) -> None:
    wei, noor = uuid4(), uuid4()
    published = await records.publish()
    await records.register(wei, "张伟")
    await records.register(noor)
    of_wei, of_noor = await records.enrol(published, wei), await records.enrol(published, noor)
    records.begin(published)
    await records.record(of_wei)
    await records.record(of_noor)

    assert (await records.issued()).learner_id == noor

    async def trouble() -> Any:
        answer = await records.get(
            f"/v1/offerings/{published.offering_id}/dossiers", uuid4(), "office"
        )
        return answer.json()["items"][0]["document"]["trouble"]

    assert await eventually(trouble) == "not_printable"
    new = account(wei, "Zhang Wei", version=2)
    await records.deliver(
        AccountCorrected(**{name: getattr(new, name) for name in new.__struct_fields__})
    )
    await records.handled("records.follow_people", 3)
    records.clock.move(minutes=11)

    fact = await records.issued(2)
    assert (fact.learner_id, fact.number) == (wei, "D-2027-000001")
    assert await trouble() is None
