"""The desk through the portal's door: who is let in, what is sent on, what a service's no becomes."""

import msgspec
import pytest

from deploy.demo.forms import form_with
from tests.integration.portal.conftest import OFFERING, PORTAL, Portal
from tests.unit.portal import desk_samples as desk
from tests.unit.portal import publishing_samples as publishing
from tests.unit.portal import samples

QUEUE = "/en/desk/withdrawals"
REVIEW = f"{QUEUE}/{desk.WITHDRAWAL.withdrawal_id}"
PEOPLE = f"/en/desk/offerings/{samples.OFFERING_ID}"
RESULTS = f"{PEOPLE}/results"
WITHDRAWAL = f"/v1/withdrawals/{desk.WITHDRAWAL.withdrawal_id}"
REVIEWING = f"POST {WITHDRAWAL}/review"
RECORDING = f"PUT {OFFERING}/results"


@pytest.fixture
async def office(portal: Portal) -> Portal:
    portal.edges.claims["roles"] = ["learner", "office"]
    portal.edges.answers |= {
        "/v1/withdrawals": {"items": [msgspec.to_builtins(desk.WITHDRAWAL)]},
        WITHDRAWAL: msgspec.to_builtins(desk.WITHDRAWAL),
        "/v1/people": {"items": msgspec.to_builtins(list(desk.NAMES.values()))},
        f"{OFFERING}/head-count": msgspec.to_builtins(desk.COUNT),
        f"{OFFERING}/enrolments": {"items": msgspec.to_builtins(desk.ENROLLED)},
        f"{OFFERING}/dossiers": {"items": msgspec.to_builtins(desk.DOSSIERS)},
        f"/v1/enrolments/{desk.OTHER_ID}/result": msgspec.to_builtins(desk.HISTORY),
    }
    await portal.log_in()
    return portal


@pytest.mark.parametrize(
    ("roles", "path"),
    [
        (["learner"], "/en/desk"),
        (["learner", "finance"], PEOPLE),
        (["learner", "lecturer"], QUEUE),
        (["learner", "coordinator"], REVIEW),
    ],
)
async def test_without_the_role_a_page_is_not_there(
    portal: Portal, roles: list[str], path: str
) -> None:
    portal.edges.claims["roles"] = roles
    await portal.log_in()

    denied = await portal.browser.get(path)
    absent = await portal.browser.get("/en/desk/nothing")

    assert (denied.status_code, absent.status_code) == (404, 404)
    assert "This page does not exist" in denied.text
    assert not any(each["path"].startswith("/v1/withdrawals") for each in portal.edges.asked)


async def test_the_desk_leads_to_what_waits(office: Portal) -> None:
    answer = await office.browser.get("/en/desk")

    assert (answer.status_code, answer.headers["location"]) == (303, QUEUE)


async def test_a_review_is_sent_once_with_its_reason(office: Portal) -> None:
    office.edges.answers[REVIEWING] = {"withdrawal_id": str(desk.WITHDRAWAL.withdrawal_id)}

    answer = await office.send(
        REVIEW, "decision", decision="other", amount="195,00", ground="goodwill", why="Moved."
    )

    (sent,) = (each for each in office.edges.asked if each["method"] == "POST")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{QUEUE}?decided")
    assert sent["body"] == {"ground": "goodwill", "refund_minor": 19500, "explanation": "Moved."}
    assert sent["headers"]["idempotency-key"]


async def test_what_has_to_be_corrected_keeps_all_that_was_typed(office: Portal) -> None:
    answer = await office.send(REVIEW, "decision", decision="other", amount="999", why="Moved.")

    assert answer.status_code == 422
    assert "There is a problem with 2 answers" in answer.text
    assert 'value="999"' in answer.text
    assert ">Moved.</textarea>" in answer.text


async def test_a_colleague_who_was_faster_is_told_with_what_they_decided(office: Portal) -> None:
    page = (await office.browser.get(REVIEW)).text
    assert "Give back €165.75" in page
    office.edges.answers[REVIEWING] = 409
    office.edges.answers[WITHDRAWAL] = msgspec.to_builtins(desk.REVIEWED)
    form = form_with(page, "decision").filled(decision="policy")

    answer = await office.browser.post(REVIEW, data=form, headers={"Origin": PORTAL})

    assert answer.status_code == 422
    assert "Not so." in answer.text
    assert "The faculty changed it." in answer.text


async def test_without_identity_the_queue_says_that_names_are_missing(office: Portal) -> None:
    office.edges.answers["/v1/people"] = 503

    answer = await office.browser.get(QUEUE)

    assert answer.status_code == 200
    assert "Name not known (00b001)" in answer.text


