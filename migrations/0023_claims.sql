-- Claims: what members miss of what they bought, and what was asked about it.

-- How claims are made by a connection, as a person says.
CREATE TABLE claim_rules (
  connection_id int  PRIMARY KEY REFERENCES network_connections,
  address       text NOT NULL DEFAULT '' CHECK (length(address) <= 254),   -- where they are mailed
  within_days   int  CHECK (within_days BETWEEN 1 AND 3650),               -- of the order; null: as the network documents it, if it does
  answer_days   int  CHECK (answer_days BETWEEN 1 AND 3650)                -- in which an answer is usual; null: nobody knows
);
CREATE TRIGGER claim_rules_person BEFORE INSERT OR UPDATE OR DELETE ON claim_rules
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER claim_rules_audit AFTER INSERT OR UPDATE OR DELETE ON claim_rules
  FOR EACH ROW EXECUTE FUNCTION audit_row();
GRANT SELECT, INSERT, UPDATE ON claim_rules TO keur_app;

-- What a member misses, with what became of it. Its words stay out of the audit
-- trail, as they go when the member is erased.
CREATE TABLE member_cases (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_id      int         NOT NULL REFERENCES labels,
  member_id     bigint      NOT NULL,                 -- also once erased: then of nobody
  advertiser_id bigint      NOT NULL REFERENCES advertisers,
  kind          text        CHECK (kind IN ('untracked', 'incorrect', 'declined')),   -- null: nobody knows yet
  state         text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'claimed', 'granted', 'refused', 'closed')),
  order_ref     text        NOT NULL CHECK (is_line(order_ref, 200)),                 -- '': forgotten
  ordered_on    date        NOT NULL,
  sale_minor    bigint      NOT NULL CHECK (sale_minor BETWEEN 1 AND 1000000000),
  currency      text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  note          text        NOT NULL DEFAULT '' CHECK (length(note) <= 2000),         -- what the member says
  click_ref     text        NOT NULL DEFAULT '',      -- the click that led there
  sub_id        text        NOT NULL DEFAULT '',      -- as the network got it with that
  clicked_at    timestamptz,
  conversion_id bigint      REFERENCES conversions,
  connection_id int         REFERENCES network_connections,   -- by which it is claimed; null: of the shop itself
  claim_by      date,                                 -- until when the network takes claims
  claimed_at    timestamptz,
  claimed_via   text        NOT NULL DEFAULT 'mail' CHECK (claimed_via IN ('mail', 'network')),   -- how it was claimed last
  claimed_to    text        NOT NULL DEFAULT '',      -- the address; '': by the network's interface
  answer_by     date,                                 -- until when an answer is usual
  answer        text        NOT NULL DEFAULT '' CHECK (is_line(answer, 1000)),
  asks          text        NOT NULL DEFAULT '' CHECK (is_line(asks, 1000)),          -- what the network wants to know before it answers
  told_at       timestamptz,                          -- when the member was told how it ended
  created_by    text        NOT NULL DEFAULT current_actor(),
  created_at    timestamptz NOT NULL,
  updated_at    timestamptz NOT NULL,
  CHECK (state NOT IN ('claimed', 'granted', 'refused') OR claimed_at IS NOT NULL AND kind IS NOT NULL AND (claimed_to = '') = (claimed_via = 'network')),
  CHECK (asks = '' OR state = 'claimed'),
  CHECK (state NOT IN ('refused', 'closed') OR answer <> ''),
  CHECK (told_at IS NULL OR state IN ('granted', 'refused', 'closed')),
  CHECK ((click_ref = '') = (clicked_at IS NULL) AND (sub_id = '' OR click_ref <> ''))
);
CREATE INDEX member_cases_label ON member_cases (label_id, id);
CREATE INDEX member_cases_member ON member_cases (member_id);
CREATE INDEX member_cases_claimed ON member_cases (label_id, order_ref) WHERE state = 'claimed';
GRANT SELECT, INSERT, UPDATE ON member_cases TO keur_app;
CREATE TRIGGER member_cases_program BEFORE INSERT OR UPDATE ON member_cases
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER member_cases_state_guard BEFORE INSERT OR UPDATE ON member_cases
  FOR EACH ROW EXECUTE FUNCTION state_guard(
    'new > open',
    'open > claimed closed',
    'claimed > granted refused closed',
    'refused > claimed',
    'closed > open');
