"""Door 1: the catalogue over HTTP."""

from litestar.types import ControllerRouterHandler

from services.catalogue.edge import (
    conditions,
    courses,
    describing,
    files,
    offerings,
    office,
    programmes,
)

ROUTES: list[ControllerRouterHandler] = [
    *offerings.ROUTES,
    *courses.ROUTES,
    *programmes.ROUTES,
    *conditions.ROUTES,
    *describing.ROUTES,
    *office.ROUTES,
    *files.ROUTES,
]
