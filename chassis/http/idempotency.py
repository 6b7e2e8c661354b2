"""The same request sent twice is answered twice but done once.

Source: draft-ietf-httpapi-idempotency-key-header. The answer is kept in the transaction of
the effect, so there is an answer if and only if there is an effect. Refusals are not kept:
they changed nothing, and a repetition is judged anew.
"""

import hashlib
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

import msgspec
from litestar import Response

from chassis.database import Connection, Database
from chassis.http.access import Caller
from chassis.http.request import AnyRequest
from chassis.refusals import Kind, Problem
from contracts.fact import Translated

KEY_MISSING = Problem(
    "idempotency-key-missing",
    Kind.PRECONDITION_MISSING,
    title=Translated(nl="Er ontbreekt een Idempotency-Key", en="An Idempotency-Key is missing"),
    detail=Translated(
        nl="Stuur een kopregel `Idempotency-Key` met een nieuwe UUID mee, en dezelfde als je het verzoek herhaalt.",
        en="Send an `Idempotency-Key` header with a new UUID, and the same one when you repeat the request.",
    ),
)
KEY_REUSED = Problem(
    "idempotency-key-reused",
    Kind.INVALID,
    title=Translated(
        nl="Deze Idempotency-Key is al gebruikt", en="This Idempotency-Key has been used"
    ),
    detail=Translated(
        nl="Hij hoort bij een ander verzoek. Neem voor elk nieuw verzoek een nieuwe.",
        en="It belongs to another request. Take a new one for every new request.",
    ),
)

_MAX_KEY_LENGTH = 200
T = TypeVar("T")


class Once(msgspec.Struct, frozen=True):
    """What makes a request the same request."""

    account_id: UUID
    key: str
    request_hash: bytes


class Kept(msgspec.Struct, frozen=True):
    """An answer that was given before."""

    request_hash: bytes
    status: int
    location: str | None
    body: bytes


async def once_of(request: AnyRequest, caller: Caller) -> Once:
    """Read the key, quoted (as the draft says) or bare (as most clients send it).

    Raises:
        Refusal: there is none, or it is longer than 200 characters.
    """
    key = request.headers.get("idempotency-key", "").strip().strip('"')
    if not key or len(key) > _MAX_KEY_LENGTH:
        raise KEY_MISSING()
    digest = hashlib.sha256(f"{request.method} {request.url.path}\n".encode())
    digest.update(await request.body())
    return Once(caller.account_id, key, digest.digest())


async def answer_once(
    db: Database,
    request: AnyRequest,
    caller: Caller,
    act: Callable[[Connection], Awaitable[Response[T]]],
) -> Response[T] | Response[bytes]:
    """Act in one transaction, or repeat the answer that this key has got before.

    A repetition that comes while the first is still at work waits for it.
    """
    once = await once_of(request, caller)
    async with db.transaction() as tx:
        kept = await _claim(tx, once)
        if kept is not None:
            return replayed(once, kept)
        response = await act(tx)
        body = msgspec.json.encode(response.content)
        headers = {name.lower(): value for name, value in response.headers.items()}
        await _keep(tx, once, response.status_code or 200, headers.get("location"), body)
    return response


async def remember_once(
    db: Database,
    request: AnyRequest,
    caller: Caller,
    act: Callable[[Connection], Awaitable[UUID]],
) -> tuple[UUID, bool]:
    """Act in one transaction and keep the id of what came of it, for an answer that takes more than that.

    Returns the id, and whether this key had got it before.
    """
    once = await once_of(request, caller)
    async with db.transaction() as tx:
        kept = await _claim(tx, once)
        if kept is not None:
            _require_same(once, kept)
            return msgspec.json.decode(kept.body, type=UUID), True
        made = await act(tx)
        await _keep(tx, once, 0, None, msgspec.json.encode(made))
    return made, False


def replayed(once: Once, kept: Kept) -> Response[bytes]:
    """The answer as it was given before.

    Raises:
        Refusal: it was given to another request.
    """
    _require_same(once, kept)
    headers = {"Idempotent-Replayed": "true"}
    if kept.location:
        headers["Location"] = kept.location
    return Response(
        kept.body, status_code=kept.status, headers=headers, media_type="application/json"
    )


def _require_same(once: Once, kept: Kept) -> None:
    if kept.request_hash != once.request_hash:
        raise KEY_REUSED()


async def _keep(tx: Connection, once: Once, status: int, location: str | None, body: bytes) -> None:
    await tx.execute(
        "UPDATE idempotency SET status = $3, location = $4, body = $5 WHERE account_id = $1 AND key = $2",
        once.account_id,
        once.key,
        status,
        location,
        body,
    )


async def _claim(tx: Connection, once: Once) -> Kept | None:
    claimed = await tx.fetchval(
        """
        INSERT INTO idempotency (account_id, key, request_hash, status, body) VALUES ($1, $2, $3, 0, '')
        ON CONFLICT DO NOTHING RETURNING true
        """,
        once.account_id,
        once.key,
        once.request_hash,
    )
    if claimed:
        return None
    row = await tx.fetchrow(
        "SELECT request_hash, status, location, body FROM idempotency WHERE account_id = $1 AND key = $2",
        once.account_id,
        once.key,
    )
    return (
        None
        if row is None
        else Kept(row["request_hash"], row["status"], row["location"], row["body"])
    )
