"""Catalogue files as people write them, small enough to see what a test changes in them."""

from argparse import Namespace
from pathlib import Path
from typing import Any
from uuid import UUID

from services.catalogue.domain.names import offering_id_of, policy_id_of, terms_id_of
from services.catalogue.verbs import import_file
from tests.support.running import Running, eventually

DEMO = Path(__file__).parents[3] / "deploy" / "demo" / "catalogue.toml"
OFFICE = UUID(int=21)

BASICS = """
[[subject]]
code = "languages"
name = { nl = "Talen", en = "Languages" }

[[subject]]
code = "data"
name = { nl = "Data", en = "Data" }

[[policy]]
key = "standard"
version = 1
name = { nl = "Standaard", en = "Standard" }
text = { nl = "De helft terug.", en = "Half of it back." }
steps = [{ kept = { percent = 50 } }]

[[terms]]
key = "general"
version = 1
text = { nl = "Voorwaarden.", en = "Terms." }

[[course]]
code = "LC-EN-AW-C1"
subject = "languages"
level = "C1"
title = { nl = "Academisch schrijven in het Engels", en = "Academic writing in English" }
summary = { nl = "Een tekst die beoordelaars uitlezen.", en = "A text that reviewers finish." }
description = { nl = "Elke week feedback.", en = "Weekly feedback." }
learning_goals = [{ nl = "een betoog ordenen", en = "order an argument" }]

[[course]]
code = "DC-PYVIS"
subject = "data"
level = "intermediate"
title = { nl = "Datavisualisatie met Python", en = "Data visualisation with Python" }
summary = { nl = "Grafieken die een vraag beantwoorden.", en = "Charts that answer a question." }
description = { nl = "Neem je eigen data mee.", en = "Bring your own data." }
"""

WRITING = """
[[offering]]
class_number = "4218"
academic_year = "2026-2027"
course = "LC-EN-AW-C1"
taught_in = "en"
organiser = { nl = "Talencentrum", en = "Language Centre" }
contact = "languages@university.test"
minimum = 4
capacity = 12
enrolment_opens_at = 2026-11-01T09:00:00
policy = "standard"
terms = "general"
vat = { rate = "exempt", reason = { nl = "Onderwijs", en = "Education" } }
document = "certificate"
prices_minor = { list = 42000, student = 19500 }
place = "Language Centre, room 0.12"
lecturers = ["Dr. F. McAllister"]
sessions = [
  { starts_at = 2027-04-13T18:30:00, ends_at = 2027-04-13T20:30:00 },
  { starts_at = 2027-04-20T18:30:00, ends_at = 2027-04-20T20:30:00, online_url = "https://meet.test/secret" },
]
"""

PYTHON = """
[[offering]]
class_number = "4322"
academic_year = "2026-2027"
course = "DC-PYVIS"
taught_in = "en"
organiser = { nl = "Centrum", en = "Centre" }
contact = "courses@university.test"
capacity = 2
enrolment_opens_at = 2026-11-01T09:00:00
policy = "standard"
terms = "general"
vat = { rate = "21", reason = { nl = "Training", en = "Training" } }
document = "proof_of_attendance"
prices_minor = { list = 24000, staff = 0 }
sessions = [{ starts_at = 2027-04-22T09:00:00, ends_at = 2027-04-22T17:00:00, lecturers = ["Dr. I. Petrova"] }]
"""

WRITING_ID = offering_id_of("2026-2027", "4218")
PYTHON_ID = offering_id_of("2026-2027", "4322")


async def import_text(
    catalogue: Running, text: str, folder: Path, *, dry_run: bool = False
) -> None:
    """Import a file with this text, as an operator does."""
    file = folder / "catalogue.toml"
    file.write_text(text, encoding="utf-8")
    await import_file(catalogue.parts, Namespace(file=file, dry_run=dry_run))


def plan(**changes: Any) -> dict[str, Any]:
    """The body of a new offering: Python for data, on 4 May, under number 4400."""
    return {
        "class_number": "4400",
        "academic_year": "2026-2027",
        "course_code": "DC-PYVIS",
        "taught_in": "en",
        "organiser": {"nl": "Centrum", "en": "Centre"},
        "contact": "courses@university.test",
        "capacity": 10,
        "enrolment_opens_at": "2026-11-01T08:00:00Z",
        "vat": {"rate": "exempt", "reason": {"nl": "Onderwijs", "en": "Education"}},
        "policy_id": str(policy_id_of("standard")),
        "terms_id": str(terms_id_of("general")),
        "document": "certificate",
        "prices": [{"affiliation": None, "fee_minor": 24000}],
        "sessions": [{"starts_at": "2027-05-04T07:00:00Z", "ends_at": "2027-05-04T15:00:00Z"}],
    } | changes


async def waiting(catalogue: Running, count: int) -> None:
    """Wait until this many transactions wait for a lock: the race is staged."""

    async def waiters() -> int:
        return int(
            await catalogue.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND wait_event_type = 'Lock'"
            )
        )

    await eventually(waiters, lambda found: found >= count)
