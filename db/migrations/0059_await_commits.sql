-- A transaction is in the log, and read from there, an instant before others see what it wrote: its backend flushes the commit,
-- perhaps waits for a standby, and only then takes itself off the list of those that run. Who reacts within that instant looks
-- for rows that are not there yet, and nobody tells again. So the relay's enqueue ends only when all see what it tells of.
-- The log has the lower half of a transaction's number; what is not in progress, or long ago, is awaited no longer.
CREATE FUNCTION ops.await_commits(xids bigint[]) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  snapshot pg_snapshot := pg_current_snapshot();
  next bigint := pg_snapshot_xmax(snapshot)::text::bigint;
  oldest bigint := pg_snapshot_xmin(snapshot)::text::bigint;
  half CONSTANT bigint := 2147483648;
  xid bigint;
BEGIN
  FOREACH xid IN ARRAY xids LOOP
    xid := next + (xid - next % (2 * half) + 3 * half) % (2 * half) - half;
    CONTINUE WHEN xid < oldest;
    WHILE pg_xact_status(xid::text::xid8) = 'in progress' LOOP
      PERFORM pg_sleep(0.0005);
    END LOOP;
  END LOOP;
END
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION ops.await_commits(bigint[]) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION ops.await_commits(bigint[]) TO kith_worker;
