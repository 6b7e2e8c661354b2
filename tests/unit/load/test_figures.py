"""Figures are held against their floors, and shown as people read them."""

import pytest

from tests.load.figures import Figure, show_number, verdict


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("hot.accepted_per_s", 1500, "reached"),
        ("hot.accepted_per_s", 1499.9, "MISSED"),
        ("hot.p99_ms_at_500", 100, "reached"),
        ("hot.p99_ms_at_500", 100.1, "MISSED"),
        ("stampede.oversold", 1, "MISSED"),
        ("hot.bare_edge_per_s", 1, ""),
    ],
)
def test_a_floor_is_reached_or_missed(name: str, value: float, expected: str) -> None:
    assert verdict(Figure(name, value, "")) == expected


def test_spread_must_be_no_slower_than_hot_was_in_the_same_run() -> None:
    assert verdict(Figure("spread.accepted_per_s", 1700, "/s", limit=1600)) == "reached"
    assert verdict(Figure("spread.accepted_per_s", 1700, "/s", limit=1800)) == "MISSED"


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (None, "–"),
        (0, "0"),
        (0.2641, "0.264"),
        (14.3, "14.3"),
        (1612.4, "1,612"),
        (20000, "20,000"),
    ],
)
def test_a_number_has_the_digits_that_mean_something(number: float | None, expected: str) -> None:
    assert show_number(number) == expected
