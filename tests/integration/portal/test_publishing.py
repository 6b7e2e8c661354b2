"""The office's pages of courses and offerings through the portal's door."""

from typing import Any

import httpx
import msgspec
import pytest

from deploy.demo.forms import form_with
from tests.integration.portal.conftest import OFFERING, PORTAL, Portal
from tests.unit.portal import desk_samples as desk
from tests.unit.portal import publishing_samples as those
from tests.unit.portal import samples

LIST = "/en/desk/offerings"
NEW = f"{LIST}/new"
MINE = f"{LIST}/{samples.OFFERING_ID}"
COURSE = "/en/desk/courses/LC-EN-AW-C1"
DESCRIPTION = "/v1/courses/LC-EN-AW-C1/description"
IMPORT = "/en/desk/import"
FILE = f"/v1/catalogue-files/{those.FILE_ID}"


def as_json(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


PLANNED = as_json(those.PLANNED)


@pytest.fixture
async def office(portal: Portal) -> Portal:
    portal.edges.claims["roles"] = ["learner", "office"]
    portal.edges.answers |= {
        "/v1/plans": {"items": msgspec.to_builtins(those.KEPT)},
        f"{OFFERING}/plan": PLANNED,
        f"{OFFERING}/head-count": msgspec.to_builtins(desk.COUNT),
        "/v1/policies": [msgspec.to_builtins(samples.POLICY)],
        "/v1/terms": [msgspec.to_builtins(those.TERMS)],
        "/v1/courses": {"items": msgspec.to_builtins(those.COURSES.items)},
        "/v1/subjects": [msgspec.to_builtins(samples.LANGUAGES)],
        "/v1/people": {"items": msgspec.to_builtins(list(desk.NAMES.values()))},
        DESCRIPTION: msgspec.to_builtins(those.COURSE),
        FILE: msgspec.to_builtins(those.CHECKED),
    }
    await portal.log_in()
    return portal


def sent(portal: Portal, method: str) -> dict[str, Any]:
    (only,) = (each for each in portal.edges.asked if each["method"] == method)
    return only


async def press(
    portal: Portal, page: str, field: str, button: tuple[str, str] | None = None, /, **answers: str
) -> httpx.Response:
    """Fill in the form of a page and press one of its buttons."""
    form = form_with((await portal.browser.get(page)).text, field)
    assert button is None or button in form.buttons
    data = form.filled(**answers) | dict([button] if button else [])
    return await portal.browser.post(form.action, data=data, headers={"Origin": PORTAL})


@pytest.mark.parametrize("roles", [["learner"], ["learner", "lecturer", "coordinator", "finance"]])
@pytest.mark.parametrize(
    "path",
    [
        NEW,
        f"{MINE}/plan",
        f"{MINE}/rescheduling",
        f"{MINE}/cancellation",
        "/en/desk/courses",
        "/en/desk/courses/new",
        COURSE,
        IMPORT,
        f"{IMPORT}/{those.FILE_ID}",
    ],
)
async def test_publishing_is_there_for_the_office_only(
    portal: Portal, roles: list[str], path: str
) -> None:
    portal.edges.claims["roles"] = roles
    await portal.log_in()

    answer = await portal.browser.get(path)

    assert answer.status_code == 404
    assert "This page does not exist" in answer.text


async def test_the_office_finds_what_is_over_or_cancelled_too(office: Portal) -> None:
    page = await office.browser.get(f"{LIST}?lot=cancelled&q=writing")

    assert page.status_code == 200
    assert ">Cancelled</span>" in page.text
    assert f'href="{NEW}?from={samples.OFFERING_ID}"' in page.text
    assert "q=writing" in page.text


async def test_lecturers_still_find_offerings_by_the_overview(portal: Portal) -> None:
    portal.edges.claims["roles"] = ["learner", "lecturer"]
    await portal.log_in()

    page = await portal.browser.get(f"{LIST}?q=writing")

    assert f'href="{MINE}"' in page.text
    assert NEW not in page.text
    assert not any(each["path"] == "/v1/plans" for each in portal.edges.asked)


async def test_an_offering_is_published_once_from_a_copy(office: Portal) -> None:
    office.edges.answers["POST /v1/offerings"] = PLANNED
    days = {"session-1-day": "2027-09-14", "session-2-day": "2027-09-21"}

    answer = await press(
        office,
        f"{NEW}?from={samples.OFFERING_ID}",
        "class_number",
        class_number="4300",
        academic_year="2027-2028",
        opens_day="2027-06-01",
        **days,
    )

    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == f"{MINE}/plan?published"
    asked = sent(office, "POST")
    assert asked["headers"]["idempotency-key"]
    assert asked["body"]["class_number"] == "4300"
    assert [each["starts_at"] for each in asked["body"]["sessions"]] == [
        "2027-09-14T16:30:00Z",
        "2027-09-21T16:30:00Z",
    ]
    assert [each["session_id"] for each in asked["body"]["sessions"]] == [None, None]
    assert asked["body"]["prices"][1] == {"affiliation": "student", "fee_minor": 19550}


async def test_one_session_more_loses_nothing_and_sends_nothing(office: Portal) -> None:
    typed = {"course": "LC-EN-AW-C1", "session-3-place": "Room <9>", "price_list": "abc"}

    answer = await press(office, NEW, "class_number", ("more", "session"), **typed)

    assert answer.status_code == 200
    assert 'name="session-4-day"' in answer.text
    again = form_with(answer.text, "class_number")
    assert again.fields["rows"] == "4"
    assert {name: again.fields[name] for name in typed} == typed
    assert "There is a problem" not in answer.text
    assert not any(each["method"] == "POST" for each in office.edges.asked)


async def test_an_empty_form_names_everything_that_it_needs_with_a_way_to_it(
    office: Portal,
) -> None:
    answer = await press(office, NEW, "class_number")

    assert answer.status_code == 422
    for field in ("course", "class_number", "session-1-day", "price_list", "policy", "contact"):
        assert f'<li><a href="#{field}">' in answer.text
    assert "<title>Error: Publish an offering" in answer.text


async def test_what_the_catalogue_finds_wrong_stands_at_the_field_that_it_means(
    office: Portal,
) -> None:
    fault = {"pointer": "/sessions/1/ends_at", "detail": "This is not after the start."}
    office.edges.answers["PUT " + f"{OFFERING}/plan"] = (
        422,
        {"type": "x/invalid-input", "title": "No", "detail": "No", "errors": [fault]},
    )

    answer = await press(office, f"{MINE}/plan", "capacity", capacity="20")

    assert answer.status_code == 422
    assert '<a href="#session-2-until">This is not after the start.</a>' in answer.text
    assert 'id="capacity" name="capacity" type="text" value="20"' in answer.text


async def test_a_change_replaces_what_was_read(office: Portal) -> None:
    office.edges.answers[f"PUT {OFFERING}/plan"] = PLANNED

    answer = await press(office, f"{MINE}/plan", "capacity", capacity="20")

    assert answer.status_code == 303
    asked = sent(office, "PUT")
    assert asked["headers"]["if-match"] == '"tag"'
    assert asked["body"] == PLANNED["plan"] | {"capacity": 20}


async def test_a_colleague_who_was_faster_is_not_overwritten(office: Portal) -> None:
    page = (await office.browser.get(f"{MINE}/plan")).text
    form = form_with(page, "capacity")
    office.edges.answers[f"PUT {OFFERING}/plan"] = 412

    first = await office.browser.post(
        form.action, data=form.filled(capacity="20"), headers={"Origin": PORTAL}
    )
    again = form_with(first.text, "capacity")

    assert first.status_code == 422
    assert "See how it is now" in first.text
    assert (again.fields["capacity"], again.fields["tag"]) == ("20", '"tag"')


async def test_a_number_that_is_taken_keeps_the_form_and_makes_the_next_try_another_wish(
    office: Portal,
) -> None:
    office.edges.answers["POST /v1/offerings"] = 409
    source = f"{NEW}?from={samples.OFFERING_ID}"
    days = {"session-1-day": "2027-09-14", "session-2-day": "2027-09-21"}
    given = {"class_number": "1", "academic_year": "2027-2028", "opens_day": "2027-06-01"} | days

    answer = await press(office, source, "class_number", **given)

    assert answer.status_code == 422
    assert "Not so." in answer.text
    key = form_with(answer.text, "class_number").fields["idempotency_key"]
    assert key != sent(office, "POST")["headers"]["idempotency-key"]


async def test_a_session_is_moved_and_only_that_one(office: Portal) -> None:
    office.edges.answers[f"POST {OFFERING}/rescheduling"] = PLANNED

    answer = await press(
        office, f"{MINE}/rescheduling", "session-1-day", **{"session-1-day": "2027-04-14"}
    )

    assert (answer.status_code, answer.headers["location"]) == (303, f"{MINE}/plan?moved")
    (move,) = sent(office, "POST")["body"]["sessions"]
    assert move == {
        "session_id": str(those.SESSION_ID),
        "starts_at": "2027-04-14T16:30:00Z",
        "ends_at": "2027-04-14T18:30:00Z",
        "place": "Room 0.12",
        "online_url": None,
    }


async def test_what_moving_and_cancelling_cause_is_said_before(office: Portal) -> None:
    moving = (await office.browser.get(f"{MINE}/rescheduling")).text
    cancelling = (await office.browser.get(f"{MINE}/cancellation")).text

    assert "10 people are enrolled and get a mail" in moving
    assert "14 people get a mail with your reason" in cancelling
    assert "Whatever was paid goes back in full" in cancelling


async def test_without_enrolment_an_offering_can_still_be_cancelled(office: Portal) -> None:
    office.edges.answers[f"{OFFERING}/head-count"] = 503
    office.edges.answers[f"POST {OFFERING}/cancellation"] = PLANNED
    page = (await office.browser.get(f"{MINE}/cancellation")).text

    answer = await press(
        office,
        f"{MINE}/cancellation",
        "reason_nl",
        reason_nl="Ziek.",
        reason_en="Ill.",
        confirm="yes",
    )

    assert "Everybody who has a place or waits for one gets a mail" in page
    assert (answer.status_code, answer.headers["location"]) == (303, f"{MINE}/plan?cancelled")
    assert sent(office, "POST")["body"] == {"reason": {"nl": "Ziek.", "en": "Ill."}}


async def test_nothing_is_cancelled_without_a_reason_and_a_tick(office: Portal) -> None:
    answer = await press(office, f"{MINE}/cancellation", "reason_nl", reason_nl="Ziek.")

    assert answer.status_code == 422
    assert "There is a problem with 2 answers" in answer.text
    assert ">Ziek.</textarea>" in answer.text
    assert not any(each["method"] == "POST" for each in office.edges.asked)


async def test_a_course_is_published_and_leads_on_to_its_first_offering(office: Portal) -> None:
    office.edges.answers["POST /v1/courses"] = msgspec.to_builtins(those.COURSE)
    texts = {
        f"{name}_{language}": f"{name} {language}"
        for name in ("title", "summary", "description", "goal-2")
        for language in ("nl", "en")
    }

    answer = await press(
        office, "/en/desk/courses/new", "code", code="LC-FR", subject="languages", **texts
    )
    offering = await office.browser.get(answer.headers["location"])

    assert (answer.status_code, answer.headers["location"]) == (303, f"{NEW}?course=LC-FR")
    assert sent(office, "POST")["body"]["learning_goals"] == [
        {"nl": "goal-2 nl", "en": "goal-2 en"}
    ]
    assert form_with(offering.text, "class_number").fields["course"] == "LC-FR"


async def test_a_course_is_said_in_other_words_in_place_of_what_was_read(office: Portal) -> None:
    office.edges.answers[f"PUT {DESCRIPTION}"] = msgspec.to_builtins(those.COURSE)

    answer = await press(office, COURSE, "title_nl", title_nl="Helder schrijven")

    asked = sent(office, "PUT")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{COURSE}?saved")
    assert asked["headers"]["if-match"] == '"tag"'
    expected = as_json(those.COURSE)
    assert asked["body"] == expected | {"title": expected["title"] | {"nl": "Helder schrijven"}}


async def test_a_goal_more_loses_nothing(office: Portal) -> None:
    answer = await press(office, COURSE, "title_nl", ("more", "goal"), title_nl="Anders")

    again = form_with(answer.text, "title_nl")
    assert answer.status_code == 200
    assert (again.fields["goals"], again.fields["title_nl"]) == ("2", "Anders")
    assert "goal-2_nl" in again.fields


async def upload(office: Portal, content: bytes, name: str = "catalogue.toml") -> httpx.Response:
    form = form_with((await office.browser.get(IMPORT)).text, "file")
    fields = {each: value for each, value in form.fields.items() if each != "file"}
    return await office.browser.post(
        form.action,
        data=fields,
        files={"file": (name, content, "application/toml")},
        headers={"Origin": PORTAL},
    )


async def test_a_file_is_checked_looked_at_and_imported(office: Portal) -> None:
    office.edges.answers["POST /v1/catalogue-files"] = msgspec.to_builtins(those.CHECKED)
    office.edges.answers[f"POST {FILE}/import"] = msgspec.to_builtins(those.CHANGES)

    checked = await upload(office, "\ufeff# Łucja\n".encode())
    page = await office.browser.get(checked.headers["location"])
    done = await press(office, checked.headers["location"], "idempotency_key")

    assert checked.status_code == 303
    first, second = (each for each in office.edges.asked if each["method"] == "POST")
    assert first["body"] == {"name": "catalogue.toml", "text": "# Łucja\n"}
    assert "<dt>New</dt><dd>3</dd>" in page.text
    assert "1 offering moves in time or place" in page.text
    assert second["path"] == f"{FILE}/import"
    assert (done.status_code, done.headers["location"]) == (303, f"{IMPORT}?imported")


async def test_a_file_with_bad_rows_names_them_and_offers_no_import(office: Portal) -> None:
    office.edges.answers[FILE] = msgspec.to_builtins(those.BAD)

    page = await office.browser.get(f"{IMPORT}/{those.FILE_ID}")

    assert "there are 250 things to correct" in page.text
    assert "<code>offering[1].minimum</code>" in page.text
    assert "And 150 more." in page.text
    with pytest.raises(LookupError):
        form_with(page.text, "idempotency_key")


async def test_a_file_that_went_bad_meanwhile_is_shown_as_it_is_now(office: Portal) -> None:
    path = f"{IMPORT}/{those.FILE_ID}"
    form = form_with((await office.browser.get(path)).text, "idempotency_key")
    office.edges.answers[f"POST {FILE}/import"] = 409
    office.edges.answers[FILE] = msgspec.to_builtins(those.BAD)

    answer = await office.browser.post(path, data=form.fields, headers={"Origin": PORTAL})

    assert answer.status_code == 422
    assert "Not so." in answer.text
    assert "<code>offering[1].minimum</code>" in answer.text


async def test_a_file_that_is_forgotten_leads_back_to_choosing(office: Portal) -> None:
    office.edges.answers[FILE] = 404

    answer = await office.browser.get(f"{IMPORT}/{those.FILE_ID}")
    page = await office.browser.get(answer.headers["location"])

    assert answer.headers["location"] == f"{IMPORT}?forgotten"
    assert "is forgotten. Choose it again." in page.text


@pytest.mark.parametrize(
    ("content", "name", "complaint"),
    [
        (b"", "", "Choose a catalogue file"),
        (b"\xff\xfe\x00", "latin.toml", "Choose a file that is saved as UTF-8 text"),
        (b"#" * 1_000_001, "large.toml", "Choose a file of at most a million characters"),
    ],
)
async def test_what_is_no_file_of_ours_is_said_and_sent_nowhere(
    office: Portal, content: bytes, name: str, complaint: str
) -> None:
    answer = await upload(office, content, name)

    assert answer.status_code == 422
    assert f'<a href="#file">{complaint}' in answer.text
    assert not any(each["method"] == "POST" for each in office.edges.asked)


async def test_an_upload_beyond_all_bounds_is_turned_away(office: Portal) -> None:
    answer = await upload(office, b"#" * (5 * 1024 * 1024))

    assert answer.status_code == 413
    assert "This is too large" in answer.text


async def test_another_form_still_takes_no_more_than_a_form_holds(office: Portal) -> None:
    form = form_with((await office.browser.get(NEW)).text, "class_number")

    answer = await office.browser.post(
        NEW, data=form.fields | {"practical_nl": "x" * 300_000}, headers={"Origin": PORTAL}
    )

    assert answer.status_code == 413
