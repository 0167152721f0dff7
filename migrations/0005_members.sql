-- Members: who may be mailed, with the proof, and what is known of them.

CREATE TABLE members (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  address     text        NOT NULL,             -- as given, the domain as A-label: this is mailed
  address_key text        COLLATE "C" NOT NULL UNIQUE,   -- lower-cased: this is unique; by byte, as no one reads it in order
  domain      text        NOT NULL,             -- A-label, lower case
  disposable  boolean     NOT NULL DEFAULT false,
  created_at  timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT, UPDATE, DELETE ON members TO keur_app;
CREATE TRIGGER members_program BEFORE INSERT OR UPDATE OR DELETE ON members
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- An import into an empty base writes members, memberships and consents by COPY,
-- so it has to know the members' numbers beforehand.
GRANT USAGE ON SEQUENCE members_id_seq TO keur_app;

-- Nobody forgets a member alone, with psql neither: a member goes when one user
-- asked for it and another approved it, and what hangs on them goes with them.
CREATE FUNCTION member_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM erasure_requests
                  WHERE member_id = OLD.id AND state = 'approved' AND approved_by <> requested_by) THEN
    RAISE EXCEPTION 'member % is erased only once a user asked for it and another approved it', OLD.id
      USING CONSTRAINT = 'members.erased_by_two', DETAIL = jsonb_build_object('member', OLD.id);
  END IF;
  RETURN OLD;
END
$$;
CREATE TRIGGER members_guard BEFORE DELETE ON members
  FOR EACH ROW EXECUTE FUNCTION member_guard();

-- The addresses that members had before, until when. What bounced there stays with
-- the address: it is no longer held against its owner, and is again if they take
-- the address back. Only the trigger writes here, so that no address is lost.
CREATE TABLE former_addresses (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  member_id   bigint      NOT NULL,
  address     text        NOT NULL,
  address_key text        COLLATE "C" NOT NULL,
  bounces     jsonb       NOT NULL DEFAULT '[]',   -- suppressions
  until       timestamptz NOT NULL DEFAULT now(),
  by          text        NOT NULL DEFAULT current_actor()
);
CREATE INDEX former_addresses_key ON former_addresses (address_key, id);
CREATE INDEX former_addresses_member ON former_addresses (member_id, id);
GRANT SELECT, DELETE ON former_addresses TO keur_app;
CREATE TRIGGER former_addresses_program BEFORE DELETE ON former_addresses
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

CREATE FUNCTION former_address_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM members WHERE id = OLD.member_id) THEN
    RAISE EXCEPTION 'what address a member had goes only when the member is erased' USING CONSTRAINT = 'members.address_history';
  END IF;
  RETURN OLD;
END
$$;
CREATE TRIGGER former_addresses_guard BEFORE DELETE ON former_addresses
  FOR EACH ROW EXECUTE FUNCTION former_address_guard();
CREATE TRIGGER former_addresses_append_only BEFORE UPDATE ON former_addresses
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION member_moves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
  kept jsonb;
BEGIN
  IF NEW.id <> OLD.id OR NEW.address_key = OLD.address_key AND lower(NEW.address) <> lower(OLD.address)
     OR NEW.address !~ '[^\x01-\x7f]' AND lower(NEW.address) <> NEW.address_key THEN
    RAISE EXCEPTION 'a member''s address and what it is compared by are changed together' USING CONSTRAINT = 'members.address_together';
  END IF;
  IF NEW.address_key = OLD.address_key THEN
    RETURN NEW;
  END IF;
  PERFORM demand_program();
  WITH gone AS (
    DELETE FROM suppressions WHERE member_id = OLD.id AND reason IN ('hard_bounce', 'soft_bounces')
    RETURNING label_id, reason, source, said, provider, tray_id, send_id, at)
  SELECT coalesce(jsonb_agg(to_jsonb(gone)), '[]') INTO kept FROM gone;
  INSERT INTO former_addresses (member_id, address, address_key, bounces) VALUES (OLD.id, OLD.address, OLD.address_key, kept);
  DELETE FROM soft_bounces WHERE member_id = OLD.id;
  INSERT INTO suppressions (member_id, label_id, reason, source, said, provider, at)
  SELECT DISTINCT ON (b.label_id, b.reason) OLD.id, b.label_id, b.reason, b.source, coalesce(b.said, ''), coalesce(b.provider, ''), b.at
    FROM former_addresses f,
         jsonb_to_recordset(f.bounces) b (label_id int, reason text, source text, said text, provider text, at timestamptz)
   WHERE f.member_id = OLD.id AND f.address_key = NEW.address_key
   ORDER BY b.label_id, b.reason, b.at
  ON CONFLICT DO NOTHING;
  RETURN NEW;
