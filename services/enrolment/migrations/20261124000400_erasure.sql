-- migrate:up

-- Whoever wants to be forgotten, or was. While a row says `leaving` or `erased`, nothing new begins for them.
CREATE TABLE leaver (
    account_id  uuid    PRIMARY KEY,
    version     integer NOT NULL,
    state       text    NOT NULL CHECK (state IN ('objected', 'leaving', 'cancelled', 'erased'))
);

-- migrate:down
DROP TABLE leaver;
