"""Pictures are drawn of what there is, and of nothing where there is nothing."""

from pathlib import Path

import pytest

from tests.load.figures import Figure
from tests.unit.load.test_report import ACCEPTED, part_run

pytest.importorskip("matplotlib", reason="make bench installs it")
from tests.load.drawing import draw, draw_latency, draw_throughput


def test_nothing_measured_draws_nothing(tmp_path: Path) -> None:
    assert draw({}, tmp_path) == []
    assert draw_latency({}) is None
    assert draw_throughput([Figure("hot.accepted_per_s", 1.0, "/s")]) is None


def test_what_was_measured_stands_in_the_pictures(tmp_path: Path) -> None:
    drawn = draw({"hot": part_run(ACCEPTED)}, tmp_path)
    assert [each.name for each in drawn] == ["latency.svg", "throughput.svg"]
    latency, throughput = (each.read_text() for each in drawn)
    assert "99 in 100 requests" in latency
    assert "1,612 of 2,079 /s" in throughput


def test_the_same_figures_make_the_same_file(tmp_path: Path) -> None:
    first, second = (
        [each.read_bytes() for each in draw({"hot": part_run(ACCEPTED)}, tmp_path / name)]
        for name in ("first", "second")
    )
    assert first == second
