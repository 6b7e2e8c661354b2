"""Everything fails in turn while people go on: nothing is lost, nothing doubled, and everybody was told."""

from tests.chaos.conftest import SEED
from tests.chaos.reading import LISTENS
from tests.chaos.run import Plan, run
from tests.chaos.schedule import SERVICES, WORKER, every_process_in_turn, targets
from tests.chaos.world import World

ROLLED = tuple(name + role for name in SERVICES for role in ("", WORKER))


async def test_a_rolling_restart_under_load_refuses_nothing_that_a_second_try_does_not_get(
    world: World,
) -> None:
    plan = Plan(SEED, stories=600, rate=6.0, schedule=[], rolling=ROLLED)

    result = await run(plan, world)

    assert not result.wrong, str(result)


async def test_while_every_process_fails_once_the_books_of_all_services_balance(
    world: World,
) -> None:
    schedule = every_process_in_turn(SEED, targets(LISTENS, broker_nodes=1), every_s=1.3)

    result = await run(Plan(SEED, stories=220, rate=6.0, schedule=schedule), world)

    assert not result.wrong, str(result)
