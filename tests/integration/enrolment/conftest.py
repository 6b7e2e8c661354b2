from collections.abc import AsyncIterator

import pytest

from services.enrolment.app import SERVICE
from tests.support.running import Running, running
from tests.support.servers import Templates


@pytest.fixture
async def enrolment(templates: Templates, amqp_url: str) -> AsyncIterator[Running]:
    async with running(SERVICE, templates=templates, amqp_url=amqp_url) as service:
        yield service
