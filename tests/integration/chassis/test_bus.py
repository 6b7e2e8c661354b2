"""Facts on the bus: delivered at least once, effective once, in order, and never stuck."""

import asyncio
from uuid import UUID, uuid4

import aio_pika
import pytest

from chassis.bus import dead_letters
from chassis.bus.setting_aside import RETRY_HEADER
from chassis.bus.topology import FACTS_EXCHANGE, STREAM
from chassis.outbox import outbox_rows, tell
from chassis.waking import wake_relay
from chassis.worker import Worker
from contracts.message import ALONE, TOGETHER, join, split
from contracts.notification import MailFailed, MailSent
from tests.support.running import Running, eventually

MAIL = UUID(int=1)


def failed(why: str, mail_id: UUID = MAIL) -> MailFailed:
    return MailFailed(
        mail_id=mail_id, purpose="reminder", regarding=UUID(int=2), revision=1, why=why, attempts=1
    )


def mail_sent(revision: int, service: Running) -> MailSent:
    return MailSent(
        mail_id=MAIL,
        purpose="reminder",
        regarding=UUID(int=2),
        revision=revision,
        sent_at=service.clock.now(),
    )


async def effects(service: Running) -> list[str]:
    return [row["what"] for row in await service.fetch("SELECT what FROM effect ORDER BY position")]


async def dead(service: Running, count: int) -> list[dead_letters.DeadLetter]:
    return await eventually(
        lambda: dead_letters.list_dead_letters(service.channel, "trial"),
        lambda letters: len(letters) == count,
    )


async def test_what_is_told_in_a_transaction_is_delivered_when_it_commits(trial: Running) -> None:
    async with trial.parts.db.transaction() as tx:
        await tell(tx, failed("told"), now=trial.clock.now())

    await eventually(lambda: effects(trial), lambda seen: sorted(seen) == ["batch told", "told"])
    await eventually(lambda: trial.fetchval("SELECT count(*) FROM outbox"), lambda left: left == 0)


async def test_what_is_told_in_a_transaction_that_fails_was_never_told(trial: Running) -> None:
    async def tell_and_fail() -> None:
        async with trial.parts.db.transaction() as tx:
            await tell(tx, failed("never"), now=trial.clock.now())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await tell_and_fail()

    assert await trial.fetchval("SELECT count(*) FROM outbox") == 0


async def test_a_redelivered_fact_has_one_effect_in_each_consumer(trial: Running) -> None:
    event_id = uuid4()

    await trial.deliver(failed("once"), event_id=event_id)
    await trial.deliver(failed("once"), event_id=event_id)
    await trial.deliver(failed("after"))
    await eventually(lambda: effects(trial), lambda seen: {"after", "batch after"} <= set(seen))

    seen = await effects(trial)
    assert (seen.count("once"), seen.count("batch once")) == (1, 1)


async def test_a_batch_keeps_the_order_of_an_aggregate(trial: Running) -> None:
    async with trial.parts.db.transaction() as tx:
        await tell(tx, *(mail_sent(number, trial) for number in range(300)), now=trial.clock.now())

    seen = await eventually(lambda: effects(trial), lambda seen: len(seen) == 300)

    assert seen == [f"batch {number}" for number in range(300)]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"not json", "not a valid fact"),
        (b"\xff\xfe", "not a valid fact"),
        (b'{"type":"enrolment.requested.v1"}', "does not listen to 'enrolment.requested.v1'"),
        (b'{"type":"notification.mail_failed.v2"}', "missing required field"),
        (b"[]", "not a valid fact"),
        (b'[{"id":"1"},', "not a valid fact"),
        (b'{"type":"' + b"x" * 1_000_001 + b'"}', "at most 1000000 are read"),
    ],
)
@pytest.mark.parametrize("queue", ["trial.note_one", "trial.note_many"])
async def test_a_message_that_nobody_can_read_is_buried_with_its_reason(
    trial: Running, queue: str, body: bytes, reason: str
) -> None:
    await trial.deliver_raw(queue, body)
    await trial.deliver(failed("sound"))

    (letter,) = await dead(trial, 1)
    assert (letter.queue, reason in letter.reason) == (queue, True), letter.reason
    await eventually(lambda: effects(trial), lambda seen: sorted(seen) == ["batch sound", "sound"])


