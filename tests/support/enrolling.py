"""Enrolment under test, with the steps that many tests begin with."""

from typing import Any
from uuid import UUID, uuid4

from contracts.catalogue import OfferingPublished
from tests.support.examples import offering
from tests.support.running import Running, eventually


class Enrolment(Running):
    """Enrolment with the steps that many tests begin with."""

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

    async def request(
        self, published: OfferingPublished, person: UUID | None = None, **changes: Any
    ) -> dict[str, Any]:
        """Ask for a place, successfully, and return the answer."""
        answer = await self.post("/v1/enrolments", wish(published, **changes), person or uuid4())
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body


def wish(published: OfferingPublished, **changes: Any) -> dict[str, Any]:
    """The body of a request for a place."""
    return {
        "offering_id": str(published.offering_id),
        "accepted_policy_version": published.policy.version,
        "accepted_terms_version": published.terms.version,
    } | changes
