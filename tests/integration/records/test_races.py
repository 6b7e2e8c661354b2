"""Two processes, one series of numbers; a correction while a document is in print. Staged, not hoped for."""

import asyncio
import contextlib
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.records import commands, jobs
from services.records.domain.documents import Draft
from services.records.domain.results import Recorder, Wanted
from tests.integration.records.steps import Records
from tests.support.examples import LECTURER
from tests.support.running import eventually

BY = Recorder(account_id=LECTURER, is_office=False)


async def take(records: Records, tx: Any, limit: int = 20) -> list[Draft]:
    """Take planned documents, as the job does."""
    now = records.clock.now()
    return await commands.take_drafts(
        tx,
        leased_until=now + timedelta(minutes=2),
        limit=limit,
        zone=records.parts.settings.institution_zone,
        now=now,
    )


async def somebody_waits_for_a_lock(records: Records) -> bool:
    return bool(
        await records.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
    )


class Dies(Exception):
    """The first process does not live to commit."""


async def planned(quiet_records: Records, count: int) -> list[UUID]:
    """People who have passed, while nobody prints."""
    people = [uuid4() for _ in range(count)]
    published = await quiet_records.ready(*people)
    for enrolment_id in published:
        await quiet_records.record(enrolment_id, grade="7")
    return published


@pytest.mark.parametrize("first_dies", [False, True])
async def test_numbers_have_no_gap_whoever_dies(quiet_records: Records, first_dies: bool) -> None:
    records = quiet_records
    await planned(records, 4)

    async def second() -> list[Draft]:
        async with records.parts.db.transaction() as tx:
            return await take(records, tx)

    # One worker has numbered two documents and has not committed; another comes for the rest.
    with contextlib.suppress(Dies):
        async with records.parts.db.transaction() as tx:
            of_first = [draft.number for draft in await take(records, tx, limit=2)]
            taking = asyncio.create_task(second())
            await eventually(lambda: somebody_waits_for_a_lock(records))
            if first_dies:
                of_first = []
                raise Dies
    of_second = [draft.number for draft in await taking]

    given = sorted(of_first + of_second)
    assert given == [f"D-2027-00000{serial}" for serial in range(1, len(given) + 1)]
    assert len(given) == (2 if first_dies else 4)
    assert await records.fetchval("SELECT last FROM document_series") == len(given)


async def test_what_a_dead_worker_left_is_printed_with_the_same_number(
    quiet_records: Records,
) -> None:
    records = quiet_records
    await planned(records, 1)
    async with records.parts.db.transaction() as tx:
        (left,) = await take(records, tx)  # And then the worker dies.

    at_once = await jobs.issue_documents(records.parts)
    records.clock.move(minutes=2)
    later = await jobs.issue_documents(records.parts)

    assert (at_once, later) == (0, 1)
    (row,) = await records.fetch("SELECT number, state FROM document")
    assert (row["number"], row["state"]) == (left.number, "issued")


async def test_a_correction_while_it_is_in_print_keeps_the_old_print_from_being_issued(
    quiet_records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = quiet_records
    (enrolment_id,) = await planned(records, 1)
    prints = jobs._print  # noqa: SLF001 - where the printing would take long.

    async def corrected_meanwhile(*arguments: Any) -> Any:
        made = await prints(*arguments)
        async with records.parts.db.transaction() as tx:
            wanted = Wanted(outcome="passed", grade="9", reason="Counted again.", corrects=1)
            await commands.correct_result(tx, enrolment_id, wanted, by=BY, now=records.clock.now())
        return made

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "_print", corrected_meanwhile)
        await jobs.issue_documents(records.parts)
    assert await records.fetchval("SELECT state FROM document") == "planned"
    assert await records.fetchval("SELECT count(*) FROM document_file") == 0

    await jobs.issue_documents(records.parts)

    (row,) = await records.fetch("SELECT state, number, printed ->> 'grade' AS grade FROM document")
    assert (row["state"], row["number"], row["grade"]) == ("issued", "D-2027-000001", "9.0")


async def test_a_pass_that_is_taken_away_while_it_is_in_print_is_never_issued(
    quiet_records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = quiet_records
    (enrolment_id,) = await planned(records, 1)
    prints = jobs._print  # noqa: SLF001 - as above.

    async def corrected_meanwhile(*arguments: Any) -> Any:
        made = await prints(*arguments)
        await records.correct(enrolment_id, 1, "failed")
        return made

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "_print", corrected_meanwhile)
        await jobs.issue_documents(records.parts)

    (row,) = await records.fetch("SELECT state, number, issued_at FROM document")
    assert (row["state"], row["number"], row["issued_at"]) == ("revoked", "D-2027-000001", None)
    assert await jobs.issue_documents(records.parts) == 0


async def test_two_who_correct_the_same_result_do_not_overwrite_each_other(
    quiet_records: Records,
) -> None:
    records = quiet_records
    (enrolment_id,) = await planned(records, 1)

    async with records.parts.db.transaction() as tx:
        wanted = Wanted(outcome="passed", grade="9", reason="Counted again.", corrects=1)
        await commands.correct_result(tx, enrolment_id, wanted, by=BY, now=records.clock.now())
        correcting = asyncio.create_task(records.correct(enrolment_id, 1, "failed"))
        await eventually(lambda: somebody_waits_for_a_lock(records))
    answer = await correcting

    assert answer.status_code == 412
    assert await records.fetchval("SELECT max(version) FROM result") == 2


async def test_the_database_itself_refuses_a_second_valid_document(quiet_records: Records) -> None:
    records = quiet_records
    await planned(records, 1)

    async with records.parts.db.reading() as connection:
        with pytest.raises(asyncpg.UniqueViolationError, match="one_valid_document_per_dossier"):
            await connection.execute(
                """
                INSERT INTO document (document_id, enrolment_id, kind, state, planned_at, code, draft)
                SELECT gen_random_uuid(), enrolment_id, kind, state, planned_at, 'X', 0 FROM document
                """
            )
