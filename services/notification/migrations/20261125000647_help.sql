-- migrate:up

-- What the catalogue has told about programmes: who answers questions about them.
CREATE TABLE programme (
    code     text    PRIMARY KEY,
    version  integer NOT NULL,
    name     jsonb   NOT NULL,
    contact  text
);

-- What people asked, and whom. Of whoever was forgotten only that something was asked.
CREATE TABLE help_request (
    help_request_id  uuid        PRIMARY KEY,
    account_id       uuid        NOT NULL,
    name             text,
    student_number   text,
    programme        text,
    programme_name   jsonb,
    course           text,
    offering_id      uuid,
    problem          text,
    contact          text        NOT NULL,
    asked_at         timestamptz NOT NULL,
    erased_at        timestamptz,
    CONSTRAINT a_request_says_who_and_what CHECK (
        CASE WHEN erased_at IS NULL THEN name IS NOT NULL AND course IS NOT NULL AND problem IS NOT NULL
             ELSE num_nonnulls(name, student_number, programme, programme_name, course, offering_id, problem) = 0 END
    ),
    CONSTRAINT whoever_studies_has_a_number CHECK ((programme IS NULL) = (student_number IS NULL))
);
CREATE INDEX help_request_of_person ON help_request (account_id, help_request_id DESC);

-- migrate:down
DROP TABLE help_request;
DROP TABLE programme;
