"""What one accepts by enrolling, to read at any time (A21)."""

from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from chassis.http.access import ANYONE
from clients.portal.api import catalogue
from clients.portal.views.conditions import policies_page, terms_page
from clients.portal.visit import Visit


@get("/cancellation", access=ANYONE)
async def list_policies(visit: NamedDependency[Visit]) -> Response[str]:
    """Every cancellation policy that holds now."""
    policies = await catalogue.list_policies(visit.ask)
    return visit.show("conditions.html", policies_page(policies, visit.words))


@get("/cancellation/{policy_id:uuid}/{version:int}", access=ANYONE)
async def show_policy(
    policy_id: FromPath[UUID], version: FromPath[int], visit: NamedDependency[Visit]
) -> Response[str]:
    """One version of one policy."""
    policy = await catalogue.get_policy(visit.ask, policy_id, version)
    return visit.show("conditions.html", policies_page([policy], visit.words))


@get("/terms", access=ANYONE)
async def list_terms(visit: NamedDependency[Visit]) -> Response[str]:
    """All terms that hold now."""
    terms = await catalogue.list_terms(visit.ask)
    return visit.show("conditions.html", terms_page(terms, visit.words))


@get("/terms/{terms_id:uuid}/{version:int}", access=ANYONE)
async def show_terms(
    terms_id: FromPath[UUID], version: FromPath[int], visit: NamedDependency[Visit]
) -> Response[str]:
    """One version of one of them."""
    terms = await catalogue.get_terms(visit.ask, terms_id, version)
    return visit.show("conditions.html", terms_page([terms], visit.words))


ROUTES = [list_policies, show_policy, list_terms, show_terms]
