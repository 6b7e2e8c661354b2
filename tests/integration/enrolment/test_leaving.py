"""Leaving, the office's review, and organisers who change their plans, through the doors."""

from typing import Any
from uuid import UUID, uuid4

from msgspec.structs import replace

from contracts.catalogue import OfferingRescheduled
from contracts.enrolment import (
    EnrolmentCancelled,
    EnrolmentConfirmed,
    PlaceOffered,
    RefundGranted,
    WithdrawalReviewed,
    WithdrawalSubmitted,
)
from tests.integration.enrolment.test_paying import payment
from tests.support.enrolling import Enrolment
from tests.support.examples import COORDINATOR, POLICY, cancellation


async def enrolled(enrolment: Enrolment, published: Any, person: UUID) -> dict[str, Any]:
    held = await enrolment.request(published, person)
    already = len(enrolment.told.of(EnrolmentConfirmed))
    await enrolment.deliver(payment(held, person, enrolment.clock.now()))
    await enrolment.told.wait_for(EnrolmentConfirmed, already + 1)
    return held


async def leave(enrolment: Enrolment, held: dict[str, Any], person: UUID, **options: Any) -> Any:
    body = {"reason": "work", "note": "My internship moved."}
    return await enrolment.post(
        f"/v1/enrolments/{held['enrolment_id']}/withdrawal", body, person, **options
    )


async def test_leaving_frees_the_seat_at_once_and_waits_for_review(enrolment: Enrolment) -> None:
    published, ada, bob = await enrolment.publish(capacity=1), uuid4(), uuid4()
    held = await enrolled(enrolment, published, ada)
    await enrolment.request(published, bob)

    answer = await leave(enrolment, held, ada)

    assert answer.status_code == 201
    receipt = answer.json()
    assert (receipt["state"], receipt["fee_minor"], receipt["refund_minor"]) == (
        "to_review",
        42000,
        35700,
    )
    fact = await enrolment.told.wait_for(WithdrawalSubmitted)
    assert (fact.reason, fact.kept_minor, fact.was_confirmed) == ("work", 6300, True)
    assert (await enrolment.told.wait_for(PlaceOffered)).learner_id == bob


async def test_completing_twice_withdraws_once(enrolment: Enrolment) -> None:
    published, ada = await enrolment.publish(), uuid4()
    held = await enrolled(enrolment, published, ada)

    first = await leave(enrolment, held, ada, key="k")
    again = await leave(enrolment, held, ada, key="k")
    another = await leave(enrolment, held, ada)

    assert again.json() == first.json()
    assert another.status_code == 409
    assert another.json()["type"].endswith("/problems/not-enrolled")
    assert await enrolment.fetchval("SELECT seats_taken FROM offering") == 0


async def test_nobody_withdraws_somebody_else(enrolment: Enrolment) -> None:
    published, ada = await enrolment.publish(), uuid4()
    held = await enrolled(enrolment, published, ada)

    assert (await leave(enrolment, held, uuid4())).status_code == 404


async def test_the_office_confirms_what_the_policy_gives_back(enrolment: Enrolment) -> None:
    published, ada, office = await enrolment.publish(), uuid4(), uuid4()
    held = await enrolled(enrolment, published, ada)
    await leave(enrolment, held, ada)
    (waiting,) = (await enrolment.get("/v1/withdrawals", office, "office")).json()["items"]
    assert (waiting["note"], waiting["refund_by_policy_minor"]) == ("My internship moved.", 35700)

    path = f"/v1/withdrawals/{waiting['withdrawal_id']}/review"
    answer = await enrolment.post(path, {"ground": "policy"}, office, "office")
    twice = await enrolment.post(path, {"ground": "policy"}, office, "office")

    assert answer.json()["refund_minor"] == 35700
    assert twice.status_code == 409
    fact = await enrolment.told.wait_for(WithdrawalReviewed)
    assert (fact.refund_minor, fact.kept_minor, fact.ground) == (35700, 6300, "policy")
    assert (await enrolment.get("/v1/withdrawals", office, "office")).json()["items"] == []


async def test_another_amount_needs_an_explanation_and_is_at_most_what_was_paid(
    enrolment: Enrolment,
) -> None:
    published, ada, office = await enrolment.publish(), uuid4(), uuid4()
    held = await enrolled(enrolment, published, ada)
    withdrawal = (await leave(enrolment, held, ada)).json()
    path = f"/v1/withdrawals/{withdrawal['withdrawal_id']}/review"

    unexplained = await enrolment.post(path, {"ground": "goodwill"}, office, "office")
    too_much = await enrolment.post(
        path, {"ground": "goodwill", "refund_minor": 42001, "explanation": "…"}, office, "office"
    )
    decided = await enrolment.post(
        path, {"ground": "goodwill", "explanation": "The faculty moved it."}, office, "office"
    )

    assert unexplained.json()["detail"].startswith("The policy gives back €357.00.")
    assert too_much.json()["detail"] == "Give back €420.00 at most."
    assert decided.json()["refund_minor"] == 42000
    assert (
        await enrolment.told.wait_for(WithdrawalReviewed)
    ).explanation == "The faculty moved it."


