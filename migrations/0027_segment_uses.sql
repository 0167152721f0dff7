-- +goose Up
-- Which segments a revision's audience names, so that a segment knows where it
-- is used without reading what every revision says. Same life as the revision,
-- and its own doing: the application can't write here, so it is never wrong.

CREATE TABLE revision_segments (
  segment_id  bigint  NOT NULL,                   -- nobody deletes a segment
  revision_id bigint  NOT NULL REFERENCES revisions,
  exclude     boolean NOT NULL,                   -- its members are left out
  version     int     NOT NULL,                   -- of the segment: the revision has its rule by value
  PRIMARY KEY (segment_id, revision_id, exclude)
);

-- +goose StatementBegin
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
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION note_segments() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO revision_segments SELECT * FROM segments_named(NEW.id, NEW.content);
  RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER revisions_segments AFTER INSERT ON revisions
  FOR EACH ROW EXECUTE FUNCTION note_segments();
INSERT INTO revision_segments SELECT s.* FROM revisions r CROSS JOIN LATERAL segments_named(r.id, r.content) s;

CREATE TRIGGER revision_segments_append_only BEFORE UPDATE OR DELETE ON revision_segments
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
GRANT SELECT ON revision_segments TO keur_app;
