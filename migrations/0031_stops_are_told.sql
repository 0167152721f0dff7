-- +goose Up
-- A send that a guard held, or that missed its slot, waits for a person, so
-- people are told of it. That they were stands with the send: each stop is told
-- once, whoever stopped it and whenever somebody gets round to telling.
ALTER TABLE sends ADD COLUMN stop_told boolean NOT NULL DEFAULT true;
CREATE INDEX sends_untold ON sends (id) WHERE NOT stop_told;

-- +goose StatementBegin
CREATE FUNCTION note_stop() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  NEW.stop_told := false;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER sends_stop BEFORE UPDATE ON sends
  FOR EACH ROW WHEN (NEW.state IN ('held', 'missed') AND NEW.state <> OLD.state) EXECUTE FUNCTION note_stop();

-- The trail tells of the stop, and needn't tell of the mail about it.
DROP TRIGGER sends_audit ON sends;
CREATE CONSTRAINT TRIGGER sends_audit AFTER INSERT OR UPDATE OR DELETE ON sends
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_row('-stop_told');
