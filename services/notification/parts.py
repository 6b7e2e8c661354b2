"""What notification's doors work with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from chassis.http.rate_limit import RateLimit
from chassis.pages import Pages
from chassis.service import Parts as CommonParts
from chassis.settings import SettingsError
from services.notification.mails.signing import Signer, UnusableKeyError, read_keys
from services.notification.mails.writer import Writer
from services.notification.outside import MailServer, open_mail_server
from services.notification.settings import Settings

_MINUTES = 60
"""In an hour."""


@dataclass(frozen=True, kw_only=True)
class Parts(CommonParts[Settings]):
    """The common parts, who writes mails, where they go, and the pages behind "Stop reminders"."""

    writer: Writer
    mail_server: MailServer
    pages: Pages
    help_requests: RateLimit
    """How often one account may ask."""


@asynccontextmanager
async def open_parts(common: CommonParts[Settings]) -> AsyncIterator[Parts]:
    """Add the writer, the mail server and the pages.

    Raises:
        SettingsError: the sender has no domain, or a key cannot be used.
    """
    settings = common.settings
    writer = Writer(
        zone=settings.institution_zone,
        portal_url=settings.portal_url,
        login_url=settings.issuer_url,
        own_url=settings.own_url,
        mail_from=settings.mail_from,
        reply_to=settings.mail_reply_to,
        domain=settings.mail_domain,
        token_key=settings.token_key,
        signer=_signer(settings),
    )
    pages = Pages(
        Path(__file__).parent / "pages",
        settings.institution_zone,
        own_url=settings.own_url,
        portal_url=settings.portal_url.rstrip("/"),
    )
    async with open_mail_server(settings) as mail_server:
        yield Parts(
            settings=settings,
            db=common.db,
            clock=common.clock,
            writer=writer,
            mail_server=mail_server,
            pages=pages,
            help_requests=RateLimit(
                per_minute=settings.help_requests_per_hour / _MINUTES,
                burst=settings.help_requests_per_hour,
                clock=common.clock,
            ),
        )


def _signer(settings: Settings) -> Signer | None:
    """Who signs the mails; nobody where no key is given."""
    pem = settings.signing_keys
    if not pem:
        return None
    try:
        return Signer(settings.signing_domain, read_keys(pem, settings.dkim_selector))
    except UnusableKeyError as error:
        where = "DKIM_KEY_FILE" if settings.dkim_key_file else "DKIM_KEY"
        raise SettingsError(f"{where} with DKIM_SELECTOR is bad: {error}") from error
