"""One's own data through the portal's door: the name at the head, the file, being forgotten."""

import io
import zipfile
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest

from deploy.demo.forms import form_with
from tests.integration.portal.conftest import COOKIE, PORTAL, Portal, running
from tests.integration.portal.edges import Paper
from tests.unit.portal import record_samples, samples

ERASURE = "/v1/me/erasure"
ERASE = "/en/account/erase"


async def name_at_the_head(portal: Portal, browser: httpx.AsyncClient | None = None) -> str:
    page = (await (browser or portal.browser).get("/en/help")).text
    return page.partition('<a href="/en/account">')[2].partition("</a>")[0]


async def test_a_new_name_stands_at_the_head_at_once(portal: Portal) -> None:
    await portal.log_in()
    corrected = msgspec.structs.replace(samples.ME, name="Noor Visser")
    portal.edges.answers["PATCH /v1/me"] = msgspec.to_builtins(corrected)
    before = await name_at_the_head(portal)

    await portal.send("/en/account", "name", name="Noor Visser")

    assert before == "Noor de Vries"
    assert await name_at_the_head(portal) == "Noor Visser"
    assert len(portal.edges.grants) == 1  # By no new tokens.


async def test_a_correction_takes_nothing_from_tokens_that_were_renewed_meanwhile(
    portal: Portal,
) -> None:
    cookie = (await portal.log_in()).cookies[COOKIE].removeprefix("s.")
    session = await portal.parts.sessions.find(cookie)
    assert session is not None
    portal.clock.move(minutes=9, seconds=45)
    renewed = await portal.parts.sessions.renewed(session)

    await portal.parts.sessions.correct(session, name="Noor Visser", language="en")

    found = await portal.parts.sessions.find(cookie)
    assert renewed is not None
    assert found is not None
    assert found.tokens == renewed.tokens
    assert found.tokens != session.tokens
    assert (found.person.name, found.person.language) == ("Noor Visser", "en")


async def test_a_correction_brings_nobody_back_who_has_logged_out(portal: Portal) -> None:
    cookie = (await portal.log_in()).cookies[COOKIE].removeprefix("s.")
    session = await portal.parts.sessions.find(cookie)
    assert session is not None
    await portal.parts.sessions.end(session)

    await portal.parts.sessions.correct(session, name="Noor Visser", language="en")

    assert await portal.count_sessions() == 0


async def test_the_account_leads_to_the_ways_to_log_in_in_ones_language(portal: Portal) -> None:
    await portal.log_in()

    answer = await portal.browser.get("/nl/account")

    assert f'href="{portal.edges.url}/logins?ui_locales=nl"' in answer.text
    assert f'href="{portal.edges.url}/second-step?ui_locales=nl"' in answer.text
    assert 'href="/nl/account/export"' in answer.text
    assert 'href="/nl/account/erase"' in answer.text


# Everything that is known, as a file.


def tell(portal: Portal) -> None:
    """All services stand at one address here and so tell the same; it has papers of two."""
    portal.edges.answers |= {
        "/v1/me/export": {
            "service": "all",
            "orders": [{"papers": [{"number": "2027-00017", "path": "/v1/invoices/i/pdf"}]}],
            "courses": [
                {
                    "documents": [
                        {
                            "number": "D-2027-000017",
                            "downloads": [
                                {"language": "nl", "path": "/v1/documents/d/pdf?language=nl"},
                                {"language": "en", "path": "/v1/documents/d/pdf?language=en"},
                            ],
                        }
                    ]
                }
            ],
        },
        "/v1/invoices/i/pdf": Paper(b"%PDF invoice"),
        "/v1/documents/d/pdf": Paper(b"%PDF document"),
    }


def opened(answer: httpx.Response) -> zipfile.ZipFile:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "private, no-store"
    file = zipfile.ZipFile(io.BytesIO(answer.content))
    assert file.testzip() is None
    return file


async def test_everything_that_is_known_comes_as_one_file_with_its_papers(portal: Portal) -> None:
    await portal.log_in()
    tell(portal)

    answer = await portal.browser.get("/nl/account/export")

    file = opened(answer)
    assert file.namelist() == [
        "identity.json",
        "enrolment.json",
        "payment.json",
        "invoices/2027-00017.pdf",
        "notification.json",
        "records.json",
        "documents/D-2027-000017-nl.pdf",
        "documents/D-2027-000017-en.pdf",
        "portal.json",
        "LEES-MIJ.txt",
    ]
    assert (
        answer.headers["content-disposition"]
        == 'attachment; filename="mijn-gegevens-2027-03-10.zip"'
    )
    assert msgspec.json.decode(file.read("identity.json"))["service"] == "all"
    assert file.read("invoices/2027-00017.pdf") == b"%PDF invoice"
    (browser,) = msgspec.json.decode(file.read("portal.json"))["browsers"]
    assert browser["started_at"] == "2027-03-10T13:00:00Z"
    assert "NIET VOLLEDIG" not in file.read("LEES-MIJ.txt").decode()
    assert set(portal.edges.asked_with("/v1/me/export")) == {"Bearer access-1"}


