"""What can be done with orders and their money: load, decide, save, tell. Transactions belong to the doors."""

from services.payment.commands import invoices, leavers, orders, payments, refunds, transfers

__all__ = ["invoices", "leavers", "orders", "payments", "refunds", "transfers"]
