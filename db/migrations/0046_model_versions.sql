-- Versions of the tenant's model: its objects, fields and behaviors. Whoever changes one, also by SQL, makes the next version, one
-- for all that a transaction changes.
CREATE TABLE "model_versions" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"number" integer NOT NULL,
	"at" timestamptz DEFAULT clock_timestamp() NOT NULL,
	"actor" jsonb,
	"changes" jsonb NOT NULL,
	"model" jsonb NOT NULL,
	CONSTRAINT "model_versions_tenant_id_number_pk" PRIMARY KEY("tenant_id","number")
);
--> statement-breakpoint
GRANT SELECT ON model_versions TO kith_api, kith_worker;
--> statement-breakpoint

-- The definitions by part and name: {"objects": {"policy": {...}}, "fields": {"policy.premium": {...}}, "behaviors": {...}}. What is
-- no definition (ids, times, how far an index is) is left out.
CREATE FUNCTION ops.model_of(tenant uuid) RETURNS jsonb LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
SELECT jsonb_build_object(
  'objects', (SELECT coalesce(jsonb_object_agg(o.key, to_jsonb(o) - ARRAY['tenant_id', 'id', 'created_at', 'updated_at']), '{}')
    FROM public.objects o WHERE o.tenant_id = tenant),
  'fields', (SELECT coalesce(jsonb_object_agg(f.object || '.' || f.key,
      to_jsonb(f) - ARRAY['tenant_id', 'id', 'created_at', 'updated_at', 'index_state', 'index_progress', 'index_error']), '{}')
    FROM public.fields f WHERE f.tenant_id = tenant),
  'behaviors', (SELECT coalesce(jsonb_object_agg(b.name, to_jsonb(b) - ARRAY['tenant_id', 'id', 'created_at', 'updated_at']), '{}')
    FROM public.behaviors b WHERE b.tenant_id = tenant))
$$;
--> statement-breakpoint
-- What turns one model into another: [{"part", "key", "before"?, "after"?}, ...].
CREATE FUNCTION ops.model_changes(before jsonb, after jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('part', part, 'key', key)) || jsonb_strip_nulls(jsonb_build_object('before', b.value, 'after', a.value)) ORDER BY part, key), '[]')
FROM unnest(ARRAY['objects', 'fields', 'behaviors']) AS parts (part)
CROSS JOIN LATERAL (
  SELECT key FROM jsonb_object_keys(coalesce(before -> part, '{}')) AS key
  UNION SELECT key FROM jsonb_object_keys(coalesce(after -> part, '{}')) AS key
) AS keys
CROSS JOIN LATERAL (SELECT before -> part -> key AS value) AS b
CROSS JOIN LATERAL (SELECT after -> part -> key AS value) AS a
WHERE b.value IS DISTINCT FROM a.value
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION ops.model_of(uuid) FROM PUBLIC;
--> statement-breakpoint

-- At the commit, and nothing where the first row of the transaction has told it all.
CREATE FUNCTION ops.version_model() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ops AS $$
DECLARE
  tenant uuid := coalesce(NEW.tenant_id, OLD.tenant_id);
  before record;
  after jsonb;
  changes jsonb;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('kith model'), hashtext(tenant::text));
  SELECT number, model INTO before FROM public.model_versions WHERE tenant_id = tenant ORDER BY number DESC LIMIT 1;
  after := ops.model_of(tenant);
  changes := ops.model_changes(before.model, after);
  IF changes <> '[]' THEN
    INSERT INTO public.model_versions (tenant_id, number, actor, changes, model)
    VALUES (tenant, coalesce(before.number, 0) + 1, CASE
      WHEN session_user IN ('kith_api', 'kith_worker') THEN nullif(current_setting('kith.actor', true), '')::jsonb
      ELSE jsonb_build_object('kind', 'sql', 'name', session_user)
    END, changes, after);
  END IF;
  RETURN NULL;
END
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION ops.version_model() FROM PUBLIC;
--> statement-breakpoint
-- What is there already is where the versions begin.
INSERT INTO model_versions (tenant_id, number, changes, model)
SELECT id, 1, '[]', ops.model_of(id) FROM tenants
WHERE EXISTS (SELECT FROM fields WHERE tenant_id = tenants.id) OR EXISTS (SELECT FROM objects WHERE tenant_id = tenants.id)
  OR EXISTS (SELECT FROM behaviors WHERE tenant_id = tenants.id);
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER version AFTER INSERT OR UPDATE OR DELETE ON objects DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION ops.version_model();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER version AFTER INSERT OR DELETE OR UPDATE OF object, key, type, description, required, choices, default_value,
  "unique", indexed, personal, retention_days ON fields DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION ops.version_model();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER version AFTER INSERT OR UPDATE OR DELETE ON behaviors DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION ops.version_model();
--> statement-breakpoint
SELECT ops.isolate_tenants();
