-- migrate:up

-- Finance looks at what is still to be paid, and at which transfer brought a payment.
CREATE INDEX order_to_be_paid ON orders (held_until, order_id) WHERE state = 'open';
CREATE UNIQUE INDEX one_transfer_per_payment ON transfer (payment_id) WHERE payment_id IS NOT NULL;

-- migrate:down
DROP INDEX one_transfer_per_payment;
DROP INDEX order_to_be_paid;
