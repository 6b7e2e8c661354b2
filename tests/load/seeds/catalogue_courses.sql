-- 2,500 courses with titles of their own; what else is said of them comes from the demonstration's.
INSERT INTO course (
    course_id, code, subject, title, summary, description, learning_goals, level, study_load_hours
)
SELECT ('00000000-0000-4000-8001-' || lpad(to_hex(number), 12, '0'))::uuid, 'B' || number, likeness.subject,
       jsonb_build_object('nl', title.nl, 'en', title.en), likeness.summary, likeness.description,
       likeness.learning_goals, likeness.level, likeness.study_load_hours
FROM generate_series(0, 2499) AS number
JOIN (
    SELECT row_number() OVER (ORDER BY code) - 1 AS place, count(*) OVER () AS places, course.* FROM course
) AS likeness ON likeness.place = number % likeness.places
CROSS JOIN LATERAL (
    SELECT concat_ws(' ', how_nl[1 + number % 10], what_nl[1 + number / 10 % 25], 'deel', number / 250) AS nl,
           concat_ws(' ', how_en[1 + number % 10], what_en[1 + number / 10 % 25], 'part', number / 250) AS en
    FROM (SELECT
        ARRAY['Academisch', 'Praktisch', 'Inleiding', 'Gevorderd', 'Kritisch', 'Digitaal', 'Creatief',
              'Internationaal', 'Toegepast', 'Vergelijkend'] AS how_nl,
        ARRAY['Academic', 'Practical', 'Introductory', 'Advanced', 'Critical', 'Digital', 'Creative',
              'International', 'Applied', 'Comparative'] AS how_en,
        ARRAY['schrijven', 'spreken', 'Spaans', 'Arabisch', 'Chinees', 'statistiek', 'programmeren', 'onderzoek',
              'begeleiden', 'leidinggeven', 'ethiek', 'geschiedenis', 'recht', 'biologie', 'scheikunde',
              'natuurkunde', 'wiskunde', 'archeologie', 'psychologie', 'onderwijs', 'communicatie', 'planning',
              'duurzaamheid', 'genetica', 'filosofie'] AS what_nl,
        ARRAY['writing', 'speaking', 'Spanish', 'Arabic', 'Chinese', 'statistics', 'programming', 'research',
              'supervising', 'leadership', 'ethics', 'history', 'law', 'biology', 'chemistry', 'physics',
              'mathematics', 'archaeology', 'psychology', 'teaching', 'communication', 'planning',
              'sustainability', 'genetics', 'philosophy'] AS what_en
    ) AS words
) AS title;
