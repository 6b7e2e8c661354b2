"""The way to a place: who pays, check and accept, pay, and what came of it (A11-A16, A21)."""

import asyncio
from http import HTTPStatus
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from chassis.http.access import SIGNED_IN
from clients.portal.api import catalogue, enrolment, payment
from clients.portal.api.asking import Away, LoginNeeded, Part, Refused, or_missing
from clients.portal.api.catalogue import Offering
from clients.portal.api.enrolment import ALIVE, Enrolment, Wish
from clients.portal.forms import Form, empty_form
from clients.portal.sessions.domain import Person
from clients.portal.views.enrolling import (
    BILLING_FIELDS,
    CONDITIONS,
    Kind,
    PayingWish,
    can_be_paid,
    check_page,
    kind_of,
    payer_page,
    paying_page,
    read_wish,
)
from clients.portal.views.outcome import outcome_of
from clients.portal.visit import Visit, go_to

Page = Response[str] | Response[bytes]

_ENROL = "/courses/{offering_id:uuid}/enrol"
_MINE = "/my/courses/{enrolment_id:uuid}"


@get(_ENROL, access=SIGNED_IN)
async def show_enrol(offering_id: FromPath[UUID], visit: NamedDependency[Visit]) -> Page:
    """Who pays; where nothing is to be paid now, what is to be accepted."""
    offering, places, enrolments = await asyncio.gather(
        catalogue.get_offering(visit.ask, offering_id),
        enrolment.get_places(visit.ask, offering_id),
        enrolment.list_enrolments_in(visit.ask, offering_id),
    )
    mine = _live(enrolments)
    if mine is not None:
        return visit.go(f"/my/courses/{mine.enrolment_id}")
    if offering.standing not in ("open", "full"):
        return visit.go(f"/courses/{offering_id}")  # It says why not, and what now.
    kind = kind_of(offering, places.free)
    if kind != "pay":
        return await _show_check(visit, offering, empty_form(visit.words), None, kind)
    form = empty_form(visit.words, payer="self", method="ideal")
    return _show_payer(visit, offering, form)


@post(_ENROL, access=SIGNED_IN, status_code=200)
async def choose_payer(offering_id: FromPath[UUID], visit: NamedDependency[Visit]) -> Page:
    """On to the check. Nothing is done yet, so this leads nowhere by itself."""
    form = await visit.form()
    offering = await catalogue.get_offering(visit.ask, offering_id)
    wish = read_wish(form, visit.language)
    if wish is None:
        return _show_payer(visit, offering, form)
    # Another answer is another wish: the key of the first form would repeat the first.
    return await _show_check(visit, offering, form.with_new_key(), wish, "pay")


@get(f"{_ENROL}/check", access=SIGNED_IN, sync_to_thread=False)
def begin_again(offering_id: FromPath[UUID], visit: NamedDependency[Visit]) -> Response[bytes]:
    """Whoever changes the language or comes back on the check begins where it begins."""
    return visit.go(f"/courses/{offering_id}/enrol")


@post(f"{_ENROL}/check", access=SIGNED_IN, status_code=303)
async def request_enrolment(offering_id: FromPath[UUID], visit: NamedDependency[Visit]) -> Page:
    """Ask for the place that was checked and accepted, and go on to pay for it."""
    form = await visit.form()
    offering = await catalogue.get_offering(visit.ask, offering_id)
    kind: Kind = form.choice("kind", ("pay", "free", "wait"), needed="enrol.payer_needed") or "pay"
    wish = read_wish(form, visit.language) if kind == "pay" else None
    if kind == "pay" and wish is None:
        return _show_payer(visit, offering, form)
    form.tick("accept", needed="enrol.accept_needed")
    seen = [form.typed(name) for name in CONDITIONS]
    if not form.is_right or not all(each.isdecimal() for each in seen):
        return await _show_check(visit, offering, form, wish, kind)
    try:
        requested = await enrolment.request_enrolment(
            visit.ask,
            Wish(
                offering_id=offering_id,
                accepted_policy_version=int(seen[0]),
                accepted_terms_version=int(seen[1]),
                payer=wish.payer if wish else "self",
            ),
            key=form.key,
        )
    except Refused as refused:
        if refused.code == "already-enrolled":
            mine = _live(await enrolment.list_enrolments_in(visit.ask, offering_id))
            if mine is not None:
                return visit.go(f"/my/courses/{mine.enrolment_id}")
        if refused.code != "conditions-not-accepted":
            raise
        form.take(refused, {})
        return await _show_check(visit, offering, form.with_new_key(), wish, kind)
    if requested.state != "held" or wish is None:
        return visit.go(f"/my/courses/{requested.enrolment_id}/outcome")
    return await _settle(visit, requested.enrolment_id, wish, form)


