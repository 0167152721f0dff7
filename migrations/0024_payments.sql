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
  told_minor    bigint      CHECK (told_minor BETWEEN 1 AND 1000000000000),   -- what the network says of it, where Keur asks it
  told_currency text        CHECK (told_currency ~ '^[A-Z]{3}$'),
  told_paid_on  date,                                         -- when the network says that it paid
  told_at       timestamptz,                                  -- when all of this was read first as it is; null: the network doesn't tell of it
  note          text        NOT NULL DEFAULT '' CHECK (is_line(note, 500)),
  version       int         NOT NULL DEFAULT 1,
  created_by    text        NOT NULL DEFAULT current_actor(),
  created_at    timestamptz NOT NULL,
  CHECK ((connection_id IS NULL) <> (advertiser_id IS NULL)),
  CHECK ((paid_on IS NULL) = (paid_minor IS NULL)),
  CHECK (num_nulls(told_minor, told_currency, told_at) IN (0, 3) AND (told_paid_on IS NULL OR told_at IS NOT NULL)),
  CHECK (told_at IS NULL OR connection_id IS NOT NULL),
  CHECK (due_on >= issued_on)
);
CREATE UNIQUE INDEX payments_of_network ON payments (connection_id, number) WHERE connection_id IS NOT NULL;
CREATE UNIQUE INDEX payments_of_advertiser ON payments (label_id, advertiser_id, number) WHERE advertiser_id IS NOT NULL;
CREATE INDEX payments_label ON payments (label_id, issued_on, id);
CREATE TRIGGER payments_person BEFORE DELETE ON payments
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER payments_program BEFORE INSERT OR UPDATE ON payments
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER payments_signed BEFORE INSERT OR UPDATE OF created_by ON payments
  FOR EACH ROW EXECUTE FUNCTION signed('created_by');
CREATE TRIGGER payments_audit AFTER INSERT OR UPDATE OR DELETE ON payments
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, UPDATE (number, issued_on, due_on, amount_minor, currency, paid_on, paid_minor, note, version,
                             told_minor, told_currency, told_paid_on, told_at), DELETE
   ON payments TO keur_app;

-- Whether the program writes no more of a payment than what its network tells of it:
-- never what came in, and what was announced only as it is told.
CREATE FUNCTION payment_told(before payments, after payments) RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  announced text[] := '{issued_on,due_on,amount_minor,currency,told_minor,told_currency,told_paid_on,told_at,version}';
BEGIN
  IF after.told_at IS NULL OR (after.paid_minor, after.note) IS DISTINCT FROM (before.paid_minor, coalesce(before.note, '')) THEN RETURN false; END IF;
  IF (after.amount_minor, after.currency) IS DISTINCT FROM (before.amount_minor, before.currency)
     AND (after.amount_minor, after.currency) <> (after.told_minor, after.told_currency) THEN
    RETURN false;
  END IF;
  RETURN before.id IS NULL OR to_jsonb(after) - announced = to_jsonb(before) - announced;
END
$$;

-- People write payments and what came in of them; the program writes what networks
-- tell, and nobody else does.
CREATE FUNCTION payment_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  before payments;
BEGIN
  IF TG_OP = 'UPDATE' THEN before := OLD; END IF;
  IF current_actor() LIKE 'system:%' AND payment_told(before, NEW) THEN
    PERFORM demand_program();
  ELSE
    IF (SELECT admin_since IS NOT NULL FROM change_rules) THEN PERFORM demand_person(); END IF;
    IF (NEW.told_minor, NEW.told_currency, NEW.told_paid_on, NEW.told_at)
       IS DISTINCT FROM (before.told_minor, before.told_currency, before.told_paid_on, before.told_at) THEN
      RAISE EXCEPTION 'what a network tells of a payment nobody else writes' USING CONSTRAINT = 'payments.told_stays';
    END IF;
    IF before.told_at IS NOT NULL AND NEW.number <> before.number THEN
      RAISE EXCEPTION 'a payment of which its network tells keeps its number' USING CONSTRAINT = 'payments.number_stays';
    END IF;
  END IF;
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