END
$$;
CREATE TRIGGER members_move BEFORE UPDATE ON members
  FOR EACH ROW WHEN ((NEW.id, NEW.address, NEW.address_key) IS DISTINCT FROM (OLD.id, OLD.address, OLD.address_key))
  EXECUTE FUNCTION member_moves();

-- Links by mail under which members change their address themselves: to the
-- address that they ask for, which proves that it is theirs, and after the change
-- to the one that they left, to take it back. One is good while the member has the
-- address that they had when it was made. Rows stay some days, to count by.
CREATE TABLE address_links (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token_hash  bytea       NOT NULL UNIQUE,         -- SHA-256 of a random token
  member_id   bigint      NOT NULL,
  label_id    int         NOT NULL REFERENCES labels,   -- whose page and mail
  from_key    text        COLLATE "C" NOT NULL,    -- of the address that it replaces
  address     text        NOT NULL,
  address_key text        COLLATE "C" NOT NULL,
  takes_back  boolean     NOT NULL DEFAULT false,  -- an address that the member left
  made_at     timestamptz NOT NULL,
  expires_at  timestamptz NOT NULL CHECK (expires_at > made_at),
  ended_at    timestamptz                          -- used, or another one was
);
CREATE INDEX address_links_member ON address_links (member_id, made_at);
CREATE INDEX address_links_key ON address_links (address_key, made_at);
GRANT SELECT (id, member_id, label_id, from_key, address, address_key, takes_back, made_at, expires_at, ended_at),
  INSERT, UPDATE (ended_at), DELETE ON address_links TO keur_app;
CREATE TRIGGER address_links_program BEFORE INSERT OR UPDATE OR DELETE ON address_links
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER address_links_end_once BEFORE UPDATE ON address_links
  FOR EACH ROW EXECUTE FUNCTION ends_once('ended_at');

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
CREATE TRIGGER attributes_audit AFTER INSERT OR UPDATE OR DELETE ON attributes
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, DELETE ON attributes TO keur_app;
CREATE TRIGGER attributes_person BEFORE INSERT OR DELETE ON attributes
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();

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
  FOREIGN KEY (label_id, attribute) REFERENCES attributes (label_id, name) ON DELETE CASCADE,
  CHECK (nl || de || en <> '')
);
CREATE TRIGGER attribute_words_person BEFORE INSERT OR UPDATE OR DELETE ON attribute_words
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER attribute_words_audit AFTER INSERT OR UPDATE OR DELETE ON attribute_words
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, UPDATE (nl, de, en), DELETE ON attribute_words TO keur_app;

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
  member_key       text        COLLATE "C" CHECK (member_key ~ '^[[:graph:]]{1,100}$'),   -- the publisher's own number of them
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
CREATE UNIQUE INDEX memberships_key ON memberships (label_id, member_key) WHERE member_key IS NOT NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON memberships TO keur_app;
CREATE TRIGGER memberships_program BEFORE INSERT OR UPDATE OR DELETE ON memberships
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

CREATE FUNCTION membership_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM members WHERE id = OLD.member_id) THEN
    RAISE EXCEPTION 'a membership goes only when its member is erased' USING CONSTRAINT = 'members.membership_stays';
  END IF;
  RETURN OLD;
