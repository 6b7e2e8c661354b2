"""Reading a catalogue file: every entry on its own, so that one look finds everything that is wrong."""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import partial
from typing import Any, Generic, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import asdict

from contracts.catalogue import CancellationPolicy, PolicyStep, Price, Session, Terms
from contracts.fact import Translated
from services.catalogue.catalogue_file.advice import advice_on, path_in
from services.catalogue.catalogue_file.lines import lines_of_entries
from services.catalogue.catalogue_file.shapes import (
    ClassListEntry,
    CourseEntry,
    OfferingEntry,
    PolicyEntry,
    Prices,
    ProgrammeEntry,
    SessionEntry,
    SubjectEntry,
    TermsEntry,
)
from services.catalogue.domain import names
from services.catalogue.domain.conditions import text_hash
from services.catalogue.domain.courses import Course, Subject
from services.catalogue.domain.faults import Fault, Faulty, Path
from services.catalogue.domain.offerings import Plan
from services.catalogue.domain.programmes import ClassList, Programme
from services.catalogue.domain.wall_clock import NotOneInstant, instant_at

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)

_TABLES = ("defaults", "subject", "policy", "terms", "course", "offering", "programme")
_OF_TOML = (datetime, date, time)
_NEVER = datetime.min  # noqa: DTZ901 - stands in for a time that is reported as wrong.


@dataclass(frozen=True)
class Entry(Generic[T]):
    """Something that the file says, and where: `("offering", 2)` is the third offering."""

    path: Path
    line: int
    name: str
    """As the file writes it: a code, a key with its version, a class number with its year."""
    value: T


@dataclass(frozen=True)
class BadEntry:
    """Something that the file should say otherwise."""

    line: int
    where: str
    """Empty: the file as a whole."""
    reason: Translated

    def __str__(self) -> str:
        return f"line {self.line}, {self.where or 'the file'}: {self.reason.en}"

    def __lt__(self, other: "BadEntry") -> bool:
        return (self.line, self.where, self.reason.en) < (
            other.line,
            other.where,
            other.reason.en,
        )


@dataclass(frozen=True)
class ListOf:
    """A class list, and whose it is."""

    programme: str
    content: ClassList


@dataclass
class CatalogueFile:
    """A file that has been read: what can be understood of it, and what cannot."""

    subjects: list[Entry[Subject]] = field(default_factory=list)
    policies: list[Entry[CancellationPolicy]] = field(default_factory=list)
    terms: list[Entry[Terms]] = field(default_factory=list)
    courses: list[Entry[Course]] = field(default_factory=list)
    offerings: list[Entry[Plan]] = field(default_factory=list)
    programmes: list[Entry[Programme]] = field(default_factory=list)
    lists: list[Entry[ListOf]] = field(default_factory=list)
    bad: list[BadEntry] = field(default_factory=list)
    unreadable: set[tuple[str | int, str | UUID]] = field(default_factory=set)
    """Tables and names of bad entries: who refers to them is not wrong as well."""

    def report(self, entry: Entry[Any], faults: Sequence[Fault]) -> None:
        """Add what is wrong with an entry that could be read."""
        self.bad += [
            BadEntry(entry.line, _spelled((*entry.path, *fault.path)), fault.reason)
            for fault in faults
        ]


def read_catalogue(text: str, zone: ZoneInfo) -> CatalogueFile:
    """Read a catalogue file (docs/catalogue-file.md); its wall-clock times are those of this zone."""
    text = unicodedata.normalize("NFC", text)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return CatalogueFile(bad=[_not_toml(text, error)])
    except (ValueError, RecursionError):  # A number of thousands of digits, a list in a list in a …
        return CatalogueFile(bad=[BadEntry(1, "", _NOBODY_WRITES_THIS)])
    return _Reader(tables, lines_of_entries(text), zone).read()


