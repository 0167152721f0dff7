-- Networks: a label's accounts at affiliate networks, from which transactions come.

CREATE TABLE network_connections (
  id                 int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id           int         NOT NULL REFERENCES labels,   -- whose money it is when nothing else says
  network            text        NOT NULL CHECK (network IN ('awin', 'tradetracker', 'daisycon', 'cj', 'impact', 'tradedoubler', 'partnerize', 'other')),
  name               text        NOT NULL CHECK (is_name(name)),
  publisher_ref      text        NOT NULL DEFAULT '' CHECK (is_line(publisher_ref, 120)),   -- the network's number of our account or site
  version            int         NOT NULL DEFAULT 1,
  created_at         timestamptz NOT NULL DEFAULT now(),
  UNIQUE (label_id, name)
);
CREATE TRIGGER network_connections_audit AFTER INSERT OR UPDATE OR DELETE ON network_connections
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, UPDATE (name, publisher_ref, version) ON network_connections TO keur_app;