@get(f"{_MINE}/pay", access=SIGNED_IN)
async def show_pay(enrolment_id: FromPath[UUID], visit: NamedDependency[Visit]) -> Page:
    """Pay for a place that is held, once more or in another way."""
    mine, order = await asyncio.gather(
        enrolment.get_enrolment(visit.ask, enrolment_id),
        or_missing(payment.find_order(visit.ask, enrolment_id)),
    )
    if not can_be_paid(mine, None if not isinstance(order, payment.Order) else order):
        return visit.go(f"/my/courses/{enrolment_id}/outcome")
    form = empty_form(visit.words, payer=mine.payer, method="ideal")
    return await _show_paying(visit, mine, form)


@post(f"{_MINE}/pay", access=SIGNED_IN, status_code=303)
async def start_payment(enrolment_id: FromPath[UUID], visit: NamedDependency[Visit]) -> Page:
    """Off to the provider, or have the employer invoiced."""
    form = await visit.form()
    wish = read_wish(form, visit.language)
    if wish is None:
        mine = await enrolment.get_enrolment(visit.ask, enrolment_id)
        return await _show_paying(visit, mine, form)
    return await _settle(visit, enrolment_id, wish, form)


@get(f"{_MINE}/outcome", access=SIGNED_IN)
async def show_outcome(enrolment_id: FromPath[UUID], visit: NamedDependency[Visit]) -> Page:
    """What came of it so far; the provider sends people back to here."""
    mine, order = await asyncio.gather(
        enrolment.get_enrolment(visit.ask, enrolment_id),
        or_missing(payment.find_order(visit.ask, enrolment_id)),
    )
    offering = await or_missing(catalogue.get_offering(visit.ask, mine.offering_id))
    zone = visit.parts.settings.institution_zone
    page = outcome_of(mine, order, offering, words=visit.words, zone=zone, now=visit.now)
    template = {"enrolled": "confirmation.html", "paying": "payment_pending.html"}
    return visit.show(template.get(page.stage, "outcome.html"), page, section="learning")


async def _settle(visit: Visit, enrolment_id: UUID, wish: PayingWish, form: Form) -> Page:
    """Pay or have it invoiced. Whatever goes wrong with that, the place is held and the answers are kept."""
    missing: tuple[Part, ...] = ()
    outcome = f"/my/courses/{enrolment_id}/outcome"
    try:
        order = await payment.wait_for_order(visit.ask, enrolment_id)
        if order is None:
            return visit.go(outcome)
        if wish.billing is not None:
            await payment.record_billing(visit.ask, order.order_id, wish.billing)
            return visit.go(outcome)
        started = await payment.start_payment(
            visit.ask,
            order.order_id,
            wish.method,
            come_back_to=f"{visit.parts.settings.own_url}/{visit.language}{outcome}",
            key=f"{form.key}-{wish.method}",
        )
        return go_to(started.checkout_url) if started.checkout_url else visit.go(outcome)
    except Refused as refused:
        form.take(refused, BILLING_FIELDS)
        form = form.with_new_key()
    except Away as away:
        missing = (away.part,)
    mine = await enrolment.get_enrolment(visit.ask, enrolment_id)
    return await _show_paying(visit, mine, form, missing)


def _show_payer(visit: Visit, offering: Offering, form: Form) -> Page:
    page = payer_page(offering, _person(visit), words=visit.words, home=visit.frame("").at())
    return visit.show("enrol.html", page, section="courses", form=form, status=form.status)


async def _show_check(
    visit: Visit, offering: Offering, form: Form, wish: PayingWish | None, kind: Kind
) -> Page:
    costs = await enrolment.get_leaving_costs(visit.ask, offering.offering_id)
    page = check_page(
        offering,
        costs,
        _person(visit),
        form,
        wish,
        kind=kind,
        words=visit.words,
        home=visit.frame("").at(),
        now=visit.now,
        zone=visit.parts.settings.institution_zone,
    )
    return visit.show("enrol_check.html", page, section="courses", form=form, status=form.status)


async def _show_paying(
    visit: Visit, mine: Enrolment, form: Form, missing: tuple[Part, ...] = ()
) -> Page:
    offering = await or_missing(catalogue.get_offering(visit.ask, mine.offering_id))
    page = paying_page(
        mine,
        offering,
        words=visit.words,
        home=visit.frame("").at(),
        now=visit.now,
        zone=visit.parts.settings.institution_zone,
        missing=missing,
    )
    status = HTTPStatus.SERVICE_UNAVAILABLE if missing else form.status
    return visit.show("enrol.html", page, section="learning", form=form, status=status)


def _live(enrolments: tuple[Enrolment, ...]) -> Enrolment | None:
    return next((each for each in enrolments if each.state in ALIVE), None)


def _person(visit: Visit) -> Person:
    if visit.person is None:
        raise LoginNeeded
    return visit.person


ROUTES = [
    show_enrol,
    choose_payer,
    begin_again,
    request_enrolment,
    show_pay,
    start_payment,
    show_outcome,
]