async def test_a_burst_travels_in_few_messages_and_arrives_in_order(trial: Running) -> None:
    ear = await trial.channel.declare_queue(exclusive=True)
    await ear.bind(FACTS_EXCHANGE, "notification.#")
    told = [
        failed(f"{mail} {turn}", UUID(int=mail)) if turn % 3 else mail_sent(turn, trial)
        for turn in range(12)
        for mail in range(25)
    ]
    async with trial.parts.db.transaction() as tx:
        await tell(tx, *told, now=trial.clock.now())

    seen = await eventually(
        lambda: effects(trial),
        lambda seen: sum(what.startswith("batch") for what in seen) == len(told),
    )

    for mail in range(25):
        turns = [int(what.split()[2]) for what in seen if what.startswith(f"batch {mail} ")]
        assert turns == sorted(turns)
    messages = []
    while (message := await ear.get(fail=False, no_ack=True)) is not None:
        messages.append(message)
    assert sum(len(split(message.body)) for message in messages) == len(told)
    assert len(messages) <= 20
    assert {message.content_type for message in messages} <= {ALONE, TOGETHER}


async def test_facts_that_are_too_large_together_travel_apart(trial: Running) -> None:
    whys = [f"{number} " + "long " * 20_000 for number in range(12)]
    async with trial.parts.db.transaction() as tx:
        told = (failed(why, UUID(int=number)) for number, why in enumerate(whys))
        await tell(tx, *told, now=trial.clock.now())

    await eventually(lambda: effects(trial), lambda seen: len(seen) == 2 * len(whys))

    assert await dead_letters.list_dead_letters(trial.channel, "trial") == []


@pytest.mark.parametrize("queue", ["trial.note_one", "trial.note_many"])
async def test_only_what_is_wrong_in_a_message_is_buried_and_put_off(
    trial: Running, queue: str
) -> None:
    trial.parts.trouble.refuse = {"bad", "batch bad"}
    good, bad, better = [(await one_body(trial, failed(why))) for why in ("good", "bad", "better")]

    await trial.deliver_raw(queue, join([good, b'{"id":"7"}', bad, b"1", better])[0])

    letters = await dead(trial, 2)
    assert "7" in {letter.event_id for letter in letters}
    assert {letter.facts for letter in letters} == {1}
    prefix = "" if queue == "trial.note_one" else "batch "
    await eventually(
        lambda: effects(trial), lambda seen: seen == [f"{prefix}good", f"{prefix}better"]
    )
    trial.parts.trouble.refuse = set()
    await eventually(lambda: effects(trial), lambda seen: seen[2:] == [f"{prefix}bad"])


async def test_a_fact_whose_handler_fails_is_put_off_and_holds_nobody_up(trial: Running) -> None:
    trial.parts.trouble.refuse = {"bad", "batch bad"}

    await trial.deliver(failed("good"), failed("bad"), failed("better"))

    await eventually(
        lambda: effects(trial),
        lambda seen: {"good", "better", "batch good", "batch better"} == set(seen),
    )
    trial.parts.trouble.refuse = set()
    seen = await eventually(lambda: effects(trial), lambda seen: len(seen) == 6)
    assert sorted(seen) == ["bad", "batch bad", "batch better", "batch good", "better", "good"]


async def test_a_fact_that_fails_for_good_is_buried_and_can_be_sent_again(trial: Running) -> None:
    trial.parts.trouble.refuse = {"poison"}
    body = await one_body(trial, failed("poison"))
    # As after its last rung: the ladder itself takes more than a minute.
    await trial.channel.default_exchange.publish(_last_rung(body), "trial.note_one")
    (letter,) = await dead(trial, 1)
    assert letter.reason == "ZeroDivisionError: poison"
    assert await effects(trial) == []

    trial.parts.trouble.refuse = set()
    assert await dead_letters.replay(trial.channel, "trial") == 1

    await eventually(lambda: effects(trial), lambda seen: seen == ["poison"])
    assert await dead_letters.list_dead_letters(trial.channel, "trial") == []


