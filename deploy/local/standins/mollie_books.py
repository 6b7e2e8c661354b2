"""What the stand-in for the payment provider knows and does: its books, its clock, its webhooks."""

import asyncio
import re
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import httpx
import msgspec
from msgspec import field

from chassis.clock import Clock

HAL = "application/hal+json"
DOCUMENTATION = "https://docs.mollie.com"
EXPIRES_AFTER = {"ideal": timedelta(minutes=15), "creditcard": timedelta(minutes=30)}
KEY_LIVES = timedelta(hours=1)
REFUNDED_AFTER = timedelta(seconds=3)
"""The provider takes two hours to a day; people who try things out do not."""
WEBHOOK_PAUSES_S = (0, 0.5, 1, 2, 5, 10, 20, 40)
"""The provider's ten attempts take 26 hours; the shape is the same."""
WEBHOOK_TIMEOUT_S = 15

_VALUE = re.compile(r"\d{1,9}\.\d{2}")
_PROFILE = "pfl_standin"

Status = Literal["open", "paid", "failed", "canceled", "expired"]
Outcome = Literal["paid", "failed", "canceled", "expired"]


class Amount(msgspec.Struct, frozen=True):
    """Money as the provider writes it."""

    currency: str
    value: str

    @property
    def minor(self) -> int:
        return int(self.value.replace(".", ""))


class Payment(msgspec.Struct, kw_only=True):
    """A payment in this provider's books."""

    id: str
    amount: Amount
    description: str
    method: str
    metadata: Any
    redirect_url: str
    webhook_url: str | None
    locale: str | None
    created_at: datetime
    expires_at: datetime
    status: Status = "open"
    ended_at: datetime | None = None
    refunded_minor: int = 0


class Refund(msgspec.Struct, kw_only=True):
    """A refund in this provider's books."""

    id: str
    payment_id: str
    amount: Amount
    description: str
    metadata: Any
    created_at: datetime
    status: Literal["queued", "refunded", "failed"] = "queued"


class Answer(msgspec.Struct):
    """What an Idempotency-Key was answered with."""

    request: str
    at: datetime
    body: dict[str, Any]


class Books(msgspec.Struct):
    """Everything that this provider remembers."""

    payments: dict[str, Payment] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)


