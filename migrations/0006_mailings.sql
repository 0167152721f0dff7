-- +goose Up
-- Mailings, their immutable revisions, and their sends.

CREATE TABLE mailings (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id    int         NOT NULL REFERENCES labels,
  name        text        NOT NULL CHECK (name <> ''),
  kind        text        NOT NULL CHECK (kind IN ('solo', 'newsletter', 'house')),
  state       text        NOT NULL DEFAULT 'draft'
              CHECK (state IN ('draft', 'in_review', 'changes_requested', 'approved', 'scheduled', 'done', 'cancelled')),
  revision_id bigint,                             -- the newest revision; the only one that can be in review or sent
  created_by  text        NOT NULL DEFAULT current_actor(),
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX mailings_label ON mailings (label_id, id);

CREATE TABLE revisions (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  mailing_id bigint      NOT NULL REFERENCES mailings,
  number     int         NOT NULL,
  content    bytea       NOT NULL,                -- canonical JSON of mailings.Content (RFC 8785)
  -- The database computes the digest itself: it can't disagree with the content.
  digest     bytea       NOT NULL GENERATED ALWAYS AS (sha256(content)) STORED,
  author_id  bigint      NOT NULL REFERENCES users,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (mailing_id, number)
);
CREATE TRIGGER revisions_append_only BEFORE UPDATE OR DELETE ON revisions
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE mailings ADD FOREIGN KEY (revision_id) REFERENCES revisions;

-- What of a revision's content other rooms join on. Same life as the revision.
CREATE TABLE revision_placements (
  revision_id   bigint   NOT NULL REFERENCES revisions,
  key           text     NOT NULL,
  position      smallint NOT NULL,
  campaign_id   bigint   NOT NULL REFERENCES campaigns,
  advertiser_id bigint   NOT NULL REFERENCES advertisers,
  PRIMARY KEY (revision_id, key)
);
CREATE INDEX revision_placements_campaign ON revision_placements (campaign_id);
CREATE INDEX revision_placements_advertiser ON revision_placements (advertiser_id);
CREATE TABLE links (
  id            bigint   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  revision_id   bigint   NOT NULL REFERENCES revisions,
  number        smallint NOT NULL,                -- the index in the compiled template
  url           text     NOT NULL,
  placement_key text     NOT NULL DEFAULT '',     -- empty: the label's own link
  campaign_id   bigint   REFERENCES campaigns,
  subid_parameter text   NOT NULL DEFAULT '',     -- empty: no sub-id is appended
  UNIQUE (revision_id, number)
);
CREATE TRIGGER revision_placements_append_only BEFORE UPDATE OR DELETE ON revision_placements
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER links_append_only BEFORE UPDATE OR DELETE ON links
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE sends (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  mailing_id   bigint      NOT NULL REFERENCES mailings,
  revision_id  bigint      NOT NULL REFERENCES revisions,
  label_id     int         NOT NULL REFERENCES labels,
  slot_local   timestamp   NOT NULL,              -- the label's wall clock: the key of the occurrence
  slot_at      timestamptz NOT NULL,              -- the same moment in UTC
  month        date        NOT NULL,              -- partition of its deliveries and events: first day of the slot's month, UTC
  state        text        NOT NULL DEFAULT 'planned'
               CHECK (state IN ('planned', 'preflight', 'freezing', 'sending', 'paused', 'finished', 'held', 'missed', 'cancelled')),
  held_reason  text        NOT NULL DEFAULT '',   -- why it is, or last was, held: "drift: the audience is …"
  released_by  bigint      REFERENCES users,      -- who released it from that, or gave a missed one a new slot
  deadline_at  timestamptz,                       -- deliveries lapse after this
  waterfall    jsonb,                             -- segments.Waterfall at freezing
  audience     int,                               -- deliveries frozen
  created_at   timestamptz NOT NULL DEFAULT now(),
  frozen_at    timestamptz,
  started_at   timestamptz,
  finished_at  timestamptz,
  CHECK (month = date_trunc('month', slot_at AT TIME ZONE 'UTC')::date)
);
-- One send a slot. A send that was called off before it began leaves its slot
-- free, so that an edited and newly approved mailing may still go out then.
CREATE UNIQUE INDEX sends_slot ON sends (mailing_id, slot_local) WHERE NOT (state = 'cancelled' AND started_at IS NULL);
CREATE INDEX sends_due ON sends (slot_at) WHERE state NOT IN ('finished', 'missed', 'cancelled');
CREATE INDEX sends_revision ON sends (revision_id);
CREATE INDEX sends_label ON sends (label_id, slot_at);

CREATE CONSTRAINT TRIGGER segments_audit AFTER INSERT OR UPDATE ON segments
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_row();
CREATE CONSTRAINT TRIGGER templates_audit AFTER INSERT OR UPDATE ON templates
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_row();
CREATE CONSTRAINT TRIGGER mailings_audit AFTER INSERT OR UPDATE OR DELETE ON mailings
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_row('-updated_at');
CREATE CONSTRAINT TRIGGER revisions_audit AFTER INSERT ON revisions
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_row('content');
CREATE CONSTRAINT TRIGGER sends_audit AFTER INSERT OR UPDATE OR DELETE ON sends
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_row();

GRANT SELECT, INSERT, UPDATE ON mailings, sends TO keur_app;
GRANT SELECT, INSERT ON revisions, revision_placements, links TO keur_app;
