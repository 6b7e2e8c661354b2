-- migrate:up

-- The office enrols somebody by the mail address that they give (B3).
CREATE INDEX account_by_address ON account (lower(mail_address)) WHERE erased_at IS NULL;

-- migrate:down
DROP INDEX account_by_address;
