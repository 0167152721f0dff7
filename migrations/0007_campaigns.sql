-- Campaigns: advertisers, how we reach them, what they promote and pay.

CREATE TABLE advertisers (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name        text        NOT NULL UNIQUE CHECK (is_name(name)),
  category    text        NOT NULL CHECK (category ~ '^[a-z][a-z0-9_]{0,39}$'),   -- travel, fashion, …
  stopped_at  timestamptz,                       -- the stop switch
  stop_reason text        NOT NULL DEFAULT '',
  version     int         NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER advertisers_person BEFORE INSERT OR UPDATE OR DELETE ON advertisers
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER advertisers_audit AFTER INSERT OR UPDATE OR DELETE ON advertisers
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, UPDATE ON advertisers TO keur_app;

CREATE TABLE programmes (
  id              bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  advertiser_id   bigint  NOT NULL REFERENCES advertisers,
  network         text    NOT NULL CHECK (network IN ('direct', 'awin', 'tradetracker', 'daisycon', 'cj', 'impact', 'tradedoubler', 'partnerize', 'other')),
  ref             text    NOT NULL CHECK (is_name(ref)),               -- the network's programme id
  subid_parameter text    NOT NULL DEFAULT '',    -- empty: the network's own (NETWORKS table), direct: none
  live            boolean NOT NULL DEFAULT true,
  email_allowed   boolean NOT NULL DEFAULT true,
  UNIQUE (network, ref, advertiser_id)
);
CREATE TRIGGER programmes_person BEFORE INSERT OR UPDATE OR DELETE ON programmes
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER programmes_audit AFTER INSERT OR UPDATE OR DELETE ON programmes
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, UPDATE ON programmes TO keur_app;

CREATE TABLE contacts (
  id             bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  advertiser_id  bigint  NOT NULL REFERENCES advertisers,
  name           text    NOT NULL CHECK (is_name(name)),
  email          text    NOT NULL,
  locale         text    NOT NULL DEFAULT 'en' CHECK (locale IN ('nl', 'de', 'en')),
  may_approve    boolean NOT NULL DEFAULT true,
  -- The two who said that this is the address of someone who may approve: makers
  -- of a mailing can't be sent it under a client's name.
  proposed_by    text,
  vouched_by     text    NOT NULL DEFAULT current_actor(),
  approves_after bigint                            -- the newest round when that was confirmed: it counts for later ones; null: may not approve
);
CREATE UNIQUE INDEX contacts_email ON contacts (advertiser_id, lower(email));
CREATE TRIGGER contacts_person BEFORE INSERT OR UPDATE OR DELETE ON contacts
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER contacts_audit AFTER INSERT OR UPDATE OR DELETE ON contacts
  FOR EACH ROW EXECUTE FUNCTION audit_row('email');
GRANT SELECT, INSERT (advertiser_id, name, email, locale, may_approve), UPDATE (name, email, locale, may_approve, vouched_by) ON contacts TO keur_app;

-- Every address that a user has or ever had.
CREATE TABLE staff_addresses (key text PRIMARY KEY);
CREATE TRIGGER staff_addresses_audit AFTER INSERT OR UPDATE OR DELETE ON staff_addresses
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT ON staff_addresses TO keur_app;
CREATE FUNCTION staff_address() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO staff_addresses VALUES (mail_key(NEW.email)) ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;
CREATE TRIGGER users_address AFTER INSERT OR UPDATE OF email ON users FOR EACH ROW EXECUTE FUNCTION staff_address();

-- The domains that are ours: those that labels name as such, and those that their
-- mail comes from.
CREATE FUNCTION own_domains() RETURNS SETOF text LANGUAGE plpgsql STABLE ROWS 10 SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY
  SELECT lower(unnest(own_domains)) FROM labels
   UNION SELECT lower(bounce_domain) FROM labels
   UNION SELECT lower(substring(public_url FROM '^https?://([^/:]+)')) FROM labels
   UNION SELECT lower(substring(address FROM '@([^@]*)$')) FROM label_senders;
END
$$;

-- Whether somebody who works here reads what is mailed to an address: nobody of
-- ours approves as the client.
CREATE FUNCTION is_insider(address text) RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM staff_addresses WHERE key = mail_key(address))
      OR EXISTS (SELECT FROM own_domains() own, substring(mail_key(address) FROM '@(.*)$') domain WHERE domain = own OR domain LIKE '%.' || own);
END
$$;

-- Whether who acts plans or approves under a label that has a campaign of the
-- advertiser; while none has, under any.
CREATE FUNCTION runs_advertiser(actor text, p_advertiser bigint) RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM users u
     WHERE 'user:' || u.id = actor AND u.disabled_at IS NULL
       AND (u.admin OR EXISTS (SELECT FROM user_roles r
                                WHERE r.user_id = u.id AND r.role IN ('planner', 'approver')
                                  AND (r.label_id IN (SELECT label_id FROM campaigns WHERE advertiser_id = p_advertiser)
                                       OR NOT EXISTS (SELECT FROM campaigns WHERE advertiser_id = p_advertiser)))));
END
$$;

