from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.records.app import SERVICE
from tests.integration.records.steps import Records
from tests.support.running import running
from tests.support.servers import Templates

SETTINGS: dict[str, Any] = {
    "public_url": "https://records.test",
    "organiser_heads": ("Language Centre: Prof. E. van Rijn",),
}


@pytest.fixture
async def records(templates: Templates, amqp_url: str) -> AsyncIterator[Records]:
    async with running(SERVICE, templates=templates, amqp_url=amqp_url, **SETTINGS) as service:
        yield Records(**vars(service))


@pytest.fixture
async def quiet_records(templates: Templates, amqp_url: str) -> AsyncIterator[Records]:
    """Records whose worker does not run: tests of races do its work themselves."""
    async with running(
        SERVICE, templates=templates, amqp_url=amqp_url, worker=False, **SETTINGS
    ) as service:
        yield Records(**vars(service))
