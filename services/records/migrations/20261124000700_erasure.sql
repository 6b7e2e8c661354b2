-- migrate:up

-- Whoever is forgotten leaves a row without a name: whatever is told of them later finds it and changes nothing.
ALTER TABLE person
    ADD COLUMN erased_at timestamptz,
    ALTER COLUMN name DROP NOT NULL,
    ALTER COLUMN language DROP NOT NULL,
    ADD CONSTRAINT who_is_erased_has_no_name CHECK (
        CASE WHEN erased_at IS NULL THEN name IS NOT NULL AND language IS NOT NULL
             ELSE name IS NULL AND language IS NULL END
    );

-- An erased document keeps its number and code, so that whoever holds a copy learns what became of it.
ALTER TABLE document
    ADD COLUMN erased_at timestamptz,
    DROP CONSTRAINT what_is_issued_is_complete,
    ADD CONSTRAINT what_is_issued_is_complete CHECK (
        (state <> 'issued' OR issued_at IS NOT NULL)
        AND (issued_at IS NOT NULL AND erased_at IS NULL) = (printed IS NOT NULL)
        AND (issued_at IS NOT NULL AND erased_at IS NULL) = (language IS NOT NULL)
        AND (issued_at IS NULL OR number IS NOT NULL)
    ),
    ADD CONSTRAINT what_is_erased_is_not_valid CHECK (erased_at IS NULL OR state = 'revoked');

-- migrate:down
DELETE FROM person WHERE erased_at IS NOT NULL;
ALTER TABLE document
    DROP CONSTRAINT what_is_erased_is_not_valid,
    DROP CONSTRAINT what_is_issued_is_complete,
    DROP COLUMN erased_at,
    ADD CONSTRAINT what_is_issued_is_complete CHECK (
        (state <> 'issued' OR issued_at IS NOT NULL)
        AND (issued_at IS NULL) = (printed IS NULL)
        AND (issued_at IS NULL) = (language IS NULL)
        AND (issued_at IS NULL OR number IS NOT NULL)
    ) NOT VALID;
ALTER TABLE person
    DROP CONSTRAINT who_is_erased_has_no_name,
    ALTER COLUMN language SET NOT NULL,
    ALTER COLUMN name SET NOT NULL,
    DROP COLUMN erased_at;
