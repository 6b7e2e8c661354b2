"""Tells what happens while it happens: steps, facts on the bus, mails that arrive."""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import aio_pika
import httpx
import msgspec
from aio_pika.abc import AbstractIncomingMessage

from chassis.bus.topology import FACTS_EXCHANGE
from chassis.clock import Clock
from contracts.message import split
from contracts.registry import FACTS

_WAIT_S = 5
_TOLD_ELSEWHERE = {"notification.mail_sent.v2", "enrolment.places_taken.v1"}
"""A mail that was sent arrives, and a place that was taken is told by who took it."""


class _Envelope(msgspec.Struct):
    type: str
    subject: str
    time: datetime


class Narrator:
    """Writes one line for each thing that happens."""

    def __init__(self, clock: Clock) -> None:
        self._began = time.monotonic()
        self._story_began_at = clock.now()
        self._colours = sys.stdout.isatty()

    def step(self, words: str) -> None:
        """Somebody does something."""
        print(f"\n{self._at()} {self._dressed('1', words)}", flush=True)

    def seen(self, words: str) -> None:
        """What they see."""
        print(f"         {words}", flush=True)

    def fact(self, body: bytes) -> None:
        """A service tells a fact."""
        told = msgspec.json.decode(body, type=_Envelope)
        if told.time >= self._story_began_at and told.type not in _TOLD_ELSEWHERE:
            name = FACTS[told.type].__name__
            self._aside(
                f"fact  {name:32} {told.type.partition('.')[0]}, about …{told.subject[-6:]}"
            )

    def mail(self, subject: str, to: str) -> None:
        """A mail arrives."""
        self._aside(f"mail  “{subject}” → {to}")

    def _aside(self, words: str) -> None:
        print(f"{self._at()}   {self._dressed('2', words)}", flush=True)

    def _at(self) -> str:
        return f"{time.monotonic() - self._began:6.1f} s"

    def _dressed(self, code: str, words: str) -> str:
        return f"\033[{code}m{words}\033[0m" if self._colours else words


@asynccontextmanager
async def listening(narrator: Narrator, amqp_url: str, mails_url: str) -> AsyncIterator[None]:
    """Hear every fact and see every mail until the end."""
    async with await aio_pika.connect(amqp_url) as connection, httpx.AsyncClient() as http:
        channel = await connection.channel()
        ear = await channel.declare_queue(exclusive=True)
        await ear.bind(FACTS_EXCHANGE, "#")

        async def hear(message: AbstractIncomingMessage) -> None:
            for body in split(message.body):
                narrator.fact(body)

        await ear.consume(hear, no_ack=True)
        watching = asyncio.create_task(_watch_mails(narrator, http, mails_url))
        try:
            yield
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching


async def _watch_mails(narrator: Narrator, http: httpx.AsyncClient, url: str) -> None:
    latest = (await http.get(f"{url}/api/messages", params={"limit": 1})).json()["latest"]
    while True:
        answer = await http.get(
            f"{url}/api/events", params={"after": latest, "wait": _WAIT_S}, timeout=_WAIT_S + 10
        )
        for mail in answer.json()["messages"]:
            latest = mail["number"]
            narrator.mail(mail["subject"], ", ".join(mail["recipients"]))
