-- Mailings, their immutable revisions, what is typed between two of them, and
-- their sends. What "approved" means stands in 0012_approval.sql.
-- Guards name their own search path, or a temporary table that is called as one
-- of ours would be asked in its place.

CREATE TABLE mailings (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id    int         NOT NULL REFERENCES labels,
  name        text        NOT NULL CHECK (is_name(name)),
  kind        text        NOT NULL CHECK (kind IN ('solo', 'newsletter', 'house')),
  state       text        NOT NULL DEFAULT 'draft'
              CHECK (state IN ('draft', 'in_review', 'changes_requested', 'approved', 'scheduled', 'done', 'cancelled')),
  revision_id bigint,                             -- the newest revision; the only one that can be in review or sent
  copy_of     bigint      REFERENCES mailings,    -- what it began as a copy of
  created_by  text        NOT NULL DEFAULT current_actor(),
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX mailings_label ON mailings (label_id, id);
CREATE TRIGGER mailings_audit AFTER INSERT OR UPDATE OR DELETE ON mailings
  FOR EACH ROW EXECUTE FUNCTION audit_row('-updated_at');
GRANT SELECT, INSERT, UPDATE ON mailings TO keur_app;
CREATE TRIGGER mailings_program BEFORE INSERT OR UPDATE ON mailings
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER mailings_state_guard BEFORE INSERT OR UPDATE ON mailings
  FOR EACH ROW EXECUTE FUNCTION state_guard(
    'new > draft',
    'draft > in_review cancelled',
    'in_review > draft changes_requested approved cancelled',
    'changes_requested > draft in_review cancelled',
    'approved > draft in_review scheduled cancelled',
    'scheduled > draft in_review done cancelled');
CREATE TRIGGER mailings_signed BEFORE INSERT OR UPDATE OF created_by ON mailings
  FOR EACH ROW EXECUTE FUNCTION signed('created_by');

-- When a revision is for, without reading its whole content for it. The
-- function may call itself immutable because the base is in UTF-8 for ever.
CREATE FUNCTION schedule_of(content bytea) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN convert_from(content, 'UTF8')::jsonb -> 'schedule';
CREATE TABLE revisions (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  mailing_id bigint      NOT NULL REFERENCES mailings,
  number     int         NOT NULL,
  content    bytea       NOT NULL,                -- canonical JSON of mailings.Content (RFC 8785)
  -- The database computes the digest itself: it can't disagree with the content.
  digest     bytea       NOT NULL GENERATED ALWAYS AS (sha256(content)) STORED,
  schedule   jsonb       GENERATED ALWAYS AS (schedule_of(content)) STORED,
  author_id  bigint      NOT NULL REFERENCES users,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (mailing_id, number)
);
ALTER TABLE mailings ADD FOREIGN KEY (revision_id) REFERENCES revisions;
-- Whether it is approved to mail those again who got it from a send that was
-- called off under way.
CREATE FUNCTION mails_again(content bytea) RETURNS boolean LANGUAGE sql IMMUTABLE
  RETURN coalesce((convert_from(content, 'UTF8')::jsonb #>> '{audience,mail_again}')::boolean, false);
CREATE TRIGGER revisions_append_only BEFORE UPDATE OR DELETE ON revisions
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER revisions_who BEFORE INSERT ON revisions
  FOR EACH ROW EXECUTE FUNCTION actor_named('user', 'author_id');
CREATE TRIGGER revisions_audit AFTER INSERT ON revisions
  FOR EACH ROW EXECUTE FUNCTION audit_row('-content');   -- the digest tells what it says
GRANT SELECT, INSERT ON revisions TO keur_app;
CREATE TRIGGER revisions_program BEFORE INSERT ON revisions
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

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
CREATE TRIGGER revision_placements_audit AFTER INSERT ON revision_placements
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION audit_set('revision_id');
GRANT SELECT, INSERT ON revision_placements TO keur_app;
CREATE TRIGGER revision_placements_program BEFORE INSERT ON revision_placements
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER revision_placements_append_only BEFORE UPDATE OR DELETE ON revision_placements
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE links (
  id              bigint   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  revision_id     bigint   NOT NULL REFERENCES revisions,
  number          smallint NOT NULL,                -- the index in the compiled template
  url             text     NOT NULL,                -- a member's values as their tags
  parts           text[]   NOT NULL DEFAULT '{}',   -- around these values; empty: all members get the same
  placement_key   text     NOT NULL DEFAULT '',     -- empty: the label's own link
  campaign_id     bigint   REFERENCES campaigns,
  subid_parameter text     NOT NULL DEFAULT '',     -- empty: no sub-id is appended
  UNIQUE (revision_id, number),
  -- Scheme and host are never a member's, or a click would lead wherever they say.
  CONSTRAINT links_host_known CHECK (parts = '{}' OR cardinality(parts) > 1 AND parts[1] ~* '^https?://[^/?#\s\\]+[/?#]')
);
CREATE TRIGGER links_audit AFTER INSERT ON links
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION audit_set('revision_id');
GRANT SELECT, INSERT ON links TO keur_app;
CREATE TRIGGER links_program BEFORE INSERT ON links
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER links_append_only BEFORE UPDATE OR DELETE ON links
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Where the links of a revision ended when it was put up for approval. At its
-- slot they must still end at the same host. The latest of a link counts, and
-- none is added while the mailing is in review or later.
CREATE TABLE link_targets (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  revision_id bigint      NOT NULL REFERENCES revisions,
  url         text        NOT NULL,
  final_url   text        NOT NULL,                 -- empty: nobody answered
  seen_at     timestamptz NOT NULL,
  found       jsonb                                 -- what was wrong with it, which approvers are told
);
CREATE INDEX link_targets_revision ON link_targets (revision_id, id);
CREATE TRIGGER link_targets_audit AFTER INSERT ON link_targets
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION audit_set('revision_id');
GRANT SELECT, INSERT ON link_targets TO keur_app;
CREATE TRIGGER link_targets_program BEFORE INSERT ON link_targets
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER link_targets_append_only BEFORE UPDATE OR DELETE ON link_targets
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE FUNCTION link_target_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM mailings m WHERE m.revision_id = NEW.revision_id AND m.state IN ('draft', 'changes_requested')) THEN
    RAISE EXCEPTION 'where links end is noted before a mailing is put up for approval, and not later'
      USING CONSTRAINT = 'mailings.targets_late';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER link_targets_guard BEFORE INSERT ON link_targets FOR EACH ROW EXECUTE FUNCTION link_target_guard();

-- A revision's placements and links are written with it, and never later.
CREATE FUNCTION revision_part_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM revisions WHERE id = NEW.revision_id AND xmin::text = (pg_current_xact_id()::xid)::text) THEN
    RAISE EXCEPTION 'a revision is immutable: its placements and links are written with it'
      USING CONSTRAINT = 'mailings.revision_immutable';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER revision_placements_guard BEFORE INSERT ON revision_placements FOR EACH ROW EXECUTE FUNCTION revision_part_guard();
CREATE TRIGGER links_guard BEFORE INSERT ON links FOR EACH ROW EXECUTE FUNCTION revision_part_guard();

-- Whom a client's step is asked for follows from the placements, so at commit
-- they must be those of the content that is approved, each under the
-- advertiser whose campaign it is.
CREATE FUNCTION revision_whole() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (
       SELECT FROM json_to_recordset(coalesce(nullif((convert_from(NEW.content, 'UTF8')::json->'placements')::text, 'null'), '[]')::json)
                AS c(key text, campaign_id bigint, advertiser_id bigint)
         FULL JOIN (SELECT p.key, p.campaign_id, p.advertiser_id
                      FROM revision_placements p JOIN campaigns USING (advertiser_id)
                     WHERE p.revision_id = NEW.id AND campaigns.id = p.campaign_id) p USING (key, campaign_id, advertiser_id)
        WHERE c.key IS NULL OR p.key IS NULL) THEN
    RAISE EXCEPTION 'the placements of a revision are those of its content' USING CONSTRAINT = 'mailings.placements_of_content';
  END IF;
  -- Go takes "Placements" for "placements"; what reads it here doesn't.
  IF EXISTS (SELECT FROM (SELECT convert_from(NEW.content, 'UTF8')::jsonb AS content OFFSET 0) r
              CROSS JOIN unnest(ARRAY['$', '$.label', '$.subjects[*]', '$.sender', '$.template', '$.placements[*]', '$.placements[*].gmail', '$.attachments[*]', '$.audience', '$.schedule']::jsonpath[]) AS path
              CROSS JOIN jsonb_path_query(r.content, path) AS part
              CROSS JOIN jsonb_object_keys(CASE jsonb_typeof(part) WHEN 'object' THEN part ELSE '{}' END) AS name
              WHERE name COLLATE "C" !~ '^[a-z0-9_]+$') THEN
    RAISE EXCEPTION 'the content of a revision is written as the program writes it' USING CONSTRAINT = 'mailings.content_form';
  END IF;
  -- Of a name that comes twice SQL reads the last, and Go joins both.
  IF EXISTS (WITH RECURSIVE part(v) AS (
               SELECT convert_from(NEW.content, 'UTF8')::json
                UNION ALL
               SELECT inner_.v FROM part CROSS JOIN LATERAL (
                 SELECT value AS v FROM json_each(CASE json_typeof(part.v) WHEN 'object' THEN part.v ELSE '{}' END)
                  UNION ALL
                 SELECT value FROM json_array_elements(CASE json_typeof(part.v) WHEN 'array' THEN part.v ELSE '[]' END)) inner_
                WHERE json_typeof(inner_.v) IN ('object', 'array'))
             SELECT FROM part
              CROSS JOIN LATERAL (SELECT count(*) AS all_, count(DISTINCT key) AS distinct_
                                    FROM json_object_keys(CASE json_typeof(part.v) WHEN 'object' THEN part.v ELSE '{}' END) key) k
              WHERE k.all_ > k.distinct_) THEN
    RAISE EXCEPTION 'the content of a revision is written as the program writes it' USING CONSTRAINT = 'mailings.content_form';
  END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER revisions_whole AFTER INSERT ON revisions
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION revision_whole();

-- Which segments a revision's audience names, so that a segment knows where it
-- is used without reading what every revision says. Same life as the revision.
CREATE TABLE revision_segments (
  segment_id  bigint  NOT NULL,                   -- nobody deletes a segment
  revision_id bigint  NOT NULL REFERENCES revisions,
  exclude     boolean NOT NULL,                   -- its members are left out
  version     int     NOT NULL,                   -- of the segment: the revision has its rule by value
  PRIMARY KEY (segment_id, revision_id, exclude)
);
CREATE TRIGGER revision_segments_audit AFTER INSERT ON revision_segments
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION audit_set('revision_id');
GRANT SELECT ON revision_segments TO keur_app;
COMMENT ON TABLE revision_segments IS 'Written only by the trigger revisions_segments; the application can''t write here, so it is never wrong.';

CREATE FUNCTION segments_named(revision bigint, content bytea) RETURNS SETOF revision_segments
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT DISTINCT ON (1, 3) (ref->>'id')::bigint, revision, exclude, (ref->>'version')::int
    FROM (SELECT convert_from(content, 'UTF8')::jsonb->'audience' AS audience OFFSET 0) c
   CROSS JOIN LATERAL (
         SELECT ref, false AS exclude FROM jsonb_path_query(audience, '$.segments[*]') ref
          UNION ALL
         SELECT ref, true FROM jsonb_path_query(audience, '$.exclude[*]') ref) named
   WHERE (ref->>'id')::bigint > 0   -- 0: a rule of the mailing's own
   ORDER BY 1, 3, 4 DESC
$$;

CREATE FUNCTION note_segments() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO revision_segments SELECT * FROM segments_named(NEW.id, NEW.content);
  RETURN NULL;
END
$$;
CREATE TRIGGER revisions_segments AFTER INSERT ON revisions
  FOR EACH ROW EXECUTE FUNCTION note_segments();
CREATE TRIGGER revision_segments_append_only BEFORE UPDATE OR DELETE ON revision_segments
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- PDFs that go with mails. Content-addressed: the same file is stored once.
CREATE TABLE attachments (
  hash       bytea       PRIMARY KEY CHECK (length(hash) = 32),   -- SHA-256 of bytes
  bytes      bytea       NOT NULL CHECK (octet_length(bytes) <= 5242880 AND substr(bytes, 1, 5) = '%PDF-'),
  pages      smallint    NOT NULL CHECK (pages BETWEEN 1 AND 100),
  links      jsonb       NOT NULL CHECK (jsonb_typeof(links) = 'array'), -- addresses of its links
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK (hash = sha256(bytes))
);
-- The hash, which the trail tells, says what the bytes are.
CREATE TRIGGER attachments_audit AFTER INSERT OR UPDATE OR DELETE ON attachments
  FOR EACH ROW EXECUTE FUNCTION audit_row('-bytes');
GRANT SELECT, INSERT ON attachments TO keur_app;
CREATE TRIGGER attachments_program BEFORE INSERT ON attachments
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER attachments_fixed BEFORE UPDATE OR DELETE ON attachments FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- For which label somebody brought a file: its users may see and attach it.
CREATE TABLE attachment_uploads (
  hash        bytea NOT NULL REFERENCES attachments,
  label_id    int   NOT NULL REFERENCES labels,
  uploaded_by text  NOT NULL DEFAULT current_actor(),
  PRIMARY KEY (hash, label_id, uploaded_by)
);
CREATE TRIGGER attachment_uploads_audit AFTER INSERT OR UPDATE OR DELETE ON attachment_uploads
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT ON attachment_uploads TO keur_app;
CREATE TRIGGER attachment_uploads_program BEFORE INSERT ON attachment_uploads
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER attachment_uploads_signed BEFORE INSERT ON attachment_uploads
  FOR EACH ROW EXECUTE FUNCTION signed('uploaded_by');
CREATE TRIGGER attachment_uploads_fixed BEFORE UPDATE OR DELETE ON attachment_uploads FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- The files of a revision, as its content has them: of its label, and each with
-- its own size, under a name that means a PDF to every program (attachments.ValidName).
-- Same life as the revision.
CREATE TABLE revision_attachments (
  revision_id bigint   NOT NULL REFERENCES revisions,
  number      smallint NOT NULL CHECK (number BETWEEN 1 AND 5),
  hash        bytea    NOT NULL REFERENCES attachments,
  name        text     NOT NULL CHECK (is_name(name) AND name ~* '.\.pdf$' AND name !~ '[/\\:*?"<>|]' AND name !~ '^\.'),
  PRIMARY KEY (revision_id, number),
  UNIQUE (revision_id, hash)
);
CREATE UNIQUE INDEX revision_attachments_name ON revision_attachments (revision_id, lower(name));
CREATE TRIGGER revision_attachments_audit AFTER INSERT ON revision_attachments
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION audit_set('revision_id');
GRANT SELECT ON revision_attachments TO keur_app;
COMMENT ON TABLE revision_attachments IS 'Written only by the trigger revisions_attachments; the application can''t write here, so it is never wrong.';
CREATE TRIGGER revision_attachments_append_only BEFORE UPDATE OR DELETE ON revision_attachments
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION note_attachments() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  listed jsonb := coalesce(convert_from(NEW.content, 'UTF8')::jsonb->'attachments', '[]');
BEGIN
  IF jsonb_typeof(listed) <> 'array' OR EXISTS (
       SELECT FROM jsonb_array_elements(listed) f
        WHERE NOT EXISTS (SELECT FROM attachments a JOIN attachment_uploads u ON u.hash = a.hash JOIN mailings m ON m.label_id = u.label_id
                           WHERE m.id = NEW.mailing_id AND encode(a.hash, 'hex') = f->>'hash' AND octet_length(a.bytes) = (f->>'size')::int
                              AND a.pages = (f->>'pages')::int AND a.links = coalesce(f->'links', '[]'))) THEN
    RAISE EXCEPTION 'a mailing''s attachments are files that were brought for its label' USING CONSTRAINT = 'mailings.attachments_of_label';
  END IF;
  INSERT INTO revision_attachments (revision_id, number, hash, name)
  SELECT NEW.id, n, decode(f->>'hash', 'hex'), f->>'name' FROM jsonb_array_elements(listed) WITH ORDINALITY AS l(f, n);
  RETURN NULL;
END
$$;
CREATE TRIGGER revisions_attachments AFTER INSERT ON revisions
  FOR EACH ROW EXECUTE FUNCTION note_attachments();

-- What planners type between two revisions of a mailing: saved at every pause,
-- without a revision for each, and without that any approval falls yet.
CREATE TABLE working_copies (
  mailing_id bigint   PRIMARY KEY REFERENCES mailings,
  based_on   bigint   REFERENCES revisions,       -- null: before the first
  brief      jsonb    NOT NULL,                   -- mailings.Brief
  changes    jsonb    NOT NULL,                   -- by part: version, by whom, when
  version    int      NOT NULL,
  editors    bigint[] NOT NULL                    -- everyone who changed anything in it; see below
);
-- Who writes in it is on the trail, and not each pause of it.
CREATE TRIGGER working_copies_audit AFTER INSERT OR UPDATE OR DELETE ON working_copies
  FOR EACH ROW EXECUTE FUNCTION audit_row('-based_on', '-brief', '-changes', '-version');
GRANT SELECT, INSERT, UPDATE, DELETE ON working_copies TO keur_app;
CREATE TRIGGER working_copies_program BEFORE INSERT OR UPDATE OR DELETE ON working_copies
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- Whom a mailing places as it stands: by its working copy while it is written, or
-- else as it was put up.
CREATE VIEW placed_advertisers AS
SELECT m.id AS mailing_id, p.advertiser_id
  FROM mailings m
  JOIN revision_placements p USING (revision_id)
 WHERE m.state NOT IN ('draft', 'changes_requested') OR NOT EXISTS (SELECT FROM working_copies w WHERE w.mailing_id = m.id)
UNION
SELECT m.id, c.advertiser_id
  FROM mailings m
  JOIN working_copies w ON w.mailing_id = m.id
  CROSS JOIN jsonb_array_elements(w.brief -> 'placements') p
  JOIN campaigns c ON c.id = (p ->> 'campaign_id')::bigint
 WHERE m.state IN ('draft', 'changes_requested');
GRANT SELECT ON placed_advertisers TO keur_app;

-- Whoever changes a working copy is put down in it: the actor, and nobody else.
CREATE FUNCTION working_copy_signed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  by_ bigint := CASE WHEN current_actor() ~ '^user:[0-9]{1,18}$' THEN substr(current_actor(), 6)::bigint END;
BEGIN
  IF by_ IS NULL THEN RAISE EXCEPTION 'only a user changes a working copy, and % is acting', current_actor()
    USING CONSTRAINT = 'mailings.working_copy_user', DETAIL = jsonb_build_object('actor', current_actor()); END IF;
  NEW.editors := CASE WHEN TG_OP = 'UPDATE' THEN OLD.editors ELSE '{}' END;
  IF NOT by_ = ANY (NEW.editors) THEN NEW.editors := NEW.editors || by_; END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER working_copies_signed BEFORE INSERT OR UPDATE ON working_copies
  FOR EACH ROW EXECUTE FUNCTION working_copy_signed();

-- Blocks that a label keeps out of its mailings, to begin a placement of another one
-- with: copied there by value. What one says never changes, so that its writers
-- (0019_authors.sql) are those of these very bytes. Written by mailings/blocks.
CREATE TABLE saved_blocks (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id    int         NOT NULL REFERENCES labels,
  mailing_id  bigint      NOT NULL REFERENCES mailings,    -- out of which it was kept
  name        text        NOT NULL CHECK (is_name(name)),
  says        jsonb       NOT NULL CHECK (jsonb_typeof(says) = 'object'),   -- mailings.BriefPlacement
  campaign_id bigint      NOT NULL GENERATED ALWAYS AS ((says ->> 'campaign_id')::bigint) STORED REFERENCES campaigns,
  created_by  text        NOT NULL DEFAULT current_actor(),
  created_at  timestamptz NOT NULL DEFAULT now(),
  removed_at  timestamptz
);
CREATE UNIQUE INDEX saved_blocks_name ON saved_blocks (label_id, lower(name)) WHERE removed_at IS NULL;
CREATE TRIGGER saved_blocks_person BEFORE INSERT OR UPDATE OR DELETE ON saved_blocks
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER saved_blocks_signed BEFORE INSERT OR UPDATE OF created_by ON saved_blocks
  FOR EACH ROW EXECUTE FUNCTION signed('created_by');
CREATE TRIGGER saved_blocks_ends BEFORE UPDATE ON saved_blocks FOR EACH ROW EXECUTE FUNCTION ends_once('removed_at');
CREATE TRIGGER saved_blocks_audit AFTER INSERT OR UPDATE OR DELETE ON saved_blocks
  FOR EACH ROW EXECUTE FUNCTION audit_row('says');
GRANT SELECT, INSERT (label_id, mailing_id, name, says), UPDATE (name, removed_at) ON saved_blocks TO keur_app;

CREATE FUNCTION saved_block_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM mailings m JOIN campaigns c ON c.label_id = m.label_id
                  WHERE m.id = NEW.mailing_id AND m.label_id = NEW.label_id AND c.id = (NEW.says ->> 'campaign_id')::bigint) THEN
    RAISE EXCEPTION 'a block is of the label of its mailing and campaign' USING CONSTRAINT = 'blocks.other_label';
  END IF;
  IF coalesce((NEW.says ->> 'voucher_pool_id')::bigint, 0) <> 0 AND NOT EXISTS (
       SELECT FROM voucher_pools p WHERE p.id = (NEW.says ->> 'voucher_pool_id')::bigint AND p.campaign_id = (NEW.says ->> 'campaign_id')::bigint) THEN
    RAISE EXCEPTION 'the codes of this placement aren''t of its campaign; choose others or none first' USING CONSTRAINT = 'blocks.other_pool';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER saved_blocks_guard BEFORE INSERT ON saved_blocks FOR EACH ROW EXECUTE FUNCTION saved_block_guard();

