"""Being forgotten: what it means, what stands in the way, what stays, and how far it is (decision 0012)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from clients.portal.api.asking import Missing, Part, found, the_missing
from clients.portal.api.enrolment import Enrolment
from clients.portal.api.identity import Because, Erasure, Retained, What
from clients.portal.words import Words

_ONE_INSTANT = timedelta(microseconds=1)

Stage = Literal["may_ask", "looking", "hindered", "erasing", "done"]
STAYS: tuple[tuple[What, Because], ...] = (
    ("invoices", "tax_law"),
    ("enrolments", "names_nobody"),
    ("payments", "names_nobody"),
    ("results", "names_nobody"),
    ("mail_ledger", "names_nobody"),
)
"""What one is told beforehand; afterwards it is what the services say."""


class Hindrance(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be ended first."""

    title: str
    """Of the course; empty where enrolment is away."""
    path: str
    text: str


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of thing that stays, why, and until when."""

    what: str
    because: str
    until: str


class ErasurePage(msgspec.Struct, frozen=True, kw_only=True):
    """How far it is."""

    stage: Stage
    asked_at: datetime | None
    was_taken_back: bool
    hindrances: tuple[Hindrance, ...]
    kept: tuple[Kept, ...]
    missing: tuple[Part, ...]


def erasure_page(
    erasure: Erasure | None, enrolments: Sequence[Enrolment] | Missing, *, words: Words
) -> ErasurePage:
    """Make the page. Enrolments are there for the names of courses."""
    titles = {each.enrolment_id: each.title for each in found(enrolments) or ()}
    stage = stage_of(erasure)
    return ErasurePage(
        stage=stage,
        asked_at=erasure.asked_at if erasure is not None else None,
        was_taken_back=erasure is not None and erasure.state == "cancelled",
        hindrances=_hindrances(erasure, titles, words) if erasure is not None else (),
        kept=_kept(erasure, words),
        missing=the_missing(enrolments) if stage == "hindered" else (),
    )


def stage_of(erasure: Erasure | None) -> Stage:
    """What the page is about."""
    if erasure is None:
        return "may_ask"
    stages: dict[str, Stage] = {
        "asked": "looking",
        "objected": "hindered",
        "erasing": "erasing",
        "done": "done",
    }
    return stages.get(erasure.state, "may_ask")


def _hindrances(erasure: Erasure, titles: dict[UUID, str], words: Words) -> tuple[Hindrance, ...]:
    if erasure.state != "objected":
        return ()
    return tuple(
        Hindrance(
            title=titles.get(each.regarding, ""),
            path=f"/my/courses/{each.regarding}",
            text=words.say(f"erasure.obstacle.{each.why}"),
        )
        for each in dict.fromkeys(erasure.objections)
    )


def _kept(erasure: Erasure | None, words: Words) -> tuple[Kept, ...]:
    if erasure is None or erasure.erased_at is None:
        return tuple(
            Kept(
                what=words.say(f"erasure.what.{what}"),
                because=words.say(f"erasure.because.{because}"),
                until=words.say("erasure.seven_years" if because == "tax_law" else "erasure.stays"),
            )
            for what, because in STAYS
        )
    return tuple(_told(each, words) for service in erasure.retained for each in service.retained)


def _told(retained: Retained, words: Words) -> Kept:
    until = words.say("erasure.stays")
    if retained.until is not None:
        until = words.say("erasure.until", day=words.day(retained.until - _ONE_INSTANT))
    return Kept(
        what=words.say(f"erasure.what.{retained.what}"),
        because=words.say(f"erasure.because.{retained.because}"),
        until=until,
    )
