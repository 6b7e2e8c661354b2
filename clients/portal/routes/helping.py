"""Asking for help, after the questions that are asked often (B4, B5, B28)."""

import asyncio
from http import HTTPStatus
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from chassis.http.access import SIGNED_IN
from clients.portal.api import catalogue, helping
from clients.portal.api.asking import Away, Refused, found, or_missing, or_none
from clients.portal.api.catalogue import Offering
from clients.portal.forms import Form, empty_form
from clients.portal.views.helping import FIELDS, course_of, help_page, id_in, read_question
from clients.portal.visit import Visit


@get("/help/ask", access=SIGNED_IN)
async def show_question(visit: NamedDependency[Visit]) -> Response[str]:
    """The form, with the name of the reader and the course that they stood at."""
    offering_id = id_in(visit.query(), "course")
    programmes, offering = await asyncio.gather(
        or_missing(helping.list_programmes(visit.ask)),
        or_missing(_offering(visit, offering_id)),
    )
    form = empty_form(
        visit.words,
        name=visit.person.name if visit.person else "",
        course=course_of(found(offering)),
        offering=str(offering_id) if found(offering) else "",
    )
    return visit.show("help_ask.html", help_page(programmes), section="help", form=form)


@post("/help/ask", access=SIGNED_IN, status_code=303)
async def send_question(visit: NamedDependency[Visit]) -> Response[str] | Response[bytes]:
    """Send it, once."""
    form = await visit.form()
    question = read_question(form)
    if question is not None:
        try:
            asked = await helping.send_question(visit.ask, question, key=form.key)
            return visit.go(f"/help/asked/{asked.help_request_id}")
        except Refused as refused:
            form.take(refused, FIELDS)
        except Away:
            # Everything that was typed is shown, to be sent once more with the same key.
            return await _show(visit, form, is_unsent=True)
    return await _show(visit, form)


@get("/help/asked/{help_request_id:uuid}", access=SIGNED_IN)
async def show_asked(
    help_request_id: FromPath[UUID], visit: NamedDependency[Visit]
) -> Response[str]:
    """That it has arrived, with whom, and what was asked."""
    asked = await helping.get_question(visit.ask, help_request_id)
    return visit.show("help_asked.html", asked, section="help")


async def _show(visit: Visit, form: Form, *, is_unsent: bool = False) -> Response[str]:
    programmes = await or_missing(helping.list_programmes(visit.ask))
    page = help_page(programmes, is_unsent=is_unsent)
    status = HTTPStatus.SERVICE_UNAVAILABLE if is_unsent else form.status
    return visit.show("help_ask.html", page, section="help", form=form, status=status)


async def _offering(visit: Visit, offering_id: UUID | None) -> Offering | None:
    if offering_id is None:
        return None
    return await or_none(catalogue.get_offering(visit.ask, offering_id))


ROUTES = [show_question, send_question, show_asked]
