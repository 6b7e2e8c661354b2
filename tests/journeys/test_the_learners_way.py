"""Somebody with nothing but a browser: enrol, pay, be enrolled, withdraw, hold the receipt."""

from collections.abc import Callable
from urllib.parse import urljoin

import httpx

from deploy.demo.forms import form_with
from deploy.demo.office import publish_offering
from deploy.demo.people import Person
from deploy.demo.steps import until
from deploy.local.system import System
from tests.journeys.test_the_portal import follow
from tests.support.timing import Time


async def send(
    browser: httpx.AsyncClient, page: httpx.Response, field: str, **answers: str
) -> httpx.Response:
    """Fill in the form of a page that has a field, and send it."""
    form = form_with(page.text, field)
    origin = str(page.url.copy_with(raw_path=b"/")).rstrip("/")
    return await browser.post(
        urljoin(str(page.url), form.action), data=form.filled(**answers), headers={"Origin": origin}
    )


async def test_enrol_pay_see_it_in_my_learning_and_withdraw(
    system: System,
    staff: Callable[[str], Person],
    newcomer: Callable[..., Person],
    time: Time,
) -> None:
    """Rows A10-A13, A16, A21-A25."""
    somebody = newcomer("Iris van Dijk")
    await somebody.sign_up()
    await somebody.confirm_mail_address()
    offering = await publish_offering(staff("office"), starts_at=time.evening(40))
    portal = system.addresses.portal
    course = f"{portal}/en/courses/{offering['offering_id']}"

    async with httpx.AsyncClient(timeout=30, headers={"Accept": "text/html"}) as browser:
        login = await follow(
            browser,
            await browser.get(f"{portal}/en/log-in?to=/en/courses/{offering['offering_id']}"),
        )
        sent = await send(
            browser,
            login,
            "password",
            mail_address=somebody.mail_address,
            password=somebody.password,
        )
        page = await follow(browser, sent)
        assert ">Enrol</a>" in page.text

        asked: httpx.Response = await until(
            lambda: browser.get(f"{course}/enrol"), lambda answer: answer.status_code == 200
        )
        assert "Who pays?" in asked.text
        check = await send(browser, asked, "payer", payer="self", method="ideal")
        assert "What withdrawing costs" in check.text
        left = await send(browser, check, "accept", accept="yes")
        assert left.headers["location"].startswith(system.addresses.provider)

        back = await somebody.pay_at_provider(left.headers["location"])
        enrolled: httpx.Response = await until(
            lambda: browser.get(back), lambda answer: "You are enrolled" in answer.text
        )
        assert "Payment of €420.00 received" in enrolled.text

        learning = await browser.get(f"{portal}/en/my/courses")
        mine = back.removesuffix("/outcome")
        assert mine.removeprefix(portal) in learning.text
        manage = await browser.get(mine)
        assert "If you withdraw now" in manage.text
        form = await browser.get(f"{mine}/withdraw")
        incomplete = await send(browser, form, "reason")
        assert incomplete.status_code == 422
        receipt = await follow(browser, await send(browser, incomplete, "reason", reason="work"))
        assert "You have withdrawn" in receipt.text
        assert "My work or study has changed" in receipt.text
        assert "With the office" in receipt.text

    await somebody.inbox.wait_for(somebody.mail_address, "You have withdrawn")
