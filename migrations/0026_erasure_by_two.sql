-- +goose Up
-- Nobody forgets a member alone, with psql neither: a member goes when one user
-- asked for it and another approved it, and what hangs on them goes with them.

-- +goose StatementBegin
CREATE FUNCTION member_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN   -- another's address in its place would be as good as gone
    RAISE EXCEPTION 'a member''s address stays as it is';
  END IF;
  IF NOT EXISTS (SELECT FROM erasure_requests
                  WHERE member_id = OLD.id AND state = 'approved' AND approved_by <> requested_by) THEN
    RAISE EXCEPTION 'member % is erased only once a user asked for it and another approved it', OLD.id;
  END IF;
  RETURN OLD;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER members_guard BEFORE DELETE ON members
  FOR EACH ROW EXECUTE FUNCTION member_guard();
CREATE TRIGGER members_address_stays BEFORE UPDATE ON members
  FOR EACH ROW WHEN ((NEW.id, NEW.address, NEW.address_key) IS DISTINCT FROM (OLD.id, OLD.address, OLD.address_key))
  EXECUTE FUNCTION member_guard();

-- +goose StatementBegin
CREATE FUNCTION membership_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM members WHERE id = OLD.member_id) THEN
    RAISE EXCEPTION 'a membership goes only when its member is erased';
  END IF;
  RETURN OLD;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER memberships_guard BEFORE DELETE ON memberships
  FOR EACH ROW EXECUTE FUNCTION membership_guard();

-- An approval that erased nobody would let somebody erase the member later, alone.
-- +goose StatementBegin
CREATE FUNCTION erasure_done() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM members WHERE id = NEW.member_id) THEN
    RAISE EXCEPTION 'an approved erasure is carried out in the transaction that approves it';
  END IF;
  RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE CONSTRAINT TRIGGER erasure_requests_done AFTER UPDATE OF state ON erasure_requests
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'approved') EXECUTE FUNCTION erasure_done();

-- What was asked stays as it was asked, but that the address of who is gone is
-- taken out of its reason.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION erasure_request_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'waiting' THEN RAISE EXCEPTION 'an erasure is asked for before it is decided'; END IF;
    RETURN NEW;
  END IF;
  IF (NEW.member_id, NEW.label_id, NEW.requested_by, NEW.requested_at)
     IS DISTINCT FROM (OLD.member_id, OLD.label_id, OLD.requested_by, OLD.requested_at) THEN
    RAISE EXCEPTION 'what was asked can''t be changed';
  END IF;
  IF NEW.reason <> OLD.reason THEN
    IF EXISTS (SELECT FROM members WHERE id = OLD.member_id) OR length(NEW.reason) >= length(OLD.reason)
       OR (NEW.state, NEW.approved_by, NEW.refused_by, NEW.decided_at) IS DISTINCT FROM (OLD.state, OLD.approved_by, OLD.refused_by, OLD.decided_at) THEN
      RAISE EXCEPTION 'what was asked can''t be changed';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.state <> 'waiting' THEN RAISE EXCEPTION 'this erasure is % already', OLD.state; END IF;
  IF NEW.state = 'withdrawn' AND current_actor() <> 'user:' || OLD.requested_by THEN
    RAISE EXCEPTION 'only who asked for it withdraws it';
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd

-- Who wrote a consent down is who acts. After the row and behind WHEN, so that
-- COPY still writes an import's consents by the page.
-- +goose StatementBegin
CREATE FUNCTION consent_recorder() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'this would be put down as done by %, and % is acting', NEW.recorded_by, current_actor();
END
$$;
-- +goose StatementEnd
CREATE TRIGGER consents_who AFTER INSERT ON consents
  FOR EACH ROW WHEN (NEW.recorded_by IS DISTINCT FROM current_actor()) EXECUTE FUNCTION consent_recorder();
