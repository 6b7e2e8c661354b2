-- Editions of every course, two a year: 0 and 1 are this year's, the higher the longer ago.
-- Replaced before this runs: {first} and {last} edition.
CREATE TEMPORARY TABLE edition ON COMMIT DROP AS
SELECT ('00000000-0000-4000-9000-' || lpad(to_hex(course * 20 + edition), 12, '0'))::uuid AS offering_id,
       ('00000000-0000-4000-8001-' || lpad(to_hex(course), 12, '0'))::uuid AS course_id,
       'B' || course || '-' || edition AS class_number,
       date_trunc('hour', now()) + make_interval(years => -(edition / 2), days => 10 + (course * 7 + edition * 90) % 300)
           AS starts_at
FROM generate_series(0, 2499) AS course, generate_series({first}, {last}) AS edition;

INSERT INTO offering (
    offering_id, version, course_id, academic_year, class_number, activity, taught_in, practical, organiser, contact,
    starts_at, ends_at, minimum, capacity, enrolment_opens_at, enrolment_closes_at, closes_by_rule, currency, vat,
    policy_id, policy_version, terms_id, terms_version, document, lecturer_ids, coordinator_ids
)
SELECT edition.offering_id, 1, edition.course_id, year || '-' || year + 1, edition.class_number, likeness.activity,
       CASE hashtext(edition.class_number) % 2 WHEN 0 THEN 'nl' ELSE 'en' END, likeness.practical, likeness.organiser,
       likeness.contact, edition.starts_at, edition.starts_at + interval '14 days 2 hours', 0, 40,
       edition.starts_at - interval '90 days', edition.starts_at - interval '1 day', true, likeness.currency,
       likeness.vat, likeness.policy_id, likeness.policy_version, likeness.terms_id, likeness.terms_version,
       likeness.document, likeness.lecturer_ids, likeness.coordinator_ids
FROM edition
CROSS JOIN LATERAL (SELECT extract(year FROM edition.starts_at - interval '8 months')::integer AS year) AS academic
CROSS JOIN (SELECT * FROM offering WHERE elsewhere IS NULL ORDER BY class_number LIMIT 1) AS likeness;

INSERT INTO session (offering_id, session_id, starts_at, ends_at, place, lecturers)
SELECT offering_id, gen_random_uuid(), starts_at + make_interval(weeks => week),
       starts_at + make_interval(weeks => week, hours => 2), 'Language Centre, room 0.12', ARRAY['Dr. F. McAllister']
FROM edition, generate_series(0, 2) AS week;

INSERT INTO price (offering_id, affiliation, fee_minor)
SELECT offering_id, affiliation, fee_minor
FROM edition, (VALUES (NULL, 42000), ('student', 19500)) AS price (affiliation, fee_minor);

INSERT INTO occupation (offering_id, version, capacity, taken, waiting)
SELECT offering_id, 20, 40, CASE hashtext(class_number) % 5 WHEN 0 THEN 40 ELSE 20 END, 0 FROM edition;
