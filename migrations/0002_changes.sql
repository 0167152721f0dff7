-- Changes: what decides who may approve is asked for by one person and
-- confirmed by another. Rooms above say which kinds there are and who may; the
-- guards of their tables hold every row to what was confirmed.

-- Since when an installation has an admin, and since when two: from then on
-- guarded rows take a change request, and a request another person. Written by
-- rules_began() alone, and never taken back, so that nobody is alone again by
-- locking the other one out.
CREATE TABLE change_rules (
  one         boolean     PRIMARY KEY DEFAULT true CHECK (one),
  admin_since timestamptz,
  two_since   timestamptz
);
CREATE TRIGGER change_rules_audit AFTER INSERT OR UPDATE OR DELETE ON change_rules
  FOR EACH ROW EXECUTE FUNCTION audit_row();
INSERT INTO change_rules DEFAULT VALUES;
GRANT SELECT ON change_rules TO keur_app;

CREATE TABLE change_requests (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind        text        NOT NULL CHECK (kind ~ '^[a-z_]+\.[a-z_]+$'),
  subject     text        NOT NULL,              -- what it is about: users:12
  payload     jsonb       NOT NULL,              -- what its room applies
  rows        jsonb       NOT NULL,              -- what it may write, as the guards of the tables name it
  state       text        NOT NULL DEFAULT 'proposed' CHECK (state IN ('proposed', 'confirmed', 'refused', 'withdrawn', 'expired')),
  proposed_by text        NOT NULL,
  proposed_at timestamptz NOT NULL,
  expires_at  timestamptz NOT NULL,
  decided_by  text,
  decided_at  timestamptz,
  decided_in  xid8,                              -- the transaction that confirmed it, which alone writes its rows
  alone       boolean     NOT NULL DEFAULT false, -- confirmed by who proposed it, while there was one admin
  seen_by     text,                              -- the second admin, who looks through what was done alone
  seen_at     timestamptz,
  announced   text        NOT NULL DEFAULT '',   -- the state that mails have told of
  CHECK ((state = 'proposed') = (decided_by IS NULL)),
  CHECK ((state = 'proposed') = (decided_at IS NULL)),
  CHECK ((state = 'confirmed') = (decided_in IS NOT NULL)),
  CHECK (state <> 'expired' OR decided_at >= expires_at),
  CHECK (expires_at <= proposed_at + interval '336 hours'), -- 14 days
  CHECK ((seen_by IS NULL) = (seen_at IS NULL)),
  CHECK (seen_by <> proposed_by)
);
CREATE INDEX change_requests_open ON change_requests (id) WHERE state = 'proposed';
CREATE INDEX change_requests_subject ON change_requests (subject, id);
CREATE INDEX change_requests_alone ON change_requests (id) WHERE alone AND seen_by IS NULL;
CREATE INDEX change_requests_untold ON change_requests (id) WHERE announced <> state;
-- What it writes is in the trail of what it wrote, without the secrets in it.
-- What it says is derived from its payload by whoever reads it.
CREATE TRIGGER change_requests_audit AFTER INSERT OR UPDATE ON change_requests
  FOR EACH ROW EXECUTE FUNCTION audit_row('payload', 'rows', '-announced', '-decided_in');
GRANT SELECT, INSERT (kind, subject, payload, rows, proposed_at, expires_at),
  UPDATE (state, decided_at, seen_at, announced) ON change_requests TO keur_app;
CREATE TRIGGER change_requests_state_guard BEFORE INSERT OR UPDATE ON change_requests
  FOR EACH ROW EXECUTE FUNCTION state_guard(
    'new > proposed',
    'proposed > confirmed refused withdrawn expired');
CREATE TRIGGER change_requests_no_delete BEFORE DELETE ON change_requests
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Whether a change of the kind takes another person than who proposes it.
-- Contacts always do.
CREATE FUNCTION change_takes_two(p_kind text) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT p_kind LIKE 'contacts.%' OR two_since IS NOT NULL FROM change_rules
$$;

