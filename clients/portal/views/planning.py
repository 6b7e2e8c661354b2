"""The form of an offering: what it holds of a plan, what it means, and which field a service's no belongs to."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from clients.portal.api.publishing import (
    ACTIVITIES,
    AFFILIATIONS,
    DOCUMENTS,
    VAT_RATES,
    Activity,
    Affiliation,
    Document,
    Move,
    Plan,
    PlanElsewhere,
    PlanPrice,
    PlanSession,
    VatRate,
)
from clients.portal.forms import Form
from clients.portal.wall_clock import NoSuchTime, as_typed, instant_at, read_day, read_time
from clients.portal.words import LANGUAGES, Words
from contracts.fact import Language, Translated

FIRST_SESSIONS = 3
"""Rows of an empty form."""
_MOST_SESSIONS = 200
_MOST_PEOPLE = 50
_HIGHEST = 100_000
_LONGEST_LINE = 200
_LONGEST_TEXT = 4000
_LONGEST_URL = 2000

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,19}", re.ASCII)
_YEAR = re.compile(r"\d{4}-\d{4}", re.ASCII)
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
_COUNT = re.compile(r"\d{1,6}", re.ASCII)
_AMOUNT = re.compile(r"(\d{1,6})(?:[.,](\d{2}))?", re.ASCII)


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """Names of one session's fields."""

    number: int

    @property
    def id(self) -> str:
        return f"session-{self.number}-id"

    @property
    def day(self) -> str:
        return f"session-{self.number}-day"

    @property
    def starts(self) -> str:
        return f"session-{self.number}-from"

    @property
    def ends(self) -> str:
        return f"session-{self.number}-until"

    @property
    def nights(self) -> str:
        return f"session-{self.number}-nights"

    @property
    def place(self) -> str:
        return f"session-{self.number}-place"

    @property
    def online(self) -> str:
        return f"session-{self.number}-online"

    @property
    def lecturers(self) -> str:
        return f"session-{self.number}-lecturers"


class ReadPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a form means, and which of its fields stands for which JSON pointer."""

    plan: Plan
    pointers: dict[str, str]


def rows_of(form: Form, *, at_least: int = FIRST_SESSIONS) -> int:
    """How many sessions the form has room for."""
    typed = form.typed("rows")
    asked = int(typed) if _COUNT.fullmatch(typed) else at_least
    return min(max(asked, at_least, 1), _MOST_SESSIONS)


def session_fields(rows: int) -> tuple[Fields, ...]:
    """The rows of a form, counted from 1."""
    return tuple(Fields(number=number) for number in range(1, rows + 1))


def plan_typed(plan: Plan, zone: ZoneInfo, words: Words) -> dict[str, str]:
    """A plan as its form holds it."""
    opens, opens_at = as_typed(plan.enrolment_opens_at, zone)
    typed = {
        "rows": str(len(plan.sessions) or 1),
        "course": plan.course_code,
        "class_number": plan.class_number,
        "academic_year": plan.academic_year,
        "activity": plan.activity,
        "taught_in": plan.taught_in,
        "document": plan.document,
        "capacity": str(plan.capacity),
        "minimum": str(plan.minimum),
        "opens_day": opens,
        "opens_time": opens_at,
        "currency": plan.currency,
        "vat": plan.vat.rate,
        "policy": str(plan.policy_id),
        "terms": str(plan.terms_id),
        "contact": plan.contact,
        "lecturer_ids": ", ".join(str(each) for each in plan.lecturer_ids),
        "coordinator_ids": ", ".join(str(each) for each in plan.coordinator_ids),
        **_both_typed("organiser", plan.organiser),
        **_both_typed("practical", plan.practical),
        **_both_typed("vat_reason", plan.vat.reason),
    }
    for name, at in (
        ("closes", plan.enrolment_closes_at),
        ("whole_from", plan.starts_at),
        ("whole_until", plan.ends_at),
    ):
        if at is not None:
            typed[f"{name}_day"], typed[f"{name}_time"] = as_typed(at, zone)
    for price in plan.prices:
        typed[f"price_{price.affiliation or 'list'}"] = _euros(price.fee_minor, words)
    if plan.elsewhere is not None:
        typed |= {
            "elsewhere_system": plan.elsewhere.system,
            "elsewhere_code": plan.elsewhere.foreign_code,
            "elsewhere_url": plan.elsewhere.url,
        }
    return typed | sessions_typed(plan.sessions, zone)


def sessions_typed(sessions: Sequence[PlanSession], zone: ZoneInfo) -> dict[str, str]:
    """Sessions as their rows hold them."""
    typed: dict[str, str] = {}
    for fields, session in zip(session_fields(len(sessions)), sessions, strict=True):
        day, starts = as_typed(session.starts_at, zone)
        last_day, ends = as_typed(session.ends_at, zone)
        nights = (date.fromisoformat(last_day) - date.fromisoformat(day)).days
        typed |= {
            fields.id: str(session.session_id or ""),
            fields.day: day,
            fields.starts: starts,
            fields.ends: ends,
            fields.nights: str(nights or ""),
            fields.place: session.place or "",
            fields.online: session.online_url or "",
            fields.lecturers: ", ".join(session.lecturers),
        }
    return typed


def copy_typed(plan: Plan, zone: ZoneInfo, words: Words) -> dict[str, str]:
    """A new form after an old plan: the days, the number and the sessions' identities are its own."""
    own = {"class_number", "academic_year", "opens_day", "closes_day"}
    own |= {"whole_from_day", "whole_until_day"}
    for fields in session_fields(len(plan.sessions)):
        own |= {fields.id, fields.day}
    return {name: each for name, each in plan_typed(plan, zone, words).items() if name not in own}


