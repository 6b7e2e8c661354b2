"""Facts in any order, twice, late: nothing is refused and nothing is lost."""

from uuid import uuid4

from contracts.identity import AccountCorrected
from tests.integration.records.steps import Records, account, confirmed, withdrawn
from tests.support.examples import LECTURER, cancellation, offering


async def test_enrolment_before_offering_before_person_is_all_the_same(records: Records) -> None:
    published, noor = offering(), uuid4()
    fact = confirmed(published.offering_id, noor)

    await records.deliver(fact)
    await records.has_dossier(fact.enrolment_id)
    too_early = await records.post(
        f"/v1/enrolments/{fact.enrolment_id}/result",
        {"outcome": "passed"},
        LECTURER,
        "lecturer",
    )
    await records.deliver(published)
    await records.knows(published.offering_id, 1)
    records.begin(published)
    await records.record(fact.enrolment_id)
    await records.register(noor, "Noor de Vries")

    assert too_early.status_code == 404
    assert (await records.issued()).learner_id == noor


async def test_a_withdrawal_before_its_confirmation_keeps_the_dossier_closed(
    records: Records,
) -> None:
    published = await records.publish()
    fact = confirmed(published.offering_id, uuid4())

    await records.deliver(withdrawn(fact))
    await records.has_dossier(fact.enrolment_id, "closed")
    await records.deliver(fact)
    await records.handled("records.follow_enrolments", 2)

    assert await records.fetchval("SELECT state FROM dossier") == "closed"
    records.begin(published)
    refused = await records.post(
        f"/v1/enrolments/{fact.enrolment_id}/result", {"outcome": "passed"}, LECTURER, "lecturer"
    )
    assert refused.json()["type"].endswith("/problems/has-left")


async def test_a_redelivered_confirmation_is_one_dossier(records: Records) -> None:
    published = await records.publish()
    fact, event_id = confirmed(published.offering_id, uuid4()), uuid4()

    await records.deliver(fact, event_id=event_id)
    await records.deliver(fact, event_id=event_id)
    await records.deliver(fact)
    await records.handled("records.follow_enrolments", 2)

    assert await records.fetchval("SELECT count(*) FROM dossier") == 1


async def test_an_older_name_that_comes_later_changes_nothing(records: Records) -> None:
    noor = uuid4()
    new = account(noor, "Noor Jansen", version=2)

    await records.deliver(
        AccountCorrected(**{name: getattr(new, name) for name in new.__struct_fields__})
    )
    await records.deliver(account(noor, "Noor de Vries"))
    await records.handled("records.follow_people", 2)

    assert await records.fetchval("SELECT name FROM person") == "Noor Jansen"


async def test_a_cancellation_before_its_offering_is_remembered(records: Records) -> None:
    published = offering()
    await records.deliver(cancellation(published))
    await records.handled("records.follow_catalogue", 1)

    await records.deliver(published)
    await records.knows(published.offering_id, 1)

    assert await records.fetchval("SELECT count(*) FROM cancelled_offering") == 1


async def test_a_long_queue_of_confirmations_opens_every_dossier(records: Records) -> None:
    published = await records.publish(capacity=500)
    facts = [confirmed(published.offering_id, uuid4()) for _ in range(450)]

    await records.deliver(*facts)
    await records.handled("records.follow_enrolments", 450)

    assert await records.fetchval("SELECT count(*) FROM dossier WHERE state = 'open'") == 450
