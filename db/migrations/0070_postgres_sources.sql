-- Tables of other databases that are read from time to time; where each is, and what its rows mean.
CREATE TABLE postgres_sources (
  tenant_id uuid NOT NULL DEFAULT kith_tenant(),
  source_id uuid NOT NULL,
  url_secret text NOT NULL,
  relation text[] NOT NULL,
  cursor_column text NOT NULL,
  id_column text NOT NULL,
  mapping text NOT NULL,
  every_seconds integer NOT NULL DEFAULT 60,
  status text NOT NULL DEFAULT 'active',
  position jsonb,
  rows bigint NOT NULL DEFAULT 0,
  stored bigint NOT NULL DEFAULT 0,
  records bigint NOT NULL DEFAULT 0,
  dead bigint NOT NULL DEFAULT 0,
  error text,
  failures integer NOT NULL DEFAULT 0,
  pulled_at timestamptz,
  next_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, source_id),
  FOREIGN KEY (tenant_id, source_id) REFERENCES sources ON DELETE CASCADE,
  CONSTRAINT postgres_sources_status_check CHECK (status IN ('active', 'paused')),
  CONSTRAINT postgres_sources_every_check CHECK (every_seconds BETWEEN 60 AND 86400)
);
--> statement-breakpoint
CREATE INDEX postgres_sources_due ON postgres_sources (next_at) WHERE status = 'active';
--> statement-breakpoint
CREATE TRIGGER touch BEFORE UPDATE ON postgres_sources FOR EACH ROW EXECUTE FUNCTION ops.touch();
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON postgres_sources TO kith_api;
--> statement-breakpoint
GRANT SELECT, UPDATE ON postgres_sources TO kith_worker;
--> statement-breakpoint
SELECT ops.isolate_tenants();
--> statement-breakpoint
-- Which are due is asked across tenants, like whose timers are.
CREATE POLICY every_source ON postgres_sources FOR SELECT TO kith_worker USING (true);
--> statement-breakpoint
-- What is read is written by the worker, through the view that keeps tenants apart.
GRANT INSERT ON tenant_events TO kith_worker;
--> statement-breakpoint
SELECT ops.audit('postgres_sources', ARRAY['position', 'rows', 'stored', 'records', 'dead', 'error', 'failures', 'pulled_at', 'next_at']);
