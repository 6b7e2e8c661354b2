"""Notification under test, with the steps that many tests begin with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec

from contracts.catalogue import OfferingPublished, OfferingState
from contracts.enrolment import EnrolmentConfirmed, LeavingCost, WithdrawalSubmitted
from contracts.envelope import Envelope, wrap
from contracts.fact import Fact, Language
from contracts.identity import AccountRegistered
from deploy.local.standins.mail_catcher_box import Catcher, Opened
from services.notification import jobs
from services.notification.consumers import CONSUMERS
from tests.support.examples import STARTS_AT, offering
from tests.support.running import Running, eventually

LUCJA = "Łucja Ñuñez-van 't Hof"


@dataclass
class Notification(Running):
    """Notification, its mails caught."""

    catcher: Catcher

    async def publish(self, **changes: Any) -> OfferingPublished:
        """Let the catalogue tell an offering, and wait until it is known."""
        published = offering(**changes)
        await self.deliver(published)
        await self.knows(published)
        return published

    async def knows(self, told: OfferingState) -> None:
        await self.has(
            "SELECT version >= $2 FROM offering WHERE offering_id = $1",
            told.offering_id,
            told.version,
        )

    async def register(self, address: str | None = None, language: Language = "en") -> UUID:
        """Let identity tell a person, and wait until they are known."""
        account_id = uuid4()
        await self.deliver(person(account_id, address or f"{account_id}@example.org", language))
        await self.has("SELECT true FROM person WHERE account_id = $1", account_id)
        return account_id

    async def confirm(
        self, published: OfferingState, learner: UUID, **changes: Any
    ) -> EnrolmentConfirmed:
        """Let enrolment tell a final place."""
        fact = confirmed(published, learner, at=self.clock.now(), **changes)
        await self.deliver(fact)
        return fact

    async def withdraw(self, fact: EnrolmentConfirmed, **changes: Any) -> WithdrawalSubmitted:
        """Let enrolment tell that somebody has left."""
        left = withdrawn(fact, at=self.clock.now(), **changes)
        await self.deliver(left)
        return left

    async def mail(self, purpose: str, *, state: str, about: UUID | None = None) -> asyncpg.Record:
        """The latest row of the ledger for a purpose, as soon as it is in this state."""
        rows = await eventually(
            lambda: self.fetch(
                """
                SELECT * FROM mail
                WHERE purpose = $1 AND state = $2 AND ($3::uuid IS NULL OR regarding = $3)
                ORDER BY mail_id DESC
                """,
                purpose,
                state,
                about,
            )
        )
        return rows[0]

    async def know(self, *facts: Fact) -> None:
        """Let facts have their effect here and now, without a broker."""
        for fact in facts:
            consumer = next(each for each in CONSUMERS if type(fact) in each.facts)
            envelope: Envelope[Fact] = wrap(
                fact, event_id=uuid4(), occurred_at=self.clock.now(), correlation_id="test"
            )
            async with self.parts.db.transaction() as tx:
                if consumer.batch is not None:
                    await consumer.batch([envelope], tx, self.parts)
                elif consumer.each is not None:
                    await consumer.each(envelope, tx, self.parts)

    async def send_all(self) -> None:
        """Look at everything that is due, as the job does."""
        while await jobs.send_mails(self.parts):
            pass

    async def has(self, question: str, *arguments: object) -> None:
        """Wait until the database says yes."""
        await eventually(self._asking(question, *arguments))

    def _asking(self, question: str, *arguments: object) -> Callable[[], Awaitable[Any]]:
        return lambda: self.fetchval(question, *arguments)

    def to(self, learner: UUID) -> list[str]:
        """The subjects of the mails that have come to somebody."""
        box = self.catcher.box
        return [box.summary(each).subject for each in box.find(address_of(learner))]


def text_of(mail: Opened) -> str:
    """A mail's text on one line, so that a sentence can be looked for."""
    return " ".join((mail.text or "").split())


def address_of(learner: UUID) -> str:
    return f"{learner}@example.org"


def person(
    account_id: UUID, address: str, language: Language = "en", version: int = 1
) -> AccountRegistered:
    return AccountRegistered(
        account_id=account_id,
        version=version,
        mail_address=address,
        name=LUCJA,
        language=language,
        affiliation="guest",
    )


def confirmed(
    published: OfferingState, learner: UUID, *, at: datetime, **changes: Any
) -> EnrolmentConfirmed:
    fact = EnrolmentConfirmed(
        enrolment_id=uuid4(),
        version=2,
        learner_id=learner,
        offering_id=published.offering_id,
        fee_minor=19500,
        currency="EUR",
        confirmed_at=at,
        policy_version=3,
        accepted_at=at,
        leaving_costs=(
            LeavingCost(until=STARTS_AT, kept_minor=9750),
            LeavingCost(until=None, kept_minor=19500),
        ),
    )
    return msgspec.structs.replace(fact, **changes)


def withdrawn(fact: EnrolmentConfirmed, *, at: datetime, **changes: Any) -> WithdrawalSubmitted:
    left = WithdrawalSubmitted(
        enrolment_id=fact.enrolment_id,
        version=fact.version + 1,
        learner_id=fact.learner_id,
        offering_id=fact.offering_id,
        withdrawal_id=uuid4(),
        reason="work",
        submitted_at=at,
        was_confirmed=True,
        fee_minor=19500,
        kept_minor=2925,
        currency="EUR",
    )
    return msgspec.structs.replace(left, **changes)
