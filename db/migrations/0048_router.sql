-- A webhook may bring state as well as events; and HubSpot signs in its own way.
ALTER TABLE ingest_counts ADD COLUMN records bigint NOT NULL DEFAULT 0;
--> statement-breakpoint
ALTER TABLE webhooks DROP CONSTRAINT webhooks_verify_check;
--> statement-breakpoint
ALTER TABLE webhooks ADD CONSTRAINT webhooks_verify_check CHECK (verify IN ('shopify', 'stripe', 'hubspot', 'standard', 'hmac'));
--> statement-breakpoint
-- What became of the latest calls, for who sets one up; no payload. Pruned after a week.
CREATE TABLE webhook_deliveries (
  tenant_id uuid NOT NULL DEFAULT kith_tenant(),
  id uuid NOT NULL DEFAULT uuidv7(),
  source_id uuid NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  stored integer NOT NULL DEFAULT 0,
  deduplicated integer NOT NULL DEFAULT 0,
  records integer NOT NULL DEFAULT 0,
  dead integer NOT NULL DEFAULT 0,
  code text,
  dead_letter_id uuid,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, source_id) REFERENCES webhooks ON DELETE CASCADE
);
--> statement-breakpoint
CREATE INDEX webhook_deliveries_by_source ON webhook_deliveries (tenant_id, source_id, id);
--> statement-breakpoint
GRANT SELECT, INSERT ON webhook_deliveries TO kith_api;
--> statement-breakpoint
GRANT SELECT, DELETE ON webhook_deliveries TO kith_worker;
--> statement-breakpoint
SELECT ops.isolate_tenants();
