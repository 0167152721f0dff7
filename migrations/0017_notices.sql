-- Operational mail to users and contacts: reminders, links. To members it tells of
-- their own address alone.

CREATE TABLE notices (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key         text        NOT NULL UNIQUE,         -- what it is about; the same notice is queued once
  label_id    int         REFERENCES labels,       -- whose sender and route
  recipient   text        NOT NULL,
  subject     text        NOT NULL,
  body        bytea       NOT NULL,                -- as JSON, sealed; emptied once sent
  not_before  timestamptz NOT NULL DEFAULT now(),
  attempts    int         NOT NULL DEFAULT 0,
  lease_until timestamptz,
  sent_at     timestamptz,
  error       text        NOT NULL DEFAULT ''
);
CREATE INDEX notices_due ON notices (not_before) WHERE sent_at IS NULL;
-- What is sealed is so beside its key, recipient, subject and label: a letter that
-- is copied, readdressed or renamed doesn't open.
GRANT SELECT, INSERT, UPDATE (recipient, subject, body, not_before, attempts, lease_until, sent_at, error) ON notices TO keur_app;
CREATE TRIGGER notices_program BEFORE INSERT OR UPDATE ON notices
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
