-- +goose Up
-- A column that names who acted names whoever acts: the transaction's actor,
-- which the audit trail records, and nobody else. A user's name can't be put
-- down by another user, nor by a contact, the system or a bare login.

-- actor_named(kind, column) refuses a row whose column names another one than
-- the actor.
-- +goose StatementBegin
CREATE FUNCTION actor_named() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  named text;
BEGIN
  EXECUTE format('SELECT ($1).%I::text', TG_ARGV[1]) INTO named USING NEW;
  named := TG_ARGV[0] || ':' || named;
  IF named <> current_actor() THEN
    RAISE EXCEPTION 'this would be put down as done by %, and % is acting', named, current_actor();
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd

-- Their names come after those of the guards, whose sentences say more.
CREATE TRIGGER revisions_who BEFORE INSERT ON revisions
  FOR EACH ROW EXECUTE FUNCTION actor_named('user', 'author_id');
CREATE TRIGGER approval_rounds_who BEFORE INSERT ON approval_rounds
  FOR EACH ROW EXECUTE FUNCTION actor_named('user', 'submitted_by');
CREATE TRIGGER approval_reviews_who BEFORE UPDATE ON approval_reviews
  FOR EACH ROW WHEN ((NEW.user_id, NEW.verdict) IS DISTINCT FROM (OLD.user_id, OLD.verdict)) EXECUTE FUNCTION actor_named('user', 'user_id');
CREATE TRIGGER approval_reviews_whose BEFORE UPDATE ON approval_reviews
  FOR EACH ROW WHEN ((NEW.contact_id, NEW.verdict) IS DISTINCT FROM (OLD.contact_id, OLD.verdict)) EXECUTE FUNCTION actor_named('contact', 'contact_id');
CREATE TRIGGER sends_who BEFORE UPDATE ON sends
  FOR EACH ROW WHEN (NEW.released_by IS DISTINCT FROM OLD.released_by OR (OLD.state IN ('held', 'missed') AND NEW.state NOT IN ('held', 'missed', 'cancelled')))
  EXECUTE FUNCTION actor_named('user', 'released_by');
CREATE TRIGGER sends_who_first BEFORE INSERT ON sends
  FOR EACH ROW EXECUTE FUNCTION actor_named('user', 'released_by');

-- A reminder's link is made by the system, not by whoever once submitted.
ALTER TABLE approval_links ALTER COLUMN created_by DROP NOT NULL;   -- null: the system
CREATE TRIGGER approval_links_who BEFORE INSERT ON approval_links
  FOR EACH ROW EXECUTE FUNCTION actor_named('user', 'created_by');

-- signed(column) writes the actor there itself, once.
-- +goose StatementBegin
CREATE FUNCTION signed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  by_ text := current_actor();
BEGIN
  IF TG_OP = 'UPDATE' THEN EXECUTE format('SELECT ($1).%I', TG_ARGV[0]) INTO by_ USING OLD; END IF;
  RETURN jsonb_populate_record(NEW, jsonb_build_object(TG_ARGV[0], by_));
END
$$;
-- +goose StatementEnd
CREATE TRIGGER mailings_signed BEFORE INSERT OR UPDATE OF created_by ON mailings
  FOR EACH ROW EXECUTE FUNCTION signed('created_by');
CREATE TRIGGER segment_versions_signed BEFORE INSERT ON segment_versions
  FOR EACH ROW EXECUTE FUNCTION signed('created_by');
CREATE TRIGGER template_versions_signed BEFORE INSERT ON template_versions
  FOR EACH ROW EXECUTE FUNCTION signed('created_by');
CREATE TRIGGER imports_signed BEFORE INSERT OR UPDATE OF by ON imports
  FOR EACH ROW EXECUTE FUNCTION signed('by');
CREATE TRIGGER suppressions_signed BEFORE INSERT OR UPDATE OF by ON suppressions
  FOR EACH ROW EXECUTE FUNCTION signed('by');

-- The trail keeps the name that a user or contact had when they acted, so that
-- a certificate stays what it was when they take another. It comes last in the
-- hash, and only where there is one: earlier entries keep theirs.
ALTER TABLE audit_log ADD COLUMN actor_name text;
DROP FUNCTION audit_hash(bytea, bigint, timestamptz, text, text, text, jsonb);
-- +goose StatementBegin
CREATE FUNCTION audit_hash(previous bytea, seq bigint, at timestamptz, actor text, action text, subject text, detail jsonb, actor_name text)
RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT sha256(previous || convert_to(concat_ws(E'\n', seq::text,
    (extract(epoch FROM at) * 1000000)::bigint::text, actor, action, subject, detail::text, actor_name), 'UTF8'))
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION actor_name(actor text) RETURNS text LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT name FROM users WHERE id = CASE WHEN actor ~ '^user:[0-9]{1,18}$' THEN substr(actor, 6)::bigint END
  UNION ALL
  SELECT name FROM contacts WHERE id = CASE WHEN actor ~ '^contact:[0-9]{1,18}$' THEN substr(actor, 9)::bigint END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_append(p_action text, p_subject text, p_detail jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  tail audit_log;
  now_ timestamptz;
  actor_ text := current_actor();
  name_ text := actor_name(actor_);
  next_ bigint;
  prev_ bytea;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('keur.audit'));
  SELECT * INTO tail FROM audit_log ORDER BY seq DESC LIMIT 1;
  next_ := coalesce(tail.seq, 0) + 1;
  prev_ := coalesce(tail.hash, decode(repeat('00', 32), 'hex'));
  now_ := clock_timestamp();
  INSERT INTO audit_log (seq, at, actor, action, subject, detail, previous, hash, actor_name)
  VALUES (next_, now_, actor_, p_action, p_subject, p_detail, prev_,
          audit_hash(prev_, next_, now_, actor_, p_action, p_subject, p_detail, name_), name_);
  RETURN next_;
END
$$;
-- +goose StatementEnd
