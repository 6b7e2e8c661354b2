"""What people search: the narrow rows of the overview, and the words of its courses.

First the words lead to courses, then the courses and everything else lead to offerings. A course
is described once, however often it is offered; so fifty thousand offerings have few words to look at.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from chassis.database import Connection, as_struct
from contracts.catalogue import Activity, Elsewhere, Price
from contracts.fact import Language, Translated
from services.catalogue.domain.searching import FACETS, Facets, Place, Wish

_MOST_COURSES = 1000
"""A word that more courses contain narrows nothing; the best thousand are looked at."""


async def refresh(tx: Connection, course_ids: Iterable[UUID]) -> None:
    """Make the overview of these courses anew; their rows are locked already."""
    ids = list(course_ids)
    # One at a time: two that bring the same new words in another order would wait for each other.
    await tx.execute("SELECT pg_advisory_xact_lock(hashtext('catalogue.overview'))")
    await _refresh_rows(tx, ids)
    await _refresh_words(tx, ids)


async def _refresh_rows(tx: Connection, ids: list[UUID]) -> None:
    await tx.execute(
        """
        DELETE FROM overview USING offering
        WHERE overview.offering_id = offering.offering_id AND offering.cancelled_at IS NOT NULL
          AND offering.course_id = ANY($1::uuid[])
        """,
        ids,
    )
    await tx.execute(
        """
        INSERT INTO overview (
            offering_id, course_id, academic_year, class_number, subject, level, taught_in, activity,
            starts_at, ends_at, capacity, fee_minor, student_fee_minor, staff_fee_minor, guest_fee_minor,
            is_full
        )
        SELECT o.offering_id, o.course_id, o.academic_year, o.class_number, c.subject, c.level, o.taught_in,
               o.activity, o.starts_at, o.ends_at, o.capacity, fee.list, coalesce(fee.student, fee.list),
               coalesce(fee.staff, fee.list), coalesce(fee.guest, fee.list),
               coalesce(occupation.taken >= occupation.capacity, false)
        FROM offering AS o
        JOIN course AS c USING (course_id)
        LEFT JOIN occupation USING (offering_id)
        CROSS JOIN LATERAL (
            SELECT max(fee_minor) FILTER (WHERE affiliation IS NULL) AS list,
                   max(fee_minor) FILTER (WHERE affiliation = 'student') AS student,
                   max(fee_minor) FILTER (WHERE affiliation = 'staff') AS staff,
                   max(fee_minor) FILTER (WHERE affiliation = 'guest') AS guest
            FROM price WHERE price.offering_id = o.offering_id
        ) AS fee
        WHERE o.course_id = ANY($1::uuid[]) AND o.cancelled_at IS NULL
        ORDER BY o.offering_id
        -- Not `is_full`: while this was read, a newer count may have changed it.
        ON CONFLICT (offering_id) DO UPDATE SET
            subject = excluded.subject, level = excluded.level, taught_in = excluded.taught_in,
            activity = excluded.activity, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
            capacity = excluded.capacity, fee_minor = excluded.fee_minor,
            student_fee_minor = excluded.student_fee_minor, staff_fee_minor = excluded.staff_fee_minor,
            guest_fee_minor = excluded.guest_fee_minor
        """,
        ids,
    )


async def _refresh_words(tx: Connection, ids: list[UUID]) -> None:
    await tx.execute(
        """
        WITH texts AS (
            SELECT c.course_id, c.title ->> 'nl' AS title_nl, c.title ->> 'en' AS title_en,
                   concat_ws(' ', c.code, c.level, taught.by, taught.elsewhere) AS names,
                   concat_ws(' ', f.name ->> 'nl', c.summary ->> 'nl', goals.nl) AS about_nl,
                   concat_ws(' ', f.name ->> 'en', c.summary ->> 'en', goals.en) AS about_en,
                   c.description ->> 'nl' AS description_nl, c.description ->> 'en' AS description_en
            FROM course AS c
            JOIN subject AS f ON f.code = c.subject
            CROSS JOIN LATERAL (
                SELECT string_agg(goal ->> 'nl', ' ') AS nl, string_agg(goal ->> 'en', ' ') AS en
                FROM jsonb_array_elements(c.learning_goals) AS goal
            ) AS goals
            CROSS JOIN LATERAL (
                SELECT string_agg(DISTINCT lecturer, ' ') AS by,
                       string_agg(DISTINCT o.elsewhere ->> 'foreign_code', ' ') AS elsewhere
                FROM offering AS o
                LEFT JOIN session AS s USING (offering_id)
                LEFT JOIN LATERAL unnest(s.lecturers) AS lecturer ON true
                WHERE o.course_id = c.course_id AND o.cancelled_at IS NULL
            ) AS taught
            WHERE c.course_id = ANY($1::uuid[])
        ), spoken AS (
            INSERT INTO vocabulary (word)
            SELECT DISTINCT word
            FROM texts
            CROSS JOIN LATERAL regexp_split_to_table(
                lower(unaccent(concat_ws(' ', title_nl, title_en, names, about_nl, about_en,
                                         description_nl, description_en))),
                '[^[:alpha:]]+'
            ) AS word
            WHERE length(word) > 3
            ORDER BY word
            ON CONFLICT DO NOTHING
        )
        INSERT INTO course_words (course_id, words)
        SELECT course_id,
               setweight(to_tsvector('words_nl', title_nl), 'A')
               || setweight(to_tsvector('words_en', title_en), 'A')
               || setweight(to_tsvector('simple', regexp_replace(unaccent(names), '\\W+', ' ', 'g')), 'A')
               || setweight(to_tsvector('words_nl', about_nl), 'B')
               || setweight(to_tsvector('words_en', about_en), 'B')
               || setweight(to_tsvector('words_nl', description_nl), 'C')
               || setweight(to_tsvector('words_en', description_en), 'C')
        FROM texts
        ORDER BY course_id
        ON CONFLICT (course_id) DO UPDATE SET words = excluded.words
        """,
        ids,
    )


class Matched(msgspec.Struct, frozen=True):
    """Courses that words lead to, and how well each fits, the best first."""

    course_ids: list[UUID]
    ranks: list[float]


async def find_similar_words(connection: Connection, words: Sequence[str]) -> dict[str, str]:
    """For words that no course uses, the most similar one that some course does.

    Similar enough are words that share three in ten of their trigrams: pg_trgm's own threshold.
    """
    records = await connection.fetch(
        """
        SELECT asked.word, alike.word AS alike
        FROM (SELECT word, lower(unaccent(word)) AS plain FROM unnest($1::text[]) AS word) AS asked
        CROSS JOIN LATERAL (
            SELECT word FROM vocabulary
            WHERE word % asked.plain
            ORDER BY similarity(word, asked.plain) DESC, word LIMIT 1
        ) AS alike (word)
        WHERE NOT EXISTS (SELECT FROM vocabulary WHERE word = asked.plain)
        """,
        words,
    )
    return {record["word"]: record["alike"] for record in records}


async def match_courses(
    connection: Connection, words: Sequence[str], similar: Mapping[str, str]
) -> Matched:
    """Courses that have all of these words, in an inflection of either language or as a beginning.

    A word that says nothing in one of the languages ("de", "the") does not count beside others.
    """
    records = await connection.fetch(
        """
        WITH asked AS (
            SELECT plainto_tsquery('words_nl', word) AS nl, plainto_tsquery('words_en', word) AS en,
                   plainto_tsquery('words_nl', alike) || plainto_tsquery('words_en', alike) AS alike,
                   (quote_literal(lower(unaccent(word))) || ':*')::tsquery AS beginning
            FROM unnest($1::text[], $2::text[]) AS asked (word, alike)
        ), query AS (
            SELECT coalesce(
                string_agg('(' || (nl || en || alike || beginning)::text || ')', ' & ')
                    FILTER (WHERE numnode(nl) > 0 AND numnode(en) > 0),
                string_agg(beginning::text, ' & ')
            )::tsquery AS query
            FROM asked
        )
        SELECT course_id, ts_rank(words, query)::double precision AS rank
        FROM query JOIN course_words ON words @@ query
        ORDER BY rank DESC, course_id LIMIT $3
        """,
        words,
        [similar.get(word, word) for word in words],
        _MOST_COURSES,
    )
    return Matched(
        [record["course_id"] for record in records], [record["rank"] for record in records]
    )


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """An offering as a list of offerings shows it."""

    offering_id: UUID
    key: float
    class_number: str
    academic_year: str
    course_code: str
    title: Translated
    summary: Translated
    subject: str
    subject_name: Translated
    activity: Activity
    level: str | None
    taught_in: Language
    study_load_hours: int | None
    starts_at: datetime
    ends_at: datetime
    sessions: int
    on_campus: bool
    online: bool
    enrolment_opens_at: datetime
    enrolment_closes_at: datetime
    currency: str
    prices: tuple[Price, ...]
    elsewhere: Elsewhere | None
    capacity: int
    taken: int
    waiting: int

    @property
    def place(self) -> Place:
        return Place(self.key, self.starts_at, self.offering_id)


async def find_offerings(
    connection: Connection, wish: Wish, matched: Matched | None, *, after: Place | None, limit: int
) -> list[Listed]:
    """Offerings that fit a wish, in the order that it asks for. Without words, `matched` is None."""
    records = await connection.fetch(
        """
        WITH fitting AS MATERIALIZED (
            -- Before it is sorted: in the order of their start one would walk over all that are over.
            SELECT v.offering_id, v.starts_at, sorted.key
            FROM overview AS v
            LEFT JOIN unnest($1::uuid[], $11::double precision[]) AS m (course_id, rank) USING (course_id)
            CROSS JOIN LATERAL (
                SELECT CASE $8::text WHEN 'student' THEN v.student_fee_minor
                                     WHEN 'staff' THEN v.staff_fee_minor
                                     WHEN 'guest' THEN v.guest_fee_minor
                                     ELSE v.fee_minor END AS fee_minor
            ) AS own
            CROSS JOIN LATERAL (
                -- Who types a class number looks for that very offering: without a rank it stands first.
                SELECT CASE $16::text WHEN 'best' THEN -coalesce(m.rank, 2)
                                      WHEN 'price' THEN coalesce(own.fee_minor, 2147483647)
                                      ELSE 0 END::double precision AS key
            ) AS sorted
            WHERE ($1::uuid[] IS NULL OR v.course_id = ANY($1) OR lower(v.class_number) = ANY($2::text[]))
              AND ($3::text IS NULL OR v.academic_year = $3)
              AND ($4::text IS NULL OR v.class_number = $4)
              AND ($5::timestamptz IS NULL OR v.ends_at > $5)
              AND ($6::timestamptz IS NULL OR v.starts_at >= $6)
              AND ($7::timestamptz IS NULL OR v.starts_at < $7)
              AND ($9::integer IS NULL OR own.fee_minor <= $9)
              AND (NOT $10::boolean OR (v.capacity > 0 AND NOT v.is_full))
              AND ($12::text[] IS NULL OR v.subject = ANY($12))
              AND ($13::text[] IS NULL OR v.level = ANY($13))
              AND ($14::text[] IS NULL OR v.taught_in = ANY($14))
              AND ($15::text[] IS NULL OR v.activity = ANY($15))
              AND ($17::double precision IS NULL OR (sorted.key, v.starts_at, v.offering_id) > ($17, $18, $19))
        ), page AS (
            SELECT offering_id, starts_at, key FROM fitting
            ORDER BY key, starts_at, offering_id LIMIT $20
        )
        SELECT page.offering_id, page.key, o.class_number, o.academic_year, c.code AS course_code, c.title,
               c.summary, c.subject, f.name AS subject_name, o.activity, c.level, o.taught_in,
               c.study_load_hours, o.starts_at, o.ends_at, held.sessions, held.on_campus, held.online,
               o.enrolment_opens_at, o.enrolment_closes_at, o.currency, paid.prices, o.elsewhere,
               o.capacity, coalesce(occupation.taken, 0) AS taken, coalesce(occupation.waiting, 0) AS waiting
        FROM page
        JOIN offering AS o USING (offering_id)
        JOIN course AS c USING (course_id)
        JOIN subject AS f ON f.code = c.subject
        LEFT JOIN occupation USING (offering_id)
        CROSS JOIN LATERAL (
            SELECT count(*) AS sessions, count(place) > 0 AS on_campus, count(online_url) > 0 AS online
            FROM session WHERE session.offering_id = page.offering_id
        ) AS held
        CROSS JOIN LATERAL (
            SELECT coalesce(jsonb_agg(to_jsonb(price) ORDER BY affiliation DESC NULLS FIRST), '[]') AS prices
            FROM price WHERE price.offering_id = page.offering_id
        ) AS paid
        ORDER BY page.key, page.starts_at, page.offering_id
        """,
        *_narrowing(wish, matched),
        matched and matched.ranks,
        *(wish.choice(facet) for facet in FACETS),
        "start" if wish.sort == "best" and matched is None else wish.sort,
        *((after.key, after.starts_at, after.offering_id) if after else (None, None, None)),
        limit,
    )
    return [as_struct(Listed, record) for record in records]


async def count_offerings(connection: Connection, wish: Wish, matched: Matched | None) -> Facets:
    """Count what fits a wish, and by facet what would fit with another choice in that facet."""
    records = await connection.fetch(
        """
        WITH cell AS MATERIALIZED (
            SELECT v.subject, v.level, v.taught_in, v.activity, count(*) AS offerings
            FROM overview AS v
            CROSS JOIN LATERAL (
                SELECT CASE $8::text WHEN 'student' THEN v.student_fee_minor
                                     WHEN 'staff' THEN v.staff_fee_minor
                                     WHEN 'guest' THEN v.guest_fee_minor
                                     ELSE v.fee_minor END AS fee_minor
            ) AS own
            WHERE ($1::uuid[] IS NULL OR v.course_id = ANY($1) OR lower(v.class_number) = ANY($2::text[]))
              AND ($3::text IS NULL OR v.academic_year = $3)
              AND ($4::text IS NULL OR v.class_number = $4)
              AND ($5::timestamptz IS NULL OR v.ends_at > $5)
              AND ($6::timestamptz IS NULL OR v.starts_at >= $6)
              AND ($7::timestamptz IS NULL OR v.starts_at < $7)
              AND ($9::integer IS NULL OR own.fee_minor <= $9)
              AND (NOT $10::boolean OR (v.capacity > 0 AND NOT v.is_full))
            GROUP BY v.subject, v.level, v.taught_in, v.activity
        ), chosen AS (
            SELECT subject, level, taught_in, activity, offerings,
                   $11::text[] IS NULL OR subject = ANY($11) AS fits_subject,
                   $12::text[] IS NULL OR level = ANY($12) AS fits_level,
                   $13::text[] IS NULL OR taught_in = ANY($13) AS fits_taught_in,
                   $14::text[] IS NULL OR activity = ANY($14) AS fits_activity
            FROM cell
        )
        SELECT 'subject' AS facet, subject AS value, sum(offerings)::integer AS offerings FROM chosen
        WHERE fits_level AND fits_taught_in AND fits_activity GROUP BY subject
        UNION ALL
        SELECT 'level', level, sum(offerings)::integer FROM chosen
        WHERE fits_subject AND fits_taught_in AND fits_activity AND level IS NOT NULL GROUP BY level
        UNION ALL
        SELECT 'taught_in', taught_in, sum(offerings)::integer FROM chosen
        WHERE fits_subject AND fits_level AND fits_activity GROUP BY taught_in
        UNION ALL
        SELECT 'activity', activity, sum(offerings)::integer FROM chosen
        WHERE fits_subject AND fits_level AND fits_taught_in GROUP BY activity
        UNION ALL
        SELECT 'total', '', coalesce(sum(offerings), 0)::integer FROM chosen
        WHERE fits_subject AND fits_level AND fits_taught_in AND fits_activity
        """,
        *_narrowing(wish, matched),
        *(wish.choice(facet) for facet in FACETS),
    )
    counts: dict[str, dict[str, int]] = {facet: {} for facet in (*FACETS, "total")}
    for record in records:
        counts[record["facet"]][record["value"]] = record["offerings"]
    return Facets(total=counts.pop("total")[""], counts=counts)


def _narrowing(wish: Wish, matched: Matched | None) -> tuple[Any, ...]:
    """The first ten arguments of both statements above: everything but the facets."""
    return (
        matched and matched.course_ids,
        wish.words,
        wish.academic_year,
        wish.class_number,
        wish.ends_after,
        wish.starts_from,
        wish.starts_before,
        wish.affiliation,
        wish.max_price_minor,
        wish.free_places,
    )