CREATE TRIGGER member_cases_signed BEFORE INSERT OR UPDATE OF created_by ON member_cases
  FOR EACH ROW EXECUTE FUNCTION signed('created_by');

-- Whether a transaction is by now what a claim of this kind asks for: there, whole,
-- or approved.
CREATE FUNCTION case_settled(kind text, conversion bigint, advertiser bigint, member bigint, sale bigint, currency text, v conversions)
RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT coalesce(v.advertiser_id, advertiser) = advertiser AND coalesce(v.member_id, member) = member
     AND NOT v.correction AND v.unknown_status = ''
     AND CASE kind WHEN 'untracked' THEN v.status IN ('pending', 'approved')
                   WHEN 'incorrect' THEN v.id = conversion AND v.status IN ('pending', 'approved')
                                     AND v.currency = case_settled.currency AND v.sale_minor >= sale
                   ELSE v.id = conversion AND v.status = 'approved' END
$$;
GRANT EXECUTE ON FUNCTION case_settled(text, bigint, bigint, bigint, bigint, text, conversions) TO keur_app;

-- Whether a case becomes just what the network says of its newest claim: that it has
-- it, what it wants to know, or how it ends. What was asked of another order, or of
-- another network, says nothing of what the case asks now.
CREATE FUNCTION case_told(before member_cases, after member_cases) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  free text[] := '{state,claimed_at,claimed_to,claimed_via,answer_by,answer,asks,told_at,updated_at}';
  newest record;
BEGIN
  SELECT * INTO newest FROM case_claims WHERE case_id = before.id AND state = 'taken' ORDER BY id DESC LIMIT 1;
  IF newest.id IS NULL OR (newest.connection_id = before.connection_id AND newest.order_ref = before.order_ref) IS NOT TRUE
     OR to_jsonb(after) - free <> to_jsonb(before) - free THEN RETURN false; END IF;
  IF before.state <> 'claimed' THEN
    RETURN before.state IN ('open', 'refused') AND after.state = 'claimed' AND after.claimed_via = 'network' AND after.asks = '';
  END IF;
  IF after.state = 'claimed' THEN
    RETURN after.asks = CASE newest.verdict WHEN 'asks' THEN newest.said ELSE '' END AND after.answer = before.answer;
  END IF;
  RETURN after.state = newest.verdict AND after.answer = newest.said;
END
$$;

-- A case is a member's of the label and stays theirs. People write it; the program
-- grants a claim as the transaction says that it names, or writes what the network
-- says of a claim that it has.
CREATE FUNCTION member_case_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND by_owner(TG_RELID) THEN RETURN NEW; END IF;
  IF TG_OP = 'UPDATE' AND (NEW.label_id, NEW.member_id) <> (OLD.label_id, OLD.member_id) THEN
    RAISE EXCEPTION 'a case stays with its member' USING CONSTRAINT = 'claims.stays';
  END IF;
  IF NEW.order_ref = '' THEN RAISE EXCEPTION 'a case names the order' USING CONSTRAINT = 'claims.order_missing'; END IF;
  IF TG_OP = 'INSERT' AND NOT EXISTS (SELECT FROM memberships WHERE label_id = NEW.label_id AND member_id = NEW.member_id) THEN
    RAISE EXCEPTION 'the label has no such member' USING CONSTRAINT = 'claims.no_such_member';
  END IF;
  IF NEW.conversion_id IS NOT NULL AND NOT EXISTS (SELECT FROM conversions WHERE id = NEW.conversion_id AND label_id = NEW.label_id)
     OR NEW.connection_id IS NOT NULL AND NOT EXISTS (
          SELECT FROM network_connections WHERE id = NEW.connection_id AND label_id = NEW.label_id) THEN
    RAISE EXCEPTION 'a case names what is its label''s' USING CONSTRAINT = 'claims.elsewhere';
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.state = 'claimed' AND NEW.state = 'granted' AND NEW.answer = ''
     AND (SELECT case_settled(OLD.kind, NEW.conversion_id, OLD.advertiser_id, OLD.member_id, OLD.sale_minor, OLD.currency, v)
            FROM conversions v WHERE v.id = NEW.conversion_id)
     AND to_jsonb(NEW) - '{state,conversion_id,updated_at}'::text[] = to_jsonb(OLD) - '{state,conversion_id,updated_at}'::text[] THEN
    PERFORM demand_program();
    RETURN NEW;
  END IF;
  IF TG_OP = 'UPDATE' AND case_told(OLD, NEW) THEN
    PERFORM demand_program();
    RETURN NEW;
  END IF;
  IF (SELECT admin_since IS NOT NULL FROM change_rules) THEN PERFORM demand_person(); END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER member_cases_guard BEFORE INSERT OR UPDATE ON member_cases
  FOR EACH ROW EXECUTE FUNCTION member_case_guard();

