"""Finance: what no rule can decide, and refunds that need a hand."""

from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from clients.portal.api import identity, payment
from clients.portal.api.asking import Refused, or_missing
from clients.portal.api.payment import RefundToFinance
from clients.portal.forms import Form, empty_form
from clients.portal.routes.desk import FINANCE
from clients.portal.views.desk_exceptions import exceptions_page
from clients.portal.views.desk_refunds import STATES, Deed, deeds_of, refund_page, refunds_page
from clients.portal.visit import Visit


@get("/desk/exceptions", access=FINANCE)
async def list_exceptions(visit: NamedDependency[Visit]) -> Response[str]:
    """What waits for finance, the longest first; or what has been settled."""
    asked = visit.request.query_params
    settled, cursor = "settled" in asked, asked.get("cursor", "")
    listed = await payment.list_exceptions(visit.ask, settled=settled, cursor=cursor)
    page = exceptions_page(listed, settled=settled, cursor=cursor, words=visit.words)
    return visit.show("desk_exceptions.html", page, section="desk")


@get("/desk/refunds", access=FINANCE)
async def list_refunds(visit: NamedDependency[Visit]) -> Response[str]:
    """Refunds in a state, the longest waiting first; at first those that finance has to transfer."""
    asked = visit.request.query_params
    wanted, cursor = asked.get("state", ""), asked.get("cursor", "")
    state = next((each for each in STATES if each == wanted), STATES[0])
    listed = await payment.list_refunds(visit.ask, state, cursor=cursor)
    page = refunds_page(state, listed, cursor=cursor, words=visit.words)
    return visit.show("desk_refunds.html", page, section="desk")


@get("/desk/refunds/{refund_id:uuid}", access=FINANCE)
async def show_refund(refund_id: FromPath[UUID], visit: NamedDependency[Visit]) -> Response[str]:
    """One refund: whose money it is, why it goes back, and what can be done."""
    refund = await payment.get_refund(visit.ask, refund_id)
    return await _show(visit, refund, empty_form(visit.words))


@post("/desk/refunds/{refund_id:uuid}", access=FINANCE, status_code=303)
async def decide_refund(
    refund_id: FromPath[UUID], visit: NamedDependency[Visit]
) -> Response[str] | Response[bytes]:
    """Have the provider try it again, or say that it was transferred by hand."""
    form = await visit.form()
    deed = read_deed(form)
    if deed is not None:
        act = payment.retry_refund if deed == "retry" else payment.transfer_refund
        try:
            await act(visit.ask, refund_id, key=form.key)
            return visit.go(f"/desk/refunds/{refund_id}?done={deed}")
        except Refused as refused:
            form.take(refused, {})
            form = form.with_new_key()
    refund = await payment.get_refund(visit.ask, refund_id)  # As it is by now.
    return await _show(visit, refund, form)


async def _show(visit: Visit, refund: RefundToFinance, form: Form) -> Response[str]:
    order = await payment.get_order(visit.ask, refund.refund.order_id)
    names = await or_missing(identity.list_people(visit.ask, [order.learner_id]))
    done = visit.request.query_params.get("done", "")
    return visit.show(
        "desk_refund.html",
        refund_page(refund, order, names, words=visit.words),
        section="desk",
        form=form,
        done=done if done in ("retry", "transfer") and form.is_right else "",
        status=form.status,
    )


def read_deed(form: Form) -> Deed | None:
    """What is to be done; None, with an instruction, where nothing was chosen."""
    return form.choice("deed", deeds_of("refused"), needed="finance.deed_needed")


ROUTES = [list_exceptions, list_refunds, show_refund, decide_refund]
