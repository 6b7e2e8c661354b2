"""Programmes, and their class lists in all revisions."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

import asyncpg
import msgspec
from msgspec.structs import asdict

from chassis.database import Connection, as_struct, maybe_struct
from contracts.catalogue import Activity, Elsewhere
from contracts.fact import Translated
from services.catalogue.domain.programmes import ClassList, LookElsewhere, Programme


async def get_programmes(connection: Connection, codes: Iterable[str]) -> dict[str, Programme]:
    """Programmes by code."""
    records = await connection.fetch(
        """
        SELECT code, kind, name, procedure, contact, note FROM programme WHERE code = ANY($1::text[])
        """,
        list(codes),
    )
    return {record["code"]: as_struct(Programme, record) for record in records}


async def save_programmes(tx: Connection, programmes: Sequence[Programme]) -> dict[str, int]:
    """Insert or replace programmes, and return which version of each this is, by code."""
    records = await tx.fetch(
        """
        INSERT INTO programme (code, kind, name, procedure, contact, note)
        SELECT code, kind, name, procedure, contact, note
        FROM jsonb_populate_recordset(NULL::programme, $1)
        ON CONFLICT (code) DO UPDATE SET
            kind = excluded.kind, name = excluded.name, procedure = excluded.procedure,
            contact = excluded.contact, note = excluded.note, version = programme.version + 1
        RETURNING code, version
        """,
        [asdict(each) for each in programmes],
    )
    return {record["code"]: record["version"] for record in records}


class Current(msgspec.Struct, frozen=True):
    """A list as it stands, and in which revision."""

    revision: int
    content: ClassList


async def get_lists(connection: Connection, list_ids: Iterable[UUID]) -> dict[UUID, Current]:
    """Lists in their current revision."""
    records = await connection.fetch(
        """
        SELECT l.list_id, l.revision, l.key, l.academic_year, r.study_year, r.name, r.revised_on,
               r.complete, r.note, r.look_elsewhere,
               (SELECT coalesce(jsonb_agg(to_jsonb(e) ORDER BY e.position), '[]') FROM class_list_entry AS e
                WHERE e.list_id = l.list_id AND e.revision = l.revision) AS entries
        FROM class_list AS l JOIN class_list_revision AS r USING (list_id, revision)
        WHERE l.list_id = ANY($1::uuid[])
        """,
        list(list_ids),
    )
    return {
        record["list_id"]: Current(record["revision"], as_struct(ClassList, record))
        for record in records
    }


class Revised(msgspec.Struct, frozen=True, kw_only=True):
    """The next revision of a list, to be written."""

    list_id: UUID
    programme: str
    revision: int
    content: ClassList


async def insert_revisions(tx: Connection, revised: Sequence[Revised], *, now: datetime) -> None:
    """Write new revisions beside the old ones, and make them current."""
    rows = [asdict(each.content) | asdict(each) for each in revised]
    await tx.execute(
        """
        INSERT INTO class_list (list_id, programme, academic_year, key, revision)
        SELECT list_id, programme, academic_year, key, revision
        FROM jsonb_populate_recordset(NULL::class_list, $1)
        ON CONFLICT (list_id) DO UPDATE SET revision = excluded.revision
        """,
        rows,
    )
    await tx.execute(
        """
        INSERT INTO class_list_revision (
            list_id, revision, recorded_at, study_year, name, revised_on, complete, note, look_elsewhere
        )
        SELECT list_id, revision, $2, study_year, name, revised_on, complete, note, look_elsewhere
        FROM jsonb_populate_recordset(NULL::class_list_revision, $1)
        """,
        rows,
        now,
    )
    await tx.execute(
        """
        INSERT INTO class_list_entry (list_id, revision, position, class_number, title, activity, heading)
        SELECT list_id, revision, position, class_number, title, activity, heading
        FROM jsonb_populate_recordset(NULL::class_list_entry, $1)
        """,
        [
            asdict(entry)
            | {"list_id": each.list_id, "revision": each.revision, "position": position}
            for each in revised
            for position, entry in enumerate(each.content.entries)
        ],
    )


async def find_linked(
    connection: Connection, numbers: Iterable[tuple[str, str]]
) -> set[tuple[str, str]]:
    """Those academic years and class numbers that are an offering's."""
    wanted = sorted(numbers)
    records = await connection.fetch(
        """
        SELECT academic_year, class_number FROM offering
        JOIN unnest($1::text[], $2::text[]) AS wanted (academic_year, class_number)
             USING (academic_year, class_number)
        """,
        [academic_year for academic_year, _ in wanted],
        [class_number for _, class_number in wanted],
    )
    return {(record["academic_year"], record["class_number"]) for record in records}


