"""The stand-in behaves like the provider: its own rules, and the published description where that is at hand.

The description is not part of this project (its licence forbids it): without it that one test is skipped.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from deploy.local.standins import mollie_books
from deploy.local.standins.mollie import build_app
from deploy.local.standins.mollie_books import Control, StandIn
from tests.support.people import StagedClock
from tests.support.running import eventually
from tests.support.specifications import specification

URL = "http://provider.test"
WANTED = {
    "amount": {"currency": "EUR", "value": "195.00"},
    "description": "Course Portal 4218",
    "redirectUrl": "https://portal.test/paid",
    "webhookUrl": "https://payment.test/webhooks/mollie",
    "method": "ideal",
    "locale": "nl_NL",
    "metadata": {"payment_id": "p1"},
}


class Provider:
    """The stand-in, somebody with a key, and those whom its webhooks reach."""

    def __init__(self) -> None:
        self.clock = StagedClock()
        self.heard: list[tuple[str, bytes]] = []
        self.deaf_times = 0
        listening = httpx.AsyncClient(transport=httpx.MockTransport(self._hear))
        self.standin = StandIn(own_url=URL, clock=self.clock, http=listening)
        app = build_app(self.standin, zone=ZoneInfo("Europe/Amsterdam"), portal_url="")
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),  # type: ignore[arg-type] # Litestar's types.
            base_url=URL,
            headers={"Authorization": "Bearer test_key"},
        )

    def _hear(self, request: httpx.Request) -> httpx.Response:
        if self.deaf_times:
            self.deaf_times -= 1
            return httpx.Response(500)
        self.heard.append((request.headers["content-type"], request.content))
        return httpx.Response(200)

    async def make(self, **changes: Any) -> dict[str, Any]:
        answer = await self.http.post("/v2/payments", json=WANTED | changes)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def choose(self, made: dict[str, Any], outcome: str) -> httpx.Response:
        return await self.http.post(made["_links"]["checkout"]["href"], data={"outcome": outcome})

    async def has_heard(self, times: int) -> None:
        async def heard() -> bool:
            return len(self.heard) == times

        await eventually(heard)


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    provider = Provider()
    async with provider.http:
        yield provider


@pytest.mark.parametrize(
    ("outcome", "told_at"),
    [
        ("paid", "paidAt"),
        ("failed", "failedAt"),
        ("canceled", "canceledAt"),
        ("expired", "expiredAt"),
    ],
)
async def test_an_outcome_is_final_and_told_by_a_webhook_that_says_only_which(
    provider: Provider, outcome: str, told_at: str
) -> None:
    made = await provider.make()

    back = await provider.choose(made, outcome)
    await provider.choose(made, "paid")

    assert (back.status_code, back.headers["location"]) == (303, "https://portal.test/paid")
    shown = (await provider.http.get(f"/v2/payments/{made['id']}")).json()
    assert (shown["status"], shown[told_at]) == (outcome, "2027-03-10T13:00:00Z")
    assert "checkout" not in shown["_links"]
    await provider.has_heard(1)
    assert provider.heard == [("application/x-www-form-urlencoded", f"id={made['id']}".encode())]


@pytest.mark.parametrize(("method", "minutes"), [("ideal", 15), ("creditcard", 30)])
async def test_a_payment_expires_by_the_movable_clock(
    provider: Provider, method: str, minutes: int
) -> None:
    made = await provider.make(method=method)
    path = f"/v2/payments/{made['id']}"

    provider.clock.move(minutes=minutes, seconds=-1)
    assert (await provider.http.get(path)).json()["status"] == "open"
    provider.clock.move(seconds=1)
    assert (await provider.http.get(path)).json()["status"] == "expired"
    await provider.has_heard(1)


async def test_the_same_key_within_an_hour_is_the_same_payment(provider: Provider) -> None:
    async def ask(description: str) -> httpx.Response:
        body = WANTED | {"description": description}
        return await provider.http.post("/v2/payments", json=body, headers={"Idempotency-Key": "k"})

    first, again, other = await ask("A"), await ask("A"), await ask("B")
    provider.clock.move(hours=1)
    later = await ask("A")

    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert other.status_code == 400
    assert later.json()["id"] != first.json()["id"]


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"amount": {"currency": "EUR", "value": 195.0}}, "amount"),
        ({"amount": {"currency": "EUR", "value": "195"}}, "amount"),
        ({"amount": {"currency": "EUR", "value": "0.00"}}, "amount"),
        ({"redirectUrl": ""}, "redirectUrl"),
        ({"description": "x" * 256}, "description"),
        ({"method": "cheque"}, "method"),
    ],
)
async def test_what_is_wrong_is_named(
    provider: Provider, wrong: dict[str, Any], where: str
) -> None:
    answer = await provider.http.post("/v2/payments", json=WANTED | wrong)

    assert (answer.status_code, answer.json()["field"]) == (422, where)


async def test_without_a_key_there_is_no_answer(provider: Provider) -> None:
    answer = await provider.http.get("/v2/payments", headers={"Authorization": "Bearer x"})

    assert answer.status_code == 401


async def test_no_more_is_refunded_than_was_paid(provider: Provider) -> None:
    made = await provider.make()
    path = f"/v2/payments/{made['id']}/refunds"
    early = await provider.http.post(path, json={"amount": made["amount"]})
    await provider.choose(made, "paid")
    part = {"amount": {"currency": "EUR", "value": "100.00"}, "metadata": {"key": "r1"}}

    first, second = [await provider.http.post(path, json=part) for _ in range(2)]

    assert [each.status_code for each in (early, first, second)] == [422, 201, 422]
    assert first.json()["status"] == "queued"
    provider.clock.move(seconds=3)
    [refund] = (await provider.http.get(path)).json()["_embedded"]["refunds"]
    assert (refund["status"], refund["metadata"]) == ("refunded", {"key": "r1"})
    shown = (await provider.http.get(f"/v2/payments/{made['id']}")).json()
    assert shown["amountRemaining"] == {"currency": "EUR", "value": "95.00"}


async def test_a_webhook_is_repeated_until_it_is_heard(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mollie_books, "WEBHOOK_PAUSES_S", (0, 0, 0, 0))
    provider.deaf_times = 2

    await provider.choose(await provider.make(), "paid")

    await provider.has_heard(1)
    assert provider.deaf_times == 0


async def test_it_can_be_told_to_lose_and_to_repeat_webhooks(provider: Provider) -> None:
    taken = await provider.http.post("/_control", json={"lose_webhooks": True})
    await provider.choose(await provider.make(), "paid")
    await provider.http.post("/_control", json={"repeat_webhooks": 3})

    await provider.choose(await provider.make(), "paid")

    assert taken.json()["lose_webhooks"] is True
    await provider.has_heard(3)


async def test_long_lists_go_on_where_the_page_before_ended(provider: Provider) -> None:
    made = [(await provider.make())["id"] for _ in range(3)]

    first = (await provider.http.get("/v2/payments", params={"limit": 2})).json()
    rest = (await provider.http.get(first["_links"]["next"]["href"])).json()

    listed = first["_embedded"]["payments"] + rest["_embedded"]["payments"]
    assert [each["id"] for each in listed] == made[::-1]
    assert rest["_links"]["next"] is None


async def test_the_page_says_what_is_paid_in_the_payers_language(provider: Provider) -> None:
    dutch, english = await provider.make(), await provider.make(locale="en_GB")

    pages = [
        (await provider.http.get(each["_links"]["checkout"]["href"])).text
        for each in (dutch, english)
    ]

    assert "€\N{NO-BREAK SPACE}195,00 betalen" in pages[0]
    assert "Pay €195.00" in pages[1]
    assert 'lang="nl"' in pages[0]
    for outcome in ("paid", "failed", "canceled", "expired"):
        assert f'value="{outcome}"' in pages[1]
        ended = await provider.make(locale="en_GB")
        await provider.choose(ended, outcome)
        page = (await provider.http.get(f"/checkout/{ended['id']}")).text
        assert "Back to the portal" in page


async def test_its_books_outlive_it(tmp_path: Path) -> None:
    keep = tmp_path / "books.json"
    async with httpx.AsyncClient() as http:
        before = StandIn(own_url=URL, clock=StagedClock(), http=http, keep=keep)
        made = before.create_payment(WANTED)
        after = StandIn(own_url=URL, clock=StagedClock(), http=http, keep=keep)

    assert after.payment(made["id"]).amount.value == "195.00"


async def test_its_answers_are_as_the_provider_describes_them(provider: Provider) -> None:
    described = Description(specification("mollie/mollie.subset.portal.json"))
    made = await provider.http.post("/v2/payments", json=WANTED)
    described.holds(made, "post", "/v2/payments")
    wrong = await provider.http.post("/v2/payments", json=WANTED | {"amount": 1})
    described.holds(wrong, "post", "/v2/payments")
    one = f"/v2/payments/{made.json()['id']}"
    described.holds(await provider.http.get(one), "get", "/v2/payments/{paymentId}")
    described.holds(await provider.http.get("/v2/payments"), "get", "/v2/payments")
    described.holds(await provider.http.get("/v2/methods"), "get", "/v2/methods")
    missing = await provider.http.get("/v2/payments/tr_missing")
    described.holds(missing, "get", "/v2/payments/{paymentId}")
    for outcome in ("failed", "canceled", "expired"):
        ended = await provider.make(method="creditcard")
        await provider.choose(ended, outcome)
        shown = await provider.http.get(f"/v2/payments/{ended['id']}")
        described.holds(shown, "get", "/v2/payments/{paymentId}")
    canceled = await provider.http.delete(f"/v2/payments/{(await provider.make())['id']}")
    described.holds(canceled, "delete", "/v2/payments/{paymentId}")

    await provider.choose(made.json(), "paid")
    refunds = f"{one}/refunds"
    part = {
        "amount": {"currency": "EUR", "value": "10.00"},
        "description": "Back",
        "metadata": {"key": "r1"},
    }
    refund = await provider.http.post(refunds, json=part)
    described.holds(refund, "post", "/v2/payments/{paymentId}/refunds")
    described.holds(
        await provider.http.post(refunds, json=part | {"amount": made.json()["amount"]}),
        "post",
        "/v2/payments/{paymentId}/refunds",
    )
    described.holds(await provider.http.get(refunds), "get", "/v2/payments/{paymentId}/refunds")
    provider.clock.move(seconds=3)
    described.holds(
        await provider.http.get(f"{refunds}/{refund.json()['id']}"),
        "get",
        "/v2/payments/{paymentId}/refunds/{refundId}",
    )
    described.holds(await provider.http.get(one), "get", "/v2/payments/{paymentId}")
    provider.standin.control = Control(down=True)
    described.holds(await provider.http.post("/v2/payments", json=WANTED), "post", "/v2/payments")


class Description:
    """The provider's OpenAPI document, as a judge of answers."""

    def __init__(self, document: dict[str, Any]) -> None:
        resource = Resource.from_contents(document, default_specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource("urn:provider", resource)
        self._paths = document["paths"]

    def holds(self, answer: httpx.Response, method: str, path: str) -> None:
        """Fail where an answer is of a status, a media type or a shape that is not described."""
        assert answer.headers["content-type"] == "application/hal+json"
        where = f"paths/{path.replace('~', '~0').replace('/', '~1')}/{method}"
        responses = self._paths[path][method]["responses"]
        status = str(answer.status_code)
        assert status in responses, (status, sorted(responses))
        pointer = f"urn:provider#/{where}/responses/{status}"
        if "$ref" in responses[status]:
            pointer = f"urn:provider{responses[status]['$ref']}"
        schema = {"$ref": f"{pointer}/content/application~1hal+json/schema"}
        errors = list(
            Draft202012Validator(schema, registry=self._registry).iter_errors(answer.json())
        )
        assert not errors, [f"{each.json_path}: {each.message}" for each in errors]
