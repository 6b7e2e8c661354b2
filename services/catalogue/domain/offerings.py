"""Offerings: a course at a time, for a price, with a class number that one enrols in."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from contracts.catalogue import (
    Activity,
    Affiliation,
    CancellationPolicy,
    Document,
    Elsewhere,
    OfferingCancelled,
    OfferingPublished,
    OfferingRescheduled,
    Price,
    Session,
    Terms,
    Vat,
)
from contracts.fact import Language, Translated
from services.catalogue import refusals
from services.catalogue.domain.courses import Course
from services.catalogue.domain.faults import Fault, Faulty, Path, untranslated
from services.catalogue.domain.names import offering_id_of
from services.catalogue.domain.wall_clock import (
    NOT_OF_OUR_TIME,
    closes_by_rule,
    is_of_our_time,
)

_HIGHEST_PRICE_MINOR = 100_000_00

Standing = Literal["open", "full", "not_yet_open", "closed", "elsewhere", "over", "cancelled"]
"""What can be done with an offering now: enrol, join the waiting list, wait, nothing …"""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What the office decides about an offering. The rest follows from it, or is the course's."""

    class_number: str
    academic_year: str
    course_code: str
    activity: Activity
    taught_in: Language
    practical: Translated | None
    organiser: Translated
    contact: str
    sessions: tuple[Session, ...]
    starts_at: datetime | None
    """Only where there are no sessions to tell."""
    ends_at: datetime | None
    minimum: int
    capacity: int
    enrolment_opens_at: datetime
    enrolment_closes_at: datetime | None
    """None: by the rule for its activity, and again when the start moves."""
    currency: str
    prices: tuple[Price, ...]
    vat: Vat
    policy_id: UUID
    terms_id: UUID
    elsewhere: Elsewhere | None
    document: Document
    lecturer_ids: tuple[UUID, ...]
    coordinator_ids: tuple[UUID, ...]


class Cancelled(msgspec.Struct, frozen=True):
    """When and why the organiser cancelled."""

    at: datetime
    reason: Translated


class Offering(msgspec.Struct, frozen=True, kw_only=True):
    """An offering as it was last told, with everything that its facts carry."""

    offering_id: UUID
    version: int
    plan: Plan
    course: Course
    policy: CancellationPolicy
    terms: Terms
    starts_at: datetime
    ends_at: datetime
    enrolment_closes_at: datetime
    cancelled: Cancelled | None = None


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """Where and when a session is from now on."""

    session_id: UUID
    starts_at: datetime
    ends_at: datetime
    place: str | None
    online_url: str | None


Published = OfferingPublished | OfferingRescheduled
Told = Published | OfferingCancelled


def publish_offering(
    known: Offering | None,
    plan: Plan,
    course: Course,
    policy: CancellationPolicy,
    terms: Terms,
    *,
    zone: ZoneInfo,
) -> tuple[Offering, Published] | None:
    """Put an offering into the overview, new or in its next version; None where nothing is different.

    Raises:
        Faulty: the plan is not sound, or makes another offering of this one.
        Refusal: the offering has been cancelled.
    """
    if faults := [*faults_of_plan(plan, zone), *_faults_of_identity(known, plan)]:
        raise Faulty(faults)
    starts_at, ends_at = _run(plan)
    wanted = Offering(
        offering_id=offering_id_of(plan.academic_year, plan.class_number),
        version=known.version if known else 1,
        plan=replace(
            plan, sessions=_in_order(plan.sessions), prices=_list_price_first(plan.prices)
        ),
        course=course,
        policy=policy,
        terms=terms,
        starts_at=starts_at,
        ends_at=ends_at,
        enrolment_closes_at=_closing(plan, starts_at, zone),
    )
    if known is None:
        return wanted, OfferingPublished(**_state(wanted))
    if known.plan == wanted.plan and _state(known) == _state(wanted):
        return None
    if known.cancelled is not None:
        raise refusals.ALREADY_CANCELLED(cancelled_at=known.cancelled.at)
    following = replace(wanted, version=known.version + 1)
    moved = moved_session_ids(known.plan.sessions, wanted.plan.sessions)
    if moved or (known.starts_at, known.ends_at) != (wanted.starts_at, wanted.ends_at):
        return following, OfferingRescheduled(**_state(following), moved_session_ids=moved)
    return following, OfferingPublished(**_state(following))


