-- +goose Up
-- The application's rights, and the audit trail that binds everyone, psql included.

-- The application connects as a login that is a member of keur_app. It owns
-- nothing, so that triggers and append-only tables bind it too.
-- +goose StatementBegin
DO $$
BEGIN
  CREATE ROLE keur_app NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
DO $$
BEGIN
  EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO keur_app', current_database());
END
$$;
-- +goose StatementEnd
-- Before PostgreSQL 15 everyone could make tables and functions there.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO keur_app;

-- Who is writing: set per transaction by postgres.InTx, else the database login.
-- +goose StatementBegin
CREATE FUNCTION current_actor() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce(nullif(current_setting('keur.actor', true), ''), 'database:' || session_user)
$$;
-- +goose StatementEnd

CREATE TABLE audit_log (
  seq      bigint      PRIMARY KEY,            -- gapless, from 1
  at       timestamptz NOT NULL,
  actor    text        NOT NULL,               -- user:12, contact:7, system:scheduler, database:keur
  action   text        NOT NULL,               -- reviews.update, audit.exported
  subject  text        NOT NULL,               -- approval_reviews:31
  detail   jsonb       NOT NULL DEFAULT '{}',
  previous bytea       NOT NULL,               -- hash of the row before; 32 zero bytes for the first
  hash     bytea       NOT NULL                -- audit_hash() over the rest
);
CREATE INDEX audit_log_subject ON audit_log (subject, seq);

-- The hash a row must have. `keur audit verify` computes the same in Go.
-- +goose StatementBegin
CREATE FUNCTION audit_hash(previous bytea, seq bigint, at timestamptz, actor text, action text, subject text, detail jsonb)
RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT sha256(previous || convert_to(concat_ws(E'\n', seq::text,
    (extract(epoch FROM at) * 1000000)::bigint::text, actor, action, subject, detail::text), 'UTF8'))
$$;
-- +goose StatementEnd

-- audit_append is the only way into the trail. The lock makes the chain a
-- single line; it is held until commit, and taken late because the row
-- triggers below are deferred.
-- +goose StatementBegin
CREATE FUNCTION audit_append(p_action text, p_subject text, p_detail jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  tail audit_log;
  now_ timestamptz;
  actor_ text := coalesce(nullif(current_setting('keur.actor', true), ''), 'database:' || session_user);
  next_ bigint;
  prev_ bytea;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('keur.audit'));
  SELECT * INTO tail FROM audit_log ORDER BY seq DESC LIMIT 1;
  next_ := coalesce(tail.seq, 0) + 1;
  prev_ := coalesce(tail.hash, decode(repeat('00', 32), 'hex'));
  now_ := clock_timestamp();
  INSERT INTO audit_log (seq, at, actor, action, subject, detail, previous, hash)
  VALUES (next_, now_, actor_, p_action, p_subject, p_detail, prev_,
          audit_hash(prev_, next_, now_, actor_, p_action, p_subject, p_detail));
  RETURN next_;
END
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION audit_append(text, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_append(text, text, jsonb) TO keur_app;

-- refuse_change makes a table append-only, for its owner as well.
-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, lower(TG_OP);
END
$$;
-- +goose StatementEnd
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
GRANT SELECT ON audit_log TO keur_app;

-- audit_row writes every change of a governed table to the trail. Its
-- arguments name columns that aren't copied there: of a secret the trail tells
-- that it changed, and a name with a dash before it changes on its own and is
-- left out (TG_ARGV is null, not empty, without any).
-- +goose StatementBegin
CREATE FUNCTION audit_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  noise text[] := ARRAY(SELECT substr(a, 2) FROM unnest(TG_ARGV) a WHERE a LIKE '-%');
  secret text[] := ARRAY(SELECT a FROM unnest(TG_ARGV) a WHERE a NOT LIKE '-%');
  before_ jsonb := '{}';
  after_ jsonb := '{}';
  changed jsonb;
  key_ text;
BEGIN
  IF TG_OP <> 'INSERT' THEN before_ := to_jsonb(OLD) - noise; END IF;
  IF TG_OP <> 'DELETE' THEN after_ := to_jsonb(NEW) - noise; END IF;
  key_ := coalesce(after_->>'id', before_->>'id', after_->>'user_id', before_->>'user_id', after_->>'label_id', before_->>'label_id', '');
  IF TG_OP = 'UPDATE' THEN
    SELECT coalesce(jsonb_object_agg(n.key, CASE WHEN n.key = ANY (secret) THEN '"changed"'
                                                 ELSE jsonb_build_object('from', before_->n.key, 'to', n.value) END), '{}')
      INTO changed
      FROM jsonb_each(after_) n
     WHERE n.value IS DISTINCT FROM before_->n.key;
    IF changed = '{}' THEN RETURN NULL; END IF;
  ELSIF TG_OP = 'DELETE' THEN
    changed := before_ - secret;
  ELSE
    changed := after_ - secret;
  END IF;
  PERFORM audit_append(TG_TABLE_NAME || '.' || lower(TG_OP), TG_TABLE_NAME || ':' || key_, changed);
  RETURN NULL;
END
$$;
-- +goose StatementEnd
