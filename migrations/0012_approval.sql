-- Four eyes, three parties. The same rules stand in package approval as pure
-- methods; here they bind whoever writes, psql as the application included.

CREATE TABLE approval_policies (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id        int    NOT NULL REFERENCES labels,
  advertiser_id   bigint REFERENCES advertisers,  -- null: the label's own; else it overrides for this advertiser's mailings
  client_waivable boolean NOT NULL DEFAULT false, -- the client step may be waived, with a reason …
  waived_by       text    NOT NULL DEFAULT 'approver' CHECK (waived_by IN ('planner', 'approver', 'admin')),   -- … and by whom
  lead_from       int    CHECK (lead_from > 0),   -- a lead approves from this audience on; null: never
  drift_percent   int    NOT NULL DEFAULT 10 CHECK (drift_percent BETWEEN 0 AND 100),
  client_hours    int    NOT NULL DEFAULT 48 CHECK (client_hours > 0),     -- time to decide
  colleague_hours int    NOT NULL DEFAULT 24 CHECK (colleague_hours > 0),
  remind_hours    int    NOT NULL DEFAULT 12 CHECK (remind_hours > 0),     -- remind so long before the deadline
  -- What recurs is approved for so many occurrences, and no longer than so many
  -- months (a series, which goes out daily, for the months); its maker hears of
  -- the end so many days before.
  recurring_occurrences int NOT NULL DEFAULT 26 CHECK (recurring_occurrences BETWEEN 1 AND 400),
  recurring_months      int NOT NULL DEFAULT 6 CHECK (recurring_months BETWEEN 1 AND 24),
  end_remind_days       int NOT NULL DEFAULT 14 CHECK (end_remind_days BETWEEN 1 AND 90),
  strong_proof    boolean NOT NULL DEFAULT false, -- to decide, a password isn't proof enough
  refuses_tokens  boolean NOT NULL DEFAULT false, -- verdicts, waivers and releases by an API token don't count
  client_code     boolean NOT NULL DEFAULT false, -- a client's verdict takes a code that is mailed as the link is opened
  asks_all        boolean NOT NULL DEFAULT false, -- each round asks every client, also those whose part is as they approved it
  cooling_hours   int     NOT NULL DEFAULT 24 CHECK (cooling_hours BETWEEN 0 AND 720), -- a new approver counts for what is submitted so long after
  hold_broken_links boolean NOT NULL DEFAULT false, -- a link that breaks holds what is being sent with it
  attachments       boolean NOT NULL DEFAULT false, -- PDFs may go with mails …
  attachments_most  int     NOT NULL DEFAULT 2 CHECK (attachments_most BETWEEN 1 AND 5),                            -- … so many …
  attachments_bytes int     NOT NULL DEFAULT 1048576 CHECK (attachments_bytes BETWEEN 10240 AND 5242880),           -- … of so many bytes together
  version         int    NOT NULL DEFAULT 1,
  UNIQUE NULLS NOT DISTINCT (label_id, advertiser_id)
);
CREATE TRIGGER approval_policies_audit AFTER INSERT OR UPDATE OR DELETE ON approval_policies
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, UPDATE, DELETE ON approval_policies TO keur_app;
CREATE TRIGGER approval_policies_program BEFORE INSERT OR UPDATE OR DELETE ON approval_policies
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER approval_policies_guard BEFORE INSERT OR UPDATE OR DELETE ON approval_policies
  FOR EACH ROW EXECUTE FUNCTION change_guard('version');

-- The faces of a revision: the mails that its ifs and variants make, with how
-- many members got each when they were counted. Values of a sample are made up.
CREATE TABLE face_sets (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  revision_id bigint      NOT NULL REFERENCES revisions,
  counted_at  timestamptz NOT NULL
);
CREATE INDEX face_sets_revision ON face_sets (revision_id, id);
CREATE TABLE faces (
  set_id   bigint   NOT NULL REFERENCES face_sets,
  number   smallint NOT NULL CHECK (number BETWEEN 1 AND 24),
  digest   bytea    NOT NULL CHECK (length(digest) = 32), -- SHA-256 of the mail that the sample gets
  variant  smallint NOT NULL CHECK (variant >= 0),
  members  int      NOT NULL CHECK (members >= 0),        -- who got exactly this
  branches jsonb    NOT NULL,                             -- what holds: [{"text", "holds", "members"}]
  sample   jsonb    NOT NULL,                             -- values by field
  PRIMARY KEY (set_id, number),
  UNIQUE (set_id, digest)
);
CREATE TRIGGER face_sets_audit AFTER INSERT OR UPDATE OR DELETE ON face_sets
  FOR EACH ROW EXECUTE FUNCTION audit_row();
CREATE TRIGGER faces_audit AFTER INSERT ON faces
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION audit_set('set_id');
GRANT SELECT, INSERT ON face_sets, faces TO keur_app;
CREATE TRIGGER faces_program BEFORE INSERT ON faces
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER face_sets_program BEFORE INSERT ON face_sets
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER face_sets_fixed BEFORE UPDATE OR DELETE ON face_sets FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER faces_fixed BEFORE UPDATE OR DELETE ON faces FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- The program's word that it derived a set of faces itself, which the database
-- can't: over all that is kept of them. No round names a set without it.
CREATE FUNCTION faces_hash(p_set bigint) RETURNS bytea LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (
    SELECT sha256(convert_to(jsonb_build_array(s.revision_id, (
             SELECT jsonb_agg(jsonb_build_array(f.number, encode(f.digest, 'hex'), f.variant, f.members, f.branches, f.sample) ORDER BY f.number)
               FROM faces f WHERE f.set_id = s.id))::text, 'UTF8'))
      FROM face_sets s WHERE s.id = p_set);
END
$$;
CREATE TABLE face_seals (
  set_id bigint PRIMARY KEY REFERENCES face_sets,
  hash   bytea  NOT NULL,
  mac    bytea  CHECK (mac IS NULL) -- minted()
);
CREATE TRIGGER face_seals_audit AFTER INSERT OR UPDATE OR DELETE ON face_seals FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT ON face_seals TO keur_app;
CREATE TRIGGER face_seals_program BEFORE INSERT ON face_seals
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER face_seals_minted BEFORE INSERT ON face_seals FOR EACH ROW EXECUTE FUNCTION minted('set_id', 'hash');
CREATE TRIGGER face_seals_fixed BEFORE UPDATE OR DELETE ON face_seals FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE FUNCTION faces_sealed(p_set bigint) RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM face_seals WHERE set_id = p_set AND hash = faces_hash(p_set));
END
$$;

-- Who was shown which face: scrolled into view, or fetched. What a program
-- fetched by a token, no person has seen, nor another program.
CREATE FUNCTION face_channel() RETURNS text LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN CASE WHEN current_credential() LIKE 'token:%' THEN current_credential() ELSE 'page' END;
END
$$;
CREATE TABLE face_views (
  revision_id bigint      NOT NULL REFERENCES revisions,
  digest      bytea       NOT NULL,
  actor       text        NOT NULL DEFAULT current_actor() CHECK (actor ~ '^(user|contact):[0-9]+$'),
  channel     text        NOT NULL DEFAULT face_channel(), -- page, or token:12
  at          timestamptz NOT NULL,
  PRIMARY KEY (revision_id, digest, actor, channel)
);
CREATE TRIGGER face_views_audit AFTER INSERT ON face_views
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION audit_set('revision_id');
GRANT SELECT, INSERT ON face_views TO keur_app;
CREATE TRIGGER face_views_program BEFORE INSERT ON face_views
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER face_views_signed BEFORE INSERT ON face_views FOR EACH ROW EXECUTE FUNCTION signed('actor');
CREATE TRIGGER face_views_fixed BEFORE UPDATE OR DELETE ON face_views FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE FUNCTION face_view_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM faces f JOIN face_sets s ON s.id = f.set_id WHERE s.revision_id = NEW.revision_id AND f.digest = NEW.digest) THEN
    RAISE EXCEPTION 'this revision has no such face' USING CONSTRAINT = 'approval.no_face';
  END IF;
  IF current_actor() LIKE 'contact:%' THEN PERFORM demand_link_code(NEW.revision_id); END IF;
  NEW.channel := face_channel();
  RETURN NEW;
END
$$;
CREATE TRIGGER face_views_guard BEFORE INSERT ON face_views FOR EACH ROW EXECUTE FUNCTION face_view_guard();

-- faces_seen returns the numbers of the faces of a set that an actor was shown
-- by the channel through which this transaction came, faces_unseen those that they
-- were not.
CREATE FUNCTION faces_seen(p_set bigint, p_actor text) RETURNS SETOF smallint LANGUAGE plpgsql STABLE ROWS 5 SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY
  SELECT f.number FROM faces f JOIN face_sets s ON s.id = f.set_id
   WHERE f.set_id = p_set AND EXISTS (SELECT FROM face_views v WHERE v.revision_id = s.revision_id AND v.digest = f.digest AND v.actor = p_actor
           AND v.channel = face_channel())
   ORDER BY 1;
END
$$;
CREATE FUNCTION faces_unseen(p_set bigint, p_actor text) RETURNS SETOF smallint LANGUAGE plpgsql STABLE ROWS 5 SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY
  SELECT f.number FROM faces f WHERE f.set_id = p_set AND f.number NOT IN (SELECT faces_seen(p_set, p_actor)) ORDER BY 1;
END
$$;

-- Who opened which file of a revision, by the same ways as faces are shown.
CREATE TABLE attachment_views (
  revision_id bigint      NOT NULL,
  hash        bytea       NOT NULL,
  actor       text        NOT NULL DEFAULT current_actor() CHECK (actor ~ '^(user|contact):[0-9]+$'),
  channel     text        NOT NULL DEFAULT face_channel(), -- page, or token:12
  at          timestamptz NOT NULL,
  PRIMARY KEY (revision_id, hash, actor, channel),
  CONSTRAINT attachment_views_of FOREIGN KEY (revision_id, hash) REFERENCES revision_attachments (revision_id, hash)
);
CREATE TRIGGER attachment_views_audit AFTER INSERT ON attachment_views
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION audit_set('revision_id');
GRANT SELECT, INSERT ON attachment_views TO keur_app;
CREATE TRIGGER attachment_views_program BEFORE INSERT ON attachment_views
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER attachment_views_signed BEFORE INSERT ON attachment_views FOR EACH ROW EXECUTE FUNCTION signed('actor');
CREATE TRIGGER attachment_views_fixed BEFORE UPDATE OR DELETE ON attachment_views FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE FUNCTION attachment_view_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF current_actor() LIKE 'contact:%' THEN PERFORM demand_link_code(NEW.revision_id); END IF;
  NEW.channel := face_channel();
  RETURN NEW;