-- The history of a case: each state that it took, and what was said with it; of a
-- claim the mail itself.
CREATE TABLE member_case_steps (
  id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  case_id bigint      NOT NULL REFERENCES member_cases,
  state   text        NOT NULL,
  said    text        NOT NULL DEFAULT '' CHECK (length(said) <= 10000),
  made_by text        NOT NULL DEFAULT current_actor(),
  at      timestamptz NOT NULL
);
CREATE INDEX member_case_steps_case ON member_case_steps (case_id, id);
GRANT SELECT, INSERT ON member_case_steps TO keur_app;
CREATE TRIGGER member_case_steps_signed BEFORE INSERT ON member_case_steps
  FOR EACH ROW EXECUTE FUNCTION signed('made_by');
CREATE TRIGGER member_case_steps_program BEFORE INSERT ON member_case_steps
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER member_case_steps_append_only BEFORE UPDATE OR DELETE ON member_case_steps
  FOR EACH ROW EXECUTE FUNCTION request_comment_guard();

-- A claim of a case at a network by its interface: first that it is being sent, so that
-- none is sent twice whatever dies meanwhile, then what the network says of it. One
-- without a key of ours was made on the network's own pages.
CREATE TABLE case_claims (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  case_id       bigint      NOT NULL REFERENCES member_cases,
  connection_id int         NOT NULL REFERENCES network_connections,
  order_ref     text        NOT NULL DEFAULT '',         -- that it asks about, as the case named it then
  key           text        NOT NULL CHECK (is_line(key, 200)),                     -- ours, by which the network finds it
  state         text        NOT NULL DEFAULT 'sending' CHECK (state IN ('sending', 'taken', 'not_taken', 'in_doubt')),
  sent_at       timestamptz NOT NULL,                    -- or when it was read first
  sent_by       text        NOT NULL DEFAULT current_actor(),
  ref           text        NOT NULL DEFAULT '' CHECK (is_line(ref, 200)),          -- the network's number
  problem       jsonb,                                   -- why the network hasn't got it
  verdict       text        NOT NULL DEFAULT 'waits' CHECK (verdict IN ('waits', 'asks', 'refused', 'granted')),
  unknown_word  text        NOT NULL DEFAULT '' CHECK (is_line(unknown_word, 200)), -- the network's, where we don't know it: then it waits
  said          text        NOT NULL DEFAULT '' CHECK (is_line(said, 1000)),        -- in the network's words
  read_at       timestamptz,                             -- when the network was asked last that told of it
  raw           jsonb       NOT NULL DEFAULT '{}',       -- its newest answer
  CHECK (unknown_word = '' OR verdict = 'waits'),
  CHECK (verdict IN ('waits', 'granted') OR said <> '')
);
CREATE UNIQUE INDEX case_claims_key ON case_claims (connection_id, key) WHERE key <> '';
CREATE UNIQUE INDEX case_claims_ref ON case_claims (connection_id, ref) WHERE ref <> '';
CREATE UNIQUE INDEX case_claims_open ON case_claims (case_id) WHERE state IN ('sending', 'in_doubt');
CREATE INDEX case_claims_case ON case_claims (case_id, id);
CREATE INDEX case_claims_sending ON case_claims (sent_at) WHERE state = 'sending';
GRANT SELECT, INSERT, UPDATE (state, ref, problem, verdict, unknown_word, said, read_at, raw) ON case_claims TO keur_app;
CREATE TRIGGER case_claims_program BEFORE INSERT OR UPDATE ON case_claims
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER case_claims_state_guard BEFORE INSERT OR UPDATE ON case_claims
  FOR EACH ROW EXECUTE FUNCTION state_guard(
    'new > sending',
    'sending > taken not_taken in_doubt',
    'in_doubt > taken not_taken',
    'not_taken > taken');
