-- Accounts: the people who work here, what they may do under which label, and
-- how they sign in.

CREATE TABLE users (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email         text        NOT NULL CHECK (email LIKE '%_@_%'),
  name          text        NOT NULL CHECK (is_name(name)),
  locale        text        NOT NULL DEFAULT 'nl' CHECK (locale IN ('nl', 'de', 'en')),
  admin         boolean     NOT NULL DEFAULT false,
  disabled_at   timestamptz,
  created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_email ON users (lower(email));
CREATE TRIGGER users_audit AFTER INSERT OR UPDATE OR DELETE ON users
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, UPDATE ON users TO keur_app;

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
  role     text   NOT NULL CHECK (role IN ('planner', 'approver', 'finance', 'viewer')),
  PRIMARY KEY (user_id, label_id, role)
);
CREATE TRIGGER user_roles_audit AFTER INSERT OR UPDATE OR DELETE ON user_roles
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, UPDATE, DELETE ON user_roles TO keur_app;

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
CREATE TRIGGER sessions_minted BEFORE INSERT OR UPDATE OF token_hash, user_id, expires_at ON sessions
  FOR EACH ROW EXECUTE FUNCTION minted('user_id', 'token_hash', 'expires_at');

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
  token_hash   bytea       NOT NULL UNIQUE,     -- SHA-256 of the token, which is 32 random bytes
  created_at   timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz,
  expires_at   timestamptz,
  lapses_at    timestamptz,                      -- the same by the base's own clock, for act()
  revoked_at   timestamptz,
  mac          bytea       CHECK (mac IS NULL)   -- minted()
);
CREATE INDEX api_tokens_user ON api_tokens (user_id);
CREATE TRIGGER api_tokens_audit AFTER INSERT OR UPDATE OR DELETE ON api_tokens
  FOR EACH ROW EXECUTE FUNCTION audit_row('token_hash', '-last_used_at', '-mac');
GRANT SELECT (id, user_id, name, created_at, last_used_at, expires_at, revoked_at), INSERT, UPDATE (last_used_at, revoked_at) ON api_tokens TO keur_app;
CREATE TRIGGER api_tokens_minted BEFORE INSERT OR UPDATE OF token_hash, user_id, expires_at ON api_tokens
  FOR EACH ROW EXECUTE FUNCTION minted('user_id', 'token_hash', 'expires_at');
CREATE TRIGGER api_tokens_ends BEFORE UPDATE ON api_tokens FOR EACH ROW EXECUTE FUNCTION ends_once('revoked_at');

-- Sign-in attempts of the last hour, for the rate limit over all processes.
CREATE TABLE sign_in_attempts (
  key text        NOT NULL,                      -- 'account:' or 'address:' and a SHA-256 in hex
  at  timestamptz NOT NULL
);
CREATE INDEX sign_in_attempts_key ON sign_in_attempts (key, at);
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_attempts TO keur_app;

-- Where a user signed in from before. Tries from elsewhere can't lock them out there.
CREATE TABLE known_addresses (
  user_id bigint      NOT NULL REFERENCES users,
  hash    bytea       NOT NULL,                  -- keyed: a copy of the base doesn't tell where
  seen_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, hash)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON known_addresses TO keur_app;

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
-- Another user's sealed secret, copied here, would open this account.
CREATE TRIGGER second_factors_minted BEFORE INSERT OR UPDATE OF user_id, secret_sealed ON second_factors
  FOR EACH ROW EXECUTE FUNCTION minted('user_id', 'secret_sealed');

-- Whether a code is asked for is up to a person who is proven to be one; a code
-- that was used stays used.
CREATE FUNCTION factor_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM demand_person();
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  IF NEW.last_step < OLD.last_step AND NEW.secret_sealed = OLD.secret_sealed THEN
    RAISE EXCEPTION 'what has ended doesn''t begin again' USING CONSTRAINT = 'database.ended';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER second_factors_guard BEFORE UPDATE OR DELETE ON second_factors FOR EACH ROW EXECUTE FUNCTION factor_guard();

CREATE TABLE recovery_codes (
  user_id bigint      NOT NULL REFERENCES users,
  hash    bytea       NOT NULL,                  -- keyed
  used_at timestamptz,
  PRIMARY KEY (user_id, hash)
);
CREATE TRIGGER recovery_codes_audit AFTER UPDATE ON recovery_codes
  FOR EACH ROW EXECUTE FUNCTION audit_row('hash');
GRANT SELECT, INSERT, UPDATE (used_at), DELETE ON recovery_codes TO keur_app;
CREATE TRIGGER recovery_codes_ends BEFORE UPDATE ON recovery_codes FOR EACH ROW EXECUTE FUNCTION ends_once('used_at');

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
CREATE TRIGGER pending_sign_ins_minted BEFORE INSERT OR UPDATE OF token_hash, user_id, expires_at ON pending_sign_ins
  FOR EACH ROW EXECUTE FUNCTION minted('user_id', 'token_hash', 'expires_at');

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
CREATE TRIGGER password_tokens_minted BEFORE INSERT OR UPDATE ON password_tokens
  FOR EACH ROW EXECUTE FUNCTION minted('user_id', 'token_hash', 'expires_at');

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

-- What someone whom only the provider knows may view from then on; none: refused.
CREATE TABLE identity_provider_labels (
  provider_id bigint NOT NULL REFERENCES identity_providers,
  label_id    int    NOT NULL REFERENCES labels,
  PRIMARY KEY (provider_id, label_id)
);
CREATE TRIGGER identity_provider_labels_audit AFTER INSERT OR UPDATE OR DELETE ON identity_provider_labels
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, UPDATE, DELETE ON identity_provider_labels TO keur_app;

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
CREATE TRIGGER identities_audit AFTER INSERT OR UPDATE OR DELETE ON identities
  FOR EACH ROW EXECUTE FUNCTION audit_row('subject', '-mac');
GRANT SELECT, INSERT, DELETE ON identities TO keur_app;
CREATE TRIGGER identities_minted BEFORE INSERT OR UPDATE ON identities
  FOR EACH ROW EXECUTE FUNCTION minted('provider_id', 'subject', 'user_id');

-- Not worth a line in the trail.
CREATE TABLE user_preferences (
  user_id       bigint PRIMARY KEY REFERENCES users,
  theme         text   NOT NULL DEFAULT 'system' CHECK (theme IN ('light', 'dark', 'system')),
  last_label_id int    REFERENCES labels
);
GRANT SELECT, INSERT, UPDATE ON user_preferences TO keur_app;
