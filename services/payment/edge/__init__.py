"""Door 1: payment over HTTP."""

from services.payment.edge import export, finance, invoices, orders, payments

ROUTES = [*orders.ROUTES, *payments.ROUTES, *invoices.ROUTES, *finance.ROUTES, *export.ROUTES]
