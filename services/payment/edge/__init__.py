"""Door 1: payment over HTTP."""

from services.payment.edge import export, finance, invoices, orders, payments, streams

ROUTES = [
    *orders.ROUTES,
    *payments.ROUTES,
    *invoices.ROUTES,
    *finance.ROUTES,
    *streams.ROUTES,
    *export.ROUTES,
]
