-- Webhooks: where what happens is told to other programs, and to people's chats.

-- The types of events that can be told; webhooks.Types has the same list.
CREATE FUNCTION webhook_types() RETURNS text[] LANGUAGE sql IMMUTABLE RETURN ARRAY[
  'alarm.raised', 'approval.approved', 'approval.changes_requested', 'approval.ended', 'approval.expired', 'approval.requested', 'approval.reviewed',
  'approval.withdrawn', 'bounces.waiting', 'delivery.recorded', 'engagement.corrected', 'engagement.recorded', 'import.finished',
  'mailing.approved', 'mailing.cancelled', 'mailing.changes_requested', 'mailing.created', 'mailing.done', 'mailing.drafted',
  'mailing.scheduled', 'mailing.submitted', 'member.erased', 'member.subscribed', 'member.suppressed', 'member.unsubscribed',
  'member.unsuppressed', 'send.cancelled', 'send.finished', 'send.held', 'send.missed', 'send.paused', 'send.planned', 'send.released',
  'send.resumed', 'send.started'];

CREATE TABLE webhook_endpoints (
  id              int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ref             uuid        NOT NULL UNIQUE,         -- beside which its secrets are sealed
  label_id        int         REFERENCES labels,       -- of whose events; null: of every label
  kind            text        NOT NULL CHECK (kind IN ('standard', 'slack', 'teams')),
  name            text        NOT NULL CHECK (is_name(name)),
  host            text        NOT NULL CHECK (host <> '' AND is_line(host, 255)),
  url_sealed      bytea       NOT NULL,                -- internal/seal: an address of a chat is a secret
  types           text[]      NOT NULL CHECK (types <> '{}' AND types <@ webhook_types()),
  active          boolean     NOT NULL DEFAULT true,
  secret_sealed   bytea,                               -- of what its messages are signed by
  previous_sealed bytea[]     NOT NULL DEFAULT '{}',   -- those before, the oldest first, which sign too …
  previous_until  timestamptz[] NOT NULL DEFAULT '{}', -- … each until then
  version         int         NOT NULL DEFAULT 1,
  created_by      text        NOT NULL DEFAULT current_actor(),
  created_at      timestamptz NOT NULL DEFAULT now(),
  removed_at      timestamptz,                         -- its messages stay for as long as they are kept
  CHECK ((kind = 'standard') = (secret_sealed IS NOT NULL)),
  CONSTRAINT webhook_endpoints_previous CHECK (cardinality(previous_sealed) = cardinality(previous_until) AND cardinality(previous_sealed) <= 9)
);
CREATE INDEX webhook_endpoints_label ON webhook_endpoints (label_id, id) WHERE removed_at IS NULL;
CREATE TRIGGER webhook_endpoints_person BEFORE INSERT OR UPDATE ON webhook_endpoints
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER webhook_endpoints_signed BEFORE INSERT OR UPDATE OF created_by ON webhook_endpoints
  FOR EACH ROW EXECUTE FUNCTION signed('created_by');
CREATE TRIGGER webhook_endpoints_audit AFTER INSERT OR UPDATE OR DELETE ON webhook_endpoints
  FOR EACH ROW EXECUTE FUNCTION audit_row('url_sealed', 'secret_sealed', 'previous_sealed');
CREATE TRIGGER webhook_endpoints_ends BEFORE UPDATE ON webhook_endpoints FOR EACH ROW EXECUTE FUNCTION ends_once('removed_at');
GRANT SELECT, INSERT, UPDATE (name, host, url_sealed, types, active, secret_sealed, previous_sealed, previous_until, version, removed_at)
   ON webhook_endpoints TO keur_app;

