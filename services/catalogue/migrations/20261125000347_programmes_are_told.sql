-- migrate:up

-- Others keep a copy of who answers questions about a programme; versions decide which of two tellings is the later.
ALTER TABLE programme ADD COLUMN version integer NOT NULL DEFAULT 1;

-- migrate:down
ALTER TABLE programme DROP COLUMN version;
