-- What the model says is personal is out of the views for an analyst's role, unless it was made to see it. Whoever has a role by
-- now sees what they saw; and the query box shows what GraphQL shows.
ALTER TABLE ops.sql_roles ADD COLUMN personal boolean NOT NULL DEFAULT true;
--> statement-breakpoint
-- The keys of an object's fields that whoever is logged in does not see. Asked once for each query.
CREATE FUNCTION ops.hidden_fields(objects text[]) RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT coalesce(array_agg(f.key), '{}')
FROM ops.sql_roles r JOIN public.fields f ON f.tenant_id = r.tenant_id
WHERE r.role = session_user AND NOT r.personal AND f.personal <> 'none' AND f.object = ANY (objects)
$$;
--> statement-breakpoint
-- The same of the tenant's own objects, whose records share a table: the keys by object.
CREATE FUNCTION ops.hidden_of_records() RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT coalesce(jsonb_object_agg(o.key, to_jsonb(ops.hidden_fields(ARRAY[o.key]))), '{}')
FROM ops.sql_roles r JOIN public.objects o ON o.tenant_id = r.tenant_id
WHERE r.role = session_user AND NOT r.personal
$$;
--> statement-breakpoint
-- Each view as it was, with another expression for one column or two.
DO $$
DECLARE
  one record;
  columns text;
BEGIN
  FOR one IN
    WITH replaced (view, changed, expression) AS (
      SELECT v, c, format('v.%I - (SELECT ops.hidden_fields(ARRAY[%L]))', c, o)
      FROM (VALUES ('profiles', 'traits', 'profile'), ('profile_360', 'traits', 'profile'), ('accounts', 'custom', 'account'),
        ('contacts', 'custom', 'contact'), ('leads', 'custom', 'lead'), ('opportunities', 'custom', 'opportunity'),
        ('orders', 'custom', 'order'), ('contracts', 'custom', 'contract'), ('memberships', 'custom', 'membership'),
        ('tickets', 'custom', 'ticket'), ('activities', 'custom', 'activity')) AS known (v, c, o)
      UNION ALL VALUES
        ('events', 'traits', 'v.traits - (SELECT ops.hidden_fields(ARRAY[''profile'', ''account'']))'),
        -- RudderStack's SDKs say there what Segment's say in traits.
        ('events', 'context', 'CASE WHEN (SELECT ops.hidden_fields(ARRAY[''profile'', ''account''])) = ''{}'' THEN v.context ELSE v.context - ''traits'' END'),
        ('records', 'custom', 'v.custom - ARRAY(SELECT jsonb_array_elements_text((SELECT ops.hidden_of_records()) -> v.object))')
    )
    SELECT view, jsonb_object_agg(changed, expression) AS expressions FROM replaced GROUP BY view
  LOOP
    SELECT string_agg(coalesce((one.expressions ->> attname) || format(' AS %I', attname), format('v.%I', attname)), ', ' ORDER BY attnum)
    INTO columns
    FROM pg_attribute WHERE attrelid = format('analytics.%I', one.view)::regclass AND attnum > 0 AND NOT attisdropped;
    EXECUTE format('CREATE OR REPLACE VIEW analytics.%I WITH (security_barrier) AS SELECT %s FROM (%s) AS v', one.view, columns,
      rtrim(pg_get_viewdef(format('analytics.%I', one.view)::regclass), ';'));
  END LOOP;
END
$$;
