-- Conversions: what networks report of sales and leads, and to what each is booked.

-- An affiliate transaction, or a part of one, as the newest of its reports has it.
-- Segments ask it who bought. What it names, whole statements are checked for
-- (conversions_belong): networks report thousands at once, of which foreign keys would look
-- up the same label and advertiser again for every row. Nobody deletes those.
CREATE TABLE conversions (
  id               bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  connection_id    int         NOT NULL,
  network          text        NOT NULL,                -- its connection's
  -- What machines call it is compared by byte, as no one reads it in order.
  transaction_ref  text        COLLATE "C" NOT NULL CHECK (transaction_ref <> ''),
  part_ref         text        COLLATE "C" NOT NULL DEFAULT '',
  correction       boolean     NOT NULL DEFAULT false,  -- it adds to what was reported, and is no sale of its own
  -- The newest report: by its moment, then by its digest (networks.Report).
  reported_at      timestamptz NOT NULL,
  digest           bytea       NOT NULL CHECK (length(digest) = 32),
  status           text        NOT NULL CHECK (status IN ('pending', 'approved', 'declined', 'deleted')),
  unknown_status   text        NOT NULL DEFAULT '',     -- the network's word, where nobody knows what it means
  sale_minor       bigint      NOT NULL DEFAULT 0,
  commission_minor bigint      NOT NULL DEFAULT 0,
  currency         text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  programme_ref    text        NOT NULL DEFAULT '',
  order_ref        text        COLLATE "C" NOT NULL DEFAULT '',
  reason           text        NOT NULL DEFAULT '',     -- why it was declined or amended, in the network's words
  clicked_at       timestamptz,
  occurred_at      timestamptz NOT NULL,
  validated_at     timestamptz,
  -- What some reports leave out, as the newest that has it says.
  paid             boolean     NOT NULL DEFAULT false,
  paid_told_at     timestamptz,
  sub_id           text        NOT NULL DEFAULT '',
  sub_id_told_at   timestamptz,
  voucher          text        NOT NULL DEFAULT '',
  voucher_told_at  timestamptz,
  -- To what it is booked, and how that is known.
  basis            text        NOT NULL DEFAULT 'none' CHECK (basis IN ('none', 'click', 'voucher', 'person')),
  label_id         int         NOT NULL,
  advertiser_id    bigint,
  campaign_id      bigint,
  mailing_id       bigint,
  send_id          bigint,
  placement_key    text        COLLATE "C" NOT NULL DEFAULT '',
  variant          smallint    NOT NULL DEFAULT 0,
  link_id          bigint,
  member_id        bigint,                              -- null: unknown, or not to be tracked
  month            date        NOT NULL CHECK (month = date_trunc('month', month)),  -- of occurred_at, in the label's zone
  UNIQUE (connection_id, transaction_ref, part_ref),
  CHECK (unknown_status = '' OR status = 'pending'),
  CHECK ((basis = 'none') = (campaign_id IS NULL)),
  CHECK (basis <> 'click' OR send_id IS NOT NULL AND placement_key <> ''),
  CHECK ((send_id IS NULL) = (mailing_id IS NULL)),
  CHECK (campaign_id IS NULL OR advertiser_id IS NOT NULL),
  CHECK ((paid_told_at IS NOT NULL OR NOT paid) AND (sub_id = '') = (sub_id_told_at IS NULL) AND (voucher = '') = (voucher_told_at IS NULL))
) WITH (fillfactor = 50);  -- most are decided and paid later: pages have room for that, so no index changes (HOT)
CREATE INDEX conversions_member ON conversions (member_id, occurred_at) WHERE member_id IS NOT NULL;
-- What waits for a person: what nobody could attribute, and what nobody understood.
CREATE INDEX conversions_open_basis ON conversions (label_id, id) WHERE basis = 'none';
CREATE INDEX conversions_unknown ON conversions (label_id, id) WHERE unknown_status <> '';
CREATE INDEX conversions_label ON conversions (label_id, occurred_at, id);
CREATE INDEX conversions_campaign ON conversions (campaign_id, occurred_at) WHERE campaign_id IS NOT NULL;
-- Whose an order is that a member or a shop names.
CREATE INDEX conversions_order ON conversions (label_id, order_ref) WHERE order_ref <> '';
CREATE TRIGGER conversions_program BEFORE INSERT OR UPDATE ON conversions
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
GRANT SELECT, INSERT, UPDATE ON conversions TO keur_app;
GRANT USAGE ON SEQUENCE conversions_id_seq TO keur_app;  -- rows are copied, and their reports name them

