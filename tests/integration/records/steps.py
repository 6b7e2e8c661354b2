"""Records under test, with the steps that many tests begin with."""

import io
from typing import Any
from uuid import UUID, uuid4

import httpx
import pypdf

from contracts.catalogue import OfferingPublished
from contracts.enrolment import EnrolmentConfirmed, WithdrawalSubmitted
from contracts.envelope import wrap
from contracts.identity import AccountRegistered
from contracts.records import DocumentIssued
from services.records import commands, jobs
from tests.support.examples import LECTURER, offering
from tests.support.running import Running, eventually


class Records(Running):
    """Records with the steps that many tests begin with."""

    async def publish(self, **changes: Any) -> OfferingPublished:
        """Let the catalogue tell an offering, and wait until it is known."""
        published = offering(**changes)
        await self.deliver(published)
        await self.knows(published.offering_id, published.version)
        return published

    async def knows(self, offering_id: UUID, version: int) -> None:
        async def seen() -> int:
            found = await self.fetchval(
                "SELECT version FROM offering WHERE offering_id = $1", offering_id
            )
            return int(found or 0)

        await eventually(seen, lambda at: at >= version)

    async def register(self, person: UUID, name: str = "Noor de Vries", **changes: Any) -> None:
        """Let identity tell who somebody is, and wait until it is known."""
        await self.deliver(account(person, name, **changes))

        async def known() -> bool:
            return bool(
                await self.fetchval("SELECT true FROM person WHERE account_id = $1", person)
            )

        await eventually(known)

    async def enrol(self, published: OfferingPublished, person: UUID | None = None) -> UUID:
        """Let enrolment tell that somebody has a place, and wait until their dossier is open."""
        fact = confirmed(published.offering_id, person or uuid4())
        await self.deliver(fact)
        await self.has_dossier(fact.enrolment_id)
        return fact.enrolment_id

    async def has_dossier(self, enrolment_id: UUID, state: str = "open") -> None:
        async def is_so() -> bool:
            found = await self.fetchval(
                "SELECT state FROM dossier WHERE enrolment_id = $1", enrolment_id
            )
            return bool(found == state)

        await eventually(is_so)

    def begin(self, published: OfferingPublished) -> None:
        """The course has started."""
        self.clock.set(published.starts_at)

    async def started(self, *people: UUID, **changes: Any) -> tuple[OfferingPublished, list[UUID]]:
        """An offering that has started, and the enrolments of these people, whose names are known."""
        published = await self.publish(**changes)
        enrolments = []
        for person in people:
            await self.register(person)
            enrolments.append(await self.enrol(published, person))
        self.begin(published)
        return published, enrolments

    async def ready(self, *people: UUID) -> list[UUID]:
        """The same without a worker: what the facts would have done is done directly."""
        published = offering()
        facts = [confirmed(published.offering_id, person) for person in people]
        wrapped = [
            wrap(fact, event_id=uuid4(), occurred_at=fact.confirmed_at, correlation_id="c")
            for fact in facts
        ]
        async with self.parts.db.transaction() as tx:
            await commands.copy_offering(
                tx, published, evaluation_weeks=4, zone=self.parts.settings.institution_zone
            )
            await commands.copy_people(tx, [account(person, "Noor de Vries") for person in people])
            await commands.open_and_close_dossiers(tx, wrapped)  # type: ignore[arg-type] # Of one kind.
        self.begin(published)
        return [fact.enrolment_id for fact in facts]

    async def record(
        self, enrolment_id: UUID, outcome: str = "passed", **fields: Any
    ) -> dict[str, Any]:
        """Record a first result as the lecturer, successfully."""
        answer = await self.post(
            f"/v1/enrolments/{enrolment_id}/result",
            {"outcome": outcome, **fields},
            LECTURER,
            "lecturer",
        )
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def correct(
        self, enrolment_id: UUID, version: int, outcome: str, **fields: Any
    ) -> httpx.Response:
        """Correct this version of a result as the lecturer."""
        return await self.put(
            f"/v1/enrolments/{enrolment_id}/result",
            {"outcome": outcome, "reason": "The second assignment was found.", **fields},
            LECTURER,
            "lecturer",
            headers={"If-Match": f'"{version}"'},
        )

    async def issued(self, count: int = 1) -> DocumentIssued:
        """Wait until this many documents have been issued, and return the last of them."""
        return await self.told.wait_for(DocumentIssued, count)

    async def open_evaluations(self) -> int:
        """Let the job tick once, now; returns how many were due."""
        return await jobs.open_evaluations(self.parts)

    async def put(
        self, path: str, body: Any, person: UUID | None = None, *roles: str, **options: Any
    ) -> httpx.Response:
        headers = self._headers(person, roles, options)
        return await self.http.put(path, json=body, headers=headers, **options)

    async def pdf(self, document_id: UUID, person: UUID, language: str) -> pypdf.PdfReader:
        """Download a document, successfully."""
        answer = await self.get(
            f"/v1/documents/{document_id}/pdf", person, params={"language": language}
        )
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/pdf"
        return pypdf.PdfReader(io.BytesIO(answer.content))

    async def code_of(self, document_id: UUID) -> str:
        """The verification code of a document, as its learner reads it."""
        answer = await self.get(f"/v1/documents/{document_id}", uuid4(), "office")
        code: str = answer.json()["code"]
        return code


def account(person: UUID, name: str, **changes: Any) -> AccountRegistered:
    fields: dict[str, Any] = {
        "account_id": person,
        "version": 1,
        "mail_address": "noor@learner.test",
        "name": name,
        "language": "en",
        "affiliation": "guest",
    }
    return AccountRegistered(**fields | changes)


def confirmed(offering_id: UUID, person: UUID, **changes: Any) -> EnrolmentConfirmed:
    at = offering().enrolment_opens_at
    fields: dict[str, Any] = {
        "enrolment_id": uuid4(),
        "version": 2,
        "learner_id": person,
        "offering_id": offering_id,
        "fee_minor": 42000,
        "currency": "EUR",
        "confirmed_at": at,
        "policy_version": 3,
        "accepted_at": at,
        "leaving_costs": (),
    }
    return EnrolmentConfirmed(**fields | changes)


def withdrawn(fact: EnrolmentConfirmed, **changes: Any) -> WithdrawalSubmitted:
    fields: dict[str, Any] = {
        "enrolment_id": fact.enrolment_id,
        "version": fact.version + 1,
        "learner_id": fact.learner_id,
        "offering_id": fact.offering_id,
        "withdrawal_id": uuid4(),
        "reason": "work",
        "submitted_at": fact.confirmed_at,
        "was_confirmed": True,
        "fee_minor": 42000,
        "kept_minor": 6300,
        "currency": "EUR",
    }
    return WithdrawalSubmitted(**fields | changes)
