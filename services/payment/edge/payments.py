"""Paying, and hearing from the provider."""

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
import structlog
from litestar import MediaType, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, URLEncodedBody
from msgspec import Meta

from chassis.database import Connection
from chassis.http.access import ANYONE, SIGNED_IN, Caller
from chassis.http.idempotency import remember_once
from chassis.http.problems import invalid_input
from chassis.http.request import AnyRequest
from contracts.fact import Language, Translated
from services.payment import commands, errands, store
from services.payment.edge.shapes import PaymentView, show_payment
from services.payment.parts import Parts

log = structlog.get_logger()

_PROVIDER_ID = re.compile(r"tr_[A-Za-z0-9]{1,60}")
_WRONG_ORIGIN = Translated(
    nl="Geef een adres op van het portaal zelf, waar we je na het betalen naartoe sturen",
    en="Give an address of the portal itself, where we send you after paying",
)


class PaymentRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Start to pay."""

    method: Literal["ideal", "creditcard"]
    redirect_url: Annotated[str, Meta(max_length=2000)]
    """Where the learner comes back to, paid or not. Only to addresses of the portal."""


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """The provider has news of this payment, and does not say what."""

    id: Annotated[str, Meta(max_length=200)] = ""


@post("/v1/orders/{order_id:uuid}/payments", access=SIGNED_IN)
async def start_payment(
    request: AnyRequest,
    order_id: FromPath[UUID],
    data: JSONBody[PaymentRequest],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Response[PaymentView]:
    """Start to pay: send the learner on to `checkout_url`.

    Needs an `Idempotency-Key`. A new key starts another attempt, also while one is open: whatever is
    paid twice goes back. When the provider does not answer (503), repeat the request with the same key.
    """
    if not _is_allowed(data.redirect_url, parts.settings.redirect_origins):
        raise invalid_input("/redirect_url", _WRONG_ORIGIN.in_language(language))
    parts.attempts.take(str(caller.account_id))

    async def act(tx: Connection) -> UUID:
        return await commands.payments.intend_payment(
            tx,
            order_id,
            learner_id=caller.account_id,
            method=data.method,
            redirect_url=data.redirect_url,
            language=language,
            now=parts.clock.now(),
        )

    payment_id, replayed = await remember_once(parts.db, request, caller, act)
    payment = await errands.open_checkout(parts, payment_id)
    headers = {"Location": f"/v1/orders/{order_id}"}
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    return Response(show_payment(payment), status_code=201, headers=headers)


@post("/webhooks/mollie", access=ANYONE, status_code=200, media_type=MediaType.TEXT)
async def hear_of_payment(data: URLEncodedBody[Webhook], parts: NamedDependency[Parts]) -> None:
    """The provider has news. A hint: the payment is due to be asked about, and that is soon done.

    Anybody can send this, so nothing is believed and nothing is told: an id that we do not know gets
    the same answer.
    """
    if not _PROVIDER_ID.fullmatch(data.id):
        return
    async with parts.db.transaction() as tx:
        known = await store.payments.hint(tx, data.id, now=parts.clock.now())
    if not known:
        log.info("webhook.unknown_payment")


def _is_allowed(url: str, origins: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return f"{parts.scheme}://{parts.netloc}" in origins


ROUTES = [start_payment, hear_of_payment]