CREATE TRIGGER case_claims_signed BEFORE INSERT ON case_claims
  FOR EACH ROW EXECUTE FUNCTION signed('sent_by');

-- A person claims, and says of one in doubt that the network hasn't got it; of what a
-- network lists by itself the program makes a claim.
CREATE FUNCTION case_claim_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  of member_cases;
BEGIN
  SELECT * INTO of FROM member_cases WHERE id = NEW.case_id;
  IF TG_OP = 'INSERT' AND of.connection_id IS DISTINCT FROM NEW.connection_id THEN
    RAISE EXCEPTION 'a case is claimed by the account that it names' USING CONSTRAINT = 'claims.other_account';
  END IF;
  IF (TG_OP = 'INSERT' AND NEW.key <> '' OR TG_OP = 'UPDATE' AND NEW.state = 'not_taken' AND OLD.state <> 'not_taken')
     AND (SELECT admin_since IS NOT NULL FROM change_rules) THEN
    PERFORM demand_person();
  END IF;
  IF TG_OP = 'INSERT' THEN NEW.order_ref := of.order_ref; END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER case_claims_guard BEFORE INSERT OR UPDATE ON case_claims
  FOR EACH ROW EXECUTE FUNCTION case_claim_guard();

-- What shows that a member bought, such as the order's confirmation.
CREATE TABLE member_case_files (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  case_id    bigint      NOT NULL REFERENCES member_cases,
  name       text        NOT NULL CHECK (name <> '' AND is_line(name, 200)),
  size       bigint      NOT NULL,
  bytes      bytea       NOT NULL CHECK (octet_length(bytes) BETWEEN 1 AND 4194304),
  created_by text        NOT NULL DEFAULT current_actor(),
  created_at timestamptz NOT NULL
);
CREATE INDEX member_case_files_case ON member_case_files (case_id, id);
GRANT SELECT, INSERT ON member_case_files TO keur_app;
CREATE TRIGGER member_case_files_signed BEFORE INSERT ON member_case_files
  FOR EACH ROW EXECUTE FUNCTION signed('created_by');
CREATE TRIGGER member_case_files_person BEFORE INSERT ON member_case_files
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();

-- Of the cases of a member who is erased stays that they were, of which shop and how
-- they ended: the order, all words and files go.
CREATE FUNCTION forget_cases() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  about bigint[] := ARRAY(SELECT id FROM member_cases WHERE member_id = OLD.id);
BEGIN
  UPDATE member_cases SET order_ref = '', note = '', click_ref = '', sub_id = '', clicked_at = NULL, conversion_id = NULL,
                          answer = CASE answer WHEN '' THEN '' ELSE '…' END, asks = ''
   WHERE id = ANY (about);
  DELETE FROM case_claims WHERE case_id = ANY (about);
  UPDATE member_case_steps SET said = CASE said WHEN '' THEN '' ELSE '…' END WHERE case_id = ANY (about);
  DELETE FROM member_case_files WHERE case_id = ANY (about);
  RETURN NULL;
END
$$;
CREATE TRIGGER members_forget_cases AFTER DELETE ON members
  FOR EACH ROW EXECUTE FUNCTION forget_cases();