-- That somebody may approve, and where they are mailed, takes two people who run
-- the advertiser: a change request that one proposed and another confirmed in
-- this very transaction. It counts for rounds submitted after it.
CREATE FUNCTION contact_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  row_ jsonb := jsonb_build_object('table', 'contacts', 'do', lower(TG_OP), 'advertiser_id', NEW.advertiser_id, 'email', NEW.email);
  request record;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    row_ := row_ || jsonb_build_object('id', NEW.id);
    IF (NEW.email, NEW.may_approve) IS NOT DISTINCT FROM (OLD.email, OLD.may_approve) THEN
      IF NEW.vouched_by IS DISTINCT FROM OLD.vouched_by THEN
        PERFORM demand_scope('approve');
        IF NOT runs_advertiser(current_actor(), NEW.advertiser_id) THEN
          RAISE EXCEPTION 'only a planner or approver of a label that runs this advertiser says who approves for it' USING CONSTRAINT = 'campaigns.contact_by_others';
        END IF;
        PERFORM demand_proof(false);
        NEW.vouched_by := current_actor();
      END IF;
      RETURN NEW;
    END IF;
  END IF;
  NEW.proposed_by := NULL;
  NEW.approves_after := NULL;
  NEW.vouched_by := current_actor();
  IF NOT NEW.may_approve THEN RETURN NEW; END IF;
  IF is_insider(NEW.email) OR NEW.email ~ '[^ -~]' THEN
    RAISE EXCEPTION 'nobody who works here, and no address of our own domains, approves as the client' USING CONSTRAINT = 'campaigns.contact_insider';
  END IF;
  SELECT r.proposed_by, r.decided_by INTO request FROM change_requests r
   WHERE r.state = 'confirmed' AND r.decided_in = pg_current_xact_id_if_assigned() AND r.kind = 'contacts.change' AND NOT r.alone
     AND r.rows @> jsonb_build_array(row_)
     AND runs_advertiser(r.proposed_by, NEW.advertiser_id) AND runs_advertiser(r.decided_by, NEW.advertiser_id);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'who may approve for an advertiser is proposed by one and confirmed by another who run it' USING CONSTRAINT = 'campaigns.contact_takes_two';
  END IF;
  NEW.proposed_by := request.proposed_by;
  NEW.vouched_by := request.decided_by;
  NEW.approves_after := coalesce((SELECT max(id) FROM approval_rounds), 0);
  RETURN NEW;
END
$$;
CREATE TRIGGER contacts_guard BEFORE INSERT OR UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION contact_guard();

CREATE TABLE campaigns (
  id            bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id      int     NOT NULL REFERENCES labels,
  advertiser_id bigint  NOT NULL REFERENCES advertisers,
  programme_id  bigint  REFERENCES programmes,
  name          text    NOT NULL CHECK (is_name(name)),
  starts_on     date    NOT NULL,
  ends_on       date    NOT NULL,
  currency      text    NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
  goals         jsonb   NOT NULL DEFAULT '{}',    -- campaigns.Goals
  promised      jsonb   NOT NULL DEFAULT '{}',    -- campaigns.Promise
  version       int     NOT NULL DEFAULT 1,
  created_at    timestamptz NOT NULL DEFAULT now(),
  CHECK (starts_on <= ends_on),
  UNIQUE (label_id, name)
);
CREATE INDEX campaigns_advertiser ON campaigns (advertiser_id);
CREATE TRIGGER campaigns_person BEFORE INSERT OR UPDATE OR DELETE ON campaigns
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER campaigns_audit AFTER INSERT OR UPDATE OR DELETE ON campaigns
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, UPDATE ON campaigns TO keur_app;

CREATE TABLE deals (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  campaign_id  bigint NOT NULL REFERENCES campaigns,
  kind         text   NOT NULL CHECK (kind IN ('CPS', 'CPL', 'CPA', 'CPC', 'CPM', 'CPV', 'fixed')),
  basis_points int    CHECK (basis_points BETWEEN 1 AND 10000),   -- CPS as a share of the sale, 1/100 %
  minor_units  bigint CHECK (minor_units > 0),                     -- an amount in the campaign's currency
  note         text   NOT NULL DEFAULT '' CHECK (is_line(note, 500)),
  CHECK ((basis_points IS NULL) <> (minor_units IS NULL)),
  CHECK (basis_points IS NULL OR kind = 'CPS')
);
CREATE INDEX deals_campaign ON deals (campaign_id);
CREATE TRIGGER deals_person BEFORE INSERT OR UPDATE OR DELETE ON deals
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER deals_audit AFTER INSERT OR UPDATE OR DELETE ON deals
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, UPDATE, DELETE ON deals TO keur_app;

CREATE TABLE campaign_links (
  id          bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  campaign_id bigint  NOT NULL REFERENCES campaigns,
  name        text    NOT NULL CHECK (is_name(name)),
  url         text    NOT NULL CHECK (url ~* '^https?://.' AND is_line(url, 2000)),   -- {url}: the page that a deeplink leads to
  utm         boolean NOT NULL,
  UNIQUE (campaign_id, name)
);
CREATE TRIGGER campaign_links_person BEFORE INSERT OR UPDATE OR DELETE ON campaign_links
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER campaign_links_audit AFTER INSERT OR UPDATE OR DELETE ON campaign_links
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, DELETE ON campaign_links TO keur_app;

