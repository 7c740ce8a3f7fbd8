-- The messages of the log name the events, so that only the rules that read such events are asked again. More than eight
-- different ones of a person in one statement say nothing: everything is asked then.
CREATE OR REPLACE FUNCTION ops.events_inserted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ops AS $$
BEGIN
  PERFORM ops.emit_people(tenant_id, array_agg(person))
  FROM (
    SELECT tenant_id, jsonb_strip_nulls(jsonb_build_object(
      'ids', jsonb_build_object('user_id', user_id, 'anonymous_id', anonymous_id) || coalesce(identifiers, '{}'),
      'from', min(occurred_at),
      'to', max(occurred_at),
      'source', source_id,
      'events', CASE WHEN min(name) = max(name) THEN jsonb_build_array(min(name))
        WHEN count(DISTINCT name) <= 8 THEN jsonb_agg(DISTINCT name) END,
      'refs', jsonb_agg(jsonb_build_array(occurred_at, id)) FILTER (WHERE traits IS NOT NULL OR type IN ('alias', 'group'))
    )) AS person
    FROM inserted
    GROUP BY tenant_id, user_id, anonymous_id, identifiers, source_id
  ) AS people
  GROUP BY tenant_id;
  RETURN NULL;
END
$$;
--> statement-breakpoint
-- The name lies in the index behind the time: a rule's events are found without a look at the others' rows, and a person's
-- timeline still comes in order.
DROP INDEX events_by_identifier;
--> statement-breakpoint
CREATE INDEX events_by_identifier ON events (tenant_id, identifier_id, occurred_at, name);
