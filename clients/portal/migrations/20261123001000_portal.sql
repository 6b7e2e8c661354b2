-- migrate:up

-- Who is logged in, in which browser. Of the cookie only the SHA-256 is here; the tokens are locked
-- with SESSION_KEY, for this very row.
CREATE TABLE session (
    cookie_hash       bytea       NOT NULL CONSTRAINT one_session_per_cookie PRIMARY KEY,
    account_id        uuid        NOT NULL,
    sealed            bytea       NOT NULL,
    generation        integer     NOT NULL DEFAULT 1,
    started_at        timestamptz NOT NULL,
    seen_at           timestamptz NOT NULL,
    ends_at           timestamptz NOT NULL,
    -- Somebody is renewing the tokens, and will have done so or failed by this instant.
    refreshing_until  timestamptz,
    CONSTRAINT a_session_ends_after_it_starts CHECK (ends_at > started_at)
);
CREATE INDEX session_by_end ON session (ends_at);
CREATE INDEX session_by_visit ON session (seen_at);

-- migrate:down
DROP TABLE session;
