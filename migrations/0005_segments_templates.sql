-- +goose Up
-- Segments and templates: named, versioned, and used by value in a revision.

CREATE TABLE segments (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id    int         NOT NULL REFERENCES labels,
  name        text        NOT NULL CHECK (name <> ''),
  description text        NOT NULL DEFAULT '',
  version     int         NOT NULL DEFAULT 1,     -- the newest of segment_versions
  archived_at timestamptz,
  UNIQUE (label_id, name)
);
CREATE TABLE segment_versions (
  segment_id bigint      NOT NULL REFERENCES segments,
  version    int         NOT NULL,
  rule       jsonb       NOT NULL,
  created_by text        NOT NULL DEFAULT current_actor(),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (segment_id, version)
);
CREATE TABLE templates (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id    int         NOT NULL REFERENCES labels,
  name        text        NOT NULL CHECK (name <> ''),
  version     int         NOT NULL DEFAULT 1,
  archived_at timestamptz,
  UNIQUE (label_id, name)
);
CREATE TABLE template_versions (
  template_id bigint      NOT NULL REFERENCES templates,
  version     int         NOT NULL,
  format      text        NOT NULL CHECK (format IN ('html', 'mjml')),
  source      text        NOT NULL,
  created_by  text        NOT NULL DEFAULT current_actor(),
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (template_id, version)
);
CREATE TRIGGER segment_versions_append_only BEFORE UPDATE OR DELETE ON segment_versions
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER template_versions_append_only BEFORE UPDATE OR DELETE ON template_versions
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

GRANT SELECT, INSERT, UPDATE ON segments, templates TO keur_app;
GRANT SELECT, INSERT ON segment_versions, template_versions TO keur_app;
