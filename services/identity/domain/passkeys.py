"""Passkeys of own accounts: what a browser is asked to sign, and whether its answer holds.

Sources: Web Authentication level 3, 7.1 (adding) and 7.2 (logging in). py_webauthn reads and verifies;
decision 0015 tells what is asked for and why.
"""

from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from contracts.fact import Translated
from services.identity import refusals
from services.identity.domain.wrongs import Wrong

CHALLENGE_LIFE = timedelta(minutes=5)
CHALLENGE_BYTES = 32
LONGEST_NAME = 60
MOST = 20
"""Passkeys of one account."""
LOGIN = "passkey"
"""What the history of logins calls one."""
TITLE = Translated(nl="een passkey", en="a passkey")
_LONGEST_ANSWER = 32_000
_TIMEOUT_MS = 300_000
_BAD_ANSWER = (WebAuthnException, ValueError, TypeError, LookupError, AttributeError)
"""What the library raises about answers that do not hold, or are no answers at all."""

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


def options_to_add(
    site: Site, challenge: Challenge, *, mail_address: str, held: list[Passkey]
) -> str:
    """What a browser makes a passkey by, as JSON; it makes none on a device that has one.

    It must be found without a name and know its owner by a finger, a face or a PIN, and says nothing of its maker.
    """
    if challenge.account_id is None:
        raise AssertionError  # Only a challenge to log in is nobody's.
    options = generate_registration_options(
        rp_id=site.domain,
        rp_name="Course Portal",
        user_id=challenge.account_id.bytes,
        user_name=mail_address,
        challenge=challenge.challenge,
        timeout=_TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each.credential_id) for each in held],
    )
    return options_to_json(options)


def options_to_log_in(site: Site, challenge: Challenge) -> str:
    """What a browser logs in by, as JSON: with whichever passkey its owner chooses."""
    options = generate_authentication_options(
        rp_id=site.domain,
        challenge=challenge.challenge,
        timeout=_TIMEOUT_MS,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def add(
    answer: str,
    challenge: bytes,
    site: Site,
    *,
    passkey_id: UUID,
    account_id: UUID,
    name: str,
    now: datetime,
) -> Passkey:
    """The passkey that a browser has made.

    Raises:
        Refusal: it was made for another challenge, page or domain, or without knowing its owner.
    """
    _require_readable(answer)
    try:
        verified = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.domain,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except _BAD_ANSWER as error:
        raise refusals.PASSKEY_NOT_ACCEPTED() from error
    return Passkey(
        passkey_id=passkey_id,
        account_id=account_id,
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        name=name,
        added_at=now,
    )


def read_answer(answer: str) -> Answer:
    """Which passkey a browser logs in with, and whose it takes it to be.

    Raises:
        Refusal: it says neither.
    """
    _require_readable(answer)
    try:
        read = parse_authentication_credential_json(answer)
        return Answer(
            credential_id=read.raw_id,
            account_id=UUID(bytes=read.response.user_handle or b""),
            text=answer,
        )
    except _BAD_ANSWER as error:
        raise refusals.PASSKEY_NOT_ACCEPTED() from error


def count_of(answer: Answer, passkey: Passkey, challenge: bytes, site: Site) -> int:
    """The device's count of signatures, from an answer that holds.

    Raises:
        Refusal: another challenge, page, domain, key or owner, or nobody was known by a finger, a face or a PIN.
    """
    if answer.account_id != passkey.account_id:
        raise refusals.PASSKEY_NOT_ACCEPTED()
    try:
        verified = verify_authentication_response(
            credential=answer.text,
            expected_challenge=challenge,
            expected_rp_id=site.domain,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,  # `is_copied` looks at it, to tell it apart from other wrongs.
            require_user_verification=True,
        )
    except _BAD_ANSWER as error:
        raise refusals.PASSKEY_NOT_ACCEPTED() from error
    return verified.new_sign_count


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


def _require_readable(answer: str) -> None:
    if not answer or len(answer) > _LONGEST_ANSWER:
        raise refusals.PASSKEY_NOT_ACCEPTED()
