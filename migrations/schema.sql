-- Today's tables on one page, for people to read. Nothing applies this file: it
-- is made of the catalogues of a migrated base (make schema), and a test
-- compares it with them.
--
-- Each table stands with its columns, its indexes, what its triggers do, and
-- what the application's role keur_app may do with it. Functions are in the
-- numbered files, which also say why things are as they are.

CREATE TYPE delivery_state AS ENUM ('queued', 'sending', 'sent', 'deferred', 'bounced', 'failed', 'lapsed', 'skipped', 'in_doubt');
CREATE TYPE event_kind AS ENUM ('open', 'click', 'unsubscribe', 'bounce', 'complaint');


-- 0001_ground.sql -------------------------------------------------------------

-- What the program proves itself by: a key that it derives from KEUR_SECRET, as
-- the two pads of HMAC (RFC 2104). The owner puts it here, and the application's
-- login can read neither it nor a hash of a session, a token or a link, so that
-- whoever has only that login can't become somebody.
CREATE TABLE credential_keys (
  outer_pad bytea       PRIMARY KEY CHECK (length(outer_pad) = 64),
  inner_pad bytea       NOT NULL CHECK (length(inner_pad) = 64),
  made_at   timestamptz NOT NULL DEFAULT now()
);
-- keur_app: nothing

-- Who acts in which transaction. Only act() writes it; settings, which anybody
-- may set, are no proof. It needs no log: a transaction doesn't outlive a crash.
CREATE UNLOGGED TABLE acting (
  xid        xid8        PRIMARY KEY,
  began      timestamptz NOT NULL,               -- tells apart a number that another server gave
  actor      text        NOT NULL,
  credential text        NOT NULL,               -- session, token, link, link_code, process
  number     bigint                              -- of the session, token or link
);
-- keur_app: nothing

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
-- keur_app: nothing

-- The trail keeps the name that a user or contact had when they acted, so that
-- a certificate stays what it was when they take another.
CREATE TABLE audit_log (
  seq        bigint      PRIMARY KEY,            -- gapless, from 1
  at         timestamptz NOT NULL,
  actor      text        NOT NULL,               -- user:12, contact:7, system:scheduler, database:keur
  actor_name text,                               -- of a user or contact
  action     text        NOT NULL,               -- reviews.update, audit.exported
  subject    text        NOT NULL,               -- approval_reviews:31
  detail     jsonb       NOT NULL DEFAULT '{}',
  previous   bytea       NOT NULL,               -- hash of the row before; 32 zero bytes for the first
  hash       bytea       NOT NULL                -- audit_hash() over the rest
);
CREATE INDEX audit_log_subject ON audit_log (subject, seq);
CREATE INDEX audit_log_actor ON audit_log (actor, seq);
CREATE INDEX audit_log_kind ON audit_log (split_part(subject, ':', 1), seq);
CREATE INDEX audit_log_at ON audit_log (at);
-- before delete or update: refuse_change()
-- before truncate, by statement: refuse_change()
-- keur_app: SELECT
-- Written only by audit_append(), which the triggers of governed tables call.

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
-- at commit, after insert: audit_chain()
-- keur_app: nothing

-- The trail's head at some moments, signed by the program (Ed25519) and kept
-- outside as well: approval/anchors.
CREATE TABLE audit_anchors (
  seq       bigint      NOT NULL REFERENCES audit_log,
  hash      bytea       NOT NULL,
  at        timestamptz NOT NULL,
  key       bytea       NOT NULL CHECK (length(key) = 32), -- public
  signature bytea       NOT NULL CHECK (length(signature) = 64),
  PRIMARY KEY (seq, signature)
);
-- before delete or update: refuse_change()
-- before insert, by statement: program_writes()
-- keur_app: SELECT, INSERT


-- 0002_changes.sql ------------------------------------------------------------

-- Since when an installation has an admin, and since when two: from then on
-- guarded rows take a change request, and a request another person. Written by
-- rules_began() alone, and never taken back, so that nobody is alone again by
-- locking the other one out.
CREATE TABLE change_rules (
  one         boolean     DEFAULT true PRIMARY KEY CHECK (one),
  admin_since timestamptz,
  two_since   timestamptz
);
-- after insert or delete or update: audit_row()
-- keur_app: SELECT

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
  CHECK (expires_at <= (proposed_at + '336:00:00'::interval)),
  CHECK ((seen_by IS NULL) = (seen_at IS NULL)),
  CHECK (seen_by <> proposed_by)
);
CREATE INDEX change_requests_open ON change_requests (id) WHERE state = 'proposed';
CREATE INDEX change_requests_subject ON change_requests (subject, id);
CREATE INDEX change_requests_alone ON change_requests (id) WHERE alone AND seen_by IS NULL;
CREATE INDEX change_requests_untold ON change_requests (id) WHERE announced <> state;
-- before insert or update: change_request_admins()
--   when new.kind !~~ 'contacts.%'
-- before insert or update: change_request_guard()
-- before delete: refuse_change()
-- before insert or update, by statement: program_writes()
-- before update: proof_demanded()
--   when new.state = 'confirmed' AND old.state <> 'confirmed' OR new.seen_at IS DISTINCT FROM old.seen_at
-- before insert or update: state_guard('new > proposed', 'proposed > confirmed refused withdrawn expired')
-- after insert or update: audit_row('payload', 'rows', '-announced', '-decided_in')
-- keur_app: SELECT, INSERT (kind, subject, payload, rows, proposed_at, expires_at), UPDATE (state, decided_at, seen_at, announced)


-- 0003_labels.sql -------------------------------------------------------------

CREATE TABLE smtp_routes (
  id                      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name                    text        NOT NULL UNIQUE CHECK (is_name(name)),
  kind                    text        NOT NULL DEFAULT 'relay'
                                      CHECK (kind IN ('relay', 'direct')), -- direct: to the receivers' own servers
  sources                 jsonb       NOT NULL DEFAULT '[]'
                                      CHECK (jsonb_typeof(sources) = 'array'), -- a direct one's addresses, with what each is called
  host                    text        NOT NULL,  -- '': a direct one has none
  port                    int         NOT NULL CHECK (port >= 1 AND port <= 65535),
  tls                     text        NOT NULL DEFAULT 'starttls' CHECK (tls IN ('starttls', 'opportunistic', 'implicit', 'none')),
  verify                  boolean     NOT NULL DEFAULT true, -- check the server's certificate
  auth                    text        NOT NULL DEFAULT 'none' CHECK (auth IN ('none', 'plain', 'login', 'cram-md5', 'scram')),
  username                text        NOT NULL DEFAULT '',
  password_sealed         bytea,                 -- internal/seal
  ehlo_name               text        NOT NULL DEFAULT '',
  connections             int         NOT NULL DEFAULT 10 CHECK (connections >= 1 AND connections <= 500),
  messages_per_connection int         NOT NULL DEFAULT 1000 CHECK (messages_per_connection > 0),
  per_minute              int         CHECK (per_minute > 0), -- null: no limit
  shaped                  boolean     NOT NULL DEFAULT false, -- its server keeps no mail: providers' connections are kept by us
  reports                 boolean     NOT NULL DEFAULT false, -- its server keeps mail, and posts what becomes of it
  tried_at                timestamptz,           -- when its server last took a real mail; null: not since it is as it is
  version                 int         NOT NULL DEFAULT 1,
  CHECK ((kind = 'direct') = (host = '')),
  CHECK (kind = 'direct' OR sources = '[]'),
  CHECK (kind = 'relay' OR NOT reports)
);
-- before insert or update: change_guard('version', 'connections', 'messages_per_connection', 'per_minute', 'shaped', 'tried_at')
-- before insert or update, by statement: program_writes()
-- after insert or delete or update: audit_row('password_sealed')
-- keur_app: SELECT, INSERT, UPDATE

CREATE TABLE labels (
  id              int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code            text        NOT NULL UNIQUE CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,30}$'),
  name            text        NOT NULL CHECK (is_name(name)),
  locale          text        NOT NULL CHECK (locale IN ('nl', 'de', 'en')),
  time_zone       text        NOT NULL,          -- IANA
  public_url      text        NOT NULL CHECK (public_url ~ '^https?://[^/]+$'), -- base of public links
  bounce_domain   text        NOT NULL,
  list_id         text        NOT NULL,          -- RFC 2919, such as acties.label.nl
  imprint_name    text        NOT NULL CHECK (is_name(imprint_name)), -- legal name
  imprint_address text        NOT NULL,          -- postal address, one line a line
  accent          text        NOT NULL DEFAULT '#1a5fb4' CHECK (accent ~ '^#[0-9a-f]{6}$'),
  logo            bytea       REFERENCES creatives, -- an image of ours, by its SHA-256
  smtp_route_id   bigint      REFERENCES smtp_routes, -- null: the local capture inbox
  own_domains     text[]      NOT NULL DEFAULT '{}', -- besides those of its mail; nobody there is a client
  money_hidden    boolean     NOT NULL DEFAULT false, -- what networks report is for finance alone
  quiet_from      time,                          -- no mail from here …
  quiet_until     time,                          -- … until here, local time
  version         int         NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL DEFAULT now(),
  CHECK ((quiet_from IS NULL) = (quiet_until IS NULL))
);
-- before insert or update: change_guard('name', 'locale', 'time_zone', 'imprint_name', 'imprint_address', 'accent', 'logo', 'money_hidden', 'quiet_from', 'quiet_until', 'version', 'created_at')
-- before insert or update, by statement: person_writes()
-- after insert or delete or update: audit_row()
-- after insert or update of logo: logo_used()
--   when new.logo IS NOT NULL
-- keur_app: SELECT, INSERT, UPDATE

CREATE TABLE label_senders (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id int    NOT NULL REFERENCES labels,
  name     text   NOT NULL CHECK (is_name(name)),
  address  text   NOT NULL,
  reply_to text   NOT NULL DEFAULT '',
  UNIQUE (label_id, address, name)
);
-- before insert or delete or update: label_sender_guard()
-- before insert or delete or update, by statement: program_writes()
-- after insert or delete or update: audit_row()
-- keur_app: SELECT, INSERT, UPDATE (reply_to), DELETE

CREATE TABLE seed_addresses (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id int    NOT NULL REFERENCES labels,
  address  text   NOT NULL,
  name     text   NOT NULL DEFAULT '' CHECK (is_line(name, 120)),
  UNIQUE (label_id, address)
);
-- before insert or update of label_id, address: seed_address_guard()
-- before insert or delete or update, by statement: person_writes()
-- after insert or delete or update: audit_row('address', 'name')
-- keur_app: SELECT, INSERT, UPDATE, DELETE

CREATE TABLE blackout_dates (
  label_id int  NOT NULL REFERENCES labels,
  day      date NOT NULL,
  reason   text NOT NULL DEFAULT '',
  PRIMARY KEY (label_id, day)
);
-- before insert or delete or update, by statement: person_writes()
-- after insert or delete or update: audit_row()
-- keur_app: SELECT, INSERT, UPDATE, DELETE

-- At most at_most mails on any such number of calendar days in a row. A null label holds across labels.
CREATE TABLE frequency_caps (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id int    REFERENCES labels,
  scope    text   NOT NULL CHECK (scope IN ('label', 'advertiser', 'category', 'all')),
  days     int    NOT NULL CHECK (days >= 1 AND days <= 90),
  at_most  int    NOT NULL CHECK (at_most >= 1 AND at_most <= 100),
  UNIQUE NULLS NOT DISTINCT (label_id, scope, days),
  CHECK ((scope = 'all') = (label_id IS NULL))
);
-- before insert or delete or update, by statement: person_writes()
-- after insert or delete or update: audit_row()
-- keur_app: SELECT, INSERT, UPDATE, DELETE

CREATE TABLE dkim_keys (
  id                 bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id           int         NOT NULL REFERENCES labels,
  domain             text        NOT NULL,
  selector           text        NOT NULL,
  algorithm          text        NOT NULL DEFAULT 'rsa' CHECK (algorithm IN ('rsa', 'ed25519')),
  private_key_sealed bytea       NOT NULL,
  active             boolean     NOT NULL DEFAULT true,
  created_at         timestamptz NOT NULL DEFAULT now(),
  UNIQUE (domain, selector)
);
CREATE UNIQUE INDEX dkim_keys_active ON dkim_keys (label_id, algorithm) WHERE active;
-- before insert or update: change_guard('private_key_sealed', 'created_at')
--   when new.active
-- before insert or update, by statement: person_writes()
-- after insert or delete or update: audit_row('private_key_sealed')
-- keur_app: SELECT, INSERT, UPDATE (active)

-- Words of a label's own that are spelled right though no dictionary has them.
CREATE TABLE label_words (
  label_id int         NOT NULL REFERENCES labels,
  word     text        NOT NULL CHECK (word ~ '^[^[:space:]]+$' AND is_line(word, 60)),
  added_by text        NOT NULL DEFAULT current_actor(),
  added_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (label_id, word)
);
-- before insert or delete, by statement: person_writes()
-- after insert or delete: audit_row()
-- keur_app: SELECT, INSERT (label_id, word), DELETE

-- What DNS said of the names by which a label mails, and how its mail server is
-- reached, when that was asked last.
CREATE TABLE domain_records (
  label_id    int         NOT NULL REFERENCES labels,
  record      text        NOT NULL CHECK (record IN ('A', 'MX', 'SPF', 'PTR', 'DKIM', 'DMARC', 'BIMI', 'TLS')),
  name        text        NOT NULL,
  sender      text        NOT NULL DEFAULT '',   -- the sender's domain that it is about; '': all mail of the label
  position    int         NOT NULL,
  state       text        NOT NULL CHECK (state IN ('good', 'better', 'wrong', 'optional', 'unknown')),
  said        jsonb       NOT NULL,
  publish     text        NOT NULL DEFAULT '',
  asked_at    timestamptz NOT NULL,
  held_at     timestamptz,                       -- null: it never did
  fails_since timestamptz,
  PRIMARY KEY (label_id, record, name, sender),
  CHECK ((state = 'wrong') = (fails_since IS NOT NULL)),
  CHECK (held_at <= asked_at AND fails_since <= asked_at)
);
-- before insert or delete or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE (position, state, said, publish, asked_at, held_at, fails_since), DELETE


-- 0004_accounts.sql -----------------------------------------------------------

CREATE TABLE users (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email       text        NOT NULL
                          CHECK (email ~~ '%_@_%' AND email !~ '[^!-~]'), -- a domain beyond ASCII as xn--…, the one form that it is mailed by
  name        text        NOT NULL CHECK (is_name(name)),
  locale      text        NOT NULL DEFAULT 'nl' CHECK (locale IN ('nl', 'de', 'en')),
  admin       boolean     NOT NULL DEFAULT false,
  disabled_at timestamptz,
  created_at  timestamptz NOT NULL DEFAULT now(),
  let_in_at   timestamptz                        -- by the guard: when they were last made, enabled, made an admin or given another address, as a change
);
CREATE UNIQUE INDEX users_email ON users (lower(email));
CREATE UNIQUE INDEX users_mailbox ON users (mail_key(email));
-- before insert or update: user_guard()
-- before delete: refuse_change()
-- before insert or update, by statement: program_writes()
-- after insert or update of email: staff_address()
-- after insert or delete or update: audit_row()
-- after insert or update of admin, disabled_at: rules_began()
--   when new.admin AND new.disabled_at IS NULL
-- after update: tokens_end()
--   when old.admin AND NOT new.admin OR old.disabled_at IS NULL AND new.disabled_at IS NOT NULL
-- at commit, after update: feeds_end('id')
-- keur_app: SELECT, INSERT, UPDATE

-- Whoever has none can't sign in with a password. The application's login can't
-- read a hash, nor put one of its own there; password_hash() tells the program.
CREATE TABLE passwords (
  user_id bigint PRIMARY KEY REFERENCES users,
  hash    text   NOT NULL,                       -- argon2id
  mac     bytea  CHECK (mac IS NULL)             -- minted()
);
-- before insert or update: minted('user_id', 'hash')
-- before insert or update: password_guard()
-- before insert or update, by statement: program_writes()
-- after insert or delete or update: audit_row('hash', '-mac')
-- after update of hash: tokens_end()
-- keur_app: SELECT (user_id), INSERT, UPDATE (hash, mac)

CREATE TABLE user_roles (
  user_id    bigint      NOT NULL REFERENCES users,
  label_id   int         NOT NULL REFERENCES labels,
  role       text        NOT NULL CHECK (role IN ('planner', 'approver', 'finance', 'member_service', 'viewer')),
  granted_at timestamptz,                        -- when the change was confirmed, by the guard; null: before there was an admin
  PRIMARY KEY (user_id, label_id, role)
);
-- before insert or delete: user_role_guard()
-- before insert or delete, by statement: program_writes()
-- after insert or delete or update: audit_row()
-- after delete: tokens_end()
-- at commit, after delete or update: feeds_end('user_id')
-- keur_app: SELECT, INSERT, DELETE

-- The number is there so that a session can be listed and ended without its token.
CREATE TABLE sessions (
  token_hash   bytea       PRIMARY KEY,
  id           bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
  user_id      bigint      NOT NULL REFERENCES users,
  created_at   timestamptz NOT NULL DEFAULT now(),
  last_seen_at timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz NOT NULL,
  lapses_at    timestamptz NOT NULL,             -- the same by the base's own clock, for act()
  user_agent   text        NOT NULL DEFAULT '',
  address      text        NOT NULL DEFAULT '',  -- shortened: 192.0.2.0/24
  mac          bytea       CHECK (mac IS NULL)   -- minted()
);
CREATE INDEX sessions_user ON sessions (user_id);
-- before insert or update of token_hash, user_id, expires_at: minted('user_id', 'token_hash', 'expires_at')
-- before insert or delete or update, by statement: program_writes()
-- keur_app: SELECT (id, user_id, created_at, last_seen_at, expires_at, user_agent, address), INSERT, UPDATE (last_seen_at), DELETE

-- Passkeys (WebAuthn): keys of a user's own devices. The trail tells of each key
-- whole, so that an anchor tells since when there is one.
CREATE TABLE passkeys (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id       bigint      NOT NULL REFERENCES users,
  name          text        NOT NULL CHECK (is_name(name)),
  credential_id bytea       NOT NULL UNIQUE,
  public_key    bytea       NOT NULL,            -- as the device gave it (COSE, RFC 9052)
  spki          bytea       NOT NULL,            -- the same as others read it (RFC 5280, 4.1.2.7)
  flags         smallint    NOT NULL,            -- of the device, when it made the key
  sign_count    bigint      NOT NULL DEFAULT 0,
  created_at    timestamptz NOT NULL,
  last_used_at  timestamptz,
  mac           bytea       CHECK (mac IS NULL)  -- minted()
);
CREATE INDEX passkeys_user ON passkeys (user_id);
-- before insert or delete or update: factor_guard()
-- before insert: minted('user_id', 'credential_id', 'public_key', 'spki')
-- before insert or delete or update, by statement: program_writes()
-- after insert or delete or update: audit_row('-sign_count', '-last_used_at', '-mac')
-- keur_app: SELECT, INSERT, UPDATE (sign_count, last_used_at), DELETE

-- What a device was asked to sign, until it does, once.
CREATE TABLE passkey_challenges (
  challenge  bytea       PRIMARY KEY CHECK (length(challenge) = 32),
  purpose    text        NOT NULL CHECK (purpose IN ('enrol', 'sign_in', 'prove')),
  session_id bigint      REFERENCES sessions(id) ON DELETE CASCADE, -- null: nobody is signed in yet
  review_id  bigint,                             -- of what is proven: the verdict that it signs
  nonce      bytea,                              -- of which it was made
  made_at    timestamptz NOT NULL,
  mac        bytea       CHECK (mac IS NULL)     -- minted()
);
-- before insert: minted('challenge', 'purpose', 'session_id', 'review_id', 'made_at')
-- before insert or delete, by statement: program_writes()
-- keur_app: SELECT, INSERT, DELETE

-- A session tells whose browser it is, and not who sits there now. Deciding takes
-- a fresh proof of that, which holds for its session for ten minutes by the
-- base's own clock, or for one action where a passkey signed it, and which only
-- the program can put down.
CREATE TABLE session_proofs (
  session_id         bigint      PRIMARY KEY REFERENCES sessions(id) ON DELETE CASCADE,
  method             text        NOT NULL CHECK (method IN ('password', 'code', 'provider', 'passkey')),
  proven_at          timestamptz NOT NULL,
  passkey_id         bigint      REFERENCES passkeys(id) ON DELETE CASCADE,
  review_id          bigint,                     -- of a passkey: the verdict that it signs; null: what isn't one
  nonce              bytea,
  authenticator_data bytea,                      -- as the device signed them (WebAuthn, 7.2)
  client_data        bytea,
  signature          bytea,
  used_in            xid8,                       -- the transaction that a passkey's proof was for
  mac                bytea       CHECK (mac IS NULL), -- minted()
  CHECK ((method = 'passkey') = (passkey_id IS NOT NULL AND nonce IS NOT NULL AND authenticator_data IS NOT NULL AND client_data IS NOT NULL AND signature IS NOT NULL))
);
-- before insert or update of method, mac: session_proof_guard()
-- before insert or update of method, proven_at, passkey_id, review_id, nonce, authenticator_data, client_data, signature, mac: minted('session_id', 'method', 'proven_at', 'passkey_id', 'review_id', 'nonce', 'authenticator_data', 'client_data', 'signature')
-- before insert or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE (method, proven_at, passkey_id, review_id, nonce, authenticator_data, client_data, signature, mac)

CREATE TABLE api_tokens (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id      bigint      NOT NULL REFERENCES users,
  name         text        NOT NULL CHECK (is_name(name)),
  scopes       text        NOT NULL
                           CHECK (scopes <> '' AND string_to_array(scopes, ' ') <@ ARRAY['read', 'plan', 'send-test', 'approve', 'admin']), -- what of its user's rights it has, as RFC 6749 §3.3 writes it: 'read plan'
  token_hash   bytea       NOT NULL UNIQUE,      -- SHA-256 of the token, which is 32 random bytes
  created_at   timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz,
  expires_at   timestamptz NOT NULL,
  lapses_at    timestamptz NOT NULL,             -- the same by the base's own clock, for act()
  revoked_at   timestamptz,
  proven_by    text        NOT NULL,             -- by which proof it was made; demand_proof() holds its verdicts to it
  mac          bytea       CHECK (mac IS NULL),  -- minted()
  CHECK (expires_at <= (created_at + '8784:00:00'::interval))
);
CREATE INDEX api_tokens_user ON api_tokens (user_id);
-- before update: ends_once('revoked_at')
-- before insert: token_guard()
-- before insert or update of token_hash, user_id, scopes, expires_at: minted('user_id', 'token_hash', 'scopes', 'expires_at')
-- before insert or update, by statement: program_writes()
-- before insert: api_token_proven()
-- after insert or delete or update: audit_row('token_hash', '-last_used_at', '-mac')
-- keur_app: SELECT (id, user_id, name, scopes, created_at, last_used_at, expires_at, revoked_at, proven_by), INSERT, UPDATE (last_used_at, revoked_at)

-- Tries of the last day to sign in or to prove oneself, for the limits over all
-- processes. The login has no right to them: whoever could forget tries would
-- guess a code of six digits as often as they like.
CREATE TABLE sign_in_attempts (
  key      text        NOT NULL,                 -- 'account:' or 'address:' and a SHA-256 in hex
  at       timestamptz NOT NULL,                 -- by the program's clock
  noted_at timestamptz NOT NULL DEFAULT clock_timestamp() -- by the base's own, which says when a try is forgotten
);
CREATE INDEX sign_in_attempts_key ON sign_in_attempts (key, at);
CREATE INDEX sign_in_attempts_noted ON sign_in_attempts (noted_at);
-- keur_app: nothing

-- Where a user signed in from before. Tries from elsewhere can't lock them out there.
CREATE TABLE known_addresses (
  user_id bigint      NOT NULL REFERENCES users,
  hash    bytea       NOT NULL,                  -- keyed: a copy of the base doesn't tell where
  seen_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, hash)
);
-- before insert or delete or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE, DELETE

-- Codes by the clock (RFC 6238).
CREATE TABLE second_factors (
  user_id       bigint      PRIMARY KEY REFERENCES users,
  secret_sealed bytea       NOT NULL,
  confirmed_at  timestamptz,                     -- null: not yet, and not asked for
  last_step     bigint      NOT NULL DEFAULT 0,  -- a code of this step or before was used already
  created_at    timestamptz NOT NULL,
  mac           bytea       CHECK (mac IS NULL)  -- minted()
);
-- before insert or delete or update: factor_guard()
-- before insert or update of user_id, secret_sealed: minted('user_id', 'secret_sealed')
-- before insert or delete or update, by statement: program_writes()
-- after insert or delete or update: audit_row('secret_sealed', '-last_step', '-mac')
-- keur_app: SELECT, INSERT, UPDATE, DELETE

