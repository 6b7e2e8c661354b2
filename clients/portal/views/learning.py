"""My courses, and one of them."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from clients.portal.api.enrolment import Enrolment
from clients.portal.views.course import state_of_mine
from clients.portal.views.offers import State
from clients.portal.words import Words


class MyCourse(msgspec.Struct, frozen=True, kw_only=True):
    """One enrolment, with how it stands."""

    enrolment: Enrolment
    state: State
    price: str


class MyCoursesPage(msgspec.Struct, frozen=True, kw_only=True):
    """What is to come or under way, and what is behind."""

    current: tuple[MyCourse, ...]
    past: tuple[MyCourse, ...]


def my_courses_page(
    enrolments: Sequence[Enrolment], *, words: Words, zone: ZoneInfo, now: datetime
) -> MyCoursesPage:
    """Make the list: the next one first, then what is over, the latest first."""
    alive = ("waitlisted", "offered", "held", "confirmed")
    current = [each for each in enrolments if each.state in alive and each.ends_at > now]
    past = [each for each in enrolments if each not in current]
    return MyCoursesPage(
        current=tuple(
            my_course(each, words=words, zone=zone, now=now)
            for each in sorted(current, key=lambda each: each.starts_at)
        ),
        past=tuple(
            my_course(each, words=words, zone=zone, now=now)
            for each in sorted(past, key=lambda each: each.starts_at, reverse=True)
        ),
    )


def my_course(enrolment: Enrolment, *, words: Words, zone: ZoneInfo, now: datetime) -> MyCourse:
    """One of them."""
    return MyCourse(
        enrolment=enrolment,
        state=state_of_mine(enrolment, words, now=now, zone=zone),
        price=words.money(enrolment.fee_minor, enrolment.currency),
    )
