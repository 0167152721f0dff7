-- The delivery ledger: one durable row per member of a send.

CREATE TYPE delivery_state AS ENUM
  ('queued', 'sending', 'sent', 'deferred', 'bounced', 'failed', 'lapsed', 'skipped', 'in_doubt');

-- No index but the primary key, and no column of it ever changes: every change
-- of state is a HOT update that stays on its page. Workers find their rows
-- through delivery_batches (ranges of the primary key) and delivery_retries.
-- Partitions are made with fillfactor 25: a row's two later versions then fit
-- beside it. Measured: 99 % HOT, against 75 % at 50, and no larger after the send.
-- No foreign keys: 100,000 rows a second are frozen, and the base can be
-- distributed by member_id.
CREATE TABLE deliveries (
  send_month  date           NOT NULL,            -- sends.month
  part        int            NOT NULL DEFAULT 0,  -- which of its send's overlapping batches it is in
  send_id     bigint         NOT NULL,
  member_id   bigint         NOT NULL,
  changed_at  timestamptz,                        -- of the last change of state; null: as it was frozen
  sent_at     timestamptz,                        -- SMTP's 250
  state       delivery_state NOT NULL DEFAULT 'queued',
  variant     smallint       NOT NULL DEFAULT 0,  -- index in Content.Subjects
  attempts    smallint       NOT NULL DEFAULT 0,  -- intents so far; an outcome names the one it is of
  reply_code  smallint,                           -- of the last reply
  reason      text,                               -- why skipped, deferred, bounced, failed: a code, never an address
  message_id  text,                               -- set with the intent
  PRIMARY KEY (send_month, send_id, member_id)
) PARTITION BY RANGE (send_month);
-- Whose a delivery is, and its variant, stays as it was frozen. Nothing grants
-- rights on the partitions.
GRANT SELECT, INSERT, UPDATE (state, part, changed_at, sent_at, attempts, reply_code, reason, message_id) ON deliveries TO keur_app;
CREATE TRIGGER deliveries_program BEFORE INSERT ON deliveries
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- A send's deliveries are written by one statement, in the transaction that
-- freezes it. That seals them: how many there are, how many of them are to
-- leave, and the hash of their members in the order in which they were written.
CREATE FUNCTION deliveries_seal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  f record;
  s sends;
  round bigint;
  kept int;
  earlier record;
  loops text := current_setting('enable_nestloop');
BEGIN
  SELECT min(send_id) AS send_id, max(send_id) AS last_send, min(send_month) AS month, max(send_month) AS last_month, count(*) AS n,
         count(*) FILTER (WHERE state = 'queued') AS queued, sha256(string_agg(int8send(member_id), '')) AS members,
         bool_and(state IN ('queued', 'skipped') AND (state = 'skipped') = (reason IS NOT NULL) AND attempts = 0
                  AND num_nulls(changed_at, sent_at, reply_code, message_id) = 4) AS fresh
    INTO f FROM written;
  IF f.n = 0 THEN RETURN NULL; END IF;
  SELECT * INTO s FROM sends WHERE id = f.send_id FOR NO KEY UPDATE;
  s.state := coalesce(s.state, 'missing altogether');
  IF s.state IS DISTINCT FROM 'freezing' OR s.frozen_at IS NOT NULL OR s.sealed_count IS NOT NULL THEN
    RAISE EXCEPTION 'deliveries are made once, while their send is freezing, and not when it is %', s.state
      USING CONSTRAINT = 'delivery.made_once', DETAIL = jsonb_build_object('state', s.state);
  END IF;
  IF NOT f.fresh OR (f.last_send, f.month, f.last_month) IS DISTINCT FROM (f.send_id, s.month, s.month) THEN
    RAISE EXCEPTION 'the deliveries of one send are made at once, each of them queued, or skipped for a reason'
      USING CONSTRAINT = 'delivery.made_together';
  END IF;
  -- The planner knows how many rows were written, but not how many of them are
  -- queued, nor anything of a round that was made since statistics were: a nested
  -- loop would read all that was written once for each row of the other side.
  PERFORM set_config('enable_nestloop', 'off', true);
  IF (SELECT schedule->>'kind' = 'once' AND NOT mails_again(content) FROM revisions WHERE id = s.revision_id) THEN
    FOR earlier IN SELECT id, month FROM begun_sends(s.mailing_id) LOOP
      IF EXISTS (SELECT FROM deliveries d JOIN written w ON w.member_id = d.member_id AND w.state = 'queued'
                  WHERE d.send_month = earlier.month AND d.send_id = earlier.id AND d.state IN ('sent', 'in_doubt', 'sending')) THEN
        RAISE EXCEPTION 'who got this from an earlier send gets it again only if that was approved'
          USING CONSTRAINT = 'delivery.got_stopped';
      END IF;
    END LOOP;
  END IF;
  SELECT r.id INTO round FROM approval_rounds r
   WHERE r.revision_id = s.revision_id AND r.state = 'approved' AND r.ceiling IS NULL;
  IF round IS NOT NULL THEN
    SELECT count(*) INTO kept FROM written w JOIN approval_audiences a ON a.round_id = round AND a.block = w.member_id >> 11
     WHERE w.state = 'queued' AND get_bit(a.members, (w.member_id & 2047)::int) = 1;
  END IF;
  PERFORM set_config('enable_nestloop', loops, true);
  UPDATE sends SET sealed_count = f.n, sealed_queued = f.queued, sealed_members = f.members, sealed_kept = kept WHERE id = s.id;
  RETURN NULL;
