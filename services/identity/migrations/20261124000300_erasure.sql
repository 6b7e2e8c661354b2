-- migrate:up

-- Whoever is forgotten leaves a row without a name, so that nothing that holds the id leads nowhere.
ALTER TABLE account
    ADD COLUMN erased_at timestamptz,
    ADD CONSTRAINT who_is_erased_has_no_name CHECK (erased_at IS NULL OR (mail_address = '' AND name = ''));

-- What somebody asked, what the services said, and what they kept. Never deleted; names nobody.
CREATE TABLE erasure (
    account_id  uuid        PRIMARY KEY REFERENCES account,
    version     integer     NOT NULL CHECK (version >= 1),
    state       text        NOT NULL CHECK (state IN ('asked', 'objected', 'cancelled', 'erasing', 'done')),
    asked_at    timestamptz NOT NULL,
    answers     jsonb       NOT NULL,
    erased_at   timestamptz,
    retained    jsonb       NOT NULL,
    done_at     timestamptz,
    CONSTRAINT what_is_erased_says_when CHECK ((state IN ('erasing', 'done')) = (erased_at IS NOT NULL)),
    CONSTRAINT what_is_done_says_when CHECK ((state = 'done') = (done_at IS NOT NULL))
);

-- migrate:down
DROP TABLE erasure;
ALTER TABLE account DROP CONSTRAINT who_is_erased_has_no_name, DROP COLUMN erased_at;
