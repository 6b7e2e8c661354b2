"""What the office's pages of courses and offerings are rendered with in tests."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from clients.portal.api.asking import Missing
from clients.portal.api.catalogue import Terms
from clients.portal.api.paging import Page
from clients.portal.api.publishing import (
    LOTS,
    BadEntry,
    Changes,
    CheckedFile,
    CourseItem,
    CourseWords,
    EntryChange,
    Kept,
    Plan,
    PlanElsewhere,
    Planned,
    PlanPrice,
    PlanSession,
    PlanVat,
)
from clients.portal.forms import Form, empty_form
from clients.portal.views.planning import (
    copy_typed,
    plan_typed,
    read_plan,
    rows_of,
    session_fields,
    sessions_typed,
)
from clients.portal.views.publishing import (
    caused_page,
    course_page,
    course_typed,
    courses_page,
    file_page,
    goals_of,
    kept_page,
    plan_page,
)
from contracts.fact import Language, Translated
from tests.unit.portal import samples
from tests.unit.portal.desk_samples import COUNT, MARIT, NAMES
from tests.unit.portal.samples import LANGUAGES, NOW, OFFERING_ID, POLICY, STARTS, ZONE, words

SESSION_ID = UUID("0199a000-0000-7000-8000-00000000c001")
FILE_ID = UUID("0199a000-0000-7000-8000-00000000f101")
BRAM_ID = next(iter(NAMES))


def both(text: str) -> Translated:
    return Translated(nl=f"{text} (nl)", en=f"{text} <en>")


PLAN = Plan(
    class_number="4218",
    academic_year="2026-2027",
    course_code="LC-EN-AW-C1",
    activity="course",
    taught_in="en",
    practical=both("Bring a laptop."),
    organiser=both("Language Centre"),
    contact="languages@university.example",
    sessions=(
        PlanSession(
            session_id=SESSION_ID,
            starts_at=STARTS,
            ends_at=STARTS + timedelta(hours=2),
            place="Room 0.12",
            lecturers=("F. McAllister", "I. Petrova"),
        ),
        PlanSession(
            session_id=OFFERING_ID,
            starts_at=STARTS + timedelta(days=7),
            ends_at=STARTS + timedelta(days=8, hours=2),
            online_url="https://meet.example/secret",
        ),
    ),
    starts_at=None,
    ends_at=None,
    minimum=4,
    capacity=18,
    enrolment_opens_at=NOW - timedelta(days=30),
    enrolment_closes_at=datetime(2027, 4, 6, 22, 0, tzinfo=NOW.tzinfo),
    currency="EUR",
    prices=(
        PlanPrice(affiliation=None, fee_minor=42000),
        PlanPrice(affiliation="student", fee_minor=19550),
    ),
    vat=PlanVat(rate="exempt", reason=both("Education")),
    policy_id=OFFERING_ID,
    terms_id=OFFERING_ID,
    elsewhere=None,
    document="certificate",
    lecturer_ids=(BRAM_ID,),
    coordinator_ids=(),
)
PLANNED = Planned(
    OFFERING_ID,
    both("Academic writing"),
    PLAN,
    STARTS,
    STARTS + timedelta(days=8, hours=2),
    datetime(2027, 4, 6, 22, 0, tzinfo=NOW.tzinfo),
    None,
    None,
)
CANCELLED = msgspec.structs.replace(
    PLANNED, cancelled_at=NOW, cancelled_why=both("The lecturer is ill.")
)
WHOLE = msgspec.structs.replace(
    PLANNED,
    plan=msgspec.structs.replace(
        PLAN,
        sessions=(),
        starts_at=STARTS,
        ends_at=STARTS + timedelta(days=30),
        prices=(),
        elsewhere=PlanElsewhere(system="Osiris", foreign_code="TA-1", url="https://osiris.example"),
    ),
)
KEPT = tuple(
    Kept(
        OFFERING_ID,
        "4218",
        "2026-2027",
        "LC-EN-AW-C1",
        "Academic <writing>",
        STARTS,
        each,
        samples.ITEM.places,
    )
    for each in ("open", "full", "not_yet_open", "closed", "elsewhere", "over", "cancelled")
)
COURSE = CourseWords(
    code="LC-EN-AW-C1",
    subject="languages",
    title=both("Academic writing"),
    summary=both("From question to text."),
    description=both("You bring a text.\n\nYou need B2."),
    learning_goals=(both("state your contribution"),),
    level="C1",
    study_load_hours=28,
)
COURSES = Page(
    (
        CourseItem("LC-EN-AW-C1", "Academic <writing>", LANGUAGES, "C1"),
        CourseItem("X", "X", LANGUAGES, None),
    ),
    "https://catalogue.example/v1/courses?cursor=a%2Bb",
)
CHANGES = Changes(
    3,
    1,
    1,
    40,
    (
        EntryChange("course", "LC-EN-AW-C1", 12, "changed"),
        EntryChange("offering", "4218, 2026-2027", 30, "moved"),
        EntryChange("offering", "4219, 2026-2027", None, "new"),
        EntryChange("subject", "languages", 1, "new"),
        EntryChange("policy", "standard, 2", 2, "new"),
        EntryChange("terms", "general, 1", 3, "new"),
        EntryChange("programme", "bsc", 4, "new"),
        EntryChange("list", "bsc, 2026-2027, year-1", 5, "new"),
    ),
)
CHECKED = CheckedFile(FILE_ID, "catalogue <1>.toml", NOW + timedelta(hours=1), (), 0, CHANGES)
BAD = msgspec.structs.replace(
    CHECKED,
    bad=(BadEntry(39, "offering[1].minimum", "Lower it."), BadEntry(40, "", "Not TOML."))
    + (BadEntry(41, "x", "y"),) * 120,
    bad_total=250,
)
NOTHING = msgspec.structs.replace(CHECKED, changes=Changes(0, 0, 0, 48, ()))
TERMS = Terms(OFFERING_ID, 1, "1. What these terms are about, in a line that is rather long.\n2.")


def plan_form(language: Language, planned: Planned = PLANNED, /, **changes: str) -> Form:
    """The form as a browser would send it back, with some answers changed."""
    typed = plan_typed(planned.plan, ZONE, words(language)) | {"tag": '"1"'} | changes
    return empty_form(words(language), **typed)


def plan_sample(
    language: Language, planned: Planned | None, form: Form, *, done: str = "", **without: Any
) -> dict[str, Any]:
    page = plan_page(
        planned,
        '"1"' if planned else "",
        session_fields(rows_of(form, at_least=1)),
        policies=[POLICY],
        terms=[TERMS],
        courses=without.get("courses", COURSES),
        people=without.get("people", NAMES),
        words=words(language),
    )
    return {"person": MARIT, "page": page, "form": form, "done": done}


def caused(language: Language, planned: Planned = PLANNED, **changes: Any) -> dict[str, Any]:
    rows = session_fields(len(planned.plan.sessions))
    form = changes.get("form") or empty_form(
        words(language), **sessions_typed(planned.plan.sessions, ZONE)
    )
    page = caused_page(planned, rows, changes.get("count", COUNT), language=language)
    return {"person": MARIT, "page": page, "form": form}


def course_sample(
    language: Language, course: CourseWords | None, form: Form, *, saved: bool = False
) -> dict[str, Any]:
    page = course_page(course, '"1"', goals_of(form, at_least=1), (LANGUAGES,), language=language)
    return {"person": MARIT, "page": page, "form": form, "saved": saved}


def wrong(language: Language, filled: Form, **wrongs: str) -> Form:
    for name, key in wrongs.items():
        filled.wrong(name, key, count=200, number=1)
    return filled


def stale(language: Language, filled: Form) -> Form:
    filled.take(samples.refusal(412), {})
    return filled


def file_sample(file: CheckedFile, form: Form) -> dict[str, Any]:
    return {"person": MARIT, "page": file_page(file), "form": form}


def pages(language: Language) -> dict[str, list[dict[str, Any]]]:
    """Every template of publishing."""
    say = words(language)

    def empty() -> Form:
        return empty_form(say)

    everything_wrong = empty_form(
        say,
        rows="2",
        elsewhere_system="Osiris",
        lecturer_ids="x",
        price_staff="x",
        **{"session-2-place": "Room"},
    )
    read_plan(everything_wrong, ZONE)
    return {
        "desk_kept.html": [
            {"person": MARIT, "page": kept_page("writing", lot, Page(KEPT, next_page), "x", say)}
            for lot, next_page in zip(LOTS, ("https://c.example/?cursor=a", None) * 2, strict=True)
        ]
        + [{"person": MARIT, "page": kept_page("", "coming", Page(()), "", say)}],
        "desk_plan.html": [
            plan_sample(language, None, empty_form(say, rows="3", currency="EUR")),
            plan_sample(language, None, everything_wrong, courses=Missing("catalogue")),
            plan_sample(language, None, empty_form(say, **copy_typed(PLANNED.plan, ZONE, say))),
            *(
                plan_sample(language, PLANNED, plan_form(language), done=each)
                for each in ("published", "moved", "")
            ),
            plan_sample(language, PLANNED, stale(language, plan_form(language))),
            plan_sample(
                language,
                PLANNED,
                wrong(language, plan_form(language), class_number="publishing.number_needed"),
                people=Missing("identity"),
            ),
            plan_sample(language, WHOLE, plan_form(language, WHOLE)),
            plan_sample(language, CANCELLED, plan_form(language), done="cancelled"),
        ],
        "desk_rescheduling.html": [
            caused(language),
            caused(language, count=Missing("enrolment")),
            caused(language, WHOLE),
            caused(
                language,
                form=wrong(language, empty(), **{"session-1-day": "publishing.session_day_needed"}),
            ),
        ],
        "desk_cancellation.html": [
            caused(language, form=empty()),
            caused(language, count=Missing("enrolment"), form=empty()),
            caused(
                language,
                form=wrong(
                    language,
                    empty(),
                    reason_nl="publishing.why_needed",
                    confirm="publishing.confirm_needed",
                ),
            ),
            caused(language, CANCELLED, form=empty()),
        ],
        "desk_courses.html": [
            {"person": MARIT, "page": courses_page(COURSES, "")},
            {"person": MARIT, "page": courses_page(Page(()), "x")},
        ],
        "desk_course.html": [
            course_sample(language, None, empty_form(say, goals="3")),
            course_sample(language, COURSE, empty_form(say, **course_typed(COURSE)), saved=True),
            course_sample(language, COURSE, stale(language, empty())),
            course_sample(
                language,
                None,
                wrong(
                    language,
                    empty_form(say, goals="2"),
                    code="publishing.code_needed",
                    subject="publishing.subject_needed",
                    **{"goal-2_en": "publishing.both_needed"},
                ),
            ),
        ],
        "desk_import.html": [
            *(
                {"person": MARIT, "page": None, "form": empty(), "done": each}
                for each in ("", "imported", "forgotten")
            ),
            {
                "person": MARIT,
                "page": None,
                "form": wrong(language, empty(), file="publishing.file_needed"),
                "done": "",
            },
        ],
        "desk_file.html": [
            file_sample(CHECKED, empty()),
            file_sample(BAD, stale(language, empty())),
            file_sample(NOTHING, empty()),
            file_sample(
                msgspec.structs.replace(
                    CHECKED,
                    changes=msgspec.structs.replace(CHANGES, new=240, moved=0),
                ),
                empty(),
            ),
        ],
    }
