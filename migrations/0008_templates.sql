-- Templates of mails: named, versioned, and used by value in a revision.

CREATE TABLE templates (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id    int         NOT NULL REFERENCES labels,
  kind        text        NOT NULL DEFAULT 'mail' CHECK (kind IN ('mail', 'partial')),  -- a partial is included by name
  name        text        NOT NULL CHECK (is_name(name)),
  version     int         NOT NULL DEFAULT 1,
  archived_at timestamptz,
  UNIQUE (label_id, name)
);
CREATE TRIGGER templates_person BEFORE INSERT OR UPDATE OR DELETE ON templates
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER templates_audit AFTER INSERT OR UPDATE ON templates
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, UPDATE (name, version, archived_at) ON templates TO keur_app;

CREATE TABLE template_versions (
  template_id bigint      NOT NULL REFERENCES templates,
  version     int         NOT NULL,
  format      text        NOT NULL CHECK (format IN ('html', 'mjml')),
  source      text        NOT NULL,
  created_by  text        NOT NULL DEFAULT current_actor(),
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (template_id, version)
);
CREATE TRIGGER template_versions_person BEFORE INSERT ON template_versions
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER template_versions_audit AFTER INSERT OR UPDATE OR DELETE ON template_versions
  FOR EACH ROW EXECUTE FUNCTION audit_row('source');
GRANT SELECT, INSERT ON template_versions TO keur_app;
CREATE TRIGGER template_versions_append_only BEFORE UPDATE OR DELETE ON template_versions
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER template_versions_signed BEFORE INSERT ON template_versions
  FOR EACH ROW EXECUTE FUNCTION signed('created_by');

-- MJML alone includes partials.
CREATE FUNCTION partial_in_mjml() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.format <> 'mjml' AND EXISTS (SELECT FROM templates WHERE id = NEW.template_id AND kind = 'partial') THEN
    RAISE EXCEPTION 'a partial template is written in MJML' USING CONSTRAINT = 'templates.partial_in_mjml';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER template_versions_partial BEFORE INSERT ON template_versions
  FOR EACH ROW EXECUTE FUNCTION partial_in_mjml();
