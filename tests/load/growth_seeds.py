"""Ten years of use put into the databases, in about a minute; see seeds/README.md."""

import asyncio
from pathlib import Path

from services.catalogue.store import overview
from tests.load.lab import Lab

_SEEDS = Path(__file__).parent / "seeds"
_COURSES = "SELECT course_id FROM course"


async def seed_this_year(lab: Lab) -> None:
    """What a catalogue holds in any year: 2,500 courses, each offered twice."""
    async with lab.connected("catalogue") as database:
        await database.execute(_script("catalogue_courses"))
    await _offer(lab, 0, 1)


async def seed_ten_years(lab: Lab) -> None:
    """What ten years leave behind in every database that the compared figures depend on."""
    await asyncio.gather(
        _offer(lab, 2, 19),
        *(_run(lab, service) for service in ("enrolment", "notification", "records")),
    )
    await lab.come_to_rest()


async def _offer(lab: Lab, first: int, last: int) -> None:
    """Offer every course so often, and let the catalogue make its overview of them."""
    script = _script("catalogue_offerings").replace("{first}", f"{first}")
    async with lab.connected("catalogue") as database:
        async with database.transaction():
            await database.execute(script.replace("{last}", f"{last}"))
            courses = [record["course_id"] for record in await database.fetch(_COURSES)]
            await overview.refresh(database, courses)  # type: ignore[arg-type] # Not out of a pool; it does not matter.
        await database.execute("VACUUM (ANALYZE)")


async def _run(lab: Lab, service: str) -> None:
    async with lab.connected(service) as database:
        await database.execute(_script(service))
        await database.execute("VACUUM (ANALYZE)")


def _script(name: str) -> str:
    return (_SEEDS / f"{name}.sql").read_text()
