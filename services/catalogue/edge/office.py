"""What the office does: publish offerings, move them, call them off."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta
from msgspec.structs import asdict

from chassis.database import Connection
from chassis.http.access import Caller, only
from chassis.http.conditional import conditional, etag_of, require_match
from chassis.http.idempotency import answer_once
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
from chassis.ids import new_id
from contracts.catalogue import Activity, Document, Elsewhere, Price, Session, Vat
from contracts.fact import Currency, Language, Translated, UtcTime
from services.catalogue import commands, store
from services.catalogue.domain.offerings import (
    Move,
    Offering,
    Places,
    Plan,
    Standing,
    Window,
    standing_of,
)
from services.catalogue.domain.searching import split_words
from services.catalogue.edge.faults import faults_named
from services.catalogue.edge.views import PlacesView, places_view
from services.catalogue.parts import Parts
from services.catalogue.store.offerings import Kept, KeptPlace, Lot

OFFICE = only("office")

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Url = Annotated[str, Meta(max_length=2000)]


class SessionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A session. Leave the id out for a new one; keep it, and everybody's calendar follows."""

    starts_at: UtcTime
    ends_at: UtcTime
    session_id: UUID | None = None
    place: Name | None = None
    online_url: Url | None = None
    """Told to participants only."""
    lecturers: Annotated[tuple[Name, ...], Meta(max_length=50)] = ()


class PlanBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the office decides about an offering: what GET answers is what PUT takes."""

    class_number: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,19}$")]
    academic_year: Annotated[str, Meta(pattern=r"^\d{4}-\d{4}$")]
    course_code: Name
    taught_in: Language
    organiser: Translated
    contact: Annotated[str, Meta(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]
    capacity: Annotated[int, Meta(ge=0, le=100_000)]
    enrolment_opens_at: UtcTime
    vat: Vat
    policy_id: UUID
    terms_id: UUID
    document: Document
    activity: Activity = "course"
    practical: Translated | None = None
    sessions: Annotated[tuple[SessionBody, ...], Meta(max_length=200)] = ()
    starts_at: UtcTime | None = None
    """Only without sessions."""
    ends_at: UtcTime | None = None
    minimum: Annotated[int, Meta(ge=0)] = 0
    enrolment_closes_at: UtcTime | None = None
    """Null: at the start; for exams and resits at the end of the tenth day before (B30)."""
    currency: Currency = "EUR"
    prices: Annotated[tuple[Price, ...], Meta(max_length=10)] = ()
    elsewhere: Elsewhere | None = None
    lecturer_ids: Annotated[tuple[UUID, ...], Meta(max_length=50)] = ()
    coordinator_ids: Annotated[tuple[UUID, ...], Meta(max_length=50)] = ()


class PlanView(msgspec.Struct, frozen=True, kw_only=True):
    """An offering as the office keeps it. Its ETag is what If-Match takes."""

    offering_id: UUID
    version: int
    title: Translated
    plan: PlanBody
    starts_at: datetime
    ends_at: datetime
    enrolment_closes_at: datetime
    policy_version: int
    terms_version: int
    cancelled_at: datetime | None
    cancelled_why: Translated | None


class MoveBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where and when a session is from now on."""

    session_id: UUID
    starts_at: UtcTime
    ends_at: UtcTime
    place: Name | None = None
    online_url: Url | None = None


class ReschedulingBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The sessions that move; the others stay."""

    sessions: Annotated[tuple[MoveBody, ...], Meta(min_length=1, max_length=200)]


class CancellationBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the offering does not take place, for everybody who enrolled."""

    reason: Translated


class KeptItem(msgspec.Struct, frozen=True, kw_only=True):
    """An offering in the office's list, whether or not anybody else can find it."""

    offering_id: UUID
    class_number: str
    academic_year: str
    course_code: str
    title: str
    activity: Activity
    starts_at: datetime
    ends_at: datetime
    standing: Standing
    places: PlacesView


