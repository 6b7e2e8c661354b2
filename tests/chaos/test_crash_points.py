"""The main story with a crash right before and right after everything that leaves a process for good."""

from pathlib import Path

from tests.chaos.crash_points import Round, crashing_system, once_each, side_by_side

ROUNDS = 8


async def test_a_crash_at_any_point_of_the_main_story_loses_and_doubles_nothing(
    folder: Path,
) -> None:
    """Every kind of point once, many in one story; `make chaos-crashes` does every passing of each, alone."""
    async with crashing_system(folder, print) as crashes:
        points = once_each(await crashes.find_points())
        missed = []
        for together in side_by_side(points, ROUNDS):
            done = await crashes.crash_at(together)
            assert not done.wrong, told(done)
            missed += [point for point in together if point not in done.reached]
        for point in missed:  # A crash before it changed the story's way: now alone.
            tries = [await crashes.crash_at([point]) for _ in range(2)]
            assert not any(done.wrong for done in tries), "\n".join(map(told, tries))
            assert any(done.reached for done in tries), point

    assert len(points) > 80


def told(done: Round) -> str:
    """What went wrong after which crashes."""
    lines = [*map(str, done.wrong), "after crashes at", *map(str, done.points)]
    return "\n".join(lines)
