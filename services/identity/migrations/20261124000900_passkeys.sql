-- migrate:up

-- Keys of devices that log in to own accounts (Web Authentication, level 3). They go with the own login.
CREATE TABLE passkey (
    passkey_id     uuid        PRIMARY KEY,
    account_id     uuid        NOT NULL REFERENCES own_login ON DELETE CASCADE,
    credential_id  bytea       NOT NULL CONSTRAINT one_passkey_per_credential UNIQUE,
    public_key     bytea       NOT NULL,
    sign_count     bigint      NOT NULL CHECK (sign_count >= 0),
    name           text        NOT NULL CHECK (name <> ''),
    added_at       timestamptz NOT NULL,
    used_at        timestamptz,
    doubted_at     timestamptz
);
CREATE INDEX passkey_of_account ON passkey (account_id);

-- What a browser has to sign, once. Without an account: to log in; with one: to add a passkey to it.
CREATE TABLE passkey_challenge (
    cookie_hash  bytea       PRIMARY KEY,
    challenge    bytea       NOT NULL,
    account_id   uuid        REFERENCES own_login ON DELETE CASCADE,
    expires_at   timestamptz NOT NULL
);
CREATE INDEX passkey_challenge_of_account ON passkey_challenge (account_id);
CREATE INDEX passkey_challenge_by_end ON passkey_challenge (expires_at);

-- migrate:down
DROP TABLE passkey_challenge;
DROP TABLE passkey;
