-- migrate:up

-- Who looks for free places need not look into how full each offering is: that is written here when it
-- changes, which is seldom, by whoever writes the count.
ALTER TABLE overview ADD COLUMN is_full boolean NOT NULL DEFAULT false;
UPDATE overview SET is_full = true
FROM occupation
WHERE occupation.offering_id = overview.offering_id AND occupation.taken >= occupation.capacity;

-- migrate:down

ALTER TABLE overview DROP COLUMN is_full;
