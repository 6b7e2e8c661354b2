"""Door 1: enrolment over HTTP."""

from services.enrolment.edge import enrolments, export, streams, withdrawals

ROUTES = [*enrolments.ROUTES, *withdrawals.ROUTES, *streams.ROUTES, *export.ROUTES]
