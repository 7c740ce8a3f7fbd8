-- Set algebra between segments: who is in each, as bits. A profile has a number within its tenant; the bits of 65,536 numbers
-- are one row. They are as of an item of the feed (audience_heads.seq): whoever the feed has told of since is asked for directly
-- (engine/segments/audience.ts), so that an answer is exact however old the bits are.
CREATE TABLE "audience_numbers" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"number" integer NOT NULL,
	"profile_id" uuid NOT NULL,
	CONSTRAINT "audience_numbers_tenant_id_number_pk" PRIMARY KEY("tenant_id","number"),
	CONSTRAINT "audience_numbers_tenant_id_profile_id_unique" UNIQUE("tenant_id","profile_id")
);
--> statement-breakpoint
CREATE TABLE "audience_bits" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"segment_id" uuid NOT NULL,
	"chunk" integer NOT NULL,
	"bits" bit varying NOT NULL,
	CONSTRAINT "audience_bits_tenant_id_segment_id_chunk_pk" PRIMARY KEY("tenant_id","segment_id","chunk")
);
--> statement-breakpoint
CREATE TABLE "audience_heads" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"seq" bigint NOT NULL,
	"refreshed_at" timestamptz DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "audience_heads_pkey" PRIMARY KEY("tenant_id")
);
--> statement-breakpoint
SELECT ops.isolate_tenants();
--> statement-breakpoint
GRANT SELECT ON audience_numbers, audience_bits, audience_heads TO kith_api;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON audience_numbers, audience_bits, audience_heads TO kith_worker;
--> statement-breakpoint

-- Numbers below 65,536 as so many bits, each number's bit set.
CREATE FUNCTION public.to_bits(numbers integer[]) RETURNS bit varying LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT ('x' || encode(string_agg(int8send(coalesce(bits, 0)), '' ORDER BY word), 'hex'))::bit varying
FROM generate_series(0, 1023) AS word
LEFT JOIN (
  SELECT number >> 6 AS word, bit_or(1::bigint << (63 - (number & 63))) AS bits FROM unnest(numbers) AS number GROUP BY 1
) AS words USING (word)
$$;
