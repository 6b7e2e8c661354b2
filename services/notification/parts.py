"""What notification's doors work with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from chassis.pages import Pages
from chassis.service import Parts as CommonParts
from services.notification.mails.writer import Writer
from services.notification.outside import MailServer, open_mail_server
from services.notification.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Parts(CommonParts[Settings]):
    """The common parts, who writes mails, where they go, and the pages behind "Stop reminders"."""

    writer: Writer
    mail_server: MailServer
    pages: Pages


@asynccontextmanager
async def open_parts(common: CommonParts[Settings]) -> AsyncIterator[Parts]:
    """Add the writer, the mail server and the pages."""
    settings = common.settings
    writer = Writer(
        zone=settings.institution_zone,
        portal_url=settings.portal_url,
        own_url=settings.own_url,
        mail_from=settings.mail_from,
        reply_to=settings.mail_reply_to,
        domain=settings.mail_domain,
        token_key=settings.token_key,
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
        )
