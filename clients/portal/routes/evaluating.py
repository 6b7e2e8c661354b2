"""The evaluation of a course (A31, A32). Mails lead here."""

from http import HTTPStatus
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from chassis.http.access import SIGNED_IN
from clients.portal.api import enrolment, records
from clients.portal.api.asking import Away, Refused, or_none
from clients.portal.api.records import Answers
from clients.portal.forms import Form, empty_form
from clients.portal.views.evaluating import QUESTIONS, STATEMENTS, evaluation_page, read_answers
from clients.portal.visit import Visit

Page = Response[str] | Response[bytes]

_EVALUATION = "/my/courses/{enrolment_id:uuid}/evaluation"
_IT_SAYS_SO_ITSELF = (
    "already-evaluated",
    "evaluation-not-open",
    "evaluation-over",
    "not-taking-part",
)
"""Refusals that are states of the page."""


@get(_EVALUATION, access=SIGNED_IN)
async def show_evaluation(
    enrolment_id: FromPath[UUID], visit: NamedDependency[Visit]
) -> Response[str]:
    """What is asked; or that it is not open, or that the answers are in."""
    return await _show(visit, enrolment_id, empty_form(visit.words))


@post(_EVALUATION, access=SIGNED_IN, status_code=303)
async def submit_evaluation(enrolment_id: FromPath[UUID], visit: NamedDependency[Visit]) -> Page:
    """Submit it, once. The page says afterwards that it has arrived."""
    form = await visit.form()
    try:
        answers = read_answers(form)
        if answers is None or not await _submit(visit, enrolment_id, answers, form):
            return await _show(visit, enrolment_id, form)
    except Away as away:
        # Without records nobody knows the statements: all that was typed is shown, to be sent once more.
        return visit.show(
            "evaluation_kept.html",
            away.part,
            section="learning",
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            form=form,
            enrolment_id=enrolment_id,
            statements=STATEMENTS,
            questions=QUESTIONS,
        )
    return visit.go(f"/my/courses/{enrolment_id}/evaluation")


async def _submit(visit: Visit, enrolment_id: UUID, answers: Answers, form: Form) -> bool:
    """Whether there is nothing (more) to be corrected."""
    evaluation = await records.get_evaluation(visit.ask, enrolment_id)
    if evaluation.evaluation_id is None:
        return True
    try:
        await records.submit_evaluation(visit.ask, evaluation.evaluation_id, answers, key=form.key)
    except Refused as refused:
        if refused.code not in _IT_SAYS_SO_ITSELF:
            form.take(refused, {f"/{name}": name for name in (*STATEMENTS, *QUESTIONS)})
            return False
    return True


async def _show(visit: Visit, enrolment_id: UUID, form: Form) -> Response[str]:
    evaluation = await or_none(records.get_evaluation(visit.ask, enrolment_id))
    title = (
        evaluation.title
        if evaluation is not None
        else (await enrolment.get_enrolment(visit.ask, enrolment_id)).title
    )
    page = evaluation_page(enrolment_id, title, evaluation, words=visit.words, now=visit.now)
    status = form.status if page.how == "open" else HTTPStatus.OK
    return visit.show("evaluation.html", page, section="learning", form=form, status=status)


ROUTES = [show_evaluation, submit_evaluation]
