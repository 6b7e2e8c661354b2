-- migrate:up
CREATE TABLE effect (position bigint GENERATED ALWAYS AS IDENTITY, what text NOT NULL);

-- migrate:down
DROP TABLE effect;