END
$$;
CREATE TRIGGER attachment_views_guard BEFORE INSERT ON attachment_views FOR EACH ROW EXECUTE FUNCTION attachment_view_guard();

-- attachments_opened returns the numbers of the files of a revision that an actor
-- opened by the channel through which this transaction came; demand_opened refuses
-- whoever acts and didn't open each.
CREATE FUNCTION attachments_opened(p_revision bigint, p_actor text) RETURNS SETOF smallint LANGUAGE plpgsql STABLE ROWS 2 SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY
  SELECT a.number FROM revision_attachments a
   WHERE a.revision_id = p_revision AND EXISTS (SELECT FROM attachment_views v WHERE v.revision_id = a.revision_id AND v.hash = a.hash
           AND v.actor = p_actor AND v.channel = face_channel())
   ORDER BY 1;
END
$$;
CREATE FUNCTION demand_opened(p_revision bigint) RETURNS void LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  unopened text := (SELECT string_agg(name, ', ' ORDER BY number) FROM revision_attachments
                     WHERE revision_id = p_revision AND number NOT IN (SELECT attachments_opened(p_revision, current_actor())));
BEGIN
  IF unopened IS NOT NULL THEN
    RAISE EXCEPTION 'open every attachment first; you have not opened %', unopened
      USING CONSTRAINT = 'approval.attachments_unopened', DETAIL = jsonb_build_object('files', unopened);
  END IF;
END
$$;

-- One submission of a revision.
CREATE TABLE approval_rounds (
  id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  mailing_id      bigint      NOT NULL REFERENCES mailings,
  revision_id     bigint      NOT NULL REFERENCES revisions,
  digest          bytea       NOT NULL,
  state           text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'approved', 'changes_requested', 'withdrawn', 'expired', 'ended')),
  audience        int         NOT NULL CHECK (audience >= 0),   -- the count that is approved
  waterfall       jsonb       NOT NULL,
  drift_percent   int         NOT NULL,
  client_waivable boolean     NOT NULL,
  lead_from       int,                            -- of the policies, by the guard: a lead approves from here on
  face_set_id     bigint      REFERENCES face_sets, -- the mails that every party is shown
  submitted_by    bigint      NOT NULL REFERENCES users,
  submitted_at    timestamptz NOT NULL DEFAULT now(),
  ceiling         int         CHECK (ceiling >= 0), -- of what recurs: an occurrence for more members is held; null: goes out once
  ends_at         timestamptz,                    -- its last slot, where the schedule goes on after it
  renews          bigint      REFERENCES approval_rounds, -- the approval that stood as this was put up, by the guard
  closed_at     timestamptz,
  note            text        NOT NULL DEFAULT '' CHECK (is_tidy(note, 1000)), -- its maker's own words to the clients
  close_reason    jsonb                           -- why it ended: {"key": …, "args": {…}}, or what a person wrote
);
-- One is open and one stands, which are two only while what recurs is renewed.
CREATE UNIQUE INDEX approval_rounds_open ON approval_rounds (mailing_id) WHERE state = 'open';
CREATE UNIQUE INDEX approval_rounds_standing ON approval_rounds (mailing_id) WHERE state = 'approved';
CREATE INDEX approval_rounds_revision ON approval_rounds (revision_id);
CREATE INDEX approval_rounds_mailing ON approval_rounds (mailing_id, id);
CREATE TRIGGER approval_rounds_audit AFTER INSERT OR UPDATE ON approval_rounds
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, UPDATE (state, closed_at, close_reason) ON approval_rounds TO keur_app;
CREATE TRIGGER approval_rounds_program BEFORE INSERT OR UPDATE ON approval_rounds
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER approval_rounds_fixed BEFORE UPDATE ON approval_rounds
  FOR EACH ROW EXECUTE FUNCTION fixed_but('state', 'closed_at', 'close_reason');
CREATE TRIGGER approval_rounds_state_guard BEFORE INSERT OR UPDATE ON approval_rounds
  FOR EACH ROW EXECUTE FUNCTION state_guard(
    'new > open',
    'open > approved changes_requested withdrawn expired',
    'approved > withdrawn ended');
CREATE TRIGGER approval_rounds_no_delete BEFORE DELETE ON approval_rounds FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER approval_rounds_who BEFORE INSERT ON approval_rounds
  FOR EACH ROW EXECUTE FUNCTION actor_named('user', 'submitted_by');

-- One step of a round: the verdict of one party on one digest.
CREATE TABLE approval_reviews (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  round_id      bigint      NOT NULL REFERENCES approval_rounds,
  position      smallint    NOT NULL,             -- steps of equal position may be decided in any order
  step          text        NOT NULL CHECK (step IN ('maker', 'client', 'colleague', 'lead')),
  advertiser_id bigint      REFERENCES advertisers,
  digest        bytea       NOT NULL,             -- what is to be seen
  verdict       text        NOT NULL DEFAULT 'pending' CHECK (verdict IN ('pending', 'approved', 'changes_requested', 'waived', 'carried')),
  user_id       bigint      REFERENCES users,     -- who decided …
  deputy_for    bigint      REFERENCES users,     -- … for whom, who is away …
  contact_id    bigint      REFERENCES contacts,  -- … or which contact, by link …
  contact_address text,                           -- … that was mailed there
  token_id      bigint      REFERENCES api_tokens, -- by which API token, by the guard; null: by none
  decided_at    timestamptz,
  reason        text        NOT NULL DEFAULT '' CHECK (is_tidy(reason, 4000)),  -- of requested changes, or of the waiver
  checklist     jsonb       NOT NULL DEFAULT '[]', -- what the maker signed off
  faces_seen    jsonb       NOT NULL DEFAULT '[]', -- numbers of the faces that whoever decided was shown, by the guard
  attachments_opened jsonb  NOT NULL DEFAULT '[]', -- numbers of the attachments that they opened, by the guard
  proven_by     text,                             -- how whoever decided proved to be who they are, by the guard
  waived_as     text,                             -- the strongest role by which it was waived, by the guard …
  new_since     timestamptz,                      -- … and since when whoever decided was new then, had that not been lifted
  signature     jsonb,                            -- of a passkey's verdict, by the guard: {"public_key", "nonce", "authenticator_data", "client_data", "signature"}
  due_at        timestamptz NOT NULL,
  reminded_at   timestamptz,
  asked_again   text,                             -- why a client who approved the mailing before is asked once more (carried.Reason)
  CHECK ((step = 'client') = (advertiser_id IS NOT NULL)),
  CHECK ((verdict = 'pending') = (decided_at IS NULL)),
  CHECK (verdict IN ('pending', 'carried') OR (user_id IS NULL) <> (contact_id IS NULL)),
  CHECK (verdict <> 'carried' OR (step = 'client' AND user_id IS NULL AND contact_id IS NULL)), -- nobody gave it now: 0029_carried.sql
  CHECK (contact_id IS NULL OR step = 'client'),
  CHECK (deputy_for IS NULL OR (user_id IS NOT NULL AND step IN ('colleague', 'lead'))),
  CHECK (token_id IS NULL OR user_id IS NOT NULL),
  CHECK (step <> 'client' OR verdict <> 'approved' OR contact_id IS NOT NULL),
  CHECK (verdict <> 'waived' OR step = 'client'),
  CHECK (verdict NOT IN ('changes_requested', 'waived') OR reason <> ''),
  CHECK (decided_at <= due_at),                   -- a late approval never fires a slot that passed
  UNIQUE NULLS NOT DISTINCT (round_id, step, advertiser_id)
);
CREATE INDEX approval_reviews_due ON approval_reviews (due_at) WHERE verdict = 'pending';
-- Nobody fills two steps.
CREATE UNIQUE INDEX approval_reviews_one_step_each ON approval_reviews (round_id, user_id) WHERE user_id IS NOT NULL AND verdict <> 'waived';
CREATE TRIGGER approval_reviews_audit AFTER INSERT OR UPDATE ON approval_reviews
  FOR EACH ROW EXECUTE FUNCTION audit_row();
-- The columns of a verdict, which come with it, and when somebody was reminded.
GRANT SELECT, INSERT, UPDATE (verdict, user_id, deputy_for, contact_id, decided_at, reason, checklist, reminded_at) ON approval_reviews TO keur_app;
CREATE TRIGGER approval_reviews_program BEFORE INSERT OR UPDATE ON approval_reviews
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER approval_reviews_fixed BEFORE UPDATE ON approval_reviews
  FOR EACH ROW WHEN (NEW.verdict = OLD.verdict) EXECUTE FUNCTION fixed_but('reminded_at');
CREATE TRIGGER approval_reviews_put BEFORE UPDATE ON approval_reviews
  FOR EACH ROW WHEN ((NEW.round_id, NEW.position, NEW.step, NEW.advertiser_id, NEW.digest, NEW.due_at)
                     IS DISTINCT FROM (OLD.round_id, OLD.position, OLD.step, OLD.advertiser_id, OLD.digest, OLD.due_at))
  EXECUTE FUNCTION fixed_but();

-- A client's verdict comes by a link to this very review.
CREATE FUNCTION review_by_link() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF current_credential() LIKE 'link%' AND NOT EXISTS (
       SELECT FROM approval_links l WHERE l.review_id = NEW.id AND current_credential() IN ('link:' || l.id, 'link_code:' || l.id)) THEN
    RAISE EXCEPTION 'only a contact of this advertiser who was sent a link may decide this step' USING CONSTRAINT = 'approval.contact_without_link';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER approval_reviews_by_link BEFORE UPDATE ON approval_reviews
  FOR EACH ROW WHEN (NEW.contact_id IS NOT NULL AND NEW.verdict <> OLD.verdict) EXECUTE FUNCTION review_by_link();
CREATE TRIGGER approval_reviews_state_guard BEFORE INSERT OR UPDATE ON approval_reviews
  FOR EACH ROW EXECUTE FUNCTION state_guard(
    'new > pending',
    'pending > approved changes_requested waived carried',
    'carried > changes_requested');
CREATE TRIGGER approval_reviews_no_delete BEFORE DELETE ON approval_reviews FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER approval_reviews_who BEFORE UPDATE ON approval_reviews
  FOR EACH ROW WHEN ((NEW.user_id, NEW.verdict) IS DISTINCT FROM (OLD.user_id, OLD.verdict)) EXECUTE FUNCTION actor_named('user', 'user_id');
CREATE TRIGGER approval_reviews_whose BEFORE UPDATE ON approval_reviews
  FOR EACH ROW WHEN ((NEW.contact_id, NEW.verdict) IS DISTINCT FROM (OLD.contact_id, OLD.verdict)) EXECUTE FUNCTION actor_named('contact', 'contact_id');