-- Who worked on a revision without being the one who saved it. What is new in it
-- they wrote together (0019_authors.sql).
CREATE TABLE revision_editors (
  revision_id bigint NOT NULL REFERENCES revisions,
  user_id     bigint NOT NULL REFERENCES users,
  PRIMARY KEY (revision_id, user_id)
);
CREATE TRIGGER revision_editors_audit AFTER INSERT ON revision_editors
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION audit_set('revision_id');
GRANT SELECT ON revision_editors TO keur_app;
COMMENT ON TABLE revision_editors IS 'Written only by the trigger revisions_editors; the application can''t leave an editor out.';
CREATE TRIGGER revision_editors_append_only BEFORE UPDATE OR DELETE ON revision_editors
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION revision_editors_kept() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO revision_editors (revision_id, user_id)
  SELECT NEW.id, e FROM working_copies w, unnest(w.editors) e WHERE w.mailing_id = NEW.mailing_id;
  RETURN NEW;
END
$$;
CREATE TRIGGER revisions_editors AFTER INSERT ON revisions FOR EACH ROW EXECUTE FUNCTION revision_editors_kept();

-- Who has a mailing open right now. Worth nothing after a crash, so it isn't logged.
CREATE UNLOGGED TABLE presences (
  mailing_id bigint      NOT NULL REFERENCES mailings,
  user_id    bigint      NOT NULL REFERENCES users,
  step       text        NOT NULL,
  seen_at    timestamptz NOT NULL,
  PRIMARY KEY (mailing_id, user_id)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON presences TO keur_app;
CREATE TRIGGER presences_program BEFORE INSERT OR UPDATE OR DELETE ON presences
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- A row here, which only the owner can write, says that the base goes by its
-- programs' clocks: those of tests and of the demo are moved. In any other base
-- what is due is so by PostgreSQL's own clock, whatever a program says.
CREATE TABLE moved_clock (one boolean PRIMARY KEY DEFAULT true CHECK (one));
CREATE TRIGGER moved_clock_audit AFTER INSERT OR UPDATE OR DELETE ON moved_clock
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT ON moved_clock TO keur_app;
CREATE FUNCTION has_come(at timestamptz) RETURNS boolean LANGUAGE sql VOLATILE SET search_path = public, pg_temp AS $$
  SELECT at <= clock_timestamp() OR EXISTS (SELECT FROM moved_clock)
$$;
-- When something is decided that is decided now, whatever a program says.
CREATE FUNCTION decided_now(said timestamptz) RETURNS timestamptz LANGUAGE sql VOLATILE SET search_path = public, pg_temp AS $$
  SELECT CASE WHEN EXISTS (SELECT FROM moved_clock) THEN said ELSE clock_timestamp() END
$$;

-- Which requests put a revision up, approved it and let its sends go, where spans
-- are told to a collector, so that those of its sends can name them as their causes
-- (W3C Trace Context). It decides nothing.
CREATE TABLE revision_causes (
  revision_id bigint NOT NULL REFERENCES revisions,
  act         text   NOT NULL CHECK (act IN ('put_up', 'approved', 'let_go')),
  traceparent text   NOT NULL CHECK (traceparent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$'),
  PRIMARY KEY (revision_id, act)
);
GRANT SELECT, INSERT, UPDATE (traceparent) ON revision_causes TO keur_app;
CREATE TRIGGER revision_causes_program BEFORE INSERT OR UPDATE ON revision_causes
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- One occurrence of a mailing. A send that a guard held, or that missed its
-- slot, waits for a person, so people are told of it. That they were stands with
-- the send: each stop is told once, whoever stopped it and whenever somebody
-- gets round to telling.
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
  held_reason  jsonb,                             -- why it is, or last was, held: {"key": "hold.drift", "args": {…}}
  held_at      timestamptz,                       -- when it was held last …
  mended_at    timestamptz,                       -- … and, while it is held for its links, since when these are known to work again: people were told with it
  stop_told    boolean     NOT NULL DEFAULT true, -- false: held, missed, or ended with lapsed mail, and nobody was told yet
  released_by  bigint      REFERENCES users,      -- who released it from that, or gave a missed one a new slot
  paused_by    bigint      REFERENCES users,      -- who paused it last …
  paused_at    timestamptz,                       -- … and when
  deadline_at  timestamptz,                       -- deliveries lapse after this
  waterfall    jsonb,                             -- segments.Waterfall at freezing
  audience     int,                               -- deliveries frozen
  created_at   timestamptz NOT NULL DEFAULT now(),
  frozen_at    timestamptz,
  opens_at     timestamptz,                       -- set with frozen_at: from when its hours let its mail leave
  started_at   timestamptz,
  finished_at  timestamptz,
  reported     boolean     NOT NULL DEFAULT false, -- its route's server posts what becomes of each mail: noted by sends_reported()
  -- Written by deliveries_seal() alone: the members frozen, those of them who
  -- get mail, and SHA-256 over all their numbers, ascending, eight bytes each.
  sealed_count   int,
  sealed_queued  int,
  sealed_kept    int,                             -- of these, whom the approval names; null: it is for what recurs
  sealed_members bytea,
  CHECK (mended_at IS NULL OR (state = 'held' AND held_reason->>'key' = 'hold.links' AND mended_at >= held_at) IS TRUE),
  CHECK (month = date_trunc('month', slot_at AT TIME ZONE 'UTC')::date)
);
-- One send a slot. A send that was called off before it began leaves its slot
-- free, so that an edited and newly approved mailing may still go out then.
CREATE UNIQUE INDEX sends_slot ON sends (mailing_id, slot_local) WHERE NOT (state = 'cancelled' AND started_at IS NULL);
CREATE INDEX sends_due ON sends (slot_at) WHERE state NOT IN ('finished', 'missed', 'cancelled');
CREATE INDEX sends_untold ON sends (id) WHERE NOT stop_told;
CREATE INDEX sends_revision ON sends (revision_id);
CREATE INDEX sends_label ON sends (label_id, slot_at);
-- Sends of one mailing, and of all labels by their slot.
CREATE INDEX sends_mailing ON sends (mailing_id, id);
CREATE INDEX sends_slot_at ON sends (slot_at, id);
-- The trail tells of the stop, and needn't tell of the mail about it.
CREATE TRIGGER sends_audit AFTER INSERT OR UPDATE OR DELETE ON sends
  FOR EACH ROW EXECUTE FUNCTION audit_row('-stop_told');
-- What a send is about and what it was sealed with is nobody's to change.
GRANT SELECT, INSERT, UPDATE (state, held_reason, held_at, mended_at, stop_told, released_by, waterfall, audience, frozen_at, opens_at, started_at, finished_at) ON sends TO keur_app;
CREATE TRIGGER sends_program BEFORE INSERT OR UPDATE ON sends
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
-- Whether what becomes of its mail is posted, as its label's route was when it began.
CREATE FUNCTION sends_reported() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  NEW.reported := TG_OP = 'UPDATE' AND EXISTS (
    SELECT FROM labels l JOIN smtp_routes r ON r.id = l.smtp_route_id WHERE l.id = NEW.label_id AND r.reports);
  RETURN NEW;
END
$$;
CREATE TRIGGER sends_reported_never BEFORE INSERT ON sends FOR EACH ROW EXECUTE FUNCTION sends_reported();
CREATE TRIGGER sends_reported BEFORE UPDATE ON sends
  FOR EACH ROW WHEN (NEW.state = 'sending' AND OLD.started_at IS NULL) EXECUTE FUNCTION sends_reported();
CREATE TRIGGER sends_state_guard BEFORE INSERT OR UPDATE ON sends
  FOR EACH ROW EXECUTE FUNCTION state_guard(
    'new > planned',
    'planned > preflight held missed cancelled',
    'preflight > planned freezing held missed cancelled',
    'freezing > preflight sending held missed cancelled',
    'sending > paused held finished cancelled',
    'paused > sending held finished cancelled',
    'held > preflight sending cancelled',
    'missed > cancelled');

-- The sends of a mailing that are of the same occurrence as its next one, when
-- that goes out once: each that began and was to go out once, whatever became of
-- it, and of what recurred each that isn't finished, and none after it.
CREATE FUNCTION begun_sends(p_mailing bigint) RETURNS TABLE (id bigint, month date) LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
  SELECT s.id, s.month FROM sends s JOIN revisions r ON r.id = s.revision_id
   WHERE s.mailing_id = p_mailing AND s.started_at IS NOT NULL
     AND (r.schedule->>'kind' = 'once' OR s.state <> 'finished'
          AND NOT EXISTS (SELECT FROM sends f WHERE f.mailing_id = p_mailing AND f.state = 'finished' AND f.slot_at > s.slot_at))
$$;

CREATE FUNCTION note_stop() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  NEW.stop_told := NEW.state = 'finished' AND NOT EXISTS (SELECT FROM outcomes WHERE send_id = NEW.id AND measure = 'lapsed' AND n > 0);
  RETURN NEW;
END
$$;
CREATE TRIGGER sends_stop BEFORE UPDATE ON sends
  FOR EACH ROW WHEN (NEW.state IN ('held', 'missed', 'finished') AND NEW.state <> OLD.state) EXECUTE FUNCTION note_stop();

-- The first moment at which mail of a slot may leave: the slot, or, where it was
-- approved by the members' own clocks, when the furthest east show it.
CREATE FUNCTION slot_begins(p_revision bigint, p_local timestamp, p_at timestamptz) RETURNS timestamptz LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
  SELECT CASE WHEN (schedule->>'member_local')::boolean THEN least(p_at, p_local AT TIME ZONE 'Etc/GMT-14') ELSE p_at END
    FROM revisions WHERE id = p_revision
$$;

-- And the last: the slot, or when the furthest west show it.
CREATE FUNCTION slot_ends(p_revision bigint, p_local timestamp, p_at timestamptz) RETURNS timestamptz LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
  SELECT CASE WHEN (schedule->>'member_local')::boolean THEN greatest(p_at, p_local AT TIME ZONE 'Etc/GMT+12') ELSE p_at END
    FROM revisions WHERE id = p_revision
$$;

-- A send can't be created or go forward unless its revision is approved.
CREATE FUNCTION send_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF (NEW.mailing_id, NEW.revision_id, NEW.label_id, NEW.slot_local, NEW.slot_at, NEW.month, NEW.deadline_at)
       IS DISTINCT FROM (OLD.mailing_id, OLD.revision_id, OLD.label_id, OLD.slot_local, OLD.slot_at, OLD.month, OLD.deadline_at) THEN
      RAISE EXCEPTION 'what a send is about can''t be changed' USING CONSTRAINT = 'mailings.send_fixed';
    END IF;
    IF OLD.started_at IS NOT NULL AND NEW.started_at IS DISTINCT FROM OLD.started_at
       OR OLD.frozen_at IS NOT NULL AND (NEW.frozen_at, NEW.audience, NEW.opens_at, NEW.waterfall) IS DISTINCT FROM (OLD.frozen_at, OLD.audience, OLD.opens_at, OLD.waterfall)
       OR NEW.state = OLD.state AND NEW.finished_at IS DISTINCT FROM OLD.finished_at THEN
      RAISE EXCEPTION 'when a send was frozen, began and ended, and its audience, can''t be changed' USING CONSTRAINT = 'mailings.send_frozen';
    END IF;
    IF NEW.frozen_at IS DISTINCT FROM OLD.frozen_at AND (OLD.state <> 'freezing' OR NEW.audience IS DISTINCT FROM coalesce(NEW.sealed_queued, 0)) THEN
      RAISE EXCEPTION 'an audience is frozen while its send is freezing, and counted by its deliveries'
        USING CONSTRAINT = 'mailings.audience_freezing';
    END IF;
    IF NEW.state = OLD.state THEN RETURN NEW; END IF;
    IF OLD.state IN ('held', 'missed') AND NEW.state <> 'cancelled' AND lets_go(NEW.revision_id, NEW.released_by) IS NOT TRUE THEN
      RAISE EXCEPTION 'a send that is % goes on only when an approver who made no part of it releases it', OLD.state USING CONSTRAINT = 'mailings.release_by_approver', DETAIL = jsonb_build_object('state', OLD.state);
    END IF;
    IF NEW.state = 'sending' AND (NEW.frozen_at IS NULL OR NEW.started_at IS NULL) THEN RAISE EXCEPTION 'a send starts after its audience is frozen'
      USING CONSTRAINT = 'mailings.starts_frozen'; END IF;
    IF NEW.state = 'sending' AND NOT has_come(slot_begins(NEW.revision_id, NEW.slot_local, NEW.slot_at)) THEN
      RAISE EXCEPTION 'a send doesn''t start before its slot' USING CONSTRAINT = 'mailings.starts_at_slot';
    END IF;
    IF (NEW.state = 'sending' OR OLD.state = 'held' AND NEW.state <> 'cancelled'
        OR OLD.state = 'missed' AND NEW.released_by IS DISTINCT FROM OLD.released_by)
       AND EXISTS (SELECT FROM revision_placements p JOIN advertisers a ON a.id = p.advertiser_id
                                          WHERE p.revision_id = NEW.revision_id AND a.stopped_at IS NOT NULL) THEN
      RAISE EXCEPTION 'an advertiser in this mailing is stopped, so it is not sent' USING CONSTRAINT = 'approval.advertiser_stopped';
    END IF;
  ELSIF NOT EXISTS (SELECT FROM revisions r JOIN mailings m ON m.id = r.mailing_id
                     WHERE r.id = NEW.revision_id AND m.id = NEW.mailing_id AND m.label_id = NEW.label_id) THEN
    RAISE EXCEPTION 'a send names a revision of its own mailing and label' USING CONSTRAINT = 'mailings.send_revision';
  ELSIF num_nonnulls(NEW.frozen_at, NEW.opens_at, NEW.started_at, NEW.finished_at, NEW.audience, NEW.waterfall, NEW.sealed_count, NEW.sealed_queued, NEW.sealed_kept, NEW.sealed_members, NEW.held_reason, NEW.held_at, NEW.mended_at) > 0 THEN
    RAISE EXCEPTION 'a new send has no audience yet, and nothing held it' USING CONSTRAINT = 'mailings.send_new';
  ELSIF NEW.released_by IS NOT NULL AND lets_go(NEW.revision_id, NEW.released_by) IS NOT TRUE THEN
    RAISE EXCEPTION 'a new slot is given to a send that missed its own, by an approver who made no part of it' USING CONSTRAINT = 'mailings.new_slot_by_approver';
  END IF;
  IF NEW.state IN ('planned', 'preflight', 'freezing', 'sending') AND NOT revision_is_approved(NEW.revision_id) THEN
    RAISE EXCEPTION 'this revision is not approved by everyone who must approve it' USING CONSTRAINT = 'approval.this_revision_not_approved';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER sends_guard BEFORE INSERT OR UPDATE ON sends FOR EACH ROW EXECUTE FUNCTION send_guard();
CREATE TRIGGER sends_no_delete BEFORE DELETE ON sends FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER sends_who BEFORE UPDATE ON sends
  FOR EACH ROW WHEN (NEW.released_by IS DISTINCT FROM OLD.released_by OR (OLD.state IN ('held', 'missed') AND NEW.state NOT IN ('held', 'missed', 'cancelled')))
  EXECUTE FUNCTION actor_named('user', 'released_by');
CREATE TRIGGER sends_who_first BEFORE INSERT ON sends
  FOR EACH ROW EXECUTE FUNCTION actor_named('user', 'released_by');

-- What a held send was let go on from, as it was shown to who released it: the
-- reason with its numbers. It excuses that, and what is near to it, and nothing
-- else; a trigger writes it.
CREATE TABLE send_releases (
  id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  send_id bigint      NOT NULL REFERENCES sends,
  reason  jsonb       NOT NULL,                   -- sends.held_reason
  user_id bigint      NOT NULL REFERENCES users,
  made_at timestamptz NOT NULL DEFAULT now(),
  proven_by text      NOT NULL,                   -- how they proved to be who they are …
  token_id  bigint    REFERENCES api_tokens       -- … and by which API token; null: by none
);
CREATE INDEX send_releases_send ON send_releases (send_id, id);
GRANT SELECT ON send_releases TO keur_app;
CREATE TRIGGER send_releases_audit AFTER INSERT ON send_releases FOR EACH ROW EXECUTE FUNCTION audit_row();
CREATE TRIGGER send_releases_append_only BEFORE UPDATE OR DELETE ON send_releases FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE FUNCTION send_released() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO send_releases (send_id, reason, user_id, proven_by, token_id)
  VALUES (NEW.id, OLD.held_reason, NEW.released_by, coalesce(fresh_proof(), 'session'), acting_token());
  RETURN NULL;
END
$$;
CREATE TRIGGER sends_released AFTER UPDATE ON sends
  FOR EACH ROW WHEN (OLD.state = 'held' AND NEW.state IN ('preflight', 'sending')) EXECUTE FUNCTION send_released();

-- Why a send is held is written as it is held, and stays.
CREATE FUNCTION held_reason_fixed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'why a send is held is fixed as it is held' USING CONSTRAINT = 'mailings.held_reason_fixed';
END
$$;
CREATE TRIGGER sends_held_reason BEFORE UPDATE ON sends
  FOR EACH ROW WHEN ((NEW.held_reason, NEW.held_at) IS DISTINCT FROM (OLD.held_reason, OLD.held_at) AND (NEW.state <> 'held' OR OLD.state = 'held'))
  EXECUTE FUNCTION held_reason_fixed();

-- Deliveries that were sealed are those of a frozen send, by the end of their
-- transaction: nobody puts some in beforehand.
CREATE FUNCTION send_sealed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM sends WHERE id = NEW.id AND frozen_at IS NULL) THEN
    RAISE EXCEPTION 'deliveries are made in the transaction that freezes their send' USING CONSTRAINT = 'mailings.deliveries_frozen';
  END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER sends_sealed AFTER UPDATE ON sends DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.sealed_count IS DISTINCT FROM OLD.sealed_count) EXECUTE FUNCTION send_sealed();

