"""Door 1: records over HTTP."""

from services.records.edge import evaluations, records, results, verification

ROUTES = [*results.ROUTES, *records.ROUTES, *evaluations.ROUTES, *verification.ROUTES]