class ListHead(msgspec.Struct, frozen=True, kw_only=True):
    """A list without its lines: enough to choose it."""

    key: str
    academic_year: str
    revision: int
    study_year: int | None
    name: Translated | None
    revised_on: date | None
    complete: bool
    note: Translated | None
    look_elsewhere: LookElsewhere | None
    entries: int
    linked: int
    """Entries whose class number can be enrolled in, or leads on."""


class ProgrammeListed(msgspec.Struct, frozen=True, kw_only=True):
    """A programme with the lists of one academic year, and the years that it has lists in."""

    programme: Programme
    academic_years: tuple[str, ...]
    lists: tuple[ListHead, ...]


async def list_programmes(
    connection: Connection,
    *,
    kinds: Sequence[str],
    academic_year: str | None,
    after: tuple[str, str] | None,
    limit: int,
) -> list[ProgrammeListed]:
    """Programmes of these kinds, in the order of the kinds and then of their codes."""
    records = await connection.fetch(
        """
        SELECT to_jsonb(p) AS programme,
               (SELECT coalesce(array_agg(DISTINCT l.academic_year), '{}') FROM class_list AS l
                WHERE l.programme = p.code) AS academic_years,
               (SELECT coalesce(jsonb_agg(to_jsonb(head) ORDER BY head.study_year, head.key), '[]') FROM (
                    SELECT l.key, l.academic_year, l.revision, r.study_year, r.name, r.revised_on,
                           r.complete, r.note, r.look_elsewhere, line.entries, line.linked
                    FROM class_list AS l
                    JOIN class_list_revision AS r USING (list_id, revision)
                    CROSS JOIN LATERAL (
                        SELECT count(*) AS entries, count(o.offering_id) AS linked
                        FROM class_list_entry AS e
                        LEFT JOIN offering AS o
                               ON o.academic_year = l.academic_year AND o.class_number = e.class_number
                        WHERE e.list_id = l.list_id AND e.revision = l.revision
                    ) AS line
                    WHERE l.programme = p.code AND l.academic_year = $2
               ) AS head) AS lists
        FROM programme AS p
        WHERE p.kind = ANY($1::text[])
          AND ($3::text IS NULL
               OR (array_position($1, p.kind), p.code) > (array_position($1, $3), $4))
        ORDER BY array_position($1, p.kind), p.code LIMIT $5
        """,
        kinds,
        academic_year,
        *(after or (None, None)),
        limit,
    )
    return [as_struct(ProgrammeListed, record) for record in records]


async def get_programme(connection: Connection, code: str) -> Programme | None:
    """One programme."""
    record = await connection.fetchrow(
        "SELECT code, kind, name, procedure, contact, note FROM programme WHERE code = $1", code
    )
    return maybe_struct(Programme, record)


async def list_academic_years(connection: Connection) -> list[str]:
    """The years in which anything is offered or listed, the latest first."""
    records = await connection.fetch(
        """
        SELECT academic_year FROM offering UNION SELECT academic_year FROM class_list
        ORDER BY academic_year DESC
        """
    )
    return [record["academic_year"] for record in records]


async def get_academic_years(connection: Connection, code: str) -> list[str]:
    """The years in which a programme has lists, the latest first."""
    records = await connection.fetch(
        """
        SELECT DISTINCT academic_year FROM class_list WHERE programme = $1 ORDER BY academic_year DESC
        """,
        code,
    )
    return [record["academic_year"] for record in records]