CREATE FUNCTION send_given_up() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'all that this send had to deliver has lapsed, so it gets no new slot' USING CONSTRAINT = 'mailings.all_lapsed';
END
$$;
CREATE TRIGGER sends_given_up BEFORE UPDATE ON sends
  FOR EACH ROW WHEN (OLD.state = 'missed' AND NEW.released_by IS DISTINCT FROM OLD.released_by AND NEW.finished_at >= OLD.deadline_at)
  EXECUTE FUNCTION send_given_up();

-- A mailing can't call itself approved or scheduled without an approved round
-- either, and a new revision makes it a draft again. While a send is under way
-- it is neither edited nor called off.
CREATE FUNCTION mailing_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  s record;
BEGIN
  IF (NEW.label_id, NEW.kind) IS DISTINCT FROM (OLD.label_id, OLD.kind) THEN
    RAISE EXCEPTION 'a mailing keeps its label and its kind: its approvers are the label''s' USING CONSTRAINT = 'mailings.label_stays';
  END IF;
  IF NEW.revision_id IS DISTINCT FROM OLD.revision_id AND NEW.state IN ('in_review', 'approved', 'scheduled') THEN
    RAISE EXCEPTION 'an edited mailing is a draft again' USING CONSTRAINT = 'mailings.edited_is_draft';
  END IF;
  IF NEW.state = 'in_review' AND OLD.state IN ('approved', 'scheduled') AND NOT EXISTS (
       SELECT FROM approval_rounds o WHERE o.mailing_id = NEW.id AND o.state = 'open'
          AND NOT EXISTS (SELECT FROM approval_rounds r WHERE r.mailing_id = NEW.id AND r.state = 'approved')) THEN
    RAISE EXCEPTION 'an approved mailing is in review again only when its approval has ended and its renewal is open'
      USING CONSTRAINT = 'mailings.review_of_renewal';
  END IF;
  IF (NEW.state IN ('draft', 'cancelled') OR OLD.state <> 'draft' AND NEW.state = 'in_review') AND NEW.state <> OLD.state
     OR NEW.revision_id IS DISTINCT FROM OLD.revision_id THEN
    SELECT to_char(slot_local, 'YYYY-MM-DD"T"HH24:MI:SS') AS slot, state INTO s FROM sends
     WHERE mailing_id = NEW.id AND started_at IS NOT NULL AND state NOT IN ('finished', 'cancelled', 'missed') ORDER BY id LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION 'the send of % is under way (%); cancel that send first', s.slot, s.state
        USING CONSTRAINT = 'mailings.send_under_way', DETAIL = jsonb_build_object('slot', s.slot, 'state', s.state);
    END IF;
  END IF;
  IF NEW.state IN ('approved', 'scheduled') AND NOT EXISTS (
       SELECT FROM approval_rounds r WHERE r.mailing_id = NEW.id AND r.revision_id = NEW.revision_id AND r.state = 'approved' AND round_is_complete(r.id)) THEN
    RAISE EXCEPTION 'this mailing is not approved by everyone who must approve it' USING CONSTRAINT = 'approval.mailing_not_approved';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER mailings_guard BEFORE UPDATE ON mailings FOR EACH ROW EXECUTE FUNCTION mailing_guard();

