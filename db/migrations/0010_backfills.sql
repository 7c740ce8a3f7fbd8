-- How far the long walks over a tenant's people have come: a definition's backfill, a recompute after a lost slot.
CREATE TABLE "backfills" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"kind" text NOT NULL,
	"definition_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"position" jsonb,
	"done" bigint DEFAULT 0 NOT NULL,
	"total" bigint DEFAULT 0 NOT NULL,
	"started_at" timestamptz DEFAULT now() NOT NULL,
	"updated_at" timestamptz DEFAULT now() NOT NULL,
	"finished_at" timestamptz,
	CONSTRAINT "backfills_tenant_id_kind_definition_id_pk" PRIMARY KEY("tenant_id","kind","definition_id")
);
--> statement-breakpoint
SELECT ops.isolate_tenants();
--> statement-breakpoint
GRANT SELECT ON backfills TO kith_api;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON backfills TO kith_worker;
--> statement-breakpoint
-- The walk by id, over those that are still profiles of their own.
CREATE INDEX profiles_living ON profiles (tenant_id, id) WHERE merged_into is null;
--> statement-breakpoint
-- The worker reads events by the same view as the API.
GRANT SELECT ON tenant_events TO kith_worker;