async def test_a_part_that_is_away_is_named_in_the_file_and_in_its_name(
    portal: Portal, database_url: str
) -> None:
    await portal.log_in()
    tell(portal)
    gone = "http://127.0.0.1:9"
    async with running(portal.edges, portal.clock, database_url, records_url=gone) as other:
        other.browser.cookies.update(dict(portal.browser.cookies))
        answer = await other.browser.get("/en/account/export")

    file = opened(answer)
    assert "records.json" not in file.namelist()
    assert "payment.json" in file.namelist()
    assert 'filename="my-data-incomplete-2027-03-10.zip"' in answer.headers["content-disposition"]
    before, _, _ = file.read("READ-ME.txt").decode().partition("In this file:")
    assert "THIS FILE IS NOT COMPLETE" in before
    assert "- your results; the folder documents has your certificates" in before


@pytest.mark.parametrize("broken", [500, 409, Paper(b"%PDF half", breaks_off=True)])
async def test_a_paper_that_does_not_come_whole_is_left_out_and_named(
    portal: Portal, broken: Any
) -> None:
    await portal.log_in()
    tell(portal)
    portal.edges.answers["/v1/invoices/i/pdf"] = broken

    file = opened(await portal.browser.get("/en/account/export"))

    assert "invoices/2027-00017.pdf" not in file.namelist()
    assert "documents/D-2027-000017-en.pdf" in file.namelist()
    before, _, _ = file.read("READ-ME.txt").decode().partition("In this file:")
    assert "- invoices/2027-00017.pdf" in before


async def test_what_breaks_off_is_not_taken_for_the_whole(portal: Portal) -> None:
    await portal.log_in()
    portal.edges.answers["/v1/me/export"] = Paper(b'{"service":"ident', breaks_off=True)

    answer = await portal.browser.get("/en/account/export")

    assert answer.status_code == 503
    assert "Logging in is down for a moment" in answer.text


async def test_nobody_gets_a_file_without_a_login(portal: Portal) -> None:
    answer = await portal.browser.get("/en/account/export")

    assert answer.headers["location"] == "/en/log-in?to=%2Fen%2Faccount%2Fexport"


# Being forgotten.


def builtins(told: object, **changes: Any) -> Any:
    return msgspec.to_builtins(msgspec.structs.replace(told, **changes))  # type: ignore[type-var] # All are structs.


async def test_it_says_what_goes_and_what_stays_before_anybody_asks(portal: Portal) -> None:
    await portal.log_in()

    answer = await portal.browser.get(ERASE)

    assert answer.status_code == 200
    assert "Tax law (article 52 AWR)" in answer.text
    assert "Seven years after the end of their year" in answer.text
    assert 'href="/en/account/export"' in answer.text


async def test_nothing_is_asked_for_before_somebody_is_sure(portal: Portal) -> None:
    await portal.log_in()

    answer = await portal.send(ERASE, "sure")

    assert answer.status_code == 422
    assert '<a href="#sure">Tick that you know it cannot be undone</a>' in answer.text
    assert not [each for each in portal.edges.asked if each["method"] == "POST"]


async def test_who_asks_sees_that_it_is_looked_at_and_can_take_it_back(portal: Portal) -> None:
    await portal.log_in()
    asked, cancelled = (
        builtins(record_samples.ASKED, state=each) for each in ("asked", "cancelled")
    )
    portal.edges.answers[f"POST {ERASURE}"] = (202, asked)
    portal.edges.answers[f"DELETE {ERASURE}"] = cancelled

    sent = await portal.send(ERASE, "sure", sure="yes")
    portal.edges.answers[ERASURE] = asked
    looking = await portal.browser.get(sent.headers["location"])
    form = form_with(looking.text, "wish")
    back = await portal.browser.post(
        form.action, data={**form.filled(), "wish": "stay"}, headers={"Origin": PORTAL}
    )
    portal.edges.answers[ERASURE] = cancelled
    after = await portal.browser.get(back.headers["location"])

    assert sent.headers["location"] == back.headers["location"] == ERASE
    assert "Nothing has been erased yet" in looking.text
    assert '<meta http-equiv="refresh" content="5">' in looking.text
    assert ("DELETE", ERASURE) in [(each["method"], each["path"]) for each in portal.edges.asked]
    assert "You have taken your request back. Nothing was erased." in after.text


