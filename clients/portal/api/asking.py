"""Asking the services on behalf of one reader: in their language, with their token, for a limited time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Literal, Protocol, TypeVar
from urllib.parse import urlencode

import aiohttp
import msgspec
import structlog

from chassis.telemetry import correlation_id, current_traceparent
from contracts.fact import Language

log = structlog.get_logger()

T = TypeVar("T")

Part = Literal["catalogue", "enrolment", "payment", "notification", "records", "identity"]
"""A service. Readers know them as parts of the portal."""

Parameter = str | int | bool | Sequence[str] | None

_CONNECTIONS = 100
NO_ANSWER = (aiohttp.ClientError, TimeoutError, OSError)
_DOES_NOT_WORK = HTTPStatus.INTERNAL_SERVER_ERROR


class Away(Exception):
    """A part did not answer in time, or not as it should. What one asked of it may have happened or not."""

    def __init__(self, part: Part, why: str) -> None:
        super().__init__(f"{part}: {why}")
        self.part: Part = part


class LoginNeeded(Exception):
    """Nobody is logged in (any more), and this needs somebody."""


class Bearer(Protocol):
    """Who asks, and with what they prove it."""

    async def token(self) -> str | None:
        """An access token that is good now; None for whoever is not logged in."""

    def not_accepted(self) -> Exception:
        """What to raise where a service wants another token, or one at all."""


class FieldError(msgspec.Struct, frozen=True):
    """What is wrong with one field of what was sent."""

    detail: str
    pointer: str = ""
    """RFC 6901, into the body."""
    parameter: str = ""


class Refused(Exception):
    """A service said no: its problem document (RFC 9457), in the reader's language."""

    def __init__(
        self, part: Part, status: int, document: "_Problem", retry_after_s: int | None = None
    ) -> None:
        super().__init__(f"{part}: {status} {document.code}")
        self.part: Part = part
        self.status = status
        self.code = document.code
        """The last part of its type: docs/problems.md lists them."""
        self.title = document.title
        self.detail = document.detail
        self.errors = document.errors
        self.retry_after_s = retry_after_s


class _Problem(msgspec.Struct, frozen=True):
    type: str = "about:blank"
    title: str = ""
    detail: str = ""
    errors: tuple[FieldError, ...] = ()

    @property
    def code(self) -> str:
        return self.type.rpartition("/")[2]


class Answer(msgspec.Struct, frozen=True):
    """Bytes as a service gave them, and what its headers say."""

    status: int
    content: bytes
    headers: Mapping[str, str]
    """Whatever the case of their names."""


class Passing(msgspec.Struct, frozen=True):
    """A document on its way through: what its headers say, and its bytes as they come."""

    content: AsyncIterator[bytes]
    """Read to its end, or closed. Raises `Away` where it breaks off."""
    headers: Mapping[str, str]


