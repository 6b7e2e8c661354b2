"""Keys that sign mails, what the DNS says of them, and a receiver that nobody here wrote."""

import base64
from collections.abc import Mapping
from datetime import datetime
from types import SimpleNamespace
from unittest.mock import patch

import dkim
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

PrivateKey = RSAPrivateKey | Ed25519PrivateKey


def rsa_key(bits: int = 2048) -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=bits)


def pem_of(key: PrivateKey) -> str:
    """As `openssl genpkey` writes it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def record_of(key: PrivateKey) -> str:
    """What docs/operating.md has put into the DNS."""
    public = key.public_key()
    if isinstance(key, RSAPrivateKey):
        spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return f"v=DKIM1; k=rsa; p={base64.b64encode(spki).decode()}"
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return f"v=DKIM1; k=ed25519; p={base64.b64encode(raw).decode()}"


def is_signed(message: bytes, dns: Mapping[str, str], *, at: datetime, number: int = 0) -> bool:
    """Whether dkimpy, looking at this instant, believes a signature of a mail: the one that comes as this one."""

    def look_up(name: bytes, timeout: float = 0) -> bytes | None:
        found = dns.get(name.decode().rstrip("."))
        return None if found is None else found.encode()

    # It refuses signatures of the future, and the time of a test is one.
    with patch.object(dkim, "time", SimpleNamespace(time=at.timestamp)):
        try:
            return bool(dkim.DKIM(message).verify(idx=number, dnsfunc=look_up))
        except (dkim.ValidationError, dkim.KeyFormatError):
            return False
