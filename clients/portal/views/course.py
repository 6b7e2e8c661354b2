"""One course: what it is, when, what it costs, what leaving costs, and what can be done now."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec

from clients.portal.api.asking import Missing, Part, found, the_missing
from clients.portal.api.catalogue import Meeting, Offering, Places, Standing
from clients.portal.api.enrolment import ALIVE, Enrolment, LeavingCosts
from clients.portal.sessions.domain import Person
from clients.portal.views.leaving import Leaving, leaving_of
from clients.portal.views.live import places_query
from clients.portal.views.offers import (
    State,
    kind_line,
    list_price,
    price_in_list,
    standing_of,
)
from clients.portal.words import Words

_AFFILIATIONS = ("student", "staff", "guest")


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """The one button of the panel."""

    text: str
    href: str
    is_primary: bool = False


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """What can be done now, and what it costs (design, "Enrol panel by state")."""

    state: State
    price: str | None = None
    price_note: str = ""
    action: Action | None = None
    note: str = ""
    standing: str = ""
    """`open` or `full`, where the state is how many places are left: it changes while people look."""


class MeetingRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the schedule."""

    starts_at: datetime
    ends_at: datetime
    place: str
    lecturers: str


class PriceRow(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody pays."""

    who: str
    price: str
    is_yours: bool


class CoursePage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one offering."""

    offering: Offering
    over: str
    meta: tuple[str, ...]
    paragraphs: tuple[str, ...]
    panel: Panel
    closes_at: datetime
    """The last minute, not the first one after it."""
    meetings: tuple[MeetingRow, ...]
    prices: tuple[PriceRow, ...]
    leaving: Leaving | Missing | None
    """None where nobody enrols here."""
    missing: tuple[Part, ...]

    @property
    def live(self) -> str:
        """The query for the places, where they change while people look; else empty."""
        return places_query([self.offering.offering_id]) if self.panel.standing else ""


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """For whom the page is made."""

    words: Words
    person: Person | None
    zone: ZoneInfo
    now: datetime
    home: str
    """`/en`."""


def course_page(
    offering: Offering,
    places: Places | Missing | None,
    costs: LeavingCosts | Missing | None,
    enrolments: Sequence[Enrolment] | Missing,
    reader: Reader,
) -> CoursePage:
    """Make the page. What enrolment does not answer is left out, and the page says so."""
    live = found(places) or offering.places
    standing = _standing(offering, live)
    mine = next(
        (
            each
            for each in found(enrolments) or ()
            if each.offering_id == offering.offering_id and each.state in ALIVE
        ),
        None,
    )
    words = reader.words
    return CoursePage(
        offering=offering,
        over=kind_line(
            offering.course.subject.name, offering.course.level, offering.activity, words
        ),
        meta=_meta(offering, words),
        paragraphs=_paragraphs(offering.description),
        panel=_panel_of_mine(mine, reader)
        if mine is not None
        else _panel(offering, standing, live, reader),
        closes_at=_last_minute(offering.enrolment_closes_at),
        meetings=tuple(meeting_row(each, words) for each in offering.sessions),
        prices=_prices(offering, reader),
        leaving=_leaving(offering, costs, reader),
        missing=the_missing(places, costs, enrolments),
    )


def _standing(offering: Offering, live: Places) -> Standing:
    """As enrolment has it to the second, where it is about places."""
    if offering.standing in ("open", "full"):
        return "open" if live.free else "full"
    return offering.standing


def _meta(offering: Offering, words: Words) -> tuple[str, ...]:
    meta = []
    if offering.course.level is not None:
        level = words.say(f"offers.level.{offering.course.level}")
        meta.append(words.say("course.level", level=level))
    meta.append(
        words.say("course.taught_in", language=words.say(f"offers.language.{offering.taught_in}"))
    )
    if offering.sessions:
        meta.append(words.say("course.meetings", count=len(offering.sessions)))
    if any(each.place for each in offering.sessions):
        meta.append(words.say("offers.on_campus"))
    if any(each.online for each in offering.sessions):
        meta.append(words.say("offers.online"))
    return tuple(meta)


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in re.split(r"\n\s*\n", text) if each.strip())


