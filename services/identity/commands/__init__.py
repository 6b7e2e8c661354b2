"""What can be done with people and their logins: load, decide, save, tell. Transactions belong to the doors."""

from services.identity.commands import accounts, importing, keys, logins, roles, tokens

__all__ = ["accounts", "importing", "keys", "logins", "roles", "tokens"]
