-- Two hundred thousand people, their enrolments of ten years, and the mail that confirmed each.
INSERT INTO person (account_id, version, mail_address, name, language)
SELECT ('00000000-0000-4000-b000-' || lpad(to_hex(number), 12, '0'))::uuid, 1, 'former-' || number || '@people.example',
       'Former learner ' || number, 'nl'
FROM generate_series(0, 199999) AS number;

INSERT INTO offering (offering_id, version, details)
SELECT made.offering_id, 1, jsonb_set(likeness.details, '{offering_id}', to_jsonb(made.offering_id))
FROM generate_series(0, 49999) AS number
CROSS JOIN LATERAL (
    SELECT ('00000000-0000-4000-9000-' || lpad(to_hex(number), 12, '0'))::uuid AS offering_id
) AS made
CROSS JOIN (SELECT * FROM offering WHERE details IS NOT NULL LIMIT 1) AS likeness;

INSERT INTO schedule (offering_id, version, sessions)
SELECT offering_id, 1, details -> 'sessions' FROM offering ON CONFLICT DO NOTHING;

INSERT INTO enrolment (enrolment_id, version, learner_id, offering_id, state, confirmed_at)
SELECT ('00000000-0000-4000-a000-' || lpad(to_hex(number), 12, '0'))::uuid, 2,
       ('00000000-0000-4000-b000-' || lpad(to_hex(number % 200000), 12, '0'))::uuid,
       ('00000000-0000-4000-9000-' || lpad(to_hex(number / 20), 12, '0'))::uuid,
       CASE number % 10 WHEN 0 THEN 'withdrawn' ELSE 'confirmed' END, now() - interval '1 year'
FROM generate_series(0, 999999) AS number;

INSERT INTO mail (
    mail_id, account_id, purpose, regarding, revision, can_wait, enrolment_id, topic, fact, planned_at, state, due_at,
    attempts, tells_version, settled_at
)
SELECT ('00000000-0000-4000-c000-' || right(enrolment_id::text, 12))::uuid, learner_id, 'confirmation', enrolment_id, 1,
       false, enrolment_id,
       'enrolment.confirmed.v1', jsonb_build_object(
           'enrolment_id', enrolment_id, 'version', 2, 'learner_id', learner_id, 'offering_id', offering_id,
           'fee_minor', 19500, 'currency', 'EUR', 'confirmed_at', confirmed_at, 'policy_version', 3,
           'accepted_at', confirmed_at, 'leaving_costs', jsonb_build_array()
       ),
       confirmed_at, 'sent', confirmed_at, 1, 1, confirmed_at
FROM enrolment
WHERE enrolment_id < '00000000-0000-4000-a001-000000000000' AND state = 'confirmed';
