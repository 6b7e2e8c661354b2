"""How many places are left, as enrolment tells it."""

from pathlib import Path
from uuid import UUID, uuid4

from contracts.enrolment import PlacesTaken
from tests.integration.catalogue.samples import BASICS, PYTHON, PYTHON_ID, WRITING, import_text
from tests.support.running import Running


def count(version: int, taken: int, waiting: int = 0, of: UUID = PYTHON_ID) -> PlacesTaken:
    return PlacesTaken(offering_id=of, version=version, capacity=2, taken=taken, waiting=waiting)


async def test_places_left_are_shown_and_searched(catalogue: Running, tmp_path: Path) -> None:
    await import_text(catalogue, BASICS + WRITING + PYTHON, tmp_path)

    await catalogue.deliver(count(1, taken=1), count(2, taken=2, waiting=3))
    await catalogue.handled("catalogue.count_places", 2)

    shown = (await catalogue.get(f"/v1/offerings/{PYTHON_ID}")).json()
    assert shown["places"] == {"capacity": 2, "free": 0, "waiting": 3}
    assert shown["standing"] == "full"
    free = (await catalogue.get("/v1/offerings?free_places=true")).json()
    assert [each["class_number"] for each in free["items"]] == ["4218"]
    assert free["total"] == 1


async def numbers_with_free_places(catalogue: Running) -> list[str]:
    found = (await catalogue.get("/v1/offerings?free_places=true")).json()
    assert found["total"] == len(found["items"])
    return [each["class_number"] for each in found["items"]]


async def test_free_places_are_searched_by_the_latest_count_also_when_all_is_published_anew(
    catalogue: Running, tmp_path: Path
) -> None:
    await catalogue.deliver(count(1, taken=2))
    await catalogue.handled("catalogue.count_places")
    await import_text(catalogue, BASICS + WRITING + PYTHON, tmp_path)
    assert await numbers_with_free_places(catalogue) == ["4218"]

    await catalogue.deliver(count(2, taken=1))
    await catalogue.handled("catalogue.count_places", 2)
    assert sorted(await numbers_with_free_places(catalogue)) == ["4218", "4322"]

    await catalogue.deliver(count(3, taken=2))
    await catalogue.handled("catalogue.count_places", 3)
    await import_text(catalogue, BASICS + WRITING + PYTHON.replace("Python", "Pythons"), tmp_path)
    assert await numbers_with_free_places(catalogue) == ["4218"]


async def test_a_count_that_comes_late_changes_nothing(catalogue: Running, tmp_path: Path) -> None:
    await import_text(catalogue, BASICS + PYTHON, tmp_path)

    await catalogue.deliver(count(7, taken=2))
    await catalogue.handled("catalogue.count_places")
    await catalogue.deliver(count(6, taken=1), count(5, taken=0))
    await catalogue.handled("catalogue.count_places", 3)

    assert (await catalogue.get(f"/v1/offerings/{PYTHON_ID}")).json()["places"]["free"] == 0


async def test_in_one_batch_the_latest_count_rules_whatever_its_place(
    catalogue: Running, tmp_path: Path
) -> None:
    await import_text(catalogue, BASICS + PYTHON, tmp_path)

    await catalogue.deliver(count(2, taken=1), count(3, taken=0), count(1, taken=2))
    await catalogue.handled("catalogue.count_places", 3)

    assert (await catalogue.get(f"/v1/offerings/{PYTHON_ID}")).json()["places"]["free"] == 2


async def test_a_count_of_what_is_not_known_yet_waits_for_it(
    catalogue: Running, tmp_path: Path
) -> None:
    await catalogue.deliver(count(1, taken=1), count(1, taken=9, of=uuid4()))
    await catalogue.handled("catalogue.count_places", 2)

    await import_text(catalogue, BASICS + PYTHON, tmp_path)

    assert (await catalogue.get(f"/v1/offerings/{PYTHON_ID}")).json()["places"]["free"] == 1
