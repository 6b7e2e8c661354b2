-- migrate:up

-- Who searches looks for what is not over: after ten years that is every tenth offering. Enough is
-- included to count and to choose by facets without looking at the rows.
CREATE INDEX overview_by_end ON overview (ends_at)
    INCLUDE (starts_at, offering_id, course_id, subject, level, taught_in, activity);
DROP INDEX overview_by_start;

-- migrate:down

CREATE INDEX overview_by_start ON overview (starts_at, offering_id)
    INCLUDE (ends_at, course_id, subject, level, taught_in, activity);
DROP INDEX overview_by_end;
