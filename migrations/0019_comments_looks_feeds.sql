-- +goose Up
-- What the desk's mornings need: comments in a mail that is reviewed, what each
-- reviewer saw last, when a revision is for, and feeds of the calendar.

-- When a revision is for, without reading its whole content for it. The
-- function may call itself immutable because the base is in UTF-8 for ever.
-- +goose StatementBegin
CREATE FUNCTION schedule_of(content bytea) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT convert_from(content, 'UTF8')::jsonb -> 'schedule'
$$;
-- +goose StatementEnd
ALTER TABLE revisions ADD COLUMN schedule jsonb GENERATED ALWAYS AS (schedule_of(content)) STORED;

-- A remark on a revision, pinned to a place in the mail or to none.
CREATE TABLE review_comments (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  revision_id bigint      NOT NULL REFERENCES revisions,
  answers_id  bigint      REFERENCES review_comments,   -- null: it begins a thread
  element     text        NOT NULL DEFAULT '',          -- path of the element that it is pinned to; empty: the mail as a whole
  x           real        CHECK (x BETWEEN 0 AND 100),  -- percent of the element's width …
  y           real        CHECK (y BETWEEN 0 AND 100),  -- … and height; null: pinned nowhere
  body        text        NOT NULL CHECK (body <> '' AND length(body) <= 4000),
  created_by  text        NOT NULL DEFAULT current_actor(),
  created_at  timestamptz NOT NULL DEFAULT now(),
  resolved_by text,
  resolved_at timestamptz,
  CHECK ((x IS NULL) = (y IS NULL) AND (element = '' OR x IS NOT NULL)),
  CHECK ((resolved_by IS NULL) = (resolved_at IS NULL)),
  CHECK (answers_id IS NULL OR (x IS NULL AND resolved_at IS NULL))
);
CREATE INDEX review_comments_revision ON review_comments (revision_id);
CREATE TRIGGER review_comments_signed BEFORE INSERT ON review_comments
  FOR EACH ROW EXECUTE FUNCTION signed('created_by');
CREATE TRIGGER review_comments_no_delete BEFORE DELETE ON review_comments
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What was said stays said; whether it is resolved may change, and by whom is
-- who acts.
-- +goose StatementBegin
CREATE FUNCTION comment_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF (NEW.revision_id, NEW.answers_id, NEW.element, NEW.x, NEW.y, NEW.body, NEW.created_by, NEW.created_at)
     IS DISTINCT FROM (OLD.revision_id, OLD.answers_id, OLD.element, OLD.x, OLD.y, OLD.body, OLD.created_by, OLD.created_at) THEN
    RAISE EXCEPTION 'a comment can''t be changed; answer it instead';
  END IF;
  NEW.resolved_by := CASE WHEN NEW.resolved_at IS NOT NULL THEN current_actor() END;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER review_comments_guard BEFORE UPDATE ON review_comments FOR EACH ROW EXECUTE FUNCTION comment_guard();

-- Who looked at which revision, so that a reviewer is told what changed since.
CREATE TABLE review_looks (
  user_id     bigint      NOT NULL REFERENCES users,
  revision_id bigint      NOT NULL REFERENCES revisions,
  at          timestamptz NOT NULL,
  PRIMARY KEY (user_id, revision_id)
);
CREATE TRIGGER review_looks_who BEFORE INSERT ON review_looks
  FOR EACH ROW EXECUTE FUNCTION actor_named('user', 'user_id');

-- A secret link under which calendar programs read a label's mailings.
CREATE TABLE calendar_feeds (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id   int         NOT NULL REFERENCES labels,
  token_hash bytea       NOT NULL UNIQUE,          -- SHA-256 of a random token
  created_by text        NOT NULL DEFAULT current_actor(),
  created_at timestamptz NOT NULL,
  revoked_at timestamptz,
  read_at    timestamptz                           -- last, to the hour
);
CREATE INDEX calendar_feeds_label ON calendar_feeds (label_id, id);
CREATE TRIGGER calendar_feeds_signed BEFORE INSERT OR UPDATE OF created_by ON calendar_feeds
  FOR EACH ROW EXECUTE FUNCTION signed('created_by');
CREATE CONSTRAINT TRIGGER calendar_feeds_audit AFTER INSERT OR UPDATE ON calendar_feeds
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_row('token_hash', '-read_at');

GRANT SELECT, INSERT, UPDATE ON review_comments, calendar_feeds TO keur_app;
GRANT SELECT, INSERT ON review_looks TO keur_app;
