-- The audit log: who changed what of a tenant's configuration and records, when, from what to what. Written by triggers, so that
-- SQL by psql is in it as well, in the transaction of the change, so that there is neither one without the other.
CREATE TABLE "audit_log" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"at" timestamptz DEFAULT now() NOT NULL,
	"action" text NOT NULL,
	"object" text NOT NULL,
	"object_id" text,
	"before" jsonb,
	"after" jsonb,
	"people" uuid[],
	"actor_kind" text NOT NULL,
	"actor_id" uuid,
	"actor_name" text,
	"sql_role" text DEFAULT session_user NOT NULL,
	"request_id" text,
	CONSTRAINT "audit_log_tenant_id_id_pk" PRIMARY KEY("tenant_id","id")
);
--> statement-breakpoint
CREATE INDEX "audit_log_by_object" ON "audit_log" USING btree ("tenant_id","object","object_id");
--> statement-breakpoint
-- For erasures: whom a change was about.
CREATE INDEX "audit_log_by_people" ON "audit_log" USING gin ("people") WHERE people IS NOT NULL;
--> statement-breakpoint
SELECT ops.isolate_tenants();
--> statement-breakpoint
-- Nobody but the triggers writes it.
GRANT SELECT ON audit_log TO kith_api, kith_worker;
--> statement-breakpoint

-- And nobody rewrites it, the owner included, other than by the two functions at the end.
CREATE FUNCTION ops.audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('kith.audit_upkeep', true) = 'on' THEN
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  RAISE EXCEPTION 'the audit log is only ever added to' USING ERRCODE = 'insufficient_privilege';
END
$$;
--> statement-breakpoint
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION ops.audit_is_kept();
--> statement-breakpoint
CREATE TRIGGER kept_whole BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_is_kept();
--> statement-breakpoint

-- Who it is: what the API says of its viewer for this transaction (kith.actor), and believed of nobody else. A job has no
-- actor, and whoever has a role of their own is called by it.
CREATE FUNCTION ops.actor() RETURNS TABLE (kind text, id uuid, name text, request_id text) LANGUAGE sql STABLE
SET search_path = pg_catalog AS $$
SELECT coalesce(said ->> 'kind', CASE session_user WHEN 'kith_api' THEN 'api' WHEN 'kith_worker' THEN 'job' ELSE 'sql' END),
  (said ->> 'id')::uuid, said ->> 'name', said ->> 'request'
FROM (SELECT CASE WHEN session_user IN ('kith_api', 'kith_worker') THEN nullif(current_setting('kith.actor', true), '')::jsonb END AS said) AS actor
$$;
--> statement-breakpoint

-- SQL for the JSON of a row in which secrets are masked.
CREATE FUNCTION ops.without_secrets(document text, secrets jsonb) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
SELECT coalesce(
  (SELECT format('CASE WHEN %1$s IS NOT NULL THEN %1$s || (SELECT coalesce(jsonb_object_agg(key, value), ''{}'') FROM jsonb_each(%2$L::jsonb) WHERE %1$s ? key) END', document, secrets)
    WHERE secrets IS NOT NULL),
  document)
$$;
--> statement-breakpoint

-- One row of the log per changed row; of an update the columns that changed. Arguments of the trigger: the columns of the
-- key, and those that are left out, as text[]. The statement is made of the table's columns of today, and planned each time: a
-- plan kept from a change of one row would be quadratic in an import of thousands.
CREATE FUNCTION ops.audit_rows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  tenant text := CASE TG_TABLE_NAME WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END;
  keys text[] := TG_ARGV[0];
  hidden text[] := TG_ARGV[1];
  -- What stays out of a row's JSON: of an update the columns that are the same, otherwise those that are null.
  same text;
  empty text;
  -- Of a secret, that it is another one now.
  secrets jsonb;
  -- Whom a row is about: the hash that identity goes by.
  person text;
  rows text;
