-- Who wrote which part of a mailing, known by the part's bytes, and who approved
-- those bytes before. Who made a mailing and who may decide about it follows from
-- here: package authors holds the same rule in Go.
--
-- A part is known by a hash of its value, so its writers go with it through
-- copies of mailings, templates and segments, and through whatever else puts the
-- same bytes down again. Whoever changes a part becomes its writer beside those
-- who still are writers of what it was made from.

-- The user who acts, or null.
CREATE FUNCTION acting_user() RETURNS bigint LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (
    SELECT id FROM users WHERE id = CASE WHEN current_actor() ~ '^user:[0-9]{1,18}$' THEN substr(current_actor(), 6)::bigint END);
END
$$;

CREATE FUNCTION part_hash(kind text, value jsonb) RETURNS bytea LANGUAGE sql STABLE
  RETURN sha256(convert_to(kind || E'\n' || value::text, 'UTF8'));

CREATE TABLE part_authors (
  hash    bytea  NOT NULL CHECK (length(hash) = 32),
  user_id bigint NOT NULL REFERENCES users,
  kind    text   NOT NULL CHECK (kind IN ('text', 'block', 'template', 'segment', 'image', 'attachment', 'creative', 'deal', 'voucher', 'product', 'frame')),
  PRIMARY KEY (hash, user_id)
);
COMMENT ON TABLE part_authors IS 'Written only by triggers of the tables that hold parts; the application can''t leave a writer out.';
CREATE TRIGGER part_authors_audit AFTER INSERT OR UPDATE OR DELETE ON part_authors
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT ON part_authors TO keur_app;
CREATE TRIGGER part_authors_append_only BEFORE UPDATE OR DELETE ON part_authors FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Whose parts count as nobody's, since Keur brings them along: its starters.
-- A test holds the list to the files in templates/starters.
CREATE TABLE part_commons (hash bytea PRIMARY KEY CHECK (length(hash) = 32));
CREATE TRIGGER part_commons_audit AFTER INSERT OR UPDATE OR DELETE ON part_commons
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT ON part_commons TO keur_app;
INSERT INTO part_commons VALUES
  ('\xc3a365853ed0fbbbd86c094da9230230ebfcfac5b73b3dd174dd451461a6302d'),  -- solo.mjml
  ('\x1ca0a1c26144343a500502f1473ab6bc9e2eb6e3c31ccd6ac17a4e3415b4c7e5'),  -- newsletter.mjml
  ('\x0aa5a60a38a74d8e27edc2a254520e27598988af52905503d2b785a2fe5f52a9');  -- house.html

-- Who approved the exact bytes of a part under a label: alone, or as colleague or
-- lead of a round that was completed.
CREATE TABLE part_approvals (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id    int         NOT NULL REFERENCES labels,
  kind        text        NOT NULL,
  hash        bytea       NOT NULL CHECK (length(hash) = 32),
  user_id     bigint      NOT NULL REFERENCES users,
  round_id    bigint      REFERENCES approval_rounds,   -- null: alone
  approved_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (hash, label_id, user_id)
);
CREATE TRIGGER part_approvals_audit AFTER INSERT ON part_approvals
  FOR EACH ROW EXECUTE FUNCTION audit_row();
-- That it was within a round is for approval_rounds_parts to say.
GRANT SELECT, INSERT (label_id, kind, hash, user_id, approved_at) ON part_approvals TO keur_app;
CREATE TRIGGER part_approvals_program BEFORE INSERT ON part_approvals
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER part_approvals_append_only BEFORE UPDATE OR DELETE ON part_approvals FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION part_approval_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM demand_scope('approve');
  IF EXISTS (SELECT FROM part_authors a WHERE a.hash = NEW.hash AND a.user_id = NEW.user_id) THEN
    RAISE EXCEPTION 'you wrote this part, so someone else must approve it' USING CONSTRAINT = 'authors.wrote_part';
  END IF;
  IF NOT EXISTS (SELECT FROM users u JOIN user_roles r ON r.user_id = u.id
                  WHERE u.id = NEW.user_id AND u.disabled_at IS NULL AND r.label_id = NEW.label_id AND r.role = 'approver') THEN
    RAISE EXCEPTION 'only an approver of this label may approve a part of its mailings' USING CONSTRAINT = 'authors.approver_only';
  END IF;
  PERFORM demand_counts(NEW.user_id, NEW.label_id, label_cooling_hours(NEW.label_id), decided_now(NEW.approved_at));
  RETURN NEW;
