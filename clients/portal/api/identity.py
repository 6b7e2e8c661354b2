"""What the portal reads of identity, besides logging in."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from clients.portal.api.asking import Asking, or_none
from clients.portal.api.paging import MOST, Page
from contracts.fact import Language

ErasureState = Literal["asked", "objected", "cancelled", "erasing", "done"]
Obstacle = Literal[
    "place_asked_for",
    "course_not_over",
    "withdrawal_under_review",
    "order_open",
    "payment_under_way",
    "refund_under_way",
]
What = Literal["enrolments", "invoices", "payments", "mail_ledger", "results", "documents"]
Because = Literal["names_nobody", "tax_law", "diploma_register"]

_ERASURE = "/v1/me/erasure"


class Me(msgspec.Struct, frozen=True):
    """What is known of the reader."""

    name: str
    mail_address: str
    language: Language
    affiliation: str


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be known of the reader from now on."""

    name: str
    language: Language


class Somebody(msgspec.Struct, frozen=True):
    """Who an account id is."""

    account_id: UUID
    name: str
    affiliation: Literal["guest", "staff", "student"]


class Objection(msgspec.Struct, frozen=True):
    """Something to be ended first."""

    why: Obstacle
    regarding: UUID
    """The enrolment."""


class Retained(msgspec.Struct, frozen=True):
    """One kind of thing that stays."""

    what: What
    because: Because
    until: datetime | None


class RetainedBy(msgspec.Struct, frozen=True):
    """What one service keeps."""

    retained: tuple[Retained, ...]


class Erasure(msgspec.Struct, frozen=True):
    """How far the erasure of the reader's data is (decision 0012)."""

    state: ErasureState
    asked_at: datetime
    objections: tuple[Objection, ...]
    erased_at: datetime | None
    retained: tuple[RetainedBy, ...]
    done_at: datetime | None


async def get_me(ask: Asking) -> tuple[Me, str]:
    """The reader as identity knows them, and the ETag to correct it with."""
    return await ask.get_with_tag("identity", "/v1/me", Me)


async def correct_me(ask: Asking, correction: Correction, *, tag: str) -> Me:
    """Correct name and language."""
    return await ask.patch("identity", "/v1/me", correction, Me, tag=tag)


async def list_people(ask: Asking, ids: Iterable[UUID]) -> dict[UUID, Somebody]:
    """Who some people are; whoever is not known any more is left out."""
    wanted = list(dict.fromkeys(str(each) for each in ids))
    known: dict[UUID, Somebody] = {}
    for start in range(0, len(wanted), MOST):
        part = wanted[start : start + MOST]
        page = await ask.get("identity", "/v1/people", Page[Somebody], ids=part, limit=MOST)
        known |= {each.account_id: each for each in page.items}
    return known


async def find_people(ask: Asking, mail_address: str) -> tuple[Somebody, ...]:
    """Those with this mail address; several accounts can have it."""
    page = await ask.get("identity", "/v1/people", Page[Somebody], address=mail_address)
    return page.items


async def find_erasure(ask: Asking) -> Erasure | None:
    """How far it is; None where the reader has never asked for it."""
    return await or_none(ask.get("identity", _ERASURE, Erasure))


async def request_erasure(ask: Asking, *, key: str) -> Erasure:
    """Have the reader's data erased, everywhere; what stands in the way is known a moment later."""
    return await ask.post("identity", _ERASURE, None, Erasure, key=key)


async def cancel_erasure(ask: Asking) -> Erasure:
    """Take that back, as long as nothing has been erased."""
    return await ask.delete("identity", _ERASURE, Erasure)