-- A mailing that is edited, sent back or called off takes its approval with it,
-- and one that is done the renewal that is open.
CREATE FUNCTION mailing_unapproved() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE approval_rounds SET state = 'withdrawn', closed_at = now(),
         close_reason = jsonb_build_object('key', 'approval.mailing_is_again', 'args', jsonb_build_object('state', NEW.state))
   WHERE mailing_id = NEW.id AND (state = 'open' OR state = 'approved' AND NEW.state <> 'done');
  RETURN NULL;
END
$$;
CREATE TRIGGER mailings_unapproved AFTER UPDATE ON mailings
  FOR EACH ROW WHEN (NEW.state IN ('draft', 'changes_requested', 'done', 'cancelled')) EXECUTE FUNCTION mailing_unapproved();

-- A mailing of which every slot was missed doesn't stay scheduled for ever. As
-- long as a missed send could still deliver, a colleague may give it a new
-- slot; after that it counts as ended, and a mailing of which nothing has left
-- is a draft again. The same rule as mailings.Mailing.Conclude.
CREATE FUNCTION mailing_done() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM sends s
              WHERE s.mailing_id = NEW.id AND s.state NOT IN ('finished', 'cancelled')
                AND NOT (s.state = 'missed' AND s.deadline_at <= NEW.updated_at)) THEN
    RAISE EXCEPTION 'a mailing is done when each of its sends has ended' USING CONSTRAINT = 'mailings.sends_not_ended';
  END IF;
  IF EXISTS (SELECT FROM sends s WHERE s.revision_id = NEW.revision_id AND s.state = 'missed')
     AND NOT EXISTS (SELECT FROM sends s WHERE s.revision_id = NEW.revision_id AND s.started_at IS NOT NULL) THEN
    RAISE EXCEPTION 'nothing of this mailing has left, because its slot was missed: it is a draft again, and not done'
      USING CONSTRAINT = 'mailings.missed_not_done';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER mailings_done BEFORE UPDATE ON mailings
  FOR EACH ROW WHEN (NEW.state = 'done' AND OLD.state <> 'done') EXECUTE FUNCTION mailing_done();

