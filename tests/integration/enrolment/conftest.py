from collections.abc import AsyncIterator

import pytest

from services.enrolment.app import SERVICE
from tests.support.enrolling import Enrolment
from tests.support.running import running
from tests.support.servers import Templates


@pytest.fixture
async def enrolment(templates: Templates, amqp_url: str) -> AsyncIterator[Enrolment]:
    async with running(SERVICE, templates=templates, amqp_url=amqp_url) as service:
        yield Enrolment(**vars(service))