async def test_without_enrolment_the_queue_says_which_part_is_down(office: Portal) -> None:
    office.edges.answers["/v1/withdrawals"] = 503

    answer = await office.browser.get(QUEUE)

    assert answer.status_code == 503
    assert "Enrolling is down for a moment" in answer.text


async def test_people_are_counted_listed_and_exported(office: Portal) -> None:
    page = await office.browser.get(PEOPLE)
    text = await office.browser.get(f"{PEOPLE}/people.csv")
    workbook = await office.browser.get(f"{PEOPLE}/people.xlsx")

    assert "<dt>Enrolled</dt><dd>10</dd>" in page.text
    assert "=Bram Kuipers" in page.text
    assert "\r\n'=Bram Kuipers,Student," in text.text
    assert text.headers["content-disposition"].endswith('-4218.csv"')
    assert workbook.content.startswith(b"PK")
    assert workbook.headers["cache-control"] == "private, no-store"


async def test_an_offering_of_somebody_else_is_not_there(office: Portal) -> None:
    office.edges.answers[f"{OFFERING}/head-count"] = 404

    answer = await office.browser.get(PEOPLE)

    assert answer.status_code == 404


async def test_offerings_are_found_also_when_they_are_over(office: Portal) -> None:
    office.edges.answers["/v1/plans"] = {"items": msgspec.to_builtins(publishing.KEPT)}
    answer = await office.browser.get("/en/desk/offerings?q=writing")

    assert f'href="{PEOPLE}"' in answer.text


async def test_a_whole_list_is_recorded(office: Portal) -> None:
    office.edges.answers[RECORDING] = {"recorded": 1}
    fields = {f"outcome-{desk.ENROLMENT_ID}": "passed", f"grade-{desk.ENROLMENT_ID}": "7,5"}

    answer = await office.send(RESULTS, f"outcome-{desk.ENROLMENT_ID}", **fields)

    (sent,) = (each for each in office.edges.asked if each["method"] == "PUT")
    line = {"enrolment_id": str(desk.ENROLMENT_ID), "outcome": "passed", "grade": "7.5"}
    assert (answer.status_code, answer.headers["location"]) == (303, f"{RESULTS}?recorded")
    assert sent["body"] == {"results": [line]}


async def test_a_bad_line_is_named_and_what_was_typed_stays(office: Portal) -> None:
    fault = {"pointer": "/results/0/grade", "detail": "This is not a grade."}
    office.edges.answers[RECORDING] = (422, {"type": "x/y", "title": "No", "errors": [fault]})
    fields = {f"outcome-{desk.ENROLMENT_ID}": "passed", f"grade-{desk.ENROLMENT_ID}": "11"}

    answer = await office.send(RESULTS, f"outcome-{desk.ENROLMENT_ID}", **fields)

    assert answer.status_code == 422
    assert f'<a href="#grade-{desk.ENROLMENT_ID}">Bram Kuipers: This is not a grade.' in answer.text
    assert 'value="11"' in answer.text


async def test_a_result_is_corrected_in_place_of_what_was_read(office: Portal) -> None:
    path = f"/v1/enrolments/{desk.OTHER_ID}/result"
    office.edges.answers[f"PUT {path}"] = msgspec.to_builtins(desk.RESULT)

    answer = await office.send(
        f"{RESULTS}/{desk.OTHER_ID}", "reason", outcome="failed", grade="5", reason="Mixed up."
    )

    (sent,) = (each for each in office.edges.asked if each["method"] == "PUT")
    assert answer.status_code == 303
    assert sent["headers"]["if-match"] == '"tag"'
    assert sent["body"] == {"outcome": "failed", "grade": "5", "reason": "Mixed up."}


async def test_a_correction_that_comes_too_late_says_so(office: Portal) -> None:
    office.edges.answers[f"PUT /v1/enrolments/{desk.OTHER_ID}/result"] = 412

    answer = await office.send(
        f"{RESULTS}/{desk.OTHER_ID}", "reason", outcome="failed", reason="Mixed up."
    )

    assert answer.status_code == 422
    assert "Not so." in answer.text
    assert ">Mixed up.</textarea>" in answer.text


BEHALF = {
    "mail": "bram@example.org",
    "payer": "self",
    "why": "Form signed on 3 March.",
    "agreed": "yes",
}