def _panel(offering: Offering, standing: Standing, live: Places, reader: Reader) -> Panel:
    words = reader.words
    state = standing_of(
        standing,
        live,
        opens_at=offering.enrolment_opens_at,
        words=words,
    )
    price = None
    if offering.fee_minor is not None:
        price = words.money(offering.fee_minor, offering.currency)
        if offering.fee_minor == 0:
            price = price_in_list(
                0, offering.currency, words, is_study=offering.activity != "course"
            )
    price_note = _price_note(offering, reader)
    match standing:
        case "open" | "full":
            note = "course.pay_later" if standing == "full" else "course.next_pay"
            if standing == "open" and offering.fee_minor == 0:
                note = "course.final_at_once"
            return Panel(
                state=state,
                price=price,
                price_note=price_note,
                action=_enrol(offering, standing, reader),
                note=words.say(note),
                standing=standing,
            )
        case "elsewhere" if offering.elsewhere is not None:
            there = offering.elsewhere
            return Panel(
                state=state,
                action=Action(text=words.say("course.go_to", system=there.system), href=there.url),
                note=words.say("course.with_code", code=there.foreign_code),
            )
        case "not_yet_open":
            note = words.say(
                "course.opens_at",
                day=words.row(offering.enrolment_opens_at),
                time=words.clock(offering.enrolment_opens_at),
            )
            return Panel(state=state, price=price, price_note=price_note, note=note)
        case "closed":
            closed_at = _last_minute(offering.enrolment_closes_at)
            note = words.say(
                "course.closed_at", day=words.row(closed_at), time=words.clock(closed_at)
            )
            return Panel(state=state, price=price, note=note)
        case "cancelled":
            return Panel(state=state, note=offering.cancelled_why or "")
        case _:
            ended = words.say("course.ended_on", day=words.row(offering.ends_at))
            return Panel(state=state, note=ended)


def _enrol(offering: Offering, standing: Standing, reader: Reader) -> Action:
    """To the form; whoever is not logged in logs in first and comes back to this page."""
    is_open = standing == "open"
    enrol = f"{reader.home}/courses/{offering.offering_id}/enrol"
    if reader.person is not None:
        return Action(
            text=reader.words.say("course.enrol" if is_open else "course.join"),
            href=enrol,
            is_primary=is_open,
        )
    key = "course.log_in_and_enrol" if is_open else "course.log_in_and_wait"
    return Action(
        text=reader.words.say(key),
        href=f"{reader.home}/log-in?to={quote(enrol, safe='')}",
        is_primary=is_open,
    )


def _panel_of_mine(mine: Enrolment, reader: Reader) -> Panel:
    """To whoever has a place, or waits for one."""
    words = reader.words
    price = words.money(mine.fee_minor, mine.currency)
    here = f"{reader.home}/my/courses/{mine.enrolment_id}"
    see = Action(
        text=words.say("course.take" if mine.state == "offered" else "course.manage"),
        href=here,
        is_primary=mine.state == "offered",
    )
    state = state_of_mine(mine, words, now=reader.now, zone=reader.zone)
    match mine.state:
        case "confirmed":
            since = words.day(mine.confirmed_at or mine.requested_at)
            return Panel(state=state, action=see, note=words.say("course.since", day=since))
        case "held" if mine.held_until is not None:
            until = until_when(mine.held_until, words, now=reader.now, zone=reader.zone)
            if mine.payer == "employer":
                note = words.say("course.invoice_before", until=until)
                return Panel(state=state, price=price, action=see, note=note)
            pay = Action(
                text=words.say("course.pay", price=price), href=f"{here}/pay", is_primary=True
            )
            note = words.say("course.pay_before", until=until)
            return Panel(state=state, price=price, action=pay, note=note)
        case "offered":
            return Panel(state=state, price=price, action=see, note=words.say("course.then_next"))
        case _:
            return Panel(state=state, price=price, action=see, note=words.say("course.pay_later"))


