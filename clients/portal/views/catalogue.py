"""The overview of courses: what was looked for, what was found, and how to look further."""

import calendar
import math
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from markupsafe import Markup

from chassis.language import month_in_text
from clients.portal.api.catalogue import FacetValue, OfferingItem, SearchPage, Sort
from clients.portal.forms import Form
from clients.portal.views.live import places_query
from clients.portal.views.offers import (
    State,
    kind_line,
    other_prices,
    price_in_list,
    standing_of,
)
from clients.portal.words import LANGUAGES, Words
from contracts.fact import Language

PER_PAGE = 20
SORTS: tuple[Sort, ...] = ("best", "start", "price")
PRICES = (0, 25000, 50000)
LEVELS = (
    "A1", "A2", "B1", "B2", "C1", "C2", "beginner", "intermediate", "advanced",
    "bachelor", "master", "phd",
)  # fmt: skip
ACTIVITIES = (
    "course", "lecture", "seminar", "practical", "exam", "resit",
    "paper", "assignment", "presentation", "research_project",
)  # fmt: skip
_MONTHS_AHEAD = 12
_MONTH = re.compile(r"(?:19|20|21)\d\d-(?:0[1-9]|1[0-2])", re.ASCII)
_LONGEST_WORDS = 200
_LONGEST_QUOTE = 40
_MOST_CHOICES = 30
_CURRENCY = "EUR"
_MOST_PAGES = 9999


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody looks for, as the address says it. What cannot be meant is left out."""

    words: str = ""
    subject: tuple[str, ...] = ()
    level: tuple[str, ...] = ()
    taught_in: tuple[str, ...] = ()
    activity: tuple[str, ...] = ()
    starts_from: str = ""
    """A month, `2027-04`."""
    starts_until: str = ""
    max_price_minor: int | None = None
    free_places: bool = False
    sort: Sort = "best"
    cursor: str | None = None
    page: int = 1
    """Only to be shown: pages are found by their cursor."""

    @property
    def first_day(self) -> date | None:
        """From when it may start."""
        return date.fromisoformat(f"{self.starts_from}-01") if self.starts_from else None

    @property
    def last_day(self) -> date | None:
        """Until and including when it may start."""
        if not self.starts_until:
            return None
        first = date.fromisoformat(f"{self.starts_until}-01")
        return first.replace(day=calendar.monthrange(first.year, first.month)[1])

    def query(self) -> str:
        """The address of this search, from its question mark on."""
        pairs: list[tuple[str, str | int]] = []
        if self.words:
            pairs.append(("q", self.words))
        for name in ("subject", "level", "taught_in", "activity"):
            pairs += [(name, each) for each in getattr(self, name)]
        if self.starts_from:
            pairs.append(("from", self.starts_from))
        if self.starts_until:
            pairs.append(("to", self.starts_until))
        if self.max_price_minor is not None:
            pairs.append(("price", self.max_price_minor))
        if self.free_places:
            pairs.append(("free", 1))
        if self.sort != "best":
            pairs.append(("sort", self.sort))
        if self.cursor is not None:
            pairs += [("cursor", self.cursor), ("page", self.page)]
        return f"?{urlencode(pairs)}" if pairs else ""


def read_search(form: Form) -> Search:
    """Read a search from an address. What cannot be meant is left out, and an instruction notes it at its field."""
    words = form.text("q", longest=_LONGEST_WORDS, too_long="catalogue.wrong.words")
    level = _choices(form, "level", LEVELS)
    taught_in = _choices(form, "taught_in", LANGUAGES)
    activity = _choices(form, "activity", ACTIVITIES)
    starts_from, starts_until = _month(form, "from"), _month(form, "to")
    if starts_from and starts_until and starts_until < starts_from:
        form.wrong("to", "catalogue.wrong.period")
        starts_until = ""
    price, page = form.typed("price"), form.typed("page")
    if price and price not in map(str, PRICES):
        form.wrong("price", "catalogue.wrong.price", typed=_short(price))
        price = ""
    return Search(
        words=words if len(words) <= _LONGEST_WORDS else "",
        subject=form.chosen("subject")[:_MOST_CHOICES],
        level=level,
        taught_in=taught_in,
        activity=activity,
        starts_from=starts_from,
        starts_until=starts_until,
        max_price_minor=int(price) if price else None,
        free_places=bool(form.typed("free")),
        sort=_sort(form),
        cursor=form.typed("cursor") or None,
        page=int(page) if page.isascii() and page.isdigit() and 0 < int(page) <= _MOST_PAGES else 1,
    )


class Choice(msgspec.Struct, frozen=True):
    """A box, a radio or an option of a filter."""

    value: str
    name: str
    count: int | None
    is_chosen: bool


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one can narrow by. A facet without a choice is left out."""

    facets: tuple[tuple[str, str, tuple[Choice, ...]], ...]
    """Name of the field, its legend, its choices."""
    starts_from: tuple[Choice, ...]
    starts_until: tuple[Choice, ...]
    price: tuple[Choice, ...]
    free_places: bool


