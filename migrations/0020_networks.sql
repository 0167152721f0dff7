-- Networks: a label's accounts at affiliate networks, from which transactions come.

CREATE TABLE network_connections (
  id                 int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id           int         NOT NULL REFERENCES labels,   -- whose money it is when nothing else says
  network            text        NOT NULL CHECK (network IN ('awin', 'tradetracker', 'daisycon', 'cj', 'impact', 'tradedoubler', 'partnerize', 'other')),
  name               text        NOT NULL CHECK (is_name(name)),
  publisher_ref      text        NOT NULL DEFAULT '' CHECK (is_line(publisher_ref, 120)),   -- the network's number of our account or site
  postback_hash      bytea       UNIQUE CHECK (length(postback_hash) = 32),   -- SHA-256 of the secret in the address that the network calls; null: none
  version            int         NOT NULL DEFAULT 1,
  created_at         timestamptz NOT NULL DEFAULT now(),
  UNIQUE (label_id, name)
);
CREATE TRIGGER network_connections_audit AFTER INSERT OR UPDATE OR DELETE ON network_connections
  FOR EACH ROW EXECUTE FUNCTION audit_row('postback_hash');
GRANT SELECT (id, label_id, network, name, publisher_ref, version, created_at), INSERT, UPDATE (name, publisher_ref, postback_hash, version)
   ON network_connections TO keur_app;
