-- The tenant's own kinds of records, and the records: one table for all of them, read like any other CRM table.
CREATE TABLE "objects" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"key" text NOT NULL,
	"plural" text NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"person" boolean DEFAULT true NOT NULL,
	"account" boolean DEFAULT false NOT NULL,
	"parent" text,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	"updated_at" timestamptz DEFAULT now() NOT NULL,
	CONSTRAINT "objects_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "objects_tenant_id_key_unique" UNIQUE("tenant_id","key"),
	CONSTRAINT "objects_tenant_id_plural_unique" UNIQUE("tenant_id","plural")
);
--> statement-breakpoint
ALTER TABLE objects ADD FOREIGN KEY (tenant_id, parent) REFERENCES objects (tenant_id, key);
--> statement-breakpoint
CREATE TABLE "records" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"external_id" text,
	"object" text NOT NULL,
	"account_id" uuid,
	"contact_id" uuid,
	"user_id" text,
	"email" text,
	"identifier_id" uuid GENERATED ALWAYS AS (coalesce(identifier_id('contact', contact_id::text), identifier_id('user_id', user_id), identifier_id('email', lower(btrim(email))))) STORED,
	"parent_id" uuid,
	"occurred_at" timestamptz DEFAULT now() NOT NULL,
	"custom" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	"updated_at" timestamptz DEFAULT now() NOT NULL,
	CONSTRAINT "records_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "records_tenant_id_object_external_id_unique" UNIQUE("tenant_id","object","external_id")
);
--> statement-breakpoint
CREATE INDEX "records_by_identifier" ON "records" USING btree ("tenant_id","identifier_id","object");
--> statement-breakpoint
CREATE INDEX "records_by_account" ON "records" USING btree ("tenant_id","account_id","object");
--> statement-breakpoint
CREATE INDEX "records_by_object" ON "records" USING btree ("tenant_id","object","id");
--> statement-breakpoint
CREATE INDEX "records_by_parent" ON "records" USING btree ("tenant_id","parent_id") WHERE parent_id IS NOT NULL;
--> statement-breakpoint
CREATE INDEX "records_by_contact" ON "records" USING btree ("tenant_id","contact_id") WHERE contact_id IS NOT NULL;
--> statement-breakpoint
ALTER TABLE records ADD FOREIGN KEY (tenant_id, object) REFERENCES objects (tenant_id, key) ON DELETE CASCADE;
--> statement-breakpoint
ALTER TABLE records ADD FOREIGN KEY (tenant_id, account_id) REFERENCES accounts ON DELETE SET NULL (account_id);
--> statement-breakpoint
ALTER TABLE records ADD FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts ON DELETE SET NULL (contact_id);
--> statement-breakpoint
ALTER TABLE records ADD FOREIGN KEY (tenant_id, parent_id) REFERENCES records ON DELETE SET NULL (parent_id);
--> statement-breakpoint

CREATE TRIGGER touch BEFORE UPDATE ON objects FOR EACH ROW EXECUTE FUNCTION ops.touch();
--> statement-breakpoint
CREATE TRIGGER touch BEFORE UPDATE ON records FOR EACH ROW EXECUTE FUNCTION ops.touch();
--> statement-breakpoint
-- A record is about whom it names, as an order is.
CREATE TRIGGER relay_insert AFTER INSERT ON records REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_inserted();
--> statement-breakpoint
CREATE TRIGGER relay_update AFTER UPDATE ON records REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_updated();
--> statement-breakpoint
CREATE TRIGGER relay_delete AFTER DELETE ON records REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_deleted();
--> statement-breakpoint
CREATE TRIGGER relay_account_insert AFTER INSERT ON records REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_inserted();
--> statement-breakpoint
CREATE TRIGGER relay_account_update AFTER UPDATE ON records REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_updated();
--> statement-breakpoint
CREATE TRIGGER relay_account_delete AFTER DELETE ON records REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_deleted();
--> statement-breakpoint

GRANT SELECT, INSERT, UPDATE, DELETE ON objects, records TO kith_api, kith_worker;
--> statement-breakpoint
CREATE VIEW analytics.objects WITH (security_barrier) AS
SELECT id, key, plural, name, description, person, account, parent, created_at, updated_at
FROM public.objects WHERE tenant_id = (SELECT ops.sql_tenant());
--> statement-breakpoint
CREATE VIEW analytics.records WITH (security_barrier) AS
SELECT i.profile_id, r.id, r.object, r.external_id, r.account_id, r.contact_id, r.user_id, r.email, r.parent_id, r.occurred_at, r.custom,
  r.created_at, r.updated_at
FROM public.records r
LEFT JOIN public.identifiers i ON i.tenant_id = r.tenant_id AND i.id = r.identifier_id
WHERE r.tenant_id = (SELECT ops.sql_tenant());
--> statement-breakpoint
GRANT SELECT ON analytics.objects, analytics.records TO kith_reader, kith_api, kith_worker;
--> statement-breakpoint
SELECT ops.isolate_tenants();
