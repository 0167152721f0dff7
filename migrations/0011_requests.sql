-- Requests: questions, tasks, ideas and faults, between colleagues and with
-- departments that have no account here.

CREATE TABLE requests (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id     int         NOT NULL REFERENCES labels, -- whose users read it
  kind         text        NOT NULL CHECK (kind IN ('question', 'task', 'idea', 'fault')),
  title        text        NOT NULL CHECK (title ~ '\S' AND is_line(title, 200)),
  body         text        NOT NULL DEFAULT '' CHECK (length(body) <= 10000),
  state        text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'in_progress', 'waiting', 'done')),
  assignee_id  bigint      REFERENCES users,       -- a person, or else
  department   text        NOT NULL DEFAULT '' CHECK (department = '' OR is_name(department)), -- a department, with its address
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
CREATE INDEX requests_label ON requests (label_id, id);
CREATE INDEX requests_assignee ON requests (assignee_id, id) WHERE assignee_id IS NOT NULL;
CREATE INDEX requests_about ON requests (about_kind, about_ref) WHERE about_kind <> '';
GRANT SELECT, INSERT, UPDATE ON requests TO keur_app;
CREATE TRIGGER requests_program BEFORE INSERT OR UPDATE ON requests
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER requests_state_guard BEFORE INSERT OR UPDATE ON requests
  FOR EACH ROW EXECUTE FUNCTION state_guard(
    'new > open',
    'open > in_progress waiting done',
    'in_progress > open waiting done',
    'waiting > open in_progress done',
    'done > open in_progress waiting');
CREATE TRIGGER requests_signed BEFORE INSERT OR UPDATE OF created_by ON requests
  FOR EACH ROW EXECUTE FUNCTION signed('created_by');

-- A request stays with its label: what it is about is that label's, and who
-- should act sees it.
CREATE FUNCTION request_label_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  number bigint := CASE WHEN NEW.about_ref ~ '^[1-9][0-9]{0,17}$' THEN NEW.about_ref::bigint END;
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.label_id <> OLD.label_id THEN
    RAISE EXCEPTION 'a request stays with the label that it was made under' USING CONSTRAINT = 'requests.label_stays';
  END IF;
  IF (TG_OP = 'INSERT' OR (NEW.about_kind, NEW.about_ref) <> (OLD.about_kind, OLD.about_ref)) AND NOT (CASE NEW.about_kind
       WHEN 'campaign' THEN EXISTS (SELECT FROM campaigns WHERE id = number AND label_id = NEW.label_id)
       WHEN 'mailing' THEN EXISTS (SELECT FROM mailings WHERE id = number AND label_id = NEW.label_id)
       WHEN 'member' THEN EXISTS (SELECT FROM memberships WHERE member_id = number AND label_id = NEW.label_id)
       WHEN 'creative' THEN EXISTS (SELECT FROM creative_labels
                                     WHERE hash = decode(NEW.about_ref, 'hex') AND label_id = NEW.label_id)
       ELSE true
     END) THEN
    RAISE EXCEPTION 'what this is about isn''t there, or isn''t this label''s' USING CONSTRAINT = 'requests.about_elsewhere';
  END IF;
  IF NEW.assignee_id IS NOT NULL AND (TG_OP = 'INSERT' OR NEW.assignee_id IS DISTINCT FROM OLD.assignee_id)
     AND NOT EXISTS (SELECT FROM users u WHERE u.id = NEW.assignee_id
                        AND (u.admin OR EXISTS (SELECT FROM user_roles r WHERE r.user_id = u.id AND r.label_id = NEW.label_id))) THEN
    RAISE EXCEPTION 'choose somebody who has a role under this label' USING CONSTRAINT = 'requests.assignee_elsewhere';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER requests_label_guard BEFORE INSERT OR UPDATE OF label_id, about_kind, about_ref, assignee_id ON requests
  FOR EACH ROW EXECUTE FUNCTION request_label_guard();

CREATE TABLE request_comments (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  request_id  bigint      NOT NULL REFERENCES requests,
  body        text        NOT NULL CHECK (body ~ '\S' AND length(body) <= 10000),
  author_name text        NOT NULL DEFAULT '' CHECK (is_line(author_name, 120)), -- as who answers by link calls themselves
  created_by  text        NOT NULL DEFAULT current_actor(),
  created_at  timestamptz NOT NULL
);
CREATE INDEX request_comments_request ON request_comments (request_id, id);
GRANT SELECT, INSERT ON request_comments TO keur_app;
CREATE TRIGGER request_comments_program BEFORE INSERT ON request_comments
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER request_comments_signed BEFORE INSERT ON request_comments
  FOR EACH ROW EXECUTE FUNCTION signed('created_by');

