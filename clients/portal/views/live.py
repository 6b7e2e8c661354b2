"""What of a page changes while people look, and what is told to their browsers then."""

import hashlib
import html
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from clients.portal.api.enrolment import Enrolment
from clients.portal.api.payment import Order
from clients.portal.api.places_left import PlacesOf
from clients.portal.views.offers import Tone, places_state
from clients.portal.words import Words
from contracts.fact import Language

MOST = 50
"""Things on one stream, as the services allow."""
_TAG_BYTES = 6

_encode = msgspec.json.Encoder(order="deterministic").encode


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """What a personal page watches, and what it shows of that."""

    query: str
    """Which things; empty for none."""
    seen: str
    """A tag for the state of each of them: a browser that is told another one shows the page anew."""


class PlacesShown(msgspec.Struct, frozen=True, kw_only=True):
    """Places left, as they stand on a page."""

    id: UUID
    tone: Tone
    text: str
    standing: str


def live_of(enrolments: Iterable[Enrolment], orders: Iterable[Order]) -> Live:
    """What can change of these, as the page shows them."""
    mine = list(enrolments)[:MOST]
    theirs = {each.enrolment_id for each in mine}
    owed = [each for each in orders if each.enrolment_id in theirs][:MOST]
    if not mine:
        return Live(query="", seen="")
    pairs = [("enrolment", each.enrolment_id) for each in mine]
    pairs += [("order", each.order_id) for each in owed]
    return Live(
        query=f"?{urlencode(pairs)}", seen=" ".join([*map(tag_of, mine), *map(tag_of, owed)])
    )


def tag_of(thing: Enrolment | Order) -> str:
    """Another one for every state in which the portal can show it."""
    return hashlib.blake2b(_encode(thing), digest_size=_TAG_BYTES).hexdigest()


def places_query(offering_ids: Iterable[UUID]) -> str:
    """The query for the places of these; empty for none."""
    pairs = [("ids", each) for each in dict.fromkeys(offering_ids)][:MOST]
    return f"?{urlencode(pairs)}" if pairs else ""


@lru_cache(maxsize=4096)
def places_shown(told: PlacesOf, language: Language, zone: ZoneInfo) -> bytes:
    """Places left in JSON, made once for all who are told."""
    standing = "open" if told.free else "full"
    state = places_state(told, Words(language, zone), is_open=standing == "open")
    text = html.unescape(str(state.text))  # The script writes text, not markup.
    return _encode(PlacesShown(id=told.offering_id, tone=state.tone, text=text, standing=standing))
