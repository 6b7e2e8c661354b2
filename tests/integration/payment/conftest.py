from collections.abc import AsyncIterator

import pytest

from tests.support.paying import Paying, paying
from tests.support.servers import Templates


@pytest.fixture
async def payment(templates: Templates, amqp_url: str) -> AsyncIterator[Paying]:
    async with paying(templates, amqp_url) as service:
        yield service
