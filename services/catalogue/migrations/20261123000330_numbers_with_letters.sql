-- migrate:up

-- Who types a class number into the search may type its letters large or small.
CREATE INDEX overview_by_lower_number ON overview (lower(class_number));

-- migrate:down

DROP INDEX overview_by_lower_number;
