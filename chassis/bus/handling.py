"""What both kinds of consumers do with decoded facts: claim, effect, commit; wait while the database is away."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from opentelemetry.trace import SpanKind

from chassis import inbox
from chassis.bus.consumers import Consumer
from chassis.clock import Clock
from chassis.database import AGAIN, Database, is_away
from chassis.telemetry import (
    FACT_AGE_SECONDS,
    FACTS_HANDLED,
    correlated,
    correlated_each,
    span,
)
from contracts.envelope import Envelope
from contracts.fact import Fact

log = structlog.get_logger()

_FIRST_WAIT_S = 0.1
_LONGEST_WAIT_S = 5.0


@dataclass(frozen=True)
class Handling:
    """What a worker needs to let facts have their effect."""

    db: Database
    clock: Clock
    parts: Any
    """The service's own parts, handed to its handlers."""

    async def effect(self, consumer: Consumer, envelopes: Sequence[Envelope[Fact]]) -> None:
        """Let facts have their effect, once, in one transaction.

        While the database is away this waits: that is not the message's fault.

        Raises:
            Exception: whatever the handler raised; nothing was changed.
        """
        wait_s = _FIRST_WAIT_S
        while True:
            try:
                return await self._effect(consumer, envelopes)
            except Exception as error:
                if not (is_away(error) or isinstance(error, AGAIN)):
                    raise
                log.warning(
                    "consumer.waits_for_database", queue=consumer.queue, error=type(error).__name__
                )
                await asyncio.sleep(wait_s)
                wait_s = min(wait_s * 2, _LONGEST_WAIT_S)

    async def _effect(self, consumer: Consumer, envelopes: Sequence[Envelope[Fact]]) -> None:
        first = envelopes[0]
        traceparent = first.traceparent if isinstance(first.traceparent, str) else None
        with (
            correlated(first.correlation_id),
            correlated_each(_correlations(envelopes)),
            span(consumer.queue, traceparent=traceparent, kind=SpanKind.CONSUMER),
        ):
            async with self.db.transaction() as tx:
                new = await inbox.claim(tx, consumer.queue, [each.event_id for each in envelopes])
                fresh = _first_of_each(envelopes, new)
                if consumer.batch is not None:
                    if fresh:
                        await consumer.batch(fresh, tx, self.parts)
                elif consumer.each is not None:
                    for envelope in fresh:
                        await consumer.each(envelope, tx, self.parts)
        now = self.clock.now()
        for envelope in fresh:
            FACT_AGE_SECONDS.labels(consumer.queue).observe(
                (now - envelope.occurred_at).total_seconds()
            )
        FACTS_HANDLED.labels(consumer.queue, "done").inc(len(fresh))
        FACTS_HANDLED.labels(consumer.queue, "repeated").inc(len(envelopes) - len(fresh))


def _correlations(envelopes: Sequence[Envelope[Fact]]) -> dict[UUID, str]:
    """Which request each aggregate of a batch was touched by: by every id that only one request names."""
    if len({envelope.correlation_id for envelope in envelopes}) == 1:
        return {}
    named: dict[UUID, str] = {}
    shared: set[UUID] = set()
    for envelope in envelopes:
        for name in envelope.body.__struct_fields__:
            value = getattr(envelope.body, name)
            if not isinstance(value, UUID):
                continue
            if named.setdefault(value, envelope.correlation_id) != envelope.correlation_id:
                shared.add(value)
    return {value: named[value] for value in named if value not in shared}


def _first_of_each(envelopes: Sequence[Envelope[Fact]], new: set[Any]) -> list[Envelope[Fact]]:
    """Those that are new, in order, each once even if it was delivered twice in this batch."""
    left = set(new)
    fresh = []
    for envelope in envelopes:
        if envelope.event_id in left:
            left.remove(envelope.event_id)
            fresh.append(envelope)
    return fresh