CREATE FUNCTION conversions_belong() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (
       SELECT FROM (SELECT DISTINCT connection_id, label_id, advertiser_id, campaign_id FROM fresh) f
        WHERE NOT EXISTS (SELECT FROM network_connections c WHERE c.id = f.connection_id)
           OR NOT EXISTS (SELECT FROM labels l WHERE l.id = f.label_id)
           OR f.advertiser_id IS NOT NULL AND NOT EXISTS (SELECT FROM advertisers a WHERE a.id = f.advertiser_id)
           OR f.campaign_id IS NOT NULL AND NOT EXISTS (SELECT FROM campaigns c WHERE c.id = f.campaign_id)) THEN
    RAISE foreign_key_violation USING MESSAGE = 'a conversion names a connection, label, advertiser or campaign that is not there';
  END IF;
  -- Nobody can have booked what wasn't there. A trigger before each row would say so, too,
  -- and have COPY take rows one by one.
  IF TG_OP = 'INSERT' AND EXISTS (SELECT FROM fresh WHERE basis = 'person') THEN
    RAISE EXCEPTION 'what is booked by hand is booked where a person said' USING CONSTRAINT = 'conversions.unassigned';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER conversions_belong_new AFTER INSERT ON conversions
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION conversions_belong();
CREATE TRIGGER conversions_belong_changed AFTER UPDATE ON conversions
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION conversions_belong();

-- Where sub-ids of ours lead, each by its place among those that are asked for: to the
-- placement whose link was clicked, and to the member, of whom only clicks tell that may
-- be told of (0: unknown). A function, since it reads the events of any month: planning
-- that took as long as reading, and a function's plan is made once in a session.
CREATE FUNCTION clicks_behind(places int[], sends bigint[], variants smallint[], links int[], clicks text[])
RETURNS TABLE (n int, variant smallint, send_id bigint, mailing_id bigint, label_id int, link_id bigint, placement_key text,
               campaign_id bigint, advertiser_id bigint, member_id bigint)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH clicked AS MATERIALIZED (
    SELECT u.n, u.variant, u.click, s.id AS send_id, s.month, s.mailing_id, s.label_id, l.id AS link_id, l.placement_key,
           p.campaign_id, p.advertiser_id
      FROM unnest(places, sends, variants, links, clicks) AS u(n, send, variant, link, click)
      JOIN sends s ON s.id = u.send
      JOIN links l ON l.revision_id = s.revision_id AND l.number = u.link
      JOIN revision_placements p ON p.revision_id = l.revision_id AND p.key = l.placement_key),
  who AS (  -- looked for among the clicks of each send once
    SELECT e.send_id, e.click_ref, e.member_id
      FROM (SELECT send_id, month, array_agg(click) AS clicks FROM clicked GROUP BY send_id, month) c
     CROSS JOIN LATERAL (
           SELECT send_id, click_ref, member_id FROM events
            WHERE send_month = c.month AND send_id = c.send_id AND kind = 'click' AND click_ref = ANY (c.clicks) AND member_id > 0
           OFFSET 0) e)
  SELECT c.n, c.variant, c.send_id, c.mailing_id, c.label_id, c.link_id, c.placement_key, c.campaign_id, c.advertiser_id,
         coalesce(who.member_id, 0)
    FROM clicked c LEFT JOIN who ON who.send_id = c.send_id AND who.click_ref = c.click;
END
$$;
GRANT EXECUTE ON FUNCTION clicks_behind(int[], bigint[], smallint[], int[], text[]) TO keur_app;

-- Every report that said something new, as it came: the history of a conversion
-- is these rows in the order of their moments, whenever they arrived.
CREATE TABLE conversion_reports (
  conversion_id    bigint      NOT NULL,                -- conversions are never deleted
  reported_at      timestamptz NOT NULL,
  digest           bytea       NOT NULL,
  seen_at          timestamptz NOT NULL,
  source           text        NOT NULL CHECK (source IN ('poll', 'postback', 'file')),
  status           text        NOT NULL,
  unknown_status   text        NOT NULL,
  paid             boolean,                             -- null: it doesn't say
  sale_minor       bigint      NOT NULL,
  commission_minor bigint      NOT NULL,
  currency         text        NOT NULL,
  occurred_at      timestamptz NOT NULL,
  validated_at     timestamptz,
  reason           text        NOT NULL,
  raw              jsonb       NOT NULL,
  PRIMARY KEY (conversion_id, reported_at, digest)
);
CREATE TRIGGER conversion_reports_append_only BEFORE UPDATE OR DELETE ON conversion_reports
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER conversion_reports_program BEFORE INSERT ON conversion_reports
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
GRANT SELECT, INSERT ON conversion_reports TO keur_app;

