"""Every SQL statement of payment, by topic.

Locks are always taken in one order: enrolments (advisory, by consumers only), orders, payments,
then the series of invoice numbers, then that of credit notes. So no two transactions ever wait for each other.
"""

from services.payment.store import (
    invoices,
    leavers,
    ledger,
    offerings,
    orders,
    payments,
    refunds,
    transfers,
    whole_orders,
)

__all__ = [
    "invoices",
    "leavers",
    "ledger",
    "offerings",
    "orders",
    "payments",
    "refunds",
    "transfers",
    "whole_orders",
]