-- A series: mailings that members get one after the other, by the days since they
-- joined or confirmed. Each of its steps is a mailing of its own, with its own
-- content and approval, and stands where its own schedule says.
CREATE TABLE series (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id   int         NOT NULL REFERENCES labels,
  name       text        NOT NULL CHECK (is_name(name)),
  after      text        NOT NULL CHECK (after IN ('joined', 'confirmed')),
  paused_by  bigint      REFERENCES users,        -- null: it isn't paused
  paused_at  timestamptz,
  ended_by   bigint      REFERENCES users,        -- null: it hasn't ended
  ended_at   timestamptz,
  created_by text        NOT NULL DEFAULT current_actor(),
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((paused_by IS NULL) = (paused_at IS NULL)),
  CHECK ((ended_by IS NULL) = (ended_at IS NULL))
);
CREATE INDEX series_label ON series (label_id, id);
CREATE TRIGGER series_audit AFTER INSERT OR UPDATE OR DELETE ON series FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, UPDATE (name, paused_at, ended_at) ON series TO keur_app;
CREATE TRIGGER series_program BEFORE INSERT OR UPDATE ON series
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER series_signed BEFORE INSERT OR UPDATE OF created_by ON series
  FOR EACH ROW EXECUTE FUNCTION signed('created_by');