CREATE TABLE recovery_codes (
  user_id bigint      NOT NULL REFERENCES users,
  hash    bytea       NOT NULL,                  -- keyed
  used_at timestamptz,
  PRIMARY KEY (user_id, hash)
);
-- before update: ends_once('used_at')
-- before insert or delete or update: factor_guard()
-- before insert or delete, by statement: program_writes()
-- after insert or delete or update: audit_row('hash')
-- keur_app: SELECT (user_id, used_at), INSERT, DELETE

-- The password was right, and a code is still asked for.
CREATE TABLE pending_sign_ins (
  token_hash bytea       PRIMARY KEY,
  user_id    bigint      NOT NULL REFERENCES users,
  expires_at timestamptz NOT NULL,
  tries      int         NOT NULL DEFAULT 0,
  id         bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
  mac        bytea       CHECK (mac IS NULL)     -- minted()
);
CREATE INDEX pending_sign_ins_user ON pending_sign_ins (user_id);
-- before insert or update of token_hash, user_id, expires_at: minted('user_id', 'token_hash', 'expires_at')
-- before insert or delete or update, by statement: program_writes()
-- before update: tries_grow()
-- keur_app: SELECT (user_id, expires_at, tries, id), INSERT, UPDATE (tries), DELETE

-- Links by mail under which a user sets a password: forgotten, or the first.
CREATE TABLE password_tokens (
  token_hash bytea       PRIMARY KEY,
  user_id    bigint      NOT NULL REFERENCES users,
  expires_at timestamptz NOT NULL,
  id         bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
  mac        bytea       CHECK (mac IS NULL)     -- minted()
);
CREATE INDEX password_tokens_user ON password_tokens (user_id);
-- before insert or update: minted('user_id', 'token_hash', 'expires_at')
-- before insert or delete, by statement: program_writes()
-- after insert: audit_row('token_hash', '-mac')
--   when current_actor() ~ '^console(:|$)'
-- keur_app: SELECT (user_id, expires_at, id), INSERT, DELETE

-- OpenID providers, found by their issuer.
CREATE TABLE identity_providers (
  id                   bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name                 text    NOT NULL UNIQUE CHECK (is_name(name)),
  issuer               text    NOT NULL UNIQUE CHECK (issuer ~ '^https?://'),
  client_id            text    NOT NULL CHECK (client_id <> ''),
  client_secret_sealed bytea   NOT NULL,
  domains              text[]  NOT NULL CHECK (cardinality(domains) > 0), -- of mail addresses that it may vouch for
  active               boolean NOT NULL DEFAULT true
);
-- before insert or update: change_guard()
--   when new.active
-- before insert or update, by statement: program_writes()
-- after insert or delete or update: audit_row('client_secret_sealed')
-- keur_app: SELECT, INSERT, UPDATE

-- What someone whom only the provider knows may view from then on; none: refused.
CREATE TABLE identity_provider_labels (
  provider_id bigint NOT NULL REFERENCES identity_providers,
  label_id    int    NOT NULL REFERENCES labels,
  PRIMARY KEY (provider_id, label_id)
);
-- before insert or update: change_guard('provider_id')
-- before insert or delete or update, by statement: program_writes()
-- after insert or delete or update: audit_row()
-- keur_app: SELECT, INSERT, UPDATE, DELETE

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
-- before insert or update: minted('provider_id', 'subject', 'user_id')
-- before insert or delete, by statement: program_writes()
-- before insert or update: actor_named('user', 'user_id')
-- after insert or delete or update: audit_row('subject', '-mac')
-- keur_app: SELECT, INSERT, DELETE

-- Whose cooling-off was lifted: what they were granted up to then counts at once.
-- A change, as the grant was.
CREATE TABLE cooling_lifts (
  id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id   bigint      NOT NULL REFERENCES users,
  lifted_at timestamptz NOT NULL                 -- when the change was confirmed, by the guard
);
CREATE INDEX cooling_lifts_user ON cooling_lifts (user_id, lifted_at);
-- before delete or update: refuse_change()
-- before insert: cooling_lift_guard()
-- before insert, by statement: program_writes()
-- after insert: audit_row()
-- keur_app: SELECT, INSERT (user_id)

-- Not worth a line in the trail.
CREATE TABLE user_preferences (
  user_id       bigint PRIMARY KEY REFERENCES users,
  theme         text   NOT NULL DEFAULT 'system' CHECK (theme IN ('light', 'dark', 'system')),
  last_label_id int    REFERENCES labels
);
-- before insert or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE

-- Who stands in for a user who is away. A deputy has none of the other's rights:
-- what they decide they decide by their own, and say for whom.
CREATE TABLE deputies (
  id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id   bigint      NOT NULL REFERENCES users,
  deputy_id bigint      NOT NULL REFERENCES users,
  starts_at timestamptz NOT NULL,
  ends_at   timestamptz NOT NULL,
  ended_at  timestamptz,                         -- back earlier
  CHECK (deputy_id <> user_id),
  CHECK (ends_at > starts_at)
);
CREATE INDEX deputies_user ON deputies (user_id, ends_at);
-- before update: ends_once('ended_at')
-- before insert: deputy_guard()
-- before delete: refuse_change()
-- before insert or update, by statement: program_writes()
-- before insert or update: actor_named('user', 'user_id')
-- after insert or update: audit_row()
-- keur_app: SELECT, INSERT, UPDATE (ended_at)


-- 0005_members.sql ------------------------------------------------------------

CREATE TABLE members (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  address     text        NOT NULL,              -- as given, the domain as A-label: this is mailed
  address_key text        COLLATE "C" NOT NULL UNIQUE, -- lower-cased: this is unique; by byte, as no one reads it in order
  domain      text        NOT NULL,              -- A-label, lower case
  disposable  boolean     NOT NULL DEFAULT false,
  created_at  timestamptz NOT NULL DEFAULT now()
);
-- before delete: member_guard()
-- before update: member_moves()
--   when new.id IS DISTINCT FROM old.id OR new.address IS DISTINCT FROM old.address OR new.address_key IS DISTINCT FROM old.address_key
-- before insert or delete or update, by statement: program_writes()
-- after delete: forget_cases()
-- after delete: forget_signups()
-- after delete: forget_words()
-- after delete: webhook_forget()
-- keur_app: SELECT, INSERT, UPDATE, DELETE

-- The addresses that members had before, until when. What bounced there stays with
-- the address: it is no longer held against its owner, and is again if they take
-- the address back. Only the trigger writes here, so that no address is lost.
CREATE TABLE former_addresses (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  member_id   bigint      NOT NULL,
  address     text        NOT NULL,
  address_key text        COLLATE "C" NOT NULL,
  bounces     jsonb       NOT NULL DEFAULT '[]', -- suppressions
  until       timestamptz NOT NULL DEFAULT now(),
  by          text        NOT NULL DEFAULT current_actor()
);
CREATE INDEX former_addresses_key ON former_addresses (address_key, id);
CREATE INDEX former_addresses_member ON former_addresses (member_id, id);
-- before update: refuse_change()
-- before delete: former_address_guard()
-- before delete, by statement: program_writes()
-- after delete: forget_signups()
-- keur_app: SELECT, DELETE

-- Links by mail under which members change their address themselves: to the
-- address that they ask for, which proves that it is theirs, and after the change
-- to the one that they left, to take it back. One is good while the member has the
-- address that they had when it was made. Rows stay some days, to count by.
CREATE TABLE address_links (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token_hash  bytea       NOT NULL UNIQUE,       -- SHA-256 of a random token
  member_id   bigint      NOT NULL,
  label_id    int         NOT NULL REFERENCES labels, -- whose page and mail
  from_key    text        COLLATE "C" NOT NULL,  -- of the address that it replaces
  address     text        NOT NULL,
  address_key text        COLLATE "C" NOT NULL,
  takes_back  boolean     NOT NULL DEFAULT false, -- an address that the member left
  made_at     timestamptz NOT NULL,
  expires_at  timestamptz NOT NULL,
  ended_at    timestamptz,                       -- used, or another one was
  CHECK (expires_at > made_at)
);
CREATE INDEX address_links_member ON address_links (member_id, made_at);
CREATE INDEX address_links_key ON address_links (address_key, made_at);
-- before update: ends_once('ended_at')
-- before insert or delete or update, by statement: program_writes()
-- keur_app: SELECT (id, member_id, label_id, from_key, address, address_key, takes_back, made_at, expires_at, ended_at), INSERT, UPDATE (ended_at), DELETE

-- One attribute of a label's members and the typed column that holds it. See
-- ARCHITECTURE.md for why columns, and not jsonb or rows.
CREATE TABLE attributes (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id   int         NOT NULL REFERENCES labels,
  name       text        NOT NULL CHECK (name ~ '^[a-z][a-z0-9_]{0,39}$'),
  type       text        NOT NULL CHECK (type IN ('text', 'number', 'date', 'bool', 'set')),
  slot       text        NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (label_id, name),
  UNIQUE (label_id, slot),
  CHECK (slot ~ '^[tndbs][0-9]{1,2}$' AND "left"(slot, 1) = "left"(type, 1))
);
-- before delete: attribute_guard()
-- before insert or delete, by statement: person_writes()
-- after insert or delete or update: audit_row()
-- keur_app: SELECT, INSERT, DELETE

-- What people call a value of an attribute in each language, such as Goud for gold;
-- where one has no word, the value is said. Written by members.
CREATE TABLE attribute_words (
  label_id  int  NOT NULL,
  attribute text NOT NULL,
  value     text NOT NULL CHECK (value ~ '[^[:space:]]' AND is_line(value, 500)),
  nl        text NOT NULL DEFAULT '' CHECK (is_line(nl, 120)),
  de        text NOT NULL DEFAULT '' CHECK (is_line(de, 120)),
  en        text NOT NULL DEFAULT '' CHECK (is_line(en, 120)),
  PRIMARY KEY (label_id, attribute, value),
  FOREIGN KEY (label_id, attribute) REFERENCES attributes(label_id, name) ON DELETE CASCADE,
  CHECK (((nl || de) || en) <> '')
);
-- before insert or delete or update, by statement: person_writes()
-- after insert or delete or update: audit_row()
-- keur_app: SELECT, INSERT, UPDATE (nl, de, en), DELETE

-- A member under a label. Fixed-width columns first: deforming a row stops early.
CREATE TABLE memberships (
  label_id         int              NOT NULL,
  member_id        bigint           NOT NULL,
  joined_at        timestamptz      NOT NULL DEFAULT now(),
  bucket           smallint         NOT NULL GENERATED ALWAYS AS ((hashint8extended(member_id, 0::bigint) & 1023::bigint)::smallint) STORED,
  mail_consent     boolean          NOT NULL DEFAULT false,
  tracking_consent boolean          NOT NULL DEFAULT false,
  confirmed_at     timestamptz,                  -- double opt-in, when there was one
  n1 … n12         double precision,
  d1 … d8          date,
  b1 … b12         boolean,
  t1 … t20         text             COLLATE "C",
  s1 … s6          text[],
  source           text             NOT NULL DEFAULT '',
  time_zone        text,                         -- IANA, when the member's own is known
  member_key       text             COLLATE "C" CHECK (member_key ~ '^[[:graph:]]{1,100}$'), -- the publisher's own number of them
  PRIMARY KEY (label_id, member_id)
) WITH (fillfactor=90, autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_insert_scale_factor=0.02);
CREATE INDEX memberships_bucket ON memberships (label_id, bucket) WHERE bucket < 128;
CREATE INDEX memberships_t1 ON memberships (label_id, t1) INCLUDE (member_id, d1, n1, t2, t3, t4) WHERE t1 IS NOT NULL;
CREATE INDEX memberships_t2 ON memberships (label_id, t2) INCLUDE (member_id, d1, n1, t1, t3, t4) WHERE t2 IS NOT NULL;
CREATE UNIQUE INDEX memberships_key ON memberships (label_id, member_key) WHERE member_key IS NOT NULL;
-- before update of label_id, member_id: membership_fixed()
--   when new.label_id IS DISTINCT FROM old.label_id OR new.member_id IS DISTINCT FROM old.member_id
-- before delete: membership_guard()
-- before insert or delete or update, by statement: program_writes()
-- after delete, by statement: note_panel_changes()
-- after insert, by statement: note_panel_changes()
-- after update, by statement: note_panel_changes()
-- after insert: webhook_membership()
--   when new.mail_consent AND COALESCE(current_setting('keur.bulk', true), '') = ''
-- after update of mail_consent: webhook_membership()
--   when new.mail_consent <> old.mail_consent AND COALESCE(current_setting('keur.bulk', true), '') = ''
-- after delete: webhook_membership()
-- after update of mail_consent: withdraw_unwilling()
--   when old.mail_consent AND NOT new.mail_consent
-- after delete: withdraw_unwilling()
-- keur_app: SELECT, INSERT, UPDATE, DELETE

CREATE TABLE consent_statements (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id int    NOT NULL REFERENCES labels,
  text     text   NOT NULL CHECK (text <> ''),
  version  text   NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX consent_statements_text ON consent_statements (label_id, md5(text), version);
-- before insert, by statement: program_writes()
-- keur_app: SELECT, INSERT

-- Append-only; the latest row of a kind rules and is mirrored in memberships.
CREATE TABLE consents (
  member_id       bigint      NOT NULL,
  id              bigint      GENERATED ALWAYS AS IDENTITY,
  label_id        int         NOT NULL,
  kind            text        NOT NULL CHECK (kind IN ('mail', 'tracking')),
  given           boolean     NOT NULL,
  at              timestamptz NOT NULL,          -- when the member said so
  statement_id    bigint,                        -- consent_statements
  source          text        NOT NULL DEFAULT '',
  form_url        text        NOT NULL DEFAULT '',
  ip              inet,
  optin_mailed_at timestamptz,                   -- double opt-in: mail sent …
  confirmed_at    timestamptz,                   -- … and confirmed
  confirmed_ip    inet,
  recorded_at     timestamptz NOT NULL DEFAULT now(),
  recorded_by     text        NOT NULL DEFAULT current_actor(),
  PRIMARY KEY (member_id, id)
);
-- before update: refuse_change()
-- before delete: consent_guard()
-- before insert or delete, by statement: program_writes()
-- after insert, by statement: consent_recorder()
-- keur_app: SELECT, INSERT, DELETE

CREATE TABLE suppressions (
  member_id bigint      NOT NULL,
  label_id  int         NOT NULL DEFAULT 0,      -- 0: every label
  reason    text        NOT NULL CHECK (reason IN ('hard_bounce', 'soft_bounces', 'complaint', 'unsubscribe', 'manual')),
  source    text        NOT NULL DEFAULT '',     -- what told us: one-click, dsn, arf, import, a user's words
  said      text        NOT NULL DEFAULT '' CHECK (length(said) <= 1000), -- the receiver's own words, without addresses
  provider  text        NOT NULL DEFAULT '',     -- who receives for the address, of one by a bounce
  tray_id   bigint,                              -- bounce_trays: it waits for a person, and keeps mail away meanwhile
  send_id   bigint,
  at        timestamptz NOT NULL DEFAULT now(),
  by        text        NOT NULL DEFAULT current_actor(),
  PRIMARY KEY (member_id, label_id, reason)
);
CREATE INDEX suppressions_bounced ON suppressions (provider, at) WHERE reason IN ('hard_bounce', 'soft_bounces');
CREATE INDEX suppressions_waiting ON suppressions (tray_id) WHERE tray_id IS NOT NULL;
-- before insert: bounce_of_former_address()
--   when new.send_id IS NOT NULL AND (new.reason IN ('hard_bounce', 'soft_bounces'))
-- before insert or delete or update, by statement: program_writes()
-- before insert or update of by: signed('by')
-- before delete or update: suppression_stays()
-- before update of tray_id: waiting_guard()
--   when old.tray_id IS DISTINCT FROM new.tray_id
-- after insert: bounce_guard()
--   when new.send_id IS NOT NULL AND (new.reason IN ('hard_bounce', 'soft_bounces'))
-- after insert: webhook_suppression()
--   when new.reason <> 'unsubscribe' AND COALESCE(current_setting('keur.bulk', true), '') = ''
-- after update of tray_id: webhook_suppression()
--   when old.tray_id IS NOT NULL AND new.tray_id IS NULL
-- after delete: webhook_suppression()
--   when old.reason <> 'unsubscribe'
-- after insert: withdraw_suppressed()
-- keur_app: SELECT, INSERT, UPDATE (tray_id), DELETE

-- Addresses that a label must not mail, members' or not, by a hash of the address
-- in lower case: SHA-256, SHA-1 or MD5, which its length tells. Whoever becomes a
-- member with one of them is suppressed.
CREATE TABLE suppression_list (
  label_id int         NOT NULL REFERENCES labels,
  hash     bytea       NOT NULL CHECK (octet_length(hash) IN (16, 20, 32)),
  reason   text        NOT NULL CHECK (reason IN ('hard_bounce', 'complaint', 'unsubscribe', 'manual')),
  source   text        NOT NULL DEFAULT '',      -- the file that it came in
  at       timestamptz NOT NULL DEFAULT now(),
  by       text        NOT NULL DEFAULT current_actor(),
  PRIMARY KEY (label_id, hash)
);
-- before insert, by statement: program_writes()
-- before insert: signed('by')
-- before delete, by statement: person_writes()
-- keur_app: SELECT, INSERT, DELETE

-- Erased addresses: a keyed hash is all that stays, so that a re-import stays suppressed.
CREATE TABLE erased_addresses (
  hash bytea       PRIMARY KEY,
  at   timestamptz NOT NULL DEFAULT now()
);
-- before insert, by statement: program_writes()
-- keur_app: SELECT, INSERT

CREATE TABLE topics (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id int    NOT NULL REFERENCES labels,
  key      text   NOT NULL CHECK (key ~ '^[a-z][a-z0-9_]{0,39}$'),
  name     text   NOT NULL,
  UNIQUE (label_id, key)
);
-- before insert, by statement: person_writes()
-- after insert or delete or update: audit_row()
-- keur_app: SELECT, INSERT

CREATE TABLE preferences (
  member_id    bigint      NOT NULL,
  label_id     int         NOT NULL,
  off_topics   text[]      NOT NULL DEFAULT '{}', -- keys of topics the member doesn't want
  per_week     int         CHECK (per_week >= 1 AND per_week <= 7), -- at most so many mails a week; null: no wish
  paused_until date,                             -- no mail before this day, by the label's clock; null: no pause
  updated_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (member_id, label_id),
  CHECK (paused_until <= ((updated_at AT TIME ZONE 'UTC')::date + 367))
);
-- before insert or delete or update, by statement: program_writes()
-- after insert or update of paused_until: withdraw_paused()
--   when new.paused_until IS NOT NULL
-- keur_app: SELECT, INSERT, UPDATE, DELETE

-- Erasing a member can't be undone, so one asks for it and another decides.
CREATE TABLE erasure_requests (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  member_id    bigint      NOT NULL,             -- points at nobody once it is approved
  label_id     int         NOT NULL REFERENCES labels, -- under which it was asked for
  reason       text        NOT NULL CHECK (reason <> '' AND is_tidy(reason, 500)),
  state        text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'approved', 'refused', 'withdrawn')),
  requested_by bigint      NOT NULL REFERENCES users,
  requested_at timestamptz NOT NULL,
  approved_by  bigint      REFERENCES users,     -- who decided, if that was approval
  refused_by   bigint      REFERENCES users,     -- likewise; the asker withdraws
  decided_at   timestamptz,
  CHECK (approved_by <> requested_by),
  CHECK (refused_by <> requested_by),
  CHECK ((state = 'approved') = (approved_by IS NOT NULL)),
  CHECK ((state = 'refused') = (refused_by IS NOT NULL)),
  CHECK ((state = 'waiting') = (decided_at IS NULL))
);
CREATE UNIQUE INDEX erasure_requests_waiting ON erasure_requests (member_id) WHERE state = 'waiting';
CREATE INDEX erasure_requests_label ON erasure_requests (label_id, id);
-- before update: erasure_request_guard()
-- before delete: refuse_change()
-- before insert or update, by statement: program_writes()
-- before update: proof_demanded()
--   when new.state = 'approved' AND old.state <> 'approved'
-- before insert or update: state_guard('new > waiting', 'waiting > approved refused withdrawn')
-- before insert: actor_named('user', 'requested_by')
-- before update of approved_by: actor_named('user', 'approved_by')
-- before update of refused_by: actor_named('user', 'refused_by')
-- after insert or update: audit_row('reason')
-- at commit, after update of state: erasure_done()
--   when new.state = 'approved'
-- keur_app: SELECT, INSERT, UPDATE


-- 0006_imports.sql ------------------------------------------------------------

CREATE TABLE imports (
  id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id        int         NOT NULL REFERENCES labels,
  file_name       text        NOT NULL,
  file_hash       bytea       NOT NULL,          -- SHA-256 of the file: resumed by it and the options
  options         jsonb       NOT NULL,          -- mapping, consent, delimiter, encoding
  state           text        NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'finished', 'failed', 'cancelled')),
  lanes           bigint[]    NOT NULL,
  rows_total      bigint      NOT NULL,
  rows_done       bigint      NOT NULL DEFAULT 0,
  inserted        bigint      NOT NULL DEFAULT 0,
  updated         bigint      NOT NULL DEFAULT 0,
  unchanged       bigint      NOT NULL DEFAULT 0,
  duplicates      bigint      NOT NULL DEFAULT 0, -- rows whose address came again further on
  rejected        bigint      NOT NULL DEFAULT 0, -- rows that weren't imported
  omitted         bigint      NOT NULL DEFAULT 0, -- values that were left out of rows that were
  not_mailable    bigint      NOT NULL DEFAULT 0,
  unsubscribed    bigint      NOT NULL DEFAULT 0,
  bounced         bigint      NOT NULL DEFAULT 0,
  complained      bigint      NOT NULL DEFAULT 0,
  never_consented bigint      NOT NULL DEFAULT 0,
  pending         bigint      NOT NULL DEFAULT 0,
  listed          bigint      NOT NULL DEFAULT 0, -- new, and on the label's suppression list
  by              text        NOT NULL DEFAULT current_actor(),
  started_at      timestamptz NOT NULL DEFAULT now(),
  finished_at     timestamptz,
  error           jsonb
);
CREATE INDEX imports_label ON imports (label_id, id);
-- before insert or update, by statement: program_writes()
-- before insert or update of by: signed('by')
-- before insert or update: state_guard('new > running', 'running > finished failed cancelled', 'failed > running', 'cancelled > running')
-- after insert: audit_row('file_hash')
-- after update: webhook_import()
--   when new.state = 'finished' AND old.state <> 'finished'
-- keur_app: SELECT, INSERT, UPDATE

CREATE TABLE import_rejects (
  import_id   bigint NOT NULL REFERENCES imports,
  row_no      bigint NOT NULL,
  column_name text   NOT NULL,
  reason      jsonb  NOT NULL,                   -- never the value itself
  PRIMARY KEY (import_id, row_no, column_name)
);
-- before insert, by statement: program_writes()
-- keur_app: SELECT, INSERT

-- Files that were uploaded at the desk to be imported. Their bytes lie in the
-- data folder of the keur that took them, until they are imported or old.
CREATE TABLE import_uploads (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id   int         NOT NULL REFERENCES labels,
  key        text        NOT NULL UNIQUE CHECK (key ~ '^[A-Z0-9]{20,40}$'), -- names the file in the folder
  file_name  text        NOT NULL,
  size       bigint      NOT NULL CHECK (size > 0),
  options    jsonb       NOT NULL DEFAULT '{}',  -- as in imports
  rehearsal  jsonb,                              -- what the last dry run with these options found
  columns    jsonb,                              -- how the last run read the whole file
  import_id  bigint      REFERENCES imports,     -- once it has begun
  created_by text        NOT NULL DEFAULT current_actor(),
  created_at timestamptz NOT NULL
);
CREATE INDEX import_uploads_label ON import_uploads (label_id, id);
CREATE INDEX import_uploads_import ON import_uploads (import_id) WHERE import_id IS NOT NULL;
-- before insert or delete or update, by statement: program_writes()
-- before insert or update of created_by: signed('created_by')
-- keur_app: SELECT, INSERT, UPDATE, DELETE


-- 0007_campaigns.sql ----------------------------------------------------------