def reschedule_offering(
    known: Offering, moves: Sequence[Move], *, zone: ZoneInfo, now: datetime
) -> tuple[Offering, Published] | None:
    """Move sessions in time or place; None where they are there already.

    Raises:
        Faulty: there is no such session, or it would end before it starts.
        Refusal: the offering has been cancelled, or is over.
    """
    _require_to_come(known, now)
    where = {move.session_id: move for move in moves}
    unknown = where.keys() - {session.session_id for session in known.plan.sessions}
    if unknown:
        raise Faulty(
            [
                Fault(("sessions", number, "session_id"), _NO_SUCH_SESSION)
                for number, move in enumerate(moves)
                if move.session_id in unknown
            ]
        )
    sessions = tuple(_moved(each, where.get(each.session_id)) for each in known.plan.sessions)
    plan = replace(known.plan, sessions=sessions)
    return publish_offering(known, plan, known.course, known.policy, known.terms, zone=zone)


def cancel_offering(
    known: Offering, reason: Translated, *, now: datetime
) -> tuple[Offering, OfferingCancelled]:
    """Call an offering off. Everybody is told and gets everything back.

    Raises:
        Faulty: the reason is missing in a language.
        Refusal: the offering has been cancelled already, or is over.
    """
    _require_to_come(known, now)
    if faults := untranslated(("reason",), reason):
        raise Faulty(faults)
    cancelled = replace(known, version=known.version + 1, cancelled=Cancelled(now, reason))
    return cancelled, OfferingCancelled(
        offering_id=known.offering_id,
        version=cancelled.version,
        title=known.course.title,
        reason=reason,
    )


def moved_session_ids(before: Iterable[Session], after: Iterable[Session]) -> tuple[UUID, ...]:
    """Sessions that are not when and where they were: moved, added or dropped; in order of time.

    Another lecturer moves nobody.
    """
    old, new = (
        {each.session_id: _when_and_where(each) for each in side} for side in (before, after)
    )
    every = {**old, **new}
    changed = [each for each in every if old.get(each) != new.get(each)]
    return tuple(sorted(changed, key=lambda each: (every[each][0], each)))


def fee_for(prices: Iterable[Price], affiliation: str | None) -> int | None:
    """What somebody of this affiliation pays, in minor units; None where it is not paid here.

    Source: PRODUCT.md A9. Whoever has no price of their own pays the list price.
    """
    by_affiliation: dict[str | None, int] = {each.affiliation: each.fee_minor for each in prices}
    return by_affiliation.get(affiliation, by_affiliation.get(None))


class Places(msgspec.Struct, frozen=True):
    """How full an offering is, as enrolment last told."""

    capacity: int
    taken: int
    waiting: int

    @property
    def free(self) -> int:
        return max(0, self.capacity - self.taken)


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """What decides whether one can enrol."""

    opens_at: datetime
    closes_at: datetime
    ends_at: datetime
    elsewhere: bool
    cancelled: bool


def standing_of(window: Window, places: Places, *, now: datetime) -> Standing:
    """What can be done with an offering at this moment."""
    if window.cancelled:
        return "cancelled"
    if now >= window.ends_at:
        return "over"
    if window.elsewhere:
        return "elsewhere"
    if now < window.opens_at:
        return "not_yet_open"
    if now >= window.closes_at:
        return "closed"
    return "open" if places.free else "full"


def faults_of_plan(plan: Plan, zone: ZoneInfo) -> list[Fault]:
    """What is wrong with a plan in itself, all of it."""
    faults = [
        *untranslated(("practical",), plan.practical),
        *untranslated(("organiser",), plan.organiser),
        *untranslated(("vat", "reason"), plan.vat.reason),
        *_faults_of_year(plan.academic_year),
        *_faults_of_times(plan),
        *_faults_of_sessions(plan),
        *_faults_of_prices(plan),
        *_faults_of_addresses(plan),
    ]
    if plan.minimum > plan.capacity:
        faults.append(Fault(("minimum",), _MORE_THAN_FIT))
    return faults or _faults_of_enrolment(plan, zone)


def _faults_of_identity(known: Offering | None, plan: Plan) -> list[Fault]:
    """A class number stays what it is: people have enrolled in it."""
    if known is None:
        return []
    return [
        Fault((name,), _stays(getattr(known.plan, name)))
        for name in ("class_number", "academic_year", "course_code")
        if getattr(plan, name) != getattr(known.plan, name)
    ]


def _faults_of_year(academic_year: str) -> list[Fault]:
    first, _, second = academic_year.partition("-")
    if int(second) == int(first) + 1:
        return []
    return [Fault(("academic_year",), _two_years(int(first)))]


