"""Paying, through the doors, with a provider that speaks the real one's language."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from chassis.database import Connection
from contracts.enrolment import EnrolmentLapsed
from contracts.payment import PaymentFailed, PaymentReceived, RefundIssued
from services.payment import commands, store
from services.payment.domain.payments import AtProvider, Payment
from services.payment.outside import Mollie
from tests.support.paying import PORTAL, Paying, about
from tests.support.running import eventually


async def due_at(payment: Paying, *, looks: int) -> datetime:
    """Wait until the provider was asked so often, and say when it is asked next."""
    done = "SELECT looks FROM payment"
    await eventually(lambda: payment.service.fetchval(done), lambda found: bool(found == looks))
    due: datetime = await payment.service.fetchval("SELECT due_at FROM payment")
    return due


async def test_what_is_paid_is_told_with_its_value_date_and_booked(payment: Paying) -> None:
    told = await payment.enrol()
    started = await payment.start(told)
    assert started.status_code == 201, started.text
    payment.service.clock.move(minutes=3)

    back = await payment.choose(started)

    assert back.headers["location"] == f"{PORTAL}/paid"
    fact = await payment.service.told.wait_for(PaymentReceived)
    assert (fact.enrolment_id, fact.learner_id) == (told.enrolment_id, told.learner_id)
    assert (fact.amount_minor, fact.currency, fact.method) == (19500, "EUR", "ideal")
    assert fact.paid_at == datetime(2027, 3, 10, 13, 3, tzinfo=UTC)
    order = await payment.order(told)
    assert (order["state"], order["owed_minor"]) == ("paid", 0)
    assert await payment.balances(told) == {"provider": 19500, "fees": -19500}


async def test_a_payment_is_found_within_five_minutes_when_every_webhook_is_lost(
    payment: Paying,
) -> None:
    told = await payment.enrol()
    with payment.misbehaving(lose_webhooks=True):
        await payment.pay(told)

        payment.service.clock.move(minutes=5)

        await payment.service.told.wait_for(PaymentReceived)
    assert (await payment.order(told))["state"] == "paid"


async def test_ten_webhooks_have_one_effect(payment: Paying) -> None:
    told = await payment.enrol()
    with payment.misbehaving(repeat_webhooks=10):
        started = await payment.pay(told)
        await payment.service.told.wait_for(PaymentReceived)
    provider_id = next(iter(payment.provider.books.payments))

    for _ in range(10):
        again = await payment.service.http.post("/webhooks/mollie", data={"id": provider_id})
        assert again.status_code == 200
    await payment.order_is(told, "paid")
    asked = "SELECT count(*) FROM payment WHERE due_at IS NOT NULL"
    await eventually(lambda: payment.service.fetchval(asked), lambda due: due == 0)

    await payment.told_once(PaymentReceived)
    paid = "SELECT count(*) FROM transition WHERE state = 'paid' AND payment_id = $1"
    assert await payment.service.fetchval(paid, started.json()["payment_id"]) == 1
    assert await payment.balances(told) == {"provider": 19500, "fees": -19500}


async def test_a_browser_that_returns_before_the_webhook_sees_the_payment_open(
    payment: Paying,
) -> None:
    told = await payment.enrol()
    with payment.misbehaving(lose_webhooks=True):
        await payment.pay(told)

        early = [await payment.order(told) for _ in range(3)]

        assert {each["state"] for each in early} == {"open"}
        assert early[0]["payments"][0]["checkout_url"] is not None
    payment.service.clock.move(seconds=11)
    late = await payment.order_is(told, "paid")
    assert late["payments"][0]["checkout_url"] is None
    await payment.told_once(PaymentReceived)


async def test_an_attempt_that_fails_is_told_and_the_next_one_can_succeed(payment: Paying) -> None:
    told = await payment.enrol()
    await payment.choose(await payment.start(told), "failed")
    failure = await payment.service.told.wait_for(PaymentFailed)
    assert (failure.why, failure.method) == ("failed", "ideal")
    assert (await payment.order(told))["owed_minor"] == 19500

    await payment.pay(told, method="creditcard")

    assert (await payment.service.told.wait_for(PaymentReceived)).method == "creditcard"


async def test_an_attempt_that_expires_is_found_at_once_without_a_webhook(payment: Paying) -> None:
    told = await payment.enrol()
    with payment.misbehaving(lose_webhooks=True):
        await payment.start(told)
        # By now looks are four minutes apart, but for the expiry.
        for looks in range(7):
            payment.service.clock.set(await due_at(payment, looks=looks))

        after_expiry = await due_at(payment, looks=7)
        assert after_expiry == datetime(2027, 3, 10, 13, 15, 2, tzinfo=UTC)
        payment.service.clock.set(after_expiry)

        assert (await payment.service.told.wait_for(PaymentFailed)).why == "expired"


async def test_a_second_payment_goes_back_by_itself(payment: Paying) -> None:
    told = await payment.enrol()
    first, second = await payment.start(told), await payment.start(told)
    await payment.choose(first)
    await payment.service.told.wait_for(PaymentReceived)

    await payment.choose(second)

    refund = await payment.service.told.wait_for(RefundIssued)
    assert (refund.why, refund.amount_minor, refund.sequence) == ("double_payment", 19500, 1)
    assert str(refund.payment_id) == second.json()["payment_id"]
    await payment.told_once(PaymentReceived)
    assert (await payment.order(told))["state"] == "paid"
    assert await payment.balances(told) == {"provider": 19500, "fees": -19500}


async def test_of_two_payments_captured_at_the_same_time_one_counts(payment: Paying) -> None:
    told = await payment.enrol()
    with payment.misbehaving(lose_webhooks=True):
        for started in [await payment.start(told), await payment.start(told)]:
            await payment.choose(started)
    db, zone = payment.service.parts.db, ZoneInfo("Europe/Amsterdam")
    now = payment.service.clock.now()
    async with db.reading() as connection:
        order_id = UUID((await payment.order(told))["order_id"])
        attempts = await store.payments.list_payments(connection, [order_id])

    async def learn(tx: Connection, attempt: Payment) -> None:
        found = await payment.service.parts.provider.get_payment(str(attempt.provider_id))
        await commands.payments.learn_payment(tx, attempt, found, zone=zone, now=now)

    async def second() -> None:
        async with db.transaction() as tx:
            await learn(tx, attempts[1])

    async with db.transaction() as tx:
        await learn(tx, attempts[0])
        waiting = asyncio.create_task(second())
        await eventually(payment.somebody_waits)
    await waiting

    received = await payment.service.told.wait_for(PaymentReceived)
    assert received.payment_id == attempts[0].payment_id
    refund = await payment.service.told.wait_for(RefundIssued)
    assert refund.payment_id == attempts[1].payment_id
    await payment.told_once(PaymentReceived)


async def test_a_webhook_that_comes_while_the_provider_is_asked_is_not_lost(
    payment: Paying, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = await payment.enrol()
    started = await payment.start(told)
    ask, is_first = Mollie.get_payment, True

    async def answer_late(self: Mollie, provider_id: str) -> AtProvider:
        nonlocal is_first
        found = await ask(self, provider_id)
        if is_first:  # The answer, "open", is old when it arrives.
            is_first = False
            await payment.choose(started)
            await payment.service.http.post("/webhooks/mollie", data={"id": provider_id})
        return found

    monkeypatch.setattr(Mollie, "get_payment", answer_late)
    payment.service.clock.move(seconds=10)

    await payment.service.told.wait_for(PaymentReceived)
    assert not is_first


async def test_money_for_an_order_that_lapsed_is_told_so_that_it_gets_a_place_or_goes_back(
    payment: Paying,
) -> None:
    told = await payment.enrol()
    started = await payment.start(told)
    await payment.service.deliver(
        EnrolmentLapsed(**about(told, 2), why="not_paid", lapsed_at=payment.service.clock.now())
    )
    await payment.order_is(told, "closed")

    await payment.choose(started)

    await payment.service.told.wait_for(PaymentReceived)
    assert (await payment.order(told))["state"] == "paid"


async def test_the_same_key_is_the_same_attempt(payment: Paying) -> None:
    told = await payment.enrol()

    first = await payment.start(told, key="k1")
    again = await payment.start(told, key="k1")
    other = await payment.start(told, key="k1", method="creditcard")

    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert other.status_code == 422
    assert other.json()["type"].endswith("/problems/idempotency-key-reused")
    assert len(payment.provider.books.payments) == 1


async def test_without_a_key_nothing_is_started(payment: Paying) -> None:
    told = await payment.enrol()

    answer = await payment.start(told, key=" ")

    assert answer.status_code == 428
    assert not payment.provider.books.payments


async def test_nobody_is_sent_back_to_another_site(payment: Paying) -> None:
    told = await payment.enrol()

    for elsewhere in ("https://evil.test/", f"{PORTAL}.evil.test/", f"{PORTAL}@evil.test/", "//x"):
        answer = await payment.start(told, redirect_url=elsewhere)
        assert answer.status_code == 422, elsewhere
        assert answer.json()["errors"][0]["pointer"] == "/redirect_url"
    assert not payment.provider.books.payments


async def test_only_the_orders_learner_pays(payment: Paying) -> None:
    told = await payment.enrol()
    order = await payment.order(told)
    body = {"method": "ideal", "redirect_url": f"{PORTAL}/paid"}
    path = f"/v1/orders/{order['order_id']}/payments"

    assert (await payment.service.post(path, body, uuid4())).status_code == 404
    assert (await payment.service.post(path, body, uuid4(), "finance")).status_code == 404
    assert (await payment.service.post(path, body)).status_code == 401


async def test_what_is_paid_over_or_not_held_any_more_cannot_be_paid(payment: Paying) -> None:
    paid, over, late = [await payment.enrol() for _ in range(3)]
    await payment.pay(paid)
    await payment.order_is(paid, "paid")
    await payment.service.deliver(
        EnrolmentLapsed(**about(over, 2), why="not_paid", lapsed_at=payment.service.clock.now())
    )
    await payment.order_is(over, "closed")
    payment.service.clock.set(datetime(2027, 3, 10, 13, 30, tzinfo=UTC))

    answers = [await payment.start(each) for each in (paid, over, late)]

    assert [each.status_code for each in answers] == [409, 409, 409]
    assert [each.json()["type"].rpartition("/")[2] for each in answers] == [
        "already-paid",
        "order-closed",
        "hold-ended",
    ]
    assert (await payment.order(late))["owed_minor"] == 0


async def test_who_starts_too_often_has_to_wait(payment: Paying) -> None:
    told = await payment.enrol()
    answers = [await payment.start(told) for _ in range(13)]

    assert [each.status_code for each in answers] == [201] * 12 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_a_provider_that_is_down_loses_nothing(payment: Paying) -> None:
    told = await payment.enrol()
    with payment.misbehaving(down=True):
        refused = await payment.start(told, key="k1")
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "5"
    assert refused.json()["type"].endswith("/problems/provider-away")

    again = await payment.start(told, key="k1")

    assert again.status_code == 201
    assert len(payment.provider.books.payments) == 1
    assert len((await payment.order(told))["payments"]) == 1


async def test_an_intent_without_an_answer_is_repaired_with_the_same_key(payment: Paying) -> None:
    told = await payment.enrol()
    with payment.misbehaving(forget_answers=True):
        assert (await payment.start(told)).status_code == 503
    assert (await payment.order(told))["payments"][0]["state"] == "intended"

    payment.service.clock.move(seconds=31)

    async def attempt() -> dict[str, str]:
        found: dict[str, str] = (await payment.order(told))["payments"][0]
        return found

    repaired = await eventually(attempt, lambda found: found["state"] == "open")
    assert len(payment.provider.books.payments) == 1
    await payment.browser.post(repaired["checkout_url"], data={"outcome": "paid"})
    await payment.service.told.wait_for(PaymentReceived)


async def test_an_intent_that_the_provider_never_heard_of_is_repaired(payment: Paying) -> None:
    told = await payment.enrol()
    order = await payment.order(told)
    async with payment.service.parts.db.transaction() as tx:  # Then the process dies.
        await commands.payments.intend_payment(
            tx,
            UUID(order["order_id"]),
            learner_id=told.learner_id,
            method="ideal",
            redirect_url=PORTAL,
            language="nl",
            now=payment.service.clock.now(),
        )

    payment.service.clock.move(seconds=30)

    async def attempts() -> list[str]:
        return [each["state"] for each in (await payment.order(told))["payments"]]

    assert await eventually(attempts, lambda states: states != ["intended"]) == ["open"]
    assert len(payment.provider.books.payments) == 1


async def test_an_old_intent_is_looked_for_and_not_created_again(payment: Paying) -> None:
    known, unknown = await payment.enrol(), await payment.enrol()
    with payment.misbehaving(forget_answers=True):
        await payment.start(known)
    with payment.misbehaving(down=True):
        await payment.start(unknown)
        # Another process has both intents and is away with them for more than an hour.
        async with payment.service.parts.db.transaction() as tx:
            await tx.execute("UPDATE payment SET due_at = intended_at + interval '2 hours'")
    payment.provider.books.answers.clear()
    [made] = payment.provider.books.payments.values()
    made.expires_at = datetime(2027, 3, 11, tzinfo=UTC)

    payment.service.clock.move(hours=2, minutes=1)

    failure = await payment.service.told.wait_for(PaymentFailed)
    assert (failure.enrolment_id, failure.why) == (unknown.enrolment_id, "failed")

    async def state() -> str:
        return str((await payment.order(known))["payments"][0]["state"])

    assert await eventually(state, lambda found: found != "intended") == "open"
    assert len(payment.provider.books.payments) == 1


async def test_an_intent_that_was_given_up_while_the_provider_was_still_asked_can_be_paid(
    payment: Paying, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by chaos, seed 3: the answer came to a payment that had failed meanwhile, and was a 500."""
    told = await payment.enrol()
    provider, on_its_way, arrives = payment.service.parts.provider, asyncio.Event(), asyncio.Event()

    async def create_late(intended: Payment, *, webhook_url: str) -> AtProvider:
        on_its_way.set()
        await arrives.wait()
        return await Mollie.create_payment(provider, intended, webhook_url=webhook_url)

    monkeypatch.setattr(provider, "create_payment", create_late)
    starting = asyncio.create_task(payment.start(told))
    await on_its_way.wait()
    payment.service.clock.move(minutes=31)
    await payment.service.told.wait_for(PaymentFailed)

    arrives.set()

    started = await starting
    await payment.choose(started)
    await payment.service.told.wait_for(PaymentReceived)
    assert (await payment.order(told))["state"] == "paid"