END
$$;
-- It is of one member, under one label: a consent to one is none to another.
CREATE FUNCTION membership_fixed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'a membership stays that of its member, under its label' USING CONSTRAINT = 'members.membership_fixed';
END
$$;
CREATE TRIGGER memberships_fixed BEFORE UPDATE OF label_id, member_id ON memberships
  FOR EACH ROW WHEN ((NEW.label_id, NEW.member_id) IS DISTINCT FROM (OLD.label_id, OLD.member_id)) EXECUTE FUNCTION membership_fixed();
CREATE TRIGGER memberships_guard BEFORE DELETE ON memberships
  FOR EACH ROW EXECUTE FUNCTION membership_guard();

CREATE TABLE consent_statements (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id int    NOT NULL REFERENCES labels,
  text     text   NOT NULL CHECK (text <> ''),
  version  text   NOT NULL DEFAULT ''
);
-- By its hash, as a text may be longer than an index entry.
CREATE UNIQUE INDEX consent_statements_text ON consent_statements (label_id, md5(text), version);
GRANT SELECT, INSERT ON consent_statements TO keur_app;
CREATE TRIGGER consent_statements_program BEFORE INSERT ON consent_statements
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

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
GRANT SELECT, INSERT, DELETE ON consents TO keur_app;
CREATE TRIGGER consents_program BEFORE INSERT OR DELETE ON consents
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER consents_append_only BEFORE UPDATE ON consents
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- An erased member's proof goes too (GDPR, article 17), but only with the member.
CREATE FUNCTION consent_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM members WHERE id = OLD.member_id) THEN
    RAISE EXCEPTION 'consents are append-only: they go only when their member is erased' USING CONSTRAINT = 'members.consents_append_only';
  END IF;
  RETURN OLD;
END
$$;
CREATE TRIGGER consents_guard BEFORE DELETE ON consents
  FOR EACH ROW EXECUTE FUNCTION consent_guard();

-- Who wrote a consent down is who acts. Whole statements are asked: an import writes
-- thousands at once.
CREATE FUNCTION consent_recorder() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  acting text := current_actor();
  named text;
BEGIN
  SELECT recorded_by INTO named FROM fresh WHERE recorded_by IS DISTINCT FROM acting LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'this would be put down as done by %, and % is acting', named, acting
      USING CONSTRAINT = 'database.other_actor', DETAIL = jsonb_build_object('named', named, 'actor', acting);
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER consents_who AFTER INSERT ON consents
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION consent_recorder();

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
GRANT SELECT, INSERT, UPDATE (tray_id), DELETE ON suppressions TO keur_app;
CREATE TRIGGER suppressions_program BEFORE INSERT OR UPDATE OR DELETE ON suppressions
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE INDEX suppressions_bounced ON suppressions (provider, at) WHERE reason IN ('hard_bounce', 'soft_bounces');
CREATE INDEX suppressions_waiting ON suppressions (tray_id) WHERE tray_id IS NOT NULL;
CREATE TRIGGER suppressions_signed BEFORE INSERT OR UPDATE OF by ON suppressions
  FOR EACH ROW EXECUTE FUNCTION signed('by');

-- Of whom a suppression keeps from being mailed, a person says otherwise, or they are
-- erased. A bounce is of an address, and goes with it (member_moves()). Who
-- unsubscribed comes back themselves, by a consent of the same transaction that
-- keeps the words they agreed to.
CREATE FUNCTION suppression_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' AND OLD.reason = 'unsubscribe' AND current_actor() = 'member' AND EXISTS (
       SELECT FROM consents c
        WHERE c.member_id = OLD.member_id AND OLD.label_id IN (0, c.label_id) AND c.kind = 'mail' AND c.given AND c.at >= OLD.at
          AND c.statement_id IS NOT NULL AND c.recorded_by = 'member' AND c.xmin = pg_current_xact_id_if_assigned()::xid) THEN
    RETURN OLD;
  END IF;
  IF NOT by_owner(TG_RELID) AND (SELECT admin_since IS NOT NULL FROM change_rules) AND EXISTS (SELECT FROM members WHERE id = OLD.member_id) THEN
    PERFORM demand_person();
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER suppressions_stay BEFORE UPDATE OR DELETE ON suppressions
  FOR EACH ROW EXECUTE FUNCTION suppression_stays();

