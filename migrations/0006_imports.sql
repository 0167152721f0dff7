-- Imports of members: files that were uploaded, what came of each, and which of
-- their rows were left out.

CREATE TABLE imports (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id     int         NOT NULL REFERENCES labels,
  file_name    text        NOT NULL,
  file_hash    bytea       NOT NULL,             -- SHA-256 of the file: resumed by it and the options
  options      jsonb       NOT NULL,             -- mapping, consent, delimiter, encoding
  state        text        NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'finished', 'failed', 'cancelled')),
  -- Rows are dealt to lanes by the hash of their address; each lane resumes
  -- after the line of the file that it stands at.
  lanes        bigint[]    NOT NULL,
  rows_total   bigint      NOT NULL,
  rows_done    bigint      NOT NULL DEFAULT 0,
  inserted     bigint      NOT NULL DEFAULT 0,
  updated      bigint      NOT NULL DEFAULT 0,
  unchanged    bigint      NOT NULL DEFAULT 0,
  duplicates   bigint      NOT NULL DEFAULT 0,   -- rows whose address came again further on
  rejected     bigint      NOT NULL DEFAULT 0,   -- rows that weren't imported
  omitted      bigint      NOT NULL DEFAULT 0,   -- values that were left out of rows that were
  not_mailable bigint      NOT NULL DEFAULT 0,
  -- Why the file says that they can't be mailed.
  unsubscribed    bigint   NOT NULL DEFAULT 0,
  bounced         bigint   NOT NULL DEFAULT 0,
  complained      bigint   NOT NULL DEFAULT 0,
  never_consented bigint   NOT NULL DEFAULT 0,
  pending         bigint   NOT NULL DEFAULT 0,
  listed          bigint   NOT NULL DEFAULT 0,   -- new, and on the label's suppression list
  by           text        NOT NULL DEFAULT current_actor(),
  started_at   timestamptz NOT NULL DEFAULT now(),
  finished_at  timestamptz,
  error        jsonb
);
CREATE INDEX imports_label ON imports (label_id, id);
CREATE TRIGGER imports_audit AFTER INSERT ON imports
  FOR EACH ROW EXECUTE FUNCTION audit_row('file_hash');
GRANT SELECT, INSERT, UPDATE ON imports TO keur_app;
CREATE TRIGGER imports_program BEFORE INSERT OR UPDATE ON imports
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER imports_state_guard BEFORE INSERT OR UPDATE ON imports
  FOR EACH ROW EXECUTE FUNCTION state_guard(
    'new > running',
    'running > finished failed cancelled',
    'failed > running',
    'cancelled > running');
CREATE TRIGGER imports_signed BEFORE INSERT OR UPDATE OF by ON imports
  FOR EACH ROW EXECUTE FUNCTION signed('by');

CREATE TABLE import_rejects (
  import_id   bigint NOT NULL REFERENCES imports,
  row_no      bigint NOT NULL,
  column_name text   NOT NULL,
  reason      jsonb  NOT NULL,                   -- never the value itself
  PRIMARY KEY (import_id, row_no, column_name)
);
GRANT SELECT, INSERT ON import_rejects TO keur_app;
CREATE TRIGGER import_rejects_program BEFORE INSERT ON import_rejects
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- Files that were uploaded at the desk to be imported. Their bytes lie in the
-- data folder of the keur that took them, until they are imported or old.
CREATE TABLE import_uploads (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id   int         NOT NULL REFERENCES labels,
  key        text        NOT NULL UNIQUE CHECK (key ~ '^[A-Z0-9]{20,40}$'),   -- names the file in the folder
  file_name  text        NOT NULL,
  size       bigint      NOT NULL CHECK (size > 0),
  options    jsonb       NOT NULL DEFAULT '{}',    -- as in imports
  rehearsal  jsonb,                                -- what the last dry run with these options found
  columns    jsonb,                                -- how the last run read the whole file
  import_id  bigint      REFERENCES imports,       -- once it has begun
  created_by text        NOT NULL DEFAULT current_actor(),
  created_at timestamptz NOT NULL
);
CREATE INDEX import_uploads_label ON import_uploads (label_id, id);
CREATE INDEX import_uploads_import ON import_uploads (import_id) WHERE import_id IS NOT NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON import_uploads TO keur_app;
CREATE TRIGGER import_uploads_program BEFORE INSERT OR UPDATE OR DELETE ON import_uploads
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER import_uploads_signed BEFORE INSERT OR UPDATE OF created_by ON import_uploads
  FOR EACH ROW EXECUTE FUNCTION signed('created_by');