CREATE TABLE approval_links (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  review_id   bigint      NOT NULL REFERENCES approval_reviews,
  contact_id  bigint      NOT NULL REFERENCES contacts,
  address     text        NOT NULL DEFAULT '',    -- that it was mailed to: it opens nothing once the contact has another
  token_hash  bytea       NOT NULL UNIQUE,        -- SHA-256 of a random token
  created_by  bigint      REFERENCES users,       -- null: the system, which makes the link of a reminder
  created_at  timestamptz NOT NULL DEFAULT now(),
  expires_at  timestamptz NOT NULL,
  lapses_at   timestamptz NOT NULL,               -- the same by the base's own clock, for act()
  revoked_at  timestamptz,
  opened_at   timestamptz,
  mac         bytea       CHECK (mac IS NULL)     -- minted()
);
CREATE INDEX approval_links_review ON approval_links (review_id);
CREATE FUNCTION link_addressed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  NEW.address := (SELECT email FROM contacts WHERE id = NEW.contact_id);
  RETURN NEW;
END
$$;
CREATE TRIGGER approval_links_addressed BEFORE INSERT ON approval_links FOR EACH ROW EXECUTE FUNCTION link_addressed();
CREATE FUNCTION links_revoked() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE approval_links SET revoked_at = now() WHERE contact_id = NEW.id AND revoked_at IS NULL;
  RETURN NULL;
END
$$;
CREATE TRIGGER contacts_links_revoked AFTER UPDATE ON contacts
  FOR EACH ROW WHEN ((NEW.email, NEW.may_approve) IS DISTINCT FROM (OLD.email, OLD.may_approve)) EXECUTE FUNCTION links_revoked();
CREATE TRIGGER approval_links_who BEFORE INSERT ON approval_links
  FOR EACH ROW EXECUTE FUNCTION actor_named('user', 'created_by');
CREATE TRIGGER approval_links_audit AFTER INSERT OR UPDATE ON approval_links
  FOR EACH ROW EXECUTE FUNCTION audit_row('token_hash', '-mac');
-- Whose a link is and how long it lives stays as it was when it was made.
GRANT SELECT (id, review_id, contact_id, address, created_by, created_at, expires_at, revoked_at, opened_at), INSERT, UPDATE (revoked_at, opened_at)
  ON approval_links TO keur_app;
CREATE TRIGGER approval_links_program BEFORE INSERT OR UPDATE ON approval_links
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER approval_links_minted BEFORE INSERT OR UPDATE OF review_id, contact_id, token_hash, expires_at ON approval_links
  FOR EACH ROW EXECUTE FUNCTION minted('review_id', 'contact_id', 'token_hash', 'expires_at');
CREATE TRIGGER approval_links_ends BEFORE UPDATE ON approval_links FOR EACH ROW EXECUTE FUNCTION ends_once('revoked_at');

-- The codes that the policy may ask for beside a link: six digits, mailed anew to
-- the address that the link went to. The trail tells of each that it was mailed,
-- tried and given. The hash is over the link's token as well, which nobody has
-- here, so that it can't be found by trying a million.
CREATE TABLE approval_link_codes (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  link_id      bigint      NOT NULL REFERENCES approval_links,
  code_hash    bytea       NOT NULL,
  mailed_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  tries        smallint    NOT NULL DEFAULT 0,    -- that were wrong
  given_at     timestamptz,
  browser_hash bytea       UNIQUE,                -- of the token of the browser in which it was given
  mac          bytea       CHECK (mac IS NULL)    -- minted()
);
CREATE INDEX approval_link_codes_link ON approval_link_codes (link_id, id);
CREATE TRIGGER approval_link_codes_audit AFTER INSERT OR UPDATE ON approval_link_codes
  FOR EACH ROW EXECUTE FUNCTION audit_row('code_hash', 'browser_hash', '-mac');
GRANT SELECT (id, link_id, mailed_at, tries, given_at), INSERT (link_id, code_hash, mac) ON approval_link_codes TO keur_app;
CREATE TRIGGER approval_link_codes_program BEFORE INSERT ON approval_link_codes
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER approval_link_codes_minted BEFORE INSERT ON approval_link_codes
  FOR EACH ROW EXECUTE FUNCTION minted('link_id', 'code_hash');
CREATE TRIGGER approval_link_codes_no_delete BEFORE DELETE ON approval_link_codes FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE FUNCTION link_code_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM approval_links WHERE id = NEW.link_id FOR NO KEY UPDATE;   -- two at once are counted one after the other
  IF (SELECT count(*) FROM approval_link_codes WHERE link_id = NEW.link_id AND mailed_at > clock_timestamp() - interval '1 hour') >= 5 THEN
    RAISE EXCEPTION 'five codes were mailed within this hour; use the newest, or wait' USING CONSTRAINT = 'approval.link_codes_many';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER approval_link_codes_guard BEFORE INSERT ON approval_link_codes FOR EACH ROW EXECUTE FUNCTION link_code_guard();

-- give_link_code tries a code on the program's word: given, wrong, lapsed (it
-- isn't the newest, was mailed more than ten minutes ago, was given before, or
-- was tried five times), or spent: twenty wrong ones are all that a link takes.
-- Without that word one could try and roll back, and no try would count.
CREATE FUNCTION give_link_code(p_link bigint, p_code_hash bytea, p_browser_hash bytea, p_mac bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  c approval_link_codes;
BEGIN
  IF NOT coalesce(proven(p_mac, 'give_link_code', p_link::text, encode(p_code_hash, 'hex'), encode(p_browser_hash, 'hex')), false) THEN
    RAISE EXCEPTION 'only the program itself lets somebody in, and the base doesn''t know this one''s secret' USING CONSTRAINT = 'database.unminted';
  END IF;
  PERFORM FROM approval_links WHERE id = p_link FOR NO KEY UPDATE;
  IF (SELECT sum(tries) FROM approval_link_codes WHERE link_id = p_link) >= 20 THEN RETURN 'spent'; END IF;
  SELECT * INTO c FROM approval_link_codes WHERE link_id = p_link ORDER BY id DESC LIMIT 1;
  IF c.id IS NULL OR c.given_at IS NOT NULL OR c.tries >= 5 OR c.mailed_at < clock_timestamp() - interval '10 minutes' THEN RETURN 'lapsed'; END IF;
  IF c.code_hash <> p_code_hash THEN
    UPDATE approval_link_codes SET tries = tries + 1 WHERE id = c.id;
    RETURN 'wrong';
  END IF;
  UPDATE approval_link_codes SET given_at = clock_timestamp(), browser_hash = p_browser_hash WHERE id = c.id;
  RETURN 'given';
END
$$;
REVOKE ALL ON FUNCTION give_link_code(bigint, bytea, bytea, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION give_link_code(bigint, bytea, bytea, bytea) TO keur_app;

-- What holds for a revision: of each advertiser placed its own policy under the
-- label, else the label's. A row of nulls stands for a policy that nobody set.
CREATE FUNCTION policies_for(p_revision bigint) RETURNS SETOF approval_policies LANGUAGE plpgsql STABLE ROWS 2 SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY
  SELECT DISTINCT ON (v.advertiser_id) a.*
    FROM (SELECT m.label_id, p.advertiser_id
            FROM revisions r JOIN mailings m ON m.id = r.mailing_id LEFT JOIN revision_placements p ON p.revision_id = r.id
           WHERE r.id = p_revision) v
    LEFT JOIN approval_policies a ON a.label_id = v.label_id AND (a.advertiser_id = v.advertiser_id OR a.advertiser_id IS NULL)
   ORDER BY v.advertiser_id, a.advertiser_id NULLS LAST;
END
$$;

-- Whether the policies of today take the files of a revision: none does where
-- nobody said so.
CREATE FUNCTION attachments_allowed(p_revision bigint) RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  files int;
  size bigint;
BEGIN
  SELECT count(*), coalesce(sum(octet_length(f.bytes)), 0) INTO files, size
    FROM revision_attachments a JOIN attachments f USING (hash) WHERE a.revision_id = p_revision;
  RETURN files = 0 OR NOT EXISTS (SELECT FROM policies_for(p_revision) p
                                   WHERE p.attachments IS NOT TRUE OR files > p.attachments_most OR size > p.attachments_bytes);
END
$$;

-- Since when each user decides under a label as they do now: since they were let
-- in, and given the role by which they decide (approver, else planner; an admin
-- needs none); when that was lifted last, and when the label first sent.
CREATE FUNCTION tenures(p_label int) RETURNS TABLE (user_id bigint, since timestamptz, lifted_at timestamptz, first_send timestamptz)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT u.id, greatest(u.let_in_at, (SELECT r.granted_at FROM user_roles r WHERE r.user_id = u.id AND r.label_id = p_label
                                         AND r.role IN ('approver', 'planner') ORDER BY r.role LIMIT 1)),
         (SELECT max(l.lifted_at) FROM cooling_lifts l WHERE l.user_id = u.id),
         (SELECT s.slot_at FROM sends s WHERE s.label_id = p_label AND s.started_at IS NOT NULL ORDER BY s.slot_at LIMIT 1)
    FROM users u;
END
$$;

-- From when on a user counts under a label with a cooling-off of so many hours;
-- null: from the start (accounts.Tenure).
CREATE FUNCTION counts_from(p_user bigint, p_label int, p_hours int) RETURNS timestamptz LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (
    SELECT t.since + make_interval(hours => p_hours) FROM tenures(p_label) t
     WHERE t.user_id = p_user AND p_hours > 0 AND t.since > t.first_send AND (t.lifted_at >= t.since) IS NOT TRUE);
END
$$;

-- The cooling-off that holds for a revision, by the policies of today.
CREATE FUNCTION cooling_hours(p_revision bigint) RETURNS int LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (
    SELECT max(coalesce(p.cooling_hours, 24)) FROM policies_for(p_revision) p);
END
$$;

-- That of a label, by the strictest of its policies.
CREATE FUNCTION label_cooling_hours(p_label int) RETURNS int LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (
    SELECT greatest(max(p.cooling_hours), CASE WHEN bool_or(p.advertiser_id IS NULL) THEN 0 ELSE 24 END) FROM approval_policies p WHERE p.label_id = p_label);
END
$$;

-- demand_counts refuses a user who counts only for what is submitted later than
-- the moment that they would decide about.
CREATE FUNCTION demand_counts(p_user bigint, p_label int, p_hours int, p_submitted timestamptz) RETURNS void LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp AS $$
DECLARE
  from_ timestamptz := counts_from(p_user, p_label, p_hours);
  shown text := to_char(from_ AT TIME ZONE (SELECT time_zone FROM labels WHERE id = p_label), 'YYYY-MM-DD"T"HH24:MI');
BEGIN
  IF from_ > p_submitted THEN
    RAISE EXCEPTION 'your role is new: it counts for what is submitted from % on, so someone else must do this', shown
      USING CONSTRAINT = 'authors.counts_later', DETAIL = jsonb_build_object('from', shown);
  END IF;
END
$$;

-- Whether the policy of today takes no verdict about the revision by a token.
CREATE FUNCTION tokens_refused(p_revision bigint) RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM policies_for(p_revision) p WHERE p.refuses_tokens);
END
$$;

-- Whether the policy of today asks clients for the code of their link.
CREATE FUNCTION link_code_asked(p_revision bigint) RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM policies_for(p_revision) p WHERE p.client_code);
END
$$;

