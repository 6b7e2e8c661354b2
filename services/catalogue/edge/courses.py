"""Courses, apart from when they are offered."""

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from chassis.http.access import ANYONE, Caller
from chassis.http.conditional import conditional
from chassis.http.paging import (
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
    link_header,
    next_page,
)
from chassis.http.problems import NOT_FOUND
from chassis.http.request import AnyRequest
from contracts.fact import Language
from services.catalogue import store
from services.catalogue.domain.searching import Wish
from services.catalogue.edge.reading import reader_of
from services.catalogue.edge.views import (
    CourseItem,
    OfferingItem,
    SubjectView,
    course_item,
    offering_item,
)
from services.catalogue.parts import Parts
from services.catalogue.store.overview import Matched

_MOST_OFFERINGS = 100


class CourseView(msgspec.Struct, frozen=True, kw_only=True):
    """A course, and its offerings that are not over, the first to start first."""

    code: str
    title: str
    summary: str
    description: str
    learning_goals: list[str]
    """Each continues "After this course you can …"."""
    subject: SubjectView
    level: str | None
    study_load_hours: int | None
    offerings: list[OfferingItem]


@get("/v1/courses", access=ANYONE)
async def list_courses(
    request: AnyRequest,
    parts: NamedDependency[Parts],
    asker: NamedDependency[Caller | None],
    language: NamedDependency[Language],
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response[Page[CourseItem]]:
    """All courses, in the order of their codes."""
    reader = reader_of(parts, language, asker)
    async with parts.db.reading() as connection:
        courses = await store.courses.list_courses(
            connection, after=decode_cursor(cursor, str), limit=limit + 1
        )
        subjects = await store.courses.get_subjects(connection)
    page = Page(
        [course_item(each, subjects[each.subject].name, reader) for each in courses[:limit]],
        next_page(request, encode_cursor(courses[limit - 1].code))
        if len(courses) > limit
        else None,
    )
    response = conditional(request, page)
    response.headers.update(link_header(page))
    return response


@get("/v1/courses/{code:str}", access=ANYONE)
async def get_course(
    request: AnyRequest,
    code: FromPath[str],
    parts: NamedDependency[Parts],
    asker: NamedDependency[Caller | None],
    language: NamedDependency[Language],
) -> Response[CourseView]:
    """One course."""
    reader = reader_of(parts, language, asker)
    async with parts.db.reading() as connection:
        course = await store.courses.get_course(connection, code)
        if course is None:
            raise NOT_FOUND()
        subjects = await store.courses.get_subjects(connection)
        offerings = await store.overview.find_offerings(
            connection,
            Wish(ends_after=reader.now, affiliation=reader.affiliation),
            Matched([course.course_id], [1.0]),
            after=None,
            limit=_MOST_OFFERINGS,
        )
    subject = subjects[course.subject]
    return conditional(
        request,
        CourseView(
            code=course.code,
            title=reader.text(course.title),
            summary=reader.text(course.summary),
            description=reader.text(course.description),
            learning_goals=[reader.text(goal) for goal in course.learning_goals],
            subject=SubjectView(code=subject.code, name=reader.text(subject.name)),
            level=course.level,
            study_load_hours=course.study_load_hours,
            offerings=[offering_item(each, reader) for each in offerings],
        ),
    )


ROUTES = [list_courses, get_course]
