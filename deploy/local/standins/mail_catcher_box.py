"""The mail catcher's own part: an SMTP server that keeps what it is given and delivers it to nobody.

Runs in anybody's event loop: in the stand-in's process, and in that of a test.
"""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.parser import BytesHeaderParser, BytesParser
from email.policy import default as modern
from pathlib import Path
from typing import Any

import msgspec
from aiosmtpd.smtp import SMTP, Envelope, Session

_MOST = 100_000
_LARGEST = 32 * 1024 * 1024
_FROM, _TO, _AT = b"Return-Path: ", b"X-Envelope-To: ", b"X-Caught-At: "


class Caught(msgspec.Struct, frozen=True, kw_only=True):
    """A mail as it came in: its envelope, and where its content is."""

    number: int
    """Counts what was caught; never used twice, not even after a restart on the same folder."""
    caught_at: datetime
    sender: str
    recipients: tuple[str, ...]
    size: int
    content: bytes | None
    """None where a file of the folder holds it."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A mail as a list shows it."""

    number: int
    caught_at: datetime
    sender: str
    recipients: tuple[str, ...]
    size: int
    subject: str
    message_id: str


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a mail that is no container."""

    number: int
    content_type: str
    parameters: dict[str, str]
    file_name: str | None
    size: int
    text: str | None
    """Decoded, where it is text."""


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A mail, read."""

    number: int
    caught_at: datetime
    sender: str
    recipients: tuple[str, ...]
    size: int
    subject: str
    message_id: str
    from_address: str
    to_names: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]
    """Decoded, in order."""
    text: str | None
    html: str | None
    parts: tuple[Part, ...]


class Mailbox:
    """The latest mails that were caught, bounded; in a folder where one is given, else in memory."""

    def __init__(self, folder: Path | None = None, *, most: int = _MOST) -> None:
        self._folder = folder
        self._most = most
        self._mails: OrderedDict[int, Caught] = OrderedDict()
        self._arrived = asyncio.Condition()
        self._next = 1
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._load(folder)

    @property
    def latest(self) -> int:
        """The number of the mail that came last; 0 before the first."""
        return self._next - 1

    async def keep(self, sender: str, recipients: tuple[str, ...], content: bytes) -> Caught:
        """Keep a mail, and forget the oldest where there are too many."""
        number, now = self._next, datetime.now(UTC)
        self._next += 1
        mail = Caught(
            number=number,
            caught_at=now,
            sender=sender,
            recipients=recipients,
            size=len(content),
            content=content if self._folder is None else None,
        )
        if self._folder is not None:
            _write(_file(self._folder, number), _as_file(mail, content))
        self._mails[number] = mail
        while len(self._mails) > self._most:
            self._forget(next(iter(self._mails)))
        async with self._arrived:
            self._arrived.notify_all()
        return mail

    def find(self, to: str | None = None, *, after: int = 0) -> Iterator[Caught]:
        """Mails in order of arrival; to one address, or that came after another."""
        for mail in list(self._mails.values()):
            if mail.number > after and (to is None or _is_among(to, mail.recipients)):
                yield mail

    def get(self, number: int) -> Caught | None:
        """One mail; None if there is none or it has been forgotten."""
        return self._mails.get(number)

    def content(self, mail: Caught) -> bytes:
        """A mail as it came over the line."""
        if mail.content is not None or self._folder is None:
            return mail.content or b""
        return _split(_file(self._folder, mail.number).read_bytes())[1]

    def summary(self, mail: Caught) -> Summary:
        """What a list shows of a mail; reads its headers only."""
        headers = BytesHeaderParser(policy=modern).parsebytes(self.content(mail))
        return Summary(
            number=mail.number,
            caught_at=mail.caught_at,
            sender=mail.sender,
            recipients=mail.recipients,
            size=mail.size,
            subject=str(headers.get("Subject", "")),
            message_id=str(headers.get("Message-ID", "")),
        )

    def open(self, mail: Caught) -> Opened:
        """Read a mail whole."""
        message = parse(self.content(mail))
        to: Any = message["To"]
        return Opened(
            number=mail.number,
            caught_at=mail.caught_at,
            sender=mail.sender,
            recipients=mail.recipients,
            size=mail.size,
            subject=str(message.get("Subject", "")),
            message_id=str(message.get("Message-ID", "")),
            from_address=str(message.get("From", "")),
            to_names=tuple(_shown(address) for address in getattr(to, "addresses", ())),
            headers=tuple((name, str(value)) for name, value in message.items()),
            text=_body(message, "plain"),
            html=_body(message, "html"),
            parts=tuple(_part(number, part) for number, part in enumerate(leaves(message))),
        )

    async def wait(self, ready: Callable[[], bool], patience_s: float) -> bool:
        """Wait until something that a mail's arrival can make so is so; False if it is not in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s), self._arrived:
                await self._arrived.wait_for(ready)
        return ready()

    async def arrives(self, to: str, count: int = 1, *, patience_s: float = 20) -> Opened:
        """Wait until this many mails have come to an address, and read the last of them.

        Raises:
            TimeoutError: they did not come; tells how many did.
        """

        def found() -> list[Caught]:
            return list(self.find(to))

        if not await self.wait(lambda: len(found()) >= count, patience_s):
            raise TimeoutError(f"{len(found())} of {count} mails have come to {to}")
        return self.open(found()[count - 1])

    def clear(self) -> None:
        """Forget everything; numbers go on."""
        for number in list(self._mails):
            self._forget(number)

    def _forget(self, number: int) -> None:
        del self._mails[number]
        if self._folder is not None:
            _file(self._folder, number).unlink(missing_ok=True)

    def _load(self, folder: Path) -> None:
        for file in sorted(folder.glob("*.eml")):
            if not file.stem.isdecimal():
                continue
            envelope, content = _split(file.read_bytes())
            number = int(file.stem)
            self._mails[number] = Caught(
                number=number,
                caught_at=datetime.fromisoformat(envelope[_AT]),
                sender=envelope[_FROM].strip("<>"),
                recipients=tuple(envelope[_TO].split(", ")),
                size=len(content),
                content=None,
            )
            self._next = number + 1


def parse(content: bytes) -> EmailMessage:
    """Read a mail with the standard library's modern face."""
    return BytesParser(policy=modern).parsebytes(content)


