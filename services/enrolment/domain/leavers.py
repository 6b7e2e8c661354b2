"""People who want to be forgotten: what stands in the way, and what counts when facts come in another order."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from contracts.enrolment import EnrolmentAnsweredErasure, EnrolmentErasedPersonalData
from contracts.erasure import Objection, Obstacle, Retained
from contracts.identity import ErasureRequested

LeaverState = Literal["objected", "leaving", "cancelled", "erased"]


class Leaver(msgspec.Struct, frozen=True, kw_only=True):
    """The latest that is known of somebody's wish to be forgotten."""

    account_id: UUID
    version: int
    """Of the request."""
    state: LeaverState


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """An enrolment that may stand in the way."""

    enrolment_id: UUID
    state: str
    ends_at: datetime
    """Of the course."""
    to_review: bool
    """The office has yet to say what goes back."""


def answer_erasure(
    known: Leaver | None, told: ErasureRequested, enrolments: Iterable[Standing], *, now: datetime
) -> tuple[Leaver, EnrolmentAnsweredErasure] | None:
    """Say what stands in the way, all at once; None where this request is over already."""
    if known is not None and (known.state == "erased" or told.version <= known.version):
        return None
    objections = tuple(
        Objection(why=why, regarding=each.enrolment_id)
        for each in enrolments
        if (why := _obstacle(each, now)) is not None
    )
    leaver = Leaver(
        account_id=told.account_id,
        version=told.version,
        state="objected" if objections else "leaving",
    )
    return leaver, EnrolmentAnsweredErasure(
        account_id=told.account_id, version=told.version, objections=objections
    )


def _obstacle(enrolment: Standing, now: datetime) -> Obstacle | None:
    if enrolment.to_review:
        return "withdrawal_under_review"
    if enrolment.state in ("waitlisted", "offered", "held"):
        return "place_asked_for"
    if enrolment.state == "confirmed" and now < enrolment.ends_at:
        return "course_not_over"
    return None


def cancel_erasure(known: Leaver | None, account_id: UUID, version: int) -> Leaver | None:
    """Let everything begin again; None where something newer is known."""
    if known is not None and (known.state == "erased" or version < known.version):
        return None
    return Leaver(account_id=account_id, version=version, state="cancelled")


def forget(known: Leaver | None, account_id: UUID) -> Leaver:
    """Nothing ever begins again for this id."""
    version = 0 if known is None else known.version
    return Leaver(account_id=account_id, version=version, state="erased")


def report(account_id: UUID, *, now: datetime) -> EnrolmentErasedPersonalData:
    """Enrolments stay as they were, by an id that leads to nobody: courses and books would not add up without."""
    return EnrolmentErasedPersonalData(
        account_id=account_id,
        retained=(Retained(what="enrolments", because="names_nobody", until=None),),
        erased_at=now,
    )
