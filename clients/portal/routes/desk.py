"""The desk: where those who work with courses begin."""

from litestar import Response, get
from litestar.di import NamedDependency

from chassis.http.access import only
from clients.portal.visit import DESK_ROLES, Visit

DESK = only("office", "coordinator", "lecturer")
"""Offerings with their people; which of them are somebody's own, the services decide."""
FINANCE = only("finance")


@get("/desk", access=only(*DESK_ROLES))
async def show_desk(visit: NamedDependency[Visit]) -> Response[bytes]:
    """Lead to what waits: reviews for the office, payments for finance, offerings for everybody else."""
    roles = visit.person.roles if visit.person else frozenset()
    if "office" in roles:
        return visit.go("/desk/withdrawals")
    is_finance_only = roles.isdisjoint(("coordinator", "lecturer"))
    return visit.go("/desk/payments" if is_finance_only else "/desk/offerings")


ROUTES = [show_desk]
