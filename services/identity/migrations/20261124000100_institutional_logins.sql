-- migrate:up

-- "SURFconext", "eduID": a login that a provider of the institution vouches for. A mail address is never a key.
CREATE TABLE institutional_login (
    login_id      uuid        PRIMARY KEY,
    account_id    uuid        NOT NULL REFERENCES account,
    issuer        text        NOT NULL,
    subject       text        NOT NULL,
    provider      text        NOT NULL,
    organization  text,
    affiliation   text        NOT NULL CHECK (affiliation IN ('student', 'staff', 'guest')),
    added_at      timestamptz NOT NULL,
    used_at       timestamptz NOT NULL,
    CONSTRAINT one_account_per_institutional_login UNIQUE (issuer, subject)
);
CREATE INDEX institutional_login_of_account ON institutional_login (account_id);

-- Somebody was sent to a provider, from one browser. What follows from it is used once.
CREATE TABLE provider_visit (
    state_hash   bytea       PRIMARY KEY,
    cookie_hash  bytea       NOT NULL,
    provider     text        NOT NULL,
    wish         text        NOT NULL,
    joins        uuid        REFERENCES account,
    is_fresh     boolean     NOT NULL,
    began_at     timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL
);
CREATE INDEX provider_visit_by_end ON provider_visit (expires_at);

-- Somebody whom a provider vouches for and who has no account yet: they choose a name and accept the terms.
CREATE TABLE newcomer (
    cookie_hash   bytea       PRIMARY KEY,
    issuer        text        NOT NULL,
    subject       text        NOT NULL,
    provider      text        NOT NULL,
    organization  text,
    affiliation   text        NOT NULL CHECK (affiliation IN ('student', 'staff', 'guest')),
    name          text        NOT NULL,
    mail_address  text        NOT NULL,
    is_vouched    boolean     NOT NULL,
    wish          text        NOT NULL,
    expires_at    timestamptz NOT NULL
);
CREATE INDEX newcomer_by_end ON newcomer (expires_at);

-- A sign-up leads to an own login, or to an account behind an institutional one; it can join an account that is there.
ALTER TABLE sign_up
    ALTER COLUMN password_hash DROP NOT NULL,
    ADD COLUMN joins        uuid REFERENCES account,
    ADD COLUMN issuer       text,
    ADD COLUMN subject      text,
    ADD COLUMN provider     text,
    ADD COLUMN organization text,
    ADD COLUMN affiliation  text CHECK (affiliation IN ('student', 'staff', 'guest')),
    ADD CONSTRAINT a_sign_up_leads_to_one_login CHECK (
        used_at IS NOT NULL
        OR (password_hash IS NOT NULL AND issuer IS NULL)
        OR (password_hash IS NULL AND issuer IS NOT NULL AND subject IS NOT NULL AND provider IS NOT NULL
            AND affiliation IS NOT NULL AND joins IS NULL)
    );
CREATE INDEX sign_up_that_joins ON sign_up (joins) WHERE joins IS NOT NULL;

-- Which logins an account had from when to when, and how they came and went. Never deleted; names nobody.
CREATE TABLE login_history (
    entry_id    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id  uuid        NOT NULL REFERENCES account,
    login       text        NOT NULL,
    what        text        NOT NULL CHECK (what IN ('registered', 'added', 'separated', 'protected', 'unprotected')),
    at          timestamptz NOT NULL
);
CREATE INDEX login_history_of_account ON login_history (account_id);

-- migrate:down
DROP TABLE login_history;
DROP INDEX sign_up_that_joins;
DELETE FROM sign_up WHERE password_hash IS NULL;
ALTER TABLE sign_up
    DROP CONSTRAINT a_sign_up_leads_to_one_login,
    DROP COLUMN joins, DROP COLUMN issuer, DROP COLUMN subject, DROP COLUMN provider,
    DROP COLUMN organization, DROP COLUMN affiliation,
    ALTER COLUMN password_hash SET NOT NULL;
DROP TABLE newcomer;
DROP TABLE provider_visit;
DROP TABLE institutional_login;
