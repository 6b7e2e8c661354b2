"""What can be done with places: load, decide, save, tell. Transactions belong to the doors."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from chassis.database import Connection
from chassis.erasing import forget_answers
from chassis.http.idempotency import KEY_REUSED, Once
from chassis.http.problems import NOT_FOUND
from chassis.ids import new_id
from chassis.outbox import outbox_rows, tell
from chassis.refusals import Refusal
from contracts.catalogue import CancellationPolicy, OfferingCancelled, OfferingState
from contracts.enrolment import WithdrawalReason
from contracts.fact import Fact
from contracts.identity import AccountErased, ErasureCancelled, ErasureRequested
from contracts.payment import InvoiceIssued, PaymentReceived
from services.enrolment import refusals, store
from services.enrolment.domain import leavers, places
from services.enrolment.domain.places import Ask, Enrolment, Offering, Withdrawal
from services.enrolment.domain.review import Decision, Reviewed
from services.enrolment.domain.review import review_withdrawal as decide_review

_LAPSES_AT_ONCE = 500


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
        self._facts.append(fact)
        self._correlations.append(request.correlation_id)
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
            tx, [offering for offering, _ in counted], self._enrolments, self._kept, told
        )


def _key_of(once: Once) -> tuple[UUID, str]:
    return once.account_id, once.key


async def accept_offer(
    tx: Connection, enrolment_id: UUID, *, learner_id: UUID, zone: ZoneInfo, now: datetime
) -> Enrolment:
    """Take the place that is offered.

    Raises:
        Refusal: it is not theirs, or not offered (any more).
    """
    offering, enrolment = await _lock_own(tx, enrolment_id, learner_id, zone)
    policy = await _policy_of(tx, enrolment)
    enrolment, fact = places.accept_offer(offering, enrolment, policy, now=now)
    await store.save_enrolments(tx, [enrolment])
    await tell(tx, fact, now=now)
    return enrolment


async def confirm_enrolments(
    tx: Connection, payments: Sequence[PaymentReceived], *, zone: ZoneInfo, now: datetime
) -> None:
    """Let every payment end as a seat or on its way back."""
    wanted = [payment.enrolment_id for payment in payments]
    offerings = await store.lock_offerings(tx, await store.get_offering_ids(tx, wanted), zone)
    enrolments = await store.lock_enrolments(tx, wanted)
    policies = await store.get_policies(
        tx, ((each.policy_id, each.policy_version) for each in enrolments.values())
    )
    ended = [each for each in enrolments.values() if each.state not in places.LIVE]
    enrolled_again = await store.get_other_live_enrolments(tx, ended) if ended else set()
    leaving = await _get_leavers(tx, ended) if ended else set()
    changes = _Changes(now)
    for payment in payments:
        enrolment = enrolments[payment.enrolment_id]
        offering, after, fact = places.confirm_enrolment(
            offerings[enrolment.offering_id],
            enrolment,
            policies[enrolment.policy_id, enrolment.policy_version],
            payment,
            enrolled_again=enrolment.enrolment_id in enrolled_again,
            is_leaving=enrolment.learner_id in leaving,
            now=now,
        )
        enrolments[enrolment.enrolment_id] = after
        changes.note(offerings[enrolment.offering_id], offering, [after], [fact] if fact else [])
        offerings[enrolment.offering_id] = offering
    await changes.save(tx)


async def _get_leavers(tx: Connection, enrolments: Sequence[Enrolment]) -> set[UUID]:
    learner_ids = [each.learner_id for each in enrolments]
    await store.hold_people(tx, learner_ids)
    return await store.get_leavers(tx, learner_ids)


async def extend_hold(tx: Connection, invoice: InvoiceIssued) -> None:
    """Hold an employer's seat until the invoice is due."""
    enrolment = (await store.lock_enrolments(tx, [invoice.enrolment_id]))[invoice.enrolment_id]
    extended = places.extend_hold(enrolment, until=invoice.due_at)
    if extended is not None:
        await store.save_enrolments(tx, [extended])


