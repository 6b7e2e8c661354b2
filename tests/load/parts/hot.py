"""hot: at 13:00 everybody wants a place in one offering. Then 20,000 at once, for 5,000 places."""

from collections.abc import Sequence
from itertools import cycle
from time import perf_counter

from contracts.catalogue import OfferingPublished
from tests.load.bench import Bench
from tests.load.client import closing
from tests.load.lab import Lab, enrolment_requests
from tests.load.limits import bare_edge, decided_without_http
from tests.load.loops import Tally, as_fast_as_answered, at_a_rate
from tests.load.offerings import open_offering
from tests.load.parts.stampede import stampede
from tests.load.run import Points
from tests.load.warming import CONNECTIONS, MOST_PER_S, PEOPLE_TO_WARM_UP, WARM_UP_S, warm_up

SATURATION_S = 8.0
_RATES = (250, 500, 750, 1000, 1250, 1500, 1750, 2000)
_CALM_RATE = 500
_AT_A_RATE_S = 4.0
_TOO_SLOW_MS = 500.0
"""Half of the people wait longer than this: more come than can be served, and more need not be tried."""
_LIMIT_S = 6.0
_STRANGERS = 1000
"""People at the bare edge, again and again: it does not look at their tokens."""


async def hot(bench: Bench) -> None:
    """Saturation and its limits, stepped rates, the stampede; each on a system of its own."""
    async with bench.laboratory() as lab:
        await lab.invite(PEOPLE_TO_WARM_UP + int(MOST_PER_S * SATURATION_S))
        offering = open_offering()
        await lab.publish_offerings([offering])
        await _measure_limits(bench, lab, offering)
        bare, written = (
            bench.run.figure("hot.bare_edge_per_s"),
            bench.run.figure("hot.postgres_only_per_s"),
        )
        await warm_up(lab, [offering])
        accepted = await saturate(bench, lab, [offering], "hot", limit=bare)
        bench.found("hot.ratio_to_bare_edge", accepted / bare, "", limit=written / bare)
    async with bench.laboratory() as lab:
        await lab.invite(PEOPLE_TO_WARM_UP + int(sum(_RATES) * _AT_A_RATE_S))
        offering = open_offering()
        await lab.publish_offerings([offering])
        await warm_up(lab, [offering])
        await _measure_rates(bench, lab, offering)
    await stampede(bench)


async def _measure_limits(bench: Bench, lab: Lab, offering: OfferingPublished) -> None:
    requests = cycle(enrolment_requests(await lab.passers_by(_STRANGERS), [offering]))
    async with bare_edge(lab, CONNECTIONS) as fleet:
        await as_fast_as_answered(fleet, requests, WARM_UP_S)
        calm = await at_a_rate(fleet, requests, _CALM_RATE, _AT_A_RATE_S)
        tally = await as_fast_as_answered(fleet, requests, _LIMIT_S)
    bench.found("hot.bare_edge_p99_ms_at_500", calm.latency_ms(99), "ms")
    bench.found("hot.bare_edge_per_s", tally.accepted_per_s(_LIMIT_S), "/s")
    bench.found("hot.postgres_only_per_s", await decided_without_http(lab, _LIMIT_S), "/s")


async def _measure_rates(bench: Bench, lab: Lab, offering: OfferingPublished) -> None:
    """People come by themselves, more of them every few seconds, until it is more than the edge can take."""
    middle: Points = []
    slow: Points = []
    for rate in _RATES:
        people = lab.take(int(rate * _AT_A_RATE_S))
        requests = iter(enrolment_requests(people, [offering]))
        with closing(await lab.fleet("enrolment", CONNECTIONS)) as fleet:
            tally = await at_a_rate(fleet, requests, rate, _AT_A_RATE_S)
        limit = bench.run.figure("hot.bare_edge_p99_ms_at_500") if rate == _CALM_RATE else None
        bench.found(f"hot.p99_ms_at_{rate}", tally.latency_ms(99), "ms", limit=limit)
        bench.must_be_none("hot", tally.refused)
        middle.append((rate, tally.latency_ms(50)))
        slow.append((rate, tally.latency_ms(99)))
        if tally.latency_ms(50) > _TOO_SLOW_MS:
            break
    bench.drew("latency.half of the requests", middle)
    bench.drew("latency.99 in 100 requests", slow)


async def saturate(
    bench: Bench,
    lab: Lab,
    offerings: Sequence[OfferingPublished],
    part: str,
    *,
    seconds: float = SATURATION_S,
    limit: float | None = None,
) -> float:
    """Enrol as fast as the edge answers over 256 connections; returns accepted requests per second."""
    requests = enrolment_requests(lab.take(int(MOST_PER_S * seconds)), offerings)
    with closing(await lab.fleet("enrolment", CONNECTIONS)) as fleet:
        before = lab.cpu_seconds()
        tally = await as_fast_as_answered(fleet, iter(requests), seconds)
        used = lab.cpu_seconds()
    accepted = tally.accepted_per_s(seconds)
    bench.found(f"{part}.accepted_per_s", accepted, "/s", limit=limit)
    bench.found(f"{part}.p99_ms_saturated", tally.latency_ms(99), "ms")
    bench.must_be_none(part, tally.refused)
    bench.found_cpu(part, tally.accepted, before, used)
    left, stopped_at = await lab.outbox_rows("enrolment"), perf_counter()
    await lab.until_facts_arrived()
    bench.found(f"{part}.outbox_left", left, "facts")
    bench.found(f"{part}.facts_arrived_after_s", perf_counter() - stopped_at, "s")
    await _require_kept(lab, tally, offerings)
    return accepted


async def _require_kept(lab: Lab, tally: Tally, offerings: Sequence[OfferingPublished]) -> None:
    """Whatever was accepted is there.

    Raises:
        AssertionError: it is not.
    """
    async with lab.connected("enrolment") as database:
        kept = await database.fetchval(
            "SELECT count(*) FROM enrolment WHERE offering_id = ANY($1::uuid[])",
            [offering.offering_id for offering in offerings],
        )
    if kept < tally.accepted:
        raise AssertionError(f"{tally.accepted} were accepted, {kept} are kept.")
