"""The office publishes offerings, changes, moves and cancels them."""

import asyncio
from http import HTTPStatus
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from chassis.http.access import only
from clients.portal.api import catalogue, enrolment, identity, publishing
from clients.portal.api.asking import Refused, or_missing
from clients.portal.api.publishing import LOTS, Lot, Plan, Planned
from clients.portal.forms import Form, empty_form
from clients.portal.views.planning import (
    FIRST_SESSIONS,
    copy_typed,
    plan_typed,
    read_both,
    read_moves,
    read_plan,
    rows_of,
    session_fields,
    sessions_typed,
)
from clients.portal.views.publishing import caused_page, kept_page, plan_page
from clients.portal.visit import Visit
from contracts.fact import Translated

OFFICE = only("office")

_COURSES_TO_CHOOSE_FROM = 100
_LONGEST_REASON = 1000
_CONFIRM = "confirm"


async def show_kept(visit: Visit) -> Response[str]:
    """Everything that is or was offered, for the office: also what nobody else can find."""
    asked = visit.request.query_params
    words, cursor = asked.get("q", "").strip()[:200], asked.get("cursor", "")
    lot: Lot = next((each for each in LOTS if each == asked.get("lot", "")), LOTS[0])
    listed = await publishing.list_kept(visit.ask, lot, words=words, cursor=cursor)
    page = kept_page(words, lot, listed, cursor, visit.words)
    return visit.show("desk_kept.html", page, section="desk")


@get("/desk/offerings/new", access=OFFICE)
async def show_new_offering(visit: NamedDependency[Visit]) -> Response[str]:
    """An empty form; with `from`, as a copy of an offering that there is; with `course`, of that course."""
    asked = visit.request.query_params
    filled = {
        "course": asked.get("course", "")[:64],
        "currency": "EUR",
        "rows": str(FIRST_SESSIONS),
    }
    if (source := asked.get("from")) is not None:
        planned, _ = await publishing.get_plan(visit.ask, _id_of(source))
        zone = visit.parts.settings.institution_zone
        filled |= copy_typed(planned.plan, zone, visit.words)
    return await _show_plan(visit, None, "", empty_form(visit.words, **filled))


@post("/desk/offerings/new", access=OFFICE, status_code=303)
async def publish_new_offering(visit: NamedDependency[Visit]) -> Response[str] | Response[bytes]:
    """Publish; or show the form again with room for one session more."""
    form = await visit.form()
    if _wants_more(form):
        return await _show_plan(visit, None, "", form, more=1)
    read = read_plan(form, visit.parts.settings.institution_zone)
    if read is not None:
        try:
            planned = await publishing.publish_new_offering(visit.ask, read.plan, key=form.key)
            return visit.go(f"/desk/offerings/{planned.offering_id}/plan?published")
        except Refused as refused:
            form.take(refused, read.pointers)
            form = form.with_new_key()
    return await _show_plan(visit, None, "", form)


@get("/desk/offerings/{offering_id:uuid}/plan", access=OFFICE)
async def show_plan(offering_id: FromPath[UUID], visit: NamedDependency[Visit]) -> Response[str]:
    """Everything that was decided about an offering, to change it."""
    planned, tag = await publishing.get_plan(visit.ask, offering_id)
    typed = plan_typed(planned.plan, visit.parts.settings.institution_zone, visit.words)
    return await _show_plan(visit, planned, tag, empty_form(visit.words, tag=tag, **typed))


@post("/desk/offerings/{offering_id:uuid}/plan", access=OFFICE, status_code=303)
async def publish_new_version(
    offering_id: FromPath[UUID], visit: NamedDependency[Visit]
) -> Response[str] | Response[bytes]:
    """Publish an offering anew, in place of what its form was made of."""
    (planned, _), form = await asyncio.gather(
        publishing.get_plan(visit.ask, offering_id), visit.form()
    )
    tag = form.typed("tag")
    if _wants_more(form):
        return await _show_plan(visit, planned, tag, form, more=1)
    read = read_plan(form, visit.parts.settings.institution_zone)
    if read is not None:
        try:
            await publishing.publish_new_version(visit.ask, offering_id, read.plan, tag=tag)
            return visit.go(f"/desk/offerings/{offering_id}/plan?published")
        except Refused as refused:
            form.take(refused, read.pointers)
    return await _show_plan(visit, planned, tag, form)


@get("/desk/offerings/{offering_id:uuid}/rescheduling", access=OFFICE)
async def show_rescheduling(
    offering_id: FromPath[UUID], visit: NamedDependency[Visit]
) -> Response[str]:
    """When and where the sessions are, to move them."""
    planned, _ = await publishing.get_plan(visit.ask, offering_id)
    typed = sessions_typed(planned.plan.sessions, visit.parts.settings.institution_zone)
    return await _show_caused(
        visit, "desk_rescheduling.html", planned, empty_form(visit.words, **typed)
    )


