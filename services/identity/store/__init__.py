"""Every SQL statement of identity, by topic.

Locks are always taken in one order: links, own logins, sessions, codes, families, refresh tokens.
So no two transactions ever wait for each other.
"""

from services.identity.store import accounts, clients, keys, links, roles, sessions, tokens

__all__ = ["accounts", "clients", "keys", "links", "roles", "sessions", "tokens"]
