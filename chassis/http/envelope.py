"""Around every request: a correlation id in and out, a trace, a measurement, safe headers."""

import re
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Generic, TypeVar

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from opentelemetry.trace import SpanKind
from prometheus_client import Histogram

from chassis.ids import new_id
from chassis.telemetry import HTTP_SECONDS, correlated, span

A = TypeVar("A", bound=ASGIApp)

CORRELATION_HEADER = b"x-correlation-id"
_GOES_ON = (b"content-type", b"text/event-stream; charset=utf-8")
_ACCEPTABLE = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_SAFE_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
}


class Observed(Generic[A]):
    """An edge with its observation. Outside of Litestar, so that a 404 and a 405 are seen too."""

    def __init__(self, app: A, headers: Mapping[str, str] | None = None) -> None:
        """Wrap an application.

        Args:
            app: what answers.
            headers: that every answer has unless it brings its own; beside or instead of the usual ones.
        """
        self.app = app
        every = {**_SAFE_HEADERS, **(headers or {})}
        self._headers = [(name.encode(), value.encode()) for name, value in every.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            await self._observed(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _observed(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        given = headers.get(CORRELATION_HEADER, b"")
        correlation = given.decode() if _ACCEPTABLE.fullmatch(given) else str(new_id())
        traceparent = headers.get(b"traceparent", b"").decode("latin-1") or None
        began = time.perf_counter()
        status = 500
        took: float | None = None

        async def observe(message: Message) -> None:
            nonlocal status, took
            if message["type"] == "http.response.start":
                status = message["status"]
                sent: Any = list(message.get("headers", []))
                has = {name.lower() for name, _ in sent}
                if _GOES_ON in sent:
                    took = time.perf_counter() - began  # How long people watch is no latency.
                sent.append((CORRELATION_HEADER, correlation.encode()))
                sent += [header for header in self._headers if header[0] not in has]
                message["headers"] = sent
            await send(message)

        method = scope["method"]
        with (
            correlated(correlation),
            span(f"{method} {scope['path']}", traceparent=traceparent, kind=SpanKind.SERVER),
        ):
            await self.app(scope, receive, observe)
        route = scope.get("path_template", "")
        _seconds(method, route, status).observe(
            time.perf_counter() - began if took is None else took
        )


@lru_cache(maxsize=2048)
def _seconds(method: str, route: str, status: int) -> Histogram:
    """Kept, because `labels` looks its child up under a lock and with strings made anew."""
    return HTTP_SECONDS.labels(method, route, status)
