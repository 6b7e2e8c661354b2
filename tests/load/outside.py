"""The world outside the portal, as fast as can be, so that it is not what is measured.

A key set, a payment provider and a mail server, all in the process of the load client: whatever
they see is timed on the same clock as what it sent.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any, TypeAlias

Respond: TypeAlias = Callable[[str, str, bytes], tuple[int, Any]]
"""Method, path and body of a request → status and what becomes the JSON body of the answer."""

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HEAD_ENDS = b"\r\n\r\n"
_DATA_ENDS = b"\r\n.\r\n"


class _Http(asyncio.Protocol):
    """Answers requests on one connection, in their order."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.WriteTransport = transport  # type: ignore[assignment] # A stream's.

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (head := self._received.find(_HEAD_ENDS)) >= 0:
            start = head + len(_HEAD_ENDS)
            length = _LENGTH.search(self._received, 0, head)
            end = start + int(length[1]) if length else start
            if len(self._received) < end:
                return
            method, path, _ = self._received.split(b" ", 2)
            body, self._received = self._received[start:end], self._received[end:]
            status, answer = self._respond(method.decode(), path.decode(), body)
            content = json.dumps(answer).encode()
            self._transport.write(
                b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (status, len(content), content)
            )


class Provider:
    """Mollie's API as far as paying speaks it; somebody pays by `pay`, which calls the webhook."""

    def __init__(self) -> None:
        self._payments: dict[str, dict[str, Any]] = {}
        self.call_webhook: Callable[[str], Awaitable[None]] | None = None
        """Tells the portal that there is news of a payment; set by who knows where it is."""

    def respond(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        """Answer a request of the portal."""
        if method == "POST":
            return 201, self._create(json.loads(body))
        found = self._payments.get(path.rpartition("/")[2])
        return (200, found) if found else (404, {"status": 404, "title": "Not Found"})

    async def pay(self, checkout_url: str) -> float:
        """Pay at this page. Returns the instant at which the webhook was called."""
        payment = self._payments[checkout_url.rpartition("/")[2]]
        payment["status"], payment["paidAt"] = "paid", datetime.now(UTC).isoformat()
        if self.call_webhook is None:
            raise RuntimeError("Nobody has said where webhooks go.")
        paid_at = perf_counter()
        await self.call_webhook(payment["id"])
        return paid_at

    def _create(self, asked: dict[str, Any]) -> dict[str, Any]:
        number = f"tr_{len(self._payments):08}"
        now = datetime.now(UTC)
        payment = asked | {
            "resource": "payment",
            "id": number,
            "status": "open",
            "createdAt": now.isoformat(),
            "expiresAt": (now + timedelta(minutes=15)).isoformat(),
            "_links": {"checkout": {"href": f"http://provider.bench/checkout/{number}"}},
        }
        self._payments[number] = payment
        return payment


class MailSink:
    """Takes every mail and only counts it; says to whom it went."""

    def __init__(self) -> None:
        self.mails = 0
        self.bytes = 0
        self.heard: Callable[[str, float], None] = lambda _address, _at: None
        """Given the recipient and the instant of every mail that was handed over."""

    def took(self, address: str, size: int) -> None:
        self.mails += 1
        self.bytes += size
        self.heard(address, perf_counter())


class _Smtp(asyncio.Protocol):
    """One conversation with the mail sink (RFC 5321), without looking at what is said."""

    def __init__(self, sink: MailSink) -> None:
        self._sink = sink
        self._received = b""
        self._address = ""
        self._in_mail = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.WriteTransport = transport  # type: ignore[assignment] # A stream's.
        self._transport.write(b"220 sink.bench\r\n")

    def data_received(self, data: bytes) -> None:
        self._received += data
        while True:
            end = self._received.find(_DATA_ENDS if self._in_mail else b"\r\n")
            if end < 0:
                return
            if self._in_mail:
                self._received = self._received[end + len(_DATA_ENDS) :]
                self._in_mail = False
                self._sink.took(self._address, end)
                self._transport.write(b"250 2.0.0 taken\r\n")
                continue
            line, self._received = self._received[:end], self._received[end + 2 :]
            self._say(line)

    def _say(self, line: bytes) -> None:
        verb = line[:4].upper()
        if verb == b"DATA":
            self._in_mail = True
            self._transport.write(b"354 go on\r\n")
        elif verb == b"RCPT":
            self._address = line.partition(b"<")[2].partition(b">")[0].decode()
            self._transport.write(b"250 2.1.5 ok\r\n")
        elif verb == b"QUIT":
            self._transport.write(b"221 2.0.0 bye\r\n")
            self._transport.close()
        else:
            self._transport.write(b"250 2.0.0 ok\r\n")


@dataclass(frozen=True)
class Outside:
    """Everything outside, and where it is."""

    provider: Provider
    mails: MailSink
    keys_url: str
    provider_url: str
    smtp_port: int
    servers: tuple[asyncio.Server, ...]

    def close(self) -> None:
        for server in self.servers:
            server.close()


async def open_outside(public_keys: Any) -> Outside:
    """Let the world begin, on free ports of loopback."""
    loop = asyncio.get_running_loop()
    provider, mails = Provider(), MailSink()
    servers = (
        await loop.create_server(lambda: _Http(lambda *_: (200, public_keys)), "127.0.0.1", 0),
        await loop.create_server(lambda: _Http(provider.respond), "127.0.0.1", 0),
        await loop.create_server(lambda: _Smtp(mails), "127.0.0.1", 0),
    )
    keys_port, provider_port, smtp_port = (server.sockets[0].getsockname()[1] for server in servers)
    return Outside(
        provider=provider,
        mails=mails,
        keys_url=f"http://127.0.0.1:{keys_port}/jwks",
        provider_url=f"http://127.0.0.1:{provider_port}",
        smtp_port=smtp_port,
        servers=servers,
    )
