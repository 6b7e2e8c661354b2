-- migrate:up

-- A second step for own accounts: a code of an app (RFC 6238). The secret is locked with KEY_ENCRYPTION_KEY.
CREATE TABLE second_step (
    account_id     uuid        PRIMARY KEY REFERENCES own_login ON DELETE CASCADE,
    locked_secret  bytea       NOT NULL,
    begun_at       timestamptz NOT NULL,
    confirmed_at   timestamptz,
    last_used      bigint      NOT NULL DEFAULT 0
);

-- For whoever loses the app. Each is good once.
CREATE TABLE recovery_code (
    account_id  uuid   NOT NULL REFERENCES second_step ON DELETE CASCADE,
    code_hash   bytea  NOT NULL,
    PRIMARY KEY (account_id, code_hash)
);

-- Somebody has given the right password, and not yet the code.
CREATE TABLE half_login (
    cookie_hash  bytea       PRIMARY KEY,
    account_id   uuid        NOT NULL REFERENCES second_step ON DELETE CASCADE,
    expires_at   timestamptz NOT NULL
);
CREATE INDEX half_login_of_account ON half_login (account_id);
CREATE INDEX half_login_by_end ON half_login (expires_at);

-- migrate:down
DROP TABLE half_login;
DROP TABLE recovery_code;
DROP TABLE second_step;