END
$$;
CREATE TRIGGER deliveries_seal AFTER INSERT ON deliveries
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION deliveries_seal();
CREATE TRIGGER deliveries_no_delete BEFORE DELETE ON deliveries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER deliveries_no_truncate BEFORE TRUNCATE ON deliveries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A send is finished when each of its deliveries has its outcome. They are counted
-- by the primary key, 0.3 s a million, once a send; asked whether one exists, the
-- planner might read the whole month.
CREATE FUNCTION send_finished() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF (SELECT count(*) FROM deliveries
       WHERE send_month = NEW.month AND send_id = NEW.id AND state IN ('queued', 'sending', 'deferred')) > 0 THEN
    RAISE EXCEPTION 'mail of this send has yet to leave, so it isn''t finished' USING CONSTRAINT = 'delivery.not_finished';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER sends_finished AFTER UPDATE ON sends
  FOR EACH ROW WHEN (NEW.state = 'finished' AND OLD.state <> 'finished') EXECUTE FUNCTION send_finished();

-- Which state of a delivery may follow which; delivery.Transitions has the same
-- list. Back goes only what was put off, and what is in doubt, if a person says.
CREATE FUNCTION delivery_may_become(before_ delivery_state, after_ delivery_state) RETURNS boolean LANGUAGE sql IMMUTABLE
  RETURN CASE before_
    WHEN 'queued' THEN after_ IN ('queued', 'sending', 'lapsed', 'skipped')
    WHEN 'sending' THEN after_ IN ('sending', 'sent', 'deferred', 'bounced', 'failed', 'in_doubt')
    WHEN 'deferred' THEN after_ IN ('deferred', 'queued', 'lapsed')
    WHEN 'in_doubt' THEN after_ IN ('in_doubt', 'sent', 'deferred', 'bounced', 'failed')
    ELSE false END;

-- Looks at a change that isn't one of the two that almost every mail makes: the
-- triggers' conditions let those pass. It is asked of each row, with its old self
-- beside it: so no change of a key can hide from it, and it stands on each
-- partition as well. PostgreSQL reads a condition anew for each statement, and a
-- round is a small one, so it is short: what few statements write has a trigger of
-- its own, and whose a delivery is the login has no right to change. Both
-- transition tables joined would cost more (make bench ONLY=Guard).
CREATE FUNCTION delivery_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT delivery_may_become(OLD.state, NEW.state) THEN
    RAISE EXCEPTION '%: what is % can''t become %', 'deliveries', OLD.state, NEW.state
      USING CONSTRAINT = 'database.transition', DETAIL = jsonb_build_object('table', 'deliveries', 'before', OLD.state, 'after', NEW.state);
  END IF;
  IF (NEW.send_month, NEW.send_id, NEW.member_id, NEW.variant) IS DISTINCT FROM (OLD.send_month, OLD.send_id, OLD.member_id, OLD.variant)
     OR NEW.attempts < OLD.attempts OR NEW.part < OLD.part THEN
    RAISE EXCEPTION 'whose a delivery is can''t be changed, and an attempt isn''t taken back' USING CONSTRAINT = 'delivery.fixed';
  END IF;
  IF OLD.state = 'in_doubt' AND NEW.state = 'deferred' AND NOT EXISTS (
       SELECT FROM users u JOIN user_roles r ON r.user_id = u.id JOIN sends s ON s.id = NEW.send_id AND s.label_id = r.label_id
        WHERE 'user:' || u.id = current_actor() AND u.disabled_at IS NULL AND r.role IN ('planner', 'approver')) THEN
    RAISE EXCEPTION 'what is in doubt is sent again only when a planner or approver of its label says so' USING CONSTRAINT = 'delivery.doubt_by_person';
  END IF;
  IF OLD.state = 'in_doubt' AND NEW.state = 'deferred' THEN PERFORM demand_scope('approve'); END IF;
  -- It joins a batch of retries once its own was due: it is, or somebody took it, and
  -- what is left of it waits for another day since. So, whatever batch it is in, it
  -- never leaves before its moment.
  IF NEW.part <> OLD.part AND (NEW.state <> 'queued' OR OLD.state <> 'deferred' OR NOT EXISTS (
       SELECT FROM delivery_batches b
        WHERE b.send_id = OLD.send_id AND b.part = OLD.part AND OLD.member_id BETWEEN b.first_member AND b.last_member
          AND (b.fence > 0 OR has_come(b.not_before)))) THEN
    RAISE EXCEPTION 'a delivery is tried again after its first moment came' USING CONSTRAINT = 'delivery.retry_early';
  END IF;
  IF OLD.state IN ('in_doubt', 'deferred') AND NEW.state IN ('sent', 'bounced', 'failed', 'lapsed') THEN
    PERFORM webhook_settled(NEW.send_id, NEW.send_month, NEW.part, NEW.member_id);   -- in no batch that is yet to be done
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER deliveries_guard AFTER UPDATE ON deliveries FOR EACH ROW
  WHEN (NOT (OLD.state = 'queued' AND NEW.state = 'sending' OR OLD.state = 'sending' AND NEW.state = 'sent') OR OLD.attempts > NEW.attempts)
  EXECUTE FUNCTION delivery_guard();
