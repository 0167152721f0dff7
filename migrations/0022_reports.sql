-- Reports: what people keep of what they ask.

-- A report that somebody named: what it is grouped and ordered by, and of which
-- days. It is theirs; who shares it lets the label's others open it.
CREATE TABLE saved_reports (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id   int         NOT NULL REFERENCES labels,
  created_by text        NOT NULL DEFAULT current_actor(),
  name       text        NOT NULL CHECK (is_name(name)),
  grouping   text        NOT NULL,                 -- reports.GroupBy
  sort       text        NOT NULL DEFAULT '',
  days       int         CHECK (days BETWEEN 1 AND 3651), -- up to the day on which it is opened; null: of fixed days
  from_day   date,
  until_day  date,
  shared     boolean     NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (label_id, created_by, name),
  CHECK ((days IS NULL) = (from_day IS NOT NULL) AND (days IS NULL) = (until_day IS NOT NULL)),
  CHECK (from_day <= until_day)
);
GRANT SELECT, INSERT, UPDATE (shared), DELETE ON saved_reports TO keur_app;
CREATE TRIGGER saved_reports_program BEFORE INSERT OR UPDATE OR DELETE ON saved_reports
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER saved_reports_audit AFTER INSERT OR UPDATE OR DELETE ON saved_reports FOR EACH ROW EXECUTE FUNCTION audit_row();
CREATE TRIGGER saved_reports_signed BEFORE INSERT OR UPDATE ON saved_reports FOR EACH ROW EXECUTE FUNCTION signed('created_by');

-- Whose it is shares it and takes it away, and nobody else.
CREATE FUNCTION saved_report_own() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF OLD.created_by <> current_actor() THEN
    RAISE EXCEPTION 'this report is somebody else''s' USING CONSTRAINT = 'reports.not_own';
  END IF;
  RETURN coalesce(NEW, OLD);
END
$$;
CREATE TRIGGER saved_reports_own BEFORE UPDATE OR DELETE ON saved_reports FOR EACH ROW EXECUTE FUNCTION saved_report_own();
