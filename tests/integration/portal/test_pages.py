"""Pages through the portal's door: what they need, what they do without, and what protects them."""

import re
import time

import httpx
import pytest

from tests.integration.portal.conftest import OFFERING, PORTAL, Portal, running
from tests.unit.portal import samples

COURSE = f"/en/courses/{samples.OFFERING_ID}"


async def test_the_overview_and_a_course_are_open_to_everybody_in_both_languages(
    portal: Portal,
) -> None:
    overview = await portal.browser.get("/nl")
    course = await portal.browser.get(COURSE)

    assert overview.status_code == 200
    assert overview.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h2>49 cursussen</h2>" in overview.text
    assert overview.headers["content-language"] == "nl"
    assert "4 places left" in course.text
    asked = [each["headers"]["accept-language"] for each in portal.edges.asked]
    assert asked == ["nl", "en", "en", "en"]


@pytest.mark.parametrize(
    ("path", "accept", "leads_to"),
    [
        ("/", "nl-NL,nl;q=0.9,en;q=0.5", "/nl"),
        ("/", "", "/en"),
        ("/my/courses/x?a=b", "nl", "/nl/my/courses/x?a=b"),
        ("//evil.example", "en", "/en/evil.example"),
    ],
)
async def test_an_address_without_a_language_leads_to_the_readers(
    portal: Portal, path: str, accept: str, leads_to: str
) -> None:
    answer = await portal.browser.get(f"{PORTAL}{path}", headers={"Accept-Language": accept})

    assert (answer.status_code, answer.headers["location"]) == (302, leads_to)
    assert "Accept-Language" in answer.headers["vary"]


async def test_the_language_switch_keeps_the_page_and_what_was_looked_for(portal: Portal) -> None:
    answer = await portal.browser.get("/en/courses?q=a&level=C1")

    assert 'href="/nl/courses?q=a&amp;level=C1" lang="nl"' in answer.text


async def test_what_cannot_be_looked_for_is_said_at_its_field_and_the_rest_is_found(
    portal: Portal,
) -> None:
    answer = await portal.browser.get("/en/courses?q=writing&price=abc&from=2027-13")

    assert answer.status_code == 422
    assert "<title>Error: Courses" in answer.text
    assert "There is a problem with 2 answers" in answer.text
    assert (
        '<a href="#price">Choose a price from the list: “abc” is not one of them</a>' in answer.text
    )
    assert 'id="price-error"' in answer.text
    assert 'value="writing"' in answer.text
    assert "Academic writing in English" in answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    (asked,) = portal.edges.asked
    assert asked["query"]["words"] == ["writing"]
    assert not {"max_price_minor", "starts_from"} & set(asked["query"])


async def test_the_script_is_kept_for_good_because_its_address_changes_with_it(
    portal: Portal,
) -> None:
    page = await portal.browser.get("/en/help")
    found = re.search(r'<script type="module" src="([^"]+)"></script>', page.text)
    assert found is not None
    script = await portal.browser.get(found.group(1))

    assert "v=" in found.group(1)
    assert "immutable" in script.headers["cache-control"]
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "EventSource" in script.text
    assert len(script.content) < 5000


async def test_correlation_id_goes_along_and_comes_back(portal: Portal) -> None:
    answer = await portal.browser.get("/en/courses", headers={"X-Correlation-Id": "req-1"})

    assert answer.headers["x-correlation-id"] == "req-1"
    assert portal.edges.asked[0]["headers"]["x-correlation-id"] == "req-1"


async def test_every_answer_carries_a_strict_policy(portal: Portal) -> None:
    for path in ("/en/courses", "/en/nothing", "/static/portal.css", "/"):
        headers = (await portal.browser.get(path)).headers

        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert f"form-action 'self' {portal.edges.url}" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["strict-transport-security"].startswith("max-age=31536000")


async def test_what_is_personal_is_kept_nowhere(portal: Portal) -> None:
    anonymous = await portal.browser.get("/en/courses")
    await portal.log_in()
    personal = await portal.browser.get("/en/courses")

    assert anonymous.headers["cache-control"] == "public, max-age=10"
    assert anonymous.headers["vary"] == "Cookie"
    assert personal.headers["cache-control"] == "private, no-store"
    assert "Noor de Vries" in personal.text


async def test_the_stylesheet_is_kept_for_good_because_its_address_changes_with_it(
    portal: Portal,
) -> None:
    page = await portal.browser.get("/en/help")
    found = re.search(r'<link rel="stylesheet" href="([^"]+)">', page.text)
    assert found is not None
    sheet = await portal.browser.get(found.group(1))

    assert "v=" in found.group(1)
    assert "immutable" in sheet.headers["cache-control"]
    assert sheet.headers["content-encoding"] == "gzip"
    assert ".site-header" in sheet.text


async def test_without_enrolment_a_course_is_shown_with_what_is_missing(
    portal: Portal, database_url: str
) -> None:
    gone = "http://127.0.0.1:9"
    async with running(portal.edges, portal.clock, database_url, enrolment_url=gone) as other:
        answer = await other.browser.get(COURSE)

    assert answer.status_code == 200
    assert "Enrolling is down for a moment" in answer.text
    assert "6 places left" in answer.text  # As the catalogue was told.
    assert answer.headers["x-correlation-id"] in answer.text


async def test_a_slow_part_is_waited_for_only_as_long_as_the_others_together(
    portal: Portal,
) -> None:
    portal.edges.answers[f"{OFFERING}/places"] = "slow"
    portal.edges.answers[f"{OFFERING}/leaving-costs"] = "slow"

    began = time.monotonic()
    answer = await portal.browser.get(COURSE)

    assert answer.status_code == 200
    assert answer.text.count("Enrolling is down for a moment") == 1
    assert time.monotonic() - began < 0.9  # Half a second each, side by side.


