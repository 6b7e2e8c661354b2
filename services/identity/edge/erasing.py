"""My right to be forgotten: asking, seeing how far it is, taking it back."""

from datetime import datetime

import msgspec
from litestar import Response, delete, get, post
from litestar.di import NamedDependency

from chassis.http.access import SIGNED_IN, Caller
from contracts.erasure import Objection, Retained
from services.identity import commands, refusals, store
from services.identity.domain.erasing import Erasure, State
from services.identity.edge.browser import require_fresh_token
from services.identity.parts import Parts


class RetainedBy(msgspec.Struct, frozen=True, kw_only=True):
    """What one service keeps."""

    service: str
    retained: tuple[Retained, ...]


class ErasureView(msgspec.Struct, frozen=True, kw_only=True):
    """How far the erasure of my data is."""

    state: State
    """`asked`: services look whether anything stands in the way; `objected`: something does, nothing was erased;
    `cancelled`; `erasing`: your account is gone and the services erase their part; `done`: all have."""
    asked_at: datetime
    objections: tuple[Objection, ...]
    """What you have to end first; then ask again."""
    erased_at: datetime | None
    retained: tuple[RetainedBy, ...]
    """What stays, why, and until when."""
    done_at: datetime | None


@post("/v1/me/erasure", access=SIGNED_IN, status_code=202)
async def request_erasure(
    caller: NamedDependency[Caller], parts: NamedDependency[Parts]
) -> Response[ErasureView]:
    """Have my data erased, everywhere and for good. Needs a login of the last minutes.

    What stands in the way (a course that is not over, money under way) is seen at `GET` a moment later;
    if nothing does, this account ends, with every session and token. Asking again is safe.
    """
    require_fresh_token(parts, caller)
    async with parts.db.transaction() as tx:
        erasure = await commands.erasing.request_erasure(
            tx, caller.account_id, now=parts.clock.now()
        )
    return _answer(erasure, 202)


@get("/v1/me/erasure", access=SIGNED_IN)
async def get_erasure(
    caller: NamedDependency[Caller], parts: NamedDependency[Parts]
) -> Response[ErasureView]:
    """How far it is. An access token from before shows it until it expires."""
    async with parts.db.reading() as connection:
        erasure = await store.erasing.get_erasure(connection, caller.account_id)
    if erasure is None:
        raise refusals.NO_ERASURE()
    return _answer(erasure, 200)


@delete("/v1/me/erasure", access=SIGNED_IN, status_code=200)
async def cancel_erasure(
    caller: NamedDependency[Caller], parts: NamedDependency[Parts]
) -> Response[ErasureView]:
    """Take my request back, as long as nothing has been erased."""
    async with parts.db.transaction() as tx:
        erasure = await commands.erasing.cancel_erasure(
            tx, caller.account_id, now=parts.clock.now()
        )
    return _answer(erasure, 200)


def _answer(erasure: Erasure, status: int) -> Response[ErasureView]:
    view = ErasureView(
        state=erasure.state,
        asked_at=erasure.asked_at,
        objections=tuple(erasure.objections),
        erased_at=erasure.erased_at,
        retained=tuple(
            RetainedBy(service=service, retained=erasure.retained[service])
            for service in sorted(erasure.retained)
        ),
        done_at=erasure.done_at,
    )
    return Response(view, status_code=status, headers={"Cache-Control": "no-store"})


ROUTES = [request_erasure, get_erasure, cancel_erasure]
