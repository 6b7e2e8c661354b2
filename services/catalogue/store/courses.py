"""Subjects and courses."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from msgspec.structs import asdict

from chassis.database import Connection, as_struct, maybe_struct
from services.catalogue.domain.courses import Course, Subject


async def wait_for_other_imports(tx: Connection) -> None:
    """One import at a time: the next one sees what this one wrote."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtext('catalogue.import'))")


async def get_subjects(connection: Connection) -> dict[str, Subject]:
    """All subjects, by code."""
    records = await connection.fetch("SELECT code, name FROM subject ORDER BY code")
    return {record["code"]: as_struct(Subject, record) for record in records}


async def save_subjects(tx: Connection, subjects: Iterable[Subject]) -> None:
    """Insert or rename subjects."""
    await tx.execute(
        """
        INSERT INTO subject (code, name)
        SELECT code, name FROM jsonb_populate_recordset(NULL::subject, $1)
        ON CONFLICT (code) DO UPDATE SET name = excluded.name
        """,
        [asdict(each) for each in subjects],
    )


async def get_codes(connection: Connection, *, subjects: Iterable[str]) -> set[str]:
    """The codes of all courses of these subjects."""
    records = await connection.fetch(
        "SELECT code FROM course WHERE subject = ANY($1::text[])", list(subjects)
    )
    return {record["code"] for record in records}


async def lock_courses(tx: Connection, codes: Iterable[str]) -> dict[str, Course]:
    """Read courses, by code, and lock their rows until `tx` ends."""
    records = await tx.fetch(
        """
        SELECT course_id, code, subject, title, summary, description, learning_goals, level, study_load_hours
        FROM course WHERE code = ANY($1::text[])
        ORDER BY course_id
        FOR UPDATE
        """,
        sorted(set(codes)),
    )
    return {record["code"]: as_struct(Course, record) for record in records}


async def lock_course_of(tx: Connection, offering_id: UUID) -> Course | None:
    """Read the course of an offering and lock its row until `tx` ends. An offering never changes its course."""
    record = await tx.fetchrow(
        """
        SELECT course_id, code, subject, title, summary, description, learning_goals, level, study_load_hours
        FROM course WHERE course_id = (SELECT course_id FROM offering WHERE offering_id = $1)
        FOR UPDATE
        """,
        offering_id,
    )
    return maybe_struct(Course, record)


async def insert_course(tx: Connection, course: Course) -> bool:
    """Insert a course; returns whether its code was free."""
    inserted = await tx.fetchval(
        """
        INSERT INTO course (
            course_id, code, subject, title, summary, description, learning_goals, level, study_load_hours
        )
        SELECT course_id, code, subject, title, summary, description, learning_goals, level, study_load_hours
        FROM jsonb_populate_record(NULL::course, $1)
        ON CONFLICT DO NOTHING
        RETURNING true
        """,
        asdict(course),
    )
    return bool(inserted)


async def save_courses(tx: Connection, courses: Sequence[Course]) -> None:
    """Insert or replace courses."""
    await tx.execute(
        """
        INSERT INTO course (
            course_id, code, subject, title, summary, description, learning_goals, level, study_load_hours
        )
        SELECT course_id, code, subject, title, summary, description, learning_goals, level, study_load_hours
        FROM jsonb_populate_recordset(NULL::course, $1)
        ON CONFLICT (course_id) DO UPDATE SET
            subject = excluded.subject, title = excluded.title, summary = excluded.summary,
            description = excluded.description, learning_goals = excluded.learning_goals,
            level = excluded.level, study_load_hours = excluded.study_load_hours
        """,
        [asdict(each) for each in courses],
    )


async def get_course(connection: Connection, code: str) -> Course | None:
    """One course."""
    record = await connection.fetchrow(
        """
        SELECT course_id, code, subject, title, summary, description, learning_goals, level, study_load_hours
        FROM course WHERE code = $1
        """,
        code,
    )
    return maybe_struct(Course, record)


async def list_courses(connection: Connection, *, after: str | None, limit: int) -> list[Course]:
    """Courses in the order of their codes."""
    records = await connection.fetch(
        """
        SELECT course_id, code, subject, title, summary, description, learning_goals, level, study_load_hours
        FROM course WHERE $1::text IS NULL OR code > $1
        ORDER BY code LIMIT $2
        """,
        after,
        limit,
    )
    return [as_struct(Course, record) for record in records]
