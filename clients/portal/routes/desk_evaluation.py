"""Evaluation results (A31, A32): to the office, and to coordinators and lecturers of the offering."""

import asyncio
import re
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from chassis.http.problems import NOT_FOUND
from clients.portal.api import catalogue, records
from clients.portal.api.catalogue import Offering
from clients.portal.api.records import EvaluationResults
from clients.portal.routes.desk import DESK
from clients.portal.views.desk_evaluation import answers_page, evaluation_page
from clients.portal.visit import Visit

_NUMBER = re.compile(r"\d{1,6}", re.ASCII)


@get("/desk/offerings/{offering_id:uuid}/evaluation", access=DESK)
async def show_evaluation(
    offering_id: FromPath[UUID], visit: NamedDependency[Visit]
) -> Response[str]:
    """How participants judged the course; nothing but numbers while they are too few to hide in."""
    offering, results = await _ask(visit, offering_id)
    page = evaluation_page(offering, results, words=visit.words)
    return visit.show("desk_evaluation.html", page, section="desk")


@get("/desk/offerings/{offering_id:uuid}/evaluation/{question:str}", access=DESK)
async def list_answers(
    offering_id: FromPath[UUID], question: FromPath[str], visit: NamedDependency[Visit]
) -> Response[str]:
    """Everything that was written to one question, in parts."""
    offering, results = await _ask(visit, offering_id)
    written = next((each for each in results.questions if each.name == question), None)
    if written is None:
        raise NOT_FOUND()
    asked = visit.request.query_params.get("from", "")
    start = int(asked) if _NUMBER.fullmatch(asked) else 0
    page = answers_page(offering, written, start)
    return visit.show("desk_answers.html", page, section="desk")


async def _ask(visit: Visit, offering_id: UUID) -> tuple[Offering, EvaluationResults]:
    return await asyncio.gather(
        catalogue.get_offering(visit.ask, offering_id),
        records.get_evaluation_results(visit.ask, offering_id),
    )


ROUTES = [show_evaluation, list_answers]
