"""story: enrol, order, pay at the provider, be told of it, final, confirmation mail handed over."""

import asyncio
from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import TypeVar

import msgspec

from contracts.catalogue import OfferingPublished
from tests.load.bench import Bench
from tests.load.client import Answer, Fleet, closing, request_bytes
from tests.load.lab import Lab, enrolment_requests
from tests.load.loops import ACCEPTED, evenly, undisturbed
from tests.load.offerings import PAID, open_offering
from tests.load.people import Person, number_of
from tests.load.percentiles import percentile

T = TypeVar("T")

_OFFERINGS = 20
_CONNECTIONS = 128
_SIDE_BY_SIDE = 400
"""People who are on their way at the same time, where as many stories as possible are wanted."""
_WARM_UP_S, _SATURATION_S = 4.0, 12.0
_FILLING_S = 8.0
"""Until stories are at every step of their way: only then as many end as begin."""
_CALM_RATE, _CALM_S = 50, 12.0
_MOST_PER_S = 400
_PATIENCE_S = 60.0


class _Enrolled(msgspec.Struct):
    enrolment_id: str


class _Order(msgspec.Struct):
    order_id: str


class _Orders(msgspec.Struct):
    items: list[_Order]


class _Started(msgspec.Struct):
    checkout_url: str


class _Teller:
    """Lets people live through the whole story, and remembers how long what took."""

    def __init__(self, lab: Lab, enrolment: Fleet, payment: Fleet) -> None:
        self._lab = lab
        self._enrolment = enrolment
        self._payment = payment
        self._mails: dict[int, asyncio.Future[float]] = {}
        self.ended_at: list[float] = []
        self.paid_to_mail_s: list[float] = []
        lab.outside.mails.heard = self._hear
        lab.outside.provider.call_webhook = self._call_webhook

    async def tell(self, person: Person, enrolment: bytes) -> None:
        """One story, to its end."""
        mail: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._mails[person.number] = mail
        signed_in = {"Authorization": f"Bearer {person.token}"}
        enrolled = _read(await self._enrolment.call(enrolment), _Enrolled)
        orders = request_bytes(
            "GET",
            f"/v1/orders?enrolment_id={enrolled.enrolment_id}",
            signed_in | {"Prefer": "wait=10"},
        )
        [order] = _read(await self._payment.call(orders), _Orders).items
        start = request_bytes(
            "POST",
            f"/v1/orders/{order.order_id}/payments",
            signed_in | {"Idempotency-Key": order.order_id},
            msgspec.json.encode(
                {"method": "ideal", "redirect_url": f"{self._lab.system.addresses.portal}/paid"}
            ),
        )
        started = _read(await self._payment.call(start), _Started)
        paid_at = await self._lab.outside.provider.pay(started.checkout_url)
        async with asyncio.timeout(_PATIENCE_S):
            mailed_at = await mail
        self.paid_to_mail_s.append(mailed_at - paid_at)
        self.ended_at.append(mailed_at)

    def _hear(self, address: str, at: float) -> None:
        waiting = self._mails.pop(number_of(address), None)
        if waiting is not None and not waiting.done():
            waiting.set_result(at)

    async def _call_webhook(self, provider_id: str) -> None:
        body = f"id={provider_id}".encode()
        request = request_bytes("POST", "/webhooks/mollie", {}, body).replace(
            b"application/json", b"application/x-www-form-urlencoded"
        )
        answer = await self._payment.call(request)
        if answer.status not in ACCEPTED:
            raise AssertionError(f"The webhook was answered with {answer.status}.")


async def story(bench: Bench) -> None:
    """First 50 stories begin every second; then as many as the system can take."""
    async with bench.laboratory() as lab:
        await lab.invite(
            int(_CALM_RATE * _CALM_S + _MOST_PER_S * (_WARM_UP_S + _FILLING_S + _SATURATION_S))
        )
        offerings = [open_offering(prices=PAID) for _ in range(_OFFERINGS)]
        await lab.publish_offerings(offerings)
        with (
            closing(await lab.fleet("enrolment", _CONNECTIONS)) as enrolment,
            closing(await lab.fleet("payment", _CONNECTIONS)) as payment,
        ):
            teller = _Teller(lab, enrolment, payment)
            await _side_by_side(lab, teller, offerings, _WARM_UP_S)
            await lab.look_over()
            await _at_a_rate(bench, lab, teller, offerings)
            await _saturate(bench, lab, teller, offerings)


async def _at_a_rate(
    bench: Bench, lab: Lab, teller: _Teller, offerings: Sequence[OfferingPublished]
) -> None:
    people = lab.take(int(_CALM_RATE * _CALM_S))
    requests = enrolment_requests(people, offerings)
    teller.paid_to_mail_s.clear()
    with undisturbed():
        async with asyncio.TaskGroup() as telling:
            async for number, _ in evenly(_CALM_RATE, _CALM_S):
                telling.create_task(teller.tell(people[number], requests[number]))
    waited = teller.paid_to_mail_s
    bench.found("story.paid_to_mail_p99_s", percentile(waited, 99), "s")
    bench.found("story.paid_to_mail_p50_s", percentile(waited, 50), "s")


async def _saturate(
    bench: Bench, lab: Lab, teller: _Teller, offerings: Sequence[OfferingPublished]
) -> None:
    before, began = lab.cpu_seconds(), perf_counter()
    teller.ended_at.clear()
    with undisturbed():
        await _side_by_side(lab, teller, offerings, _FILLING_S + _SATURATION_S)
    used = lab.cpu_seconds()
    filled = began + _FILLING_S
    told = sum(filled < at <= filled + _SATURATION_S for at in teller.ended_at)
    limit = bench.most_per_s(len(teller.ended_at), before, used)
    bench.found("story.per_s", told / _SATURATION_S, "/s", limit=limit)
    bench.found_cpu("story", len(teller.ended_at), before, used)


async def _side_by_side(
    lab: Lab, teller: _Teller, offerings: Sequence[OfferingPublished], seconds: float
) -> None:
    """Whoever is done makes room for the next, for this long."""
    people = lab.take(int(_MOST_PER_S * seconds))
    waiting = iter(list(zip(people, enrolment_requests(people, offerings), strict=True)))
    until = perf_counter() + seconds

    async def one_after_the_other(waiting: Iterator[tuple[Person, bytes]]) -> None:
        for person, request in waiting:
            await teller.tell(person, request)
            if perf_counter() > until:
                return

    async with asyncio.TaskGroup() as telling:
        for _ in range(_SIDE_BY_SIDE):
            telling.create_task(one_after_the_other(waiting))


def _read(answer: Answer, kind: type[T]) -> T:
    if answer.status not in ACCEPTED:
        raise AssertionError(f"Answered {answer.status}: {answer.body.decode()}")
    return msgspec.json.decode(answer.body, type=kind)
