-- The same people's dossiers, nine in ten with a result and a document.
INSERT INTO person (account_id, version, name, language)
SELECT ('00000000-0000-4000-b000-' || lpad(to_hex(number), 12, '0'))::uuid, 1, 'Former learner ' || number, 'nl'
FROM generate_series(0, 199999) AS number;

INSERT INTO offering (
    offering_id, version, class_number, academic_year, title, activity, level, study_load_hours, learning_goals,
    organiser, lecturers, starts_at, ends_at, document, lecturer_ids, coordinator_ids
)
SELECT ('00000000-0000-4000-9000-' || lpad(to_hex(number), 12, '0'))::uuid, 1, 'B' || number, likeness.academic_year,
       likeness.title, likeness.activity, likeness.level, likeness.study_load_hours, likeness.learning_goals,
       likeness.organiser, likeness.lecturers, now() - make_interval(days => 30 + number % 3600),
       now() - make_interval(days => 16 + number % 3600), likeness.document, likeness.lecturer_ids,
       likeness.coordinator_ids
FROM generate_series(0, 49999) AS number
CROSS JOIN (SELECT * FROM offering LIMIT 1) AS likeness;

INSERT INTO dossier (enrolment_id, version, learner_id, offering_id, state, since, closed_why, result_version)
SELECT ('00000000-0000-4000-a000-' || lpad(to_hex(number), 12, '0'))::uuid, 2,
       ('00000000-0000-4000-b000-' || lpad(to_hex(number % 200000), 12, '0'))::uuid,
       ('00000000-0000-4000-9000-' || lpad(to_hex(number / 20), 12, '0'))::uuid,
       CASE number % 10 WHEN 0 THEN 'closed' ELSE 'open' END, now() - interval '1 year',
       CASE number % 10 WHEN 0 THEN 'withdrawn' END, CASE number % 10 WHEN 0 THEN 0 ELSE 1 END
FROM generate_series(0, 999999) AS number;

INSERT INTO result (enrolment_id, version, outcome, recorded_at, recorded_by)
SELECT enrolment_id, 1, 'passed', now() - interval '1 year', learner_id FROM dossier
WHERE result_version = 1 AND enrolment_id < '00000000-0000-4000-a001-000000000000';

INSERT INTO document (
    document_id, enrolment_id, kind, state, planned_at, code, draft, number, language, printed, issued_at
)
SELECT ('00000000-0000-4000-d000-' || right(enrolment_id::text, 12))::uuid, enrolment_id, 'certificate', 'issued',
       now() - interval '1 year', right(enrolment_id::text, 12), 1, 'past-' || right(enrolment_id::text, 12), 'nl', '{}',
       now() - interval '1 year'
FROM dossier WHERE result_version = 1 AND enrolment_id < '00000000-0000-4000-a001-000000000000';
