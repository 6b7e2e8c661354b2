"""Identity without the rest, for what the whole system has not: a name for an address, another provider."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from chassis.settings import Secret
from services.identity.app import SERVICE
from tests.integration.identity.steps import Identity, with_steps
from tests.support.institutions import serving
from tests.support.running import running
from tests.support.servers import Templates


@asynccontextmanager
async def identity_alone(
    templates: Templates, amqp_url: str, home: str, **changes: Any
) -> AsyncIterator[Identity]:
    """An identity that browsers reach at `home`, on a free port of this machine."""
    settings: dict[str, Any] = {
        "issuer_url": home,
        "jwks_url": f"{home}/oauth/jwks",
        "public_url": home,
        "key_encryption_key": Secret("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="),
        **changes,
    }
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", urlsplit(home).port or 0))
        async with (
            running(SERVICE, templates=templates, amqp_url=amqp_url, **settings) as service,
            with_steps(service) as identity,
            serving(identity.http._transport.app, listening),  # type: ignore[attr-defined] # noqa: SLF001 - its edge.
        ):
            yield identity