-- demand_link_code refuses a client who didn't give it in the browser that acts.
CREATE FUNCTION demand_link_code(p_revision bigint) RETURNS void LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  IF link_code_asked(p_revision) AND (current_credential() LIKE 'link_code:%') IS NOT TRUE THEN
    RAISE EXCEPTION 'the policy asks for the code that is mailed beside this link' USING CONSTRAINT = 'approval.link_code_needed';
  END IF;
END
$$;

-- demand_verdict refuses who acts by a token that can't decide about the revision.
CREATE FUNCTION demand_verdict(p_revision bigint) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM demand_scope('approve');
  IF acting_token() IS NOT NULL AND tokens_refused(p_revision) THEN
    RAISE EXCEPTION 'the policy takes no verdict by an API token; decide it at the desk' USING CONSTRAINT = 'approval.token_refused';
  END IF;
END
$$;

-- Who may waive the client, the least strict first.
CREATE FUNCTION waivers() RETURNS text[] LANGUAGE sql IMMUTABLE RETURN ARRAY['planner', 'approver', 'admin'];

-- Whether a verdict rests on a password alone, be it that of the token it came by.
CREATE FUNCTION proven_weakly(v approval_reviews) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT v.proven_by IS NOT DISTINCT FROM 'password' OR EXISTS (SELECT FROM api_tokens WHERE id = v.token_id AND proven_by = 'password')
$$;

-- Whether a slot is when a zone's clocks show it: twice where they go back, and
-- after the gap where they jump over it.
CREATE FUNCTION slot_shows(p_local timestamp, p_at timestamptz, p_zone text) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT CASE WHEN (p_local AT TIME ZONE p_zone) AT TIME ZONE p_zone = p_local THEN p_at AT TIME ZONE p_zone = p_local
              ELSE p_at AT TIME ZONE p_zone BETWEEN p_local AND p_local + interval '3 hours' END
$$;

-- Who wrote a revision is derived in 0019_authors.sql.
SET LOCAL check_function_bodies = off;

-- audience_named reports whether a round says who its members are, all of them,
-- which it does of what goes out once; what recurs has a ceiling instead.
CREATE FUNCTION audience_named(r approval_rounds) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT r.ceiling IS NOT NULL OR r.audience = (SELECT coalesce(sum(bit_count(members)), 0) FROM approval_audiences WHERE round_id = r.id)
$$;

-- round_is_complete re-derives, from nothing but the reviews, that every party
-- approved this digest: maker, one client per advertiser placed, colleague, lead.
-- What goes out once was approved for members who are all named.
CREATE FUNCTION round_is_complete(p_round bigint) RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM approval_reviews WHERE round_id = p_round AND step = 'maker' AND verdict = 'approved')
     AND EXISTS (SELECT FROM approval_reviews WHERE round_id = p_round AND step = 'colleague' AND verdict = 'approved')
     AND EXISTS (SELECT FROM approval_rounds r WHERE r.id = p_round AND audience_named(r))
     -- The policy of today counts where it is stricter than it was.
     AND NOT EXISTS (SELECT FROM approval_rounds r WHERE r.id = p_round
                        AND greatest(r.audience, r.ceiling) >= least(r.lead_from, (SELECT min(p.lead_from) FROM policies_for(r.revision_id) p))
                        AND NOT EXISTS (SELECT FROM approval_reviews v WHERE v.round_id = r.id AND v.step = 'lead'))
     AND NOT EXISTS (SELECT FROM approval_reviews v JOIN approval_rounds r ON r.id = v.round_id
                      WHERE v.round_id = p_round
                        AND (v.verdict NOT IN ('approved', 'waived', 'carried') OR v.digest <> r.digest
                             OR (v.verdict = 'carried' AND NOT carry_stands(v.id))
                             OR (v.token_id IS NOT NULL AND v.step <> 'maker' AND tokens_refused(r.revision_id))
                             OR (v.contact_id IS NOT NULL AND v.proven_by IS DISTINCT FROM 'link_code' AND link_code_asked(r.revision_id))
                             OR (v.user_id IS NOT NULL AND v.step <> 'maker' AND proven_weakly(v)
                                 AND EXISTS (SELECT FROM policies_for(r.revision_id) p WHERE p.strong_proof))
                             OR array_position(waivers(), v.waived_as) < (SELECT max(array_position(waivers(), coalesce(p.waived_by, 'approver')))
                                                                            FROM policies_for(r.revision_id) p)
                             OR (cooling_hours(r.revision_id) > 0   -- without one newcomers count, as in counts_from()
                                 AND v.new_since + make_interval(hours => cooling_hours(r.revision_id)) > r.submitted_at)
                             OR (v.verdict = 'waived' AND (NOT r.client_waivable
                                   OR EXISTS (SELECT FROM policies_for(r.revision_id) p WHERE p.client_waivable IS NOT TRUE)))
                             OR ((v.step IN ('colleague', 'lead') OR v.verdict = 'waived')
                                 AND (r.submitted_by IN (v.user_id, v.deputy_for)
                                      OR EXISTS (SELECT FROM revision_authors(r.revision_id, false, r.id) a WHERE a IN (v.user_id, v.deputy_for))
                                      OR EXISTS (SELECT FROM approval_reviews o WHERE o.round_id = r.id AND o.id <> v.id AND v.deputy_for IN (o.user_id, o.deputy_for))
                                      OR EXISTS (SELECT FROM approval_reviews o
                                                  WHERE o.round_id = r.id AND o.user_id = v.user_id AND (o.verdict = 'waived') <> (v.verdict = 'waived'))))))
     AND NOT EXISTS (SELECT FROM approval_rounds r JOIN faces f ON f.set_id = r.face_set_id JOIN approval_reviews v ON v.round_id = r.id
                      WHERE r.id = p_round AND v.verdict = 'approved' AND NOT v.faces_seen @> to_jsonb(f.number))
     AND NOT EXISTS (SELECT FROM approval_rounds r JOIN revision_attachments a USING (revision_id) JOIN approval_reviews v ON v.round_id = r.id
                      WHERE r.id = p_round AND v.verdict IN ('approved', 'waived') AND NOT v.attachments_opened @> to_jsonb(a.number))
     AND NOT EXISTS (SELECT FROM approval_rounds r WHERE r.id = p_round AND NOT attachments_allowed(r.revision_id))
     AND NOT EXISTS (SELECT FROM approval_rounds r JOIN revision_placements p ON p.revision_id = r.revision_id
                      WHERE r.id = p_round
                        AND NOT EXISTS (SELECT FROM approval_reviews v WHERE v.round_id = p_round AND v.step = 'client' AND v.advertiser_id = p.advertiser_id));
END
$$;

SET LOCAL check_function_bodies = on;

-- revision_is_approved: an approved round stands for exactly this revision,
-- which is still the mailing's newest, and nobody of its makers or approvers
-- stopped it.
CREATE FUNCTION revision_is_approved(p_revision bigint) RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM approval_rounds r
      JOIN revisions v ON v.id = r.revision_id AND v.digest = r.digest
      JOIN mailings m ON m.id = r.mailing_id AND m.revision_id = v.id
     WHERE r.revision_id = p_revision AND r.state = 'approved' AND m.state IN ('approved', 'scheduled')
       AND round_is_complete(r.id));
END
$$;

-- A round is about the newest revision of its mailing, with its true digest.
CREATE FUNCTION approval_round_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NOT EXISTS (SELECT FROM revisions r JOIN mailings m ON m.id = r.mailing_id
                    WHERE r.id = NEW.revision_id AND r.mailing_id = NEW.mailing_id AND r.digest = NEW.digest AND m.revision_id = r.id) THEN
      RAISE EXCEPTION 'an approval round is about the newest revision of its mailing and names its digest'
        USING CONSTRAINT = 'approval.round_newest';
    END IF;
    IF NEW.client_waivable AND EXISTS (SELECT FROM policies_for(NEW.revision_id) p WHERE p.client_waivable IS NOT TRUE) THEN
      RAISE EXCEPTION 'the policy doesn''t allow waiving the client''s approval' USING CONSTRAINT = 'approval.waiver_not_allowed_here';
    END IF;
    IF NEW.drift_percent > (SELECT min(coalesce(p.drift_percent, 10)) FROM policies_for(NEW.revision_id) p) THEN
      RAISE EXCEPTION 'the policy doesn''t allow the audience to drift so far' USING CONSTRAINT = 'approval.drift_not_allowed';
    END IF;
    IF (NEW.ceiling IS NULL) <> ((SELECT schedule->>'kind' FROM revisions WHERE id = NEW.revision_id) = 'once') THEN
      RAISE EXCEPTION 'what goes out once is held to who its members are, and what recurs to how many they are'
        USING CONSTRAINT = 'approval.round_audience';
    END IF;
    NEW.lead_from := (SELECT min(p.lead_from) FROM policies_for(NEW.revision_id) p);
    NEW.submitted_at := decided_now(NEW.submitted_at);
    NEW.renews := (SELECT id FROM approval_rounds WHERE mailing_id = NEW.mailing_id AND state = 'approved');
    IF NEW.renews IS NOT NULL AND NEW.ceiling IS NULL THEN
      RAISE EXCEPTION 'the approval of what goes out once can''t be renewed' USING CONSTRAINT = 'approval.renews_what_recurs';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.mailing_id, NEW.revision_id, NEW.digest, NEW.audience, NEW.submitted_by, NEW.client_waivable, NEW.lead_from, NEW.drift_percent, NEW.ends_at, NEW.ceiling, NEW.note)
     IS DISTINCT FROM (OLD.mailing_id, OLD.revision_id, OLD.digest, OLD.audience, OLD.submitted_by, OLD.client_waivable, OLD.lead_from, OLD.drift_percent, OLD.ends_at, OLD.ceiling, OLD.note)
     OR NEW.state = OLD.state AND (NEW.closed_at, NEW.close_reason) IS DISTINCT FROM (OLD.closed_at, OLD.close_reason) THEN
    RAISE EXCEPTION 'what an approval round is about can''t be changed' USING CONSTRAINT = 'approval.round_fixed';
  END IF;
  IF NEW.state <> OLD.state AND NEW.closed_at IS DISTINCT FROM OLD.closed_at THEN NEW.closed_at := decided_now(NEW.closed_at); END IF;
  IF NEW.state = 'approved' AND OLD.state = 'open' AND NOT round_is_complete(NEW.id) THEN
    RAISE EXCEPTION 'a step of this approval has not been approved yet' USING CONSTRAINT = 'approval.step_not_approved';
  END IF;
  IF NEW.state = 'approved' AND OLD.state = 'open' AND NOT EXISTS (SELECT FROM approval_slots WHERE round_id = NEW.id) THEN
    RAISE EXCEPTION 'an approval is for slots, and this one names none' USING CONSTRAINT = 'approval.round_slots';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER approval_rounds_guard BEFORE INSERT OR UPDATE ON approval_rounds FOR EACH ROW EXECUTE FUNCTION approval_round_guard();