CREATE TABLE advertisers (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name        text        NOT NULL UNIQUE CHECK (is_name(name)),
  category    text        NOT NULL CHECK (category ~ '^[a-z][a-z0-9_]{0,39}$'), -- travel, fashion, …
  stopped_at  timestamptz,                       -- the stop switch
  stop_reason text        NOT NULL DEFAULT '',
  version     int         NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL DEFAULT now()
);
-- before insert or delete or update, by statement: person_writes()
-- before update: stop_lifted()
--   when old.stopped_at IS NOT NULL AND new.stopped_at IS NULL
-- before update: proof_demanded()
--   when old.stopped_at IS NOT NULL AND new.stopped_at IS NULL
-- after insert or delete or update: audit_row()
-- keur_app: SELECT, INSERT, UPDATE

CREATE TABLE programmes (
  id              bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  advertiser_id   bigint  NOT NULL REFERENCES advertisers,
  network         text    NOT NULL
                          CHECK (network IN ('direct', 'awin', 'tradetracker', 'daisycon', 'cj', 'impact', 'tradedoubler', 'partnerize', 'other')),
  ref             text    NOT NULL CHECK (is_name(ref)), -- the network's programme id
  subid_parameter text    NOT NULL DEFAULT '',   -- empty: the network's own (NETWORKS table), direct: none
  live            boolean NOT NULL DEFAULT true,
  email_allowed   boolean NOT NULL DEFAULT true,
  UNIQUE (network, ref, advertiser_id)
);
-- before insert or delete or update, by statement: person_writes()
-- after insert or delete or update: audit_row()
-- keur_app: SELECT, INSERT, UPDATE

CREATE TABLE contacts (
  id             bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  advertiser_id  bigint  NOT NULL REFERENCES advertisers,
  name           text    NOT NULL CHECK (is_name(name)),
  email          text    NOT NULL,
  locale         text    NOT NULL DEFAULT 'en' CHECK (locale IN ('nl', 'de', 'en')),
  may_approve    boolean NOT NULL DEFAULT true,
  proposed_by    text,
  vouched_by     text    NOT NULL DEFAULT current_actor(),
  approves_after bigint                          -- the newest round when that was confirmed: it counts for later ones; null: may not approve
);
CREATE UNIQUE INDEX contacts_email ON contacts (advertiser_id, lower(email));
-- before insert or update: contact_guard()
-- before insert or delete or update, by statement: person_writes()
-- after insert or delete or update: audit_row('email')
-- after update: links_revoked()
--   when new.email IS DISTINCT FROM old.email OR new.may_approve IS DISTINCT FROM old.may_approve
-- keur_app: SELECT, INSERT (advertiser_id, name, email, locale, may_approve), UPDATE (name, email, locale, may_approve, vouched_by)

-- Every address that a user has or ever had.
CREATE TABLE staff_addresses (
  key text PRIMARY KEY
);
-- after insert or delete or update: audit_row()
-- keur_app: SELECT

CREATE TABLE campaigns (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id      int         NOT NULL REFERENCES labels,
  advertiser_id bigint      NOT NULL REFERENCES advertisers,
  programme_id  bigint      REFERENCES programmes,
  name          text        NOT NULL CHECK (is_name(name)),
  starts_on     date        NOT NULL,
  ends_on       date        NOT NULL,
  currency      text        NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
  goals         jsonb       NOT NULL DEFAULT '{}', -- campaigns.Goals
  promised      jsonb       NOT NULL DEFAULT '{}', -- campaigns.Promise
  version       int         NOT NULL DEFAULT 1,
  created_at    timestamptz NOT NULL DEFAULT now(),
  UNIQUE (label_id, name),
  CHECK (starts_on <= ends_on)
);
CREATE INDEX campaigns_advertiser ON campaigns (advertiser_id);
-- before insert or delete or update, by statement: person_writes()
-- after insert or delete or update: audit_row()
-- keur_app: SELECT, INSERT, UPDATE

CREATE TABLE deals (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  campaign_id  bigint NOT NULL REFERENCES campaigns,
  kind         text   NOT NULL CHECK (kind IN ('CPS', 'CPL', 'CPA', 'CPC', 'CPM', 'CPV', 'fixed')),
  basis_points int    CHECK (basis_points >= 1 AND basis_points <= 10000), -- CPS as a share of the sale, 1/100 %
  minor_units  bigint CHECK (minor_units > 0),   -- an amount in the campaign's currency
  note         text   NOT NULL DEFAULT '' CHECK (is_line(note, 500)),
  CHECK ((basis_points IS NULL) <> (minor_units IS NULL)),
  CHECK (basis_points IS NULL OR kind = 'CPS')
);
CREATE INDEX deals_campaign ON deals (campaign_id);
-- before insert or delete or update, by statement: person_writes()
-- after insert or delete or update: audit_row()
-- at commit, after insert or delete or update: terms_written()
-- keur_app: SELECT, INSERT, UPDATE, DELETE

CREATE TABLE campaign_links (
  id          bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  campaign_id bigint  NOT NULL REFERENCES campaigns,
  name        text    NOT NULL CHECK (is_name(name)),
  url         text    NOT NULL CHECK (url ~* '^https?://.' AND is_line(url, 2000)), -- {url}: the page that a deeplink leads to
  utm         boolean NOT NULL,
  UNIQUE (campaign_id, name)
);
-- before insert or delete or update, by statement: person_writes()
-- after insert or delete or update: audit_row()
-- keur_app: SELECT, INSERT, DELETE

