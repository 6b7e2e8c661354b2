"""What the office does in the demonstration, as a person with the role does it."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from deploy.demo.people import Person, iso

COURSE = "LC-EN-AW-C1"
LECTURER_ID = "0199a000-0000-7000-8000-000000000003"
COORDINATOR_ID = "0199a000-0000-7000-8000-000000000004"


async def publish_offering(
    office: Person,
    *,
    starts_at: datetime,
    evenings: int = 3,
    capacity: int = 12,
    fee_minor: int = 42000,
    student_fee_minor: int | None = 19500,
    **changes: Any,
) -> dict[str, Any]:
    """Publish a course of some evenings, a week apart; the offering as everybody sees it."""
    policies = await office.get("catalogue", "/v1/policies")
    terms = await office.get("catalogue", "/v1/terms")
    prices: list[dict[str, Any]] = [{"affiliation": None, "fee_minor": fee_minor}]
    if student_fee_minor is not None:
        prices.append({"affiliation": "student", "fee_minor": student_fee_minor})
    year = starts_at.year if starts_at.month >= 9 else starts_at.year - 1  # noqa: PLR2004 - September.
    plan = {
        "class_number": f"D{secrets.randbelow(10**8):08}",
        "academic_year": f"{year}-{year + 1}",
        "course_code": COURSE,
        "taught_in": "en",
        "organiser": {"nl": "Talencentrum", "en": "Language Centre"},
        "contact": "courses@portal.example",
        "capacity": capacity,
        "enrolment_opens_at": iso(starts_at - timedelta(days=300)),
        "vat": {"rate": "exempt", "reason": {"nl": "Onderwijs", "en": "Education"}},
        "policy_id": _named(policies, "courses", "cursussen"),
        "terms_id": terms[0]["terms_id"],
        "document": "certificate",
        "practical": {
            "nl": "Neem een laptop en twee pagina’s eigen tekst mee.",
            "en": "Bring a laptop and two pages of your own text.",
        },
        "sessions": [
            {
                "starts_at": iso(starts_at + timedelta(weeks=week)),
                "ends_at": iso(starts_at + timedelta(weeks=week, hours=2)),
                "place": "Language Centre, room 0.12",
                "lecturers": ["Dr. F. McAllister"],
            }
            for week in range(evenings)
        ],
        "prices": prices,
        "lecturer_ids": [LECTURER_ID],
        "coordinator_ids": [COORDINATOR_ID],
    }
    published = await office.post("catalogue", "/v1/offerings", plan | changes)
    offering: dict[str, Any] = await office.get(
        "catalogue", f"/v1/offerings/{published['offering_id']}"
    )
    return offering


def _named(policies: list[dict[str, Any]], *words: str) -> str:
    """The policy whose name ends in one of these words, in whichever language it is told."""
    return str(next(each["policy_id"] for each in policies if each["name"].endswith(words)))