END
$$;
CREATE TRIGGER part_approvals_guard BEFORE INSERT ON part_approvals
  FOR EACH ROW WHEN (NEW.round_id IS NULL) EXECUTE FUNCTION part_approval_guard();
CREATE TRIGGER part_approvals_proven BEFORE INSERT ON part_approvals
  FOR EACH ROW WHEN (NEW.round_id IS NULL) EXECUTE FUNCTION proof_demanded();
CREATE TRIGGER part_approvals_who BEFORE INSERT ON part_approvals
  FOR EACH ROW WHEN (NEW.round_id IS NULL) EXECUTE FUNCTION actor_named('user', 'user_id');

-- Who still counts as a writer of a part under a label: not those whose bytes
-- another person approved before. Under no label nobody approved anything, and a
-- round isn't before itself.
CREATE FUNCTION standing_authors(p_hash bytea, p_label int, p_round bigint DEFAULT NULL) RETURNS SETOF bigint LANGUAGE plpgsql STABLE ROWS 2
SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY
  SELECT a.user_id FROM part_authors a
   WHERE a.hash = p_hash
     AND NOT EXISTS (SELECT FROM part_approvals p
                      WHERE p.hash = a.hash AND p.label_id = p_label AND p.user_id <> a.user_id
                        AND (p_round IS NULL OR p.round_id IS DISTINCT FROM p_round));
END
$$;

-- part_written puts down who wrote a part, unless it is known: p_by, and who
-- still counts as a writer of what it was made from. A part that nobody wrote would
-- be anybody's to approve.
CREATE FUNCTION part_written(p_kind text, p_hash bytea, p_label int, p_by bigint[], p_from bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM part_authors WHERE hash = p_hash) OR EXISTS (SELECT FROM part_commons WHERE hash = p_hash) THEN RETURN; END IF;
  IF array_remove(p_by, NULL) = '{}' AND (SELECT admin_since IS NOT NULL FROM change_rules) THEN
    RAISE EXCEPTION 'a part of a mailing is written by a user who is signed in' USING CONSTRAINT = 'authors.by_nobody';
  END IF;
  INSERT INTO part_authors (hash, kind, user_id)
  SELECT p_hash, p_kind, w.id
    FROM (SELECT unnest(p_by) UNION SELECT a FROM unnest(p_from) f CROSS JOIN standing_authors(f, p_label) a) w(id)
   WHERE w.id IS NOT NULL
  ON CONFLICT DO NOTHING;
END
$$;
REVOKE ALL ON FUNCTION part_written(text, bytea, int, bigint[], bytea[]) FROM PUBLIC;

-- Templates.
CREATE FUNCTION template_part(p_template bigint, p_version int) RETURNS bytea LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT part_hash('template', jsonb_build_object('format', format, 'source', source))
    FROM template_versions WHERE template_id = p_template AND version = p_version
$$;
CREATE FUNCTION template_written() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM part_written('template', template_part(NEW.template_id, NEW.version), (SELECT label_id FROM templates WHERE id = NEW.template_id),
                       ARRAY[acting_user()], ARRAY[template_part(NEW.template_id, NEW.version - 1)]);
  RETURN NULL;
END
$$;
CREATE TRIGGER template_versions_written AFTER INSERT ON template_versions FOR EACH ROW EXECUTE FUNCTION template_written();

-- Segments. A rule that takes everyone in was written by nobody.
CREATE FUNCTION segment_part(p_segment bigint, p_version int) RETURNS bytea LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT part_hash('segment', rule) FROM segment_versions
   WHERE segment_id = p_segment AND version = p_version AND rule <> '{"all": []}'
$$;
CREATE FUNCTION segment_written() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  hash_ bytea := segment_part(NEW.segment_id, NEW.version);
BEGIN
  IF hash_ IS NOT NULL THEN
    PERFORM part_written('segment', hash_, (SELECT label_id FROM segments WHERE id = NEW.segment_id),
                         ARRAY[acting_user()], ARRAY[segment_part(NEW.segment_id, NEW.version - 1)]);
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER segment_versions_written AFTER INSERT ON segment_versions FOR EACH ROW EXECUTE FUNCTION segment_written();

