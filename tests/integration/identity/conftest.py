from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from chassis.settings import Secret
from services.identity import commands
from services.identity.app import SERVICE
from services.identity.domain.importing import read_clients
from tests.integration.identity.steps import HOME, Identity, with_steps
from tests.support.institutions import Institutions, institutions
from tests.support.people import StagedClock
from tests.support.running import running
from tests.support.servers import Templates

ROOT = Path(__file__).parents[3]
KEY_ENCRYPTION_KEY = Secret("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
OWN_SETTINGS: dict[str, Any] = {
    "issuer_url": HOME,
    "jwks_url": f"{HOME}/oauth/jwks",
    "key_encryption_key": KEY_ENCRYPTION_KEY,
}


@pytest.fixture
async def identity(templates: Templates, amqp_url: str) -> AsyncIterator[Identity]:
    """Identity with the apps of the demonstration, and nobody."""
    async with (
        running(SERVICE, templates=templates, amqp_url=amqp_url, **OWN_SETTINGS) as service,
        with_steps(service) as identity,
    ):
        await register_apps(identity)
        yield identity


async def register_apps(identity: Identity) -> None:
    apps = read_clients((ROOT / "deploy/demo/clients.toml").read_text())
    async with identity.parts.db.transaction() as tx:
        await commands.importing.import_clients(tx, apps)


@pytest.fixture
async def surfconext(tmp_path: Path) -> AsyncIterator[Institutions]:
    """The stand-in for SURFconext and eduID, by the clock that tests begin with."""
    async with institutions(tmp_path, StagedClock(), identity_url=HOME) as standin:
        yield standin


@pytest.fixture
async def joined(
    surfconext: Institutions, templates: Templates, amqp_url: str
) -> AsyncIterator[Identity]:
    """Identity with the apps of the demonstration and both providers, and nobody."""
    settings = OWN_SETTINGS | {"login_providers_file": str(surfconext.file)}
    async with (
        running(SERVICE, templates=templates, amqp_url=amqp_url, **settings) as service,
        with_steps(service) as identity,
    ):
        surfconext.provider.clock = identity.clock
        await register_apps(identity)
        yield identity