def read_plan(form: Form, zone: ZoneInfo) -> ReadPlan | None:
    """What the form means; None where something has to be corrected first. In the order of the page."""
    return _PlanReader(form, zone).read()


def read_moves(
    form: Form, sessions: Sequence[PlanSession], zone: ZoneInfo
) -> tuple[tuple[Move, ...], dict[str, str]] | None:
    """Sessions that are to be somewhere or sometime else, and their fields; None where one has to be corrected."""
    moves: list[Move] = []
    pointers: dict[str, str] = {}
    for fields, session in zip(session_fields(len(sessions)), sessions, strict=True):
        read = _read_session(form, fields, zone)
        if read is None and form.is_right:
            form.wrong(fields.day, "publishing.session_day_needed", number=fields.number)
        if read is None or session.session_id is None:
            continue
        wanted = replace(read, session_id=session.session_id, lecturers=session.lecturers)
        if wanted != session:
            pointers |= _session_pointers(len(moves), fields)
            moves.append(
                Move(
                    session_id=session.session_id,
                    starts_at=wanted.starts_at,
                    ends_at=wanted.ends_at,
                    place=wanted.place,
                    online_url=wanted.online_url,
                )
            )
    if form.is_right and not moves:
        form.wrong(session_fields(1)[0].day, "publishing.nothing_moves")
    return (tuple(moves), pointers) if form.is_right else None


def read_both(
    form: Form, name: str, *, needed: str | None, longest: int = _LONGEST_TEXT
) -> Translated:
    """A text in both languages; without `needed` both or neither."""
    texts: dict[Language, str] = {}
    for language in LANGUAGES:
        here = f"{name}_{language}"
        texts[language] = form.text(here, longest=longest, too_long="publishing.text_too_long")
        if needed is not None and not texts[language]:
            form.wrong(here, f"publishing.in_language.{language}", what=form.say(needed))
    if needed is None and any(texts.values()):
        for language, text in texts.items():
            if not text:
                form.wrong(f"{name}_{language}", "publishing.both_needed")
    return Translated(nl=texts["nl"], en=texts["en"])