-- Colleague, lead and who goes on without the client made no part of what is
-- approved, and are different people; each has the role for it (authors.People).
CREATE FUNCTION review_by_another(p_round approval_rounds, p_review approval_reviews) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  waives boolean := p_review.verdict = 'waived';
BEGIN
  IF p_review.user_id IN (SELECT made_by(p_round.revision_id, p_round.id)) THEN
    RAISE EXCEPTION 'you worked on this mailing, so someone else must decide this step'
      USING CONSTRAINT = CASE WHEN waives THEN 'authors.made_and_waives' ELSE 'authors.made_and_decides' END;
  END IF;
  IF EXISTS (SELECT FROM approval_reviews v
              WHERE v.round_id = p_round.id AND v.id <> p_review.id AND p_review.user_id IN (v.user_id, v.deputy_for) AND NOT (waives AND v.verdict = 'waived')) THEN
    RAISE EXCEPTION 'you already decided another step of this approval, so someone else must do this one'
      USING CONSTRAINT = 'approval.decided_another_step';
  END IF;
  -- A deputy stands in for somebody who is away and could have decided it.
  IF p_review.deputy_for IS NOT NULL AND NOT (is_deputy(p_review.user_id, p_review.deputy_for, p_review.decided_at)
                                              AND has_role(p_review.deputy_for, p_round.mailing_id, 'approver')) THEN
    RAISE EXCEPTION 'you are not their deputy now' USING CONSTRAINT = 'accounts.not_deputy';
  END IF;
  IF p_review.deputy_for IN (SELECT made_by(p_round.revision_id, p_round.id))
     OR EXISTS (SELECT FROM approval_reviews v WHERE v.round_id = p_round.id AND v.id <> p_review.id AND p_review.deputy_for IN (v.user_id, v.deputy_for)) THEN
    RAISE EXCEPTION 'whom you stand in for couldn''t decide this step either: they made the mailing or decided another step' USING CONSTRAINT = 'approval.deputy_for_nobody';
  END IF;
  IF NOT waives AND NOT has_role(p_review.user_id, p_round.mailing_id, 'approver') THEN
    RAISE EXCEPTION 'only an approver of this label may decide this step' USING CONSTRAINT = 'accounts.approver_only';
  END IF;
  IF waives AND EXISTS (SELECT FROM policies_for(p_round.revision_id) p
                         WHERE NOT has_role(p_review.user_id, p_round.mailing_id, coalesce(p.waived_by, 'approver'))) THEN
    RAISE EXCEPTION 'the policy doesn''t let you waive the client''s approval' USING CONSTRAINT = 'approval.waived_by_others';
  END IF;
  PERFORM demand_counts(p_review.user_id, (SELECT label_id FROM mailings WHERE id = p_round.mailing_id), cooling_hours(p_round.revision_id), p_round.submitted_at);
END
$$;

-- Whether a user may act for the label of a mailing: as its approver; as planner,
-- which an approver and an admin may as well; or as admin.
CREATE FUNCTION has_role(p_user bigint, p_mailing bigint, p_role text) RETURNS boolean LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM users u
     WHERE u.id = p_user AND u.disabled_at IS NULL
       AND (u.admin AND p_role IN ('admin', 'planner')
            OR EXISTS (SELECT FROM user_roles r JOIN mailings m ON m.label_id = r.label_id
                        WHERE r.user_id = u.id AND m.id = p_mailing AND (r.role = p_role OR p_role = 'planner' AND r.role = 'approver'))));
END
$$;

-- A review is decided in its turn, by someone whose step it is, at that moment.
CREATE FUNCTION approval_review_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  round approval_rounds;
BEGIN
  SELECT * INTO round FROM approval_rounds WHERE id = NEW.round_id FOR UPDATE;
  IF TG_OP = 'INSERT' THEN
    IF round.state <> 'open' OR NEW.digest <> round.digest THEN RAISE EXCEPTION 'a review belongs to an open round and names its digest'
      USING CONSTRAINT = 'approval.review_round'; END IF;
    RETURN NEW;
  END IF;
  IF (NEW.round_id, NEW.position, NEW.step, NEW.advertiser_id, NEW.digest) IS DISTINCT FROM (OLD.round_id, OLD.position, OLD.step, OLD.advertiser_id, OLD.digest) THEN
    RAISE EXCEPTION 'what a review is about can''t be changed' USING CONSTRAINT = 'approval.review_fixed';
  END IF;
  IF NEW.verdict = OLD.verdict THEN
    IF OLD.verdict <> 'pending' AND (NEW.user_id, NEW.deputy_for, NEW.contact_id, NEW.contact_address, NEW.token_id, NEW.decided_at, NEW.reason) IS DISTINCT FROM (OLD.user_id, OLD.deputy_for, OLD.contact_id, OLD.contact_address, OLD.token_id, OLD.decided_at, OLD.reason) THEN
      RAISE EXCEPTION 'this review is already %', OLD.verdict USING CONSTRAINT = 'approval.already_decided', DETAIL = jsonb_build_object('verdict', OLD.verdict);
    END IF;
    RETURN NEW;
  END IF;
  NEW.decided_at := decided_now(NEW.decided_at);
  -- Whoever approved before may object until the mailing is sent.
  IF round.state <> 'open' AND NOT (OLD.verdict = 'carried' AND round.state = 'approved') THEN
    RAISE EXCEPTION 'this approval round is already %', round.state USING CONSTRAINT = 'approval.round_closed', DETAIL = jsonb_build_object('state', round.state);
  END IF;
  IF EXISTS (SELECT FROM approval_reviews v WHERE v.round_id = NEW.round_id AND v.position < NEW.position AND v.verdict NOT IN ('approved', 'waived', 'carried')) THEN
    RAISE EXCEPTION 'an earlier step of this approval is still open' USING CONSTRAINT = 'approval.earlier_step_open';
  END IF;
  IF NEW.verdict = 'carried' THEN
    IF NOT carry_stands(NEW.id) THEN
      RAISE EXCEPTION 'no earlier approval of this client counts for what is put up now' USING CONSTRAINT = 'approval.carry_refused';
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.verdict = 'waived' AND (NOT round.client_waivable OR EXISTS (SELECT FROM policies_for(round.revision_id) p WHERE p.client_waivable IS NOT TRUE)) THEN
    RAISE EXCEPTION 'the policy doesn''t allow waiving the client''s approval' USING CONSTRAINT = 'approval.waiver_not_allowed_here';
  END IF;
  IF (NEW.contact_id IS NOT NULL OR OLD.verdict = 'carried') AND NOT EXISTS (
       SELECT FROM contacts c JOIN approval_links l ON l.contact_id = c.id AND l.review_id = NEW.id AND l.revoked_at IS NULL AND NEW.decided_at < l.expires_at
        WHERE c.id = NEW.contact_id AND c.advertiser_id = NEW.advertiser_id AND c.may_approve AND l.address = c.email) THEN
    RAISE EXCEPTION 'only a contact of this advertiser who was sent a link may decide this step' USING CONSTRAINT = 'approval.contact_without_link';
  END IF;
  IF NEW.contact_id IS NOT NULL AND EXISTS (
       SELECT FROM contacts c WHERE c.id = NEW.contact_id AND is_insider(c.email)) THEN
    RAISE EXCEPTION 'nobody who works here approves as the client' USING CONSTRAINT = 'approval.user_as_client';
  END IF;
  IF NEW.contact_id IS NOT NULL AND EXISTS (SELECT FROM contacts c WHERE c.id = NEW.contact_id AND c.approves_after >= NEW.round_id) THEN
    RAISE EXCEPTION 'this address was confirmed after the mailing was submitted, so it counts from the next submission on' USING CONSTRAINT = 'approval.contact_too_new';
  END IF;
  IF NEW.step <> 'maker' THEN PERFORM demand_verdict(round.revision_id); END IF;
  IF NEW.contact_id IS NOT NULL THEN PERFORM demand_link_code(round.revision_id); END IF;
  NEW.token_id := acting_token();
  NEW.contact_address := (SELECT email FROM contacts WHERE id = NEW.contact_id);
  IF NEW.contact_id IS NOT NULL AND EXISTS (
       SELECT FROM contacts c WHERE c.id = NEW.contact_id
          AND c.vouched_by IN (SELECT 'user:' || a FROM made_by(round.revision_id, round.id) a)
          AND coalesce(c.proposed_by IN (SELECT 'user:' || a FROM made_by(round.revision_id, round.id) a), true)) THEN
    RAISE EXCEPTION 'whoever made this mailing added this contact, so someone else must vouch for it' USING CONSTRAINT = 'approval.contact_unvouched';
  END IF;
  IF NEW.step = 'maker' AND NEW.user_id IS DISTINCT FROM round.submitted_by THEN
    RAISE EXCEPTION 'the maker''s step belongs to whoever submitted the mailing' USING CONSTRAINT = 'approval.makers_step';
  END IF;
  IF NEW.step = 'maker' AND NOT audience_named(round) THEN
    RAISE EXCEPTION 'what goes out once is submitted for members who are all named' USING CONSTRAINT = 'approval.members_named';
  END IF;
  IF NEW.step IN ('colleague', 'lead') OR NEW.verdict = 'waived' THEN
    PERFORM review_by_another(round, NEW);
    NEW.new_since := (SELECT t.since FROM tenures((SELECT label_id FROM mailings WHERE id = round.mailing_id)) t
                       WHERE t.user_id = NEW.user_id AND t.since > t.first_send AND (t.lifted_at >= t.since) IS NOT TRUE);
    IF NEW.verdict = 'waived' THEN
      NEW.waived_as := (SELECT role FROM unnest(waivers()) WITH ORDINALITY w(role, n) WHERE has_role(NEW.user_id, round.mailing_id, role) ORDER BY n DESC LIMIT 1);
    END IF;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER approval_reviews_guard BEFORE INSERT OR UPDATE ON approval_reviews FOR EACH ROW EXECUTE FUNCTION approval_review_guard();

