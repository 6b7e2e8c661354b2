"""Importing a catalogue file, as operators do."""

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from chassis.service import UsageError
from contracts.catalogue import OfferingPublished, OfferingRescheduled, ProgrammeDescribed
from services.catalogue.domain.names import session_id_of
from tests.integration.catalogue.samples import (
    BASICS,
    DEMO,
    OFFICE,
    PYTHON,
    PYTHON_ID,
    WRITING,
    WRITING_ID,
    import_text,
    plan,
    waiting,
)
from tests.support.running import Running

LINGUISTICS = """
[[programme]]
code = "BA-LING"
kind = "bachelor"
name = { nl = "Taalwetenschap", en = "Linguistics" }
contact = "one@portal.test"
"""


async def test_the_demonstration_catalogue_imports_cleanly_and_twice_is_once(
    catalogue: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = DEMO.read_text(encoding="utf-8")

    await import_text(catalogue, text, tmp_path)
    first = capsys.readouterr().out
    await import_text(catalogue, text, tmp_path)

    assert first.endswith(
        "changed 5 policies, 2 terms, 32 courses, 40 offerings published, 36 programmes, "
        "81 class lists revised.\n"
    )
    assert capsys.readouterr().out.endswith("says nothing new.\n")
    await catalogue.told.wait_for(OfferingPublished, 40)
    assert {each.version for each in catalogue.told.of(OfferingPublished)} == {1}
    assert await catalogue.fetchval("SELECT max(version) FROM offering") == 1


async def test_who_answers_questions_about_a_programme_is_told_in_versions(
    catalogue: Running, tmp_path: Path
) -> None:
    text = BASICS + LINGUISTICS
    await import_text(catalogue, text, tmp_path)
    first = await catalogue.told.wait_for(ProgrammeDescribed)

    await import_text(catalogue, text.replace("one@", "two@"), tmp_path)
    second = await catalogue.told.wait_for(ProgrammeDescribed, 2)

    assert (first.code, first.version, first.contact) == ("BA-LING", 1, "one@portal.test")
    assert (second.code, second.version, second.contact) == ("BA-LING", 2, "two@portal.test")
    assert first.programme_id == second.programme_id
    assert first.title.nl == "Taalwetenschap"


async def test_what_is_imported_is_told_whole(catalogue: Running, tmp_path: Path) -> None:
    await import_text(catalogue, BASICS + WRITING, tmp_path)

    fact = await catalogue.told.wait_for(OfferingPublished)

    assert fact.offering_id == WRITING_ID
    assert fact.title.nl == "Academisch schrijven in het Engels"
    assert fact.starts_at == datetime(2027, 4, 13, 16, 30, tzinfo=UTC)
    assert [each.online_url for each in fact.sessions] == [None, "https://meet.test/secret"]
    assert [(each.affiliation, each.fee_minor) for each in fact.prices] == [
        (None, 42000),
        ("student", 19500),
    ]
    assert (fact.policy.version, fact.policy.steps[0].kept.percent) == (1, 50)


async def test_changed_entries_are_told_in_their_next_version_and_no_others(
    catalogue: Running, tmp_path: Path
) -> None:
    text = BASICS + WRITING + PYTHON
    await import_text(catalogue, text, tmp_path)
    moved = text.replace("2027-04-20T18:30:00", "2027-04-21T18:30:00").replace(
        "2027-04-20T20:30:00", "2027-04-21T20:30:00"
    )

    await import_text(catalogue, moved.replace("capacity = 2\n", "capacity = 3\n"), tmp_path)

    rescheduled = await catalogue.told.wait_for(OfferingRescheduled)
    assert (rescheduled.offering_id, rescheduled.version) == (WRITING_ID, 2)
    assert rescheduled.moved_session_ids == (session_id_of(WRITING_ID, "2"),)
    grown = await catalogue.told.wait_for(OfferingPublished, 3)
    assert (grown.offering_id, grown.version, grown.capacity) == (PYTHON_ID, 2, 3)


async def test_three_bad_rows_are_all_named_and_nothing_is_imported(
    catalogue: Running, tmp_path: Path
) -> None:
    half = PYTHON.replace("capacity = 2\n", "")
    unsound = WRITING.replace("minimum = 4", "minimum = 40")
    lost = WRITING.replace('"4218"', '"4219"').replace("LC-EN-AW-C1", "LC-FR")

    with pytest.raises(UsageError) as refused:
        await import_text(catalogue, BASICS + unsound + half + lost, tmp_path)

    said = str(refused.value).splitlines()
    assert said[0].endswith("catalogue.toml: nothing was imported, 3 to correct:")
    assert said[1:] == [
        (
            "  line 39, offering[1].minimum: The minimum is more than there are places. "
            "Lower it, or raise `capacity`."
        ),
        "  line 61, offering[2]: Add `capacity`.",
        (
            "  line 76, offering[3].course: There is no such thing. "
            "Add it with [[course]], or correct the spelling."
        ),
    ]
    assert await catalogue.fetchval("SELECT count(*) FROM course") == 0
    assert await catalogue.fetchval("SELECT count(*) FROM outbox") == 0


async def test_who_refers_to_a_bad_entry_is_not_wrong_as_well(
    catalogue: Running, tmp_path: Path
) -> None:
    text = BASICS.replace('level = "C1"', 'level = "C9"').replace("percent = 50", "percent = 150")

    with pytest.raises(UsageError) as refused:
        await import_text(catalogue, text + WRITING, tmp_path)

    assert [line.split(":")[0] for line in str(refused.value).splitlines()[1:]] == [
        "  line 10, policy[1].steps[1].kept.percent",
        "  line 22, course[1].level",
    ]


async def test_a_dry_run_says_what_would_change_and_changes_nothing(
    catalogue: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await import_text(catalogue, BASICS + WRITING, tmp_path, dry_run=True)

    assert capsys.readouterr().out.endswith(
        "would change 1 policies, 1 terms, 2 courses, 1 offerings published; nothing was.\n"
    )
    assert await catalogue.fetchval("SELECT count(*) FROM offering") == 0


async def test_published_words_do_not_change_under_their_version(
    catalogue: Running, tmp_path: Path
) -> None:
    await import_text(catalogue, BASICS + WRITING, tmp_path)
    reworded = (BASICS + WRITING).replace("Half of it back.", "Nothing back.")

    with pytest.raises(UsageError, match=r"policy\[1\]\.version: Version 1 was published"):
        await import_text(catalogue, reworded, tmp_path)


async def test_a_new_version_of_a_policy_republishes_the_offerings_that_name_it(
    catalogue: Running, tmp_path: Path
) -> None:
    await import_text(catalogue, BASICS + WRITING, tmp_path)
    reworded = BASICS.replace("Half of it back.", "Nothing back.").replace(
        'key = "standard"\nversion = 1', 'key = "standard"\nversion = 2'
    )

    await import_text(catalogue, reworded + WRITING, tmp_path)

    fact = await catalogue.told.wait_for(OfferingPublished, 2)
    assert (fact.version, fact.policy.version, fact.policy.text.en) == (2, 2, "Nothing back.")
    first = await catalogue.get(f"/v1/policies/{fact.policy.policy_id}/versions/1")
    assert first.json()["text"] == "Half of it back."


async def test_another_title_reaches_offerings_that_the_file_does_not_name(
    catalogue: Running, tmp_path: Path
) -> None:
    await import_text(catalogue, BASICS, tmp_path)
    await catalogue.post("/v1/offerings", plan(), OFFICE, "office")
    await catalogue.told.wait_for(OfferingPublished)

    await import_text(catalogue, BASICS.replace("with Python", "with R"), tmp_path)

    fact = await catalogue.told.wait_for(OfferingPublished, 2)
    assert (fact.class_number, fact.version) == ("4400", 2)
    assert fact.title.en == "Data visualisation with R"


async def test_an_offering_that_the_office_published_is_the_same_in_a_file(
    catalogue: Running, tmp_path: Path
) -> None:
    await import_text(catalogue, BASICS, tmp_path)
    made = await catalogue.post("/v1/offerings", plan(class_number="4322"), OFFICE, "office")

    await import_text(catalogue, BASICS + PYTHON, tmp_path)

    fact = await catalogue.told.wait_for(OfferingRescheduled)
    assert str(fact.offering_id) == made.json()["offering_id"]
    assert fact.version == 2


async def test_what_the_office_cancelled_must_leave_the_file_before_it_changes(
    catalogue: Running, tmp_path: Path
) -> None:
    await import_text(catalogue, BASICS + PYTHON, tmp_path)
    reason = {"reason": {"nl": "Ziek.", "en": "Ill."}}
    await catalogue.post(f"/v1/offerings/{PYTHON_ID}/cancellation", reason, OFFICE, "office")

    await import_text(catalogue, BASICS + PYTHON, tmp_path)
    with pytest.raises(UsageError, match="This offering has been cancelled"):
        await import_text(catalogue, BASICS + PYTHON.replace("= 2\n", "= 3\n"), tmp_path)


async def test_two_imports_at_once_are_one_after_the_other(
    catalogue: Running, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    async with catalogue.parts.db.transaction() as tx:
        await tx.execute("SELECT pg_advisory_xact_lock(hashtext('catalogue.import'))")
        first = asyncio.create_task(import_text(catalogue, BASICS + WRITING, tmp_path))
        second = asyncio.create_task(import_text(catalogue, BASICS + WRITING, tmp_path / "other"))
        await waiting(catalogue, 2)

    await asyncio.gather(first, second)

    await catalogue.told.wait_for(OfferingPublished)
    assert await catalogue.fetchval("SELECT version FROM offering") == 1


async def test_the_process_leaves_with_2_and_says_why_on_standard_error(
    catalogue: Running, tmp_path: Path
) -> None:
    (tmp_path / "bad.toml").write_text('[[subject]]\ncode = "languages"\n', encoding="utf-8")
    settings = catalogue.parts.settings
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.catalogue", "import", str(tmp_path / "bad.toml"),
        env={
            **os.environ,
            "DATABASE_URL": settings.database_url,
            "AMQP_URL": settings.amqp_url,
            "ISSUER_URL": settings.issuer_url,
            "JWKS_URL": settings.jwks_url,
            "HTTP_PORT": "1",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip

    said, complained = await process.communicate()

    assert process.returncode == 2
    assert said == b""
    assert complained.decode().splitlines() == [
        f"{tmp_path / 'bad.toml'}: nothing was imported, 1 to correct:",
        "  line 1, subject[1]: Add `name`.",
    ]


async def test_sessions_keep_their_hour_when_the_clocks_change(
    catalogue: Running, tmp_path: Path
) -> None:
    await import_text(catalogue, DEMO.read_text(encoding="utf-8"), tmp_path)
    await catalogue.told.wait_for(OfferingPublished, 40)
    facts = {each.class_number: each for each in catalogue.told.of(OfferingPublished)}

    starts = [session.starts_at for session in facts["4341"].sessions]

    assert [f"{each:%d-%m %H:%M}" for each in starts] == [
        "04-03 12:30",
        "18-03 12:30",
        "01-04 11:30",
        "15-04 11:30",
    ]
    amsterdam = ZoneInfo("Europe/Amsterdam")
    assert {f"{each.astimezone(amsterdam):%H:%M}" for each in starts} == {"13:30"}