-- segment_chain returns the parts of a segment in that version, and of each that
-- it refers to, which a revision holds in their place.
CREATE FUNCTION segment_chain(p_segment bigint, p_version int) RETURNS SETOF bytea LANGUAGE sql STABLE ROWS 2 SET search_path = public, pg_temp AS $$
  WITH RECURSIVE chain AS (
    SELECT v.segment_id, v.version, v.rule FROM segment_versions v WHERE v.segment_id = p_segment AND v.version = p_version
     UNION
    SELECT v.segment_id, v.version, v.rule
      FROM chain c CROSS JOIN LATERAL jsonb_path_query(c.rule, '$.**.segment') ref
      JOIN segments s ON s.id = (ref #>> '{}')::bigint JOIN segment_versions v ON v.segment_id = s.id AND v.version = s.version
     WHERE jsonb_typeof(ref) = 'number'
  )
  SELECT DISTINCT segment_part(segment_id, version) FROM chain WHERE segment_part(segment_id, version) IS NOT NULL
$$;

-- What an advertiser pays for a campaign, as a revision says it: all lines, in
-- their order.
CREATE FUNCTION terms_part(p_campaign bigint) RETURNS bytea LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT part_hash('deal', jsonb_build_object('campaign_id', c.id, 'terms',
           (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('kind', d.kind, 'currency', c.currency,
                     'basis_points', d.basis_points, 'minor_units', d.minor_units, 'note', nullif(d.note, ''))) ORDER BY d.id)
              FROM deals d WHERE d.campaign_id = c.id)))
    FROM campaigns c WHERE c.id = p_campaign AND EXISTS (SELECT FROM deals d WHERE d.campaign_id = c.id)
$$;
CREATE TABLE campaign_terms (
  campaign_id bigint PRIMARY KEY REFERENCES campaigns,
  hash        bytea                                 -- of the terms that were last committed; null: of none
);
CREATE TRIGGER campaign_terms_audit AFTER INSERT OR UPDATE OR DELETE ON campaign_terms
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT ON campaign_terms TO keur_app;
CREATE FUNCTION terms_written() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  campaign bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.campaign_id ELSE NEW.campaign_id END;
  hash_ bytea := terms_part(campaign);
  before_ bytea := (SELECT hash FROM campaign_terms WHERE campaign_id = campaign);
BEGIN
  IF hash_ IS NOT DISTINCT FROM before_ THEN RETURN NULL; END IF;
  IF hash_ IS NOT NULL THEN
    PERFORM part_written('deal', hash_, (SELECT label_id FROM campaigns WHERE id = campaign), ARRAY[acting_user()], ARRAY[before_]);
  END IF;
  INSERT INTO campaign_terms VALUES (campaign, hash_) ON CONFLICT (campaign_id) DO UPDATE SET hash = excluded.hash;
  RETURN NULL;
END
$$;
-- At commit, when the lines are whole.
CREATE CONSTRAINT TRIGGER deals_written AFTER INSERT OR UPDATE OR DELETE ON deals
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION terms_written();

-- Pictures, and what stands in their place where they aren't shown.
CREATE FUNCTION image_part(p_hash bytea) RETURNS bytea LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT part_hash('image', to_jsonb(encode(p_hash, 'hex')))
$$;
CREATE FUNCTION creative_part(p_hash bytea, p_alt text) RETURNS bytea LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT part_hash('creative', jsonb_build_object('image', encode(p_hash, 'hex'), 'alt', p_alt))
$$;
CREATE FUNCTION image_written() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM part_written('image', image_part(NEW.hash), NULL, ARRAY[acting_user()], NULL);
  RETURN NULL;
END
$$;
CREATE TRIGGER creatives_written AFTER INSERT ON creatives FOR EACH ROW EXECUTE FUNCTION image_written();
CREATE FUNCTION creative_written() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM part_written('creative', creative_part(NEW.hash, NEW.alt), (SELECT label_id FROM campaigns WHERE id = NEW.campaign_id),
                       ARRAY[acting_user()], CASE WHEN TG_OP = 'UPDATE' THEN ARRAY[creative_part(OLD.hash, OLD.alt)] END);
  RETURN NULL;
END
$$;
CREATE TRIGGER campaign_creatives_written AFTER INSERT OR UPDATE ON campaign_creatives FOR EACH ROW EXECUTE FUNCTION creative_written();

-- PDFs that go with mails.
CREATE FUNCTION attachment_part(p_hash bytea) RETURNS bytea LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT part_hash('attachment', to_jsonb(encode(p_hash, 'hex')))
$$;
CREATE FUNCTION attachment_written() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM part_written('attachment', attachment_part(NEW.hash), NULL, ARRAY[acting_user()], NULL);
  RETURN NULL;
