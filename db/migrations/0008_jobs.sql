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
--> statement-breakpoint

-- A COPY of millions of rows is told to the relay in pieces from the start: one array of everybody costs memory without
-- bound, and cutting 500 at a time out of it costs the square of its length.
CREATE OR REPLACE FUNCTION ops.emit_people(tenant uuid, people jsonb[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  piece jsonb;
BEGIN
  FOR piece IN
    SELECT jsonb_agg(person)
    FROM (SELECT person, (row_number() OVER () - 1) / 500 AS n FROM unnest(people) AS person) AS numbered
    GROUP BY n
  LOOP
    PERFORM pg_logical_emit_message(true, 'kith', jsonb_build_object('tenant', tenant, 'people', piece)::text);
  END LOOP;
END
$$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION ops.record_inserted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ops AS $$
BEGIN
  PERFORM ops.emit_records(TG_TABLE_NAME, array_agg(record))
  FROM (SELECT to_jsonb(r) AS record, (row_number() OVER () - 1) / 500 AS n FROM inserted r) AS numbered
  GROUP BY n;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION ops.record_updated() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ops AS $$
BEGIN
  PERFORM ops.emit_records(TG_TABLE_NAME, array_agg(record))
  FROM (
    SELECT to_jsonb(r) AS record, (row_number() OVER () - 1) / 500 AS n FROM (TABLE deleted UNION ALL TABLE inserted) AS r
  ) AS numbered
  GROUP BY n;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION ops.record_deleted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ops AS $$
BEGIN
  PERFORM ops.emit_records(TG_TABLE_NAME, array_agg(record))
  FROM (SELECT to_jsonb(r) AS record, (row_number() OVER () - 1) / 500 AS n FROM deleted r) AS numbered
  GROUP BY n;
  RETURN NULL;
END
$$;
