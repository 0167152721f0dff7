-- Sign-up forms of labels: what people agree to there, and who asked and is still
-- to confirm it by a link in a mail (double opt-in).

-- What people agree to, word by word. A text is never changed: another one is the
-- label's next version, and a consent keeps the words that its giver saw.
CREATE TABLE signup_texts (
  label_id int         NOT NULL REFERENCES labels,
  version  int         NOT NULL CHECK (version > 0),
  mail     text        NOT NULL CHECK (mail ~ '\S' AND length(mail) <= 2000),   -- to be mailed
  tracking text        NOT NULL DEFAULT '' CHECK (length(tracking) <= 2000),    -- to be remembered by; empty: not asked
  at       timestamptz NOT NULL DEFAULT now(),
  by       text        NOT NULL DEFAULT current_actor(),
  PRIMARY KEY (label_id, version)
);
GRANT SELECT, INSERT ON signup_texts TO keur_app;
CREATE TRIGGER signup_texts_person BEFORE INSERT ON signup_texts
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER signup_texts_signed BEFORE INSERT ON signup_texts
  FOR EACH ROW EXECUTE FUNCTION signed('by');
CREATE TRIGGER signup_texts_append_only BEFORE UPDATE OR DELETE ON signup_texts
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER signup_texts_audit AFTER INSERT ON signup_texts
  FOR EACH ROW EXECUTE FUNCTION audit_row('mail', 'tracking');

CREATE TABLE signup_forms (
  label_id     int     PRIMARY KEY REFERENCES labels,
  open         boolean NOT NULL DEFAULT false,
  text_version int     NOT NULL,
  topics       text[]  NOT NULL DEFAULT '{}',    -- keys of the label's topics that it offers
  attributes   text[]  NOT NULL DEFAULT '{}',    -- names of the label's attributes that it asks, in this order
  version      int     NOT NULL DEFAULT 1,
  FOREIGN KEY (label_id, text_version) REFERENCES signup_texts
);
GRANT SELECT, INSERT, UPDATE ON signup_forms TO keur_app;
CREATE TRIGGER signup_forms_person BEFORE INSERT OR UPDATE ON signup_forms
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER signup_forms_audit AFTER INSERT OR UPDATE OR DELETE ON signup_forms
  FOR EACH ROW EXECUTE FUNCTION audit_row('-version');

CREATE FUNCTION signup_form_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM unnest(NEW.topics) k WHERE k NOT IN (SELECT key FROM topics WHERE label_id = NEW.label_id)) THEN
    RAISE EXCEPTION 'one of these topics is none of the label''s' USING CONSTRAINT = 'members.signup_topic';
  END IF;
  IF EXISTS (SELECT FROM unnest(NEW.attributes) k
              WHERE k NOT IN (SELECT name FROM attributes WHERE label_id = NEW.label_id AND type <> 'set')) THEN
    RAISE EXCEPTION 'one of these fields is none of the label''s, or a list of words' USING CONSTRAINT = 'members.signup_attribute';
  END IF;
  IF NEW.text_version <> (SELECT max(version) FROM signup_texts WHERE label_id = NEW.label_id) THEN
    RAISE EXCEPTION 'a sign-up form shows the newest text' USING CONSTRAINT = 'members.signup_newest_text';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER signup_forms_guard BEFORE INSERT OR UPDATE ON signup_forms
  FOR EACH ROW EXECUTE FUNCTION signup_form_guard();

-- Who asked. The address stands here only where a link was mailed to it, and until
-- some days after; by its keyed hash it is counted.
CREATE TABLE signups (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token_hash   bytea       NOT NULL UNIQUE,      -- SHA-256 of a random token
  label_id     int         NOT NULL REFERENCES signup_forms,
  mailbox      bytea       NOT NULL,             -- keyed hash of mail_key(address)
  address      text,                             -- null: nothing was mailed
  text_version int         NOT NULL,             -- what was on the form
  tracking     boolean     NOT NULL DEFAULT false,   -- agreed to be remembered by, too
  off_topics   text[]      NOT NULL DEFAULT '{}',
  answers      jsonb       NOT NULL DEFAULT '{}',    -- by the name of the attribute
  form_url     text        NOT NULL DEFAULT '' CHECK (length(form_url) <= 500),
  ip           inet,
  asked_at     timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL,
  ended_at     timestamptz,                      -- confirmed, or another of the address was
  FOREIGN KEY (label_id, text_version) REFERENCES signup_texts,
  CHECK (expires_at > asked_at AND expires_at <= asked_at + interval '48 hours'),
  CHECK (address IS NOT NULL OR answers = '{}')
);
CREATE INDEX signups_mailbox ON signups (mailbox, asked_at);
CREATE INDEX signups_asked ON signups (asked_at);
GRANT SELECT (id, label_id, mailbox, address, text_version, tracking, off_topics, answers, form_url, ip, asked_at, expires_at, ended_at),
  INSERT, UPDATE (ended_at), DELETE ON signups TO keur_app;
CREATE TRIGGER signups_program BEFORE INSERT OR UPDATE OR DELETE ON signups
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER signups_end_once BEFORE UPDATE ON signups
  FOR EACH ROW EXECUTE FUNCTION ends_once('ended_at');

CREATE FUNCTION signup_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT (SELECT open FROM signup_forms WHERE label_id = NEW.label_id) THEN
    RAISE EXCEPTION 'this label''s sign-up form is closed' USING CONSTRAINT = 'members.signup_closed';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER signups_guard BEFORE INSERT ON signups
  FOR EACH ROW EXECUTE FUNCTION signup_guard();

-- Who is erased has asked for nothing.
CREATE FUNCTION forget_signups() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  DELETE FROM signups WHERE lower(address) = OLD.address_key OR address = OLD.address;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION forget_signups() FROM PUBLIC;
CREATE TRIGGER members_forget_signups AFTER DELETE ON members
  FOR EACH ROW EXECUTE FUNCTION forget_signups();
CREATE TRIGGER former_addresses_forget_signups AFTER DELETE ON former_addresses
  FOR EACH ROW EXECUTE FUNCTION forget_signups();
