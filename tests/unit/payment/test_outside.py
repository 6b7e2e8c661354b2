"""The provider's client: what it sends, when it asks again, what it takes for an answer."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.payment import outside
from services.payment.domain.payments import Payment
from services.payment.domain.refunds import Refund
from services.payment.outside import Mollie, ProviderAway, ProviderRefused, amount_value

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
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "_PAUSES_S", (0, 0))


class Wire:
    """Answers one after the other, and remembers what was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers = list(answers)
        self.asked: list[httpx.Request] = []

    def client(self) -> Mollie:
        transport = httpx.MockTransport(self._answer)
        return Mollie(httpx.AsyncClient(transport=transport, base_url="https://provider.test"))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def page(*found: dict[str, Any], following: str | None = None) -> httpx.Response:
    links = {"next": {"href": following} if following else None}
    return httpx.Response(200, json={"_embedded": {"payments": found}, "_links": links})


async def test_a_payment_is_asked_for_with_our_id_as_key_and_in_its_metadata() -> None:
    wire = Wire(httpx.Response(201, json=MADE))

    made = await wire.client().create_payment(PAYMENT, webhook_url="https://payment.test/hook")

    [request] = wire.asked
    assert request.headers["idempotency-key"] == str(UUID(int=1))
    assert json.loads(request.content) == {
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
        httpx.Response(503),
        httpx.Response(409),
        httpx.Response(429),
        httpx.Response(200, content=b"<html>"),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
    ],
)
async def test_trouble_is_asked_again_with_the_same_key(
    trouble: httpx.Response | Exception,
) -> None:
    wire = Wire(trouble, httpx.Response(201, json=MADE))

    made = await wire.client().create_payment(PAYMENT, webhook_url="https://payment.test/hook")

    assert made.provider_id == "tr_1"
    assert len({each.headers["idempotency-key"] for each in wire.asked}) == 1
    assert wire.asked[0].content == wire.asked[1].content


@pytest.mark.parametrize("status", [401, 403, 500, 503])
async def test_trouble_that_stays_is_not_taken_for_a_no(status: int) -> None:
    wire = Wire(*(httpx.Response(status) for _ in range(3)))

    with pytest.raises(ProviderAway):
        await wire.client().get_payment("tr_1")
    assert len(wire.asked) == 3


async def test_a_no_is_final_and_says_why() -> None:
    problem = {"status": 422, "title": "Unprocessable Entity", "detail": "Too little"}
    wire = Wire(httpx.Response(422, json=problem))

    with pytest.raises(ProviderRefused, match="422 Unprocessable Entity: Too little"):
        await wire.client().create_refund(REFUND, "tr_1")
    assert len(wire.asked) == 1


async def test_a_refund_is_asked_for_with_its_own_key() -> None:
    wire = Wire(httpx.Response(201, json={"id": "re_1", "status": "queued", "metadata": {}}))

    await wire.client().create_refund(REFUND, "tr_1")

    [request] = wire.asked
    assert request.url.path == "/v2/payments/tr_1/refunds"
    assert request.headers["idempotency-key"] == str(UUID(int=3))
    assert json.loads(request.content)["amount"] == {"currency": "EUR", "value": "0.50"}


async def test_a_lost_payment_is_looked_for_page_by_page() -> None:
    other = MADE | {"metadata": "somebody else's"}
    wire = Wire(
        page(other, following="https://provider.test/v2/payments?from=tr_9&limit=250"),
        page(other, MADE),
    )

    found = await wire.client().find_payment(UUID(int=1), intended_at=NOW)

    assert found is not None
    assert found.provider_id == "tr_1"
    assert dict(wire.asked[1].url.params) == {"from": "tr_9", "limit": "250"}


@pytest.mark.parametrize(
    "answers",
    [
        lambda: [page()],
        lambda: [page(MADE | {"metadata": None, "createdAt": "2027-03-10T12:54:59Z"}, MADE)],
    ],
)
async def test_a_payment_that_was_never_made_is_not_found(
    answers: Callable[[], list[httpx.Response]],
) -> None:
    wire = Wire(*answers())

    assert await wire.client().find_payment(UUID(int=1), intended_at=NOW) is None


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