class Control(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How it misbehaves. Everything as it should be by default."""

    lose_webhooks: bool = False
    repeat_webhooks: int = 1
    """How often every webhook is sent."""
    down: bool = False
    """The API answers 503; the hosted page still works, as it does with the real one."""
    forget_answers: bool = False
    """What is asked for is done, but the answer is a 502: the caller cannot know."""
    refuse_refunds: bool = False
    """Refunds are refused when they are asked for."""
    fail_refunds: bool = False
    """Refunds are taken on and fail later."""


class Refused(Exception):
    """An error of the API."""

    def __init__(self, status: int, title: str, detail: str, wrong: str | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.body: dict[str, Any] = {"status": status, "title": title, "detail": detail}
        if wrong is not None:
            self.body["field"] = wrong
        self.body["_links"] = {"documentation": link(DOCUMENTATION, "text/html")}


class StandIn:
    """The provider: its books, its clock, its webhooks."""

    def __init__(
        self, *, own_url: str, clock: Clock, http: httpx.AsyncClient, keep: Path | None = None
    ) -> None:
        """Open the books.

        Args:
            own_url: where people and services reach it.
            clock: movable, so that a payment expires when a rehearsal wants it.
            http: sends the webhooks.
            keep: where the books are kept over a restart; only in memory without it.
        """
        self.own_url = own_url
        self.control = Control()
        self._clock = clock
        self._http = http
        self._keep = keep
        self._calling: set[asyncio.Task[None]] = set()
        self.books = read_books(keep) if keep is not None and keep.exists() else Books()
        if keep is not None:
            _begin_anew(keep, self.books)

    def create_payment(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Take a payment on, open until somebody pays or it expires."""
        now = self._clock.now()
        method = asked.get("method") or "ideal"
        if method not in EXPIRES_AFTER:
            raise unprocessable("The payment method is not enabled in your profile", "method")
        payment = Payment(
            id=f"tr_{secrets.token_hex(5)}",
            amount=_amount_in(asked),
            description=_text_in(asked, "description", 255),
            method=method,
            metadata=asked.get("metadata"),
            redirect_url=_text_in(asked, "redirectUrl", 2000),
            webhook_url=asked.get("webhookUrl"),
            locale=asked.get("locale"),
            created_at=now,
            expires_at=now + EXPIRES_AFTER[method],
        )
        self.books.payments[payment.id] = payment
        self._write(Books(payments={payment.id: payment}))
        return self.show(payment)

    def create_refund(self, payment_id: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Take a refund on; it is carried out a little later."""
        payment = self.payment(payment_id)
        amount = _amount_in(asked)
        if payment.status != "paid":
            raise unprocessable("The payment has not been paid", None)
        if amount.currency != payment.amount.currency:
            raise unprocessable("The currency is not that of the payment", "amount.currency")
        if self.control.refuse_refunds:
            raise unprocessable("Your balance is too low to refund this payment", "amount")
        if payment.refunded_minor + amount.minor > payment.amount.minor:
            raise unprocessable("The amount is higher than the maximum", "amount")
        refund = Refund(
            id=f"re_{secrets.token_hex(5)}",
            payment_id=payment.id,
            amount=amount,
            description=str(asked.get("description") or payment.description)[:255],
            metadata=asked.get("metadata"),
            created_at=self._clock.now(),
        )
        payment.refunded_minor += amount.minor
        self.books.refunds[refund.id] = refund
        self._write(Books(payments={payment.id: payment}, refunds={refund.id: refund}))
        return self.show_refund(refund)

    def decide(self, payment: Payment, outcome: Outcome) -> None:
        """Somebody paid or did not, or time decided. What is not open any more stays as it is."""
        if payment.status == "open":
            payment.status = outcome
            payment.ended_at = self._clock.now()
            self._write(Books(payments={payment.id: payment}))
            self.call_webhook(payment)

    def pass_time(self) -> None:
        """Let expire what has expired, and carry refunds out."""
        now = self._clock.now()
        for payment in self.books.payments.values():
            if now >= payment.expires_at:
                self.decide(payment, "expired")
        for refund in self.books.refunds.values():
            if refund.status == "queued" and now >= refund.created_at + REFUNDED_AFTER:
                self._carry_out(refund)

    def _carry_out(self, refund: Refund) -> None:
        payment = self.books.payments[refund.payment_id]
        if self.control.fail_refunds:
            refund.status = "failed"
            payment.refunded_minor -= refund.amount.minor
        else:
            refund.status = "refunded"
        self._write(Books(payments={payment.id: payment}, refunds={refund.id: refund}))
        self.call_webhook(payment)

    def answer_once(
        self, key: str | None, request: str, act: Callable[[], dict[str, Any]]
    ) -> tuple[dict[str, Any], bool]:
        """Act, or repeat what this key was answered with in the last hour; and which of both."""
        now = self._clock.now()
        known = self.books.answers.get(key) if key else None
        replayed = known is not None and now < known.at + KEY_LIVES
        if known is not None and replayed:
            if known.request != request:
                detail = "The Idempotency-Key was used with another request"
                raise Refused(400, "Bad Request", detail)
            body = known.body
        else:
            body = act()
            if key:
                self.books.answers[key] = Answer(request, now, body)
                self._write(Books(answers={key: self.books.answers[key]}))
        if self.control.forget_answers:
            raise Refused(502, "Bad Gateway", "The answer was lost on its way")
        return body, replayed

    def payment(self, payment_id: str) -> Payment:
        """A payment by its id, as time has left it."""
        self.pass_time()
        found = self.books.payments.get(payment_id)
        if found is None:
            raise Refused(404, "Not Found", f"No payment exists with token {payment_id}.")
        return found

    def call_webhook(self, payment: Payment) -> None:
        """Tell the payment's owner that there is news, without saying what."""
        if payment.webhook_url is None or self.control.lose_webhooks:
            return
        for _ in range(self.control.repeat_webhooks):
            calling = asyncio.create_task(self._call(payment.webhook_url, payment.id))
            self._calling.add(calling)
            calling.add_done_callback(self._calling.discard)

    async def _call(self, url: str, payment_id: str) -> None:
        for pause_s in WEBHOOK_PAUSES_S:
            await asyncio.sleep(pause_s)
            try:
                answer = await self._http.post(
                    url, data={"id": payment_id}, timeout=WEBHOOK_TIMEOUT_S
                )
            except httpx.HTTPError:
                continue
            if answer.is_success:
                return

    def _write(self, changed: Books) -> None:
        """Write down what has changed before anybody is told of it: a provider that crashes forgets nothing."""
        if self._keep is not None:
            with self._keep.open("ab") as book:
                book.write(_line(changed))

    def show(self, payment: Payment) -> dict[str, Any]:
        """A payment as the API shows it."""
        address = f"{self.own_url}/v2/payments/{payment.id}"
        links = {
            "self": link(address),
            "dashboard": link(f"{self.own_url}/checkout/{payment.id}", "text/html"),
            "documentation": link(DOCUMENTATION, "text/html"),
        }
        shown: dict[str, Any] = {
            "resource": "payment",
            "id": payment.id,
            "mode": "test",
            "createdAt": payment.created_at,
            "amount": payment.amount,
            "description": payment.description,
            "method": payment.method,
            "metadata": payment.metadata,
            "status": payment.status,
            "locale": payment.locale,
            "profileId": _PROFILE,
            "sequenceType": "oneoff",
            "redirectUrl": payment.redirect_url,
            "webhookUrl": payment.webhook_url,
            "_links": links,
        }
        if payment.status == "open":
            links["checkout"] = link(f"{self.own_url}/checkout/{payment.id}", "text/html")
            shown |= {"isCancelable": True, "expiresAt": payment.expires_at}
        else:
            shown[f"{payment.status}At"] = payment.ended_at
        if payment.status == "paid":
            currency, left = payment.amount.currency, payment.amount.minor - payment.refunded_minor
            shown["amountRefunded"] = amount_of(payment.refunded_minor, currency)
            shown["amountRemaining"] = amount_of(left, currency)
        return shown

    def show_refund(self, refund: Refund) -> dict[str, Any]:
        """A refund as the API shows it."""
        payment = f"{self.own_url}/v2/payments/{refund.payment_id}"
        return {
            "resource": "refund",
            "id": refund.id,
            "mode": "test",
            "description": refund.description,
            "amount": refund.amount,
            "metadata": refund.metadata,
            "paymentId": refund.payment_id,
            "status": refund.status,
            "createdAt": refund.created_at,
            "_links": {
                "self": link(f"{payment}/refunds/{refund.id}"),
                "payment": link(payment),
                "documentation": link(DOCUMENTATION, "text/html"),
            },
        }


def read_books(book: Path) -> Books:
    """Books are lines, each with what has changed; if a crash cut the last one short, nobody was told of it."""
    books = Books()
    for line in book.read_bytes().splitlines(keepends=True):
        if line.endswith(b"\n"):
            changed = msgspec.json.decode(line, type=Books)
            books.payments |= changed.payments
            books.refunds |= changed.refunds
            books.answers |= changed.answers
    return books


def _begin_anew(book: Path, books: Books) -> None:
    """One line instead of many, put in place at once."""
    written = book.with_suffix(".new")
    written.write_bytes(_line(books))
    written.replace(book)


def _line(books: Books) -> bytes:
    return msgspec.json.encode(books) + b"\n"


def _amount_in(asked: dict[str, Any]) -> Amount:
    try:
        amount = msgspec.convert(asked.get("amount"), Amount)
    except msgspec.ValidationError as error:
        raise unprocessable("The amount is not a currency and a string", "amount") from error
    if not _VALUE.fullmatch(amount.value) or not amount.minor:
        raise unprocessable("The amount must be a string with two decimals", "amount")
    return amount


def _text_in(asked: dict[str, Any], name: str, longest: int) -> str:
    value = asked.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise unprocessable(f"The '{name}' field is missing or too long", name)
    return value


def unprocessable(detail: str, wrong: str | None) -> Refused:
    """The request can be read but not done; `wrong` names the field."""
    return Refused(422, "Unprocessable Entity", detail, wrong)


def amount_of(minor: int, currency: str) -> Amount:
    """Money of two decimals in the provider's way."""
    return Amount(currency, f"{minor // 100}.{minor % 100:02}")


def link(href: str, kind: str = HAL) -> dict[str, str]:
    """A link as the API writes it."""
    return {"href": href, "type": kind}
