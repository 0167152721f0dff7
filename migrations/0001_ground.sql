-- What all rooms stand on: the application's rights, who acts, the audit trail
-- that binds everyone, psql included, and the guards that tables share.

-- The application connects as a login that is a member of keur_app. It owns
-- nothing, so that triggers and append-only tables bind it too. Each table says
-- below itself what the application may do with it.
DO $$
BEGIN
  CREATE ROLE keur_app NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;
DO $$
BEGIN
  EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO keur_app', current_database());
END
$$;
-- Before PostgreSQL 15 everyone could make tables and functions there.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO keur_app;

-- The order that people look names up in: without regard to case, letters with
-- an accent beside those without, and "Week 2" before "Week 10". A server that
-- was built without ICU sorts them by code point.
DO $$
BEGIN
  CREATE COLLATION names (provider = icu, locale = 'und-u-kn-true');
EXCEPTION WHEN feature_not_supported THEN
  CREATE COLLATION names FROM "C";
END
$$;

-- What people see in a mail, on a certificate or where they approve, and no
-- digest holds, is harmless by its form: one line without characters that do
-- something unseen. Package form says the same, and a test holds them together.
CREATE FUNCTION is_line(line text, most int) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN char_length(line) <= most
     AND line COLLATE "C" !~ ('[\u0001-\u001F\u007F-\u009F\u00AD\u034F\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F'
                           || '\uE000-\uF8FF\uFEFF\uFFF9-\uFFFF\U000E0000-\U0010FFFF]')
     AND line COLLATE "C" !~ ('^[ \u00A0\u1680\u2000-\u200A\u202F\u205F\u3000]'
                           || '|[ \u00A0\u1680\u2000-\u200A\u202F\u205F\u3000]$');
-- The same of a text on any number of lines, such as why somebody decided so: there
-- is nothing unseen in it, so that one that isn't empty says something.
CREATE FUNCTION is_tidy(body text, most int) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN char_length(body) <= most AND is_line(replace(body, E'\n', '.'), most) AND body COLLATE "C" !~ '^\n|\n$';
CREATE FUNCTION is_name(name text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN name <> '' AND is_line(name, 120);

-- What the program proves itself by: a key that it derives from KEUR_SECRET, as
-- the two pads of HMAC (RFC 2104). The owner puts it here, and the application's
-- login can read neither it nor a hash of a session, a token or a link, so that
-- whoever has only that login can't become somebody.
CREATE TABLE credential_keys (
  outer_pad bytea       PRIMARY KEY CHECK (length(outer_pad) = 64),
  inner_pad bytea       NOT NULL CHECK (length(inner_pad) = 64),
  made_at   timestamptz NOT NULL DEFAULT now()
);

-- proven reports whether mac is what the program's key makes of the parts, each
-- of which has its length before it, so that no two lists read alike.
CREATE FUNCTION proven(mac bytea, VARIADIC parts text[]) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM credential_keys k,
           (SELECT convert_to(string_agg(octet_length(p) || ':' || p, '' ORDER BY n), 'UTF8') AS of FROM unnest(parts) WITH ORDINALITY x(p, n)) said
     WHERE sha256(k.outer_pad || sha256(k.inner_pad || said.of)) = mac);
END
$$;
REVOKE ALL ON FUNCTION proven(bytea, text[]) FROM PUBLIC;

-- minted(column, …) takes a row only with the program's word for it: the MAC, in
-- the column mac, over the table's name and the columns; of a moment its
-- microseconds. It isn't kept.
CREATE FUNCTION minted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
  row_ jsonb := to_jsonb(NEW);
  parts_ text[] := ARRAY[TG_TABLE_NAME::text];
  column_ text;
BEGIN
  FOREACH column_ IN ARRAY TG_ARGV LOOP
    parts_ := parts_ || coalesce(CASE WHEN column_ LIKE '%\_at' THEN trunc(extract(epoch FROM (row_->>column_)::timestamptz) * 1000000)::bigint::text
                                      ELSE row_->>column_ END, '');
  END LOOP;
  IF NOT proven(NEW.mac, VARIADIC parts_) THEN
    RAISE EXCEPTION 'only the program itself lets somebody in, and the base doesn''t know this one''s secret' USING CONSTRAINT = 'database.unminted';
  END IF;
  NEW.mac := NULL;
  RETURN NEW;