END
$$;
CREATE TRIGGER attachments_written AFTER INSERT ON attachments FOR EACH ROW EXECUTE FUNCTION attachment_written();

-- Voucher pools: what they are called and their shared code, and each lot of
-- codes that was added.
CREATE TABLE voucher_parts (
  pool_id bigint NOT NULL REFERENCES voucher_pools,
  hash    bytea  NOT NULL,
  PRIMARY KEY (pool_id, hash)
);
CREATE TRIGGER voucher_parts_audit AFTER INSERT ON voucher_parts
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION audit_set('pool_id');
GRANT SELECT ON voucher_parts TO keur_app;
CREATE FUNCTION pool_written() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  hash_ bytea := part_hash('voucher', jsonb_build_object('pool', NEW.id, 'name', NEW.name, 'code', NEW.shared_code));
BEGIN
  PERFORM part_written('voucher', hash_, (SELECT label_id FROM campaigns WHERE id = NEW.campaign_id), ARRAY[acting_user()],
                       ARRAY(SELECT hash FROM voucher_parts WHERE pool_id = NEW.id AND TG_OP = 'UPDATE'));
  INSERT INTO voucher_parts VALUES (NEW.id, hash_) ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;
CREATE TRIGGER voucher_pools_written AFTER INSERT OR UPDATE OF name, shared_code ON voucher_pools
  FOR EACH ROW EXECUTE FUNCTION pool_written();
CREATE FUNCTION codes_written() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  lot record;
BEGIN
  FOR lot IN SELECT n.pool_id, part_hash('voucher', jsonb_build_object('pool', n.pool_id, 'codes', count(*),
                      'digest', encode(sha256(convert_to(string_agg(n.code, E'\n' ORDER BY n.id), 'UTF8')), 'hex'))) AS hash
               FROM added n GROUP BY n.pool_id LOOP
    PERFORM part_written('voucher', lot.hash, NULL, ARRAY[acting_user()], NULL);
    INSERT INTO voucher_parts VALUES (lot.pool_id, lot.hash) ON CONFLICT DO NOTHING;
  END LOOP;
  RETURN NULL;
END
$$;
CREATE TRIGGER voucher_codes_written AFTER INSERT ON voucher_codes REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION codes_written();

