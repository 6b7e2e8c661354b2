"""The offerings that people enrol in here."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from msgspec.structs import replace

from contracts.catalogue import OfferingPublished, Price
from tests.support.examples import offering

FREE = (Price(affiliation=None, fee_minor=0),)
PAID = (Price(affiliation=None, fee_minor=19500),)


def open_offering(
    *, capacity: int = 1_000_000, starts_in: timedelta = timedelta(days=30), **changes: Any
) -> OfferingPublished:
    """An offering that can be enrolled in right now, free of charge, with three meetings a week apart."""
    now = datetime.now(UTC)
    standard = offering()
    moved_by = now + starts_in - standard.starts_at
    sessions = tuple(
        replace(
            session,
            session_id=uuid4(),
            starts_at=session.starts_at + moved_by,
            ends_at=session.ends_at + moved_by,
        )
        for session in standard.sessions
    )
    return replace(
        standard,
        offering_id=uuid4(),
        capacity=capacity,
        minimum=0,
        prices=changes.pop("prices", FREE),
        sessions=sessions,
        starts_at=sessions[0].starts_at,
        ends_at=sessions[-1].ends_at,
        enrolment_opens_at=now - timedelta(days=1),
        enrolment_closes_at=sessions[0].starts_at - timedelta(hours=1),
        **changes,
    )
