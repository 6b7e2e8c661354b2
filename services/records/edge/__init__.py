"""Door 1: records over HTTP."""

from services.records.edge import evaluations, export, records, results, verification

ROUTES = [
    *results.ROUTES,
    *records.ROUTES,
    *evaluations.ROUTES,
    *verification.ROUTES,
    *export.ROUTES,
]
