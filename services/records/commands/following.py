"""Keeping up with what others tell, in whatever order it comes."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.database import Connection
from contracts.catalogue import OfferingCancelled, OfferingState
from contracts.envelope import Envelope
from contracts.identity import AccountState
from services.records import store
from services.records.domain import dossiers, offerings
from services.records.domain.dossiers import EnrolmentTurn


async def copy_people(tx: Connection, told: Iterable[AccountState]) -> None:
    """Take over names and languages. Documents that waited for a name find it."""
    latest: dict[UUID, AccountState] = {}
    for account in told:
        known = latest.get(account.account_id)
        if known is None or known.version < account.version:
            latest[account.account_id] = account
    await store.copies.save_people(tx, [latest[account_id] for account_id in sorted(latest)])


async def copy_offering(
    tx: Connection, told: OfferingState, *, evaluation_weeks: int, zone: ZoneInfo
) -> None:
    """Take over what the catalogue tells. The evaluation moves with the last day."""
    offering = offerings.copy_offering(told, evaluation_weeks=evaluation_weeks, zone=zone)
    await store.copies.save_offering(tx, offering)


async def cancel_offering(tx: Connection, told: OfferingCancelled, *, at: datetime) -> None:
    """Nobody evaluates an offering that does not take place."""
    await store.copies.save_cancellation(tx, told, at=at)


async def open_and_close_dossiers(tx: Connection, facts: Iterable[Envelope[EnrolmentTurn]]) -> None:
    """Open a dossier for everybody who has a place, and close it for who gives it up."""
    openings = dossiers.openings(facts)
    if openings:
        await store.copies.save_openings(tx, openings)