async def lapse_one_offering(
    tx: Connection, *, grace: timedelta, zone: ZoneInfo, now: datetime
) -> int:
    """End what ran out in one offering, and offer its seats to those who wait. Returns how many ended."""
    held_before = now - grace
    offering_id = await store.find_offering_with_lapses(
        tx, held_before=held_before, offered_before=now
    )
    if offering_id is None:
        return 0
    before = (await store.lock_offerings(tx, [offering_id], zone))[offering_id]
    due = await store.lock_lapses(
        tx, offering_id, held_before=held_before, offered_before=now, limit=_LAPSES_AT_ONCE
    )
    offering, ended, facts = places.lapse(before, due, now=now)
    changes = _Changes(now)
    changes.note(before, offering, ended, facts)
    await _pass_on_seats(tx, offering, changes)
    await changes.save(tx)
    return len(ended)


async def submit_withdrawal(
    tx: Connection,
    enrolment_id: UUID,
    *,
    learner_id: UUID,
    reason: WithdrawalReason,
    note: str | None,
    zone: ZoneInfo,
    now: datetime,
) -> Withdrawal:
    """Let a learner leave; the seat goes to the next in line in this very transaction.

    Raises:
        Refusal: it is not theirs, or has ended, or the course has.
    """
    before, enrolment = await _lock_own(tx, enrolment_id, learner_id, zone)
    offering, left, withdrawal, fact = places.submit_withdrawal(
        before,
        enrolment,
        await _policy_of(tx, enrolment),
        withdrawal_id=new_id(),
        reason=reason,
        note=note,
        now=now,
    )
    await store.insert_withdrawal(tx, withdrawal)
    changes = _Changes(now)
    changes.note(before, offering, [left], [fact])
    await _pass_on_seats(tx, offering, changes)
    await changes.save(tx)
    return withdrawal


async def review_withdrawal(
    tx: Connection,
    withdrawal_id: UUID,
    decision: Decision,
    *,
    by: UUID,
    zone: ZoneInfo,
    now: datetime,
) -> Reviewed:
    """Decide what the learner gets back.

    Raises:
        Refusal: there is no such withdrawal, or it cannot be decided so.
    """
    found = await store.lock_withdrawal(tx, withdrawal_id)
    if found is None:
        raise NOT_FOUND()
    withdrawal, reviewed_at = found
    enrolment = (await store.lock_enrolments(tx, [withdrawal.enrolment_id]))[
        withdrawal.enrolment_id
    ]
    offering = await store.get_offering(tx, enrolment.offering_id, zone)
    if offering is None:
        raise NOT_FOUND()
    case = places.case_of(offering, enrolment, await _policy_of(tx, enrolment))
    reviewed, enrolment, fact = decide_review(
        withdrawal, enrolment, case, decision, by=by, reviewed_at=reviewed_at, now=now
    )
    await store.save_review(tx, reviewed)
    await store.save_enrolments(tx, [enrolment])
    await tell(tx, fact, now=now)
    return reviewed


async def copy_offering(
    tx: Connection, told: OfferingState, *, zone: ZoneInfo, now: datetime
) -> None:
    """Take over what the catalogue tells; new seats go to those who wait, dropped sessions give money back."""
    known = (await store.lock_offerings(tx, [told.offering_id], zone)).get(told.offering_id)
    offering = places.copy_offering(known, told, zone)
    if offering is None:
        return
    await store.save_offering(tx, offering, told)
    changes = _Changes(now)
    if (
        known is not None
        and len(told.sessions) < known.sessions
        and offering.policy.dropped_session_pro_rata
    ):
        everybody = await store.lock_live_enrolments(tx, offering.offering_id)
        changes.note(
            offering,
            offering,
            *places.grant_for_dropped_sessions(
                [each for each in everybody if each.state == "confirmed"],
                dropped=known.sessions - len(told.sessions),
                planned=known.sessions,
            ),
        )
    if known is None or known.capacity != offering.capacity:
        changes.occupied(offering)
    await _pass_on_seats(tx, offering, changes)
    await changes.save(tx)


