"""Payment under test with the stand-in for its provider, and the people who pay, in a few words each."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import uvicorn
from litestar import Litestar

from chassis.settings import Secret
from contracts.catalogue import OfferingPublished
from contracts.enrolment import EnrolmentRequested
from contracts.fact import Fact
from deploy.local.standins.mollie import build_app
from deploy.local.standins.mollie_books import Control, StandIn
from services.payment.app import SERVICE
from tests.support.examples import STARTS_AT, offering
from tests.support.running import Running, eventually, running
from tests.support.servers import Templates

F = TypeVar("F", bound=Fact)
PORTAL = "http://portal.test"
HELD_UNTIL = datetime(2027, 3, 10, 13, 30, tzinfo=UTC)
"""Half an hour after a staged clock begins."""
FINANCE = UUID(int=77)
SETTINGS: dict[str, Any] = {
    "provider_key": Secret("test_key"),
    "redirect_origins": (PORTAL,),
    "seller_name": "University of Test",
    "seller_address": ("Rapenburg 70", "2311 EZ Leiden"),
    "seller_vat_number": "NL004495445B01",
    "seller_register_number": "12345678",
    "seller_iban": "NL91ABNA0417164300",
    "seller_mail_address": "invoices@portal.test",
}
BILLING = {
    "organisation": "Hoogheemraadschap van Rijnland",
    "address": ["Archimedesweg 1"],
    "postcode": "2333 CM",
    "city": "Leiden",
    "country": "NL",
    "vat_number": "NL4495445B01",
    "purchase_order_reference": "PO-871",
    "mail_address": "crediteuren@rijnland.test",
    "language": "en",
}


@dataclass
class Paying:
    """Payment, its provider, and a browser."""

    service: Running
    provider: StandIn
    browser: httpx.AsyncClient

    async def enrol(self, *, published: bool = True, **changes: Any) -> EnrolmentRequested:
        """Let somebody request a place, and wait until their order is open."""
        told = requested(**changes)
        if published:
            await self.publish(told.offering_id)
        await self.service.deliver(told)
        await eventually(lambda: self.find_order(told))
        return told

    async def publish(self, offering_id: UUID, **changes: Any) -> OfferingPublished:
        """Let the catalogue tell of an offering, and wait until payment has heard it."""
        told = offering(offering_id=offering_id, **changes)
        await self.service.deliver(told)

        async def known() -> int | None:
            version: int | None = await self.service.fetchval(
                "SELECT version FROM offering WHERE offering_id = $1", offering_id
            )
            return version

        await eventually(known, lambda version: version is not None and version >= told.version)
        return told

    async def find_order(self, told: EnrolmentRequested) -> dict[str, Any] | None:
        """The order as its learner sees it."""
        answer = await self.service.get(
            "/v1/orders", told.learner_id, params={"enrolment_id": str(told.enrolment_id)}
        )
        items: list[dict[str, Any]] = answer.json()["items"]
        return items[0] if items else None

    async def order(self, told: EnrolmentRequested) -> dict[str, Any]:
        """The order, which is there."""
        found = await self.find_order(told)
        assert found is not None
        return found

    async def order_is(self, told: EnrolmentRequested, state: str) -> dict[str, Any]:
        """Wait until the order is in a state, and return it."""

        def is_so(order: dict[str, Any] | None) -> bool:
            return order is not None and order["state"] == state

        found = await eventually(lambda: self.find_order(told), is_so)
        assert found is not None
        return found

    async def start(self, told: EnrolmentRequested, **changes: Any) -> httpx.Response:
        """Start to pay with iDEAL."""
        key = changes.pop("key", None)
        body = {"method": "ideal", "redirect_url": f"{PORTAL}/paid"} | changes
        order = await self.order(told)
        path = f"/v1/orders/{order['order_id']}/payments"
        return await self.service.post(path, body, told.learner_id, key=key)

    async def choose(self, started: httpx.Response, outcome: str = "paid") -> httpx.Response:
        """Choose an outcome on the provider's page."""
        assert started.status_code == 201, started.text
        return await self.browser.post(started.json()["checkout_url"], data={"outcome": outcome})

    async def pay(self, told: EnrolmentRequested, **changes: Any) -> httpx.Response:
        """Start to pay, and pay."""
        started = await self.start(told, **changes)
        await self.choose(started)
        return started

    async def bill(self, told: EnrolmentRequested, **changes: Any) -> httpx.Response:
        """Have the employer invoiced."""
        order = await self.order(told)
        return await self.service.put(
            f"/v1/orders/{order['order_id']}/billing", BILLING | changes, told.learner_id
        )

    async def transfer(self, reference: str, amount_minor: int, **changes: Any) -> httpx.Response:
        """Let finance book a credit of the bank statement."""
        body = {
            "reference": reference,
            "amount_minor": amount_minor,
            "currency": "EUR",
            "value_date": "2027-03-12",
            "bank_reference": uuid4().hex,
        }
        return await self.service.post("/v1/transfers", body | changes, FINANCE, "finance")

    async def finance(self, path: str, **options: Any) -> Any:
        """What finance reads."""
        answer = await self.service.get(path, FINANCE, "finance", **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def act(self, path: str) -> httpx.Response:
        """Let finance do something that needs no words."""
        return await self.service.post(path, None, FINANCE, "finance")

    async def balances(self, told: EnrolmentRequested) -> dict[str, int]:
        """What is on the accounts of an order, without those where nothing is left."""
        order = await self.order(told)
        ledger = await self.finance("/v1/ledger", params={"order_id": order["order_id"]})
        assert sum(each["balance_minor"] for each in ledger["balances"]) == 0
        return {
            each["account"]: each["balance_minor"]
            for each in ledger["balances"]
            if each["balance_minor"]
        }

    async def told_once(self, kind: type[F]) -> F:
        """Wait until a fact of this kind has been told and nothing more is on its way; it was one."""
        fact = await self.service.told.wait_for(kind)
        waiting = "SELECT count(*) FROM outbox"
        await eventually(lambda: self.service.fetchval(waiting), lambda left: bool(left == 0))
        assert len(self.service.told.of(kind)) == 1
        return fact

    async def somebody_waits(self) -> bool:
        """Whether a transaction waits for another one's lock."""
        return bool(
            await self.service.fetchval(
                """
                SELECT EXISTS (
                    SELECT FROM pg_stat_activity
                    WHERE wait_event_type = 'Lock' AND datname = current_database()
                )
                """
            )
        )

    @contextmanager
    def misbehaving(self, **how: Any) -> Iterator[None]:
        """Let the provider misbehave for a while."""
        self.provider.control = Control(**how)
        try:
            yield
        finally:
            self.provider.control = Control()


def requested(**changes: Any) -> EnrolmentRequested:
    """Somebody's seat is held for half an hour, for €195, in a course that starts in a month."""
    standard: dict[str, Any] = {
        "enrolment_id": uuid4(),
        "version": 1,
        "learner_id": uuid4(),
        "offering_id": uuid4(),
        "payer": "self",
        "fee_minor": 19500,
        "currency": "EUR",
        "held_until": HELD_UNTIL,
        "starts_at": STARTS_AT,
    }
    return EnrolmentRequested(**standard | changes)


def about(told: EnrolmentRequested, version: int) -> dict[str, Any]:
    """The fields of a later fact about the same enrolment."""
    return {
        "enrolment_id": told.enrolment_id,
        "version": version,
        "learner_id": told.learner_id,
        "offering_id": told.offering_id,
    }


@asynccontextmanager
async def paying(templates: Templates, amqp_url: str) -> AsyncIterator[Paying]:
    """Run payment against a stand-in that shares its clock and calls its webhook."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
        async with (
            running(
                SERVICE, templates=templates, amqp_url=amqp_url, provider_url=url, **SETTINGS
            ) as service,
            httpx.AsyncClient() as browser,
        ):
            provider = StandIn(own_url=url, clock=service.clock, http=service.http)
            app = build_app(provider, zone=ZoneInfo("Europe/Amsterdam"), portal_url=PORTAL)
            async with _serving(app, door):
                yield Paying(service, provider, browser)


class _Server(uvicorn.Server):
    """Without signal handling: the tests have their own."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def _serving(app: Litestar, door: socket.socket) -> AsyncIterator[None]:
    server = _Server(uvicorn.Config(app, log_config=None, access_log=False))
    serving = asyncio.create_task(server.serve(sockets=[door]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving
