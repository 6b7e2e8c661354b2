from collections.abc import AsyncIterator

import pytest

from services.catalogue.app import SERVICE
from tests.integration.catalogue.samples import DEMO, import_text
from tests.support.running import Running, running
from tests.support.servers import Templates


@pytest.fixture
async def catalogue(templates: Templates, amqp_url: str) -> AsyncIterator[Running]:
    async with running(SERVICE, templates=templates, amqp_url=amqp_url) as service:
        yield service


@pytest.fixture(scope="module")
async def demo(
    templates: Templates, amqp_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Running]:
    """The demonstration catalogue, for tests that only read."""
    async with running(SERVICE, templates=templates, amqp_url=amqp_url, worker=False) as service:
        folder = tmp_path_factory.mktemp("demo")
        await import_text(service, DEMO.read_text(encoding="utf-8"), folder)
        yield service
