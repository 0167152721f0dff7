-- +goose Up
-- The delivery ledger: one durable row per member of a send.

CREATE TYPE delivery_state AS ENUM
  ('queued', 'sending', 'sent', 'deferred', 'bounced', 'failed', 'lapsed', 'skipped', 'in_doubt');

-- No index but the primary key, and no column of it ever changes: every change
-- of state is a HOT update that stays on its page. Workers find their rows
-- through delivery_batches (ranges of the primary key) and delivery_retries.
-- No foreign keys: 100,000 rows a second are frozen, and the base can be
-- distributed by member_id.
CREATE TABLE deliveries (
  send_month  date           NOT NULL,            -- sends.month
  send_id     bigint         NOT NULL,
  member_id   bigint         NOT NULL,
  changed_at  timestamptz,                        -- of the last change of state
  sent_at     timestamptz,                        -- SMTP's 250
  voucher_id  bigint,                             -- voucher_codes
  state       delivery_state NOT NULL DEFAULT 'queued',
  variant     smallint       NOT NULL DEFAULT 0,  -- index in Content.Variants
  attempts    smallint       NOT NULL DEFAULT 0,
  reply_code  smallint,                           -- of the last reply
  reason      text,                               -- why skipped, deferred, bounced, failed: a code, never an address
  message_id  text,                               -- set with the intent
  PRIMARY KEY (send_month, send_id, member_id)
) PARTITION BY RANGE (send_month);

-- A range of a send's members that one worker holds at a time. The fence grows
-- with each holder; an intent is only durable under the newest fence.
CREATE TABLE delivery_batches (
  send_id      bigint      NOT NULL REFERENCES sends,
  number       int         NOT NULL,
  send_month   date        NOT NULL,
  first_member bigint      NOT NULL,
  last_member  bigint      NOT NULL,
  size         int         NOT NULL,              -- deliveries frozen in it
  not_before   timestamptz NOT NULL,              -- member-local time
  state        text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done')),
  worker       uuid,
  fence        int         NOT NULL DEFAULT 0,
  lease_until  timestamptz,
  time_zone    text        NOT NULL DEFAULT '',   -- member-local: of all its members; they interleave by member id
  PRIMARY KEY (send_id, number)
) WITH (fillfactor = 50);
CREATE INDEX delivery_batches_open ON delivery_batches (not_before) WHERE state <> 'done';

-- Deferred deliveries and when to try again; a lease while one is being tried.
CREATE TABLE delivery_retries (
  send_month  date        NOT NULL,
  send_id     bigint      NOT NULL,
  member_id   bigint      NOT NULL,
  due_at      timestamptz NOT NULL,
  worker      uuid,
  lease_until timestamptz,
  PRIMARY KEY (send_id, member_id)
);
CREATE INDEX delivery_retries_due ON delivery_retries (due_at);

-- Batches are made while freezing and taken while sending an approved
-- revision: this is what keeps a hand-made ledger from being sent.
-- +goose StatementBegin
CREATE FUNCTION delivery_batch_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  s sends;
BEGIN
  IF TG_OP = 'UPDATE' AND NOT (NEW.state = 'running' AND (OLD.state <> 'running' OR NEW.fence <> OLD.fence)) THEN RETURN NEW; END IF;
  SELECT * INTO s FROM sends WHERE id = NEW.send_id;
  IF TG_OP = 'INSERT' AND s.state <> 'freezing' THEN
    RAISE EXCEPTION 'deliveries are made only while the send is freezing, not %', s.state;
  END IF;
  IF TG_OP = 'UPDATE' AND (s.state <> 'sending' OR NOT revision_is_approved(s.revision_id)) THEN
    RAISE EXCEPTION 'deliveries are taken only while an approved send is sending, not %', s.state;
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER delivery_batches_guard BEFORE INSERT OR UPDATE ON delivery_batches
  FOR EACH ROW EXECUTE FUNCTION delivery_batch_guard();

GRANT SELECT, INSERT, UPDATE ON deliveries, delivery_batches TO keur_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON delivery_retries TO keur_app;
