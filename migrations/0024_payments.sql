-- Payments: what networks and advertisers pay a label.

-- A payment that a network announced, or an invoice to an advertiser who pays
-- directly, with what came in of it. Amounts are without tax.
CREATE TABLE payments (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id      int         NOT NULL REFERENCES labels,
  connection_id int         REFERENCES network_connections,   -- of a network, or
  advertiser_id bigint      REFERENCES advertisers,           -- of an advertiser directly
  number        text        NOT NULL CHECK (number <> '' AND is_line(number, 120)),
  issued_on     date        NOT NULL,
  due_on        date,
  amount_minor  bigint      NOT NULL CHECK (amount_minor BETWEEN 1 AND 1000000000000),
  currency      text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  paid_on       date,
  paid_minor    bigint      CHECK (paid_minor BETWEEN 1 AND 1000000000000),   -- what came in
  note          text        NOT NULL DEFAULT '' CHECK (is_line(note, 500)),
  version       int         NOT NULL DEFAULT 1,
  created_by    text        NOT NULL DEFAULT current_actor(),
  created_at    timestamptz NOT NULL,
  CHECK ((connection_id IS NULL) <> (advertiser_id IS NULL)),
  CHECK ((paid_on IS NULL) = (paid_minor IS NULL)),
  CHECK (due_on >= issued_on)
);
CREATE UNIQUE INDEX payments_of_network ON payments (connection_id, number) WHERE connection_id IS NOT NULL;
CREATE UNIQUE INDEX payments_of_advertiser ON payments (label_id, advertiser_id, number) WHERE advertiser_id IS NOT NULL;
CREATE INDEX payments_label ON payments (label_id, issued_on, id);
CREATE TRIGGER payments_person BEFORE INSERT OR UPDATE OR DELETE ON payments
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER payments_signed BEFORE INSERT OR UPDATE OF created_by ON payments
  FOR EACH ROW EXECUTE FUNCTION signed('created_by');
CREATE TRIGGER payments_audit AFTER INSERT OR UPDATE OR DELETE ON payments
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, UPDATE (number, issued_on, due_on, amount_minor, currency, paid_on, paid_minor, note, version), DELETE
   ON payments TO keur_app;

CREATE FUNCTION payment_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.label_id, NEW.connection_id, NEW.advertiser_id) IS DISTINCT FROM (OLD.label_id, OLD.connection_id, OLD.advertiser_id) THEN
    RAISE EXCEPTION 'a payment stays of whom it is' USING CONSTRAINT = 'payments.payer_stays';
  END IF;
  IF NEW.connection_id IS NOT NULL AND NOT EXISTS (
       SELECT FROM network_connections WHERE id = NEW.connection_id AND label_id = NEW.label_id) THEN
    RAISE EXCEPTION 'a payment is of one of its label''s accounts' USING CONSTRAINT = 'payments.elsewhere';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER payments_guard BEFORE INSERT OR UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION payment_guard();
