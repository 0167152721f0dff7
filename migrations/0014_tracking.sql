-- What members and receivers do with a delivery.

CREATE TYPE event_kind AS ENUM ('open', 'click', 'unsubscribe', 'bounce', 'complaint');

-- What opens and clicks write is asked for its proof once, by record_engagements(),
-- and not by each table's trigger again: hundreds of transactions a second come
-- through it. It runs as the owner, who alone may TRUNCATE these tables.

-- Partitions share the numbers. A writer takes a thousand at once.
CREATE SEQUENCE event_ids CACHE 1000;
GRANT USAGE ON SEQUENCE event_ids TO keur_app;

CREATE TABLE events (
  send_month date        NOT NULL,
  send_id    bigint      NOT NULL,
  member_id  bigint      NOT NULL,                -- 0: the member doesn't consent to be tracked
  id         bigint      NOT NULL DEFAULT nextval('event_ids'),
  at         timestamptz NOT NULL,
  kind       event_kind  NOT NULL,
  machine    boolean     NOT NULL DEFAULT false,
  reason     text        NOT NULL DEFAULT '',     -- why machine; the class of a bounce
  link_id    bigint,
  click_ref  text,                                -- the click's part of the sub-id
  detail     text        NOT NULL DEFAULT '',     -- a bounce's status and redacted text, a user agent's family
  PRIMARY KEY (send_month, send_id, member_id, id)
) PARTITION BY RANGE (send_month);
GRANT SELECT, INSERT, UPDATE ON events TO keur_app;
CREATE TRIGGER events_program BEFORE INSERT OR UPDATE ON events
  FOR EACH STATEMENT WHEN (NOT has_table_privilege('events'::regclass, 'TRUNCATE')) EXECUTE FUNCTION program_writes();

-- One row per delivery that was opened or clicked: what is unique, and when first.
CREATE TABLE engagements (
  send_month      date     NOT NULL,
  send_id         bigint   NOT NULL,
  member_id       bigint   NOT NULL,
  first_open_at   timestamptz,
  first_click_at  timestamptz,
  opens           int      NOT NULL DEFAULT 0,    -- human
  clicks          int      NOT NULL DEFAULT 0,
  machine_opens   int      NOT NULL DEFAULT 0,
  machine_clicks  int      NOT NULL DEFAULT 0,
  links           bigint[] NOT NULL DEFAULT '{}', -- links.id that a human clicked
  unsubscribed_at timestamptz,
  complained_at   timestamptz,
  bounced_at      timestamptz,                    -- an asynchronous bounce
  PRIMARY KEY (send_month, send_id, member_id)
) PARTITION BY RANGE (send_month);
GRANT SELECT, INSERT, UPDATE ON engagements TO keur_app;
CREATE TRIGGER engagements_program BEFORE INSERT OR UPDATE ON engagements
  FOR EACH STATEMENT WHEN (NOT has_table_privilege('engagements'::regclass, 'TRUNCATE')) EXECUTE FUNCTION program_writes();

-- What a relay posted of the mails that it accepted: one row per delivery of a send
-- that is reported, with what has come of both, in any order and any number of times.
-- Apart from the ledger, which knows what the relay said to us, and is hot.
CREATE TABLE relay_reports (
  send_month   date        NOT NULL,
  send_id      bigint      NOT NULL,
  member_id    bigint      NOT NULL,
  delivered_at timestamptz,                       -- when its delivery was first posted
  returned     boolean     NOT NULL DEFAULT false, -- it bounced afterwards, or before: it doesn't count as delivered
  PRIMARY KEY (send_month, send_id, member_id)
) PARTITION BY RANGE (send_month);
GRANT SELECT, INSERT, UPDATE (delivered_at, returned) ON relay_reports TO keur_app;
CREATE TRIGGER relay_reports_program BEFORE INSERT OR UPDATE ON relay_reports
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- Roll-up that segments ask: what a member did on a day (label's zone), humans
-- only. A segment knows the mailings it means, so that each is one stretch of
-- the key, from the day on that it asks about.
CREATE TABLE behaviours (
  label_id    int        NOT NULL,
  kind        event_kind NOT NULL CHECK (kind IN ('open', 'click')),
  mailing_id  bigint     NOT NULL,
  day         date       NOT NULL,
  member_id   bigint     NOT NULL,
  campaign_id bigint     NOT NULL DEFAULT 0,      -- of a click's placement; 0: none, or an open
  n           int        NOT NULL,
  PRIMARY KEY (label_id, kind, mailing_id, day, member_id, campaign_id)
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);
GRANT SELECT, INSERT, UPDATE, DELETE ON behaviours TO keur_app;
CREATE TRIGGER behaviours_program BEFORE INSERT OR UPDATE OR DELETE ON behaviours
  FOR EACH STATEMENT WHEN (NOT has_table_privilege('behaviours'::regclass, 'TRUNCATE')) EXECUTE FUNCTION program_writes();

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
) WITH (fillfactor = 80);
GRANT SELECT, INSERT, UPDATE, DELETE ON last_engagements TO keur_app;
CREATE TRIGGER last_engagements_program BEFORE INSERT OR UPDATE OR DELETE ON last_engagements
  FOR EACH STATEMENT WHEN (NOT has_table_privilege('last_engagements'::regclass, 'TRUNCATE')) EXECUTE FUNCTION program_writes();
