-- The plans that were applied: the last one tells what somebody has changed since by hand.
CREATE TABLE plans (
  tenant_id uuid NOT NULL DEFAULT kith_tenant(),
  id uuid NOT NULL DEFAULT uuidv7(),
  applied_at timestamptz NOT NULL DEFAULT now(),
  applied_by uuid,
  revision text NOT NULL,
  document jsonb NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
--> statement-breakpoint
GRANT SELECT, INSERT ON plans TO kith_api;
--> statement-breakpoint
GRANT SELECT, DELETE ON plans TO kith_worker;
--> statement-breakpoint
SELECT ops.isolate_tenants();
