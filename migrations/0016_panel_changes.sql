-- +goose Up
-- Transaction numbers mean nothing in another server. In a base that was dumped
-- and restored, or upgraded, panels are therefore made anew.
ALTER TABLE panels ADD system bigint NOT NULL DEFAULT 0;   -- pg_control_system().system_identifier

-- Up to some thousands in a statement are noted one by one, so that a change of
-- few doesn't make whole stretches be asked again. An import changes more.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION note_panel_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  many boolean := (SELECT count(*) = 2501 FROM (SELECT FROM changed LIMIT 2501) c);
BEGIN
  INSERT INTO panel_changes (label_id, block, first, last)
  SELECT label_id, member_id >> 15, min(member_id), max(member_id)
    FROM changed
   GROUP BY label_id, member_id >> 15, CASE WHEN many THEN 0 ELSE member_id END;
  RETURN NULL;
END
$$;
-- +goose StatementEnd