-- A round names the faces of its revision, as the program derived them, and no
-- other are added to these.
CREATE FUNCTION round_faces_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM face_sets s JOIN faces f ON f.set_id = s.id WHERE s.id = NEW.face_set_id AND s.revision_id = NEW.revision_id) THEN
    RAISE EXCEPTION 'an approval round names the faces of its revision' USING CONSTRAINT = 'approval.round_faces';
  END IF;
  IF NOT faces_sealed(NEW.face_set_id) THEN
    RAISE EXCEPTION 'these aren''t the mails that Keur derived of this content: open Check once more' USING CONSTRAINT = 'approval.faces_unsealed';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER approval_rounds_witnessed BEFORE INSERT ON approval_rounds FOR EACH ROW EXECUTE FUNCTION round_faces_guard();
CREATE FUNCTION round_attachments_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT attachments_allowed(NEW.revision_id) THEN
    RAISE EXCEPTION 'the approval policy doesn''t take these attachments' USING CONSTRAINT = 'approval.attachments_refused';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER approval_rounds_attachments BEFORE INSERT ON approval_rounds FOR EACH ROW EXECUTE FUNCTION round_attachments_guard();
CREATE FUNCTION face_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM face_seals WHERE set_id = NEW.set_id) THEN
    RAISE EXCEPTION 'what the program derived can''t be changed' USING CONSTRAINT = 'approval.derived_fixed';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER faces_guard BEFORE INSERT ON faces FOR EACH ROW EXECUTE FUNCTION face_guard();

-- Which faces of a revision, as it was last put up, whoever acts wasn't shown:
-- '2, 3', or null where they were shown all.
CREATE FUNCTION unseen_of(p_revision bigint) RETURNS text LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (
    SELECT string_agg(n::text, ', ')
      FROM faces_unseen((SELECT face_set_id FROM approval_rounds WHERE revision_id = p_revision ORDER BY id DESC LIMIT 1), current_actor()) n);
END
$$;
-- demand_seen refuses who lets go what they never looked at.
CREATE FUNCTION demand_seen(p_revision bigint) RETURNS void LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  IF unseen_of(p_revision) IS NOT NULL THEN
    RAISE EXCEPTION 'look at every face of the mail first; you have not seen %', unseen_of(p_revision)
      USING CONSTRAINT = 'approval.faces_unseen', DETAIL = jsonb_build_object('faces', unseen_of(p_revision));
  END IF;
  PERFORM demand_opened(p_revision);
END
$$;

-- A verdict names the faces that whoever decides was shown; approval needs all, as
-- does a waiver, and that no comment in the mail waits for an answer.
CREATE FUNCTION review_faces_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  face_set bigint := (SELECT face_set_id FROM approval_rounds WHERE id = NEW.round_id);
  revision bigint := (SELECT revision_id FROM approval_rounds WHERE id = NEW.round_id);
  unseen text := (SELECT string_agg(n::text, ', ') FROM faces_unseen(face_set, current_actor()) n);
BEGIN
  IF NEW.verdict IN ('approved', 'waived') AND unseen IS NOT NULL THEN
    RAISE EXCEPTION 'look at every face of the mail first; you have not seen %', unseen USING CONSTRAINT = 'approval.faces_unseen', DETAIL = jsonb_build_object('faces', unseen);
  END IF;
  IF NEW.verdict IN ('approved', 'waived') THEN PERFORM demand_opened(revision); END IF;
  IF NEW.verdict = 'approved' AND unanswered_comments(revision) > 0 THEN
    RAISE EXCEPTION 'a comment that is pinned in the mail waits for an answer of somebody else than who asked; answer or resolve it first' USING CONSTRAINT = 'approval.comments_unanswered';
  END IF;
  NEW.faces_seen := (SELECT coalesce(jsonb_agg(n ORDER BY n), '[]') FROM faces_seen(face_set, current_actor()) n);
  NEW.attachments_opened := (SELECT coalesce(jsonb_agg(n ORDER BY n), '[]') FROM attachments_opened(revision, current_actor()) n);
  RETURN NEW;
END
$$;
CREATE TRIGGER approval_reviews_witnessed BEFORE UPDATE ON approval_reviews
  FOR EACH ROW WHEN (NEW.verdict <> OLD.verdict AND NEW.verdict <> 'carried') EXECUTE FUNCTION review_faces_guard();

-- What a passkey signs as a verdict (approval.Statement): SHA-256 over nonce (32
-- bytes), review (8, big-endian), digest (32), SHA-256 over the digests of the
-- faces that were shown in the order of their numbers (32), verdict in ASCII.
CREATE FUNCTION verdict_challenge(p_nonce bytea, p_review bigint, p_verdict text, p_actor text) RETURNS bytea
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT sha256(p_nonce || int8send(v.id) || v.digest
             || sha256((SELECT coalesce(string_agg(f.digest, '' ORDER BY f.number), '') FROM faces f
                         WHERE f.set_id = r.face_set_id AND f.number IN (SELECT faces_seen(r.face_set_id, p_actor))))
             || convert_to(p_verdict, 'UTF8'))
    FROM approval_reviews v JOIN approval_rounds r ON r.id = v.round_id WHERE v.id = p_review
$$;

-- Who decides proves at that moment to be who they are, and a review keeps how; a
-- passkey's proof is one for this very verdict. The maker's step, which goes with
-- submitting, decides nothing by itself.
CREATE FUNCTION demand_proof_for(p_revision bigint, p_review bigint DEFAULT NULL) RETURNS void
LANGUAGE sql SET search_path = public, pg_temp AS $$
  SELECT demand_proof((SELECT coalesce(bool_or(strong_proof), false) FROM policies_for(p_revision)), p_review)
$$;
CREATE FUNCTION review_proven() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  p session_proofs;
BEGIN
  IF NEW.step <> 'maker' THEN
    PERFORM demand_proof_for((SELECT revision_id FROM approval_rounds WHERE id = NEW.round_id), NEW.id);
  END IF;
  NEW.proven_by := coalesce(fresh_proof(NEW.id), 'session');
  NEW.signature := NULL;
  IF NEW.proven_by = 'passkey' THEN
    SELECT * INTO p FROM session_proofs WHERE 'session:' || session_id = current_credential();
    IF encode(verdict_challenge(p.nonce, NEW.id, NEW.verdict, current_actor()), 'hex') IS DISTINCT FROM
       encode(decode(rpad(translate(convert_from(p.client_data, 'UTF8')::jsonb->>'challenge', '-_', '+/'), 44, '='), 'base64'), 'hex') THEN
      RAISE EXCEPTION 'this passkey signed another verdict than this one' USING CONSTRAINT = 'approval.signed_another';
    END IF;
    NEW.signature := jsonb_build_object('nonce', encode(p.nonce, 'hex'), 'authenticator_data', encode(p.authenticator_data, 'hex'),
      'client_data', encode(p.client_data, 'hex'), 'signature', encode(p.signature, 'hex'),
      'public_key', (SELECT encode(spki, 'hex') FROM passkeys WHERE id = p.passkey_id));
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER approval_reviews_proven BEFORE UPDATE ON approval_reviews
  FOR EACH ROW WHEN (NEW.verdict <> OLD.verdict AND NEW.verdict <> 'carried') EXECUTE FUNCTION review_proven();

-- So does who lets a send go on that was held, missed or paused, and who has
-- looked at what goes out.
CREATE FUNCTION send_proven() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.state <> 'held' THEN PERFORM demand_seen(NEW.revision_id); END IF;  -- else the program holds it once more
  PERFORM demand_proof_for(NEW.revision_id);
  RETURN NEW;
END
$$;
CREATE TRIGGER sends_proven BEFORE UPDATE ON sends
  FOR EACH ROW WHEN (NEW.released_by IS DISTINCT FROM OLD.released_by OR OLD.state = 'paused' AND NEW.state = 'sending'
                     OR OLD.state IN ('held', 'missed') AND NEW.state NOT IN ('held', 'missed', 'cancelled'))
  EXECUTE FUNCTION send_proven();
CREATE TRIGGER sends_proven_first BEFORE INSERT ON sends
  FOR EACH ROW WHEN (NEW.released_by IS NOT NULL) EXECUTE FUNCTION send_proven();

-- A remark on a revision, pinned to a place in the mail or to none.
CREATE TABLE review_comments (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  revision_id bigint      NOT NULL REFERENCES revisions,
  answers_id  bigint      REFERENCES review_comments,   -- null: it begins a thread
  element     text        NOT NULL DEFAULT '',          -- path of the element that it is pinned to; empty: the mail as a whole
  x           real        CHECK (x BETWEEN 0 AND 100),  -- percent of the element's width …
  y           real        CHECK (y BETWEEN 0 AND 100),  -- … and height; null: pinned nowhere
  field       text        NOT NULL DEFAULT ''           -- which it is about, subject or placement:p1; empty: the mail as a whole
              CHECK (field ~ '^(|subject|preheader|sender|source|audience|moment|placement:[a-z0-9][a-z0-9_-]{0,29})$'),
  outcome     text        CHECK (outcome IN ('done', 'declined')), -- what an answer says became of what was asked, as the mailing is put up again
  body        text        NOT NULL CHECK (is_tidy(body, 4000)),
  created_by  text        NOT NULL DEFAULT current_actor(),
  created_at  timestamptz NOT NULL DEFAULT now(),
  resolved_by text,
  resolved_at timestamptz,
  CHECK ((x IS NULL) = (y IS NULL) AND (element = '' OR x IS NOT NULL)),
  CHECK ((resolved_by IS NULL) = (resolved_at IS NULL)),
  CHECK (answers_id IS NULL OR (x IS NULL AND field = '' AND resolved_at IS NULL)),
  CHECK (outcome IS NULL OR answers_id IS NOT NULL),
  CHECK (body <> '' OR outcome IS NOT DISTINCT FROM 'done') -- what wasn't done says why
);
CREATE INDEX review_comments_revision ON review_comments (revision_id);
CREATE TRIGGER review_comments_audit AFTER INSERT OR UPDATE OR DELETE ON review_comments
  FOR EACH ROW EXECUTE FUNCTION audit_row('body');
