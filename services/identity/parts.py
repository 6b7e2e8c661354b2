"""What identity's doors work with."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from chassis.clock import Clock
from chassis.http.access import Gatekeeper
from chassis.http.rate_limit import RateLimit
from chassis.pages import Pages
from chassis.service import Parts as CommonParts
from chassis.settings import SettingsError
from services.identity.domain.passkeys import Site, site_of
from services.identity.hashing import Passwords
from services.identity.keyring import KeyRing
from services.identity.outside import Providers, open_providers
from services.identity.sealing import Seal
from services.identity.settings import Settings

PAGES = Path(__file__).parent / "pages"


class Throttles:
    """How often one may try. A guesser is slowed where they sit and whomever they aim at.

    Nobody can lock somebody else out for good: the limits fill up again by the minute, and the
    tight one on logins holds for one account from one network address.
    """

    def __init__(self, clock: Clock, *, per_minute: int) -> None:
        self.address = RateLimit(per_minute=per_minute, burst=per_minute, clock=clock)
        """Whatever costs a hash or a mail, by network address."""
        self._login_from = RateLimit(per_minute=2, burst=10, clock=clock)
        self._login = RateLimit(per_minute=10, burst=50, clock=clock)
        self._code = RateLimit(per_minute=0.2, burst=5, clock=clock)
        self._mail = RateLimit(per_minute=0.2, burst=5, clock=clock)

    def log_in(self, mail_key: str, address: str) -> None:
        """Before a password is compared.

        Raises:
            Refusal: too often.
        """
        self.address.take(address)
        self._login_from.take(f"{mail_key} {address}")
        self._login.take(mail_key)

    def give_code(self, account_id: UUID, address: str) -> None:
        """Before the code of a second step is compared; who comes so far knows the password.

        Raises:
            Refusal: too often.
        """
        self.address.take(address)
        self._code.take(str(account_id))

    def use_passkey(self, credential_id: bytes, address: str) -> None:
        """Before the answer of a passkey is verified, known or not; the address was counted already.

        Raises:
            Refusal: too often.
        """
        self._login_from.take(f"{credential_id.hex()} {address}")
        self._login.take(credential_id.hex())

    def send_mail(self, mail_key: str, address: str) -> None:
        """Before a link is sent to a mail address, known or not.

        Raises:
            Refusal: too often.
        """
        self.address.take(address)
        self._mail.take(mail_key)


@dataclass(frozen=True, kw_only=True)
class Parts(CommonParts[Settings]):
    """The common parts, and what logging in needs."""

    passwords: Passwords
    keys: KeyRing
    throttles: Throttles
    pages: Pages
    providers: Providers
    seal: Seal
    """Locks the secrets of second steps."""
    site: Site | None
    """For whom passkeys are; None where there can be none."""
    form_key: bytes
    """Signs the forms."""


@asynccontextmanager
async def open_parts(common: CommonParts[Settings]) -> AsyncIterator[Parts]:
    """Add hashing threads, keys, limits and pages.

    Raises:
        SettingsError: the key encryption key is no key, the file of providers cannot be used, or
            passkeys of the domain cannot be used here.
    """
    settings = common.settings
    site = _site_of(settings)
    form_key = hmac.digest(settings.sealing_key, b"forms", hashlib.sha256)
    passwords = Passwords(threads=settings.threads)
    try:
        async with open_providers(
            settings.login_providers_file,
            own_url=settings.own_url,
            secret_key=hmac.digest(settings.sealing_key, b"providers", hashlib.sha256),
            clock=common.clock,
        ) as providers:
            yield Parts(
                settings=settings,
                db=common.db,
                clock=common.clock,
                passwords=passwords,
                keys=KeyRing(common.db, common.clock, settings.sealing_key),
                throttles=Throttles(common.clock, per_minute=settings.attempts_per_minute),
                pages=Pages(
                    PAGES,
                    settings.institution_zone,
                    own_url=settings.base_path,
                    portal_url=settings.portal_url.rstrip("/"),
                    terms_page=settings.terms_page,
                ),
                form_key=form_key,
                site=site,
                providers=providers,
                seal=Seal(hmac.digest(settings.sealing_key, b"second steps", hashlib.sha256)),
            )
    finally:
        passwords.close()


def _site_of(settings: Settings) -> Site | None:
    try:
        return site_of(settings.own_url, settings.passkey_domain)
    except ValueError as error:
        raise SettingsError(f"PASSKEY_DOMAIN: {error}") from error


def gatekeeper(parts: Parts) -> Gatekeeper:
    """Checks tokens with the keys that are at hand here."""
    return Gatekeeper(parts.settings.issuer_url, parts.keys, parts.clock)
