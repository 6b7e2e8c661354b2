"""Secrets that must be read again are locked in the database with a key from the environment (AES-256-GCM)."""

import os
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class Seal:
    """Locks small secrets, each together with the account that it belongs to."""

    def __init__(self, key: bytes) -> None:
        self._lock = AESGCM(key)

    def lock(self, secret: str, account_id: UUID) -> bytes:
        """Rows cannot be exchanged for one another: the account is locked in."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._lock.encrypt(nonce, secret.encode(), account_id.bytes)

    def unlock(self, locked: bytes, account_id: UUID) -> str:
        """The secret.

        Raises:
            cryptography.exceptions.InvalidTag: it was locked with another key, or for somebody else.
        """
        nonce, content = locked[:_NONCE_BYTES], locked[_NONCE_BYTES:]
        return self._lock.decrypt(nonce, content, account_id.bytes).decode()
