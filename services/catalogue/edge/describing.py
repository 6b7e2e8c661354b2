"""What courses say of themselves: the office publishes them and changes their words."""

from typing import Annotated

import msgspec
from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta
from msgspec.structs import asdict

from chassis.database import Connection
from chassis.http.access import ANYONE, Caller, only
from chassis.http.conditional import conditional, etag_of, require_match
from chassis.http.idempotency import answer_once
from chassis.http.problems import NOT_FOUND
from chassis.http.request import AnyRequest
from contracts.fact import Language, Translated
from services.catalogue import commands, store
from services.catalogue.domain.courses import Course, Level
from services.catalogue.domain.names import course_id_of
from services.catalogue.edge.faults import faults_named
from services.catalogue.edge.views import SubjectView
from services.catalogue.parts import Parts

OFFICE = only("office")

Code = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class CourseBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A course in both languages: what GET answers is what PUT takes."""

    code: Code
    """Stays."""
    subject: str
    """Code of one of /v1/subjects."""
    title: Translated
    summary: Translated
    """One sentence for lists."""
    description: Translated
    learning_goals: Annotated[tuple[Translated, ...], Meta(max_length=50)] = ()
    """Each continues "After this course you can …"."""
    level: Level | None = None
    study_load_hours: Annotated[int, Meta(ge=0, le=100_000)] | None = None


@get("/v1/subjects", access=ANYONE)
async def list_subjects(
    request: AnyRequest, parts: NamedDependency[Parts], language: NamedDependency[Language]
) -> Response[list[SubjectView]]:
    """The fields that courses are filed under, by name."""
    async with parts.db.reading() as connection:
        subjects = await store.courses.get_subjects(connection)
    views = [
        SubjectView(code=each.code, name=each.name.in_language(language))
        for each in subjects.values()
    ]
    return conditional(request, sorted(views, key=lambda each: each.name.casefold()))


@post("/v1/courses", access=OFFICE)
async def publish_new_course(
    request: AnyRequest,
    data: JSONBody[CourseBody],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Response[CourseBody] | Response[bytes]:
    """Publish a course under a new code. Needs an `Idempotency-Key`."""

    async def act(tx: Connection) -> Response[CourseBody]:
        with faults_named(language):
            course = await commands.publish_new_course(tx, _course(data))
        location = f"/v1/courses/{course.code}/description"
        return Response(_body(course), status_code=201, headers={"Location": location})

    return await answer_once(parts.db, request, caller, act)


@get("/v1/courses/{code:str}/description", access=OFFICE)
async def get_description(
    request: AnyRequest, code: FromPath[str], parts: NamedDependency[Parts]
) -> Response[CourseBody]:
    """A course in all its words, to change and PUT back."""
    async with parts.db.reading() as connection:
        course = await store.courses.get_course(connection, code)
    if course is None:
        raise NOT_FOUND()
    return conditional(request, _body(course))


@put("/v1/courses/{code:str}/description", access=OFFICE)
async def describe_course(
    request: AnyRequest,
    code: FromPath[str],
    data: JSONBody[CourseBody],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Response[CourseBody]:
    """Say a course in other words, in all its offerings. Needs the `If-Match` of what was read."""
    async with parts.db.transaction() as tx:
        known = await commands.lock_course(tx, code)
        require_match(request, _body(known))
        with faults_named(language):
            course = await commands.describe_course(
                tx,
                known,
                _course(data),
                zone=parts.settings.institution_zone,
                now=parts.clock.now(),
            )
    body = _body(course)
    return Response(body, headers={"ETag": etag_of(body)})


def _course(body: CourseBody) -> Course:
    return Course(course_id=course_id_of(body.code), **asdict(body))


def _body(course: Course) -> CourseBody:
    fields = asdict(course)
    del fields["course_id"]
    return CourseBody(**fields)


ROUTES = [list_subjects, publish_new_course, get_description, describe_course]