async def test_a_webhook_that_nobody_knows_gets_the_same_answer(payment: Paying) -> None:
    for body in ({"id": "tr_unknown1"}, {"id": "'; DROP"}, {"id": "x" * 199}, {}):
        answer = await payment.service.http.post("/webhooks/mollie", data=body)
        assert (answer.status_code, answer.content) == (200, b""), body


async def test_a_webhook_while_the_provider_is_down_is_acted_on_later(payment: Paying) -> None:
    told = await payment.enrol()
    started = await payment.start(told)
    with payment.misbehaving(down=True):
        await payment.choose(started)
        put_off = "SELECT due_at = $1 FROM payment"
        half_a_minute_later = payment.service.clock.now() + timedelta(seconds=30)
        await eventually(lambda: payment.service.fetchval(put_off, half_a_minute_later))

    payment.service.clock.move(seconds=30)

    await payment.service.told.wait_for(PaymentReceived)


async def test_a_method_that_the_provider_does_not_take_is_refused_for_good(
    payment: Paying,
) -> None:
    told = await payment.enrol(currency="JPY")

    # The stand-in, like the provider for most methods, takes two decimals: 19500 yen have none.
    answer = await payment.start(told)

    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/problems/provider-refused")
    assert (await payment.order(told))["payments"][0]["state"] == "failed"
