-- Networks: a label's accounts at affiliate networks, from which transactions come.

CREATE TABLE network_connections (
  id                 int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id           int         NOT NULL REFERENCES labels,   -- whose money it is when nothing else says
  network            text        NOT NULL CHECK (network IN ('awin', 'tradetracker', 'daisycon', 'cj', 'impact', 'tradedoubler', 'partnerize', 'other')),
  name               text        NOT NULL CHECK (is_name(name)),
  publisher_ref      text        NOT NULL DEFAULT '' CHECK (is_line(publisher_ref, 120)),   -- the network's number of our account or site
  postback_hash      bytea       UNIQUE CHECK (length(postback_hash) = 32),   -- SHA-256 of the secret in the address that the network calls; null: none
  links_barred       boolean     NOT NULL DEFAULT false,       -- its terms forbid that a program follows its links
  version            int         NOT NULL DEFAULT 1,
  created_at         timestamptz NOT NULL DEFAULT now(),
  UNIQUE (label_id, name)
);
-- Two connections with one account would each bring its sales, and all would count
-- twice. Other networks are told apart by nothing that we know.
CREATE UNIQUE INDEX network_connections_account ON network_connections (network, lower(publisher_ref))
 WHERE publisher_ref <> '' AND network <> 'other';
CREATE TRIGGER network_connections_person BEFORE INSERT OR UPDATE OR DELETE ON network_connections
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER network_connections_audit AFTER INSERT OR UPDATE OR DELETE ON network_connections
  FOR EACH ROW EXECUTE FUNCTION audit_row('postback_hash');
GRANT SELECT (id, label_id, network, name, publisher_ref, links_barred, version, created_at), INSERT,
      UPDATE (name, publisher_ref, links_barred, postback_hash, version)
   ON network_connections TO keur_app;

