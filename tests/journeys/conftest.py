"""The whole system as `make run` starts it, and people who use it from outside."""

import uuid
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from deploy.demo.people import Inbox, Person, demo_people
from deploy.local.system import System
from tests.support.timing import Time
from tests.support.whole_system import whole_system


@pytest.fixture(scope="session")
async def system() -> AsyncIterator[System]:
    async with whole_system("course-portal-journeys-") as system:
        yield system


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=30) as client:
        yield client


@pytest.fixture
def time(system: System) -> Time:
    return Time(system.clock_file)


@pytest.fixture
def inbox(system: System, browser: httpx.AsyncClient) -> Inbox:
    return Inbox(system.addresses.mails, browser)


@pytest.fixture
async def staff(system: System) -> AsyncIterator[Callable[[str], Person]]:
    """People of the demonstration by the first part of their address: office, finance, lecturer …"""
    people = demo_people()
    clients: list[httpx.AsyncClient] = []

    def person(who: str) -> Person:
        clients.append(httpx.AsyncClient(timeout=30))
        told = people[who]
        return Person(
            system.addresses,
            told["mail_address"],
            told["password"],
            clients[-1],
            name=told["name"],
            language="en",
        )

    yield person
    for client in clients:
        await client.aclose()


@pytest.fixture
async def newcomer(system: System) -> AsyncIterator[Callable[..., Person]]:
    """Somebody whom nobody knows yet."""
    clients: list[httpx.AsyncClient] = []

    def person(name: str = "Łucja Ñuñez-van 't Hof", language: str = "en") -> Person:
        clients.append(httpx.AsyncClient(timeout=30))
        address = f"{uuid.uuid4().hex[:10]}@learner.example"
        return Person(
            system.addresses,
            address,
            "a sentence that works well",
            clients[-1],
            name=name,
            language=language,
        )

    yield person
    for client in clients:
        await client.aclose()