GRANT SELECT, INSERT, UPDATE (resolved_at) ON review_comments TO keur_app;
CREATE TRIGGER review_comments_program BEFORE INSERT OR UPDATE ON review_comments
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER review_comments_signed BEFORE INSERT ON review_comments
  FOR EACH ROW EXECUTE FUNCTION signed('created_by');
-- An approval waits for an answer to what is pinned: no program gives one, nor
-- does anybody who neither plans nor approves for the mailing's label.
CREATE FUNCTION demand_commenter(p_revision bigint) RETURNS void LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM demand_person();
  IF NOT EXISTS (SELECT FROM revisions r, unnest(ARRAY['planner', 'approver']) role
                  WHERE r.id = p_revision AND current_actor() ~ '^user:[0-9]+$' AND has_role(substr(current_actor(), 6)::bigint, r.mailing_id, role)) THEN
    RAISE EXCEPTION 'only who plans or approves for this label comments on its mailings' USING CONSTRAINT = 'approval.comment_by_others';
  END IF;
END
$$;
CREATE FUNCTION comment_person() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM demand_commenter(NEW.revision_id);
  RETURN NEW;
END
$$;
CREATE TRIGGER review_comments_person BEFORE INSERT ON review_comments
  FOR EACH ROW EXECUTE FUNCTION comment_person();
CREATE TRIGGER review_comments_no_delete BEFORE DELETE ON review_comments
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What was said stays said, until a member is erased whom it names; whether it
-- is resolved may change, and by whom is who acts. What is pinned asks for
-- something: that this needs nothing more is said by who asked alone.
CREATE FUNCTION comment_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF by_owner(TG_RELID) THEN RETURN NEW; END IF;
  PERFORM demand_commenter(NEW.revision_id);
  IF (NEW.revision_id, NEW.answers_id, NEW.element, NEW.x, NEW.y, NEW.field, NEW.outcome, NEW.body, NEW.created_by, NEW.created_at)
     IS DISTINCT FROM (OLD.revision_id, OLD.answers_id, OLD.element, OLD.x, OLD.y, OLD.field, OLD.outcome, OLD.body, OLD.created_by, OLD.created_at) THEN
    RAISE EXCEPTION 'a comment can''t be changed; answer it instead' USING CONSTRAINT = 'approval.comment_fixed';
  END IF;
  NEW.resolved_by := OLD.resolved_by;
  IF NEW.resolved_at IS DISTINCT FROM OLD.resolved_at THEN
    IF (OLD.x IS NOT NULL OR OLD.field <> '') AND OLD.created_by <> current_actor() THEN
      RAISE EXCEPTION 'who asked for a change says that nothing more has to be done; answer it instead'
        USING CONSTRAINT = 'approval.change_not_yours';
    END IF;
    NEW.resolved_by := CASE WHEN NEW.resolved_at IS NOT NULL THEN current_actor() END;
  END IF;
  RETURN NEW;
END
$$;
CREATE FUNCTION comment_answers() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM review_comments c JOIN revisions o ON o.id = c.revision_id JOIN revisions r USING (mailing_id)
                  WHERE c.id = NEW.answers_id AND r.id = NEW.revision_id) THEN
    RAISE EXCEPTION 'a comment answers one on the same mailing' USING CONSTRAINT = 'approval.comment_elsewhere';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER review_comments_answers BEFORE INSERT ON review_comments
  FOR EACH ROW WHEN (NEW.answers_id IS NOT NULL) EXECUTE FUNCTION comment_answers();
CREATE TRIGGER review_comments_guard BEFORE UPDATE ON review_comments FOR EACH ROW EXECUTE FUNCTION comment_guard();

-- unanswered_comments counts the threads that are pinned in a revision or in one
-- of its mailing before it, and were neither answered by another than who asked nor
-- resolved.
CREATE FUNCTION unanswered_comments(p_revision bigint) RETURNS bigint LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (
    SELECT count(*)
      FROM revisions r
      JOIN revisions o ON o.mailing_id = r.mailing_id AND o.number <= r.number
      JOIN review_comments c ON c.revision_id = o.id
     WHERE r.id = p_revision AND (c.x IS NOT NULL OR c.field <> '') AND c.resolved_at IS NULL
       AND NOT EXISTS (SELECT FROM review_comments a WHERE a.answers_id = c.id AND a.created_by <> c.created_by));
END
$$;

-- due_comments counts those of them, answered or not, of which nobody said yet
-- whether it was done, nor who asked that it needs nothing more. A mailing is put
-- up again once it is said of each.
CREATE FUNCTION due_comments(p_revision bigint) RETURNS bigint LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (
    SELECT count(*)
      FROM revisions r
      JOIN revisions o ON o.mailing_id = r.mailing_id AND o.number <= r.number
      JOIN review_comments c ON c.revision_id = o.id
     WHERE r.id = p_revision AND (c.x IS NOT NULL OR c.field <> '') AND c.resolved_by IS DISTINCT FROM c.created_by
       AND NOT EXISTS (SELECT FROM review_comments a WHERE a.answers_id = c.id AND a.outcome IS NOT NULL));
END
$$;
CREATE FUNCTION round_comments_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF due_comments(NEW.revision_id) > 0 THEN
    RAISE EXCEPTION 'changes were asked for in this mailing; say of each at the desk whether it was done, and submit it there' USING CONSTRAINT = 'approval.changes_unanswered';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER approval_rounds_answered BEFORE INSERT ON approval_rounds FOR EACH ROW EXECUTE FUNCTION round_comments_guard();

-- Who looked at which revision, so that a reviewer is told what changed since.
CREATE TABLE review_looks (
  user_id     bigint      NOT NULL REFERENCES users,
  revision_id bigint      NOT NULL REFERENCES revisions,
  at          timestamptz NOT NULL,
  PRIMARY KEY (user_id, revision_id)
);
GRANT SELECT, INSERT ON review_looks TO keur_app;
CREATE TRIGGER review_looks_program BEFORE INSERT ON review_looks
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER review_looks_who BEFORE INSERT ON review_looks
  FOR EACH ROW EXECUTE FUNCTION actor_named('user', 'user_id');

-- The slots that a round is for, up to the end of its approval. They are written
-- as it is submitted, before its maker signs it off, and never after.
CREATE TABLE approval_slots (
  round_id   bigint      NOT NULL REFERENCES approval_rounds,
  slot_local timestamp   NOT NULL,                -- the label's wall clock
  slot_at    timestamptz NOT NULL,
  PRIMARY KEY (round_id, slot_local)
);
CREATE TRIGGER approval_slots_audit AFTER INSERT ON approval_slots
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION audit_set('round_id');
GRANT SELECT, INSERT ON approval_slots TO keur_app;
CREATE TRIGGER approval_slots_program BEFORE INSERT ON approval_slots
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER approval_slots_append_only BEFORE UPDATE OR DELETE ON approval_slots
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- They are those of the revision's schedule by its label's clock, as far as SQL
-- can read one: a cron expression it can't, so of what recurs it counts them.
CREATE FUNCTION approval_slots_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  r approval_rounds;
  content jsonb;
  kind text;
  months int;
  occurrences int;