-- Content-addressed: the same banner is stored once.
CREATE TABLE creatives (
  hash       bytea       PRIMARY KEY CHECK (length(hash) = 32), -- SHA-256 of bytes
  bytes      bytea       NOT NULL,
  type       text        NOT NULL CHECK (type IN ('image/png', 'image/jpeg', 'image/gif', 'image/webp')),
  width      int         NOT NULL CHECK (width > 0),
  height     int         NOT NULL CHECK (height > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK (hash = sha256(bytes))
);
-- before insert, by statement: program_writes()
-- after insert or delete or update: audit_row('-bytes')
-- after insert: image_written()
-- keur_app: SELECT, INSERT

CREATE TABLE campaign_creatives (
  campaign_id bigint NOT NULL REFERENCES campaigns,
  hash        bytea  NOT NULL REFERENCES creatives,
  alt         text   NOT NULL CHECK (alt <> '' AND is_line(alt, 200)),
  source      text   NOT NULL DEFAULT '',
  valid_from  date,
  valid_until date,
  PRIMARY KEY (campaign_id, hash)
);
CREATE INDEX campaign_creatives_hash ON campaign_creatives (hash);
-- before insert or delete or update, by statement: person_writes()
-- after insert or delete or update: audit_row()
-- after insert: creative_used()
-- after insert or update: creative_written()
-- keur_app: SELECT, INSERT, UPDATE, DELETE

-- Who may see an image: the labels that ever used it, since what was sent with
-- it stays to be seen; and who brought its bytes.
CREATE TABLE creative_labels (
  hash     bytea NOT NULL REFERENCES creatives,
  label_id int   NOT NULL REFERENCES labels,
  PRIMARY KEY (hash, label_id)
);
-- after insert or delete or update: audit_row()
-- keur_app: SELECT

CREATE TABLE creative_uploads (
  hash        bytea NOT NULL REFERENCES creatives,
  uploaded_by text  NOT NULL DEFAULT current_actor(),
  PRIMARY KEY (hash, uploaded_by)
);
-- before insert, by statement: program_writes()
-- before insert: signed('uploaded_by')
-- after insert or delete or update: audit_row()
-- keur_app: SELECT, INSERT

CREATE TABLE voucher_pools (
  id          bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  campaign_id bigint  NOT NULL REFERENCES campaigns,
  name        text    NOT NULL CHECK (is_name(name)),
  shared_code text    CHECK (shared_code ~ '^[A-Za-z0-9._-]{3,40}$'), -- null: unique codes in voucher_codes
  exclusive   boolean NOT NULL DEFAULT false,    -- its shared code is given out by us alone: who uses it came by us
  valid_from  date,
  valid_until date,
  UNIQUE (campaign_id, name),
  CHECK (valid_from <= valid_until)
);
-- before insert or delete or update, by statement: person_writes()
-- after insert or delete or update: audit_row('shared_code')
-- after insert or update of name, shared_code: pool_written()
-- keur_app: SELECT, INSERT, UPDATE

CREATE TABLE voucher_codes (
  pool_id   bigint NOT NULL REFERENCES voucher_pools,
  id        bigint GENERATED ALWAYS AS IDENTITY,
  code      text   NOT NULL CHECK (code ~ '^[A-Za-z0-9._-]{3,40}$'),
  state     text   NOT NULL DEFAULT 'free' CHECK (state IN ('free', 'reserved', 'committed')),
  send_id   bigint,
  member_id bigint,
  PRIMARY KEY (pool_id, id),
  UNIQUE (pool_id, code),
  CHECK ((state = 'free') = (send_id IS NULL AND member_id IS NULL))
) WITH (fillfactor=70);
CREATE INDEX voucher_codes_free ON voucher_codes (pool_id, id) WHERE state = 'free';
CREATE UNIQUE INDEX voucher_codes_delivery ON voucher_codes (send_id, member_id, pool_id) WHERE send_id IS NOT NULL;
-- before insert or update, by statement: program_writes()
-- before insert or update: state_guard('new > free', 'free > reserved', 'reserved > committed free')
-- after insert, by statement: codes_written()
-- keur_app: SELECT, INSERT, UPDATE


-- 0008_templates.sql ----------------------------------------------------------

CREATE TABLE templates (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id    int         NOT NULL REFERENCES labels,
  kind        text        NOT NULL DEFAULT 'mail' CHECK (kind IN ('mail', 'partial')), -- a partial is included by name
  name        text        NOT NULL CHECK (is_name(name)),
  version     int         NOT NULL DEFAULT 1,
  archived_at timestamptz,
  UNIQUE (label_id, name)
);
-- before insert or delete or update, by statement: person_writes()
-- after insert or update: audit_row()
-- keur_app: SELECT, INSERT, UPDATE (name, version, archived_at)

CREATE TABLE template_versions (
  template_id bigint      NOT NULL REFERENCES templates,
  version     int         NOT NULL,
  format      text        NOT NULL CHECK (format IN ('html', 'mjml')),
  source      text        NOT NULL,
  created_by  text        NOT NULL DEFAULT current_actor(),
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (template_id, version)
);
-- before delete or update: refuse_change()
-- before insert: partial_in_mjml()
-- before insert, by statement: person_writes()
-- before insert: signed('created_by')
-- after insert or delete or update: audit_row('source')
-- after insert: template_written()
-- keur_app: SELECT, INSERT


-- 0009_segments.sql -----------------------------------------------------------

CREATE TABLE segments (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id    int         NOT NULL REFERENCES labels,
  name        text        NOT NULL CHECK (is_name(name)),
  description text        NOT NULL DEFAULT '',
  version     int         NOT NULL DEFAULT 1,    -- the newest of segment_versions
  archived_at timestamptz,
  UNIQUE (label_id, name)
);
-- before insert or delete or update, by statement: person_writes()
-- after insert or update: audit_row()
-- keur_app: SELECT, INSERT, UPDATE

CREATE TABLE segment_versions (
  segment_id bigint      NOT NULL REFERENCES segments,
  version    int         NOT NULL,
  rule       jsonb       NOT NULL,
  created_by text        NOT NULL DEFAULT current_actor(),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (segment_id, version)
);
-- before delete or update: refuse_change()
-- before insert, by statement: person_writes()
-- before insert: signed('created_by')
-- after insert or delete or update: audit_row('rule')
-- after insert: segment_written()
-- keur_app: SELECT, INSERT

-- How many members a segment had on a day, by UTC, as a duty counted them.
CREATE TABLE segment_sizes (
  segment_id bigint NOT NULL REFERENCES segments,
  day        date   NOT NULL,
  members    int    CHECK (members >= 0),        -- null: its rule couldn't be counted that day
  PRIMARY KEY (segment_id, day)
);
-- before insert, by statement: program_writes()
-- keur_app: SELECT, INSERT


-- 0010_mailings.sql -----------------------------------------------------------

CREATE TABLE mailings (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id    int         NOT NULL REFERENCES labels,
  name        text        NOT NULL CHECK (is_name(name)),
  kind        text        NOT NULL CHECK (kind IN ('solo', 'newsletter', 'house')),
  state       text        NOT NULL DEFAULT 'draft'
                          CHECK (state IN ('draft', 'in_review', 'changes_requested', 'approved', 'scheduled', 'done', 'cancelled')),
  revision_id bigint      REFERENCES revisions,  -- the newest revision; the only one that can be in review or sent
  copy_of     bigint      REFERENCES mailings,   -- what it began as a copy of
  created_by  text        NOT NULL DEFAULT current_actor(),
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX mailings_label ON mailings (label_id, id);
-- before update: mailing_done()
--   when new.state = 'done' AND old.state <> 'done'
-- before update: mailing_guard()
-- before insert or update, by statement: program_writes()
-- before insert or update of created_by: signed('created_by')
-- before insert or update: state_guard('new > draft', 'draft > in_review cancelled', 'in_review > draft changes_requested approved cancelled', 'changes_requested > draft in_review cancelled', 'approved > draft in_review scheduled cancelled', 'scheduled > draft in_review done cancelled')
-- after insert or delete or update: audit_row('-updated_at')
-- after insert: mailing_copied()
--   when new.copy_of IS NOT NULL
-- after update: mailing_unapproved()
--   when new.state IN ('draft', 'changes_requested', 'done', 'cancelled')
-- after insert: webhook_mailing()
-- after update: webhook_mailing()
--   when new.state <> old.state
-- keur_app: SELECT, INSERT, UPDATE

CREATE TABLE revisions (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  mailing_id bigint      NOT NULL REFERENCES mailings,
  number     int         NOT NULL,
  content    bytea       NOT NULL,               -- canonical JSON of mailings.Content (RFC 8785)
  digest     bytea       NOT NULL GENERATED ALWAYS AS (sha256(content)) STORED,
  schedule   jsonb       GENERATED ALWAYS AS (schedule_of(content)) STORED,
  author_id  bigint      NOT NULL REFERENCES users,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (mailing_id, number)
);
-- before delete or update: refuse_change()
-- before insert, by statement: program_writes()
-- before insert: actor_named('user', 'author_id')
-- after insert: note_attachments()
-- after insert: audit_row('-content')
-- after insert: revision_editors_kept()
-- after insert: note_segments()
-- after insert: revision_written()
-- at commit, after insert: revision_whole()
-- keur_app: SELECT, INSERT

-- What of a revision's content other rooms join on. Same life as the revision.
CREATE TABLE revision_placements (
  revision_id   bigint   NOT NULL REFERENCES revisions,
  key           text     NOT NULL,
  position      smallint NOT NULL,
  campaign_id   bigint   NOT NULL REFERENCES campaigns,
  advertiser_id bigint   NOT NULL REFERENCES advertisers,
  PRIMARY KEY (revision_id, key)
);
CREATE INDEX revision_placements_campaign ON revision_placements (campaign_id);
CREATE INDEX revision_placements_advertiser ON revision_placements (advertiser_id);
-- before delete or update: refuse_change()
-- before insert: revision_part_guard()
-- before insert, by statement: program_writes()
-- after insert, by statement: audit_set('revision_id')
-- keur_app: SELECT, INSERT

CREATE TABLE links (
  id              bigint   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  revision_id     bigint   NOT NULL REFERENCES revisions,
  number          smallint NOT NULL,             -- the index in the compiled template
  url             text     NOT NULL,             -- a member's values as their tags
  parts           text[]   NOT NULL DEFAULT '{}'
                           CHECK (parts = '{}' OR cardinality(parts) > 1 AND parts[1] ~* '^https?://[^/?#\s\\]+[/?#]'), -- around these values; empty: all members get the same
  placement_key   text     NOT NULL DEFAULT '',  -- empty: the label's own link
  campaign_id     bigint   REFERENCES campaigns,
  subid_parameter text     NOT NULL DEFAULT '',  -- empty: no sub-id is appended
  UNIQUE (revision_id, number)
);
-- before delete or update: refuse_change()
-- before insert: revision_part_guard()
-- before insert, by statement: program_writes()
-- after insert, by statement: audit_set('revision_id')
-- keur_app: SELECT, INSERT

-- Where the links of a revision ended when it was put up for approval. At its
-- slot they must still end at the same host. The latest of a link counts, and
-- none is added while the mailing is in review or later.
CREATE TABLE link_targets (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  revision_id bigint      NOT NULL REFERENCES revisions,
  url         text        NOT NULL,
  final_url   text        NOT NULL,              -- empty: nobody answered
  seen_at     timestamptz NOT NULL,
  found       jsonb                              -- what was wrong with it, which approvers are told
);
CREATE INDEX link_targets_revision ON link_targets (revision_id, id);
-- before delete or update: refuse_change()
-- before insert: link_target_guard()
-- before insert, by statement: program_writes()
-- after insert, by statement: audit_set('revision_id')
-- keur_app: SELECT, INSERT

-- Which segments a revision's audience names, so that a segment knows where it
-- is used without reading what every revision says. Same life as the revision.
CREATE TABLE revision_segments (
  segment_id  bigint  NOT NULL,                  -- nobody deletes a segment
  revision_id bigint  NOT NULL REFERENCES revisions,
  exclude     boolean NOT NULL,                  -- its members are left out
  version     int     NOT NULL,                  -- of the segment: the revision has its rule by value
  PRIMARY KEY (segment_id, revision_id, exclude)
);
-- before delete or update: refuse_change()
-- after insert, by statement: audit_set('revision_id')
-- keur_app: SELECT
-- Written only by the trigger revisions_segments; the application can't write here, so it is never wrong.

-- PDFs that go with mails. Content-addressed: the same file is stored once.
CREATE TABLE attachments (
  hash       bytea       PRIMARY KEY CHECK (length(hash) = 32), -- SHA-256 of bytes
  bytes      bytea       NOT NULL CHECK (octet_length(bytes) <= 5242880 AND substr(bytes, 1, 5) = '\x255044462d'::bytea),
  pages      smallint    NOT NULL CHECK (pages >= 1 AND pages <= 100),
  links      jsonb       NOT NULL CHECK (jsonb_typeof(links) = 'array'), -- addresses of its links
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK (hash = sha256(bytes))
);
-- before delete or update: refuse_change()
-- before insert, by statement: program_writes()
-- after insert or delete or update: audit_row('-bytes')
-- after insert: attachment_written()
-- keur_app: SELECT, INSERT

-- For which label somebody brought a file: its users may see and attach it.
CREATE TABLE attachment_uploads (
  hash        bytea NOT NULL REFERENCES attachments,
  label_id    int   NOT NULL REFERENCES labels,
  uploaded_by text  NOT NULL DEFAULT current_actor(),
  PRIMARY KEY (hash, label_id, uploaded_by)
);
-- before delete or update: refuse_change()
-- before insert, by statement: program_writes()
-- before insert: signed('uploaded_by')
-- after insert or delete or update: audit_row()
-- keur_app: SELECT, INSERT

-- The files of a revision, as its content has them: of its label, and each with
-- its own size, under a name that means a PDF to every program (attachments.ValidName).
-- Same life as the revision.
CREATE TABLE revision_attachments (
  revision_id bigint   NOT NULL REFERENCES revisions,
  number      smallint NOT NULL CHECK (number >= 1 AND number <= 5),
  hash        bytea    NOT NULL REFERENCES attachments,
  name        text     NOT NULL CHECK (is_name(name) AND name ~* '.\.pdf$' AND name !~ '[/\\:*?"<>|]' AND name !~ '^\.'),
  PRIMARY KEY (revision_id, number),
  UNIQUE (revision_id, hash)
);
CREATE UNIQUE INDEX revision_attachments_name ON revision_attachments (revision_id, lower(name));
-- before delete or update: refuse_change()
-- after insert, by statement: audit_set('revision_id')
-- keur_app: SELECT
-- Written only by the trigger revisions_attachments; the application can't write here, so it is never wrong.

-- What planners type between two revisions of a mailing: saved at every pause,
-- without a revision for each, and without that any approval falls yet.
CREATE TABLE working_copies (
  mailing_id bigint   PRIMARY KEY REFERENCES mailings,
  based_on   bigint   REFERENCES revisions,      -- null: before the first
  brief      jsonb    NOT NULL,                  -- mailings.Brief
  changes    jsonb    NOT NULL,                  -- by part: version, by whom, when
  version    int      NOT NULL,
  editors    bigint[] NOT NULL                   -- everyone who changed anything in it; see below
);
-- before insert or delete or update, by statement: program_writes()
-- before insert or update: working_copy_signed()
-- after insert or delete or update: audit_row('-based_on', '-brief', '-changes', '-version')
-- after insert or update of brief: working_copy_sourced()
-- keur_app: SELECT, INSERT, UPDATE, DELETE

-- Whom a mailing places as it stands: by its working copy while it is written, or
-- else as it was put up.
CREATE VIEW placed_advertisers AS …
-- keur_app: SELECT

-- Blocks that a label keeps out of its mailings, to begin a placement of another one
-- with: copied there by value. What one says never changes, so that its writers
-- (0019_authors.sql) are those of these very bytes. Written by mailings/blocks.
CREATE TABLE saved_blocks (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id    int         NOT NULL REFERENCES labels,
  mailing_id  bigint      NOT NULL REFERENCES mailings, -- out of which it was kept
  name        text        NOT NULL CHECK (is_name(name)),
  says        jsonb       NOT NULL CHECK (jsonb_typeof(says) = 'object'), -- mailings.BriefPlacement
  campaign_id bigint      NOT NULL GENERATED ALWAYS AS ((says ->> 'campaign_id')::bigint) STORED REFERENCES campaigns,
  created_by  text        NOT NULL DEFAULT current_actor(),
  created_at  timestamptz NOT NULL DEFAULT now(),
  removed_at  timestamptz
);
CREATE UNIQUE INDEX saved_blocks_name ON saved_blocks (label_id, lower(name)) WHERE removed_at IS NULL;
-- before update: ends_once('removed_at')
-- before insert: saved_block_guard()
-- before insert or delete or update, by statement: person_writes()
-- before insert: saved_block_product()
--   when COALESCE(new.says ->> 'product_pick_id', '0') <> '0'
-- before insert or update of created_by: signed('created_by')
-- after insert or delete or update: audit_row('says')
-- after insert: saved_block_written()
-- keur_app: SELECT, INSERT (label_id, mailing_id, name, says), UPDATE (name, removed_at)

-- Who worked on a revision without being the one who saved it. What is new in it
-- they wrote together (0019_authors.sql).
CREATE TABLE revision_editors (
  revision_id bigint NOT NULL REFERENCES revisions,
  user_id     bigint NOT NULL REFERENCES users,
  PRIMARY KEY (revision_id, user_id)
);
-- before delete or update: refuse_change()
-- after insert, by statement: audit_set('revision_id')
-- keur_app: SELECT
-- Written only by the trigger revisions_editors; the application can't leave an editor out.

-- Who has a mailing open right now. Worth nothing after a crash, so it isn't logged.
CREATE UNLOGGED TABLE presences (
  mailing_id bigint      NOT NULL REFERENCES mailings,
  user_id    bigint      NOT NULL REFERENCES users,
  step       text        NOT NULL,
  seen_at    timestamptz NOT NULL,
  PRIMARY KEY (mailing_id, user_id)
);
-- before insert or delete or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE, DELETE

-- A row here, which only the owner can write, says that the base goes by its
-- programs' clocks: those of tests and of the demo are moved. In any other base
-- what is due is so by PostgreSQL's own clock, whatever a program says.
CREATE TABLE moved_clock (
  one boolean DEFAULT true PRIMARY KEY CHECK (one)
);
-- after insert or delete or update: audit_row()
-- keur_app: SELECT

-- Which requests put a revision up, approved it and let its sends go, where spans
-- are told to a collector, so that those of its sends can name them as their causes
-- (W3C Trace Context). It decides nothing.
CREATE TABLE revision_causes (
  revision_id bigint NOT NULL REFERENCES revisions,
  act         text   NOT NULL CHECK (act IN ('put_up', 'approved', 'let_go')),
  traceparent text   NOT NULL CHECK (traceparent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$'),
  PRIMARY KEY (revision_id, act)
);
-- before insert or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE (traceparent)

-- One occurrence of a mailing. A send that a guard held, or that missed its
-- slot, waits for a person, so people are told of it. That they were stands with
-- the send: each stop is told once, whoever stopped it and whenever somebody
-- gets round to telling.
CREATE TABLE sends (
  id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  mailing_id     bigint      NOT NULL REFERENCES mailings,
  revision_id    bigint      NOT NULL REFERENCES revisions,
  label_id       int         NOT NULL REFERENCES labels,
  slot_local     timestamp   NOT NULL,           -- the label's wall clock: the key of the occurrence
  slot_at        timestamptz NOT NULL,           -- the same moment in UTC
  month          date        NOT NULL,           -- partition of its deliveries and events: first day of the slot's month, UTC
  state          text        NOT NULL DEFAULT 'planned'
                             CHECK (state IN ('planned', 'preflight', 'freezing', 'sending', 'paused', 'finished', 'held', 'missed', 'cancelled')),
  held_reason    jsonb,                          -- why it is, or last was, held: {"key": "hold.drift", "args": {…}}
  held_at        timestamptz,                    -- when it was held last …
  mended_at      timestamptz,                    -- … and, while it is held for its links, since when these are known to work again: people were told with it
  stop_told      boolean     NOT NULL DEFAULT true, -- false: held, missed, or ended with lapsed mail, and nobody was told yet
  released_by    bigint      REFERENCES users,   -- who released it from that, or gave a missed one a new slot
  paused_by      bigint      REFERENCES users,   -- who paused it last …
  paused_at      timestamptz,                    -- … and when
  deadline_at    timestamptz,                    -- deliveries lapse after this
  waterfall      jsonb,                          -- segments.Waterfall at freezing
  audience       int,                            -- deliveries frozen
  created_at     timestamptz NOT NULL DEFAULT now(),
  frozen_at      timestamptz,
  opens_at       timestamptz,                    -- set with frozen_at: from when its hours let its mail leave
  started_at     timestamptz,
  finished_at    timestamptz,
  reported       boolean     NOT NULL DEFAULT false, -- its route's server posts what becomes of each mail: noted by sends_reported()
  sealed_count   int,
  sealed_queued  int,
  sealed_kept    int,                            -- of these, whom the approval names; null: it is for what recurs
  sealed_members bytea,
  CHECK (mended_at IS NULL OR (state = 'held' AND (held_reason ->> 'key') = 'hold.links' AND mended_at >= held_at) IS TRUE),
  CHECK (month = date_trunc('month', (slot_at AT TIME ZONE 'UTC'))::date)
);
CREATE UNIQUE INDEX sends_slot ON sends (mailing_id, slot_local) WHERE NOT (state = 'cancelled' AND started_at IS NULL);
CREATE INDEX sends_due ON sends (slot_at) WHERE state NOT IN ('finished', 'missed', 'cancelled');
CREATE INDEX sends_untold ON sends (id) WHERE NOT stop_told;
CREATE INDEX sends_revision ON sends (revision_id);
CREATE INDEX sends_label ON sends (label_id, slot_at);
CREATE INDEX sends_mailing ON sends (mailing_id, id);
CREATE INDEX sends_slot_at ON sends (slot_at, id);
-- before update: send_given_up()
--   when old.state = 'missed' AND new.released_by IS DISTINCT FROM old.released_by AND new.finished_at >= old.deadline_at
-- before insert or update: send_guard()
-- before update: send_held()
--   when new.state = 'held' AND old.state <> 'held'
-- before update: held_reason_fixed()
--   when (new.held_reason IS DISTINCT FROM old.held_reason OR new.held_at IS DISTINCT FROM old.held_at) AND (new.state <> 'held' OR old.state = 'held')
-- before update: send_let_go()
-- before update: send_limits_guard()
--   when new.frozen_at IS NOT NULL AND old.frozen_at IS NULL
-- before delete: refuse_change()
-- before insert or update, by statement: program_writes()
-- before update: send_proven()
--   when new.released_by IS DISTINCT FROM old.released_by OR old.state = 'paused' AND new.state = 'sending' OR (old.state IN ('held', 'missed')) AND (new.state NOT IN ('held', 'missed', 'cancelled'))
-- before insert: send_proven()
--   when new.released_by IS NOT NULL
-- before update: sends_reported()
--   when new.state = 'sending' AND old.started_at IS NULL
-- before insert: sends_reported()
-- before update: send_in_series()
--   when new.state = 'sending' AND old.state <> 'sending'
-- before insert: send_slot_guard()
-- before insert or update: state_guard('new > planned', 'planned > preflight held missed cancelled', 'preflight > planned freezing held missed cancelled', 'freezing > preflight sending held missed cancelled', 'sending > paused held finished cancelled', 'paused > sending held finished cancelled', 'held > preflight sending cancelled', 'missed > cancelled')
-- before update: note_stop()
--   when (new.state IN ('held', 'missed', 'finished')) AND new.state <> old.state
-- before update: actor_named('user', 'released_by')
--   when new.released_by IS DISTINCT FROM old.released_by OR (old.state IN ('held', 'missed')) AND (new.state NOT IN ('held', 'missed', 'cancelled'))
-- before insert: actor_named('user', 'released_by')
-- after insert or delete or update: audit_row('-stop_told')
-- after update: send_finished()
--   when new.state = 'finished' AND old.state <> 'finished'
-- after update: send_released()
--   when old.state = 'held' AND (new.state IN ('preflight', 'sending'))
-- after insert: webhook_send()
-- after update: webhook_send()
--   when new.state <> old.state
-- at commit, after update: send_sealed()
--   when new.sealed_count IS DISTINCT FROM old.sealed_count
-- keur_app: SELECT, INSERT, UPDATE (state, held_reason, held_at, mended_at, stop_told, released_by, waterfall, audience, frozen_at, opens_at, started_at, finished_at)

-- What a held send was let go on from, as it was shown to who released it: the
-- reason with its numbers. It excuses that, and what is near to it, and nothing
-- else; a trigger writes it.
CREATE TABLE send_releases (
  id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  send_id   bigint      NOT NULL REFERENCES sends,
  reason    jsonb       NOT NULL,                -- sends.held_reason
  user_id   bigint      NOT NULL REFERENCES users,
  made_at   timestamptz NOT NULL DEFAULT now(),
  proven_by text        NOT NULL,                -- how they proved to be who they are …
  token_id  bigint      REFERENCES api_tokens    -- … and by which API token; null: by none
);
CREATE INDEX send_releases_send ON send_releases (send_id, id);
-- before delete or update: refuse_change()
-- after insert: audit_row()
-- keur_app: SELECT

-- A series: mailings that members get one after the other, by the days since they
-- joined or confirmed. Each of its steps is a mailing of its own, with its own
-- content and approval, and stands where its own schedule says.
CREATE TABLE series (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id   int         NOT NULL REFERENCES labels,
  name       text        NOT NULL CHECK (is_name(name)),
  after      text        NOT NULL CHECK (after IN ('joined', 'confirmed')),
  paused_by  bigint      REFERENCES users,       -- null: it isn't paused
  paused_at  timestamptz,
  ended_by   bigint      REFERENCES users,       -- null: it hasn't ended
  ended_at   timestamptz,
  created_by text        NOT NULL DEFAULT current_actor(),
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((paused_by IS NULL) = (paused_at IS NULL)),
  CHECK ((ended_by IS NULL) = (ended_at IS NULL))
);
CREATE INDEX series_label ON series (label_id, id);
-- before insert or update: series_guard()
-- before delete: refuse_change()
-- before insert or update, by statement: program_writes()
-- before insert or update of created_by: signed('created_by')
-- after insert or delete or update: audit_row()
-- keur_app: SELECT, INSERT, UPDATE (name, paused_at, ended_at)

CREATE TABLE series_steps (
  mailing_id bigint PRIMARY KEY REFERENCES mailings,
  series_id  bigint NOT NULL REFERENCES series
);
CREATE INDEX series_steps_series ON series_steps (series_id, mailing_id);
-- before update: refuse_change()
-- before insert or delete: series_step_guard()
-- before insert or delete, by statement: program_writes()
-- after insert or delete or update: audit_row()
-- keur_app: SELECT, INSERT, DELETE

-- A secret link under which calendar programs read a label's mailings.
CREATE TABLE calendar_feeds (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id   int         NOT NULL REFERENCES labels,
  token_hash bytea       NOT NULL UNIQUE,        -- SHA-256 of a random token
  created_by text        NOT NULL DEFAULT current_actor(),
  created_at timestamptz NOT NULL,
  revoked_at timestamptz,
  read_at    timestamptz                         -- last, to the hour
);
CREATE INDEX calendar_feeds_label ON calendar_feeds (label_id, id);
CREATE UNIQUE INDEX calendar_feeds_unread ON calendar_feeds (label_id, created_by) WHERE revoked_at IS NULL AND read_at IS NULL;
-- before insert or update, by statement: program_writes()
-- before insert or update of created_by: signed('created_by')
-- after insert or update: audit_row('token_hash', '-read_at')
-- keur_app: SELECT (id, label_id, created_by, created_at, revoked_at, read_at), INSERT, UPDATE (revoked_at, read_at)


-- 0011_requests.sql -----------------------------------------------------------

CREATE TABLE requests (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id    int         NOT NULL REFERENCES labels, -- whose users read it
  kind        text        NOT NULL CHECK (kind IN ('question', 'task', 'idea', 'fault')),
  title       text        NOT NULL CHECK (title ~ '\S' AND is_line(title, 200)),
  body        text        NOT NULL DEFAULT '' CHECK (length(body) <= 10000),
  state       text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'in_progress', 'waiting', 'done')),
  assignee_id bigint      REFERENCES users,      -- a person, or else
  department  text        NOT NULL DEFAULT '' CHECK (department = '' OR is_name(department)), -- a department, with its address
  address     text        NOT NULL DEFAULT '',
  due_on      date,
  about_kind  text        NOT NULL DEFAULT '' CHECK (about_kind IN ('', 'campaign', 'mailing', 'creative', 'member')),
  about_ref   text        NOT NULL DEFAULT '' CHECK (about_ref ~ '^([1-9][0-9]{0,17}|[0-9a-f]{64})?$'),
  created_by  text        NOT NULL DEFAULT current_actor(),
  created_at  timestamptz NOT NULL,
  updated_at  timestamptz NOT NULL,
  CHECK (assignee_id IS NULL OR department = ''),
  CHECK ((department = '') = (address = '')),
  CHECK ((about_kind = '') = (about_ref = ''))
);
CREATE INDEX requests_state ON requests (state, id);
CREATE INDEX requests_label ON requests (label_id, id);
CREATE INDEX requests_assignee ON requests (assignee_id, id) WHERE assignee_id IS NOT NULL;
CREATE INDEX requests_about ON requests (about_kind, about_ref) WHERE about_kind <> '';
-- before insert or update of label_id, about_kind, about_ref, assignee_id: request_label_guard()
-- before insert or update, by statement: program_writes()
-- before insert or update of created_by: signed('created_by')
-- before insert or update: state_guard('new > open', 'open > in_progress waiting done', 'in_progress > open waiting done', 'waiting > open in_progress done', 'done > open in_progress waiting')
-- keur_app: SELECT, INSERT, UPDATE

CREATE TABLE request_comments (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  request_id  bigint      NOT NULL REFERENCES requests,
  body        text        NOT NULL CHECK (body ~ '\S' AND length(body) <= 10000),
  author_name text        NOT NULL DEFAULT '' CHECK (is_line(author_name, 120)), -- as who answers by link calls themselves
  created_by  text        NOT NULL DEFAULT current_actor(),
  created_at  timestamptz NOT NULL
);
CREATE INDEX request_comments_request ON request_comments (request_id, id);
-- before delete or update: request_comment_guard()
-- before insert, by statement: program_writes()
-- before insert: signed('created_by')
-- keur_app: SELECT, INSERT

-- Files are kept once, by what is in them.
CREATE TABLE request_blobs (
  hash  bytea PRIMARY KEY CHECK (length(hash) = 32),
  bytes bytea NOT NULL CHECK (octet_length(bytes) >= 1 AND octet_length(bytes) <= 8388608)
);
-- before insert, by statement: program_writes()
-- keur_app: SELECT, INSERT

CREATE TABLE request_files (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  request_id bigint      NOT NULL REFERENCES requests,
  hash       bytea       NOT NULL REFERENCES request_blobs,
  name       text        NOT NULL CHECK (name <> '' AND is_line(name, 200)),
  size       bigint      NOT NULL,
  created_by text        NOT NULL DEFAULT current_actor(),
  created_at timestamptz NOT NULL
);
CREATE INDEX request_files_request ON request_files (request_id, id);
-- before insert, by statement: program_writes()
-- before insert: signed('created_by')
-- keur_app: SELECT, INSERT

-- The link by which a department answers without an account. It is the
-- department's own: once the request is somebody else's, it opens nothing, also
-- when that is another department.
CREATE TABLE request_links (
  token_hash bytea       PRIMARY KEY,            -- SHA-256 of a random token
  request_id bigint      NOT NULL REFERENCES requests,
  address    text        NOT NULL,               -- of the department
  expires_at timestamptz NOT NULL,
  id         bigint      GENERATED ALWAYS AS IDENTITY UNIQUE
);
-- before insert, by statement: program_writes()
-- keur_app: SELECT (request_id, address, expires_at, id), INSERT


-- 0012_approval.sql -----------------------------------------------------------

CREATE TABLE approval_policies (
  id                    bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id              int     NOT NULL REFERENCES labels,
  advertiser_id         bigint  REFERENCES advertisers, -- null: the label's own; else it overrides for this advertiser's mailings
  client_waivable       boolean NOT NULL DEFAULT false, -- the client step may be waived, with a reason …
  waived_by             text    NOT NULL DEFAULT 'approver'
                                CHECK (waived_by IN ('planner', 'approver', 'admin')), -- … and by whom
  lead_from             int     CHECK (lead_from > 0), -- a lead approves from this audience on; null: never
  drift_percent         int     NOT NULL DEFAULT 10 CHECK (drift_percent >= 0 AND drift_percent <= 100),
  client_hours          int     NOT NULL DEFAULT 48 CHECK (client_hours > 0), -- time to decide
  colleague_hours       int     NOT NULL DEFAULT 24 CHECK (colleague_hours > 0),
  remind_hours          int     NOT NULL DEFAULT 12 CHECK (remind_hours > 0), -- remind so long before the deadline
  recurring_occurrences int     NOT NULL DEFAULT 26 CHECK (recurring_occurrences >= 1 AND recurring_occurrences <= 400),
  recurring_months      int     NOT NULL DEFAULT 6 CHECK (recurring_months >= 1 AND recurring_months <= 24),
  end_remind_days       int     NOT NULL DEFAULT 14 CHECK (end_remind_days >= 1 AND end_remind_days <= 90),
  strong_proof          boolean NOT NULL DEFAULT false, -- to decide, a password isn't proof enough
  refuses_tokens        boolean NOT NULL DEFAULT false, -- verdicts, waivers and releases by an API token don't count
  client_code           boolean NOT NULL DEFAULT false, -- a client's verdict takes a code that is mailed as the link is opened
  asks_all              boolean NOT NULL DEFAULT false, -- each round asks every client, also those whose part is as they approved it
  cooling_hours         int     NOT NULL DEFAULT 24
                                CHECK (cooling_hours >= 0 AND cooling_hours <= 720), -- a new approver counts for what is submitted so long after
  hold_broken_links     boolean NOT NULL DEFAULT false, -- a link that breaks holds what is being sent with it
  attachments           boolean NOT NULL DEFAULT false, -- PDFs may go with mails …
  attachments_most      int     NOT NULL DEFAULT 2 CHECK (attachments_most >= 1 AND attachments_most <= 5), -- … so many …
  attachments_bytes     int     NOT NULL DEFAULT 1048576
                                CHECK (attachments_bytes >= 10240 AND attachments_bytes <= 5242880), -- … of so many bytes together
  version               int     NOT NULL DEFAULT 1,
  UNIQUE NULLS NOT DISTINCT (label_id, advertiser_id)
);
-- before insert or delete or update: change_guard('version')
-- before insert or delete or update, by statement: program_writes()
-- after insert or delete or update: audit_row()
-- keur_app: SELECT, INSERT, UPDATE, DELETE

-- The faces of a revision: the mails that its ifs and variants make, with how
-- many members got each when they were counted. Values of a sample are made up.
CREATE TABLE face_sets (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  revision_id bigint      NOT NULL REFERENCES revisions,
  counted_at  timestamptz NOT NULL
);
CREATE INDEX face_sets_revision ON face_sets (revision_id, id);
-- before delete or update: refuse_change()
-- before insert, by statement: program_writes()
-- after insert or delete or update: audit_row()
-- keur_app: SELECT, INSERT

CREATE TABLE faces (
  set_id   bigint   NOT NULL REFERENCES face_sets,
  number   smallint NOT NULL CHECK (number >= 1 AND number <= 24),
  digest   bytea    NOT NULL CHECK (length(digest) = 32), -- SHA-256 of the mail that the sample gets
  variant  smallint NOT NULL CHECK (variant >= 0),
  members  int      NOT NULL CHECK (members >= 0), -- who got exactly this
  branches jsonb    NOT NULL,                    -- what holds: [{"text", "holds", "members"}]
  sample   jsonb    NOT NULL,                    -- values by field
  PRIMARY KEY (set_id, number),
  UNIQUE (set_id, digest)
);
-- before delete or update: refuse_change()
-- before insert: face_guard()
-- before insert, by statement: program_writes()
-- after insert, by statement: audit_set('set_id')
-- keur_app: SELECT, INSERT

CREATE TABLE face_seals (
  set_id bigint PRIMARY KEY REFERENCES face_sets,
  hash   bytea  NOT NULL,
  mac    bytea  CHECK (mac IS NULL)              -- minted()
);
-- before delete or update: refuse_change()
-- before insert: minted('set_id', 'hash')
-- before insert, by statement: program_writes()
-- after insert or delete or update: audit_row()
-- keur_app: SELECT, INSERT

CREATE TABLE face_views (
  revision_id bigint      NOT NULL REFERENCES revisions,
  digest      bytea       NOT NULL,
  actor       text        NOT NULL DEFAULT current_actor() CHECK (actor ~ '^(user|contact):[0-9]+$'),
  channel     text        NOT NULL DEFAULT face_channel(), -- page, or token:12
  at          timestamptz NOT NULL,
  PRIMARY KEY (revision_id, digest, actor, channel)
);
-- before delete or update: refuse_change()
-- before insert: face_view_guard()
-- before insert, by statement: program_writes()
-- before insert: signed('actor')
-- after insert, by statement: audit_set('revision_id')
-- keur_app: SELECT, INSERT

-- Who opened which file of a revision, by the same ways as faces are shown.
CREATE TABLE attachment_views (
  revision_id bigint      NOT NULL,
  hash        bytea       NOT NULL,
  actor       text        NOT NULL DEFAULT current_actor() CHECK (actor ~ '^(user|contact):[0-9]+$'),
  channel     text        NOT NULL DEFAULT face_channel(), -- page, or token:12
  at          timestamptz NOT NULL,
  PRIMARY KEY (revision_id, hash, actor, channel),
  FOREIGN KEY (revision_id, hash) REFERENCES revision_attachments(revision_id, hash)
);
-- before delete or update: refuse_change()
-- before insert: attachment_view_guard()
-- before insert, by statement: program_writes()
-- before insert: signed('actor')
-- after insert, by statement: audit_set('revision_id')
-- keur_app: SELECT, INSERT

-- One submission of a revision.
CREATE TABLE approval_rounds (
  id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  mailing_id      bigint      NOT NULL REFERENCES mailings,
  revision_id     bigint      NOT NULL REFERENCES revisions,
  digest          bytea       NOT NULL,
  state           text        NOT NULL DEFAULT 'open'
                              CHECK (state IN ('open', 'approved', 'changes_requested', 'withdrawn', 'expired', 'ended')),
  audience        int         NOT NULL CHECK (audience >= 0), -- the count that is approved
  waterfall       jsonb       NOT NULL,
  drift_percent   int         NOT NULL,
  client_waivable boolean     NOT NULL,
  lead_from       int,                           -- of the policies, by the guard: a lead approves from here on
  face_set_id     bigint      REFERENCES face_sets, -- the mails that every party is shown
  submitted_by    bigint      NOT NULL REFERENCES users,
  submitted_at    timestamptz NOT NULL DEFAULT now(),
  ceiling         int         CHECK (ceiling >= 0), -- of what recurs: an occurrence for more members is held; null: goes out once
  ends_at         timestamptz,                   -- its last slot, where the schedule goes on after it
  renews          bigint      REFERENCES approval_rounds, -- the approval that stood as this was put up, by the guard
  closed_at       timestamptz,
  note            text        NOT NULL DEFAULT '' CHECK (is_tidy(note, 1000)), -- its maker's own words to the clients
  close_reason    jsonb                          -- why it ended: {"key": …, "args": {…}}, or what a person wrote
);
CREATE UNIQUE INDEX approval_rounds_open ON approval_rounds (mailing_id) WHERE state = 'open';
CREATE UNIQUE INDEX approval_rounds_standing ON approval_rounds (mailing_id) WHERE state = 'approved';
CREATE INDEX approval_rounds_revision ON approval_rounds (revision_id);
CREATE INDEX approval_rounds_mailing ON approval_rounds (mailing_id, id);
-- before insert: round_comments_guard()
-- before insert: round_attachments_guard()
-- before update: fixed_but('state', 'closed_at', 'close_reason')
-- before insert or update: approval_round_guard()
-- before delete: refuse_change()
-- before insert or update, by statement: program_writes()
-- before insert or update: state_guard('new > open', 'open > approved changes_requested withdrawn expired', 'approved > withdrawn ended')
-- before insert: actor_named('user', 'submitted_by')
-- before insert: round_faces_guard()
-- after insert or update: audit_row()
-- after update: round_parts_approved()
--   when new.state = 'approved' AND old.state = 'open'
-- after insert: webhook_round()
-- after update: webhook_round()
--   when new.state <> old.state
-- keur_app: SELECT, INSERT, UPDATE (state, closed_at, close_reason)

-- One step of a round: the verdict of one party on one digest.
CREATE TABLE approval_reviews (
  id                 bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  round_id           bigint      NOT NULL REFERENCES approval_rounds,
  position           smallint    NOT NULL,       -- steps of equal position may be decided in any order
  step               text        NOT NULL CHECK (step IN ('maker', 'client', 'colleague', 'lead')),
  advertiser_id      bigint      REFERENCES advertisers,
  digest             bytea       NOT NULL,       -- what is to be seen
  verdict            text        NOT NULL DEFAULT 'pending'
                                 CHECK (verdict IN ('pending', 'approved', 'changes_requested', 'waived', 'carried')),
  user_id            bigint      REFERENCES users, -- who decided …
  deputy_for         bigint      REFERENCES users, -- … for whom, who is away …
  contact_id         bigint      REFERENCES contacts, -- … or which contact, by link …
  contact_address    text,                       -- … that was mailed there
  token_id           bigint      REFERENCES api_tokens, -- by which API token, by the guard; null: by none
  decided_at         timestamptz,
  reason             text        NOT NULL DEFAULT '' CHECK (is_tidy(reason, 4000)), -- of requested changes, or of the waiver
  checklist          jsonb       NOT NULL DEFAULT '[]', -- what the maker signed off
  faces_seen         jsonb       NOT NULL DEFAULT '[]', -- numbers of the faces that whoever decided was shown, by the guard
  attachments_opened jsonb       NOT NULL DEFAULT '[]', -- numbers of the attachments that they opened, by the guard
  proven_by          text,                       -- how whoever decided proved to be who they are, by the guard
  waived_as          text,                       -- the strongest role by which it was waived, by the guard …
  new_since          timestamptz,                -- … and since when whoever decided was new then, had that not been lifted
  signature          jsonb,                      -- of a passkey's verdict, by the guard: {"public_key", "nonce", "authenticator_data", "client_data", "signature"}
  due_at             timestamptz NOT NULL,
  reminded_at        timestamptz,
  asked_again        text,                       -- why a client who approved the mailing before is asked once more (carried.Reason)
  UNIQUE NULLS NOT DISTINCT (round_id, step, advertiser_id),
  CHECK ((step = 'client') = (advertiser_id IS NOT NULL)),
  CHECK ((verdict = 'pending') = (decided_at IS NULL)),
  CHECK ((verdict IN ('pending', 'carried')) OR (user_id IS NULL) <> (contact_id IS NULL)),
  CHECK (verdict <> 'carried' OR step = 'client' AND user_id IS NULL AND contact_id IS NULL),
  CHECK (contact_id IS NULL OR step = 'client'),
  CHECK (deputy_for IS NULL OR user_id IS NOT NULL AND (step IN ('colleague', 'lead'))),
  CHECK (token_id IS NULL OR user_id IS NOT NULL),
  CHECK (step <> 'client' OR verdict <> 'approved' OR contact_id IS NOT NULL),
  CHECK (verdict <> 'waived' OR step = 'client'),
  CHECK ((verdict NOT IN ('changes_requested', 'waived')) OR reason <> ''),
  CHECK (decided_at <= due_at)
);
CREATE INDEX approval_reviews_due ON approval_reviews (due_at) WHERE verdict = 'pending';
CREATE UNIQUE INDEX approval_reviews_one_step_each ON approval_reviews (round_id, user_id) WHERE user_id IS NOT NULL AND verdict <> 'waived';
-- before update: review_by_link()
--   when new.contact_id IS NOT NULL AND new.verdict <> old.verdict
-- before update: fixed_but('reminded_at')
--   when new.verdict = old.verdict
-- before insert or update: approval_review_guard()
-- before delete: refuse_change()
-- before insert or update, by statement: program_writes()
-- before update: review_proven()
--   when new.verdict <> old.verdict AND new.verdict <> 'carried'
-- before update: fixed_but()
--   when new.round_id IS DISTINCT FROM old.round_id OR new."position" IS DISTINCT FROM old."position" OR new.step IS DISTINCT FROM old.step OR new.advertiser_id IS DISTINCT FROM old.advertiser_id OR new.digest IS DISTINCT FROM old.digest OR new.due_at IS DISTINCT FROM old.due_at
-- before insert or update: state_guard('new > pending', 'pending > approved changes_requested waived carried', 'carried > changes_requested')
-- before update: actor_named('user', 'user_id')
--   when new.user_id IS DISTINCT FROM old.user_id OR new.verdict IS DISTINCT FROM old.verdict
-- before update: actor_named('contact', 'contact_id')
--   when new.contact_id IS DISTINCT FROM old.contact_id OR new.verdict IS DISTINCT FROM old.verdict
-- before update: review_faces_guard()
--   when new.verdict <> old.verdict AND new.verdict <> 'carried'
-- after insert or update: audit_row()
-- after update: webhook_review()
--   when new.verdict <> old.verdict
-- keur_app: SELECT, INSERT, UPDATE (verdict, user_id, deputy_for, contact_id, decided_at, reason, checklist, reminded_at)

CREATE TABLE approval_links (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  review_id  bigint      NOT NULL REFERENCES approval_reviews,
  contact_id bigint      NOT NULL REFERENCES contacts,
  address    text        NOT NULL DEFAULT '',    -- that it was mailed to: it opens nothing once the contact has another
  token_hash bytea       NOT NULL UNIQUE,        -- SHA-256 of a random token
  created_by bigint      REFERENCES users,       -- null: the system, which makes the link of a reminder
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  lapses_at  timestamptz NOT NULL,               -- the same by the base's own clock, for act()
  revoked_at timestamptz,
  opened_at  timestamptz,
  mac        bytea       CHECK (mac IS NULL)     -- minted()
);
CREATE INDEX approval_links_review ON approval_links (review_id);
-- before insert: link_addressed()
-- before update: ends_once('revoked_at')
-- before insert or update of review_id, contact_id, token_hash, expires_at: minted('review_id', 'contact_id', 'token_hash', 'expires_at')
-- before insert or update, by statement: program_writes()
-- before insert: actor_named('user', 'created_by')
-- after insert or update: audit_row('token_hash', '-mac')
-- keur_app: SELECT (id, review_id, contact_id, address, created_by, created_at, expires_at, revoked_at, opened_at), INSERT, UPDATE (revoked_at, opened_at)

-- The codes that the policy may ask for beside a link: six digits, mailed anew to
-- the address that the link went to. The trail tells of each that it was mailed,
-- tried and given. The hash is over the link's token as well, which nobody has
-- here, so that it can't be found by trying a million.
CREATE TABLE approval_link_codes (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  link_id      bigint      NOT NULL REFERENCES approval_links,
  code_hash    bytea       NOT NULL,
  mailed_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  tries        smallint    NOT NULL DEFAULT 0,   -- that were wrong
  given_at     timestamptz,
  browser_hash bytea       UNIQUE,               -- of the token of the browser in which it was given
  mac          bytea       CHECK (mac IS NULL)   -- minted()
);
CREATE INDEX approval_link_codes_link ON approval_link_codes (link_id, id);
-- before insert: link_code_guard()
-- before insert: minted('link_id', 'code_hash')
-- before delete: refuse_change()
-- before insert, by statement: program_writes()
-- after insert or update: audit_row('code_hash', 'browser_hash', '-mac')
-- keur_app: SELECT (id, link_id, mailed_at, tries, given_at), INSERT (link_id, code_hash, mac)

-- A remark on a revision, pinned to a place in the mail or to none.
CREATE TABLE review_comments (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  revision_id bigint      NOT NULL REFERENCES revisions,
  answers_id  bigint      REFERENCES review_comments, -- null: it begins a thread
  element     text        NOT NULL DEFAULT '',   -- path of the element that it is pinned to; empty: the mail as a whole
  x           real        CHECK (x >= 0::double precision AND x <= 100::double precision), -- percent of the element's width …
  y           real        CHECK (y >= 0::double precision AND y <= 100::double precision), -- … and height; null: pinned nowhere
  field       text        NOT NULL DEFAULT ''
                          CHECK (field ~ '^(|subject|preheader|sender|source|audience|moment|placement:[a-z0-9][a-z0-9_-]{0,29})$'), -- which it is about, subject or placement:p1; empty: the mail as a whole
  outcome     text       
                          CHECK (outcome IN ('done', 'declined')), -- what an answer says became of what was asked, as the mailing is put up again
  body        text        NOT NULL CHECK (is_tidy(body, 4000)),
  created_by  text        NOT NULL DEFAULT current_actor(),
  created_at  timestamptz NOT NULL DEFAULT now(),
  resolved_by text,
  resolved_at timestamptz,
  CHECK ((x IS NULL) = (y IS NULL) AND (element = '' OR x IS NOT NULL)),
  CHECK ((resolved_by IS NULL) = (resolved_at IS NULL)),
  CHECK (answers_id IS NULL OR x IS NULL AND field = '' AND resolved_at IS NULL),
  CHECK (outcome IS NULL OR answers_id IS NOT NULL),
  CHECK (body <> '' OR NOT outcome IS DISTINCT FROM 'done')
);
CREATE INDEX review_comments_revision ON review_comments (revision_id);
-- before insert: comment_answers()
--   when new.answers_id IS NOT NULL
-- before update: comment_guard()
-- before delete: refuse_change()
-- before insert: comment_person()
-- before insert or update, by statement: program_writes()
-- before insert: signed('created_by')
-- after insert or delete or update: audit_row('body')
-- keur_app: SELECT, INSERT, UPDATE (resolved_at)

-- Who looked at which revision, so that a reviewer is told what changed since.
CREATE TABLE review_looks (
  user_id     bigint      NOT NULL REFERENCES users,
  revision_id bigint      NOT NULL REFERENCES revisions,
  at          timestamptz NOT NULL,
  PRIMARY KEY (user_id, revision_id)
);
-- before insert, by statement: program_writes()
-- before insert: actor_named('user', 'user_id')
-- keur_app: SELECT, INSERT

-- The slots that a round is for, up to the end of its approval. They are written
-- as it is submitted, before its maker signs it off, and never after.
CREATE TABLE approval_slots (
  round_id   bigint      NOT NULL REFERENCES approval_rounds,
  slot_local timestamp   NOT NULL,               -- the label's wall clock
  slot_at    timestamptz NOT NULL,
  PRIMARY KEY (round_id, slot_local)
);
-- before delete or update: refuse_change()
-- before insert, by statement: program_writes()
-- after insert, by statement: audit_set('round_id')
-- after insert, by statement: approval_slots_guard()
-- keur_app: SELECT, INSERT

-- The slot that a person gave to a send which had missed its own.
CREATE TABLE send_new_slots (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  send_id    bigint      NOT NULL UNIQUE REFERENCES sends,
  slot_local timestamp   NOT NULL,
  slot_at    timestamptz NOT NULL,
  user_id    bigint      NOT NULL REFERENCES users,
  made_at    timestamptz NOT NULL DEFAULT now(),
  proven_by  text,                               -- how they proved to be who they are, by the guard …
  token_id   bigint      REFERENCES api_tokens   -- … and by which API token; null: by none
);
-- before delete or update: refuse_change()
-- before insert: send_new_slot_guard()
-- before insert, by statement: program_writes()
-- before insert: send_new_slot_proven()
-- before insert: actor_named('user', 'user_id')
-- after insert: audit_row()
-- keur_app: SELECT, INSERT

-- Whom a mailing that goes out once was approved for, exactly: a bit per member,
-- in blocks of 2,048, and none where nobody is. Written with the slots.
CREATE TABLE approval_audiences (
  round_id bigint    NOT NULL REFERENCES approval_rounds,
  block    bigint    NOT NULL,                   -- member_id >> 11
  members  bit(2048) NOT NULL,                   -- member_id & 2047
  PRIMARY KEY (round_id, block)
);
-- before delete or update: refuse_change()
-- before insert, by statement: program_writes()
-- after insert, by statement: audit_set('round_id')
-- after insert, by statement: approval_audiences_guard()
-- keur_app: SELECT, INSERT


-- 0013_delivery.sql -----------------------------------------------------------

-- No index but the primary key, and no column of it ever changes: every change
-- of state is a HOT update that stays on its page. Workers find their rows
-- through delivery_batches (ranges of the primary key) and delivery_retries.
-- Partitions are made with fillfactor 25: a row's two later versions then fit
-- beside it. Measured: 99 % HOT, against 75 % at 50, and no larger after the send.
-- No foreign keys: 100,000 rows a second are frozen, and the base can be
-- distributed by member_id.
CREATE TABLE deliveries (
  send_month date           NOT NULL,            -- sends.month
  part       int            NOT NULL DEFAULT 0,  -- which of its send's overlapping batches it is in
  send_id    bigint         NOT NULL,
  member_id  bigint         NOT NULL,
  changed_at timestamptz,                        -- of the last change of state; null: as it was frozen
  sent_at    timestamptz,                        -- SMTP's 250
  state      delivery_state NOT NULL DEFAULT 'queued',
  variant    smallint       NOT NULL DEFAULT 0,  -- index in Content.Subjects
  attempts   smallint       NOT NULL DEFAULT 0,  -- intents so far; an outcome names the one it is of
  reply_code smallint,                           -- of the last reply
  reason     text,                               -- why skipped, deferred, bounced, failed: a code, never an address
  message_id text,                               -- set with the intent
  PRIMARY KEY (send_month, send_id, member_id)
) PARTITION BY RANGE (send_month);
-- before delete, by statement: refuse_change()
-- before truncate, by statement: refuse_change()
-- before insert, by statement: program_writes()
-- before update, by statement: program_writes()
-- after update: delivery_guard()
--   when NOT (old.state = 'queued' AND new.state = 'sending' OR old.state = 'sending' AND new.state = 'sent') OR old.attempts > new.attempts
-- after update of part: delivery_guard()
--   when old.part <> new.part
-- after insert, by statement: deliveries_seal()
-- keur_app: SELECT, INSERT, UPDATE (part, changed_at, sent_at, state, attempts, reply_code, reason, message_id)

-- A range of a send's members that one worker holds at a time. The fence grows
-- with each holder; an intent is only durable under the newest fence. Batches of
-- one part never overlap; those of different parts (time zones, retries) may,
-- and each takes only the deliveries of its own part.
CREATE TABLE delivery_batches (
  send_id      bigint      NOT NULL REFERENCES sends,
  number       int         NOT NULL,
  send_month   date        NOT NULL,
  part         int         NOT NULL DEFAULT 0,
  first_member bigint      NOT NULL,
  last_member  bigint      NOT NULL,
  size         int         NOT NULL,             -- deliveries in it when it was made
  not_before   timestamptz NOT NULL,
  time_zone    text        NOT NULL DEFAULT '',  -- of its members, whose clock a window goes by; empty: the label's
  state        text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done')),
  worker       uuid,
  fence        int         NOT NULL DEFAULT 0,
  lease_until  timestamptz,
  PRIMARY KEY (send_id, number)
) WITH (fillfactor=50);
CREATE INDEX delivery_batches_open ON delivery_batches (send_id, not_before, number) WHERE state <> 'done';
-- before insert or update: delivery_batch_guard()
-- before insert or update, by statement: program_writes()
-- before insert or update: state_guard('new > waiting', 'waiting > running done', 'running > waiting done')
-- after update: delivery_batch_done()
--   when new.state = 'done' AND old.state <> 'done'
-- after update: webhook_batch()
--   when new.state = 'done' AND old.state <> 'done'
-- keur_app: SELECT, INSERT, UPDATE (not_before, state, worker, fence, lease_until)

-- Deferred deliveries and when to try again. What is due is queued once more,
-- in a batch of its own, so that a retry is fenced as the first attempt was.
CREATE TABLE delivery_retries (
  send_month date        NOT NULL,
  send_id    bigint      NOT NULL,
  member_id  bigint      NOT NULL,
  due_at     timestamptz NOT NULL,
  PRIMARY KEY (send_id, member_id)
);
CREATE INDEX delivery_retries_due ON delivery_retries (due_at);
-- before insert or delete or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE, DELETE

-- Processes that empty the ledger, per route: they share its connections.
CREATE TABLE delivery_workers (
  id       uuid        NOT NULL,
  route_id bigint      NOT NULL,                 -- smtp_routes; 0: the local capture inbox
  seen_at  timestamptz NOT NULL,
  PRIMARY KEY (route_id, id)
);
-- before insert or delete or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE, DELETE

-- When the next mail of a send, over a route or to a provider may leave, if it has a pace.
CREATE TABLE delivery_paces (
  key     text        PRIMARY KEY,               -- send:12, route:3, provider:google
  next_at timestamptz NOT NULL
) WITH (fillfactor=50);
-- before insert or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE

-- Refusals of a mailbox provider within an hour, by the rule that they match.
CREATE TABLE provider_refusals (
  provider text        NOT NULL,
  pattern  text        NOT NULL,
  since    timestamptz NOT NULL,
  hits     int         NOT NULL,
  PRIMARY KEY (provider, pattern)
);
-- before insert or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE

-- How mail to a mailbox provider is limited, for all processes, after it refused
-- some. It is lifted by steps after its time (shaping.Limit).
CREATE TABLE provider_limits (
  provider text        NOT NULL,
  kind     text        NOT NULL CHECK (kind IN ('rate', 'connections', 'messages')),
  value    int         NOT NULL CHECK (value >= 0), -- mails a minute, 0: none leaves; connections; mails a connection
  since    timestamptz NOT NULL,
  until    timestamptz NOT NULL,
  pattern  text        NOT NULL,
  said     text        NOT NULL,                 -- addresses are taken out
  PRIMARY KEY (provider, kind),
  CHECK (since <= until),
  CHECK (value > 0 OR kind = 'rate')
);
-- before insert or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE

-- Connections to a provider, or to one of its MX, that a process may have open
-- now. All of them together are no more than the provider bears. One that isn't
-- renewed is over (shaping.Store.Lease).
CREATE TABLE provider_connections (
  key      text        NOT NULL,                 -- provider:google, mx:mx.example.com
  worker   uuid        NOT NULL,
  provider text        NOT NULL,
  used     int         NOT NULL,                 -- when it was renewed
  held     int         NOT NULL,
  wanted   int         NOT NULL,                 -- more than it holds: it waits for some
  until    timestamptz NOT NULL,
  PRIMARY KEY (key, worker),
  CHECK (held >= used)
) WITH (fillfactor=50);
-- before insert or delete or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE, DELETE

CREATE TABLE mail_providers (
  name           text        PRIMARY KEY CHECK (name ~ '^[a-z0-9][a-z0-9.-]{0,62}$'),
  mx             text[]      NOT NULL,           -- ends of its MX hosts' names
  tls            text        NOT NULL
                             CHECK (tls IN ('', 'required', 'opportunistic', 'none')), -- over direct routes; '': as Keur has it
  connections    int         NOT NULL
                             CHECK (connections >= 0 AND connections <= 500), -- at once; 0, here and below: nothing is said of it
  mx_connections int         NOT NULL CHECK (mx_connections >= 0 AND mx_connections <= 500), -- at once to each of its MX
  messages       int         NOT NULL CHECK (messages >= 0 AND messages <= 1000000), -- that a connection carries
  per_minute     int         NOT NULL CHECK (per_minute >= 0 AND per_minute <= 10000000),
  per_hour       int         NOT NULL CHECK (per_hour >= 0 AND per_hour <= 100000000),
  changed_by     text        NOT NULL DEFAULT current_actor(),
  changed_at     timestamptz NOT NULL DEFAULT now(),
  CHECK ((name = 'default') = (mx = '{}')),
  CHECK (name <> 'default' OR tls = '')
);
-- before insert or delete, by statement: admin_writes()
-- after insert or delete: audit_row()
-- keur_app: SELECT, INSERT (name, mx, tls, connections, mx_connections, messages, per_minute, per_hour), DELETE

CREATE TABLE mail_rules (
  provider   text        NOT NULL CHECK (provider = '' OR provider ~ '^[a-z0-9][a-z0-9.-]{0,62}$'), -- '': each
  pattern    text        NOT NULL CHECK (pattern <> '' AND is_line(pattern, 300)), -- RE2
  at_least   int         NOT NULL CHECK (at_least >= 1 AND at_least <= 100000), -- refusals within an hour
  action     text        NOT NULL CHECK (action IN ('stop', 'slow', 'halve', 'connections', 'messages', 'nothing')),
  to_value   int         NOT NULL CHECK (to_value >= 0 AND to_value <= 10000000), -- of slow, connections, messages
  minutes    int         NOT NULL CHECK (minutes >= 1 AND minutes <= 1440),
  changed_by text        NOT NULL DEFAULT current_actor(),
  changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (provider, pattern),
  CHECK ((to_value > 0) = (action IN ('slow', 'connections', 'messages')))
);
-- before insert or delete, by statement: admin_writes()
-- after insert or delete: audit_row()
-- keur_app: SELECT, INSERT (provider, pattern, at_least, action, to_value, minutes), DELETE

-- What mailbox providers took and refused within five minutes; those that the
-- table doesn't name as 'default'. Kept for two days.
CREATE TABLE provider_counts (
  provider text        NOT NULL,
  at       timestamptz NOT NULL,                 -- when the five minutes begin
  sent     int         NOT NULL,
  deferred int         NOT NULL,
  refused  int         NOT NULL,                 -- for good
  PRIMARY KEY (provider, at)
) WITH (fillfactor=50);
-- before insert or delete or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE, DELETE

-- What they said when they refused mails, the last of each kind.
CREATE TABLE provider_replies (
  provider text        NOT NULL,
  key      bytea       NOT NULL,                 -- of what replies that say the same have in common
  said     text        NOT NULL,                 -- addresses are taken out
  times    int         NOT NULL,
  at       timestamptz NOT NULL,
  PRIMARY KEY (provider, key)
);
-- before insert or delete or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE, DELETE

-- What admins ordered: that no mail leaves to a provider, or that it does again,
-- whatever its refusals came to until then. The last one of a provider counts.
CREATE TABLE provider_orders (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  provider   text        NOT NULL CHECK (provider ~ '^[a-z0-9][a-z0-9.-]{0,62}$'),
  stopped    boolean     NOT NULL,
  reason     text        NOT NULL CHECK (reason <> '' AND is_tidy(reason, 500)),
  until      timestamptz,                        -- of a stop; null: until it is resumed
  ordered_by text        NOT NULL DEFAULT current_actor(),
  at         timestamptz NOT NULL,
  CHECK (until IS NULL OR stopped)
);
CREATE INDEX provider_orders_last ON provider_orders (provider, id);
-- before insert, by statement: admin_writes()
-- after insert: audit_row()
-- keur_app: SELECT, INSERT (provider, stopped, reason, until, at)

-- How the mail from a domain grows, as an admin says: most mails on the first day on
-- which some leave, on the second, and so on (warmups.Plan).
CREATE TABLE warmups (
  domain     text        PRIMARY KEY CHECK (domain ~ '^[a-z0-9][a-z0-9.-]{0,252}$'),
  days       int[]       NOT NULL CHECK (cardinality(days) >= 1 AND cardinality(days) <= 60 AND (0 < ALL (days))),
  changed_by text        NOT NULL DEFAULT current_actor(),
  changed_at timestamptz NOT NULL DEFAULT now()
);
-- before insert or delete, by statement: admin_writes()
-- after insert or delete: audit_row()
-- keur_app: SELECT, INSERT (domain, days), DELETE

-- What left from a domain with a plan, by day. Workers take mails out of its number
-- before they send them (warmups.Store.Take).
CREATE TABLE warmup_days (
  domain text NOT NULL,
  day    date NOT NULL,                          -- in UTC
  step   int  NOT NULL CHECK (step > 0),         -- which day of the plan it is
  most   int,                                    -- as the plan has it; null: it is through
  sent   int  NOT NULL CHECK (sent >= 0),
  PRIMARY KEY (domain, day)
) WITH (fillfactor=50);
-- before insert or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE

-- From which share on of complaints and hard bounces people are told, of a provider
-- or as 'default' of all that have no row; without one Keur's own hold (alarms.Keurs).
CREATE TABLE mail_alarm_limits (
  provider           text        PRIMARY KEY CHECK (provider ~ '^[a-z0-9][a-z0-9.-]{0,62}$'),
  at_least           int         NOT NULL CHECK (at_least >= 1 AND at_least <= 10000000), -- mails, below which nothing is told
  complaints_warning int         NOT NULL,       -- of 10,000 mails, as the others
  complaints_alarm   int         NOT NULL CHECK (complaints_alarm <= 10000),
  hard_warning       int         NOT NULL,
  hard_alarm         int         NOT NULL CHECK (hard_alarm <= 10000),
  changed_by         text        NOT NULL DEFAULT current_actor(),
  changed_at         timestamptz NOT NULL DEFAULT now(),
  CHECK (complaints_warning >= 1 AND complaints_warning <= complaints_alarm),
  CHECK (hard_warning >= 1 AND hard_warning <= hard_alarm)
);
-- before insert or delete, by statement: admin_writes()
-- after insert or delete: audit_row()
-- keur_app: SELECT, INSERT (provider, at_least, complaints_warning, complaints_alarm, hard_warning, hard_alarm), DELETE

-- A provider from which too much came back of the mail of a domain: complaints, or
-- letters about addresses that don't exist. What it was raised for stays; the newest
-- figures stand beside it until it ends.
CREATE TABLE mail_alarms (
  id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind            text        NOT NULL CHECK (kind IN ('complaints', 'hard_bounces')),
  provider        text        NOT NULL,
  domain          text        NOT NULL,          -- of the sender
  span            text        NOT NULL CHECK (span IN ('hour', 'day', 'send')),
  send_id         bigint      REFERENCES sends,
  level           text        NOT NULL CHECK (level IN ('warning', 'alarm')),
  mails           int         NOT NULL,
  events          int         NOT NULL,
  raised_at       timestamptz NOT NULL,
  mails_now       int         NOT NULL,
  events_now      int         NOT NULL,
  looked_at       timestamptz NOT NULL,
  ended_at        timestamptz,
  acknowledged_by text,
  acknowledged_at timestamptz,
  reason          text        NOT NULL DEFAULT '' CHECK (length(reason) <= 500),
  CHECK ((span = 'send') = (send_id IS NOT NULL)),
  CHECK ((acknowledged_by IS NULL) = (acknowledged_at IS NULL) AND (acknowledged_by IS NULL) = (reason = ''))
);
CREATE UNIQUE INDEX mail_alarms_open ON mail_alarms (kind, provider, domain, span, COALESCE(send_id, 0::bigint)) WHERE ended_at IS NULL;
CREATE INDEX mail_alarms_provider ON mail_alarms (provider, id);
CREATE INDEX mail_alarms_send ON mail_alarms (send_id, id) WHERE send_id IS NOT NULL;
-- before update: ends_once('ended_at')
-- before insert or update of acknowledged_by, acknowledged_at, reason: mail_alarm_guard()
-- before insert or update, by statement: program_writes()
-- after insert or update: audit_row('-mails_now', '-events_now', '-looked_at')
-- after insert: webhook_alarm()
-- keur_app: SELECT, INSERT, UPDATE (mails_now, events_now, looked_at, ended_at, acknowledged_by, acknowledged_at, reason)


-- 0014_tracking.sql -----------------------------------------------------------

CREATE TABLE events (
  send_month date        NOT NULL,
  send_id    bigint      NOT NULL,
  member_id  bigint      NOT NULL,               -- 0: the member doesn't consent to be tracked
  id         bigint      NOT NULL DEFAULT nextval('event_ids'),
  at         timestamptz NOT NULL,
  kind       event_kind  NOT NULL,
  machine    boolean     NOT NULL DEFAULT false,
  reason     text        NOT NULL DEFAULT '',    -- why machine; the class of a bounce
  link_id    bigint,
  click_ref  text,                               -- the click's part of the sub-id
  detail     text        NOT NULL DEFAULT '',    -- a bounce's status and redacted text, a user agent's family
  PRIMARY KEY (send_month, send_id, member_id, id)
) PARTITION BY RANGE (send_month);
-- before insert or update, by statement: program_writes()
--   when NOT has_table_privilege('events'::oid, 'TRUNCATE')
-- after insert, by statement: webhook_engagement()
-- after update, by statement: webhook_engagement()
-- keur_app: SELECT, INSERT, UPDATE

-- One row per delivery that was opened or clicked: what is unique, and when first.
CREATE TABLE engagements (
  send_month      date        NOT NULL,
  send_id         bigint      NOT NULL,
  member_id       bigint      NOT NULL,
  first_open_at   timestamptz,
  first_click_at  timestamptz,
  opens           int         NOT NULL DEFAULT 0, -- human
  clicks          int         NOT NULL DEFAULT 0,
  machine_opens   int         NOT NULL DEFAULT 0,
  machine_clicks  int         NOT NULL DEFAULT 0,
  links           bigint[]    NOT NULL DEFAULT '{}'::bigint[], -- links.id that a human clicked
  unsubscribed_at timestamptz,
  complained_at   timestamptz,
  bounced_at      timestamptz,                   -- an asynchronous bounce
  PRIMARY KEY (send_month, send_id, member_id)
) PARTITION BY RANGE (send_month);
-- before insert or update, by statement: program_writes()
--   when NOT has_table_privilege('engagements'::oid, 'TRUNCATE')
-- keur_app: SELECT, INSERT, UPDATE

-- What a relay posted of the mails that it accepted: one row per delivery of a send
-- that is reported, with what has come of both, in any order and any number of times.
-- Apart from the ledger, which knows what the relay said to us, and is hot.
CREATE TABLE relay_reports (
  send_month   date        NOT NULL,
  send_id      bigint      NOT NULL,
  member_id    bigint      NOT NULL,
  delivered_at timestamptz,                      -- when its delivery was first posted
  returned     boolean     NOT NULL DEFAULT false, -- it bounced afterwards, or before: it doesn't count as delivered
  PRIMARY KEY (send_month, send_id, member_id)
) PARTITION BY RANGE (send_month);
-- before insert or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE (delivered_at, returned)

-- Roll-up that segments ask: what a member did on a day (label's zone), humans
-- only. A segment knows the mailings it means, so that each is one stretch of
-- the key, from the day on that it asks about.
CREATE TABLE behaviours (
  label_id    int        NOT NULL,
  kind        event_kind NOT NULL CHECK (kind IN ('open', 'click')),
  mailing_id  bigint     NOT NULL,
  day         date       NOT NULL,
  member_id   bigint     NOT NULL,
  campaign_id bigint     NOT NULL DEFAULT 0,     -- of a click's placement; 0: none, or an open
  n           int        NOT NULL,
  PRIMARY KEY (label_id, kind, mailing_id, day, member_id, campaign_id)
) WITH (fillfactor=90, autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_insert_scale_factor=0.02);
CREATE INDEX behaviours_sample ON behaviours (label_id, kind, day) INCLUDE (mailing_id, campaign_id, member_id) WHERE (hashint8extended(member_id, 0::bigint) & 1023::bigint) < 32;
-- before insert or delete or update, by statement: program_writes()
--   when NOT has_table_privilege('behaviours'::oid, 'TRUNCATE')
-- after delete, by statement: forget_engagements()
-- after insert, by statement: note_engagements()
-- after delete, by statement: unpack_behaviours()
-- after insert, by statement: unpack_behaviours()
-- after update, by statement: unpack_behaviours()
-- keur_app: SELECT, INSERT, UPDATE, DELETE

-- The newest day of each kind per member: "opened in the last 90 days" over
-- all mail, which behaviours would answer with millions of rows. The day before
-- it stands in when the newest turns out to have been a machine's.
CREATE TABLE last_engagements (
  label_id   int        NOT NULL,
  kind       event_kind NOT NULL,
  member_id  bigint     NOT NULL,
  day        date,
  day_before date,
  PRIMARY KEY (label_id, kind, member_id)
) WITH (fillfactor=80);
-- before insert or delete or update, by statement: program_writes()
--   when NOT has_table_privilege('last_engagements'::oid, 'TRUNCATE')
-- keur_app: SELECT, INSERT, UPDATE, DELETE
-- Written only by the triggers of behaviours, so that no writer of those can forget it.

-- Roll-ups of outcomes. Writers append deltas in the transaction of what they
-- count; a duty folds them. A reader adds both, so it is right at any moment.
CREATE TABLE outcome_counts (
  send_id bigint      NOT NULL,
  measure text        NOT NULL,                  -- tracking.Measure
  hour    timestamptz NOT NULL,
  variant smallint    NOT NULL DEFAULT 0,
  link_id bigint      NOT NULL DEFAULT 0,        -- clicks
  domain  text        NOT NULL DEFAULT '',       -- receiver's domain: deliveries, bounces, opens, clicks, complaints
  n       bigint      NOT NULL,
  PRIMARY KEY (send_id, measure, hour, variant, link_id, domain)
) WITH (fillfactor=80);
-- before insert or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE

CREATE TABLE outcome_deltas (
  id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  send_id bigint      NOT NULL,
  measure text        NOT NULL,
  hour    timestamptz NOT NULL,
  variant smallint    NOT NULL DEFAULT 0,
  link_id bigint      NOT NULL DEFAULT 0,
  domain  text        NOT NULL DEFAULT '',
  n       bigint      NOT NULL
);
-- before insert or delete or update, by statement: program_writes()
--   when NOT has_table_privilege('outcome_deltas'::oid, 'TRUNCATE')
-- keur_app: SELECT, INSERT, UPDATE, DELETE

CREATE VIEW outcomes AS …
-- keur_app: SELECT

-- Soft bounces since the member's last delivery: five sends over fourteen days suppress.
CREATE TABLE soft_bounces (
  member_id bigint      NOT NULL,
  send_id   bigint      NOT NULL,
  at        timestamptz NOT NULL,
  PRIMARY KEY (member_id, send_id)
);
-- before insert: bounce_of_former_address()
-- before insert or delete or update, by statement: program_writes()
-- after insert: bounce_guard()
-- keur_app: SELECT, INSERT, UPDATE, DELETE

-- A provider that suddenly refuses many members for good. Those that it refuses
-- while this is open wait for a person, as suppressions of its number: a mistake
-- of theirs or ours should cost no member.
CREATE TABLE bounce_trays (
  id         bigint           GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  provider   text             NOT NULL,
  state      text             NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'confirmed', 'dismissed')),
  opened_at  timestamptz      NOT NULL,
  suppressed int              NOT NULL,          -- in the hour before it was opened, and took effect
  delivered  int              NOT NULL,          -- mails to the provider in that hour
  usual      double precision NOT NULL,          -- the share of them that is usual
  decided_by text,
  decided_at timestamptz,
  members    int,                                -- of how many it was decided
  CHECK ((state = 'open') = (decided_by IS NULL)),
  CHECK ((state = 'open') = (decided_at IS NULL)),
  CHECK ((state = 'open') = (members IS NULL))
);
CREATE UNIQUE INDEX bounce_trays_open ON bounce_trays (provider) WHERE state = 'open';
-- before update: bounce_tray_guard()
-- before insert or update, by statement: program_writes()
-- before insert or update: state_guard('new > open', 'open > confirmed dismissed')
-- after insert or update: audit_row()
-- after insert: webhook_tray()
-- keur_app: SELECT, INSERT, UPDATE

