"""What notification reads from its environment."""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from chassis.settings import Secret, ServiceSettings, SettingsError, key_bytes


class Settings(ServiceSettings, frozen=True, kw_only=True):
    """Notification's own settings."""

    portal_url: str
    """Where the links in mails lead: the address of the portal."""
    mail_from: str
    """Sender of all mails. Its domain also names Message-IDs, lists and calendar entries."""
    mail_reply_to: str = ""
    """Where answers go that are not about one course; empty means MAIL_FROM."""
    smtp_host: str
    smtp_port: int
    smtp_user: str = ""
    """Empty sends without logging in."""
    smtp_password: Secret = Secret("")
    smtp_tls: Literal["none", "starttls", "tls"] = "starttls"
    """`starttls` on port 587, `tls` on 465; `none` only where nobody can listen on the line."""
    mail_senders: int = 8
    """Connections to the mail server that a process keeps, and sends over side by side."""
    unsubscribe_key: Secret
    """32 random bytes in base64: signs "Stop reminders". With another one, links in old mails end."""

    help_requests_per_hour: Annotated[int, Meta(ge=1)] = 10
    """How many questions one account may send per hour, at each edge."""

    dkim_key: Secret = Secret("")
    """Private keys in PEM that sign the mails (DKIM); RSA, Ed25519 or one of each. Empty: no signature."""
    dkim_key_file: str = ""
    """A file that holds them, in place of DKIM_KEY."""
    dkim_selector: tuple[str, ...] = ()
    """Under which name each public key stands in the DNS, `…._domainkey.DKIM_DOMAIN`, in the order of the keys."""
    dkim_domain: str = ""
    """Who signs: the domain of MAIL_FROM, which is what empty means, or one above it."""

    @property
    def contact(self) -> str:
        """Where answers and questions go that are about nothing in particular."""
        return self.mail_reply_to or self.mail_from

    @property
    def mail_domain(self) -> str:
        """The domain of the sender.

        Raises:
            SettingsError: there is none.
        """
        local, _, domain = self.mail_from.rpartition("@")
        if not local or not domain or not self.mail_from.isascii() or " " in self.mail_from:
            raise SettingsError("MAIL_FROM is bad: it must be a bare address such as a@b.example")
        return domain

    @property
    def token_key(self) -> bytes:
        """The bytes of `unsubscribe_key`.

        Raises:
            SettingsError: they are not 32 bytes in base64.
        """
        return key_bytes(self.unsubscribe_key, "UNSUBSCRIBE_KEY")

    @property
    def signing_domain(self) -> str:
        """Whose keys sign.

        Raises:
            SettingsError: it is not the sender's domain nor above it, so nobody would go by it (RFC 7489, 3.1.1).
        """
        domain = self.dkim_domain or self.mail_domain
        if not f".{self.mail_domain}".lower().endswith(f".{domain}".lower()):
            raise SettingsError(
                f"DKIM_DOMAIN is bad: {domain} is neither the domain of MAIL_FROM nor above it"
            )
        return domain

    @property
    def signing_keys(self) -> str:
        """The private keys in PEM, from wherever they are; empty if nothing is to be signed.

        Raises:
            SettingsError: there are two places, the file cannot be read, or there is a selector without a key.
        """
        if self.dkim_key and self.dkim_key_file:
            raise SettingsError("DKIM_KEY and DKIM_KEY_FILE are both set: one of them is enough")
        if not self.dkim_key_file:
            if self.dkim_selector and not self.dkim_key:
                raise SettingsError("DKIM_SELECTOR is set, and neither DKIM_KEY nor DKIM_KEY_FILE")
            return self.dkim_key
        try:
            return Path(self.dkim_key_file).read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"DKIM_KEY_FILE is bad: {self.dkim_key_file} cannot be read"
            ) from error
