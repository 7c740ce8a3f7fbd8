-- Stored events of a range of time that are run through identity, labels and segments again.
CREATE TABLE replays (
  tenant_id uuid NOT NULL DEFAULT kith_tenant(),
  id uuid NOT NULL DEFAULT uuidv7(),
  from_at timestamptz NOT NULL,
  before_at timestamptz NOT NULL,
  source_id uuid,
  names text[],
  requested_by uuid,
  job_id bigint,
  position jsonb,
  done bigint NOT NULL DEFAULT 0,
  total bigint,
  events bigint NOT NULL DEFAULT 0,
  transitions bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now(),
  cancelled_at timestamptz,
  finished_at timestamptz,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT replays_range_check CHECK (from_at < before_at)
);
--> statement-breakpoint
CREATE TRIGGER touch BEFORE UPDATE ON replays FOR EACH ROW EXECUTE FUNCTION ops.touch();
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON replays TO kith_api;
--> statement-breakpoint
GRANT SELECT, UPDATE, DELETE ON replays TO kith_worker;
--> statement-breakpoint
SELECT ops.isolate_tenants();
