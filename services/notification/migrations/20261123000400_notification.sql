-- migrate:up

-- What identity has told: whom a mail addresses, where it goes, in which language.
CREATE TABLE person (
    account_id    uuid    PRIMARY KEY,
    version       integer NOT NULL,
    mail_address  text    NOT NULL,
    name          text    NOT NULL,
    language      text    NOT NULL CHECK (language IN ('nl', 'en'))
);

-- What the catalogue has told. Without details while only the cancellation is known.
CREATE TABLE offering (
    offering_id  uuid        PRIMARY KEY,
    version      integer     NOT NULL,
    details      jsonb,
    moved_at     timestamptz,
    cancelled    jsonb
);

-- Every version of an offering's schedule: what somebody's calendar holds is one of them.
CREATE TABLE schedule (
    offering_id  uuid    NOT NULL,
    version      integer NOT NULL,
    sessions     jsonb   NOT NULL,
    PRIMARY KEY (offering_id, version)
);

-- What enrolment has told, as far as mails need it.
CREATE TABLE enrolment (
    enrolment_id  uuid        PRIMARY KEY,
    version       integer     NOT NULL,
    learner_id    uuid        NOT NULL,
    offering_id   uuid        NOT NULL,
    state         text        NOT NULL,
    confirmed_at  timestamptz,
    CONSTRAINT a_known_state CHECK (
        state IN ('offered', 'held', 'confirmed', 'lapsed', 'withdrawn', 'cancelled')
    )
) WITH (fillfactor = 80);
CREATE INDEX enrolment_of_offering ON enrolment (offering_id);

-- Evaluations that have been submitted: nobody is asked for them any more.
CREATE TABLE evaluation (
    evaluation_id  uuid        PRIMARY KEY,
    submitted_at   timestamptz NOT NULL
);

-- Mails that somebody wants no more of.
CREATE TABLE stopped (
    account_id  uuid        NOT NULL,
    purpose     text        NOT NULL,
    stopped_at  timestamptz NOT NULL,
    PRIMARY KEY (account_id, purpose)
);

-- The mail ledger. Nothing is deleted or unexplained. (NULLS NOT DISTINCT, PostgreSQL 15: an
-- organisation's mail has no account, a learner's no address.)
CREATE TABLE mail (
    mail_id        uuid        PRIMARY KEY,
    account_id     uuid,
    address        text,
    purpose        text        NOT NULL,
    regarding      uuid        NOT NULL,
    revision       integer     NOT NULL,
    can_wait       boolean     NOT NULL,
    enrolment_id   uuid,
    topic          text,
    fact           jsonb,
    again          boolean     NOT NULL DEFAULT false,
    planned_at     timestamptz NOT NULL,
    state          text        NOT NULL,
    due_at         timestamptz NOT NULL,
    lease_until    timestamptz,
    attempts       integer     NOT NULL DEFAULT 0,
    uncertain      integer     NOT NULL DEFAULT 0,
    tells_version  integer,
    why            text,
    settled_at     timestamptz,
    CONSTRAINT one_mail_per_recipient_purpose_subject_and_revision
        UNIQUE NULLS NOT DISTINCT (regarding, purpose, account_id, address, revision),
    CONSTRAINT a_known_state CHECK (state IN ('planned', 'sending', 'sent', 'failed', 'not_needed')),
    CONSTRAINT a_mail_has_somebody_to_go_to CHECK (account_id IS NOT NULL OR address IS NOT NULL),
    CONSTRAINT what_is_being_sent_has_a_lease CHECK ((state = 'sending') = (lease_until IS NOT NULL)),
    CONSTRAINT what_is_settled_says_when CHECK (
        (state IN ('sent', 'failed', 'not_needed')) = (settled_at IS NOT NULL)
    ),
    CONSTRAINT what_was_not_sent_says_why CHECK (state NOT IN ('failed', 'not_needed') OR why IS NOT NULL)
) WITH (
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.05
);

CREATE INDEX mail_that_is_due ON mail (can_wait, due_at) WHERE state = 'planned';
CREATE INDEX mail_that_is_being_sent ON mail (lease_until) WHERE state = 'sending';
CREATE INDEX mail_of_person ON mail (account_id, mail_id DESC);
CREATE INDEX mail_of_enrolment ON mail (enrolment_id);
CREATE INDEX mail_in_state ON mail (state, mail_id DESC);

-- Documents that mails carry, forgotten some time after they were sent.
CREATE TABLE attachment (
    mail_id  uuid  PRIMARY KEY REFERENCES mail,
    content  bytea NOT NULL
);

-- migrate:down
DROP TABLE attachment;
DROP TABLE mail;
DROP TABLE stopped;
DROP TABLE evaluation;
DROP TABLE enrolment;
DROP TABLE schedule;
DROP TABLE offering;
DROP TABLE person;