async def cancel_offering(
    tx: Connection, cancelled: OfferingCancelled, *, zone: ZoneInfo, now: datetime
) -> None:
    """Everybody leaves an offering that does not take place."""
    before = (await store.lock_offerings(tx, [cancelled.offering_id], zone)).get(
        cancelled.offering_id
    )
    if before is None or before.cancelled:
        return
    await store.mark_offering_cancelled(tx, cancelled.offering_id, cancelled.version)
    everybody = await store.lock_live_enrolments(tx, cancelled.offering_id)
    over, facts = places.cancel_enrolments(everybody, now=now)
    empty = msgspec.structs.replace(before, seats_taken=0, waiting=0, cancelled=True)
    changes = _Changes(now)
    changes.note(before, empty, over, facts)
    await changes.save(tx)


class _Changes:
    """What a transaction changed, written and told together at its end."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._enrolments: dict[UUID, Enrolment] = {}
        self._occupied: dict[UUID, Offering] = {}
        self._facts: list[Fact] = []

    def note(
        self,
        before: Offering,
        after: Offering,
        enrolments: Iterable[Enrolment],
        facts: Iterable[Fact],
    ) -> None:
        self._enrolments.update((each.enrolment_id, each) for each in enrolments)
        self._facts.extend(facts)
        if (before.seats_taken, before.waiting) != (after.seats_taken, after.waiting):
            self.occupied(after)

    def occupied(self, offering: Offering) -> None:
        self._occupied[offering.offering_id] = offering

    async def save(self, tx: Connection) -> None:
        if self._enrolments:
            await store.save_enrolments(tx, list(self._enrolments.values()))
        counted = [places.places_taken(offering) for offering in self._occupied.values()]
        if counted:
            await store.save_occupation(tx, [offering for offering, _ in counted])
        await tell(tx, *self._facts, *(fact for _, fact in counted), now=self._now)


async def _pass_on_seats(tx: Connection, offering: Offering, changes: _Changes) -> None:
    """Offer free seats to the head of the line, in the transaction that freed them."""
    if not offering.waiting or not offering.free_seats:
        return
    waiting = await store.lock_head_of_line(tx, offering.offering_id, offering.free_seats)
    after, offers, facts = places.offer_free_seats(offering, waiting, now=changes._now)  # noqa: SLF001
    changes.note(offering, after, offers, facts)


async def _lock_own(
    tx: Connection, enrolment_id: UUID, learner_id: UUID, zone: ZoneInfo
) -> tuple[Offering, Enrolment]:
    """Lock an enrolment and its offering.

    Raises:
        Refusal: there is none, or it is somebody else's; nobody learns which.
    """
    offerings = await store.lock_offerings(
        tx, await store.get_offering_ids(tx, [enrolment_id]), zone
    )
    enrolment = (await store.lock_enrolments(tx, [enrolment_id])).get(enrolment_id)
    if enrolment is None or enrolment.learner_id != learner_id:
        raise NOT_FOUND()
    return offerings[enrolment.offering_id], enrolment


async def _policy_of(tx: Connection, enrolment: Enrolment) -> CancellationPolicy:
    version = (enrolment.policy_id, enrolment.policy_version)
    return (await store.get_policies(tx, [version]))[version]


async def answer_erasure(tx: Connection, told: ErasureRequested, *, now: datetime) -> None:
    """Say what stands in the way of forgetting somebody; if nothing does, let nothing new begin for them."""
    known = await store.lock_person(tx, told.account_id)
    standing = await store.get_enrolments_of(tx, told.account_id)
    answered = leavers.answer_erasure(known, told, standing, now=now)
    if answered is None:
        return
    leaver, fact = answered
    await store.save_leaver(tx, leaver)
    await tell(tx, fact, now=now)


async def cancel_erasure(tx: Connection, told: ErasureCancelled) -> None:
    """Let somebody enrol again who is not forgotten after all."""
    known = await store.lock_person(tx, told.account_id)
    leaver = leavers.cancel_erasure(known, told.account_id, told.version)
    if leaver is not None:
        await store.save_leaver(tx, leaver)


async def forget_person(tx: Connection, told: AccountErased, *, now: datetime) -> None:
    """Forget what somebody wrote and was written; their enrolments stay, by an id that leads to nobody."""
    known = await store.lock_person(tx, told.account_id)
    await store.save_leaver(tx, leavers.forget(known, told.account_id))
    withdrawals = await store.forget_words(tx, told.account_id)
    await forget_answers(tx, told.account_id, about=withdrawals)
    await tell(tx, leavers.report(told.account_id, now=now), now=now)
