-- Targets: where the links of live mailings and campaigns lead, checked once a day.

-- An address that such links have, with how it stood when it was checked last.
CREATE TABLE live_targets (
  id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  url             text        NOT NULL CHECK (url ~* '^https?://.' AND octet_length(url) <= 2500),
  subid_parameter text        NOT NULL DEFAULT '' CHECK (octet_length(subid_parameter) <= 40),
  host            text        NOT NULL,                 -- of the address: one of a host is checked at a time
  made_up         boolean     NOT NULL DEFAULT false,   -- a member's values in it are nobody's
  barred          boolean     NOT NULL DEFAULT false,   -- a network's terms forbid checks
  due_at          timestamptz NOT NULL,
  state           text        NOT NULL DEFAULT 'unchecked' CHECK (state IN ('unchecked', 'works', 'broken', 'unclear')),
  found           jsonb,                                -- what was wrong; null: nothing
  chain           jsonb       NOT NULL DEFAULT '[]',    -- over which addresses the last check went: [{"url", "status"}]
  final_url       text        NOT NULL DEFAULT '',      -- where it ended; empty: nobody answered
  home            text        NOT NULL DEFAULT '',      -- the site at which it is to end, where the first check did; empty: none has yet
  checked_at      timestamptz,
  broken_since    timestamptz,
  UNIQUE (url, subid_parameter),
  CHECK ((state = 'unchecked') = (checked_at IS NULL)),
  CHECK ((state = 'broken') = (broken_since IS NOT NULL)),
  CHECK (broken_since <= checked_at)
);
CREATE INDEX live_targets_due ON live_targets (host, due_at) WHERE NOT barred;
CREATE INDEX live_targets_broken ON live_targets (id) WHERE state = 'broken';
CREATE TRIGGER live_targets_program BEFORE INSERT OR UPDATE OR DELETE ON live_targets
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
GRANT SELECT, INSERT, DELETE,
      UPDATE (made_up, barred, due_at, state, found, chain, final_url, home, checked_at, broken_since) ON live_targets TO keur_app;

-- What has a target: a tracking link of a campaign, or a link of a mailing.
CREATE TABLE live_target_uses (
  target_id        bigint NOT NULL REFERENCES live_targets ON DELETE CASCADE,
  label_id         int    NOT NULL REFERENCES labels,
  campaign_id      bigint REFERENCES campaigns,          -- null: the label's own link
  mailing_id       bigint REFERENCES mailings,           -- of a mailing, or
  tracking_link_id bigint REFERENCES campaign_links ON DELETE CASCADE,   -- of a campaign
  UNIQUE NULLS NOT DISTINCT (target_id, campaign_id, mailing_id, tracking_link_id),
  CHECK ((mailing_id IS NULL) <> (tracking_link_id IS NULL)),
  CHECK (tracking_link_id IS NULL OR campaign_id IS NOT NULL)
);
CREATE INDEX live_target_uses_label ON live_target_uses (label_id, target_id);
CREATE INDEX live_target_uses_campaign ON live_target_uses (campaign_id);
CREATE INDEX live_target_uses_mailing ON live_target_uses (mailing_id);
CREATE INDEX live_target_uses_link ON live_target_uses (tracking_link_id);
CREATE TRIGGER live_target_uses_program BEFORE INSERT OR UPDATE OR DELETE ON live_target_uses
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
GRANT SELECT, INSERT, DELETE ON live_target_uses TO keur_app;

-- How a target stood on a day (UTC), by the last check of it.
CREATE TABLE live_target_days (
  target_id  bigint      NOT NULL REFERENCES live_targets ON DELETE CASCADE,
  day        date        NOT NULL,
  checked_at timestamptz NOT NULL,
  checked_by text        NOT NULL,                      -- who asked for it: the program, or a person
  state      text        NOT NULL CHECK (state IN ('works', 'broken', 'unclear')),
  broke      boolean     NOT NULL,                      -- some check of the day found it broken
  found      jsonb,
  final_url  text        NOT NULL DEFAULT '',
  PRIMARY KEY (target_id, day),
  CHECK (broke OR state <> 'broken'),
  CHECK (day = (checked_at AT TIME ZONE 'UTC')::date)
);
CREATE INDEX live_target_days_day ON live_target_days (day);
CREATE TRIGGER live_target_days_program BEFORE INSERT OR UPDATE OR DELETE ON live_target_days
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE FUNCTION live_target_day_by() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  NEW.checked_by := current_actor();
  RETURN NEW;
END
$$;
CREATE TRIGGER live_target_days_by BEFORE INSERT OR UPDATE ON live_target_days FOR EACH ROW EXECUTE FUNCTION live_target_day_by();
GRANT SELECT, INSERT, UPDATE (checked_at, checked_by, state, broke, found, final_url), DELETE ON live_target_days TO keur_app;

-- Who checks a target of a host, so that nobody else does, and from when the next
-- of it may be.
CREATE TABLE live_hosts (
  host         text        PRIMARY KEY,
  turn         bigint      NOT NULL DEFAULT 0,          -- counts the checks, so that one who was thought dead saves nothing
  leased_until timestamptz,                             -- null: nobody checks
  next_at      timestamptz NOT NULL
);
CREATE TRIGGER live_hosts_program BEFORE INSERT OR UPDATE OR DELETE ON live_hosts
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
GRANT SELECT, INSERT, DELETE, UPDATE (turn, leased_until, next_at) ON live_hosts TO keur_app;

-- Sites of an advertiser, as a person says: links of its campaigns may end there.
CREATE TABLE advertiser_sites (
  advertiser_id bigint      NOT NULL REFERENCES advertisers,
  site          text        NOT NULL CHECK (site = lower(site) AND site <> '' AND is_line(site, 253)),   -- registrable domain
  said_by       text        NOT NULL DEFAULT current_actor(),
  said_at       timestamptz NOT NULL,
  PRIMARY KEY (advertiser_id, site)
);
CREATE TRIGGER advertiser_sites_person BEFORE INSERT OR UPDATE OR DELETE ON advertiser_sites
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER advertiser_sites_signed BEFORE INSERT ON advertiser_sites FOR EACH ROW EXECUTE FUNCTION signed('said_by');
CREATE TRIGGER advertiser_sites_audit AFTER INSERT OR UPDATE OR DELETE ON advertiser_sites
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, DELETE ON advertiser_sites TO keur_app;