-- How an endpoint answers. It is switched off when it says that it is gone, or
-- answers nothing good for days, and on again by a person.
CREATE TABLE webhook_health (
  endpoint_id   int         PRIMARY KEY REFERENCES webhook_endpoints,
  answered_at   timestamptz,                           -- the last time it took a message
  failing_since timestamptz,                           -- the first failure since
  failures      int         NOT NULL DEFAULT 0,        -- one after another
  problem       jsonb,                                 -- of the last of them
  disabled_at   timestamptz,
  reason        text        CHECK (reason IN ('gone', 'failing')),
  CHECK ((disabled_at IS NULL) = (reason IS NULL)),
  CHECK ((failing_since IS NULL) = (failures = 0))
);
GRANT SELECT, INSERT, UPDATE ON webhook_health TO keur_app;
CREATE TRIGGER webhook_health_program BEFORE INSERT OR UPDATE ON webhook_health
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- What happened and is yet to be made into messages. Only triggers write here, in
-- the transaction of what they tell, so that neither is there without the other.
CREATE TABLE webhook_events (
  id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  type     text        NOT NULL,
  label_id int,                                        -- null: of no label
  at       timestamptz NOT NULL DEFAULT now(),
  data     jsonb       NOT NULL
);
GRANT SELECT, DELETE ON webhook_events TO keur_app;
-- Who makes messages of them locks them, which takes a right to update.
GRANT UPDATE (at) ON webhook_events TO keur_app;
CREATE TRIGGER webhook_events_program BEFORE UPDATE OR DELETE ON webhook_events
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER webhook_events_fixed BEFORE UPDATE ON webhook_events FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What goes to an endpoint: its bytes stay, at each attempt and when it is
-- replayed, as does the id that the receiver knows it by.
CREATE TABLE webhook_messages (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ref         text        NOT NULL UNIQUE CHECK (ref ~ '^msg_[A-Z2-7]{26}$'),   -- webhook-id
  endpoint_id int         NOT NULL REFERENCES webhook_endpoints,
  type        text        NOT NULL,
  happened_at timestamptz NOT NULL,
  events      int         NOT NULL CHECK (events > 0),  -- that it tells of
  payload     text        NOT NULL,
  state       text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed')),
  attempts    int         NOT NULL DEFAULT 0,           -- since it was made or replayed
  due_at      timestamptz NOT NULL,
  lease_until timestamptz,                              -- somebody sends it until then, and nobody else does
  made_at     timestamptz NOT NULL,
  ended_at    timestamptz,
  replayed_by text,
  CHECK ((state = 'waiting') = (ended_at IS NULL))
);
CREATE INDEX webhook_messages_due ON webhook_messages (endpoint_id, due_at) WHERE state = 'waiting';
CREATE INDEX webhook_messages_endpoint ON webhook_messages (endpoint_id, id);
CREATE INDEX webhook_messages_made ON webhook_messages (made_at);
GRANT SELECT, INSERT, UPDATE (state, attempts, due_at, lease_until, ended_at, replayed_by), DELETE ON webhook_messages TO keur_app;
CREATE TRIGGER webhook_messages_program BEFORE INSERT OR UPDATE OR DELETE ON webhook_messages
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER webhook_messages_state_guard BEFORE INSERT OR UPDATE ON webhook_messages
  FOR EACH ROW EXECUTE FUNCTION state_guard(
    'new > waiting',
    'waiting > delivered failed',
    'delivered > waiting',
    'failed > waiting');

-- A person replays, and is named. The log is kept for a week at least.
CREATE FUNCTION webhook_message_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.made_at > now() - interval '7 days' AND NOT EXISTS (SELECT FROM moved_clock) THEN
      RAISE EXCEPTION 'the log of webhooks is kept for a week at least' USING CONSTRAINT = 'endpoints.kept_a_week';
    END IF;
    RETURN OLD;
  END IF;
  IF OLD.state <> 'waiting' AND NEW.state = 'waiting' THEN
    PERFORM demand_person();
    NEW.replayed_by := current_actor();
  ELSIF NEW.replayed_by IS DISTINCT FROM OLD.replayed_by THEN
    RAISE EXCEPTION 'who replayed a message is put down as it is replayed' USING CONSTRAINT = 'endpoints.replayed_by';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER webhook_messages_guard BEFORE UPDATE OR DELETE ON webhook_messages
  FOR EACH ROW EXECUTE FUNCTION webhook_message_guard();

-- Each attempt, and what came back. They go with their message.
CREATE TABLE webhook_attempts (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  message_id bigint      NOT NULL REFERENCES webhook_messages ON DELETE CASCADE,
  at         timestamptz NOT NULL,
  took_ms    int         NOT NULL CHECK (took_ms >= 0),
  status     int,                                      -- of its answer; null: there was none
  problem    jsonb,                                    -- why it failed; null: it was taken
  answer     text        NOT NULL DEFAULT '' CHECK (length(answer) <= 1000)   -- how that begins, without addresses
);
CREATE INDEX webhook_attempts_message ON webhook_attempts (message_id, id);
GRANT SELECT, INSERT ON webhook_attempts TO keur_app;
CREATE TRIGGER webhook_attempts_program BEFORE INSERT ON webhook_attempts
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER webhook_attempts_append_only BEFORE UPDATE ON webhook_attempts
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Whether an endpoint wants events of a type of a label. One that is switched off
-- collects none.
CREATE FUNCTION webhook_wanted(p_type text, p_label int) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM webhook_endpoints e
                  WHERE e.active AND e.removed_at IS NULL AND p_type = ANY (e.types) AND (e.label_id IS NULL OR e.label_id = p_label)
                    AND NOT EXISTS (SELECT FROM webhook_health h WHERE h.endpoint_id = e.id AND h.disabled_at IS NOT NULL))
