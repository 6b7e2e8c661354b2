"""Door 3: what identity forgets when its time has come."""

from datetime import timedelta

from chassis.jobs import Jobs
from services.identity import store
from services.identity.parts import Parts

JOBS = Jobs()

_PORTION = 1000
_NOTICED = timedelta(days=1)
"""So long after its end a code, a link or a family is still known, so that a second use is told apart."""


@JOBS.every(600.0)
async def forget_what_is_over(parts: Parts) -> int:
    """Delete a portion of codes, links, visits, sessions, refresh tokens, keys, and sign-ups that nobody proved."""
    now = parts.clock.now()
    async with parts.db.transaction() as tx:
        links = await store.links.prune(
            tx,
            signed_up_before=now - timedelta(days=parts.settings.unverified_days),
            expired_before=now - _NOTICED,
            limit=_PORTION,
        )
        sessions = await store.sessions.prune(tx, now=now, limit=_PORTION)
        tokens = await store.tokens.prune(
            tx, codes_before=now - _NOTICED, families_before=now - _NOTICED, limit=_PORTION
        )
        visits = await store.logins.prune(tx, now=now, limit=_PORTION)
        visits += await store.second_step.prune(tx, now=now, limit=_PORTION)
        visits += await store.passkeys.prune(tx, now=now, limit=_PORTION)
        keys = await store.keys.prune(tx, now=now)
    return links + visits + sessions + tokens + keys