def _faults_of_times(plan: Plan) -> list[Fault]:
    times: dict[Path, datetime | None] = {
        (name,): getattr(plan, name)
        for name in ("starts_at", "ends_at", "enrolment_opens_at", "enrolment_closes_at")
    }
    for number, session in enumerate(plan.sessions):
        times["sessions", number, "starts_at"] = session.starts_at
        times["sessions", number, "ends_at"] = session.ends_at
    return [
        Fault(path, NOT_OF_OUR_TIME)
        for path, at in times.items()
        if at is not None and not is_of_our_time(at)
    ]


def _faults_of_sessions(plan: Plan) -> list[Fault]:
    faults = [
        Fault(("sessions", number, "ends_at"), _ENDS_BEFORE_IT_STARTS)
        for number, session in enumerate(plan.sessions)
        if session.ends_at <= session.starts_at
    ]
    times = Counter(session.session_id for session in plan.sessions)
    faults += [
        Fault(("sessions", number, "session_id"), _TWICE)
        for number, session in enumerate(plan.sessions)
        if times[session.session_id] > 1
    ]
    if plan.sessions:
        if (plan.starts_at, plan.ends_at) != (None, None):
            faults.append(Fault(("starts_at",), _SESSIONS_TELL))
    elif plan.starts_at is None or plan.ends_at is None:
        faults.append(Fault(("sessions",), _WHEN))
    elif plan.ends_at <= plan.starts_at:
        faults.append(Fault(("ends_at",), _ENDS_BEFORE_IT_STARTS))
    return faults


def _faults_of_prices(plan: Plan) -> list[Fault]:
    times = Counter(price.affiliation for price in plan.prices)
    faults = [
        Fault(("prices", number, "affiliation"), _TWICE)
        for number, price in enumerate(plan.prices)
        if times[price.affiliation] > 1
    ]
    faults += [
        Fault(("prices", number, "fee_minor"), _NO_PRICE)
        for number, price in enumerate(plan.prices)
        if price.fee_minor > _HIGHEST_PRICE_MINOR
    ]
    if plan.elsewhere is None and None not in times:
        faults.append(Fault(("prices",), _LIST_PRICE))
    if plan.elsewhere is not None and plan.prices:
        faults.append(Fault(("prices",), _PAID_ELSEWHERE))
    return faults


def _faults_of_addresses(plan: Plan) -> list[Fault]:
    """People click on them: no scheme but the web's."""
    addresses: dict[Path, str | None] = {
        ("sessions", number, "online_url"): session.online_url
        for number, session in enumerate(plan.sessions)
    }
    if plan.elsewhere is not None:
        addresses["elsewhere", "url"] = plan.elsewhere.url
    return [
        Fault(path, _NO_ADDRESS)
        for path, address in addresses.items()
        if address is not None and not address.startswith(("https://", "http://"))
    ]


def _faults_of_enrolment(plan: Plan, zone: ZoneInfo) -> list[Fault]:
    """Enrolment opens, closes and is over in this order; asked only of a plan whose times are sound."""
    starts_at, ends_at = _run(plan)
    closes_at = _closing(plan, starts_at, zone)
    if closes_at > ends_at:
        return [Fault(("enrolment_closes_at",), _CLOSES_TOO_LATE)]
    if plan.enrolment_opens_at >= closes_at:
        return [Fault(("enrolment_opens_at",), _OPENS_TOO_LATE)]
    return []


def _require_to_come(known: Offering, now: datetime) -> None:
    if known.cancelled is not None:
        raise refusals.ALREADY_CANCELLED(cancelled_at=known.cancelled.at)
    if now >= known.ends_at:
        raise refusals.OFFERING_OVER(ended_at=known.ends_at)


def _run(plan: Plan) -> tuple[datetime, datetime]:
    """From when until when; of a plan without faults."""
    starts = [plan.starts_at, *(each.starts_at for each in plan.sessions)]
    ends = [plan.ends_at, *(each.ends_at for each in plan.sessions)]
    return min(each for each in starts if each), max(each for each in ends if each)


def _closing(plan: Plan, starts_at: datetime, zone: ZoneInfo) -> datetime:
    return plan.enrolment_closes_at or closes_by_rule(plan.activity, starts_at, zone)


def _in_order(sessions: Iterable[Session]) -> tuple[Session, ...]:
    return tuple(sorted(sessions, key=lambda each: (each.starts_at, each.session_id)))


def _list_price_first(prices: Iterable[Price]) -> tuple[Price, ...]:
    order: tuple[Affiliation | None, ...] = (None, "student", "staff", "guest")
    return tuple(sorted(prices, key=lambda each: order.index(each.affiliation)))