CREATE TRIGGER deliveries_guard_part AFTER UPDATE OF part ON deliveries FOR EACH ROW
  WHEN (OLD.part <> NEW.part) EXECUTE FUNCTION delivery_guard();

-- What becomes of a mail is written by the program or a person. A worker's rounds go
-- over a connection that is proven once.
CREATE TRIGGER deliveries_proven BEFORE UPDATE ON deliveries FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

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
  size         int         NOT NULL,              -- deliveries in it when it was made
  not_before   timestamptz NOT NULL,
  time_zone    text        NOT NULL DEFAULT '',   -- of its members, whose clock a window goes by; empty: the label's
  state        text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done')),
  worker       uuid,
  fence        int         NOT NULL DEFAULT 0,
  lease_until  timestamptz,
  PRIMARY KEY (send_id, number)
) WITH (fillfactor = 50);
CREATE INDEX delivery_batches_open ON delivery_batches (send_id, not_before, number) WHERE state <> 'done';
GRANT SELECT, INSERT, UPDATE (state, worker, fence, lease_until, not_before) ON delivery_batches TO keur_app;
CREATE TRIGGER delivery_batches_program BEFORE INSERT OR UPDATE ON delivery_batches
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER delivery_batches_state_guard BEFORE INSERT OR UPDATE ON delivery_batches
  FOR EACH ROW EXECUTE FUNCTION state_guard(
    'new > waiting',
    'waiting > running done',
    'running > waiting done');

