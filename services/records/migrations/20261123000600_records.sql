-- migrate:up

-- What identity has told about people: the name as it must stand on a document, and their language.
CREATE TABLE person (
    account_id  uuid     PRIMARY KEY,
    version     integer  NOT NULL,
    name        text     NOT NULL,
    language    text     NOT NULL
);

-- What the catalogue has told about offerings.
CREATE TABLE offering (
    offering_id            uuid         PRIMARY KEY,
    version                integer      NOT NULL,
    class_number           text         NOT NULL,
    academic_year          text         NOT NULL,
    title                  jsonb        NOT NULL,
    activity               text         NOT NULL,
    level                  text,
    study_load_hours       integer,
    learning_goals         jsonb        NOT NULL,
    organiser              jsonb        NOT NULL,
    lecturers              text[]       NOT NULL,
    starts_at              timestamptz  NOT NULL,
    ends_at                timestamptz  NOT NULL,
    document               text         NOT NULL,
    lecturer_ids           uuid[]       NOT NULL,
    coordinator_ids        uuid[]       NOT NULL,
    evaluation_opens_at    timestamptz,
    evaluation_open_until  timestamptz,
    CONSTRAINT what_is_evaluated_opens_and_closes CHECK (
        (evaluation_opens_at IS NULL) = (evaluation_open_until IS NULL)
    )
);
CREATE INDEX evaluation_that_is_not_over ON offering (evaluation_open_until, evaluation_opens_at);

-- Apart from the offerings: a cancellation may be heard before its offering is.
CREATE TABLE cancelled_offering (
    offering_id   uuid         PRIMARY KEY,
    version       integer      NOT NULL,
    cancelled_at  timestamptz  NOT NULL
);

-- One person in one offering. No foreign keys to the copies above: facts come in any order.
CREATE TABLE dossier (
    enrolment_id    uuid         PRIMARY KEY,
    arrival         bigint       GENERATED ALWAYS AS IDENTITY,
    version         integer      NOT NULL,
    learner_id      uuid         NOT NULL,
    offering_id     uuid         NOT NULL,
    state           text         NOT NULL,
    since           timestamptz  NOT NULL,
    closed_why      text,
    result_version  integer      NOT NULL DEFAULT 0,
    CONSTRAINT a_known_state CHECK (state IN ('open', 'closed')),
    CONSTRAINT what_is_closed_says_why CHECK ((state = 'closed') = (closed_why IS NOT NULL))
) WITH (fillfactor = 80);
CREATE INDEX dossier_of_learner ON dossier (learner_id, arrival DESC);
CREATE INDEX dossier_of_offering ON dossier (offering_id, arrival);

-- Every version of a result; the highest one holds. Nothing is changed, nothing is deleted.
CREATE TABLE result (
    enrolment_id  uuid         NOT NULL REFERENCES dossier,
    version       integer      NOT NULL,
    outcome       text         NOT NULL,
    grade         text,
    reason        text,
    recorded_at   timestamptz  NOT NULL,
    recorded_by   uuid         NOT NULL,
    PRIMARY KEY (enrolment_id, version),
    CONSTRAINT a_known_outcome CHECK (outcome IN ('passed', 'failed', 'attended', 'absent')),
    CONSTRAINT a_grade_on_the_dutch_scale CHECK (grade ~ '^(10\.0|[1-9]\.[05])$'),
    CONSTRAINT only_who_was_examined_has_a_grade CHECK (grade IS NULL OR outcome IN ('passed', 'failed')),
    CONSTRAINT a_correction_says_why CHECK (version = 1 OR reason IS NOT NULL)
);

CREATE TABLE document (
    document_id     uuid         PRIMARY KEY,
    enrolment_id    uuid         NOT NULL REFERENCES dossier,
    kind            text         NOT NULL,
    state           text         NOT NULL,
    planned_at      timestamptz  NOT NULL,
    code            text         NOT NULL,
    draft           integer      NOT NULL,
    leased_until    timestamptz,
    trouble         text,
    number          text,
    replaces        uuid         REFERENCES document,
    language        text,
    printed         jsonb,
    issued_at       timestamptz,
    revoked_at      timestamptz,
    revoked_why     text,
    revoked_reason  text,
    revoked_by      uuid,
    CONSTRAINT no_two_documents_with_one_number UNIQUE (number),
    CONSTRAINT no_two_documents_with_one_code UNIQUE (code),
    CONSTRAINT a_known_kind CHECK (kind IN ('certificate', 'proof_of_attendance')),
    CONSTRAINT a_known_state CHECK (state IN ('planned', 'issued', 'revoked')),
    CONSTRAINT what_is_issued_is_complete CHECK (
        (state <> 'issued' OR issued_at IS NOT NULL)
        AND (issued_at IS NULL) = (printed IS NULL)
        AND (issued_at IS NULL) = (language IS NULL)
        AND (issued_at IS NULL OR number IS NOT NULL)
    ),
    CONSTRAINT what_is_revoked_says_when_and_why CHECK (
        (state = 'revoked') = (revoked_at IS NOT NULL AND revoked_why IS NOT NULL AND revoked_by IS NOT NULL)
    )
);
CREATE UNIQUE INDEX one_valid_document_per_dossier ON document (enrolment_id) WHERE state <> 'revoked';
CREATE INDEX document_of_dossier ON document (enrolment_id);
CREATE INDEX document_that_is_replaced ON document (replaces) WHERE replaces IS NOT NULL;
CREATE INDEX document_to_print ON document (planned_at, document_id) WHERE state = 'planned';

-- The bytes themselves, written once: what was issued in 2027 reads the same in 2067.
CREATE TABLE document_file (
    document_id  uuid   NOT NULL REFERENCES document,
    language     text   NOT NULL,
    pdf          bytea  NOT NULL,
    sha256       bytea  NOT NULL,
    PRIMARY KEY (document_id, language)
);
ALTER TABLE document_file ALTER COLUMN pdf SET STORAGE EXTERNAL; -- Compressed already.

-- The last number of each year. Its row lock is held while numbers are written, and never while anything is printed.
CREATE TABLE document_series (
    year  integer  PRIMARY KEY,
    last  integer  NOT NULL
);

-- Who was asked, and whether they have answered. What they answered is not here.
CREATE TABLE evaluation (
    evaluation_id   uuid         PRIMARY KEY,
    enrolment_id    uuid         NOT NULL REFERENCES dossier,
    told_until      timestamptz  NOT NULL,
    submitted_at    timestamptz,
    submission_key  text,
    CONSTRAINT one_evaluation_per_participant UNIQUE (enrolment_id),
    CONSTRAINT what_is_submitted_knows_its_key CHECK ((submitted_at IS NULL) = (submission_key IS NULL))
);

-- What people answered: one row for a whole offering, in alphabetical order. A row for each answer would carry
-- the number of its transaction (xmin), and that leads to the evaluation that was submitted in it.
CREATE TABLE answer_box (
    offering_id  uuid   PRIMARY KEY,
    answers      jsonb  NOT NULL
);

-- migrate:down
DROP TABLE answer_box;
DROP TABLE evaluation;
DROP TABLE document_series;
DROP TABLE document_file;
DROP TABLE document;
DROP TABLE result;
DROP TABLE dossier;
DROP TABLE cancelled_offering;
DROP TABLE offering;
DROP TABLE person;