@post("/desk/offerings/{offering_id:uuid}/rescheduling", access=OFFICE, status_code=303)
async def reschedule_offering(
    offering_id: FromPath[UUID], visit: NamedDependency[Visit]
) -> Response[str] | Response[bytes]:
    """Move sessions; mails, calendars, reminders and deadlines follow by themselves."""
    (planned, _), form = await asyncio.gather(
        publishing.get_plan(visit.ask, offering_id), visit.form()
    )
    zone = visit.parts.settings.institution_zone
    read = read_moves(form, planned.plan.sessions, zone)
    if read is not None:
        moves, pointers = read
        try:
            await publishing.reschedule_offering(visit.ask, offering_id, moves, key=form.key)
            return visit.go(f"/desk/offerings/{offering_id}/plan?moved")
        except Refused as refused:
            form.take(refused, pointers)
            form = form.with_new_key()
    return await _show_caused(visit, "desk_rescheduling.html", planned, form)


@get("/desk/offerings/{offering_id:uuid}/cancellation", access=OFFICE)
async def show_cancellation(
    offering_id: FromPath[UUID], visit: NamedDependency[Visit]
) -> Response[str]:
    """What cancelling would cause, and the form to do it."""
    planned, _ = await publishing.get_plan(visit.ask, offering_id)
    return await _show_caused(visit, "desk_cancellation.html", planned, empty_form(visit.words))


@post("/desk/offerings/{offering_id:uuid}/cancellation", access=OFFICE, status_code=303)
async def cancel_offering(
    offering_id: FromPath[UUID], visit: NamedDependency[Visit]
) -> Response[str] | Response[bytes]:
    """Call an offering off, for good."""
    (planned, _), form = await asyncio.gather(
        publishing.get_plan(visit.ask, offering_id), visit.form()
    )
    reason = read_reason(form)
    if reason is not None:
        try:
            await publishing.cancel_offering(visit.ask, offering_id, reason, key=form.key)
            return visit.go(f"/desk/offerings/{offering_id}/plan?cancelled")
        except Refused as refused:
            form.take(refused, {"/reason/nl": "reason_nl", "/reason/en": "reason_en"})
            form = form.with_new_key()
            if refused.status == HTTPStatus.CONFLICT:
                planned, _ = await publishing.get_plan(visit.ask, offering_id)
    return await _show_caused(visit, "desk_cancellation.html", planned, form)


def read_reason(form: Form) -> Translated | None:
    """Why it does not take place; None where something has to be corrected first."""
    reason = read_both(form, "reason", needed="publishing.why_needed", longest=_LONGEST_REASON)
    form.tick(_CONFIRM, needed="publishing.confirm_needed")
    return reason if form.is_right else None


def _wants_more(form: Form) -> bool:
    return form.typed("more") == "session"


def _id_of(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError:
        return UUID(int=0)  # There is no such offering: the page for that is the catalogue's 404.


async def _show_plan(
    visit: Visit, planned: Planned | None, tag: str, form: Form, *, more: int = 0
) -> Response[str]:
    policies, terms, courses, people = await asyncio.gather(
        catalogue.list_policies(visit.ask),
        catalogue.list_terms(visit.ask),
        or_missing(publishing.list_courses(visit.ask, limit=_COURSES_TO_CHOOSE_FROM)),
        or_missing(identity.list_people(visit.ask, _people_of(planned.plan) if planned else ())),
    )
    page = plan_page(
        planned,
        tag,
        session_fields(rows_of(form, at_least=1) + more),
        policies=policies,
        terms=terms,
        courses=courses,
        people=people,
        words=visit.words,
    )
    asked = visit.request.query_params
    done = next((each for each in ("published", "moved", "cancelled") if each in asked), "")
    return visit.show(
        "desk_plan.html", page, section="desk", form=form, done=done, status=form.status
    )


def _people_of(plan: Plan) -> tuple[UUID, ...]:
    return plan.lecturer_ids + plan.coordinator_ids


async def _show_caused(visit: Visit, template: str, planned: Planned, form: Form) -> Response[str]:
    count = await or_missing(enrolment.get_head_count(visit.ask, planned.offering_id))
    rows = session_fields(len(planned.plan.sessions))
    page = caused_page(planned, rows, count, language=visit.language)
    return visit.show(template, page, section="desk", form=form, status=form.status)


ROUTES = [
    show_new_offering,
    publish_new_offering,
    show_plan,
    publish_new_version,
    show_rescheduling,
    reschedule_offering,
    show_cancellation,
    cancel_offering,
]