async def test_somebody_is_enrolled_on_their_behalf_and_the_list_says_so(office: Portal) -> None:
    office.edges.answers[f"POST {OFFERING}/enrolments"] = {
        "enrolment_id": str(desk.ENROLMENT_ID),
        "state": "held",
    }

    sent = await office.send(f"{PEOPLE}/enrol", "mail", **BEHALF)

    assert sent.headers["location"] == f"{PEOPLE}?enrolled"
    looked, asked = office.edges.asked[-2:]
    assert (looked["path"], looked["query"]) == ("/v1/people", {"address": ["bram@example.org"]})
    assert asked["body"] == {
        "learner_id": str(desk.BRAM_ID),
        "affiliation": "student",
        "accepted_policy_version": samples.OFFERING.conditions.policy_version,
        "accepted_terms_version": samples.OFFERING.conditions.terms_version,
        "why": "Form signed on 3 March.",
        "payer": "self",
    }
    assert asked["headers"]["idempotency-key"]
    listed = await office.browser.get(sent.headers["location"])
    assert "Enrolled. Both of you get a mail." in listed.text
    assert "by the office" in listed.text


async def test_what_keeps_somebody_from_being_enrolled_is_said_and_nothing_typed_is_lost(
    office: Portal,
) -> None:
    empty = await office.send(f"{PEOPLE}/enrol", "mail")
    office.edges.answers["/v1/people"] = {"items": []}
    nobody = await office.send(f"{PEOPLE}/enrol", "mail", **BEHALF)
    office.edges.answers["/v1/people"] = {"items": msgspec.to_builtins(desk.TWO)}
    which = await office.send(f"{PEOPLE}/enrol", "mail", **BEHALF)
    office.edges.answers["/v1/people"] = {"items": msgspec.to_builtins(desk.TWO[:1])}
    office.edges.answers[f"POST {OFFERING}/enrolments"] = (
        409,
        {
            "type": "https://x/problems/already-enrolled",
            "title": "Enrolled already",
            "detail": "D.",
        },
    )
    refused = await office.send(f"{PEOPLE}/enrol", "mail", **BEHALF)

    assert [each.status_code for each in (empty, nobody, which, refused)] == [422] * 4
    for field in ("mail", "payer", "why", "agreed"):
        assert f'href="#{field}"' in empty.text
    assert "Nobody has an account with this mail address" in nobody.text
    assert 'href="#learner"' in which.text
    assert str(desk.OTHER_ID) in which.text
    assert "Enrolled already" in refused.text
    assert form_with(refused.text, "mail").fields["mail"] == "bram@example.org"


async def test_a_long_list_of_people_comes_in_parts_and_its_file_is_whole(office: Portal) -> None:
    listed = msgspec.to_builtins(desk.ENROLLED)
    more = "https://enrolment.example/v1/x?cursor=a%2Bb"
    office.edges.answers[f"{OFFERING}/enrolments"] = {"items": listed, "next": more}

    first = await office.browser.get(PEOPLE)
    asked = office.edges.asked[-2]
    second = await office.browser.get(f"{PEOPLE}?cursor=a%2Bb")

    assert asked["query"] == {"present": ["true"], "limit": ["50"]}
    assert f'href="{PEOPLE}?cursor=a%2Bb">Next participants' in first.text
    assert "Back to the first" in second.text


async def test_only_the_office_enrols_somebody(portal: Portal) -> None:
    portal.edges.claims["roles"] = ["learner", "lecturer", "coordinator"]
    await portal.log_in()

    assert (await portal.browser.get(f"{PEOPLE}/enrol")).status_code == 404


async def test_results_of_a_long_list_are_recorded_part_by_part(office: Portal) -> None:
    listed = msgspec.to_builtins(desk.DOSSIERS)
    more = "https://records.example/v1/x?cursor=a%2Bb"
    office.edges.answers[f"{OFFERING}/dossiers"] = {"items": listed, "next": more}
    office.edges.answers[RECORDING] = {"recorded": 1}
    outcome = f"outcome-{desk.ENROLMENT_ID}"

    first = await office.browser.get(RESULTS)
    sent = await office.send(f"{RESULTS}?cursor=a%2Bb", outcome, **{outcome: "attended"})

    assert f'href="{RESULTS}?cursor=a%2Bb">Next participants' in first.text
    assert "in this part of the list" in first.text
    assert sent.headers["location"] == f"{RESULTS}?cursor=a%2Bb&recorded"
    asked = [each for each in office.edges.asked if each["path"] == f"{OFFERING}/dossiers"]
    assert [each["query"].get("cursor") for each in asked] == [None, ["a+b"], ["a+b"]]