async def test_only_the_office_reviews(enrolment: Enrolment) -> None:
    path = f"/v1/withdrawals/{uuid4()}/review"

    refused = await enrolment.post(path, {"ground": "policy"}, uuid4(), "lecturer", "finance")
    unknown = await enrolment.post(path, {"ground": "policy"}, uuid4(), "office")

    assert (refused.status_code, unknown.status_code) == (403, 404)
    assert refused.json()["detail"] == "Ask an administrator for the role that this needs: office."


async def test_when_the_organiser_cancels_everybody_leaves_and_gets_everything_back(
    enrolment: Enrolment,
) -> None:
    published, ada, bob = await enrolment.publish(capacity=1), uuid4(), uuid4()
    await enrolled(enrolment, published, ada)
    await enrolment.request(published, bob)

    await enrolment.deliver(cancellation(published))

    await enrolment.told.wait_for(EnrolmentCancelled, 2)
    refunds = {fact.learner_id: fact.refund_minor for fact in enrolment.told.of(EnrolmentCancelled)}
    assert refunds == {ada: 42000, bob: 0}
    late = await enrolment.post(
        "/v1/enrolments",
        {
            "offering_id": str(published.offering_id),
            "accepted_policy_version": 3,
            "accepted_terms_version": 1,
        },
        uuid4(),
    )
    assert late.json()["type"].endswith("/problems/offering-cancelled")


async def test_a_dropped_session_gives_its_share_back_where_the_policy_says_so(
    enrolment: Enrolment,
) -> None:
    fair = replace(POLICY, dropped_session_pro_rata=True)
    published, ada = await enrolment.publish(policy=fair), uuid4()
    await enrolled(enrolment, published, ada)
    fields = {name: getattr(published, name) for name in published.__struct_fields__}

    await enrolment.deliver(
        OfferingRescheduled(
            **fields | {"version": 2, "sessions": published.sessions[:2], "moved_session_ids": ()}
        )
    )

    granted = await enrolment.told.wait_for(RefundGranted)
    assert (granted.learner_id, granted.refund_minor, granted.dropped_sessions) == (ada, 14000, 1)


async def test_more_capacity_goes_to_those_who_wait(enrolment: Enrolment) -> None:
    published, ada, bob = await enrolment.publish(capacity=1), uuid4(), uuid4()
    await enrolment.request(published, ada)
    await enrolment.request(published, bob)

    await enrolment.publish(offering_id=published.offering_id, version=2, capacity=5)

    assert (await enrolment.told.wait_for(PlaceOffered)).learner_id == bob


async def test_an_older_version_that_comes_later_changes_nothing(enrolment: Enrolment) -> None:
    published = await enrolment.publish(version=3, capacity=7)

    await enrolment.deliver(replace(published, version=2, capacity=1))
    await enrolment.handled("enrolment.follow_catalogue", 2)

    places = (await enrolment.get(f"/v1/offerings/{published.offering_id}/places")).json()
    assert places["capacity"] == 7


async def test_what_leaving_costs_is_shown_before_enrolling(enrolment: Enrolment) -> None:
    published = await enrolment.publish()

    shown = (
        await enrolment.get(
            f"/v1/offerings/{published.offering_id}/leaving-costs",
            params={"affiliation": "student"},
        )
    ).json()

    assert shown["fee_minor"] == 19500
    assert shown["costs"] == [
        {"until": "2027-03-30T22:00:00Z", "kept_minor": 2925},
        {"until": "2027-04-13T16:30:00Z", "kept_minor": 9750},
        {"until": None, "kept_minor": 19500},
    ]


async def test_a_learner_is_told_what_leaving_costs_by_what_they_accepted_and_paid(
    enrolment: Enrolment,
) -> None:
    published, ada = await enrolment.publish(), uuid4()
    held = await enrolled(enrolment, published, ada)
    stricter = replace(POLICY, version=4, steps=(replace(POLICY.steps[-1], until=None),))
    dearer = tuple(replace(each, fee_minor=99000) for each in published.prices)
    await enrolment.publish(
        offering_id=published.offering_id, version=2, policy=stricter, prices=dearer
    )
    path = f"/v1/enrolments/{held['enrolment_id']}/leaving-costs"

    mine = await enrolment.get(path, ada)
    office = await enrolment.get(path, uuid4(), "office")
    others = await enrolment.get(path, uuid4())
    unknown = await enrolment.get(f"/v1/enrolments/{uuid4()}/leaving-costs", ada)
    left = await leave(enrolment, held, ada)

    shown = mine.json()
    assert shown == office.json()
    assert (shown["policy_version"], shown["fee_minor"], shown["currency"]) == (3, 42000, "EUR")
    assert shown["costs"] == [
        {"until": "2027-03-30T22:00:00Z", "kept_minor": 6300},
        {"until": "2027-04-13T16:30:00Z", "kept_minor": 21000},
        {"until": None, "kept_minor": 42000},
    ]
    assert left.json()["kept_minor"] == shown["costs"][0]["kept_minor"]
    assert (others.status_code, unknown.status_code) == (404, 404)
    assert others.json()["type"] == unknown.json()["type"]


