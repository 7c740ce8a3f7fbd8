-- TRUNCATE has no rows to tell of: every tenant is looked at again. The job is added by the very transaction, and the walk is
-- named after it, so that one that is under way begins anew.
CREATE FUNCTION ops.truncated() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM graphile_worker.add_job('recompute',
    json_build_object('tenant', id, 'walk', (pg_current_xact_id()::text::numeric % 2147483647)::int),
    'backfill:' || id, job_key => 'recompute:' || id, priority => 10)
  FROM public.tenants;
  RETURN NULL;
END $$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION ops.truncated() FROM PUBLIC;
--> statement-breakpoint
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY array['events', 'accounts', 'contacts', 'leads', 'opportunities', 'orders', 'order_items', 'contracts',
    'memberships', 'tickets', 'activities', 'consents', 'list_members'] LOOP
    EXECUTE format('CREATE TRIGGER relay_truncate AFTER TRUNCATE ON public.%I FOR EACH STATEMENT EXECUTE FUNCTION ops.truncated()', name);
  END LOOP;
END $$;
--> statement-breakpoint
-- Each week is a table of its own: a time that no event can have would make tables that nobody reads. The doors are stricter.
ALTER TABLE events ADD CONSTRAINT events_occurred_at_check
  CHECK (occurred_at >= timestamptz '1970-01-01 00:00:00+00' AND occurred_at < timestamptz '2100-01-01 00:00:00+00') NOT VALID;