COMMENT ON TABLE last_engagements IS 'Written only by the triggers of behaviours, so that no writer of those can forget it.';

-- Ordered, so that two writers lock members in the same order.
CREATE FUNCTION note_engagements() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO last_engagements AS l (label_id, kind, member_id, day, day_before)
  SELECT label_id, kind, member_id, days[1], days[2]
    FROM (SELECT label_id, kind, member_id, array_agg(DISTINCT day ORDER BY day DESC) AS days
            FROM fresh GROUP BY label_id, kind, member_id) f
   ORDER BY label_id, kind, member_id
  ON CONFLICT (label_id, kind, member_id) DO UPDATE
     SET day = greatest(l.day, excluded.day),
         day_before = greatest(l.day_before, excluded.day_before, nullif(least(l.day, excluded.day), greatest(l.day, excluded.day)))
   WHERE excluded.day > coalesce(l.day, '-infinity')
      OR excluded.day < l.day AND excluded.day > coalesce(l.day_before, '-infinity')
      OR excluded.day_before > coalesce(l.day_before, '-infinity');
  RETURN NULL;
END
$$;
CREATE TRIGGER behaviours_noted AFTER INSERT ON behaviours
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION note_engagements();

-- A day is lost when no other mailing saw the member on it. Rows are locked in
-- the order of note_engagements.
CREATE FUNCTION forget_engagements() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM last_engagements l
    WHERE (label_id, kind, member_id) IN (SELECT label_id, kind, member_id FROM gone) ORDER BY label_id, kind, member_id FOR UPDATE;
  UPDATE last_engagements l
     SET day = CASE WHEN l.day <> ALL (lost.days) THEN l.day WHEN l.day_before <> ALL (lost.days) THEN l.day_before END,
         day_before = CASE WHEN l.day <> ALL (lost.days) AND l.day_before <> ALL (lost.days) THEN l.day_before END
    FROM (SELECT g.label_id, g.kind, g.member_id, array_agg(g.day) AS days
            FROM gone g
           WHERE NOT EXISTS (SELECT FROM mailings m JOIN behaviours b ON b.mailing_id = m.id
                              WHERE m.label_id = g.label_id AND b.label_id = g.label_id AND b.kind = g.kind
                                AND b.day = g.day AND b.member_id = g.member_id)
           GROUP BY g.label_id, g.kind, g.member_id) lost
   WHERE l.label_id = lost.label_id AND l.kind = lost.kind AND l.member_id = lost.member_id
     AND (l.day = ANY (lost.days) OR l.day_before = ANY (lost.days));
  RETURN NULL;
END
$$;
CREATE TRIGGER behaviours_forgotten AFTER DELETE ON behaviours
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION forget_engagements();