-- Addresses that a label must not mail, members' or not, by a hash of the address
-- in lower case: SHA-256, SHA-1 or MD5, which its length tells. Whoever becomes a
-- member with one of them is suppressed.
CREATE TABLE suppression_list (
  label_id int         NOT NULL REFERENCES labels,
  hash     bytea       NOT NULL CHECK (octet_length(hash) IN (16, 20, 32)),
  reason   text        NOT NULL CHECK (reason IN ('hard_bounce', 'complaint', 'unsubscribe', 'manual')),
  source   text        NOT NULL DEFAULT '',     -- the file that it came in
  at       timestamptz NOT NULL DEFAULT now(),
  by       text        NOT NULL DEFAULT current_actor(),
  PRIMARY KEY (label_id, hash)
);
GRANT SELECT, INSERT, DELETE ON suppression_list TO keur_app;
CREATE TRIGGER suppression_list_stays BEFORE DELETE ON suppression_list
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER suppression_list_program BEFORE INSERT ON suppression_list
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER suppression_list_signed BEFORE INSERT ON suppression_list
  FOR EACH ROW EXECUTE FUNCTION signed('by');

-- Erased addresses: a keyed hash is all that stays, so that a re-import stays suppressed.
CREATE TABLE erased_addresses (
  hash bytea       PRIMARY KEY,
  at   timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON erased_addresses TO keur_app;
CREATE TRIGGER erased_addresses_program BEFORE INSERT ON erased_addresses
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

CREATE TABLE topics (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id int    NOT NULL REFERENCES labels,
  key      text   NOT NULL CHECK (key ~ '^[a-z][a-z0-9_]{0,39}$'),
  name     text   NOT NULL,
  UNIQUE (label_id, key)
);
CREATE TRIGGER topics_audit AFTER INSERT OR UPDATE OR DELETE ON topics
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT ON topics TO keur_app;
CREATE TRIGGER topics_person BEFORE INSERT ON topics
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();

CREATE TABLE preferences (
  member_id  bigint NOT NULL,
  label_id   int    NOT NULL,
  off_topics text[] NOT NULL DEFAULT '{}',       -- keys of topics the member doesn't want
  per_week   int    CHECK (per_week BETWEEN 1 AND 7),   -- at most so many mails a week; null: no wish
  paused_until date,                             -- no mail before this day, by the label's clock; null: no pause
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (member_id, label_id),
  CHECK (paused_until <= (updated_at AT TIME ZONE 'UTC')::date + 367)   -- what lasts longer is unsubscribing
);
GRANT SELECT, INSERT, UPDATE, DELETE ON preferences TO keur_app;
CREATE TRIGGER preferences_program BEFORE INSERT OR UPDATE OR DELETE ON preferences
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- Erasing a member can't be undone, so one asks for it and another decides.
CREATE TABLE erasure_requests (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  member_id    bigint      NOT NULL,               -- points at nobody once it is approved
  label_id     int         NOT NULL REFERENCES labels,   -- under which it was asked for
  reason       text        NOT NULL CHECK (reason <> '' AND is_tidy(reason, 500)),
  state        text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'approved', 'refused', 'withdrawn')),
  requested_by bigint      NOT NULL REFERENCES users,
  requested_at timestamptz NOT NULL,
  approved_by  bigint      REFERENCES users,       -- who decided, if that was approval
  refused_by   bigint      REFERENCES users,       -- likewise; the asker withdraws
  decided_at   timestamptz,
  CHECK (approved_by <> requested_by),
  CHECK (refused_by <> requested_by),
  CHECK ((state = 'approved') = (approved_by IS NOT NULL)),
  CHECK ((state = 'refused') = (refused_by IS NOT NULL)),
  CHECK ((state = 'waiting') = (decided_at IS NULL))
);
CREATE UNIQUE INDEX erasure_requests_waiting ON erasure_requests (member_id) WHERE state = 'waiting';
CREATE INDEX erasure_requests_label ON erasure_requests (label_id, id);
-- Not the reason: it may tell of the member, and the trail can't forget.
CREATE TRIGGER erasure_requests_audit AFTER INSERT OR UPDATE ON erasure_requests
  FOR EACH ROW EXECUTE FUNCTION audit_row('reason');