BEGIN
  SELECT string_agg(format('CASE WHEN d.%1$I IS NOT DISTINCT FROM i.%1$I THEN %1$L END', attname), ', '),
    string_agg(format('CASE WHEN x.%1$I IS NULL THEN %1$L END', attname), ', '),
    jsonb_object_agg(attname, '(secret)') FILTER (WHERE attname ~ '(^|_)(hash|secret|password|token|hash_key)$'),
    CASE TG_TABLE_NAME
      WHEN 'contacts' THEN 'public.identifier_id(''contact'', %1$s.id::text)'
      WHEN 'leads' THEN 'public.identifier_id(''lead'', %1$s.id::text)'
      ELSE coalesce(max('%1$s.identifier_id') FILTER (WHERE attname = 'identifier_id'), 'NULL::uuid') END
  INTO same, empty, secrets, person
  FROM pg_attribute WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped;

  IF TG_OP = 'UPDATE' THEN
    rows := format('SELECT coalesce(i.%1$I, d.%1$I) AS tenant, %2$s AS key,
        to_jsonb(d) - $1 - array_remove(ARRAY[%3$s], NULL) AS before, to_jsonb(i) - $1 - array_remove(ARRAY[%3$s], NULL) AS after,
        array_remove(ARRAY[%4$s, nullif(%5$s, %4$s)], NULL) AS people
      FROM deleted d FULL JOIN inserted i ON %6$s',
      tenant, (SELECT format('concat_ws(''~'', %s)', coalesce(string_agg(format('coalesce(i.%1$I, d.%1$I)', name), ', '), 'NULL')) FROM unnest(keys) AS name),
      same, format(person, 'd'), format(person, 'i'),
      (SELECT string_agg(format('d.%1$I = i.%1$I', name), ' AND ') FROM unnest(keys || tenant) AS name));
  ELSE
    rows := format('SELECT x.%1$I AS tenant, %2$s AS key, %3$s AS before, %4$s AS after, array_remove(ARRAY[%5$s], NULL) AS people FROM %6$s x',
      tenant, (SELECT format('concat_ws(''~'', %s)', coalesce(string_agg(format('x.%I', name), ', '), 'NULL')) FROM unnest(keys) AS name),
      CASE TG_OP WHEN 'DELETE' THEN format('to_jsonb(x) - $1 - array_remove(ARRAY[%s], NULL)', empty) ELSE 'NULL::jsonb' END,
      CASE TG_OP WHEN 'INSERT' THEN format('to_jsonb(x) - $1 - array_remove(ARRAY[%s], NULL)', empty) ELSE 'NULL::jsonb' END,
      format(person, 'x'), CASE TG_OP WHEN 'INSERT' THEN 'inserted' ELSE 'deleted' END);
  END IF;
  EXECUTE format($q$
INSERT INTO public.audit_log (tenant_id, action, object, object_id, before, after, people, actor_kind, actor_id, actor_name, request_id)
SELECT tenant, CASE WHEN before IS NULL THEN 'created' WHEN after IS NULL THEN 'deleted' ELSE 'updated' END,
  $2, nullif(key, ''), %s, %s, nullif(people, '{}'), actor.kind, actor.id, actor.name, actor.request_id
FROM (%s) AS changed CROSS JOIN ops.actor() AS actor
WHERE before IS DISTINCT FROM '{}' OR after IS DISTINCT FROM '{}'
$q$, ops.without_secrets('before', secrets), ops.without_secrets('after', secrets), rows)
  USING hidden, TG_TABLE_NAME::text;
  RETURN NULL;
END
$$;
--> statement-breakpoint
-- TRUNCATE tells no rows, but whose they were.
CREATE FUNCTION ops.audit_truncate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  EXECUTE format($q$
INSERT INTO public.audit_log (tenant_id, action, object, actor_kind, actor_id, actor_name, request_id)
SELECT tenant.id, 'emptied', $1, actor.kind, actor.id, actor.name, actor.request_id
FROM (SELECT DISTINCT %s AS id FROM %s) AS tenant CROSS JOIN ops.actor() AS actor
$q$, CASE TG_TABLE_NAME WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END, TG_RELID::regclass) USING TG_TABLE_NAME::text;
  RETURN NULL;
END
$$;
--> statement-breakpoint

