-- +goose Up
-- Members: who may be mailed, with the proof, and what is known of them.

CREATE TABLE members (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  address     text        NOT NULL,             -- as given, the domain as A-label: this is mailed
  address_key text        COLLATE "C" NOT NULL UNIQUE,   -- lower-cased: this is unique; by byte, as no one reads it in order
  domain      text        NOT NULL,             -- A-label, lower case
  disposable  boolean     NOT NULL DEFAULT false,
  created_at  timestamptz NOT NULL DEFAULT now()
);

-- One attribute of a label's members and the typed column that holds it. See
-- ARCHITECTURE.md for why columns, and not jsonb or rows.
CREATE TABLE attributes (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id   int         NOT NULL REFERENCES labels,
  name       text        NOT NULL CHECK (name ~ '^[a-z][a-z0-9_]{0,39}$'),
  type       text        NOT NULL CHECK (type IN ('text', 'number', 'date', 'bool', 'set')),
  slot       text        NOT NULL CHECK (slot ~ '^[tndbs][0-9]{1,2}$' AND left(slot, 1) = left(type, 1)),
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (label_id, name),
  UNIQUE (label_id, slot)
);

-- A member under a label. Fixed-width columns first: deforming a row stops early.
CREATE TABLE memberships (
  label_id         int         NOT NULL,
  member_id        bigint      NOT NULL,
  joined_at        timestamptz NOT NULL DEFAULT now(),
  bucket           smallint    NOT NULL GENERATED ALWAYS AS ((hashint8extended(member_id, 0) & 1023)::smallint) STORED,
  mail_consent     boolean     NOT NULL DEFAULT false,
  tracking_consent boolean     NOT NULL DEFAULT false,
  confirmed_at     timestamptz,                  -- double opt-in, when there was one
  n1 double precision, n2 double precision, n3 double precision, n4 double precision, n5 double precision, n6 double precision,
  n7 double precision, n8 double precision, n9 double precision, n10 double precision, n11 double precision, n12 double precision,
  d1 date, d2 date, d3 date, d4 date, d5 date, d6 date, d7 date, d8 date,
  b1 boolean, b2 boolean, b3 boolean, b4 boolean, b5 boolean, b6 boolean, b7 boolean, b8 boolean,
  b9 boolean, b10 boolean, b11 boolean, b12 boolean,
  t1 text COLLATE "C", t2 text COLLATE "C", t3 text COLLATE "C", t4 text COLLATE "C", t5 text COLLATE "C",
  t6 text COLLATE "C", t7 text COLLATE "C", t8 text COLLATE "C", t9 text COLLATE "C", t10 text COLLATE "C",
  t11 text COLLATE "C", t12 text COLLATE "C", t13 text COLLATE "C", t14 text COLLATE "C", t15 text COLLATE "C",
  t16 text COLLATE "C", t17 text COLLATE "C", t18 text COLLATE "C", t19 text COLLATE "C", t20 text COLLATE "C",
  s1 text[], s2 text[], s3 text[], s4 text[], s5 text[], s6 text[],
  source           text        NOT NULL DEFAULT '',
  time_zone        text,                         -- IANA, when the member's own is known
  PRIMARY KEY (label_id, member_id)
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);
-- A random sample of a label's members is some of its 1024 buckets. Estimates
-- read a few thousand members: the first buckets of a large label, and of a
-- small one more than these, for which a scan does.
CREATE INDEX memberships_bucket ON memberships (label_id, bucket) WHERE bucket < 128;
-- The first slots are indexed, and each of these indexes carries the other
-- ones, so that a rule on two of them is counted without reading the table:
-- 23 ms against 115 ms over a million members. More of them would slow every
-- import. An index of an unused slot stays empty. Texts collate by byte, since
-- comparing them by locale is most of what keeping an index costs.
CREATE INDEX memberships_t1 ON memberships (label_id, t1) INCLUDE (member_id, d1, n1, t2, t3, t4) WHERE t1 IS NOT NULL;
CREATE INDEX memberships_t2 ON memberships (label_id, t2) INCLUDE (member_id, d1, n1, t1, t3, t4) WHERE t2 IS NOT NULL;