-- Who booked a conversion by hand, to what, and why. The newest counts.
CREATE TABLE conversion_assignments (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  conversion_id bigint      NOT NULL REFERENCES conversions,
  campaign_id   bigint      NOT NULL REFERENCES campaigns,
  send_id       bigint      REFERENCES sends,           -- null: the campaign's, but of no mailing
  placement_key text        NOT NULL DEFAULT '',
  reason        text        NOT NULL CHECK (reason <> '' AND is_line(reason, 500)),
  assigned_by   text        NOT NULL DEFAULT current_actor(),
  assigned_at   timestamptz NOT NULL DEFAULT now(),
  CHECK ((send_id IS NULL) = (placement_key = ''))
);
CREATE INDEX conversion_assignments_conversion ON conversion_assignments (conversion_id, id);
CREATE TRIGGER conversion_assignments_signed BEFORE INSERT ON conversion_assignments
  FOR EACH ROW EXECUTE FUNCTION signed('assigned_by');
CREATE TRIGGER conversion_assignments_audit AFTER INSERT OR UPDATE OR DELETE ON conversion_assignments
  FOR EACH ROW EXECUTE FUNCTION audit_row();
CREATE TRIGGER conversion_assignments_append_only BEFORE UPDATE OR DELETE ON conversion_assignments
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON conversion_assignments TO keur_app;
CREATE TRIGGER conversion_assignments_program BEFORE INSERT ON conversion_assignments
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- Money moves by hand only where a person says so, and to a placement that the
-- send really had.
CREATE FUNCTION assignment_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM demand_person();
  IF NEW.send_id IS NOT NULL AND NOT EXISTS (
       SELECT FROM sends s JOIN revision_placements p ON p.revision_id = s.revision_id
        WHERE s.id = NEW.send_id AND p.key = NEW.placement_key AND p.campaign_id = NEW.campaign_id) THEN
    RAISE EXCEPTION 'this send has no such placement of that campaign' USING CONSTRAINT = 'conversions.no_such_placement';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER conversion_assignments_guard BEFORE INSERT ON conversion_assignments
  FOR EACH ROW EXECUTE FUNCTION assignment_guard();

CREATE FUNCTION conversion_assigned() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
       SELECT FROM (SELECT * FROM conversion_assignments WHERE conversion_id = NEW.id ORDER BY id DESC LIMIT 1) a
        WHERE (a.campaign_id, a.send_id, a.placement_key) IS NOT DISTINCT FROM (NEW.campaign_id, NEW.send_id, NEW.placement_key)) THEN
    RAISE EXCEPTION 'what is booked by hand is booked where a person said' USING CONSTRAINT = 'conversions.unassigned';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER conversions_assigned BEFORE UPDATE ON conversions
  FOR EACH ROW WHEN (NEW.basis = 'person') EXECUTE FUNCTION conversion_assigned();
-- What a person decided, reports don't undo.
CREATE FUNCTION conversion_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'what a person booked, only a person books elsewhere' USING CONSTRAINT = 'conversions.stays';
END
$$;
CREATE TRIGGER conversions_stays BEFORE UPDATE ON conversions
  FOR EACH ROW WHEN (OLD.basis = 'person' AND NEW.basis <> 'person') EXECUTE FUNCTION conversion_stays();

-- Roll-ups. Every statement that writes conversions appends what it changed, by
-- trigger, so that no writer can forget it; a duty folds that. A reader adds
-- both, and is right at any moment. 0 and '' stand for none.
CREATE TABLE conversion_counts (
  label_id         int      NOT NULL,
  connection_id    int      NOT NULL,
  advertiser_id    bigint   NOT NULL,
  campaign_id      bigint   NOT NULL,
  mailing_id       bigint   NOT NULL,
  send_id          bigint   NOT NULL,
  placement_key    text    COLLATE "C" NOT NULL,
  month            date     NOT NULL,
  currency         text    COLLATE "C" NOT NULL,
  status           text    COLLATE "C" NOT NULL,
  paid             boolean  NOT NULL,
  n                bigint   NOT NULL,                   -- corrections are in the sums, and not in this
  sale_minor       bigint   NOT NULL,
  commission_minor bigint   NOT NULL,
  PRIMARY KEY (label_id, campaign_id, mailing_id, send_id, placement_key, advertiser_id, connection_id, month, currency, status, paid)
) WITH (fillfactor = 80);
CREATE INDEX conversion_counts_campaign ON conversion_counts (campaign_id);
CREATE INDEX conversion_counts_mailing ON conversion_counts (mailing_id);
CREATE TRIGGER conversion_counts_program BEFORE INSERT OR UPDATE ON conversion_counts
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
GRANT SELECT, INSERT, UPDATE ON conversion_counts TO keur_app;