-- What is not audited, and why. test/audit.test.ts proves that each table that the API may change is one or the other.
CREATE TABLE "ops"."audit_exempt" (
	"name" text PRIMARY KEY NOT NULL,
	"reason" text NOT NULL
);
--> statement-breakpoint
-- Audits a table from now on; call it at the end of the migration that makes one. `leave_out` is for what
-- the platform itself keeps counting.
CREATE FUNCTION ops.audit(target regclass, leave_out text[] DEFAULT '{}', keys text[] DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  key text[] := coalesce(keys, (
    SELECT array_agg(a.attname::text ORDER BY k.n) FROM pg_index i, unnest(i.indkey::int[]) WITH ORDINALITY AS k (attnum, n)
    JOIN pg_attribute a ON a.attnum = k.attnum
    WHERE i.indrelid = target AND i.indisprimary AND a.attrelid = target AND a.attname <> 'tenant_id'), '{}');
  hidden text[] := leave_out || ARRAY['tenant_id', 'identifier_id', 'updated_at'];
  row record;
BEGIN
  FOR row IN SELECT * FROM (VALUES ('INSERT', 'NEW TABLE AS inserted'), ('UPDATE', 'OLD TABLE AS deleted NEW TABLE AS inserted'),
    ('DELETE', 'OLD TABLE AS deleted')) AS t (op, tables) LOOP
    EXECUTE format('DROP TRIGGER IF EXISTS %I ON %s', 'audit_' || lower(row.op), target);
    EXECUTE format('CREATE TRIGGER %I AFTER %s ON %s REFERENCING %s FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows(%L, %L)',
      'audit_' || lower(row.op), row.op, target, row.tables, key, hidden);
  END LOOP;
  EXECUTE format('DROP TRIGGER IF EXISTS audit_truncate ON %s', target);
  EXECUTE format('CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate()', target);
END
$$;
--> statement-breakpoint
-- Takes that back, and says why.
CREATE FUNCTION ops.do_not_audit(target regclass, why text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE (SELECT string_agg(format('DROP TRIGGER IF EXISTS audit_%s ON %s', op, target), '; ') FROM unnest(ARRAY['insert', 'update', 'delete', 'truncate']) AS op);
  INSERT INTO ops.audit_exempt (name, reason) SELECT relname, why FROM pg_class WHERE oid = target
  ON CONFLICT (name) DO UPDATE SET reason = EXCLUDED.reason;
END
$$;
--> statement-breakpoint
SELECT ops.do_not_audit(name::regclass, why) FROM (VALUES
  ('behavior_counts', 'Counters of the doors.'),
  ('dead_letters', 'Written at the doors; what people do with them is noted by the name of the mutation.'),
  ('event_ids', 'Written at the doors: one per event.'),
  ('identifiers', 'Computed from events and records; what is decided by hand is noted by the name of the mutation.'),
  ('profiles', 'Computed from events and records; what is decided by hand is noted by the name of the mutation.'),
  ('identity_links', 'Evidence that identity computes.'),
  ('identity_conflicts', 'What identity computes.'),
  ('merges', 'A history of its own, with who decided.'),
  ('ingest_counts', 'Counters of the doors.'),
  ('rate_buckets', 'Counters of the doors.'),
  ('webhook_deliveries', 'A log of its own, one per call.')
) AS exempt (name, why);
--> statement-breakpoint
-- Whatever else the API may change, without what it counts: how far a reader of the feed is, when somebody was last seen.
SELECT ops.audit(c.oid::regclass, CASE c.relname
  WHEN 'consumers' THEN ARRAY['acknowledged', 'acknowledged_at']
  WHEN 'labels' THEN ARRAY['backfilled_version']
  WHEN 'segments' THEN ARRAY['backfilled_version']
  WHEN 'replays' THEN ARRAY['job_id', 'position', 'done', 'total', 'events', 'transitions', 'started_at', 'finished_at']
  WHEN 'sessions' THEN ARRAY['seen_at']
  ELSE '{}' END)
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND (c.relname = 'tenants' OR has_table_privilege('kith_api', c.oid, 'UPDATE') OR has_table_privilege('kith_api', c.oid, 'DELETE')
    OR has_table_privilege('kith_api', c.oid, 'INSERT'))
  AND c.relname NOT IN (SELECT name FROM ops.audit_exempt);
--> statement-breakpoint

-- A change that no row shows: a job that was run again, a person whose data was handed out.
CREATE FUNCTION ops.audit_note(mutation text, details jsonb) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
INSERT INTO public.audit_log (tenant_id, action, object, after, actor_kind, actor_id, actor_name, request_id)
SELECT public.kith_tenant(), 'called', mutation, details, actor.kind, actor.id, actor.name, actor.request_id FROM ops.actor() AS actor
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION ops.audit_note(text, jsonb) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION ops.audit_note(text, jsonb) TO kith_api, kith_worker;
--> statement-breakpoint

-- An erasure takes the person's data out of the log, and leaves that there was a change, and whose.
CREATE FUNCTION ops.audit_forget(tenant uuid, ids uuid[]) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
DECLARE
  forgotten integer;
BEGIN
  PERFORM set_config('kith.audit_upkeep', 'on', true);
  UPDATE public.audit_log SET before = NULL, after = NULL, people = NULL,
    object_id = CASE WHEN object_id ~ '^[0-9a-f-]{36}$' THEN object_id END
  WHERE tenant_id = tenant AND people && ids;
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  PERFORM set_config('kith.audit_upkeep', '', true);
  RETURN forgotten;
END
$$;
--> statement-breakpoint
-- What is older than AUDIT_DAYS goes; nobody can ask for less than a month.
CREATE FUNCTION ops.audit_prune(days integer, most integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
DECLARE
  pruned integer;
BEGIN
  -- Not as a setting of the function: only a superuser may give one of a name that Postgres does not know.
  PERFORM set_config('kith.audit_upkeep', 'on', true);
  DELETE FROM public.audit_log WHERE (tenant_id, id) IN (
    SELECT tenant_id, id FROM public.audit_log
    WHERE tenant_id = public.kith_tenant() AND at < now() - make_interval(days => greatest(days, 30)) ORDER BY tenant_id, id LIMIT most);
  GET DIAGNOSTICS pruned = ROW_COUNT;
  PERFORM set_config('kith.audit_upkeep', '', true);
  RETURN pruned;
END
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION ops.audit_forget(uuid, uuid[]), ops.audit_prune(integer, integer) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION ops.audit_forget(uuid, uuid[]), ops.audit_prune(integer, integer) TO kith_worker;
