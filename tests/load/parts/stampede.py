"""The stampede: 20,000 people press the button at the same instant, for 5,000 places."""

from collections.abc import Mapping, Sequence
from time import perf_counter
from uuid import UUID

import aio_pika
import msgspec
from aio_pika.abc import AbstractQueue

from chassis.bus.topology import FACTS_EXCHANGE
from contracts.catalogue import OfferingPublished
from contracts.message import split
from tests.load.bench import Bench
from tests.load.client import Answer, closing
from tests.load.lab import Lab, enrolment_requests
from tests.load.loops import ACCEPTED, Tally, all_at_once
from tests.load.offerings import open_offering
from tests.load.order import Place, out_of_order
from tests.load.warming import PEOPLE_TO_WARM_UP, warm_up

PEOPLE = 20_000
PLACES = 5_000
CONNECTIONS = 2_000


class _Told(msgspec.Struct):
    """What this looks at in a fact."""

    type: str
    data: dict[str, object]


class _Answered(msgspec.Struct):
    """What this looks at in an answer."""

    state: str
    position: int | None


async def stampede(bench: Bench) -> None:
    """On a system that was started for it."""
    async with bench.laboratory() as lab:
        await lab.invite(PEOPLE_TO_WARM_UP + PEOPLE)
        await run_stampede(bench, lab, "stampede")


async def run_stampede(bench: Bench, lab: Lab, name: str) -> None:
    """Let everybody in at once, and look at what was sold, from the database and from the facts."""
    offering, another = open_offering(capacity=PLACES), open_offering()
    await lab.publish_offerings([offering, another])
    await warm_up(lab, [another])
    await lab.until_mails_are_out()
    people = lab.take(PEOPLE)
    requests = enrolment_requests(people, [offering])
    async with await aio_pika.connect(lab.amqp_url) as connection:
        channel = await connection.channel()
        ear = await channel.declare_queue(exclusive=True)
        for topic in ("enrolment.confirmed.v1", "enrolment.places_taken.v1"):
            await ear.bind(FACTS_EXCHANGE, topic)
        with closing(await lab.fleet("enrolment", CONNECTIONS)) as fleet:
            tally = await all_at_once(fleet, requests)
        stopped_at = perf_counter()
        await lab.until_facts_arrived()
        arrived_after_s = perf_counter() - stopped_at
        confirmed, most_taken = await _hear(ear, offering)
    await lab.until_mails_are_out()
    mailed_after_s = perf_counter() - stopped_at
    places = await _places(lab, offering, tally, [person.account_id for person in people])
    sold = sum(place.position is None for place in places)
    bench.found(f"{name}.oversold", max(sold, confirmed, most_taken) - PLACES, "places", limit=0)
    bench.found(f"{name}.errors", len(requests) - tally.accepted, "requests", limit=0)
    bench.found(f"{name}.places_sold", sold, "places", limit=PLACES)
    bench.found(f"{name}.out_of_order", out_of_order(places, PLACES), "people", limit=0)
    bench.found(f"{name}.seconds", tally.ended - tally.began, "s")
    bench.found(f"{name}.p50_s", tally.latency_ms(50) / 1000, "s")
    bench.found(f"{name}.p99_s", tally.latency_ms(99) / 1000, "s")
    bench.found(f"{name}.facts_arrived_after_s", arrived_after_s, "s")
    bench.found(f"{name}.mails_out_after_s", mailed_after_s, "s")


async def _hear(ear: AbstractQueue, offering: OfferingPublished) -> tuple[int, int]:
    """From the facts: how many places were confirmed, and the highest count that was told."""
    confirmed = most_taken = 0
    while message := await ear.get(no_ack=True, fail=False):
        for body in split(message.body):
            told = msgspec.json.decode(body, type=_Told)
            if told.data["offering_id"] != str(offering.offering_id):
                continue
            if told.type == "enrolment.confirmed.v1":
                confirmed += 1
            else:
                most_taken = max(most_taken, msgspec.convert(told.data["taken"], int))
    return confirmed, most_taken


async def _places(
    lab: Lab, offering: OfferingPublished, tally: Tally, learners: Sequence[UUID]
) -> list[Place]:
    """Who got what, in the order of arrival that enrolment has written down."""
    async with lab.connected("enrolment") as database:
        records = await database.fetch(
            "SELECT learner_id, state FROM enrolment WHERE offering_id = $1 ORDER BY arrival",
            offering.offering_id,
        )
    answers: Mapping[UUID, Answer] = {
        learners[number]: answer
        for number, answer in tally.answers.items()
        if answer.status in ACCEPTED
    }
    places = []
    for record in records:
        answer = answers[record["learner_id"]]
        said = msgspec.json.decode(answer.body, type=_Answered)
        if said.state != record["state"]:
            raise AssertionError(f"Somebody was told {said.state} and is {record['state']}.")
        places.append(Place(said.position, answer.sent_at, answer.answered_at))
    return places