class Chip(msgspec.Struct, frozen=True):
    """A filter in use, or one that is often wanted."""

    name: str
    query: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One offering."""

    offering_id: UUID
    starts_at: datetime | None
    """None: at any time."""
    over: str
    title: str
    summary: str
    meta: tuple[str, ...]
    code: str | None
    price: str | None
    price_note: Markup | None
    state: State
    has_places: bool
    """Whether its state is how many are left, which changes while people look."""


class CataloguePage(msgspec.Struct, frozen=True, kw_only=True):
    """The overview."""

    search: Search
    total: int
    rows: tuple[Row, ...]
    filters: Filters
    in_use: tuple[Chip, ...]
    popular: tuple[Chip, ...]
    sorts: tuple[Choice, ...]
    similar: tuple[tuple[str, str], ...]
    """Words that no course has, and those that were taken for them."""
    next_query: str | None
    pages: int

    @property
    def is_narrowed(self) -> bool:
        return bool(self.search.words or self.in_use)

    @property
    def live(self) -> str:
        """The query for the places that change while people look; empty for none."""
        return places_query(row.offering_id for row in self.rows if row.has_places)

    @property
    def places_of_fields(self) -> Mapping[str, str]:
        """Where a field stands that is not in its own place: a facet that has no choices is not shown."""
        shown = {name for name, _, _ in self.filters.facets}
        return {name: "q" for name in ("level", "taught_in", "activity") if name not in shown}


def catalogue_page(
    search: Search,
    page: SearchPage,
    first: SearchPage,
    *,
    words: Words,
    language: Language,
    affiliation: str | None,
    zone: ZoneInfo,
    now: datetime,
) -> CataloguePage:
    """Make the overview.

    Args:
        search: what was looked for.
        page: what was found.
        first: its first page, which alone has total and facets; the same as `page` there.
        words: of the reader.
        language: of the reader.
        affiliation: of the reader; None for whoever is not logged in.
        zone: of the institution.
        now: decides which months there are to choose from.
    """
    today = now.astimezone(zone).date()
    filters = _filters(search, first, words, language, today)
    total = first.total or 0
    return CataloguePage(
        search=search,
        total=total,
        rows=tuple(_row(each, words, affiliation, now) for each in page.items),
        filters=filters,
        in_use=_in_use(search, filters, words, language),
        popular=_popular(_next_month(page, today, zone), words, language),
        sorts=tuple(
            Choice(each, words.say(f"catalogue.sort.{each}"), None, each == search.sort)
            for each in SORTS
        ),
        similar=tuple(page.similar.items()),
        next_query=_next_query(search, page.next),
        pages=max(1, math.ceil(total / PER_PAGE)),
    )


def _row(item: OfferingItem, words: Words, affiliation: str | None, now: datetime) -> Row:
    is_study = item.activity != "course"
    meta = [words.say("catalogue.meetings", count=item.sessions)] if item.sessions else []
    meta.append(words.say(f"offers.in_language.{item.taught_in}"))
    if item.on_campus:
        meta.append(words.say("offers.on_campus"))
    if item.online:
        meta.append(words.say("offers.online"))
    fee = item.fee_minor
    is_at_any_time = not item.sessions and item.starts_at <= now
    is_always_open = is_at_any_time and item.standing == "open"
    return Row(
        offering_id=item.offering_id,
        starts_at=None if is_at_any_time else item.starts_at,
        over=kind_line(item.subject.name, item.level, item.activity, words),
        title=item.title,
        summary=item.summary,
        meta=tuple(meta),
        code=item.course_code if is_study else None,
        price=None if fee is None else price_in_list(fee, item.currency, words, is_study=is_study),
        price_note=other_prices(item.prices, item.currency, mine=affiliation, words=words),
        state=standing_of(
            item.standing,
            item.places,
            opens_at=item.enrolment_opens_at,
            words=words,
        )
        if not is_always_open
        else State("ok", words.say("offers.always_open")),
        has_places=item.standing in ("open", "full") and not is_always_open,
    )


def _filters(
    search: Search, first: SearchPage, words: Words, language: Language, today: date
) -> Filters:
    facets = first.facets
    named: list[tuple[str, str, tuple[Choice, ...]]] = []
    if facets is not None:
        named = [
            ("subject", words.say("catalogue.subject"), _boxes(facets.subject, search.subject, "")),
            (
                "level",
                words.say("catalogue.level"),
                _boxes(facets.level, search.level, "offers.level.", words),
            ),
            (
                "taught_in",
                words.say("catalogue.taught_in"),
                _boxes(facets.taught_in, search.taught_in, "offers.language.", words),
            ),
            (
                "activity",
                words.say("catalogue.activity"),
                _boxes(facets.activity, search.activity, "offers.activity.", words),
            ),
        ]
    months = list(_months(today))
    return Filters(
        facets=tuple(each for each in named if each[2]),
        starts_from=_month_choices(
            words.say("catalogue.now"), months, search.starts_from, language
        ),
        starts_until=_month_choices(
            words.say("catalogue.any_month"), months, search.starts_until, language
        ),
        price=(
            Choice("", words.say("catalogue.any_price"), None, search.max_price_minor is None),
            *(
                Choice(str(each), _price_name(each, words), None, search.max_price_minor == each)
                for each in PRICES
            ),
        ),
        free_places=search.free_places,
    )


def _boxes(
    values: Iterable[FacetValue],
    chosen: tuple[str, ...],
    family: str,
    words: Words | None = None,
) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            each.value,
            words.say(family + each.value) if words else each.name,
            each.offerings,
            each.value in chosen,
        )
        for each in values
    )


def _price_name(price: int, words: Words) -> str:
    if price == 0:
        return words.say("catalogue.free_of_charge")
    return words.say("catalogue.up_to", price=words.whole_money(price, _CURRENCY))


def _months(today: date) -> Iterable[date]:
    """This month and the year after it."""
    for ahead in range(_MONTHS_AHEAD + 1):
        year, month = divmod(today.year * 12 + today.month - 1 + ahead, 12)
        yield date(year, month + 1, 1)


def _month_choices(
    any_month: str, months: list[date], chosen: str, language: Language
) -> tuple[Choice, ...]:
    every = [f"{each:%Y-%m}" for each in months]
    if chosen and chosen not in every:
        every.insert(0, chosen)
    return (
        Choice("", any_month, None, not chosen),
        *(Choice(each, _month_name(each, language), None, each == chosen) for each in every),
    )


def _month_name(month: str, language: Language) -> str:
    return month_in_text(date.fromisoformat(f"{month}-01"), language)


def _in_use(search: Search, filters: Filters, words: Words, language: Language) -> tuple[Chip, ...]:
    """Every filter, with the address of the same search without it."""
    plain = msgspec.structs.replace(search, cursor=None, page=1)
    chips: list[Chip] = []

    def without(name: str, **changes: object) -> None:
        chips.append(Chip(name, msgspec.structs.replace(plain, **changes).query()))

    for facet, _, choices in filters.facets:
        chosen: tuple[str, ...] = getattr(search, facet)
        for choice in choices:
            if choice.is_chosen:
                without(choice.name, **{facet: tuple(x for x in chosen if x != choice.value)})
    if search.starts_from:
        month = _month_name(search.starts_from, language)
        without(words.say("catalogue.from_month", month=month), starts_from="")
    if search.starts_until:
        month = _month_name(search.starts_until, language)
        without(words.say("catalogue.until_month", month=month), starts_until="")
    if search.max_price_minor is not None:
        without(_price_name(search.max_price_minor, words), max_price_minor=None)
    if search.free_places:
        without(words.say("catalogue.free_places"), free_places=False)
    return tuple(chips)


def _next_month(page: SearchPage, today: date, zone: ZoneInfo) -> str | None:
    """The first month after this one in which a course of this page starts."""
    starts = {f"{item.starts_at.astimezone(zone):%Y-%m}" for item in page.items}
    _, *following = (f"{month:%Y-%m}" for month in _months(today))
    return next((month for month in following if month in starts), None)


def _popular(month: str | None, words: Words, language: Language) -> tuple[Chip, ...]:
    """What people often look for; never a month in which nothing starts."""
    soon = []
    if month is not None:
        name = _month_name(month, language).rpartition(" ")[0]
        search = Search(starts_from=month, starts_until=month)
        soon.append(Chip(words.say("catalogue.starts_in", month=name), search.query()))
    return (
        *soon,
        Chip(words.say("catalogue.free_places"), Search(free_places=True).query()),
        Chip(words.say("catalogue.free_of_charge"), Search(max_price_minor=0).query()),
        Chip(words.say("catalogue.in_dutch"), Search(taught_in=("nl",)).query()),
        Chip(words.say("catalogue.minors"), Search(words="minor").query()),
    )


def _next_query(search: Search, following: str | None) -> str | None:
    if following is None:
        return None
    (cursor,) = parse_qs(urlsplit(following).query)["cursor"]
    return msgspec.structs.replace(search, cursor=cursor, page=search.page + 1).query()


def _choices(form: Form, name: str, among: tuple[str, ...]) -> tuple[str, ...]:
    chosen = [each for each in dict.fromkeys(form.chosen(name)) if each]
    for each in chosen:
        if each not in among:
            form.wrong(name, f"catalogue.wrong.{name}", typed=_short(each))
    return tuple(each for each in chosen if each in among)


def _sort(form: Form) -> Sort:
    typed = form.typed("sort") or SORTS[0]
    for each in SORTS:
        if each == typed:
            return each
    form.wrong("sort", "catalogue.wrong.sort", typed=_short(typed))
    return SORTS[0]


def _month(form: Form, name: str) -> str:
    typed = form.typed(name)
    if not typed or _MONTH.fullmatch(typed):
        return typed
    form.wrong(name, "catalogue.wrong.month", typed=_short(typed))
    return ""


def _short(typed: str) -> str:
    """Enough of it to be known again."""
    return typed if len(typed) <= _LONGEST_QUOTE else f"{typed[:_LONGEST_QUOTE]}…"
