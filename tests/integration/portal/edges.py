"""Stand-ins for the services' edges and the issuer, over real HTTP; tests decide what they answer, and when."""

import asyncio
import socket
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import msgspec
import uvicorn
from joserfc import jwt
from joserfc.jwk import KeySet

from chassis.http.access import ALGORITHM
from tests.support.people import StagedClock, signing_key

ACCESS_TOKEN_S = 600
PRIVATE = ("/v1/me", "/v1/enrolments")


@dataclass
class Telling:
    """A stream of events; every one who listens is told how things are, and what changes."""

    states: dict[str, tuple[str, Any]] = field(default_factory=dict)
    """What is told of each thing: the event's name, and its data."""
    listeners: list[asyncio.Queue[tuple[str, Any] | None]] = field(default_factory=list)

    def tell(self, key: str, name: str, data: Any) -> None:
        self.states[key] = (name, data)
        for each in self.listeners:
            each.put_nowait((name, data))

    def cut(self) -> None:
        """Hang up on all."""
        for each in self.listeners:
            each.put_nowait(None)

    async def send_to(self, receive: Any, send: Any) -> None:
        queue: asyncio.Queue[tuple[str, Any] | None] = asyncio.Queue()
        for told in self.states.values():
            queue.put_nowait(told)
        self.listeners.append(queue)
        gone = asyncio.create_task(_until_gone(receive, queue))
        try:
            headers = [(b"content-type", b"text/event-stream")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            while (event := await queue.get()) is not None:
                name, data = event
                content = b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(data))
                await send({"type": "http.response.body", "body": content, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            self.listeners.remove(queue)


async def _until_gone(receive: Any, queue: asyncio.Queue[Any]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    queue.put_nowait(None)


@dataclass
class Paper:
    """A PDF, as a service gives it."""

    content: bytes
    name: str = "document"
    breaks_off: bool = False
    """Less comes than was promised."""

    async def send(self, send: Any) -> None:
        length = len(self.content) * (2 if self.breaks_off else 1)
        headers = {
            "content-type": "application/pdf",
            "content-length": str(length),
            "content-disposition": f'attachment; filename="{self.name}.pdf"',
            "content-language": "nl",
            "set-cookie": "not=ours",
        }
        given = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": given})
        await send({"type": "http.response.body", "body": self.content})


@dataclass
class Edges:
    """All of them at one address."""

    clock: StagedClock
    url: str
    answers: dict[str, Any] = field(default_factory=dict)
    """By path, or method and path.

    A number is a status, bytes are a file, `slow` never comes, and `Telling` is a stream.
    """
    asked: list[dict[str, Any]] = field(default_factory=list)
    """Every request but those for tokens."""
    grants: list[dict[str, str]] = field(default_factory=list)
    """Every request for tokens, in order."""
    refused: bool = False
    """The issuer takes no grant any more."""
    hold: asyncio.Event | None = None
    """Tokens are given when it is set."""
    nonce: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    """Instead of what an ID token says."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        status, answer = await self._answer(scope, body)
        if isinstance(answer, Telling):
            await answer.send_to(receive, send)
            return
        if isinstance(answer, Paper):
            await answer.send(send)
            return
        headers = [(b"content-type", b"application/json"), (b"etag", b'"tag"')]
        content = answer if isinstance(answer, bytes) else msgspec.json.encode(answer)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _answer(self, scope: Any, body: bytes) -> tuple[int, Any]:
        path = scope["path"]
        if path == "/.well-known/openid-configuration" and path not in self.answers:
            return 200, self._metadata()
        if path == "/oauth/jwks":
            return 200, KeySet([signing_key()]).as_dict(private=False)
        if path == "/oauth/token":
            return await self._grant(
                {name: each for name, (each,) in parse_qs(body.decode()).items()}
            )
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        sent = msgspec.json.decode(body) if body else None
        self.asked.append(
            {
                "path": path,
                "method": scope["method"],
                "query": parse_qs(scope["query_string"].decode()),
                "headers": headers,
                "body": sent,
            }
        )
        answer = self.answers.get(f"{scope['method']} {path}", self.answers.get(path, 404))
        if path in PRIVATE and "authorization" not in headers:
            answer = 401
        if answer == "slow":
            await asyncio.Event().wait()
        if isinstance(answer, tuple):
            return answer
        if isinstance(answer, int):
            return answer, {"type": f"{self.url}/problems/some", "title": "No", "detail": "Not so."}
        return 200, answer

    def _metadata(self) -> dict[str, str]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/oauth/authorize",
            "token_endpoint": f"{self.url}/oauth/token",
            "end_session_endpoint": f"{self.url}/oauth/logout",
            "jwks_uri": f"{self.url}/oauth/jwks",
        }

    async def _grant(self, grant: dict[str, str]) -> tuple[int, Any]:
        self.grants.append(grant)
        number = len(self.grants)
        if self.hold is not None:
            await self.hold.wait()
        if self.refused:
            return 400, {"error": "invalid_grant"}
        now = int(self.clock.now().timestamp())
        claims = {
            "iss": self.url,
            "aud": "portal",
            "sub": "0199a000-0000-7000-8000-000000000006",
            "iat": now,
            "exp": now + ACCESS_TOKEN_S,
            "name": "Noor de Vries",
            "email": "noor@example.org",
            "locale": "nl",
            "affiliation": "student",
            "roles": ["learner"],
            "nonce": self.nonce,
            **self.claims,
        }
        header = {"alg": ALGORITHM, "typ": "JWT", "kid": "test"}
        return 200, {
            "access_token": f"access-{number}",
            "expires_in": ACCESS_TOKEN_S,
            "refresh_token": f"refresh-{number}-{uuid.uuid4().hex}",
            "id_token": jwt.encode(header, claims, signing_key(), algorithms=[ALGORITHM]),
        }

    def asked_with(self, path: str) -> list[str | None]:
        """The tokens that a path was asked with."""
        return [each["headers"].get("authorization") for each in self.asked if each["path"] == path]


@asynccontextmanager
async def open_edges(clock: StagedClock) -> AsyncIterator[Edges]:
    """Serve them on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        edges = Edges(clock, f"http://127.0.0.1:{listening.getsockname()[1]}")
        server = uvicorn.Server(
            uvicorn.Config(edges, log_config=None, lifespan="off", timeout_graceful_shutdown=0)
        )
        serving = asyncio.create_task(server._serve([listening]))  # noqa: SLF001 - without its signals.
        try:
            yield edges
        finally:
            server.should_exit = server.force_exit = True
            await serving
