"""portal: what its pages take of the processor, one at a time."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin

import httpx

from deploy.demo.forms import form_with
from deploy.demo.office import publish_offering
from deploy.demo.people import Person, demo_people
from deploy.demo.steps import enrolled, until
from deploy.local.system import PORTAL_PROCESS, System
from tests.load.bench import Bench
from tests.load.machine import cpu_ns
from tests.load.percentiles import percentile
from tests.support.whole_system import whole_system

_FIRST, _TIMES = 20, 200
"""Of each page: looks that are not counted, and looks that are."""
_LEARNERS = 12
_FOR_ALL = {
    "overview": "/courses",
    "search": "/courses?q=academic+writing&sort=price",
    "nothing_found": "/courses?q=xyzzy",
    "course": "/courses/{offering}",
    "help": "/help",
}
_FOR_NOOR = {
    "course_logged_in": "/courses/{offering}",
    "who_pays": "/courses/{other}/enrol",
    "my_learning": "/my/courses",
    "manage_course": "/my/courses/{enrolment}",
    "withdraw": "/my/courses/{enrolment}/withdraw",
    "enrolled": "/my/courses/{enrolment}/outcome",
    "account": "/account",
}
_FOR_THE_OFFICE = {
    "withdrawals": "/desk/withdrawals",
    "offerings": "/desk/offerings",
    "participants": "/desk/offerings/{offering}",
    "results": "/desk/offerings/{offering}/results",
}


async def portal(bench: Bench) -> None:
    """Of every page the CPU of the portal's process from one answer to the next; nobody else asks meanwhile."""
    async with whole_system("course-portal-bench-") as system, AsyncExitStack() as browsers:
        addresses = await _people_on_a_course(system, browsers)
        worst = 0.0
        for who, pages in (("", _FOR_ALL), ("noor", _FOR_NOOR), ("office", _FOR_THE_OFFICE)):
            browser = await browsers.enter_async_context(_browser(system))
            if who:
                await _log_in(browser, who)
            for name, path in pages.items():
                took_ms = await _look(system, browser, f"/en{path.format_map(addresses)}")
                p95 = percentile(took_ms, 95)
                worst = max(worst, p95)
                bench.found(f"portal.cpu_p95_ms.{name}", p95, "ms each")
        bench.found("portal.cpu_p95_ms", worst, "ms, worst page")


async def _people_on_a_course(system: System, browsers: AsyncExitStack) -> dict[str, str]:
    """A dozen people on a course, one of them Noor; what pages are addressed with."""
    people = demo_people()

    async def person(who: str) -> Person:
        http = await browsers.enter_async_context(httpx.AsyncClient(timeout=30))
        told = people[who]
        return Person(system.addresses, told["mail_address"], told["password"], http)

    office, noor = await person("office"), await person("noor")
    starts_at = datetime.now(UTC) + timedelta(days=40)
    offering = await publish_offering(office, starts_at=starts_at, capacity=_LEARNERS)
    other = await publish_offering(office, starts_at=starts_at)
    enrolment = await enrolled(noor, offering)
    for number in range(_LEARNERS - 1):
        http = await browsers.enter_async_context(httpx.AsyncClient(timeout=30))
        address = f"learner-{number}@learner.example"
        learner = Person(
            system.addresses, address, "a sentence that works well", http, name=f"Learner {number}"
        )
        await learner.sign_up()
        await learner.confirm_mail_address()
        await enrolled(learner, offering)
    return {
        "offering": offering["offering_id"],
        "other": other["offering_id"],
        "enrolment": enrolment["enrolment_id"],
    }


def _browser(system: System) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=system.addresses.portal, timeout=30, follow_redirects=True,
        headers={"Accept": "text/html"},
    )  # fmt: skip


async def _log_in(browser: httpx.AsyncClient, who: str) -> None:
    person = demo_people()[who]
    page = await browser.get("/en/log-in")
    form = form_with(page.text, "password")
    origin = str(page.url.copy_with(raw_path=b"/")).rstrip("/")
    sent = await browser.post(
        urljoin(str(page.url), form.action),
        data=form.filled(mail_address=person["mail_address"], password=person["password"]),
        headers={"Origin": origin},
    )
    sent.raise_for_status()


async def _look(system: System, browser: httpx.AsyncClient, path: str) -> Sequence[float]:
    """Look at a page again and again; milliseconds of CPU that each look took.

    Raises:
        httpx.HTTPStatusError: it is not the page that was wanted.
    """

    async def found() -> bool:
        return (await browser.get(path)).is_success

    await until(found, bool)  # Services hear of a new offering a moment later.
    pid = system.children[PORTAL_PROCESS].pid
    took_ms: list[float] = []
    used = cpu_ns(pid)
    for _ in range(_FIRST + _TIMES):
        (await browser.get(path, follow_redirects=False)).raise_for_status()
        before, used = used, cpu_ns(pid)
        took_ms.append((used - before) / 1e6)
    return took_ms[_FIRST:]