-- Batches are made while freezing, or for retries, and taken while sending an
-- approved revision: this is what keeps a hand-made ledger from being sent. None
-- is due before its send's slot, by its members' own clock where the revision
-- says so; none is taken before it is due, and a due time is only put off.
CREATE FUNCTION delivery_batch_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  s sends;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF (NEW.send_id, NEW.number, NEW.send_month, NEW.part, NEW.first_member, NEW.last_member, NEW.size, NEW.time_zone)
       IS DISTINCT FROM (OLD.send_id, OLD.number, OLD.send_month, OLD.part, OLD.first_member, OLD.last_member, OLD.size, OLD.time_zone)
       OR NEW.fence < OLD.fence OR NEW.not_before < OLD.not_before THEN
      RAISE EXCEPTION 'what a batch holds can''t be changed, and it is never due sooner' USING CONSTRAINT = 'delivery.batch_fixed';
    END IF;
    -- It tells that the batch was taken, and so that it was due; or that its send is over.
    IF NEW.fence <> OLD.fence AND NEW.state <> 'running'
       AND EXISTS (SELECT FROM sends WHERE id = NEW.send_id AND state NOT IN ('cancelled', 'missed')) THEN
      RAISE EXCEPTION 'the fence of a batch grows only as the batch is taken' USING CONSTRAINT = 'delivery.fenced_taken';
    END IF;
    IF NOT (NEW.state = 'running' AND (OLD.state <> 'running' OR NEW.fence <> OLD.fence)) THEN RETURN NEW; END IF;
  END IF;
  SELECT * INTO s FROM sends WHERE id = NEW.send_id;
  s.state := coalesce(s.state, 'missing altogether');
  IF TG_OP = 'UPDATE' THEN
    IF s.state <> 'sending' OR NOT revision_is_approved(s.revision_id) THEN
      RAISE EXCEPTION 'deliveries are taken only while an approved send is sending, not %', s.state
        USING CONSTRAINT = 'delivery.taken_sending', DETAIL = jsonb_build_object('state', s.state);
    END IF;
    IF NOT has_come(NEW.not_before) THEN
      RAISE EXCEPTION 'these deliveries aren''t due before %', NEW.not_before
        USING CONSTRAINT = 'delivery.not_due', DETAIL = jsonb_build_object('at', NEW.not_before);
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.fence <> 0 THEN RAISE EXCEPTION 'the fence of a batch grows only as the batch is taken' USING CONSTRAINT = 'delivery.fenced_taken'; END IF;
  IF (s.state <> 'freezing' OR s.frozen_at IS NOT NULL) AND (s.state <> 'sending' OR NEW.part = 0) THEN
    RAISE EXCEPTION 'deliveries are made only while the send is freezing, not %', s.state
      USING CONSTRAINT = 'delivery.made_freezing', DETAIL = jsonb_build_object('state', s.state);
  END IF;
  -- Retries are in parts of their own, or they'd take what isn't due yet along.
  IF s.state = 'sending' AND NEW.part <= (SELECT max(b.part) FROM delivery_batches b WHERE b.send_id = NEW.send_id) THEN
    RAISE EXCEPTION 'a batch of retries is a part of its own' USING CONSTRAINT = 'delivery.retry_part';
  END IF;
  -- What is tried again was due by its clock before, and is in an hour that comes twice
  -- on the night on which that goes back.
  IF NEW.send_month <> s.month
     OR NEW.not_before < (CASE NEW.time_zone WHEN '' THEN s.slot_at ELSE slot_begins(s.revision_id, s.slot_local, s.slot_at) END)
     OR NEW.time_zone <> '' AND s.state = 'freezing' AND NEW.not_before AT TIME ZONE NEW.time_zone < s.slot_local
        AND (SELECT (schedule->>'member_local')::boolean FROM revisions WHERE id = s.revision_id) THEN
    RAISE EXCEPTION 'no delivery of this send is due before its slot' USING CONSTRAINT = 'delivery.slot_first';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER delivery_batches_guard BEFORE INSERT OR UPDATE ON delivery_batches
  FOR EACH ROW EXECUTE FUNCTION delivery_batch_guard();

-- A batch is done when none of its deliveries waits or is under way: nobody would
-- take these any more, and their send would never finish. Asked once a batch, by
-- the primary key, over pages that its end has read just before.
CREATE FUNCTION delivery_batch_done() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF (SELECT count(*) FROM deliveries
       WHERE send_month = NEW.send_month AND send_id = NEW.send_id AND member_id BETWEEN NEW.first_member AND NEW.last_member
         AND part = NEW.part AND state IN ('queued', 'sending')) > 0 THEN
    RAISE EXCEPTION 'mail of this batch has yet to leave, so it isn''t done' USING CONSTRAINT = 'delivery.batch_not_done';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER delivery_batches_done AFTER UPDATE ON delivery_batches
  FOR EACH ROW WHEN (NEW.state = 'done' AND OLD.state <> 'done') EXECUTE FUNCTION delivery_batch_done();

