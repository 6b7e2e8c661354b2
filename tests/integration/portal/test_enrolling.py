"""Enrol, pay and withdraw through the portal's door: what is asked of the services, and what a no becomes."""

from typing import Any

import httpx
import msgspec
import pytest

from deploy.demo.forms import form_with
from tests.integration.portal.conftest import OFFERING, PORTAL, Portal
from tests.integration.portal.edges import Edges
from tests.unit.portal import samples

MINE = f"/en/my/courses/{samples.ENROLMENT.enrolment_id}"
COURSE = f"/en/courses/{samples.OFFERING_ID}"
ENROLMENT = f"/v1/enrolments/{samples.ENROLMENT.enrolment_id}"
BILLING = f"/v1/orders/{samples.ORDER.order_id}/billing"
PAYMENTS = f"/v1/orders/{samples.ORDER.order_id}/payments"
SELF = {"payer": "self", "method": "ideal"}


def told(struct: Any, **changes: Any) -> Any:
    return msgspec.to_builtins(msgspec.structs.replace(struct, **changes))


@pytest.fixture
async def learner(portal: Portal, edges: Edges) -> Portal:
    """Somebody who is logged in, in front of a course with places; the order opens, the provider answers."""
    edges.answers |= {
        OFFERING: told(samples.OFFERING, fee_minor=19500),
        "POST /v1/enrolments": told(samples.mine("held")),
        ENROLMENT: told(samples.mine("held")),
        "/v1/orders": {"items": [told(samples.ORDER)]},
        PAYMENTS: told(samples.payment("open")),
        BILLING: told(samples.INVOICE),
        f"{ENROLMENT}/leaving-costs": told(samples.COSTS),
    }
    await portal.log_in()
    edges.asked.clear()
    return portal


def sent_to(edges: Edges, method: str, path: str) -> list[dict[str, Any]]:
    return [each for each in edges.asked if (each["method"], each["path"]) == (method, path)]


async def check(learner: Portal, **answers: str) -> httpx.Response:
    """Say who pays; the page on which to accept."""
    return await learner.send(f"{COURSE}/enrol", "payer", **(answers or SELF))


async def accept(learner: Portal, page: httpx.Response, **changes: str) -> httpx.Response:
    form = form_with(page.text, "accept")
    return await learner.browser.post(
        form.action, data=form.filled(accept="yes") | changes, headers={"Origin": PORTAL}
    )


def refusal(code: str, title: str = "No", detail: str = "Not so.") -> tuple[int, Any]:
    return 409, {"type": f"https://problems/{code}", "title": title, "detail": detail}


async def test_who_pays_and_accepts_is_led_to_the_provider(learner: Portal) -> None:
    answer = await accept(learner, await check(learner))

    assert answer.status_code == 303
    assert answer.headers["location"] == "https://pay.example/1"
    (wish,) = sent_to(learner.edges, "POST", "/v1/enrolments")
    assert wish["body"] == {
        "offering_id": str(samples.OFFERING_ID),
        "accepted_policy_version": 3,
        "accepted_terms_version": 1,
        "payer": "self",
    }
    (paying,) = sent_to(learner.edges, "POST", PAYMENTS)
    assert paying["body"] == {"method": "ideal", "redirect_url": f"{PORTAL}{MINE}/outcome"}
    orders = sent_to(learner.edges, "GET", "/v1/orders")
    assert orders[-1]["headers"]["prefer"] == "wait=5"


async def test_the_same_form_sent_twice_carries_the_same_keys(learner: Portal) -> None:
    page = await check(learner)
    await accept(learner, page)
    await accept(learner, page)

    for path in ("/v1/enrolments", PAYMENTS):
        first, second = (
            each["headers"]["idempotency-key"] for each in sent_to(learner.edges, "POST", path)
        )
        assert first == second


async def test_nothing_is_asked_for_before_the_conditions_are_accepted(learner: Portal) -> None:
    answer = await accept(learner, await check(learner), accept="")

    assert answer.status_code == 422
    assert "Tick the box to accept" in answer.text
    assert sent_to(learner.edges, "POST", "/v1/enrolments") == []
    again = await accept(learner, answer)
    assert again.status_code == 303


