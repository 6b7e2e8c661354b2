"""What all commands share: what one transaction changes, and whose an enrolment is."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.database import Connection
from chassis.http.problems import NOT_FOUND
from chassis.outbox import tell
from contracts.catalogue import CancellationPolicy
from contracts.fact import Fact
from services.enrolment import store
from services.enrolment.domain import places
from services.enrolment.domain.places import Enrolment, Offering


class Changes:
    """What a transaction changed, written and told together at its end."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._enrolments: dict[UUID, Enrolment] = {}
        self._occupied: dict[UUID, Offering] = {}
        self._facts: list[Fact] = []

    def note(
        self,
        before: Offering,
        after: Offering,
        enrolments: Iterable[Enrolment],
        facts: Iterable[Fact],
    ) -> None:
        """Note what one decision changed."""
        self._enrolments.update((each.enrolment_id, each) for each in enrolments)
        self._facts.extend(facts)
        if (before.seats_taken, before.waiting) != (after.seats_taken, after.waiting):
            self.occupied(after)

    def occupied(self, offering: Offering) -> None:
        """Note that an offering has more or fewer places, or a longer or shorter line."""
        self._occupied[offering.offering_id] = offering

    async def save(self, tx: Connection) -> None:
        """Write and tell all of it."""
        if self._enrolments:
            await store.save_enrolments(tx, list(self._enrolments.values()))
        counted = [places.places_taken(offering) for offering in self._occupied.values()]
        if counted:
            await store.save_occupation(tx, [offering for offering, _ in counted])
        await tell(tx, *self._facts, *(fact for _, fact in counted), now=self.now)


async def pass_on_seats(tx: Connection, offering: Offering, changes: Changes) -> None:
    """Offer free seats to the head of the line, in the transaction that freed them."""
    if not offering.waiting or not offering.free_seats:
        return
    waiting = await store.lock_head_of_line(tx, offering.offering_id, offering.free_seats)
    after, offers, facts = places.offer_free_seats(offering, waiting, now=changes.now)
    changes.note(offering, after, offers, facts)


async def lock_own(
    tx: Connection, enrolment_id: UUID, learner_id: UUID, zone: ZoneInfo
) -> tuple[Offering, Enrolment]:
    """Lock an enrolment and its offering.

    Raises:
        Refusal: there is none, or it is somebody else's; nobody learns which.
    """
    offerings = await store.lock_offerings(
        tx, await store.get_offering_ids(tx, [enrolment_id]), zone
    )
    enrolment = (await store.lock_enrolments(tx, [enrolment_id])).get(enrolment_id)
    if enrolment is None or enrolment.learner_id != learner_id:
        raise NOT_FOUND()
    return offerings[enrolment.offering_id], enrolment


async def policy_of(tx: Connection, enrolment: Enrolment) -> CancellationPolicy:
    """The version that was accepted with the place."""
    version = (enrolment.policy_id, enrolment.policy_version)
    return (await store.get_policies(tx, [version]))[version]
