"""Passkeys of own accounts: what there is to one, and the rules that are ours.

What a browser is asked to sign, and whether its answer holds, is in `ceremonies`. Decision 0015 tells why.
"""

from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from contracts.fact import Translated
from services.identity.domain.wrongs import Wrong

CHALLENGE_LIFE = timedelta(minutes=5)
CHALLENGE_BYTES = 32
LONGEST_NAME = 60
MOST = 20
"""Passkeys of one account."""
LOGIN = "passkey"
"""What the history of logins calls one."""
TITLE = Translated(nl="een passkey", en="a passkey")

NO_NAME = Wrong(
    "name",
    Translated(
        nl="Vul een naam in van hoogstens 60 tekens, zoals Telefoon",
        en="Enter a name of 60 characters at most, such as Phone",
    ),
)


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """For whom passkeys are."""

    domain: str
    """The relying party's id: a passkey works for this domain only, for good."""
    origin: str
    """Where its pages come from, such as `https://portal.example`."""


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """What one browser has to sign, once."""

    cookie_hash: bytes
    challenge: bytes
    account_id: UUID | None
    """Whose passkey it is to be; None: to log in."""
    expires_at: datetime


class Passkey(msgspec.Struct, frozen=True, kw_only=True):
    """A key of somebody's device."""

    passkey_id: UUID
    account_id: UUID
    credential_id: bytes
    public_key: bytes
    sign_count: int
    """Of the last use; 0 for devices that do not count."""
    name: str
    """What its owner calls it."""
    added_at: datetime
    used_at: datetime | None = None
    doubted_at: datetime | None = None
    """When its count last went backwards, so that it may have been copied."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser says to log in with, not verified yet."""

    credential_id: bytes
    account_id: UUID
    """Whom the device takes the key to be of."""
    text: str


def site_of(public_url: str, domain: str) -> Site | None:
    """For whom passkeys are; None where people come by a number instead of a name, for which there are none.

    Raises:
        ValueError: pages there cannot use passkeys of this domain. Empty, it is the address' own.
    """
    address = urlsplit(public_url)
    host = address.hostname or ""
    if _is_number(host):
        return None
    if domain and host != domain and not host.endswith(f".{domain}"):
        raise ValueError(f"{host} is not {domain}, nor below it")
    return Site(domain=domain or host, origin=f"{address.scheme}://{address.netloc}")


def is_copied(count: int, last: int) -> bool:
    """Whether a count that goes backwards tells of a second device with the same key (7.2, step 22)."""
    return (count > 0 or last > 0) and count <= last


def wrongs_of_name(name: str) -> list[Wrong]:
    """What is wrong with the name of a passkey."""
    return [] if 0 < len(name.strip()) <= LONGEST_NAME else [NO_NAME]


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
