"""Dates, times and money as the design's table has them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from chassis.language import (
    Money,
    ReaderFormatter,
    date_in_row,
    date_in_text,
    date_of_deadline,
    money,
    month_in_row,
    month_in_text,
    percent,
    preferred_language,
    span,
    whole_money,
)
from contracts.fact import Language

NB = "\N{NO-BREAK SPACE}"
DAY = date(2027, 4, 13)


def test_dates_in_text_and_in_rows() -> None:
    assert date_in_text(DAY, "en") == f"Tuesday 13{NB}April 2027"
    assert date_in_text(DAY, "nl") == f"dinsdag 13{NB}april 2027"
    assert date_in_row(DAY, "en") == f"Tue 13{NB}Apr 2027"
    assert date_in_row(DAY, "nl") == f"di 13{NB}apr 2027"


def test_deadlines_and_months() -> None:
    assert date_of_deadline(date(2027, 3, 30), "en") == f"Tue 30{NB}Mar"
    assert date_of_deadline(date(2027, 3, 30), "nl") == f"di 30{NB}mrt"
    assert month_in_row(DAY, "en") == "Apr 2027"
    assert month_in_text(DAY, "nl") == "april 2027"


def test_september_has_three_letters_in_rows_and_all_in_text() -> None:
    day = date(2027, 9, 6)

    assert date_in_row(day, "en") == f"Mon 6{NB}Sep 2027"
    assert date_in_row(day, "nl") == f"ma 6{NB}sep 2027"
    assert month_in_row(day, "en") == "Sep 2027"
    assert date_in_text(day, "en") == f"Monday 6{NB}September 2027"


def test_percent_is_never_broken() -> None:
    assert percent(15) == f"15{NB}%"


@pytest.mark.parametrize(
    ("amount", "en", "nl"),
    [
        (Money(39500, "EUR"), "€395", f"€{NB}395"),
        (Money(125000, "EUR"), "€1,250", f"€{NB}1.250"),
        (Money(39550, "EUR"), "€395.50", f"€{NB}395,50"),
        (Money(1500, "JPY"), "JP¥1,500", f"JP¥{NB}1.500"),
    ],
)
def test_money_in_lists_is_whole_unless_it_is_not(amount: Money, en: str, nl: str) -> None:
    assert whole_money(amount, "en") == en
    assert whole_money(amount, "nl") == nl


def test_a_span_of_time_has_an_en_dash() -> None:
    assert (
        span(datetime(2027, 4, 13, 18, 30, tzinfo=UTC), datetime(2027, 4, 13, 20, 30, tzinfo=UTC))
        == "18:30–20:30"
    )


@pytest.mark.parametrize(
    ("amount", "en", "nl"),
    [
        (Money(125000, "EUR"), "€1,250.00", f"€{NB}1.250,00"),
        (Money(-22500, "EUR"), "−€225.00", f"€{NB}−225,00"),
        (Money(0, "EUR"), "€0.00", f"€{NB}0,00"),
        (Money(5, "EUR"), "€0.05", f"€{NB}0,05"),
        (Money(1500, "JPY"), "JP¥1,500", f"JP¥{NB}1.500"),
    ],
)
def test_money(amount: Money, en: str, nl: str) -> None:
    assert money(amount, "en") == en
    assert money(amount, "nl") == nl


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("nl", "nl"),
        ("nl-BE,nl;q=0.9,en;q=0.8", "nl"),
        ("en-GB,en;q=0.9,nl;q=0.8", "en"),
        ("de,nl;q=0.5", "nl"),
        ("nl;q=0.1,en;q=0.2", "en"),
        ("nl;q=x", "en"),
        ("*", "en"),
    ],
)
def test_the_reader_chooses_the_language(header: str | None, language: Language) -> None:
    assert preferred_language(header) == language


def test_a_sentence_is_filled_for_its_reader_in_the_institutions_zone() -> None:
    sentence = ReaderFormatter("nl", ZoneInfo("Europe/Amsterdam"))
    closed_at = datetime(2027, 4, 6, 22, 0, tzinfo=UTC)

    filled = sentence.vformat("{at}: {fee}", (), {"at": closed_at, "fee": Money(19500, "EUR")})

    assert filled == f"woensdag 7{NB}april 2027, 00:00: €{NB}195,00"
