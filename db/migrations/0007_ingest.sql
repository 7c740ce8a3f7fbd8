-- What the doors need: to tell whether the schema is the newest.

-- The API's role cannot read drizzle's own table.
CREATE FUNCTION ops.newest_migration() RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  RETURN (SELECT max(created_at) FROM drizzle.__drizzle_migrations);
END
$$;
--> statement-breakpoint

-- A dead letter can be mended, sent again and given up. `envelope` is what its request said beside it, as JSON text:
-- {"type", "sentAt", "context"}; without it an event of /v1/track would not know its own type.
ALTER TABLE dead_letters
  ADD COLUMN envelope text,
  ADD COLUMN mended text,
  ADD COLUMN attempts integer NOT NULL DEFAULT 1,
  ADD COLUMN discarded_at timestamptz;
--> statement-breakpoint
CREATE INDEX dead_letters_waiting ON dead_letters (tenant_id, code, id) WHERE replayed_at IS NULL AND discarded_at IS NULL;
--> statement-breakpoint

-- What became of the events that were accepted: written in the transaction that stores them, so the sum holds always. `lane`
-- keeps concurrent commits of one source from waiting for each other's row.
CREATE TABLE ingest_counts (
  tenant_id uuid NOT NULL DEFAULT kith_tenant(),
  source_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  door text NOT NULL,
  hour timestamptz NOT NULL,
  lane smallint NOT NULL,
  accepted bigint NOT NULL,
  stored bigint NOT NULL,
  deduplicated bigint NOT NULL,
  dead bigint NOT NULL,
  PRIMARY KEY (tenant_id, source_id, door, hour, lane),
  CONSTRAINT ingest_counts_add_up CHECK (accepted = stored + deduplicated + dead)
);
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON ingest_counts TO kith_api;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON ingest_counts TO kith_worker;
--> statement-breakpoint
SELECT ops.isolate_tenants();
--> statement-breakpoint

-- How many events a second a tenant and a key may send; null: as many as come (or INGEST_RATE, for a tenant). A tenant's is
-- the operator's to set.
ALTER TABLE tenants ADD COLUMN events_per_second integer CHECK (events_per_second > 0);
--> statement-breakpoint
ALTER TABLE api_keys ADD COLUMN events_per_second integer CHECK (events_per_second > 0);
--> statement-breakpoint
DROP FUNCTION public.authenticate(text);
--> statement-breakpoint
CREATE FUNCTION public.authenticate(key_hash text)
RETURNS TABLE (tenant_id uuid, key_id uuid, source_id uuid, scopes text[], tenant_rate integer, key_rate integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
SELECT k.tenant_id, k.id, k.source_id, k.scopes, t.events_per_second, k.events_per_second
FROM public.api_keys k JOIN public.tenants t ON t.id = k.tenant_id
WHERE k.hash = key_hash AND k.revoked_at IS NULL
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION public.authenticate(text) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION public.authenticate(text) TO kith_api;
--> statement-breakpoint

-- What is left of those limits, shared by all API processes, which take from it a tenth of a second's worth at a time.
-- `subject` is the tenant or the key; below zero: so much was taken in advance.
CREATE TABLE rate_buckets (
  tenant_id uuid NOT NULL DEFAULT kith_tenant(),
  subject uuid NOT NULL,
  tokens double precision NOT NULL,
  granted double precision NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, subject)
) WITH (fillfactor = 50);
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON rate_buckets TO kith_api;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON rate_buckets TO kith_worker;
--> statement-breakpoint
SELECT ops.isolate_tenants();
--> statement-breakpoint

-- Sources that call us. Whoever calls proves it by a signature made with `secret`; `mapping` (JSONata) makes events of the body.
CREATE TABLE webhooks (
  tenant_id uuid NOT NULL DEFAULT kith_tenant(),
  source_id uuid NOT NULL,
  verify text NOT NULL CHECK (verify IN ('shopify', 'stripe', 'standard', 'hmac')),
  header text,
  secret text NOT NULL CHECK (secret <> ''),
  mapping text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, source_id),
  CONSTRAINT webhooks_source_id_unique UNIQUE (source_id),
  FOREIGN KEY (tenant_id, source_id) REFERENCES sources ON DELETE CASCADE
);
--> statement-breakpoint
CREATE TRIGGER touch BEFORE UPDATE ON webhooks FOR EACH ROW EXECUTE FUNCTION ops.touch();
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON webhooks TO kith_api;
--> statement-breakpoint
GRANT SELECT ON webhooks TO kith_worker;
--> statement-breakpoint
SELECT ops.isolate_tenants();
--> statement-breakpoint
-- A call arrives before its tenant is known.
CREATE FUNCTION public.webhook_of(source uuid)
RETURNS TABLE (tenant_id uuid, source_id uuid, verify text, header text, secret text, mapping text, tenant_rate integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
SELECT w.tenant_id, w.source_id, w.verify, w.header, w.secret, w.mapping, t.events_per_second
FROM public.webhooks w JOIN public.tenants t ON t.id = w.tenant_id WHERE w.source_id = source
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION public.webhook_of(uuid) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION public.webhook_of(uuid) TO kith_api;
