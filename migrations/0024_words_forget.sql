-- +goose Up
-- What colleagues wrote of a member who is erased. Of requests about the member
-- stays that they were made, by whom and when: all words and files go. Wherever
-- else somebody wrote the member's address, that goes.

-- What was said stays said, until it is about someone who may not be known any
-- more. The depth tells that a member is being erased: the application's login
-- can't make triggers.
-- +goose StatementBegin
CREATE FUNCTION request_comment_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'request_comments is append-only: % is refused', lower(TG_OP);
END
$$;
-- +goose StatementEnd
DROP TRIGGER request_comments_append_only ON request_comments;
CREATE TRIGGER request_comments_append_only BEFORE UPDATE OR DELETE ON request_comments
  FOR EACH ROW EXECUTE FUNCTION request_comment_guard();
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION comment_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF pg_trigger_depth() > 1 THEN RETURN NEW; END IF;
  IF (NEW.revision_id, NEW.answers_id, NEW.element, NEW.x, NEW.y, NEW.body, NEW.created_by, NEW.created_at)
     IS DISTINCT FROM (OLD.revision_id, OLD.answers_id, OLD.element, OLD.x, OLD.y, OLD.body, OLD.created_by, OLD.created_at) THEN
    RAISE EXCEPTION 'a comment can''t be changed; answer it instead';
  END IF;
  NEW.resolved_by := CASE WHEN NEW.resolved_at IS NOT NULL THEN current_actor() END;
  RETURN NEW;
END
$$;
-- +goose StatementEnd

-- Requests and comments are few, so all are read for the address. With the
-- owner's rights, as the application's login may not change what was said.
-- +goose StatementBegin
CREATE FUNCTION forget_words() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  about bigint[] := ARRAY(SELECT id FROM requests WHERE about_kind = 'member' AND about_ref = OLD.id::text);
  -- The address as a pattern, and not as the end or the start of another one.
  named text := '(?<![[:alnum:]._+-])' || regexp_replace(OLD.address_key, '([^[:alnum:]])', '\\\1', 'g') || '(?![[:alnum:]-])';
  files bytea[];
BEGIN
  UPDATE requests SET title = '…', body = '' WHERE id = ANY (about);
  UPDATE request_comments SET body = '…', said_by = '' WHERE request_id = ANY (about);
  WITH gone AS (DELETE FROM request_files WHERE request_id = ANY (about) RETURNING hash)
  SELECT array_agg(hash) INTO files FROM gone;
  DELETE FROM request_blobs b WHERE hash = ANY (files) AND NOT EXISTS (SELECT FROM request_files f WHERE f.hash = b.hash);

  UPDATE requests SET title = regexp_replace(title, named, '…', 'gi'), body = regexp_replace(body, named, '…', 'gi')
   WHERE title || ' ' || body ~* named;
  UPDATE request_comments SET body = regexp_replace(body, named, '…', 'gi'), said_by = regexp_replace(said_by, named, '…', 'gi')
   WHERE body || ' ' || said_by ~* named;
  UPDATE review_comments SET body = regexp_replace(body, named, '…', 'gi') WHERE body ~* named;
  RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER members_forget_words AFTER DELETE ON members
  FOR EACH ROW EXECUTE FUNCTION forget_words();