-- Deferred deliveries and when to try again. What is due is queued once more,
-- in a batch of its own, so that a retry is fenced as the first attempt was.
CREATE TABLE delivery_retries (
  send_month  date        NOT NULL,
  send_id     bigint      NOT NULL,
  member_id   bigint      NOT NULL,
  due_at      timestamptz NOT NULL,
  PRIMARY KEY (send_id, member_id)
);
CREATE INDEX delivery_retries_due ON delivery_retries (due_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON delivery_retries TO keur_app;
CREATE TRIGGER delivery_retries_program BEFORE INSERT OR UPDATE OR DELETE ON delivery_retries
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- Processes that empty the ledger, per route: they share its connections.
CREATE TABLE delivery_workers (
  id       uuid        NOT NULL,
  route_id bigint      NOT NULL,                  -- smtp_routes; 0: the local capture inbox
  seen_at  timestamptz NOT NULL,
  PRIMARY KEY (route_id, id)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON delivery_workers TO keur_app;
CREATE TRIGGER delivery_workers_program BEFORE INSERT OR UPDATE OR DELETE ON delivery_workers
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- When the next mail of a send, over a route or to a provider may leave, if it has a pace.
CREATE TABLE delivery_paces (
  key     text        PRIMARY KEY,                -- send:12, route:3, provider:google
  next_at timestamptz NOT NULL
) WITH (fillfactor = 50);
GRANT SELECT, INSERT, UPDATE ON delivery_paces TO keur_app;
CREATE TRIGGER delivery_paces_program BEFORE INSERT OR UPDATE ON delivery_paces
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- Whoever says no is taken out of every queue in the same transaction, even of
-- a batch that a worker has loaded: its intent finds no queued delivery. A loop,
-- because each turn looks up one primary key; a join might read a partition.
CREATE FUNCTION withdraw_deliveries(p_member bigint, p_label int, p_reason text) RETURNS void LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
  s record;
BEGIN
  FOR s IN SELECT id, month FROM sends
            WHERE state NOT IN ('finished', 'missed', 'cancelled') AND frozen_at IS NOT NULL AND (p_label = 0 OR label_id = p_label)
  LOOP
    UPDATE deliveries SET state = 'skipped', reason = p_reason, changed_at = now()
     WHERE send_month = s.month AND send_id = s.id AND member_id = p_member AND state = 'queued';
  END LOOP;
END
$$;

-- Whether a mail never came to the member's server: it wasn't tried, or was
-- refused by ourselves or for our sake. What never left is held against nobody.
CREATE FUNCTION delivery_never_left(p_send bigint, p_member bigint) RETURNS boolean LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM sends s
                   JOIN deliveries d ON d.send_month = s.month AND d.send_id = s.id AND d.member_id = p_member
                  WHERE s.id = p_send
                    AND (d.state IN ('queued', 'skipped', 'lapsed') AND d.attempts = 0 OR d.state = 'failed' AND d.reason LIKE 'ours%'))
$$;

-- What comes back of a mail to an address that the member has left is nothing about
-- the address that they have now.
CREATE FUNCTION bounce_of_former_address() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM sends s
               JOIN deliveries d ON d.send_month = s.month AND d.send_id = s.id AND d.member_id = NEW.member_id
               JOIN former_addresses f ON f.member_id = NEW.member_id AND f.until > d.sent_at
              WHERE s.id = NEW.send_id) THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER suppressions_of_now BEFORE INSERT ON suppressions
  FOR EACH ROW WHEN (NEW.send_id IS NOT NULL AND NEW.reason IN ('hard_bounce', 'soft_bounces'))
  EXECUTE FUNCTION bounce_of_former_address();

-- Guards what a bounce leads to: a suppression, or a soft bounce that is counted.
CREATE FUNCTION bounce_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF delivery_never_left(NEW.send_id, NEW.member_id) THEN
    RAISE EXCEPTION 'this mail never left, so it can''t have bounced'
      USING CONSTRAINT = 'tracking.never_left';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER suppressions_bounced AFTER INSERT ON suppressions
  FOR EACH ROW WHEN (NEW.send_id IS NOT NULL AND NEW.reason IN ('hard_bounce', 'soft_bounces')) EXECUTE FUNCTION bounce_guard();

CREATE FUNCTION withdraw_suppressed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM withdraw_deliveries(NEW.member_id, NEW.label_id, 'suppressed');
  RETURN NULL;
END
$$;
CREATE TRIGGER suppressions_withdraw AFTER INSERT ON suppressions
  FOR EACH ROW EXECUTE FUNCTION withdraw_suppressed();

-- Who pauses is out of what is queued to leave before the pause is over.
CREATE FUNCTION withdraw_paused() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM withdraw_deliveries(NEW.member_id, NEW.label_id, 'paused');
  RETURN NULL;
END
$$;
CREATE TRIGGER preferences_withdraw_paused AFTER INSERT OR UPDATE OF paused_until ON preferences
  FOR EACH ROW WHEN (NEW.paused_until IS NOT NULL) EXECUTE FUNCTION withdraw_paused();

CREATE FUNCTION withdraw_unwilling() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM withdraw_deliveries(OLD.member_id, OLD.label_id, CASE TG_OP WHEN 'DELETE' THEN 'erased' ELSE 'no_consent' END);
  RETURN NULL;
END
$$;
CREATE TRIGGER memberships_withdraw AFTER UPDATE OF mail_consent ON memberships
  FOR EACH ROW WHEN (OLD.mail_consent AND NOT NEW.mail_consent) EXECUTE FUNCTION withdraw_unwilling();
CREATE TRIGGER memberships_withdraw_erased AFTER DELETE ON memberships
  FOR EACH ROW EXECUTE FUNCTION withdraw_unwilling();

