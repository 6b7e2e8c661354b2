"""What notification reads from its environment."""

from typing import Literal

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
