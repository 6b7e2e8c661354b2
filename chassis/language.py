"""Dates, times and money as a reader of either language expects them.

Source: the design's table "Dates, times and money".
"""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from babel.core import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, get_currency_precision, get_currency_symbol

from contracts.fact import Language

NO_BREAK = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
EN_DASH = "\N{EN DASH}"
_LOCALES = {"nl": Locale("nl", "NL"), "en": Locale("en", "GB")}


class Money(msgspec.Struct, frozen=True):
    """An amount in minor units of an ISO 4217 currency."""

    amount_minor: int
    currency: str


def date_in_text(day: date, language: Language) -> str:
    """Tuesday 13 April 2027; dinsdag 13 april 2027."""
    return _unbroken(_formatted(day, "EEEE d MMMM y", language))


def date_in_row(day: date, language: Language) -> str:
    """Tue 13 Apr 2027; di 13 apr 2027."""
    return _unbroken(_in_short(day, "EEE d MMM y", language))


def date_of_deadline(day: date, language: Language) -> str:
    """Tue 30 Mar; di 30 mrt: `until and including` stands before it."""
    weekday, number, month = _in_short(day, "EEE d MMM", language).split(" ")
    return f"{weekday} {number}{NO_BREAK}{month}"


def month_in_row(day: date, language: Language) -> str:
    """Apr 2027; apr 2027: below a large day."""
    return _in_short(day, "MMM y", language)


def month_in_text(day: date, language: Language) -> str:
    """April 2027; april 2027."""
    return _formatted(day, "MMMM y", language)


def date_short(day: date, language: Language) -> str:
    """13 April 2027; 13 april 2027."""
    return _unbroken_start(_formatted(day, "d MMMM y", language))


def span(starts: datetime, ends: datetime) -> str:
    """18:30–20:30, both in the zone that they carry."""
    return f"{starts:%H:%M}{EN_DASH}{ends:%H:%M}"


@lru_cache(maxsize=4096)
def money(amount: Money, language: Language) -> str:
    """€1,250.00; € 1.250,00; less than nothing with a real minus sign."""
    precision = get_currency_precision(amount.currency)
    number = format_decimal(
        Decimal(abs(amount.amount_minor)).scaleb(-precision),
        format="#,##0" + ("." + "0" * precision if precision else ""),
        locale=_LOCALES[language],
    )
    sign = MINUS if amount.amount_minor < 0 else ""
    symbol = get_currency_symbol(amount.currency, locale=_LOCALES[language])
    return f"{symbol}{NO_BREAK}{sign}{number}" if language == "nl" else f"{sign}{symbol}{number}"


def whole_money(amount: Money, language: Language) -> str:
    """€395; € 395: in lists, without the cents of an amount that has none."""
    text = money(amount, language)
    precision = get_currency_precision(amount.currency)
    has_cents = amount.amount_minor % 10**precision
    return text if has_cents or not precision else text[: -precision - 1]


def percent(value: int) -> str:
    """15 %, in both languages; never broken."""
    return f"{value}{NO_BREAK}%"


def preferred_language(accept_language: str | None) -> Language:
    """The language that an Accept-Language header (RFC 9110, 12.5.4) likes best; English unless Dutch wins."""
    weights = {"nl": 0.0, "en": 0.0}
    for part in (accept_language or "").split(","):
        tag, _, parameter = part.strip().partition(";")
        primary = tag.partition("-")[0].lower()
        if primary in weights:
            weights[primary] = max(weights[primary], _quality(parameter))
    return "nl" if weights["nl"] > weights["en"] else "en"


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


class ReaderFormatter(Formatter):
    """Fills a sentence with instants and amounts in one reader's language and the institution's zone."""

    def __init__(self, language: Language, zone: ZoneInfo) -> None:
        self._language = language
        self._zone = zone

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, datetime):
            local = value.astimezone(self._zone)
            return f"{date_in_text(local, self._language)}, {local:%H:%M}"
        if isinstance(value, date):
            return date_in_text(value, self._language)
        if isinstance(value, Money):
            return money(value, self._language)
        return str(super().format_field(value, format_spec))


def _in_short(day: date, pattern: str, language: Language) -> str:
    """Without the full stops of abbreviations, and with months of three letters."""
    return _formatted(day, pattern, language).replace(".", "").replace("Sept", "Sep")


def _formatted(day: date, pattern: str, language: Language) -> str:
    return _format_day(day.year, day.month, day.day, pattern, language)


@lru_cache(maxsize=4096)
def _format_day(year: int, month: int, day: int, pattern: str, language: Language) -> str:
    """Kept, because pages and mails speak of the same few days again and again: Babel takes 50 µs."""
    return format_date(date(year, month, day), pattern, locale=_LOCALES[language])


def _unbroken(text: str) -> str:
    """A line never ends between a day and its month."""
    weekday, day, rest = text.split(" ", 2)
    return f"{weekday} {day}{NO_BREAK}{rest}"


def _unbroken_start(text: str) -> str:
    return text.replace(" ", NO_BREAK, 1)
