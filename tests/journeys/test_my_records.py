"""Somebody with nothing but a browser, after the course: evaluate, get the certificate, take all data along, go."""

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import msgspec
from pypdf import PdfReader

from deploy.demo.forms import form_with
from deploy.demo.office import publish_offering
from deploy.demo.people import Inbox, Person
from deploy.demo.steps import becomes, enrol, join, pay, record_result, until
from deploy.local.system import System
from tests.journeys.test_the_learners_way import send
from tests.journeys.test_the_portal import follow
from tests.support.timing import Time

ANSWERS = {"goals": "5", "level": "4", "lecturer": "5", "work": "3", "place": "4"}


async def log_in(browser: httpx.AsyncClient, address: str, person: Person) -> httpx.Response:
    """Open a page that is for somebody only, and log in on the way to it."""
    return await prove(browser, await follow(browser, await browser.get(address)), person)


async def prove(
    browser: httpx.AsyncClient, login: httpx.Response, person: Person
) -> httpx.Response:
    sent = await send(
        browser, login, "password", mail_address=person.mail_address, password=person.password
    )
    return await follow(browser, sent)


async def test_evaluate_get_the_certificate_take_ones_data_along_and_be_forgotten(
    system: System,
    staff: Callable[[str], Person],
    newcomer: Callable[..., Person],
    time: Time,
    inbox: Inbox,
) -> None:
    """Rows A28-A32; issue 4: export and erasure reach every service."""
    somebody = await join(newcomer("Łucja Ñuñez-van 't Hof"))
    offering = await publish_offering(staff("office"), starts_at=time.evening(20))
    enrolment = await enrol(somebody, offering)
    await pay(somebody, enrolment)
    await becomes(somebody, enrolment, "confirmed")
    portal = system.addresses.portal
    course = f"{portal}/en/my/courses/{enrolment['enrolment_id']}"

    async with httpx.AsyncClient(timeout=30, headers={"Accept": "text/html"}) as browser:
        before = await log_in(browser, f"{course}/evaluation", somebody)
        assert "The evaluation opens on" in before.text
        none = await browser.get(f"{portal}/en/my/records")
        assert "Nothing here yet" in none.text
        await a_course_stands_in_the_way(browser, portal)

        time.move_to(datetime.fromisoformat(offering["ends_at"]))
        time.move(minutes=5)
        mail = await inbox.wait_for(somebody.mail_address, "How was")
        address = f"{portal}/my/courses/{enrolment['enrolment_id']}/evaluation"
        assert address in mail.text
        page = await log_in(browser, address, somebody)
        await evaluate(browser, page, f"{portal}/en/my/courses")

        await record_result(staff("lecturer"), enrolment)
        ready = await inbox.wait_for(somebody.mail_address, "is ready")
        assert f"{portal}/my/records" in ready.text
        number = await hold_the_certificate(browser, portal, course)
        await be_called_otherwise(browser, portal)
        await take_everything_along(browser, portal, number)
        await be_forgotten(browser, portal, somebody, time)


async def a_course_stands_in_the_way(browser: httpx.AsyncClient, portal: str) -> None:
    page = await browser.get(f"{portal}/en/account/erase")
    await follow(browser, await send(browser, page, "sure", sure="yes"))
    objected: httpx.Response = await until(
        lambda: browser.get(f"{portal}/en/account/erase"),
        lambda answer: "Your data cannot be erased yet" in answer.text,
    )
    assert "Withdraw, or come back when it is over." in objected.text
    assert "Academic writing in English" in objected.text


async def evaluate(browser: httpx.AsyncClient, page: httpx.Response, learning: str) -> None:
    assert "1 thing asks for your attention." in (await browser.get(learning)).text
    incomplete = await send(browser, page, "goals", **ANSWERS | {"work": ""})
    assert incomplete.status_code == 422
    assert 'href="#work"' in incomplete.text
    sent = [await send(browser, incomplete, "goals", **ANSWERS) for _ in range(2)]
    assert [each.status_code for each in sent] == [303, 303]
    submitted = await follow(browser, sent[0])
    assert "We have had your answers since" in submitted.text
    assert "asks for your attention" not in (await browser.get(learning)).text


async def hold_the_certificate(browser: httpx.AsyncClient, portal: str, course: str) -> str:
    """Download it from My Records in both languages, and have it checked; returns its number."""
    records = await browser.get(f"{portal}/en/my/records")
    assert "Being made" not in records.text
    paths = [
        each.partition('"')[0]
        for each in records.text.split('href="')
        if each.startswith("/en/my/records/")
    ]
    texts = []
    for path in paths:
        pdf = await browser.get(f"{portal}{path}")
        assert pdf.headers["content-type"] == "application/pdf"
        assert "filename*=UTF-8''" in pdf.headers["content-disposition"]
        texts.append(PdfReader(io.BytesIO(pdf.content)).pages[0].extract_text())
    assert ["Certificaat" in each for each in texts] == [False, True]
    number = records.text.partition("Document <code>")[2].partition("</code>")[0]
    assert all("Łucja Ñuñez-van" in each and number in each for each in texts)
    assert paths[0] in (await browser.get(course)).text

    checks = records.text.partition('Anyone can <a href="')[2].partition('"')[0]
    async with httpx.AsyncClient(timeout=30) as anybody:
        assert "This certificate is real." in (await anybody.get(checks)).text
    return number


async def be_called_otherwise(browser: httpx.AsyncClient, portal: str) -> None:
    page = await browser.get(f"{portal}/en/account")
    await send(browser, page, "name", name="Łucja Hof")
    assert ">Łucja Hof</a>" in (await browser.get(f"{portal}/en/help")).text


async def take_everything_along(browser: httpx.AsyncClient, portal: str, number: str) -> None:
    answer = await browser.get(f"{portal}/en/account/export")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
        names = set(file.namelist())
        told: dict[str, Any] = {
            name: msgspec.json.decode(file.read(name)) for name in names if name.endswith(".json")
        }
        document = PdfReader(io.BytesIO(file.read(f"documents/{number}-nl.pdf")))
        about = file.read("READ-ME.txt").decode()
    assert number in document.pages[0].extract_text()
    assert "NOT COMPLETE" not in about
    assert told["identity.json"]["account"][0]["name"] == "Łucja Hof"
    assert told["enrolment.json"]["enrolments"][0]["title"] == "Academic writing in English"
    assert told["payment.json"]["orders"]
    assert told["notification.json"]["mails"]
    assert len(told["portal.json"]["browsers"]) == 2


async def be_forgotten(
    browser: httpx.AsyncClient, portal: str, somebody: Person, time: Time
) -> None:
    time.move(minutes=11)  # What was a fresh login is none any more.
    erase = f"{portal}/en/account/erase"
    refused = await send(browser, await browser.get(erase), "sure", sure="yes")
    assert "Log in again first" in refused.text
    login = await follow(browser, await send(browser, refused, "to"))
    assert "password" in form_with(login.text, "password").fields
    page = await prove(browser, login, somebody)
    assert str(page.url) == erase

    await send(browser, page, "sure", sure="yes")
    # Read by whoever waits on the page: it is shown once.
    done: httpx.Response = await until(
        lambda: browser.get(erase), lambda answer: "Your data are erased" in answer.text
    )
    assert "Tax law" not in done.text  # Nothing was invoiced.
    assert "Łucja" not in done.text
    after = await browser.get(f"{portal}/en/my/records")
    assert after.headers["location"].startswith("/en/log-in")