@asynccontextmanager
async def open_client() -> AsyncIterator[aiohttp.ClientSession]:
    """One bounded pool of connections for the whole process; cookies are nobody's here."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),  # Whoever asks says how long they wait.
    ) as http:
        yield http


class Asking:
    """What one reader asks. Several questions can be on their way at once (`asyncio.gather`)."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        services: Mapping[str, str],
        language: Language,
        bearer: Bearer,
        *,
        patience_s: float,
    ) -> None:
        self._http = http
        self._services = services
        self._language = language
        self._bearer = bearer
        self._patience_s = patience_s

    async def get(
        self, part: Part, path: str, kind: type[T], *, wait_s: int = 0, **parameters: Parameter
    ) -> T:
        """Read something.

        Args:
            part: who knows it.
            path: where it is.
            kind: what is read of it.
            wait_s: rather wait so long than hear that it is not there yet (RFC 7240, 4.3).
            parameters: of the query.

        Raises:
            Away: the part does not answer.
            Refused: it says no.
            LoginNeeded: it wants to know who asks, and nobody does.
        """
        headers = {"Prefer": f"wait={wait_s}"} if wait_s else {}
        answer = await self._ask(
            "GET", part, path, parameters=parameters, headers=headers, wait_s=wait_s
        )
        return _decoded(part, answer, kind)

    async def get_with_tag(self, part: Part, path: str, kind: type[T]) -> tuple[T, str]:
        """Read something that is to be changed: with its ETag. Raises as `get` does."""
        answer = await self._ask("GET", part, path)
        return _decoded(part, answer, kind), answer.headers.get("ETag", "")

    async def get_file(self, part: Part, path: str) -> Answer:
        """Read a document. Raises as `get` does."""
        return await self._ask("GET", part, path)

    async def post(
        self, part: Part, path: str, body: object, kind: type[T], *, key: str, wait_s: int = 0
    ) -> T:
        """Do something once, however often it is asked with this Idempotency-Key. Raises as `get` does.

        `wait_s`: how much longer than usual it may take.
        """
        headers = {"Idempotency-Key": key}
        answer = await self._ask("POST", part, path, body=body, headers=headers, wait_s=wait_s)
        return _decoded(part, answer, kind)

    async def put(self, part: Part, path: str, body: object, kind: type[T], *, tag: str = "") -> T:
        """Have something be so, however often it is asked; with a tag, in place of what was read with it."""
        headers = {"If-Match": tag} if tag else {}
        answer = await self._ask("PUT", part, path, body=body, headers=headers)
        return _decoded(part, answer, kind)

    async def patch(self, part: Part, path: str, body: object, kind: type[T], *, tag: str) -> T:
        """Change what was read with this ETag. Raises as `get` does."""
        answer = await self._ask("PATCH", part, path, body=body, headers={"If-Match": tag})
        return _decoded(part, answer, kind)

    async def delete(self, part: Part, path: str, kind: type[T]) -> T:
        """Take something back. Raises as `get` does."""
        return _decoded(part, await self._ask("DELETE", part, path), kind)

    async def pass_on(self, part: Part, path: str, *, wait_s: int = 0) -> Passing:
        """Begin to read a document that may be long, and is not held whole. Raises as `get` does."""
        response = await self._open(self._http, part, path, patience_s=self._patience_s + wait_s)
        return Passing(_as_it_comes(part, response), response.headers)

    async def listen(
        self, http: aiohttp.ClientSession, part: Part, path: str, **parameters: Parameter
    ) -> aiohttp.ClientResponse:
        """Open a stream of events; whoever asks reads it or closes it. Raises as `get` does."""
        return await self._open(
            http,
            part,
            f"{path}{_query(parameters)}",
            patience_s=self._patience_s,
            headers={"Accept": "text/event-stream"},
        )

    async def _open(
        self,
        http: aiohttp.ClientSession,
        part: Part,
        path: str,
        *,
        patience_s: float,
        headers: Mapping[str, str] | None = None,
    ) -> aiohttp.ClientResponse:
        """What begins to come; the patience is for its beginning, and what is refused is read whole."""
        url = f"{self._services[part]}{path}"
        said = {**self._headers(await self._bearer.token(), has_body=False), **(headers or {})}
        try:
            async with asyncio.timeout(patience_s):
                response = await http.get(url, headers=said, allow_redirects=False)
                if response.status == HTTPStatus.OK:
                    return response
                async with response:
                    answer = Answer(response.status, await response.read(), response.headers)
        except NO_ANSWER as error:
            raise _away(part, error) from error
        self._accepted(part, answer)
        raise Away(part, str(answer.status))

    async def _ask(
        self,
        method: str,
        part: Part,
        path: str,
        *,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, Parameter] | None = None,
        wait_s: int = 0,
    ) -> Answer:
        token = await self._bearer.token()
        answer = await self._send(
            part,
            method,
            f"{self._services[part]}{path}{_query(parameters or {})}",
            content=None if body is None else msgspec.json.encode(body),
            headers={**self._headers(token, has_body=body is not None), **(headers or {})},
            patience_s=self._patience_s + wait_s,
        )
        return self._accepted(part, answer)

    def _accepted(self, part: Part, answer: Answer) -> Answer:
        if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            return answer
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise self._bearer.not_accepted()
        if answer.status >= _DOES_NOT_WORK:
            log.warning("portal.part_fails", part=part, status=answer.status)
            raise Away(part, str(answer.status))
        raise _refused(part, answer)

    async def _send(
        self,
        part: Part,
        method: str,
        url: str,
        *,
        content: bytes | None,
        headers: Mapping[str, str],
        patience_s: float,
    ) -> Answer:
        """Send, and once more where a kept connection turns out to be closed: nothing can happen twice."""

        async def send() -> Answer:
            async with self._http.request(
                method,
                url,
                data=content,
                headers=headers,
                allow_redirects=False,
            ) as response:
                return Answer(response.status, await response.read(), response.headers)

        try:
            async with asyncio.timeout(patience_s):
                try:
                    return await send()
                except (aiohttp.ServerDisconnectedError, ConnectionResetError):
                    return await send()
        except NO_ANSWER as error:
            raise _away(part, error) from error

    def _headers(self, token: str | None, *, has_body: bool) -> dict[str, str]:
        headers = {
            "Accept": "application/json",
            "Accept-Language": self._language,
            "X-Correlation-Id": correlation_id(),
        }
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if has_body:
            headers["Content-Type"] = "application/json"
        if traceparent := current_traceparent():
            headers["traceparent"] = traceparent
        return headers


