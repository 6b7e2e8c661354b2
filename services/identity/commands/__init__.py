"""What can be done with people and their logins: load, decide, save, tell. Transactions belong to the doors."""

from services.identity.commands import (
    accounts,
    erasing,
    importing,
    institutional,
    keys,
    logins,
    passkeys,
    roles,
    second_step,
    tokens,
)

__all__ = [
    "accounts",
    "erasing",
    "importing",
    "institutional",
    "keys",
    "logins",
    "passkeys",
    "roles",
    "second_step",
    "tokens",
]