-- Refusals of a mailbox provider within an hour, by the rule that they match.
CREATE TABLE provider_refusals (
  provider text        NOT NULL,
  pattern  text        NOT NULL,
  since    timestamptz NOT NULL,
  hits     int         NOT NULL,
  PRIMARY KEY (provider, pattern)
);
GRANT SELECT, INSERT, UPDATE ON provider_refusals TO keur_app;
CREATE TRIGGER provider_refusals_program BEFORE INSERT OR UPDATE ON provider_refusals
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- How mail to a mailbox provider is limited, for all processes, after it refused
-- some. It is lifted by steps after its time (shaping.Limit).
CREATE TABLE provider_limits (
  provider   text        NOT NULL,
  kind       text        NOT NULL CHECK (kind IN ('rate', 'connections', 'messages')),
  value      int         NOT NULL CHECK (value >= 0),        -- mails a minute, 0: none leaves; connections; mails a connection
  since      timestamptz NOT NULL,
  until      timestamptz NOT NULL,
  pattern    text        NOT NULL,
  said       text        NOT NULL,                           -- addresses are taken out
  PRIMARY KEY (provider, kind),
  CHECK (since <= until),
  CHECK (value > 0 OR kind = 'rate')
);
GRANT SELECT, INSERT, UPDATE ON provider_limits TO keur_app;
CREATE TRIGGER provider_limits_program BEFORE INSERT OR UPDATE ON provider_limits
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- Connections to a provider, or to one of its MX, that a process may have open
-- now. All of them together are no more than the provider bears. One that isn't
-- renewed is over (shaping.Store.Lease).
CREATE TABLE provider_connections (
  key      text        NOT NULL,                  -- provider:google, mx:mx.example.com
  worker   uuid        NOT NULL,
  provider text        NOT NULL,
  used     int         NOT NULL,                  -- when it was renewed
  held     int         NOT NULL CHECK (held >= used),
  wanted   int         NOT NULL,                  -- more than it holds: it waits for some
  until    timestamptz NOT NULL,
  PRIMARY KEY (key, worker)
) WITH (fillfactor = 50);
GRANT SELECT, INSERT, UPDATE, DELETE ON provider_connections TO keur_app;
CREATE TRIGGER provider_connections_program BEFORE INSERT OR UPDATE OR DELETE ON provider_connections
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- What an admin has said of mailbox providers, beside Keur's own table
-- (shaping.Defaults): a row takes the place of the provider or the rule of its
-- name, and there may be others. 'default' is every provider that isn't named.
CREATE FUNCTION admin_writes() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM demand_program();
  IF (SELECT admin_since IS NOT NULL FROM change_rules) THEN
    PERFORM demand_standing();
    IF NOT acts_as_admin() THEN
      RAISE EXCEPTION 'only an admin may do this' USING CONSTRAINT = 'accounts.admin_only';
    END IF;
  END IF;
  PERFORM pg_notify('keur', 'shaping');
  RETURN NULL;
END
$$;
CREATE TABLE mail_providers (
  name           text        PRIMARY KEY CHECK (name ~ '^[a-z0-9][a-z0-9.-]{0,62}$'),
  mx             text[]      NOT NULL,             -- ends of its MX hosts' names
  tls            text        NOT NULL CHECK (tls IN ('', 'required', 'opportunistic', 'none')),   -- over direct routes; '': as Keur has it
  connections    int         NOT NULL CHECK (connections BETWEEN 0 AND 500),        -- at once; 0, here and below: nothing is said of it
  mx_connections int         NOT NULL CHECK (mx_connections BETWEEN 0 AND 500),     -- at once to each of its MX
  messages       int         NOT NULL CHECK (messages BETWEEN 0 AND 1000000),       -- that a connection carries
  per_minute     int         NOT NULL CHECK (per_minute BETWEEN 0 AND 10000000),
  per_hour       int         NOT NULL CHECK (per_hour BETWEEN 0 AND 100000000),
  changed_by     text        NOT NULL DEFAULT current_actor(),
  changed_at     timestamptz NOT NULL DEFAULT now(),
  CHECK ((name = 'default') = (mx = '{}')),
  CHECK (name <> 'default' OR tls = '')
);
CREATE TRIGGER mail_providers_admin BEFORE INSERT OR DELETE ON mail_providers
  FOR EACH STATEMENT EXECUTE FUNCTION admin_writes();
CREATE TRIGGER mail_providers_audit AFTER INSERT OR DELETE ON mail_providers
  FOR EACH ROW EXECUTE FUNCTION audit_row();
-- A change is a row in place of the one before, so that who made it is who acts.
GRANT SELECT, INSERT (name, mx, tls, connections, mx_connections, messages, per_minute, per_hour), DELETE ON mail_providers TO keur_app;