async def test_the_office_reads_one_withdrawal_whatever_became_of_it(enrolment: Enrolment) -> None:
    published, ada, office = await enrolment.publish(), uuid4(), uuid4()
    held = await enrolled(enrolment, published, ada)
    withdrawal = (await leave(enrolment, held, ada)).json()
    path = f"/v1/withdrawals/{withdrawal['withdrawal_id']}"

    (listed,) = (await enrolment.get("/v1/withdrawals", office, "office")).json()["items"]
    waiting = await enrolment.get(path, office, "office")
    await enrolment.post(f"{path}/review", {"ground": "policy"}, office, "office")
    reviewed = await enrolment.get(path, office, "office")
    unknown = await enrolment.get(f"/v1/withdrawals/{uuid4()}", office, "office")
    learner = await enrolment.get(path, ada)

    assert waiting.json() == listed
    assert (reviewed.json()["state"], reviewed.json()["refund_minor"]) == ("reviewed", 35700)
    assert (unknown.status_code, learner.status_code) == (404, 403)


async def test_my_enrolments_are_listed_for_one_offering_or_for_all(enrolment: Enrolment) -> None:
    first, second, ada = await enrolment.publish(), await enrolment.publish(), uuid4()
    one, two = [await enrolment.request(each, ada) for each in (first, second)]
    await enrolment.request(first)

    async def listed(**params: str) -> list[str]:
        answer = await enrolment.get("/v1/enrolments", ada, params=params)
        return [each["enrolment_id"] for each in answer.json()["items"]]

    assert await listed() == [two["enrolment_id"], one["enrolment_id"]]
    assert await listed(offering_id=str(first.offering_id)) == [one["enrolment_id"]]
    assert await listed(offering_id=str(uuid4())) == []


async def test_a_coordinator_sees_the_head_count_of_own_offerings_only(
    enrolment: Enrolment,
) -> None:
    published = await enrolment.publish(capacity=2)
    for _ in range(3):
        await enrolment.request(published)
    path = f"/v1/offerings/{published.offering_id}"

    mine = await enrolment.get(f"{path}/head-count", COORDINATOR, "coordinator")
    others = await enrolment.get(f"{path}/head-count", uuid4(), "coordinator")
    learner = await enrolment.get(f"{path}/enrolments", COORDINATOR)

    assert (mine.json()["held"], mine.json()["waitlisted"]) == (2, 1)
    assert (others.status_code, learner.status_code) == (404, 403)


async def test_who_has_left_is_on_the_whole_list_and_not_among_those_who_are_there(
    enrolment: Enrolment,
) -> None:
    published = await enrolment.publish(capacity=1)
    ada = uuid4()
    left = (await enrolment.request(published, ada))["enrolment_id"]
    waits = [(await enrolment.request(published))["enrolment_id"] for _ in range(2)]
    await enrolment.post(f"/v1/enrolments/{left}/withdrawal", {"reason": "work"}, ada)
    path = f"/v1/offerings/{published.offering_id}/enrolments"

    everybody = await enrolment.get(path, uuid4(), "office")
    present = await enrolment.get(f"{path}?present=true", uuid4(), "office")

    assert [each["enrolment_id"] for each in everybody.json()["items"]] == [left, *waits]
    there = present.json()["items"]
    assert [each["enrolment_id"] for each in there] == waits
    assert [(each["state"], each["position"]) for each in there] == [
        ("offered", None),
        ("waitlisted", 1),
    ]


async def test_a_long_list_comes_in_pages_that_hold_everybody_once(enrolment: Enrolment) -> None:
    published = await enrolment.publish(capacity=50)
    made = [(await enrolment.request(published))["enrolment_id"] for _ in range(7)]
    seen: list[str] = []
    path = f"/v1/offerings/{published.offering_id}/enrolments?limit=3"

    while path:
        answer = await enrolment.get(path, uuid4(), "office")
        seen += [each["enrolment_id"] for each in answer.json()["items"]]
        path = answer.json()["next"]
        assert ("link" in answer.headers) == bool(path)

    assert seen == made
