-- migrate:up

-- Both are trusted: the owner of the database may create them.
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Words of both languages by their stems, with or without their accents.
CREATE TEXT SEARCH CONFIGURATION words_nl (COPY = pg_catalog.dutch);
ALTER TEXT SEARCH CONFIGURATION words_nl
    ALTER MAPPING FOR hword, hword_part, word WITH unaccent, dutch_stem;
CREATE TEXT SEARCH CONFIGURATION words_en (COPY = pg_catalog.english);
ALTER TEXT SEARCH CONFIGURATION words_en
    ALTER MAPPING FOR hword, hword_part, word WITH unaccent, english_stem;

CREATE TABLE subject (
    code  text   PRIMARY KEY,
    name  jsonb  NOT NULL
);

-- Every version that was ever published; somebody may have accepted it. Never changed, never deleted.
CREATE TABLE policy (
    policy_id     uuid         NOT NULL,
    version       integer      NOT NULL,
    rules         jsonb        NOT NULL,
    published_at  timestamptz  NOT NULL,
    PRIMARY KEY (policy_id, version)
);
CREATE TABLE terms (
    terms_id      uuid         NOT NULL,
    version       integer      NOT NULL,
    text          jsonb        NOT NULL,
    text_hash     text         NOT NULL,
    published_at  timestamptz  NOT NULL,
    PRIMARY KEY (terms_id, version)
);

-- The row's lock puts publications of one course in line.
CREATE TABLE course (
    course_id         uuid     PRIMARY KEY,
    code              text     NOT NULL CONSTRAINT one_course_per_code UNIQUE,
    subject           text     NOT NULL REFERENCES subject,
    title             jsonb    NOT NULL,
    summary           jsonb    NOT NULL,
    description       jsonb    NOT NULL,
    learning_goals    jsonb    NOT NULL,
    level             text,
    study_load_hours  integer  CHECK (study_load_hours >= 0)
);

CREATE TABLE offering (
    offering_id           uuid         PRIMARY KEY,
    version               integer      NOT NULL,
    course_id             uuid         NOT NULL REFERENCES course,
    academic_year         text         NOT NULL CHECK (academic_year ~ '^\d{4}-\d{4}$'),
    class_number          text         NOT NULL,
    activity              text         NOT NULL,
    taught_in             text         NOT NULL CHECK (taught_in IN ('nl', 'en')),
    practical             jsonb,
    organiser             jsonb        NOT NULL,
    contact               text         NOT NULL,
    starts_at             timestamptz  NOT NULL,
    ends_at               timestamptz  NOT NULL,
    minimum               integer      NOT NULL CHECK (minimum >= 0),
    capacity              integer      NOT NULL,
    enrolment_opens_at    timestamptz  NOT NULL,
    enrolment_closes_at   timestamptz  NOT NULL,
    closes_by_rule        boolean      NOT NULL,
    currency              text         NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    vat                   jsonb        NOT NULL,
    policy_id             uuid         NOT NULL,
    policy_version        integer      NOT NULL,
    terms_id              uuid         NOT NULL,
    terms_version         integer      NOT NULL,
    elsewhere             jsonb,
    document              text         NOT NULL,
    lecturer_ids          uuid[]       NOT NULL,
    coordinator_ids       uuid[]       NOT NULL,
    cancelled_at          timestamptz,
    cancelled_why         jsonb,
    FOREIGN KEY (policy_id, policy_version) REFERENCES policy,
    FOREIGN KEY (terms_id, terms_version) REFERENCES terms,
    CONSTRAINT a_class_number_is_unique_in_its_academic_year UNIQUE (academic_year, class_number),
    CONSTRAINT an_offering_ends_after_it_starts CHECK (starts_at < ends_at),
    CONSTRAINT the_minimum_fits CHECK (minimum <= capacity),
    CONSTRAINT enrolment_opens_before_it_closes CHECK (enrolment_opens_at < enrolment_closes_at),
    CONSTRAINT what_is_cancelled_says_when_and_why CHECK (
        (cancelled_at IS NULL) = (cancelled_why IS NULL)
    )
);
CREATE INDEX offering_of_course ON offering (course_id, starts_at);

CREATE TABLE session (
    offering_id  uuid         NOT NULL REFERENCES offering,
    session_id   uuid         NOT NULL,
    starts_at    timestamptz  NOT NULL,
    ends_at      timestamptz  NOT NULL,
    place        text,
    online_url   text,
    lecturers    text[]       NOT NULL,
    PRIMARY KEY (offering_id, session_id),
    CONSTRAINT a_session_ends_after_it_starts CHECK (starts_at < ends_at)
);

