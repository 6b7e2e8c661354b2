"""What was measured is kept, told and drawn."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from tests.load.figures import Figure
from tests.load.report import put_into, write_report
from tests.load.run import PartRun, Run, line_of, missed, read_runs


def part_run(*figures: Figure) -> PartRun:
    return PartRun(
        began_at=datetime(2026, 11, 23, 13, 0, tzinfo=UTC),
        took_s=61.4,
        machine="a machine",
        commit="abc1234",
        figures=list(figures),
        curves={"latency.99 in 100 requests": [(250, 10.0), (500, 20.0)]},
    )


ACCEPTED = Figure("hot.accepted_per_s", 1612.4, "/s", 2079.0)
TOO_MUCH = Figure("memory.idle_mb", 1100, "MB")


def test_a_line_says_figure_limit_floor_and_whether_it_is_reached() -> None:
    words = line_of(ACCEPTED).split()
    assert words == [
        "hot.accepted_per_s",
        "1,612",
        "/s",
        "limit",
        "2,079",
        "floor",
        "≥",
        "1,500",
        "reached",
    ]


def test_what_misses_its_floor_is_found() -> None:
    assert missed([ACCEPTED, TOO_MUCH]) == [TOO_MUCH]


def test_figures_are_written_as_a_list_with_exactly_four_fields(tmp_path: Path) -> None:
    run = Run(tmp_path, tmp_path)
    run.begin("hot")
    run.found("hot.accepted_per_s", 1612.4, "/s", limit=2079)
    run.found("hot.p99_ms_at_500", 80, "ms")
    run.end()
    assert msgspec.json.decode((tmp_path / "bench.json").read_bytes()) == [
        {"name": "hot.accepted_per_s", "value": 1612.4, "unit": "/s", "limit": 2079},
        {"name": "hot.p99_ms_at_500", "value": 80, "unit": "ms", "limit": None},
    ]


def test_a_part_that_is_run_again_replaces_its_own_figures_only(tmp_path: Path) -> None:
    for part, value in (("hot", 1.0), ("story", 2.0), ("hot", 3.0)):
        run = Run(tmp_path, tmp_path)
        run.begin(part)
        run.found(f"{part}.per_s", value, "/s")
        run.end()
    kept = {part: each.figures[0].value for part, each in read_runs(tmp_path).items()}
    assert kept == {"hot": 3.0, "story": 2.0}


def test_nothing_was_measured_yet(tmp_path: Path) -> None:
    assert read_runs(tmp_path) == {}


def test_the_report_says_when_where_and_of_which_commit(tmp_path: Path) -> None:
    written = write_report({"hot": part_run(ACCEPTED)}, [tmp_path / "p" / "a.svg"], tmp_path)
    assert "| `hot.accepted_per_s` | 1,612 | /s | 2,079 | ≥ 1,500 | reached |" in written
    assert "23 November 2026, 13:00 UTC, commit abc1234, 61 s, on a machine." in written
    assert "![a](p/a.svg)" in written


def test_only_what_is_between_the_marks_is_replaced() -> None:
    document = "Before\n<!-- measured: begin -->\nold\n<!-- measured: end -->\nAfter"
    assert put_into(document, r"new \1") == (
        "Before\n<!-- measured: begin -->\nnew \\1\n<!-- measured: end -->\nAfter"
    )


def test_a_document_without_marks_is_left_alone() -> None:
    with pytest.raises(ValueError, match="There is no"):
        put_into("nothing", "new")
