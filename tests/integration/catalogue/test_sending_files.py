"""A catalogue file over HTTP: what it would change is said first, then that very file is imported."""

from typing import Any

import httpx

from contracts.catalogue import OfferingPublished, OfferingRescheduled
from tests.integration.catalogue.samples import BASICS, OFFICE, PYTHON, WRITING, WRITING_ID
from tests.support.running import Running

FILES = "/v1/catalogue-files"
MOVED = WRITING.replace("2027-04-20T18:30:00", "2027-04-21T18:30:00").replace(
    "2027-04-20T20:30:00", "2027-04-21T20:30:00"
)


async def check(catalogue: Running, text: str, **options: Any) -> Any:
    answer = await catalogue.post(
        FILES, {"text": text, "name": "catalogue.toml"}, OFFICE, "office", **options
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


async def import_checked(catalogue: Running, file: Any) -> httpx.Response:
    return await catalogue.post(f"{FILES}/{file['file_id']}/import", None, OFFICE, "office")


def told(changes: Any) -> list[str]:
    return [f"{each['kind']} {each['name']} {each['change']}" for each in changes["entries"]]


def counts(changes: Any) -> tuple[int, int, int, int]:
    return changes["new"], changes["changed"], changes["moved"], changes["unchanged"]


async def test_a_file_is_looked_at_and_then_imported(catalogue: Running) -> None:
    file = await check(catalogue, BASICS + WRITING)

    assert (file["bad"], file["bad_total"]) == ([], 0)
    assert counts(file["changes"]) == (7, 0, 0, 0)
    assert told(file["changes"])[-1] == "offering 4218, 2026-2027 new"
    assert await catalogue.fetchval("SELECT count(*) FROM course") == 0

    imported = await import_checked(catalogue, file)

    assert imported.status_code == 201
    assert counts(imported.json()) == (7, 0, 0, 0)
    fact = await catalogue.told.wait_for(OfferingPublished)
    assert fact.offering_id == WRITING_ID


async def test_the_same_file_twice_changes_nothing(catalogue: Running) -> None:
    await import_checked(catalogue, await check(catalogue, BASICS + WRITING))

    again = await check(catalogue, BASICS + WRITING)
    imported = await import_checked(catalogue, again)

    assert counts(again["changes"]) == (0, 0, 0, 7)
    assert counts(imported.json()) == (0, 0, 0, 7)
    await catalogue.told.wait_for(OfferingPublished)
    assert await catalogue.fetchval("SELECT max(version) FROM offering") == 1


async def test_what_is_new_changed_and_moved_is_named(catalogue: Running) -> None:
    await import_checked(catalogue, await check(catalogue, BASICS + WRITING))
    other = BASICS.replace("Data visualisation with Python", "Data visualisation with R")

    file = await check(catalogue, other + MOVED + PYTHON)

    assert told(file["changes"]) == [
        "course DC-PYVIS changed",
        "offering 4218, 2026-2027 moved",
        "offering 4322, 2026-2027 new",
    ]
    await import_checked(catalogue, file)
    fact = await catalogue.told.wait_for(OfferingRescheduled)
    assert (fact.offering_id, fact.version) == (WRITING_ID, 2)


async def test_an_offering_that_follows_from_its_course_is_named_without_a_line(
    catalogue: Running,
) -> None:
    await import_checked(catalogue, await check(catalogue, BASICS + WRITING))

    file = await check(catalogue, BASICS.replace("Academic writing", "Clear writing"))

    assert [(each["name"], each["line"]) for each in file["changes"]["entries"]] == [
        ("LC-EN-AW-C1", 22),
        ("4218, 2026-2027", None),
    ]


async def test_every_bad_row_is_named_in_the_readers_language_and_nothing_is_imported(
    catalogue: Running,
) -> None:
    bad = BASICS + WRITING.replace("minimum = 4", "minimum = 40") + PYTHON.replace("4322", "#")

    file = await check(catalogue, bad, headers={"Accept-Language": "nl"})
    refused = await import_checked(catalogue, file)

    assert file["bad"] == [
        {
            "line": 39,
            "where": "offering[1].minimum",
            "reason": "Het minimum is meer dan het aantal plaatsen. Verlaag het, of verhoog `capacity`.",
        },
        {
            "line": 61,
            "where": "offering[2].class_number",
            "reason": "Schrijf letters, cijfers of koppeltekens, hoogstens 20.",
        },
    ]
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("/problems/file-has-faults")
    assert await catalogue.fetchval("SELECT count(*) FROM course") == 0
    assert await catalogue.fetchval("SELECT count(*) FROM outbox") == 0


async def test_what_a_file_would_change_is_said_as_the_catalogue_is_now(
    catalogue: Running,
) -> None:
    file = await check(catalogue, BASICS + WRITING)
    await import_checked(catalogue, await check(catalogue, BASICS))

    seen = await catalogue.get(f"{FILES}/{file['file_id']}", OFFICE, "office")

    assert counts(seen.json()["changes"]) == (1, 0, 0, 6)
    assert seen.json()["name"] == "catalogue.toml"


async def test_a_file_is_kept_for_an_hour_and_no_longer(catalogue: Running) -> None:
    file = await check(catalogue, BASICS)
    catalogue.clock.move(hours=1)

    seen = await catalogue.get(f"{FILES}/{file['file_id']}", OFFICE, "office")
    late = await import_checked(catalogue, file)
    await check(catalogue, BASICS)

    assert (seen.status_code, late.status_code) == (404, 404)
    assert await catalogue.fetchval("SELECT count(*) FROM sent_file") == 1


async def test_pressing_the_button_twice_imports_once(catalogue: Running) -> None:
    file = await check(catalogue, BASICS)
    path = f"{FILES}/{file['file_id']}/import"

    first = await catalogue.post(path, None, OFFICE, "office", key="k")
    again = await catalogue.post(path, None, OFFICE, "office", key="k")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == first.json()


async def test_a_file_that_is_too_large_is_refused_before_it_is_read(catalogue: Running) -> None:
    long = await catalogue.post(FILES, {"text": "#" * 1_000_001}, OFFICE, "office")
    huge = await catalogue.post(FILES, {"text": "#" * 5_000_000}, OFFICE, "office")

    assert (long.status_code, huge.status_code) == (422, 413)


async def test_what_is_no_catalogue_is_answered_and_not_stumbled_over(catalogue: Running) -> None:
    for text in ("", "\0", f"x = {'[' * 9000}", f"x = {'9' * 9000}", "a" * 100_000):
        file = await check(catalogue, text)
        assert file["changes"]["entries"] == []
        assert file["bad_total"] == (0 if not text else 1)