async def test_one_dead_letter_can_be_thrown_away(trial: Running) -> None:
    await trial.deliver_raw("trial.note_one", b"first")
    await trial.deliver_raw("trial.note_one", b"second")
    first, second = await dead(trial, 2)

    assert await dead_letters.discard(trial.channel, "trial", first.event_id) == 1

    assert await dead(trial, 1) == [second]


async def one_body(service: Running, fact: MailFailed) -> bytes:
    return outbox_rows([fact], now=service.clock.now()).bodies[0]


def _last_rung(body: bytes) -> aio_pika.Message:
    return aio_pika.Message(body, message_id=str(uuid4()), headers={RETRY_HEADER: 3})


async def test_a_fact_that_no_queue_takes_is_parked_and_stops_nobody(idle_trial: Running) -> None:
    service = idle_trial
    stream = await service.channel.get_queue(STREAM)
    await stream.unbind("portal.facts", MailSent.topic)
    async with service.parts.db.transaction() as tx:
        await tell(tx, mail_sent(1, service), failed("routed"), now=service.clock.now())
    await (await service.channel.get_queue("trial.note_many")).unbind(
        "portal.facts", MailSent.topic
    )

    stop = asyncio.Event()
    worker = Worker(service.service, service.parts)
    relaying = asyncio.create_task(worker.relay.run(stop))
    try:
        parked = await eventually(
            lambda: service.fetchval("SELECT parked_why FROM outbox WHERE parked_at IS NOT NULL")
        )
        assert parked == "no queue is bound to notification.mail_sent.v2"
        await eventually(
            lambda: service.fetchval("SELECT count(*) FROM outbox WHERE parked_at IS NULL"),
            lambda left: left == 0,
        )
    finally:
        stop.set()
        await relaying
        await stream.bind("portal.facts", MailSent.topic)


async def test_stopping_a_worker_costs_no_message_a_delivery(idle_trial: Running) -> None:
    """FastStream alone drops what arrives while it drains; each such message loses a delivery."""
    service = idle_trial
    service.parts.trouble.hold = asyncio.Event()
    stop = asyncio.Event()
    working = asyncio.create_task(Worker(service.service, service.parts).run(stop))
    await service.deliver(*(failed(str(number)) for number in range(60)))
    await eventually(lambda: _is(service.parts.trouble.handled > 0))

    stop.set()
    service.parts.trouble.hold.set()
    await working

    counts = []
    for name in ("trial.note_one", "trial.note_many"):
        queue = await service.channel.get_queue(name)
        while (message := await queue.get(fail=False)) is not None:
            counts.append(message.headers.get("x-delivery-count", 0))
            await message.ack()
    handled = await effects(service)
    assert len(counts) + len(handled) == 120
    assert len(set(handled)) == len(handled)
    assert set(counts) <= {0}


async def _is(holds: bool) -> bool:
    return holds


async def test_only_one_relay_leads_and_another_takes_over(idle_trial: Running) -> None:
    service = idle_trial
    first, second = (Worker(service.service, service.parts) for _ in range(2))
    stop_first, stop_second = asyncio.Event(), asyncio.Event()
    leading = asyncio.create_task(first.relay.run(stop_first))
    await eventually(lambda: _is(first.relay.leads))
    standing_by = asyncio.create_task(second.relay.run(stop_second))
    waking = asyncio.create_task(wake_relay(service.parts.db, stop_second))
    try:
        assert not second.relay.leads
        stop_first.set()
        await leading
        async with service.parts.db.transaction() as tx:
            await tell(tx, failed("after"), now=service.clock.now())
        await eventually(lambda: _is(second.relay.leads))
        await eventually(
            lambda: service.fetchval("SELECT count(*) FROM outbox"), lambda left: left == 0
        )
    finally:
        stop_second.set()
        waking.cancel()
        await standing_by
