-- Segments: rules over members, named, versioned, and used by value in a
-- revision. What they are counted from is in 0015_columns.sql.

CREATE TABLE segments (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id    int         NOT NULL REFERENCES labels,
  name        text        NOT NULL CHECK (is_name(name)),
  description text        NOT NULL DEFAULT '',
  version     int         NOT NULL DEFAULT 1,     -- the newest of segment_versions
  archived_at timestamptz,
  UNIQUE (label_id, name)
);
CREATE TRIGGER segments_person BEFORE INSERT OR UPDATE OR DELETE ON segments
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER segments_audit AFTER INSERT OR UPDATE ON segments
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, UPDATE ON segments TO keur_app;

CREATE TABLE segment_versions (
  segment_id bigint      NOT NULL REFERENCES segments,
  version    int         NOT NULL,
  rule       jsonb       NOT NULL,
  created_by text        NOT NULL DEFAULT current_actor(),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (segment_id, version)
);
CREATE TRIGGER segment_versions_person BEFORE INSERT ON segment_versions
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER segment_versions_audit AFTER INSERT OR UPDATE OR DELETE ON segment_versions
  FOR EACH ROW EXECUTE FUNCTION audit_row('rule');
GRANT SELECT, INSERT ON segment_versions TO keur_app;
CREATE TRIGGER segment_versions_append_only BEFORE UPDATE OR DELETE ON segment_versions
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER segment_versions_signed BEFORE INSERT ON segment_versions
  FOR EACH ROW EXECUTE FUNCTION signed('created_by');

-- How many members a segment had on a day, by UTC, as a duty counted them.
CREATE TABLE segment_sizes (
  segment_id bigint NOT NULL REFERENCES segments,
  day        date   NOT NULL,
  members    int    CHECK (members >= 0),         -- null: its rule couldn't be counted that day
  PRIMARY KEY (segment_id, day)
);
GRANT SELECT, INSERT ON segment_sizes TO keur_app;
CREATE TRIGGER segment_sizes_program BEFORE INSERT ON segment_sizes
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