-- Roll-ups of outcomes. Writers append deltas in the transaction of what they
-- count; a duty folds them. A reader adds both, so it is right at any moment.
CREATE TABLE outcome_counts (
  send_id  bigint      NOT NULL,
  measure  text        NOT NULL,                  -- tracking.Measure
  hour     timestamptz NOT NULL,
  variant  smallint    NOT NULL DEFAULT 0,
  link_id  bigint      NOT NULL DEFAULT 0,        -- clicks
  domain   text        NOT NULL DEFAULT '',       -- receiver's domain: deliveries, bounces, opens, clicks, complaints
  n        bigint      NOT NULL,
  PRIMARY KEY (send_id, measure, hour, variant, link_id, domain)
) WITH (fillfactor = 80);
GRANT SELECT, INSERT, UPDATE ON outcome_counts TO keur_app;
CREATE TRIGGER outcome_counts_program BEFORE INSERT OR UPDATE ON outcome_counts
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

CREATE TABLE outcome_deltas (
  id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  send_id  bigint      NOT NULL,
  measure  text        NOT NULL,
  hour     timestamptz NOT NULL,
  variant  smallint    NOT NULL DEFAULT 0,
  link_id  bigint      NOT NULL DEFAULT 0,
  domain   text        NOT NULL DEFAULT '',
  n        bigint      NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON outcome_deltas TO keur_app;
CREATE TRIGGER outcome_deltas_program BEFORE INSERT OR UPDATE OR DELETE ON outcome_deltas
  FOR EACH STATEMENT WHEN (NOT has_table_privilege('outcome_deltas'::regclass, 'TRUNCATE')) EXECUTE FUNCTION program_writes();

-- What a group of opens and clicks comes to (room tracking/recorder).
CREATE TYPE recorded_event AS (
  send_month date, send_id bigint, member_id bigint, at timestamptz, kind event_kind, machine boolean, reason text, link_id bigint,
  click_ref text, detail text);
CREATE TYPE recorded_engagement AS (
  send_month date, send_id bigint, member_id bigint, opens int, clicks int, machine_opens int, machine_clicks int,
  first_open_at timestamptz, first_click_at timestamptz, links bigint[]);
CREATE TYPE recorded_behaviour AS (
  label_id int, kind event_kind, day date, campaign_id bigint, mailing_id bigint, member_id bigint, n int);
CREATE TYPE recorded_delta AS (send_id bigint, measure text, hour timestamptz, variant smallint, link_id bigint, domain text, n bigint);

-- record_engagements writes what a group comes to, and returns of each engagement
-- how much it holds now. It is one statement for its caller, and asks for a proof once.
CREATE FUNCTION record_engagements(
  p_events recorded_event[], p_engagements recorded_engagement[], p_behaviours recorded_behaviour[], p_deltas recorded_delta[]
) RETURNS TABLE (send bigint, member bigint, total int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM demand_program();
  INSERT INTO events (send_month, send_id, member_id, at, kind, machine, reason, link_id, click_ref, detail)
  SELECT * FROM unnest(p_events);
  RETURN QUERY
  INSERT INTO engagements AS e (send_month, send_id, member_id, opens, clicks, machine_opens, machine_clicks, first_open_at,
                                first_click_at, links)
  SELECT * FROM unnest(p_engagements)
  ON CONFLICT (send_month, send_id, member_id) DO UPDATE
     SET opens = e.opens + excluded.opens, clicks = e.clicks + excluded.clicks,
         machine_opens = e.machine_opens + excluded.machine_opens, machine_clicks = e.machine_clicks + excluded.machine_clicks,
         first_open_at = coalesce(e.first_open_at, excluded.first_open_at),
         first_click_at = coalesce(e.first_click_at, excluded.first_click_at),
         links = e.links || excluded.links
  RETURNING e.send_id, e.member_id, e.opens + e.clicks + e.machine_opens + e.machine_clicks;
  INSERT INTO behaviours AS b (label_id, kind, day, campaign_id, mailing_id, member_id, n)
  SELECT * FROM unnest(p_behaviours)
  ON CONFLICT (label_id, kind, day, campaign_id, mailing_id, member_id) DO UPDATE SET n = b.n + excluded.n;
  INSERT INTO outcome_deltas (send_id, measure, hour, variant, link_id, domain, n)
  SELECT * FROM unnest(p_deltas);
END
$$;
REVOKE ALL ON FUNCTION record_engagements(recorded_event[], recorded_engagement[], recorded_behaviour[], recorded_delta[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record_engagements(recorded_event[], recorded_engagement[], recorded_behaviour[], recorded_delta[]) TO keur_app;

CREATE VIEW outcomes AS
  SELECT send_id, measure, hour, variant, link_id, domain, sum(n)::bigint AS n
    FROM (SELECT send_id, measure, hour, variant, link_id, domain, n FROM outcome_counts
          UNION ALL SELECT send_id, measure, hour, variant, link_id, domain, n FROM outcome_deltas) c
   GROUP BY 1, 2, 3, 4, 5, 6;
GRANT SELECT ON outcomes TO keur_app;

-- Soft bounces since the member's last delivery: five sends over fourteen days suppress.
CREATE TABLE soft_bounces (
  member_id bigint      NOT NULL,
  send_id   bigint      NOT NULL,
  at        timestamptz NOT NULL,
  PRIMARY KEY (member_id, send_id)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON soft_bounces TO keur_app;
CREATE TRIGGER soft_bounces_program BEFORE INSERT OR UPDATE OR DELETE ON soft_bounces
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER soft_bounces_of_now BEFORE INSERT ON soft_bounces
  FOR EACH ROW EXECUTE FUNCTION bounce_of_former_address();
CREATE TRIGGER soft_bounces_bounced AFTER INSERT ON soft_bounces FOR EACH ROW EXECUTE FUNCTION bounce_guard();

-- A provider that suddenly refuses many members for good. Those that it refuses
-- while this is open wait for a person, as suppressions of its number: a mistake
-- of theirs or ours should cost no member.
CREATE TABLE bounce_trays (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  provider   text        NOT NULL,
  state      text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'confirmed', 'dismissed')),
  opened_at  timestamptz NOT NULL,
  suppressed int         NOT NULL,               -- in the hour before it was opened, and took effect
  delivered  int         NOT NULL,               -- mails to the provider in that hour
  usual      float8      NOT NULL,               -- the share of them that is usual
  decided_by text,
  decided_at timestamptz,
  members    int,                                -- of how many it was decided
  CHECK ((state = 'open') = (decided_by IS NULL)),
  CHECK ((state = 'open') = (decided_at IS NULL)),
  CHECK ((state = 'open') = (members IS NULL))
);
CREATE UNIQUE INDEX bounce_trays_open ON bounce_trays (provider) WHERE state = 'open';
GRANT SELECT, INSERT, UPDATE ON bounce_trays TO keur_app;
CREATE TRIGGER bounce_trays_program BEFORE INSERT OR UPDATE ON bounce_trays
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER bounce_trays_audit AFTER INSERT OR UPDATE ON bounce_trays FOR EACH ROW EXECUTE FUNCTION audit_row();
CREATE TRIGGER bounce_trays_state_guard BEFORE INSERT OR UPDATE ON bounce_trays
  FOR EACH ROW EXECUTE FUNCTION state_guard(
    'new > open',
    'open > confirmed dismissed');

-- A person decides who proves to be there, or a token that may decide for one, and once. What it was opened for stays.
CREATE FUNCTION bounce_tray_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM demand_person();
  PERFORM demand_scope('approve');
  PERFORM demand_proof(false);
  IF OLD.state <> 'open' OR NEW.state = 'open'
     OR (NEW.provider, NEW.opened_at, NEW.suppressed, NEW.delivered, NEW.usual)
        IS DISTINCT FROM (OLD.provider, OLD.opened_at, OLD.suppressed, OLD.delivered, OLD.usual) THEN
    RAISE EXCEPTION 'this was decided already' USING CONSTRAINT = 'tracking.tray_decided';
  END IF;
  NEW.decided_by := current_actor();
  RETURN NEW;
END
$$;
CREATE TRIGGER bounce_trays_guard BEFORE UPDATE ON bounce_trays FOR EACH ROW EXECUTE FUNCTION bounce_tray_guard();

-- What waits takes effect by the decision on its tray, and never waits again.
CREATE FUNCTION waiting_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF OLD.tray_id IS NULL OR NEW.tray_id IS NOT NULL
     OR NOT EXISTS (SELECT FROM bounce_trays WHERE id = OLD.tray_id AND state = 'confirmed') THEN
    RAISE EXCEPTION 'what waits for a person takes effect only when a person decides'
      USING CONSTRAINT = 'tracking.waits';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER suppressions_wait BEFORE UPDATE OF tray_id ON suppressions
  FOR EACH ROW WHEN (OLD.tray_id IS DISTINCT FROM NEW.tray_id) EXECUTE FUNCTION waiting_guard();

-- What receivers tell of the mail that came to them in the name of a domain (RFC
-- 9990), once each report. Letters prove little: who signed one is kept beside it.
CREATE TABLE dmarc_reports (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  org         text        NOT NULL CHECK (org <> '' AND is_line(org, 255)),
  report_id   text        NOT NULL CHECK (report_id <> '' AND is_line(report_id, 255)),   -- theirs
  domain      text        NOT NULL,
  policy      text        NOT NULL CHECK (policy IN ('none', 'quarantine', 'reject')),
  begins_at   timestamptz NOT NULL,
  ends_at     timestamptz NOT NULL,
  signed_by   text        NOT NULL,               -- the domain whose signature the letter had; '': nobody could ask, or a person brought it
  rows        int         NOT NULL,
  received_at timestamptz NOT NULL,
  brought_by  text        NOT NULL DEFAULT current_actor(),
  UNIQUE (org, report_id, domain)
);
CREATE INDEX dmarc_reports_domain ON dmarc_reports (domain, begins_at);
CREATE INDEX dmarc_reports_received ON dmarc_reports (domain, received_at);
GRANT SELECT, INSERT (org, report_id, domain, policy, begins_at, ends_at, signed_by, rows, received_at), DELETE ON dmarc_reports TO keur_app;
CREATE TRIGGER dmarc_reports_program BEFORE INSERT OR DELETE ON dmarc_reports
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

CREATE TABLE dmarc_rows (
  report_id   bigint      NOT NULL REFERENCES dmarc_reports ON DELETE CASCADE,
  source      inet        NOT NULL,
  mails       bigint      NOT NULL CHECK (mails > 0),
  disposition text        NOT NULL CHECK (disposition IN ('none', 'quarantine', 'reject')),
  dkim        boolean     NOT NULL,               -- passed, and aligned; so spf
  spf         boolean     NOT NULL,
  header_from text        NOT NULL,
  dkim_domain text        NOT NULL,
  spf_domain  text        NOT NULL,
  known       text        NOT NULL CHECK (known IN ('ours', 'forwarded', 'unknown', 'unasked'))   -- by SPF, as it was taken in
);
CREATE INDEX dmarc_rows_report ON dmarc_rows (report_id);
GRANT SELECT, INSERT ON dmarc_rows TO keur_app;
CREATE TRIGGER dmarc_rows_program BEFORE INSERT ON dmarc_rows
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- Keys that sign public tokens and return paths. One is current; old ones still verify.
CREATE TABLE token_keys (
  id            smallint    PRIMARY KEY CHECK (id BETWEEN 1 AND 255),
  secret_sealed bytea       NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  retired_at    timestamptz,                       -- no longer verifies
  mac           bytea       CHECK (mac IS NULL)    -- minted()
);
-- A secret that somebody knows, such as that of their own authenticator, copied
-- here would sign links in any member's name.
CREATE TRIGGER token_keys_minted BEFORE INSERT OR UPDATE OF id, secret_sealed ON token_keys
  FOR EACH ROW EXECUTE FUNCTION minted('id', 'secret_sealed');
-- The first is made as the program starts; each further one by two admins.
CREATE TRIGGER token_keys_change BEFORE INSERT ON token_keys
  FOR EACH ROW WHEN (NEW.id > 1) EXECUTE FUNCTION change_guard('secret_sealed', 'created_at', 'mac');
CREATE TRIGGER token_keys_ends BEFORE UPDATE ON token_keys FOR EACH ROW EXECUTE FUNCTION ends_once('retired_at');
-- Whoever makes a key that signs links is named by the trail, like for any
-- other setting.
CREATE TRIGGER token_keys_audit AFTER INSERT OR UPDATE ON token_keys
  FOR EACH ROW EXECUTE FUNCTION audit_row('secret_sealed', '-mac');
GRANT SELECT (id, secret_sealed, created_at, retired_at), INSERT ON token_keys TO keur_app;