-- Content-addressed: the same banner is stored once.
CREATE TABLE creatives (
  hash       bytea       PRIMARY KEY CHECK (length(hash) = 32),   -- SHA-256 of bytes
  bytes      bytea       NOT NULL,
  type       text        NOT NULL CHECK (type IN ('image/png', 'image/jpeg', 'image/gif', 'image/webp')),
  width      int         NOT NULL CHECK (width > 0),
  height     int         NOT NULL CHECK (height > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK (hash = sha256(bytes))
);
-- The hash, which the trail tells, says what the bytes are.
CREATE TRIGGER creatives_audit AFTER INSERT OR UPDATE OR DELETE ON creatives
  FOR EACH ROW EXECUTE FUNCTION audit_row('-bytes');
GRANT SELECT, INSERT ON creatives TO keur_app;
CREATE TRIGGER creatives_program BEFORE INSERT ON creatives
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

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
CREATE TRIGGER campaign_creatives_person BEFORE INSERT OR UPDATE OR DELETE ON campaign_creatives
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER campaign_creatives_audit AFTER INSERT OR UPDATE OR DELETE ON campaign_creatives
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, UPDATE, DELETE ON campaign_creatives TO keur_app;

-- Who may see an image: the labels that ever used it, since what was sent with
-- it stays to be seen; and who brought its bytes.
CREATE TABLE creative_labels (
  hash     bytea NOT NULL REFERENCES creatives,
  label_id int   NOT NULL REFERENCES labels,
  PRIMARY KEY (hash, label_id)
);
CREATE TRIGGER creative_labels_audit AFTER INSERT OR UPDATE OR DELETE ON creative_labels
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT ON creative_labels TO keur_app;
CREATE FUNCTION creative_used() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO creative_labels (hash, label_id) SELECT NEW.hash, label_id FROM campaigns WHERE id = NEW.campaign_id
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;
CREATE TRIGGER campaign_creatives_used AFTER INSERT ON campaign_creatives
  FOR EACH ROW EXECUTE FUNCTION creative_used();

-- A label's logo is an image of its own.
ALTER TABLE labels ADD CONSTRAINT labels_logo FOREIGN KEY (logo) REFERENCES creatives;
CREATE FUNCTION logo_used() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO creative_labels (hash, label_id) VALUES (NEW.logo, NEW.id) ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;
CREATE TRIGGER labels_logo_used AFTER INSERT OR UPDATE OF logo ON labels
  FOR EACH ROW WHEN (NEW.logo IS NOT NULL) EXECUTE FUNCTION logo_used();

CREATE TABLE creative_uploads (
  hash        bytea NOT NULL REFERENCES creatives,
  uploaded_by text  NOT NULL DEFAULT current_actor(),
  PRIMARY KEY (hash, uploaded_by)
);
CREATE TRIGGER creative_uploads_audit AFTER INSERT OR UPDATE OR DELETE ON creative_uploads
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT ON creative_uploads TO keur_app;
CREATE TRIGGER creative_uploads_program BEFORE INSERT ON creative_uploads
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER creative_uploads_signed BEFORE INSERT ON creative_uploads
  FOR EACH ROW EXECUTE FUNCTION signed('uploaded_by');

CREATE TABLE voucher_pools (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  campaign_id bigint NOT NULL REFERENCES campaigns,
  name        text   NOT NULL CHECK (is_name(name)),
  shared_code text CHECK (shared_code ~ '^[A-Za-z0-9._-]{3,40}$'), -- null: unique codes in voucher_codes
  exclusive   boolean NOT NULL DEFAULT false,     -- its shared code is given out by us alone: who uses it came by us
  valid_from  date,
  valid_until date,
  UNIQUE (campaign_id, name),
  CHECK (valid_from <= valid_until)
);
CREATE TRIGGER voucher_pools_person BEFORE INSERT OR UPDATE OR DELETE ON voucher_pools
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER voucher_pools_audit AFTER INSERT OR UPDATE OR DELETE ON voucher_pools
  FOR EACH ROW EXECUTE FUNCTION audit_row('shared_code');
GRANT SELECT, INSERT, UPDATE ON voucher_pools TO keur_app;

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
) WITH (fillfactor = 70);
CREATE INDEX voucher_codes_free ON voucher_codes (pool_id, id) WHERE state = 'free';
CREATE UNIQUE INDEX voucher_codes_delivery ON voucher_codes (send_id, member_id, pool_id) WHERE send_id IS NOT NULL;
GRANT SELECT, INSERT, UPDATE ON voucher_codes TO keur_app;
CREATE TRIGGER voucher_codes_program BEFORE INSERT OR UPDATE ON voucher_codes
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER voucher_codes_state_guard BEFORE INSERT OR UPDATE ON voucher_codes
  FOR EACH ROW EXECUTE FUNCTION state_guard(
    'new > free',
    'free > reserved',
    'reserved > committed free');
