-- Templates of mails: named, versioned, and used by value in a revision.

CREATE TABLE templates (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id    int         NOT NULL REFERENCES labels,
  name        text        NOT NULL CHECK (is_name(name)),
  version     int         NOT NULL DEFAULT 1,
  archived_at timestamptz,
  UNIQUE (label_id, name)
);
CREATE TRIGGER templates_audit AFTER INSERT OR UPDATE ON templates
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, UPDATE ON templates TO keur_app;

CREATE TABLE template_versions (
  template_id bigint      NOT NULL REFERENCES templates,
  version     int         NOT NULL,
  format      text        NOT NULL CHECK (format IN ('html', 'mjml')),
  source      text        NOT NULL,
  created_by  text        NOT NULL DEFAULT current_actor(),
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (template_id, version)
);
CREATE TRIGGER template_versions_audit AFTER INSERT OR UPDATE OR DELETE ON template_versions
  FOR EACH ROW EXECUTE FUNCTION audit_row('source');
GRANT SELECT, INSERT ON template_versions TO keur_app;
CREATE TRIGGER template_versions_append_only BEFORE UPDATE OR DELETE ON template_versions
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER template_versions_signed BEFORE INSERT ON template_versions
  FOR EACH ROW EXECUTE FUNCTION signed('created_by');
