"""The envelope of every fact: CloudEvents 1.0, JSON event format.

Source: CloudEvents 1.0; extensions `correlationid`, `partitionkey`
(CloudEvents extension "partitioning") and `traceparent` ("distributed tracing").
"""

from typing import Generic, Literal, TypeVar
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType, field

from contracts.fact import Fact, UtcTime, publisher_of

F_co = TypeVar("F_co", bound=Fact, covariant=True)


class Envelope(msgspec.Struct, Generic[F_co], frozen=True, kw_only=True, omit_defaults=False):
    """One fact on its way. Receivers deduplicate by `event_id`."""

    event_id: UUID = field(name="id")
    source: str
    """`/<publisher>`."""
    topic: str = field(name="type")
    subject: str
    """The id of the aggregate, as in the body."""
    occurred_at: UtcTime = field(name="time")
    dataschema: str
    correlation_id: str = field(name="correlationid")
    """Of the HTTP request or the tick that it all began with."""
    partition_key: str = field(name="partitionkey")
    body: F_co = field(name="data")
    specversion: Literal["1.0"] = "1.0"
    datacontenttype: Literal["application/json"] = "application/json"
    traceparent: str | UnsetType = UNSET
    """W3C trace context; absent when no trace is recorded."""


def wrap(
    fact: Fact,
    *,
    event_id: UUID,
    occurred_at: UtcTime,
    correlation_id: str,
    traceparent: str | None = None,
) -> Envelope[Fact]:
    """Put a fact into its envelope."""
    subject = str(fact.subject)
    return Envelope(
        event_id=event_id,
        source=f"/{publisher_of(type(fact))}",
        topic=fact.topic,
        subject=subject,
        occurred_at=occurred_at,
        dataschema=f"/contracts/schemas/{fact.topic}.json",
        correlation_id=correlation_id,
        partition_key=subject,
        body=fact,
        traceparent=UNSET if traceparent is None else traceparent,
    )
