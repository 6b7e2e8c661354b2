"""Places, and the enrolments of people in them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from chassis.database import Connection
from chassis.http.access import ANYONE, SIGNED_IN, Caller, only
from chassis.http.conditional import conditional
from chassis.http.idempotency import answer_once, once_of
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
from chassis.telemetry import correlation_id
from contracts.catalogue import Affiliation
from contracts.enrolment import LeavingCost, Payer, WithdrawalReason
from contracts.fact import Language
from services.enrolment import commands, refusals, store
from services.enrolment.domain.places import Ask, Behalf, price_for
from services.enrolment.domain.policy import Case, leaving_costs
from services.enrolment.parts import Parts


class EnrolmentRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ask for a place. The versions are those that you have shown to the learner and they accepted."""

    offering_id: UUID
    accepted_policy_version: int
    accepted_terms_version: int
    payer: Payer = "self"


class BehalfRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Enrol a learner. The versions are those that the learner has agreed to."""

    learner_id: UUID
    """The account, as identity lists it."""
    affiliation: Affiliation
    """Whose price it is."""
    accepted_policy_version: int
    accepted_terms_version: int
    why: Annotated[str, Meta(min_length=1, max_length=500)]
    """What you go by, such as a form that was signed. It is kept with the enrolment."""
    payer: Payer = "self"


class EnrolmentView(msgspec.Struct, frozen=True, kw_only=True):
    """An enrolment, and what can be done with it next."""

    enrolment_id: UUID
    version: int
    offering_id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    learner_id: UUID
    state: Literal["waitlisted", "offered", "held", "confirmed", "lapsed", "withdrawn", "cancelled"]
    payer: Payer
    fee_minor: int
    currency: str
    requested_at: datetime
    accepted_at: datetime
    policy_version: int
    terms_version: int
    held_until: datetime | None
    offered_until: datetime | None
    confirmed_at: datetime | None
    ended_at: datetime | None
    ended_why: str | None
    enrolled_by: UUID | None
    """Somebody of the office; null where the learner asked."""
    position: int | None


class PlacesView(msgspec.Struct, frozen=True, kw_only=True):
    """How full an offering is right now."""

    offering_id: UUID
    capacity: int
    taken: int
    free: int
    waiting: int


class LeavingCostsView(msgspec.Struct, frozen=True, kw_only=True):
    """What leaving costs, by the very rule that is applied when somebody leaves (invariant 8)."""

    offering_id: UUID
    policy_version: int
    fee_minor: int
    currency: str
    costs: tuple[LeavingCost, ...]


class HeadCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many people are in each state (B9, B10)."""

    offering_id: UUID
    capacity: int
    confirmed: int
    held: int
    offered: int
    waitlisted: int


class WithdrawalRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Leave. The reason is told on, the note is read by the office only."""

    reason: WithdrawalReason
    note: Annotated[str, Meta(max_length=2000)] | None = None


class WithdrawalView(msgspec.Struct, frozen=True, kw_only=True):
    """A withdrawal, with what the accepted policy gives back."""

    withdrawal_id: UUID
    enrolment_id: UUID
    reason: WithdrawalReason
    submitted_at: datetime
    state: Literal["to_review", "reviewed", "nothing_to_review"]
    fee_minor: int
    kept_minor: int
    refund_minor: int
    """By the policy until the review, as decided after it."""
    currency: str


@post("/v1/enrolments", access=SIGNED_IN, answers=commands.Answer)
async def request_enrolment(
    request: AnyRequest, data: JSONBody[EnrolmentRequest]
) -> Response[bytes]:
    """Ask for a place: it is held, final at once if free of charge, or you stand in line.

    Needs an `Idempotency-Key`. Decided in batches: see docs/decisions/0004.
    """
    # The hot path. Caller and parts are taken by hand: injecting them costs a fifth of the request.
    caller: Caller = request.user
    parts: Parts = request.app.state.parts
    ask = Ask(
        offering_id=data.offering_id,
        learner_id=caller.account_id,
        affiliation=caller.affiliation,
        payer=data.payer,
        accepted_policy_version=data.accepted_policy_version,
        accepted_terms_version=data.accepted_terms_version,
    )
    return await _request(request, caller, parts, ask)


@post("/v1/offerings/{offering_id:uuid}/enrolments", access=only("office"), answers=commands.Answer)
async def enrol_on_behalf(
    request: AnyRequest,
    offering_id: FromPath[UUID],
    data: JSONBody[BehalfRequest],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
) -> Response[bytes]:
    """Enrol a learner (B3), by the rules that hold for learners themselves; both are told by mail.

    A place that costs something is held for three days. Needs an `Idempotency-Key`.
    """
    ask = Ask(
        offering_id=offering_id,
        learner_id=data.learner_id,
        affiliation=data.affiliation,
        payer=data.payer,
        accepted_policy_version=data.accepted_policy_version,
        accepted_terms_version=data.accepted_terms_version,
        behalf=Behalf(caller.account_id, data.why),
    )
    return await _request(request, caller, parts, ask)


@get("/v1/enrolments", access=SIGNED_IN)
async def list_enrolments(
    request: AnyRequest,
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
    offering_id: Annotated[
        UUID | None, QueryParameter(description="Those in this offering only.")
    ] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response[Page[EnrolmentView]]:
    """My enrolments, the latest first."""
    async with parts.db.reading() as connection:
        listed = await store.list_of_learner(
            connection,
            caller.account_id,
            offering_id=offering_id,
            before=decode_cursor(cursor, int),
            limit=limit + 1,
        )
    return _paged(request, listed, limit, language)


@get("/v1/enrolments/{enrolment_id:uuid}", access=SIGNED_IN)
async def get_enrolment(
    request: AnyRequest,
    enrolment_id: FromPath[UUID],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Response[EnrolmentView]:
    """One enrolment, to its learner and the office."""
    async with parts.db.reading() as connection:
        listed = (await store.get_listed(connection, [enrolment_id])).get(enrolment_id)
    if listed is None or not (listed.learner_id == caller.account_id or caller.has("office")):
        raise NOT_FOUND()
    return conditional(request, show_enrolment(listed, language))


@post("/v1/enrolments/{enrolment_id:uuid}/acceptance", access=SIGNED_IN, status_code=200)
async def accept_offer(
    request: AnyRequest,
    enrolment_id: FromPath[UUID],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Response[EnrolmentView] | Response[bytes]:
    """Take the place that is offered to you as the head of the waiting list."""

    async def act(tx: Connection) -> Response[EnrolmentView]:
        await commands.accept_offer(
            tx,
            enrolment_id,
            learner_id=caller.account_id,
            zone=parts.settings.institution_zone,
            now=parts.clock.now(),
        )
        listed = (await store.get_listed(tx, [enrolment_id])).get(enrolment_id)
        if listed is None:
            raise NOT_FOUND()
        return Response(show_enrolment(listed, language))

    return await answer_once(parts.db, request, caller, act)


@post("/v1/enrolments/{enrolment_id:uuid}/withdrawal", access=SIGNED_IN)
async def submit_withdrawal(
    request: AnyRequest,
    enrolment_id: FromPath[UUID],
    data: JSONBody[WithdrawalRequest],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
) -> Response[WithdrawalView] | Response[bytes]:
    """Leave (A22-A25). The place is free at once; the office reviews what you get back."""

    async def act(tx: Connection) -> Response[WithdrawalView]:
        withdrawal = await commands.submit_withdrawal(
            tx,
            enrolment_id,
            learner_id=caller.account_id,
            reason=data.reason,
            note=data.note,
            zone=parts.settings.institution_zone,
            now=parts.clock.now(),
        )
        view = WithdrawalView(
            withdrawal_id=withdrawal.withdrawal_id,
            enrolment_id=enrolment_id,
            reason=withdrawal.reason,
            submitted_at=withdrawal.submitted_at,
            state=withdrawal.state,
            fee_minor=withdrawal.fee_minor,
            kept_minor=withdrawal.kept_minor,
            refund_minor=withdrawal.fee_minor - withdrawal.kept_minor,
            currency=withdrawal.currency,
        )
        location = f"/v1/enrolments/{enrolment_id}/withdrawal"
        return Response(view, status_code=201, headers={"Location": location})

    return await answer_once(parts.db, request, caller, act)


@get("/v1/enrolments/{enrolment_id:uuid}/withdrawal", access=SIGNED_IN)
async def get_withdrawal(
    request: AnyRequest,
    enrolment_id: FromPath[UUID],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
) -> Response[WithdrawalView]:
    """My withdrawal and what became of it."""
    async with parts.db.reading() as connection:
        found = await store.get_withdrawal_of(connection, enrolment_id)
    if found is None or not (found.learner_id == caller.account_id or caller.has("office")):
        raise NOT_FOUND()
    by_policy = found.fee_minor - found.kept_minor
    return conditional(
        request,
        WithdrawalView(
            withdrawal_id=found.withdrawal_id,
            enrolment_id=enrolment_id,
            reason=msgspec.convert(found.reason, WithdrawalReason),
            submitted_at=found.submitted_at,
            state=msgspec.convert(
                found.state, Literal["to_review", "reviewed", "nothing_to_review"]
            ),
            fee_minor=found.fee_minor,
            kept_minor=found.kept_minor,
            refund_minor=by_policy if found.refund_minor is None else found.refund_minor,
            currency=found.currency,
        ),
    )


@get("/v1/offerings/{offering_id:uuid}/places", access=ANYONE)
async def get_places(
    request: AnyRequest, offering_id: FromPath[UUID], parts: NamedDependency[Parts]
) -> Response[PlacesView]:
    """How many places are left, from the service that gives them out."""
    async with parts.db.reading() as connection:
        occupation = (await store.get_occupations(connection, [offering_id])).get(offering_id)
    if occupation is None:
        raise refusals.NO_SUCH_OFFERING()
    return conditional(request, show_places(occupation), cache="public, max-age=1")


@get("/v1/offerings/{offering_id:uuid}/leaving-costs", access=ANYONE)
async def get_leaving_costs(
    request: AnyRequest,
    offering_id: FromPath[UUID],
    parts: NamedDependency[Parts],
    asker: NamedDependency[Caller | None],
    affiliation: Annotated[
        Literal["student", "staff", "guest"] | None,
        QueryParameter(description="Whose price; by default yours, or the list price."),
    ] = None,
) -> Response[LeavingCostsView]:
    """What leaving would cost on any date if you enrolled now, before you do."""
    async with parts.db.reading() as connection:
        offering = await store.get_offering(
            connection, offering_id, parts.settings.institution_zone
        )
    if offering is None:
        raise refusals.NO_SUCH_OFFERING()
    fee = price_for(offering.prices, affiliation or (asker.affiliation if asker else ""))
    case = Case(
        policy=offering.policy,
        fee_minor=fee,
        signed_up_at=parts.clock.now(),
        enrolment_closes_at=offering.closes_at,
        starts_at=offering.starts_at,
        zone=offering.zone,
    )
    view = LeavingCostsView(
        offering_id=offering_id,
        policy_version=offering.policy.version,
        fee_minor=fee,
        currency=offering.currency,
        costs=leaving_costs(case),
    )
    return conditional(request, view)


@get(
    "/v1/offerings/{offering_id:uuid}/head-count", access=only("office", "coordinator", "lecturer")
)
async def get_head_count(
    request: AnyRequest,
    offering_id: FromPath[UUID],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
) -> Response[HeadCount]:
    """How many people to expect; coordinators and lecturers see their own offerings."""
    async with parts.db.reading() as connection:
        offering = await store.get_offering(
            connection, offering_id, parts.settings.institution_zone
        )
        await _require_responsible(connection, caller, offering_id)
        states = await store.count_states(connection, offering_id)
    if offering is None:
        raise NOT_FOUND()
    return conditional(
        request,
        HeadCount(
            offering_id=offering_id,
            capacity=offering.capacity,
            confirmed=states.get("confirmed", 0),
            held=states.get("held", 0),
            offered=states.get("offered", 0),
            waitlisted=states.get("waitlisted", 0),
        ),
    )


@get(
    "/v1/offerings/{offering_id:uuid}/enrolments", access=only("office", "coordinator", "lecturer")
)
async def list_enrolled(
    request: AnyRequest,
    offering_id: FromPath[UUID],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
    present: Annotated[
        bool, QueryParameter(description="Only those who take part, may, or wait.")
    ] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response[Page[EnrolmentView]]:
    """Who is enrolled, in order of arrival; coordinators and lecturers see their own offerings."""
    async with parts.db.reading() as connection:
        await _require_responsible(connection, caller, offering_id)
        listed = await store.list_of_offering(
            connection,
            offering_id,
            only_present=present,
            after=decode_cursor(cursor, int),
            limit=limit + 1,
        )
    return _paged(request, listed, limit, language)


@get("/v1/enrolments/{enrolment_id:uuid}/leaving-costs", access=SIGNED_IN)
async def get_my_leaving_costs(
    request: AnyRequest,
    enrolment_id: FromPath[UUID],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
) -> Response[LeavingCostsView]:
    """What leaving this enrolment costs on any date, by the accepted policy; to its learner and the office."""
    async with parts.db.reading() as connection:
        found = await store.get_case(connection, enrolment_id, parts.settings.institution_zone)
    if found is None or not (found.learner_id == caller.account_id or caller.has("office")):
        raise NOT_FOUND()
    view = LeavingCostsView(
        offering_id=found.offering_id,
        policy_version=found.case.policy.version,
        fee_minor=found.case.fee_minor,
        currency=found.currency,
        costs=leaving_costs(found.case),
    )
    return conditional(request, view)


async def _request(request: AnyRequest, caller: Caller, parts: Parts, ask: Ask) -> Response[bytes]:
    requested = await parts.requests.ask(
        ask.offering_id,
        commands.Request(
            ask=ask, once=await once_of(request, caller), correlation_id=correlation_id()
        ),
    )
    headers = {"Location": requested.location}
    if requested.replayed:
        headers["Idempotent-Replayed"] = "true"
    return Response(requested.body, headers=headers, media_type="application/json")


async def _require_responsible(connection: Connection, caller: Caller, offering_id: UUID) -> None:
    """The office sees every offering, coordinators and lecturers their own.

    Raises:
        Refusal: it is not theirs.
    """
    if caller.has("office"):
        return
    if caller.account_id not in await store.get_responsible_ids(connection, offering_id):
        raise NOT_FOUND()


def _paged(
    request: AnyRequest, listed: list[store.Listed], limit: int, language: Language
) -> Response[Page[EnrolmentView]]:
    items = [show_enrolment(each, language) for each in listed[:limit]]
    more = len(listed) > limit
    page = Page(
        items, next_page(request, encode_cursor(listed[limit - 1].arrival)) if more else None
    )
    return Response(page, headers=link_header(page))


def show_places(occupation: store.Occupation) -> PlacesView:
    """How full an offering is, as people see it."""
    return PlacesView(
        offering_id=occupation.offering_id,
        capacity=occupation.capacity,
        taken=occupation.seats_taken,
        free=max(0, occupation.capacity - occupation.seats_taken),
        waiting=occupation.waiting,
    )


def show_enrolment(listed: store.Listed, language: Language) -> EnrolmentView:
    """An enrolment as people see it."""
    fields = {name: getattr(listed, name) for name in EnrolmentView.__struct_fields__}
    return EnrolmentView(**fields | {"title": listed.title.in_language(language)})


ROUTES = [
    request_enrolment,
    enrol_on_behalf,
    list_enrolments,
    get_enrolment,
    accept_offer,
    submit_withdrawal,
    get_withdrawal,
    get_places,
    get_leaving_costs,
    get_my_leaving_costs,
    get_head_count,
    list_enrolled,
]
