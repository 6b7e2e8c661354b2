"""Asking for places, in batches: opening day shares transactions."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from chassis.database import Connection
from chassis.http.idempotency import KEY_REUSED, Once
from chassis.ids import new_id
from chassis.outbox import outbox_rows
from chassis.refusals import Refusal
from contracts.fact import Fact
from services.enrolment import refusals, store
from services.enrolment.domain import places
from services.enrolment.domain.places import Ask, Behalf, Enrolment, Offering


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One person's request, as it waits for its batch."""

    ask: Ask
    once: Once
    correlation_id: str


class Requested(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a request: what was decided, or what had been answered before."""

    body: bytes
    location: str
    replayed: bool = False


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody who asked for a place is told: which state, until when, and what to pay."""

    enrolment_id: UUID
    offering_id: UUID
    version: int
    state: str
    fee_minor: int
    currency: str
    payer: str
    held_until: datetime | None
    """Pay before this instant; for an employer: give the billing details before it."""
    position: int | None
    """Place in the waiting list, 1 is next."""
    confirmed_at: datetime | None


_encode = msgspec.json.Encoder().encode


async def request_enrolments(
    tx: Connection, requests: Sequence[Request], *, zone: ZoneInfo, now: datetime
) -> list[Requested | Refusal]:
    """Decide requests in their order, all in this transaction, each with an answer of its own."""
    asks = [request.ask for request in requests]
    await store.hold_people(tx, (ask.learner_id for ask in asks))
    offerings = await store.lock_offerings(tx, (ask.offering_id for ask in asks), zone)
    standings = await store.get_standings(tx, asks, [request.once for request in requests])
    batch = _Batch(offerings, now)
    answers = [batch.decide(*each) for each in zip(requests, standings, strict=True)]
    await batch.save(tx)
    return answers


class _Batch:
    """The state of things while a batch is decided, one request after the other."""

    def __init__(self, offerings: dict[UUID, Offering], now: datetime) -> None:
        self._offerings = offerings
        self._now = now
        self._enrolled: dict[tuple[UUID, UUID], UUID] = {}
        self._answered: dict[tuple[UUID, str], tuple[bytes, Requested]] = {}
        self._enrolments: list[Enrolment] = []
        self._kept: list[store.Answered] = []
        self._behalves: list[Behalf | None] = []
        self._facts: list[Fact] = []
        self._correlations: list[str] = []

    def decide(self, request: Request, standing: store.Standing) -> Requested | Refusal:
        try:
            return self._repeat(request, standing) or self._request(request, standing)
        except Refusal as refusal:
            return refusal

    def _repeat(self, request: Request, standing: store.Standing) -> Requested | None:
        """The answer that this very request has got before, in an earlier batch or in this one."""
        if standing.kept is not None:
            kept = standing.kept
            answered = kept.request_hash, Requested(body=kept.body, location=kept.location or "")
        elif (here := self._answered.get(_key_of(request.once))) is not None:
            answered = here
        else:
            return None
        request_hash, requested = answered
        if request_hash != request.once.request_hash:
            raise KEY_REUSED()
        return msgspec.structs.replace(requested, replayed=True)

    def _request(self, request: Request, standing: store.Standing) -> Requested:
        ask = request.ask
        whose = (ask.offering_id, ask.learner_id)
        offering = self._offerings.get(ask.offering_id)
        if offering is None:
            raise refusals.NO_SUCH_OFFERING()
        if standing.is_leaving:
            raise refusals.LEAVING_FOR_GOOD()
        if standing.live_enrolment_id is not None:
            raise refusals.ALREADY_ENROLLED(enrolment_id=standing.live_enrolment_id)
        if whose in self._enrolled:
            raise refusals.ALREADY_ENROLLED(enrolment_id=self._enrolled[whose])
        offering, enrolment, fact = places.request_enrolment(
            offering, ask, enrolment_id=new_id(), now=self._now
        )
        self._offerings[ask.offering_id] = offering
        answer = Answer(
            enrolment_id=enrolment.enrolment_id,
            offering_id=enrolment.offering_id,
            version=enrolment.version,
            state=enrolment.state,
            fee_minor=enrolment.fee_minor,
            currency=enrolment.currency,
            payer=enrolment.payer,
            held_until=enrolment.held_until,
            position=offering.waiting if enrolment.state == "waitlisted" else None,
            confirmed_at=enrolment.confirmed_at,
        )
        requested = Requested(
            body=_encode(answer), location=f"/v1/enrolments/{enrolment.enrolment_id}"
        )
        self._enrolled[whose] = enrolment.enrolment_id
        self._answered[_key_of(request.once)] = request.once.request_hash, requested
        self._enrolments.append(enrolment)
        self._kept.append(store.Answered(request.once, requested.location, requested.body))
        self._behalves.append(ask.behalf)
        told = [fact, places.tell_on_behalf(enrolment, ask.behalf)] if ask.behalf else [fact]
        self._facts += told
        self._correlations += [request.correlation_id] * len(told)
        return requested

    async def save(self, tx: Connection) -> None:
        if not self._enrolments:
            return
        touched = {enrolment.offering_id for enrolment in self._enrolments}
        counted = [places.places_taken(self._offerings[each]) for each in sorted(touched)]
        told = outbox_rows(
            [*self._facts, *(fact for _, fact in counted)],
            now=self._now,
            correlations=[*self._correlations, *(self._correlations[-1] for _ in counted)],
        )
        await store.save_requests(
            tx,
            [offering for offering, _ in counted],
            self._enrolments,
            self._behalves,
            self._kept,
            told,
        )


def _key_of(once: Once) -> tuple[UUID, str]:
    return once.account_id, once.key
