"""Percentiles are values that were measured."""

import pytest

from tests.load.percentiles import percentile


@pytest.mark.parametrize(("percent", "expected"), [(50, 2.0), (75, 3.0), (99, 4.0), (100, 4.0)])
def test_a_percentile_is_the_nearest_rank(percent: float, expected: float) -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], percent) == expected


def test_one_slow_request_in_a_hundred_is_not_the_99th_percentile() -> None:
    assert percentile([1.0] * 99 + [60.0], 99) == 1.0


def test_two_slow_requests_in_a_hundred_are() -> None:
    assert percentile([1.0] * 98 + [60.0] * 2, 99) == 60.0


def test_nothing_measured_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 99)