class Linked(msgspec.Struct, frozen=True, kw_only=True):
    """The offering behind a class number."""

    offering_id: UUID
    course_code: str
    starts_at: datetime
    ends_at: datetime
    enrolment_opens_at: datetime
    enrolment_closes_at: datetime
    elsewhere: Elsewhere | None
    cancelled: bool
    capacity: int
    taken: int
    waiting: int


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a list, with the offering that has its number, if one has."""

    class_number: str | None
    title: Translated | None
    activity: Activity | None
    heading: Translated | None
    linked: Linked | None


class ListRead(msgspec.Struct, frozen=True, kw_only=True):
    """A list as it is read: its head and its lines."""

    head: ListHead
    lines: tuple[Line, ...]


async def read_lists(connection: Connection, code: str, academic_year: str) -> list[ListRead]:
    """The lists of a programme and academic year in their current revisions."""
    heads = await connection.fetch(
        """
        SELECT l.list_id, l.key, l.academic_year, l.revision, r.study_year, r.name, r.revised_on,
               r.complete, r.note, r.look_elsewhere
        FROM class_list AS l JOIN class_list_revision AS r USING (list_id, revision)
        WHERE l.programme = $1 AND l.academic_year = $2
        ORDER BY r.study_year, l.key
        """,
        code,
        academic_year,
    )
    lines: dict[UUID, list[Line]] = {record["list_id"]: [] for record in heads}
    for record in await connection.fetch(
        """
        SELECT e.list_id, e.class_number, coalesce(e.title, c.title) AS title,
               coalesce(e.activity, o.activity) AS activity, e.heading, o.offering_id,
               c.code AS course_code, o.starts_at, o.ends_at, o.enrolment_opens_at, o.enrolment_closes_at,
               o.elsewhere, o.cancelled_at IS NOT NULL AS cancelled, coalesce(o.capacity, 0) AS capacity,
               coalesce(occupation.taken, 0) AS taken, coalesce(occupation.waiting, 0) AS waiting
        FROM class_list AS l
        JOIN class_list_entry AS e USING (list_id, revision)
        LEFT JOIN offering AS o ON o.academic_year = l.academic_year AND o.class_number = e.class_number
        LEFT JOIN course AS c USING (course_id)
        LEFT JOIN occupation USING (offering_id)
        WHERE l.programme = $1 AND l.academic_year = $2
        ORDER BY e.list_id, e.position
        """,
        code,
        academic_year,
    ):
        linked = dict(record) if record["offering_id"] else None
        lines[record["list_id"]].append(msgspec.convert(dict(record) | {"linked": linked}, Line))
    return [_read(record, lines[record["list_id"]]) for record in heads]


def _read(record: asyncpg.Record, lines: list[Line]) -> ListRead:
    counts = {
        "entries": len(lines),
        "linked": sum(line.linked is not None for line in lines),
    }
    return ListRead(head=msgspec.convert(dict(record) | counts, ListHead), lines=tuple(lines))


class StandsIn(msgspec.Struct, frozen=True, kw_only=True):
    """A list that an offering stands in."""

    programme: str
    kind: str
    name: Translated
    academic_year: str
    key: str
    study_year: int | None


async def find_lists_of(
    connection: Connection, academic_year: str, class_number: str
) -> list[StandsIn]:
    """The current lists that name a class number (B17)."""
    records = await connection.fetch(
        """
        SELECT DISTINCT p.code AS programme, p.kind, p.name, l.academic_year, l.key, r.study_year
        FROM class_list_entry AS e
        JOIN class_list AS l USING (list_id, revision)
        JOIN class_list_revision AS r USING (list_id, revision)
        JOIN programme AS p ON p.code = l.programme
        WHERE e.class_number = $2 AND l.academic_year = $1
        ORDER BY programme, l.key
        """,
        academic_year,
        class_number,
    )
    return [as_struct(StandsIn, record) for record in records]
