"""The samples of every page: what test_pages.py looks at."""

from typing import Any

from contracts.fact import Language
from tests.unit.portal import (
    desk_samples,
    evaluated_samples,
    finance_samples,
    helping_samples,
    mails_samples,
    publishing_samples,
    record_samples,
    samples,
)


def pages(language: Language) -> dict[str, list[dict[str, Any]]]:
    """Every template, with what it is rendered with."""
    return {
        **samples.pages(language),
        **desk_samples.pages(language),
        **evaluated_samples.pages(language),
        **finance_samples.pages(language),
        **helping_samples.pages(language),
        **mails_samples.pages(language),
        **publishing_samples.pages(language),
        **record_samples.pages(language),
    }
