"""A second step for own accounts: a code of an app, or one of ten recovery codes.

Sources: RFC 6238 (six digits, 30 seconds, SHA-1, as every app has it), 5.2 (a code is good once).
"""

import base64
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import pyotp

from contracts.fact import Translated
from services.identity.domain.tokens import digest
from services.identity.domain.wrongs import Wrong

HALF_LOGIN_LIFE = timedelta(minutes=5)
RECOVERY_CODES = 10
SECRET_BYTES = 20
RECOVERY_BYTES = 10
_STEP_S = 30
_CLOCKS_DIFFER = 1
"""By so many steps an app's clock may differ from ours."""
_GROUP = 4

NO_FIT = Wrong(
    "code",
    Translated(
        nl="Vul de code van zes cijfers in die je app nu toont, of een herstelcode die je nog niet gebruikt hebt",
        en="Enter the six digits that your app shows now, or a recovery code that you have not used yet",
    ),
)


class SecondStep(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody's codes follow from."""

    account_id: UUID
    locked_secret: bytes
    begun_at: datetime
    confirmed_at: datetime | None = None
    """None: set up, but no code was ever shown to be right; logging in does not ask for one."""
    last_used: int = 0
    """The time step of the last code that was accepted."""


class HalfLogin(msgspec.Struct, frozen=True, kw_only=True):
    """The right password was given, in one browser; the code is missing."""

    cookie_hash: bytes
    account_id: UUID
    expires_at: datetime


def secret_from(chance: bytes) -> str:
    """A secret as apps take it."""
    return base64.b32encode(chance).decode()


def address_for_app(secret: str, mail_address: str) -> str:
    """What the picture says that an app scans."""
    return pyotp.TOTP(secret).provisioning_uri(name=mail_address, issuer_name="Course Portal")


def step_of(code: str, secret: str, *, last_used: int, now: datetime) -> int | None:
    """The time step that a code belongs to; None if it is wrong, or not newer than the last one."""
    given, present = "".join(code.split()), int(now.timestamp()) // _STEP_S
    totp, found = pyotp.TOTP(secret), None
    for step in range(present - _CLOCKS_DIFFER, present + _CLOCKS_DIFFER + 1):
        fits = hmac.compare_digest(totp.generate_otp(step).encode(), given.encode())
        if fits and step > last_used:
            found = step
    return found


def recovery_codes_from(chances: Sequence[bytes]) -> list[str]:
    """Codes that people can copy by hand, such as `k3v2-q6ha-...`."""
    return [_in_groups(base64.b32encode(each).decode().lower()) for each in chances]


def recovery_hash(code: str) -> bytes:
    """What the database keeps of a recovery code, however it was typed."""
    return digest("".join(code.split()).replace("-", "").lower())


def _in_groups(text: str) -> str:
    return "-".join(text[start : start + _GROUP] for start in range(0, len(text), _GROUP))
