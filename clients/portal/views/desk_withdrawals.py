"""The office's reviews of withdrawals: who waits, and what the policy gives back."""

from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec

from clients.portal.api.asking import Missing, Part, found, the_missing
from clients.portal.api.catalogue import Offering
from clients.portal.api.enrolment import WithdrawalState, WithdrawalToReview
from clients.portal.api.paging import Page
from clients.portal.views.desk_people import Names, name_of
from clients.portal.words import Words

STATES: tuple[WithdrawalState, ...] = ("to_review", "reviewed")


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the queue."""

    withdrawal: WithdrawalToReview
    name: str


class QueuePage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the queue."""

    state: WithdrawalState
    rows: tuple[Waiting, ...]
    next_query: str | None
    is_first: bool
    missing: tuple[Part, ...]


class ReviewPage(msgspec.Struct, frozen=True, kw_only=True):
    """One withdrawal, to be decided or decided."""

    withdrawal: WithdrawalToReview
    name: str
    kept_percent: int | None
    """None where nothing was to be paid."""
    days_before: int | None
    """Calendar days from submitting to the start as it is planned now; negative after it, None if not known."""
    missing: tuple[Part, ...]


def queue_page(
    state: WithdrawalState,
    found_here: Page[WithdrawalToReview],
    names: Names,
    *,
    cursor: str,
    words: Words,
) -> QueuePage:
    """Make the list; the order is the service's, the longest waiting first."""
    following = found_here.cursor
    return QueuePage(
        state=state,
        rows=tuple(
            Waiting(withdrawal=each, name=name_of(each.learner_id, names, words))
            for each in found_here.items
        ),
        next_query=f"?{urlencode({'state': state, 'cursor': following})}" if following else None,
        is_first=not cursor,
        missing=the_missing(names),
    )


def review_page(
    withdrawal: WithdrawalToReview,
    names: Names,
    offering: Offering | Missing | None,
    *,
    words: Words,
    zone: ZoneInfo,
) -> ReviewPage:
    """Make the page of one withdrawal."""
    fee = withdrawal.fee_minor
    there = None if offering is None else found(offering)
    return ReviewPage(
        withdrawal=withdrawal,
        name=name_of(withdrawal.learner_id, names, words),
        kept_percent=round(100 * withdrawal.kept_minor / fee) if fee else None,
        days_before=_days(withdrawal.submitted_at, there.starts_at, zone) if there else None,
        missing=the_missing(names, offering),
    )


def _days(start: datetime, end: datetime, zone: ZoneInfo) -> int:
    return (end.astimezone(zone).date() - start.astimezone(zone).date()).days