CREATE TABLE consent_statements (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id int    NOT NULL REFERENCES labels,
  text     text   NOT NULL CHECK (text <> ''),
  version  text   NOT NULL DEFAULT ''
);
-- By its hash, as a text may be longer than an index entry.
CREATE UNIQUE INDEX consent_statements_text ON consent_statements (label_id, md5(text), version);
-- Append-only; the latest row of a kind rules and is mirrored in memberships.
CREATE TABLE consents (
  member_id         bigint      NOT NULL,
  id                bigint      GENERATED ALWAYS AS IDENTITY,
  label_id          int         NOT NULL,
  kind              text        NOT NULL CHECK (kind IN ('mail', 'tracking')),
  given             boolean     NOT NULL,
  at                timestamptz NOT NULL,         -- when the member said so
  statement_id      bigint,                       -- consent_statements
  source            text        NOT NULL DEFAULT '',
  form_url          text        NOT NULL DEFAULT '',
  ip                inet,
  optin_mailed_at   timestamptz,                  -- double opt-in: mail sent …
  confirmed_at      timestamptz,                  -- … and confirmed
  confirmed_ip      inet,
  recorded_at       timestamptz NOT NULL DEFAULT now(),
  recorded_by       text        NOT NULL DEFAULT current_actor(),
  PRIMARY KEY (member_id, id)
);
CREATE TRIGGER consents_append_only BEFORE UPDATE ON consents
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- An erased member's proof goes too (RECEIVERS.md), but only with the member.
-- +goose StatementBegin
CREATE FUNCTION consent_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM members WHERE id = OLD.member_id) THEN
    RAISE EXCEPTION 'consents are append-only: they go only when their member is erased';
  END IF;
  RETURN OLD;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER consents_guard BEFORE DELETE ON consents
  FOR EACH ROW EXECUTE FUNCTION consent_guard();

CREATE TABLE suppressions (
  member_id bigint      NOT NULL,
  label_id  int         NOT NULL DEFAULT 0,      -- 0: every label
  reason    text        NOT NULL CHECK (reason IN ('hard_bounce', 'soft_bounces', 'complaint', 'unsubscribe', 'manual')),
  source    text        NOT NULL DEFAULT '',     -- what told us: one-click, dsn, arf, import, a user's words
  send_id   bigint,
  at        timestamptz NOT NULL DEFAULT now(),
  by        text        NOT NULL DEFAULT current_actor(),
  PRIMARY KEY (member_id, label_id, reason)
);
-- Erased addresses: a keyed hash is all that stays, so that a re-import stays suppressed.
CREATE TABLE erased_addresses (
  hash bytea       PRIMARY KEY,
  at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE topics (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id int    NOT NULL REFERENCES labels,
  key      text   NOT NULL CHECK (key ~ '^[a-z][a-z0-9_]{0,39}$'),
  name     text   NOT NULL,
  UNIQUE (label_id, key)
);
CREATE TABLE preferences (
  member_id  bigint NOT NULL,
  label_id   int    NOT NULL,
  off_topics text[] NOT NULL DEFAULT '{}',       -- keys of topics the member doesn't want
  per_week   int    CHECK (per_week BETWEEN 1 AND 7),   -- at most so many mails a week; null: no wish
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (member_id, label_id)
);

CREATE TABLE imports (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id     int         NOT NULL REFERENCES labels,
  file_name    text        NOT NULL,
  file_hash    bytea       NOT NULL,             -- SHA-256 of the file: resumed by it and the options
  options      jsonb       NOT NULL,             -- mapping, consent, delimiter, encoding
  state        text        NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'finished', 'failed', 'cancelled')),
  -- Rows are dealt to lanes by the hash of their address; each lane resumes
  -- after the line of the file that it stands at.
  lanes        bigint[]    NOT NULL,
  rows_total   bigint      NOT NULL,
  rows_done    bigint      NOT NULL DEFAULT 0,
  inserted     bigint      NOT NULL DEFAULT 0,
  updated      bigint      NOT NULL DEFAULT 0,
  unchanged    bigint      NOT NULL DEFAULT 0,
  duplicates   bigint      NOT NULL DEFAULT 0,   -- rows whose address came again further on
  rejected     bigint      NOT NULL DEFAULT 0,   -- rows that weren't imported
  omitted      bigint      NOT NULL DEFAULT 0,   -- values that were left out of rows that were
  not_mailable bigint      NOT NULL DEFAULT 0,
  by           text        NOT NULL DEFAULT current_actor(),
  started_at   timestamptz NOT NULL DEFAULT now(),
  finished_at  timestamptz,
  error        text        NOT NULL DEFAULT ''
);
CREATE INDEX imports_label ON imports (label_id, id);
CREATE TABLE import_rejects (
  import_id bigint NOT NULL REFERENCES imports,
  row_no    bigint NOT NULL,
  column_name text NOT NULL,
  reason    text   NOT NULL,                     -- never the value itself
  PRIMARY KEY (import_id, row_no, column_name)
);

CREATE CONSTRAINT TRIGGER attributes_audit AFTER INSERT OR UPDATE OR DELETE ON attributes
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_row();
CREATE CONSTRAINT TRIGGER topics_audit AFTER INSERT OR UPDATE OR DELETE ON topics
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_row();
CREATE CONSTRAINT TRIGGER imports_audit AFTER INSERT ON imports
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_row('file_hash');

GRANT SELECT, INSERT, UPDATE, DELETE ON members, memberships, suppressions, preferences TO keur_app;
GRANT SELECT, INSERT, DELETE ON consents TO keur_app;
GRANT SELECT, INSERT ON consent_statements, attributes, erased_addresses, topics, import_rejects TO keur_app;
GRANT SELECT, INSERT, UPDATE ON imports TO keur_app;
