"""A dossier: what records keeps about one person in one offering."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from contracts.enrolment import EnrolmentCancelled, EnrolmentConfirmed, WithdrawalSubmitted
from contracts.envelope import Envelope

EnrolmentTurn = EnrolmentConfirmed | WithdrawalSubmitted | EnrolmentCancelled
"""What enrolment tells that opens a dossier or closes it."""

State = Literal["open", "closed"]
ClosedWhy = Literal["withdrawn", "cancelled"]


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a dossier is open, as of one version of its enrolment. The highest version rules."""

    enrolment_id: UUID
    version: int
    learner_id: UUID
    offering_id: UUID
    state: State
    since: datetime
    closed_why: ClosedWhy | None = None


def openings(facts: Iterable[Envelope[EnrolmentTurn]]) -> list[Opening]:
    """What these facts say, one for each enrolment, in order of id; they may come in any order.

    Who leaves without ever having had a place never gets a dossier.
    """
    latest: dict[UUID, Opening] = {}
    for fact in facts:
        opening = _opening(fact)
        if opening is None:
            continue
        known = latest.get(opening.enrolment_id)
        if known is None or known.version < opening.version:
            latest[opening.enrolment_id] = opening
    return [latest[enrolment_id] for enrolment_id in sorted(latest)]


def _opening(fact: Envelope[EnrolmentTurn]) -> Opening | None:
    told = fact.body
    if isinstance(told, EnrolmentConfirmed):
        return _about(told, state="open", since=told.confirmed_at)
    if not told.was_confirmed:
        return None
    if isinstance(told, WithdrawalSubmitted):
        return _about(told, state="closed", since=told.submitted_at, closed_why="withdrawn")
    return _about(told, state="closed", since=fact.occurred_at, closed_why="cancelled")


def _about(
    told: EnrolmentTurn, *, state: State, since: datetime, closed_why: ClosedWhy | None = None
) -> Opening:
    return Opening(
        enrolment_id=told.enrolment_id,
        version=told.version,
        learner_id=told.learner_id,
        offering_id=told.offering_id,
        state=state,
        since=since,
        closed_why=closed_why,
    )
