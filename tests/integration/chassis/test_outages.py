"""PostgreSQL or RabbitMQ go away and come back: nothing accepted is lost, nobody restarts anything."""

from uuid import uuid4

from chassis.outbox import tell
from tests.integration.chassis.conftest import TRIAL
from tests.integration.chassis.test_bus import effects, failed
from tests.support.faults import line_to
from tests.support.running import Running, eventually, running
from tests.support.servers import Templates


async def test_while_the_broker_is_away_the_edge_accepts_and_tells_later(
    templates: Templates, amqp_url: str
) -> None:
    async with (
        line_to(amqp_url) as (fragile_url, line),
        running(
            TRIAL, templates=templates, amqp_url=amqp_url, service_amqp_url=fragile_url
        ) as trial,
    ):
        await line.cut()
        await eventually(trial.worker.listens, lambda listens: not listens)

        accepted = await trial.post("/v1/notes", {"what": "accepted"}, uuid4())
        async with trial.parts.db.transaction() as tx:
            await tell(tx, failed("told meanwhile"), now=trial.clock.now())
        assert accepted.status_code == 201
        assert await trial.fetchval("SELECT count(*) FROM outbox") == 1

        await line.mend()
        await eventually(
            lambda: effects(trial),
            lambda seen: {"told meanwhile", "batch told meanwhile"} <= set(seen),
        )


async def test_while_the_database_is_away_the_edge_says_when_to_come_back_and_facts_wait(
    templates: Templates, amqp_url: str
) -> None:
    async with (
        templates.database(TRIAL.name, TRIAL.migrations) as url,
        line_to(url) as (fragile_url, line),
        running(
            TRIAL, templates=templates, amqp_url=amqp_url, service_database_url=fragile_url
        ) as trial,
    ):
        await line.cut()

        refused = await trial.post("/v1/notes", {"what": "refused"}, uuid4())
        await trial.deliver(failed("waits"))

        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "5"
        assert refused.json()["type"].endswith("/problems/unavailable")
        await line.mend()
        await eventually(
            lambda: effects(trial), lambda seen: sorted(seen) == ["batch waits", "waits"]
        )
        again = await trial.post("/v1/notes", {"what": "now"}, uuid4())
        assert again.status_code == 201


async def test_the_server_notices_within_half_a_minute_that_a_machine_has_vanished(
    trial: Running,
) -> None:
    """Else what it had locked, and the relay's lead, stay locked for two hours (TCP's default)."""
    shown = await trial.fetch(
        """
        SELECT name, setting FROM pg_settings
        WHERE name IN ('tcp_keepalives_idle', 'tcp_keepalives_interval', 'tcp_keepalives_count')
        """
    )

    found = {row["name"].removeprefix("tcp_keepalives_"): int(row["setting"]) for row in shown}
    assert found["idle"] + found["interval"] * found["count"] <= 30
