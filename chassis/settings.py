"""Settings from the environment. A process with a missing or bad one refuses to start and says which."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

import msgspec

S = TypeVar("S", bound="ProcessSettings")


class SettingsError(Exception):
    """Names every setting that is missing or bad, a line each."""


class Secret(str):
    """A value that no log and no traceback shows."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret(…)"


class ProcessSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What every process with a database and an HTTP door reads from its environment."""

    database_url: Secret
    """PostgreSQL, this process' own database and role."""
    issuer_url: str
    """Who signs access tokens: the public address of identity."""
    http_port: int
    http_host: str = "127.0.0.1"
    public_url: str = ""
    """Where people reach this; empty means http://HTTP_HOST:HTTP_PORT."""
    database_pool_size: int = 6
    institution_zone: ZoneInfo = ZoneInfo("Europe/Amsterdam")
    """Zone of all wall-clock rules."""
    clock_offset_file: str = ""
    """A file with the seconds to add to the real time. Never set it where money is real."""
    forwarded_allow_ips: str = "127.0.0.1"
    """Proxies whose X-Forwarded-For is believed, separated by commas."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    otel_exporter_otlp_endpoint: str = ""
    """Where traces go (OTLP over HTTP); empty records none."""

    @property
    def own_url(self) -> str:
        """The public address without a trailing slash."""
        return self.public_url.rstrip("/") or f"http://{self.http_host}:{self.http_port}"


class ServiceSettings(ProcessSettings, frozen=True, kw_only=True):
    """What every service reads from its environment; names are upper case there."""

    amqp_url: Secret
    """RabbitMQ. Several nodes of one cluster are separated by commas."""
    jwks_url: str
    """Where the issuer's public keys are read; may differ from ISSUER_URL inside a cluster."""
    portal_url: str = ""
    """Where people reach the portal: target of the links in mails and on documents."""
    role: Literal["edge", "worker", "both"] = "both"
    """`edge` answers HTTP, `worker` relays, consumes and keeps the clock's appointments."""
    cors_origins: tuple[str, ...] = ()
    """Origins of browser clients, separated by commas."""


_KEY_BYTES = 32


def key_bytes(secret: Secret, variable: str) -> bytes:
    """The bytes of a key that is given in base64.

    Raises:
        SettingsError: they are not 32 bytes in base64; names the variable.
    """
    try:
        key = base64.b64decode(secret, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != _KEY_BYTES:
        raise SettingsError(
            f"{variable} is bad: it must be 32 random bytes in base64, "
            "as `openssl rand -base64 32` prints"
        )
    return key


def load(kind: type[S], environ: Mapping[str, str]) -> S:
    """Read settings of this kind.

    Raises:
        SettingsError: one or more are missing or bad.
    """
    given: dict[str, Any] = {}
    wrong: list[str] = []
    for field in msgspec.structs.fields(kind):
        name = field.name.upper()
        if name not in environ:
            if field.required:
                wrong.append(f"{name} is missing")
            continue
        try:
            given[field.name] = _convert(environ[name], field.type)
        except (ValueError, KeyError) as error:  # msgspec.ValidationError is a ValueError.
            wrong.append(f"{name} is bad: {error}")
    if wrong:
        raise SettingsError("\n".join(wrong))
    return kind(**given)


def _convert(text: str, kind: Any) -> Any:
    if kind == tuple[str, ...]:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if kind is ZoneInfo:
        return ZoneInfo(text)
    if kind is Secret:
        return Secret(text)
    return msgspec.convert(text, kind, strict=False)