@get("/v1/plans", access=OFFICE)
async def list_kept(
    request: AnyRequest,
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
    words: Annotated[
        str,
        QueryParameter(
            max_length=200, description="Words of title or description, a code or a class number."
        ),
    ] = "",
    lot: Annotated[Lot, QueryParameter(description="Which offerings.")] = "coming",
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response[Page[KeptItem]]:
    """Everything that is or was offered, what is over or cancelled too, the latest to start first."""
    now = parts.clock.now()
    async with parts.db.reading() as connection:
        kept = await commands.search_kept(
            connection,
            split_words(words),
            lot,
            now=now,
            after=decode_cursor(cursor, KeptPlace),
            limit=limit + 1,
        )
    more = len(kept) > limit
    page = Page(
        [_kept_item(each, language, now) for each in kept[:limit]],
        next_page(request, encode_cursor(kept[limit - 1].place)) if more else None,
    )
    return Response(page, headers=link_header(page))


@post("/v1/offerings", access=OFFICE)
async def publish_new_offering(
    request: AnyRequest,
    data: JSONBody[PlanBody],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Response[PlanView] | Response[bytes]:
    """Publish an offering under a new class number. Needs an `Idempotency-Key`."""

    async def act(tx: Connection) -> Response[PlanView]:
        with faults_named(language):
            offering = await commands.publish_new_offering(
                tx, _plan(data), zone=parts.settings.institution_zone, now=parts.clock.now()
            )
        location = f"/v1/offerings/{offering.offering_id}"
        return Response(_plan_view(offering), status_code=201, headers={"Location": location})

    return await answer_once(parts.db, request, caller, act)


@get("/v1/offerings/{offering_id:uuid}/plan", access=OFFICE)
async def get_plan(
    request: AnyRequest, offering_id: FromPath[UUID], parts: NamedDependency[Parts]
) -> Response[PlanView]:
    """An offering with everything that the office decided, to change and PUT back."""
    async with parts.db.reading() as connection:
        offering = await store.offerings.get_offering(connection, offering_id)
    if offering is None:
        raise NOT_FOUND()
    return conditional(request, _plan_view(offering))


@put("/v1/offerings/{offering_id:uuid}/plan", access=OFFICE)
async def publish_new_version(
    request: AnyRequest,
    offering_id: FromPath[UUID],
    data: JSONBody[PlanBody],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Response[PlanView]:
    """Publish an offering anew, whole. Needs the `If-Match` of what was read."""
    async with parts.db.transaction() as tx:
        known = await commands.lock_offering(tx, offering_id)
        require_match(request, _plan_view(known))
        with faults_named(language):
            offering = await commands.publish_new_version(
                tx, known, _plan(data), zone=parts.settings.institution_zone, now=parts.clock.now()
            )
    view = _plan_view(offering)
    return Response(view, headers={"ETag": etag_of(view)})


@post("/v1/offerings/{offering_id:uuid}/rescheduling", access=OFFICE, status_code=200)
async def reschedule_offering(
    request: AnyRequest,
    offering_id: FromPath[UUID],
    data: JSONBody[ReschedulingBody],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Response[PlanView] | Response[bytes]:
    """Move sessions in time or place; reminders, calendars and deadlines follow by themselves."""
    moves = [Move(**asdict(each)) for each in data.sessions]

    async def act(tx: Connection) -> Response[PlanView]:
        with faults_named(language):
            offering = await commands.reschedule_offering(
                tx,
                offering_id,
                moves,
                zone=parts.settings.institution_zone,
                now=parts.clock.now(),
            )
        return Response(_plan_view(offering))

    return await answer_once(parts.db, request, caller, act)


@post("/v1/offerings/{offering_id:uuid}/cancellation", access=OFFICE)
async def cancel_offering(
    request: AnyRequest,
    offering_id: FromPath[UUID],
    data: JSONBody[CancellationBody],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Response[PlanView] | Response[bytes]:
    """Call an offering off. Everybody is told, and gets everything back."""

    async def act(tx: Connection) -> Response[PlanView]:
        with faults_named(language):
            offering = await commands.cancel_offering(
                tx, offering_id, data.reason, now=parts.clock.now()
            )
        return Response(_plan_view(offering), status_code=201)

    return await answer_once(parts.db, request, caller, act)


def _kept_item(kept: Kept, language: Language, now: datetime) -> KeptItem:
    places = Places(kept.capacity, kept.taken, kept.waiting)
    window = Window(
        opens_at=kept.enrolment_opens_at,
        closes_at=kept.enrolment_closes_at,
        ends_at=kept.ends_at,
        elsewhere=kept.elsewhere,
        cancelled=kept.cancelled_at is not None,
    )
    return KeptItem(
        offering_id=kept.offering_id,
        class_number=kept.class_number,
        academic_year=kept.academic_year,
        course_code=kept.course_code,
        title=kept.title.in_language(language),
        activity=kept.activity,
        starts_at=kept.starts_at,
        ends_at=kept.ends_at,
        standing=standing_of(window, places, now=now),
        places=places_view(places),
    )


def _plan(body: PlanBody) -> Plan:
    sessions = tuple(
        Session(**asdict(each) | {"session_id": each.session_id or new_id()})
        for each in body.sessions
    )
    return Plan(**asdict(body) | {"sessions": sessions})


def _plan_view(offering: Offering) -> PlanView:
    sessions = tuple(SessionBody(**asdict(each)) for each in offering.plan.sessions)
    return PlanView(
        offering_id=offering.offering_id,
        version=offering.version,
        title=offering.course.title,
        plan=PlanBody(**asdict(offering.plan) | {"sessions": sessions}),
        starts_at=offering.starts_at,
        ends_at=offering.ends_at,
        enrolment_closes_at=offering.enrolment_closes_at,
        policy_version=offering.policy.version,
        terms_version=offering.terms.version,
        cancelled_at=offering.cancelled.at if offering.cancelled else None,
        cancelled_why=offering.cancelled.reason if offering.cancelled else None,
    )


ROUTES = [
    list_kept,
    publish_new_offering,
    get_plan,
    publish_new_version,
    reschedule_offering,
    cancel_offering,
]