def _moved(session: Session, move: Move | None) -> Session:
    if move is None:
        return session
    return replace(
        session,
        starts_at=move.starts_at,
        ends_at=move.ends_at,
        place=move.place,
        online_url=move.online_url,
    )


def _when_and_where(session: Session) -> tuple[datetime, datetime, str | None, str | None]:
    return session.starts_at, session.ends_at, session.place, session.online_url


def _state(offering: Offering) -> dict[str, Any]:
    """What every fact about an offering carries."""
    plan, course = offering.plan, offering.course
    return {
        "offering_id": offering.offering_id,
        "version": offering.version,
        "class_number": plan.class_number,
        "academic_year": plan.academic_year,
        "course_id": course.course_id,
        "course_code": course.code,
        "title": course.title,
        "activity": plan.activity,
        "taught_in": plan.taught_in,
        "level": course.level,
        "study_load_hours": course.study_load_hours,
        "learning_goals": course.learning_goals,
        "practical": plan.practical,
        "organiser": plan.organiser,
        "contact": plan.contact,
        "sessions": plan.sessions,
        "starts_at": offering.starts_at,
        "ends_at": offering.ends_at,
        "minimum": plan.minimum,
        "capacity": plan.capacity,
        "enrolment_opens_at": plan.enrolment_opens_at,
        "enrolment_closes_at": offering.enrolment_closes_at,
        "currency": plan.currency,
        "prices": plan.prices,
        "vat": plan.vat,
        "policy": offering.policy,
        "terms": offering.terms,
        "elsewhere": plan.elsewhere,
        "document": plan.document,
        "lecturer_ids": plan.lecturer_ids,
        "coordinator_ids": plan.coordinator_ids,
    }


def _stays(value: str) -> Translated:
    return Translated(
        nl=f"Dit blijft {value}: er zijn mensen voor ingeschreven. Publiceer iets anders onder een nieuw nummer.",
        en=f"This stays {value}: people have enrolled in it. Publish something else under a new number.",
    )


def _two_years(first: int) -> Translated:
    return Translated(
        nl=f"Schrijf twee opeenvolgende jaren, zoals {first}-{first + 1}.",
        en=f"Write two consecutive years, such as {first}-{first + 1}.",
    )


_NO_SUCH_SESSION = Translated(
    nl="Deze bijeenkomst is er niet. Neem een `session_id` van dit aanbod.",
    en="There is no such session. Take a `session_id` of this offering.",
)
_ENDS_BEFORE_IT_STARTS = Translated(
    nl="Dit is niet na het begin. Zet hier een later tijdstip.",
    en="This is not after the start. Put a later time here.",
)
_TWICE = Translated(
    nl="Dit staat er tweemaal. Haal er een weg.", en="This is here twice. Take one out."
)
_SESSIONS_TELL = Translated(
    nl="Laat begin en einde weg: die volgen uit de bijeenkomsten.",
    en="Leave start and end out: they follow from the sessions.",
)
_WHEN = Translated(
    nl="Geef bijeenkomsten, of anders `starts_at` en `ends_at`.",
    en="Give sessions, or else `starts_at` and `ends_at`.",
)
_NO_PRICE = Translated(
    nl="Dit is meer dan een cursus kan kosten. Zet hier het bedrag in centen, zonder punt of komma.",
    en="This is more than a course can cost. Put the amount in cents here, without point or comma.",
)
_LIST_PRICE = Translated(
    nl="Geef de prijs voor iedereen die geen eigen prijs heeft; 0 als het gratis is.",
    en="Give the list price, for everybody without a price of their own; 0 if it is free.",
)
_PAID_ELSEWHERE = Translated(
    nl="Laat de prijzen weg: inschrijven en betalen gaan via een andere instelling.",
    en="Leave the prices out: another institution registers and is paid.",
)
_NO_ADDRESS = Translated(nl="Begin dit adres met https://.", en="Begin this address with https://.")
_MORE_THAN_FIT = Translated(
    nl="Het minimum is meer dan het aantal plaatsen. Verlaag het, of verhoog `capacity`.",
    en="The minimum is more than there are places. Lower it, or raise `capacity`.",
)
_CLOSES_TOO_LATE = Translated(
    nl="De inschrijving sluit na het einde. Zet hier een eerder tijdstip, of laat het weg.",
    en="Enrolment closes after the end. Put an earlier time here, or leave it out.",
)
_OPENS_TOO_LATE = Translated(
    nl="De inschrijving opent niet voordat zij sluit. Zet hier een eerder tijdstip.",
    en="Enrolment does not open before it closes. Put an earlier time here.",
)
