"""The office enrols somebody on their behalf (B3)."""

from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from chassis.http.access import only
from clients.portal.api import catalogue, enrolment, identity
from clients.portal.api.asking import Refused
from clients.portal.api.catalogue import Offering
from clients.portal.forms import Form, empty_form
from clients.portal.views.desk_enrolling import BehalfPage, behalf_page, choose, read_behalf
from clients.portal.visit import Visit

_OFFICE = only("office")


@get("/desk/offerings/{offering_id:uuid}/enrol", access=_OFFICE)
async def show_behalf(offering_id: FromPath[UUID], visit: NamedDependency[Visit]) -> Response[str]:
    """Whom, who pays, what the office goes by, and what the learner has agreed to."""
    offering = await catalogue.get_offering(visit.ask, offering_id)
    form = empty_form(
        visit.words,
        policy_version=str(offering.conditions.policy_version),
        terms_version=str(offering.conditions.terms_version),
    )
    return _show(visit, behalf_page(offering, visit.words), form)


@post("/desk/offerings/{offering_id:uuid}/enrol", access=_OFFICE, status_code=303)
async def enrol_on_behalf(
    offering_id: FromPath[UUID], visit: NamedDependency[Visit]
) -> Response[str] | Response[bytes]:
    """Enrol the one who has this mail address; where several have it, the office says which."""
    form = await visit.form()
    offering = await catalogue.get_offering(visit.ask, offering_id)
    read = read_behalf(form)
    found = await identity.find_people(visit.ask, read.mail_address) if read.mail_address else ()
    somebody = choose(form, found)
    page = behalf_page(offering, visit.words, found)
    if somebody is None or not form.is_right:
        return _show(visit, page, form)
    try:
        await enrolment.enrol_on_behalf(
            visit.ask, offering_id, read.behalf_of(somebody), key=form.key
        )
    except Refused as refused:
        form.take(refused, {"/why": "why"})
        return _show_refused(visit, page, form, offering)
    return visit.go(f"/desk/offerings/{offering_id}?enrolled")


def _show_refused(visit: Visit, page: BehalfPage, form: Form, offering: Offering) -> Response[str]:
    """Another try is another wish, and about the conditions as they are by now."""
    now = offering.conditions
    fresh = form.with_new_key().with_answers(
        policy_version=str(now.policy_version), terms_version=str(now.terms_version)
    )
    return _show(visit, page, fresh)


def _show(visit: Visit, page: BehalfPage, form: Form) -> Response[str]:
    return visit.show("desk_enrol.html", page, section="desk", form=form, status=form.status)


ROUTES = [show_behalf, enrol_on_behalf]
