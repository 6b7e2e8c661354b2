"""My learning: my courses, and one of them. Confirmations, reminders and calendars lead here."""

from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from chassis.http.access import SIGNED_IN
from clients.portal.api import enrolment
from clients.portal.views.learning import my_course, my_courses_page
from clients.portal.visit import Visit


@get("/my/courses", access=SIGNED_IN)
async def list_my_courses(visit: NamedDependency[Visit]) -> Response[str]:
    """What I am enrolled in, and was."""
    enrolments = await enrolment.list_enrolments(visit.ask)
    zone = visit.parts.settings.institution_zone
    page = my_courses_page(enrolments, words=visit.words, zone=zone, now=visit.now)
    return visit.show("my_courses.html", page, section="learning")


@get("/my/courses/{enrolment_id:uuid}", access=SIGNED_IN)
async def manage_course(
    enrolment_id: FromPath[UUID], visit: NamedDependency[Visit]
) -> Response[str]:
    """One enrolment of mine."""
    mine = await enrolment.get_enrolment(visit.ask, enrolment_id)
    zone = visit.parts.settings.institution_zone
    page = my_course(mine, words=visit.words, zone=zone, now=visit.now)
    return visit.show("my_course.html", page, section="learning")


ROUTES = [list_my_courses, manage_course]