CREATE TABLE series_steps (
  mailing_id bigint PRIMARY KEY REFERENCES mailings,
  series_id  bigint NOT NULL REFERENCES series
);
CREATE INDEX series_steps_series ON series_steps (series_id, mailing_id);
CREATE TRIGGER series_steps_audit AFTER INSERT OR UPDATE OR DELETE ON series_steps FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, DELETE ON series_steps TO keur_app;
CREATE TRIGGER series_steps_program BEFORE INSERT OR DELETE ON series_steps
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- Who pauses, resumes and ends a series, and when, the database notes itself. Who
-- resumes it proves to be who they are, and who made a mailing of it that goes out
-- resumes only what they paused themselves.
CREATE FUNCTION series_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.paused_by := NULL; NEW.paused_at := NULL; NEW.ended_by := NULL; NEW.ended_at := NULL;
    RETURN NEW;
  END IF;
  IF OLD.ended_at IS NOT NULL THEN RAISE EXCEPTION 'this series has ended' USING CONSTRAINT = 'mailings.series_ended'; END IF;
  NEW.paused_by := OLD.paused_by;
  NEW.ended_by := OLD.ended_by;
  IF (NEW.paused_at, NEW.ended_at) IS NOT DISTINCT FROM (OLD.paused_at, OLD.ended_at) THEN RETURN NEW; END IF;
  IF acting_user() IS NULL THEN RAISE EXCEPTION 'a person pauses, resumes and ends a series' USING CONSTRAINT = 'mailings.series_user'; END IF;
  IF NEW.ended_at IS NOT NULL THEN
    NEW.ended_by := acting_user();
    NEW.ended_at := decided_now(NEW.ended_at);
  END IF;
  IF NEW.paused_at IS NOT NULL AND OLD.paused_at IS NULL THEN
    NEW.paused_by := acting_user();
    NEW.paused_at := clock_timestamp();   -- as sends are
  ELSIF NEW.paused_at IS NOT NULL THEN
    NEW.paused_at := OLD.paused_at;
  ELSIF OLD.paused_at IS NOT NULL THEN
    NEW.paused_by := NULL;
    PERFORM demand_verdict(m.revision_id), demand_proof_for(m.revision_id)
       FROM series_steps s JOIN mailings m ON m.id = s.mailing_id
      WHERE s.series_id = NEW.id AND m.state IN ('approved', 'scheduled');
    IF acting_user() <> OLD.paused_by THEN
      IF EXISTS (SELECT FROM series_steps s JOIN mailings m ON m.id = s.mailing_id
                  WHERE s.series_id = NEW.id AND m.state IN ('approved', 'scheduled') AND acting_user() IN (SELECT made_by(m.revision_id))) THEN
        RAISE EXCEPTION 'you worked on this mailing and someone else paused it, so you can''t resume it'
          USING CONSTRAINT = 'authors.made_and_resumes';
      END IF;
      PERFORM demand_counts_of(m.revision_id, acting_user())
         FROM series_steps s JOIN mailings m ON m.id = s.mailing_id
        WHERE s.series_id = NEW.id AND m.state IN ('approved', 'scheduled');
    END IF;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER series_guard BEFORE INSERT OR UPDATE ON series FOR EACH ROW EXECUTE FUNCTION series_guard();
