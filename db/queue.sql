-- What the API sees of the job queue, and may do to it. Run by kith_worker, who owns the queue's tables, after the queue's
-- own migrations, on every migrate: each statement may run again.

-- Where a job stands, as far as the mere passing of time does not change it: 'later' ones were put off, and by now are scheduled
-- still or wait.
CREATE OR REPLACE FUNCTION ops.job_stage(
  locked_at timestamptz, attempts smallint, max_attempts smallint, last_error text, run_at timestamptz, created_at timestamptz
) RETURNS text LANGUAGE sql IMMUTABLE AS $$
SELECT CASE
  WHEN locked_at IS NOT NULL THEN 'running'
  WHEN attempts >= max_attempts THEN 'failed'
  WHEN last_error IS NOT NULL THEN 'retrying'
  WHEN run_at > created_at THEN 'later'
  ELSE 'waiting'
END
$$;

-- The tenant's jobs among a million of others', the few that failed or run among its own million, the newest of any of them.
CREATE INDEX IF NOT EXISTS kith_jobs_by_stage ON graphile_worker._private_jobs (
  ops.job_stage(locked_at, attempts, max_attempts, last_error, run_at, created_at), job_queue_id, id);
DROP INDEX IF EXISTS graphile_worker.kith_jobs_by_queue, graphile_worker.kith_jobs_in_trouble, graphile_worker.kith_jobs_running;

-- How many people, profiles or accounts a job is about, and the first of them.
CREATE OR REPLACE FUNCTION ops.job_summary(payload json) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
SELECT CASE json_typeof(payload)
  WHEN 'array' THEN (
    SELECT jsonb_build_object(
      'people', coalesce(sum(json_array_length(change -> 'people')), 0),
      'profiles', coalesce(sum(json_array_length(change -> 'profiles')), 0),
      'first', (array_agg(coalesce(change -> 'people' -> 0 -> 'ids', change -> 'profiles' -> 0, change -> 'accounts' -> 0)))[1])
      || jsonb_strip_nulls(jsonb_build_object('accounts', sum(json_array_length(change -> 'accounts'))))
    FROM json_array_elements(payload) AS change)
  ELSE payload::jsonb - 'tenant'
END
$$;

-- The jobs of the transaction's tenant. Those of the platform itself (cron) are nobody's. No security barrier: behind one, a
-- list is sorted as a whole before its first page is known. Only kith_api reads it, which runs no statement of others.
CREATE OR REPLACE VIEW public.jobs WITH (security_barrier = false) AS
SELECT
  jobs.id,
  tasks.identifier AS task,
  queues.queue_name AS queue,
  jobs.key,
  CASE ops.job_stage(jobs.locked_at, jobs.attempts, jobs.max_attempts, jobs.last_error, jobs.run_at, jobs.created_at)
    WHEN 'later' THEN CASE WHEN jobs.run_at > now() THEN 'scheduled' ELSE 'waiting' END
    ELSE ops.job_stage(jobs.locked_at, jobs.attempts, jobs.max_attempts, jobs.last_error, jobs.run_at, jobs.created_at)
  END AS state,
  jobs.priority,
  jobs.attempts,
  jobs.max_attempts,
  jobs.last_error AS error,
  ops.job_summary(jobs.payload) AS summary,
  jobs.run_at,
  jobs.created_at,
  jobs.updated_at,
  jobs.locked_at AS started_at,
  jobs.locked_by AS worker,
  jobs.job_queue_id AS queue_id,
  ops.job_stage(jobs.locked_at, jobs.attempts, jobs.max_attempts, jobs.last_error, jobs.run_at, jobs.created_at) AS stage
FROM graphile_worker._private_job_queues AS queues
JOIN graphile_worker._private_jobs AS jobs ON jobs.job_queue_id = queues.id
JOIN graphile_worker._private_tasks AS tasks ON tasks.id = jobs.task_id
WHERE queues.queue_name IN (
  'react:' || (SELECT public.kith_tenant()), 'backfill:' || (SELECT public.kith_tenant()), 'audience:' || (SELECT public.kith_tenant()),
  'pull:' || (SELECT public.kith_tenant()));

-- The ranges of kith_jobs_by_stage that make up the view `jobs`: each is in the order of ids.
CREATE OR REPLACE VIEW public.job_ranges AS
SELECT queues.id AS queue_id, stage
FROM graphile_worker._private_job_queues AS queues
CROSS JOIN unnest(ARRAY['running', 'failed', 'retrying', 'later', 'waiting']) AS stage
WHERE queues.queue_name IN (
  'react:' || (SELECT public.kith_tenant()), 'backfill:' || (SELECT public.kith_tenant()), 'audience:' || (SELECT public.kith_tenant()),
  'pull:' || (SELECT public.kith_tenant()));