CREATE TABLE conversion_deltas (
  id               bigint   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id         int      NOT NULL,
  connection_id    int      NOT NULL,
  advertiser_id    bigint   NOT NULL,
  campaign_id      bigint   NOT NULL,
  mailing_id       bigint   NOT NULL,
  send_id          bigint   NOT NULL,
  placement_key    text    COLLATE "C" NOT NULL,
  month            date     NOT NULL,
  currency         text    COLLATE "C" NOT NULL,
  status           text    COLLATE "C" NOT NULL,
  paid             boolean  NOT NULL,
  n                bigint   NOT NULL,
  sale_minor       bigint   NOT NULL,
  commission_minor bigint   NOT NULL
);
CREATE TRIGGER conversion_deltas_program BEFORE UPDATE OR DELETE ON conversion_deltas
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
GRANT SELECT, UPDATE (id), DELETE ON conversion_deltas TO keur_app;   -- UPDATE: to lock what one folds; an id stays

CREATE VIEW conversion_sums AS
  SELECT label_id, connection_id, advertiser_id, campaign_id, mailing_id, send_id, placement_key, month, currency, status, paid,
         n, sale_minor, commission_minor FROM conversion_counts
  UNION ALL
  SELECT label_id, connection_id, advertiser_id, campaign_id, mailing_id, send_id, placement_key, month, currency, status, paid,
         n, sale_minor, commission_minor FROM conversion_deltas;
GRANT SELECT ON conversion_sums TO keur_app;

CREATE FUNCTION count_conversions() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO conversion_deltas (label_id, connection_id, advertiser_id, campaign_id, mailing_id, send_id, placement_key, month,
                                 currency, status, paid, n, sale_minor, commission_minor)
  SELECT label_id, connection_id, coalesce(advertiser_id, 0), coalesce(campaign_id, 0), coalesce(mailing_id, 0), coalesce(send_id, 0),
         placement_key, month, currency, status, paid, count(*) FILTER (WHERE NOT correction), sum(sale_minor), sum(commission_minor)
    FROM fresh
   GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11;
  RETURN NULL;
END
$$;
CREATE TRIGGER conversions_counted AFTER INSERT ON conversions
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION count_conversions();

CREATE FUNCTION discount_conversions() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO conversion_deltas (label_id, connection_id, advertiser_id, campaign_id, mailing_id, send_id, placement_key, month,
                                 currency, status, paid, n, sale_minor, commission_minor)
  SELECT label_id, connection_id, coalesce(advertiser_id, 0), coalesce(campaign_id, 0), coalesce(mailing_id, 0), coalesce(send_id, 0),
         placement_key, month, currency, status, paid, -count(*) FILTER (WHERE NOT correction), -sum(sale_minor), -sum(commission_minor)
    FROM gone
   GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11;
  RETURN NULL;
END
$$;
CREATE TRIGGER conversions_discounted AFTER DELETE ON conversions
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION discount_conversions();

-- What an update leaves as it was cancels out, and isn't written.
CREATE FUNCTION recount_conversions() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO conversion_deltas (label_id, connection_id, advertiser_id, campaign_id, mailing_id, send_id, placement_key, month,
                                 currency, status, paid, n, sale_minor, commission_minor)
  SELECT label_id, connection_id, coalesce(advertiser_id, 0), coalesce(campaign_id, 0), coalesce(mailing_id, 0), coalesce(send_id, 0),
         placement_key, month, currency, status, paid, coalesce(sum(sign) FILTER (WHERE NOT correction), 0), sum(sign * sale_minor),
         sum(sign * commission_minor)
    FROM (SELECT 1 AS sign, * FROM fresh UNION ALL SELECT -1, * FROM gone) c
   GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
  HAVING sum(sign) FILTER (WHERE NOT correction) <> 0 OR sum(sign * sale_minor) <> 0 OR sum(sign * commission_minor) <> 0;
  RETURN NULL;
END
$$;
CREATE TRIGGER conversions_recounted AFTER UPDATE ON conversions
  REFERENCING OLD TABLE AS gone NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION recount_conversions();
