-- migrate:up

-- The words and the VAT of an invoice's line, as the catalogue told them last.
CREATE TABLE offering (
    offering_id   uuid        PRIMARY KEY,
    version       integer     NOT NULL,
    class_number  text        NOT NULL,
    title         jsonb       NOT NULL,
    vat_rate      text        NOT NULL CHECK (vat_rate IN ('exempt', '9', '21')),
    vat_reason    jsonb       NOT NULL,
    starts_at     timestamptz NOT NULL
);

-- What an enrolment has to pay. Its row's lock is taken first by everything that moves its money.
CREATE TABLE orders (
    order_id           uuid        PRIMARY KEY,
    arrival            bigint      GENERATED ALWAYS AS IDENTITY,
    enrolment_id       uuid        NOT NULL CONSTRAINT one_order_per_enrolment UNIQUE,
    enrolment_version  integer     NOT NULL,
    learner_id         uuid        NOT NULL,
    offering_id        uuid        NOT NULL,
    payer              text        NOT NULL CHECK (payer IN ('self', 'employer')),
    fee_minor          integer     NOT NULL CHECK (fee_minor > 0),
    currency           text        NOT NULL,
    state              text        NOT NULL,
    opened_at          timestamptz NOT NULL,
    held_until         timestamptz NOT NULL,
    starts_at          timestamptz NOT NULL,
    vat_rate           text        CHECK (vat_rate IN ('exempt', '9', '21')),
    billing            jsonb,
    paid_by            uuid,
    paid_at            timestamptz,
    closed_at          timestamptz,
    closed_why         text,
    CONSTRAINT an_order_in_a_known_state CHECK (state IN ('open', 'paid', 'closed')),
    CONSTRAINT what_is_paid_says_by_which_payment CHECK (
        (state = 'paid') = (paid_by IS NOT NULL AND paid_at IS NOT NULL)
    ),
    CONSTRAINT what_is_closed_says_when_and_why CHECK (
        state <> 'closed' OR (closed_at IS NOT NULL AND closed_why IN ('lapsed', 'withdrawn', 'cancelled'))
    )
) WITH (fillfactor = 80);
CREATE INDEX order_of_learner ON orders (learner_id, arrival DESC);
CREATE INDEX order_with_unknown_vat ON orders (offering_id) WHERE state = 'paid' AND vat_rate IS NULL;

-- Enrolments that ended before their order was known: facts come in any order.
CREATE TABLE early_ending (
    enrolment_id  uuid    PRIMARY KEY,
    version       integer NOT NULL,
    why           text    NOT NULL CHECK (why IN ('lapsed', 'withdrawn', 'cancelled'))
);

CREATE TABLE payment (
    payment_id      uuid        PRIMARY KEY,
    order_id        uuid        NOT NULL REFERENCES orders,
    method          text        NOT NULL CHECK (method IN ('ideal', 'creditcard', 'banktransfer')),
    amount_minor    integer     NOT NULL CHECK (amount_minor > 0),
    currency        text        NOT NULL,
    state           text        NOT NULL,
    description     text        NOT NULL,
    language        text        NOT NULL CHECK (language IN ('nl', 'en')),
    intended_at     timestamptz NOT NULL,
    redirect_url    text,
    provider_id     text        CONSTRAINT one_payment_per_provider_id UNIQUE,
    checkout_url    text,
    expires_at      timestamptz,
    paid_at         timestamptz,
    ended_at        timestamptz,
    looks           integer     NOT NULL DEFAULT 0,
    due_at          timestamptz,
    refunds         integer     NOT NULL DEFAULT 0,
    refunded_minor  integer     NOT NULL DEFAULT 0,
    CONSTRAINT a_payment_in_a_known_state CHECK (
        state IN ('intended', 'open', 'paid', 'failed', 'canceled', 'expired')
    ),
    CONSTRAINT what_is_captured_has_a_value_date CHECK ((state = 'paid') = (paid_at IS NOT NULL)),
    CONSTRAINT what_is_open_is_asked_about CHECK (state NOT IN ('intended', 'open') OR due_at IS NOT NULL),
    CONSTRAINT nobody_gets_back_more_than_was_captured CHECK (
        refunded_minor BETWEEN 0 AND CASE WHEN state = 'paid' THEN amount_minor ELSE 0 END
    )
) WITH (fillfactor = 80);
CREATE INDEX payment_of_order ON payment (order_id, intended_at);
CREATE INDEX payment_to_ask_about ON payment (due_at) WHERE due_at IS NOT NULL;

