-- migrate:up

-- What the catalogue has told, and how full it is. The row's lock decides who gets the last seat.
CREATE TABLE offering (
    offering_id         uuid        PRIMARY KEY,
    version             integer     NOT NULL,
    capacity            integer     NOT NULL,
    seat_limit          integer     NOT NULL,
    seats_taken         integer     NOT NULL DEFAULT 0,
    waiting             integer     NOT NULL DEFAULT 0,
    occupation_version  integer     NOT NULL DEFAULT 0,
    opens_at            timestamptz NOT NULL,
    closes_at           timestamptz NOT NULL,
    starts_at           timestamptz NOT NULL,
    ends_at             timestamptz NOT NULL,
    sessions            integer     NOT NULL,
    currency            text        NOT NULL,
    prices              jsonb       NOT NULL,
    policy_id           uuid        NOT NULL,
    policy_version      integer     NOT NULL,
    terms               jsonb       NOT NULL,
    elsewhere           jsonb,
    contact             text        NOT NULL,
    cancelled           boolean     NOT NULL DEFAULT false,
    title               jsonb       NOT NULL,
    coordinator_ids     uuid[]      NOT NULL,
    CONSTRAINT no_overbooking CHECK (seats_taken BETWEEN 0 AND seat_limit),
    CONSTRAINT nobody_waits_less_than_not_at_all CHECK (waiting >= 0)
) WITH (fillfactor = 50);

-- Every version of a policy that somebody may have accepted; never changed, never deleted.
CREATE TABLE policy (
    policy_id  uuid    NOT NULL,
    version    integer NOT NULL,
    rules      jsonb   NOT NULL,
    PRIMARY KEY (policy_id, version)
);

CREATE TABLE enrolment (
    enrolment_id    uuid        PRIMARY KEY,
    arrival         bigint      GENERATED ALWAYS AS IDENTITY,
    version         integer     NOT NULL,
    offering_id     uuid        NOT NULL REFERENCES offering,
    learner_id      uuid        NOT NULL,
    state           text        NOT NULL,
    payer           text        NOT NULL,
    fee_minor       integer     NOT NULL CHECK (fee_minor >= 0),
    currency        text        NOT NULL,
    requested_at    timestamptz NOT NULL,
    policy_id       uuid        NOT NULL,
    policy_version  integer     NOT NULL,
    policy_hash     text        NOT NULL,
    terms_version   integer     NOT NULL,
    terms_hash      text        NOT NULL,
    accepted_at     timestamptz NOT NULL,
    held_until      timestamptz,
    offered_until   timestamptz,
    confirmed_at    timestamptz,
    ended_at        timestamptz,
    ended_why       text,
    CONSTRAINT a_known_state CHECK (
        state IN ('waitlisted', 'offered', 'held', 'confirmed', 'lapsed', 'withdrawn', 'cancelled')
    ),
    CONSTRAINT what_is_held_has_an_end CHECK (state <> 'held' OR held_until IS NOT NULL),
    CONSTRAINT what_is_offered_has_an_end CHECK (state <> 'offered' OR offered_until IS NOT NULL),
    CONSTRAINT what_ended_says_when_and_why CHECK (
        (state IN ('lapsed', 'withdrawn', 'cancelled')) = (ended_at IS NOT NULL AND ended_why IS NOT NULL)
    )
) WITH (fillfactor = 80);

CREATE UNIQUE INDEX one_live_enrolment_per_person_and_offering
    ON enrolment (offering_id, learner_id)
    WHERE state IN ('waitlisted', 'offered', 'held', 'confirmed');
CREATE INDEX enrolment_of_learner ON enrolment (learner_id, arrival DESC);
CREATE INDEX enrolment_of_offering ON enrolment (offering_id, arrival);
CREATE INDEX waiting_line ON enrolment (offering_id, arrival) WHERE state = 'waitlisted';
CREATE INDEX hold_that_ends ON enrolment (held_until) WHERE state = 'held';
CREATE INDEX offer_that_ends ON enrolment (offered_until) WHERE state = 'offered';

CREATE TABLE withdrawal (
    withdrawal_id  uuid        PRIMARY KEY,
    enrolment_id   uuid        NOT NULL UNIQUE REFERENCES enrolment,
    reason         text        NOT NULL,
    note           text,
    submitted_at   timestamptz NOT NULL,
    fee_minor      integer     NOT NULL,
    kept_minor     integer     NOT NULL,
    currency       text        NOT NULL,
    state          text        NOT NULL CHECK (state IN ('to_review', 'reviewed', 'nothing_to_review')),
    reviewed_at    timestamptz,
    reviewed_by    uuid,
    ground         text,
    refund_minor   integer,
    explanation    text,
    CONSTRAINT nobody_gets_back_more_than_was_paid CHECK (refund_minor BETWEEN 0 AND fee_minor),
    CONSTRAINT what_is_reviewed_says_by_whom_and_why CHECK (
        state <> 'reviewed'
        OR (reviewed_at IS NOT NULL AND reviewed_by IS NOT NULL AND ground IS NOT NULL AND refund_minor IS NOT NULL)
    )
);
CREATE INDEX withdrawal_to_review ON withdrawal (submitted_at, withdrawal_id) WHERE state = 'to_review';

-- migrate:down
DROP TABLE withdrawal;
DROP TABLE enrolment;
DROP TABLE policy;
DROP TABLE offering;