CREATE TRIGGER series_no_delete BEFORE DELETE ON series FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A mailing comes into a series of its own label that hasn't ended, and leaves it
-- before it ends. While the series is paused, none leaves it that would go out then,
-- since that would resume it, and none comes in that is under way. The sends are
-- locked, so that none begins meanwhile.
CREATE FUNCTION series_step_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  s series;
BEGIN
  SELECT * INTO s FROM series WHERE id = coalesce(NEW.series_id, OLD.series_id) AND ended_at IS NULL FOR SHARE;
  IF NOT FOUND THEN RAISE EXCEPTION 'this series has ended' USING CONSTRAINT = 'mailings.series_ended'; END IF;
  IF TG_OP = 'DELETE' THEN
    IF s.paused_at IS NOT NULL
       AND EXISTS (SELECT FROM mailings WHERE id = OLD.mailing_id AND state IN ('in_review', 'approved', 'scheduled')) THEN
      RAISE EXCEPTION 'the series is paused; while it is, no mailing leaves it that would go out then' USING CONSTRAINT = 'mailings.series_paused_step';
    END IF;
    RETURN OLD;
  END IF;
  IF NOT EXISTS (SELECT FROM mailings m WHERE m.id = NEW.mailing_id AND m.label_id = s.label_id) THEN
    RAISE EXCEPTION 'the mailings of a series are of its label' USING CONSTRAINT = 'mailings.series_label';
  END IF;
  IF (SELECT count(*) FROM series_steps WHERE series_id = NEW.series_id) >= 50 THEN
    RAISE EXCEPTION 'a series has at most 50 steps' USING CONSTRAINT = 'mailings.series_steps_most';
  END IF;
  PERFORM FROM sends WHERE mailing_id = NEW.mailing_id FOR SHARE;
  IF s.paused_at IS NOT NULL AND EXISTS (SELECT FROM sends WHERE mailing_id = NEW.mailing_id AND state = 'sending') THEN
    RAISE EXCEPTION 'the series of this mailing is paused' USING CONSTRAINT = 'mailings.series_paused';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER series_steps_guard BEFORE INSERT OR DELETE ON series_steps FOR EACH ROW EXECUTE FUNCTION series_step_guard();
