"""Somebody with a browser: from the overview through the login to their own pages, and out."""

from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import httpx

from deploy.demo.forms import form_with
from deploy.demo.office import publish_offering
from deploy.demo.people import Person, demo_people
from deploy.local.system import System
from tests.support.timing import Time

ACCEPTS = {"Accept-Language": "nl-NL,nl;q=0.9", "Accept": "text/html"}


async def follow(browser: httpx.AsyncClient, answer: httpx.Response) -> httpx.Response:
    while answer.is_redirect:
        target = urljoin(str(answer.url), answer.headers["location"])
        answer = await browser.get(target)
    assert answer.is_success, answer.text
    return answer


async def test_browse_log_in_see_my_price_and_log_out(
    system: System, staff: Callable[[str], Person], time: Time
) -> None:
    """Rows A1–A4, A8–A10, A33."""
    portal = system.addresses.portal
    offering = await publish_offering(staff("office"), starts_at=time.evening(30))
    address = f"/nl/courses/{offering['offering_id']}"
    async with httpx.AsyncClient(timeout=30, headers=ACCEPTS) as browser:
        overview = await follow(browser, await browser.get(f"{portal}/"))
        assert overview.url.path == "/nl"
        assert "Vind een cursus" in overview.text
        assert dict(browser.cookies) == {}

        found = await browser.get(f"{portal}/nl/courses", params={"q": "academish schrijven"})
        assert "Academisch schrijven in het Engels" in found.text
        found = await browser.get(f"{portal}/nl/courses", params={"q": offering["class_number"]})
        assert f'href="{address}"' in found.text
        course = await browser.get(f"{portal}{address}")
        assert "€\N{NO-BREAK SPACE}420,00" in course.text
        assert "Wat stoppen kost" in course.text
        assert "werkt even niet" not in course.text

        login = await follow(browser, await browser.get(f"{portal}/nl/log-in?to={address}"))
        assert str(login.url).startswith(system.addresses.service("identity"))
        noor = demo_people()["noor"]
        form = form_with(login.text, "password")
        sent = await browser.post(
            urljoin(str(login.url), form.action),
            data=form.filled(mail_address=noor["mail_address"], password=noor["password"]),
            headers={"Origin": system.addresses.service("identity")},
        )
        mine = await follow(browser, sent)
        assert mine.url.path == address
        assert "Noor de Vries" in mine.text
        assert "Jouw prijs als student" in mine.text
        assert "€\N{NO-BREAK SPACE}195,00" in mine.text

        learning = await follow(browser, await browser.get(f"{portal}/my/courses"))
        assert learning.url.path == "/nl/my/courses"
        assert learning.status_code == 200

        account = await browser.get(f"{portal}/nl/account")
        form = form_with(account.text, "form_token")
        assert form.action == "/nl/log-out"
        left = await browser.post(
            f"{portal}{form.action}", data=form.fields, headers={"Origin": portal}
        )
        out = await follow(browser, left)
        assert (urlsplit(str(out.url)).netloc, out.url.path) == (urlsplit(portal).netloc, "/nl")
        assert "Inloggen" in out.text
        again = await browser.get(f"{portal}/nl/log-in")
        asked = await follow(browser, again)
        form_with(asked.text, "password")  # The issuer has logged them out too: it asks again.
