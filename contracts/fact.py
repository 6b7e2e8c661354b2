"""What a fact is, and the types that facts of all publishers are made of."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

UtcTime = Annotated[datetime, Meta(tz=True)]
"""An instant. Naive datetimes are refused: they mean another instant on another machine."""

MinorUnits = Annotated[int, Meta(ge=0)]
"""An amount of money in the minor units of its currency: 19500 is 195 euros."""

Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$")]
"""ISO 4217."""

Version = Annotated[int, Meta(ge=1)]
"""Counts the states of one aggregate. Who has seen a higher one ignores a lower one."""

Language = Literal["nl", "en"]


class Translated(msgspec.Struct, frozen=True, kw_only=True):
    """One text in each language that people read here."""

    nl: str
    en: str

    def in_language(self, language: Language) -> str:
        return self.nl if language == "nl" else self.en


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Something that has happened, told by the one service that decided it.

    A published topic never changes: a reader may be older than its writer. A new
    shape is a new topic (`….v2`); tests/contracts holds this.
    """

    topic: ClassVar[str]
    """`<publisher>.<what happened>.v<n>`: AMQP routing key and CloudEvents type."""

    about: ClassVar[str]
    """Name of the field that holds the aggregate's id. Facts about one aggregate keep their order."""

    kept: ClassVar[bool] = True
    """Whether the 30-day stream keeps it. False where a body names a person or carries a secret."""

    @property
    def subject(self) -> UUID:
        """The id of the aggregate that this fact is about."""
        subject: UUID = getattr(self, self.about)
        return subject


def publisher_of(fact: type[Fact]) -> str:
    """The service that tells this fact: the first word of its topic."""
    return fact.topic.partition(".")[0]
