"""The limit of the decision: enrolments decided and written in the same batches, but asked for by nobody.

    DATABASE_URL=… python -m tests.load.without_http SECONDS

No HTTP, no token, no relay and no consumer: only enrolment's own command and its statements, one
batch after the other, as requests for one offering are decided. Prints how many per second.
"""

import hashlib
import os
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from time import perf_counter
from zoneinfo import ZoneInfo

import uvloop

from chassis.database import Database, open_database
from chassis.http.idempotency import Once
from services.enrolment.commands import Request, copy_offering, request_enrolments
from services.enrolment.domain.places import Ask
from tests.load.offerings import open_offering

_BATCH = 256
_ZONE = ZoneInfo("Europe/Amsterdam")
_MOST_PER_S = 12_000


async def measure(seconds: float) -> float:
    """Enrolments per second."""
    async with open_database(os.environ["DATABASE_URL"], name="bench", pool_size=1) as db:
        offering = open_offering()
        async with db.transaction() as tx:
            await copy_offering(tx, offering, zone=_ZONE, now=datetime.now(UTC))
        ask = Ask(
            offering_id=offering.offering_id,
            learner_id=uuid.UUID(int=0),
            affiliation="student",
            payer="self",
            accepted_policy_version=offering.policy.version,
            accepted_terms_version=offering.terms.version,
        )
        batches = list(_batches(ask, int(seconds * _MOST_PER_S)))
        await _decide(db, batches.pop())
        began, done = perf_counter(), 0
        while (took := perf_counter() - began) < seconds:
            await _decide(db, batches.pop())
            done += _BATCH
        return done / took


async def _decide(db: Database, batch: list[Request]) -> None:
    async with db.transaction() as tx:
        await request_enrolments(tx, batch, zone=_ZONE, now=datetime.now(UTC))


def _batches(ask: Ask, count: int) -> Iterator[list[Request]]:
    digest = hashlib.sha256(b"the same body").digest()
    for first in range(0, count, _BATCH):
        learners = [uuid.uuid4() for _ in range(first, first + _BATCH)]
        yield [
            Request(
                ask=Ask(
                    **{name: getattr(ask, name) for name in ask.__struct_fields__}
                    | {"learner_id": learner}
                ),
                once=Once(learner, learner.hex, digest),
                correlation_id=learner.hex,
            )
            for learner in learners
        ]


if __name__ == "__main__":
    sys.stdout.write(f"{uvloop.run(measure(float(sys.argv[1])))}\n")