-- How many there are of each queue, task and state. Of a queue's jobs at one stage the oldest ten thousand are counted, so that
-- a flood of them costs nothing here; `more` says that there are others. The plan is set, not chosen: what the planner makes of a million jobs,
-- or of a table that its statistics call empty, reads them all.
DROP FUNCTION IF EXISTS ops.job_counts();
CREATE FUNCTION ops.job_counts() RETURNS TABLE (task text, state text, count bigint, oldest timestamptz, more boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_sort = off AS $$
SELECT task, state, least(count(*), 10000), min(run_at), bool_or(others)
FROM public.job_ranges
CROSS JOIN LATERAL (
  SELECT task, state, run_at, count(*) OVER () > 10000 AS others
  FROM (
    SELECT task, state, run_at FROM public.jobs
    WHERE jobs.queue_id = job_ranges.queue_id AND jobs.stage = job_ranges.stage ORDER BY jobs.id LIMIT 10001
  ) AS oldest
) AS counted
GROUP BY job_ranges.queue_id, task, state
$$;

-- The four things an operator does to jobs. Only the tenant's own, and none that runs; returns those it was done to.
CREATE OR REPLACE FUNCTION ops.retry_jobs(ids bigint[]) RETURNS SETOF bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT pg_notify('jobs:insert', '{"r":' || random() || ',"count":' || cardinality(ids) || '}');
SELECT id FROM graphile_worker.reschedule_jobs(
  array(SELECT id FROM public.jobs WHERE id = ANY (ids)), run_at => now(), attempts => 0)
$$;
CREATE OR REPLACE FUNCTION ops.run_jobs_now(ids bigint[]) RETURNS SETOF bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT pg_notify('jobs:insert', '{"r":' || random() || ',"count":' || cardinality(ids) || '}');
SELECT id FROM graphile_worker.reschedule_jobs(
  array(SELECT id FROM public.jobs WHERE id = ANY (ids) AND attempts < max_attempts), run_at => now())
$$;
CREATE OR REPLACE FUNCTION ops.reschedule_jobs(ids bigint[], at timestamptz) RETURNS SETOF bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT id FROM graphile_worker.reschedule_jobs(
  array(SELECT id FROM public.jobs WHERE id = ANY (ids) AND attempts < max_attempts), run_at => at)
$$;
CREATE OR REPLACE FUNCTION ops.discard_jobs(ids bigint[]) RETURNS SETOF bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT id FROM graphile_worker.complete_jobs(array(SELECT id FROM public.jobs WHERE id = ANY (ids)))
$$;

-- Whether a worker holds a queue and runs no job of it. Both begin and end in one statement, unless another worker ends the job in
-- between: one that was thought dead, whose jobs were given away, and that wakes and is done with them.
CREATE OR REPLACE FUNCTION ops.holds_idle_queue(worker text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog SET enable_seqscan = off AS $$
SELECT EXISTS (
  SELECT FROM graphile_worker._private_job_queues AS queues
  WHERE queues.locked_by = worker AND NOT EXISTS (
    SELECT FROM graphile_worker._private_jobs AS jobs
    WHERE ops.job_stage(locked_at, attempts, max_attempts, last_error, run_at, created_at) = 'running'
      AND jobs.job_queue_id = queues.id AND jobs.locked_by = worker))
$$;
REVOKE ALL ON FUNCTION ops.holds_idle_queue(text) FROM PUBLIC;

-- The tenant's history under its present policy of identity. Asked again before it has begun, it is done once.
CREATE OR REPLACE FUNCTION ops.reapply_policy(decision jsonb) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT id FROM graphile_worker.add_job('reapply',
  (decision || jsonb_build_object('tenant', public.kith_tenant(), 'walk', extract(epoch FROM clock_timestamp())::int))::json,
  'backfill:' || public.kith_tenant(), job_key => 'reapply:' || public.kith_tenant(), priority => 10)
$$;

-- The bits that audiences are counted by, brought up to now. Asked for any number of times before it runs, it is done once.
CREATE OR REPLACE FUNCTION ops.refresh_audience() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT graphile_worker.add_job('audience', json_build_object('tenant', public.kith_tenant()),
  'audience:' || public.kith_tenant(), job_key => 'audience:' || public.kith_tenant(), priority => 10)
$$;

-- The replay is the tenant's: whoever may see it may have it done.
CREATE OR REPLACE FUNCTION ops.request_replay(replay uuid) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT id FROM graphile_worker.add_job('replay', json_build_object('tenant', public.kith_tenant(), 'id', replay),
  'backfill:' || public.kith_tenant(), job_key => 'replay:' || replay, priority => 10)
$$;
REVOKE ALL ON FUNCTION ops.request_replay(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.request_replay(uuid) TO kith_api;

-- The source is the tenant's, and so is what it brings.
CREATE OR REPLACE FUNCTION ops.request_pull(source uuid) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT id FROM graphile_worker.add_job('pull', json_build_object('tenant', public.kith_tenant(), 'source', source),
  'pull:' || public.kith_tenant(), job_key => 'pull:' || source, max_attempts => 3)
$$;
REVOKE ALL ON FUNCTION ops.request_pull(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.request_pull(uuid) TO kith_api;

-- The relays and their slots. How far behind: in bytes of log, and in seconds of which the connection's sender knows.
CREATE OR REPLACE FUNCTION ops.relay_status() RETURNS TABLE (
  slot text, leader text, checkpoint pg_lsn, seen_at timestamptz, lost integer, active boolean, wal_status text,
  lag_bytes bigint, lag_seconds double precision
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT r.slot, r.leader, r.lsn, r.updated_at, r.lost, coalesce(s.active, false), coalesce(s.wal_status, 'lost'),
  pg_wal_lsn_diff(pg_current_wal_lsn(), s.confirmed_flush_lsn)::bigint,
  CASE WHEN s.active THEN coalesce(extract(epoch FROM sender.flush_lag), 0)
    ELSE extract(epoch FROM clock_timestamp() - r.updated_at) END::float8
FROM ops.relays r
LEFT JOIN pg_replication_slots s ON s.slot_name = r.slot
LEFT JOIN pg_stat_replication sender ON sender.pid = s.active_pid
$$;

-- Cron: what runs by the clock, and when it last did.
CREATE OR REPLACE FUNCTION ops.cron() RETURNS TABLE (task text, known_since timestamptz, last_execution timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT identifier, known_since, last_execution FROM graphile_worker._private_known_crontabs
$$;

-- Of all tenants together, for /metrics: numbers, and nothing that names anybody. Waiting ones up to ten thousand, those that run
-- next: a scrape must cost little, whatever waits. `waited_s` tells of those that could run and do not, also when none is ever done.
DROP FUNCTION IF EXISTS ops.queue_metrics();
CREATE FUNCTION ops.queue_metrics() RETURNS TABLE (task text, state text, count bigint, waited_s double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog SET enable_seqscan = off SET enable_bitmapscan = off AS $$
SELECT tasks.identifier, state, count(*), extract(epoch FROM now() - min(run_at) FILTER (WHERE state = 'waiting'))
FROM (
  SELECT task_id, ops.job_stage(locked_at, attempts, max_attempts, last_error, run_at, created_at) AS state, run_at
  FROM graphile_worker._private_jobs
  WHERE ops.job_stage(locked_at, attempts, max_attempts, last_error, run_at, created_at) IN ('running', 'failed', 'retrying')
  UNION ALL
  SELECT task_id, 'waiting', run_at FROM (
    SELECT task_id, run_at FROM graphile_worker._private_jobs
    WHERE is_available AND last_error IS NULL AND run_at <= now() ORDER BY priority, run_at LIMIT 10000
  ) AS waiting
) AS jobs
JOIN graphile_worker._private_tasks AS tasks ON tasks.id = jobs.task_id
GROUP BY tasks.identifier, state
$$;

CREATE OR REPLACE FUNCTION ops.timers_due() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT count(*) FROM (
  SELECT FROM public.timers WHERE due_at <= now()
  UNION ALL SELECT FROM public.account_timers WHERE due_at <= now()
  LIMIT 10000
) AS due
$$;
CREATE OR REPLACE FUNCTION ops.last_job_minute() RETURNS TABLE (
  task text, done bigint, failed bigint, ran_ms double precision, waited_most_ms double precision
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT task, sum(done), sum(failed), sum(ran_ms) / sum(done + failed), max(waited_most_ms)
FROM public.job_minutes WHERE minute = date_trunc('minute', now()) - interval '1 minute'
GROUP BY task
$$;

GRANT SELECT ON public.jobs, public.job_ranges TO kith_api;
REVOKE ALL ON FUNCTION ops.refresh_audience(), ops.reapply_policy(jsonb), ops.retry_jobs(bigint[]), ops.run_jobs_now(bigint[]), ops.reschedule_jobs(bigint[], timestamptz),
  ops.discard_jobs(bigint[]), ops.job_counts(), ops.relay_status(), ops.cron(), ops.queue_metrics(),
  ops.timers_due(), ops.last_job_minute(), ops.job_summary(json) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.refresh_audience(), ops.reapply_policy(jsonb), ops.retry_jobs(bigint[]), ops.run_jobs_now(bigint[]), ops.reschedule_jobs(bigint[], timestamptz),
  ops.discard_jobs(bigint[]), ops.job_counts(), ops.relay_status(), ops.cron(), ops.queue_metrics(),
  ops.timers_due(), ops.last_job_minute(), ops.job_summary(json) TO kith_api;
