"""Importing a whole catalogue file: checked from end to end first, then all of it or nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from chassis.database import Connection
from chassis.outbox import tell
from chassis.refusals import Refusal
from contracts.catalogue import CancellationPolicy, OfferingRescheduled, Terms
from contracts.fact import Translated
from services.catalogue import store
from services.catalogue.catalogue_file.reading import BadEntry, CatalogueFile, Entry, ListOf
from services.catalogue.domain.conditions import (
    faults_of_policy,
    faults_of_terms,
    faults_of_version,
    latest,
)
from services.catalogue.domain.courses import Course, Subject, faults_of_course
from services.catalogue.domain.faults import Fault, Faulty, untranslated
from services.catalogue.domain.names import list_id_of, offering_id_of
from services.catalogue.domain.offerings import Offering, Plan, Published, publish_offering
from services.catalogue.domain.programmes import (
    Programme,
    describe_programme,
    faults_of_list,
    faults_of_plain_entries,
    faults_of_programme,
    numbers_of,
)
from services.catalogue.store.programmes import Revised

_AT_ONCE = 1000
"""Rows in one statement: enough to be fast, and far from its time limit."""

C = TypeVar("C", CancellationPolicy, Terms)
T = TypeVar("T")


class BadFile(Exception):
    """Nothing was imported; these are all the entries that are wrong, in the order of their lines."""

    def __init__(self, bad: Iterable[BadEntry]) -> None:
        self.bad = sorted(bad)
        super().__init__(f"{len(self.bad)} bad entries")


Kind = Literal["subject", "policy", "terms", "course", "offering", "programme", "list"]
Change = Literal["new", "changed", "moved", "unchanged"]
"""`moved`: an offering whose sessions are not when or where they were. Whoever has a place in it is told."""


class EntryChange(msgspec.Struct, frozen=True, kw_only=True):
    """What an import makes of one entry."""

    kind: Kind
    name: str
    """As the file writes it: a code, a key with its version, a class number with its year."""
    line: int | None
    """None: the file does not name it, but says something else of its course."""
    change: Change


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """How much an import changed. All zero: the file said nothing new."""

    policies: int
    terms: int
    courses: int
    published: int
    rescheduled: int
    programmes: int
    lists: int
    entries: tuple[EntryChange, ...]
    """Everything that the file names, and what follows from it."""


async def check_catalogue(
    tx: Connection, file: CatalogueFile, *, zone: ZoneInfo, now: datetime
) -> Imported:
    """Find out what an import would change, and report everything that is wrong to the file. Writes nothing."""
    await store.courses.wait_for_other_imports(tx)
    importing = _Import(tx, file, zone, now)
    await importing.check()
    return importing.summary()


async def import_catalogue(
    tx: Connection, file: CatalogueFile, *, zone: ZoneInfo, now: datetime
) -> Imported:
    """Bring the catalogue to what a file says. What the file does not name stays as it is.

    Raises:
        BadFile: something in the file is wrong.
    """
    await store.courses.wait_for_other_imports(tx)
    importing = _Import(tx, file, zone, now)
    await importing.check()
    if file.bad:
        raise BadFile(file.bad)
    return await importing.save()


class _Import:
    """Everything is checked, and reported to the file, before anything is written."""

    def __init__(self, tx: Connection, file: CatalogueFile, zone: ZoneInfo, now: datetime) -> None:
        self._tx = tx
        self._file = file
        self._zone = zone
        self._now = now
        self._subjects: list[Subject] = []
        self._policies: list[CancellationPolicy] = []
        self._terms: list[Terms] = []
        self._courses: list[Course] = []
        self._new: list[Offering] = []
        self._changed: list[Offering] = []
        self._facts: list[Published] = []
        self._programmes: list[Programme] = []
        self._lists: list[Revised] = []
        self._entries: list[EntryChange] = []
        self._touched: set[UUID] = set()
        """Courses whose rows in the overview are to be made anew."""

    async def check(self) -> None:
        subjects = await self._check_subjects()
        policies, terms = await self._check_conditions()
        before, after = await self._check_courses(subjects)
        await self._check_offerings(before, after, policies, terms)
        await self._check_programmes()
        await self._check_lists()

    async def save(self) -> Imported:
        tx, now = self._tx, self._now
        await store.courses.save_subjects(tx, self._subjects)
        await store.conditions.insert_policies(tx, self._policies, now=now)
        await store.conditions.insert_terms(tx, self._terms, now=now)
        await store.courses.save_courses(tx, self._courses)
        for portion in _portions(self._new):
            self._require_all(portion, await store.offerings.insert_offerings(tx, portion))
        for portion in _portions(self._changed):
            await store.offerings.update_offerings(tx, portion)
        for course_ids in _portions(sorted(self._touched)):
            await store.overview.refresh(tx, course_ids)
        versions = await store.programmes.save_programmes(tx, self._programmes)
        await store.programmes.insert_revisions(tx, self._lists, now=now)
        described = [
            describe_programme(each, version=versions[each.code]) for each in self._programmes
        ]
        for facts in _portions([*self._facts, *described]):
            await tell(tx, *facts, now=now)
        return self.summary()

    def summary(self) -> Imported:
        rescheduled = sum(isinstance(each, OfferingRescheduled) for each in self._facts)
        return Imported(
            policies=len(self._policies),
            terms=len(self._terms),
            courses=len(self._courses),
            published=len(self._facts) - rescheduled,
            rescheduled=rescheduled,
            programmes=len(self._programmes),
            lists=len(self._lists),
            entries=tuple(self._entries),
        )

    def _say(self, kind: Kind, entry: Entry[Any], *, known: bool, differs: bool) -> None:
        """Note what becomes of something that the file names."""
        change: Change = "unchanged"
        if differs:
            change = "changed" if known else "new"
        self._entries.append(
            EntryChange(kind=kind, name=entry.name, line=entry.line, change=change)
        )

    async def _check_subjects(self) -> set[str]:
        """The codes of all subjects that there are after the import."""
        known = await store.courses.get_subjects(self._tx)
        for entry in self._file.subjects:
            self._file.report(entry, untranslated(("name",), entry.value.name))
            before = known.get(entry.value.code)
            self._say("subject", entry, known=before is not None, differs=before != entry.value)
            if before != entry.value:
                self._subjects.append(entry.value)
        return known.keys() | {entry.value.code for entry in self._file.subjects}

    async def _check_conditions(
        self,
    ) -> tuple[dict[UUID, CancellationPolicy], dict[UUID, Terms]]:
        """The policies and terms that hold after the import, by id."""
        file, plans = self._file, [entry.value for entry in self._file.offerings]
        policies = await store.conditions.get_policies(
            self._tx,
            {each.value.policy_id for each in file.policies} | {each.policy_id for each in plans},
        )
        terms = await store.conditions.get_terms(
            self._tx,
            {each.value.terms_id for each in file.terms} | {each.terms_id for each in plans},
        )
        for policy in file.policies:
            file.report(policy, faults_of_policy(policy.value))
            is_new = self._is_new(policy, policies.setdefault(policy.value.policy_id, {}))
            self._say("policy", policy, known=not is_new, differs=is_new)
            if is_new:
                self._policies.append(policy.value)
        for wording in file.terms:
            file.report(wording, faults_of_terms(wording.value))
            is_new = self._is_new(wording, terms.setdefault(wording.value.terms_id, {}))
            self._say("terms", wording, known=not is_new, differs=is_new)
            if is_new:
                self._terms.append(wording.value)
        return _latest(policies), _latest(terms)

    def _is_new(self, entry: Entry[C], published: dict[int, C]) -> bool:
        """Whether this version is to be published now. The next ones in the file build on it."""
        faults = faults_of_version(published, entry.value)
        self._file.report(entry, faults)
        if faults or entry.value.version in published:
            return False
        published[entry.value.version] = entry.value
        return True

    async def _check_courses(
        self, subjects: set[str]
    ) -> tuple[dict[str, Course], dict[str, Course]]:
        """Courses that this import may touch, by code: as they are, locked, and as they will be."""
        file, renamed = self._file, {subject.code for subject in self._subjects}
        codes = {entry.value.code for entry in file.courses}
        codes |= {entry.value.course_code for entry in file.offerings}
        codes |= await store.courses.get_codes(self._tx, subjects=renamed)
        before = await store.courses.lock_courses(self._tx, codes)
        after = dict(before)
        for entry in file.courses:
            course = after[entry.value.code] = entry.value
            file.report(entry, faults_of_course(course))
            if course.subject not in subjects:
                self._report_missing(entry, "subject", course.subject)
            known = before.get(course.code)
            self._say("course", entry, known=known is not None, differs=known != course)
            if known != course:
                self._courses.append(course)
        self._touched |= {each.course_id for each in self._courses}
        self._touched |= {each.course_id for each in after.values() if each.subject in renamed}
        return before, after

    async def _check_offerings(
        self,
        before: Mapping[str, Course],
        after: Mapping[str, Course],
        policies: Mapping[UUID, CancellationPolicy],
        terms: Mapping[UUID, Terms],
    ) -> None:
        known: dict[UUID, Offering] = {}
        for ids in _portions([course.course_id for course in before.values()]):
            known |= await store.offerings.get_offerings(self._tx, course_ids=ids)
        named = {_id_of(entry.value) for entry in self._file.offerings}
        for ids in _portions(sorted(named - known.keys())):
            known |= await store.offerings.get_offerings(self._tx, offering_ids=ids)
        for entry in self._file.offerings:
            plan = entry.value
            offering = known.pop(_id_of(plan), None)
            course = after.get(plan.course_code)
            policy, wording = policies.get(plan.policy_id), terms.get(plan.terms_id)
            if course is None:
                self._report_missing(entry, "course", plan.course_code)
            if policy is None:
                self._report_missing(entry, "policy", plan.policy_id)
            if wording is None:
                self._report_missing(entry, "terms", plan.terms_id)
            if course and policy and wording:
                self._publish(entry, offering, course, policy, wording)
        for offering in known.values():
            # Not in the file; but its course may be, under another title.
            course = after.get(offering.course.code, offering.course)
            if offering.cancelled is None:
                self._note(
                    None,
                    offering,
                    publish_offering(
                        offering,
                        offering.plan,
                        course,
                        offering.policy,
                        offering.terms,
                        zone=self._zone,
                    ),
                )

    def _publish(
        self,
        entry: Entry[Plan],
        known: Offering | None,
        course: Course,
        policy: CancellationPolicy,
        terms: Terms,
    ) -> None:
        try:
            published = publish_offering(known, entry.value, course, policy, terms, zone=self._zone)
        except Faulty as faulty:
            self._file.report(entry, [_as_in_file(fault) for fault in faulty.faults])
        except Refusal:
            self._file.report(entry, [Fault((), _CANCELLED)])
        else:
            self._note(entry, known, published)

    def _note(
        self,
        entry: Entry[Plan] | None,
        known: Offering | None,
        published: tuple[Offering, Published] | None,
    ) -> None:
        if published is None:
            if entry is not None:
                self._say("offering", entry, known=True, differs=False)
            return
        offering, fact = published
        plan = offering.plan
        change: Change = "moved" if isinstance(fact, OfferingRescheduled) else "changed"
        self._entries.append(
            EntryChange(
                kind="offering",
                name=f"{plan.class_number}, {plan.academic_year}",
                line=entry.line if entry else None,
                change="new" if known is None else change,
            )
        )
        (self._new if known is None else self._changed).append(offering)
        self._facts.append(fact)
        self._touched.add(offering.course.course_id)

    async def _check_programmes(self) -> None:
        entries = self._file.programmes
        known = await store.programmes.get_programmes(
            self._tx, [entry.value.code for entry in entries]
        )
        for entry in entries:
            self._file.report(entry, faults_of_programme(entry.value))
            before = known.get(entry.value.code)
            self._say("programme", entry, known=before is not None, differs=before != entry.value)
            if before != entry.value:
                self._programmes.append(entry.value)

    async def _check_lists(self) -> None:
        entries = self._file.lists
        known = await store.programmes.get_lists(
            self._tx, [_list_id(each.value) for each in entries]
        )
        linked = {
            (each.value.academic_year, each.value.class_number) for each in self._file.offerings
        }
        linked |= await store.programmes.find_linked(
            self._tx, numbers_of(each.value.content for each in entries)
        )
        for entry in entries:
            wanted, current = entry.value.content, known.get(_list_id(entry.value))
            self._file.report(entry, faults_of_list(current.content if current else None, wanted))
            self._file.report(entry, faults_of_plain_entries(wanted, linked))
            differs = current is None or current.content != wanted
            self._say("list", entry, known=current is not None, differs=differs)
            if differs:
                self._lists.append(
                    Revised(
                        list_id=_list_id(entry.value),
                        programme=entry.value.programme,
                        revision=current.revision + 1 if current else 1,
                        content=wanted,
                    )
                )

    def _report_missing(self, entry: Entry[Any], table: str, name: str | UUID) -> None:
        """Something that an entry refers to is neither in the file nor in the catalogue."""
        if (table, name) not in self._file.unreadable:
            self._file.report(entry, [Fault((table,), _not_there(table))])

    def _require_all(self, portion: Sequence[Offering], inserted: set[UUID]) -> None:
        """Somebody else may have taken a class number since it was checked."""
        late = {each.offering_id for each in portion} - inserted
        for entry in self._file.offerings:
            if _id_of(entry.value) in late:
                self._file.report(entry, [Fault(("class_number",), _TAKEN_JUST_NOW)])
        if late:
            raise BadFile(self._file.bad)


def _id_of(plan: Plan) -> UUID:
    return offering_id_of(plan.academic_year, plan.class_number)


def _latest(versions: Mapping[UUID, Mapping[int, C]]) -> dict[UUID, C]:
    return {name: latest(each.values()) for name, each in versions.items() if each}


def _list_id(each: ListOf) -> UUID:
    return list_id_of(each.programme, each.content.academic_year, each.content.key)


def _as_in_file(fault: Fault) -> Fault:
    """A fault of a plan, under the name that the file has for it."""
    first, *rest = fault.path
    return Fault((_FILE_NAMES.get(first, first), *rest), fault.reason)


def _portions(everything: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(everything), _AT_ONCE):
        yield everything[start : start + _AT_ONCE]


def _not_there(table: str) -> Translated:
    return Translated(
        nl=f"Dit bestaat niet. Voeg het toe met [[{table}]], of verbeter de spelling.",
        en=f"There is no such thing. Add it with [[{table}]], or correct the spelling.",
    )


_FILE_NAMES: dict[str | int, str] = {"course_code": "course", "prices": "prices_minor"}
_CANCELLED = Translated(
    nl="Dit aanbod is geannuleerd. Haal het weg, of geef het een nieuw nummer.",
    en="This offering has been cancelled. Take it out, or give it a new class number.",
)
_TAKEN_JUST_NOW = Translated(
    nl="Iemand anders publiceerde dit nummer zojuist. Importeer opnieuw.",
    en="Somebody else published this number just now. Import again.",
)
