-- +goose Up
-- What planners type between two revisions of a mailing: saved at every pause,
-- without a revision for each, and without that any approval falls yet.

CREATE TABLE working_copies (
  mailing_id bigint   PRIMARY KEY REFERENCES mailings,
  based_on   bigint   REFERENCES revisions,       -- null: before the first
  brief      jsonb    NOT NULL,                   -- mailings.Brief
  changes    jsonb    NOT NULL,                   -- by part: version, by whom, when
  version    int      NOT NULL,
  editors    bigint[] NOT NULL                    -- everyone who changed anything in it; see below
);

-- Whoever changes a working copy is put down in it: the actor, and nobody else.
-- +goose StatementBegin
CREATE FUNCTION working_copy_signed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  by_ bigint := CASE WHEN current_actor() ~ '^user:[0-9]{1,18}$' THEN substr(current_actor(), 6)::bigint END;
BEGIN
  IF by_ IS NULL THEN RAISE EXCEPTION 'only a user changes a working copy, and % is acting', current_actor(); END IF;
  NEW.editors := CASE WHEN TG_OP = 'UPDATE' THEN OLD.editors ELSE '{}' END;
  IF NOT by_ = ANY (NEW.editors) THEN NEW.editors := NEW.editors || by_; END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER working_copies_signed BEFORE INSERT OR UPDATE ON working_copies
  FOR EACH ROW EXECUTE FUNCTION working_copy_signed();

-- Who wrote part of a revision without being the one who saved it. They worked
-- on the mailing like its author, so they can't be the colleague who approves.
CREATE TABLE revision_editors (
  revision_id bigint NOT NULL REFERENCES revisions,
  user_id     bigint NOT NULL REFERENCES users,
  PRIMARY KEY (revision_id, user_id)
);
CREATE TRIGGER revision_editors_append_only BEFORE UPDATE OR DELETE ON revision_editors
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- The database puts them down itself: the application can't leave one out.
-- +goose StatementBegin
CREATE FUNCTION revision_editors_kept() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO revision_editors (revision_id, user_id)
  SELECT NEW.id, e FROM working_copies w, unnest(w.editors) e WHERE w.mailing_id = NEW.mailing_id;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER revisions_editors AFTER INSERT ON revisions FOR EACH ROW EXECUTE FUNCTION revision_editors_kept();

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION revision_authors(p_revision bigint) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
  WITH upto AS (
    SELECT o.id, o.author_id FROM revisions r JOIN revisions o ON o.mailing_id = r.mailing_id AND o.number <= r.number WHERE r.id = p_revision
  )
  SELECT author_id FROM upto UNION SELECT e.user_id FROM revision_editors e JOIN upto ON upto.id = e.revision_id
$$;
-- +goose StatementEnd

-- Who has a mailing open right now. Worth nothing after a crash, so it isn't logged.
CREATE UNLOGGED TABLE presences (
  mailing_id bigint      NOT NULL REFERENCES mailings,
  user_id    bigint      NOT NULL REFERENCES users,
  step       text        NOT NULL,
  seen_at    timestamptz NOT NULL,
  PRIMARY KEY (mailing_id, user_id)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON working_copies, presences TO keur_app;
GRANT SELECT ON revision_editors TO keur_app;
