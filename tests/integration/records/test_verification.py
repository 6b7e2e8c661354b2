"""Anyone can check a document, through the public door."""

from uuid import uuid4

from services.records.app import SERVICE
from tests.integration.records.steps import Records
from tests.support.faults import line_to
from tests.support.running import running
from tests.support.servers import Templates


async def certified(records: Records) -> tuple[str, str]:
    """The code and the number of a new certificate."""
    noor = uuid4()
    _, (enrolment_id,) = await records.started(noor)
    await records.record(enrolment_id)
    fact = await records.issued()
    return await records.code_of(fact.document_id), fact.number


async def test_a_real_document_is_told_with_what_stands_on_it(records: Records) -> None:
    code, number = await certified(records)

    answer = await records.get(f"/v1/verifications/{code}")

    assert answer.status_code == 200
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    assert answer.json() == {
        "code": code,
        "state": "real",
        "kind": "certificate",
        "number": number,
        "name": "Noor de Vries",
        "title": "Academic writing in English",
        "level": "C1",
        "starts_on": "2027-04-13",
        "ends_on": "2027-04-27",
        "issued_on": "2027-04-13",
        "revoked_on": None,
        "replaced_by": None,
    }


async def test_a_code_is_found_in_whatever_way_it_is_written(records: Records) -> None:
    code, number = await certified(records)
    written = code.lower().replace("-", "").replace("0", "o").replace("1", "l")

    assert (await records.get(f"/v1/verifications/{written}")).json()["number"] == number


async def test_unknown_codes_and_what_is_no_code_are_told_apart(records: Records) -> None:
    unknown = await records.get("/v1/verifications/0000-0000-0000")
    no_code = await records.get("/v1/verifications/hello")

    assert (unknown.status_code, unknown.json()["state"]) == (200, "unknown")
    assert unknown.json()["name"] is None
    assert no_code.status_code == 422


async def test_the_page_asks_for_a_code_and_leads_to_the_answer(records: Records) -> None:
    code, _ = await certified(records)

    asks = await records.get("/verify")
    leads = await records.get("/verify", params={"code": code.lower(), "lang": "nl"})
    answers = await records.get(leads.headers["location"])

    assert asks.status_code == 200
    assert "Code on the document" in asks.text
    assert (leads.status_code, leads.headers["location"]) == (
        303,
        f"https://records.test/verify/{code}?lang=nl",
    )
    assert '<html lang="nl">' in answers.text
    assert "Dit certificaat is echt." in answers.text
    assert "Noor de Vries" in answers.text
    assert answers.headers["x-robots-tag"] == "noindex, nofollow"
    assert answers.headers["cache-control"] == "no-store"


async def test_the_page_speaks_the_readers_language(records: Records) -> None:
    code, _ = await certified(records)

    dutch = await records.get(f"/verify/{code}", headers={"Accept-Language": "nl-NL,nl;q=0.9"})
    english = await records.get(f"/verify/{code}?lang=en", headers={"Accept-Language": "nl"})

    assert "Academic writing in English (nl), niveau C1" in dutch.text
    assert "13\N{NO-BREAK SPACE}april 2027" in dutch.text
    assert "This certificate is real." in english.text


async def test_a_withdrawn_document_is_said_to_be_withdrawn(records: Records) -> None:
    noor = uuid4()
    _, (enrolment_id,) = await records.started(noor)
    await records.record(enrolment_id)
    fact = await records.issued()
    code = await records.code_of(fact.document_id)
    records.clock.move(days=2)

    await records.correct(enrolment_id, 1, "failed")

    told = (await records.get(f"/v1/verifications/{code}")).json()
    assert (told["state"], told["revoked_on"], told["replaced_by"]) == (
        "revoked",
        "2027-04-15",
        None,
    )
    page = await records.get(f"/verify/{code}")
    assert page.status_code == 200
    assert "This certificate is not valid any more." in page.text
    assert "15\N{NO-BREAK SPACE}April 2027" in page.text


async def test_a_replaced_document_names_the_new_one_once_that_is_issued(records: Records) -> None:
    noor = uuid4()
    _, (enrolment_id,) = await records.started(noor)
    await records.record(enrolment_id, grade="7")
    code = await records.code_of((await records.issued()).document_id)

    await records.correct(enrolment_id, 1, "passed", grade="8")
    await records.issued(2)

    told = (await records.get(f"/v1/verifications/{code}")).json()
    assert (told["state"], told["replaced_by"]) == ("revoked", "D-2027-000002")
    page = await records.get(f"/verify/{code}")
    assert "Document <code>D-2027-000002</code> replaces it" in page.text


async def test_the_page_says_what_to_do_about_a_wrong_code(records: Records) -> None:
    unknown = await records.get("/verify/0000-0000-0000")
    no_code = await records.get("/verify", params={"code": "<script>"})
    in_the_path = await records.get("/verify/hello")

    assert unknown.status_code == 404
    assert "We have not issued a document with this code." in unknown.text
    assert no_code.status_code == in_the_path.status_code == 422
    assert "<title>Error: Check a certificate" in no_code.text
    assert "Enter a code of twelve characters such as 4K9T-7WQD-2MXR" in no_code.text
    assert "&lt;script&gt;" in no_code.text


async def test_what_is_not_issued_yet_is_unknown(records: Records) -> None:
    published = await records.publish()
    enrolment_id = await records.enrol(published)  # Without a name: nothing is printed.
    records.begin(published)
    await records.record(enrolment_id)

    code = await records.fetchval("SELECT code FROM document")

    assert (await records.get(f"/v1/verifications/{code}")).json()["state"] == "unknown"


async def test_who_checks_too_many_waits(records: Records) -> None:
    code, _ = await certified(records)
    for _ in range(30):
        await records.get(f"/v1/verifications/{code}")

    as_json = await records.get(f"/v1/verifications/{code}")
    as_page = await records.get(f"/verify/{code}")
    records.clock.move(seconds=2)
    later = await records.get(f"/v1/verifications/{code}")

    assert (as_json.status_code, as_page.status_code, later.status_code) == (429, 429, 200)
    assert as_json.headers["retry-after"] == as_page.headers["retry-after"] == "2"
    assert "You have checked many documents in a short time." in as_page.text


async def test_while_the_database_is_away_the_page_says_what_is_safe(
    templates: Templates, amqp_url: str
) -> None:
    async with (
        templates.database(SERVICE.name, SERVICE.migrations) as url,
        line_to(url) as (through, line),
        running(
            SERVICE,
            templates=templates,
            amqp_url=amqp_url,
            worker=False,
            service_database_url=through,
        ) as service,
    ):
        await line.cut()
        page = await service.get("/verify/4K9T-7WQD-2MXR", headers={"X-Correlation-Id": "r-17"})

    assert (page.status_code, page.headers["retry-after"]) == (503, "5")
    assert "This says nothing about the document." in page.text
    assert "request number r-17" in page.text
