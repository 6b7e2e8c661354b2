"""The provider's client: what it sends, when it asks again, what it takes for an answer."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeAlias
from uuid import UUID

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer

from services.payment import outside
from services.payment.domain.payments import Payment
from services.payment.domain.refunds import Refund
from services.payment.outside import (
    Mollie,
    ProviderAway,
    ProviderRefused,
    amount_value,
    open_mollie,
)

NOW = datetime(2027, 3, 10, 13, 0, tzinfo=UTC)
PAYMENT = Payment(
    payment_id=UUID(int=1),
    order_id=UUID(int=2),
    method="ideal",
    amount_minor=19500,
    currency="EUR",
    state="intended",
    description="Course Portal 4218",
    language="nl",
    intended_at=NOW,
    redirect_url="https://portal.test/paid",
)
REFUND = Refund(
    refund_id=UUID(int=3),
    payment_id=UUID(int=1),
    order_id=UUID(int=2),
    sequence=1,
    amount_minor=50,
    currency="EUR",
    why="late_payment",
    state="requested",
    requested_at=NOW,
)
MADE = {
    "id": "tr_1",
    "status": "open",
    "createdAt": "2027-03-10T13:00:00+00:00",
    "expiresAt": "2027-03-10T13:15:00+00:00",
    "metadata": {"payment_id": str(UUID(int=1))},
    "_links": {"checkout": {"href": "https://provider.test/1", "type": "text/html"}},
}


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "_PAUSES_S", (0, 0))
    monkeypatch.setattr(outside, "_TIMEOUT", aiohttp.ClientTimeout(total=0.5))


class Asked(msgspec.Struct):
    """A request as it arrived."""

    path: str
    query: dict[str, str]
    key: str
    body: bytes


class Silence(msgspec.Struct):
    """The provider hangs up, or is slower to answer than we wait."""

    hangs_up: bool


Wired: TypeAlias = web.Response | Silence


class Wire:
    """A provider on loopback: gives these answers one after the other, and remembers what was asked."""

    def __init__(self, *answers: Wired) -> None:
        self._answers = list(answers)
        self.asked: list[Asked] = []

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Mollie]:
        async with (
            RawTestServer(self._answer) as server,
            open_mollie(str(server.make_url("")), "key") as client,
        ):
            yield client

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        key = request.headers.get("Idempotency-Key", "")
        self.asked.append(Asked(request.path, dict(request.query), key, await request.read()))
        answer = self._answers.pop(0)
        if isinstance(answer, web.Response):
            return answer
        assert request.transport is not None
        if answer.hangs_up:
            request.transport.abort()
        await asyncio.Event().wait()
        raise AssertionError


def answered(status: int, body: Any = None) -> web.Response:
    return web.json_response(body, status=status)


def page(*found: dict[str, Any], following: str | None = None) -> web.Response:
    links = {"next": {"href": following} if following else None}
    return answered(200, {"_embedded": {"payments": found}, "_links": links})


async def test_a_payment_is_asked_for_with_our_id_as_key_and_in_its_metadata() -> None:
    wire = Wire(answered(201, MADE))

    async with wire.client() as provider:
        made = await provider.create_payment(PAYMENT, webhook_url="https://payment.test/hook")

    [request] = wire.asked
    assert request.key == str(UUID(int=1))
    assert json.loads(request.body) == {
        "amount": {"currency": "EUR", "value": "195.00"},
        "description": "Course Portal 4218",
        "redirectUrl": "https://portal.test/paid",
        "webhookUrl": "https://payment.test/hook",
        "method": "ideal",
        "locale": "nl_NL",
        "metadata": {"payment_id": str(UUID(int=1)), "order_id": str(UUID(int=2))},
    }
    assert (made.provider_id, made.status) == ("tr_1", "open")
    assert made.checkout_url == "https://provider.test/1"


@pytest.mark.parametrize(
    "trouble",
    [
        lambda: answered(503),
        lambda: answered(409),
        lambda: answered(429),
        lambda: web.Response(body=b"<html>"),
        lambda: Silence(hangs_up=True),
        lambda: Silence(hangs_up=False),
    ],
)
async def test_trouble_is_asked_again_with_the_same_key(
    trouble: Callable[[], Wired],
) -> None:
    wire = Wire(trouble(), answered(201, MADE))

    async with wire.client() as provider:
        made = await provider.create_payment(PAYMENT, webhook_url="https://payment.test/hook")

    assert made.provider_id == "tr_1"
    assert len({each.key for each in wire.asked}) == 1
    assert wire.asked[0].body == wire.asked[1].body


@pytest.mark.parametrize("status", [401, 403, 500, 503])
async def test_trouble_that_stays_is_not_taken_for_a_no(status: int) -> None:
    wire = Wire(*(answered(status) for _ in range(3)))

    async with wire.client() as provider:
        with pytest.raises(ProviderAway):
            await provider.get_payment("tr_1")
    assert len(wire.asked) == 3


async def test_a_no_is_final_and_says_why() -> None:
    problem = {"status": 422, "title": "Unprocessable Entity", "detail": "Too little"}
    wire = Wire(answered(422, problem))

    async with wire.client() as provider:
        with pytest.raises(ProviderRefused, match="422 Unprocessable Entity: Too little"):
            await provider.create_refund(REFUND, "tr_1")
    assert len(wire.asked) == 1


async def test_a_refund_is_asked_for_with_its_own_key() -> None:
    wire = Wire(answered(201, {"id": "re_1", "status": "queued", "metadata": {}}))

    async with wire.client() as provider:
        await provider.create_refund(REFUND, "tr_1")

    [request] = wire.asked
    assert request.path == "/v2/payments/tr_1/refunds"
    assert request.key == str(UUID(int=3))
    assert json.loads(request.body)["amount"] == {"currency": "EUR", "value": "0.50"}


async def test_a_lost_payment_is_looked_for_page_by_page() -> None:
    other = MADE | {"metadata": "somebody else's"}
    wire = Wire(
        page(other, following="https://provider.test/v2/payments?from=tr_9&limit=250"),
        page(other, MADE),
    )

    async with wire.client() as provider:
        found = await provider.find_payment(UUID(int=1), intended_at=NOW)

    assert found is not None
    assert found.provider_id == "tr_1"
    assert wire.asked[1].query == {"from": "tr_9", "limit": "250"}


@pytest.mark.parametrize(
    "answers",
    [
        lambda: [page()],
        lambda: [page(MADE | {"metadata": None, "createdAt": "2027-03-10T12:54:59Z"}, MADE)],
    ],
)
async def test_a_payment_that_was_never_made_is_not_found(
    answers: Callable[[], list[web.Response]],
) -> None:
    wire = Wire(*answers())

    async with wire.client() as provider:
        assert await provider.find_payment(UUID(int=1), intended_at=NOW) is None


@pytest.mark.parametrize(
    ("amount_minor", "currency", "value"),
    [
        (19500, "EUR", "195.00"),
        (5, "EUR", "0.05"),
        (100, "EUR", "1.00"),
        (195, "JPY", "195"),
        (123456789, "EUR", "1234567.89"),
    ],
)
def test_amounts_are_written_with_the_decimals_of_their_currency(
    amount_minor: int, currency: str, value: str
) -> None:
    assert amount_value(amount_minor, currency) == value
