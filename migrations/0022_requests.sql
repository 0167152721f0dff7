-- +goose Up
-- Requests: questions, tasks, ideas and faults, between colleagues and with
-- departments that have no account here.

CREATE TABLE requests (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind         text        NOT NULL CHECK (kind IN ('question', 'task', 'idea', 'fault')),
  title        text        NOT NULL CHECK (title ~ '\S' AND length(title) <= 200),
  body         text        NOT NULL DEFAULT '' CHECK (length(body) <= 10000),
  state        text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'in_progress', 'waiting', 'done')),
  assignee_id  bigint      REFERENCES users,       -- a person, or else
  department   text        NOT NULL DEFAULT '',    -- a department, with its address
  address      text        NOT NULL DEFAULT '',
  due_on       date,
  about_kind   text        NOT NULL DEFAULT '' CHECK (about_kind IN ('', 'campaign', 'mailing', 'creative', 'member')),
  about_ref    text        NOT NULL DEFAULT '' CHECK (about_ref ~ '^([1-9][0-9]{0,17}|[0-9a-f]{64})?$'),
  created_by   text        NOT NULL DEFAULT current_actor(),
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  CHECK (assignee_id IS NULL OR department = ''),
  CHECK ((department = '') = (address = '')),
  CHECK ((about_kind = '') = (about_ref = ''))
);
CREATE INDEX requests_state ON requests (state, id);
CREATE INDEX requests_assignee ON requests (assignee_id, id) WHERE assignee_id IS NOT NULL;
CREATE INDEX requests_about ON requests (about_kind, about_ref) WHERE about_kind <> '';
CREATE TRIGGER requests_signed BEFORE INSERT OR UPDATE OF created_by ON requests
  FOR EACH ROW EXECUTE FUNCTION signed('created_by');

-- What was said stays said.
CREATE TABLE request_comments (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  request_id bigint      NOT NULL REFERENCES requests,
  body       text        NOT NULL CHECK (body ~ '\S' AND length(body) <= 10000),
  said_by    text        NOT NULL DEFAULT '',      -- as who answers by link calls themselves
  created_by text        NOT NULL DEFAULT current_actor(),
  created_at timestamptz NOT NULL
);
CREATE INDEX request_comments_request ON request_comments (request_id, id);
CREATE TRIGGER request_comments_signed BEFORE INSERT ON request_comments
  FOR EACH ROW EXECUTE FUNCTION signed('created_by');
CREATE TRIGGER request_comments_append_only BEFORE UPDATE OR DELETE ON request_comments
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Files are kept once, by what is in them.
CREATE TABLE request_blobs (
  hash  bytea PRIMARY KEY CHECK (length(hash) = 32),
  bytes bytea NOT NULL CHECK (octet_length(bytes) BETWEEN 1 AND 8388608)
);
CREATE TABLE request_files (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  request_id bigint      NOT NULL REFERENCES requests,
  hash       bytea       NOT NULL REFERENCES request_blobs,
  name       text        NOT NULL CHECK (name <> '' AND length(name) <= 200),
  size       bigint      NOT NULL,
  created_by text        NOT NULL DEFAULT current_actor(),
  created_at timestamptz NOT NULL
);
CREATE INDEX request_files_request ON request_files (request_id, id);
CREATE TRIGGER request_files_signed BEFORE INSERT ON request_files
  FOR EACH ROW EXECUTE FUNCTION signed('created_by');

-- The link by which a department answers without an account.
CREATE TABLE request_links (
  token_hash bytea       PRIMARY KEY,              -- SHA-256 of a random token
  request_id bigint      NOT NULL REFERENCES requests,
  expires_at timestamptz NOT NULL
);

GRANT SELECT, INSERT, UPDATE ON requests TO keur_app;
GRANT SELECT, INSERT ON request_comments, request_blobs, request_files, request_links TO keur_app;