class _Reader:
    def __init__(self, tables: dict[str, Any], lines: Mapping[Path, int], zone: ZoneInfo) -> None:
        self._tables = tables
        self._lines = lines
        self._zone = zone
        self._file = CatalogueFile()
        self._first: dict[Hashable, int] = {}

    def read(self) -> CatalogueFile:
        file = self._file
        for name in self._tables.keys() - set(_TABLES):
            self._bad((name,), _remove(_TABLES))
        file.subjects += self._entries("subject", SubjectEntry, _subject)
        file.policies += self._entries("policy", PolicyEntry, _policy)
        file.terms += self._entries("terms", TermsEntry, _terms)
        file.courses += self._entries("course", CourseEntry, _course)
        file.offerings += self._entries("offering", OfferingEntry, self._plan, self._defaults())
        for number, raw in enumerate(self._array("programme", self._tables)):
            self._read_programme(("programme", number), raw)
        return file

    def _entries(
        self,
        name: str,
        shape: type[S],
        make: Callable[[S], T],
        defaults: Mapping[str, Any] | None = None,
    ) -> Iterator[Entry[T]]:
        for number, raw in enumerate(self._array(name, self._tables)):
            yield from self._entry((name, number), {**(defaults or {}), **raw}, shape, make)

    def _read_programme(self, path: Path, raw: dict[str, Any]) -> None:
        lists = self._array("list", raw, path)
        rest = {name: value for name, value in raw.items() if name != "list"}
        self._file.programmes += self._entry(path, rest, ProgrammeEntry, _programme)
        make = partial(_list_of, str(raw.get("code")))
        for number, each in enumerate(lists):
            self._file.lists += self._entry((*path, "list", number), each, ClassListEntry, make)

    def _entry(
        self, path: Path, raw: dict[str, Any], shape: type[S], make: Callable[[S], T]
    ) -> Iterator[Entry[T]]:
        """One entry, or none and a report of what is wrong with it."""
        try:
            _require_text(raw)
            entry = msgspec.convert(raw, shape, builtin_types=_OF_TOML)
            _require_known_names(raw, entry)
            value = make(entry)
        except msgspec.ValidationError as error:
            self._bad((*path, *path_in(error)), advice_on(error))
            for fault in _unknown_names(raw, dict.fromkeys(shape.__struct_fields__)):
                self._bad((*path, *fault.path), fault.reason)  # What is missing may be there.
        except Faulty as faulty:
            for fault in faulty.faults:
                self._bad((*path, *fault.path), fault.reason)
        else:
            if self._is_first(path, value):
                yield Entry(path, self._line(path), _written_as(raw, value), value)
            return
        self._file.unreadable.add((path[0], _referred_to_as(str(path[0]), raw)))

    def _is_first(self, path: Path, value: Any) -> bool:
        """Whether nothing earlier in the file says what this is; reports it otherwise."""
        name = identity_of(value)
        if name in self._first:
            self._bad(path, _there_already(self._first[name]))
            return False
        self._first[name] = self._line(path)
        return True

    def _array(self, name: str, table: dict[str, Any], path: Path = ()) -> list[dict[str, Any]]:
        """An array of tables; anything else under its name is reported."""
        found = table.get(name, [])
        if isinstance(found, list) and all(isinstance(each, dict) for each in found):
            return found
        header = ".".join(str(part) for part in (*path, name) if isinstance(part, str))
        self._bad((*path, name), _own_header(header))
        return []

    def _defaults(self) -> dict[str, Any]:
        found = self._tables.get("defaults", {})
        defaults: dict[str, Any] = found if isinstance(found, dict) else {}
        for name in defaults.keys() - set(OfferingEntry.__struct_fields__):
            self._bad(("defaults", name), _NOTHING_OF_AN_OFFERING)
        return {
            name: value
            for name, value in defaults.items()
            if name in OfferingEntry.__struct_fields__
        }

    def _plan(self, entry: OfferingEntry) -> Plan:
        offering_id = names.offering_id_of(entry.academic_year, entry.class_number)
        clock = _Clock(self._zone)
        sessions = tuple(
            Session(
                session_id=names.session_id_of(offering_id, each.key or str(number + 1)),
                starts_at=clock.at(each.starts_at, "sessions", number, "starts_at"),
                ends_at=clock.at(each.ends_at, "sessions", number, "ends_at"),
                lecturers=each.lecturers or entry.lecturers,
                **_where(each, entry),
            )
            for number, each in enumerate(entry.sessions)
        )
        plan = Plan(
            class_number=entry.class_number,
            academic_year=entry.academic_year,
            course_code=entry.course,
            activity=entry.activity,
            taught_in=entry.taught_in,
            practical=entry.practical,
            organiser=entry.organiser,
            contact=entry.contact,
            sessions=sessions,
            starts_at=clock.maybe_at(entry.starts_at, "starts_at"),
            ends_at=clock.maybe_at(entry.ends_at, "ends_at"),
            minimum=entry.minimum,
            capacity=entry.capacity,
            enrolment_opens_at=clock.at(entry.enrolment_opens_at, "enrolment_opens_at"),
            enrolment_closes_at=clock.maybe_at(entry.enrolment_closes_at, "enrolment_closes_at"),
            currency=entry.currency,
            prices=_prices(entry.prices_minor),
            vat=entry.vat,
            policy_id=names.policy_id_of(entry.policy),
            terms_id=names.terms_id_of(entry.terms),
            elsewhere=entry.elsewhere,
            document=entry.document,
            lecturer_ids=entry.lecturer_ids,
            coordinator_ids=entry.coordinator_ids,
        )
        if clock.faults:
            raise Faulty(clock.faults)
        return plan

    def _line(self, path: Path) -> int:
        """The line of the nearest header above; the first line where there is none."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def _bad(self, path: Path, reason: Translated) -> None:
        self._file.bad.append(BadEntry(self._line(path), _spelled(path), reason))


class _Clock:
    """Turns wall-clock times into instants, and keeps a fault for each that is none."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self.faults: list[Fault] = []

    def at(self, wall: datetime, *path: str | int) -> datetime:
        try:
            return instant_at(wall, self._zone)
        except NotOneInstant as error:
            self.faults.append(Fault(path, error.reason))
            return _NEVER

    def maybe_at(self, wall: datetime | None, *path: str | int) -> datetime | None:
        return None if wall is None else self.at(wall, *path)


