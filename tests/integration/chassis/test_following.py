"""One thread through everything: the id of a request, its trace, and what can be heard again."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis import telemetry
from chassis.bus.replaying import replay_stream
from chassis.outbox import tell
from chassis.telemetry import correlated
from contracts.enrolment import EnrolmentConfirmed
from tests.integration.chassis.test_bus import effects, failed
from tests.integration.enrolment.conftest import enrolment
from tests.integration.enrolment.test_paying import payment
from tests.support.enrolling import Enrolment, wish
from tests.support.running import Running, eventually

__all__ = ["enrolment"]


async def test_the_id_of_a_request_goes_along_with_its_facts(enrolment: Enrolment) -> None:
    published = await enrolment.publish()

    answer = await enrolment.post(
        "/v1/enrolments", wish(published), uuid4(), headers={"X-Correlation-Id": "request-42"}
    )

    assert answer.headers["x-correlation-id"] == "request-42"
    await eventually(
        lambda: _correlations(enrolment, answer.json()["enrolment_id"]),
        lambda seen: seen == {"request-42"},
    )


async def test_facts_that_were_handled_together_keep_their_own_ids(enrolment: Enrolment) -> None:
    published = await enrolment.publish()
    people = {f"payment-{number}": uuid4() for number in range(5)}
    held = {name: await enrolment.request(published, person) for name, person in people.items()}

    async with enrolment.parts.db.transaction() as tx:
        for name, person in people.items():
            with correlated(name):
                await tell(
                    tx,
                    payment(held[name], person, enrolment.clock.now()),
                    now=enrolment.clock.now(),
                )
    await enrolment.told.wait_for(EnrolmentConfirmed, 5)

    for envelope in enrolment.told.envelopes:
        if isinstance(envelope.body, EnrolmentConfirmed):
            assert people[envelope.correlation_id] == envelope.body.learner_id


async def _correlations(enrolment: Enrolment, about: str) -> set[str]:
    return {
        envelope.correlation_id
        for envelope in enrolment.told.envelopes
        if envelope.subject == str(UUID(about))
    }


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "tracer", provider.get_tracer("tests"))
    monkeypatch.setattr(telemetry, "_recording", True)
    return exporter


async def test_one_trace_goes_from_the_request_through_the_broker_to_the_effect(
    enrolment: Enrolment, spans: InMemorySpanExporter
) -> None:
    published = await enrolment.publish()
    ada = uuid4()
    held = await enrolment.request(published, ada)
    given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    await enrolment.get("/v1/enrolments", ada, headers={"traceparent": given})
    with telemetry.span("payment", traceparent=given, kind=trace.SpanKind.SERVER):
        async with enrolment.parts.db.transaction() as tx:
            received = payment(held, ada, enrolment.clock.now())
            await tell(tx, received, now=enrolment.clock.now())
    await enrolment.told.wait_for(EnrolmentConfirmed)

    async def names() -> set[str]:
        return {
            span.name
            for span in spans.get_finished_spans()
            if span.context
            and f"{span.context.trace_id:032x}" == "4bf92f3577b34da6a3ce929d0e0e4736"
        }

    await eventually(
        names,
        lambda seen: {"GET /v1/enrolments", "payment", "enrolment.confirm_enrolments"} <= seen,
    )


async def test_a_rebuilt_service_hears_the_kept_facts_again_and_a_known_fact_has_no_second_effect(
    trial: Running,
) -> None:
    told = {f"kept {uuid4()}" for _ in range(3)}
    heard = told | {f"batch {what}" for what in told}
    async with trial.parts.db.transaction() as tx:
        await tell(tx, *(failed(what) for what in told), now=trial.clock.now())
    await eventually(lambda: effects(trial), lambda seen: heard <= set(seen))

    assert await replay_stream(trial.channel, trial.service.consumers, timedelta(days=1)) >= 6
    async with trial.parts.db.transaction() as tx:
        await tx.execute("DELETE FROM inbox WHERE consumer = 'trial.note_one'")
        await tx.execute("DELETE FROM effect")
    await replay_stream(trial.channel, trial.service.consumers, timedelta(days=1))

    await eventually(lambda: effects(trial), lambda seen: told <= set(seen))
    assert not (heard - told) & set(await effects(trial))
