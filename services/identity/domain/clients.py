"""Apps that people log in to, and where their answers may go.

All are public clients: none keeps a secret, all prove themselves by PKCE and by their redirect.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from services.identity import refusals

Kind = Literal["web", "native"]

_LOOPBACK = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::\d{1,5})?((?:[/?][^#]*)?)")


class Client(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One app, as the file of clients registers it."""

    client_id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,60}$")]
    name: Annotated[str, Meta(min_length=1, max_length=80)]
    kind: Kind
    """`native`: its loopback redirects may have any port (RFC 8252, 7.3)."""
    redirect_uris: Annotated[tuple[str, ...], Meta(min_length=1, max_length=20)]
    post_logout_redirect_uris: Annotated[tuple[str, ...], Meta(max_length=20)] = ()


def may_redirect(kind: Kind, registered: Iterable[str], asked: str) -> bool:
    """Whether an answer may go there: character for character as registered.

    The one exception is the port of a native app's loopback address: it takes whichever is free
    (RFC 8252, 7.3). Never a prefix, a pattern or a parsed equivalent (RFC 9700, 2.1).
    """
    allowed = set(registered)
    if asked in allowed:
        return True
    return kind == "native" and _without_port(asked) in {
        portless for each in allowed if (portless := _without_port(each)) is not None
    }


def _without_port(uri: str) -> str | None:
    """A loopback address without its port; None for any other address."""
    found = _LOOPBACK.fullmatch(uri)
    return found.group(1) + found.group(2) if found else None


def wrong_redirects(client: Client) -> Sequence[str]:
    """The redirects that must not be registered."""
    uris = (*client.redirect_uris, *client.post_logout_redirect_uris)
    return [uri for uri in uris if not _may_be_registered(client.kind, uri)]


def _may_be_registered(kind: Kind, uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        host = parts.hostname
    except ValueError:
        return False
    if parts.fragment or "#" in uri or "*" in uri or any(each.isspace() for each in uri):
        return False
    if parts.scheme == "https":
        return bool(host) and parts.username is None
    if parts.scheme == "http":
        return host in ("127.0.0.1", "::1", "localhost") and parts.username is None
    # RFC 8252, 7.1: a scheme of the app's own is a domain name turned round.
    return kind == "native" and "." in parts.scheme


def require_redirect(client: Client | None, redirect_uri: str | None) -> str:
    """Where the answer to an authorization request goes.

    Raises:
        Refusal: to a page of ours, because nothing may be sent to an address that nobody registered.
    """
    if client is None:
        raise refusals.APP_UNKNOWN(what="client_id")
    if redirect_uri is None or not may_redirect(client.kind, client.redirect_uris, redirect_uri):
        raise refusals.APP_UNKNOWN(what="redirect_uri")
    return redirect_uri
