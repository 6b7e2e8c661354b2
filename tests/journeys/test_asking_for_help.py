"""Somebody with nothing but a browser: from a course to the questions, and to whoever can answer theirs."""

import re
from collections.abc import Callable

import httpx

from deploy.demo.office import publish_offering
from deploy.demo.people import Inbox, Person
from deploy.demo.steps import join
from deploy.local.system import System
from tests.journeys.test_my_records import prove
from tests.journeys.test_the_learners_way import send
from tests.journeys.test_the_portal import follow
from tests.support.timing import Time

ASTRONOMY = "science@university.example"
"""Who answers questions about the bachelor Astronomy, as the demonstration's catalogue says."""


async def test_ask_the_contact_of_ones_programme_about_the_course_where_one_stands(
    system: System,
    staff: Callable[[str], Person],
    newcomer: Callable[..., Person],
    time: Time,
    inbox: Inbox,
) -> None:
    """Rows B4, B5, B28."""
    somebody = await join(newcomer("Łucja Ñuñez-van 't Hof"))
    offering = await publish_offering(staff("office"), starts_at=time.evening(30))
    portal = system.addresses.portal

    async with httpx.AsyncClient(timeout=30, headers={"Accept": "text/html"}) as browser:
        course = await browser.get(f"{portal}/en/courses/{offering['offering_id']}")
        questions = await browser.get(f"{portal}{link_in(course, '/en/help?course=')}")
        assert "A course is full. Can I still come?" in questions.text
        login = await follow(
            browser, await browser.get(f"{portal}{link_in(questions, '/en/help/ask')}")
        )
        form = await prove(browser, login, somebody)
        assert offering["class_number"] in form.text

        wrong = await send(browser, form, "problem", problem="It says <closed>.")
        assert wrong.status_code == 422
        assert "Enter your student number" in wrong.text
        sent = await send(
            browser, wrong, "problem", programme="bsc-astronomy", student_number="s1234567"
        )
        done = await follow(browser, sent)
        assert ASTRONOMY in done.text
        found = re.search(r"HR-[0-9A-F]{8}", done.text)
        assert found is not None
        reference = found.group()

    question = await inbox.wait_for(ASTRONOMY, reference)
    receipt = await inbox.wait_for(somebody.mail_address, reference)
    for mail in (question, receipt):
        said = " ".join(mail.text.split())
        for words in (somebody.name, "s1234567", "Astronomy", "It says <closed>."):
            assert words in said
    assert question.headers["reply-to"] == somebody.mail_address
    assert receipt.headers["reply-to"] == ASTRONOMY


def link_in(page: httpx.Response, beginning: str) -> str:
    """Where the link of a page leads that begins like this."""
    found = re.search(rf'href="({re.escape(beginning)}[^"]*)"', page.text)
    assert found is not None, beginning
    return found.group(1)
