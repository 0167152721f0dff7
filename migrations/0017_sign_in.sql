-- +goose Up
-- Sign-in: what a user has besides a password, the ways back in, providers who
-- vouch for people, and what the desk remembers of each.

-- A session has a number, so that it can be listed and ended without its token.
ALTER TABLE sessions ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY UNIQUE;
ALTER TABLE sessions ADD COLUMN address text NOT NULL DEFAULT '';   -- shortened: 192.0.2.0/24

-- Where a user signed in from before. Tries from elsewhere can't lock them out there.
CREATE TABLE known_addresses (
  user_id bigint      NOT NULL REFERENCES users,
  hash    bytea       NOT NULL,                  -- keyed: a copy of the base doesn't tell where
  seen_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, hash)
);

-- Codes by the clock (RFC 6238).
CREATE TABLE second_factors (
  user_id       bigint      PRIMARY KEY REFERENCES users,
  secret_sealed bytea       NOT NULL,
  confirmed_at  timestamptz,                     -- null: not yet, and not asked for
  last_step     bigint      NOT NULL DEFAULT 0,  -- a code of this step or before was used already
  created_at    timestamptz NOT NULL
);
CREATE TABLE recovery_codes (
  user_id bigint      NOT NULL REFERENCES users,
  hash    bytea       NOT NULL,                  -- keyed
  used_at timestamptz,
  PRIMARY KEY (user_id, hash)
);
-- The password was right, and a code is still asked for.
CREATE TABLE pending_sign_ins (
  token_hash bytea       PRIMARY KEY,
  user_id    bigint      NOT NULL REFERENCES users,
  expires_at timestamptz NOT NULL,
  tries      int         NOT NULL DEFAULT 0
);
-- Links by mail under which a user sets a password: forgotten, or the first.
CREATE TABLE password_tokens (
  token_hash bytea       PRIMARY KEY,
  user_id    bigint      NOT NULL REFERENCES users,
  expires_at timestamptz NOT NULL
);
CREATE INDEX pending_sign_ins_user ON pending_sign_ins (user_id);
CREATE INDEX password_tokens_user ON password_tokens (user_id);

-- OpenID providers, found by their issuer.
CREATE TABLE identity_providers (
  id                   bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name                 text    NOT NULL UNIQUE CHECK (name <> ''),
  issuer               text    NOT NULL UNIQUE CHECK (issuer ~ '^https?://'),
  client_id            text    NOT NULL CHECK (client_id <> ''),
  client_secret_sealed bytea   NOT NULL,
  domains              text[]  NOT NULL CHECK (cardinality(domains) > 0),   -- of mail addresses that it may vouch for
  active               boolean NOT NULL DEFAULT true
);
-- What someone whom only the provider knows may view from then on; none: refused.
CREATE TABLE identity_provider_labels (
  provider_id bigint NOT NULL REFERENCES identity_providers,
  label_id    int    NOT NULL REFERENCES labels,
  PRIMARY KEY (provider_id, label_id)
);
-- Whom a provider's subject was found to be, by a verified address.
CREATE TABLE identities (
  provider_id bigint      NOT NULL REFERENCES identity_providers,
  subject     text        NOT NULL,
  user_id     bigint      NOT NULL REFERENCES users,
  linked_at   timestamptz NOT NULL,
  PRIMARY KEY (provider_id, subject)
);
CREATE INDEX identities_user ON identities (user_id);

-- Not worth a line in the trail.
CREATE TABLE user_preferences (
  user_id       bigint PRIMARY KEY REFERENCES users,
  theme         text   NOT NULL DEFAULT 'system' CHECK (theme IN ('light', 'dark', 'system')),
  last_label_id int    REFERENCES labels
);

CREATE CONSTRAINT TRIGGER second_factors_audit AFTER INSERT OR UPDATE OR DELETE ON second_factors
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_row('secret_sealed', '-last_step');
CREATE CONSTRAINT TRIGGER recovery_codes_audit AFTER UPDATE ON recovery_codes
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_row('hash');
CREATE CONSTRAINT TRIGGER identity_providers_audit AFTER INSERT OR UPDATE OR DELETE ON identity_providers
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_row('client_secret_sealed');
CREATE CONSTRAINT TRIGGER identity_provider_labels_audit AFTER INSERT OR UPDATE OR DELETE ON identity_provider_labels
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_row();
CREATE CONSTRAINT TRIGGER identities_audit AFTER INSERT OR UPDATE OR DELETE ON identities
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_row('subject');

GRANT SELECT, INSERT, UPDATE ON identity_providers, user_preferences TO keur_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON known_addresses, second_factors, recovery_codes, pending_sign_ins, password_tokens,
  identity_provider_labels, identities TO keur_app;
