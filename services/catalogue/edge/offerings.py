"""The overview of offerings, and each of them: public, whether or not somebody has logged in (A3, A4)."""

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
from contracts.catalogue import Activity, Document, Elsewhere, Price, VatRate
from contracts.fact import Language
from services.catalogue import commands, store
from services.catalogue.domain.courses import LEVELS, Level, Subject
from services.catalogue.domain.offerings import (
    Offering,
    Places,
    Standing,
    Window,
    fee_for,
    standing_of,
)
from services.catalogue.domain.searching import (
    FACETS,
    FacetName,
    Facets,
    Place,
    Sort,
    Wish,
    split_words,
)
from services.catalogue.domain.wall_clock import midnight_after, midnight_before
from services.catalogue.edge.reading import reader_of
from services.catalogue.edge.views import (
    CourseItem,
    OfferingItem,
    PlacesView,
    Reader,
    course_item,
    offering_item,
    places_view,
)
from services.catalogue.parts import Parts
from services.catalogue.store.programmes import StandsIn


class FacetValue(msgspec.Struct, frozen=True, kw_only=True):
    """How many offerings there would be with this value instead of what is chosen in its facet."""

    value: str
    name: str
    """In the reader's language for subjects; the value itself for the others."""
    offerings: int


class FacetsView(msgspec.Struct, frozen=True, kw_only=True):
    """What a search can be narrowed by."""

    subject: list[FacetValue]
    level: list[FacetValue]
    taught_in: list[FacetValue]
    activity: list[FacetValue]


class SearchPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the overview."""

    items: list[OfferingItem]
    next: str | None
    """Where the next page is; null on the last one."""
    similar: dict[str, str]
    """Words that no course uses, and those like them that were looked for as well."""
    total: int | None
    """Of all pages; on the first one only, as the facets."""
    facets: FacetsView | None


@get("/v1/offerings", access=ANYONE)
async def search_offerings(
    request: AnyRequest,
    parts: NamedDependency[Parts],
    asker: NamedDependency[Caller | None],
    language: NamedDependency[Language],
    words: Annotated[
        str,
        QueryParameter(
            max_length=200,
            description="Words of title, subject, learning goals, lecturers; a code or a class number.",
        ),
    ] = "",
    subject: Annotated[list[str] | None, QueryParameter(description="Codes; any of them.")] = None,
    level: Annotated[list[Level] | None, QueryParameter(description="Any of them.")] = None,
    taught_in: Annotated[list[Language] | None, QueryParameter(description="Any of them.")] = None,
    activity: Annotated[list[Activity] | None, QueryParameter(description="Any of them.")] = None,
    academic_year: Annotated[str | None, QueryParameter(pattern=r"^\d{4}-\d{4}$")] = None,
    class_number: Annotated[str | None, QueryParameter(max_length=20)] = None,
    starts_from: Annotated[
        date | None, QueryParameter(description="Starts on this day or later.")
    ] = None,
    starts_until: Annotated[
        date | None, QueryParameter(description="Starts on this day or earlier.")
    ] = None,
    max_price_minor: Annotated[
        int | None, QueryParameter(ge=0, description="Costs you this much at most; 0 is free.")
    ] = None,
    free_places: Annotated[bool, QueryParameter(description="Only where places are left.")] = False,
    sort: Annotated[
        Sort, QueryParameter(description="`best` fits the words best; without words, as `start`.")
    ] = "best",
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response[SearchPage]:
    """Find offerings. What is over is left out, unless a year, a number or a period is asked for."""
    zone, reader = parts.settings.institution_zone, reader_of(parts, language, asker)
    wish = Wish(
        words=split_words(words),
        chosen=_chosen(subject=subject, level=level, taught_in=taught_in, activity=activity),
        academic_year=academic_year,
        class_number=class_number,
        ends_after=None if academic_year or class_number or starts_from else reader.now,
        starts_from=midnight_before(starts_from, zone) if starts_from else None,
        starts_before=midnight_after(starts_until, zone) if starts_until else None,
        max_price_minor=max_price_minor,
        free_places=free_places,
        affiliation=reader.affiliation,
        sort=sort,
    )
    async with parts.db.reading() as connection:
        found = await commands.search_offerings(
            connection, wish, after=decode_cursor(cursor, Place), limit=limit + 1
        )
        subjects = await store.courses.get_subjects(connection) if found.facets else {}
    more = len(found.listed) > limit
    page = Page(
        [offering_item(each, reader) for each in found.listed[:limit]],
        next_page(request, encode_cursor(found.listed[limit - 1].place)) if more else None,
    )
    response = conditional(
        request,
        SearchPage(
            items=list(page.items),
            next=page.next,
            similar=dict(found.similar),
            total=found.facets.total if found.facets else None,
            facets=_facets_view(found.facets, subjects, reader) if found.facets else None,
        ),
    )
    response.headers.update(link_header(page))
    return response


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """One meeting. Whoever is enrolled hears by mail where it is online."""

    starts_at: datetime
    ends_at: datetime
    place: str | None
    online: bool
    lecturers: tuple[str, ...]


class ConditionsView(msgspec.Struct, frozen=True, kw_only=True):
    """What one accepts by enrolling, and where to read it (A21)."""

    policy_id: UUID
    policy_version: int
    policy_name: str
    policy_url: str
    terms_id: UUID
    terms_version: int
    terms_url: str


class VatView(msgspec.Struct, frozen=True, kw_only=True):
    """VAT that the price includes."""

    rate: VatRate
    reason: str


class StandsInView(msgspec.Struct, frozen=True, kw_only=True):
    """A class list with this offering in it (B17)."""

    programme: str
    name: str
    kind: str
    academic_year: str
    list: str
    study_year: int | None


class OfferingView(msgspec.Struct, frozen=True, kw_only=True):
    """An offering with everything that one wants to know before enrolling."""

    offering_id: UUID
    version: int
    class_number: str
    academic_year: str
    course: CourseItem
    title: str
    description: str
    learning_goals: list[str]
    activity: Activity
    taught_in: Language
    practical: str | None
    organiser: str
    contact: str
    starts_at: datetime
    ends_at: datetime
    sessions: list[SessionView]
    standing: Standing
    cancelled_at: datetime | None
    cancelled_why: str | None
    enrolment_opens_at: datetime
    enrolment_closes_at: datetime
    minimum: int
    places: PlacesView
    currency: str
    fee_minor: int | None
    """What you pay; null where another institution registers."""
    prices: tuple[Price, ...]
    vat: VatView
    conditions: ConditionsView
    elsewhere: Elsewhere | None
    document: Document
    class_lists: list[StandsInView]


@get("/v1/offerings/{offering_id:uuid}", access=ANYONE)
async def get_offering(
    request: AnyRequest,
    offering_id: FromPath[UUID],
    parts: NamedDependency[Parts],
    asker: NamedDependency[Caller | None],
    language: NamedDependency[Language],
) -> Response[OfferingView]:
    """One offering, also when it is over or cancelled."""
    async with parts.db.reading() as connection:
        offering = await store.offerings.get_offering(connection, offering_id)
        places = await store.offerings.get_places(connection, offering_id)
        if offering is None or places is None:
            raise NOT_FOUND()
        subjects = await store.courses.get_subjects(connection)
        lists = await store.programmes.find_lists_of(
            connection, offering.plan.academic_year, offering.plan.class_number
        )
    subject = subjects[offering.course.subject]
    reader = reader_of(parts, language, asker)
    return conditional(request, _offering_view(offering, places, subject, lists, reader))


def _chosen(
    **choices: list[str] | list[Level] | list[Language] | list[Activity] | None,
) -> dict[FacetName, frozenset[str]]:
    return {facet: frozenset(chosen) for facet in FACETS if (chosen := choices[facet])}


def _facets_view(facets: Facets, subjects: dict[str, Subject], reader: Reader) -> FacetsView:
    def values(facet: FacetName) -> list[FacetValue]:
        counts = facets.counts[facet]
        return [
            FacetValue(
                value=value,
                name=reader.text(subjects[value].name) if facet == "subject" else value,
                offerings=counts[value],
            )
            for value in sorted(counts, key=lambda value: (_step(value), -counts[value], value))
        ]

    return FacetsView(
        subject=values("subject"),
        level=values("level"),
        taught_in=values("taught_in"),
        activity=values("activity"),
    )


def _step(value: str) -> int:
    """Levels stand in their own order, everything else by how much there is."""
    return LEVELS.index(value) if value in LEVELS else -1


def _offering_view(
    offering: Offering, places: Places, subject: Subject, lists: list[StandsIn], reader: Reader
) -> OfferingView:
    plan, course, cancelled = offering.plan, offering.course, offering.cancelled
    window = Window(
        opens_at=plan.enrolment_opens_at,
        closes_at=offering.enrolment_closes_at,
        ends_at=offering.ends_at,
        elsewhere=plan.elsewhere is not None,
        cancelled=cancelled is not None,
    )
    return OfferingView(
        offering_id=offering.offering_id,
        version=offering.version,
        class_number=plan.class_number,
        academic_year=plan.academic_year,
        course=course_item(course, subject.name, reader),
        title=reader.text(course.title),
        description=reader.text(course.description),
        learning_goals=[reader.text(goal) for goal in course.learning_goals],
        activity=plan.activity,
        taught_in=plan.taught_in,
        practical=reader.maybe_text(plan.practical),
        organiser=reader.text(plan.organiser),
        contact=plan.contact,
        starts_at=offering.starts_at,
        ends_at=offering.ends_at,
        sessions=[
            SessionView(
                starts_at=session.starts_at,
                ends_at=session.ends_at,
                place=session.place,
                online=session.online_url is not None,
                lecturers=session.lecturers,
            )
            for session in plan.sessions
        ],
        standing=standing_of(window, places, now=reader.now),
        cancelled_at=cancelled.at if cancelled else None,
        cancelled_why=reader.text(cancelled.reason) if cancelled else None,
        enrolment_opens_at=plan.enrolment_opens_at,
        enrolment_closes_at=offering.enrolment_closes_at,
        minimum=plan.minimum,
        places=places_view(places),
        currency=plan.currency,
        fee_minor=fee_for(plan.prices, reader.affiliation),
        prices=plan.prices,
        vat=VatView(rate=plan.vat.rate, reason=reader.text(plan.vat.reason)),
        conditions=_conditions_view(offering, reader),
        elsewhere=plan.elsewhere,
        document=plan.document,
        class_lists=[
            StandsInView(
                programme=each.programme,
                name=reader.text(each.name),
                kind=each.kind,
                academic_year=each.academic_year,
                list=each.key,
                study_year=each.study_year,
            )
            for each in lists
        ],
    )


def _conditions_view(offering: Offering, reader: Reader) -> ConditionsView:
    policy, terms = offering.policy, offering.terms
    return ConditionsView(
        policy_id=policy.policy_id,
        policy_version=policy.version,
        policy_name=reader.text(policy.name),
        policy_url=f"/v1/policies/{policy.policy_id}/versions/{policy.version}",
        terms_id=terms.terms_id,
        terms_version=terms.version,
        terms_url=f"/v1/terms/{terms.terms_id}/versions/{terms.version}",
    )


ROUTES = [search_offerings, get_offering]
