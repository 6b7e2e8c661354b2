"""The office reviews withdrawals (A26, A27)."""

import asyncio
from http import HTTPStatus
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from chassis.http.access import only
from clients.portal.api import catalogue, enrolment, identity
from clients.portal.api.asking import Refused, or_missing, or_none
from clients.portal.api.enrolment import Ground, Review, WithdrawalToReview
from clients.portal.forms import Form, amount_minor, empty_form
from clients.portal.views.desk_withdrawals import STATES, queue_page, review_page
from clients.portal.visit import Visit
from clients.portal.words import Words

_OFFICE = only("office")
_GROUNDS: tuple[Ground, ...] = ("goodwill", "medical", "organiser")
_LONGEST_EXPLANATION = 1000


@get("/desk/withdrawals", access=_OFFICE)
async def list_withdrawals(visit: NamedDependency[Visit]) -> Response[str]:
    """Who waits longest stands first."""
    asked = visit.request.query_params
    wanted, cursor = asked.get("state", ""), asked.get("cursor", "")
    state = next((each for each in STATES if each == wanted), STATES[0])
    listed = await enrolment.list_withdrawals(visit.ask, state, cursor=cursor)
    names = await or_missing(
        identity.list_people(visit.ask, (each.learner_id for each in listed.items))
    )
    page = queue_page(state, listed, names, cursor=cursor, words=visit.words)
    return visit.show("desk_withdrawals.html", page, section="desk", decided="decided" in asked)


@get("/desk/withdrawals/{withdrawal_id:uuid}", access=_OFFICE)
async def show_withdrawal(
    withdrawal_id: FromPath[UUID], visit: NamedDependency[Visit]
) -> Response[str]:
    """What the policy gives back and why, and the form to decide."""
    withdrawal = await enrolment.get_withdrawal_to_review(visit.ask, withdrawal_id)
    return await _show(visit, withdrawal, empty_form(visit.words))


@post("/desk/withdrawals/{withdrawal_id:uuid}", access=_OFFICE, status_code=303)
async def review_withdrawal(
    withdrawal_id: FromPath[UUID], visit: NamedDependency[Visit]
) -> Response[str] | Response[bytes]:
    """Decide; refund and mail follow by themselves."""
    withdrawal, form = await asyncio.gather(
        enrolment.get_withdrawal_to_review(visit.ask, withdrawal_id), visit.form()
    )
    review = read_review(form, withdrawal, visit.words)
    if review is not None:
        try:
            await enrolment.review_withdrawal(visit.ask, withdrawal_id, review, key=form.key)
            return visit.go("/desk/withdrawals?decided")
        except Refused as refused:
            form.take(refused, {"/refund_minor": "amount", "/explanation": "why"})
            form = form.with_new_key()
            if refused.status == HTTPStatus.CONFLICT:
                withdrawal = await enrolment.get_withdrawal_to_review(
                    visit.ask, withdrawal_id
                )  # As a colleague has decided.
    return await _show(visit, withdrawal, form)


async def _show(visit: Visit, withdrawal: WithdrawalToReview, form: Form) -> Response[str]:
    names, offering = await asyncio.gather(
        or_missing(identity.list_people(visit.ask, [withdrawal.learner_id])),
        or_missing(or_none(catalogue.get_offering(visit.ask, withdrawal.offering_id))),
    )
    zone = visit.parts.settings.institution_zone
    page = review_page(withdrawal, names, offering, words=visit.words, zone=zone)
    return visit.show("desk_withdrawal.html", page, section="desk", form=form, status=form.status)


def read_review(form: Form, withdrawal: WithdrawalToReview, words: Words) -> Review | None:
    """What was decided; None where something has to be corrected first."""
    decision = form.choice("decision", ("policy", "other"), needed="desk.decision_needed")
    if decision == "policy":
        return Review(ground="policy")
    if decision is None:
        return None
    amount = amount_minor(form.typed("amount"))
    if amount is None or amount > withdrawal.fee_minor:
        most = words.money(withdrawal.fee_minor, withdrawal.currency)
        form.wrong("amount", "desk.amount_needed", most=most)
    ground = form.choice("ground", _GROUNDS, needed="desk.ground_needed")
    explanation = form.text(
        "why",
        needed="desk.why_needed",
        longest=_LONGEST_EXPLANATION,
        too_long="desk.why_too_long",
    )
    if not form.is_right or ground is None:
        return None
    return Review(ground=ground, refund_minor=amount, explanation=explanation)


ROUTES = [list_withdrawals, show_withdrawal, review_withdrawal]