$$;

-- Notes an event, if anybody wants it. Only the triggers here may.
CREATE FUNCTION webhook_note(p_type text, p_label int, p_data jsonb) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF webhook_wanted(p_type, p_label) THEN
    INSERT INTO webhook_events (type, label_id, data) VALUES (p_type, p_label, p_data);
  END IF;
END
$$;
REVOKE ALL ON FUNCTION webhook_note(text, int, jsonb) FROM PUBLIC;

CREATE FUNCTION webhook_mailing() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM webhook_note(
    'mailing.' || CASE WHEN TG_OP = 'INSERT' THEN 'created' WHEN NEW.state = 'draft' THEN 'drafted' WHEN NEW.state = 'in_review' THEN 'submitted'
                       ELSE NEW.state END,
    NEW.label_id, jsonb_build_object('mailing_id', NEW.id, 'name', NEW.name, 'kind', NEW.kind, 'state', NEW.state));
  RETURN NULL;
END
$$;
CREATE TRIGGER mailings_webhooks AFTER INSERT ON mailings
  FOR EACH ROW EXECUTE FUNCTION webhook_mailing();
CREATE TRIGGER mailings_webhooks_state AFTER UPDATE ON mailings
  FOR EACH ROW WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION webhook_mailing();

CREATE FUNCTION webhook_round() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  m mailings;
BEGIN
  SELECT * INTO m FROM mailings WHERE id = NEW.mailing_id;
  PERFORM webhook_note('approval.' || CASE TG_OP WHEN 'INSERT' THEN 'requested' ELSE NEW.state END, m.label_id,
    jsonb_build_object('round_id', NEW.id, 'mailing_id', m.id, 'name', m.name, 'revision_id', NEW.revision_id,
                       'digest', encode(NEW.digest, 'hex'), 'state', NEW.state, 'audience', NEW.audience));
  RETURN NULL;
END
$$;
CREATE TRIGGER approval_rounds_webhooks AFTER INSERT ON approval_rounds
  FOR EACH ROW EXECUTE FUNCTION webhook_round();
CREATE TRIGGER approval_rounds_webhooks_state AFTER UPDATE ON approval_rounds
  FOR EACH ROW WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION webhook_round();

CREATE FUNCTION webhook_review() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  m mailings;
BEGIN
  SELECT m_.* INTO m FROM approval_rounds r JOIN mailings m_ ON m_.id = r.mailing_id WHERE r.id = NEW.round_id;
  PERFORM webhook_note('approval.reviewed', m.label_id,
    jsonb_build_object('review_id', NEW.id, 'round_id', NEW.round_id, 'mailing_id', m.id, 'name', m.name, 'step', NEW.step,
                       'verdict', NEW.verdict, 'by', coalesce('user:' || NEW.user_id, 'contact:' || NEW.contact_id)));
  RETURN NULL;
END
$$;
CREATE TRIGGER approval_reviews_webhooks AFTER UPDATE ON approval_reviews
  FOR EACH ROW WHEN (NEW.verdict <> OLD.verdict) EXECUTE FUNCTION webhook_review();

-- Of what a send does on its way nobody is told: preflight and freezing.
CREATE FUNCTION webhook_send() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  m mailings;
  before_ text := CASE WHEN TG_OP = 'UPDATE' THEN OLD.state END;
  verb text;
