"""People on an offering: how many, who, and as a file."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import xlsxwriter

from clients.portal.api.asking import Missing, Part, found, the_missing
from clients.portal.api.catalogue import Offering, OfferingItem, SearchPage
from clients.portal.api.enrolment import Enrolled, HeadCount
from clients.portal.api.identity import Somebody
from clients.portal.api.paging import Page
from clients.portal.views.offers import State, Tone
from clients.portal.views.paging import Paging, paging_of
from clients.portal.words import Words

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for a formula, or skips before one (OWASP, CSV injection)."""

Names = Mapping[UUID, Somebody] | Missing


class OfferingsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Offerings to choose from."""

    words: str
    offerings: tuple[OfferingItem, ...]
    next_query: str | None


class Participant(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the list."""

    learner_id: UUID
    name: str
    affiliation: str
    payer: str
    since: datetime
    by_office: bool
    """Somebody of the office enrolled them (B3)."""
    state: State


class PeoplePage(msgspec.Struct, frozen=True, kw_only=True):
    """Head count and list."""

    offering: Offering
    count: HeadCount
    free: int
    in_all: int
    people: tuple[Participant, ...]
    """Of this part of the list."""
    paging: Paging
    now_at: datetime
    has_enrolled: bool
    """The reader has just enrolled somebody."""
    missing: tuple[Part, ...]


def offerings_page(words: str, found_here: SearchPage) -> OfferingsPage:
    """What was found for these words."""
    query = None
    if found_here.next is not None:
        (cursor,) = parse_qs(urlsplit(found_here.next).query)["cursor"]
        query = f"?{urlencode({'q': words, 'cursor': cursor})}"
    return OfferingsPage(words=words, offerings=found_here.items, next_query=query)


def name_of(learner_id: UUID, names: Names, words: Words) -> str:
    """Who it is; the end of their number where identity is away or does not know them any more."""
    somebody = (found(names) or {}).get(learner_id)
    return somebody.name if somebody else words.say("desk.no_name", number=str(learner_id)[-6:])


def people_page(
    offering: Offering,
    count: HeadCount,
    enrolled: Page[Enrolled],
    names: Names,
    *,
    cursor: str = "",
    words: Words,
    now: datetime,
    has_enrolled: bool = False,
) -> PeoplePage:
    """Those who take part or wait, in order of arrival; who has left is not on the list."""
    return PeoplePage(
        offering=offering,
        count=count,
        free=max(0, count.capacity - count.confirmed - count.held - count.offered),
        in_all=count.confirmed + count.held + count.offered + count.waitlisted,
        people=participants(enrolled.items, names, words),
        paging=paging_of(enrolled, cursor),
        now_at=now,
        has_enrolled=has_enrolled,
        missing=the_missing(names),
    )


def participants(
    enrolled: Sequence[Enrolled], names: Names, words: Words
) -> tuple[Participant, ...]:
    """Rows of the list."""
    return tuple(_participant(each, names, words) for each in enrolled)


def _participant(enrolled: Enrolled, names: Names, words: Words) -> Participant:
    somebody = (found(names) or {}).get(enrolled.learner_id)
    return Participant(
        learner_id=enrolled.learner_id,
        name=name_of(enrolled.learner_id, names, words),
        affiliation=words.say(f"desk.who.{somebody.affiliation}") if somebody else "",
        payer=words.say(f"desk.payer.{enrolled.payer}"),
        since=enrolled.requested_at,
        by_office=enrolled.enrolled_by is not None,
        state=_state(enrolled, words),
    )


def _state(enrolled: Enrolled, words: Words) -> State:
    tone: Tone = "warn"
    match enrolled:
        case Enrolled(state="held", held_until=datetime() as until):
            text = words.say("desk.held", until=f"{words.row(until)}, {words.clock(until)}")
        case Enrolled(state="offered", offered_until=datetime() as until):
            text = words.say("desk.offered", until=f"{words.row(until)}, {words.clock(until)}")
        case Enrolled(state="waitlisted"):
            tone, text = "info", words.say("desk.waiting", number=enrolled.position or "?")
        case _:
            tone, text = "ok", words.say("desk.enrolled")
    return State(tone, text)


def table_of(people: Sequence[Participant], *, words: Words, zone: ZoneInfo) -> list[list[str]]:
    """The list as rows of text, with a row of headings."""
    headings = [
        str(words.say(f"desk.column.{each}"))
        for each in ("name", "who", "payer", "since", "by", "state")
    ]
    return [
        headings,
        *(
            [
                each.name,
                each.affiliation,
                each.payer,
                each.since.astimezone(zone).strftime("%Y-%m-%d %H:%M"),
                str(words.say("behalf.by_office")) if each.by_office else "",
                str(each.state.text),
            ]
            for each in people
        ),
    ]


def as_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """RFC 4180, with a byte order mark so that spreadsheets read it as UTF-8; no cell is a formula."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell


def as_xlsx(rows: Sequence[Sequence[str]]) -> bytes:
    """A workbook of one sheet. Every cell is written as text, whatever it begins with."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell)
        sheet.freeze_panes(1, 0)
        sheet.autofit()
    return file.getvalue()