async def test_it_is_too_late_to_take_it_back_once_it_has_begun(portal: Portal) -> None:
    await portal.log_in()
    portal.edges.answers[ERASURE] = builtins(record_samples.ASKED)
    page = await portal.browser.get(ERASE)
    begun = {"type": "x/problems/erasure-begun", "title": "Too late", "detail": "It has begun."}
    portal.edges.answers[f"DELETE {ERASURE}"] = (409, begun)
    portal.edges.answers[ERASURE] = builtins(
        record_samples.ASKED, state="erasing", erased_at=samples.NOW
    )

    form = form_with(page.text, "wish")
    answer = await portal.browser.post(
        form.action, data={**form.filled(), "wish": "stay"}, headers={"Origin": PORTAL}
    )

    assert answer.status_code == 422
    assert "It has begun." in answer.text
    assert "Your data are being erased" in answer.text


async def test_what_stands_in_the_way_is_said_with_the_course(portal: Portal) -> None:
    await portal.log_in()
    portal.edges.answers[ERASURE] = builtins(record_samples.OBJECTED)
    portal.edges.answers["/v1/enrolments"] = {"items": [builtins(samples.ENROLMENT)]}

    answer = await portal.browser.get(ERASE)
    portal.edges.answers["/v1/enrolments"] = 500
    without = await portal.browser.get(ERASE)

    assert "Your data cannot be erased yet" in answer.text
    mine = f"/en/my/courses/{samples.ENROLMENT.enrolment_id}"
    assert f'<a href="{mine}">Academic writing in English</a>' in answer.text
    assert "Withdraw, or come back when it is over." in answer.text
    assert without.status_code == 200
    assert "One of your courses" in without.text


async def test_a_login_of_long_ago_is_made_once_more_and_leads_back(portal: Portal) -> None:
    await portal.log_in()
    problem = {
        "type": "https://identity.test/problems/login-not-fresh",
        "title": "Log in again first",
        "detail": "Within the last 10 minutes.",
    }
    portal.edges.answers[f"POST {ERASURE}"] = (403, problem)

    refused = await portal.send(ERASE, "sure", sure="yes")
    form = form_with(refused.text, "to")
    left = await portal.browser.post(form.action, data=form.filled(), headers={"Origin": PORTAL})
    asked = parse_qs(urlsplit(left.headers["location"]).query)
    portal.edges.nonce = asked["nonce"][0]
    back = await portal.come_back(asked["state"][0])

    assert refused.status_code == 422
    assert "Within the last 10 minutes." in refused.text
    assert asked["prompt"] == ["login"]
    assert back.headers["location"] == ERASE
    assert await portal.count_sessions() == 1


async def test_nobody_is_sent_to_log_in_again_by_another_site(portal: Portal) -> None:
    await portal.log_in()

    answer = await portal.browser.post(
        "/en/log-in", data={"to": ERASE}, headers={"Origin": "https://evil.example"}
    )

    assert answer.status_code == 403
    assert await portal.count_sessions() == 1


async def test_who_is_forgotten_reads_what_stays_and_is_logged_out_in_all_browsers(
    portal: Portal,
) -> None:
    await portal.log_in()
    first = portal.browser
    portal.browser = portal.new_browser()
    await portal.log_in()
    portal.edges.answers[ERASURE] = builtins(record_samples.DONE)

    answer = await portal.browser.get(ERASE)

    assert answer.status_code == 200
    assert "Your data are erased" in answer.text
    assert "The institution keeps a register of what it has issued." in answer.text
    assert "Noor de Vries" not in answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert await portal.count_sessions() == 0
    assert await name_at_the_head(portal, first) == ""
    await portal.browser.aclose()


async def test_others_stay_logged_in_when_somebody_is_forgotten(portal: Portal) -> None:
    await portal.log_in()
    first = portal.browser
    portal.edges.claims = {"sub": "0199a000-0000-7000-8000-000000000007", "name": "Bram"}
    portal.browser = portal.new_browser()
    await portal.log_in()
    portal.edges.answers[ERASURE] = builtins(record_samples.DONE)

    await portal.browser.get(ERASE)

    assert await name_at_the_head(portal, first) == "Noor de Vries"
    await portal.browser.aclose()
