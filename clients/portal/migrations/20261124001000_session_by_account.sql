-- migrate:up

-- Whoever was forgotten is logged out in all browsers.
CREATE INDEX session_by_account ON session (account_id);

-- migrate:down
DROP INDEX session_by_account;
