"""What the pages with evaluation results decide."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.portal.api.records import EvaluationResults, Judged
from clients.portal.views.desk_evaluation import AnswersPage, answers_page, evaluation_page
from tests.unit.portal import evaluated_samples as evaluated
from tests.unit.portal import samples


def test_a_bar_has_a_piece_for_every_score_that_was_given_one_after_the_other() -> None:
    first = evaluated.evaluation("en").statements[0]

    assert [(bar.x, bar.width) for bar in first.bars] == [
        ("0.00%", "4.35%"), ("4.35%", "8.70%"), ("13.04%", "52.17%"), ("65.22%", "34.78%"),
    ]  # fmt: skip
    assert [bar.shade for bar in first.bars] == [".35", ".55", ".78", "1"]


@given(st.lists(st.integers(0, 500), min_size=5, max_size=5).filter(any))
def test_a_bar_is_always_a_hundred_percent_wide(counts: list[int]) -> None:
    judged = Judged("goals", "I reached the learning goals", tuple(counts), "3.0")  # type: ignore[arg-type] # Five.
    results = EvaluationResults(1, 1, 1, (judged,), ())

    page = evaluation_page(samples.OFFERING, results, words=samples.words("en"))

    assert sum(float(bar.width[:-1]) for bar in page.statements[0].bars) == pytest.approx(
        100, 0.001
    )


def test_the_chart_says_nothing_that_the_table_does_not_say() -> None:
    html = samples.render("desk_evaluation.html", "nl", evaluated.evaluation("nl"), samples.NOOR)

    assert html.count('<svg class="bar" aria-hidden="true">') == 5
    assert '<td class="num" data-label="Gaf 4">12</td>' in html
    assert "<strong>4,2</strong>" in html


def test_below_five_answers_there_is_a_number_and_why_there_is_no_more() -> None:
    page = evaluated.evaluation("en", evaluated.TOO_FEW)
    html = samples.render("desk_evaluation.html", "en", page, samples.NOOR)

    assert page.share == 44
    assert "There are 4 answers" in html
    assert "from 5 answers on" in html
    assert "<svg class=" not in html.partition("<main")[2]


@pytest.mark.parametrize(
    ("start", "first", "last", "before", "after"),
    [(0, 1, 10, None, 10), (10, 11, 20, 0, 20), (20, 21, 23, 10, None), (13, 11, 20, 0, 20),
     (999999, 21, 23, 10, None)],
)  # fmt: skip
def test_answers_come_in_parts_of_ten(
    start: int, first: int, last: int, before: int | None, after: int | None
) -> None:
    page: AnswersPage = answers_page(samples.OFFERING, evaluated.KEEP, start)

    assert (page.first, page.last, page.before, page.after) == (first, last, before, after)
    assert len(page.answers) == last - first + 1
