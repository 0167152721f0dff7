-- Duties, and the partitions that one of them makes and drops.

-- A recurring piece of work that one process at a time does.
CREATE TABLE duties (
  name        text        PRIMARY KEY,
  holder      uuid,
  fence       bigint      NOT NULL DEFAULT 0,
  lease_until timestamptz,
  started_at  timestamptz,
  finished_at timestamptz,
  error       text        NOT NULL DEFAULT ''
);
GRANT SELECT, INSERT, UPDATE ON duties TO keur_app;
CREATE TRIGGER duties_program BEFORE INSERT OR UPDATE ON duties
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- The application owns no table, so the owner lends it these two acts.
CREATE FUNCTION ensure_partitions(p_from date, p_through date) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  month_ date := date_trunc('month', p_from)::date;
  parent text;
  made int := 0;
BEGIN
  -- A month of 2030 BC has the name of one of ours, which would then never be made.
  IF p_through > p_from + 3700 OR p_from < current_date - 7400 OR p_through > current_date + 7400 THEN RAISE EXCEPTION 'partitions are made at most ten years at once, and within twenty years of today'
    USING CONSTRAINT = 'scheduler.partitions_ahead'; END IF;
  PERFORM pg_advisory_xact_lock(hashtext('keur.partitions'));
  WHILE month_ <= p_through LOOP
    FOREACH parent IN ARRAY ARRAY['deliveries', 'events', 'engagements', 'relay_reports'] LOOP
      IF to_regclass(format('%I', parent || to_char(month_, '_YYYY_MM'))) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L) WITH (fillfactor = %s)',
          parent || to_char(month_, '_YYYY_MM'), parent, month_, (month_ + interval '1 month')::date,
          CASE parent WHEN 'deliveries' THEN 25 WHEN 'engagements' THEN 80 ELSE 100 END);
        made := made + 1;
      END IF;
    END LOOP;
    month_ := (month_ + interval '1 month')::date;
  END LOOP;
  RETURN made;
END
$$;

-- Retention: whole months, never younger than a year.
CREATE FUNCTION drop_partitions(p_before date) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  part record;
  dropped int := 0;
BEGIN
  IF p_before > (now() - interval '1 year')::date THEN RAISE EXCEPTION 'deliveries and events younger than a year are kept'
    USING CONSTRAINT = 'scheduler.kept_a_year'; END IF;
  FOR part IN
    SELECT c.relname, p.relname AS parent FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
     WHERE p.relname IN ('deliveries', 'events', 'engagements', 'relay_reports') AND p.relnamespace = 'public'::regnamespace AND c.relname ~ '_[0-9]{4}_[0-9]{2}$'
       AND to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month' <= p_before
  LOOP
    EXECUTE format('DROP TABLE %I', part.relname);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END
$$;
REVOKE ALL ON FUNCTION ensure_partitions(date, date), drop_partitions(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_partitions(date, date), drop_partitions(date) TO keur_app;

SELECT ensure_partitions((now() - interval '1 month')::date, (now() + interval '3 months')::date);
