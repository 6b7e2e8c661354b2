"""growth: hot, search and mass before and after ten years of use have filled the databases."""

from collections.abc import Awaitable, Callable
from itertools import cycle
from statistics import median
from time import perf_counter
from typing import NamedTuple

from contracts.catalogue import OfferingPublished
from tests.load.bench import Bench
from tests.load.client import closing, request_bytes
from tests.load.growth_seeds import seed_ten_years, seed_this_year
from tests.load.lab import Lab, enrolment_requests
from tests.load.loops import as_fast_as_answered
from tests.load.offerings import open_offering
from tests.load.parts.mass import print_certificates, send_reminders
from tests.load.warming import CONNECTIONS, MOST_PER_S

_TIMES = 3
"""Each figure is the middle one of so many: on a machine that others use, any one can be an accident."""
_HOT_S, _SEARCH_S = 2.0, 3.0
_READERS = 8
_REMINDERS, _CERTIFICATES = 2_000, 300
_SEARCHES = (
    "", "?words=academisch+schrijven", "?words=statistics", "?words=programming&level=C1",
    "?taught_in=en&free_places=true", "?words=histroy", "?max_price_minor=20000", "?words=recht&taught_in=nl",
    "?sort=price", "?words=B1234", "?activity=course&subject=languages", "?words=advanced+genetics&sort=start",
)  # fmt: skip
"""As people search the overview, one with a misspelling; nobody has logged in."""


class _Case(NamedTuple):
    """Something that is measured before and after."""

    name: str
    unit: str
    more_is_better: bool
    measure: Callable[[Lab], Awaitable[float]]


async def growth(bench: Bench) -> None:
    """On one system, whose processes are warm both times."""
    async with bench.laboratory() as lab:
        await lab.invite(int(MOST_PER_S * _HOT_S * (2 * _TIMES + 1)))
        offering = open_offering()
        await lab.publish_offerings([offering])
        await seed_this_year(lab)
        cases = _cases(offering)
        for case in cases:
            await case.measure(lab)  # Warms up.
        before = [await _middle(lab, case) for case in cases]
        began = perf_counter()
        await seed_ten_years(lab)
        bench.found("growth.seeded_in_s", perf_counter() - began, "s")
        after = [await _middle(lab, case) for case in cases]
    ratios = []
    for case, was, now in zip(cases, before, after, strict=True):
        ratios.append(now / was if case.more_is_better else was / now)
        bench.found(f"growth.{case.name}", now, case.unit, limit=was)
        bench.found(f"growth.{case.name}_ratio", ratios[-1], "")
    bench.found("growth.worst_ratio", min(ratios), "", limit=1)


def _cases(offering: OfferingPublished) -> tuple[_Case, ...]:
    async def enrol(lab: Lab) -> float:
        requests = iter(enrolment_requests(lab.take(int(MOST_PER_S * _HOT_S)), [offering]))
        with closing(await lab.fleet("enrolment", CONNECTIONS)) as fleet:
            tally = await as_fast_as_answered(fleet, requests, _HOT_S)
        await lab.until_facts_arrived()
        await lab.until_mails_are_out()
        return tally.accepted_per_s(_HOT_S)

    async def search_p95(lab: Lab) -> float:
        requests = cycle([request_bytes("GET", f"/v1/offerings{query}", {}) for query in _SEARCHES])
        with closing(await lab.fleet("catalogue", _READERS)) as fleet:
            tally = await as_fast_as_answered(fleet, requests, _SEARCH_S)
        return tally.latency_ms(95)

    return (
        _Case("hot_accepted_per_s", "/s", True, enrol),
        _Case("search_p95_ms", "ms", False, search_p95),
        _Case("reminders_per_s", "/s", True, lambda lab: send_reminders(lab, _REMINDERS)),
        _Case("certificates_per_s", "/s", True, lambda lab: print_certificates(lab, _CERTIFICATES)),
    )


async def _middle(lab: Lab, case: _Case) -> float:
    return median([await case.measure(lab) for _ in range(_TIMES)])