CREATE TRIGGER series_steps_fixed BEFORE UPDATE ON series_steps FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- While a series is paused nothing of it begins, and nothing goes on. Its row is
-- locked, so that who pauses it at the same moment sees the send that began, or is
-- seen.
CREATE FUNCTION send_in_series() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM series WHERE id = (SELECT series_id FROM series_steps WHERE mailing_id = NEW.mailing_id) FOR SHARE;
  IF EXISTS (SELECT FROM series_steps t JOIN series s ON s.id = t.series_id WHERE t.mailing_id = NEW.mailing_id AND s.paused_at IS NOT NULL) THEN
    RAISE EXCEPTION 'the series of this mailing is paused' USING CONSTRAINT = 'mailings.series_paused';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER sends_series BEFORE UPDATE ON sends
  FOR EACH ROW WHEN (NEW.state = 'sending' AND OLD.state <> 'sending') EXECUTE FUNCTION send_in_series();

-- A secret link under which calendar programs read a label's mailings.
CREATE TABLE calendar_feeds (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id   int         NOT NULL REFERENCES labels,
  token_hash bytea       NOT NULL UNIQUE,          -- SHA-256 of a random token
  created_by text        NOT NULL DEFAULT current_actor(),
  created_at timestamptz NOT NULL,
  revoked_at timestamptz,
  read_at    timestamptz                           -- last, to the hour
);
CREATE INDEX calendar_feeds_label ON calendar_feeds (label_id, id);
-- Who asks twice for a link has one.
CREATE UNIQUE INDEX calendar_feeds_unread ON calendar_feeds (label_id, created_by) WHERE revoked_at IS NULL AND read_at IS NULL;
CREATE TRIGGER calendar_feeds_audit AFTER INSERT OR UPDATE ON calendar_feeds
  FOR EACH ROW EXECUTE FUNCTION audit_row('token_hash', '-read_at');
GRANT SELECT (id, label_id, created_by, created_at, revoked_at, read_at), INSERT, UPDATE (revoked_at, read_at) ON calendar_feeds TO keur_app;
CREATE TRIGGER calendar_feeds_program BEFORE INSERT OR UPDATE ON calendar_feeds
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER calendar_feeds_signed BEFORE INSERT OR UPDATE OF created_by ON calendar_feeds
  FOR EACH ROW EXECUTE FUNCTION signed('created_by');

-- sees_label says whether a user may look at a label's things.
CREATE FUNCTION sees_label(actor text, label int) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM users u
                  WHERE actor = 'user:' || u.id AND u.disabled_at IS NULL
                    AND (u.admin OR EXISTS (SELECT FROM user_roles r WHERE r.user_id = u.id AND r.label_id = label)))
$$;

-- A calendar's link ends with the account or the role of who made it, and isn't
-- there again when they come back. Looked at when the transaction ends, as roles
-- are taken and given in one.
CREATE FUNCTION feeds_end() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  maker text := 'user:' || (to_jsonb(OLD) ->> TG_ARGV[0]);
BEGIN
  UPDATE calendar_feeds SET revoked_at = now()
   WHERE created_by = maker AND revoked_at IS NULL AND NOT sees_label(maker, label_id);
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER user_roles_end_feeds AFTER UPDATE OR DELETE ON user_roles
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION feeds_end('user_id');
CREATE CONSTRAINT TRIGGER users_end_feeds AFTER UPDATE ON users
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION feeds_end('id');

-- An attribute goes only while nobody has a value of it, so that its slot is empty
-- for the next one, and nothing asks for it any more.
CREATE FUNCTION attribute_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  used boolean;
  asks jsonpath := '$.**.attribute ? (@ == $name)';
  names jsonb := jsonb_build_object('name', OLD.name);
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT FROM memberships WHERE label_id = $1 AND %I IS NOT NULL)', OLD.slot) INTO used USING OLD.label_id;
  IF used THEN
    RAISE EXCEPTION 'members have a value of this attribute; clear it with them first' USING CONSTRAINT = 'members.attribute_has_values';
  END IF;
  IF EXISTS (SELECT FROM imports WHERE label_id = OLD.label_id AND state = 'running') THEN
    RAISE EXCEPTION 'an import into this label is running; remove the attribute when it is over' USING CONSTRAINT = 'members.attribute_import_running';
  END IF;
  IF EXISTS (SELECT FROM segments s JOIN segment_versions v ON v.segment_id = s.id AND v.version = s.version
              WHERE s.label_id = OLD.label_id AND s.archived_at IS NULL AND jsonb_path_exists(v.rule, asks, names))
     OR EXISTS (SELECT FROM mailings m JOIN revisions r ON r.id = m.revision_id
                 WHERE m.label_id = OLD.label_id AND m.state NOT IN ('done', 'cancelled')
                   AND jsonb_path_exists(convert_from(r.content, 'UTF8')::jsonb, asks, names)) THEN
    RAISE EXCEPTION 'a segment or a mailing that isn''t over asks for this attribute' USING CONSTRAINT = 'members.attribute_asked_for';
  END IF;
  RETURN OLD;
END
$$;
CREATE TRIGGER attributes_guard BEFORE DELETE ON attributes
  FOR EACH ROW EXECUTE FUNCTION attribute_guard();
