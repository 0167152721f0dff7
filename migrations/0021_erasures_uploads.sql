-- +goose Up
-- Erasing a member can't be undone, so one asks for it and another decides.

CREATE TABLE erasure_requests (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  member_id    bigint      NOT NULL,               -- points at nobody once it is approved
  label_id     int         NOT NULL REFERENCES labels,   -- under which it was asked for
  reason       text        NOT NULL CHECK (reason ~ '\S' AND length(reason) <= 500),
  state        text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'approved', 'refused', 'withdrawn')),
  requested_by bigint      NOT NULL REFERENCES users,
  requested_at timestamptz NOT NULL,
  approved_by  bigint      REFERENCES users,       -- who decided, if that was approval
  refused_by   bigint      REFERENCES users,       -- likewise; the asker withdraws
  decided_at   timestamptz,
  CHECK (approved_by <> requested_by),
  CHECK (refused_by <> requested_by),
  CHECK ((state = 'approved') = (approved_by IS NOT NULL)),
  CHECK ((state = 'refused') = (refused_by IS NOT NULL)),
  CHECK ((state = 'waiting') = (decided_at IS NULL))
);
CREATE UNIQUE INDEX erasure_requests_waiting ON erasure_requests (member_id) WHERE state = 'waiting';
CREATE INDEX erasure_requests_label ON erasure_requests (label_id, id);

-- What was asked stays as it was asked; it is decided once, and begins undecided.
-- +goose StatementBegin
CREATE FUNCTION erasure_request_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'waiting' THEN RAISE EXCEPTION 'an erasure is asked for before it is decided'; END IF;
    RETURN NEW;
  END IF;
  IF (NEW.member_id, NEW.label_id, NEW.reason, NEW.requested_by, NEW.requested_at)
     IS DISTINCT FROM (OLD.member_id, OLD.label_id, OLD.reason, OLD.requested_by, OLD.requested_at) THEN
    RAISE EXCEPTION 'what was asked can''t be changed';
  END IF;
  IF OLD.state <> 'waiting' THEN RAISE EXCEPTION 'this erasure is % already', OLD.state; END IF;
  IF NEW.state = 'withdrawn' AND current_actor() <> 'user:' || OLD.requested_by THEN
    RAISE EXCEPTION 'only who asked for it withdraws it';
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER erasure_requests_guard BEFORE INSERT OR UPDATE ON erasure_requests
  FOR EACH ROW EXECUTE FUNCTION erasure_request_guard();
CREATE TRIGGER erasure_requests_who BEFORE INSERT ON erasure_requests
  FOR EACH ROW EXECUTE FUNCTION actor_named('user', 'requested_by');
CREATE TRIGGER erasure_requests_who_approves BEFORE UPDATE OF approved_by ON erasure_requests
  FOR EACH ROW EXECUTE FUNCTION actor_named('user', 'approved_by');
CREATE TRIGGER erasure_requests_who_refuses BEFORE UPDATE OF refused_by ON erasure_requests
  FOR EACH ROW EXECUTE FUNCTION actor_named('user', 'refused_by');
CREATE TRIGGER erasure_requests_no_delete BEFORE DELETE ON erasure_requests
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- Not the reason: it may tell of the member, and the trail can't forget.
CREATE CONSTRAINT TRIGGER erasure_requests_audit AFTER INSERT OR UPDATE ON erasure_requests
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_row('reason');

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
  import_id  bigint      REFERENCES imports,       -- once it has begun
  created_by text        NOT NULL DEFAULT current_actor(),
  created_at timestamptz NOT NULL
);
CREATE INDEX import_uploads_label ON import_uploads (label_id, id);
CREATE INDEX import_uploads_import ON import_uploads (import_id) WHERE import_id IS NOT NULL;
CREATE TRIGGER import_uploads_signed BEFORE INSERT OR UPDATE OF created_by ON import_uploads
  FOR EACH ROW EXECUTE FUNCTION signed('created_by');

GRANT SELECT, INSERT, UPDATE ON erasure_requests TO keur_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON import_uploads TO keur_app;
