-- Fifty thousand offerings, after the likeness of one that the catalogue has told, and their enrolments.
INSERT INTO offering (
    offering_id, version, capacity, seat_limit, seats_taken, occupation_version, opens_at, closes_at, starts_at,
    ends_at, sessions, currency, prices, policy_id, policy_version, terms, contact, title, coordinator_ids
)
SELECT ('00000000-0000-4000-9000-' || lpad(to_hex(number), 12, '0'))::uuid, 1, 40, 40, 18, 20, began_at - interval '90 days',
       began_at - interval '1 day', began_at, began_at + interval '14 days', 3, likeness.currency, likeness.prices,
       likeness.policy_id, likeness.policy_version, likeness.terms, likeness.contact, likeness.title,
       likeness.coordinator_ids
FROM generate_series(0, 49999) AS number
CROSS JOIN LATERAL (SELECT now() - make_interval(days => 30 + number % 3600) AS began_at) AS past
CROSS JOIN (SELECT * FROM offering LIMIT 1) AS likeness;

INSERT INTO enrolment (
    enrolment_id, version, offering_id, learner_id, state, payer, fee_minor, currency, requested_at, policy_id,
    policy_version, policy_hash, terms_version, terms_hash, accepted_at, held_until, confirmed_at, ended_at, ended_why
)
SELECT ('00000000-0000-4000-a000-' || lpad(to_hex(number), 12, '0'))::uuid, 2, offering.offering_id,
       ('00000000-0000-4000-b000-' || lpad(to_hex(number % 200000), 12, '0'))::uuid,
       CASE number % 10 WHEN 0 THEN 'withdrawn' ELSE 'confirmed' END, 'self', 19500, 'EUR', offering.opens_at,
       offering.policy_id, offering.policy_version, repeat('a', 64), 1, repeat('b', 64), offering.opens_at,
       offering.opens_at + interval '30 minutes', offering.opens_at + interval '5 minutes',
       CASE number % 10 WHEN 0 THEN offering.opens_at + interval '1 day' END,
       CASE number % 10 WHEN 0 THEN 'withdrawn' END
FROM generate_series(0, 999999) AS number
JOIN offering ON offering.offering_id = ('00000000-0000-4000-9000-' || lpad(to_hex(number / 20), 12, '0'))::uuid;
