"""What payment reads from its environment."""

from stdnum import iban
from stdnum.exceptions import ValidationError

from chassis.settings import Secret, ServiceSettings, SettingsError


class Settings(ServiceSettings, frozen=True, kw_only=True):
    """Payment's own settings. Webhooks come to PUBLIC_URL, so the provider must be able to reach it."""

    provider_url: str
    """The payment provider's API: `https://api.mollie.com`, or a stand-in for it."""
    provider_key: Secret
    """`live_…` or `test_…`."""
    redirect_origins: tuple[str, ...]
    """Where learners may be sent back to after paying (`https://portal.example`), separated by commas."""
    seller_name: str
    """Who the invoices are from."""
    seller_address: tuple[str, ...]
    """Its lines, separated by commas."""
    seller_vat_number: str
    seller_register_number: str
    """Of the Chamber of Commerce."""
    seller_iban: str
    seller_mail_address: str
    """For questions about invoices."""
    most_streams: int = 1000
    """Streams of events that a process keeps open; whoever comes then is told to come back."""
    most_streams_of_one: int = 20
    """How many of these one account has."""

    def require_sound(self) -> None:
        """Refuse to start with an account number that cannot be right: it would cost somebody's money.

        Raises:
            SettingsError: it is not an IBAN.
        """
        try:
            iban.validate(self.seller_iban)
        except ValidationError as error:
            raise SettingsError(f"SELLER_IBAN is bad: {error}") from error
