-- migrate:up

-- The office looks at what it keeps by time, whether or not anybody can find it: the latest first.
CREATE INDEX offering_by_start ON offering (starts_at DESC, offering_id DESC);

-- A catalogue file between the look at what it would change and the yes. Forgotten after an hour.
CREATE TABLE sent_file (
    file_id  uuid         PRIMARY KEY,
    name     text         NOT NULL,
    text     text         NOT NULL,
    sent_at  timestamptz  NOT NULL
);

-- migrate:down
DROP TABLE sent_file;
DROP INDEX offering_by_start;
