-- Readers of the feed whose place is kept.
CREATE TABLE "consumers" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"name" text NOT NULL,
	"kinds" text[],
	"acknowledged" bigint DEFAULT 0 NOT NULL,
	"acknowledged_at" timestamptz,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	CONSTRAINT "consumers_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "consumers_tenant_id_name_unique" UNIQUE("tenant_id","name")
);
--> statement-breakpoint
SELECT ops.isolate_tenants();
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON consumers TO kith_api, kith_worker;
