-- +goose Up
-- A mailing of which every slot was missed doesn't stay scheduled for ever. As
-- long as a missed send could still deliver, a colleague may give it a new
-- slot; after that it counts as ended, and a mailing of which nothing has left
-- is a draft again. The same rule as mailings.Mailing.Conclude.

-- +goose StatementBegin
CREATE FUNCTION mailing_done() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM sends s
              WHERE s.mailing_id = NEW.id AND s.state NOT IN ('finished', 'cancelled')
                AND NOT (s.state = 'missed' AND s.deadline_at <= NEW.updated_at)) THEN
    RAISE EXCEPTION 'a mailing is done when each of its sends has ended';
  END IF;
  IF EXISTS (SELECT FROM sends s WHERE s.revision_id = NEW.revision_id AND s.state = 'missed')
     AND NOT EXISTS (SELECT FROM sends s WHERE s.revision_id = NEW.revision_id AND s.started_at IS NOT NULL) THEN
    RAISE EXCEPTION 'nothing of this mailing has left, because its slot was missed: it is a draft again, and not done';
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER mailings_done BEFORE UPDATE ON mailings
  FOR EACH ROW WHEN (NEW.state = 'done' AND OLD.state <> 'done') EXECUTE FUNCTION mailing_done();

-- +goose StatementBegin
CREATE FUNCTION send_given_up() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'all that this send had to deliver has lapsed, so it gets no new slot';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER sends_given_up BEFORE UPDATE ON sends
  FOR EACH ROW WHEN (OLD.state = 'missed' AND NEW.released_by IS DISTINCT FROM OLD.released_by AND NEW.finished_at >= OLD.deadline_at)
  EXECUTE FUNCTION send_given_up();
