"""Programmes and their class lists, per academic year; old years stay readable (B11-B16)."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

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
from contracts.catalogue import Activity, Elsewhere
from contracts.fact import Language
from services.catalogue import store
from services.catalogue.domain.offerings import Places, Standing, Window, standing_of
from services.catalogue.domain.programmes import KINDS, Procedure, Programme, ProgrammeKind
from services.catalogue.edge.reading import reader_of
from services.catalogue.edge.views import (
    PlacesView,
    Reader,
    places_view,
)
from services.catalogue.parts import Parts
from services.catalogue.store.programmes import Line, ListHead, ListRead, ProgrammeListed

AcademicYear = Annotated[
    str, QueryParameter(pattern=r"^\d{4}-\d{4}$", description="Such as 2026-2027.")
]


class LookElsewhereView(msgspec.Struct, frozen=True, kw_only=True):
    """Where to look instead, or besides."""

    text: str
    url: str


class ListHeadView(msgspec.Struct, frozen=True, kw_only=True):
    """A class list without its lines."""

    key: str
    academic_year: str
    study_year: int | None
    name: str | None
    revision: int
    revised_on: date | None
    complete: bool
    """False: not yet all class numbers are known."""
    note: str | None
    look_elsewhere: LookElsewhereView | None
    entries: int
    linked: int
    """Entries whose class number can be followed."""


class ProgrammeView(msgspec.Struct, frozen=True, kw_only=True):
    """A programme, with the heads of its lists where a year was asked for."""

    code: str
    kind: ProgrammeKind
    name: str
    procedure: Procedure
    """Who enrols: the student, or the education administration office."""
    contact: str | None
    note: str | None
    academic_years: list[str]
    """In which it has lists, the latest first."""
    lists: list[ListHeadView]


class LinkedView(msgspec.Struct, frozen=True, kw_only=True):
    """The offering behind a class number."""

    offering_id: UUID
    course_code: str
    starts_at: datetime
    ends_at: datetime
    enrolment_closes_at: datetime
    standing: Standing
    places: PlacesView
    elsewhere: Elsewhere | None


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a list. A number that leads nowhere (yet) is plain text."""

    class_number: str | None
    title: str | None
    activity: Activity | None
    heading: str | None
    offering: LinkedView | None


class ClassListView(msgspec.Struct, frozen=True, kw_only=True):
    """A class list in its current revision."""

    head: ListHeadView
    lines: list[LineView]


class ClassListsView(msgspec.Struct, frozen=True, kw_only=True):
    """All class lists of a programme in one academic year."""

    programme: ProgrammeView
    lists: list[ClassListView]


@get("/v1/academic-years", access=ANYONE)
async def list_academic_years(
    request: AnyRequest, parts: NamedDependency[Parts]
) -> Response[list[str]]:
    """The years in which anything is offered or listed, the latest first (B32)."""
    async with parts.db.reading() as connection:
        years = await store.programmes.list_academic_years(connection)
    return conditional(request, years)


@get("/v1/programmes", access=ANYONE)
async def list_programmes(
    request: AnyRequest,
    parts: NamedDependency[Parts],
    asker: NamedDependency[Caller | None],
    language: NamedDependency[Language],
    kind: Annotated[list[ProgrammeKind] | None, QueryParameter(description="Any of them.")] = None,
    academic_year: Annotated[
        str | None,
        QueryParameter(
            pattern=r"^\d{4}-\d{4}$", description="With the heads of the lists of this year."
        ),
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response[Page[ProgrammeView]]:
    """Programmes: bachelors first, then masters, minors and the rest; in each in the order of their codes."""
    reader = reader_of(parts, language, asker)
    kinds = [each for each in KINDS if not kind or each in kind]
    async with parts.db.reading() as connection:
        listed = await store.programmes.list_programmes(
            connection,
            kinds=kinds,
            academic_year=academic_year,
            after=decode_cursor(cursor, tuple[str, str]),
            limit=limit + 1,
        )
    last = listed[limit - 1].programme if len(listed) > limit else None
    page = Page(
        [_programme_view(each, reader) for each in listed[:limit]],
        next_page(request, encode_cursor((last.kind, last.code))) if last else None,
    )
    response = conditional(request, page)
    response.headers.update(link_header(page))
    return response


@get("/v1/programmes/{code:str}/lists", access=ANYONE)
async def read_lists(
    request: AnyRequest,
    code: FromPath[str],
    academic_year: AcademicYear,
    parts: NamedDependency[Parts],
    asker: NamedDependency[Caller | None],
    language: NamedDependency[Language],
) -> Response[ClassListsView]:
    """The class lists of a programme in one academic year."""
    reader = reader_of(parts, language, asker)
    async with parts.db.reading() as connection:
        programme = await store.programmes.get_programme(connection, code)
        if programme is None:
            raise NOT_FOUND()
        years = await store.programmes.get_academic_years(connection, code)
        lists = await store.programmes.read_lists(connection, code, academic_year)
    listed = ProgrammeListed(
        programme=programme,
        academic_years=tuple(years),
        lists=tuple(each.head for each in lists),
    )
    return conditional(
        request,
        ClassListsView(
            programme=_programme_view(listed, reader),
            lists=[_list_view(each, reader) for each in lists],
        ),
    )


def _programme_view(listed: ProgrammeListed, reader: Reader) -> ProgrammeView:
    programme: Programme = listed.programme
    return ProgrammeView(
        code=programme.code,
        kind=programme.kind,
        name=reader.text(programme.name),
        procedure=programme.procedure,
        contact=programme.contact,
        note=reader.maybe_text(programme.note),
        academic_years=sorted(listed.academic_years, reverse=True),
        lists=[_head_view(each, reader) for each in listed.lists],
    )


def _head_view(head: ListHead, reader: Reader) -> ListHeadView:
    look = head.look_elsewhere
    return ListHeadView(
        key=head.key,
        academic_year=head.academic_year,
        study_year=head.study_year,
        name=reader.maybe_text(head.name),
        revision=head.revision,
        revised_on=head.revised_on,
        complete=head.complete,
        note=reader.maybe_text(head.note),
        look_elsewhere=LookElsewhereView(text=reader.text(look.text), url=look.url)
        if look
        else None,
        entries=head.entries,
        linked=head.linked,
    )


def _list_view(read: ListRead, reader: Reader) -> ClassListView:
    return ClassListView(
        head=_head_view(read.head, reader),
        lines=[_line_view(line, reader) for line in read.lines],
    )


def _line_view(line: Line, reader: Reader) -> LineView:
    return LineView(
        class_number=line.class_number,
        title=reader.maybe_text(line.title),
        activity=line.activity,
        heading=reader.maybe_text(line.heading),
        offering=_linked_view(line, reader),
    )


def _linked_view(line: Line, reader: Reader) -> LinkedView | None:
    linked = line.linked
    if linked is None:
        return None
    places = Places(linked.capacity, linked.taken, linked.waiting)
    window = Window(
        opens_at=linked.enrolment_opens_at,
        closes_at=linked.enrolment_closes_at,
        ends_at=linked.ends_at,
        elsewhere=linked.elsewhere is not None,
        cancelled=linked.cancelled,
    )
    return LinkedView(
        offering_id=linked.offering_id,
        course_code=linked.course_code,
        starts_at=linked.starts_at,
        ends_at=linked.ends_at,
        enrolment_closes_at=linked.enrolment_closes_at,
        standing=standing_of(window, places, now=reader.now),
        places=places_view(places),
        elsewhere=linked.elsewhere,
    )


ROUTES = [list_academic_years, list_programmes, read_lists]
