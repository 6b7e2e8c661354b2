"""The office with nothing but a browser: a course and its offering, found, moved, called off; and a file."""

import secrets
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from datetime import time as clock
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from deploy.demo.forms import form_with
from deploy.demo.people import Inbox, Person, demo_people
from deploy.demo.steps import becomes, enrol, join, pay
from deploy.local.system import System
from tests.journeys.test_the_learners_way import send
from tests.journeys.test_the_portal import follow
from tests.support.timing import AMSTERDAM, Time


@pytest.fixture
async def desk(system: System) -> AsyncIterator[httpx.AsyncClient]:
    """The office's browser, logged in."""
    office = demo_people()["office"]
    async with httpx.AsyncClient(
        base_url=system.addresses.portal, timeout=30, headers={"Accept": "text/html"}
    ) as browser:
        login = await follow(browser, await browser.get("/en/log-in?to=/en/desk/offerings"))
        sent = await send(
            browser,
            login,
            "password",
            mail_address=office["mail_address"],
            password=office["password"],
        )
        page = await follow(browser, sent)
        assert "Publish an offering" in page.text
        yield browser


async def test_a_course_is_published_offered_moved_and_cancelled(
    system: System,
    desk: httpx.AsyncClient,
    newcomer: Callable[..., Person],
    time: Time,
    inbox: Inbox,
) -> None:
    """Row A3 for the reader, A19 and invariant 9 for who is enrolled, A34 for the office."""
    code = f"LC-{secrets.token_hex(4).upper()}"
    title = f"Listening {code}"

    # A course, in both languages, leads on to its first offering.
    empty = await desk.get("/en/desk/courses/new")
    offered = await follow(
        desk,
        await send(
            desk,
            empty,
            "summary_nl",
            code=code,
            subject="languages",
            title_nl=f"Luisteren {code}",
            title_en=title,
            summary_nl="Horen wat er niet staat.",
            summary_en="Hearing what is not written.",
            description_nl="Elke week een gesprek.",
            description_en="A conversation every week.",
            **{"goal-1_nl": "een gesprek volgen", "goal-1_en": "follow a conversation"},
        ),
    )
    assert form_with(offered.text, "class_number").fields["course"] == code

    # What is missing is said with a way to it, and nothing that was typed is lost.
    first = (time.now().astimezone(AMSTERDAM) + timedelta(days=40)).date()
    number = f"P{secrets.randbelow(10**8):08}"
    year = first.year if first.month >= 9 else first.year - 1  # September.
    typed = {
        "class_number": number,
        "academic_year": f"{year}-{year + 1}",
        "taught_in": "en",
        "document": "certificate",
        "session-1-day": f"{first}",
        "session-1-from": "18:30",
        "session-1-until": "20:30",
        "session-1-place": "Room 1.06",
        "capacity": "12",
        "opens_day": f"{first - timedelta(days=300)}",
        "price_list": "42",
        "vat": "exempt",
        "vat_reason_nl": "Onderwijs",
        "vat_reason_en": "Education",
        "organiser_nl": "Talencentrum",
        "organiser_en": "Language Centre",
    }
    incomplete = await send(desk, offered, "class_number", **typed)
    assert incomplete.status_code == 422
    assert '<a href="#contact">' in incomplete.text
    assert form_with(incomplete.text, "class_number").fields["session-1-place"] == "Room 1.06"
    published = await follow(
        desk,
        await send(
            desk,
            incomplete,
            "class_number",
            contact="courses@portal.example",
            policy=await of_catalogue(system, "policies", "policy_id", "policy for courses"),
            terms=await of_catalogue(system, "terms", "terms_id", ""),
        ),
    )
    assert "Published." in published.text
    plan = published.url.path
    offering_id = plan.split("/")[-2]

    # Anybody finds it.
    found = await desk.get("/en/courses", params={"q": number})
    assert f'href="/en/courses/{offering_id}"' in found.text

    # Somebody enrols and pays.
    learner = await join(newcomer())
    offering = await learner.get("catalogue", f"/v1/offerings/{offering_id}")
    enrolment = await enrol(learner, offering)
    await pay(learner, enrolment)
    await becomes(learner, enrolment, "confirmed")
    await inbox.wait_for(learner.mail_address, "You are enrolled")

    # It moves by a day; whoever is enrolled is told.
    moving = await desk.get(plan.replace("/plan", "/rescheduling"))
    assert "1 person is enrolled and gets a mail" in moving.text
    next_day = first + timedelta(days=1)
    moved = await follow(
        desk, await send(desk, moving, "session-1-day", **{"session-1-day": f"{next_day}"})
    )
    assert "Rescheduled." in moved.text
    mail = await inbox.wait_for(learner.mail_address, "The schedule has changed")
    assert title in mail.text
    assert mail.calendar is not None
    shown = await learner.get("catalogue", f"/v1/offerings/{offering_id}")
    (session,) = shown["sessions"]
    assert datetime.fromisoformat(session["starts_at"]) == datetime.combine(
        next_day, clock(18, 30), AMSTERDAM
    )

    # It is called off: what that causes is said first, then everybody is told and paid back.
    cancelling = await desk.get(plan.replace("/plan", "/cancellation"))
    assert "1 person gets a mail with your reason" in cancelling.text
    without_tick = await send(
        desk,
        cancelling,
        "reason_nl",
        reason_nl="De docent is ziek.",
        reason_en="The lecturer is ill.",
    )
    assert without_tick.status_code == 422
    cancelled = await follow(desk, await send(desk, without_tick, "reason_nl", confirm="yes"))
    assert "Cancelled. Everybody is being told" in cancelled.text
    told = await inbox.wait_for(learner.mail_address, "Cancelled: ")
    assert "The lecturer is ill." in told.text
    await inbox.wait_for(learner.mail_address, "€42.00 is on its way")

    # Only the office still finds it.
    gone = await desk.get("/en/courses", params={"q": number})
    assert offering_id not in gone.text
    kept = await desk.get("/en/desk/offerings", params={"lot": "cancelled", "q": number})
    assert f'href="/en/desk/offerings/{offering_id}"' in kept.text