async def _as_it_comes(part: Part, response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    async with response:
        try:
            async for piece in response.content.iter_any():
                yield piece
        except NO_ANSWER as error:
            raise _away(part, error) from error


def _away(part: Part, error: Exception) -> Away:
    why = type(error).__name__
    log.warning("portal.part_away", part=part, error=why)
    return Away(part, why)


def _query(parameters: Mapping[str, Parameter]) -> str:
    """Query parameters, without those that say nothing."""
    given: list[tuple[str, str]] = []
    for name, value in parameters.items():
        match value:
            case None | "":
                continue
            case bool():
                given.append((name, "true" if value else "false"))
            case str() | int():
                given.append((name, str(value)))
            case _:
                given += [(name, each) for each in value]
    return f"?{urlencode(given)}" if given else ""


def _decoded(part: Part, answer: Answer, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except msgspec.MsgspecError as error:
        # A page with a hole is better than none; the log names what does not fit.
        log.error("portal.answer_does_not_fit", part=part, error=str(error))  # noqa: TRY400
        raise Away(part, "answer") from error


def _refused(part: Part, answer: Answer) -> Refused:
    try:
        problem = msgspec.json.decode(answer.content, type=_Problem)
    except msgspec.MsgspecError:
        problem = _Problem()
    retry_after = answer.headers.get("Retry-After", "")
    return Refused(
        part,
        answer.status,
        problem,
        int(retry_after) if retry_after.isdecimal() else None,
    )


class Missing(msgspec.Struct, frozen=True):
    """A part that a page has to do without."""

    part: Part


async def or_missing(asked: Awaitable[T]) -> T | Missing:
    """What was asked, or that it cannot be had now: the page says so and shows the rest.

    A page asks everything at once: `await asyncio.gather(needed, or_missing(nice), or_missing(nicer))`.
    """
    try:
        return await asked
    except Away as away:
        return Missing(away.part)


async def or_none(asked: Awaitable[T]) -> T | None:
    """What was asked, or None where there is no such thing (yet)."""
    try:
        return await asked
    except Refused as refused:
        if refused.status == HTTPStatus.NOT_FOUND:
            return None
        raise


def found(answer: T | Missing) -> T | None:
    """The answer, where a page does the same without it as with nothing."""
    return None if isinstance(answer, Missing) else answer


def the_missing(*answers: Any) -> tuple[Part, ...]:
    """The parts that a page had to do without, each once."""
    return tuple(dict.fromkeys(each.part for each in answers if isinstance(each, Missing)))
