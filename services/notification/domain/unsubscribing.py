"""The signed token in "Stop reminders": who stops what, without a login (RFC 8058, 2)."""

import base64
import binascii
import hmac
from uuid import UUID

import msgspec

from contracts.notification import Purpose

_PURPOSES: tuple[Purpose, ...] = ("reminder", "evaluation_invitation")
"""By their place: a token carries the number. Add at the end only."""
_SIGNATURE_BYTES = 16


class Wish(msgspec.Struct, frozen=True):
    """Somebody wants no more mails of one purpose."""

    account_id: UUID
    purpose: Purpose


def sign_wish(wish: Wish, key: bytes) -> str:
    """Make a token that only we can make. It does not expire: neither does the mail it stands in."""
    content = wish.account_id.bytes + bytes([_PURPOSES.index(wish.purpose)])
    return base64.urlsafe_b64encode(content + _signature(content, key)).decode().rstrip("=")


def read_wish(token: str, key: bytes) -> Wish | None:
    """Read a token back; None if it is not one of ours."""
    try:
        signed = base64.b64decode(token + "=" * (-len(token) % 4), altchars="-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    content, signature = signed[:-_SIGNATURE_BYTES], signed[-_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature(content, key)):
        return None
    return Wish(UUID(bytes=content[:16]), _PURPOSES[content[16]])


def _signature(content: bytes, key: bytes) -> bytes:
    return hmac.digest(key, b"unsubscribe\0" + content, "sha256")[:_SIGNATURE_BYTES]
