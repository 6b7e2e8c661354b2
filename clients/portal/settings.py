"""What the portal reads from its environment."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from chassis.settings import ProcessSettings, Secret, key_bytes


class Settings(ProcessSettings, frozen=True, kw_only=True):
    """The portal's own settings."""

    session_key: Secret
    """32 random bytes in base64: locks people's tokens in the database, and signs the forms."""
    catalogue_url: str
    """Where the portal itself reaches each service; may differ from where browsers do."""
    enrolment_url: str
    payment_url: str
    notification_url: str
    records_url: str
    identity_url: str
    client_id: str = "portal"
    """As which app identity knows the portal (docs/people-file.md)."""
    session_hours: int = 12
    """After so long one logs in again; identity's own SESSION_HOURS ends it earlier if it is less."""
    session_idle_minutes: int = 120
    """Whoever opens no page for so long is logged out here."""
    patience_s: float = 2.0
    """How long a page waits for one service before it shows itself without that part."""
    most_streams: int = 1000
    """Pages that a process keeps up to date while people look: so many public ones, and so many personal ones."""
    checkout_origins: tuple[str, ...] = ()
    """Where paying leads (`https://www.mollie.com`), separated by commas: browsers let forms go nowhere else."""

    verify_url: str = ""
    """Where anybody checks a document: records' own page, as browsers reach it. Empty: no link to it."""

    @property
    def key(self) -> bytes:
        """The bytes of `session_key`.

        Raises:
            SettingsError: they are not 32 bytes in base64.
        """
        return key_bytes(self.session_key, "SESSION_KEY")

    @property
    def services(self) -> Mapping[str, str]:
        """Where each service is, by its name."""
        return {
            "catalogue": self.catalogue_url.rstrip("/"),
            "enrolment": self.enrolment_url.rstrip("/"),
            "payment": self.payment_url.rstrip("/"),
            "notification": self.notification_url.rstrip("/"),
            "records": self.records_url.rstrip("/"),
            "identity": self.identity_url.rstrip("/"),
        }

    @property
    def is_https(self) -> bool:
        return self.own_url.startswith("https:")

    @property
    def origin(self) -> str:
        """As browsers write it into `Origin`."""
        parts = urlsplit(self.own_url)
        return f"{parts.scheme}://{parts.netloc}"
