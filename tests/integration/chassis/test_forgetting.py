"""Dead letters that may name a person do not wait for good; all others do."""

from datetime import UTC, datetime, timedelta

import aio_pika
import msgspec

from chassis.bus import dead_letters
from chassis.bus.topology import dead_queue
from chassis.ids import new_id
from contracts.envelope import Envelope
from contracts.fact import Fact
from contracts.identity import AccountRegistered
from contracts.payment import PaymentReceived
from deploy.generate.schemas import example_of
from tests.support.running import Running, eventually


async def bury(trial: Running, fact: type[Fact], *, days_ago: float) -> str:
    """Let the broker bury a fact that was told so long ago."""
    told: Envelope[Fact] = example_of(fact)
    event_id = str(new_id())
    at = trial.clock.now() - timedelta(days=days_ago)
    body = msgspec.json.decode(msgspec.json.encode(told)) | {
        "id": event_id,
        "time": at.isoformat(),
    }
    message = aio_pika.Message(msgspec.json.encode(body), message_id=event_id, type=fact.topic)
    await trial.channel.default_exchange.publish(message, dead_queue("trial"))
    return event_id


async def left(trial: Running) -> list[str]:
    letters = await dead_letters.list_dead_letters(trial.channel, "trial")
    return [each.event_id for each in letters]


async def test_a_dead_letter_that_names_somebody_goes_after_thirty_days_and_money_never(
    idle_trial: Running,
) -> None:
    trial = idle_trial
    await bury(trial, AccountRegistered, days_ago=30)
    young = await bury(trial, AccountRegistered, days_ago=29.9)
    money = await bury(trial, PaymentReceived, days_ago=400)
    await eventually(lambda: left(trial), lambda found: len(found) == 3)

    forgotten = await dead_letters.forget_personal(trial.channel, "trial", now=trial.clock.now())

    assert forgotten == 1
    assert sorted(await left(trial)) == sorted([young, money])


async def test_what_nobody_can_read_goes_thirty_days_after_it_was_buried(trial: Running) -> None:
    trial.clock.set(datetime.now(UTC))  # The broker stamps letters by the real clock.
    await trial.deliver_raw("trial.note_one", b"{ not a fact of Noor de Vries")
    await eventually(lambda: left(trial), lambda found: len(found) == 1)

    trial.clock.move(days=29)
    assert await dead_letters.forget_personal(trial.channel, "trial", now=trial.clock.now()) == 0
    trial.clock.move(days=2)
    assert await dead_letters.forget_personal(trial.channel, "trial", now=trial.clock.now()) == 1