def both_pointers(pointer: str, name: str) -> dict[str, str]:
    """Of a text in both languages."""
    return {f"{pointer}/{language}": f"{name}_{language}" for language in LANGUAGES}


def read_code(form: Form, name: str) -> str:
    """A course's code."""
    return _matching(form, name, _CODE, "publishing.code_needed")


def amount_minor(typed: str) -> int | None:
    """An amount such as 12, 12.50 or 12,50, in minor units; None for anything else."""
    read = _AMOUNT.fullmatch(typed.strip().removeprefix("€").strip())
    if read is None:
        return None
    return 100 * int(read.group(1)) + int(read.group(2) or 0)


class _PlanReader:
    def __init__(self, form: Form, zone: ZoneInfo) -> None:
        self._form = form
        self._zone = zone
        self._pointers: dict[str, str] = {
            "/course_code": "course",
            "/class_number": "class_number",
            "/academic_year": "academic_year",
            "/activity": "activity",
            "/taught_in": "taught_in",
            "/document": "document",
            "/sessions": "session-1-day",
            "/starts_at": "whole_from_day",
            "/ends_at": "whole_until_day",
            "/capacity": "capacity",
            "/minimum": "minimum",
            "/prices": "price_list",
            "/vat/rate": "vat",
            **both_pointers("/vat/reason", "vat_reason"),
            "/enrolment_opens_at": "opens_day",
            "/enrolment_closes_at": "closes_day",
            "/policy_id": "policy",
            "/terms_id": "terms",
            **both_pointers("/organiser", "organiser"),
            "/contact": "contact",
            **both_pointers("/practical", "practical"),
            "/elsewhere/url": "elsewhere_url",
            "/lecturer_ids": "lecturer_ids",
            "/coordinator_ids": "coordinator_ids",
        }

    def read(self) -> ReadPlan | None:
        form = self._form
        course = read_code(form, "course")
        number = _matching(form, "class_number", _NUMBER, "publishing.number_needed")
        year = _matching(form, "academic_year", _YEAR, "publishing.year_needed")
        activity: Activity | None = form.choice(
            "activity", ACTIVITIES, needed="publishing.activity_needed"
        )
        taught_in: Language | None = form.choice(
            "taught_in", LANGUAGES, needed="publishing.taught_in_needed"
        )
        document: Document | None = form.choice(
            "document", DOCUMENTS, needed="publishing.document_needed"
        )
        sessions = tuple(self._sessions())
        starts_at, ends_at = self._whole(has_sessions=bool(sessions))
        capacity = self._count("capacity", needed=True)
        minimum = self._count("minimum", needed=False)
        elsewhere = self._has_elsewhere()
        prices = tuple(self._prices(needed=not elsewhere))
        vat: VatRate | None = form.choice("vat", VAT_RATES, needed="publishing.vat_needed")
        reason = read_both(form, "vat_reason", needed="publishing.vat_reason_needed", longest=500)
        opens_at = self._moment("opens", needed=True)
        closes_at = self._moment("closes", needed=False)
        policy = self._id("policy", "publishing.policy_needed")
        terms = self._id("terms", "publishing.terms_needed")
        organiser = read_both(form, "organiser", needed="publishing.organiser_needed", longest=200)
        contact = _matching(form, "contact", _MAIL, "publishing.contact_needed")
        practical = read_both(form, "practical", needed=None)
        there = self._elsewhere() if elsewhere else None
        lecturers = self._people("lecturer_ids")
        coordinators = self._people("coordinator_ids")
        if not form.is_right or None in (activity, taught_in, document, vat, opens_at):
            return None
        plan = msgspec.convert(
            {
                "class_number": number,
                "academic_year": year,
                "course_code": course,
                "activity": activity,
                "taught_in": taught_in,
                "practical": practical if practical.nl else None,
                "organiser": organiser,
                "contact": contact,
                "sessions": sessions,
                "starts_at": starts_at,
                "ends_at": ends_at,
                "minimum": minimum,
                "capacity": capacity,
                "enrolment_opens_at": opens_at,
                "enrolment_closes_at": closes_at,
                "currency": form.typed("currency") or "EUR",
                "prices": prices,
                "vat": {"rate": vat, "reason": reason},
                "policy_id": policy,
                "terms_id": terms,
                "elsewhere": there,
                "document": document,
                "lecturer_ids": lecturers,
                "coordinator_ids": coordinators,
            },
            Plan,
            from_attributes=True,
        )
        return ReadPlan(plan=plan, pointers=self._pointers)

    def _sessions(self) -> Iterator[PlanSession]:
        count = 0
        for fields in session_fields(rows_of(self._form, at_least=1)):
            session = _read_session(self._form, fields, self._zone)
            if session is not None:
                self._pointers |= _session_pointers(count, fields)
                count += 1
                yield session

    def _whole(self, *, has_sessions: bool) -> tuple[datetime | None, datetime | None]:
        """From when until when, of something without sessions."""
        if has_sessions:
            # Whoever gives both is told by the catalogue that one is enough.
            return self._moment("whole_from", needed=False), self._moment(
                "whole_until", needed=False
            )
        if not (self._form.typed("whole_from_day") or self._form.typed("whole_until_day")):
            if not any(name.startswith("session-") for name in self._form.wrongs):
                self._form.wrong("session-1-day", "publishing.when_needed")
            return None, None
        return self._moment("whole_from", needed=True), self._moment("whole_until", needed=True)

    def _moment(self, name: str, *, needed: bool) -> datetime | None:
        """A day with a time; a day alone begins it."""
        form, day_field, time_field = self._form, f"{name}_day", f"{name}_time"
        if not needed and not form.typed(day_field).strip():
            return None
        day = read_day(form.typed(day_field))
        if day is None:
            form.wrong(day_field, "publishing.day_needed")
        at = read_time(form.typed(time_field) or "00:00")
        if at is None:
            form.wrong(time_field, "publishing.time_needed")
        if day is None or at is None:
            return None
        try:
            return instant_at(day, at, self._zone)
        except NoSuchTime:
            form.wrong(time_field, "publishing.no_such_time")
            return None

    def _count(self, name: str, *, needed: bool) -> int:
        typed = self._form.typed(name).strip()
        if not typed and not needed:
            return 0
        if not _COUNT.fullmatch(typed) or int(typed) > _HIGHEST:
            self._form.wrong(name, "publishing.count_needed")
            return 0
        return int(typed)

    def _prices(self, *, needed: bool) -> Iterator[PlanPrice]:
        count = 0
        whose: tuple[Affiliation | None, ...] = (None, *AFFILIATIONS)
        for affiliation in whose:
            name = f"price_{affiliation or 'list'}"
            typed = self._form.typed(name)
            fee = amount_minor(typed)
            is_needed = needed and affiliation is None
            if fee is None and (typed.strip() or is_needed):
                key = "publishing.price_needed" if is_needed else "publishing.price_or_none"
                self._form.wrong(name, key)
            if fee is not None:
                self._pointers[f"/prices/{count}/fee_minor"] = name
                count += 1
                yield PlanPrice(affiliation=affiliation, fee_minor=fee)

    def _id(self, name: str, needed: str) -> UUID | None:
        found = _as_id(self._form.typed(name))
        if found is None:
            self._form.wrong(name, needed)
        return found

    def _has_elsewhere(self) -> bool:
        names = ("elsewhere_system", "elsewhere_code", "elsewhere_url")
        return any(self._form.typed(name).strip() for name in names)

    def _elsewhere(self) -> PlanElsewhere:
        line = {
            name: self._form.text(
                f"elsewhere_{name}",
                needed="publishing.elsewhere_needed",
                longest=_LONGEST_LINE,
                too_long="publishing.text_too_long",
            )
            for name in ("system", "code")
        }
        url = _address(self._form, "elsewhere_url", needed=True)
        return PlanElsewhere(system=line["system"], foreign_code=line["code"], url=url or "")

    def _people(self, name: str) -> tuple[UUID, ...]:
        typed = re.split(r"[\s,;]+", self._form.typed(name).strip())
        ids = [_as_id(each) for each in typed if each]
        known = [each for each in ids if each is not None]
        if len(known) < len(ids) or len(known) > _MOST_PEOPLE:
            self._form.wrong(name, "publishing.people_needed")
        self._pointers |= {f"/{name}/{place}": name for place in range(len(known))}
        return tuple(dict.fromkeys(known))


