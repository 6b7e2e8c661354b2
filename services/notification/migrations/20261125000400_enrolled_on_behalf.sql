-- migrate:up

-- The office can put somebody on a waiting list, and both are told.
ALTER TABLE enrolment DROP CONSTRAINT a_known_state;
ALTER TABLE enrolment ADD CONSTRAINT a_known_state CHECK (
    state IN ('waitlisted', 'offered', 'held', 'confirmed', 'lapsed', 'withdrawn', 'cancelled')
);

-- migrate:down
ALTER TABLE enrolment DROP CONSTRAINT a_known_state;
ALTER TABLE enrolment ADD CONSTRAINT a_known_state CHECK (
    state IN ('offered', 'held', 'confirmed', 'lapsed', 'withdrawn', 'cancelled')
);
