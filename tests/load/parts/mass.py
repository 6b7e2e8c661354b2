"""mass: 20,000 reminders due at once, 1,000 certificates."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from time import perf_counter

import msgspec

from tests.load.bench import Bench
from tests.load.client import closing, request_bytes
from tests.load.lab import Lab, until
from tests.load.loops import ACCEPTED
from tests.load.offerings import open_offering
from tests.load.people import ID_IN_SQL

REMINDERS = 20_000
CERTIFICATES = 1_000
_SENDER = "notification-worker"
_PRINTER = "records-worker"
_LOOK_EVERY_S = 0.25
_WARM_UP = 100
_REMIND = f"""
    WITH enrolled AS (
        INSERT INTO enrolment (enrolment_id, version, learner_id, offering_id, state, confirmed_at)
        SELECT gen_random_uuid(), 1, {ID_IN_SQL}, $2, 'confirmed', now() - interval '30 days'
        FROM generate_series(0, $1::integer - 1) AS number
        RETURNING enrolment_id, learner_id
    )
    INSERT INTO mail (
        mail_id, account_id, purpose, regarding, revision, can_wait, enrolment_id, planned_at, state, due_at
    )
    SELECT gen_random_uuid(), learner_id, 'reminder', enrolment_id, 1, true, enrolment_id,
           now() - interval '30 days', 'planned', now()
    FROM enrolled
    """  # noqa: S608 - of constants of ours.
"""What EnrolmentConfirmed leaves behind of people who enrolled a month ago; the reminders are due now."""
_TAKE_PART = f"""
    INSERT INTO dossier (enrolment_id, version, learner_id, offering_id, state, since)
    SELECT gen_random_uuid(), 1, {ID_IN_SQL}, $2, 'open', now() - interval '30 days'
    FROM generate_series(0, $1::integer - 1) AS number
    RETURNING enrolment_id
    """  # noqa: S608 - of constants of ours.
_TO_PRINT = "SELECT count(*) FROM document WHERE state = 'planned'"
"""There is an index for it: the question must not grow with what was printed in ten years."""


async def mass(bench: Bench) -> None:
    """On a system that was started for it."""
    async with bench.laboratory() as lab:
        await lab.invite(REMINDERS)
        await _remind(bench, lab)
        await _certify(bench, lab)


async def send_reminders(lab: Lab, people: int) -> float:
    """Let reminders become due in one commit, and wait until the sink has them; mails per second."""
    offering = open_offering(starts_in=timedelta(days=5))
    await lab.publish_offerings([offering])
    mails = lab.outside.mails
    expected = mails.mails + people

    async def all_handed_over() -> bool:
        return mails.mails >= expected

    async with lab.connected("notification") as database:
        await database.execute(_REMIND, people, offering.offering_id)
    began = perf_counter()
    await until(all_handed_over)
    return people / (perf_counter() - began)


async def print_certificates(lab: Lab, people: int) -> float:
    """Record over HTTP that people passed, and wait until they have their certificates; per second."""
    offering = open_offering(starts_in=timedelta(days=-60))
    await lab.publish_offerings([offering])
    async with lab.connected("records") as database:
        dossiers = await database.fetch(_TAKE_PART, people, offering.offering_id)
        results = [
            {"enrolment_id": str(dossier["enrolment_id"]), "outcome": "passed"}
            for dossier in dossiers
        ]
        request = request_bytes(
            "PUT",
            f"/v1/offerings/{offering.offering_id}/results",
            {"Authorization": f"Bearer {lab.crowd.colleague('office').token}"},
            msgspec.json.encode({"results": results}),
        )
        began = perf_counter()
        with closing(await lab.fleet("records", 1)) as fleet:
            answer = await fleet.call(request)
        if answer.status not in ACCEPTED:
            raise AssertionError(f"Answered {answer.status}: {answer.body.decode()}")

        async def all_issued() -> bool:
            return bool(await database.fetchval(_TO_PRINT) == 0)

        await until(all_issued)
        return people / (perf_counter() - began)


async def _remind(bench: Bench, lab: Lab) -> None:
    await send_reminders(lab, _WARM_UP)
    before = lab.cpu_seconds()
    async with _watched(lab) as memory:
        per_s = await send_reminders(lab, REMINDERS)
    used = lab.cpu_seconds()
    limit = bench.most_per_s(REMINDERS, before, used)
    bench.found("mass.reminders_per_s", per_s, "/s", limit=limit)
    bench.found("mass.sender_mb_before", memory[0], "MB")
    bench.found("mass.sender_mb_at_most", max(memory), "MB", limit=memory[0])
    bench.found("mass.sender_mb_after", memory[-1], "MB", limit=memory[0])
    bench.found_cpu("mass.reminder", REMINDERS, before, used)


async def _certify(bench: Bench, lab: Lab) -> None:
    await print_certificates(lab, _WARM_UP)
    before = lab.cpu_seconds()
    per_s = await print_certificates(lab, CERTIFICATES)
    used = lab.cpu_seconds()
    per_core = CERTIFICATES / (used[_PRINTER] - before[_PRINTER])
    bench.found("mass.certificates_per_s_per_core", per_core, "/s")
    bench.found("mass.certificates_per_s", per_s, "/s", limit=per_core)
    bench.found_cpu("mass.certificate", CERTIFICATES, before, used)


@asynccontextmanager
async def _watched(lab: Lab) -> AsyncIterator[list[float]]:
    """The memory of who sends, in MB, looked at again and again."""
    memory = [lab.memory_mb()[_SENDER]]

    async def look() -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            memory.append((await asyncio.to_thread(lab.memory_mb))[_SENDER])

    looking = asyncio.create_task(look())
    try:
        yield memory
    finally:
        looking.cancel()