def leaves(message: EmailMessage) -> Iterator[MIMEPart]:
    """The parts that are no containers, in order."""
    for part in message.walk():
        if not part.is_multipart():
            yield part


def content_of(part: MIMEPart) -> bytes:
    """A part's content, decoded."""
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _part(number: int, part: MIMEPart) -> Part:
    content = content_of(part)
    is_text = part.get_content_maintype() == "text"
    return Part(
        number=number,
        content_type=part.get_content_type(),
        parameters=dict(part["Content-Type"].params) if part["Content-Type"] else {},
        file_name=part.get_filename(),
        size=len(content),
        text=_as_text(part) if is_text else None,
    )


def _body(message: EmailMessage, kind: str) -> str | None:
    body = message.get_body((kind,))
    return None if body is None else _as_text(body)


def _as_text(part: MIMEPart) -> str:
    """With the line ends of programs, not of mails."""
    return str(part.get_content()).replace("\r\n", "\n")


def _shown(address: Address) -> str:
    return str(address)


def _is_among(address: str, recipients: tuple[str, ...]) -> bool:
    return address.lower() in (each.lower() for each in recipients)


def _file(folder: Path, number: int) -> Path:
    return folder / f"{number:08}.eml"


def _write(file: Path, content: bytes) -> None:
    """All of it or nothing: a catcher that crashes leaves no half mail."""
    written = file.with_suffix(".new")
    written.write_bytes(content)
    written.replace(file)


def _as_file(mail: Caught, content: bytes) -> bytes:
    """The envelope as headers before the mail's own: mail programs open such a file."""
    lines = (
        _FROM + f"<{mail.sender}>".encode(),
        _TO + ", ".join(mail.recipients).encode(),
        _AT + mail.caught_at.isoformat().encode(),
    )
    return b"\r\n".join((*lines, content))


def _split(file: bytes) -> tuple[dict[bytes, str], bytes]:
    *lines, content = file.split(b"\r\n", 3)
    names = (_FROM, _TO, _AT)
    envelope = {
        name: line.removeprefix(name).decode() for name, line in zip(names, lines, strict=True)
    }
    return envelope, content


class _Line(SMTP):
    """One connection; known to its server, so that stopping ends it."""

    def __init__(self, catcher: "Catcher") -> None:
        super().__init__(
            catcher,
            hostname="mail-catcher",
            ident="Course Portal mail catcher",
            data_size_limit=_LARGEST,
            enable_SMTPUTF8=True,
            loop=asyncio.get_running_loop(),
        )
        self._catcher = catcher

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._catcher.lines.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self.transport is not None:
            self._catcher.lines.discard(self.transport)
        super().connection_lost(error)


class Catcher:
    """The SMTP server. Takes everything, unless told to refuse an address."""

    def __init__(self, box: Mailbox, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.box = box
        self.host = host
        self.port = port
        """0 until it is started where any will do; the same one after that."""
        self.refusals: dict[str, str] = {}
        """By address: the reply that its mails get, such as `550 5.1.1 No such user`."""
        self.hold: asyncio.Event | None = None
        """Where there is one, no mail is answered before it is set: a slow server."""
        self.lines: set[asyncio.BaseTransport] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen (again)."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Line(self), self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse new connections and end those that there are, in the middle of whatever they do."""
        if self._server is not None:
            self._server.close()
        for line in list(self.lines):
            if isinstance(line, asyncio.Transport):
                line.abort()
        self._server = None

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name.
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,  # noqa: ARG002
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],  # noqa: ARG002
    ) -> str:
        """Say yes to a recipient, or what a test wants to be said."""
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name.
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,  # noqa: ARG002
        envelope: Envelope,
    ) -> str:
        """Keep a mail."""
        if self.hold is not None:
            await self.hold.wait()
        content = envelope.original_content or b""
        mail = await self.box.keep(envelope.mail_from or "", tuple(envelope.rcpt_tos), content)
        return f"250 2.0.0 Caught as {mail.number}"
