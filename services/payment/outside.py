"""The payment provider: Mollie API v2, the six calls that are needed (decision 0002).

Never called inside a transaction. Every call may be repeated: reading changes nothing, and what
creates something carries an Idempotency-Key, which the provider remembers for an hour.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit
from urllib.request import getproxies, proxy_bypass
from uuid import UUID

import aiohttp
import msgspec
from babel.numbers import get_currency_precision
from msgspec import field

from contracts.fact import Language
from services.payment.domain import payments, refunds
from services.payment.domain.payments import Payment
from services.payment.domain.refunds import Refund

T = TypeVar("T")

_PATIENCE_S = 12.0
"""For one call with its repetitions; less than payments.CREATE_AGAIN_AFTER, so that nobody doubles it."""
_TIMEOUT = aiohttp.ClientTimeout(total=8.0, connect=3.0)
_CONNECTIONS = 32
_NO_ANSWER = (aiohttp.ClientError, TimeoutError)
_PAUSES_S = (0.2, 0.8)
_TRY_AGAIN = frozenset({401, 403, 408, 409, 429})
"""Not about what was asked: our key is not accepted, the same request is being worked on, or we ask too often."""
_PAGE = 250
_CLOCKS_DIFFER = timedelta(minutes=5)
_LOCALES: dict[Language, str] = {"nl": "nl_NL", "en": "en_GB"}


class ProviderAway(Exception):
    """No answer that can be used: it may have been heard or not, and is worth asking again."""


class ProviderRefused(Exception):
    """The provider says no, for good; in its own words, for finance."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(f"{status} {title}: {detail}")
        self.status = status


class _Amount(msgspec.Struct):
    currency: str
    value: str
    """With the decimals of its currency and a dot: `195.00`."""


class _Link(msgspec.Struct):
    href: str = ""


class _PaymentLinks(msgspec.Struct):
    checkout: _Link | None = None


class _Payment(msgspec.Struct, rename="camel"):
    id: str
    status: payments.ProviderStatus
    created_at: datetime
    expires_at: datetime | None = None
    paid_at: datetime | None = None
    metadata: Any = None
    links: _PaymentLinks = field(name="_links", default_factory=_PaymentLinks)


class _Refund(msgspec.Struct):
    id: str
    status: refunds.ProviderStatus
    metadata: Any = None


class _PageLinks(msgspec.Struct):
    next: _Link | None = None


class _Payments(msgspec.Struct):
    payments: list[_Payment]


class _PaymentsPage(msgspec.Struct):
    embedded: _Payments = field(name="_embedded")
    links: _PageLinks = field(name="_links")


class _Refunds(msgspec.Struct):
    refunds: list[_Refund]


class _RefundsPage(msgspec.Struct):
    embedded: _Refunds = field(name="_embedded")


class _Problem(msgspec.Struct):
    title: str = ""
    detail: str = ""


