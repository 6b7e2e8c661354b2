"""What can be done with orders and their money: load, decide, save, tell. Transactions belong to the doors."""

from services.payment.commands import invoices, orders, payments, refunds, transfers

__all__ = ["invoices", "orders", "payments", "refunds", "transfers"]
