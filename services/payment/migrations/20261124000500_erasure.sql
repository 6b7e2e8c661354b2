-- migrate:up

-- Seven years after the end of its year the names go from an invoice; number and amounts stay in the books.
ALTER TABLE invoice
    ADD COLUMN erased_at timestamptz,
    ADD CONSTRAINT what_is_erased_has_no_document CHECK (erased_at IS NULL OR pdf = '');
CREATE INDEX invoice_to_erase ON invoice (year) WHERE erased_at IS NULL;

-- migrate:down
DROP INDEX invoice_to_erase;
ALTER TABLE invoice DROP CONSTRAINT what_is_erased_has_no_document, DROP COLUMN erased_at;
