-- migrate:up

-- Whoever is forgotten leaves a row without a name: whatever is told of them later finds it and changes nothing.
ALTER TABLE person
    ADD COLUMN erased_at timestamptz,
    ALTER COLUMN mail_address DROP NOT NULL,
    ALTER COLUMN name DROP NOT NULL,
    ALTER COLUMN language DROP NOT NULL,
    ADD CONSTRAINT who_is_erased_has_no_name CHECK (
        CASE WHEN erased_at IS NULL THEN mail_address IS NOT NULL AND name IS NOT NULL AND language IS NOT NULL
             ELSE mail_address IS NULL AND name IS NULL AND language IS NULL END
    );

-- migrate:down
DELETE FROM person WHERE erased_at IS NOT NULL;
ALTER TABLE person
    DROP CONSTRAINT who_is_erased_has_no_name,
    ALTER COLUMN language SET NOT NULL,
    ALTER COLUMN name SET NOT NULL,
    ALTER COLUMN mail_address SET NOT NULL,
    DROP COLUMN erased_at;
