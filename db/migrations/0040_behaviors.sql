-- Behaviors: what the tenant says its events are.
CREATE TABLE "behaviors" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"mode" text DEFAULT 'lenient' NOT NULL,
	"properties" jsonb DEFAULT '[]' NOT NULL,
	"identifiers" text[] DEFAULT '{}' NOT NULL,
	"sample_percent" numeric(6, 3),
	"retention_days" integer,
	"purpose" text,
	"channel" text,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	"updated_at" timestamptz DEFAULT now() NOT NULL,
	CONSTRAINT "behaviors_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "behaviors_tenant_id_name_unique" UNIQUE("tenant_id","name"),
	CONSTRAINT "behaviors_mode_check" CHECK (mode IN ('strict', 'lenient', 'off')),
	CONSTRAINT "behaviors_sample_percent_check" CHECK (sample_percent BETWEEN 0 AND 100),
	CONSTRAINT "behaviors_retention_days_check" CHECK (retention_days > 0)
);
--> statement-breakpoint
CREATE TRIGGER touch BEFORE UPDATE ON behaviors FOR EACH ROW EXECUTE FUNCTION ops.touch();
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON behaviors TO kith_api;
--> statement-breakpoint
GRANT SELECT ON behaviors TO kith_worker;
--> statement-breakpoint

-- What the gate did, by day: written in the transaction that stores the events, so that a repetition counts nothing twice.
-- `name` is a behavior's, or of an event that has none; '' for the others. `path` is where a violation was.
CREATE TABLE "behavior_counts" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"name" text NOT NULL,
	"day" date DEFAULT (now() AT TIME ZONE 'UTC')::date NOT NULL,
	"outcome" text NOT NULL,
	"path" text DEFAULT '' NOT NULL,
	"lane" smallint NOT NULL,
	"count" bigint NOT NULL,
	"last_at" timestamptz DEFAULT now() NOT NULL,
	CONSTRAINT "behavior_counts_tenant_id_name_day_outcome_path_lane_pk" PRIMARY KEY("tenant_id","name","day","outcome","path","lane")
);
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON behavior_counts TO kith_api;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON behavior_counts TO kith_worker;
--> statement-breakpoint

-- Up to when the events of a behavior have been removed that it keeps for so many days.
CREATE TABLE "retention_marks" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"name" text NOT NULL,
	"days" integer NOT NULL,
	"until" timestamptz NOT NULL,
	CONSTRAINT "retention_marks_tenant_id_name_pk" PRIMARY KEY("tenant_id","name")
);
--> statement-breakpoint
GRANT SELECT ON retention_marks TO kith_api;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON retention_marks TO kith_worker;
--> statement-breakpoint

-- Where an event was not as its behavior says: [{"code", "path", "expected", "found"}].
ALTER TABLE dead_letters ADD COLUMN violations jsonb;
--> statement-breakpoint

-- What the tenant's own gate kept out: neither stored nor dead, and counted none the less.
ALTER TABLE ingest_counts
  ADD COLUMN discarded bigint NOT NULL DEFAULT 0,
  ADD COLUMN unconsented bigint NOT NULL DEFAULT 0,
  DROP CONSTRAINT ingest_counts_add_up,
  ADD CONSTRAINT ingest_counts_add_up CHECK (accepted = stored + deduplicated + dead + discarded + unconsented);
--> statement-breakpoint
SELECT ops.isolate_tenants();
