"""What the portal reads of identity, besides logging in."""

from collections.abc import Iterable
from typing import Literal
from uuid import UUID

import msgspec

from clients.portal.api.asking import Asking
from clients.portal.api.paging import MOST, Page
from contracts.fact import Language


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
