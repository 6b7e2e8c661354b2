"""What pages say about an offering: its state, its price, its words."""

from datetime import datetime
from typing import Literal

import msgspec
from markupsafe import Markup

from clients.portal.api.catalogue import Places, Price, Standing
from clients.portal.words import Words

_FEW = 3

Tone = Literal["", "ok", "warn", "bad", "info"]


class State(msgspec.Struct, frozen=True):
    """A word with the shape that goes with it."""

    tone: Tone
    text: str


def standing_of(
    standing: Standing,
    places: Places,
    *,
    opens_at: datetime,
    words: Words,
) -> State:
    """What can be done with an offering, in a word: a fact with its limit."""
    tone: Tone = ""
    match standing:
        case "open" | "full":
            return places_state(places, words, is_open=standing == "open")
        case "not_yet_open":
            text = words.say("offers.opens", on=words.limit(opens_at))
        case "elsewhere":
            text = words.say("offers.elsewhere")
        case "cancelled":
            tone, text = "bad", words.say("offers.cancelled")
        case "over":
            text = words.say("offers.over")
        case _:
            text = words.say("offers.closed")
    return State(tone, text)


def places_state(places: Places, words: Words, *, is_open: bool) -> State:
    """How many places are left, or how many people wait for one."""
    if is_open:
        tone: Tone = "ok" if places.free > _FEW else "warn"
        return State(tone, words.say("offers.places_left", count=places.free))
    if places.waiting:
        return State("info", words.say("offers.full_waiting", count=places.waiting))
    return State("info", words.say("offers.full"))


def list_price(prices: tuple[Price, ...]) -> int | None:
    """What everybody pays who has no price of their own."""
    return next((each.fee_minor for each in prices if each.affiliation is None), None)


def other_prices(
    prices: tuple[Price, ...], currency: str, *, mine: str | None, words: Words
) -> Markup | None:
    """Below the large price: what others pay; to whoever pays a price of their own, that it is theirs."""
    own = {each.affiliation: each.fee_minor for each in prices if each.affiliation is not None}
    if mine in own:
        return words.say(f"offers.yours.{mine}")
    if mine is not None or not own:
        return None
    said = [
        words.say(
            f"offers.theirs.{who}",
            price=words.whole_money(fee, currency) if fee else words.say("offers.free_of_charge"),
        )
        for who, fee in own.items()
    ]
    return Markup(", ").join(said)


def price_in_list(fee_minor: int, currency: str, words: Words, *, is_study: bool = False) -> str:
    """€395, or a word where nothing is paid here."""
    if fee_minor:
        return words.whole_money(fee_minor, currency)
    return words.say("offers.tuition_only" if is_study else "offers.free")


def kind_line(subject: str, level: str | None, activity: str, words: Words) -> str:
    """Languages · C1, above a title; what is no ordinary course says what it is."""
    said = [subject]
    if level is not None:
        said.append(words.say(f"offers.level.{level}"))
    if activity != "course":
        said.append(words.say(f"offers.activity.{activity}"))
    return " · ".join(said)