def state_of_mine(mine: Enrolment, words: Words, *, now: datetime, zone: ZoneInfo) -> State:
    """How an enrolment stands: a fact with its limit."""

    def until(at: datetime | None) -> str:
        return "" if at is None else until_when(at, words, now=now, zone=zone)

    match mine.state:
        case "confirmed":
            return State("ok", words.say("offers.mine.confirmed"))
        case "held":
            return State("warn", words.say("offers.mine.held", until=until(mine.held_until)))
        case "offered":
            return State("warn", words.say("offers.mine.offered", until=until(mine.offered_until)))
        case "waitlisted":
            return State("info", words.say("offers.mine.waitlisted", position=mine.position or 1))
        case _:
            return State("", words.say(f"offers.mine.{mine.state}"))


def until_when(at: datetime, words: Words, *, now: datetime, zone: ZoneInfo) -> str:
    """14:52 today; Thu 11 Mar, 14:00 on another day."""
    same_day = at.astimezone(zone).date() == now.astimezone(zone).date()
    return words.clock(at) if same_day else f"{words.limit(at)}, {words.clock(at)}"


def _price_note(offering: Offering, reader: Reader) -> str:
    words = reader.words
    vat = words.say(f"course.vat.{offering.vat.rate}")
    own = {each.affiliation: each.fee_minor for each in offering.prices if each.affiliation}
    if reader.person is None and own:
        prices = ", ".join(
            words.say(f"offers.theirs.{who}", price=words.money(fee, offering.currency))
            for who, fee in own.items()
        )
        return words.say("course.others_pay", prices=prices[0].upper() + prices[1:], vat=vat)
    if reader.person is not None and reader.person.affiliation in own:
        return words.say(f"course.your_price.{reader.person.affiliation}", vat=vat)
    return vat


def _prices(offering: Offering, reader: Reader) -> tuple[PriceRow, ...]:
    """Own prices first, then what everybody else pays."""
    words, person = reader.words, reader.person
    own = {each.affiliation: each.fee_minor for each in offering.prices if each.affiliation}
    mine = person.affiliation if person else ""
    rows = [
        PriceRow(
            who=words.say(f"course.who.{who}"),
            price=words.money(own[who], offering.currency),
            is_yours=who == mine,
        )
        for who in _AFFILIATIONS
        if who in own
    ]
    everybody = list_price(offering.prices)
    if everybody is not None:
        rows.append(
            PriceRow(
                who=words.say("course.who.else" if own else "course.who.everybody"),
                price=words.money(everybody, offering.currency),
                is_yours=bool(own) and person is not None and mine not in own,
            )
        )
    return tuple(rows)


def meeting_row(meeting: Meeting, words: Words) -> MeetingRow:
    """One line of the schedule."""
    place = meeting.place or ""
    if meeting.online:
        online = words.say("course.online_by_mail")
        place = f"{place}, {online}" if place else online
    return MeetingRow(
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        place=place,
        lecturers=", ".join(meeting.lecturers),
    )


def _leaving(
    offering: Offering, costs: LeavingCosts | Missing | None, reader: Reader
) -> Leaving | Missing | None:
    if offering.standing in ("elsewhere", "over", "cancelled"):
        return None
    if costs is None or isinstance(costs, Missing):
        return costs
    return leaving_of(
        costs, starts_at=offering.starts_at, words=reader.words, zone=reader.zone, now=reader.now
    )


def _last_minute(closes_at: datetime) -> datetime:
    """Enrolment closes at an instant; people read the last minute in which they can enrol."""
    return closes_at - timedelta(minutes=1)
