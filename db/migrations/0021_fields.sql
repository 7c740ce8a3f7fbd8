-- The tenant's own fields of people and records: what `custom` and `traits` hold, typed.
CREATE TABLE "fields" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"object" text NOT NULL,
	"key" text NOT NULL,
	"type" text NOT NULL,
	"description" text,
	"required" boolean DEFAULT false NOT NULL,
	"choices" text[],
	"created_at" timestamptz DEFAULT now() NOT NULL,
	"updated_at" timestamptz DEFAULT now() NOT NULL,
	CONSTRAINT "fields_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "fields_tenant_id_object_key_unique" UNIQUE("tenant_id","object","key")
);
--> statement-breakpoint
CREATE TRIGGER touch BEFORE UPDATE ON fields FOR EACH ROW EXECUTE FUNCTION ops.touch();
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON fields TO kith_api;
--> statement-breakpoint
GRANT SELECT ON fields TO kith_worker;
--> statement-breakpoint
SELECT ops.isolate_tenants();
