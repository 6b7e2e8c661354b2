"""The desk: where those who work with courses begin."""

from litestar import Response, get
from litestar.di import NamedDependency

from chassis.http.access import only
from clients.portal.visit import DESK_ROLES, Visit

DESK = only(*DESK_ROLES)


@get("/desk", access=DESK)
async def show_desk(visit: NamedDependency[Visit]) -> Response[bytes]:
    """Lead to what waits: reviews for the office, offerings for everybody else."""
    roles = visit.person.roles if visit.person else frozenset()
    return visit.go("/desk/withdrawals" if "office" in roles else "/desk/offerings")


ROUTES = [show_desk]
