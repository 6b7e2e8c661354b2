"""People who know what to do when things go wrong: ask again, with the same key, until there is an answer."""

import asyncio
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import asyncpg
import httpx

from chassis.clock import Clock, RealClock
from chassis.http.access import AUDIENCE
from chassis.ids import new_id
from chassis.outbox import outbox_rows
from chassis.service import opened
from chassis.settings import load as load_settings
from contracts.identity import AccountRegistered
from deploy import services
from deploy.local.system import System
from tests.support.running import eventually

PATIENCE_S = 240.0
"""For one answer, with all repetitions: longer than everything that a schedule does to one target."""
_ONE_TRY_S = 20.0
_DATABASE_BACK_WITHIN_S = 120.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 2.0


class GaveUp(AssertionError):
    """There was no answer in all that time."""


class Signer(Protocol):
    """Signs tokens."""

    def sign(self, claims: dict[str, Any], *, kind: str) -> str: ...


@dataclass
class Asked:
    """What was seen from outside."""

    answers: Counter[str] = field(default_factory=Counter)
    """Statuses, and classes of errors of the connection."""
    broken: list[str] = field(default_factory=list)
    """Answers that nobody should ever get: 500."""


@dataclass
class Person:
    """Somebody with an account."""

    account_id: UUID
    mail_address: str
    language: str
    token: str


@dataclass
class Client:
    """How people ask."""

    system: System
    http: httpx.AsyncClient
    asked: Asked = field(default_factory=Asked)
    clock: Clock = field(default_factory=RealClock)
    most_tries: int | None = None
    """As often as somebody asks who does not know that everything is breaking; None: until there is an answer."""

    def now(self) -> datetime:
        """The system's time."""
        return self.clock.now()

    async def get(self, who: Person, service: str, path: str, **headers: str) -> Any:
        """Read something."""
        return (await self.ask(who, "GET", service, path, headers=headers)).json()

    async def post(
        self, who: Person, service: str, path: str, body: Any = None, key: str | None = None
    ) -> httpx.Response:
        """Do something, once, however often it is asked; the answer may be a refusal."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return await self.ask(who, "POST", service, path, json=body, headers=headers)

    async def ask(
        self, who: Person, method: str, service: str, path: str, **options: Any
    ) -> httpx.Response:
        """Ask a service, again and again while it cannot be reached or says to come back.

        Raises:
            GaveUp: for minutes.
        """
        headers = {
            "Authorization": f"Bearer {who.token}",
            "Accept-Language": who.language,
        } | options.pop("headers", {})
        url = self.system.addresses.service(service) + path
        return await self._ask(method, url, headers=headers, **options)

    async def choose(self, checkout_url: str, outcome: str) -> None:
        """Press a button on the provider's page."""
        await self._ask("POST", checkout_url, data={"outcome": outcome})

    async def _ask(self, method: str, url: str, **options: Any) -> httpx.Response:
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + PATIENCE_S
        pause_s, tries = _FIRST_PAUSE_S, 0
        while True:
            tries += 1
            last = "nothing"
            try:
                answer = await self.http.request(method, url, timeout=_ONE_TRY_S, **options)
            except (httpx.TransportError, AttributeError) as error:
                # An AttributeError is anyio's word for a connection that was cut in the moment it stood.
                last = type(error).__name__
                self.asked.answers[last] += 1
            else:
                last = f"{answer.status_code} {answer.text[:300]}"
                self.asked.answers[str(answer.status_code)] += 1
                if answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR:
                    correlation = answer.headers.get("x-correlation-id", "")
                    self.asked.broken.append(f"{method} {url} {correlation}")
                if answer.status_code < 500 and answer.status_code != 429:
                    return answer
            if loop.time() > give_up_at or tries == self.most_tries:
                raise GaveUp(f"{method} {url}: {last}")
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)


@dataclass
class Registry:
    """Makes accounts as identity would, without passwords: its own key signs, its own outbox tells."""

    system: System
    clock: Clock
    _signer: Signer | None = None

    async def prepare(self) -> None:
        """Fetch the key that signs; before anything goes wrong."""
        service = services.load("identity")
        environment = self.system.children["identity"].environment or {}
        settings = load_settings(service.settings, environment)
        async with opened(service, settings) as parts:
            self._signer = await parts.keys.signer()

    async def staff(self, *roles: str) -> Person:
        """Somebody of the office, whom nobody writes mails to."""
        return self._person(new_id(), roles)

    async def register(self, count: int) -> list[Person]:
        """New accounts, told to everybody."""
        people = [self._person(new_id()) for _ in range(count)]
        facts = [
            AccountRegistered(
                account_id=each.account_id,
                version=1,
                mail_address=each.mail_address,
                name=f"Ada {str(each.account_id)[-6:]}",
                language="en" if each.language == "en" else "nl",
                affiliation="guest",
            )
            for each in people
        ]
        rows = outbox_rows(facts, now=self.clock.now())
        await _insert(
            f"{self.system.postgres_url}/identity",
            list(zip(rows.event_ids, rows.topics, rows.keys, rows.bodies, strict=True)),
        )
        return people

    def _person(self, account_id: UUID, roles: Sequence[str] = ()) -> Person:
        assert self._signer is not None
        now = self.clock.now()
        claims = {
            "iss": self.system.addresses.service("identity"),
            "aud": AUDIENCE,
            "sub": str(account_id),
            "client_id": "demo",
            "iat": _seconds(now),
            "exp": _seconds(now + timedelta(days=30)),
            "jti": uuid.uuid4().hex,
            "roles": ["learner", *roles],
            "affiliation": "guest",
        }
        return Person(
            account_id,
            f"{account_id.hex[-12:]}@learner.example",
            "nl" if account_id.int % 2 else "en",
            self._signer.sign(claims, kind="at+jwt"),
        )


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


async def _insert(url: str, rows: list[tuple[UUID, str, str, bytes]]) -> None:
    """Into an outbox, once: a second try after a lost answer finds the ids there."""

    async def are_in() -> bool:
        try:
            connection = await asyncpg.connect(url, timeout=5)
            try:
                async with connection.transaction():
                    await connection.executemany(
                        """
                        INSERT INTO outbox (event_id, topic, key, body)
                        SELECT $1, $2, $3, $4
                        WHERE NOT EXISTS (SELECT FROM outbox WHERE event_id = $1)
                        """,
                        rows,
                    )
            finally:
                await connection.close(timeout=2)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        return True

    await eventually(are_in, patience_s=_DATABASE_BACK_WITHIN_S, poll_s=0.5)
