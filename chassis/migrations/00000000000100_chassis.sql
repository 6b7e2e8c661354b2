-- migrate:up

-- Facts on their way to the broker. A row lives for milliseconds: the relay deletes what was confirmed.
CREATE TABLE outbox (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id    uuid        NOT NULL,
    topic       text        NOT NULL,
    key         text        NOT NULL,
    body        bytea       NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    parked_at   timestamptz,
    parked_why  text
) WITH (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_cost_delay = 0
);

-- What every consumer has already done. Effects commit together with their claim.
CREATE TABLE inbox (
    consumer    text        NOT NULL,
    event_id    uuid        NOT NULL,
    claimed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (consumer, event_id)
);
CREATE INDEX inbox_by_age ON inbox USING brin (claimed_at);

-- Answers to requests that carried an Idempotency-Key: the same key gets the same answer.
CREATE TABLE idempotency (
    account_id    uuid        NOT NULL,
    key           text        NOT NULL,
    request_hash  bytea       NOT NULL,
    status        integer     NOT NULL,
    location      text,
    body          bytea       NOT NULL,
    kept_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, key)
);
CREATE INDEX idempotency_by_age ON idempotency USING brin (kept_at);

-- migrate:down
DROP TABLE idempotency;
DROP TABLE inbox;
DROP TABLE outbox;
