-- What relay and workers keep beside the queue.

-- A transaction of a million rows is turned into jobs piece by piece, so a position in the log is a pair: the transaction's
-- commit, and the message within it.
ALTER TABLE ops.relays ADD COLUMN message_lsn pg_lsn NOT NULL DEFAULT '0/0';
--> statement-breakpoint
-- Set before a slot is made anew and cleared in the transaction that enqueues the recompute: a crash in between forgets nothing.
ALTER TABLE ops.relays ADD COLUMN recompute_due boolean NOT NULL DEFAULT false;
--> statement-breakpoint
-- What the jobs of a tenant did, by the minute; written by the workers every few seconds.
CREATE TABLE "job_minutes" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"task" text NOT NULL,
	"minute" timestamptz NOT NULL,
	"done" integer DEFAULT 0 NOT NULL,
	"failed" integer DEFAULT 0 NOT NULL,
	"waited_ms" double precision DEFAULT 0 NOT NULL,
	"waited_most_ms" double precision DEFAULT 0 NOT NULL,
	"ran_ms" double precision DEFAULT 0 NOT NULL,
	"ran_most_ms" double precision DEFAULT 0 NOT NULL,
	CONSTRAINT "job_minutes_tenant_id_task_minute_pk" PRIMARY KEY("tenant_id","task","minute")
);
--> statement-breakpoint
SELECT ops.isolate_tenants();
--> statement-breakpoint
-- The workers write for every tenant at once.
CREATE POLICY every_job_minute ON job_minutes TO kith_worker USING (true);
--> statement-breakpoint
GRANT SELECT ON job_minutes TO kith_api;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON job_minutes TO kith_worker;