CREATE TABLE mail_rules (
  provider   text        NOT NULL CHECK (provider = '' OR provider ~ '^[a-z0-9][a-z0-9.-]{0,62}$'),   -- '': each
  pattern    text        NOT NULL CHECK (pattern <> '' AND is_line(pattern, 300)),   -- RE2
  at_least   int         NOT NULL CHECK (at_least BETWEEN 1 AND 100000),             -- refusals within an hour
  action     text        NOT NULL CHECK (action IN ('stop', 'slow', 'halve', 'connections', 'messages', 'nothing')),
  to_value   int         NOT NULL CHECK (to_value BETWEEN 0 AND 10000000),           -- of slow, connections, messages
  minutes    int         NOT NULL CHECK (minutes BETWEEN 1 AND 1440),
  changed_by text        NOT NULL DEFAULT current_actor(),
  changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (provider, pattern),
  CHECK ((to_value > 0) = (action IN ('slow', 'connections', 'messages')))
);
CREATE TRIGGER mail_rules_admin BEFORE INSERT OR DELETE ON mail_rules
  FOR EACH STATEMENT EXECUTE FUNCTION admin_writes();
CREATE TRIGGER mail_rules_audit AFTER INSERT OR DELETE ON mail_rules
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT (provider, pattern, at_least, action, to_value, minutes), DELETE ON mail_rules TO keur_app;

