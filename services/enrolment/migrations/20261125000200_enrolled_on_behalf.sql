-- migrate:up

-- Somebody of the office enrolled the learner (B3), and what they went by: erased with the learner's own words.
ALTER TABLE enrolment ADD COLUMN enrolled_by uuid, ADD COLUMN enrolled_why text;

-- migrate:down
ALTER TABLE enrolment DROP COLUMN enrolled_by, DROP COLUMN enrolled_why;
