"""The issuer's keys come and go."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from chassis.database import Connection
from services.identity import store
from services.identity.domain import keys
from services.identity.domain.keys import SigningKey

log = structlog.get_logger()


async def add_first_key(
    tx: Connection, fresh: SigningKey, *, is_readable: Callable[[SigningKey], bool], now: datetime
) -> None:
    """Let a key sign at once, if there is none yet that can be read.

    Several processes may find out at the same moment; the first of them adds its key.
    """
    readable = [key for key in await store.keys.lock_keys(tx) if is_readable(key)]
    if keys.signing(readable, now=now) is None:
        await store.keys.save_keys(tx, [fresh])
        log.info("identity.signing_key_added", kid=fresh.kid)


async def rotate_keys(
    tx: Connection, fresh: SigningKey, *, longest: timedelta, leaked: bool, now: datetime
) -> SigningKey:
    """Let a fresh key take over from the present one; returns it with the moment from which it signs."""
    known = await store.keys.lock_keys(tx)
    *older, fresh = keys.rotate(known, fresh, longest=longest, leaked=leaked, now=now)
    await store.keys.save_keys(tx, [*older, fresh])
    log.info("identity.signing_keys_rotated", kid=fresh.kid, leaked=leaked)
    return fresh