-- What mailbox providers took and refused within five minutes; those that the
-- table doesn't name as 'default'. Kept for two days.
CREATE TABLE provider_counts (
  provider text        NOT NULL,
  at       timestamptz NOT NULL,                   -- when the five minutes begin
  sent     int         NOT NULL,
  deferred int         NOT NULL,
  refused  int         NOT NULL,                   -- for good
  PRIMARY KEY (provider, at)
) WITH (fillfactor = 50);
GRANT SELECT, INSERT, UPDATE, DELETE ON provider_counts TO keur_app;
CREATE TRIGGER provider_counts_program BEFORE INSERT OR UPDATE OR DELETE ON provider_counts
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- What they said when they refused mails, the last of each kind.
CREATE TABLE provider_replies (
  provider text        NOT NULL,
  key      bytea       NOT NULL,                   -- of what replies that say the same have in common
  said     text        NOT NULL,                   -- addresses are taken out
  times    int         NOT NULL,
  at       timestamptz NOT NULL,
  PRIMARY KEY (provider, key)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON provider_replies TO keur_app;
CREATE TRIGGER provider_replies_program BEFORE INSERT OR UPDATE OR DELETE ON provider_replies
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- What admins ordered: that no mail leaves to a provider, or that it does again,
-- whatever its refusals came to until then. The last one of a provider counts.
CREATE TABLE provider_orders (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  provider   text        NOT NULL CHECK (provider ~ '^[a-z0-9][a-z0-9.-]{0,62}$'),
  stopped    boolean     NOT NULL,
  reason     text        NOT NULL CHECK (reason <> '' AND is_tidy(reason, 500)),
  until      timestamptz,                          -- of a stop; null: until it is resumed
  ordered_by text        NOT NULL DEFAULT current_actor(),
  at         timestamptz NOT NULL,
  CHECK (until IS NULL OR stopped)
);
CREATE INDEX provider_orders_last ON provider_orders (provider, id);
CREATE TRIGGER provider_orders_admin BEFORE INSERT ON provider_orders
  FOR EACH STATEMENT EXECUTE FUNCTION admin_writes();
CREATE TRIGGER provider_orders_audit AFTER INSERT ON provider_orders
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT (provider, stopped, reason, until, at) ON provider_orders TO keur_app;

-- How the mail from a domain grows, as an admin says: most mails on the first day on
-- which some leave, on the second, and so on (warmups.Plan).
CREATE TABLE warmups (
  domain     text        PRIMARY KEY CHECK (domain ~ '^[a-z0-9][a-z0-9.-]{0,252}$'),
  days       int[]       NOT NULL CHECK (cardinality(days) BETWEEN 1 AND 60 AND 0 < ALL (days)),
  changed_by text        NOT NULL DEFAULT current_actor(),
  changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER warmups_admin BEFORE INSERT OR DELETE ON warmups
  FOR EACH STATEMENT EXECUTE FUNCTION admin_writes();
CREATE TRIGGER warmups_audit AFTER INSERT OR DELETE ON warmups
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT (domain, days), DELETE ON warmups TO keur_app;

-- What left from a domain with a plan, by day. Workers take mails out of its number
-- before they send them (warmups.Store.Take).
CREATE TABLE warmup_days (
  domain text NOT NULL,
  day    date NOT NULL,                            -- in UTC
  step   int  NOT NULL CHECK (step > 0),           -- which day of the plan it is
  most   int,                                      -- as the plan has it; null: it is through
  sent   int  NOT NULL CHECK (sent >= 0),
  PRIMARY KEY (domain, day)
) WITH (fillfactor = 50);
GRANT SELECT, INSERT, UPDATE ON warmup_days TO keur_app;
CREATE TRIGGER warmup_days_program BEFORE INSERT OR UPDATE ON warmup_days
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- From which share on of complaints and hard bounces people are told, of a provider
-- or as 'default' of all that have no row; without one Keur's own hold (alarms.Keurs).
CREATE TABLE mail_alarm_limits (
  provider           text        PRIMARY KEY CHECK (provider ~ '^[a-z0-9][a-z0-9.-]{0,62}$'),
  at_least           int         NOT NULL CHECK (at_least BETWEEN 1 AND 10000000),                     -- mails, below which nothing is told
  complaints_warning int         NOT NULL CHECK (complaints_warning BETWEEN 1 AND complaints_alarm),   -- of 10,000 mails, as the others
  complaints_alarm   int         NOT NULL CHECK (complaints_alarm <= 10000),
  hard_warning       int         NOT NULL CHECK (hard_warning BETWEEN 1 AND hard_alarm),
  hard_alarm         int         NOT NULL CHECK (hard_alarm <= 10000),
  changed_by         text        NOT NULL DEFAULT current_actor(),
  changed_at         timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER mail_alarm_limits_admin BEFORE INSERT OR DELETE ON mail_alarm_limits
  FOR EACH STATEMENT EXECUTE FUNCTION admin_writes();
CREATE TRIGGER mail_alarm_limits_audit AFTER INSERT OR DELETE ON mail_alarm_limits
  FOR EACH ROW EXECUTE FUNCTION audit_row();
-- A change is a row in place of the one before, so that who made it is who acts.
GRANT SELECT, INSERT (provider, at_least, complaints_warning, complaints_alarm, hard_warning, hard_alarm), DELETE ON mail_alarm_limits TO keur_app;

-- A provider from which too much came back of the mail of a domain: complaints, or
-- letters about addresses that don't exist. What it was raised for stays; the newest
-- figures stand beside it until it ends.
CREATE TABLE mail_alarms (
  id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind            text        NOT NULL CHECK (kind IN ('complaints', 'hard_bounces')),
  provider        text        NOT NULL,
  domain          text        NOT NULL,            -- of the sender
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
CREATE UNIQUE INDEX mail_alarms_open ON mail_alarms (kind, provider, domain, span, coalesce(send_id, 0)) WHERE ended_at IS NULL;
CREATE INDEX mail_alarms_provider ON mail_alarms (provider, id);
CREATE INDEX mail_alarms_send ON mail_alarms (send_id, id) WHERE send_id IS NOT NULL;
GRANT SELECT, INSERT, UPDATE (mails_now, events_now, looked_at, ended_at, acknowledged_by, acknowledged_at, reason) ON mail_alarms TO keur_app;
CREATE TRIGGER mail_alarms_program BEFORE INSERT OR UPDATE ON mail_alarms
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER mail_alarms_ends BEFORE UPDATE ON mail_alarms FOR EACH ROW EXECUTE FUNCTION ends_once('ended_at');
-- The trail tells that it was raised, acknowledged and ended, and not each look.
CREATE TRIGGER mail_alarms_audit AFTER INSERT OR UPDATE ON mail_alarms
  FOR EACH ROW EXECUTE FUNCTION audit_row('-mails_now', '-events_now', '-looked_at');

-- A person acknowledges, once, and is named.
CREATE FUNCTION mail_alarm_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.acknowledged_by IS NOT NULL THEN
      RAISE EXCEPTION 'somebody acknowledged this already' USING CONSTRAINT = 'alarms.acknowledged';
    END IF;
    RETURN NEW;
  END IF;
  PERFORM demand_person();
  IF OLD.acknowledged_by IS NOT NULL THEN
    RAISE EXCEPTION 'somebody acknowledged this already' USING CONSTRAINT = 'alarms.acknowledged';
  END IF;
  NEW.acknowledged_by := current_actor();
  RETURN NEW;
END
$$;
CREATE TRIGGER mail_alarms_guard BEFORE INSERT OR UPDATE OF acknowledged_by, acknowledged_at, reason ON mail_alarms
  FOR EACH ROW EXECUTE FUNCTION mail_alarm_guard();