BEGIN
  verb := CASE
    WHEN TG_OP = 'INSERT' THEN 'planned'
    WHEN before_ = 'held' AND NEW.state IN ('preflight', 'sending') THEN 'released'
    WHEN NEW.state = 'sending' AND before_ = 'paused' THEN 'resumed'
    WHEN NEW.state = 'sending' THEN 'started'
    WHEN NEW.state IN ('paused', 'finished', 'held', 'missed', 'cancelled') THEN NEW.state END;
  IF verb IS NULL THEN RETURN NULL; END IF;
  SELECT * INTO m FROM mailings WHERE id = NEW.mailing_id;
  PERFORM webhook_note('send.' || verb, NEW.label_id,
    jsonb_strip_nulls(jsonb_build_object('send_id', NEW.id, 'mailing_id', m.id, 'name', m.name, 'state', NEW.state,
      'slot_at', to_char(NEW.slot_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'audience', NEW.audience,
      'held_reason', CASE verb WHEN 'held' THEN NEW.held_reason END)));
  RETURN NULL;
END
$$;
CREATE TRIGGER sends_webhooks AFTER INSERT ON sends FOR EACH ROW EXECUTE FUNCTION webhook_send();
CREATE TRIGGER sends_webhooks_state AFTER UPDATE ON sends
  FOR EACH ROW WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION webhook_send();

CREATE FUNCTION webhook_tray() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM webhook_note('bounces.waiting', NULL,
    jsonb_build_object('tray_id', NEW.id, 'provider', NEW.provider, 'suppressed', NEW.suppressed, 'delivered', NEW.delivered));
  RETURN NULL;
END
$$;
CREATE TRIGGER bounce_trays_webhooks AFTER INSERT ON bounce_trays FOR EACH ROW EXECUTE FUNCTION webhook_tray();

CREATE FUNCTION webhook_alarm() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM webhook_note('alarm.raised', (SELECT label_id FROM sends WHERE id = NEW.send_id),
    jsonb_strip_nulls(jsonb_build_object('alarm_id', NEW.id, 'kind', NEW.kind, 'provider', NEW.provider, 'domain', NEW.domain,
      'span', NEW.span, 'level', NEW.level, 'events', NEW.events, 'mails', NEW.mails, 'send_id', NEW.send_id)));
  RETURN NULL;
END
$$;
CREATE TRIGGER mail_alarms_webhooks AFTER INSERT ON mail_alarms FOR EACH ROW EXECUTE FUNCTION webhook_alarm();

CREATE FUNCTION webhook_import() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM webhook_note('import.finished', NEW.label_id,
    jsonb_build_object('import_id', NEW.id, 'rows', NEW.rows_total, 'added', NEW.inserted, 'changed', NEW.updated, 'unchanged', NEW.unchanged,
                       'rejected', NEW.rejected));
  RETURN NULL;
END
$$;
CREATE TRIGGER imports_webhooks AFTER UPDATE ON imports
  FOR EACH ROW WHEN (NEW.state = 'finished' AND OLD.state <> 'finished') EXECUTE FUNCTION webhook_import();

-- What members say and what becomes of them. A file of a million is told as one
-- import: who merges it says so for its transactions (keur.bulk).
CREATE FUNCTION webhook_membership() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  of_ memberships := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
  PERFORM webhook_note(
    CASE WHEN TG_OP = 'DELETE' THEN 'member.erased' WHEN of_.mail_consent THEN 'member.subscribed' ELSE 'member.unsubscribed' END,
    of_.label_id, jsonb_build_object('member_id', of_.member_id, 'member_key', of_.member_key));
  RETURN NULL;
END
$$;
CREATE TRIGGER memberships_webhooks AFTER INSERT ON memberships
  FOR EACH ROW WHEN (NEW.mail_consent AND coalesce(current_setting('keur.bulk', true), '') = '') EXECUTE FUNCTION webhook_membership();
CREATE TRIGGER memberships_webhooks_consent AFTER UPDATE OF mail_consent ON memberships
  FOR EACH ROW WHEN (NEW.mail_consent <> OLD.mail_consent AND coalesce(current_setting('keur.bulk', true), '') = '')
  EXECUTE FUNCTION webhook_membership();
CREATE TRIGGER memberships_webhooks_erased AFTER DELETE ON memberships
  FOR EACH ROW EXECUTE FUNCTION webhook_membership();

-- Who is erased loses the publisher's key of them in what was posted: that they are
-- erased is told by it, and no more. Their number stays, of nobody then.
CREATE FUNCTION webhook_forget() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  named text := '"member_id":' || OLD.id || ',"member_key":';
BEGIN
  DELETE FROM webhook_events WHERE type LIKE 'member.%' AND type <> 'member.erased' AND data ->> 'member_id' = OLD.id::text;
  UPDATE webhook_messages SET payload = regexp_replace(payload, '(' || named || E')"(?:[^"\\\\]|\\\\.)*"', E'\\1null', 'g')
   WHERE position(named || '"' IN payload) > 0;
  RETURN NULL;
END
$$;
CREATE TRIGGER members_webhooks_forget AFTER DELETE ON members FOR EACH ROW EXECUTE FUNCTION webhook_forget();

CREATE FUNCTION webhook_suppression() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  of_ suppressions := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
  type_ text := CASE WHEN TG_OP = 'DELETE' THEN 'member.unsuppressed' ELSE 'member.suppressed' END;
  s record;
BEGIN
  IF of_.tray_id IS NOT NULL THEN RETURN NULL; END IF;   -- it waits for a person
  FOR s IN SELECT label_id, member_key FROM memberships
            WHERE member_id = of_.member_id AND label_id IN (SELECT id FROM labels WHERE of_.label_id IN (0, id)) LOOP
    PERFORM webhook_note(type_, s.label_id, jsonb_build_object('member_id', of_.member_id, 'member_key', s.member_key, 'reason', of_.reason));
  END LOOP;
  RETURN NULL;
END
$$;
CREATE TRIGGER suppressions_webhooks AFTER INSERT ON suppressions
  FOR EACH ROW WHEN (NEW.reason <> 'unsubscribe' AND coalesce(current_setting('keur.bulk', true), '') = '')
  EXECUTE FUNCTION webhook_suppression();
CREATE TRIGGER suppressions_webhooks_effect AFTER UPDATE OF tray_id ON suppressions
  FOR EACH ROW WHEN (OLD.tray_id IS NOT NULL AND NEW.tray_id IS NULL) EXECUTE FUNCTION webhook_suppression();
CREATE TRIGGER suppressions_webhooks_lifted AFTER DELETE ON suppressions
  FOR EACH ROW WHEN (OLD.reason <> 'unsubscribe') EXECUTE FUNCTION webhook_suppression();

-- Of deliveries a whole batch is told, once it is done: one row here for some
-- thousand mails. What is settled outside of any batch delivery_guard() tells by
-- itself.
CREATE FUNCTION webhook_batch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM webhook_note('delivery.recorded', label_id, jsonb_build_object('send_id', NEW.send_id, 'month', NEW.send_month, 'part', NEW.part,
                       'first', NEW.first_member, 'last', NEW.last_member))
     FROM sends WHERE id = NEW.send_id;
  RETURN NULL;
END
$$;
CREATE TRIGGER delivery_batches_webhooks AFTER UPDATE ON delivery_batches
  FOR EACH ROW WHEN (NEW.state = 'done' AND OLD.state <> 'done') EXECUTE FUNCTION webhook_batch();

CREATE FUNCTION webhook_settled(p_send bigint, p_month date, p_part int, p_member bigint) RETURNS void LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM webhook_note('delivery.recorded', label_id,
            jsonb_build_object('send_id', p_send, 'month', p_month, 'part', p_part, 'first', p_member, 'last', p_member))
     FROM sends WHERE id = p_send;
END
$$;
REVOKE ALL ON FUNCTION webhook_settled(bigint, date, int, bigint) FROM PUBLIC;

-- What members do comes as its recorder writes it, a group at a time. Whether
-- anybody wants it is asked first: to write it down takes as long as the events do.
CREATE FUNCTION webhook_engagement() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  type_ text := CASE TG_OP WHEN 'INSERT' THEN 'engagement.recorded' ELSE 'engagement.corrected' END;
BEGIN
  IF NOT EXISTS (SELECT FROM webhook_endpoints WHERE active AND removed_at IS NULL AND type_ = ANY (types)) THEN RETURN NULL; END IF;
  PERFORM webhook_note(type_, s.label_id, jsonb_build_object('send_id', f.send_id, 'items', f.items))
     FROM (SELECT send_id, jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                    'id', id, 'member_id', nullif(member_id, 0), 'kind', kind, 'machine', machine, 'link_id', link_id,
                    'at', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) ORDER BY at, id) AS items
             FROM fresh GROUP BY send_id) f
     JOIN sends s ON s.id = f.send_id;
  RETURN NULL;
END
$$;
CREATE TRIGGER events_webhooks AFTER INSERT ON events
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION webhook_engagement();
CREATE TRIGGER events_webhooks_corrected AFTER UPDATE ON events
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION webhook_engagement();
