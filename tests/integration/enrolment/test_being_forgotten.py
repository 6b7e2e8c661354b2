"""Whoever wants to be forgotten: what stands in the way, what is forgotten, and what never begins again."""

import asyncio
from uuid import UUID, uuid4

import msgspec

from contracts.enrolment import EnrolmentAnsweredErasure, EnrolmentErasedPersonalData, PlaceDenied
from contracts.identity import AccountErased, ErasureCancelled, ErasureRequested
from contracts.payment import PaymentReceived
from services.enrolment import store
from services.enrolment.edge.export import EnrolmentExport
from tests.support.enrolling import Enrolment, wish
from tests.support.running import eventually


async def asked(enrolment: Enrolment, person: UUID, version: int = 1) -> EnrolmentAnsweredErasure:
    """Let identity ask, and wait for the answer."""
    before = len(enrolment.told.of(EnrolmentAnsweredErasure))
    await enrolment.deliver(
        ErasureRequested(account_id=person, version=version, requested_at=enrolment.clock.now())
    )
    return await enrolment.told.wait_for(EnrolmentAnsweredErasure, before + 1)


async def forgotten(enrolment: Enrolment, person: UUID) -> None:
    await enrolment.deliver(AccountErased(account_id=person, erased_at=enrolment.clock.now()))
    await enrolment.told.wait_for(EnrolmentErasedPersonalData)


async def test_a_place_that_is_held_stands_in_the_way_and_may_go_on(enrolment: Enrolment) -> None:
    ada, published = uuid4(), await enrolment.publish()
    held = await enrolment.request(published, ada)

    answer = await asked(enrolment, ada)

    assert [(each.why, str(each.regarding)) for each in answer.objections] == [
        ("place_asked_for", held["enrolment_id"])
    ]
    other = await enrolment.publish()
    assert (await enrolment.request(other, ada))["state"] == "held"


async def test_whoever_has_nothing_in_the_way_can_begin_nothing_until_it_is_taken_back(
    enrolment: Enrolment,
) -> None:
    ada, published = uuid4(), await enrolment.publish()
    assert (await asked(enrolment, ada)).objections == ()

    refused = await enrolment.post("/v1/enrolments", wish(published), ada)
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (
        409,
        "leaving-for-good",
    )

    now = enrolment.clock.now()
    await enrolment.deliver(ErasureCancelled(account_id=ada, version=1, cancelled_at=now))
    await enrolment.handled("enrolment.follow_erasures", 2)
    assert (await enrolment.request(published, ada))["state"] == "held"


async def test_a_request_that_comes_after_its_cancellation_bars_nobody(
    enrolment: Enrolment,
) -> None:
    ada, published, now = uuid4(), await enrolment.publish(), enrolment.clock.now()
    await enrolment.deliver(ErasureCancelled(account_id=ada, version=1, cancelled_at=now))
    await enrolment.handled("enrolment.follow_erasures", 1)
    await enrolment.deliver(ErasureRequested(account_id=ada, version=1, requested_at=now))
    await enrolment.handled("enrolment.follow_erasures", 2)

    assert (await enrolment.request(published, ada))["state"] == "held"
    assert enrolment.told.of(EnrolmentAnsweredErasure) == []


async def test_who_asks_for_a_place_at_that_very_moment_waits_and_is_told(
    enrolment: Enrolment,
) -> None:
    """Either the new place stands in the way, or there is none: never both."""
    ada, published = uuid4(), await enrolment.publish()
    async with enrolment.parts.db.transaction() as tx:
        await store.lock_person(tx, ada)
        asking = asyncio.create_task(enrolment.post("/v1/enrolments", wish(published), ada))

        async def waits() -> bool:
            return bool(
                await enrolment.fetchval(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND wait_event = 'advisory'"
                )
            )

        await eventually(waits)
        await tx.execute(
            "INSERT INTO leaver (account_id, version, state) VALUES ($1, 1, 'leaving')", ada
        )

    assert (await asking).status_code == 409


async def test_own_words_are_forgotten_and_the_enrolment_stays_without_a_name(
    enrolment: Enrolment,
) -> None:
    ada, published = uuid4(), await enrolment.publish()
    held = await enrolment.request(published, ada)
    path = f"/v1/enrolments/{held['enrolment_id']}/withdrawal"
    await enrolment.post(path, {"reason": "ill", "note": "My knee, says Dr. Smit."}, ada)
    assert (await asked(enrolment, ada)).objections == ()

    await forgotten(enrolment, ada)

    (left,) = await enrolment.fetch("SELECT reason, note FROM withdrawal")
    assert tuple(left) == ("ill", None)
    assert (
        await enrolment.fetchval("SELECT count(*) FROM enrolment WHERE learner_id = $1", ada) == 1
    )
    kept = await enrolment.fetchval("SELECT count(*) FROM idempotency WHERE account_id = $1", ada)
    assert kept == 0


async def test_money_that_comes_for_somebody_forgotten_goes_back(enrolment: Enrolment) -> None:
    ada, published = uuid4(), await enrolment.publish()
    held = await enrolment.request(published, ada)
    enrolment.clock.move(minutes=32)
    await eventually(
        lambda: enrolment.fetchval("SELECT count(*) FROM enrolment WHERE state = 'lapsed'")
    )
    await forgotten(enrolment, ada)

    await enrolment.deliver(
        PaymentReceived(
            order_id=uuid4(),
            enrolment_id=UUID(held["enrolment_id"]),
            learner_id=ada,
            payment_id=uuid4(),
            method="ideal",
            amount_minor=42000,
            currency="EUR",
            paid_at=enrolment.clock.now(),
        )
    )

    assert (await enrolment.told.wait_for(PlaceDenied)).why == "withdrawn"


async def test_everything_that_is_known_of_me_and_nothing_of_others(enrolment: Enrolment) -> None:
    ada, published = uuid4(), await enrolment.publish()
    held = await enrolment.request(published, ada)
    await enrolment.request(published)
    path = f"/v1/enrolments/{held['enrolment_id']}/withdrawal"
    await enrolment.post(path, {"reason": "ill", "note": "My knee."}, ada)

    answer = await enrolment.get("/v1/me/export", ada)

    mine = msgspec.json.decode(answer.content, type=EnrolmentExport, strict=True)
    assert [str(each.enrolment_id) for each in mine.enrolments] == [held["enrolment_id"]]
    assert [each.note for each in mine.withdrawals] == ["My knee."]
    assert answer.headers["content-disposition"] == 'attachment; filename="enrolment.json"'


async def test_more_than_a_page_is_exported_whole(enrolment: Enrolment) -> None:
    ada, published = uuid4(), await enrolment.publish()
    held = await enrolment.request(published, ada)
    async with enrolment.parts.db.transaction() as tx:
        await tx.execute(
            """
            INSERT INTO enrolment (
                enrolment_id, version, offering_id, learner_id, state, payer, fee_minor, currency, requested_at,
                policy_id, policy_version, policy_hash, terms_version, terms_hash, accepted_at, ended_at, ended_why
            )
            SELECT gen_random_uuid(), 2, offering_id, learner_id, 'lapsed', payer, fee_minor, currency,
                   requested_at, policy_id, policy_version, policy_hash, terms_version, terms_hash,
                   accepted_at, requested_at, 'not_paid'
            FROM enrolment, generate_series(1, 250) WHERE enrolment_id = $1
            """,
            UUID(held["enrolment_id"]),
        )

    answer = await enrolment.get("/v1/me/export", ada)

    mine = msgspec.json.decode(answer.content, type=EnrolmentExport)
    assert len({each.enrolment_id for each in mine.enrolments}) == 251
