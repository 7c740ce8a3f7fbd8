-- Tenant isolation, and what each role may do.

-- One policy for every table of public that has a tenant: only rows of the transaction's tenant, for the owner too.
-- Call it at the end of a migration that adds a table; test/isolation.test.ts proves that none was forgotten.
CREATE FUNCTION ops.isolate_tenants() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  target record;
BEGIN
  FOR target IN
    SELECT c.oid::regclass AS name, a.attname AS key
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
      AND a.attname = CASE c.relname WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target.name);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target.name);
    EXECUTE format('DROP POLICY IF EXISTS tenant ON %s', target.name);
    -- A subquery, so that the setting is read once a statement and not once a row.
    EXECUTE format('CREATE POLICY tenant ON %s USING (%I = (SELECT kith_tenant()))', target.name, target.key);
  END LOOP;
END
$$;
--> statement-breakpoint
SELECT ops.isolate_tenants();
--> statement-breakpoint

-- Two doors look across tenants, and only these: which tenants there are, and whose timers are due.
CREATE POLICY every_tenant ON tenants FOR SELECT TO kith_worker USING (true);
--> statement-breakpoint
CREATE POLICY every_timer ON timers TO kith_worker USING (true);
--> statement-breakpoint

-- A key arrives before its tenant is known. Returns no row for an unknown or revoked key.
CREATE FUNCTION public.authenticate(key_hash text)
RETURNS TABLE (tenant_id uuid, key_id uuid, source_id uuid, scopes text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
SELECT k.tenant_id, k.id, k.source_id, k.scopes FROM public.api_keys k WHERE k.hash = key_hash AND k.revoked_at IS NULL
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION public.authenticate(text) FROM PUBLIC;
--> statement-breakpoint

-- What the relay reads out of the WAL must come from our triggers.
REVOKE EXECUTE ON FUNCTION pg_logical_emit_message(boolean, text, text, boolean) FROM PUBLIC;
--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION pg_logical_emit_message(boolean, text, bytea, boolean) FROM PUBLIC;
--> statement-breakpoint

GRANT USAGE ON SCHEMA public TO kith_api, kith_worker;
--> statement-breakpoint
GRANT USAGE ON SCHEMA ops TO kith_api, kith_worker;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION public.authenticate(text) TO kith_api;
--> statement-breakpoint
-- The API writes records and definitions, and reads what the jobs compute.
GRANT SELECT ON ALL TABLES IN SCHEMA public TO kith_api;
--> statement-breakpoint
GRANT INSERT, UPDATE, DELETE ON accounts, contacts, leads, opportunities, orders, order_items, contracts, memberships,
  tickets, activities, consents, labels, segments, sources, api_keys, dead_letters TO kith_api;
--> statement-breakpoint
-- Not events: see tenant_events in the next migration.
REVOKE ALL ON events FROM kith_api;
--> statement-breakpoint
GRANT INSERT, UPDATE, DELETE ON event_ids TO kith_api;
--> statement-breakpoint
GRANT SELECT ON ops.relays, ops.workers TO kith_api;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public, ops TO kith_worker;
--> statement-breakpoint
-- The job queue belongs to the worker: its tables have row level security that only their owner passes.
CREATE SCHEMA IF NOT EXISTS graphile_worker;
--> statement-breakpoint
ALTER SCHEMA graphile_worker OWNER TO kith_worker;
