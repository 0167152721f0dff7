-- Accounts: the people who work here, what they may do under which label, and
-- how they sign in.

-- Under which name post of an address is kept: a tag after a plus is the same
-- person, and so are the names that a provider gives one mailbox. Hotmail,
-- Outlook and Live are as many mailboxes.
CREATE FUNCTION mail_key(address text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = public, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
  name text := regexp_replace(replace(lower(substring(address FROM '^(.*)@')), '"', ''), '[+].*$', '');
  domain text := rtrim(lower(substring(address FROM '@([^@]*)$')), '.');
BEGIN
  RETURN CASE WHEN domain IN ('gmail.com', 'googlemail.com') THEN replace(name, '.', '') || '@gmail.com'
              WHEN domain IN ('icloud.com', 'me.com', 'mac.com') THEN name || '@icloud.com'
              WHEN domain IN ('proton.me', 'protonmail.com', 'protonmail.ch', 'pm.me') THEN translate(name, '.-_', '') || '@proton.me'
              WHEN domain ~ '^(ya\.ru|yandex\.(ru|com|by|kz|ua))$' THEN replace(name, '.', '-') || '@yandex.ru'
              WHEN domain ~ '^(yahoo\.[a-z.]+|ymail\.com|rocketmail\.com)$' THEN split_part(name, '-', 1) || '@' || domain
              WHEN domain ~ '^[^.]+\.fastmail\.(com|fm)$' THEN replace(domain, '.fastmail.', '@fastmail.')
              ELSE name || '@' || domain END;
END
$$;

CREATE TABLE users (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email         text        NOT NULL CHECK (email LIKE '%_@_%' AND email !~ '[^!-~]'), -- a domain beyond ASCII as xn--…, the one form that it is mailed by
  name          text        NOT NULL CHECK (is_name(name)),
  locale        text        NOT NULL DEFAULT 'nl' CHECK (locale IN ('nl', 'de', 'en')),
  admin         boolean     NOT NULL DEFAULT false,
  disabled_at   timestamptz,
  created_at    timestamptz NOT NULL DEFAULT now(),
  let_in_at     timestamptz                      -- by the guard: when they were last made, enabled, made an admin or given another address, as a change
);
CREATE UNIQUE INDEX users_email ON users (lower(email));
-- Who reads one mailbox is one user, however the address is written.
CREATE UNIQUE INDEX users_mailbox ON users (mail_key(email));
CREATE TRIGGER users_audit AFTER INSERT OR UPDATE OR DELETE ON users
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, UPDATE ON users TO keur_app;
CREATE TRIGGER users_program BEFORE INSERT OR UPDATE ON users
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- Whoever has none can't sign in with a password. The application's login can't
-- read a hash, nor put one of its own there; password_hash() tells the program.
CREATE TABLE passwords (
  user_id bigint PRIMARY KEY REFERENCES users,
  hash    text   NOT NULL,                       -- argon2id
  mac     bytea  CHECK (mac IS NULL)             -- minted()
);
CREATE TRIGGER passwords_audit AFTER INSERT OR UPDATE OR DELETE ON passwords
  FOR EACH ROW EXECUTE FUNCTION audit_row('hash', '-mac');
GRANT SELECT (user_id), INSERT, UPDATE (hash, mac) ON passwords TO keur_app;
CREATE TRIGGER passwords_program BEFORE INSERT OR UPDATE ON passwords
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER passwords_minted BEFORE INSERT OR UPDATE ON passwords
  FOR EACH ROW EXECUTE FUNCTION minted('user_id', 'hash');

CREATE FUNCTION password_hash(p_user bigint, p_mac bytea) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT hash FROM passwords WHERE user_id = p_user AND proven(p_mac, 'password_hash', p_user::text)
$$;
REVOKE ALL ON FUNCTION password_hash(bigint, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION password_hash(bigint, bytea) TO keur_app;

CREATE TABLE user_roles (
  user_id  bigint NOT NULL REFERENCES users,
  label_id int    NOT NULL REFERENCES labels,
  role     text   NOT NULL CHECK (role IN ('planner', 'approver', 'finance', 'member_service', 'viewer')),
  granted_at timestamptz,                        -- when the change was confirmed, by the guard; null: before there was an admin
  PRIMARY KEY (user_id, label_id, role)
);
CREATE TRIGGER user_roles_audit AFTER INSERT OR UPDATE OR DELETE ON user_roles
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, DELETE ON user_roles TO keur_app;
CREATE TRIGGER user_roles_program BEFORE INSERT OR DELETE ON user_roles
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- Whoever decides about changes: an admin, or the command line, which takes the
-- machine's own secret.
CREATE FUNCTION acts_as_admin() RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT current_actor() ~ '^console(:|$)'
      OR EXISTS (SELECT FROM users WHERE 'user:' || id = current_actor() AND admin AND disabled_at IS NULL)
$$;

-- Admins propose and decide what rooms don't say otherwise about, and who
-- proposed is still one when another confirms.
CREATE FUNCTION change_request_admins() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.state, NEW.seen_at) IS NOT DISTINCT FROM (OLD.state, OLD.seen_at) THEN RETURN NEW; END IF; -- somebody was told
  IF NEW.state IN ('proposed', 'confirmed', 'refused') AND NOT acts_as_admin() THEN
    RAISE EXCEPTION 'only an admin may do this' USING CONSTRAINT = 'accounts.admin_only';
  END IF;
  IF NEW.state = 'confirmed' AND NEW.proposed_by LIKE 'user:%'
     AND NOT EXISTS (SELECT FROM users WHERE 'user:' || id = NEW.proposed_by AND admin AND disabled_at IS NULL) THEN
    RAISE EXCEPTION 'whoever proposed this is no admin any more; propose it again' USING CONSTRAINT = 'accounts.proposer_gone';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER change_requests_admins BEFORE INSERT OR UPDATE ON change_requests
  FOR EACH ROW WHEN (NEW.kind NOT LIKE 'contacts.%') EXECUTE FUNCTION change_request_admins();

-- Since when there is an admin, and a second one; see change_rules.
CREATE FUNCTION rules_began() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE change_rules SET admin_since = coalesce(admin_since, now()),
         two_since = coalesce(two_since, CASE WHEN (SELECT count(*) FROM users WHERE admin AND disabled_at IS NULL) > 1 THEN now() END)
   WHERE admin_since IS NULL OR two_since IS NULL;
  RETURN NULL;
END
$$;
CREATE TRIGGER users_rules_began AFTER INSERT OR UPDATE OF admin, disabled_at ON users
  FOR EACH ROW WHEN (NEW.admin AND NEW.disabled_at IS NULL) EXECUTE FUNCTION rules_began();

-- lapses(now, expires) is the end of what the program's clock lets live from now
-- until it expires, by the base's own clock.
CREATE FUNCTION lapses(p_now timestamptz, p_expires timestamptz) RETURNS timestamptz LANGUAGE sql VOLATILE SET search_path = public, pg_temp AS $$
  SELECT clock_timestamp() + (p_expires - p_now)
$$;

-- The number is there so that a session can be listed and ended without its token.
CREATE TABLE sessions (
  token_hash   bytea       PRIMARY KEY,
  id           bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
  user_id      bigint      NOT NULL REFERENCES users,
  created_at   timestamptz NOT NULL DEFAULT now(),
  last_seen_at timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz NOT NULL,
  lapses_at    timestamptz NOT NULL,            -- the same by the base's own clock, for act()
  user_agent   text        NOT NULL DEFAULT '',
  address      text        NOT NULL DEFAULT '', -- shortened: 192.0.2.0/24
  mac          bytea       CHECK (mac IS NULL)  -- minted()
);
CREATE INDEX sessions_user ON sessions (user_id);
GRANT SELECT (id, user_id, created_at, last_seen_at, expires_at, user_agent, address), INSERT, UPDATE (last_seen_at), DELETE ON sessions TO keur_app;
CREATE TRIGGER sessions_program BEFORE INSERT OR UPDATE OR DELETE ON sessions
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER sessions_minted BEFORE INSERT OR UPDATE OF token_hash, user_id, expires_at ON sessions
  FOR EACH ROW EXECUTE FUNCTION minted('user_id', 'token_hash', 'expires_at');

-- Passkeys (WebAuthn): keys of a user's own devices. The trail tells of each key
-- whole, so that an anchor tells since when there is one.
CREATE TABLE passkeys (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id       bigint      NOT NULL REFERENCES users,
  name          text        NOT NULL CHECK (is_name(name)),
  credential_id bytea       NOT NULL UNIQUE,
  public_key    bytea       NOT NULL,               -- as the device gave it (COSE, RFC 9052)
  spki          bytea       NOT NULL,               -- the same as others read it (RFC 5280, 4.1.2.7)
  flags         smallint    NOT NULL,               -- of the device, when it made the key
  sign_count    bigint      NOT NULL DEFAULT 0,
  created_at    timestamptz NOT NULL,
  last_used_at  timestamptz,
  mac           bytea       CHECK (mac IS NULL)     -- minted()
);
CREATE INDEX passkeys_user ON passkeys (user_id);
CREATE TRIGGER passkeys_audit AFTER INSERT OR UPDATE OR DELETE ON passkeys
  FOR EACH ROW EXECUTE FUNCTION audit_row('-sign_count', '-last_used_at', '-mac');
GRANT SELECT, INSERT, UPDATE (sign_count, last_used_at), DELETE ON passkeys TO keur_app;
CREATE TRIGGER passkeys_program BEFORE INSERT OR UPDATE OR DELETE ON passkeys
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER passkeys_minted BEFORE INSERT ON passkeys
  FOR EACH ROW EXECUTE FUNCTION minted('user_id', 'credential_id', 'public_key', 'spki');

-- What a device was asked to sign, until it does, once.
CREATE TABLE passkey_challenges (
  challenge  bytea       PRIMARY KEY CHECK (length(challenge) = 32),
  purpose    text        NOT NULL CHECK (purpose IN ('enrol', 'sign_in', 'prove')),
  session_id bigint      REFERENCES sessions (id) ON DELETE CASCADE,   -- null: nobody is signed in yet
  review_id  bigint,                                -- of what is proven: the verdict that it signs
  nonce      bytea,                                 -- of which it was made
  made_at    timestamptz NOT NULL,
  mac        bytea       CHECK (mac IS NULL)        -- minted()
);
GRANT SELECT, INSERT, DELETE ON passkey_challenges TO keur_app;
CREATE TRIGGER passkey_challenges_program BEFORE INSERT OR DELETE ON passkey_challenges
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER passkey_challenges_minted BEFORE INSERT ON passkey_challenges
  FOR EACH ROW EXECUTE FUNCTION minted('challenge', 'purpose', 'session_id', 'review_id', 'made_at');

-- A session tells whose browser it is, and not who sits there now. Deciding takes
-- a fresh proof of that, which holds for its session for ten minutes by the
-- base's own clock, or for one action where a passkey signed it, and which only
-- the program can put down.
CREATE TABLE session_proofs (
  session_id bigint      PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
  method     text        NOT NULL CHECK (method IN ('password', 'code', 'provider', 'passkey')),
  proven_at  timestamptz NOT NULL,
  passkey_id bigint      REFERENCES passkeys ON DELETE CASCADE,
  review_id  bigint,                                -- of a passkey: the verdict that it signs; null: what isn't one
  nonce      bytea,
  authenticator_data bytea,                         -- as the device signed them (WebAuthn, 7.2)
  client_data        bytea,
  signature          bytea,
  used_in    xid8,                                  -- the transaction that a passkey's proof was for
  mac        bytea       CHECK (mac IS NULL),       -- minted()
  CHECK ((method = 'passkey') = (passkey_id IS NOT NULL AND nonce IS NOT NULL AND authenticator_data IS NOT NULL
                                 AND client_data IS NOT NULL AND signature IS NOT NULL))
);
GRANT SELECT, INSERT, UPDATE (method, proven_at, passkey_id, review_id, nonce, authenticator_data, client_data, signature, mac)
  ON session_proofs TO keur_app;
CREATE TRIGGER session_proofs_program BEFORE INSERT OR UPDATE ON session_proofs
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
-- A proof that is put down isn't used yet; use_proof() alone says that it is.
CREATE TRIGGER session_proofs_minted BEFORE INSERT OR UPDATE OF method, proven_at, passkey_id, review_id, nonce, authenticator_data, client_data, signature, mac
  ON session_proofs
  FOR EACH ROW EXECUTE FUNCTION minted('session_id', 'method', 'proven_at', 'passkey_id', 'review_id', 'nonce', 'authenticator_data', 'client_data', 'signature');

CREATE FUNCTION session_proof_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.method = 'password' AND EXISTS (SELECT FROM sessions s WHERE s.id = NEW.session_id
       AND (EXISTS (SELECT FROM second_factors f WHERE f.user_id = s.user_id AND f.confirmed_at IS NOT NULL)
            OR EXISTS (SELECT FROM passkeys k WHERE k.user_id = s.user_id))) THEN
    RAISE EXCEPTION 'you have an authenticator or a passkey, so confirm with that' USING CONSTRAINT = 'accounts.proof_by_code';
  END IF;
  NEW.used_in := NULL;
  RETURN NEW;
END
$$;
CREATE TRIGGER session_proofs_guard BEFORE INSERT OR UPDATE OF method, mac ON session_proofs
  FOR EACH ROW EXECUTE FUNCTION session_proof_guard();

-- How whoever acts has proven themselves for a review, or for what isn't one: of a
-- session its fresh proof, null without one; else by what they act (token, link,
-- process).
CREATE FUNCTION fresh_proof(p_review bigint DEFAULT NULL) RETURNS text LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (
    SELECT CASE WHEN c LIKE 'session:%'
                THEN (SELECT method FROM session_proofs
                       WHERE 'session:' || session_id = c AND proven_at > clock_timestamp() - interval '10 minutes'
                         AND proven_at < clock_timestamp() + interval '1 minute'  -- a process's clock may run ahead by so much
                         AND (method <> 'passkey' OR review_id IS NOT DISTINCT FROM p_review
                              AND coalesce(used_in = pg_current_xact_id_if_assigned(), used_in IS NULL)))
                ELSE split_part(c, ':', 1) END
      FROM current_credential() c);
END
$$;

-- use_proof uses up the passkey's proof of the session that acts: it was for
-- what this transaction does.
CREATE FUNCTION use_proof() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE session_proofs SET used_in = pg_current_xact_id()
   WHERE 'session:' || session_id = current_credential() AND method = 'passkey' AND used_in IS NULL
$$;
REVOKE ALL ON FUNCTION use_proof() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION use_proof() TO keur_app;

-- demand_standing refuses whose session, token or link has ended meanwhile, or who
-- was locked out: a transaction may stay open for long. A person decides by what
-- is true then, not by what was as the transaction began.
CREATE FUNCTION demand_standing() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  by_ text := split_part(current_credential(), ':', 1);
  number_ bigint := substring(current_credential() FROM ':([0-9]+)$')::bigint;
  now_ timestamptz := clock_timestamp();
BEGIN
  IF by_ IS NULL OR by_ = 'process' THEN RETURN; END IF;
  IF current_setting('transaction_isolation') <> 'read committed' OR (CASE by_
     WHEN 'session' THEN NOT EXISTS (SELECT FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = number_ AND s.lapses_at > now_ AND u.disabled_at IS NULL)
     WHEN 'token' THEN NOT EXISTS (SELECT FROM api_tokens t JOIN users u ON u.id = t.user_id
                                    WHERE t.id = number_ AND t.revoked_at IS NULL AND t.lapses_at > now_ AND u.disabled_at IS NULL)
     ELSE NOT EXISTS (SELECT FROM approval_links l WHERE l.id = number_ AND l.revoked_at IS NULL AND l.lapses_at > now_) END) THEN
    RAISE EXCEPTION 'this takes a proof of who you are, which is missing or has lapsed; sign in again' USING CONSTRAINT = 'database.unproven';
  END IF;
END
$$;
REVOKE ALL ON FUNCTION demand_standing() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION demand_standing() TO keur_app;

-- demand_proof refuses who is signed in and hasn't just proven it; strong: by
-- more than a password. What acts without a session is proven by itself.
CREATE FUNCTION demand_proof(p_strong boolean, p_review bigint DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM demand_standing();
  IF current_credential() LIKE 'session:%' AND fresh_proof(p_review) IS NULL THEN
    RAISE EXCEPTION 'confirm that it is you: this takes a proof that is at most ten minutes old' USING CONSTRAINT = 'accounts.proof_needed';
  END IF;
  IF p_strong AND (fresh_proof(p_review) = 'password'
       OR EXISTS (SELECT FROM api_tokens WHERE 'token:' || id = current_credential() AND proven_by = 'password')) THEN
    RAISE EXCEPTION 'the policy asks for more than a password here: a passkey, a code of your authenticator, or your provider' USING CONSTRAINT = 'accounts.proof_weak';
  END IF;
  IF fresh_proof(p_review) = 'passkey' THEN PERFORM use_proof(); END IF;
END
$$;
CREATE FUNCTION proof_demanded() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM demand_proof(false);
  RETURN NEW;
END
$$;
-- Whoever confirms a change or looked at what was done alone proves it; so does who
-- makes a way in of their own.
CREATE TRIGGER change_requests_proven BEFORE UPDATE ON change_requests
  FOR EACH ROW WHEN (NEW.state = 'confirmed' AND OLD.state <> 'confirmed' OR NEW.seen_at IS DISTINCT FROM OLD.seen_at) EXECUTE FUNCTION proof_demanded();

-- secret_id finds what a secret opens, whose hash the login can't read.
CREATE FUNCTION secret_id(p_table text, p_secret bytea) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  hash_ bytea := sha256(p_secret);
BEGIN
  CASE p_table
  WHEN 'sessions' THEN RETURN (SELECT id FROM sessions WHERE token_hash = hash_);
  WHEN 'api_tokens' THEN RETURN (SELECT id FROM api_tokens WHERE token_hash = hash_);
  WHEN 'pending_sign_ins' THEN RETURN (SELECT id FROM pending_sign_ins WHERE token_hash = hash_);
  WHEN 'password_tokens' THEN RETURN (SELECT id FROM password_tokens WHERE token_hash = hash_);
  WHEN 'approval_links' THEN RETURN (SELECT id FROM approval_links WHERE token_hash = hash_);
  WHEN 'calendar_feeds' THEN RETURN (SELECT id FROM calendar_feeds WHERE token_hash = hash_);
  WHEN 'network_connections' THEN RETURN (SELECT id FROM network_connections WHERE postback_hash = hash_);
  WHEN 'request_links' THEN RETURN (SELECT id FROM request_links WHERE token_hash = hash_);
  WHEN 'address_links' THEN RETURN (SELECT id FROM address_links WHERE token_hash = hash_);
  WHEN 'signups' THEN RETURN (SELECT id FROM signups WHERE token_hash = hash_);
  END CASE;
END
$$;
REVOKE ALL ON FUNCTION secret_id(text, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION secret_id(text, bytea) TO keur_app;

-- What was taken back or used up stays so: ends_once(column).
CREATE FUNCTION ends_once() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF to_jsonb(OLD)->>TG_ARGV[0] IS NOT NULL AND to_jsonb(NEW)->>TG_ARGV[0] IS DISTINCT FROM to_jsonb(OLD)->>TG_ARGV[0] THEN
    RAISE EXCEPTION 'what has ended doesn''t begin again' USING CONSTRAINT = 'database.ended';
  END IF;
  RETURN NEW;
END
$$;

CREATE TABLE api_tokens (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id      bigint      NOT NULL REFERENCES users,
  name         text        NOT NULL CHECK (is_name(name)),
  scopes       text        NOT NULL,            -- what of its user's rights it has, as RFC 6749 §3.3 writes it: 'read plan'
  token_hash   bytea       NOT NULL UNIQUE,     -- SHA-256 of the token, which is 32 random bytes
  created_at   timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz,
  expires_at   timestamptz NOT NULL,
  lapses_at    timestamptz NOT NULL,            -- the same by the base's own clock, for act()
  revoked_at   timestamptz,
  proven_by    text        NOT NULL,            -- by which proof it was made; demand_proof() holds its verdicts to it
  mac          bytea       CHECK (mac IS NULL), -- minted()
  CHECK (scopes <> '' AND string_to_array(scopes, ' ') <@ ARRAY['read', 'plan', 'send-test', 'approve', 'admin']),
  CHECK (expires_at <= created_at + interval '8784 hours')   -- 366 days
);
CREATE INDEX api_tokens_user ON api_tokens (user_id);
CREATE TRIGGER api_tokens_audit AFTER INSERT OR UPDATE OR DELETE ON api_tokens
  FOR EACH ROW EXECUTE FUNCTION audit_row('token_hash', '-last_used_at', '-mac');
GRANT SELECT (id, user_id, name, scopes, created_at, last_used_at, expires_at, revoked_at, proven_by), INSERT, UPDATE (last_used_at, revoked_at) ON api_tokens TO keur_app;
CREATE TRIGGER api_tokens_program BEFORE INSERT OR UPDATE ON api_tokens
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER api_tokens_minted BEFORE INSERT OR UPDATE OF token_hash, user_id, scopes, expires_at ON api_tokens
  FOR EACH ROW EXECUTE FUNCTION minted('user_id', 'token_hash', 'scopes', 'expires_at');
CREATE TRIGGER api_tokens_ends BEFORE UPDATE ON api_tokens FOR EACH ROW EXECUTE FUNCTION ends_once('revoked_at');
CREATE FUNCTION api_token_proven() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  NEW.proven_by := coalesce(fresh_proof(), 'session');
  PERFORM demand_proof(false);
  IF NEW.lapses_at > clock_timestamp() + interval '8784 hours' THEN
    RAISE EXCEPTION 'a token holds for a year at most' USING CONSTRAINT = 'accounts.expiry_year';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER api_tokens_proven BEFORE INSERT ON api_tokens FOR EACH ROW EXECUTE FUNCTION api_token_proven();

-- By which API token this transaction's actor is proven; null: by none.
CREATE FUNCTION acting_token() RETURNS bigint LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN substring(current_credential() FROM '^token:([0-9]+)$')::bigint;
END
$$;

-- demand_scope refuses a token that lacks the scope. A session has none: whoever
-- signed in may do what they may.
CREATE FUNCTION demand_scope(p_scope text) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM demand_standing();
  IF acting_token() IS NOT NULL AND NOT EXISTS (
       SELECT FROM api_tokens WHERE id = acting_token() AND p_scope = ANY (string_to_array(scopes, ' '))) THEN
    RAISE EXCEPTION 'this token lacks the scope %; make one that has it', p_scope USING CONSTRAINT = 'accounts.token_scope', DETAIL = jsonb_build_object('scope', p_scope);
  END IF;
END
$$;

-- A token begets none, since it would outlive its own end; and whoever lets one
-- decide in their name says so themselves.
CREATE FUNCTION token_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF acting_token() IS NOT NULL THEN
    RAISE EXCEPTION 'a token makes no tokens; sign in for that' USING CONSTRAINT = 'accounts.token_by_token';
  END IF;
  IF 'approve' = ANY (string_to_array(NEW.scopes, ' ')) AND current_actor() <> 'user:' || NEW.user_id THEN
    RAISE EXCEPTION 'a token that approves is made by its owner alone, who is signed in' USING CONSTRAINT = 'accounts.token_approves';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER api_tokens_guard BEFORE INSERT ON api_tokens FOR EACH ROW EXECUTE FUNCTION token_guard();

-- A token ends with what it was made under: the password, a role, the user's
-- being let in. Letting the user in again doesn't bring it back.
CREATE FUNCTION tokens_end() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  whose bigint := (to_jsonb(OLD)->>CASE WHEN TG_TABLE_NAME = 'users' THEN 'id' ELSE 'user_id' END)::bigint;
BEGIN
  UPDATE api_tokens SET revoked_at = now() WHERE user_id = whose AND revoked_at IS NULL;
  RETURN NULL;
END
$$;
CREATE TRIGGER users_tokens_end AFTER UPDATE ON users
  FOR EACH ROW WHEN (OLD.admin AND NOT NEW.admin OR OLD.disabled_at IS NULL AND NEW.disabled_at IS NOT NULL)
  EXECUTE FUNCTION tokens_end();
CREATE TRIGGER passwords_tokens_end AFTER UPDATE OF hash ON passwords FOR EACH ROW EXECUTE FUNCTION tokens_end();
CREATE TRIGGER user_roles_tokens_end AFTER DELETE ON user_roles FOR EACH ROW EXECUTE FUNCTION tokens_end();

-- Tries of the last day to sign in or to prove oneself, for the limits over all
-- processes. The login has no right to them: whoever could forget tries would
-- guess a code of six digits as often as they like.
CREATE TABLE sign_in_attempts (
  key      text        NOT NULL,                 -- 'account:' or 'address:' and a SHA-256 in hex
  at       timestamptz NOT NULL,                 -- by the program's clock
  noted_at timestamptz NOT NULL DEFAULT clock_timestamp()  -- by the base's own, which says when a try is forgotten
);
CREATE INDEX sign_in_attempts_key ON sign_in_attempts (key, at);
CREATE INDEX sign_in_attempts_noted ON sign_in_attempts (noted_at);

-- count_tries notes a try under each key, and returns how many each has within
-- so many seconds before, this one included. In one order for all, so that two
-- tries can't lock each other out.
CREATE FUNCTION count_tries(p_keys text[], p_seconds int[], p_at timestamptz) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(k, 0)) FROM (SELECT k FROM unnest(p_keys) k ORDER BY k COLLATE "C") sorted;
  INSERT INTO sign_in_attempts (key, at) SELECT k, p_at FROM unnest(p_keys) k;
  RETURN ARRAY(SELECT (SELECT count(*) FROM sign_in_attempts a WHERE a.key = p.key AND a.at > p_at - make_interval(secs => p.seconds))
                 FROM unnest(p_keys, p_seconds) WITH ORDINALITY p(key, seconds, n) ORDER BY p.n);
END
$$;
REVOKE ALL ON FUNCTION count_tries(text[], int[], timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION count_tries(text[], int[], timestamptz) TO keur_app;

-- forgive_tries forgets what was tried under the keys, on the program's word
-- alone: somebody knew the password or the code, and wasn't guessing.
CREATE FUNCTION forgive_tries(p_keys text[], p_mac bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT coalesce(proven(p_mac, VARIADIC 'forgive_tries'::text || p_keys), false) THEN
    RAISE EXCEPTION 'only the program itself lets somebody in, and the base doesn''t know this one''s secret' USING CONSTRAINT = 'database.unminted';
  END IF;
  DELETE FROM sign_in_attempts WHERE key = ANY (p_keys);
END
$$;
REVOKE ALL ON FUNCTION forgive_tries(text[], bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forgive_tries(text[], bytea) TO keur_app;

-- Tries are forgotten after a day by the base's own clock, whoever asks.
CREATE FUNCTION forget_tries() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DELETE FROM sign_in_attempts WHERE noted_at < clock_timestamp() - interval '1 day'
$$;
REVOKE ALL ON FUNCTION forget_tries() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_tries() TO keur_app;

-- Where a user signed in from before. Tries from elsewhere can't lock them out there.
CREATE TABLE known_addresses (
  user_id bigint      NOT NULL REFERENCES users,
  hash    bytea       NOT NULL,                  -- keyed: a copy of the base doesn't tell where
  seen_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, hash)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON known_addresses TO keur_app;
CREATE TRIGGER known_addresses_program BEFORE INSERT OR UPDATE OR DELETE ON known_addresses
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- Codes by the clock (RFC 6238).
CREATE TABLE second_factors (
  user_id       bigint      PRIMARY KEY REFERENCES users,
  secret_sealed bytea       NOT NULL,
  confirmed_at  timestamptz,                     -- null: not yet, and not asked for
  last_step     bigint      NOT NULL DEFAULT 0,  -- a code of this step or before was used already
  created_at    timestamptz NOT NULL,
  mac           bytea       CHECK (mac IS NULL)  -- minted()
);
CREATE TRIGGER second_factors_audit AFTER INSERT OR UPDATE OR DELETE ON second_factors
  FOR EACH ROW EXECUTE FUNCTION audit_row('secret_sealed', '-last_step', '-mac');
GRANT SELECT, INSERT, UPDATE, DELETE ON second_factors TO keur_app;
CREATE TRIGGER second_factors_program BEFORE INSERT OR UPDATE OR DELETE ON second_factors
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
-- Another user's sealed secret, copied here, would open this account.
CREATE TRIGGER second_factors_minted BEFORE INSERT OR UPDATE OF user_id, secret_sealed ON second_factors
  FOR EACH ROW EXECUTE FUNCTION minted('user_id', 'secret_sealed');

CREATE TABLE recovery_codes (
  user_id bigint      NOT NULL REFERENCES users,
  hash    bytea       NOT NULL,                  -- keyed
  used_at timestamptz,
  PRIMARY KEY (user_id, hash)
);
CREATE TRIGGER recovery_codes_audit AFTER INSERT OR UPDATE OR DELETE ON recovery_codes
  FOR EACH ROW EXECUTE FUNCTION audit_row('hash');
GRANT SELECT (user_id, used_at), INSERT, DELETE ON recovery_codes TO keur_app;
CREATE TRIGGER recovery_codes_program BEFORE INSERT OR DELETE ON recovery_codes
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER recovery_codes_ends BEFORE UPDATE ON recovery_codes FOR EACH ROW EXECUTE FUNCTION ends_once('used_at');
-- Uses up a code of the user whose hash the login can't read, if there is one.
CREATE FUNCTION use_recovery_code(p_user bigint, p_hash bytea, p_at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE recovery_codes SET used_at = p_at WHERE user_id = p_user AND hash = p_hash AND used_at IS NULL;
  RETURN FOUND;
END
$$;
REVOKE ALL ON FUNCTION use_recovery_code(bigint, bytea, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION use_recovery_code(bigint, bytea, timestamptz) TO keur_app;

-- What a user has beside the password is theirs: set up and used by nobody else,
-- and taken away by others only as a change. A code that was used stays used.
CREATE FUNCTION factor_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM demand_person();
  IF acting_token() IS NOT NULL THEN
    RAISE EXCEPTION 'a program does this with no token; sign in for that' USING CONSTRAINT = 'accounts.factor_by_token';
  END IF;
  IF TG_OP = 'DELETE' THEN
    IF current_actor() <> 'user:' || OLD.user_id THEN
      PERFORM take_change(jsonb_build_object('table', TG_TABLE_NAME, 'do', 'delete', 'user_id', OLD.user_id));
    ELSE
      PERFORM demand_proof(false);
    END IF;
    RETURN OLD;
  END IF;
  IF current_actor() <> 'user:' || NEW.user_id THEN
    RAISE EXCEPTION 'this is set up by its owner alone' USING CONSTRAINT = 'accounts.own_factor';
  END IF;
  IF TG_OP = 'INSERT' THEN
    PERFORM demand_proof(false);
  END IF;
  IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'second_factors' THEN
    IF NEW.last_step < OLD.last_step AND NEW.secret_sealed = OLD.secret_sealed THEN
      RAISE EXCEPTION 'what has ended doesn''t begin again' USING CONSTRAINT = 'database.ended';
    END IF;
    IF NEW.secret_sealed <> OLD.secret_sealed OR OLD.confirmed_at IS NOT NULL AND NEW.confirmed_at IS DISTINCT FROM OLD.confirmed_at THEN
      PERFORM demand_proof(false);
    END IF;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER second_factors_guard BEFORE INSERT OR UPDATE OR DELETE ON second_factors FOR EACH ROW EXECUTE FUNCTION factor_guard();
CREATE TRIGGER passkeys_guard BEFORE INSERT OR UPDATE OR DELETE ON passkeys FOR EACH ROW EXECUTE FUNCTION factor_guard();
CREATE TRIGGER recovery_codes_guard BEFORE INSERT OR UPDATE OR DELETE ON recovery_codes FOR EACH ROW EXECUTE FUNCTION factor_guard();

-- The password was right, and a code is still asked for.
CREATE TABLE pending_sign_ins (
  token_hash bytea       PRIMARY KEY,
  user_id    bigint      NOT NULL REFERENCES users,
  expires_at timestamptz NOT NULL,
  tries      int         NOT NULL DEFAULT 0,
  id         bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
  mac        bytea       CHECK (mac IS NULL)    -- minted()
);
CREATE INDEX pending_sign_ins_user ON pending_sign_ins (user_id);
GRANT SELECT (id, user_id, expires_at, tries), INSERT, UPDATE (tries), DELETE ON pending_sign_ins TO keur_app;
CREATE TRIGGER pending_sign_ins_program BEFORE INSERT OR UPDATE OR DELETE ON pending_sign_ins
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER pending_sign_ins_minted BEFORE INSERT OR UPDATE OF token_hash, user_id, expires_at ON pending_sign_ins
  FOR EACH ROW EXECUTE FUNCTION minted('user_id', 'token_hash', 'expires_at');
CREATE FUNCTION tries_grow() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.tries <= OLD.tries THEN
    RAISE EXCEPTION 'what has ended doesn''t begin again' USING CONSTRAINT = 'database.ended';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER pending_sign_ins_tries BEFORE UPDATE ON pending_sign_ins FOR EACH ROW EXECUTE FUNCTION tries_grow();

-- Links by mail under which a user sets a password: forgotten, or the first.
CREATE TABLE password_tokens (
  token_hash bytea       PRIMARY KEY,
  user_id    bigint      NOT NULL REFERENCES users,
  expires_at timestamptz NOT NULL,
  id         bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
  mac        bytea       CHECK (mac IS NULL)    -- minted()
);
CREATE INDEX password_tokens_user ON password_tokens (user_id);
GRANT SELECT (id, user_id, expires_at), INSERT, DELETE ON password_tokens TO keur_app;
CREATE TRIGGER password_tokens_program BEFORE INSERT OR DELETE ON password_tokens
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER password_tokens_minted BEFORE INSERT OR UPDATE ON password_tokens
  FOR EACH ROW EXECUTE FUNCTION minted('user_id', 'token_hash', 'expires_at');
-- A link that the command line prints lets whoever has it in as the user.
CREATE TRIGGER password_tokens_audit AFTER INSERT ON password_tokens
  FOR EACH ROW WHEN (current_actor() ~ '^console(:|$)') EXECUTE FUNCTION audit_row('token_hash', '-mac');

-- OpenID providers, found by their issuer.
CREATE TABLE identity_providers (
  id                   bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name                 text    NOT NULL UNIQUE CHECK (is_name(name)),
  issuer               text    NOT NULL UNIQUE CHECK (issuer ~ '^https?://'),
  client_id            text    NOT NULL CHECK (client_id <> ''),
  client_secret_sealed bytea   NOT NULL,
  domains              text[]  NOT NULL CHECK (cardinality(domains) > 0),   -- of mail addresses that it may vouch for
  active               boolean NOT NULL DEFAULT true
);
CREATE TRIGGER identity_providers_audit AFTER INSERT OR UPDATE OR DELETE ON identity_providers
  FOR EACH ROW EXECUTE FUNCTION audit_row('client_secret_sealed');
GRANT SELECT, INSERT, UPDATE ON identity_providers TO keur_app;
CREATE TRIGGER identity_providers_program BEFORE INSERT OR UPDATE ON identity_providers
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- What someone whom only the provider knows may view from then on; none: refused.
CREATE TABLE identity_provider_labels (
  provider_id bigint NOT NULL REFERENCES identity_providers,
  label_id    int    NOT NULL REFERENCES labels,
  PRIMARY KEY (provider_id, label_id)
);
CREATE TRIGGER identity_provider_labels_audit AFTER INSERT OR UPDATE OR DELETE ON identity_provider_labels
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, UPDATE, DELETE ON identity_provider_labels TO keur_app;
CREATE TRIGGER identity_provider_labels_program BEFORE INSERT OR UPDATE OR DELETE ON identity_provider_labels
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- A provider lets people in, so each of its columns is a change, as is whom it
-- makes viewers; switching it off isn't.
CREATE TRIGGER identity_providers_guard BEFORE INSERT OR UPDATE ON identity_providers
  FOR EACH ROW WHEN (NEW.active) EXECUTE FUNCTION change_guard();
CREATE TRIGGER identity_provider_labels_guard BEFORE INSERT OR UPDATE ON identity_provider_labels
  FOR EACH ROW EXECUTE FUNCTION change_guard('provider_id');

-- Whom a provider's subject was found to be, by a verified address.
CREATE TABLE identities (
  provider_id bigint      NOT NULL REFERENCES identity_providers,
  subject     text        NOT NULL,
  user_id     bigint      NOT NULL REFERENCES users,
  linked_at   timestamptz NOT NULL,
  mac         bytea       CHECK (mac IS NULL),   -- minted()
  PRIMARY KEY (provider_id, subject)
);
CREATE INDEX identities_user ON identities (user_id);
CREATE TRIGGER identities_who BEFORE INSERT OR UPDATE ON identities
  FOR EACH ROW EXECUTE FUNCTION actor_named('user', 'user_id');
CREATE TRIGGER identities_audit AFTER INSERT OR UPDATE OR DELETE ON identities
  FOR EACH ROW EXECUTE FUNCTION audit_row('subject', '-mac');
GRANT SELECT, INSERT, DELETE ON identities TO keur_app;
CREATE TRIGGER identities_program BEFORE INSERT OR DELETE ON identities
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER identities_minted BEFORE INSERT OR UPDATE ON identities
  FOR EACH ROW EXECUTE FUNCTION minted('provider_id', 'subject', 'user_id');

-- A domain that a provider vouches for whose newcomers may view the label.
CREATE FUNCTION provider_vouches(p_email text, p_label int) RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM identity_providers p JOIN identity_provider_labels l ON l.provider_id = p.id
                  WHERE p.active AND lower(split_part(p_email, '@', 2)) = ANY (p.domains) AND p_label IN (0, l.label_id));
END
$$;

-- Making a user, letting one in again, making an admin and another address, to
-- which the links go that set a password, are changes. Taking away is done at
-- once, by an admin, but for the last one. Newcomers of a provider come by
-- themselves, to view.
CREATE FUNCTION user_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  row_ jsonb := jsonb_build_object('table', 'users', 'do', lower(TG_OP), 'email', NEW.email, 'admin', NEW.admin, 'enabled', NEW.disabled_at IS NULL);
  guarded boolean := (SELECT admin_since IS NOT NULL FROM change_rules);
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.let_in_at := change_decided_at();
    IF NEW.admin OR NOT provider_vouches(NEW.email, 0) THEN PERFORM take_change(row_); END IF;
    RETURN NEW;
  END IF;
  IF NEW.id <> OLD.id THEN RAISE EXCEPTION 'a user''s number stays' USING CONSTRAINT = 'accounts.number_stays'; END IF;
  NEW.let_in_at := OLD.let_in_at;
  NEW.created_at := OLD.created_at;
  -- The name stands on the trail and on certificates beside what a user does.
  IF NEW.name <> OLD.name AND guarded AND NOT acts_as_admin() THEN
    RAISE EXCEPTION 'only an admin may do this' USING CONSTRAINT = 'accounts.admin_only';
  END IF;
  IF NEW.locale <> OLD.locale AND guarded AND current_actor() <> 'user:' || NEW.id AND NOT acts_as_admin() THEN
    RAISE EXCEPTION 'only an admin may do this' USING CONSTRAINT = 'accounts.admin_only';
  END IF;
  IF (NEW.email, NEW.admin, NEW.disabled_at IS NULL) = (OLD.email, OLD.admin, OLD.disabled_at IS NULL) THEN RETURN NEW; END IF;
  IF OLD.admin AND OLD.disabled_at IS NULL AND NOT (NEW.admin AND NEW.disabled_at IS NULL)
     AND NOT EXISTS (SELECT FROM users WHERE admin AND disabled_at IS NULL AND id <> NEW.id) THEN
    RAISE EXCEPTION 'the last admin stays one; make another admin first' USING CONSTRAINT = 'accounts.last_admin';
  END IF;
  IF NEW.email = OLD.email AND NEW.admin <= OLD.admin AND (NEW.disabled_at IS NOT NULL OR OLD.disabled_at IS NULL) THEN
    IF guarded AND NOT acts_as_admin() THEN
      RAISE EXCEPTION 'only an admin may do this' USING CONSTRAINT = 'accounts.admin_only';
    END IF;
  ELSE
    PERFORM take_change(row_ || jsonb_build_object('id', NEW.id));
    NEW.let_in_at := change_decided_at();
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER users_guard BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION user_guard();
CREATE TRIGGER users_no_delete BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A password is set by its owner. The very first admin's is typed in when they
-- are added, at the command line.
CREATE FUNCTION password_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF current_actor() = 'user:' || NEW.user_id THEN RETURN NEW; END IF;
  IF TG_OP = 'INSERT' AND ((SELECT admin_since IS NULL FROM change_rules)
     OR EXISTS (SELECT FROM users u, change_rules r WHERE u.id = NEW.user_id AND u.admin AND u.xmin = pg_current_xact_id()::xid AND r.admin_since = now()))
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a password is set by its owner alone, by a link that is mailed' USING CONSTRAINT = 'accounts.own_password';
END
$$;
CREATE TRIGGER passwords_own BEFORE INSERT OR UPDATE ON passwords FOR EACH ROW EXECUTE FUNCTION password_guard();

-- A role is granted by a change, but for viewing to a provider's newcomers; it
-- is taken away at once, by an admin.
CREATE FUNCTION user_role_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  email_ text;
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF (SELECT admin_since IS NOT NULL FROM change_rules) AND NOT acts_as_admin() THEN
      RAISE EXCEPTION 'only an admin may do this' USING CONSTRAINT = 'accounts.admin_only';
    END IF;
    RETURN OLD;
  END IF;
  SELECT email INTO email_ FROM users WHERE id = NEW.user_id;
  NEW.granted_at := change_decided_at();
  IF NEW.role <> 'viewer' OR NOT provider_vouches(email_, NEW.label_id) THEN
    PERFORM take_change(jsonb_build_object('table', 'user_roles', 'do', 'insert', 'email', email_, 'label', NEW.label_id, 'role', NEW.role));
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER user_roles_guard BEFORE INSERT OR DELETE ON user_roles FOR EACH ROW EXECUTE FUNCTION user_role_guard();

-- Whose cooling-off was lifted: what they were granted up to then counts at once.
-- A change, as the grant was.
CREATE TABLE cooling_lifts (
  id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id   bigint      NOT NULL REFERENCES users,
  lifted_at timestamptz NOT NULL                  -- when the change was confirmed, by the guard
);
CREATE INDEX cooling_lifts_user ON cooling_lifts (user_id, lifted_at);
CREATE TRIGGER cooling_lifts_audit AFTER INSERT ON cooling_lifts FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT (user_id) ON cooling_lifts TO keur_app;
CREATE TRIGGER cooling_lifts_program BEFORE INSERT ON cooling_lifts
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE FUNCTION cooling_lift_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM take_change(jsonb_build_object('table', 'cooling_lifts', 'do', 'insert', 'user_id', NEW.user_id));
  NEW.lifted_at := coalesce(change_decided_at(), now());
  RETURN NEW;
END
$$;
CREATE TRIGGER cooling_lifts_guard BEFORE INSERT ON cooling_lifts FOR EACH ROW EXECUTE FUNCTION cooling_lift_guard();
CREATE TRIGGER cooling_lifts_append_only BEFORE UPDATE OR DELETE ON cooling_lifts FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Not worth a line in the trail.
CREATE TABLE user_preferences (
  user_id       bigint PRIMARY KEY REFERENCES users,
  theme         text   NOT NULL DEFAULT 'system' CHECK (theme IN ('light', 'dark', 'system')),
  last_label_id int    REFERENCES labels
);
GRANT SELECT, INSERT, UPDATE ON user_preferences TO keur_app;
CREATE TRIGGER user_preferences_program BEFORE INSERT OR UPDATE ON user_preferences
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- Who stands in for a user who is away. A deputy has none of the other's rights:
-- what they decide they decide by their own, and say for whom.
CREATE TABLE deputies (
  id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id   bigint      NOT NULL REFERENCES users,
  deputy_id bigint      NOT NULL REFERENCES users CHECK (deputy_id <> user_id),
  starts_at timestamptz NOT NULL,
  ends_at   timestamptz NOT NULL CHECK (ends_at > starts_at),
  ended_at  timestamptz                           -- back earlier
);
CREATE INDEX deputies_user ON deputies (user_id, ends_at);
CREATE TRIGGER deputies_audit AFTER INSERT OR UPDATE ON deputies FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, UPDATE (ended_at) ON deputies TO keur_app;
CREATE TRIGGER deputies_program BEFORE INSERT OR UPDATE ON deputies
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER deputies_no_delete BEFORE DELETE ON deputies FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER deputies_ends BEFORE UPDATE ON deputies FOR EACH ROW EXECUTE FUNCTION ends_once('ended_at');

-- One deputy at a time, who approves for a label of theirs as well, and no chains:
-- whoever stands in for somebody is there, and has no deputy.
CREATE FUNCTION deputy_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM demand_scope('approve');
  PERFORM pg_advisory_xact_lock(hashtext('keur.deputies'));
  IF EXISTS (SELECT FROM deputies d WHERE d.user_id = NEW.user_id AND d.ended_at IS NULL
                AND d.starts_at < NEW.ends_at AND NEW.starts_at < d.ends_at) THEN
    RAISE EXCEPTION 'you have a deputy in that time already' USING CONSTRAINT = 'accounts.deputy_twice';
  END IF;
  IF EXISTS (SELECT FROM deputies d WHERE (d.user_id = NEW.deputy_id OR d.deputy_id = NEW.user_id) AND d.ended_at IS NULL
                AND d.starts_at < NEW.ends_at AND NEW.starts_at < d.ends_at) THEN
    RAISE EXCEPTION 'a deputy is there, and has no deputy of their own: choose somebody else, or other days' USING CONSTRAINT = 'accounts.deputy_chain';
  END IF;
  IF NOT EXISTS (SELECT FROM user_roles mine JOIN user_roles theirs USING (label_id, role) JOIN users u ON u.id = theirs.user_id
                  WHERE mine.user_id = NEW.user_id AND theirs.user_id = NEW.deputy_id AND role = 'approver' AND u.disabled_at IS NULL) THEN
    RAISE EXCEPTION 'a deputy approves for the same label as you' USING CONSTRAINT = 'accounts.deputy_role';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER deputies_guard BEFORE INSERT ON deputies FOR EACH ROW EXECUTE FUNCTION deputy_guard();
CREATE TRIGGER deputies_who BEFORE INSERT OR UPDATE ON deputies FOR EACH ROW EXECUTE FUNCTION actor_named('user', 'user_id');

-- Whether one stands in for another at a moment.
CREATE FUNCTION is_deputy(p_deputy bigint, p_user bigint, p_at timestamptz) RETURNS boolean LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM deputies d WHERE d.deputy_id = p_deputy AND d.user_id = p_user AND d.ended_at IS NULL
                    AND d.starts_at <= p_at AND p_at < d.ends_at)
$$;
