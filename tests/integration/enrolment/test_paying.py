"""Holds, payments and what becomes of them, through the doors."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from contracts.enrolment import (
    EnrolmentConfirmed,
    EnrolmentLapsed,
    EnrolmentRequested,
    PlaceDenied,
    PlaceOffered,
)
from contracts.payment import InvoiceIssued, PaymentReceived
from tests.support.enrolling import Enrolment
from tests.support.running import eventually


def payment(of: dict[str, Any], learner: UUID, at: datetime, **changes: Any) -> PaymentReceived:
    fields: dict[str, Any] = {
        "order_id": uuid4(),
        "enrolment_id": UUID(of["enrolment_id"]),
        "learner_id": learner,
        "payment_id": uuid4(),
        "method": "ideal",
        "amount_minor": 42000,
        "currency": "EUR",
        "paid_at": at,
    }
    return PaymentReceived(**fields | changes)


async def test_a_payment_makes_the_enrolment_final(enrolment: Enrolment) -> None:
    published, ada = await enrolment.publish(), uuid4()
    held = await enrolment.request(published, ada)

    await enrolment.deliver(payment(held, ada, enrolment.clock.now()))

    fact = await enrolment.told.wait_for(EnrolmentConfirmed)
    assert fact.enrolment_id == UUID(held["enrolment_id"])
    seen = (await enrolment.get(f"/v1/enrolments/{fact.enrolment_id}", ada)).json()
    assert (seen["state"], seen["confirmed_at"]) == ("confirmed", "2027-03-10T13:00:00Z")


async def test_a_redelivered_payment_confirms_once(enrolment: Enrolment) -> None:
    published, ada = await enrolment.publish(), uuid4()
    held = await enrolment.request(published, ada)
    received, event_id = payment(held, ada, enrolment.clock.now()), uuid4()

    await enrolment.deliver(received, event_id=event_id)
    await enrolment.deliver(received, event_id=event_id)
    await enrolment.deliver(
        received
    )  # The same payment told as another event: no second effect either.
    await enrolment.handled("enrolment.confirm_enrolments", 2)

    await enrolment.told.wait_for(EnrolmentConfirmed)
    assert len(enrolment.told.of(EnrolmentConfirmed)) == 1
    assert await enrolment.fetchval("SELECT version FROM enrolment") == 2


async def test_an_unpaid_hold_lapses_and_its_seat_goes_to_the_head_of_the_line(
    enrolment: Enrolment,
) -> None:
    published, ada, bob, eve = await enrolment.publish(capacity=1), uuid4(), uuid4(), uuid4()
    held = await enrolment.request(published, ada)
    waiting = await enrolment.request(published, bob)
    await enrolment.request(published, eve)

    enrolment.clock.move(minutes=31, seconds=1)

    fact = await enrolment.told.wait_for(EnrolmentLapsed)
    offered = await enrolment.told.wait_for(PlaceOffered)
    assert (fact.enrolment_id, fact.why) == (UUID(held["enrolment_id"]), "not_paid")
    assert offered.enrolment_id == UUID(waiting["enrolment_id"])
    assert offered.offered_until == enrolment.clock.now() + timedelta(hours=24)
    places = (await enrolment.get(f"/v1/offerings/{published.offering_id}/places")).json()
    assert (places["taken"], places["free"], places["waiting"]) == (1, 0, 1)


async def test_an_offered_place_is_taken_and_then_paid(enrolment: Enrolment) -> None:
    published, ada, bob = await enrolment.publish(capacity=1), uuid4(), uuid4()
    await enrolment.request(published, ada)
    waiting = await enrolment.request(published, bob)
    path = f"/v1/enrolments/{waiting['enrolment_id']}/acceptance"
    too_early = await enrolment.post(path, None, bob)
    enrolment.clock.move(minutes=32)
    await enrolment.told.wait_for(PlaceOffered)

    not_mine = await enrolment.post(path, None, ada)
    taken = await enrolment.post(path, None, bob)

    assert (too_early.status_code, not_mine.status_code, taken.status_code) == (409, 404, 200)
    assert taken.json()["state"] == "held"
    requested = await enrolment.told.wait_for(EnrolmentRequested, 2)
    assert requested.enrolment_id == UUID(waiting["enrolment_id"])
    await enrolment.deliver(payment(waiting, bob, enrolment.clock.now()))
    await enrolment.told.wait_for(EnrolmentConfirmed)


async def test_an_offer_that_nobody_takes_moves_on(enrolment: Enrolment) -> None:
    published, ada, bob, eve = await enrolment.publish(capacity=1), uuid4(), uuid4(), uuid4()
    for person in (ada, bob, eve):
        await enrolment.request(published, person)
    enrolment.clock.move(minutes=32)
    await enrolment.told.wait_for(PlaceOffered)

    enrolment.clock.move(hours=24)

    assert (await enrolment.told.wait_for(PlaceOffered, 2)).learner_id == eve
    assert enrolment.told.of(EnrolmentLapsed)[1].why == "offer_not_taken"


async def test_late_money_gets_the_seat_back_while_one_is_free(enrolment: Enrolment) -> None:
    published, ada = await enrolment.publish(), uuid4()
    held = await enrolment.request(published, ada)
    enrolment.clock.move(hours=2)
    await enrolment.told.wait_for(EnrolmentLapsed)

    await enrolment.deliver(payment(held, ada, enrolment.clock.now()))

    await enrolment.told.wait_for(EnrolmentConfirmed)
    assert await enrolment.fetchval("SELECT seats_taken FROM offering") == 1


async def test_late_money_without_a_seat_goes_back(enrolment: Enrolment) -> None:
    published, ada, bob = await enrolment.publish(capacity=1), uuid4(), uuid4()
    held = await enrolment.request(published, ada)
    enrolment.clock.move(hours=2)
    await enrolment.told.wait_for(EnrolmentLapsed)
    await enrolment.request(published, bob)
    received = payment(held, ada, enrolment.clock.now())

    await enrolment.deliver(received)

    denied = await enrolment.told.wait_for(PlaceDenied)
    assert (denied.why, denied.order_id) == ("full", received.order_id)
    assert await enrolment.fetchval("SELECT seats_taken FROM offering") == 1


async def test_a_payment_within_the_grace_still_finds_its_seat(enrolment: Enrolment) -> None:
    published, ada, bob = await enrolment.publish(capacity=1), uuid4(), uuid4()
    held = await enrolment.request(published, ada)
    await enrolment.request(published, bob)
    enrolment.clock.move(minutes=30, seconds=30)

    await enrolment.deliver(payment(held, ada, datetime(2027, 3, 10, 13, 29, tzinfo=UTC)))

    await enrolment.told.wait_for(EnrolmentConfirmed)
    assert not enrolment.told.of(EnrolmentLapsed)


async def test_an_invoice_holds_the_seat_until_it_is_due(enrolment: Enrolment) -> None:
    published, ada = await enrolment.publish(), uuid4()
    held = await enrolment.request(published, ada, payer="employer")
    due = enrolment.clock.now() + timedelta(days=30)
    await enrolment.deliver(
        InvoiceIssued(
            order_id=uuid4(),
            enrolment_id=UUID(held["enrolment_id"]),
            learner_id=ada,
            invoice_id=uuid4(),
            number="2027-000001",
            organisation="Rijnland Hospital",
            billing_mail_address="invoices@employer.test",
            language="nl",
            amount_minor=42000,
            currency="EUR",
            pdf=b"%PDF",
            issued_at=enrolment.clock.now(),
            due_at=due,
        )
    )
    await enrolment.handled("enrolment.extend_hold")

    enrolment.clock.move(days=29)
    held_until = await eventually(
        lambda: enrolment.fetchval("SELECT held_until FROM enrolment WHERE state = 'held'")
    )
    enrolment.clock.move(days=2)

    assert held_until == due
    assert (await enrolment.told.wait_for(EnrolmentLapsed)).why == "not_paid"