async def test_an_employer_is_invoiced(learner: Portal) -> None:
    answer = await accept(learner, await check(learner, **samples.ANSWERS))

    assert answer.headers["location"] == f"{MINE}/outcome"
    (billing,) = sent_to(learner.edges, "PUT", BILLING)
    assert billing["body"]["organisation"] == '"Rijnland" <Ziekenhuis>'
    learner.edges.answers["/v1/orders"] = {"items": [told(samples.INVOICED)]}
    outcome = await learner.browser.get(f"{MINE}/outcome")
    assert "We send the invoice" in outcome.text
    assert "2027-00017" in outcome.text


async def test_what_payment_refuses_is_said_with_all_that_was_typed(learner: Portal) -> None:
    learner.edges.answers[BILLING] = (
        422,
        {
            "type": "https://problems/invalid-input",
            "title": "No",
            "detail": "No.",
            "errors": [{"pointer": "/postcode", "detail": "Enter a postcode that exists"}],
        },
    )

    answer = await accept(learner, await check(learner, **samples.ANSWERS))

    assert answer.status_code == 422
    assert '<a href="#postcode">Enter a postcode that exists</a>' in answer.text
    assert form_with(answer.text, "org").fields["city"] == "Leiderdorp"
    assert form_with(answer.text, "org").action == f"{MINE}/pay"


async def test_payment_being_down_costs_neither_the_place_nor_the_answers(learner: Portal) -> None:
    learner.edges.answers[PAYMENTS] = 503

    answer = await accept(learner, await check(learner))

    assert answer.status_code == 503
    assert "Place held until 14:30" in answer.text
    assert "Paying is down for a moment" in answer.text
    learner.edges.answers[PAYMENTS] = told(samples.payment("open"))
    form = form_with(answer.text, "payer")
    again = await learner.browser.post(
        form.action, data=form.filled(**SELF), headers={"Origin": PORTAL}
    )
    assert again.headers["location"] == "https://pay.example/1"
    first, second = (
        each["headers"]["idempotency-key"] for each in sent_to(learner.edges, "POST", PAYMENTS)
    )
    assert first == second


async def test_after_a_refused_payment_another_try_is_another_wish(learner: Portal) -> None:
    learner.edges.answers[PAYMENTS] = refusal("provider-refused", "Not taken", "Nothing charged.")

    answer = await accept(learner, await check(learner))
    form = form_with(answer.text, "payer")
    await learner.browser.post(form.action, data=form.filled(**SELF), headers={"Origin": PORTAL})

    assert answer.status_code == 422
    assert "<h2>Not taken</h2>" in answer.text
    first, second = (
        each["headers"]["idempotency-key"] for each in sent_to(learner.edges, "POST", PAYMENTS)
    )
    assert first != second


async def test_conditions_that_changed_meanwhile_are_shown_to_be_accepted(learner: Portal) -> None:
    page = await check(learner)
    learner.edges.answers["POST /v1/enrolments"] = refusal("conditions-not-accepted")
    conditions = msgspec.structs.replace(samples.OFFERING.conditions, policy_version=4)
    learner.edges.answers[OFFERING] = told(samples.OFFERING, fee_minor=19500, conditions=conditions)

    answer = await accept(learner, page)

    assert answer.status_code == 422
    assert "The conditions have changed while you were reading" in answer.text
    form = form_with(answer.text, "accept")
    assert (form.fields["policy_version"], form.fields["accept"]) == ("4", "")


async def test_whoever_is_enrolled_already_is_shown_that(learner: Portal) -> None:
    page = await check(learner)
    learner.edges.answers["POST /v1/enrolments"] = refusal("already-enrolled")
    learner.edges.answers["GET /v1/enrolments"] = {"items": [told(samples.mine())]}

    refused = await accept(learner, page)
    begun = await learner.browser.get(f"{COURSE}/enrol")

    assert (refused.status_code, refused.headers["location"]) == (303, MINE)
    assert begun.headers["location"] == MINE


async def test_a_no_says_what_why_and_what_now(learner: Portal) -> None:
    page = await check(learner)
    learner.edges.answers["POST /v1/enrolments"] = refusal(
        "window-closed", "Enrolment has closed", "It closed on Sunday. Ask the office."
    )

    answer = await accept(learner, page)

    assert answer.status_code == 409
    assert "<h1>Enrolment has closed</h1>" in answer.text
    assert "Ask the office." in answer.text


