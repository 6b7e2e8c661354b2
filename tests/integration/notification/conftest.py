import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from chassis.settings import Secret
from deploy.local.standins.mail_catcher_box import Catcher, Mailbox
from services.notification.app import SERVICE
from tests.integration.notification.steps import Notification
from tests.support.running import running
from tests.support.servers import Templates


@pytest.fixture
async def catcher() -> AsyncIterator[Catcher]:
    catcher = Catcher(Mailbox())
    await catcher.start()
    yield catcher
    await catcher.stop()


@asynccontextmanager
async def started(
    catcher: Catcher, templates: Templates, amqp_url: str, **settings: Any
) -> AsyncIterator[Notification]:
    given: dict[str, Any] = {
        "smtp_host": "127.0.0.1",
        "smtp_port": catcher.port,
        "smtp_tls": "none",
        "mail_from": "courses@portal.test",
        "unsubscribe_key": Secret(base64.b64encode(bytes(32)).decode()),
    } | settings
    async with running(SERVICE, templates=templates, amqp_url=amqp_url, **given) as service:
        yield Notification(**vars(service), catcher=catcher)


@pytest.fixture
async def notification(
    catcher: Catcher, templates: Templates, amqp_url: str
) -> AsyncIterator[Notification]:
    async with started(catcher, templates, amqp_url) as service:
        yield service


@pytest.fixture
async def resting(
    catcher: Catcher, templates: Templates, amqp_url: str
) -> AsyncIterator[Notification]:
    """Without a worker: the test itself does what a job would, step by step."""
    async with started(catcher, templates, amqp_url, worker=False) as service:
        yield service