BEGIN
  IF (SELECT count(DISTINCT round_id) FROM written) <> 1 THEN RAISE EXCEPTION 'slots are written of one round at a time'
    USING CONSTRAINT = 'approval.slots_of_one'; END IF;
  SELECT * INTO r FROM approval_rounds WHERE id = (SELECT round_id FROM written LIMIT 1) FOR UPDATE;
  IF r.state <> 'open' OR EXISTS (SELECT FROM approval_reviews WHERE round_id = r.id AND verdict <> 'pending') THEN
    RAISE EXCEPTION 'the slots of an approval are fixed when it is submitted' USING CONSTRAINT = 'approval.slots_fixed';
  END IF;
  SELECT convert_from(v.content, 'UTF8')::jsonb INTO content FROM revisions v WHERE v.id = r.revision_id;
  kind := content#>>'{schedule,kind}';
  SELECT min(coalesce(p.recurring_months, 6)), min(coalesce(p.recurring_occurrences, 26)) INTO months, occurrences FROM policies_for(r.revision_id) p;
  IF EXISTS (SELECT FROM written w WHERE NOT slot_shows(w.slot_local, w.slot_at, content#>>'{label,time_zone}'))
     OR kind = 'once' AND EXISTS (SELECT FROM written WHERE slot_local <> (content#>>'{schedule,at}')::timestamp)
     OR kind = 'recurring' AND (SELECT count(*) FROM approval_slots WHERE round_id = r.id) > occurrences
     OR kind = 'series' AND EXISTS (SELECT FROM written WHERE slot_local::time <> (content#>>'{schedule,step,time}')::time)
     OR kind <> 'once' AND EXISTS (SELECT FROM written WHERE slot_at < r.submitted_at OR slot_local < nullif(content#>>'{schedule,from}', '')::timestamp
            OR slot_local > nullif(content#>>'{schedule,until}', '')::timestamp
            OR slot_at > greatest(r.submitted_at, nullif(content#>>'{schedule,from}', '')::timestamp AT TIME ZONE (content#>>'{label,time_zone}'))
                         + make_interval(months => months, days => 1)) THEN
    RAISE EXCEPTION 'these are not the slots that the revision''s schedule and the policy give' USING CONSTRAINT = 'approval.slots_other';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER approval_slots_guard AFTER INSERT ON approval_slots
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION approval_slots_guard();

-- The slot that a person gave to a send which had missed its own.
CREATE TABLE send_new_slots (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  send_id    bigint      NOT NULL UNIQUE REFERENCES sends,
  slot_local timestamp   NOT NULL,
  slot_at    timestamptz NOT NULL,
  user_id    bigint      NOT NULL REFERENCES users,
  made_at    timestamptz NOT NULL DEFAULT now(),
  proven_by  text,                                -- how they proved to be who they are, by the guard …
  token_id   bigint      REFERENCES api_tokens    -- … and by which API token; null: by none
);
CREATE TRIGGER send_new_slots_audit AFTER INSERT ON send_new_slots
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT ON send_new_slots TO keur_app;
CREATE TRIGGER send_new_slots_program BEFORE INSERT ON send_new_slots
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER send_new_slots_append_only BEFORE UPDATE OR DELETE ON send_new_slots
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER send_new_slots_who BEFORE INSERT ON send_new_slots
  FOR EACH ROW EXECUTE FUNCTION actor_named('user', 'user_id');
CREATE FUNCTION send_new_slot_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM demand_verdict((SELECT revision_id FROM sends WHERE id = NEW.send_id));
  IF NOT EXISTS (SELECT FROM sends s WHERE s.id = NEW.send_id AND s.state = 'missed' AND lets_go(s.revision_id, NEW.user_id)) THEN
    RAISE EXCEPTION 'a new slot is given to a send that missed its own, by an approver who made no part of it' USING CONSTRAINT = 'mailings.new_slot_by_approver';
  END IF;
  -- What was approved for then isn't sent much later: terms and prices are of their time.
  IF EXISTS (SELECT FROM sends s JOIN revisions v ON v.id = s.revision_id
              WHERE s.id = NEW.send_id AND (NOT slot_shows(NEW.slot_local, NEW.slot_at, convert_from(v.content, 'UTF8')::jsonb#>>'{label,time_zone}')
                 OR NEW.slot_at > (SELECT max(a.slot_at) + interval '30 days' FROM approval_slots a JOIN approval_rounds r ON r.id = a.round_id
                                    WHERE r.revision_id = s.revision_id AND r.state = 'approved'))) THEN
    RAISE EXCEPTION 'a new slot is within 30 days of the last one that was approved; for later, submit the mailing anew' USING CONSTRAINT = 'mailings.new_slot_late';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER send_new_slots_guard BEFORE INSERT ON send_new_slots
  FOR EACH ROW EXECUTE FUNCTION send_new_slot_guard();
CREATE FUNCTION send_new_slot_proven() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM demand_seen((SELECT revision_id FROM sends WHERE id = NEW.send_id));
  PERFORM demand_proof_for((SELECT revision_id FROM sends WHERE id = NEW.send_id));
  NEW.proven_by := coalesce(fresh_proof(), 'session');
  NEW.token_id := acting_token();
  RETURN NEW;
END
$$;
CREATE TRIGGER send_new_slots_proven BEFORE INSERT ON send_new_slots
  FOR EACH ROW EXECUTE FUNCTION send_new_slot_proven();

-- A send is for a slot that its approved round names, or that a person gave to
-- one that missed its own.
CREATE FUNCTION send_slot_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM approval_rounds r JOIN approval_slots a ON a.round_id = r.id
                  WHERE r.revision_id = NEW.revision_id AND r.state = 'approved' AND (a.slot_local, a.slot_at) = (NEW.slot_local, NEW.slot_at))
     AND NOT EXISTS (SELECT FROM send_new_slots n JOIN sends s ON s.id = n.send_id
                      WHERE s.revision_id = NEW.revision_id AND (n.slot_local, n.slot_at) = (NEW.slot_local, NEW.slot_at)) THEN
    RAISE EXCEPTION 'nobody approved this slot' USING CONSTRAINT = 'approval.slot_not_approved';
  END IF;
  IF NEW.deadline_at > slot_ends(NEW.revision_id, NEW.slot_local, NEW.slot_at) + make_interval(hours => coalesce(nullif((SELECT (schedule->>'lapse_hours')::int FROM revisions WHERE id = NEW.revision_id), 0), 48)) THEN
    RAISE EXCEPTION 'a send lapses so long after its slot as its revision says' USING CONSTRAINT = 'approval.send_lapses';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER sends_slot_guard BEFORE INSERT ON sends FOR EACH ROW EXECUTE FUNCTION send_slot_guard();

-- Whom a mailing that goes out once was approved for, exactly: a bit per member,
-- in blocks of 2,048, and none where nobody is. Written with the slots.
CREATE TABLE approval_audiences (
  round_id bigint    NOT NULL REFERENCES approval_rounds,
  block    bigint    NOT NULL,                    -- member_id >> 11
  members  bit(2048) NOT NULL,                    -- member_id & 2047
  PRIMARY KEY (round_id, block)
);
CREATE TRIGGER approval_audiences_audit AFTER INSERT ON approval_audiences
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION audit_set('round_id');
GRANT SELECT, INSERT ON approval_audiences TO keur_app;
CREATE TRIGGER approval_audiences_program BEFORE INSERT ON approval_audiences
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER approval_audiences_append_only BEFORE UPDATE OR DELETE ON approval_audiences
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE FUNCTION approval_audiences_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM (SELECT DISTINCT round_id FROM written) w JOIN approval_rounds r ON r.id = w.round_id
              WHERE r.state <> 'open' OR r.ceiling IS NOT NULL OR EXISTS (SELECT FROM approval_reviews v WHERE v.round_id = r.id AND v.verdict <> 'pending')
                 OR r.audience <> (SELECT sum(bit_count(a.members)) FROM approval_audiences a WHERE a.round_id = r.id)) THEN
    RAISE EXCEPTION 'the audience of an approval is fixed when it is submitted, and is as large as it says'
      USING CONSTRAINT = 'approval.audience_fixed';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER approval_audiences_guard AFTER INSERT ON approval_audiences
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION approval_audiences_guard();

-- A send is held for a reason that says what was found; what an earlier one was
-- released by doesn't excuse it. Of its audience it has the numbers that its
-- sentence shows, and no other. What can be derived of them is: how many were
-- approved, how many of these are gone, from how many on it takes a lead.
CREATE FUNCTION send_held() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  r approval_rounds;
  found jsonb := NEW.held_reason->'args';
  numbers text[] := audience_numbers(NEW.held_reason);
  now_ int;
  fresh int;
BEGIN
  NEW.released_by := NULL;
  IF NEW.held_reason->>'key' IS NULL THEN RAISE EXCEPTION 'a send is held for a reason' USING CONSTRAINT = 'approval.held_reason'; END IF;
  IF numbers IS NULL THEN RETURN NEW; END IF;
  SELECT * INTO r FROM approval_rounds WHERE revision_id = NEW.revision_id AND state = 'approved';
  now_ := found->>'now';
  fresh := CASE WHEN 'fresh' = ANY (numbers) THEN (found->>'fresh')::int ELSE greatest(now_ - r.audience, 0) END;
  IF r.id IS NULL OR (found ?& numbers AND found - numbers = '{}' AND fresh BETWEEN greatest(now_ - r.audience, 0) AND now_) IS NOT TRUE THEN
    RAISE EXCEPTION 'this reason says how many members there are, and doesn''t add up' USING CONSTRAINT = 'approval.reason_numbers';
  END IF;
  NEW.held_reason := jsonb_set(NEW.held_reason, '{args}', (
    SELECT jsonb_object_agg(key, coalesce(derived->key, value))
      FROM jsonb_each(found), jsonb_build_object('approved', coalesce(r.ceiling, r.audience), 'gone', r.audience - now_ + fresh,
             'lead_from', least(r.lead_from, (SELECT min(p.lead_from) FROM policies_for(r.revision_id) p))) derived));
  RETURN NEW;
END
$$;
CREATE TRIGGER sends_held BEFORE UPDATE ON sends
  FOR EACH ROW WHEN (NEW.state = 'held' AND OLD.state <> 'held') EXECUTE FUNCTION send_held();

-- The numbers of a reason to hold a send for its audience; null: it's another reason.
CREATE FUNCTION audience_numbers(reason jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE
  RETURN CASE reason->>'key'
    WHEN 'hold.lead' THEN ARRAY['now', 'lead_from']
    WHEN 'hold.lead_who' THEN ARRAY['now', 'lead_from', 'approved', 'gone', 'fresh']
    WHEN 'hold.ceiling' THEN ARRAY['now', 'approved']
    WHEN 'hold.drift' THEN ARRAY['now', 'approved']
    WHEN 'hold.drift_who' THEN ARRAY['now', 'approved', 'gone', 'fresh'] END;

-- What was approved holds again for the audience as it is frozen, by the policy
-- of today where that is stricter: a lead from so many members on, who they are
-- for what goes out once, and how many at most for what recurs. Beyond that
-- someone releases it who may, as they saw it, and it holds again beyond the
-- drift from there; in the lead's place, one who decided nothing yet, and for whom nobody did.
CREATE FUNCTION send_limits_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  r approval_rounds;
  n int := coalesce(NEW.sealed_queued, 0);
  kept int;
  gone int;
  fresh int;
  lead int;
  drift bigint;
  led boolean;
  within boolean;
  seen record;
  counted boolean;
BEGIN
  SELECT * INTO r FROM approval_rounds WHERE revision_id = NEW.revision_id AND state = 'approved';
  SELECT least(r.lead_from, min(p.lead_from)), least(r.drift_percent, min(coalesce(p.drift_percent, 10))) INTO lead, drift FROM policies_for(NEW.revision_id) p;
  kept := coalesce(NEW.sealed_kept, least(n, r.audience));
  gone := r.audience - kept;
  fresh := n - kept;
  led := lead IS NULL OR n < lead OR EXISTS (SELECT FROM approval_reviews WHERE round_id = r.id AND step = 'lead' AND verdict = 'approved');
  within := CASE WHEN r.ceiling IS NULL THEN greatest(gone, fresh) * 100 <= drift * r.audience ELSE n <= r.ceiling END;
  FOR seen IN SELECT x.user_id, x.key, x.n, coalesce(x.fresh, greatest(x.n - r.audience, 0)) AS fresh
                FROM (SELECT user_id, id, reason->>'key' AS key, (reason#>>'{args,now}')::int AS n,
                             CASE WHEN 'fresh' = ANY (audience_numbers(reason)) THEN (reason#>>'{args,fresh}')::int END AS fresh
                        FROM send_releases WHERE send_id = NEW.id AND audience_numbers(reason) IS NOT NULL) x LOOP
    counted := abs(n - seen.n) * 100 <= drift * seen.n;
    led := led OR counted AND seen.key IN ('hold.lead', 'hold.lead_who')
                  AND NOT EXISTS (SELECT FROM approval_reviews v WHERE v.round_id = r.id AND seen.user_id IN (v.user_id, v.deputy_for));
    within := within OR CASE WHEN r.ceiling IS NOT NULL THEN counted
                             ELSE seen.key IN ('hold.lead_who', 'hold.drift', 'hold.drift_who') AND abs(fresh - seen.fresh) * 100 <= drift * seen.n
                                  AND abs(gone - (r.audience - seen.n + seen.fresh)) * 100 <= drift * seen.n END;
  END LOOP;
  IF NOT led THEN RAISE EXCEPTION 'so many members need a lead''s approval' USING CONSTRAINT = 'approval.lead_at_freezing'; END IF;
  IF NOT within THEN RAISE EXCEPTION 'the audience isn''t the one that was approved' USING CONSTRAINT = 'approval.beyond_approved'; END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER sends_limits_guard BEFORE UPDATE ON sends
  FOR EACH ROW WHEN (NEW.frozen_at IS NOT NULL AND OLD.frozen_at IS NULL) EXECUTE FUNCTION send_limits_guard();
