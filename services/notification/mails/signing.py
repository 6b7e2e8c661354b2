"""Signs mails with DKIM (RFC 6376; RFC 8463 for Ed25519): their receiver can see that they are ours.

Put together here, as `message.py` is, with the signature itself by cryptography: dkimpy computes RSA in
Python, which takes seven times as long as writing the mail (decision 0013). The tests verify with dkimpy.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from datetime import datetime

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

_SIGNED = (
    "from",
    "reply-to",
    "to",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "auto-submitted",
    "content-language",
    "mime-version",
    "content-type",
)
"""What a reader or a program goes by (RFC 6376, 5.4.1; RFC 8058, 4). What a mail lacks of it cannot be added."""
_ONCE_MORE = ("from", "reply-to", "to", "subject", "date", "message-id", "content-type")
"""Named once more than they are there, so that nobody can put a second one before ours (RFC 6376, 8.15)."""
_SMALLEST_RSA_BITS = 2048
_LARGEST_RSA_BITS = 4096
"""RFC 8301, 3.2: receivers need not verify longer ones."""
_WIDTH = 72
_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]+-----.+?-----END [A-Z0-9 ]+-----", re.DOTALL)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
_BETWEEN_FIELDS = re.compile(rb"\r\n(?![ \t])")
_BLANKS = re.compile(rb"  +")


class UnusableKeyError(Exception):
    """Says what is wrong with the keys or with their names, without showing them."""


class Key(msgspec.Struct, frozen=True):
    """A private key, and the name under which its public half stands in the DNS."""

    selector: str
    private: RSAPrivateKey | Ed25519PrivateKey

    def __repr__(self) -> str:
        return f"Key({self.selector!r}, …)"

    @property
    def algorithm(self) -> str:
        """As the signature names it."""
        return "rsa-sha256" if isinstance(self.private, RSAPrivateKey) else "ed25519-sha256"

    def sign(self, digest: bytes) -> bytes:
        """The signature of a SHA-256."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(digest, PKCS1v15(), Prehashed(SHA256()))
        return self.private.sign(digest)  # Of the digest, not of what it is of (RFC 8463, 3).


def read_keys(pem: str, selectors: Sequence[str]) -> tuple[Key, ...]:
    """Private keys in PEM, one after the other, with their selectors in the same order.

    Raises:
        UnusableKeyError: there is none, one cannot be used, or there are more or fewer selectors.
    """
    blocks = _PEM.findall(pem)
    if not blocks:
        raise UnusableKeyError("it holds no private key in PEM")
    if len(blocks) != len(selectors):
        raise UnusableKeyError(f"{len(blocks)} keys need as many selectors, not {len(selectors)}")
    for selector in selectors:
        if not all(_LABEL.fullmatch(label) for label in selector.split(".")):
            raise UnusableKeyError(f"{selector!r} cannot be a name in the DNS")
    if len(set(selectors)) != len(selectors):
        raise UnusableKeyError("two keys cannot have one selector")
    return tuple(
        Key(selector, _read_key(block, selector))
        for block, selector in zip(blocks, selectors, strict=True)
    )


def _read_key(block: str, selector: str) -> RSAPrivateKey | Ed25519PrivateKey:
    try:
        key = load_pem_private_key(block.encode(), password=None)
    except TypeError as error:
        raise UnusableKeyError(f"the key of {selector!r} is locked by a password") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnusableKeyError(f"the key of {selector!r} cannot be read") from error
    if isinstance(key, Ed25519PrivateKey):
        return key
    if not isinstance(key, RSAPrivateKey):
        raise UnusableKeyError(f"the key of {selector!r} is neither RSA nor Ed25519")
    if not _SMALLEST_RSA_BITS <= key.key_size <= _LARGEST_RSA_BITS:
        raise UnusableKeyError(
            f"the key of {selector!r} has {key.key_size} bits; "
            f"RSA takes {_SMALLEST_RSA_BITS} to {_LARGEST_RSA_BITS}"
        )
    return key


class Signer:
    """Puts a signature of every key before a mail."""

    def __init__(self, domain: str, keys: Sequence[Key]) -> None:
        self._domain = domain
        self._keys = tuple(keys)

    def sign(self, message: bytes, *, at: datetime) -> bytes:
        """The same bytes behind their signatures. They must be the ones that go over the line."""
        head, _, body = message.partition(b"\r\n\r\n")
        fields = _relaxed_fields(head)
        names = [*_SIGNED, *_ONCE_MORE]
        hashed = hashlib.sha256(_relaxed_body(body)).digest()
        # A name for which no field is left stands for nothing (RFC 6376, 5.4.2); ours all come once.
        signed = b"".join(fields.pop(name, b"") for name in names)
        signatures = (self._signature(key, names, signed, hashed, at) for key in self._keys)
        return b"".join([*signatures, message])

    def _signature(
        self, key: Key, names: Sequence[str], signed: bytes, hashed: bytes, at: datetime
    ) -> bytes:
        field = (
            f"DKIM-Signature: v=1; a={key.algorithm}; c=relaxed/relaxed; d={self._domain};\r\n"
            f" s={key.selector}; t={int(at.timestamp())}; bh={_base64(hashed)};\r\n"
            f" h={_folded(names)};\r\n b="
        ).encode("ascii")
        (own,) = _relaxed_fields(field).values()
        # It is signed itself, with nothing behind `b=` and no line end (RFC 6376, 3.7).
        digest = hashlib.sha256(signed + own.removesuffix(b"\r\n")).digest()
        signature = _base64(key.sign(digest))
        lines = [signature[start : start + _WIDTH] for start in range(0, len(signature), _WIDTH)]
        return field + "\r\n ".join(lines).encode("ascii") + b"\r\n"


def _relaxed_fields(head: bytes) -> dict[str, bytes]:
    """Header fields by name as they are signed (RFC 6376, 3.4.2)."""
    fields = {}
    for field in _BETWEEN_FIELDS.split(head):
        name, _, value = field.partition(b":")
        lower = name.strip().lower()
        fields[lower.decode("ascii")] = (
            lower + b":" + _one_blank(value.replace(b"\r\n", b"")).strip() + b"\r\n"
        )
    return fields


def _relaxed_body(body: bytes) -> bytes:
    """A body as it is signed: blanks at the end of a line and empty lines at its own end do not count (3.4.4)."""
    lines = _one_blank(body).replace(b" \r\n", b"\r\n").rstrip(b"\r\n")
    return lines + b"\r\n" if lines else b""


def _one_blank(text: bytes) -> bytes:
    """Blanks in a row count as one space. Single ones are not touched: that would take longer than to sign."""
    return _BLANKS.sub(b" ", text.replace(b"\t", b" "))


def _folded(names: Sequence[str]) -> str:
    lines, line = [], ""
    for name in names:
        if line and len(line) + len(name) >= _WIDTH:
            lines.append(line)
            line = ""
        line += f":{name}" if line or lines else name
    return "\r\n ".join([*lines, line])


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
