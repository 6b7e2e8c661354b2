"""What a browser is asked to sign for a passkey, and whether its answer holds.

Sources: Web Authentication level 3, 7.1 (adding) and 7.2 (logging in). py_webauthn reads and verifies.
It takes some 8 MB, so that this module is imported where somebody comes with a passkey, not at the start.
"""

from datetime import datetime
from uuid import UUID

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

from services.identity import refusals
from services.identity.domain.passkeys import Answer, Challenge, Passkey, Site

_LONGEST_ANSWER = 32_000
_TIMEOUT_MS = 300_000
_BAD_ANSWER = (WebAuthnException, ValueError, TypeError, LookupError, AttributeError)
"""What the library raises about answers that do not hold, or are no answers at all."""


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


def _require_readable(answer: str) -> None:
    if not answer or len(answer) > _LONGEST_ANSWER:
        raise refusals.PASSKEY_NOT_ACCEPTED()