def identity_of(value: Any) -> Hashable:
    """What makes an entry the same entry as another one."""
    match value:
        case Subject() | Course() | Programme():
            return type(value), value.code
        case CancellationPolicy():
            return CancellationPolicy, value.policy_id, value.version
        case Terms():
            return Terms, value.terms_id, value.version
        case Plan():
            return Plan, value.academic_year, value.class_number
        case ListOf():
            return ListOf, value.programme, value.content.academic_year, value.content.key
    raise TypeError(type(value))


def _referred_to_as(table: str, raw: Mapping[str, Any]) -> str | UUID:
    """By what others refer to an entry, whatever else is wrong with it."""
    name = str(raw.get("code", raw.get("key")))
    if table == "policy":
        return names.policy_id_of(name)
    return names.terms_id_of(name) if table == "terms" else name


def _written_as(raw: Mapping[str, Any], value: Any) -> str:
    """What people call an entry."""
    match value:
        case Plan():
            return f"{value.class_number}, {value.academic_year}"
        case ListOf():
            return f"{value.programme}, {value.content.academic_year}, {value.content.key}"
        case CancellationPolicy() | Terms():
            return f"{raw['key']}, {value.version}"
    return str(raw["code"])


def _subject(entry: SubjectEntry) -> Subject:
    return Subject(code=entry.code, name=entry.name)


def _policy(entry: PolicyEntry) -> CancellationPolicy:
    return CancellationPolicy(
        policy_id=names.policy_id_of(entry.key),
        version=entry.version,
        name=entry.name,
        text=entry.text,
        text_hash=text_hash(entry.text),
        steps=tuple(PolicyStep(until=step.until, kept=step.kept) for step in entry.steps),
        kept_with_medical_proof=entry.kept_with_medical_proof,
        kept_when_switching=entry.kept_when_switching,
        dropped_session_pro_rata=entry.dropped_session_pro_rata,
    )


def _terms(entry: TermsEntry) -> Terms:
    return Terms(
        terms_id=names.terms_id_of(entry.key),
        version=entry.version,
        text=entry.text,
        text_hash=text_hash(entry.text),
    )


def _course(entry: CourseEntry) -> Course:
    return Course(course_id=names.course_id_of(entry.code), **asdict(entry))


def _programme(entry: ProgrammeEntry) -> Programme:
    return Programme(**asdict(entry))


def _list_of(programme: str, entry: ClassListEntry) -> ListOf:
    by_year = "all" if entry.study_year is None else f"year-{entry.study_year}"
    content = ClassList(**asdict(entry) | {"key": entry.key or by_year})
    return ListOf(programme, content)


