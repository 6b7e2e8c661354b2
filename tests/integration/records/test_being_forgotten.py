"""Whoever is forgotten loses name and documents; results stay without a name, and nothing comes back."""

from uuid import uuid4

import msgspec
import pytest

from contracts.identity import AccountCorrected, AccountErased
from contracts.records import DocumentIssued, RecordsErasedPersonalData
from services.records.app import SERVICE
from services.records.edge.export import RecordsExport
from tests.integration.records.conftest import SETTINGS
from tests.integration.records.steps import Records
from tests.support.examples import LECTURER
from tests.support.running import running
from tests.support.servers import Templates


async def test_documents_go_and_whoever_checks_one_is_told(records: Records) -> None:
    ada = uuid4()
    _, (enrolment,) = await records.started(ada)
    await records.record(enrolment, grade="8.5")
    issued = await records.told.wait_for(DocumentIssued)
    code = await records.fetchval("SELECT code FROM document")
    real = (await records.get(f"/v1/verifications/{code}")).json()
    assert (real["state"], real["name"]) == ("real", "Noor de Vries")

    await records.deliver(AccountErased(account_id=ada, erased_at=records.clock.now()))
    told = await records.told.wait_for(RecordsErasedPersonalData)

    assert [(each.what, each.because) for each in told.retained] == [("results", "names_nobody")]
    gone = (await records.get(f"/v1/verifications/{code}")).json()
    assert (gone["state"], gone["number"], gone["name"]) == ("erased", issued.number, None)
    page = await records.get(f"/verify/{code}", headers={"Accept-Language": "nl"})
    assert "Dit document is gewist." in page.text
    assert "Noor" not in page.text
    assert await records.fetchval("SELECT count(*) FROM document_file") == 0
    assert await records.fetchval("SELECT count(*) FROM result WHERE outcome = 'passed'") == 1
    listed = await records.get(f"/v1/documents/{issued.document_id}/pdf", ada)
    assert listed.status_code == 409


async def test_a_name_that_is_told_late_does_not_come_back_and_nothing_is_printed(
    records: Records,
) -> None:
    ada = uuid4()
    _, (enrolment,) = await records.started(ada)
    await records.deliver(AccountErased(account_id=ada, erased_at=records.clock.now()))
    await records.told.wait_for(RecordsErasedPersonalData)

    await records.deliver(
        AccountCorrected(
            account_id=ada,
            version=99,
            mail_address="noor@example.org",
            name="Noor de Vries",
            language="en",
            affiliation="guest",
        )
    )
    await records.handled("records.follow_people", 2)
    await records.record(enrolment)

    assert await records.fetchval("SELECT name FROM person WHERE account_id = $1", ada) is None
    assert await records.fetchval("SELECT count(*) FROM document") == 0


async def test_the_reason_of_a_correction_is_forgotten(records: Records) -> None:
    ada = uuid4()
    _, (enrolment,) = await records.started(ada)
    await records.record(enrolment, "failed", grade="4.0")
    read = await records.get(f"/v1/enrolments/{enrolment}/result", LECTURER, "lecturer")
    corrected = await records.put(
        f"/v1/enrolments/{enrolment}/result",
        {"outcome": "passed", "grade": "6.0", "reason": "Noor was graded as her sister."},
        LECTURER,
        "lecturer",
        headers={"If-Match": read.headers["ETag"]},
    )
    assert corrected.status_code == 200, corrected.text

    await records.deliver(AccountErased(account_id=ada, erased_at=records.clock.now()))
    await records.told.wait_for(RecordsErasedPersonalData)

    reasons = await records.fetch("SELECT reason FROM result ORDER BY version")
    assert [each["reason"] for each in reasons] == [None, ""]


@pytest.mark.parametrize("kept", ["keep"])
async def test_an_institution_that_keeps_a_register_says_so(
    kept: str, templates: Templates, amqp_url: str
) -> None:
    settings = SETTINGS | {"documents_after_erasure": kept}
    async with running(SERVICE, templates=templates, amqp_url=amqp_url, **settings) as service:
        records, ada = Records(**vars(service)), uuid4()
        _, (enrolment,) = await records.started(ada)
        await records.record(enrolment)
        await records.told.wait_for(DocumentIssued)

        await records.deliver(AccountErased(account_id=ada, erased_at=records.clock.now()))
        told = await records.told.wait_for(RecordsErasedPersonalData)

        assert [each.because for each in told.retained] == ["names_nobody", "diploma_register"]
        assert await records.fetchval("SELECT count(*) FROM document_file") == 2


async def test_everything_that_is_known_of_me_with_the_paths_of_my_documents(
    records: Records,
) -> None:
    ada = uuid4()
    _, (enrolment,) = await records.started(ada)
    await records.record(enrolment, grade="8.5")
    await records.told.wait_for(DocumentIssued)

    answer = await records.get("/v1/me/export", ada)

    mine = msgspec.json.decode(answer.content, type=RecordsExport)
    assert [each.name for each in mine.person] == ["Noor de Vries"]
    (course,) = mine.courses
    assert [each.grade for each in course.dossier.results] == ["8.5"]
    pdf = await records.get(course.documents[0].downloads[0].path, ada)
    assert pdf.content.startswith(b"%PDF")