GRANT SELECT, INSERT, UPDATE ON erasure_requests TO keur_app;
CREATE TRIGGER erasure_requests_program BEFORE INSERT OR UPDATE ON erasure_requests
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER erasure_requests_state_guard BEFORE INSERT OR UPDATE ON erasure_requests
  FOR EACH ROW EXECUTE FUNCTION state_guard(
    'new > waiting',
    'waiting > approved refused withdrawn');

-- What was asked and decided stays as it was, but that the address of who is
-- gone is taken out of its reason.
CREATE FUNCTION erasure_request_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF (NEW.member_id, NEW.label_id, NEW.requested_by, NEW.requested_at)
     IS DISTINCT FROM (OLD.member_id, OLD.label_id, OLD.requested_by, OLD.requested_at)
     OR NEW.state = OLD.state AND (NEW.approved_by, NEW.refused_by, NEW.decided_at) IS DISTINCT FROM (OLD.approved_by, OLD.refused_by, OLD.decided_at) THEN
    RAISE EXCEPTION 'what was asked can''t be changed' USING CONSTRAINT = 'members.erasure_fixed';
  END IF;
  IF NEW.reason <> OLD.reason THEN
    IF EXISTS (SELECT FROM members WHERE id = OLD.member_id) OR length(NEW.reason) >= length(OLD.reason) OR NEW.state <> OLD.state THEN
      RAISE EXCEPTION 'what was asked can''t be changed' USING CONSTRAINT = 'members.erasure_fixed';
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.state <> OLD.state THEN NEW.decided_at := decided_now(NEW.decided_at); END IF;
  IF NEW.state IN ('approved', 'refused') THEN PERFORM demand_scope('approve'); END IF;
  IF NEW.state = 'withdrawn' AND current_actor() <> 'user:' || OLD.requested_by THEN
    RAISE EXCEPTION 'only who asked for it withdraws it' USING CONSTRAINT = 'members.asker_withdraws';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER erasure_requests_guard BEFORE UPDATE ON erasure_requests
  FOR EACH ROW EXECUTE FUNCTION erasure_request_guard();
-- It can't be undone.
CREATE TRIGGER erasure_requests_proven BEFORE UPDATE ON erasure_requests
  FOR EACH ROW WHEN (NEW.state = 'approved' AND OLD.state <> 'approved') EXECUTE FUNCTION proof_demanded();
CREATE TRIGGER erasure_requests_who BEFORE INSERT ON erasure_requests
  FOR EACH ROW EXECUTE FUNCTION actor_named('user', 'requested_by');
CREATE TRIGGER erasure_requests_who_approves BEFORE UPDATE OF approved_by ON erasure_requests
  FOR EACH ROW EXECUTE FUNCTION actor_named('user', 'approved_by');
CREATE TRIGGER erasure_requests_who_refuses BEFORE UPDATE OF refused_by ON erasure_requests
  FOR EACH ROW EXECUTE FUNCTION actor_named('user', 'refused_by');
CREATE TRIGGER erasure_requests_no_delete BEFORE DELETE ON erasure_requests
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- An approval that erased nobody would let somebody erase the member later, alone.
CREATE FUNCTION erasure_done() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM members WHERE id = NEW.member_id) THEN
    RAISE EXCEPTION 'an approved erasure is carried out in the transaction that approves it' USING CONSTRAINT = 'members.erasure_at_once';
  END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER erasure_requests_done AFTER UPDATE OF state ON erasure_requests
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'approved') EXECUTE FUNCTION erasure_done();