-- What receivers tell of the mail that came to them in the name of a domain (RFC
-- 9990), once each report. Letters prove little: who signed one is kept beside it.
CREATE TABLE dmarc_reports (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  org         text        NOT NULL CHECK (org <> '' AND is_line(org, 255)),
  report_id   text        NOT NULL CHECK (report_id <> '' AND is_line(report_id, 255)), -- theirs
  domain      text        NOT NULL,
  policy      text        NOT NULL CHECK (policy IN ('none', 'quarantine', 'reject')),
  begins_at   timestamptz NOT NULL,
  ends_at     timestamptz NOT NULL,
  signed_by   text        NOT NULL,              -- the domain whose signature the letter had; '': nobody could ask, or a person brought it
  rows        int         NOT NULL,
  received_at timestamptz NOT NULL,
  brought_by  text        NOT NULL DEFAULT current_actor(),
  UNIQUE (org, report_id, domain)
);
CREATE INDEX dmarc_reports_domain ON dmarc_reports (domain, begins_at);
CREATE INDEX dmarc_reports_received ON dmarc_reports (domain, received_at);
-- before insert or delete, by statement: program_writes()
-- keur_app: SELECT, INSERT (org, report_id, domain, policy, begins_at, ends_at, signed_by, rows, received_at), DELETE

