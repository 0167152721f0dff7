-- Verdicts that carry: a client whose part of a mailing is as they approved it isn't
-- asked again when another client's part changes. What the two contents say is held
-- to each other here, and what a template does with the difference, which SQL can't
-- know, is the program's word (package carried).

-- carried_core is what of a content must stay for the verdict of a client to carry:
-- all of it, but for what the source became and for the values of other clients'
-- placements. Which of these there are stays as well.
CREATE FUNCTION carried_core(p_content jsonb, p_advertiser bigint) RETURNS jsonb LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT (p_content #- '{template,rendered}') || jsonb_build_object('placements', (
    SELECT jsonb_agg(CASE WHEN (p->>'advertiser_id')::bigint = p_advertiser THEN p ELSE (
             SELECT jsonb_object_agg(key, CASE WHEN key IN ('heading', 'text', 'button', 'url', 'alt', 'creative', 'creative_url', 'voucher_pool_id', 'terms')
                                               THEN 'null' ELSE value END) FROM jsonb_each(p)) END ORDER BY n)
      FROM jsonb_array_elements(CASE jsonb_typeof(p_content->'placements') WHEN 'array' THEN p_content->'placements' ELSE '[]' END) WITH ORDINALITY AS l(p, n)))
$$;

-- carry_ended says why an earlier approval of a client doesn't count any more, as
-- things stand now; null: it does. It is asked as a verdict carries, and again
-- whenever the approvals of a round are.
CREATE FUNCTION carry_ended(p_round bigint, p_earlier bigint) RETURNS text LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  r approval_rounds;
  e approval_reviews;
  o approval_rounds;
  c contacts;
BEGIN
  SELECT * INTO r FROM approval_rounds WHERE id = p_round;
  SELECT * INTO e FROM approval_reviews WHERE id = p_earlier;
  SELECT * INTO o FROM approval_rounds WHERE id = e.round_id;
  SELECT * INTO c FROM contacts WHERE id = e.contact_id;
  -- Whatever the client said later counts in its place, and so does who took the whole
  -- approval back, be it as a later round that rested on it.
  IF (e.step = 'client' AND e.verdict = 'approved' AND o.mailing_id = r.mailing_id AND o.id < r.id AND e.digest = o.digest) IS NOT TRUE
     OR EXISTS (SELECT FROM approval_rounds x WHERE x.mailing_id = r.mailing_id AND x.id BETWEEN o.id AND r.id - 1
                   AND x.state = 'withdrawn' AND x.close_reason->>'key' IS DISTINCT FROM 'approval.mailing_is_again')
     OR EXISTS (SELECT FROM approval_reviews v JOIN approval_rounds x ON x.id = v.round_id
                 WHERE x.mailing_id = r.mailing_id AND x.id > o.id AND x.id < r.id AND v.advertiser_id = e.advertiser_id
                   AND v.verdict IN ('approved', 'changes_requested', 'waived')) THEN
    RETURN 'taken';
  END IF;
  IF (SELECT kind FROM mailings WHERE id = r.mailing_id) = 'solo' OR EXISTS (SELECT FROM policies_for(r.revision_id) p WHERE p.asks_all)
     OR (e.proven_by IS DISTINCT FROM 'link_code' AND link_code_asked(r.revision_id)) THEN
    RETURN 'policy';
  END IF;
  IF (c.may_approve AND c.advertiser_id = e.advertiser_id AND c.email = e.contact_address AND c.approves_after < e.round_id) IS NOT TRUE
     OR is_insider(c.email)
     OR (c.vouched_by IN (SELECT 'user:' || a FROM made_by(r.revision_id, r.id) a)
         AND coalesce(c.proposed_by IN (SELECT 'user:' || a FROM made_by(r.revision_id, r.id) a), true)) THEN
    RETURN 'contact';
  END IF;
  RETURN NULL;
END
$$;

-- carry_refusal says why an earlier approval of a client doesn't count for a round
-- that is being put up; null: it may.
CREATE FUNCTION carry_refusal(p_round bigint, p_earlier bigint) RETURNS text LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  ended text := carry_ended(p_round, p_earlier);
  r approval_rounds;
  e approval_reviews;
  o approval_rounds;
  before_ jsonb;
  after_ jsonb;
  kept bigint;
