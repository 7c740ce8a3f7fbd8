-- The tenant's settings of the gate. No row: nothing is filtered.
CREATE TABLE "gate_settings" (
	"tenant_id" uuid DEFAULT kith_tenant() PRIMARY KEY NOT NULL,
	"unknown_events" text DEFAULT 'allow' NOT NULL,
	"bots" text DEFAULT 'keep' NOT NULL,
	"internal" text DEFAULT 'keep' NOT NULL,
	"internal_networks" text[] DEFAULT '{}' NOT NULL,
	"internal_users" text[] DEFAULT '{}' NOT NULL,
	"internal_domains" text[] DEFAULT '{}' NOT NULL,
	"personal_data" jsonb DEFAULT '[]' NOT NULL,
	"hash_key" text,
	"events_per_second" integer,
	"updated_at" timestamptz DEFAULT now() NOT NULL,
	CONSTRAINT "gate_settings_unknown_events_check" CHECK (unknown_events IN ('allow', 'count', 'refuse')),
	CONSTRAINT "gate_settings_bots_check" CHECK (bots IN ('keep', 'drop', 'mark')),
	CONSTRAINT "gate_settings_internal_check" CHECK (internal IN ('keep', 'drop', 'mark')),
	CONSTRAINT "gate_settings_events_per_second_check" CHECK (events_per_second > 0)
);
--> statement-breakpoint
CREATE TRIGGER touch BEFORE UPDATE ON gate_settings FOR EACH ROW EXECUTE FUNCTION ops.touch();
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON gate_settings TO kith_api;
--> statement-breakpoint
GRANT SELECT, UPDATE ON gate_settings TO kith_worker;
--> statement-breakpoint

-- What a source's events are for: those of people who refused it are not stored.
ALTER TABLE sources ADD COLUMN purpose text, ADD COLUMN channel text;
--> statement-breakpoint

-- Which of `asked` ([{"n", "purpose", "channel", "ids": {type: value}}]) are about people who refused the purpose, by any of
-- the identifiers that are theirs today. One plan, whatever the statistics say: these tables are small at first and large later.
CREATE FUNCTION public.refused_purposes(tenant uuid, asked jsonb) RETURNS SETOF integer
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
  RETURN QUERY
WITH own AS MATERIALIZED (
  SELECT DISTINCT a.n, a.purpose, a.channel, public.identifier_id(said.key, said.value) AS id
  FROM jsonb_to_recordset(asked) AS a (n integer, purpose text, channel text, ids jsonb), jsonb_each_text(a.ids) AS said
), theirs AS MATERIALIZED (
  SELECT own.n, own.purpose, own.channel, own.id FROM own
  UNION
  SELECT own.n, own.purpose, own.channel, peer.id
  FROM own
  JOIN public.identifiers i ON i.tenant_id = tenant AND i.id = own.id
  JOIN public.identifiers peer ON peer.tenant_id = tenant AND peer.profile_id = i.profile_id
)
SELECT DISTINCT theirs.n FROM theirs
JOIN public.consents c ON c.tenant_id = tenant AND c.identifier_id = theirs.id AND c.purpose = theirs.purpose
WHERE c.state = 'denied' AND (theirs.channel IS NULL OR c.channel = theirs.channel);
END
$$;
--> statement-breakpoint
-- The hourly prune: the buckets of keys that are long silent, and counts that have had their time.
GRANT UPDATE ON webhooks TO kith_worker;
--> statement-breakpoint
SELECT ops.isolate_tenants();