-- Whether what is proposed now waits for somebody: the second person, or where one
-- may do it alone that person's own proof, which a program with their token can't give.
CREATE FUNCTION change_waits(p_kind text) RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN change_takes_two(p_kind) OR acting_token() IS NOT NULL;
END
$$;

-- Whoever sits at the machine's command line is one person, by whatever name.
CREATE FUNCTION change_person(actor text) RETURNS text LANGUAGE sql IMMUTABLE
  RETURN CASE WHEN actor LIKE 'console%' THEN 'console' ELSE actor END;

-- Who proposes and who decides is who acts, and they differ. Who may at all is
-- said by the room of the kind.
CREATE FUNCTION change_request_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  own boolean := change_person(current_actor()) = change_person(NEW.proposed_by);
BEGIN
  IF TG_OP = 'INSERT' OR NEW.state NOT IN (OLD.state, 'expired') OR NEW.seen_at IS DISTINCT FROM OLD.seen_at THEN
    PERFORM demand_person();
    IF NOT own AND NEW.state <> OLD.state AND NEW.state IN ('confirmed', 'refused') THEN
      PERFORM demand_scope('approve');
    ELSIF NEW.state <> 'withdrawn' THEN
      PERFORM demand_scope(CASE WHEN NEW.kind LIKE 'contacts.%' THEN 'plan' ELSE 'admin' END);
    END IF;
  END IF;
  IF TG_OP = 'INSERT' THEN
    NEW.proposed_by := current_actor();
    IF NOT has_come(NEW.proposed_at - interval '10 minutes') THEN
      RAISE EXCEPTION 'a change is proposed now, and waits for 14 days at most' USING CONSTRAINT = 'changes.proposed_now';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.kind, NEW.subject, NEW.payload, NEW.rows, NEW.proposed_by, NEW.proposed_at, NEW.expires_at)
     IS DISTINCT FROM (OLD.kind, OLD.subject, OLD.payload, OLD.rows, OLD.proposed_by, OLD.proposed_at, OLD.expires_at) THEN
    RAISE EXCEPTION 'what was proposed can''t be changed; withdraw it and propose another' USING CONSTRAINT = 'changes.fixed';
  END IF;
  IF NEW.seen_at IS DISTINCT FROM OLD.seen_at THEN
    IF OLD.seen_at IS NOT NULL OR NOT OLD.alone OR own THEN
      RAISE EXCEPTION 'what was done alone is looked through by another admin, once' USING CONSTRAINT = 'changes.other_looks';
    END IF;
    IF acting_token() IS NOT NULL THEN
      RAISE EXCEPTION 'look at it yourself, at the desk: a program with your token can''t do that for you' USING CONSTRAINT = 'changes.look_yourself';
    END IF;
    NEW.seen_by := current_actor();
  END IF;
  IF NEW.state = OLD.state THEN
    NEW.decided_at := OLD.decided_at;
    RETURN NEW;
  END IF;
  NEW.decided_by := current_actor();
  NEW.decided_at := decided_now(NEW.decided_at);
  IF own = (NEW.state IN ('confirmed', 'refused')) AND (NEW.state <> 'confirmed' OR change_takes_two(NEW.kind)) AND NEW.state <> 'expired' THEN
    IF own THEN
      RAISE EXCEPTION 'you proposed this change, so someone else must decide' USING CONSTRAINT = 'changes.other_decides';
    END IF;
    RAISE EXCEPTION 'only who proposed this change can withdraw it' USING CONSTRAINT = 'changes.own_withdraws';
  END IF;
  IF NEW.state = 'confirmed' THEN
    IF own AND acting_token() IS NOT NULL THEN
      RAISE EXCEPTION 'a program with your token can propose this, and you confirm it yourself: at the desk, or at the command line'
        USING CONSTRAINT = 'changes.own_by_token';
    END IF;
    IF NEW.decided_at >= OLD.expires_at THEN
      RAISE EXCEPTION 'this change was proposed too long ago; propose it again' USING CONSTRAINT = 'changes.too_old';
    END IF;
    NEW.alone := own;
    NEW.decided_in := pg_current_xact_id();
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER change_requests_guard BEFORE INSERT OR UPDATE ON change_requests
  FOR EACH ROW EXECUTE FUNCTION change_request_guard();

