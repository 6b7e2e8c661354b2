"""What is wrong with what the office sends, as problems say it."""

from collections.abc import Iterator
from contextlib import contextmanager

from chassis.http.problems import INVALID_INPUT
from contracts.fact import Language
from services.catalogue.domain.faults import Faulty


@contextmanager
def faults_named(language: Language) -> Iterator[None]:
    """Answer with all faults at once, each at its place in the body."""
    try:
        yield
    except Faulty as faulty:
        refusal = INVALID_INPUT()
        refusal.errors += [
            {
                "pointer": "".join(f"/{part}" for part in fault.path),
                "detail": fault.reason.in_language(language),
            }
            for fault in faulty.faults
        ]
        raise refusal from faulty