CREATE TABLE dmarc_rows (
  report_id   bigint  NOT NULL REFERENCES dmarc_reports(id) ON DELETE CASCADE,
  source      inet    NOT NULL,
  mails       bigint  NOT NULL CHECK (mails > 0),
  disposition text    NOT NULL CHECK (disposition IN ('none', 'quarantine', 'reject')),
  dkim        boolean NOT NULL,                  -- passed, and aligned; so spf
  spf         boolean NOT NULL,
  header_from text    NOT NULL,
  dkim_domain text    NOT NULL,
  spf_domain  text    NOT NULL,
  known       text    NOT NULL CHECK (known IN ('ours', 'forwarded', 'unknown', 'unasked')) -- by SPF, as it was taken in
);
CREATE INDEX dmarc_rows_report ON dmarc_rows (report_id);
-- before insert, by statement: program_writes()
-- keur_app: SELECT, INSERT

-- Keys that sign public tokens and return paths. One is current; old ones still verify.
CREATE TABLE token_keys (
  id            smallint    PRIMARY KEY CHECK (id >= 1 AND id <= 255),
  secret_sealed bytea       NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  retired_at    timestamptz,                     -- no longer verifies
  mac           bytea       CHECK (mac IS NULL)  -- minted()
);
-- before insert: change_guard('secret_sealed', 'created_at', 'mac')
--   when new.id > 1
-- before update: ends_once('retired_at')
-- before insert or update of id, secret_sealed: minted('id', 'secret_sealed')
-- after insert or update: audit_row('secret_sealed', '-mac')
-- keur_app: SELECT (id, secret_sealed, created_at, retired_at), INSERT


-- 0015_columns.sql ------------------------------------------------------------

-- One field of the members under a label, 32,768 member ids to a block. The
-- snapshot is the one that it was read in. Transaction numbers mean nothing in
-- another server: in a base that was dumped and restored, or upgraded, panels
-- are therefore made anew.
CREATE TABLE panels (
  label_id int         NOT NULL,
  field    text        NOT NULL,                 -- a column of memberships
  block    bigint      NOT NULL,                 -- member_id >> 15
  system   bigint      NOT NULL DEFAULT 0,       -- pg_control_system().system_identifier
  snapshot pg_snapshot NOT NULL,
  content  bytea       NOT NULL,
  sample   bytea       NOT NULL,                 -- of the members whom estimates look at: those of bucket < 32
  PRIMARY KEY (label_id, field, block)
);
-- before insert or delete or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE, DELETE

-- Members whose membership changed, from first to last within a block. Whether
-- a panel knows of it follows from its snapshot, not from any clock.
CREATE TABLE panel_changes (
  label_id int    NOT NULL,
  block    bigint NOT NULL,
  first    bigint NOT NULL,
  last     bigint NOT NULL,
  xid      xid8   NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX panel_changes_block ON panel_changes (label_id, block);
-- before insert or delete or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE, DELETE
-- Written only by the triggers of memberships; segments deletes what its panels know.

-- What members did with a mailing on a day, once that day is over. Null when it
-- changed afterwards: then behaviours say it.
CREATE TABLE packs (
  label_id   int        NOT NULL,
  kind       event_kind NOT NULL,
  day        date       NOT NULL,
  mailing_id bigint     NOT NULL,
  content    bytea,
  sample     bytea,                              -- of the members whom estimates look at
  PRIMARY KEY (label_id, kind, day, mailing_id)
);
-- before insert or delete or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE, DELETE

-- Up to which day a label's behaviours are packed. A mailing of such a day that
-- has no pack was neither opened nor clicked on it.
CREATE TABLE packed (
  label_id int  PRIMARY KEY,
  through  date NOT NULL
);
-- before insert or delete or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE, DELETE


-- 0016_scheduler.sql ----------------------------------------------------------

-- A recurring piece of work that one process at a time does.
CREATE TABLE duties (
  name        text        PRIMARY KEY,
  holder      uuid,
  fence       bigint      NOT NULL DEFAULT 0,
  lease_until timestamptz,
  started_at  timestamptz,
  finished_at timestamptz,
  error       text        NOT NULL DEFAULT ''
);
-- before insert or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE


-- 0017_notices.sql ------------------------------------------------------------

CREATE TABLE notices (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key         text        NOT NULL UNIQUE,       -- what it is about; the same notice is queued once
  label_id    int         REFERENCES labels,     -- whose sender and route
  recipient   text        NOT NULL,
  subject     text        NOT NULL,
  body        bytea       NOT NULL,              -- as JSON, sealed; emptied once sent
  not_before  timestamptz NOT NULL DEFAULT now(),
  attempts    int         NOT NULL DEFAULT 0,
  lease_until timestamptz,
  sent_at     timestamptz,
  error       text        NOT NULL DEFAULT ''
);
CREATE INDEX notices_due ON notices (not_before) WHERE sent_at IS NULL;
-- before insert or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE (recipient, subject, body, not_before, attempts, lease_until, sent_at, error)


-- 0018_api.sql ----------------------------------------------------------------

CREATE TABLE idempotency_keys (
  user_id      bigint      NOT NULL REFERENCES users,
  key          text        NOT NULL,
  request_hash bytea       NOT NULL,
  status       int,                              -- null: the first call is still running
  response     bytea,                            -- sealed
  of_members   boolean     NOT NULL DEFAULT false, -- may tell of one: forgotten when any is erased
  created_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, key)
);
-- before insert or delete or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE, DELETE


-- 0019_authors.sql ------------------------------------------------------------

CREATE TABLE part_authors (
  hash    bytea  NOT NULL CHECK (length(hash) = 32),
  user_id bigint NOT NULL REFERENCES users,
  kind    text   NOT NULL
                 CHECK (kind IN ('text', 'block', 'template', 'segment', 'image', 'attachment', 'creative', 'deal', 'voucher', 'product', 'frame')),
  PRIMARY KEY (hash, user_id)
);
-- before delete or update: refuse_change()
-- after insert or delete or update: audit_row()
-- keur_app: SELECT
-- Written only by triggers of the tables that hold parts; the application can't leave a writer out.

-- Whose parts count as nobody's, since Keur brings them along: its starters.
-- A test holds the list to the files in templates/starters.
CREATE TABLE part_commons (
  hash bytea PRIMARY KEY CHECK (length(hash) = 32)
);
-- after insert or delete or update: audit_row()
-- keur_app: SELECT

-- Who approved the exact bytes of a part under a label: alone, or as colleague or
-- lead of a round that was completed.
CREATE TABLE part_approvals (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id    int         NOT NULL REFERENCES labels,
  kind        text        NOT NULL,
  hash        bytea       NOT NULL CHECK (length(hash) = 32),
  user_id     bigint      NOT NULL REFERENCES users,
  round_id    bigint      REFERENCES approval_rounds, -- null: alone
  approved_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (hash, label_id, user_id)
);
-- before delete or update: refuse_change()
-- before insert: part_approval_guard()
--   when new.round_id IS NULL
-- before insert, by statement: program_writes()
-- before insert: proof_demanded()
--   when new.round_id IS NULL
-- before insert: actor_named('user', 'user_id')
--   when new.round_id IS NULL
-- after insert: audit_row()
-- keur_app: SELECT, INSERT (label_id, kind, hash, user_id, approved_at)

CREATE TABLE campaign_terms (
  campaign_id bigint PRIMARY KEY REFERENCES campaigns,
  hash        bytea                              -- of the terms that were last committed; null: of none
);
-- after insert or delete or update: audit_row()
-- keur_app: SELECT

-- Voucher pools: what they are called and their shared code, and each lot of
-- codes that was added.
CREATE TABLE voucher_parts (
  pool_id bigint NOT NULL REFERENCES voucher_pools,
  hash    bytea  NOT NULL,
  PRIMARY KEY (pool_id, hash)
);
-- after insert, by statement: audit_set('pool_id')
-- keur_app: SELECT

-- What a revision is made of. Same life as the revision.
CREATE TABLE revision_parts (
  revision_id bigint NOT NULL REFERENCES revisions,
  kind        text   NOT NULL,
  hash        bytea  NOT NULL,
  pool_id     bigint REFERENCES voucher_pools,   -- of vouchers: its parts are what is in it at the time
  PRIMARY KEY (revision_id, hash)
);
-- before delete or update: refuse_change()
-- after insert, by statement: audit_set('revision_id')
-- keur_app: SELECT

-- What known parts a working copy passed through on its way to a revision: a
-- text that was pasted or loaded, and changed then, was made from it.
CREATE TABLE working_copy_sources (
  mailing_id bigint NOT NULL REFERENCES mailings,
  kind       text   NOT NULL,
  hash       bytea  NOT NULL,
  PRIMARY KEY (mailing_id, hash)
);
-- after insert, by statement: audit_set('mailing_id')
-- after delete, by statement: audit_set('mailing_id')
-- keur_app: SELECT

-- Whose work a mailing began with that is a copy of another: those who still
-- count as writers of what the other says, and those who were writing in it.
CREATE TABLE mailing_copies (
  mailing_id bigint NOT NULL REFERENCES mailings,
  user_id    bigint NOT NULL REFERENCES users,
  PRIMARY KEY (mailing_id, user_id)
);
-- after insert, by statement: audit_set('mailing_id')
-- keur_app: SELECT


-- 0020_networks.sql -----------------------------------------------------------

CREATE TABLE network_connections (
  id            int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id      int         NOT NULL REFERENCES labels, -- whose money it is when nothing else says
  network       text        NOT NULL
                            CHECK (network IN ('awin', 'tradetracker', 'daisycon', 'cj', 'impact', 'tradedoubler', 'partnerize', 'other')),
  name          text        NOT NULL CHECK (is_name(name)),
  publisher_ref text        NOT NULL DEFAULT '' CHECK (is_line(publisher_ref, 120)), -- the network's number of our account or site
  postback_hash bytea       UNIQUE
                            CHECK (length(postback_hash) = 32), -- SHA-256 of the secret in the address that the network calls; null: none
  links_barred  boolean     NOT NULL DEFAULT false, -- its terms forbid that a program follows its links
  version       int         NOT NULL DEFAULT 1,
  created_at    timestamptz NOT NULL DEFAULT now(),
  UNIQUE (label_id, name)
);
CREATE UNIQUE INDEX network_connections_account ON network_connections (network, lower(publisher_ref)) WHERE publisher_ref <> '' AND network <> 'other';
-- before update of publisher_ref: network_account_named()
-- before insert or delete or update, by statement: person_writes()
-- after insert or delete or update: audit_row('postback_hash')
-- keur_app: SELECT (id, label_id, network, name, publisher_ref, links_barred, version, created_at), INSERT, UPDATE (name, publisher_ref, postback_hash, links_barred, version)

-- What a network gave a publisher to ask it with: sealed beside the connection,
-- never shown again.
CREATE TABLE network_credentials (
  connection_id int         PRIMARY KEY REFERENCES network_connections,
  sealed        bytea       NOT NULL,            -- internal/seal
  set_at        timestamptz NOT NULL DEFAULT now()
);
-- before insert or update: network_account_named()
-- before insert or update: person_demanded()
-- before insert or update, by statement: program_writes()
-- after insert or delete or update: audit_row('sealed')
-- keur_app: SELECT, INSERT, UPDATE

-- What the network gave us in turn: a session, or tokens of which each holds once.
CREATE TABLE network_sessions (
  connection_id   int         PRIMARY KEY REFERENCES network_connections,
  sealed          bytea,                         -- internal/seal; null: none
  renewing_until  timestamptz,                   -- somebody renews it until then, and nobody else does
  verifier_sealed bytea                          -- of the page on which a person opens the account now
);
-- before insert or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE

-- How often each credential, or we all, asked a network of late.
CREATE TABLE network_budgets (
  key           text          PRIMARY KEY,       -- network, and SHA-256 of the credential that it counts by
  calls         timestamptz[] NOT NULL DEFAULT '{}'::timestamp with time zone[],
  blocked_until timestamptz                      -- it takes none until then
);
-- before insert or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE

-- How far each repeated question is. It is about the time from covered_until, less
-- its overlap, to goal, in windows that the network takes, page by page.
CREATE TABLE network_sweeps (
  connection_id int         NOT NULL REFERENCES network_connections,
  sweep         text        NOT NULL,
  turn          bigint      NOT NULL DEFAULT 0,  -- counts what is saved, so that of two who ask one goes on
  covered_until timestamptz,                     -- null: it was never asked through
  goal          timestamptz,                     -- null: between two times, as the rest of the window
  window_from   timestamptz,
  window_until  timestamptz,
  cursor        text        NOT NULL DEFAULT '', -- of the next page, in the adapter's words
  due_at        timestamptz NOT NULL,
  ran_at        timestamptz,
  failures      int         NOT NULL DEFAULT 0,  -- one after another
  problem       jsonb,                           -- what failed last; null: nothing
  reports       bigint      NOT NULL DEFAULT 0,  -- that came since it began anew
  unread        bigint      NOT NULL DEFAULT 0,  -- of these, that can't be booked
  unread_ref    text        NOT NULL DEFAULT '', -- the last of them
  unread_reason jsonb,
  PRIMARY KEY (connection_id, sweep),
  CHECK ((goal IS NULL) = (window_from IS NULL) AND (goal IS NULL) = (window_until IS NULL)),
  CHECK (window_from <= window_until AND window_until <= goal),
  CHECK (goal IS NOT NULL OR cursor = '')
);
-- before insert or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE

-- How a network writes its files, as a person says once for a connection.
CREATE TABLE network_mappings (
  connection_id int   PRIMARY KEY REFERENCES network_connections,
  mapping       jsonb NOT NULL CHECK (jsonb_typeof(mapping) = 'object')
);
-- before insert or delete or update, by statement: person_writes()
-- after insert or delete or update: audit_row()
-- keur_app: SELECT, INSERT, UPDATE

-- What a network says of a programme to one of its publishers, as the newest
-- reading has it. Read daily.
CREATE TABLE network_listings (
  id               bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  connection_id    int         NOT NULL REFERENCES network_connections,
  ref              text        NOT NULL CHECK (ref <> '' AND is_line(ref, 120)), -- the network's number of the programme
  name             text        NOT NULL,
  relation         text        NOT NULL CHECK (relation IN ('joined', 'applied', 'suspended', 'rejected', 'not_joined')),
  live             boolean     NOT NULL DEFAULT true,
  live_from        timestamptz,
  live_until       timestamptz,                  -- not within
  email            text        NOT NULL DEFAULT 'unknown' CHECK (email IN ('allowed', 'limited', 'disallowed', 'unknown')),
  cashback         text        NOT NULL DEFAULT 'unknown' CHECK (cashback IN ('allowed', 'limited', 'disallowed', 'unknown')),
  codes            text        NOT NULL DEFAULT 'unknown' CHECK (codes IN ('allowed', 'limited', 'disallowed', 'unknown')),
  sub_ids          boolean,                      -- whether links carry ours; null: it doesn't say
  validation_days  int         CHECK (validation_days >= 0 AND validation_days <= 3650),
  currency         text        NOT NULL DEFAULT '',
  earnings_per_100 bigint,                       -- of all its publishers, for 100 clicks, in minor units
  approval_points  int         CHECK (approval_points >= 0 AND approval_points <= 10000), -- share that is approved, in 1/100 %
  listed_at        timestamptz NOT NULL,         -- when the reading began in which it was last
  read_at          timestamptz,                  -- when all of this was said last; null: no more than the relation was
  UNIQUE (connection_id, ref)
);
-- before insert or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE

