-- What segments are counted from: each attribute of a stretch of members in one
-- value, and each mailing's behaviours of a day in one value. Both are copies
-- that rooms never write to: triggers note what changed since they were made,
-- and a reader adds that, so that counts are exact at any moment.

-- One field of the members under a label, 32,768 member ids to a block. The
-- snapshot is the one that it was read in. Transaction numbers mean nothing in
-- another server: in a base that was dumped and restored, or upgraded, panels
-- are therefore made anew.
CREATE TABLE panels (
  label_id int         NOT NULL,
  field    text        NOT NULL,                  -- a column of memberships
  block    bigint      NOT NULL,                  -- member_id >> 15
  system   bigint      NOT NULL DEFAULT 0,        -- pg_control_system().system_identifier
  snapshot pg_snapshot NOT NULL,
  content  bytea       NOT NULL,
  sample   bytea       NOT NULL,                  -- of the members whom estimates look at: those of bucket < 32
  PRIMARY KEY (label_id, field, block)
);
-- To compress codes costs more than it saves.
ALTER TABLE panels ALTER content SET STORAGE EXTERNAL, ALTER sample SET STORAGE EXTERNAL;
GRANT SELECT, INSERT, UPDATE, DELETE ON panels TO keur_app;
CREATE TRIGGER panels_program BEFORE INSERT OR UPDATE OR DELETE ON panels
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- Members whose membership changed, from first to last within a block. Whether
-- a panel knows of it follows from its snapshot, not from any clock.
CREATE TABLE panel_changes (
  label_id  int    NOT NULL,
  block     bigint NOT NULL,
  first     bigint NOT NULL,
  last      bigint NOT NULL,
  xid       xid8   NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX panel_changes_block ON panel_changes (label_id, block);
GRANT SELECT, INSERT, UPDATE, DELETE ON panel_changes TO keur_app;
CREATE TRIGGER panel_changes_program BEFORE INSERT OR UPDATE OR DELETE ON panel_changes
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
COMMENT ON TABLE panel_changes IS 'Written only by the triggers of memberships; segments deletes what its panels know.';

-- Up to some thousands in a statement are noted one by one, so that a change of
-- few doesn't make whole stretches be asked again. An import changes more: of
-- these, stretches.
CREATE FUNCTION note_panel_changes() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
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
CREATE TRIGGER memberships_panels_insert AFTER INSERT ON memberships
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_panel_changes();
CREATE TRIGGER memberships_panels_update AFTER UPDATE ON memberships
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_panel_changes();
CREATE TRIGGER memberships_panels_delete AFTER DELETE ON memberships
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_panel_changes();

-- What members did with a mailing on a day, once that day is over. Null when it
-- changed afterwards: then behaviours say it.
CREATE TABLE packs (
  label_id   int        NOT NULL,
  kind       event_kind NOT NULL,
  day        date       NOT NULL,
  mailing_id bigint     NOT NULL,
  content    bytea,
  sample     bytea,                               -- of the members whom estimates look at
  PRIMARY KEY (label_id, kind, day, mailing_id)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON packs TO keur_app;
CREATE TRIGGER packs_program BEFORE INSERT OR UPDATE OR DELETE ON packs
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
ALTER TABLE packs ALTER content SET STORAGE EXTERNAL, ALTER sample SET STORAGE EXTERNAL;
-- What estimates read of days that have no packs: a thirtieth of the members. How often
-- isn't in it: no index has that, so that a member's next open or click changes the row
-- where it is (HOT), and no index of behaviours grows by it.
CREATE INDEX behaviours_sample ON behaviours (label_id, kind, day) INCLUDE (mailing_id, campaign_id, member_id)
 WHERE (hashint8extended(member_id, 0) & 1023) < 32;
-- Up to which day a label's behaviours are packed. A mailing of such a day that
-- has no pack was neither opened nor clicked on it.
CREATE TABLE packed (
  label_id int  PRIMARY KEY,
  through  date NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON packed TO keur_app;
CREATE TRIGGER packed_program BEFORE INSERT OR UPDATE OR DELETE ON packed
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- A day is packed when it is over in every zone and an hour more has passed (see
-- segments.Packs), so that a recorder, who writes of today, never waits here.
-- Who writes of an older day takes turns with whoever packs it, and with others
-- who write of it: a statement that adds rows and changes rows comes here twice,
-- and two such would lock packs in differing order.
CREATE FUNCTION unpack_behaviours() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  old record;
BEGIN
  FOR old IN SELECT label_id, kind, day, mailing_id FROM changed WHERE day < (now() AT TIME ZONE 'UTC')::date - 1
              GROUP BY 1, 2, 3, 4 ORDER BY day, 1, 2, 4
  LOOP
    PERFORM pg_advisory_xact_lock(hashtext('keur.unpack'), old.day - date '2000-01-01');
    PERFORM pg_advisory_xact_lock_shared(hashtext('keur.packs'), old.day - date '2000-01-01');
    INSERT INTO packs (label_id, kind, day, mailing_id) VALUES (old.label_id, old.kind, old.day, old.mailing_id)
    ON CONFLICT (label_id, kind, day, mailing_id) DO UPDATE SET content = NULL, sample = NULL;
  END LOOP;
  RETURN NULL;
END
$$;
CREATE TRIGGER behaviours_unpacked_insert AFTER INSERT ON behaviours
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION unpack_behaviours();
CREATE TRIGGER behaviours_unpacked_update AFTER UPDATE ON behaviours
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION unpack_behaviours();
CREATE TRIGGER behaviours_unpacked_delete AFTER DELETE ON behaviours
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION unpack_behaviours();