def _read_session(form: Form, fields: Fields, zone: ZoneInfo) -> PlanSession | None:
    """One row; None where nothing is in it, or something has to be corrected."""
    typed = (fields.day, fields.starts, fields.ends, fields.place, fields.online, fields.lecturers)
    if not any(form.typed(name).strip() for name in typed):
        return None
    day = read_day(form.typed(fields.day))
    if day is None:
        form.wrong(fields.day, "publishing.session_day_needed", number=fields.number)
    nights = form.typed(fields.nights)
    later = {fields.ends: timedelta(days=int(nights) if _COUNT.fullmatch(nights) else 0)}
    moments: list[datetime] = []
    for name in (fields.starts, fields.ends):
        at = read_time(form.typed(name))
        if at is None:
            form.wrong(name, "publishing.session_time_needed", number=fields.number)
        elif day is not None:
            try:
                moments.append(instant_at(day + later.get(name, timedelta()), at, zone))
            except (NoSuchTime, OverflowError):
                form.wrong(name, "publishing.no_such_time")
    place = form.text(fields.place, longest=_LONGEST_LINE, too_long="publishing.text_too_long")
    online = _address(form, fields.online, needed=False)
    lecturers = tuple(
        each.strip() for each in re.split(r"[,;\n]", form.typed(fields.lecturers)) if each.strip()
    )
    if len(lecturers) > _MOST_PEOPLE or any(len(each) > _LONGEST_LINE for each in lecturers):
        form.wrong(fields.lecturers, "publishing.text_too_long", count=_LONGEST_LINE)
    if len(moments) < 2:  # noqa: PLR2004 - start and end.
        return None
    return PlanSession(
        session_id=_as_id(form.typed(fields.id)),
        starts_at=moments[0],
        ends_at=moments[1],
        place=place or None,
        online_url=online,
        lecturers=lecturers,
    )