CREATE TABLE price (
    offering_id  uuid     NOT NULL REFERENCES offering,
    affiliation  text     CHECK (affiliation IN ('student', 'staff', 'guest')),
    fee_minor    integer  NOT NULL CHECK (fee_minor >= 0),
    CONSTRAINT one_price_per_affiliation UNIQUE NULLS NOT DISTINCT (offering_id, affiliation)
);

-- How full offerings are, as enrolment last told. Apart from them: only the consumer writes here.
CREATE TABLE occupation (
    offering_id  uuid     PRIMARY KEY,
    version      integer  NOT NULL,
    capacity     integer  NOT NULL,
    taken        integer  NOT NULL,
    waiting      integer  NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE programme (
    code       text   PRIMARY KEY,
    kind       text   NOT NULL,
    name       jsonb  NOT NULL,
    procedure  text   NOT NULL CHECK (procedure IN ('self_service', 'office')),
    contact    text,
    note       jsonb
);
CREATE TABLE class_list (
    list_id        uuid     PRIMARY KEY,
    programme      text     NOT NULL REFERENCES programme,
    academic_year  text     NOT NULL CHECK (academic_year ~ '^\d{4}-\d{4}$'),
    key            text     NOT NULL,
    revision       integer  NOT NULL,
    CONSTRAINT one_list_per_programme_year_and_key UNIQUE (programme, academic_year, key)
);
CREATE INDEX class_list_of_year ON class_list (academic_year);

-- Every revision stays, so that "what changed since" can be answered.
CREATE TABLE class_list_revision (
    list_id         uuid         NOT NULL REFERENCES class_list,
    revision        integer      NOT NULL,
    recorded_at     timestamptz  NOT NULL,
    study_year      integer,
    name            jsonb,
    revised_on      date,
    complete        boolean      NOT NULL,
    note            jsonb,
    look_elsewhere  jsonb,
    PRIMARY KEY (list_id, revision)
);

-- By class number and not by offering: a list may name a number before anything has it (B16),
-- and one offering may stand in several lists (B17).
CREATE TABLE class_list_entry (
    list_id       uuid     NOT NULL,
    revision      integer  NOT NULL,
    position      integer  NOT NULL,
    class_number  text,
    title         jsonb,
    activity      text,
    heading       jsonb,
    PRIMARY KEY (list_id, revision, position),
    FOREIGN KEY (list_id, revision) REFERENCES class_list_revision
);
CREATE INDEX class_list_entry_of_number ON class_list_entry (class_number);

-- What people browse: a narrow row for every offering that is not cancelled, made from the tables
-- above. Columns of fixed length first: most rows are passed over after a look at a date.
CREATE TABLE overview (
    offering_id        uuid         PRIMARY KEY REFERENCES offering,
    course_id          uuid         NOT NULL,
    starts_at          timestamptz  NOT NULL,
    ends_at            timestamptz  NOT NULL,
    capacity           integer      NOT NULL,
    fee_minor          integer,
    student_fee_minor  integer,
    staff_fee_minor    integer,
    guest_fee_minor    integer,
    academic_year      text         NOT NULL,
    class_number       text         NOT NULL,
    subject            text         NOT NULL,
    level              text,
    taught_in          text         NOT NULL,
    activity           text         NOT NULL
);
-- Enough is included to pass over what is over or was not chosen, without looking at the rows.
CREATE INDEX overview_by_start ON overview (starts_at, offering_id)
    INCLUDE (ends_at, course_id, subject, level, taught_in, activity);
CREATE INDEX overview_by_course ON overview (course_id);
CREATE INDEX overview_by_number ON overview (class_number);

-- What a course can be found by, in both languages, the title weighing most.
-- Kept in the row and not compressed: ranking reads it of every course that matches.
CREATE TABLE course_words (
    course_id  uuid      PRIMARY KEY REFERENCES course,
    words      tsvector  NOT NULL
) WITH (toast_tuple_target = 8160);
ALTER TABLE course_words ALTER COLUMN words SET STORAGE EXTERNAL;
CREATE INDEX course_by_word ON course_words USING gin (words);

-- Words as they were written, without accents: what a misspelled one may have meant.
CREATE TABLE vocabulary (
    word  text  PRIMARY KEY
);
CREATE INDEX vocabulary_by_likeness ON vocabulary USING gin (word gin_trgm_ops);

-- migrate:down
DROP TABLE vocabulary;
DROP TABLE course_words;
DROP TABLE overview;
DROP TABLE class_list_entry;
DROP TABLE class_list_revision;
DROP TABLE class_list;
DROP TABLE programme;
DROP TABLE occupation;
DROP TABLE price;
DROP TABLE session;
DROP TABLE offering;
DROP TABLE course;
DROP TABLE terms;
DROP TABLE policy;
DROP TABLE subject;
DROP TEXT SEARCH CONFIGURATION words_en;
DROP TEXT SEARCH CONFIGURATION words_nl;
DROP EXTENSION pg_trgm;
DROP EXTENSION unaccent;
