"""What the pages with evaluation results are rendered with in tests."""

from typing import Any

import msgspec

from clients.portal.api.records import EvaluationResults, Judged, Written
from clients.portal.views.desk_evaluation import answers_page, evaluation_page
from contracts.fact import Language
from tests.unit.portal.desk_samples import MARIT
from tests.unit.portal.samples import OFFERING, words

KEEP = Written(
    "keep",
    "What should stay as it is?",
    tuple(f"Answer {number:02}: <b>examples</b>" for number in range(1, 24)),
)
CHANGE = Written("change", "What should change?", ())
RESULTS = EvaluationResults(
    asked=30,
    answered=23,
    fewest_shown=5,
    statements=(
        Judged("goals", "I reached the learning goals", (0, 1, 2, 12, 8), "4.2"),
        Judged("level", "The level suited me", (1, 2, 5, 9, 6), "3.7"),
        Judged("lecturer", "The lecturer explained things clearly", (0, 0, 0, 0, 23), "5.0"),
        Judged("work", "The assignments helped me learn", (5, 6, 7, 4, 1), "2.6"),
        Judged("place", "Place, time and materials were in order", (0, 3, 9, 9, 2), "3.4"),
    ),
    questions=(KEEP, CHANGE),
)
TOO_FEW = EvaluationResults(asked=9, answered=4, fewest_shown=5, statements=(), questions=())


def evaluation(language: Language, results: EvaluationResults = RESULTS) -> Any:
    return evaluation_page(OFFERING, results, words=words(language))


def pages(language: Language) -> dict[str, list[dict[str, Any]]]:
    """Every template with evaluation results."""
    nobody = msgspec.structs.replace(TOO_FEW, asked=0, answered=0)
    one = msgspec.structs.replace(TOO_FEW, answered=1)
    long = msgspec.structs.replace(KEEP, answers=("é" * 2000,) * 23)
    return {
        "desk_evaluation.html": [
            {"person": MARIT, "page": evaluation(language, each)}
            for each in (RESULTS, TOO_FEW, one, nobody)
        ],
        "desk_answers.html": [
            {"person": MARIT, "page": answers_page(OFFERING, written, start)}
            for written, start in ((KEEP, 0), (KEEP, 10), (KEEP, 20), (long, 0), (CHANGE, 0))
        ],
    }