def _session_pointers(place: int, fields: Fields) -> dict[str, str]:
    return {
        f"/sessions/{place}/session_id": fields.day,
        f"/sessions/{place}/starts_at": fields.starts,
        f"/sessions/{place}/ends_at": fields.ends,
        f"/sessions/{place}/place": fields.place,
        f"/sessions/{place}/online_url": fields.online,
        f"/sessions/{place}/lecturers": fields.lecturers,
    }


def _matching(form: Form, name: str, pattern: re.Pattern[str], needed: str) -> str:
    value = form.typed(name).strip()
    if not pattern.fullmatch(value):
        form.wrong(name, needed)
    return value


def _address(form: Form, name: str, *, needed: bool) -> str | None:
    """An address of the web that people can click on."""
    value = form.typed(name).strip()
    if not value and not needed:
        return None
    try:
        read = urlsplit(value)
        is_sound = read.scheme in ("https", "http") and bool(read.hostname)
    except ValueError:
        is_sound = False
    if not is_sound or len(value) > _LONGEST_URL:
        form.wrong(name, "publishing.url_needed")
    return value


def _as_id(typed: str) -> UUID | None:
    try:
        return UUID(typed.strip())
    except ValueError:
        return None


def _both_typed(name: str, text: Translated | None) -> dict[str, str]:
    if text is None:
        return {}
    return {f"{name}_nl": text.nl, f"{name}_en": text.en}


def _euros(minor: int, words: Words) -> str:
    if minor % 100 == 0:
        return f"{minor // 100}"
    return f"{minor // 100}{words.say('desk.decimal_sign')}{minor % 100:02}"