-- Whether a change that was confirmed in this very transaction names the row.
-- Planners agree on contacts, and on nothing else.
CREATE FUNCTION change_confirmed(p_row jsonb) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM change_requests
                  WHERE state = 'confirmed' AND decided_in = pg_current_xact_id_if_assigned() AND kind NOT LIKE 'contacts.%'
                   AND p_row IN (SELECT * FROM jsonb_array_elements(rows)))
$$;

-- When the change was confirmed that this very transaction confirms; null: it confirms none.
CREATE FUNCTION change_decided_at() RETURNS timestamptz LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (
    SELECT max(decided_at) FROM change_requests WHERE state = 'confirmed' AND decided_in = pg_current_xact_id_if_assigned());
END
$$;

-- take_change refuses a row that no confirmed change names. Before there is a
-- first admin nothing is guarded: an installation is being set up.
CREATE FUNCTION take_change(p_row jsonb) RETURNS void LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  IF (SELECT admin_since IS NULL FROM change_rules) OR change_confirmed(p_row) THEN RETURN; END IF;
  RAISE EXCEPTION 'this takes a change that one admin proposes and another confirms' USING CONSTRAINT = 'changes.needed';
END
$$;

-- What people make and set is written by a person: neither by the program on its
-- own nor by a bare login. Before there is a first admin nothing is guarded.
CREATE FUNCTION person_writes() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF (SELECT admin_since IS NOT NULL FROM change_rules) THEN PERFORM demand_person(); END IF;
  RETURN NULL;
END
$$;

-- demand_program refuses who acts as nobody: act() proved a person, or the program
-- by its key that a part of it writes, which the trail names. Before there is a
-- first admin nothing is guarded, and the owner, who could take the triggers off,
-- isn't asked.
CREATE FUNCTION demand_program() RETURNS void LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  IF current_actor() LIKE 'database:%' AND (SELECT admin_since IS NOT NULL FROM change_rules)
     AND NOT (SELECT pg_has_role(session_user, relowner, 'MEMBER') FROM pg_class WHERE oid = 'public.change_rules'::regclass) THEN
    RAISE EXCEPTION 'this takes a proof of who you are, which is missing or has lapsed; sign in again' USING CONSTRAINT = 'database.unproven';
  END IF;
END
$$;

-- What the program writes down by itself, and people only through it.
CREATE FUNCTION program_writes() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM demand_program();
  RETURN NULL;
END
$$;

CREATE TRIGGER change_requests_program BEFORE INSERT OR UPDATE ON change_requests
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
-- An anchor that isn't the program's would pass for one that was made already, so
-- that none is.
CREATE TRIGGER audit_anchors_program BEFORE INSERT ON audit_anchors
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- change_guard(column, …) holds the rows of a table to confirmed changes, but
-- for the columns that it names, which decide nothing. A request names a row by
-- its table, what is done, and all other columns; of a new row not the id.
CREATE FUNCTION change_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  noise text[] := coalesce(TG_ARGV[:], '{}');
  row_ jsonb;
BEGIN
  IF TG_OP = 'DELETE' THEN
    row_ := to_jsonb(OLD) - noise;
  ELSE
    row_ := to_jsonb(NEW) - noise;
  END IF;
  IF TG_OP = 'INSERT' THEN row_ := row_ - 'id'; END IF;
  IF TG_OP = 'UPDATE' THEN
    IF row_ = to_jsonb(OLD) - noise THEN RETURN NEW; END IF;
  END IF;
  PERFORM take_change(row_ || jsonb_build_object('table', TG_TABLE_NAME, 'do', lower(TG_OP)));
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END
$$;
