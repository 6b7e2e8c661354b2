"""Somebody wants to be forgotten: asked, answered by those who may object, erased by all, done.

Sources: GDPR, articles 17 (erasure) and 12(3) (told what became of it); decision 0012.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from msgspec.structs import replace

from contracts.erasure import AnsweredErasure, ErasedPersonalData, Objection, Retained
from contracts.fact import Fact
from contracts.identity import AccountErased, ErasureCancelled, ErasureRequested
from services.identity import refusals

State = Literal["asked", "objected", "cancelled", "erasing", "done"]

MAY_OBJECT = frozenset({"enrolment", "payment"})
"""Services with which somebody can have something going on. Nothing is erased before all have answered."""
HOLDS_SOMETHING = frozenset({"enrolment", "payment", "notification", "records"})
"""Services that erase their part and say what they keep."""


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """One account's request, the latest. It names nobody and outlives the person's data."""

    account_id: UUID
    version: int
    """Counts the requests of this account."""
    state: State
    asked_at: datetime
    answers: dict[str, tuple[Objection, ...]] = {}
    """By service; an empty one has nothing against it."""
    erased_at: datetime | None = None
    retained: dict[str, tuple[Retained, ...]] = {}
    """What each service keeps, once it has erased the rest."""
    done_at: datetime | None = None

    @property
    def objections(self) -> list[Objection]:
        """Everything that stands in the way, as far as it is known."""
        return [each for service in sorted(self.answers) for each in self.answers[service]]


def request_erasure(
    known: Erasure | None, account_id: UUID, *, now: datetime
) -> tuple[Erasure, ErasureRequested] | None:
    """Ask whoever may object; None where that is under way already."""
    if known is not None and known.state in ("asked", "erasing", "done"):
        return None
    asked = Erasure(
        account_id=account_id,
        version=1 if known is None else known.version + 1,
        state="asked",
        asked_at=now,
    )
    return asked, ErasureRequested(account_id=account_id, version=asked.version, requested_at=now)


def cancel_erasure(
    known: Erasure | None, *, now: datetime
) -> tuple[Erasure, ErasureCancelled | None]:
    """Take a request back. What somebody objected to is over for the services already.

    Raises:
        Refusal: nothing was asked, or it is too late.
    """
    if known is None or known.state == "cancelled":
        raise refusals.NO_ERASURE()
    if known.state in ("erasing", "done"):
        raise refusals.ERASURE_BEGUN()
    fact = _cancelled(known, now) if known.state == "asked" else None
    return replace(known, state="cancelled"), fact


def take_answer(
    known: Erasure | None, service: str, answer: AnsweredErasure, *, now: datetime
) -> tuple[Erasure, Fact | None] | None:
    """Note what a service answered; the last answer decides. None where it is to a request that is over."""
    if known is None or known.state != "asked" or known.version != answer.version:
        return None
    answered = replace(known, answers=known.answers | {service: answer.objections})
    if MAY_OBJECT - answered.answers.keys():
        return answered, None
    if answered.objections:
        return replace(answered, state="objected"), _cancelled(answered, now)
    erasing = replace(answered, state="erasing", erased_at=now)
    return erasing, AccountErased(account_id=known.account_id, erased_at=now)


def take_report(
    known: Erasure | None, service: str, report: ErasedPersonalData, *, now: datetime
) -> Erasure | None:
    """Note what a service keeps; with the last one it is done. None where it was reported before."""
    if known is None or known.state != "erasing" or service in known.retained:
        return None
    reported = replace(known, retained=known.retained | {service: report.retained})
    if HOLDS_SOMETHING - reported.retained.keys():
        return reported
    return replace(reported, state="done", done_at=now)


def _cancelled(erasure: Erasure, now: datetime) -> ErasureCancelled:
    return ErasureCancelled(
        account_id=erasure.account_id, version=erasure.version, cancelled_at=now
    )
