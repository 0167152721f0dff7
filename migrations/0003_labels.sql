-- Labels: the brands and markets, and the ways by which their mail leaves.

CREATE TABLE smtp_routes (
  id                      bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name                    text    NOT NULL UNIQUE CHECK (is_name(name)),
  kind                    text    NOT NULL DEFAULT 'relay' CHECK (kind IN ('relay', 'direct')),   -- direct: to the receivers' own servers
  sources                 jsonb   NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(sources) = 'array'),  -- a direct one's addresses, with what each is called
  host                    text    NOT NULL,                 -- '': a direct one has none
  port                    int     NOT NULL CHECK (port BETWEEN 1 AND 65535),
  tls                     text    NOT NULL DEFAULT 'starttls' CHECK (tls IN ('starttls', 'opportunistic', 'implicit', 'none')),
  verify                  boolean NOT NULL DEFAULT true,   -- check the server's certificate
  auth                    text    NOT NULL DEFAULT 'none' CHECK (auth IN ('none', 'plain', 'login', 'cram-md5', 'scram')),
  username                text    NOT NULL DEFAULT '',
  password_sealed         bytea,                            -- internal/seal
  ehlo_name               text    NOT NULL DEFAULT '',
  connections             int     NOT NULL DEFAULT 10 CHECK (connections BETWEEN 1 AND 500),
  messages_per_connection int     NOT NULL DEFAULT 1000 CHECK (messages_per_connection > 0),
  per_minute              int     CHECK (per_minute > 0),   -- null: no limit
  shaped                  boolean NOT NULL DEFAULT false,   -- its server keeps no mail: providers' connections are kept by us
  reports                 boolean NOT NULL DEFAULT false,   -- its server keeps mail, and posts what becomes of it
  tried_at                timestamptz,                      -- when its server last took a real mail; null: not since it is as it is
  version                 int     NOT NULL DEFAULT 1,
  CHECK ((kind = 'direct') = (host = '')),
  CHECK (kind = 'direct' OR sources = '[]'),
  CHECK (kind = 'relay' OR NOT reports)
);
CREATE TRIGGER smtp_routes_audit AFTER INSERT OR UPDATE OR DELETE ON smtp_routes
  FOR EACH ROW EXECUTE FUNCTION audit_row('password_sealed');
GRANT SELECT, INSERT, UPDATE ON smtp_routes TO keur_app;
CREATE TRIGGER smtp_routes_program BEFORE INSERT OR UPDATE ON smtp_routes
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
-- Where mail leaves the house is a change; how fast isn't.
CREATE TRIGGER smtp_routes_guard BEFORE INSERT OR UPDATE ON smtp_routes
  FOR EACH ROW EXECUTE FUNCTION change_guard('version', 'connections', 'messages_per_connection', 'per_minute', 'shaped', 'tried_at');

CREATE TABLE labels (
  id              int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code            text        NOT NULL UNIQUE CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,30}$'),
  name            text        NOT NULL CHECK (is_name(name)),
  locale          text        NOT NULL CHECK (locale IN ('nl', 'de', 'en')),
  time_zone       text        NOT NULL,           -- IANA
  public_url      text        NOT NULL CHECK (public_url ~ '^https?://[^/]+$'),   -- base of public links
  bounce_domain   text        NOT NULL,
  list_id         text        NOT NULL,           -- RFC 2919, such as acties.label.nl
  imprint_name    text        NOT NULL CHECK (is_name(imprint_name)),           -- legal name
  imprint_address text        NOT NULL,           -- postal address, one line a line
  accent          text        NOT NULL DEFAULT '#1a5fb4' CHECK (accent ~ '^#[0-9a-f]{6}$'),
  logo            bytea,                                     -- an image of ours, by its SHA-256
  smtp_route_id   bigint      REFERENCES smtp_routes,        -- null: the local capture inbox
  own_domains     text[]      NOT NULL DEFAULT '{}',         -- besides those of its mail; nobody there is a client
  money_hidden    boolean     NOT NULL DEFAULT false,        -- what networks report is for finance alone
  quiet_from     time,                                       -- no mail from here …
  quiet_until    time,                                       -- … until here, local time
  version         int         NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL DEFAULT now(),
  CHECK ((quiet_from IS NULL) = (quiet_until IS NULL))
);
CREATE TRIGGER labels_audit AFTER INSERT OR UPDATE OR DELETE ON labels
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, UPDATE ON labels TO keur_app;
CREATE TRIGGER labels_person BEFORE INSERT OR UPDATE ON labels
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
-- Where its mail comes from, where its links lead and who is one of us is a
-- change; how it looks, in which language and when it rests isn't.
CREATE TRIGGER labels_guard BEFORE INSERT OR UPDATE ON labels
  FOR EACH ROW EXECUTE FUNCTION change_guard('name', 'locale', 'time_zone', 'imprint_name', 'imprint_address', 'accent', 'logo',
    'money_hidden', 'quiet_from', 'quiet_until', 'version', 'created_at');

