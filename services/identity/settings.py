"""What identity reads from its environment."""

import os
from datetime import timedelta
from urllib.parse import urlsplit

from chassis.settings import Secret, ServiceSettings, key_bytes


class Settings(ServiceSettings, frozen=True, kw_only=True):
    """Identity's own settings."""

    key_encryption_key: Secret
    """32 random bytes in base64: locks the private signing keys in the database, and signs the forms."""
    access_token_s: int = 600
    """How long an access token is good for, and so how long after it a role or a logout takes effect."""
    session_hours: int = 12
    """How long a login lasts in a browser, and refresh tokens without `offline_access` with it."""
    refresh_idle_days: int = 30
    """A refresh token with `offline_access` that is not used for so long is over."""
    refresh_days: int = 180
    """However much it is used: after so long one logs in again."""
    verification_hours: int = 48
    """How long the link is good for that proves a mail address."""
    password_reset_minutes: int = 60
    """How long the link is good for that sets a new password."""
    unverified_days: int = 7
    """After so long a sign-up whose mail address was not proved is forgotten."""
    terms_version: str = "2026-11"
    """The terms of use that people accept when they make an account."""
    terms_url: str = ""
    """Where these terms can be read; empty means the page that is built in, /terms."""
    login_providers_file: str = ""
    """A TOML file of the providers that vouch for people, docs/login-providers.md; empty: own accounts only."""
    fresh_login_minutes: int = 10
    """What changes an account's logins needs a login that is not older."""
    affiliation_days: int = 180
    """So long an institution's word holds that somebody is its student or staff, after their last login there."""
    passkey_domain: str = ""
    """For which domain passkeys are, PUBLIC_URL's (if empty) or one above it; another makes them all useless."""
    attempts_per_minute: int = 120
    """Logins, sign-ups and resets that one network address may try; a campus can share one."""
    hashing_threads: int = 0
    """Passwords hashed side by side; 0 means all cores but one."""

    @property
    def sealing_key(self) -> bytes:
        """The bytes of `key_encryption_key`.

        Raises:
            SettingsError: they are not 32 bytes in base64.
        """
        return key_bytes(self.key_encryption_key, "KEY_ENCRYPTION_KEY")

    @property
    def fresh_login(self) -> timedelta:
        """How old the login may be of whoever changes an account's logins."""
        return timedelta(minutes=self.fresh_login_minutes)

    @property
    def base_path(self) -> str:
        """Where people reach this service, below its host: empty, or what a gateway puts before it."""
        return urlsplit(self.own_url).path.rstrip("/")

    @property
    def threads(self) -> int:
        """Hashing threads on this machine."""
        return self.hashing_threads or max(1, (os.cpu_count() or 1) - 1)

    @property
    def terms_page(self) -> str:
        """Where the terms can be read."""
        return self.terms_url or f"{self.base_path}/terms"
