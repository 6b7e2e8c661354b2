"""Publishing a course, and saying it in other words."""

from datetime import datetime
from zoneinfo import ZoneInfo

from chassis.database import Connection
from chassis.http.problems import NOT_FOUND
from chassis.outbox import tell
from contracts.fact import Translated
from services.catalogue import refusals, store
from services.catalogue.domain.courses import Course, faults_of_course
from services.catalogue.domain.faults import Fault, Faulty
from services.catalogue.domain.offerings import publish_offering


async def publish_new_course(tx: Connection, course: Course) -> Course:
    """Publish a course under a code that is free. It can be found as soon as it is offered.

    Raises:
        Faulty: something of it is missing.
        Refusal: the code is in use.
    """
    await _require_sound(tx, course)
    if not await store.courses.insert_course(tx, course):
        raise refusals.COURSE_CODE_TAKEN(code=course.code)
    await store.overview.refresh(tx, [course.course_id])
    return course


async def lock_course(tx: Connection, code: str) -> Course:
    """Read a course that stays as it is, with its offerings, until `tx` ends.

    Raises:
        Refusal: there is none.
    """
    course = (await store.courses.lock_courses(tx, [code])).get(code)
    if course is None:
        raise NOT_FOUND()
    return course


async def describe_course(
    tx: Connection, known: Course, course: Course, *, zone: ZoneInfo, now: datetime
) -> Course:
    """Say a locked course in other words; its offerings are told anew where others hold a copy of them.

    Raises:
        Faulty: something of it is missing, or it has another code.
    """
    await _require_sound(tx, course, known=known)
    if course == known:
        return known
    offerings = await store.offerings.get_offerings(tx, course_ids=[course.course_id])
    published = [
        publish_offering(each, each.plan, course, each.policy, each.terms, zone=zone)
        for each in offerings.values()
        if each.cancelled is None
    ]
    told = [each for each in published if each is not None]
    await store.courses.save_courses(tx, [course])
    await store.offerings.update_offerings(tx, [offering for offering, _ in told])
    await store.overview.refresh(tx, [course.course_id])
    await tell(tx, *(fact for _, fact in told), now=now)
    return course


async def _require_sound(tx: Connection, course: Course, *, known: Course | None = None) -> None:
    faults = faults_of_course(course)
    if known is not None and course.code != known.code:
        faults.append(Fault(("code",), _STAYS))
    if course.subject not in await store.courses.get_subjects(tx):
        faults.append(Fault(("subject",), _NO_SUBJECT))
    if faults:
        raise Faulty(faults)


_STAYS = Translated(
    nl="De code van een cursus blijft. Publiceer een andere cursus onder een nieuwe code.",
    en="A course keeps its code. Publish another course under a new code.",
)
_NO_SUBJECT = Translated(
    nl="Dit vakgebied bestaat niet. Kies er een uit /v1/subjects.",
    en="There is no such subject. Take one of /v1/subjects.",
)