async def test_what_is_free_or_full_asks_nobody_who_pays(learner: Portal) -> None:
    learner.edges.answers[f"{OFFERING}/places"] = {"capacity": 18, "free": 0, "waiting": 2}
    learner.edges.answers["POST /v1/enrolments"] = told(samples.mine("waitlisted"))
    learner.edges.answers[ENROLMENT] = told(samples.mine("waitlisted"))
    learner.edges.answers["/v1/orders"] = {"items": []}

    page = await learner.browser.get(f"{COURSE}/enrol")
    answer = await accept(learner, page)
    outcome = await learner.browser.get(answer.headers["location"])

    assert "Join waiting list" in page.text
    assert "You are number 3" in outcome.text
    assert sent_to(learner.edges, "POST", PAYMENTS) == []


async def test_an_open_payment_is_looked_at_again_and_a_failed_one_offers_another_try(
    learner: Portal,
) -> None:
    open_one = told(samples.ORDER, payments=(samples.payment("open"),))
    failed = told(samples.ORDER, payments=(samples.payment("failed"),))

    learner.edges.answers["/v1/orders"] = {"items": [open_one]}
    waiting = await learner.browser.get(f"{MINE}/outcome")
    learner.edges.answers["/v1/orders"] = {"items": [failed]}
    ended = await learner.browser.get(f"{MINE}/outcome")

    assert '<meta http-equiv="refresh" content="5">' in waiting.text
    assert "http-equiv" not in ended.text
    assert "No money was taken" in ended.text
    assert f'href="{MINE}/pay"' in ended.text


async def test_an_offered_place_is_taken_and_then_paid(learner: Portal) -> None:
    learner.edges.answers[ENROLMENT] = told(samples.mine("offered"))
    learner.edges.answers[f"POST {ENROLMENT}/acceptance"] = told(samples.mine("held"))

    answer = await learner.send(MINE, "idempotency_key")

    assert (answer.status_code, answer.headers["location"]) == (303, f"{MINE}/pay")
    (taken,) = sent_to(learner.edges, "POST", f"{ENROLMENT}/acceptance")
    assert taken["headers"]["idempotency-key"]


async def test_withdrawing_needs_a_reason_and_ends_with_a_receipt(learner: Portal) -> None:
    learner.edges.answers[ENROLMENT] = told(samples.mine())
    learner.edges.answers[f"{ENROLMENT}/withdrawal"] = told(samples.WITHDRAWAL)

    without = await learner.send(f"{MINE}/withdraw", "reason", more="A long story")
    answer = await learner.send(f"{MINE}/withdraw", "reason", reason="work")
    receipt = await learner.browser.get(answer.headers["location"])

    assert without.status_code == 422
    assert "Choose why you withdraw" in without.text
    assert "A long story" in without.text
    assert "€165.75" in without.text
    (left,) = sent_to(learner.edges, "POST", f"{ENROLMENT}/withdrawal")
    assert left["body"] == {"reason": "work", "note": None}
    assert "You have withdrawn" in receipt.text
    assert "<strong>€165.75</strong> of €195.00" in receipt.text


async def test_withdrawing_once_more_shows_how_it_ended(learner: Portal) -> None:
    learner.edges.answers[ENROLMENT] = told(samples.mine())
    form = form_with((await learner.browser.get(f"{MINE}/withdraw")).text, "reason")
    learner.edges.answers[f"POST {ENROLMENT}/withdrawal"] = refusal("not-enrolled")
    learner.edges.answers[ENROLMENT] = told(samples.mine("withdrawn"))

    sent = await learner.browser.post(
        form.action, data=form.filled(reason="ill"), headers={"Origin": PORTAL}
    )
    opened = await learner.browser.get(f"{MINE}/withdraw")

    assert sent.headers["location"] == MINE
    assert opened.headers["location"] == MINE


async def test_my_learning_does_without_payment_and_says_so(learner: Portal) -> None:
    learner.edges.answers["GET /v1/enrolments"] = {"items": [told(samples.mine("held"))]}
    with_it = await learner.browser.get("/en/my/courses")
    learner.edges.answers["/v1/orders"] = 503
    without = await learner.browser.get("/en/my/courses")

    assert "1 thing asks for your attention." in with_it.text
    assert "What I owe" in with_it.text
    assert without.status_code == 200
    assert "Paying is down for a moment" in without.text
    assert "Place held until 14:30" in without.text


async def test_all_of_it_is_for_whoever_is_logged_in(portal: Portal) -> None:
    for path in (f"{COURSE}/enrol", f"{MINE}/pay", f"{MINE}/outcome", f"{MINE}/withdraw"):
        answer = await portal.browser.get(path)

        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/en/log-in?to=")