-- What a network gave a publisher to ask it with: sealed beside the connection,
-- never shown again.
CREATE TABLE network_credentials (
  connection_id int         PRIMARY KEY REFERENCES network_connections,
  sealed        bytea       NOT NULL,                 -- internal/seal
  set_at        timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER network_credentials_audit AFTER INSERT OR UPDATE OR DELETE ON network_credentials
  FOR EACH ROW EXECUTE FUNCTION audit_row('sealed');
GRANT SELECT, INSERT, UPDATE ON network_credentials TO keur_app;
CREATE TRIGGER network_credentials_program BEFORE INSERT OR UPDATE ON network_credentials
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
-- Whose sales are asked for has an account's number, by which two are told apart.
CREATE FUNCTION network_account_named() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_TABLE_NAME = 'network_connections' THEN
    PERFORM FROM network_credentials WHERE connection_id = NEW.id AND NEW.publisher_ref = '';
  ELSE
    PERFORM FROM network_connections WHERE id = NEW.connection_id AND publisher_ref = '' FOR SHARE;
  END IF;
  IF FOUND THEN
    RAISE EXCEPTION 'to ask for its sales, the account''s number at the network is needed' USING CONSTRAINT = 'networks.account_missing';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER network_connections_named BEFORE UPDATE OF publisher_ref ON network_connections
  FOR EACH ROW EXECUTE FUNCTION network_account_named();
CREATE TRIGGER network_credentials_named BEFORE INSERT OR UPDATE ON network_credentials
  FOR EACH ROW EXECUTE FUNCTION network_account_named();
CREATE TRIGGER network_credentials_person BEFORE INSERT OR UPDATE ON network_credentials
  FOR EACH ROW EXECUTE FUNCTION person_demanded();

-- What the network gave us in turn: a session, or tokens of which each holds once.
CREATE TABLE network_sessions (
  connection_id   int         PRIMARY KEY REFERENCES network_connections,
  sealed          bytea,                              -- internal/seal; null: none
  renewing_until  timestamptz,                        -- somebody renews it until then, and nobody else does
  verifier_sealed bytea                               -- of the page on which a person opens the account now
);
GRANT SELECT, INSERT, UPDATE ON network_sessions TO keur_app;
CREATE TRIGGER network_sessions_program BEFORE INSERT OR UPDATE ON network_sessions
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- How often each credential, or we all, asked a network of late.
CREATE TABLE network_budgets (
  key           text          PRIMARY KEY,            -- network, and SHA-256 of the credential that it counts by
  calls         timestamptz[] NOT NULL DEFAULT '{}',
  blocked_until timestamptz                           -- it takes none until then
);
GRANT SELECT, INSERT, UPDATE ON network_budgets TO keur_app;
CREATE TRIGGER network_budgets_program BEFORE INSERT OR UPDATE ON network_budgets
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- How far each repeated question is. It is about the time from covered_until, less
-- its overlap, to goal, in windows that the network takes, page by page.
CREATE TABLE network_sweeps (
  connection_id int         NOT NULL REFERENCES network_connections,
  sweep         text        NOT NULL,
  turn          bigint      NOT NULL DEFAULT 0,       -- counts what is saved, so that of two who ask one goes on
  covered_until timestamptz,                          -- null: it was never asked through
  goal          timestamptz,                          -- null: between two times, as the rest of the window
  window_from   timestamptz,
  window_until  timestamptz,
  cursor        text        NOT NULL DEFAULT '',      -- of the next page, in the adapter's words
  due_at        timestamptz NOT NULL,
  ran_at        timestamptz,
  failures      int         NOT NULL DEFAULT 0,       -- one after another
  problem       jsonb,                                -- what failed last; null: nothing
  reports       bigint      NOT NULL DEFAULT 0,       -- that came since it began anew
  unread        bigint      NOT NULL DEFAULT 0,       -- of these, that can't be booked
  unread_ref    text        NOT NULL DEFAULT '',      -- the last of them
  unread_reason jsonb,
  PRIMARY KEY (connection_id, sweep),
  CHECK ((goal IS NULL) = (window_from IS NULL) AND (goal IS NULL) = (window_until IS NULL)),
  CHECK (window_from <= window_until AND window_until <= goal),
  CHECK (goal IS NOT NULL OR cursor = '')
);
GRANT SELECT, INSERT, UPDATE ON network_sweeps TO keur_app;
CREATE TRIGGER network_sweeps_program BEFORE INSERT OR UPDATE ON network_sweeps
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- How a network writes its files, as a person says once for a connection.
CREATE TABLE network_mappings (
  connection_id int   PRIMARY KEY REFERENCES network_connections,
  mapping       jsonb NOT NULL CHECK (jsonb_typeof(mapping) = 'object')
);
CREATE TRIGGER network_mappings_person BEFORE INSERT OR UPDATE OR DELETE ON network_mappings
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER network_mappings_audit AFTER INSERT OR UPDATE OR DELETE ON network_mappings
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, UPDATE ON network_mappings TO keur_app;

-- What a network says of a programme to one of its publishers, as the newest
-- reading has it. Read daily.
CREATE TABLE network_listings (
  id               bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  connection_id    int         NOT NULL REFERENCES network_connections,
  ref              text        NOT NULL CHECK (ref <> '' AND is_line(ref, 120)),   -- the network's number of the programme
  name             text        NOT NULL,
  relation         text        NOT NULL CHECK (relation IN ('joined', 'applied', 'suspended', 'rejected', 'not_joined')),
  live             boolean     NOT NULL DEFAULT true,
  live_from        timestamptz,
  live_until       timestamptz,                         -- not within
  email            text        NOT NULL DEFAULT 'unknown' CHECK (email IN ('allowed', 'limited', 'disallowed', 'unknown')),
  cashback         text        NOT NULL DEFAULT 'unknown' CHECK (cashback IN ('allowed', 'limited', 'disallowed', 'unknown')),
  codes            text        NOT NULL DEFAULT 'unknown' CHECK (codes IN ('allowed', 'limited', 'disallowed', 'unknown')),
  sub_ids          boolean,                             -- whether links carry ours; null: it doesn't say
  validation_days  int         CHECK (validation_days BETWEEN 0 AND 3650),
  currency         text        NOT NULL DEFAULT '',
  earnings_per_100 bigint,                              -- of all its publishers, for 100 clicks, in minor units
  approval_points  int         CHECK (approval_points BETWEEN 0 AND 10000),   -- share that is approved, in 1/100 %
  listed_at        timestamptz NOT NULL,                -- when the reading began in which it was last
  read_at          timestamptz,                         -- when all of this was said last; null: no more than the relation was
  UNIQUE (connection_id, ref)
);
CREATE TRIGGER network_listings_program BEFORE INSERT OR UPDATE ON network_listings
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
GRANT SELECT, INSERT, UPDATE ON network_listings TO keur_app;

-- What each group of a programme's transactions pays, and paid.
CREATE TABLE network_terms (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  listing_id   bigint      NOT NULL REFERENCES network_listings,
  group_ref    text        NOT NULL,
  name         text        NOT NULL,
  kind         text        NOT NULL CHECK (kind IN ('CPS', 'CPL', 'CPA', 'CPC', 'CPM', 'CPV', 'fixed')),
  basis_points int         CHECK (basis_points BETWEEN 0 AND 10000),
  minor_units  bigint,
  currency     text        NOT NULL DEFAULT '',
  since        timestamptz NOT NULL,                    -- when it was read first
  ended_at     timestamptz,                             -- when it was read no longer; null: it holds
  CHECK ((basis_points IS NULL) <> (minor_units IS NULL)),
  CHECK (since <= ended_at)
);
CREATE UNIQUE INDEX network_terms_holds ON network_terms (listing_id, group_ref) WHERE ended_at IS NULL;
CREATE TRIGGER network_terms_program BEFORE INSERT OR UPDATE ON network_terms
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
GRANT SELECT, INSERT, UPDATE (ended_at) ON network_terms TO keur_app;

-- What a person says of a policy that the network leaves open: once, for as long
-- as the network says of it what it said then. The newest counts.
CREATE TABLE network_answers (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  listing_id  bigint      NOT NULL REFERENCES network_listings,
  topic       text        NOT NULL CHECK (topic IN ('email', 'cashback', 'codes')),
  said        text        NOT NULL CHECK (said IN ('limited', 'disallowed', 'unknown')),   -- by the network
  may         boolean     NOT NULL,
  reason      text        NOT NULL CHECK (reason <> '' AND is_line(reason, 500)),
  answered_by text        NOT NULL DEFAULT current_actor(),
  answered_at timestamptz NOT NULL DEFAULT now(),
  -- What the network forbids, nobody here allows. Whether a mail promises cashback,
  -- the network can't know.
  CHECK (said <> 'disallowed' OR topic = 'cashback')
);
CREATE INDEX network_answers_listing ON network_answers (listing_id, topic, id);
CREATE FUNCTION network_answer_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.said IS DISTINCT FROM (SELECT CASE NEW.topic WHEN 'email' THEN email WHEN 'cashback' THEN cashback ELSE codes END
                                  FROM network_listings WHERE id = NEW.listing_id) THEN
    RAISE EXCEPTION 'the network says something else of this by now' USING CONSTRAINT = 'programmes.said_otherwise';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER network_answers_guard BEFORE INSERT ON network_answers FOR EACH ROW EXECUTE FUNCTION network_answer_guard();
CREATE TRIGGER network_answers_person BEFORE INSERT ON network_answers FOR EACH ROW EXECUTE FUNCTION person_demanded();
CREATE TRIGGER network_answers_signed BEFORE INSERT ON network_answers FOR EACH ROW EXECUTE FUNCTION signed('answered_by');
CREATE TRIGGER network_answers_audit AFTER INSERT OR UPDATE OR DELETE ON network_answers
  FOR EACH ROW EXECUTE FUNCTION audit_row();
CREATE TRIGGER network_answers_append_only BEFORE UPDATE OR DELETE ON network_answers
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON network_answers TO keur_app;
CREATE TRIGGER network_answers_program BEFORE INSERT ON network_answers
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- What a network offers for a programme: banners, text links, codes, offers, as the
-- newest reading has them. Read daily.
CREATE TABLE network_items (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  connection_id int         NOT NULL REFERENCES network_connections,
  programme_ref text        NOT NULL CHECK (programme_ref <> '' AND is_line(programme_ref, 120)),   -- the network's number of it
  kind          text        NOT NULL CHECK (kind IN ('banner', 'text', 'code', 'offer')),
  ref           text        NOT NULL CHECK (ref <> '' AND is_line(ref, 120)),   -- the network's number
  name          text        NOT NULL CHECK (is_name(name)),
  body          text        NOT NULL DEFAULT '' CHECK (is_line(body, 500)),     -- what is said in it
  conditions    text        NOT NULL DEFAULT '' CHECK (is_line(conditions, 1000)),
  width         int         NOT NULL DEFAULT 0 CHECK (width BETWEEN 0 AND 5000),   -- of a banner, in pixels; 0: it doesn't say
  height        int         NOT NULL DEFAULT 0 CHECK (height BETWEEN 0 AND 5000),
  valid_from    timestamptz,
  valid_until   timestamptz,                           -- not within
  code          text        NOT NULL DEFAULT '' CHECK (is_line(code, 120)),
  exclusive     boolean     NOT NULL DEFAULT false,    -- the code is for us alone
  picture       text        NOT NULL DEFAULT '' CHECK (is_line(picture, 2000)),   -- addresses, never markup
  click         text        NOT NULL DEFAULT '' CHECK (is_line(click, 2000)),
  modified_at   timestamptz,                           -- as the network says
  changed_at    timestamptz NOT NULL,                  -- when it was read first as it is now
  first_seen_at timestamptz NOT NULL,
  seen_at       timestamptz NOT NULL,                  -- when the reading began in which it was last
  withdrawn_at  timestamptz,                           -- when two readings in a row had it no longer: when the first of them began
  UNIQUE (connection_id, programme_ref, kind, ref),
  CHECK (valid_from < valid_until),
  CHECK (strpos(name || body || conditions || picture || click, '{{') = 0),   -- no tags of ours: a link would tell what we know of members
  CHECK (CASE kind WHEN 'banner' THEN picture <> '' AND click <> '' WHEN 'code' THEN code <> '' ELSE click <> '' END)
);
CREATE TRIGGER network_items_program BEFORE INSERT OR UPDATE ON network_items
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
GRANT SELECT, INSERT, UPDATE ON network_items TO keur_app;

-- What was taken from an item into a campaign: a copy of its picture, or a pool of
-- its code, with the item as it was then.
CREATE TABLE network_picks (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  item_id     bigint      NOT NULL REFERENCES network_items,
  campaign_id bigint      NOT NULL REFERENCES campaigns,
  hash        bytea       REFERENCES creatives,         -- the copy of its picture
  pool_id     bigint      REFERENCES voucher_pools,     -- of its code
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

-- What is taken is the label's own, of the campaign's programme, and still offered.
CREATE FUNCTION network_pick_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  item record;
BEGIN
  SELECT i.*, c.label_id, c.network INTO item FROM network_items i JOIN network_connections c ON c.id = i.connection_id WHERE i.id = NEW.item_id;
  IF NOT EXISTS (
    SELECT FROM campaigns m JOIN programmes p ON p.advertiser_id = m.advertiser_id
     WHERE m.id = NEW.campaign_id AND m.label_id = item.label_id AND p.network = item.network AND p.ref = item.programme_ref
       AND (m.programme_id IS NULL OR m.programme_id = p.id)) THEN
    RAISE EXCEPTION 'this is of another programme than the campaign' USING CONSTRAINT = 'material.other_programme';
  END IF;
  IF item.withdrawn_at IS NOT NULL THEN
    RAISE EXCEPTION 'the network doesn''t offer this any more' USING CONSTRAINT = 'material.gone';
  END IF;
  IF NEW.hash IS NOT NULL AND (item.kind <> 'banner' OR NOT EXISTS (
       SELECT FROM campaign_creatives WHERE campaign_id = NEW.campaign_id AND hash = NEW.hash))
     OR NEW.pool_id IS NOT NULL AND (item.kind <> 'code' OR NOT EXISTS (
       SELECT FROM voucher_pools WHERE id = NEW.pool_id AND campaign_id = NEW.campaign_id AND shared_code = item.code)) THEN
    RAISE EXCEPTION 'what is taken isn''t what the network offers' USING CONSTRAINT = 'material.not_the_item';
  END IF;
  NEW.picture := item.picture;
  NEW.click := item.click;
  NEW.code := item.code;
  NEW.conditions := item.conditions;
  NEW.valid_from := item.valid_from;
  NEW.valid_until := item.valid_until;
  NEW.modified_at := item.modified_at;
  RETURN NEW;
END
$$;
CREATE TRIGGER network_picks_guard BEFORE INSERT ON network_picks FOR EACH ROW EXECUTE FUNCTION network_pick_guard();
CREATE TRIGGER network_picks_person BEFORE INSERT ON network_picks FOR EACH ROW EXECUTE FUNCTION person_demanded();
CREATE TRIGGER network_picks_signed BEFORE INSERT ON network_picks FOR EACH ROW EXECUTE FUNCTION signed('picked_by');
CREATE TRIGGER network_picks_audit AFTER INSERT OR UPDATE OR DELETE ON network_picks
  FOR EACH ROW EXECUTE FUNCTION audit_row('code');
CREATE TRIGGER network_picks_append_only BEFORE UPDATE OR DELETE ON network_picks
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON network_picks TO keur_app;
CREATE TRIGGER network_picks_program BEFORE INSERT ON network_picks
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- What changed at a network from one reading to the next, and what it wrote itself:
-- a kind with its facts, never a sentence of ours.
CREATE TABLE network_news (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  connection_id int         NOT NULL REFERENCES network_connections,
  programme_ref text        NOT NULL CHECK (is_line(programme_ref, 120)),   -- the network's number of it; empty: it is about none
  programme     text        NOT NULL CHECK (is_line(programme, 120)),       -- its name then
  kind          text        NOT NULL CHECK (kind IN ('listed', 'relation', 'stopped', 'resumed', 'ends', 'policy', 'terms', 'code', 'offer',
                                                     'code_gone', 'offer_gone', 'notice')),
  facts         jsonb       NOT NULL CHECK (jsonb_typeof(facts) = 'object'),
  ref           text        NOT NULL DEFAULT '' CHECK (is_line(ref, 120)),  -- the network's number of what it wrote; empty: it is a difference
  title         text        NOT NULL DEFAULT '' CHECK (is_line(title, 120)),   -- in the network's words
  body          text        NOT NULL DEFAULT '' CHECK (is_line(body, 2000)),
  at            timestamptz NOT NULL,                   -- it was read first, or published
  expires_at    timestamptz,                            -- not within
  CHECK (ref <> '' OR title = '' AND body = '' AND kind <> 'notice'),
  CHECK (ref = '' OR title <> ''),
  CHECK (strpos(programme || title || body || facts::text, '{{') = 0)   -- no tags of ours
);
CREATE UNIQUE INDEX network_news_notice ON network_news (connection_id, ref) WHERE ref <> '';
CREATE INDEX network_news_at ON network_news (connection_id, at, id);
CREATE TRIGGER network_news_program BEFORE INSERT ON network_news
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
GRANT SELECT, INSERT ON network_news TO keur_app;

-- Who read which of it.
CREATE TABLE network_news_reads (
  user_id bigint      NOT NULL REFERENCES users,
  news_id bigint      NOT NULL REFERENCES network_news,
  read    boolean     NOT NULL,
  at      timestamptz NOT NULL,
  PRIMARY KEY (user_id, news_id)
);
CREATE TRIGGER network_news_reads_program BEFORE INSERT OR UPDATE ON network_news_reads
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER network_news_reads_who BEFORE INSERT OR UPDATE ON network_news_reads
  FOR EACH ROW EXECUTE FUNCTION actor_named('user', 'user_id');
GRANT SELECT, INSERT, UPDATE (read, at) ON network_news_reads TO keur_app;