-- What was said stays said, until it is about someone who may not be known any
-- more: forget_words() runs as the owner.
CREATE FUNCTION request_comment_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND by_owner(TG_RELID) THEN RETURN NEW; END IF;
  RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, lower(TG_OP)
      USING CONSTRAINT = 'database.append_only', DETAIL = jsonb_build_object('table', TG_TABLE_NAME, 'operation', lower(TG_OP));
END
$$;
CREATE TRIGGER request_comments_append_only BEFORE UPDATE OR DELETE ON request_comments
  FOR EACH ROW EXECUTE FUNCTION request_comment_guard();

-- Files are kept once, by what is in them.
CREATE TABLE request_blobs (
  hash  bytea PRIMARY KEY CHECK (length(hash) = 32),
  bytes bytea NOT NULL CHECK (octet_length(bytes) BETWEEN 1 AND 8388608)
);
GRANT SELECT, INSERT ON request_blobs TO keur_app;
CREATE TRIGGER request_blobs_program BEFORE INSERT ON request_blobs
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

CREATE TABLE request_files (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  request_id bigint      NOT NULL REFERENCES requests,
  hash       bytea       NOT NULL REFERENCES request_blobs,
  name       text        NOT NULL CHECK (name <> '' AND is_line(name, 200)),
  size       bigint      NOT NULL,
  created_by text        NOT NULL DEFAULT current_actor(),
  created_at timestamptz NOT NULL
);
CREATE INDEX request_files_request ON request_files (request_id, id);
GRANT SELECT, INSERT ON request_files TO keur_app;
CREATE TRIGGER request_files_program BEFORE INSERT ON request_files
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER request_files_signed BEFORE INSERT ON request_files
  FOR EACH ROW EXECUTE FUNCTION signed('created_by');

-- The link by which a department answers without an account. It is the
-- department's own: once the request is somebody else's, it opens nothing, also
-- when that is another department.
CREATE TABLE request_links (
  token_hash bytea       PRIMARY KEY,              -- SHA-256 of a random token
  request_id bigint      NOT NULL REFERENCES requests,
  address    text        NOT NULL,                 -- of the department
  expires_at timestamptz NOT NULL,
  id         bigint      GENERATED ALWAYS AS IDENTITY UNIQUE
);
CREATE TRIGGER request_links_program BEFORE INSERT ON request_links
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
GRANT SELECT (id, request_id, address, expires_at), INSERT ON request_links TO keur_app;

-- What colleagues wrote of a member who is erased. Of requests about the member
-- stays that they were made, by whom and when: all words and files go. Wherever
-- else somebody wrote the member's address, that goes. Requests and comments are
-- few, so all are read for it. With the owner's rights, as the application's
-- login may not change what was said.
CREATE FUNCTION forget_words() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
  about bigint[] := ARRAY(SELECT id FROM requests WHERE about_kind = 'member' AND about_ref = OLD.id::text);
  -- The address as a pattern, and not as the end or the start of another one.
  named text := '(?<![[:alnum:]._+-])' || regexp_replace(OLD.address_key, '([^[:alnum:]])', '\\\1', 'g') || '(?![[:alnum:]-])';
  files bytea[];
BEGIN
  UPDATE requests SET title = '…', body = '' WHERE id = ANY (about);
  UPDATE request_comments SET body = '…', author_name = '' WHERE request_id = ANY (about);
  WITH gone AS (DELETE FROM request_files WHERE request_id = ANY (about) RETURNING hash)
  SELECT array_agg(hash) INTO files FROM gone;
  DELETE FROM request_blobs b WHERE hash = ANY (files) AND NOT EXISTS (SELECT FROM request_files f WHERE f.hash = b.hash);

  UPDATE requests SET title = regexp_replace(title, named, '…', 'gi'), body = regexp_replace(body, named, '…', 'gi'),
                      department = regexp_replace(department, named, '…', 'gi')
   WHERE title || ' ' || body || ' ' || department ~* named;
  UPDATE requests SET department = '', address = '' WHERE lower(address) = OLD.address_key;
  DELETE FROM request_links WHERE lower(address) = OLD.address_key;
  UPDATE request_files SET name = regexp_replace(name, named, '…', 'gi') WHERE name ~* named;
  UPDATE request_comments SET body = regexp_replace(body, named, '…', 'gi'), author_name = regexp_replace(author_name, named, '…', 'gi')
   WHERE body || ' ' || author_name ~* named;
  UPDATE review_comments SET body = regexp_replace(body, named, '…', 'gi') WHERE body ~* named;
  RETURN NULL;
END
$$;
CREATE TRIGGER members_forget_words AFTER DELETE ON members
  FOR EACH ROW EXECUTE FUNCTION forget_words();
