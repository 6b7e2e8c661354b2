"""The office publishes courses and changes their words."""

import asyncio

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from clients.portal.api import publishing
from clients.portal.api.asking import Refused
from clients.portal.api.publishing import CourseWords
from clients.portal.forms import Form, empty_form
from clients.portal.routes.desk_publishing import OFFICE
from clients.portal.views.publishing import (
    FIRST_GOALS,
    course_page,
    course_typed,
    courses_page,
    goals_of,
    read_course,
)
from clients.portal.visit import Visit


@get("/desk/courses", access=OFFICE)
async def list_courses(visit: NamedDependency[Visit]) -> Response[str]:
    """All courses, in the order of their codes."""
    cursor = visit.request.query_params.get("cursor", "")
    listed = await publishing.list_courses(visit.ask, cursor=cursor)
    return visit.show("desk_courses.html", courses_page(listed, cursor), section="desk")


@get("/desk/courses/new", access=OFFICE)
async def show_new_course(visit: NamedDependency[Visit]) -> Response[str]:
    """An empty form."""
    return await _show(visit, None, "", empty_form(visit.words, goals=str(FIRST_GOALS)))


@post("/desk/courses/new", access=OFFICE, status_code=303)
async def publish_new_course(visit: NamedDependency[Visit]) -> Response[str] | Response[bytes]:
    """Publish a course, and go on to offer it."""
    form, subjects = await asyncio.gather(visit.form(), publishing.list_subjects(visit.ask))
    if form.typed("more") == "goal":
        return await _show(visit, None, "", form, more=1)
    read = read_course(form, subjects)
    if read is not None:
        course, pointers = read
        try:
            await publishing.publish_new_course(visit.ask, course, key=form.key)
            return visit.go(f"/desk/offerings/new?course={course.code}")
        except Refused as refused:
            form.take(refused, pointers)
            form = form.with_new_key()
    return await _show(visit, None, "", form)


@get("/desk/courses/{code:str}", access=OFFICE)
async def show_course(code: FromPath[str], visit: NamedDependency[Visit]) -> Response[str]:
    """A course in all its words, to change them."""
    course, tag = await publishing.get_course_words(visit.ask, code)
    form = empty_form(visit.words, tag=tag, **course_typed(course))
    return await _show(visit, course, tag, form)


@post("/desk/courses/{code:str}", access=OFFICE, status_code=303)
async def describe_course(
    code: FromPath[str], visit: NamedDependency[Visit]
) -> Response[str] | Response[bytes]:
    """Say a course in other words, in place of what its form was made of."""
    form, subjects, (known, _) = await asyncio.gather(
        visit.form(),
        publishing.list_subjects(visit.ask),
        publishing.get_course_words(visit.ask, code),
    )
    tag = form.typed("tag")
    if form.typed("more") == "goal":
        return await _show(visit, known, tag, form, more=1)
    read = read_course(form, subjects, code=code)
    if read is not None:
        course, pointers = read
        try:
            await publishing.describe_course(visit.ask, course, tag=tag)
            return visit.go(f"/desk/courses/{code}?saved")
        except Refused as refused:
            form.take(refused, pointers)
    return await _show(visit, known, tag, form)


async def _show(
    visit: Visit, course: CourseWords | None, tag: str, form: Form, *, more: int = 0
) -> Response[str]:
    subjects = await publishing.list_subjects(visit.ask)
    goals = goals_of(form, at_least=1) + more
    page = course_page(course, tag, goals, subjects, language=visit.language)
    saved = "saved" in visit.request.query_params
    return visit.show(
        "desk_course.html", page, section="desk", form=form, saved=saved, status=form.status
    )


ROUTES = [list_courses, show_new_course, publish_new_course, show_course, describe_course]