-- What each group of a programme's transactions pays, and paid.
CREATE TABLE network_terms (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  listing_id   bigint      NOT NULL REFERENCES network_listings,
  group_ref    text        NOT NULL,
  name         text        NOT NULL,
  kind         text        NOT NULL CHECK (kind IN ('CPS', 'CPL', 'CPA', 'CPC', 'CPM', 'CPV', 'fixed')),
  basis_points int         CHECK (basis_points >= 0 AND basis_points <= 10000),
  minor_units  bigint,
  currency     text        NOT NULL DEFAULT '',
  since        timestamptz NOT NULL,             -- when it was read first
  ended_at     timestamptz,                      -- when it was read no longer; null: it holds
  CHECK ((basis_points IS NULL) <> (minor_units IS NULL)),
  CHECK (since <= ended_at)
);
CREATE UNIQUE INDEX network_terms_holds ON network_terms (listing_id, group_ref) WHERE ended_at IS NULL;
-- before insert or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE (ended_at)

-- What a person says of a policy that the network leaves open: once, for as long
-- as the network says of it what it said then. The newest counts.
CREATE TABLE network_answers (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  listing_id  bigint      NOT NULL REFERENCES network_listings,
  topic       text        NOT NULL CHECK (topic IN ('email', 'cashback', 'codes')),
  said        text        NOT NULL CHECK (said IN ('limited', 'disallowed', 'unknown')), -- by the network
  may         boolean     NOT NULL,
  reason      text        NOT NULL CHECK (reason <> '' AND is_line(reason, 500)),
  answered_by text        NOT NULL DEFAULT current_actor(),
  answered_at timestamptz NOT NULL DEFAULT now(),
  CHECK (said <> 'disallowed' OR topic = 'cashback')
);
CREATE INDEX network_answers_listing ON network_answers (listing_id, topic, id);
-- before delete or update: refuse_change()
-- before insert: network_answer_guard()
-- before insert: person_demanded()
-- before insert, by statement: program_writes()
-- before insert: signed('answered_by')
-- after insert or delete or update: audit_row()
-- keur_app: SELECT, INSERT

-- What a network offers for a programme: banners, text links, codes, offers, as the
-- newest reading has them. Read daily.
CREATE TABLE network_items (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  connection_id int         NOT NULL REFERENCES network_connections,
  programme_ref text        NOT NULL CHECK (programme_ref <> '' AND is_line(programme_ref, 120)), -- the network's number of it
  kind          text        NOT NULL CHECK (kind IN ('banner', 'text', 'code', 'offer')),
  ref           text        NOT NULL CHECK (ref <> '' AND is_line(ref, 120)), -- the network's number
  name          text        NOT NULL CHECK (is_name(name)),
  body          text        NOT NULL DEFAULT '' CHECK (is_line(body, 500)), -- what is said in it
  conditions    text        NOT NULL DEFAULT '' CHECK (is_line(conditions, 1000)),
  width         int         NOT NULL DEFAULT 0 CHECK (width >= 0 AND width <= 5000), -- of a banner, in pixels; 0: it doesn't say
  height        int         NOT NULL DEFAULT 0 CHECK (height >= 0 AND height <= 5000),
  valid_from    timestamptz,
  valid_until   timestamptz,                     -- not within
  code          text        NOT NULL DEFAULT '' CHECK (is_line(code, 120)),
  exclusive     boolean     NOT NULL DEFAULT false, -- the code is for us alone
  picture       text        NOT NULL DEFAULT '' CHECK (is_line(picture, 2000)), -- addresses, never markup
  click         text        NOT NULL DEFAULT '' CHECK (is_line(click, 2000)),
  modified_at   timestamptz,                     -- as the network says
  changed_at    timestamptz NOT NULL,            -- when it was read first as it is now
  first_seen_at timestamptz NOT NULL,
  seen_at       timestamptz NOT NULL,            -- when the reading began in which it was last
  withdrawn_at  timestamptz,                     -- when two readings in a row had it no longer: when the first of them began
  UNIQUE (connection_id, programme_ref, kind, ref),
  CHECK (valid_from < valid_until),
  CHECK (strpos((((name || body) || conditions) || picture) || click, '{{') = 0),
  CHECK (
CASE kind
    WHEN 'banner' THEN picture <> '' AND click <> ''
    WHEN 'code' THEN code <> ''
    ELSE click <> ''
END)
);
-- before insert or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE

-- What was taken from an item into a campaign: a copy of its picture, or a pool of
-- its code, with the item as it was then.
CREATE TABLE network_picks (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  item_id     bigint      NOT NULL REFERENCES network_items,
  campaign_id bigint      NOT NULL REFERENCES campaigns,
  hash        bytea       REFERENCES creatives,  -- the copy of its picture
  pool_id     bigint      REFERENCES voucher_pools, -- of its code
  picture     text        NOT NULL,
  click       text        NOT NULL,
  code        text        NOT NULL,
  conditions  text        NOT NULL,
  valid_from  timestamptz,
  valid_until timestamptz,
  modified_at timestamptz,
  picked_by   text        NOT NULL DEFAULT current_actor(),
  picked_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX network_picks_campaign ON network_picks (campaign_id, id);
CREATE INDEX network_picks_item ON network_picks (item_id);
-- before delete or update: refuse_change()
-- before insert: network_pick_guard()
-- before insert: person_demanded()
-- before insert, by statement: program_writes()
-- before insert: signed('picked_by')
-- after insert or delete or update: audit_row('code')
-- keur_app: SELECT, INSERT

-- What changed at a network from one reading to the next, and what it wrote itself:
-- a kind with its facts, never a sentence of ours.
CREATE TABLE network_news (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  connection_id int         NOT NULL REFERENCES network_connections,
  programme_ref text        NOT NULL CHECK (is_line(programme_ref, 120)), -- the network's number of it; empty: it is about none
  programme     text        NOT NULL CHECK (is_line(programme, 120)), -- its name then
  kind          text        NOT NULL
                            CHECK (kind IN ('listed', 'relation', 'stopped', 'resumed', 'ends', 'policy', 'terms', 'code', 'offer', 'code_gone', 'offer_gone', 'notice')),
  facts         jsonb       NOT NULL CHECK (jsonb_typeof(facts) = 'object'),
  ref           text        NOT NULL DEFAULT ''
                            CHECK (is_line(ref, 120)), -- the network's number of what it wrote; empty: it is a difference
  title         text        NOT NULL DEFAULT '' CHECK (is_line(title, 120)), -- in the network's words
  body          text        NOT NULL DEFAULT '' CHECK (is_line(body, 2000)),
  at            timestamptz NOT NULL,            -- it was read first, or published
  expires_at    timestamptz,                     -- not within
  CHECK (ref <> '' OR title = '' AND body = '' AND kind <> 'notice'),
  CHECK (ref = '' OR title <> ''),
  CHECK (strpos(((programme || title) || body) || facts, '{{') = 0)
);
CREATE UNIQUE INDEX network_news_notice ON network_news (connection_id, ref) WHERE ref <> '';
CREATE INDEX network_news_at ON network_news (connection_id, at, id);
-- before insert, by statement: program_writes()
-- keur_app: SELECT, INSERT

-- Who read which of it.
CREATE TABLE network_news_reads (
  user_id bigint      NOT NULL REFERENCES users,
  news_id bigint      NOT NULL REFERENCES network_news,
  read    boolean     NOT NULL,
  at      timestamptz NOT NULL,
  PRIMARY KEY (user_id, news_id)
);
-- before insert or update, by statement: program_writes()
-- before insert or update: actor_named('user', 'user_id')
-- keur_app: SELECT, INSERT, UPDATE (read, at)


-- 0021_conversions.sql --------------------------------------------------------

-- An affiliate transaction, or a part of one, as the newest of its reports has it.
-- Segments ask it who bought. What it names, whole statements are checked for
-- (conversions_belong): networks report thousands at once, of which foreign keys would look
-- up the same label and advertiser again for every row. Nobody deletes those.
CREATE TABLE conversions (
  id               bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  connection_id    int         NOT NULL,
  network          text        NOT NULL,         -- its connection's
  transaction_ref  text        COLLATE "C" NOT NULL CHECK (transaction_ref <> ''),
  part_ref         text        COLLATE "C" NOT NULL DEFAULT '',
  correction       boolean     NOT NULL DEFAULT false, -- it adds to what was reported, and is no sale of its own
  reported_at      timestamptz NOT NULL,
  digest           bytea       NOT NULL CHECK (length(digest) = 32),
  status           text        NOT NULL CHECK (status IN ('pending', 'approved', 'declined', 'deleted')),
  unknown_status   text        NOT NULL DEFAULT '', -- the network's word, where nobody knows what it means
  sale_minor       bigint      NOT NULL DEFAULT 0,
  commission_minor bigint      NOT NULL DEFAULT 0,
  currency         text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  programme_ref    text        NOT NULL DEFAULT '',
  order_ref        text        COLLATE "C" NOT NULL DEFAULT '',
  reason           text        NOT NULL DEFAULT '', -- why it was declined or amended, in the network's words
  clicked_at       timestamptz,
  occurred_at      timestamptz NOT NULL,
  validated_at     timestamptz,
  paid             boolean     NOT NULL DEFAULT false,
  paid_told_at     timestamptz,
  sub_id           text        NOT NULL DEFAULT '',
  sub_id_told_at   timestamptz,
  voucher          text        NOT NULL DEFAULT '',
  voucher_told_at  timestamptz,
  basis            text        NOT NULL DEFAULT 'none' CHECK (basis IN ('none', 'click', 'voucher', 'person')),
  label_id         int         NOT NULL,
  advertiser_id    bigint,
  campaign_id      bigint,
  mailing_id       bigint,
  send_id          bigint,
  placement_key    text        COLLATE "C" NOT NULL DEFAULT '',
  variant          smallint    NOT NULL DEFAULT 0,
  link_id          bigint,
  member_id        bigint,                       -- null: unknown, or not to be tracked
  month            date        NOT NULL
                               CHECK (month = date_trunc('month', month::timestamp with time zone)), -- of occurred_at, in the label's zone
  UNIQUE (connection_id, transaction_ref, part_ref),
  CHECK (unknown_status = '' OR status = 'pending'),
  CHECK ((basis = 'none') = (campaign_id IS NULL)),
  CHECK (basis <> 'click' OR send_id IS NOT NULL AND placement_key <> ''),
  CHECK ((send_id IS NULL) = (mailing_id IS NULL)),
  CHECK (campaign_id IS NULL OR advertiser_id IS NOT NULL),
  CHECK ((paid_told_at IS NOT NULL OR NOT paid) AND (sub_id = '') = (sub_id_told_at IS NULL) AND (voucher = '') = (voucher_told_at IS NULL))
) WITH (fillfactor=50);
CREATE INDEX conversions_member ON conversions (member_id, occurred_at) WHERE member_id IS NOT NULL;
CREATE INDEX conversions_open_basis ON conversions (label_id, id) WHERE basis = 'none';
CREATE INDEX conversions_unknown ON conversions (label_id, id) WHERE unknown_status <> '';
CREATE INDEX conversions_label ON conversions (label_id, occurred_at, id);
CREATE INDEX conversions_campaign ON conversions (campaign_id, occurred_at) WHERE campaign_id IS NOT NULL;
CREATE INDEX conversions_order ON conversions (label_id, order_ref) WHERE order_ref <> '';
-- before update: conversion_assigned()
--   when new.basis = 'person'
-- before insert or update, by statement: program_writes()
-- before update: conversion_stays()
--   when old.basis = 'person' AND new.basis <> 'person'
-- after update, by statement: conversions_belong()
-- after insert, by statement: conversions_belong()
-- after insert, by statement: count_conversions()
-- after delete, by statement: discount_conversions()
-- after update, by statement: recount_conversions()
-- keur_app: SELECT, INSERT, UPDATE

-- Every report that said something new, as it came: the history of a conversion
-- is these rows in the order of their moments, whenever they arrived.
CREATE TABLE conversion_reports (
  conversion_id    bigint      NOT NULL,         -- conversions are never deleted
  reported_at      timestamptz NOT NULL,
  digest           bytea       NOT NULL,
  seen_at          timestamptz NOT NULL,
  source           text        NOT NULL CHECK (source IN ('poll', 'postback', 'file')),
  status           text        NOT NULL,
  unknown_status   text        NOT NULL,
  paid             boolean,                      -- null: it doesn't say
  sale_minor       bigint      NOT NULL,
  commission_minor bigint      NOT NULL,
  currency         text        NOT NULL,
  occurred_at      timestamptz NOT NULL,
  validated_at     timestamptz,
  reason           text        NOT NULL,
  raw              jsonb       NOT NULL,
  PRIMARY KEY (conversion_id, reported_at, digest)
);
-- before delete or update: refuse_change()
-- before insert, by statement: program_writes()
-- keur_app: SELECT, INSERT

-- Who booked a conversion by hand, to what, and why. The newest counts.
CREATE TABLE conversion_assignments (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  conversion_id bigint      NOT NULL REFERENCES conversions,
  campaign_id   bigint      NOT NULL REFERENCES campaigns,
  send_id       bigint      REFERENCES sends,    -- null: the campaign's, but of no mailing
  placement_key text        NOT NULL DEFAULT '',
  reason        text        NOT NULL CHECK (reason <> '' AND is_line(reason, 500)),
  assigned_by   text        NOT NULL DEFAULT current_actor(),
  assigned_at   timestamptz NOT NULL DEFAULT now(),
  CHECK ((send_id IS NULL) = (placement_key = ''))
);
CREATE INDEX conversion_assignments_conversion ON conversion_assignments (conversion_id, id);
-- before delete or update: refuse_change()
-- before insert: assignment_guard()
-- before insert, by statement: program_writes()
-- before insert: signed('assigned_by')
-- after insert or delete or update: audit_row()
-- keur_app: SELECT, INSERT

-- Roll-ups. Every statement that writes conversions appends what it changed, by
-- trigger, so that no writer can forget it; a duty folds that. A reader adds
-- both, and is right at any moment. 0 and '' stand for none.
CREATE TABLE conversion_counts (
  label_id         int     NOT NULL,
  connection_id    int     NOT NULL,
  advertiser_id    bigint  NOT NULL,
  campaign_id      bigint  NOT NULL,
  mailing_id       bigint  NOT NULL,
  send_id          bigint  NOT NULL,
  placement_key    text    COLLATE "C" NOT NULL,
  month            date    NOT NULL,
  currency         text    COLLATE "C" NOT NULL,
  status           text    COLLATE "C" NOT NULL,
  paid             boolean NOT NULL,
  n                bigint  NOT NULL,             -- corrections are in the sums, and not in this
  sale_minor       bigint  NOT NULL,
  commission_minor bigint  NOT NULL,
  PRIMARY KEY (label_id, campaign_id, mailing_id, send_id, placement_key, advertiser_id, connection_id, month, currency, status, paid)
) WITH (fillfactor=80);
CREATE INDEX conversion_counts_campaign ON conversion_counts (campaign_id);
CREATE INDEX conversion_counts_mailing ON conversion_counts (mailing_id);
-- before insert or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE

CREATE TABLE conversion_deltas (
  id               bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id         int     NOT NULL,
  connection_id    int     NOT NULL,
  advertiser_id    bigint  NOT NULL,
  campaign_id      bigint  NOT NULL,
  mailing_id       bigint  NOT NULL,
  send_id          bigint  NOT NULL,
  placement_key    text    COLLATE "C" NOT NULL,
  month            date    NOT NULL,
  currency         text    COLLATE "C" NOT NULL,
  status           text    COLLATE "C" NOT NULL,
  paid             boolean NOT NULL,
  n                bigint  NOT NULL,
  sale_minor       bigint  NOT NULL,
  commission_minor bigint  NOT NULL
);
-- before delete or update, by statement: program_writes()
-- keur_app: SELECT, UPDATE (id), DELETE

CREATE VIEW conversion_sums AS …
-- keur_app: SELECT


-- 0022_reports.sql ------------------------------------------------------------

-- A report that somebody named: what it is grouped and ordered by, and of which
-- days. It is theirs; who shares it lets the label's others open it.
CREATE TABLE saved_reports (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id   int         NOT NULL REFERENCES labels,
  created_by text        NOT NULL DEFAULT current_actor(),
  name       text        NOT NULL CHECK (is_name(name)),
  grouping   text        NOT NULL,               -- reports.GroupBy
  sort       text        NOT NULL DEFAULT '',
  days       int         CHECK (days >= 1 AND days <= 3651), -- up to the day on which it is opened; null: of fixed days
  from_day   date,
  until_day  date,
  shared     boolean     NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (label_id, created_by, name),
  CHECK ((days IS NULL) = (from_day IS NOT NULL) AND (days IS NULL) = (until_day IS NOT NULL)),
  CHECK (from_day <= until_day)
);
-- before delete or update: saved_report_own()
-- before insert or delete or update, by statement: program_writes()
-- before insert or update: signed('created_by')
-- after insert or delete or update: audit_row()
-- keur_app: SELECT, INSERT, UPDATE (shared), DELETE


-- 0023_claims.sql -------------------------------------------------------------

-- How claims are made by a connection, as a person says.
CREATE TABLE claim_rules (
  connection_id int  PRIMARY KEY REFERENCES network_connections,
  address       text NOT NULL DEFAULT '' CHECK (length(address) <= 254), -- where they are mailed
  within_days   int 
                     CHECK (within_days >= 1 AND within_days <= 3650), -- of the order; null: as the network documents it, if it does
  answer_days   int  CHECK (answer_days >= 1 AND answer_days <= 3650) -- in which an answer is usual; null: nobody knows
);
-- before insert or delete or update, by statement: person_writes()
-- after insert or delete or update: audit_row()
-- keur_app: SELECT, INSERT, UPDATE

-- What a member misses, with what became of it. Its words stay out of the audit
-- trail, as they go when the member is erased.
CREATE TABLE member_cases (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id      int         NOT NULL REFERENCES labels,
  member_id     bigint      NOT NULL,            -- also once erased: then of nobody
  advertiser_id bigint      NOT NULL REFERENCES advertisers,
  kind          text        CHECK (kind IN ('untracked', 'incorrect', 'declined')), -- null: nobody knows yet
  state         text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'claimed', 'granted', 'refused', 'closed')),
  order_ref     text        NOT NULL CHECK (is_line(order_ref, 200)), -- '': forgotten
  ordered_on    date        NOT NULL,
  sale_minor    bigint      NOT NULL CHECK (sale_minor >= 1 AND sale_minor <= 1000000000),
  currency      text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  note          text        NOT NULL DEFAULT '' CHECK (length(note) <= 2000), -- what the member says
  click_ref     text        NOT NULL DEFAULT '', -- the click that led there
  sub_id        text        NOT NULL DEFAULT '', -- as the network got it with that
  clicked_at    timestamptz,
  conversion_id bigint      REFERENCES conversions,
  connection_id int         REFERENCES network_connections, -- by which it is claimed; null: of the shop itself
  claim_by      date,                            -- until when the network takes claims
  claimed_at    timestamptz,
  claimed_via   text        NOT NULL DEFAULT 'mail' CHECK (claimed_via IN ('mail', 'network')), -- how it was claimed last
  claimed_to    text        NOT NULL DEFAULT '', -- the address; '': by the network's interface
  answer_by     date,                            -- until when an answer is usual
  answer        text        NOT NULL DEFAULT '' CHECK (is_line(answer, 1000)),
  asks          text        NOT NULL DEFAULT '' CHECK (is_line(asks, 1000)), -- what the network wants to know before it answers
  told_at       timestamptz,                     -- when the member was told how it ended
  created_by    text        NOT NULL DEFAULT current_actor(),
  created_at    timestamptz NOT NULL,
  updated_at    timestamptz NOT NULL,
  CHECK ((state NOT IN ('claimed', 'granted', 'refused')) OR claimed_at IS NOT NULL AND kind IS NOT NULL AND (claimed_to = '') = (claimed_via = 'network')),
  CHECK (asks = '' OR state = 'claimed'),
  CHECK ((state NOT IN ('refused', 'closed')) OR answer <> ''),
  CHECK (told_at IS NULL OR (state IN ('granted', 'refused', 'closed'))),
  CHECK ((click_ref = '') = (clicked_at IS NULL) AND (sub_id = '' OR click_ref <> ''))
);
CREATE INDEX member_cases_label ON member_cases (label_id, id);
CREATE INDEX member_cases_member ON member_cases (member_id);
CREATE INDEX member_cases_claimed ON member_cases (label_id, order_ref) WHERE state = 'claimed';
-- before insert or update: member_case_guard()
-- before insert or update, by statement: program_writes()
-- before insert or update of created_by: signed('created_by')
-- before insert or update: state_guard('new > open', 'open > claimed closed', 'claimed > granted refused closed', 'refused > claimed', 'closed > open')
-- keur_app: SELECT, INSERT, UPDATE

-- The history of a case: each state that it took, and what was said with it; of a
-- claim the mail itself.
CREATE TABLE member_case_steps (
  id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  case_id bigint      NOT NULL REFERENCES member_cases,
  state   text        NOT NULL,
  said    text        NOT NULL DEFAULT '' CHECK (length(said) <= 10000),
  made_by text        NOT NULL DEFAULT current_actor(),
  at      timestamptz NOT NULL
);
CREATE INDEX member_case_steps_case ON member_case_steps (case_id, id);
-- before delete or update: request_comment_guard()
-- before insert, by statement: program_writes()
-- before insert: signed('made_by')
-- keur_app: SELECT, INSERT

-- A claim of a case at a network by its interface: first that it is being sent, so that
-- none is sent twice whatever dies meanwhile, then what the network says of it. One
-- without a key of ours was made on the network's own pages.
CREATE TABLE case_claims (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  case_id       bigint      NOT NULL REFERENCES member_cases,
  connection_id int         NOT NULL REFERENCES network_connections,
  order_ref     text        NOT NULL DEFAULT '', -- that it asks about, as the case named it then
  key           text        NOT NULL CHECK (is_line(key, 200)), -- ours, by which the network finds it
  state         text        NOT NULL DEFAULT 'sending' CHECK (state IN ('sending', 'taken', 'not_taken', 'in_doubt')),
  sent_at       timestamptz NOT NULL,            -- or when it was read first
  sent_by       text        NOT NULL DEFAULT current_actor(),
  ref           text        NOT NULL DEFAULT '' CHECK (is_line(ref, 200)), -- the network's number
  problem       jsonb,                           -- why the network hasn't got it
  verdict       text        NOT NULL DEFAULT 'waits' CHECK (verdict IN ('waits', 'asks', 'refused', 'granted')),
  unknown_word  text        NOT NULL DEFAULT ''
                            CHECK (is_line(unknown_word, 200)), -- the network's, where we don't know it: then it waits
  said          text        NOT NULL DEFAULT '' CHECK (is_line(said, 1000)), -- in the network's words
  read_at       timestamptz,                     -- when the network was asked last that told of it
  raw           jsonb       NOT NULL DEFAULT '{}', -- its newest answer
  CHECK (unknown_word = '' OR verdict = 'waits'),
  CHECK ((verdict IN ('waits', 'granted')) OR said <> '')
);
CREATE UNIQUE INDEX case_claims_key ON case_claims (connection_id, key) WHERE key <> '';
CREATE UNIQUE INDEX case_claims_ref ON case_claims (connection_id, ref) WHERE ref <> '';
CREATE UNIQUE INDEX case_claims_open ON case_claims (case_id) WHERE state IN ('sending', 'in_doubt');
CREATE INDEX case_claims_case ON case_claims (case_id, id);
CREATE INDEX case_claims_sending ON case_claims (sent_at) WHERE state = 'sending';
-- before insert or update: case_claim_guard()
-- before insert or update, by statement: program_writes()
-- before insert: signed('sent_by')
-- before insert or update: state_guard('new > sending', 'sending > taken not_taken in_doubt', 'in_doubt > taken not_taken', 'not_taken > taken')
-- keur_app: SELECT, INSERT, UPDATE (state, ref, problem, verdict, unknown_word, said, read_at, raw)

-- What shows that a member bought, such as the order's confirmation.
CREATE TABLE member_case_files (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  case_id    bigint      NOT NULL REFERENCES member_cases,
  name       text        NOT NULL CHECK (name <> '' AND is_line(name, 200)),
  size       bigint      NOT NULL,
  bytes      bytea       NOT NULL CHECK (octet_length(bytes) >= 1 AND octet_length(bytes) <= 4194304),
  created_by text        NOT NULL DEFAULT current_actor(),
  created_at timestamptz NOT NULL
);
CREATE INDEX member_case_files_case ON member_case_files (case_id, id);
-- before insert, by statement: person_writes()
-- before insert: signed('created_by')
-- keur_app: SELECT, INSERT


-- 0024_payments.sql -----------------------------------------------------------