async def of_catalogue(system: System, kind: str, name: str, words: str) -> str:
    """The id of the policy or terms with these words, as the lists on the page have it."""
    async with httpx.AsyncClient() as http:
        listed = await http.get(f"{system.addresses.service('catalogue')}/v1/{kind}")
    return str(next(each[name] for each in listed.json() if words in each.get("name", "")))


async def test_a_file_is_checked_corrected_and_imported(
    system: System, desk: httpx.AsyncClient
) -> None:
    """Issue 4: publish and change courses and offerings, also by file."""
    code = f"IMPORTED-{secrets.token_hex(4)}"

    bad = await upload(desk, COURSE.replace("CODE", code).replace('"languages"', '"nothing"'))
    assert "there is 1 thing to correct" in bad.text
    assert "<code>course[1].subject</code>" in bad.text

    good = await upload(desk, COURSE.replace("CODE", code))
    assert "<dt>New</dt><dd>1</dd>" in good.text
    assert code in good.text
    missing = await desk.get(f"/en/desk/courses/{code}")
    assert missing.status_code == 404

    done = await follow(desk, await send(desk, good, "idempotency_key"))
    assert "Imported." in done.text
    there = await desk.get(f"/en/desk/courses/{code}")
    assert "Imported course" in there.text

    again = await upload(desk, COURSE.replace("CODE", code))
    assert "This file says nothing new" in again.text


COURSE = """
[[course]]
code = "CODE"
subject = "languages"
title = { nl = "Geïmporteerde cursus", en = "Imported course" }
summary = { nl = "Uit een bestand.", en = "From a file." }
description = { nl = "Zoals het er staat.", en = "As it says." }
"""


async def upload(desk: httpx.AsyncClient, text: str) -> httpx.Response:
    page = await desk.get("/en/desk/import")
    form = form_with(page.text, "file")
    parts = urlsplit(str(page.url))
    sent = await desk.post(
        urljoin(str(page.url), form.action),
        data={name: value for name, value in form.fields.items() if name != "file"},
        files={"file": ("catalogue.toml", text.encode(), "application/toml")},
        headers={"Origin": f"{parts.scheme}://{parts.netloc}"},
    )
    return await follow(desk, sent)
