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
GRANT SELECT, INSERT, UPDATE ON deliveries TO keur_app;

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
GRANT SELECT, INSERT, UPDATE ON delivery_batches TO keur_app;
CREATE TRIGGER delivery_batches_state_guard BEFORE INSERT OR UPDATE ON delivery_batches
  FOR EACH ROW EXECUTE FUNCTION state_guard(
    'new > waiting',
    'waiting > running done',
    'running > waiting done');

-- Batches are made while freezing, or for retries, and taken while sending an
-- approved revision: this is what keeps a hand-made ledger from being sent.
CREATE FUNCTION delivery_batch_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  s sends;
BEGIN
  IF TG_OP = 'UPDATE' AND NOT (NEW.state = 'running' AND (OLD.state <> 'running' OR NEW.fence <> OLD.fence)) THEN RETURN NEW; END IF;
  SELECT * INTO s FROM sends WHERE id = NEW.send_id;
  s.state := coalesce(s.state, 'missing altogether');
  IF TG_OP = 'INSERT' AND s.state <> 'freezing' AND (s.state <> 'sending' OR NEW.part = 0) THEN
    RAISE EXCEPTION 'deliveries are made only while the send is freezing, not %', s.state;
  END IF;
  IF TG_OP = 'UPDATE' AND (s.state <> 'sending' OR NOT revision_is_approved(s.revision_id)) THEN
    RAISE EXCEPTION 'deliveries are taken only while an approved send is sending, not %', s.state;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER delivery_batches_guard BEFORE INSERT OR UPDATE ON delivery_batches
  FOR EACH ROW EXECUTE FUNCTION delivery_batch_guard();

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

-- Processes that empty the ledger, per route: they share its connections.
CREATE TABLE delivery_workers (
  id       uuid        NOT NULL,
  route_id bigint      NOT NULL,                  -- smtp_routes; 0: the local capture inbox
  seen_at  timestamptz NOT NULL,
  PRIMARY KEY (route_id, id)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON delivery_workers TO keur_app;

-- When the next mail of a send or over a route may leave, if it has a pace.
CREATE TABLE delivery_paces (
  key     text        PRIMARY KEY,                -- send:12, route:3
  next_at timestamptz NOT NULL
) WITH (fillfactor = 50);
GRANT SELECT, INSERT, UPDATE ON delivery_paces TO keur_app;

-- Whoever says no is taken out of every queue in the same transaction, even of
-- a batch that a worker has loaded: its intent finds no queued delivery. A loop,
-- because each turn looks up one primary key; a join might read a partition.
CREATE FUNCTION withdraw_deliveries(p_member bigint, p_label int, p_reason text) RETURNS void LANGUAGE plpgsql AS $$
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

CREATE FUNCTION withdraw_suppressed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM withdraw_deliveries(NEW.member_id, NEW.label_id, 'suppressed');
  RETURN NULL;
END
$$;
CREATE TRIGGER suppressions_withdraw AFTER INSERT ON suppressions
  FOR EACH ROW EXECUTE FUNCTION withdraw_suppressed();

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