-- A payment that a network announced, or an invoice to an advertiser who pays
-- directly, with what came in of it. Amounts are without tax.
CREATE TABLE payments (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id      int         NOT NULL REFERENCES labels,
  connection_id int         REFERENCES network_connections, -- of a network, or
  advertiser_id bigint      REFERENCES advertisers, -- of an advertiser directly
  number        text        NOT NULL CHECK (number <> '' AND is_line(number, 120)),
  issued_on     date        NOT NULL,
  due_on        date,
  amount_minor  bigint      NOT NULL CHECK (amount_minor >= 1 AND amount_minor <= '1000000000000'::bigint),
  currency      text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  paid_on       date,
  paid_minor    bigint      CHECK (paid_minor >= 1 AND paid_minor <= '1000000000000'::bigint), -- what came in
  told_minor    bigint     
                            CHECK (told_minor >= 1 AND told_minor <= '1000000000000'::bigint), -- what the network says of it, where Keur asks it
  told_currency text        CHECK (told_currency ~ '^[A-Z]{3}$'),
  told_paid_on  date,                            -- when the network says that it paid
  told_at       timestamptz,                     -- when all of this was read first as it is; null: the network doesn't tell of it
  note          text        NOT NULL DEFAULT '' CHECK (is_line(note, 500)),
  version       int         NOT NULL DEFAULT 1,
  created_by    text        NOT NULL DEFAULT current_actor(),
  created_at    timestamptz NOT NULL,
  CHECK ((connection_id IS NULL) <> (advertiser_id IS NULL)),
  CHECK ((paid_on IS NULL) = (paid_minor IS NULL)),
  CHECK ((num_nulls(told_minor, told_currency, told_at) IN (0, 3)) AND (told_paid_on IS NULL OR told_at IS NOT NULL)),
  CHECK (told_at IS NULL OR connection_id IS NOT NULL),
  CHECK (due_on >= issued_on)
);
CREATE UNIQUE INDEX payments_of_network ON payments (connection_id, number) WHERE connection_id IS NOT NULL;
CREATE UNIQUE INDEX payments_of_advertiser ON payments (label_id, advertiser_id, number) WHERE advertiser_id IS NOT NULL;
CREATE INDEX payments_label ON payments (label_id, issued_on, id);
-- before insert or update: payment_guard()
-- before delete, by statement: person_writes()
-- before insert or update, by statement: program_writes()
-- before insert or update of created_by: signed('created_by')
-- after insert or delete or update: audit_row()
-- keur_app: SELECT, INSERT, UPDATE (number, issued_on, due_on, amount_minor, currency, paid_on, paid_minor, told_minor, told_currency, told_paid_on, told_at, note, version), DELETE


-- 0025_signups.sql ------------------------------------------------------------

-- What people agree to, word by word. A text is never changed: another one is the
-- label's next version, and a consent keeps the words that its giver saw.
CREATE TABLE signup_texts (
  label_id int         NOT NULL REFERENCES labels,
  version  int         NOT NULL CHECK (version > 0),
  mail     text        NOT NULL CHECK (mail ~ '\S' AND length(mail) <= 2000), -- to be mailed
  tracking text        NOT NULL DEFAULT '' CHECK (length(tracking) <= 2000), -- to be remembered by; empty: not asked
  at       timestamptz NOT NULL DEFAULT now(),
  by       text        NOT NULL DEFAULT current_actor(),
  PRIMARY KEY (label_id, version)
);
-- before delete or update: refuse_change()
-- before insert, by statement: person_writes()
-- before insert: signed('by')
-- after insert: audit_row('mail', 'tracking')
-- keur_app: SELECT, INSERT

CREATE TABLE signup_forms (
  label_id     int     PRIMARY KEY REFERENCES labels,
  open         boolean NOT NULL DEFAULT false,
  text_version int     NOT NULL,
  topics       text[]  NOT NULL DEFAULT '{}',    -- keys of the label's topics that it offers
  attributes   text[]  NOT NULL DEFAULT '{}',    -- names of the label's attributes that it asks, in this order
  version      int     NOT NULL DEFAULT 1,
  FOREIGN KEY (label_id, text_version) REFERENCES signup_texts(label_id, version)
);
-- before insert or update: signup_form_guard()
-- before insert or update, by statement: person_writes()
-- after insert or delete or update: audit_row('-version')
-- keur_app: SELECT, INSERT, UPDATE

-- Who asked. The address stands here only where a link was mailed to it, and until
-- some days after; by its keyed hash it is counted.
CREATE TABLE signups (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token_hash   bytea       NOT NULL UNIQUE,      -- SHA-256 of a random token
  label_id     int         NOT NULL REFERENCES signup_forms,
  mailbox      bytea       NOT NULL,             -- keyed hash of mail_key(address)
  address      text,                             -- null: nothing was mailed
  text_version int         NOT NULL,             -- what was on the form
  tracking     boolean     NOT NULL DEFAULT false, -- agreed to be remembered by, too
  off_topics   text[]      NOT NULL DEFAULT '{}',
  answers      jsonb       NOT NULL DEFAULT '{}', -- by the name of the attribute
  form_url     text        NOT NULL DEFAULT '' CHECK (length(form_url) <= 500),
  ip           inet,
  asked_at     timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL,
  ended_at     timestamptz,                      -- confirmed, or another of the address was
  FOREIGN KEY (label_id, text_version) REFERENCES signup_texts(label_id, version),
  CHECK (expires_at > asked_at AND expires_at <= (asked_at + '48:00:00'::interval)),
  CHECK (address IS NOT NULL OR answers = '{}')
);
CREATE INDEX signups_mailbox ON signups (mailbox, asked_at);
CREATE INDEX signups_asked ON signups (asked_at);
-- before update: ends_once('ended_at')
-- before insert: signup_guard()
-- before insert or delete or update, by statement: program_writes()
-- keur_app: SELECT (id, label_id, mailbox, address, text_version, tracking, off_topics, answers, form_url, ip, asked_at, expires_at, ended_at), INSERT, UPDATE (ended_at), DELETE


-- 0026_webhooks.sql -----------------------------------------------------------

CREATE TABLE webhook_endpoints (
  id              int           GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ref             uuid          NOT NULL UNIQUE, -- beside which its secrets are sealed
  label_id        int           REFERENCES labels, -- of whose events; null: of every label
  kind            text          NOT NULL CHECK (kind IN ('standard', 'slack', 'teams')),
  name            text          NOT NULL CHECK (is_name(name)),
  host            text          NOT NULL CHECK (host <> '' AND is_line(host, 255)),
  url_sealed      bytea         NOT NULL,        -- internal/seal: an address of a chat is a secret
  types           text[]        NOT NULL CHECK (types <> '{}' AND types <@ webhook_types()),
  active          boolean       NOT NULL DEFAULT true,
  secret_sealed   bytea,                         -- of what its messages are signed by
  previous_sealed bytea[]       NOT NULL DEFAULT '{}'::bytea[], -- those before, the oldest first, which sign too …
  previous_until  timestamptz[] NOT NULL DEFAULT '{}'::timestamp with time zone[], -- … each until then
  version         int           NOT NULL DEFAULT 1,
  created_by      text          NOT NULL DEFAULT current_actor(),
  created_at      timestamptz   NOT NULL DEFAULT now(),
  removed_at      timestamptz,                   -- its messages stay for as long as they are kept
  CHECK ((kind = 'standard') = (secret_sealed IS NOT NULL)),
  CHECK (cardinality(previous_sealed) = cardinality(previous_until) AND cardinality(previous_sealed) <= 9)
);
CREATE INDEX webhook_endpoints_label ON webhook_endpoints (label_id, id) WHERE removed_at IS NULL;
-- before update: ends_once('removed_at')
-- before insert or update, by statement: person_writes()
-- before insert or update of created_by: signed('created_by')
-- after insert or delete or update: audit_row('url_sealed', 'secret_sealed', 'previous_sealed')
-- keur_app: SELECT, INSERT, UPDATE (name, host, url_sealed, types, active, secret_sealed, previous_sealed, previous_until, version, removed_at)

-- How an endpoint answers. It is switched off when it says that it is gone, or
-- answers nothing good for days, and on again by a person.
CREATE TABLE webhook_health (
  endpoint_id   int         PRIMARY KEY REFERENCES webhook_endpoints,
  answered_at   timestamptz,                     -- the last time it took a message
  failing_since timestamptz,                     -- the first failure since
  failures      int         NOT NULL DEFAULT 0,  -- one after another
  problem       jsonb,                           -- of the last of them
  disabled_at   timestamptz,
  reason        text        CHECK (reason IN ('gone', 'failing')),
  CHECK ((disabled_at IS NULL) = (reason IS NULL)),
  CHECK ((failing_since IS NULL) = (failures = 0))
);
-- before insert or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE

-- What happened and is yet to be made into messages. Only triggers write here, in
-- the transaction of what they tell, so that neither is there without the other.
CREATE TABLE webhook_events (
  id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  type     text        NOT NULL,
  label_id int,                                  -- null: of no label
  at       timestamptz NOT NULL DEFAULT now(),
  data     jsonb       NOT NULL
);
-- before update: refuse_change()
-- before delete or update, by statement: program_writes()
-- keur_app: SELECT, UPDATE (at), DELETE

-- What goes to an endpoint: its bytes stay, at each attempt and when it is
-- replayed, as does the id that the receiver knows it by.
CREATE TABLE webhook_messages (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ref         text        NOT NULL UNIQUE CHECK (ref ~ '^msg_[A-Z2-7]{26}$'), -- webhook-id
  endpoint_id int         NOT NULL REFERENCES webhook_endpoints,
  type        text        NOT NULL,
  happened_at timestamptz NOT NULL,
  events      int         NOT NULL CHECK (events > 0), -- that it tells of
  payload     text        NOT NULL,
  state       text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed')),
  attempts    int         NOT NULL DEFAULT 0,    -- since it was made or replayed
  due_at      timestamptz NOT NULL,
  lease_until timestamptz,                       -- somebody sends it until then, and nobody else does
  made_at     timestamptz NOT NULL,
  ended_at    timestamptz,
  replayed_by text,
  CHECK ((state = 'waiting') = (ended_at IS NULL))
);
CREATE INDEX webhook_messages_due ON webhook_messages (endpoint_id, due_at) WHERE state = 'waiting';
CREATE INDEX webhook_messages_endpoint ON webhook_messages (endpoint_id, id);
CREATE INDEX webhook_messages_made ON webhook_messages (made_at);
-- before delete or update: webhook_message_guard()
-- before insert or delete or update, by statement: program_writes()
-- before insert or update: state_guard('new > waiting', 'waiting > delivered failed', 'delivered > waiting', 'failed > waiting')
-- keur_app: SELECT, INSERT, UPDATE (state, attempts, due_at, lease_until, ended_at, replayed_by), DELETE

-- Each attempt, and what came back. They go with their message.
CREATE TABLE webhook_attempts (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  message_id bigint      NOT NULL REFERENCES webhook_messages(id) ON DELETE CASCADE,
  at         timestamptz NOT NULL,
  took_ms    int         NOT NULL CHECK (took_ms >= 0),
  status     int,                                -- of its answer; null: there was none
  problem    jsonb,                              -- why it failed; null: it was taken
  answer     text        NOT NULL DEFAULT '' CHECK (length(answer) <= 1000) -- how that begins, without addresses
);
CREATE INDEX webhook_attempts_message ON webhook_attempts (message_id, id);
-- before update: refuse_change()
-- before insert, by statement: program_writes()
-- keur_app: SELECT, INSERT


-- 0027_products.sql -----------------------------------------------------------

CREATE TABLE product_feeds (
  id            int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ref           uuid        NOT NULL UNIQUE,     -- beside which its address is sealed
  label_id      int         NOT NULL REFERENCES labels,
  advertiser_id bigint      NOT NULL REFERENCES advertisers,
  programme_id  bigint      REFERENCES programmes, -- whose links it has; null: any of the advertiser's
  name          text        NOT NULL CHECK (is_name(name)),
  host          text        NOT NULL CHECK (host <> '' AND is_line(host, 255)),
  url_sealed    bytea       NOT NULL,            -- internal/seal: the address of a feed has a key in it
  mapping       jsonb       CHECK (jsonb_typeof(mapping) = 'object'), -- null: nobody said yet what its columns are
  active        boolean     NOT NULL DEFAULT true,
  version       int         NOT NULL DEFAULT 1,
  created_at    timestamptz NOT NULL DEFAULT now(),
  removed_at    timestamptz,
  CHECK (removed_at IS NULL OR NOT active)
);
CREATE UNIQUE INDEX product_feeds_name ON product_feeds (label_id, name) WHERE removed_at IS NULL;
CREATE INDEX product_feeds_advertiser ON product_feeds (advertiser_id);
-- before update: ends_once('removed_at')
-- before insert or update: product_feed_guard()
-- before insert or delete or update, by statement: person_writes()
-- after insert or delete or update: audit_row('url_sealed')
-- keur_app: SELECT, INSERT, UPDATE (programme_id, name, host, url_sealed, mapping, active, version, removed_at)

-- How the refreshing of each feed stands.
CREATE TABLE product_refreshes (
  feed_id       int         PRIMARY KEY REFERENCES product_feeds,
  turn          bigint      NOT NULL DEFAULT 0,  -- counts the times it began, so that of two who refresh one ends
  due_at        timestamptz NOT NULL,
  anyway        boolean     NOT NULL DEFAULT false, -- a person takes the next one however few products it has
  began_at      timestamptz,                     -- the one that is under way; null: none
  arrived       int         NOT NULL DEFAULT 0,  -- records that were read of it, or of the last
  ran_at        timestamptz,                     -- when the last one ended, well or not
  covered_at    timestamptz,                     -- when the one began that the products are of
  products      int         NOT NULL DEFAULT 0,  -- that it has
  unread        int         NOT NULL DEFAULT 0,  -- records of it that are no products
  unread_ref    text        NOT NULL DEFAULT '', -- the last of them
  unread_reason jsonb,
  failures      int         NOT NULL DEFAULT 0,  -- one after another
  problem       jsonb                            -- of the last one; null: none
);
-- before insert or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE

-- The products of a feed, as the newest whole reading has them.
CREATE TABLE products (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  feed_id       int         NOT NULL REFERENCES product_feeds,
  ref           text        NOT NULL CHECK (ref <> '' AND is_line(ref, 200)), -- the shop's number of it
  name          text        NOT NULL CHECK (is_name(name)),
  body          text        NOT NULL DEFAULT '' CHECK (is_line(body, 500)),
  brand         text        NOT NULL DEFAULT '' CHECK (is_line(brand, 120)),
  category      text        NOT NULL DEFAULT '' CHECK (is_line(category, 200)),
  price         bigint      NOT NULL CHECK (price > 0), -- in minor units
  old_price     bigint,                          -- null: it isn't reduced
  currency      text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  stock         int         CHECK (stock >= 0),  -- null: the feed doesn't say how many
  availability  text        NOT NULL CHECK (availability IN ('in_stock', 'out_of_stock', 'unknown')),
  picture       text        NOT NULL DEFAULT '' CHECK (is_line(picture, 2000)),
  click         text        NOT NULL CHECK (click <> '' AND is_line(click, 2000)),
  changed_at    timestamptz NOT NULL,            -- when something of it was read first as it is now
  first_seen_at timestamptz NOT NULL,
  gone_at       timestamptz,                     -- when the reading began that had it no longer; null: it is there
  words         tsvector    NOT NULL GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, (((((name || ' ') || brand) || ' ') || category) || ' ') || ref)) STORED,
  UNIQUE (feed_id, ref),
  CHECK (old_price > price),
  CHECK (strpos(((name || body) || picture) || click, '{{') = 0)
);
CREATE INDEX products_words ON products USING gin (words) WHERE gone_at IS NULL;
CREATE INDEX products_name ON products (feed_id, name COLLATE names, id) WHERE gone_at IS NULL;
CREATE INDEX products_price ON products (feed_id, price, id) WHERE gone_at IS NULL;
CREATE INDEX products_gone ON products (feed_id, gone_at) WHERE gone_at IS NOT NULL;
-- before insert or delete or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE, DELETE

-- What arrived of a feed that is being refreshed, until all of it takes the place of
-- what was there.
CREATE TABLE product_arrivals (
  feed_id int   NOT NULL REFERENCES product_feeds,
  ref     text  NOT NULL,
  says    jsonb,                                 -- null: it can't be read, and stays what it was
  PRIMARY KEY (feed_id, ref)
);
-- before insert or delete, by statement: program_writes()
-- keur_app: SELECT, INSERT, DELETE

-- What was taken from a product into a campaign, with the product as it was then.
CREATE TABLE product_picks (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  product_id   bigint      NOT NULL REFERENCES products,
  campaign_id  bigint      NOT NULL REFERENCES campaigns,
  hash         bytea       REFERENCES creatives, -- the copy of its picture
  name         text        NOT NULL,
  price        bigint      NOT NULL,
  old_price    bigint,
  currency     text        NOT NULL,
  stock        int,
  availability text        NOT NULL,
  picture      text        NOT NULL,
  click        text        NOT NULL,
  picked_by    text        NOT NULL DEFAULT current_actor(),
  picked_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX product_picks_campaign ON product_picks (campaign_id, id);
CREATE INDEX product_picks_product ON product_picks (product_id);
-- before delete or update: refuse_change()
-- before insert: product_pick_guard()
-- before insert: person_demanded()
-- before insert, by statement: program_writes()
-- before insert: signed('picked_by')
-- after insert or delete or update: audit_row()
-- after insert: product_picked()
-- keur_app: SELECT, INSERT

-- What was taken from a network or a feed stays although it isn't there what it was,
-- as a person says with a reason: for as long as its source says the same of it.
CREATE TABLE pick_answers (
  id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  network_pick_id bigint      REFERENCES network_picks,
  product_pick_id bigint      REFERENCES product_picks,
  says            jsonb       NOT NULL,          -- pick_says, then
  reason          text        NOT NULL CHECK (reason <> '' AND is_line(reason, 500)),
  answered_by     text        NOT NULL DEFAULT current_actor(),
  answered_at     timestamptz NOT NULL DEFAULT now(),
  CHECK (num_nonnulls(network_pick_id, product_pick_id) = 1)
);
CREATE INDEX pick_answers_network ON pick_answers (network_pick_id, id);
CREATE INDEX pick_answers_product ON pick_answers (product_pick_id, id);
-- before delete or update: refuse_change()
-- before insert: pick_answer_guard()
-- before insert: person_demanded()
-- before insert, by statement: program_writes()
-- before insert: signed('answered_by')
-- after insert or delete or update: audit_row()
-- keur_app: SELECT, INSERT


-- 0028_targets.sql ------------------------------------------------------------

-- An address that such links have, with how it stood when it was checked last.
CREATE TABLE live_targets (
  id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  url             text        NOT NULL CHECK (url ~* '^https?://.' AND octet_length(url) <= 2500),
  subid_parameter text        NOT NULL DEFAULT '' CHECK (octet_length(subid_parameter) <= 40),
  host            text        NOT NULL,          -- of the address: one of a host is checked at a time
  made_up         boolean     NOT NULL DEFAULT false, -- a member's values in it are nobody's
  barred          boolean     NOT NULL DEFAULT false, -- a network's terms forbid checks
  due_at          timestamptz NOT NULL,
  state           text        NOT NULL DEFAULT 'unchecked' CHECK (state IN ('unchecked', 'works', 'broken', 'unclear')),
  found           jsonb,                         -- what was wrong; null: nothing
  chain           jsonb       NOT NULL DEFAULT '[]', -- over which addresses the last check went: [{"url", "status"}]
  final_url       text        NOT NULL DEFAULT '', -- where it ended; empty: nobody answered
  home            text        NOT NULL DEFAULT '', -- the site at which it is to end, where the first check did; empty: none has yet
  checked_at      timestamptz,
  broken_since    timestamptz,
  UNIQUE (url, subid_parameter),
  CHECK ((state = 'unchecked') = (checked_at IS NULL)),
  CHECK ((state = 'broken') = (broken_since IS NOT NULL)),
  CHECK (broken_since <= checked_at)
);
CREATE INDEX live_targets_due ON live_targets (host, due_at) WHERE NOT barred;
CREATE INDEX live_targets_broken ON live_targets (id) WHERE state = 'broken';
-- before insert or delete or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE (made_up, barred, due_at, state, found, chain, final_url, home, checked_at, broken_since), DELETE

-- What has a target: a tracking link of a campaign, or a link of a mailing.
CREATE TABLE live_target_uses (
  target_id        bigint NOT NULL REFERENCES live_targets(id) ON DELETE CASCADE,
  label_id         int    NOT NULL REFERENCES labels,
  campaign_id      bigint REFERENCES campaigns,  -- null: the label's own link
  mailing_id       bigint REFERENCES mailings,   -- of a mailing, or
  tracking_link_id bigint REFERENCES campaign_links(id) ON DELETE CASCADE, -- of a campaign
  UNIQUE NULLS NOT DISTINCT (target_id, campaign_id, mailing_id, tracking_link_id),
  CHECK ((mailing_id IS NULL) <> (tracking_link_id IS NULL)),
  CHECK (tracking_link_id IS NULL OR campaign_id IS NOT NULL)
);
CREATE INDEX live_target_uses_label ON live_target_uses (label_id, target_id);
CREATE INDEX live_target_uses_campaign ON live_target_uses (campaign_id);
CREATE INDEX live_target_uses_mailing ON live_target_uses (mailing_id);
CREATE INDEX live_target_uses_link ON live_target_uses (tracking_link_id);
-- before insert or delete or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, DELETE

-- How a target stood on a day (UTC), by the last check of it.
CREATE TABLE live_target_days (
  target_id  bigint      NOT NULL REFERENCES live_targets(id) ON DELETE CASCADE,
  day        date        NOT NULL,
  checked_at timestamptz NOT NULL,
  checked_by text        NOT NULL,               -- who asked for it: the program, or a person
  state      text        NOT NULL CHECK (state IN ('works', 'broken', 'unclear')),
  broke      boolean     NOT NULL,               -- some check of the day found it broken
  found      jsonb,
  final_url  text        NOT NULL DEFAULT '',
  PRIMARY KEY (target_id, day),
  CHECK (broke OR state <> 'broken'),
  CHECK (day = (checked_at AT TIME ZONE 'UTC')::date)
);
CREATE INDEX live_target_days_day ON live_target_days (day);
-- before insert or update: live_target_day_by()
-- before insert or delete or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE (checked_at, checked_by, state, broke, found, final_url), DELETE

-- Who checks a target of a host, so that nobody else does, and from when the next
-- of it may be.
CREATE TABLE live_hosts (
  host         text        PRIMARY KEY,
  turn         bigint      NOT NULL DEFAULT 0,   -- counts the checks, so that one who was thought dead saves nothing
  leased_until timestamptz,                      -- null: nobody checks
  next_at      timestamptz NOT NULL
);
-- before insert or delete or update, by statement: program_writes()
-- keur_app: SELECT, INSERT, UPDATE (turn, leased_until, next_at), DELETE

-- Sites of an advertiser, as a person says: links of its campaigns may end there.
CREATE TABLE advertiser_sites (
  advertiser_id bigint      NOT NULL REFERENCES advertisers,
  site          text        NOT NULL CHECK (site = lower(site) AND site <> '' AND is_line(site, 253)), -- registrable domain
  said_by       text        NOT NULL DEFAULT current_actor(),
  said_at       timestamptz NOT NULL,
  PRIMARY KEY (advertiser_id, site)
);
-- before insert or delete or update, by statement: person_writes()
-- before insert: signed('said_by')
-- after insert or delete or update: audit_row()
-- keur_app: SELECT, INSERT, DELETE


-- 0029_carried.sql ------------------------------------------------------------

-- The verdicts that carry: for which review which earlier one counts, the one that
-- the client really gave. The seal is over both, and what each is about.
CREATE TABLE carried_verdicts (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  review_id      bigint NOT NULL UNIQUE REFERENCES approval_reviews,
  earlier_id     bigint NOT NULL REFERENCES approval_reviews,
  digest         bytea  NOT NULL,                -- of the revision that is put up …
  earlier_digest bytea  NOT NULL,                -- … and of the one that the client approved
  mac            bytea  CHECK (mac IS NULL)      -- minted()
);
-- before delete or update: refuse_change()
-- before insert: carried_verdict_guard()
-- before insert: minted('review_id', 'earlier_id', 'digest', 'earlier_digest')
-- before insert, by statement: program_writes()
-- after insert or delete or update: audit_row()
-- keur_app: SELECT (id, review_id, earlier_id, digest, earlier_digest), INSERT
