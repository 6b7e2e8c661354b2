"""My learning: my courses, one of them, and the way out of it. Confirmations, reminders and calendars lead here."""

import asyncio
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from chassis.http.access import SIGNED_IN
from clients.portal.api import catalogue, enrolment, payment, records
from clients.portal.api.asking import Missing, Refused, or_missing, or_none
from clients.portal.api.catalogue import Offering
from clients.portal.api.enrolment import Enrolment, LeavingCosts
from clients.portal.forms import Form, empty_form
from clients.portal.views.learning import my_courses_page
from clients.portal.views.managing import (
    Back,
    back_of,
    has_paid_nothing,
    manage_page,
    may_withdraw,
)
from clients.portal.views.records import Achieved, achieved_of
from clients.portal.views.withdrawing import read_leave, withdraw_page, withdrawn_page
from clients.portal.visit import Visit

Page = Response[str] | Response[bytes]

_MINE = "/my/courses/{enrolment_id:uuid}"


@get("/my/courses", access=SIGNED_IN)
async def list_my_courses(visit: NamedDependency[Visit]) -> Response[str]:
    """What asks for attention, what I am enrolled in and was, what I owe."""
    enrolments, orders, evaluations = await asyncio.gather(
        enrolment.list_enrolments(visit.ask),
        or_missing(payment.list_orders(visit.ask)),
        or_missing(records.list_open_evaluations(visit.ask)),
    )
    zone = visit.parts.settings.institution_zone
    page = my_courses_page(
        enrolments, orders, evaluations, words=visit.words, zone=zone, now=visit.now
    )
    return visit.show("my_courses.html", page, section="learning")


@get(_MINE, access=SIGNED_IN)
async def manage_course(
    enrolment_id: FromPath[UUID], visit: NamedDependency[Visit]
) -> Response[str]:
    """One enrolment of mine."""
    mine, order = await asyncio.gather(
        enrolment.get_enrolment(visit.ask, enrolment_id),
        or_missing(payment.find_order(visit.ask, enrolment_id)),
    )
    (offering, back), achieved = await asyncio.gather(
        _offering_and_back(visit, mine), or_missing(_achieved(visit, mine))
    )
    zone = visit.parts.settings.institution_zone
    page = manage_page(
        mine, offering, order, back, achieved, words=visit.words, zone=zone, now=visit.now
    )
    return visit.show("my_course.html", page, section="learning", form=empty_form(visit.words))


@post(_MINE, access=SIGNED_IN, status_code=303)
async def accept_offer(
    enrolment_id: FromPath[UUID], visit: NamedDependency[Visit]
) -> Response[bytes]:
    """Take the place that is offered, and go on to pay for it."""
    form = await visit.form()
    mine = await enrolment.accept_offer(visit.ask, enrolment_id, key=form.key)
    return visit.go(f"/my/courses/{enrolment_id}/{'pay' if mine.state == 'held' else 'outcome'}")


@get(f"{_MINE}/withdraw", access=SIGNED_IN)
async def show_withdraw(enrolment_id: FromPath[UUID], visit: NamedDependency[Visit]) -> Page:
    """Why, and what comes back."""
    mine = await enrolment.get_enrolment(visit.ask, enrolment_id)
    if not may_withdraw(mine, now=visit.now):
        return visit.go(f"/my/courses/{enrolment_id}")
    return await _show_withdraw(visit, mine, empty_form(visit.words))


@post(f"{_MINE}/withdraw", access=SIGNED_IN, status_code=303)
async def submit_withdrawal(enrolment_id: FromPath[UUID], visit: NamedDependency[Visit]) -> Page:
    """Leave, once."""
    form = await visit.form()
    leave = read_leave(form)
    if leave is not None:
        try:
            await enrolment.submit_withdrawal(visit.ask, enrolment_id, leave, key=form.key)
            return visit.go(f"/my/courses/{enrolment_id}/withdrawn")
        except Refused as refused:
            if refused.code == "not-enrolled":
                return visit.go(f"/my/courses/{enrolment_id}")  # It says how it ended, and when.
            form.take(refused, {"/reason": "reason", "/note": "more"})
    mine = await enrolment.get_enrolment(visit.ask, enrolment_id)
    return await _show_withdraw(visit, mine, form)


@get(f"{_MINE}/withdrawn", access=SIGNED_IN)
async def show_withdrawn(
    enrolment_id: FromPath[UUID], visit: NamedDependency[Visit]
) -> Response[str]:
    """The receipt, and what became of the money."""
    mine, withdrawal = await asyncio.gather(
        enrolment.get_enrolment(visit.ask, enrolment_id),
        enrolment.get_withdrawal(visit.ask, enrolment_id),
    )
    page = withdrawn_page(mine, withdrawal, words=visit.words)
    return visit.show("withdrawn.html", page, section="learning")


async def _achieved(visit: Visit, mine: Enrolment) -> Achieved | None:
    """What came of it; nobody needs to be asked before it has begun."""
    if mine.confirmed_at is None or visit.now < mine.starts_at:
        return None
    record, evaluation = await asyncio.gather(
        or_none(records.get_record(visit.ask, mine.enrolment_id)),
        or_none(records.get_evaluation(visit.ask, mine.enrolment_id)),
    )
    return achieved_of(record, evaluation, words=visit.words, language=visit.language)


async def _show_withdraw(visit: Visit, mine: Enrolment, form: Form) -> Page:
    offering, back = await _offering_and_back(visit, mine)
    page = withdraw_page(mine, offering, back, words=visit.words)
    return visit.show("withdraw.html", page, section="learning", form=form, status=form.status)


async def _offering_and_back(
    visit: Visit, mine: Enrolment
) -> tuple[Offering | Missing | None, Back | None]:
    """The course, and what comes back of what was paid for it."""
    offering, costs = await asyncio.gather(
        or_missing(or_none(catalogue.get_offering(visit.ask, mine.offering_id))),
        or_missing(_costs(visit, mine)),
    )
    zone = visit.parts.settings.institution_zone
    return offering, back_of(mine, costs, words=visit.words, zone=zone, now=visit.now)


async def _costs(visit: Visit, mine: Enrolment) -> LeavingCosts | None:
    if has_paid_nothing(mine):
        return None
    return await enrolment.get_my_leaving_costs(visit.ask, mine.enrolment_id)


ROUTES = [
    list_my_courses,
    manage_course,
    accept_offer,
    show_withdraw,
    submit_withdrawal,
    show_withdrawn,
]
