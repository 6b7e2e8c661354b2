"""How a service says which facts it listens to, and what it does with them."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec

from chassis.database import Connection
from contracts.envelope import Envelope
from contracts.fact import Fact

HandleEach: TypeAlias = Callable[[Any, Connection, Any], Awaitable[None]]
"""(envelope, open transaction, the service's parts)."""
HandleBatch: TypeAlias = Callable[[Sequence[Any], Connection, Any], Awaitable[None]]
"""(envelopes in order, open transaction, the service's parts)."""

MAX_BODY_BYTES = 1_000_000


class Malformed(Exception):
    """A message that no repetition makes better; the text is the reason in its dead letter."""


class _Peek(msgspec.Struct):
    type: str = ""


_peek = msgspec.json.Decoder(_Peek)


@dataclass(frozen=True)
class Consumer:
    """One queue and the function that its messages are given to."""

    queue: str
    """`<service>.<function>`."""
    facts: tuple[type[Fact], ...]
    each: HandleEach | None
    batch: HandleBatch | None
    decoders: dict[str, msgspec.json.Decoder[Envelope[Fact]]]

    @property
    def topics(self) -> tuple[str, ...]:
        return tuple(fact.topic for fact in self.facts)

    @property
    def service(self) -> str:
        return self.queue.partition(".")[0]

    @property
    def function(self) -> str:
        return self.queue.partition(".")[2]

    def decode(self, body: bytes) -> Envelope[Fact]:
        """Read an envelope strictly.

        Raises:
            Malformed: not JSON, not one of the expected facts, wrong in any field, or too large.
        """
        if len(body) > MAX_BODY_BYTES:
            raise Malformed(f"{len(body)} bytes; at most {MAX_BODY_BYTES} are read")
        try:
            topic = _peek.decode(body).type
            decoder = self.decoders.get(topic)
            if decoder is None:
                raise Malformed(f"{self.queue} does not listen to {topic[:100]!r}")
            return decoder.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Malformed(f"not a valid fact: {error}") from error


class Consumers:
    """All consumers of one service; consumers.py of each service fills one."""

    def __init__(self, service: str) -> None:
        self.service = service
        self._consumers: dict[str, Consumer] = {}

    def __iter__(self) -> Iterator[Consumer]:
        return iter(self._consumers.values())

    def __getitem__(self, function: str) -> Consumer:
        return self._consumers[function]

    def each(self, *facts: type[Fact]) -> Callable[[HandleEach], HandleEach]:
        """Handle facts one by one, each in a transaction of its own, several side by side."""

        def register(handle: HandleEach) -> HandleEach:
            self._add(handle, facts, each=handle)
            return handle

        return register

    def batch(self, *facts: type[Fact]) -> Callable[[HandleBatch], HandleBatch]:
        """Handle facts in order, many in one transaction: for what comes in bursts."""

        def register(handle: HandleBatch) -> HandleBatch:
            self._add(handle, facts, batch=handle)
            return handle

        return register

    def _add(
        self,
        handle: Callable[..., Awaitable[None]],
        facts: tuple[type[Fact], ...],
        *,
        each: HandleEach | None = None,
        batch: HandleBatch | None = None,
    ) -> None:
        name = handle.__name__
        if name in self._consumers:
            raise ValueError(f"{self.service} has two consumers named {name}")
        decoders = {
            fact.topic: msgspec.json.Decoder(Envelope[fact])  # type: ignore[valid-type] # A type made at run time.
            for fact in facts
        }
        self._consumers[name] = Consumer(f"{self.service}.{name}", facts, each, batch, decoders)