class Mollie:
    """The provider, over connections that are kept open."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url.rstrip("/")

    async def create_payment(self, payment: Payment, *, webhook_url: str) -> payments.AtProvider:
        """Have a payment made; the learner goes on at its `checkout_url`.

        The body depends on what was stored and nothing else: the same key with another body is refused.

        Raises:
            ProviderAway: it may exist now; ask again with the same payment within the hour.
            ProviderRefused: it does not exist.
        """
        body = {
            "amount": _amount(payment.amount_minor, payment.currency),
            "description": payment.description,
            "redirectUrl": payment.redirect_url,
            "webhookUrl": webhook_url,
            "method": payment.method,
            "locale": _LOCALES[payment.language],
            "metadata": {
                "payment_id": str(payment.payment_id),
                "order_id": str(payment.order_id),
            },
        }
        made = await self._call(
            _Payment, "POST", "/v2/payments", body=body, key=str(payment.payment_id)
        )
        return _as_payment(made)

    async def get_payment(self, provider_id: str) -> payments.AtProvider:
        """The truth about a payment.

        Raises:
            ProviderAway, ProviderRefused: it cannot be told.
        """
        return _as_payment(await self._call(_Payment, "GET", f"/v2/payments/{provider_id}"))

    async def find_payment(
        self, payment_id: UUID, *, intended_at: datetime
    ) -> payments.AtProvider | None:
        """A payment whose creation was not heard of, looked for by our id in its metadata; None if there is none.

        The list is read from the latest back to the time of the intent.

        Raises:
            ProviderAway, ProviderRefused: it cannot be told.
        """
        parameters: dict[str, str] = {"limit": str(_PAGE)}
        while True:
            page = await self._call(_PaymentsPage, "GET", "/v2/payments", parameters=parameters)
            for found in page.embedded.payments:
                if _kept_in(found.metadata, "payment_id") == str(payment_id):
                    return _as_payment(found)
                if found.created_at < intended_at - _CLOCKS_DIFFER:
                    return None
            if page.links.next is None:
                return None
            parameters = dict(parse_qsl(urlsplit(page.links.next.href).query))

    async def create_refund(self, refund: Refund, provider_payment_id: str) -> refunds.AtProvider:
        """Have money sent back to where it came from.

        Raises:
            ProviderAway: it may exist now; look for it before asking again.
            ProviderRefused: it does not exist.
        """
        body = {
            "amount": _amount(refund.amount_minor, refund.currency),
            "description": f"Course Portal {refund.why.replace('_', ' ')}",
            "metadata": {"refund_id": str(refund.refund_id), "key": refund.key},
        }
        path = f"/v2/payments/{provider_payment_id}/refunds"
        return _as_refund(await self._call(_Refund, "POST", path, body=body, key=refund.key))

    async def get_refund(self, refund_id: str, provider_payment_id: str) -> refunds.AtProvider:
        """The truth about a refund.

        Raises:
            ProviderAway, ProviderRefused: it cannot be told.
        """
        path = f"/v2/payments/{provider_payment_id}/refunds/{refund_id}"
        return _as_refund(await self._call(_Refund, "GET", path))

    async def find_refund(
        self, refund: Refund, provider_payment_id: str
    ) -> refunds.AtProvider | None:
        """A refund whose creation was not heard of, looked for by its key in its metadata; None if there is none.

        Raises:
            ProviderAway, ProviderRefused: it cannot be told.
        """
        page = await self._call(
            _RefundsPage,
            "GET",
            f"/v2/payments/{provider_payment_id}/refunds",
            parameters={"limit": str(_PAGE)},
        )
        known = (_as_refund(each) for each in page.embedded.refunds)
        return next((each for each in known if each.key == refund.key), None)

    async def _call(
        self,
        answer: type[T],
        method: str,
        path: str,
        *,
        parameters: dict[str, str] | None = None,
        body: Any = None,
        key: str | None = None,
    ) -> T:
        """Ask, and ask again a few times where that can help."""
        headers = {} if key is None else {"Idempotency-Key": key}
        if body is not None:
            headers["Content-Type"] = "application/json"
        content = None if body is None else msgspec.json.encode(body)
        try:
            async with asyncio.timeout(_PATIENCE_S):
                for pause_s in (*_PAUSES_S, None):
                    try:
                        async with self._http.request(
                            method,
                            self._url + path,
                            params=parameters,
                            data=content,
                            headers=headers,
                            allow_redirects=False,
                        ) as response:
                            return _read(answer, response.status, await response.read())
                    except (*_NO_ANSWER, ProviderAway):
                        if pause_s is None:
                            raise
                        await asyncio.sleep(pause_s)
        except _NO_ANSWER as error:
            raise ProviderAway(f"{method} {path}: {type(error).__name__}") from error
        raise AssertionError  # The loop returns or raises.


@asynccontextmanager
async def open_mollie(url: str, key: str) -> AsyncIterator[Mollie]:
    """Keep connections to the provider open."""
    async with aiohttp.ClientSession(
        headers={
            "Authorization": f"Bearer {key}",
            "Accept": "application/hal+json",
            "User-Agent": "course-portal",
        },
        timeout=_TIMEOUT,
        connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
        cookie_jar=aiohttp.DummyCookieJar(),
        proxy=_proxy_to(url),
    ) as http:
        yield Mollie(http, url)


def _proxy_to(url: str) -> str | None:
    """The proxy that the environment names for this address; aiohttp would look it up for every call."""
    scheme, host = urlsplit(url).scheme, urlsplit(url).hostname
    return None if host is None or proxy_bypass(host) else getproxies().get(scheme)


def amount_value(amount_minor: int, currency: str) -> str:
    """An amount as the provider writes it: 19500 in EUR is `195.00`, 195 in JPY is `195`."""
    return str(Decimal(amount_minor).scaleb(-get_currency_precision(currency)))


def _amount(amount_minor: int, currency: str) -> _Amount:
    return _Amount(currency=currency, value=amount_value(amount_minor, currency))


def _read(answer: type[T], status: int, body: bytes) -> T:
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        try:
            return msgspec.json.decode(body, type=answer)
        except msgspec.DecodeError as error:
            raise ProviderAway(f"an answer that cannot be read: {error}") from error
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _TRY_AGAIN:
        raise ProviderAway(f"answered {status}")
    try:
        problem = msgspec.json.decode(body, type=_Problem)
    except msgspec.DecodeError:
        problem = _Problem()
    raise ProviderRefused(status, problem.title, problem.detail)


def _as_payment(found: _Payment) -> payments.AtProvider:
    return payments.AtProvider(
        provider_id=found.id,
        status=found.status,
        created_at=found.created_at,
        checkout_url=found.links.checkout.href if found.links.checkout else None,
        expires_at=found.expires_at,
        paid_at=found.paid_at,
    )


def _as_refund(found: _Refund) -> refunds.AtProvider:
    return refunds.AtProvider(
        provider_id=found.id, status=found.status, key=_kept_in(found.metadata, "key")
    )


def _kept_in(metadata: Any, name: str) -> str | None:
    """Metadata comes back as it was sent, but also for payments that others made with our account."""
    value = metadata.get(name) if isinstance(metadata, dict) else None
    return value if isinstance(value, str) else None
