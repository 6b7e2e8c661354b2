"""Locks what must not be read or swapped by whoever reads the database or holds the cookie."""

import base64
import binascii
import hashlib
import hmac
import os
from typing import TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

T = TypeVar("T")
_NONCE_BYTES = 12


class Sealer:
    """AES-256-GCM. What is sealed for one place cannot be opened in another."""

    def __init__(self, key: bytes) -> None:
        self._lock = AESGCM(hmac.digest(key, b"sealing", hashlib.sha256))

    def seal(self, content: object, *, place: bytes) -> bytes:
        """Lock a struct for this place."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._lock.encrypt(nonce, msgspec.msgpack.encode(content), place)

    def open(self, sealed: bytes, kind: type[T], *, place: bytes) -> T | None:
        """Unlock it; None if it was made with another key, for another place, or by somebody else."""
        nonce, locked = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return msgspec.msgpack.decode(self._lock.decrypt(nonce, locked, place), type=kind)
        except (InvalidTag, ValueError, msgspec.MsgspecError):
            return None


def as_text(content: bytes) -> str:
    """Bytes for a cookie or a form."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def from_text(text: str) -> bytes:
    """The bytes again; none if it is no such text."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
