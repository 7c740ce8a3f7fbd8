-- A tenant is named, and told its time zone, by its owners. Its short name and the limit on its events are the operator's.
GRANT UPDATE (name, timezone) ON tenants TO kith_api;
--> statement-breakpoint
-- When a key was last used, to the minute. Kith counts that by itself, so it is not in the audit log.
ALTER TABLE api_keys ADD COLUMN last_used_at timestamptz;
--> statement-breakpoint
SELECT ops.audit('api_keys', ARRAY['last_used_at']);
--> statement-breakpoint
-- Says too whether its use is to be noted. It only reads: whoever authenticates does not wait for a write.
DROP FUNCTION public.authenticate(text);
--> statement-breakpoint
CREATE FUNCTION public.authenticate(key_hash text)
RETURNS TABLE (tenant_id uuid, key_id uuid, source_id uuid, scopes text[], tenant_rate integer, key_rate integer, to_note boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
SELECT k.tenant_id, k.id, k.source_id, k.scopes, t.events_per_second, k.events_per_second,
  k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute'
FROM public.api_keys k JOIN public.tenants t ON t.id = k.tenant_id
WHERE k.hash = key_hash AND k.revoked_at IS NULL
$$;
--> statement-breakpoint
-- Of several processes that are told to note it, one does.
CREATE FUNCTION public.note_key_use(key_hash text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
UPDATE public.api_keys SET last_used_at = now()
WHERE hash = key_hash AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION public.authenticate(text), public.note_key_use(text) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION public.authenticate(text), public.note_key_use(text) TO kith_api;
