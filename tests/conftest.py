"""What all tests share: the servers, started once."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.support.servers import Servers, Templates, started_servers, virtual_host


@pytest.fixture(scope="session")
async def servers() -> AsyncIterator[Servers]:
    async with started_servers() as servers:
        yield servers


@pytest.fixture(scope="session")
def amqp_url(servers: Servers) -> Iterator[str]:
    with virtual_host(servers) as url:
        yield url


@pytest.fixture(scope="session")
async def templates(servers: Servers) -> AsyncIterator[Templates]:
    templates = Templates(servers.postgres_url)
    yield templates
    await templates.drop_all()