BEGIN
  IF ended IS NOT NULL THEN RETURN ended; END IF;
  SELECT * INTO r FROM approval_rounds WHERE id = p_round;
  SELECT * INTO e FROM approval_reviews WHERE id = p_earlier;
  SELECT * INTO o FROM approval_rounds WHERE id = e.round_id;
  SELECT convert_from(content, 'UTF8')::jsonb INTO before_ FROM revisions WHERE id = o.revision_id;
  SELECT convert_from(content, 'UTF8')::jsonb INTO after_ FROM revisions WHERE id = r.revision_id;
  IF carried_core(before_, e.advertiser_id) IS DISTINCT FROM carried_core(after_, e.advertiser_id) THEN RETURN 'own'; END IF;
  -- Who approves for several advertisers is asked where one of theirs changed.
  IF EXISTS (SELECT FROM jsonb_array_elements(before_->'placements') WITH ORDINALITY AS b(p, n)
               JOIN jsonb_array_elements(after_->'placements') WITH ORDINALITY AS a(p, n) USING (n)
               JOIN contacts c ON c.advertiser_id = (a.p->>'advertiser_id')::bigint AND c.may_approve
              WHERE a.p <> b.p AND lower(c.email) = lower(e.contact_address)) THEN
    RETURN 'contact';
  END IF;
  IF NOT EXISTS (SELECT FROM approval_slots WHERE round_id = r.id)
     OR EXISTS (SELECT slot_local, slot_at FROM approval_slots WHERE round_id = r.id
                EXCEPT SELECT slot_local, slot_at FROM approval_slots WHERE round_id = o.id) THEN
    RETURN 'moment';
  END IF;
  SELECT coalesce(sum(bit_count(a.members & b.members)), 0) INTO kept
    FROM approval_audiences a JOIN approval_audiences b USING (block) WHERE a.round_id = o.id AND b.round_id = r.id;
  IF NOT audience_named(r) OR NOT audience_named(o) OR (r.ceiling IS NULL) <> (o.ceiling IS NULL) OR r.ceiling > o.ceiling
     OR (r.ceiling IS NULL AND greatest(o.audience - kept, r.audience - kept) * 100 > least(o.drift_percent, r.drift_percent) * o.audience::bigint) THEN
    RETURN 'audience';
  END IF;
  RETURN NULL;
END
$$;

-- The verdicts that carry: for which review which earlier one counts, the one that
-- the client really gave. The seal is over both, and what each is about.
CREATE TABLE carried_verdicts (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  review_id      bigint NOT NULL UNIQUE REFERENCES approval_reviews,
  earlier_id     bigint NOT NULL REFERENCES approval_reviews,
  digest         bytea  NOT NULL,             -- of the revision that is put up …
  earlier_digest bytea  NOT NULL,             -- … and of the one that the client approved
  mac            bytea  CHECK (mac IS NULL)   -- minted()
);
CREATE TRIGGER carried_verdicts_audit AFTER INSERT OR UPDATE OR DELETE ON carried_verdicts
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT (id, review_id, earlier_id, digest, earlier_digest), INSERT ON carried_verdicts TO keur_app;
CREATE TRIGGER carried_verdicts_program BEFORE INSERT ON carried_verdicts
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER carried_verdicts_minted BEFORE INSERT ON carried_verdicts
  FOR EACH ROW EXECUTE FUNCTION minted('review_id', 'earlier_id', 'digest', 'earlier_digest');
CREATE TRIGGER carried_verdicts_fixed BEFORE UPDATE OR DELETE ON carried_verdicts FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- It is written as its round is put up, by who puts it up, and never later.
CREATE FUNCTION carried_verdict_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
       SELECT FROM approval_reviews v JOIN approval_rounds r ON r.id = v.round_id JOIN approval_reviews e ON e.id = NEW.earlier_id
        WHERE v.id = NEW.review_id AND v.step = 'client' AND v.verdict = 'pending' AND v.advertiser_id = e.advertiser_id
          AND v.digest = NEW.digest AND e.digest = NEW.earlier_digest
          AND r.state = 'open' AND r.xmin::text = (pg_current_xact_id()::xid)::text AND current_actor() = 'user:' || r.submitted_by
          AND carry_refusal(r.id, e.id) IS NULL) THEN
    RAISE EXCEPTION 'no earlier approval of this client counts for what is put up now' USING CONSTRAINT = 'approval.carry_refused';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER carried_verdicts_guard BEFORE INSERT ON carried_verdicts FOR EACH ROW EXECUTE FUNCTION carried_verdict_guard();

-- carry_stands reports whether a verdict that carries still does.
CREATE FUNCTION carry_stands(p_review bigint) RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM carried_verdicts k JOIN approval_reviews v ON v.id = k.review_id JOIN approval_reviews e ON e.id = k.earlier_id
                  WHERE v.id = p_review AND v.advertiser_id = e.advertiser_id AND v.digest = k.digest AND e.digest = k.earlier_digest
                    AND carry_ended(v.round_id, e.id) IS NULL);
END
$$;
