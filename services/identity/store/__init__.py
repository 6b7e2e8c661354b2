"""Every SQL statement of identity, by topic.

Locks are always taken in one order: links, accounts, logins, second steps and passkeys, sessions, codes, families,
refresh tokens. So no two transactions ever wait for each other.
"""

from services.identity.store import (
    accounts,
    clients,
    erasing,
    export,
    keys,
    links,
    logins,
    passkeys,
    roles,
    second_step,
    sessions,
    tokens,
)

__all__ = [
    "accounts",
    "clients",
    "erasing",
    "export",
    "keys",
    "links",
    "logins",
    "passkeys",
    "roles",
    "second_step",
    "sessions",
    "tokens",
]