-- Every state that a payment came into, when, and what follows from it once (invariant 2).
CREATE TABLE transition (
    payment_id   uuid        NOT NULL REFERENCES payment,
    state        text        NOT NULL,
    happened_at  timestamptz NOT NULL,
    CONSTRAINT one_effect_per_payment_and_transition PRIMARY KEY (payment_id, state)
);

-- Facts that ask money back, each once, also those that come before the money.
CREATE TABLE refund_claim (
    enrolment_id  uuid        NOT NULL,
    why           text        NOT NULL,
    version       integer     NOT NULL,
    amount_minor  integer     CHECK (amount_minor > 0),
    told_at       timestamptz NOT NULL,
    settled_at    timestamptz,
    CONSTRAINT one_claim_per_fact PRIMARY KEY (enrolment_id, why, version)
);
CREATE INDEX claim_that_waits ON refund_claim (enrolment_id) WHERE settled_at IS NULL;

CREATE TABLE refund (
    refund_id     uuid        PRIMARY KEY,
    payment_id    uuid        NOT NULL REFERENCES payment,
    order_id      uuid        NOT NULL REFERENCES orders,
    sequence      integer     NOT NULL CHECK (sequence > 0),
    amount_minor  integer     NOT NULL CHECK (amount_minor > 0),
    currency      text        NOT NULL,
    why           text        NOT NULL,
    state         text        NOT NULL,
    requested_at  timestamptz NOT NULL,
    issued_at     timestamptz,
    provider_id   text,
    try_number    integer     NOT NULL,
    attempts      integer     NOT NULL,
    due_at        timestamptz,
    refused_why   text,
    CONSTRAINT one_refund_per_payment_and_sequence UNIQUE (payment_id, sequence),
    CONSTRAINT a_refund_in_a_known_state CHECK (
        state IN ('requested', 'sent', 'refunded', 'refused', 'to_transfer', 'transferred')
    ),
    CONSTRAINT what_is_under_way_is_asked_about CHECK ((state IN ('requested', 'sent')) = (due_at IS NOT NULL)),
    CONSTRAINT what_is_refused_says_why CHECK (state <> 'refused' OR refused_why IS NOT NULL),
    CONSTRAINT what_went_back_says_when CHECK (
        state NOT IN ('sent', 'refunded', 'transferred') OR issued_at IS NOT NULL
    )
) WITH (fillfactor = 80);
CREATE INDEX refund_of_order ON refund (order_id, requested_at);
CREATE INDEX refund_to_look_at ON refund (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX refund_by_state ON refund (state, requested_at, refund_id);

-- The last number given out in each series. Its row's lock makes numbers wait for each other, so none is skipped.
CREATE TABLE number_series (
    kind  text    NOT NULL,
    year  integer NOT NULL,
    last  integer NOT NULL,
    PRIMARY KEY (kind, year)
);

CREATE TABLE invoice (
    invoice_id       uuid        PRIMARY KEY,
    order_id         uuid        NOT NULL REFERENCES orders,
    kind             text        NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
    year             integer     NOT NULL,
    sequence         integer     NOT NULL,
    number           text        NOT NULL,
    reference        text        NOT NULL,
    buyer            jsonb       NOT NULL,
    class_number     text        NOT NULL,
    title            jsonb       NOT NULL,
    amount_minor     integer     NOT NULL CHECK (amount_minor > 0),
    vat_minor        integer     NOT NULL CHECK (vat_minor BETWEEN 0 AND amount_minor),
    currency         text        NOT NULL,
    vat_rate         text        NOT NULL,
    vat_reason       jsonb       NOT NULL,
    issued_at        timestamptz NOT NULL,
    due_at           timestamptz,
    paid_at          timestamptz,
    credits_id       uuid        REFERENCES invoice,
    credited_number  text,
    credited_minor   integer     NOT NULL DEFAULT 0,
    pdf              bytea,
    CONSTRAINT a_number_is_given_once UNIQUE (kind, year, sequence),
    CONSTRAINT an_invoice_is_due_and_a_credit_note_credits CHECK (
        (kind = 'invoice') = (due_at IS NOT NULL) AND (kind = 'credit_note') = (credits_id IS NOT NULL)
    ),
    CONSTRAINT no_more_is_credited_than_was_invoiced CHECK (credited_minor BETWEEN 0 AND amount_minor)
);
CREATE INDEX invoice_of_order ON invoice (order_id, issued_at);
CREATE INDEX invoice_by_number ON invoice (number);
CREATE INDEX invoice_by_reference ON invoice (reference) WHERE kind = 'invoice';
CREATE INDEX invoice_to_set ON invoice (issued_at) WHERE pdf IS NULL;

CREATE TABLE transfer (
    transfer_id     uuid        PRIMARY KEY,
    bank_reference  text        NOT NULL CONSTRAINT one_transfer_per_bank_reference UNIQUE,
    reference       text        NOT NULL,
    amount_minor    integer     NOT NULL CHECK (amount_minor > 0),
    currency        text        NOT NULL,
    value_date      date        NOT NULL,
    received_at     timestamptz NOT NULL,
    received_by     uuid        NOT NULL,
    state           text        NOT NULL,
    kept_why        text,
    payment_id      uuid        REFERENCES payment,
    CONSTRAINT a_transfer_in_a_known_state CHECK (state IN ('matched', 'kept', 'returned')),
    CONSTRAINT what_is_matched_has_a_payment CHECK ((state = 'matched') = (payment_id IS NOT NULL)),
    CONSTRAINT what_is_kept_says_why CHECK (state <> 'kept' OR kept_why IS NOT NULL)
);

-- What finance has to look at. Nothing is deleted: what is settled has a time.
CREATE TABLE finance_exception (
    exception_id  uuid        PRIMARY KEY,
    kind          text        NOT NULL CHECK (
        kind IN ('unknown_reference', 'wrong_amount', 'refund_refused', 'nothing_to_refund')
    ),
    subject_id    uuid        NOT NULL,
    order_id      uuid        REFERENCES orders,
    raised_at     timestamptz NOT NULL,
    settled_at    timestamptz
);
CREATE UNIQUE INDEX one_open_exception_per_subject ON finance_exception (kind, subject_id) WHERE settled_at IS NULL;
CREATE INDEX exception_to_look_at ON finance_exception (raised_at, exception_id) WHERE settled_at IS NULL;

-- Double entry: a row takes an amount from one account to another, so the ledger cannot be out of balance.
CREATE TABLE ledger_entry (
    entry_id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event         text        NOT NULL,
    subject       text        NOT NULL,
    line          smallint    NOT NULL,
    order_id      uuid        REFERENCES orders,
    debit         text        NOT NULL,
    credit        text        NOT NULL,
    amount_minor  integer     NOT NULL,
    currency      text        NOT NULL,
    booked_at     timestamptz NOT NULL,
    CONSTRAINT an_event_is_posted_once UNIQUE (event, subject, line),
    CONSTRAINT an_entry_moves_something CHECK (amount_minor > 0 AND debit <> credit)
);
CREATE INDEX entry_of_order ON ledger_entry (order_id, entry_id);

-- migrate:down
DROP TABLE ledger_entry;
DROP TABLE finance_exception;
DROP TABLE transfer;
DROP TABLE invoice;
DROP TABLE number_series;
DROP TABLE refund;
DROP TABLE refund_claim;
DROP TABLE transition;
DROP TABLE payment;
DROP TABLE early_ending;
DROP TABLE orders;
DROP TABLE offering;