-- parts_in takes a revision's content apart, or a brief, which names templates
-- and segments by id. What is so short that anybody may hit on it counts within
-- its mailing alone. The frame is all the rest of a content: sender, moment,
-- whom the audience leaves out, what is placed where. PL/pgSQL keeps the plan,
-- which takes longer to make than to run.
CREATE FUNCTION parts_in(p_mailing bigint, c jsonb) RETURNS TABLE (kind text, hash bytea, pool_id bigint)
LANGUAGE plpgsql STABLE ROWS 10 SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH placed AS (
    SELECT p FROM jsonb_path_query(c, '$.placements[*] ? (@.type() == "object")') p
  ), rules AS (
    SELECT coalesce((s->>'id')::bigint, 0) AS id, (s->>'version')::int AS version, s->'rule' AS rule
      FROM (SELECT jsonb_path_query(c, '$.audience.segments[*]') UNION ALL SELECT jsonb_path_query(c, '$.audience.exclude[*]')) r(s)
  ), written AS (
    SELECT 'text' AS kind, jsonb_build_object('subjects', c->'subjects', 'preheader', coalesce(c->>'preheader', '')) AS value,
           40 AS least, (SELECT coalesce(sum(length(t #>> '{}')), 0) FROM jsonb_path_query(c, '$.subjects[*].text') t) + length(coalesce(c->>'preheader', '')) AS size
     UNION ALL
    SELECT 'block', jsonb_strip_nulls(jsonb_build_object('html', nullif(p->>'html', ''), 'heading', nullif(p->>'heading', ''),
             'text', nullif(p->>'text', ''), 'button', nullif(p->>'button', ''), 'url', nullif(p->>'url', ''),
             'gmail_offer', nullif(p->>'gmail_offer', ''))),
           40, length(concat(p->>'html', p->>'heading', p->>'text', p->>'button', p->>'url', p->>'gmail_offer'))
      FROM placed
     UNION ALL
    SELECT 'segment', rule, CASE WHEN id = 0 THEN 120 ELSE 0 END, length(rule::text) FROM rules WHERE rule <> '{"all": []}' AND rule <> 'null'
  )
  SELECT DISTINCT w.kind, part_hash(w.kind, CASE WHEN w.size < w.least THEN jsonb_build_object('mailing', p_mailing, 'value', w.value) ELSE w.value END), NULL::bigint
    FROM written w WHERE w.size > 0
   UNION
  SELECT 'segment', h, NULL FROM rules
    LEFT JOIN segments s ON s.id = rules.id CROSS JOIN segment_chain(rules.id, coalesce(nullif(rules.version, 0), s.version)) h WHERE rules.id > 0
   UNION
  SELECT 'template', part_hash('template', jsonb_build_object('format', c#>>'{template,format}', 'source', c#>>'{template,source}')), NULL
   WHERE c#>>'{template,source}' <> ''
   UNION
  SELECT 'template', part_hash('template', jsonb_build_object('format', 'mjml', 'source', p->>'source')), NULL
    FROM jsonb_path_query(c, '$.template.partials[*]') p
   UNION
  SELECT 'template', template_part(t.id, coalesce(nullif((c#>>'{template,version}')::int, 0), t.version)), NULL
    FROM templates t WHERE t.id = (c#>>'{template,id}')::bigint AND coalesce(c#>>'{template,source}', '') = ''
   UNION
  SELECT 'image', image_part(decode(p->>'creative', 'hex')), NULL FROM placed WHERE p->>'creative' <> ''
   UNION
  SELECT 'creative', creative_part(decode(p->>'creative', 'hex'), p->>'alt'), NULL FROM placed WHERE p->>'creative' <> '' AND p ? 'alt'
   UNION
  SELECT 'attachment', attachment_part(decode(f->>'hash', 'hex')), NULL FROM jsonb_path_query(c, '$.attachments[*]') f
   WHERE f->>'hash' ~ '^[0-9a-f]{64}$'
   UNION
  SELECT 'deal', part_hash('deal', jsonb_build_object('campaign_id', (p->>'campaign_id')::bigint, 'terms', p->'terms')), NULL
    FROM placed WHERE p->'terms' <> '[]' AND p->'terms' <> 'null'
   UNION
  SELECT 'voucher', part_hash('voucher', to_jsonb(v.id)), v.id
    FROM placed JOIN voucher_pools v ON v.id = (p->>'voucher_pool_id')::bigint
   UNION
  SELECT 'product', part_hash('product', to_jsonb(coalesce(p #>> '{product,product_pick_id}', p->>'product_pick_id')::bigint)), NULL
    FROM placed WHERE coalesce(p #>> '{product,product_pick_id}', p->>'product_pick_id', '0') <> '0'
   UNION
  SELECT 'frame', part_hash('frame', c - '{label,fields,subjects,preheader,template}'::text[] || jsonb_build_object('mailing', p_mailing,
           'placements', (SELECT jsonb_agg(p - '{html,heading,text,button,url,gmail_offer,terms,campaign,advertiser,category,alt,creative_url}'::text[]) FROM placed),
           'audience', (c->'audience') - '{segments,exclude}'::text[]
             || jsonb_build_object('rules', (SELECT jsonb_agg(jsonb_build_array(id, version)) FROM rules)))), NULL
   WHERE c ? 'label';
END
$$;

-- What a revision is made of. Same life as the revision.
CREATE TABLE revision_parts (
  revision_id bigint NOT NULL REFERENCES revisions,
  kind        text   NOT NULL,
  hash        bytea  NOT NULL,
  pool_id     bigint REFERENCES voucher_pools,    -- of vouchers: its parts are what is in it at the time
  PRIMARY KEY (revision_id, hash)
);
CREATE TRIGGER revision_parts_audit AFTER INSERT ON revision_parts
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION audit_set('revision_id');
GRANT SELECT ON revision_parts TO keur_app;
CREATE TRIGGER revision_parts_append_only BEFORE UPDATE OR DELETE ON revision_parts FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What known parts a working copy passed through on its way to a revision: a
-- text that was pasted or loaded, and changed then, was made from it.
CREATE TABLE working_copy_sources (
  mailing_id bigint NOT NULL REFERENCES mailings,
  kind       text   NOT NULL,
  hash       bytea  NOT NULL,
  PRIMARY KEY (mailing_id, hash)
);
CREATE TRIGGER working_copy_sources_audit AFTER INSERT ON working_copy_sources
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION audit_set('mailing_id');
CREATE TRIGGER working_copy_sources_audit_gone AFTER DELETE ON working_copy_sources
  REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION audit_set('mailing_id');
GRANT SELECT ON working_copy_sources TO keur_app;
CREATE FUNCTION working_copy_sourced() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO working_copy_sources (mailing_id, kind, hash)
  SELECT NEW.mailing_id, p.kind, p.hash FROM parts_in(NEW.mailing_id, NEW.brief) p
   WHERE EXISTS (SELECT FROM part_authors a WHERE a.hash = p.hash)
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;
CREATE TRIGGER working_copies_sourced AFTER INSERT OR UPDATE OF brief ON working_copies FOR EACH ROW EXECUTE FUNCTION working_copy_sourced();

-- Whose work a mailing began with that is a copy of another: those who still
-- count as writers of what the other says, and those who were writing in it.
CREATE TABLE mailing_copies (
  mailing_id bigint NOT NULL REFERENCES mailings,
  user_id    bigint NOT NULL REFERENCES users,
  PRIMARY KEY (mailing_id, user_id)
);
CREATE TRIGGER mailing_copies_audit AFTER INSERT ON mailing_copies
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION audit_set('mailing_id');
GRANT SELECT ON mailing_copies TO keur_app;
CREATE FUNCTION mailing_copied() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO mailing_copies (mailing_id, user_id)
  SELECT NEW.id, a FROM mailings m CROSS JOIN parts_of_revision(m.revision_id) p CROSS JOIN standing_authors(p.hash, m.label_id) a
   WHERE m.id = NEW.copy_of
   UNION
  SELECT NEW.id, e FROM working_copies w CROSS JOIN unnest(w.editors) e WHERE w.mailing_id = NEW.copy_of;
  RETURN NULL;
END
$$;
CREATE TRIGGER mailings_copied AFTER INSERT ON mailings
  FOR EACH ROW WHEN (NEW.copy_of IS NOT NULL) EXECUTE FUNCTION mailing_copied();

-- A new part of a revision was written by who saved it, by who worked on its
-- copy, and by who still counts as a writer of what it took the place of: the
-- parts of its kind that are gone since the revision before, or that its copy
-- passed through.
CREATE FUNCTION revision_written() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  label_ int := (SELECT label_id FROM mailings WHERE id = NEW.mailing_id);
  before_ bigint := (SELECT id FROM revisions WHERE mailing_id = NEW.mailing_id AND id <> NEW.id ORDER BY number DESC LIMIT 1);
  by_ bigint[] := ARRAY(SELECT NEW.author_id UNION SELECT user_id FROM revision_editors WHERE revision_id = NEW.id
                         UNION SELECT user_id FROM mailing_copies WHERE mailing_id = NEW.mailing_id AND before_ IS NULL);
BEGIN
  INSERT INTO revision_parts SELECT NEW.id, p.* FROM parts_in(NEW.mailing_id, convert_from(NEW.content, 'UTF8')::jsonb) p;
  PERFORM part_written(n.kind, n.hash, label_, by_,
            ARRAY(SELECT hash FROM (SELECT kind, hash FROM revision_parts WHERE revision_id = before_
                                     UNION SELECT kind, hash FROM working_copy_sources WHERE mailing_id = NEW.mailing_id) o
                   WHERE o.kind = n.kind AND NOT EXISTS (SELECT FROM revision_parts s WHERE s.revision_id = NEW.id AND s.hash = o.hash)))
     FROM revision_parts n WHERE n.revision_id = NEW.id AND n.pool_id IS NULL;
  DELETE FROM working_copy_sources WHERE mailing_id = NEW.mailing_id;
  RETURN NULL;
END
$$;
CREATE TRIGGER revisions_written AFTER INSERT ON revisions FOR EACH ROW EXECUTE FUNCTION revision_written();

-- The words of a block that is kept are of who wrote them: those who are known to
-- have, or else who keeps it and whoever worked on the mailing that it is out of,
-- with the writers of what stood in its place before.
CREATE FUNCTION saved_block_written() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  work jsonb := (SELECT brief FROM working_copies WHERE mailing_id = NEW.mailing_id);
BEGIN
  PERFORM part_written(n.kind, n.hash, NEW.label_id,
            ARRAY(SELECT acting_user() UNION SELECT unnest(editors) FROM working_copies WHERE mailing_id = NEW.mailing_id
                   UNION SELECT user_id FROM mailing_copies WHERE mailing_id = NEW.mailing_id),
            ARRAY(SELECT o.hash FROM (SELECT p.kind, p.hash FROM revision_parts p JOIN mailings m USING (revision_id) WHERE m.id = NEW.mailing_id
                                       UNION SELECT kind, hash FROM working_copy_sources WHERE mailing_id = NEW.mailing_id) o
                   WHERE o.kind = n.kind AND NOT EXISTS (SELECT FROM parts_in(NEW.mailing_id, work) s WHERE s.hash = o.hash)))
     FROM parts_in(NEW.mailing_id, jsonb_build_object('placements', jsonb_build_array(NEW.says))) n WHERE n.kind = 'block';
  RETURN NULL;
END
$$;
CREATE TRIGGER saved_blocks_written AFTER INSERT ON saved_blocks FOR EACH ROW EXECUTE FUNCTION saved_block_written();

CREATE FUNCTION parts_of_revision(p_revision bigint) RETURNS TABLE (kind text, hash bytea) LANGUAGE plpgsql STABLE ROWS 10
SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT p.kind, coalesce(v.hash, p.hash) FROM revision_parts p LEFT JOIN voucher_parts v ON v.pool_id = p.pool_id WHERE p.revision_id = p_revision;
END
$$;

-- The authors of a revision: whoever still counts as a writer of any of its
-- parts. p_vouchers false leaves out what was put into its pools since: codes
-- that an approver adds afterwards don't undo the approval. A round doesn't clear
-- its own authors: p_round asks about that one, 0 about one to be put up now, and
-- null about each that is open or stands.
CREATE FUNCTION revision_authors(p_revision bigint, p_vouchers boolean DEFAULT true, p_round bigint DEFAULT NULL) RETURNS SETOF bigint LANGUAGE plpgsql STABLE ROWS 3
SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY
  SELECT DISTINCT a FROM revisions r JOIN mailings m ON m.id = r.mailing_id
    LEFT JOIN approval_rounds o ON o.revision_id = r.id AND o.mailing_id = m.id AND o.state IN ('open', 'approved') AND o.id = coalesce(p_round, o.id)
   CROSS JOIN parts_of_revision(r.id) p CROSS JOIN standing_authors(p.hash, m.label_id, o.id) a
   WHERE r.id = p_revision AND (p_vouchers OR p.kind <> 'voucher');
END
$$;

-- Who made a revision: its authors, and who submitted it to the round that is
-- asked about, or to each that is open or stands.
CREATE FUNCTION made_by(p_revision bigint, p_round bigint DEFAULT NULL) RETURNS SETOF bigint LANGUAGE plpgsql STABLE ROWS 3 SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY
  SELECT revision_authors(p_revision, true, p_round)
   UNION
  SELECT submitted_by FROM approval_rounds WHERE revision_id = p_revision AND state IN ('open', 'approved') AND id = coalesce(p_round, id);
END
$$;

-- Whether a user counts only for what is submitted later than the revision was.
CREATE FUNCTION counts_later(p_revision bigint, p_user bigint) RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM approval_rounds o JOIN mailings m ON m.id = o.mailing_id
                  WHERE o.revision_id = p_revision AND o.state IN ('open', 'approved')
                    AND counts_from(p_user, m.label_id, cooling_hours(o.revision_id)) > o.submitted_at);
END
$$;

CREATE FUNCTION demand_counts_of(p_revision bigint, p_user bigint) RETURNS void LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM demand_counts(p_user, m.label_id, cooling_hours(o.revision_id), o.submitted_at)
     FROM approval_rounds o JOIN mailings m ON m.id = o.mailing_id WHERE o.revision_id = p_revision AND o.state IN ('open', 'approved');
END
$$;

-- Whether a user may let a send of the revision go on: an approver of its label
-- who didn't make it, and who counts for what was submitted. The round's
-- approvers may, too.
CREATE FUNCTION lets_go(p_revision bigint, p_user bigint) RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (
    SELECT has_role(p_user, r.mailing_id, 'approver') AND p_user NOT IN (SELECT made_by(r.id)) AND NOT counts_later(r.id, p_user) FROM revisions r WHERE r.id = p_revision);
END
$$;

-- Who releases a held send, gives a missed one a new slot, or resumes what another
-- paused, did not make it.
CREATE FUNCTION send_let_go() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF OLD.state IN ('held', 'missed', 'paused') AND NEW.state NOT IN ('held', 'missed', 'paused', 'cancelled') OR NEW.released_by <> coalesce(OLD.released_by, 0) THEN
    PERFORM demand_verdict(NEW.revision_id);
  END IF;
  IF NEW.released_by <> coalesce(OLD.released_by, 0) AND lets_go(NEW.revision_id, NEW.released_by) IS NOT TRUE THEN
    RAISE EXCEPTION 'a send that is % goes on only when an approver who made no part of it releases it', OLD.state
      USING CONSTRAINT = 'mailings.release_by_approver', DETAIL = jsonb_build_object('state', OLD.state);
  END IF;
  IF OLD.state = 'paused' AND NEW.state = 'sending' AND acting_user() IS DISTINCT FROM OLD.paused_by
     AND (acting_user() IS NULL OR acting_user() IN (SELECT made_by(NEW.revision_id))) THEN
    RAISE EXCEPTION 'you worked on this mailing and someone else paused it, so you can''t resume it' USING CONSTRAINT = 'authors.made_and_resumes';
  END IF;
  IF OLD.state = 'paused' AND NEW.state = 'sending' AND acting_user() IS DISTINCT FROM OLD.paused_by THEN
    PERFORM demand_counts_of(NEW.revision_id, acting_user());
  END IF;
  NEW.paused_by := OLD.paused_by;
  NEW.paused_at := OLD.paused_at;
  IF NEW.state = 'paused' AND OLD.state <> 'paused' THEN
    NEW.paused_by := acting_user();
    NEW.paused_at := clock_timestamp();
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER sends_let_go BEFORE UPDATE ON sends FOR EACH ROW EXECUTE FUNCTION send_let_go();

-- What an advertiser's stop holds, and who made it.
CREATE FUNCTION stop_holds(p_advertiser bigint) RETURNS SETOF bigint LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT DISTINCT p.revision_id FROM revision_placements p
    JOIN approval_rounds r ON r.revision_id = p.revision_id AND r.state IN ('open', 'approved')
    JOIN mailings m ON m.id = r.mailing_id AND m.state IN ('in_review', 'approved', 'scheduled')
   WHERE p.advertiser_id = p_advertiser
$$;
CREATE FUNCTION stop_makers(p_advertiser bigint) RETURNS SETOF bigint LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT DISTINCT a FROM stop_holds(p_advertiser) r CROSS JOIN made_by(r) a
$$;
CREATE FUNCTION stop_lifted() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM demand_scope('approve');
  IF acting_user() IS NULL OR acting_user() IN (SELECT stop_makers(NEW.id)) THEN
    RAISE EXCEPTION 'you worked on a mailing that this stop holds, so someone else must lift it' USING CONSTRAINT = 'authors.made_and_lifts';
  END IF;
  PERFORM demand_counts_of(r, acting_user()) FROM stop_holds(NEW.id) r;
  RETURN NEW;
END
$$;
CREATE TRIGGER advertisers_stop_lifted BEFORE UPDATE ON advertisers
  FOR EACH ROW WHEN (OLD.stopped_at IS NOT NULL AND NEW.stopped_at IS NULL) EXECUTE FUNCTION stop_lifted();
CREATE TRIGGER advertisers_stop_proven BEFORE UPDATE ON advertisers
  FOR EACH ROW WHEN (OLD.stopped_at IS NOT NULL AND NEW.stopped_at IS NULL) EXECUTE FUNCTION proof_demanded();

-- A completed round is the approval of each part by its colleague and its lead.
CREATE FUNCTION round_parts_approved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO part_approvals (label_id, kind, hash, user_id, round_id, approved_at)
  SELECT m.label_id, p.kind, p.hash, v.user_id, NEW.id, v.decided_at
    FROM mailings m CROSS JOIN parts_of_revision(NEW.revision_id) p
    JOIN approval_reviews v ON v.round_id = NEW.id AND v.step IN ('colleague', 'lead') AND v.verdict = 'approved'
   WHERE m.id = NEW.mailing_id
     AND NOT EXISTS (SELECT FROM part_authors a WHERE a.hash = p.hash AND a.user_id = v.user_id)
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;
CREATE TRIGGER approval_rounds_parts AFTER UPDATE ON approval_rounds
  FOR EACH ROW WHEN (NEW.state = 'approved' AND OLD.state = 'open') EXECUTE FUNCTION round_parts_approved();
