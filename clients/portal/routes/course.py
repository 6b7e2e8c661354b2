"""One course, open to everybody."""

import asyncio
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from chassis.http.access import ANYONE
from clients.portal.api import catalogue, enrolment
from clients.portal.api.asking import or_missing, or_none
from clients.portal.api.enrolment import Enrolment
from clients.portal.views.course import Reader, course_page
from clients.portal.visit import Visit


@get("/courses/{offering_id:uuid}", access=ANYONE)
async def show_course(offering_id: FromPath[UUID], visit: NamedDependency[Visit]) -> Response[str]:
    """What it is, when, what it costs, what leaving costs; needs the catalogue, does without enrolment."""
    offering, places, costs, mine = await asyncio.gather(
        catalogue.get_offering(visit.ask, offering_id),
        or_missing(or_none(enrolment.get_places(visit.ask, offering_id))),
        or_missing(or_none(enrolment.get_leaving_costs(visit.ask, offering_id))),
        or_missing(_mine(visit, offering_id)),
    )
    reader = Reader(
        words=visit.words,
        person=visit.person,
        zone=visit.parts.settings.institution_zone,
        now=visit.now,
        home=visit.frame("courses").at(),
    )
    page = course_page(offering, places, costs, mine, reader)
    return visit.show("course.html", page, section="courses")


async def _mine(visit: Visit, offering_id: UUID) -> tuple[Enrolment, ...]:
    return await enrolment.list_enrolments_in(visit.ask, offering_id) if visit.session else ()


ROUTES = [show_course]
