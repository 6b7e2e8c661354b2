"""Door 1: the catalogue over HTTP."""

from litestar.types import ControllerRouterHandler

from services.catalogue.edge import conditions, courses, offerings, office, programmes

ROUTES: list[ControllerRouterHandler] = [
    *offerings.ROUTES,
    *courses.ROUTES,
    *programmes.ROUTES,
    *conditions.ROUTES,
    *office.ROUTES,
]
