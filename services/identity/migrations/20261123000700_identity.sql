-- migrate:up

-- A person, however they log in. The mail address is proved to be theirs.
CREATE TABLE account (
    account_id     uuid        PRIMARY KEY,
    version        integer     NOT NULL CHECK (version >= 1),
    mail_address   text        NOT NULL,
    name           text        NOT NULL,
    language       text        NOT NULL CHECK (language IN ('nl', 'en')),
    affiliation    text        NOT NULL CHECK (affiliation IN ('student', 'staff', 'guest')),
    registered_at  timestamptz NOT NULL,
    terms_version  text
);
CREATE INDEX account_by_name ON account (lower(name), account_id);

-- "Other login": a mail address and a password. Other ways to log in will have tables of their own,
-- so that several can lead to one account.
CREATE TABLE own_login (
    account_id     uuid        PRIMARY KEY REFERENCES account,
    mail_key       text        NOT NULL,
    password_hash  text        NOT NULL,
    changed_at     timestamptz NOT NULL,
    CONSTRAINT one_own_login_per_mail_address UNIQUE (mail_key)
);

-- An account to be, until the link in the mail proves its address. Several may wish for one address.
CREATE TABLE sign_up (
    account_id     uuid        PRIMARY KEY,
    mail_address   text        NOT NULL,
    name           text        NOT NULL,
    language       text        NOT NULL CHECK (language IN ('nl', 'en')),
    password_hash  text        NOT NULL,
    terms_version  text        NOT NULL,
    signed_up_at   timestamptz NOT NULL,
    link_hash      bytea       NOT NULL UNIQUE,
    expires_at     timestamptz NOT NULL,
    used_at        timestamptz
);
CREATE INDEX sign_up_by_age ON sign_up (signed_up_at);

-- A link to a new password. Without an account it leads nowhere: it is kept so that a request for an
-- unknown address is answered by the same work.
CREATE TABLE password_reset (
    link_hash   bytea       PRIMARY KEY,
    account_id  uuid        REFERENCES account,
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz
);
CREATE INDEX password_reset_of_account ON password_reset (account_id);
CREATE INDEX password_reset_by_end ON password_reset (expires_at);

-- Somebody is logged in, in one browser.
CREATE TABLE session (
    session_id        uuid        PRIMARY KEY,
    cookie_hash       bytea       NOT NULL UNIQUE,
    account_id        uuid        NOT NULL REFERENCES account,
    authenticated_at  timestamptz NOT NULL,
    ends_at           timestamptz NOT NULL
);
CREATE INDEX session_of_account ON session (account_id);
CREATE INDEX session_by_end ON session (ends_at);

-- An app that people log in to. Public clients only: there is no secret.
CREATE TABLE client (
    client_id                  text   PRIMARY KEY,
    name                       text   NOT NULL,
    kind                       text   NOT NULL CHECK (kind IN ('web', 'native')),
    redirect_uris              text[] NOT NULL,
    post_logout_redirect_uris  text[] NOT NULL
);

-- All refresh tokens that follow from one login in one app.
CREATE TABLE token_family (
    family_id         uuid        PRIMARY KEY,
    client_id         text        NOT NULL REFERENCES client,
    account_id        uuid        NOT NULL REFERENCES account,
    session_id        uuid        NOT NULL,
    scopes            text[]      NOT NULL,
    authenticated_at  timestamptz NOT NULL,
    ends_at           timestamptz NOT NULL,
    revoked_at        timestamptz,
    revoked_why       text,
    CONSTRAINT what_is_revoked_says_when_and_why CHECK ((revoked_at IS NULL) = (revoked_why IS NULL))
);
CREATE INDEX token_family_of_account ON token_family (account_id) WHERE revoked_at IS NULL;
CREATE INDEX token_family_of_session ON token_family (session_id) WHERE revoked_at IS NULL;
CREATE INDEX token_family_by_end ON token_family (ends_at);

CREATE TABLE refresh_token (
    token_hash  bytea       PRIMARY KEY,
    family_id   uuid        NOT NULL REFERENCES token_family ON DELETE CASCADE,
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz
);
CREATE UNIQUE INDEX one_live_refresh_token_per_family ON refresh_token (family_id) WHERE used_at IS NULL;
CREATE INDEX refresh_token_of_family ON refresh_token (family_id);

CREATE TABLE authorization_code (
    code_hash         bytea       PRIMARY KEY,
    client_id         text        NOT NULL REFERENCES client,
    account_id        uuid        NOT NULL REFERENCES account,
    session_id        uuid        NOT NULL,
    redirect_uri      text        NOT NULL,
    scopes            text[]      NOT NULL,
    nonce             text,
    code_challenge    text        NOT NULL,
    authenticated_at  timestamptz NOT NULL,
    session_ends_at   timestamptz NOT NULL,
    expires_at        timestamptz NOT NULL,
    used_at           timestamptz,
    family_id         uuid,
    CONSTRAINT a_used_code_says_what_it_became CHECK ((used_at IS NULL) = (family_id IS NULL))
);
CREATE INDEX authorization_code_by_end ON authorization_code (expires_at);

-- Who held which role from when to when, and who gave and took it. Never deleted.
CREATE TABLE role_grant (
    grant_id     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id   uuid        NOT NULL REFERENCES account,
    role         text        NOT NULL,
    granted_at   timestamptz NOT NULL,
    granted_how  text        NOT NULL CHECK (granted_how IN ('administrator', 'command', 'import')),
    granted_by   uuid,
    revoked_at   timestamptz,
    revoked_by   uuid,
    CONSTRAINT a_role_that_is_granted CHECK (role IN ('office', 'coordinator', 'lecturer', 'finance', 'administrator')),
    CONSTRAINT an_administrator_is_named CHECK ((granted_how = 'administrator') = (granted_by IS NOT NULL))
);
CREATE UNIQUE INDEX one_live_grant_per_person_and_role ON role_grant (account_id, role) WHERE revoked_at IS NULL;

-- The issuer's keys; the private halves are locked with KEY_ENCRYPTION_KEY.
CREATE TABLE signing_key (
    kid                 text        PRIMARY KEY,
    public_jwk          jsonb       NOT NULL,
    locked_private_key  bytea       NOT NULL,
    signs_from          timestamptz NOT NULL,
    published_until     timestamptz
);

-- migrate:down
DROP TABLE signing_key;
DROP TABLE role_grant;
DROP TABLE authorization_code;
DROP TABLE refresh_token;
DROP TABLE token_family;
DROP TABLE client;
DROP TABLE session;
DROP TABLE password_reset;
DROP TABLE sign_up;
DROP TABLE own_login;
DROP TABLE account;
