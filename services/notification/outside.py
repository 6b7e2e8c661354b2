"""The mail server: SMTP (RFC 5321) over a few connections that are kept open.

Never called inside a transaction. Whatever the server does, mails wait in the ledger: a slow or
absent one makes mails late and nothing else.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiosmtplib
import structlog
from aiosmtplib import SMTPException, SMTPResponseException, SMTPServerDisconnected

from services.notification.domain.ledger import Accepted, Lost, Outcome, Refused
from services.notification.settings import Settings

log = structlog.get_logger()

_COMMAND_S = 30.0
"""For one command. A mail takes four of them and a connection: together less than the ledger's lease."""
_CONNECT_S = 5.0
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 15.0
_CLOSING = 421
_ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")


class MailServer:
    """Where mails go."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._idle: list[aiosmtplib.SMTP] = []
        self._pause_s = 0.0
        self._away_until = 0.0

    async def answers(self) -> bool:
        """Whether mails can be sent now. After failures this is tried ever more seldom, at least every 15 s."""
        if any(each.is_connected for each in self._idle):
            return True
        if asyncio.get_running_loop().time() < self._away_until:
            return False
        try:
            self._idle = [await self._connect()]
        except (SMTPException, OSError) as error:
            self._went_away(error)
            return False
        return True

    async def send(self, message: bytes, address: str) -> Outcome:
        """Hand one mail over and answer what became of it. Never raises for the server's sake."""
        try:
            connection = await self._begin()
        except (SMTPException, OSError) as error:
            self._went_away(error)
            return Lost(may_be_accepted=False)
        handing_over = False
        try:
            await connection.rcpt(address)
            handing_over = True
            await connection.data(message)
        except SMTPResponseException as error:
            if error.code == _CLOSING:
                connection.close()
                self._went_away(error)
                return Lost(may_be_accepted=False)
            await self._forget_mail(connection)
            found = _ENHANCED.search(error.message)
            return Refused(error.code, found.group() if found else "")
        except (SMTPException, OSError) as error:
            connection.close()
            self._went_away(error)
            return Lost(may_be_accepted=handing_over)
        self._idle.append(connection)
        self._pause_s = 0.0
        return Accepted()

    async def close(self) -> None:
        """Take leave of the server."""
        while self._idle:
            with contextlib.suppress(SMTPException, OSError):
                await self._idle.pop().quit(timeout=1)

    async def _begin(self) -> aiosmtplib.SMTP:
        """A connection on which the server has accepted our sender: a kept one, or else a new one."""
        while self._idle:
            connection = self._idle.pop()
            try:
                await connection.mail(self._settings.mail_from)
            except SMTPServerDisconnected:
                continue  # Servers end what has been idle for long, or has carried many mails.
            except SMTPResponseException as error:
                connection.close()
                if error.code != _CLOSING:
                    raise
            else:
                return connection
        connection = await self._connect()
        try:
            await connection.mail(self._settings.mail_from)
        except (SMTPException, OSError):
            connection.close()
            raise
        return connection

    async def _connect(self) -> aiosmtplib.SMTP:
        tls = self._settings.smtp_tls
        connection = aiosmtplib.SMTP(
            hostname=self._settings.smtp_host,
            port=self._settings.smtp_port,
            username=self._settings.smtp_user or None,
            password=self._settings.smtp_password or None,
            local_hostname=self._settings.mail_domain,
            use_tls=tls == "tls",
            start_tls=tls == "starttls",
            timeout=_COMMAND_S,
        )
        await connection.connect(timeout=_CONNECT_S)
        return connection

    async def _forget_mail(self, connection: aiosmtplib.SMTP) -> None:
        """After a refusal the same connection is good for the next mail."""
        try:
            await connection.rset()
        except (SMTPException, OSError):
            connection.close()
        else:
            self._idle.append(connection)

    def _went_away(self, error: Exception) -> None:
        """Leave the server alone for a while, longer each time. Its own words can hold addresses: not logged."""
        self._pause_s = min(max(self._pause_s * 2, _FIRST_PAUSE_S), _LONGEST_PAUSE_S)
        self._away_until = asyncio.get_running_loop().time() + self._pause_s
        code = error.code if isinstance(error, SMTPResponseException) else None
        log.warning("notification.mail_server_away", error=type(error).__name__, code=code)


@asynccontextmanager
async def open_mail_server(settings: Settings) -> AsyncIterator[MailServer]:
    """The configured mail server; connects when there is something to send."""
    server = MailServer(settings)
    try:
        yield server
    finally:
        await server.close()