CREATE TABLE label_senders (
  id         bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id   int     NOT NULL REFERENCES labels,
  name       text    NOT NULL CHECK (is_name(name)),
  address    text    NOT NULL,
  reply_to   text    NOT NULL DEFAULT '',
  UNIQUE (label_id, address, name)
);
CREATE TRIGGER label_senders_audit AFTER INSERT OR UPDATE OR DELETE ON label_senders
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, UPDATE (reply_to), DELETE ON label_senders TO keur_app;
CREATE TRIGGER label_senders_program BEFORE INSERT OR UPDATE OR DELETE ON label_senders
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- Who mail says it is from is a change. A sender is named by its label's code,
-- since a label that is proposed has no number yet.
CREATE FUNCTION label_sender_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  sender label_senders;
BEGIN
  IF TG_OP = 'DELETE' THEN sender := OLD; ELSE sender := NEW; END IF;
  PERFORM take_change(jsonb_build_object('table', 'label_senders', 'do', lower(TG_OP),
    'label', (SELECT code FROM labels WHERE id = sender.label_id),
    'name', sender.name, 'address', sender.address, 'reply_to', sender.reply_to));
  RETURN sender;
END
$$;
CREATE TRIGGER label_senders_guard BEFORE INSERT OR UPDATE OR DELETE ON label_senders
  FOR EACH ROW EXECUTE FUNCTION label_sender_guard();

CREATE TABLE seed_addresses (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id int    NOT NULL REFERENCES labels,
  address  text   NOT NULL,
  name     text   NOT NULL DEFAULT '' CHECK (is_line(name, 120)),
  UNIQUE (label_id, address)
);
CREATE TRIGGER seed_addresses_person BEFORE INSERT OR UPDATE OR DELETE ON seed_addresses
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER seed_addresses_audit AFTER INSERT OR UPDATE OR DELETE ON seed_addresses
  FOR EACH ROW EXECUTE FUNCTION audit_row('address', 'name');
GRANT SELECT, INSERT, UPDATE, DELETE ON seed_addresses TO keur_app;
-- Tests of what nobody approved go there, so that another address is a change.
CREATE FUNCTION seed_address_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM take_change(jsonb_build_object('table', 'seed_addresses', 'do', 'insert',
    'label', (SELECT code FROM labels WHERE id = NEW.label_id), 'address', NEW.address));
  RETURN NEW;
END
$$;
CREATE TRIGGER seed_addresses_guard BEFORE INSERT OR UPDATE OF label_id, address ON seed_addresses
  FOR EACH ROW EXECUTE FUNCTION seed_address_guard();

CREATE TABLE blackout_dates (
  label_id int  NOT NULL REFERENCES labels,
  day      date NOT NULL,
  reason   text NOT NULL DEFAULT '',
  PRIMARY KEY (label_id, day)
);
CREATE TRIGGER blackout_dates_person BEFORE INSERT OR UPDATE OR DELETE ON blackout_dates
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER blackout_dates_audit AFTER INSERT OR UPDATE OR DELETE ON blackout_dates
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, UPDATE, DELETE ON blackout_dates TO keur_app;

-- At most at_most mails on any such number of calendar days in a row. A null label holds across labels.
CREATE TABLE frequency_caps (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id int    REFERENCES labels,
  scope    text   NOT NULL CHECK (scope IN ('label', 'advertiser', 'category', 'all')),
  days     int    NOT NULL CHECK (days BETWEEN 1 AND 90),
  at_most  int    NOT NULL CHECK (at_most BETWEEN 1 AND 100),
  CHECK ((scope = 'all') = (label_id IS NULL)),
  UNIQUE NULLS NOT DISTINCT (label_id, scope, days)
);
CREATE TRIGGER frequency_caps_person BEFORE INSERT OR UPDATE OR DELETE ON frequency_caps
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER frequency_caps_audit AFTER INSERT OR UPDATE OR DELETE ON frequency_caps
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, UPDATE, DELETE ON frequency_caps TO keur_app;

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
CREATE TRIGGER dkim_keys_person BEFORE INSERT OR UPDATE ON dkim_keys
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER dkim_keys_audit AFTER INSERT OR UPDATE OR DELETE ON dkim_keys
  FOR EACH ROW EXECUTE FUNCTION audit_row('private_key_sealed');
-- A key is made by anybody who may, and signs by a change; switching it off isn't one.
GRANT SELECT, INSERT, UPDATE (active) ON dkim_keys TO keur_app;
CREATE TRIGGER dkim_keys_guard BEFORE INSERT OR UPDATE ON dkim_keys
  FOR EACH ROW WHEN (NEW.active) EXECUTE FUNCTION change_guard('private_key_sealed', 'created_at');

-- Words of a label's own that are spelled right though no dictionary has them.
CREATE TABLE label_words (
  label_id int         NOT NULL REFERENCES labels,
  word     text        NOT NULL CHECK (word ~ '^[^[:space:]]+$' AND is_line(word, 60)),
  added_by text        NOT NULL DEFAULT current_actor(),
  added_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (label_id, word)
);
CREATE TRIGGER label_words_person BEFORE INSERT OR DELETE ON label_words
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER label_words_audit AFTER INSERT OR DELETE ON label_words
  FOR EACH ROW EXECUTE FUNCTION audit_row();
-- Who added one is who acts.
GRANT SELECT, INSERT (label_id, word), DELETE ON label_words TO keur_app;

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
GRANT SELECT, INSERT, UPDATE (position, state, said, publish, asked_at, held_at, fails_since), DELETE ON domain_records TO keur_app;
-- A send is held by what is wrong here, so that nobody doesn't say that it is right.
CREATE TRIGGER domain_records_program BEFORE INSERT OR UPDATE OR DELETE ON domain_records
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
