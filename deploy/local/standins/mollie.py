"""A stand-in for the payment provider: Mollie API v2 as far as the portal speaks it, with a page to pay on.

    python -m deploy.local.standins.mollie --port 9100 [--clock-file FILE] [--keep FILE]

The same client code talks to it as to the provider. No money moves: the hosted page asks what
should happen. `POST /_control` makes it misbehave (see mollie_books.Control), so that the portal can
be seen to cope. It is written from the provider's public behaviour; tests/integration/payment
compares its answers with the published description.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import httpx
import msgspec
import uvicorn
from litestar import Litestar, MediaType, Response, delete, get, post
from litestar.datastructures import State
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.response import Redirect
from litestar.static_files import create_static_files_router

from chassis.clock import clock_from
from chassis.http.request import AnyRequest
from chassis.pages import SHARED, Pages
from contracts.fact import Language
from deploy.local.standins.mollie_books import (
    DOCUMENTATION,
    HAL,
    Control,
    Outcome,
    Refused,
    StandIn,
    amount_of,
    link,
    unprocessable,
)

_TEMPLATES = Path(__file__).parent / "mollie_pages"
_ICONS = "https://www.mollie.com/external/icons/payment-methods"
_TICK_S = 0.25


@post("/v2/payments")
async def create_payment(request: AnyRequest, state: State) -> Response[bytes]:
    """Create a payment."""
    provider, asked = _provider(state), await _body(request)
    return _answer(
        *provider.answer_once(*await _once(request), act=lambda: provider.create_payment(asked))
    )


@get("/v2/payments", sync_to_thread=False)
def list_payments(
    state: State,
    limit: Annotated[int, QueryParameter(ge=1, le=250)] = 50,
    start: Annotated[str | None, QueryParameter(name="from")] = None,
) -> Response[bytes]:
    """All payments, the latest first."""
    provider = _provider(state)
    provider.pass_time()
    latest_first = list(reversed(provider.books.payments.values()))
    ids = [each.id for each in latest_first]
    first = ids.index(start) if start in ids else 0
    page, after = latest_first[first : first + limit], latest_first[first + limit :]
    address = f"{provider.own_url}/v2/payments"
    following = link(f"{address}?from={after[0].id}&limit={limit}") if after else None
    return _hal(
        {
            "count": len(page),
            "_embedded": {"payments": [provider.show(each) for each in page]},
            "_links": {
                "self": link(address),
                "previous": None,
                "next": following,
                "documentation": link(DOCUMENTATION, "text/html"),
            },
        }
    )


@get("/v2/payments/{payment_id:str}", sync_to_thread=False)
def get_payment(payment_id: FromPath[str], state: State) -> Response[bytes]:
    """The truth about a payment."""
    provider = _provider(state)
    return _hal(provider.show(provider.payment(payment_id)))


@delete("/v2/payments/{payment_id:str}", status_code=200, sync_to_thread=False)
def cancel_payment(payment_id: FromPath[str], state: State) -> Response[bytes]:
    """Cancel a payment that is still open."""
    provider = _provider(state)
    payment = provider.payment(payment_id)
    if payment.status != "open":
        raise unprocessable("The payment cannot be canceled", None)
    provider.decide(payment, "canceled")
    return _hal(provider.show(payment))


@post("/v2/payments/{payment_id:str}/refunds")
async def create_refund(
    request: AnyRequest, payment_id: FromPath[str], state: State
) -> Response[bytes]:
    """Refund a payment, or a part of it."""
    provider, asked = _provider(state), await _body(request)
    return _answer(
        *provider.answer_once(
            *await _once(request), act=lambda: provider.create_refund(payment_id, asked)
        )
    )


@get("/v2/payments/{payment_id:str}/refunds", sync_to_thread=False)
def list_refunds(payment_id: FromPath[str], state: State) -> Response[bytes]:
    """The refunds of a payment, the latest first."""
    provider = _provider(state)
    payment = provider.payment(payment_id)
    found = [each for each in provider.books.refunds.values() if each.payment_id == payment.id]
    return _hal(
        {
            "count": len(found),
            "_embedded": {"refunds": [provider.show_refund(each) for each in reversed(found)]},
            "_links": {
                "self": link(f"{provider.own_url}/v2/payments/{payment.id}/refunds"),
                "previous": None,
                "next": None,
                "documentation": link(DOCUMENTATION, "text/html"),
            },
        }
    )


@get("/v2/payments/{payment_id:str}/refunds/{refund_id:str}", sync_to_thread=False)
def get_refund(
    payment_id: FromPath[str], refund_id: FromPath[str], state: State
) -> Response[bytes]:
    """The truth about a refund."""
    provider = _provider(state)
    payment = provider.payment(payment_id)
    refund = provider.books.refunds.get(refund_id)
    if refund is None or refund.payment_id != payment.id:
        raise Refused(404, "Not Found", f"No refund exists with token {refund_id}.")
    return _hal(provider.show_refund(refund))


@get("/v2/methods", sync_to_thread=False)
def list_methods(state: State) -> Response[bytes]:
    """The ways to pay."""
    own_url = _provider(state).own_url
    names = {"ideal": "iDEAL", "creditcard": "Card"}
    methods = [
        {
            "resource": "method",
            "id": method,
            "description": name,
            "minimumAmount": amount_of(1, "EUR"),
            "maximumAmount": amount_of(5_000_000, "EUR"),
            "image": dict.fromkeys(("size1x", "size2x", "svg"), f"{_ICONS}/{method}"),
            "status": "activated",
            "_links": {"self": link(f"{own_url}/v2/methods/{method}")},
        }
        for method, name in names.items()
    ]
    return _hal(
        {
            "count": len(methods),
            "_embedded": {"methods": methods},
            "_links": {
                "self": link(f"{own_url}/v2/methods"),
                "documentation": link(DOCUMENTATION, "text/html"),
            },
        }
    )


@get("/checkout/{payment_id:str}", sync_to_thread=False)
def show_checkout(payment_id: FromPath[str], state: State) -> Response[str]:
    """The page where somebody pays."""
    provider, pages = _provider(state), state.pages
    payment = provider.payment(payment_id)
    language: Language = "nl" if (payment.locale or "").startswith("nl") else "en"
    page = pages.render("checkout.html", language, payment=payment)
    return Response(page, media_type=MediaType.HTML)


class Choice(msgspec.Struct, frozen=True):
    """What should happen, as the page asks."""

    outcome: Outcome


@post("/checkout/{payment_id:str}")
async def choose_outcome(
    payment_id: FromPath[str], data: URLEncodedBody[Choice], state: State
) -> Redirect:
    """Do it, tell the owner, and send the browser back."""
    provider = _provider(state)
    payment = provider.payment(payment_id)
    provider.decide(payment, data.outcome)
    return Redirect(payment.redirect_url, status_code=303)


@post("/_control", status_code=200)
async def take_control(request: AnyRequest, state: State) -> Control:
    """Make it misbehave from now on; what is not named is as it should be."""
    control = msgspec.json.decode(await request.body(), type=Control)
    _provider(state).control = control
    return control


@get("/health/live", sync_to_thread=False)
def live() -> dict[str, bool]:
    """It runs."""
    return {"live": True}


def build_app(provider: StandIn, *, zone: ZoneInfo, portal_url: str) -> Litestar:
    """The stand-in as an ASGI application."""
    pages = Pages(_TEMPLATES, zone, own_url=provider.own_url, portal_url=portal_url)

    @asynccontextmanager
    async def keeping_time(_: Litestar) -> AsyncIterator[None]:
        ticking = asyncio.create_task(_keep_time(provider))
        yield
        ticking.cancel()

    return Litestar(
        [
            create_payment,
            list_payments,
            get_payment,
            cancel_payment,
            create_refund,
            list_refunds,
            get_refund,
            list_methods,
            show_checkout,
            choose_outcome,
            take_control,
            live,
            create_static_files_router(
                path="/static", directories=[SHARED / "static"], include_in_schema=False
            ),
        ],
        before_request=_let_in,
        exception_handlers={Refused: _refuse},
        lifespan=[keeping_time],
        state=State({"provider": provider, "pages": pages}),
        openapi_config=None,
        logging_config=None,
    )


async def _keep_time(provider: StandIn) -> None:
    while True:
        provider.pass_time()
        await asyncio.sleep(_TICK_S)


async def _let_in(request: AnyRequest) -> None:
    """The API is for those with a key; the page is for everybody."""
    if not request.url.path.startswith("/v2/"):
        return
    if _provider(request.app.state).control.down:
        raise Refused(503, "Service Unavailable", "The platform is temporarily unavailable")
    if not request.headers.get("authorization", "").startswith("Bearer test_"):
        raise Refused(
            401, "Unauthorized Request", "Missing authentication, or failed to authenticate"
        )


def _refuse(_: AnyRequest, error: Exception) -> Response[bytes]:
    if not isinstance(error, Refused):
        raise error
    return _hal(error.body, error.status)


def _provider(state: State) -> StandIn:
    provider: StandIn = state.provider
    return provider


async def _body(request: AnyRequest) -> dict[str, Any]:
    try:
        return msgspec.json.decode(await request.body(), type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise Refused(400, "Bad Request", "The body is not a JSON object") from error


async def _once(request: AnyRequest) -> tuple[str | None, str]:
    """The key, bare or quoted, and what makes the request the same request."""
    key = request.headers.get("idempotency-key", "").strip('"') or None
    return key, f"{request.url.path} {(await request.body()).decode()}"


def _answer(body: dict[str, Any], replayed: bool) -> Response[bytes]:
    return _hal(body, 201, {"Idempotent-Replayed": "true"} if replayed else None)


def _hal(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response[bytes]:
    return Response(msgspec.json.encode(body), status_code=status, headers=headers, media_type=HAL)


async def serve(given: argparse.Namespace) -> None:
    """Answer until told to stop."""
    async with httpx.AsyncClient() as http:
        provider = StandIn(
            own_url=given.public_url or f"http://{given.host}:{given.port}",
            clock=clock_from(given.clock_file),
            http=http,
            keep=given.keep,
        )
        app = build_app(provider, zone=given.zone, portal_url=given.portal_url)
        config = uvicorn.Config(
            app, host=given.host, port=given.port, log_level="warning", access_log=False
        )
        await uvicorn.Server(config).serve()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.standins.mollie")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--public-url", default="", help="where people and services reach it")
    parser.add_argument("--portal-url", default="", help="where the page's head leads to")
    parser.add_argument("--clock-file", default="", help="seconds to add to the real time")
    parser.add_argument("--keep", type=Path, help="keep the books in this file over a restart")
    parser.add_argument("--zone", type=ZoneInfo, default=ZoneInfo("Europe/Amsterdam"))
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