END
$$;

-- Who acts in which transaction. Only act() writes it; settings, which anybody
-- may set, are no proof. It needs no log: a transaction doesn't outlive a crash.
CREATE UNLOGGED TABLE acting (
  xid        xid8        PRIMARY KEY,
  began      timestamptz NOT NULL,       -- tells apart a number that another server gave
  actor      text        NOT NULL,
  credential text        NOT NULL,       -- session, token, link, link_code, process
  number     bigint                      -- of the session, token or link
);

-- act says who acts in this transaction, once, and proves it: by the token of a
-- session, an API token, or the token of a client's link, and where its code was
-- given (link_code) that of the browser in which it was; or by the word of the
-- program, under its key and no older than ten minutes, for whom it let in
-- itself and for its own parts: system:…, member, department:….
CREATE FUNCTION act(p_actor text, p_credential text, p_secret text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  hash_ bytea := sha256(convert_to(p_secret, 'UTF8'));
  now_ timestamptz := clock_timestamp();
  actor_ text;
  number_ bigint;
BEGIN
  CASE p_credential
  WHEN 'session' THEN
    SELECT 'user:' || u.id, s.id INTO actor_, number_ FROM sessions s JOIN users u ON u.id = s.user_id
     WHERE s.token_hash = hash_ AND s.lapses_at > now_ AND u.disabled_at IS NULL;
  WHEN 'token' THEN
    SELECT 'user:' || u.id, t.id INTO actor_, number_ FROM api_tokens t JOIN users u ON u.id = t.user_id
     WHERE t.token_hash = hash_ AND t.revoked_at IS NULL AND t.lapses_at > now_ AND u.disabled_at IS NULL;
  WHEN 'link' THEN
    SELECT 'contact:' || l.contact_id, l.id INTO actor_, number_ FROM approval_links l
     WHERE l.token_hash = hash_ AND l.revoked_at IS NULL AND l.lapses_at > now_;
  WHEN 'link_code' THEN
    SELECT 'contact:' || l.contact_id, l.id INTO actor_, number_ FROM approval_links l JOIN approval_link_codes g ON g.link_id = l.id
     WHERE l.token_hash = sha256(convert_to(split_part(p_secret, ' ', 1), 'UTF8')) AND l.revoked_at IS NULL AND l.lapses_at > now_
       AND g.browser_hash = sha256(convert_to(split_part(p_secret, ' ', 2), 'UTF8')) AND g.given_at > now_ - interval '12 hours';
  WHEN 'process' THEN
    IF p_secret ~ '^[0-9]{1,12} [0-9a-f]{64}$'
       AND abs(extract(epoch FROM now_) - split_part(p_secret, ' ', 1)::bigint) < 600
       AND proven(decode(split_part(p_secret, ' ', 2), 'hex'), 'act', p_actor, split_part(p_secret, ' ', 1))
       AND (p_actor !~ '^user:[0-9]{1,18}$'
            OR NOT EXISTS (SELECT FROM users WHERE id = split_part(p_actor, ':', 2)::bigint AND disabled_at IS NOT NULL)) THEN
      actor_ := p_actor;
    END IF;
  END CASE;
  IF actor_ IS DISTINCT FROM p_actor OR actor_ IS NULL THEN
    RAISE EXCEPTION 'this takes a proof of who you are, which is missing or has lapsed; sign in again' USING CONSTRAINT = 'database.unproven';
  END IF;
  -- Those of transactions that are over mean nothing any more.
  IF random() < 0.02 AND current_setting('transaction_isolation') = 'read committed' THEN
    DELETE FROM acting WHERE xid IN (SELECT a.xid FROM acting a WHERE a.xid < pg_snapshot_xmin(pg_current_snapshot()) LIMIT 500 FOR UPDATE SKIP LOCKED);
  END IF;
  INSERT INTO acting AS a VALUES (pg_current_xact_id(), now(), actor_, p_credential, number_)
  ON CONFLICT (xid) DO UPDATE SET (began, actor, credential, number) = (excluded.began, excluded.actor, excluded.credential, excluded.number)
   WHERE a.began <> excluded.began OR (a.actor, a.credential, a.number) IS NOT DISTINCT FROM (excluded.actor, excluded.credential, excluded.number);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'somebody else acts in this transaction already' USING CONSTRAINT = 'database.acting';
  END IF;
END
$$;
REVOKE ALL ON FUNCTION act(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION act(text, text, text) TO keur_app;

-- A part of the program whose transactions are so short and so many that act() in
-- each would cost too much has connections of its own, each proven once: by the
-- program's MAC over the process that serves it, the part and a random word, which a
-- setting of that session holds. No other session reads it, and in another it is
-- worth nothing. It needs no log: sessions don't outlive a crash.
CREATE UNLOGGED TABLE proven_connections (
  process int  PRIMARY KEY,
  word    text NOT NULL,
  actor   text NOT NULL CHECK (actor ~ '^system:[a-z]+$')
);

CREATE FUNCTION prove_connection(p_actor text, p_word text, p_mac bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT proven(p_mac, 'connection', pg_backend_pid()::text, p_actor, p_word) OR length(p_word) < 26 THEN
    RAISE EXCEPTION 'this takes a proof of who you are, which is missing or has lapsed; sign in again' USING CONSTRAINT = 'database.unproven';
  END IF;
  INSERT INTO proven_connections VALUES (pg_backend_pid(), p_word, p_actor)
  ON CONFLICT (process) DO UPDATE SET (word, actor) = (excluded.word, excluded.actor);
  PERFORM set_config('keur.connection', p_word, false);
END
$$;
REVOKE ALL ON FUNCTION prove_connection(text, text, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION prove_connection(text, text, bytea) TO keur_app;

-- Who is writing: whom act() proved, else the part of the program whose connection
-- it is, else the database's login.
-- PL/pgSQL, as other functions that triggers often call: it keeps the plan for the
-- session, where a function in SQL is parsed and planned anew for each call.
CREATE FUNCTION current_actor() RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN coalesce((SELECT actor FROM acting WHERE xid = pg_current_xact_id_if_assigned() AND began = now()),
                  (SELECT actor FROM proven_connections WHERE process = pg_backend_pid() AND word = current_setting('keur.connection', true)),
                  'database:' || session_user);
END
$$;

-- demand_person refuses what takes somebody: a user, a client's contact, the
-- operator at the command line, or who a sign-in provider vouches for.
CREATE FUNCTION demand_person() RETURNS void LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  IF current_actor() !~ '^(user|contact|console|provider)(:|$)' THEN
    RAISE EXCEPTION 'this takes a proof of who you are, which is missing or has lapsed; sign in again' USING CONSTRAINT = 'database.unproven';
  END IF;
END
$$;
CREATE FUNCTION person_demanded() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM demand_person();
  RETURN NEW;
END
$$;

GRANT EXECUTE ON FUNCTION current_actor() TO keur_app;

-- By which session, token or link the actor is proven: 'session:12'.
CREATE FUNCTION current_credential() RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (SELECT credential || coalesce(':' || number, '') FROM acting WHERE xid = pg_current_xact_id_if_assigned() AND began = now());
END
$$;
GRANT EXECUTE ON FUNCTION current_credential() TO keur_app;

-- The name that a user or contact has now. Their tables come further on.
CREATE FUNCTION actor_name(actor text) RETURNS text LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  IF actor ~ '^user:[0-9]{1,18}$' THEN RETURN (SELECT name FROM users WHERE id = substr(actor, 6)::bigint); END IF;
  IF actor ~ '^contact:[0-9]{1,18}$' THEN RETURN (SELECT name FROM contacts WHERE id = substr(actor, 9)::bigint); END IF;
  RETURN NULL;
END
$$;

-- Whoever has the login may set how a session writes and reads values, and so what
-- words a rule is made of: a backslash in '…' (standard_conforming_strings), bytes,
-- fractions. What depends on one sets it for itself, and a test looks for others.

-- The trail keeps the name that a user or contact had when they acted, so that
-- a certificate stays what it was when they take another.
CREATE TABLE audit_log (
  seq        bigint      PRIMARY KEY,          -- gapless, from 1
  at         timestamptz NOT NULL,
  actor      text        NOT NULL,             -- user:12, contact:7, system:scheduler, database:keur
  actor_name text,                             -- of a user or contact
  action     text        NOT NULL,             -- reviews.update, audit.exported
  subject    text        NOT NULL,             -- approval_reviews:31
  detail     jsonb       NOT NULL DEFAULT '{}',
  previous   bytea       NOT NULL,             -- hash of the row before; 32 zero bytes for the first
  hash       bytea       NOT NULL              -- audit_hash() over the rest
);
COMMENT ON TABLE audit_log IS 'Written only by audit_append(), which the triggers of governed tables call.';
CREATE INDEX audit_log_subject ON audit_log (subject, seq);
-- People search the trail by who acted, by the kind of thing, and by when.
CREATE INDEX audit_log_actor ON audit_log (actor, seq);
CREATE INDEX audit_log_kind ON audit_log (split_part(subject, ':', 1), seq);
CREATE INDEX audit_log_at ON audit_log (at);

-- The hash a row must have. `keur audit verify` computes the same in Go.
CREATE FUNCTION audit_hash(previous bytea, seq bigint, at timestamptz, actor text, action text, subject text, detail jsonb, actor_name text)
RETURNS bytea LANGUAGE sql STABLE
  RETURN sha256(previous || convert_to(concat_ws(E'\n', seq::text,
    (extract(epoch FROM at) * 1000000)::bigint::text, actor, action, subject, detail::text, actor_name), 'UTF8'));

-- What this transaction did, with who did it and when, until its commit chains
-- it. Emptied by the same transaction, so it needs no log.
CREATE UNLOGGED TABLE audit_pending (
  n          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at         timestamptz NOT NULL,
  actor      text        NOT NULL,
  actor_name text,
  action     text        NOT NULL,
  subject    text        NOT NULL,
  detail     jsonb       NOT NULL
);

-- audit_append is the only way into the trail, and only triggers and the few
-- functions that follow their rules go it. What happened is kept as it happens.
CREATE FUNCTION audit_append(p_action text, p_subject text, p_detail jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  by_ text := current_actor();
BEGIN
  INSERT INTO audit_pending (at, actor, actor_name, action, subject, detail)
  VALUES (clock_timestamp(), by_, actor_name(by_), p_action, p_subject, p_detail);
END
$$;
REVOKE ALL ON FUNCTION audit_append(text, text, jsonb) FROM PUBLIC;

-- At commit the entries join the chain, which the lock keeps a single line: it
-- is held for that long, and not while a transaction works.
CREATE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  tail audit_log;
  next_ bigint;
  prev_ bytea;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('keur.audit'));
  SELECT * INTO tail FROM audit_log ORDER BY seq DESC LIMIT 1;
  next_ := coalesce(tail.seq, 0) + 1;
  prev_ := coalesce(tail.hash, decode(repeat('00', 32), 'hex'));
  INSERT INTO audit_log (seq, at, actor, action, subject, detail, previous, hash, actor_name)
  VALUES (next_, NEW.at, NEW.actor, NEW.action, NEW.subject, NEW.detail, prev_,
          audit_hash(prev_, next_, NEW.at, NEW.actor, NEW.action, NEW.subject, NEW.detail, NEW.actor_name), NEW.actor_name);
  DELETE FROM audit_pending WHERE n = NEW.n;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER audit_pending_chain AFTER INSERT ON audit_pending
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_chain();

-- audit_note puts down what leaves no row of its own: a test that was sent, codes
-- that came in, what was done to a member, a doubt that was settled. The last
-- two are a person's. Of each it takes numbers and names of fields, and no words.
CREATE FUNCTION audit_note(p_action text, p_subject text, p_detail jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  keys text[];
BEGIN
  CASE
  WHEN (p_action, split_part(p_subject, ':', 1)) = ('revisions.test', 'revisions') THEN keys := '{recipients}';
  WHEN (p_action, split_part(p_subject, ':', 1)) = ('voucher_codes.import', 'voucher_pools') THEN keys := '{added}';
  WHEN (p_action, split_part(p_subject, ':', 1)) = ('deliveries.resolved', 'sends') THEN keys := '{member_id,how,user_id}';
  WHEN p_action IN ('members.create', 'members.patch', 'members.move', 'members.erase', 'preferences.set', 'preferences.pause',
                     'preferences.resume', 'suppressions.lift') AND p_subject LIKE 'members:%' THEN
    keys := '{label_id,what}';
  END CASE;
  IF keys && '{how,what}' THEN PERFORM demand_person(); END IF;
  IF p_subject !~ ':[0-9]{1,18}$' OR NOT p_detail ?& keys OR p_detail - keys <> '{}'
     OR EXISTS (SELECT FROM jsonb_path_query(p_detail, '$.*') v WHERE jsonb_typeof(v) NOT IN ('number', 'string', 'array'))
     OR EXISTS (SELECT FROM jsonb_path_query(p_detail, 'lax $.*[*]') v WHERE jsonb_typeof(v) <> 'number' AND v #>> '{}' !~ '^[a-z][a-z0-9_.]{0,59}$') THEN
    RAISE EXCEPTION 'the trail takes numbers and names of fields here, and no words' USING CONSTRAINT = 'database.trail_words';
  END IF;
  PERFORM audit_append(p_action, p_subject, p_detail);
END
$$;
REVOKE ALL ON FUNCTION audit_note(text, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_note(text, text, jsonb) TO keur_app;

-- refuse_change makes a table append-only, for its owner as well.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, lower(TG_OP)
    USING CONSTRAINT = 'database.append_only', DETAIL = jsonb_build_object('table', TG_TABLE_NAME, 'operation', lower(TG_OP));
END
$$;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
GRANT SELECT ON audit_log TO keur_app;

-- What the trail calls a row by.
CREATE FUNCTION audit_key(p_row jsonb) RETURNS text LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp SET standard_conforming_strings = on AS $$
BEGIN
  RETURN coalesce(p_row->>'id', p_row->>'user_id', p_row->>'label_id', p_row->>'template_id', p_row->>'segment_id', p_row->>'mailing_id',
                  p_row->>'campaign_id', ltrim(p_row->>'hash', '\x'), '');
END
$$;

-- A row as the trail tells it: without noise, and with the SHA-256 of a secret
-- or a word that may have to be forgotten in its place.
CREATE FUNCTION audit_told(p_table text, p_row jsonb, noise text[], secret text[]) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
BEGIN
  IF secret = '{}' THEN RETURN p_row - noise; END IF;
  RETURN (
    SELECT p_row - noise || coalesce(jsonb_object_agg(c, 'sha256:' || encode(sha256(convert_to(concat_ws(E'\n', p_table, c, p_row->>c), 'UTF8')), 'hex')), '{}')
      FROM unnest(secret) c WHERE p_row->>c IS NOT NULL);
END
$$;

-- audit_row writes every change of a row of a governed table to the trail, when
-- it happens. Moments are written in UTC, so that they can be compared. Its
-- arguments name columns that aren't copied there: of one the trail keeps a
-- hash, and a name with a dash before it changes on its own and is left out.
CREATE FUNCTION audit_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' SET bytea_output = 'hex' SET extra_float_digits = 1 AS $$
DECLARE
  noise text[] := '{}';
  secret text[] := '{}';
  before_ jsonb := '{}';
  after_ jsonb := '{}';
  changed jsonb;
  action_ text := TG_TABLE_NAME || '.' || lower(TG_OP);
  subject_ text;
BEGIN
  IF TG_NARGS > 0 THEN
    noise := ARRAY(SELECT substr(a, 2) FROM unnest(TG_ARGV) a WHERE a LIKE '-%');
    secret := ARRAY(SELECT a FROM unnest(TG_ARGV) a WHERE a NOT LIKE '-%');
  END IF;
  IF TG_OP <> 'INSERT' THEN before_ := audit_told(TG_TABLE_NAME, to_jsonb(OLD), noise, secret); END IF;
  IF TG_OP <> 'DELETE' THEN after_ := audit_told(TG_TABLE_NAME, to_jsonb(NEW), noise, secret); END IF;
  CASE TG_OP
  WHEN 'INSERT' THEN changed := after_;
  WHEN 'DELETE' THEN changed := before_;
  ELSE
    SELECT coalesce(jsonb_object_agg(n.key, jsonb_build_object('from', before_->n.key, 'to', n.value)), '{}') INTO changed
      FROM jsonb_each(after_) n WHERE n.value IS DISTINCT FROM before_->n.key;
    IF changed = '{}' THEN RETURN NULL; END IF;
  END CASE;
  subject_ := TG_TABLE_NAME || ':' || audit_key(before_ || after_);
  PERFORM audit_append(action_, subject_, changed);
  RETURN NULL;
END
$$;

-- Rows that are written together and mean something together, such as the slots
-- of a round, are on the trail as one set: how many they are, and the SHA-256
-- over them all. set_told reads the sets of a table, by the column whose value
-- they share; all of them, or those of some values.
CREATE FUNCTION set_told(p_table text, p_column text, p_values text[] DEFAULT NULL) RETURNS TABLE (subject text, told jsonb)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET standard_conforming_strings = on SET timezone = 'UTC' SET bytea_output = 'hex' SET extra_float_digits = 1 AS $$
BEGIN
  RETURN QUERY EXECUTE format($q$
    SELECT %1$L || ':' || ltrim(t.%2$I::text, '\x'), jsonb_build_object('rows', count(*), 'sha256',
             encode(sha256(convert_to(string_agg(to_jsonb(t)::text, E'\n' ORDER BY to_jsonb(t)::text COLLATE "C"), 'UTF8')), 'hex'))
      FROM %1$I t %3$s GROUP BY t.%2$I $q$, p_table, p_column,
    CASE WHEN p_values IS NOT NULL THEN (
      SELECT format('WHERE t.%I = ANY ($1::text[]::%s[])', p_column, format_type(atttypid, NULL))
        FROM pg_attribute WHERE attrelid = p_table::regclass AND attname = p_column) END) USING p_values;
END
$$;

-- audit_set(column) writes what the sets of a statement's rows are after it. Of
-- two who add to one set the second waits, so that its entry tells of both.
-- A later file that adds a column to such a table writes its sets anew.
CREATE FUNCTION audit_set() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET standard_conforming_strings = on SET bytea_output = 'hex' SET extra_float_digits = 1 AS $$
DECLARE
  values_ text[];
  name text := TG_TABLE_NAME;
BEGIN
  EXECUTE format('SELECT array_agg(DISTINCT %I::text ORDER BY %1$I::text) FROM written', TG_ARGV[0]) INTO values_;
  PERFORM pg_advisory_xact_lock(hashtext('keur.set'), hashtext(name || ':' || v)) FROM unnest(values_) v;
  PERFORM audit_append(name || '.written', s.subject, coalesce(t.told, '{"rows": 0}'))
     FROM (SELECT name || ':' || ltrim(v, '\x') AS subject FROM unnest(values_) v) s LEFT JOIN set_told(name, TG_ARGV[0], values_) t USING (subject);
  RETURN NULL;
END
$$;

-- The trail's head at some moments, signed by the program (Ed25519) and kept
-- outside as well: approval/anchors.
CREATE TABLE audit_anchors (
  seq       bigint      NOT NULL REFERENCES audit_log,
  hash      bytea       NOT NULL,
  at        timestamptz NOT NULL,
  key       bytea       NOT NULL CHECK (length(key) = 32),        -- public
  signature bytea       NOT NULL CHECK (length(signature) = 64),
  PRIMARY KEY (seq, signature)
);
CREATE TRIGGER audit_anchors_append_only BEFORE UPDATE OR DELETE ON audit_anchors
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON audit_anchors TO keur_app;

-- Governed tables are those of which the trail tells all that may be done to a
-- row, and so what they hold: row by row, but for noise and with hashes of what
-- is secret, or as sets by a column.
CREATE FUNCTION governed_tables() RETURNS TABLE (name text, noise text[], secret text[], set_by text) LANGUAGE sql STABLE
SET search_path = public, pg_temp SET standard_conforming_strings = on AS $$
  SELECT c.relname::text, ARRAY(SELECT substr(a, 2) FROM unnest(args) a WHERE a LIKE '-%'), ARRAY(SELECT a FROM unnest(args) a WHERE a NOT LIKE '-%' AND a <> ''),
         CASE WHEN t.tgfoid = 'audit_set'::regproc THEN args[1] END
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid, string_to_array(encode(t.tgargs, 'escape'), '\000') args
   WHERE t.tgfoid IN ('audit_row'::regproc, 'audit_set'::regproc) AND t.tgtype & 4 > 0 AND t.tgqual IS NULL AND c.relnamespace = 'public'::regnamespace
     AND (t.tgtype & 16 > 0 OR NOT has_any_column_privilege('keur_app', c.oid, 'update'))
     AND (t.tgtype & 8 > 0 OR NOT has_table_privilege('keur_app', c.oid, 'delete'))
$$;

-- A governed table as the trail tells it, whoever may read the table: nothing is
-- in it that the trail doesn't hold.
CREATE FUNCTION governed_rows(p_table text) RETURNS TABLE (subject text, told jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' SET bytea_output = 'hex' SET extra_float_digits = 1 AS $$
DECLARE
  g record;
BEGIN
  SELECT * INTO g FROM governed_tables() WHERE name = p_table;
  IF g.set_by IS NOT NULL THEN
    RETURN QUERY SELECT * FROM set_told(g.name, g.set_by);
  ELSIF g.name IS NOT NULL THEN
    RETURN QUERY EXECUTE format('SELECT %1$L || '':'' || audit_key(told), told FROM %1$I t, audit_told(%1$L, to_jsonb(t), $1, $2) told', g.name)
      USING g.noise, g.secret;
  END IF;
END
$$;
GRANT EXECUTE ON FUNCTION governed_rows(text) TO keur_app;

-- by_owner reports whether a function of ours that runs as a table's owner writes
-- there, called by another login. How deep triggers are nested would prove nothing, since who
-- has the login alone can nest triggers on temporary tables.
CREATE FUNCTION by_owner(p_table oid) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT current_user = pg_get_userbyid(relowner) AND session_user <> current_user FROM pg_class WHERE oid = p_table
$$;

-- A column that names who acted names whoever acts: the transaction's actor,
-- which the audit trail records, and nobody else. A user's name can't be put
-- down by another user, nor by a contact, the system or a bare login.
-- actor_named(kind, column) refuses a row whose column names another one than
-- the actor. Triggers fire in the order of their names: those of actor_named
-- come after the guards, whose sentences say more.
CREATE FUNCTION actor_named() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  named text;
BEGIN
  EXECUTE format('SELECT ($1).%I::text', TG_ARGV[1]) INTO named USING NEW;
  named := TG_ARGV[0] || ':' || named;
  IF named <> current_actor() THEN
    RAISE EXCEPTION 'this would be put down as done by %, and % is acting', named, current_actor()
      USING CONSTRAINT = 'database.other_actor', DETAIL = jsonb_build_object('named', named, 'actor', current_actor());
  END IF;
  RETURN NEW;
END
$$;

-- state_guard('a > b c', …) lets a row begin as what follows "new", and go from
-- a to b and c. Each list stands in Go as well, as a states.Machine, and a test
-- holds them to each other.
CREATE FUNCTION state_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  before_ text := 'new';
  after_ text;
  rule text;
BEGIN
  IF TG_TABLE_NAME = 'approval_reviews' THEN   -- whose state is called a verdict
    after_ := NEW.verdict;
    IF TG_OP = 'UPDATE' THEN before_ := OLD.verdict; END IF;
  ELSE
    after_ := NEW.state;
    IF TG_OP = 'UPDATE' THEN before_ := OLD.state; END IF;
  END IF;
  IF after_ = before_ THEN RETURN NEW; END IF;
  FOREACH rule IN ARRAY TG_ARGV LOOP
    IF starts_with(rule, before_ || ' > ') AND strpos(rule || ' ', ' ' || after_ || ' ') > 0 THEN RETURN NEW; END IF;
  END LOOP;
  RAISE EXCEPTION '%: what is % can''t become %', replace(TG_TABLE_NAME, '_', ' '), before_, after_
    USING CONSTRAINT = 'database.transition', DETAIL = jsonb_build_object('table', TG_TABLE_NAME, 'before', before_, 'after', after_);
END
$$;

-- fixed_but(column, …) keeps a row as it was written, but for these columns.
CREATE FUNCTION fixed_but() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  free text[] := coalesce(TG_ARGV[:], '{}');
BEGIN
  IF to_jsonb(NEW) - free <> to_jsonb(OLD) - free THEN
    RAISE EXCEPTION 'what was put up for approval stays as it is' USING CONSTRAINT = 'database.fixed';
  END IF;
  RETURN NEW;
END
$$;

-- signed(column) writes the actor there itself, once.
CREATE FUNCTION signed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  by_ text := current_actor();
BEGIN
  IF TG_OP = 'UPDATE' THEN EXECUTE format('SELECT ($1).%I', TG_ARGV[0]) INTO by_ USING OLD; END IF;
  RETURN jsonb_populate_record(NEW, jsonb_build_object(TG_ARGV[0], by_));
END
$$;