def _prices(prices: Prices) -> tuple[Price, ...]:
    each = {
        None: prices.list,
        "student": prices.student,
        "staff": prices.staff,
        "guest": prices.guest,
    }
    return tuple(
        msgspec.convert({"affiliation": affiliation, "fee_minor": fee}, Price)
        for affiliation, fee in each.items()
        if fee is not None
    )


def _where(session: SessionEntry, entry: OfferingEntry) -> dict[str, str | None]:
    """A session that says nothing about it is held where the offering says."""
    if session.place is None and session.online_url is None:
        return {"place": entry.place, "online_url": entry.online_url}
    return {"place": session.place, "online_url": session.online_url}


def _require_known_names(raw: dict[str, Any], entry: msgspec.Struct) -> None:
    """Hold an entry to names that mean something: a slip of the pen must not be silently dropped.

    Raises:
        Faulty: names all that mean nothing.
    """
    written = msgspec.to_builtins(entry, builtin_types=_OF_TOML)
    if unknown := list(_unknown_names(raw, written)):
        raise Faulty(unknown)


def _unknown_names(raw: Any, known: Any, path: Path = ()) -> Iterator[Fault]:
    if isinstance(raw, dict) and isinstance(known, dict):
        for name, value in raw.items():
            if name in known:
                yield from _unknown_names(value, known[name], (*path, name))
            else:
                yield Fault((*path, name), _remove(sorted(known)))
    elif isinstance(raw, list) and isinstance(known, list | tuple):
        for number, (value, shape) in enumerate(zip(raw, known, strict=True)):
            yield from _unknown_names(value, shape, (*path, number))


def _require_text(raw: Mapping[str, Any]) -> None:
    """Hold an entry to characters that can be stored.

    Raises:
        Faulty: names every text with another one in it.
    """
    if bad := list(_unstorable(raw)):
        raise Faulty([Fault(path, _NO_TEXT) for path in bad])


def _unstorable(raw: Any, path: Path = ()) -> Iterator[Path]:
    if isinstance(raw, str) and "\0" in raw:
        yield path
    elif isinstance(raw, Mapping):
        for name, value in raw.items():
            yield from _unstorable(value, (*path, name))
    elif isinstance(raw, list):
        for number, value in enumerate(raw):
            yield from _unstorable(value, (*path, number))


def _remove(known: Sequence[str]) -> Translated:
    return Translated(
        nl=f"Haal dit weg, of verbeter de spelling: er zijn {', '.join(known)}.",
        en=f"Remove it, or check its spelling: there are {', '.join(known)}.",
    )


def _spelled(path: Path) -> str:
    """`offering[3].sessions[2].ends_at`; counted from 1, as people do."""
    parts = [f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path]
    return "".join(parts).lstrip(".")


def _not_toml(text: str, error: tomllib.TOMLDecodeError) -> BadEntry:
    reason, _, where = str(error).partition(" (at ")
    found = re.match(r"line (\d+)", where)
    line = int(found[1]) if found else text.count("\n") + 1  # "at end of document"
    said = Translated(
        nl=f"{reason}. Verbeter dit: het is geen TOML.",
        en=f"{reason}. Correct it: this is not TOML.",
    )
    return BadEntry(line, "", said)


def _there_already(line: int) -> Translated:
    return Translated(
        nl=f"Dit staat al op regel {line}. Houd een van de twee.",
        en=f"This is on line {line} already. Keep one of the two.",
    )


def _own_header(header: str) -> Translated:
    return Translated(
        nl=f"Begin elk hiervan met een eigen kop: [[{header}]].",
        en=f"Begin each of these with a header of its own: [[{header}]].",
    )


_NOTHING_OF_AN_OFFERING = Translated(
    nl="Haal dit weg: een aanbod heeft niets van deze naam.",
    en="Remove it: an offering has nothing of this name.",
)
_NO_TEXT = Translated(
    nl="Haal het nulteken uit deze tekst.", en="Take the null character out of this text."
)
_NOBODY_WRITES_THIS = Translated(
    nl="Hierin staat een getal van duizenden cijfers, of een lijst die honderden keren in een lijst staat. "
    "Haal dat weg.",
    en="There is a number of thousands of digits in this, or a list in a list, hundreds of times. "
    "Take it out.",
)
