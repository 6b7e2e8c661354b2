"""Results and attendance (A28): lecturers and the office record, coordinators look."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from chassis.http.access import only
from chassis.http.problems import NOT_FOUND
from clients.portal.api import catalogue, identity, records
from clients.portal.api.asking import Refused, or_missing
from clients.portal.api.records import Outcome, ResultCorrection, ResultLine
from clients.portal.forms import Form, empty_form
from clients.portal.routes.desk import DESK
from clients.portal.views.desk_results import (
    HistoryPage,
    Line,
    ResultsPage,
    history_page,
    results_of,
    results_page,
)
from clients.portal.visit import Visit
from clients.portal.words import Words

_MAY_RECORD = ("office", "lecturer")
_RECORDER = only(*_MAY_RECORD)
_OUTCOMES: tuple[Outcome, ...] = ("attended", "passed", "failed", "absent")
_LONGEST_REASON = 1000
_LONGEST_GRADE = 5


@get("/desk/offerings/{offering_id:uuid}/results", access=DESK)
async def list_results(offering_id: FromPath[UUID], visit: NamedDependency[Visit]) -> Response[str]:
    """The whole list, as a form for those who have no result yet."""
    page = await _list(visit, offering_id)
    return _show_list(visit, page, empty_form(visit.words))


@post("/desk/offerings/{offering_id:uuid}/results", access=_RECORDER, status_code=303)
async def record_results(
    offering_id: FromPath[UUID], visit: NamedDependency[Visit]
) -> Response[str] | Response[bytes]:
    """Record what was filled in: all of it, or nothing and every bad line named."""
    page, form = await asyncio.gather(_list(visit, offering_id), visit.form())
    results = read_results(form, page.lines, visit.words)
    if form.is_right and results:
        try:
            await records.record_results(visit.ask, offering_id, results)
        except Refused as refused:
            take_faults(form, refused, results, page.lines)
    if form.is_right:
        here = f"{page.here}&recorded" if page.here else "?recorded"
        return visit.go(f"/desk/offerings/{offering_id}/results{here}")
    return _show_list(visit, page, form)


@get("/desk/offerings/{offering_id:uuid}/results/{enrolment_id:uuid}", access=DESK)
async def show_result(
    offering_id: FromPath[UUID], enrolment_id: FromPath[UUID], visit: NamedDependency[Visit]
) -> Response[str]:
    """One result, what it was before, and the form to correct it."""
    page = await _history(visit, offering_id, enrolment_id)
    return _show_history(visit, page, empty_form(visit.words, tag=page.tag))


@post(
    "/desk/offerings/{offering_id:uuid}/results/{enrolment_id:uuid}",
    access=_RECORDER,
    status_code=303,
)
async def correct_result(
    offering_id: FromPath[UUID], enrolment_id: FromPath[UUID], visit: NamedDependency[Visit]
) -> Response[str] | Response[bytes]:
    """Correct a result with a reason; the one before it is kept."""
    form = await visit.form()
    correction = read_correction(form)
    if correction is not None:
        try:
            tag = form.typed("tag")
            await records.correct_result(visit.ask, enrolment_id, correction, tag=tag)
            return visit.go(f"/desk/offerings/{offering_id}/results?recorded")
        except Refused as refused:
            form.take(refused, {"/grade": "grade", "/reason": "reason", "/outcome": "outcome"})
    return _show_history(visit, await _history(visit, offering_id, enrolment_id), form)


def _may_record(visit: Visit) -> bool:
    return visit.person is not None and not visit.person.roles.isdisjoint(_MAY_RECORD)


async def _list(visit: Visit, offering_id: UUID) -> ResultsPage:
    cursor = visit.request.query_params.get("cursor", "")
    offering, dossiers = await asyncio.gather(
        catalogue.get_offering(visit.ask, offering_id),
        records.list_dossiers(visit.ask, offering_id, cursor=cursor),
    )
    nameless = [each.learner_id for each in dossiers.items if each.name is None]
    return results_page(
        offering,
        dossiers,
        await or_missing(identity.list_people(visit.ask, nameless)),
        cursor=cursor,
        may_record=_may_record(visit),
        words=visit.words,
    )


def _show_list(visit: Visit, page: ResultsPage, form: Form) -> Response[str]:
    recorded = "recorded" in visit.request.query_params
    return visit.show(
        "desk_results.html",
        page,
        section="desk",
        form=form,
        recorded=recorded,
        status=form.status,
    )


async def _history(visit: Visit, offering_id: UUID, enrolment_id: UUID) -> HistoryPage:
    offering, dossier, history = await asyncio.gather(
        catalogue.get_offering(visit.ask, offering_id),
        records.find_dossier(visit.ask, offering_id, enrolment_id),
        records.get_result(visit.ask, enrolment_id),
    )
    if dossier is None:
        raise NOT_FOUND()
    people = [dossier.learner_id, *(each.recorded_by for each in results_of(history[0]))]
    names = await or_missing(identity.list_people(visit.ask, people))
    return history_page(
        offering,
        dossier,
        history,
        names,
        may_correct=_may_record(visit),
        words=visit.words,
    )


def _show_history(visit: Visit, page: HistoryPage, form: Form) -> Response[str]:
    return visit.show("desk_result.html", page, section="desk", form=form, status=form.status)


def read_results(form: Form, lines: Sequence[Line], words: Words) -> tuple[ResultLine, ...]:
    """Every line that says something; notes a grade without an outcome, and a form that says nothing."""
    results: list[ResultLine] = []
    for line in lines:
        grade = _grade(form, f"grade-{line.enrolment_id}")
        if not form.typed(line.outcome_field):
            if grade:
                needed = words.say("desk.outcome_needed")
                _name_line(form, line.outcome_field, line.name, needed)
            continue
        outcome = form.choice(line.outcome_field, _OUTCOMES, needed="desk.outcome_needed")
        if outcome is not None:
            results.append(
                ResultLine(enrolment_id=line.enrolment_id, outcome=outcome, grade=grade or None)
            )
    if not results and form.is_right and lines:
        form.wrong(lines[0].outcome_field, "desk.nothing_typed")
    return tuple(results)


def take_faults(
    form: Form,
    refused: Refused,
    sent: Sequence[ResultLine],
    lines: Sequence[Line],
) -> None:
    """What records finds wrong, at the lines, each with the name of whom it is about."""
    by_id = {each.enrolment_id: each for each in lines}
    taken = 0
    for number, result in enumerate(sent):
        line = by_id[result.enrolment_id]
        for fault in refused.errors:
            start, _, what = fault.pointer.removeprefix("/results/").partition("/")
            if start != str(number):
                continue
            field = line.grade_field if what == "grade" else line.outcome_field
            _name_line(form, field, line.name, fault.detail)
            taken += 1
    if taken < len(refused.errors) or not taken:
        form.take(refused, {})


def _name_line(form: Form, field: str, name: str, what: str) -> None:
    form.wrong(field, "desk.line_wrong", who=name, what=what)


def _grade(form: Form, field: str) -> str:
    """As records writes it; a comma is as good as a point."""
    return form.typed(field).strip().replace(",", ".")


def read_correction(form: Form) -> ResultCorrection | None:
    """What the form means; None where something has to be corrected first."""
    outcome = form.choice("outcome", _OUTCOMES, needed="desk.outcome_needed")
    form.text("grade", longest=_LONGEST_GRADE, too_long="desk.grade_too_long")
    reason = form.text(
        "reason",
        needed="desk.reason_needed",
        longest=_LONGEST_REASON,
        too_long="desk.reason_too_long",
    )
    if not form.is_right or outcome is None:
        return None
    return ResultCorrection(outcome=outcome, grade=_grade(form, "grade") or None, reason=reason)


ROUTES = [list_results, record_results, show_result, correct_result]