@pytest.mark.parametrize("broken", [500, "slow", (200, {"title": 1})])
async def test_without_the_catalogue_the_page_says_which_part_is_down(
    portal: Portal, broken: object
) -> None:
    portal.edges.answers["/v1/offerings"] = broken

    answer = await portal.browser.get("/nl/courses")

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "Het cursusoverzicht werkt even niet" in answer.text
    assert answer.headers["x-correlation-id"] in answer.text
    assert 'href="/nl/courses">Probeer opnieuw' in answer.text


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (404, "This page does not exist"),
        (403, "You may not see this page"),
        (429, "That was a bit fast"),
        (409, "Not so."),
    ],
)
async def test_a_services_no_becomes_a_page(portal: Portal, status: int, words: str) -> None:
    portal.edges.answers[OFFERING] = status

    answer = await portal.browser.get(COURSE)

    assert answer.status_code == status
    assert words in answer.text


async def test_a_page_that_is_not_there_knows_who_looks(portal: Portal) -> None:
    await portal.log_in()

    answer = await portal.browser.get("/en/nothing")

    assert answer.status_code == 404
    assert "Noor de Vries" in answer.text


async def test_a_mistake_of_ours_is_shown_to_nobody(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr("clients.portal.routes.catalogue.read_search", fail)
    answer = await portal.browser.get("/en/courses")

    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert "secret" not in answer.text


async def test_my_price_and_my_enrolment_are_asked_for_with_my_token(portal: Portal) -> None:
    await portal.log_in()
    portal.edges.asked.clear()

    await portal.browser.get(COURSE)

    assert {each["headers"]["authorization"] for each in portal.edges.asked} == {"Bearer access-1"}
    assert "/v1/enrolments" in {each["path"] for each in portal.edges.asked}


async def test_a_correction_is_saved_and_shown_after_a_redirect(portal: Portal) -> None:
    await portal.log_in()
    changed = {"name": "Noor Visser", "language": "en"}

    answer = await portal.send("/en/account", "name", **changed)
    shown = await portal.browser.get(answer.headers["location"])

    assert (answer.status_code, answer.headers["location"]) == (303, "/en/account?saved")
    patched = next(each for each in portal.edges.asked if each["method"] == "PATCH")
    assert patched["body"] == changed
    assert patched["headers"]["if-match"] == '"tag"'
    assert "Your changes are saved." in shown.text


async def test_what_has_to_be_corrected_is_said_with_all_that_was_typed(portal: Portal) -> None:
    await portal.log_in()

    answer = await portal.send("/nl/account", "name", name="", language="en")

    assert answer.status_code == 422
    assert "Vul je volledige naam in, zoals Noor de Vries" in answer.text
    assert 'value="en" checked' in answer.text
    assert not [each for each in portal.edges.asked if each["method"] == "PATCH"]


async def test_what_the_service_finds_wrong_stands_at_its_field(portal: Portal) -> None:
    await portal.log_in()
    problem = {
        "type": "https://identity.test/problems/invalid-input",
        "title": "The input is not right",
        "detail": "Correct it.",
        "errors": [{"pointer": "/name", "detail": "Enter a name with a letter in it"}],
    }
    portal.edges.answers["PATCH /v1/me"] = (422, problem)

    answer = await portal.send("/en/account", "name", name="7")

    assert answer.status_code == 422
    assert '<a href="#name">Enter a name with a letter in it</a>' in answer.text
    assert 'value="7"' in answer.text


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({"Origin": "https://evil.example"}, None),
        ({"Origin": "null"}, None),
        ({"Sec-Fetch-Site": "cross-site"}, None),
        ({"Referer": "https://evil.example/page"}, None),
        ({"Origin": PORTAL}, ""),
        ({"Origin": PORTAL}, "1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    ],
)
async def test_a_form_that_is_not_ours_changes_nothing(
    portal: Portal, headers: dict[str, str], token: str | None
) -> None:
    await portal.log_in()
    page = (await portal.browser.get("/en/account")).text
    ours = re.search(r'name="form_token" value="([^"]+)"', page)
    assert ours is not None

    data = {"form_token": ours.group(1) if token is None else token}
    answer = await portal.browser.post("/en/log-out", data=data, headers=headers)

    assert answer.status_code == 403
    assert "This form is out of date" in answer.text
    assert await portal.count_sessions() == 1


async def test_a_form_of_another_session_changes_nothing(portal: Portal) -> None:
    await portal.log_in()
    page = (await portal.browser.get("/en/account")).text
    portal.browser.cookies.clear()
    await portal.log_in()
    other = re.search(r'name="form_token" value="([^"]+)"', page)
    assert other is not None

    answer = await portal.browser.post(
        "/en/log-out", data={"form_token": other.group(1)}, headers={"Origin": PORTAL}
    )

    assert answer.status_code == 403
    assert await portal.count_sessions() == 2


async def test_without_its_own_database_the_portal_shows_public_pages_only(
    portal: Portal,
) -> None:
    await portal.log_in()
    cookies = dict(portal.browser.cookies)

    nowhere = "postgresql://nobody@127.0.0.1:9/nothing"
    async with running(portal.edges, portal.clock, nowhere) as other:
        other.browser.cookies.update(cookies)
        public: httpx.Response = await other.browser.get("/en/courses")
        private = await other.browser.get("/en/account")

    assert public.status_code == 200
    assert private.status_code == 503
