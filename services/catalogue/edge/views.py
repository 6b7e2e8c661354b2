"""What readers see of the catalogue, in their language. Nothing here says where a session is online."""

from datetime import datetime
from uuid import UUID

import msgspec

from contracts.catalogue import Activity, Elsewhere, Price
from contracts.fact import Language, Translated
from services.catalogue.domain.courses import Course
from services.catalogue.domain.offerings import Places, Standing, Window, fee_for, standing_of
from services.catalogue.store.overview import Listed


class Reader(msgspec.Struct, frozen=True):
    """Who reads, and when."""

    language: Language
    affiliation: str | None
    """None: nobody has logged in, so the list price holds."""
    now: datetime

    def text(self, text: Translated) -> str:
        return text.in_language(self.language)

    def maybe_text(self, text: Translated | None) -> str | None:
        return None if text is None else self.text(text)


class SubjectView(msgspec.Struct, frozen=True, kw_only=True):
    """A field that courses are filed under."""

    code: str
    name: str


class PlacesView(msgspec.Struct, frozen=True, kw_only=True):
    """How full an offering is, as enrolment last told; /v1/offerings/…/places there has it to the second."""

    capacity: int
    free: int
    waiting: int


class OfferingItem(msgspec.Struct, frozen=True, kw_only=True):
    """An offering in a list."""

    offering_id: UUID
    class_number: str
    academic_year: str
    course_code: str
    title: str
    summary: str
    subject: SubjectView
    activity: Activity
    level: str | None
    taught_in: Language
    study_load_hours: int | None
    starts_at: datetime
    ends_at: datetime
    sessions: int
    on_campus: bool
    online: bool
    standing: Standing
    """What can be done with it now."""
    enrolment_opens_at: datetime
    enrolment_closes_at: datetime
    currency: str
    fee_minor: int | None
    """What you pay; null where another institution registers."""
    prices: tuple[Price, ...]
    places: PlacesView
    elsewhere: Elsewhere | None


class CourseItem(msgspec.Struct, frozen=True, kw_only=True):
    """A course in a list."""

    code: str
    title: str
    summary: str
    subject: SubjectView
    level: str | None
    study_load_hours: int | None


def offering_item(listed: Listed, reader: Reader) -> OfferingItem:
    """An offering as this reader sees it in a list."""
    places = Places(listed.capacity, listed.taken, listed.waiting)
    window = Window(
        opens_at=listed.enrolment_opens_at,
        closes_at=listed.enrolment_closes_at,
        ends_at=listed.ends_at,
        elsewhere=listed.elsewhere is not None,
        cancelled=False,
    )
    return OfferingItem(
        offering_id=listed.offering_id,
        class_number=listed.class_number,
        academic_year=listed.academic_year,
        course_code=listed.course_code,
        title=reader.text(listed.title),
        summary=reader.text(listed.summary),
        subject=SubjectView(code=listed.subject, name=reader.text(listed.subject_name)),
        activity=listed.activity,
        level=listed.level,
        taught_in=listed.taught_in,
        study_load_hours=listed.study_load_hours,
        starts_at=listed.starts_at,
        ends_at=listed.ends_at,
        sessions=listed.sessions,
        on_campus=listed.on_campus,
        online=listed.online,
        standing=standing_of(window, places, now=reader.now),
        enrolment_opens_at=listed.enrolment_opens_at,
        enrolment_closes_at=listed.enrolment_closes_at,
        currency=listed.currency,
        fee_minor=fee_for(listed.prices, reader.affiliation),
        prices=listed.prices,
        places=places_view(places),
        elsewhere=listed.elsewhere,
    )


def course_item(course: Course, subject_name: Translated, reader: Reader) -> CourseItem:
    """A course as this reader sees it in a list."""
    return CourseItem(
        code=course.code,
        title=reader.text(course.title),
        summary=reader.text(course.summary),
        subject=SubjectView(code=course.subject, name=reader.text(subject_name)),
        level=course.level,
        study_load_hours=course.study_load_hours,
    )


def places_view(places: Places) -> PlacesView:
    """How full an offering is, as everybody may see it."""
    return PlacesView(capacity=places.capacity, free=places.free, waiting=places.waiting)
