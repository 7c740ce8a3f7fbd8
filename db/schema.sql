-- What the migrations make of an empty database: the schemas public and ops. Made by `npm run schema`; do not edit.
-- Beside it live the schemas of the extensions and of graphile-worker, and a graph schema per tenant.

CREATE SCHEMA public;

COMMENT ON SCHEMA public IS 'standard public schema';

CREATE SCHEMA ops;

CREATE FUNCTION ops.a_source_writes() RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT pg_logical_emit_message(true, 'kith source', '')
$$;

CREATE FUNCTION ops.account_deleted() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'ops'
    AS $$
BEGIN
  PERFORM ops.emit_colleagues(OLD.tenant_id, ARRAY[OLD.id], ARRAY[lower(OLD.domain)]);
  RETURN OLD;
END
$$;

CREATE FUNCTION ops.account_made() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'ops'
    AS $$
BEGIN
  PERFORM ops.emit_colleagues(tenant_id, '{}', array_agg(DISTINCT lower(domain))) FROM inserted WHERE domain IS NOT NULL GROUP BY tenant_id;
  RETURN NULL;
END
$$;

CREATE FUNCTION ops.account_record_deleted() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'ops'
    AS $$
BEGIN
  PERFORM ops.emit_accounts(array_agg(to_jsonb(r))) FROM (SELECT tenant_id, account_id FROM deleted WHERE account_id IS NOT NULL) r HAVING count(*) > 0;
  RETURN NULL;
END
$$;

CREATE FUNCTION ops.account_record_inserted() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'ops'
    AS $$
BEGIN
  PERFORM ops.emit_accounts(array_agg(to_jsonb(r))) FROM (SELECT tenant_id, account_id FROM inserted WHERE account_id IS NOT NULL) r HAVING count(*) > 0;
  RETURN NULL;
END
$$;

CREATE FUNCTION ops.account_record_updated() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'ops'
    AS $$
BEGIN
  PERFORM ops.emit_accounts(array_agg(to_jsonb(r))) FROM (
    SELECT tenant_id, account_id FROM inserted WHERE account_id IS NOT NULL
    UNION SELECT tenant_id, account_id FROM deleted WHERE account_id IS NOT NULL
  ) r HAVING count(*) > 0;
  RETURN NULL;
END
$$;

CREATE FUNCTION ops.account_rewritten() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'ops'
    AS $$
BEGIN
  PERFORM ops.emit_account_ids(tenant_id, array_agg(DISTINCT account_id))
  FROM (
    SELECT n.tenant_id, unnest(ARRAY[n.id, o.parent_id, n.parent_id]) AS account_id
    FROM written n JOIN deleted o ON o.tenant_id = n.tenant_id AND o.id = n.id
    WHERE to_jsonb(n) - 'updated_at' <> to_jsonb(o) - 'updated_at'
  ) AS near
  WHERE account_id IS NOT NULL GROUP BY tenant_id;
  RETURN NULL;
END
$$;

CREATE FUNCTION ops.account_written() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'ops'
    AS $$
BEGIN
  PERFORM ops.emit_account_ids(tenant_id, array_agg(DISTINCT account_id))
  FROM (SELECT tenant_id, unnest(ARRAY[id, parent_id]) AS account_id FROM written) AS near
  WHERE account_id IS NOT NULL GROUP BY tenant_id;
  RETURN NULL;
END
$$;

CREATE FUNCTION ops.accounts_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'ops'
    AS $$
BEGIN
  -- A touch alone, as an import makes of what it finds as it was, is no change.
  PERFORM ops.emit_colleagues(n.tenant_id, array_agg(n.id), array_agg(DISTINCT lower(n.domain)) || array_agg(DISTINCT lower(o.domain)))
  FROM inserted n JOIN deleted o ON o.tenant_id = n.tenant_id AND o.id = n.id
  WHERE to_jsonb(o) - 'updated_at' <> to_jsonb(n) - 'updated_at' GROUP BY n.tenant_id;
  RETURN NULL;
END
$$;

CREATE FUNCTION ops.accounts_rewritten() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'ops'
    AS $$
DECLARE
  one record;
BEGIN
  FOR one IN SELECT n.tenant_id, array_agg(n.id) AS ids, array_agg(lower(o.domain)) || array_agg(lower(n.domain)) AS domains
    FROM written n JOIN deleted o USING (tenant_id, id)
    WHERE (o.name, o.parent_id, o.domain) IS DISTINCT FROM (n.name, n.parent_id, n.domain) GROUP BY n.tenant_id
  LOOP
    PERFORM ops.sync_accounts(one.tenant_id, one.ids);
    PERFORM ops.sync_employment(one.tenant_id, array_agg(DISTINCT i.profile_id)) FROM public.identifiers i
    WHERE i.tenant_id = one.tenant_id AND i.type = 'email' AND split_part(i.value, '@', 2) = ANY (one.domains)
      AND NOT free_mail(split_part(i.value, '@', 2))
    HAVING count(*) > 0;
  END LOOP;
  RETURN NULL;
END
$$;

CREATE FUNCTION ops.accounts_written() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'ops'
    AS $$
DECLARE
  one record;
BEGIN
  FOR one IN SELECT tenant_id, array_agg(DISTINCT id) AS ids, array_agg(DISTINCT lower(domain)) FILTER (WHERE NOT free_mail(domain)) AS domains
    FROM written GROUP BY tenant_id
  LOOP
    PERFORM ops.sync_accounts(one.tenant_id, one.ids);
    PERFORM ops.sync_employment(one.tenant_id, array_agg(DISTINCT i.profile_id)) FROM public.identifiers i
    WHERE i.tenant_id = one.tenant_id AND i.type = 'email' AND split_part(i.value, '@', 2) = ANY (one.domains)
    HAVING count(*) > 0;
  END LOOP;
  RETURN NULL;
END
$$;

CREATE FUNCTION ops.actor() RETURNS TABLE(kind text, id uuid, name text, request_id text)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS $$
SELECT coalesce(said ->> 'kind', CASE session_user WHEN 'kith_api' THEN 'api' WHEN 'kith_worker' THEN 'job' ELSE 'sql' END),
  (said ->> 'id')::uuid, said ->> 'name', said ->> 'request'
FROM (SELECT CASE WHEN session_user IN ('kith_api', 'kith_worker') THEN nullif(current_setting('kith.actor', true), '')::jsonb END AS said) AS actor
$$;

CREATE FUNCTION ops.agtype_key(id uuid) RETURNS ag_catalog.agtype
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
SELECT ag_catalog.agtype_in(('"' || id || '"')::cstring)
$$;

CREATE FUNCTION ops.announce_people(people jsonb[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'ops'
    AS $$
BEGIN
  IF public.kith_tenant() IS NULL THEN RAISE EXCEPTION 'expected a tenant, set by inTenant'; END IF;
  PERFORM ops.emit_people(public.kith_tenant(), people);
END
$$;

CREATE FUNCTION ops.audit(target regclass, leave_out text[] DEFAULT '{}'::text[], keys text[] DEFAULT NULL::text[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION ops.audit_forget(tenant uuid, ids uuid[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $_$
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
$_$;

CREATE FUNCTION ops.audit_is_kept() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  IF current_setting('kith.audit_upkeep', true) = 'on' THEN
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  RAISE EXCEPTION 'the audit log is only ever added to' USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE FUNCTION ops.audit_note(mutation text, details jsonb) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
INSERT INTO public.audit_log (tenant_id, action, object, after, actor_kind, actor_id, actor_name, request_id)
SELECT public.kith_tenant(), 'called', mutation, details, actor.kind, actor.id, actor.name, actor.request_id FROM ops.actor() AS actor
$$;

CREATE FUNCTION ops.audit_prune(days integer, most integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
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

CREATE FUNCTION ops.audit_rows() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $_$
DECLARE
  tenant text := CASE TG_TABLE_NAME WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END;
  keys text[] := TG_ARGV[0];
  hidden text[] := TG_ARGV[1];
  -- What stays out of a row's JSON: of an update the columns that are the same, otherwise those that are null.
  same text;
  empty text;
  -- Of a secret, that it is another one now.
  secrets jsonb;
  -- Whom a row is about: the hashes that identity goes by.
  person text;
  rows text;
BEGIN
  SELECT string_agg(format('CASE WHEN d.%1$I IS NOT DISTINCT FROM i.%1$I THEN %1$L END', attname), ', '),
    string_agg(format('CASE WHEN x.%1$I IS NULL THEN %1$L END', attname), ', '),
    jsonb_object_agg(attname, '(secret)') FILTER (WHERE attname ~ '(^|_)(hash|secret|password|token|hash_key)$'),
    CASE TG_TABLE_NAME
      WHEN 'contacts' THEN 'ARRAY[public.identifier_id(''contact'', %1$s.id::text)]'
      WHEN 'leads' THEN 'ARRAY[public.identifier_id(''lead'', %1$s.id::text)]'
      ELSE coalesce(
        max('public.record_identifiers(%1$s.contact_id, %1$s.user_id, %1$s.email)') FILTER (WHERE attname = 'nobody'),
        max('ARRAY[%1$s.identifier_id]') FILTER (WHERE attname = 'identifier_id'), 'NULL::uuid[]') END
  INTO same, empty, secrets, person
  FROM pg_attribute WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped;

  IF TG_OP = 'UPDATE' THEN
    rows := format('SELECT coalesce(i.%1$I, d.%1$I) AS tenant, %2$s AS key,
        to_jsonb(d) - $1 - array_remove(ARRAY[%3$s], NULL) AS before, to_jsonb(i) - $1 - array_remove(ARRAY[%3$s], NULL) AS after,
        ARRAY(SELECT DISTINCT id FROM unnest(%4$s || %5$s) AS named (id) WHERE id IS NOT NULL) AS people
      FROM deleted d FULL JOIN inserted i ON %6$s',
      tenant, (SELECT format('concat_ws(''~'', %s)', coalesce(string_agg(format('coalesce(i.%1$I, d.%1$I)', name), ', '), 'NULL')) FROM unnest(keys) AS name),
      same, format(person, 'd'), format(person, 'i'),
      (SELECT string_agg(format('d.%1$I = i.%1$I', name), ' AND ') FROM unnest(keys || tenant) AS name));
  ELSE
    rows := format('SELECT x.%1$I AS tenant, %2$s AS key, %3$s AS before, %4$s AS after, array_remove(%5$s, NULL) AS people FROM %6$s x',
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
$_$;

CREATE FUNCTION ops.audit_truncate() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $_$
BEGIN
  EXECUTE format($q$
INSERT INTO public.audit_log (tenant_id, action, object, actor_kind, actor_id, actor_name, request_id)
SELECT tenant.id, 'emptied', $1, actor.kind, actor.id, actor.name, actor.request_id
FROM (SELECT DISTINCT %s AS id FROM %s) AS tenant CROSS JOIN ops.actor() AS actor
$q$, CASE TG_TABLE_NAME WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END, TG_RELID::regclass) USING TG_TABLE_NAME::text;
  RETURN NULL;
END
$_$;

CREATE FUNCTION ops.await_commits(xids bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
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

CREATE FUNCTION ops.check_graph() RETURNS TABLE(kind text, id uuid, tables jsonb, graph jsonb)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'ag_catalog'
    AS $_$
DECLARE
  tenant uuid := public.kith_tenant();
BEGIN
  RETURN QUERY EXECUTE format($sql$
WITH profile_node AS MATERIALIZED (
  SELECT n.id AS node, (agtype_out(n.properties)::text::jsonb ->> 'id')::uuid AS id FROM %1$I."Profile" n
), account_node AS MATERIALIZED (
  SELECT n.id AS node, agtype_out(n.properties)::text::jsonb AS says FROM %1$I."Account" n
), says AS (
  SELECT 'identifier' AS kind, (agtype_out(n.properties)::text::jsonb ->> 'id')::uuid AS id, agtype_out(n.properties)::text::jsonb
    || jsonb_build_object('profile', p.id) || coalesce(agtype_out(e.properties)::text::jsonb, '{}') AS graph
  FROM %1$I."Identifier" n
  LEFT JOIN %1$I."IDENTIFIES" e ON e.start_id = n.id
  LEFT JOIN profile_node p ON p.node = e.end_id
  UNION ALL
  SELECT 'profile', p.id, jsonb_build_object('merged_into', m.id)
  FROM profile_node p
  LEFT JOIN %1$I."MERGED_INTO" e ON e.start_id = p.node
  LEFT JOIN profile_node m ON m.node = e.end_id
  UNION ALL
  SELECT 'account', (a.says ->> 'id')::uuid, jsonb_build_object('name', a.says -> 'name', 'parent', p.says -> 'id')
  FROM account_node a
  LEFT JOIN %1$I."CHILD_OF" e ON e.start_id = a.node
  LEFT JOIN account_node p ON p.node = e.end_id
  UNION ALL
  SELECT 'employment', p.id, jsonb_object_agg(a.says ->> 'id', agtype_out(e.properties)::text::jsonb)
  FROM %1$I."WORKS_AT" e JOIN profile_node p ON p.node = e.start_id JOIN account_node a ON a.node = e.end_id
  GROUP BY p.id
), stated AS (
  SELECT 'identifier' AS kind, i.id, jsonb_build_object('id', i.id, 'type', i.type, 'value', i.value, 'profile', i.profile_id)
    || agtype_out(ops.identifies(i.source, i.first_seen, i.last_seen, i.count))::text::jsonb AS tables
  FROM public.identifiers i WHERE i.tenant_id = $1
  UNION ALL
  SELECT 'profile', p.id, jsonb_build_object('merged_into', p.merged_into) FROM public.profiles p WHERE p.tenant_id = $1
  UNION ALL
  SELECT 'account', a.id, jsonb_build_object('name', a.name, 'parent', a.parent_id) FROM public.accounts a WHERE a.tenant_id = $1
  UNION ALL
  SELECT 'employment', profile_id, jsonb_object_agg(account_id, agtype_out(ops.works_at(source, role, since))::text::jsonb)
  FROM (
    SELECT DISTINCT ON (profile_id, account_id) profile_id, account_id, source, role, since FROM public.profile_accounts
    WHERE tenant_id = $1 ORDER BY profile_id, account_id, array_position(ARRAY['contact', 'group', 'domain'], source::text), since
  ) AS one GROUP BY profile_id
)
SELECT coalesce(t.kind, g.kind), coalesce(t.id, g.id), t.tables, g.graph
FROM stated t FULL JOIN says g ON g.kind = t.kind AND g.id = t.id
WHERE t.tables IS DISTINCT FROM g.graph
$sql$, ops.graph_name(tenant)) USING tenant;
END
$_$;

CREATE FUNCTION ops.create_graph(tenant uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'ag_catalog', 'pg_catalog'
    AS $$
DECLARE
  graph name := ops.graph_name(tenant);
  label text;
BEGIN
  PERFORM ag_catalog.create_graph(graph);
  FOREACH label IN ARRAY ARRAY['Profile', 'Identifier', 'Account'] LOOP
    PERFORM ag_catalog.create_vlabel(graph, label);
    EXECUTE format('CREATE UNIQUE INDEX ON %I.%I (ag_catalog.agtype_access_operator(properties, ''"id"''::ag_catalog.agtype))', graph, label);
    EXECUTE format('CREATE INDEX ON %I.%I (id)', graph, label);
  END LOOP;
  FOREACH label IN ARRAY ARRAY['IDENTIFIES', 'MERGED_INTO', 'WORKS_AT', 'CHILD_OF'] LOOP
    PERFORM ag_catalog.create_elabel(graph, label);
    EXECUTE format('CREATE UNIQUE INDEX ON %I.%I (%s)', graph, label, CASE label WHEN 'WORKS_AT' THEN 'start_id, end_id' ELSE 'start_id' END);
    EXECUTE format('CREATE INDEX ON %I.%I (end_id)', graph, label);
  END LOOP;
  FOR label IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = graph::text::regnamespace AND c.relkind = 'r' LOOP
    EXECUTE format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY', graph, label);
    EXECUTE format('ALTER TABLE %I.%I FORCE ROW LEVEL SECURITY', graph, label);
    EXECUTE format('CREATE POLICY tenant ON %I.%I TO kith_worker, CURRENT_USER USING ((SELECT public.kith_tenant()) = %L)', graph, label, tenant);
    EXECUTE format('CREATE POLICY reader ON %I.%I FOR SELECT TO kith_graph USING ((SELECT ops.sql_tenant()) = %L)', graph, label, tenant);
  END LOOP;
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO kith_worker, kith_graph', graph);
  EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO kith_worker, kith_graph', graph);
END
$$;

CREATE FUNCTION ops.create_sql_role(name text, tenant uuid, password text) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
  EXECUTE format('CREATE ROLE %I LOGIN PASSWORD %L NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE CONNECTION LIMIT 10 IN ROLE kith_reader', name, password);
  EXECUTE format('ALTER ROLE %I SET search_path = analytics', name);
  EXECUTE format('ALTER ROLE %I SET default_transaction_read_only = on', name);
  EXECUTE format('ALTER ROLE %I SET statement_timeout = ''5min''', name);
  INSERT INTO ops.sql_roles (role, tenant_id) VALUES (name, tenant);
END
$$;

CREATE FUNCTION ops.cron() RETURNS TABLE(task text, known_since timestamp with time zone, last_execution timestamp with time zone)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT identifier, known_since, last_execution FROM graphile_worker._private_known_crontabs
$$;

CREATE FUNCTION ops.definition_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  PERFORM pg_logical_emit_message(true, 'kith', jsonb_build_object('tenant', NEW.tenant_id,
    'definition', jsonb_build_object('kind', rtrim(TG_TABLE_NAME, 's'), 'id', NEW.id))::text);
  RETURN NULL;
END
$$;

CREATE FUNCTION ops.discard_jobs(ids bigint[]) RETURNS SETOF bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT id FROM graphile_worker.complete_jobs(array(SELECT id FROM public.jobs WHERE id = ANY (ids)))
$$;

CREATE FUNCTION ops.do_not_audit(target regclass, why text) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
  EXECUTE (SELECT string_agg(format('DROP TRIGGER IF EXISTS audit_%s ON %s', op, target), '; ') FROM unnest(ARRAY['insert', 'update', 'delete', 'truncate']) AS op);
  INSERT INTO ops.audit_exempt (name, reason) SELECT relname, why FROM pg_class WHERE oid = target
  ON CONFLICT (name) DO UPDATE SET reason = EXCLUDED.reason;
END
$$;

CREATE FUNCTION ops.emit_account_ids(tenant uuid, accounts uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  FOR n IN 1 .. coalesce(array_length(accounts, 1), 0) BY 500 LOOP
    PERFORM pg_logical_emit_message(true, 'kith',
      jsonb_build_object('tenant', tenant, 'accounts', to_jsonb(accounts[n : n + 499]))::text);
  END LOOP;
END
$$;

CREATE FUNCTION ops.emit_accounts(accounts jsonb[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'ops'
    AS $$
BEGIN
  PERFORM ops.emit_account_ids(tenant_id, array_agg(account_id))
  FROM (
    SELECT DISTINCT (account ->> 'tenant_id')::uuid AS tenant_id, (account ->> 'account_id')::uuid AS account_id
    FROM unnest(accounts) AS account
  ) AS changed
  WHERE account_id IS NOT NULL
  GROUP BY tenant_id;
  PERFORM ops.emit_people(tenant_id, array_agg(jsonb_build_object('ids', jsonb_build_object(type, value))))
  FROM (
    SELECT DISTINCT ON (i.tenant_id, i.profile_id) i.tenant_id, i.type, i.value
    FROM (
      SELECT DISTINCT (account ->> 'tenant_id')::uuid AS tenant_id, (account ->> 'account_id')::uuid AS account_id
      FROM unnest(accounts) AS account
    ) AS changed
    JOIN profile_accounts a ON a.tenant_id = changed.tenant_id AND a.account_id = changed.account_id
    JOIN identifiers i ON i.tenant_id = a.tenant_id AND i.profile_id = a.profile_id
    WHERE EXISTS (SELECT FROM segments s WHERE s.tenant_id = changed.tenant_id AND s.subject = 'person' AND s.rule::text LIKE '%"account"%')
      OR EXISTS (SELECT FROM labels l WHERE l.tenant_id = changed.tenant_id AND l.subject = 'person' AND l.rule::text LIKE '%"account"%')
  ) AS people
  GROUP BY tenant_id;
END
$$;

CREATE FUNCTION ops.emit_accounts_of(profile_ids uuid[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'ops'
    AS $$
SELECT ops.emit_account_ids(public.kith_tenant(), array_agg(DISTINCT account_id))
FROM profile_accounts WHERE tenant_id = public.kith_tenant() AND profile_id = ANY (profile_ids)
HAVING count(*) > 0
$$;

CREATE FUNCTION ops.emit_colleagues(tenant uuid, account_ids uuid[], domains text[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'ops'
    AS $$
BEGIN
  PERFORM ops.emit_people(tenant, array_agg(jsonb_build_object('ids', jsonb_build_object(type, value))))
  FROM (
    SELECT DISTINCT ON (i.profile_id) i.type, i.value FROM public.identifiers i
    WHERE i.tenant_id = tenant AND i.id IN (
      SELECT identifier_id('contact', c.id::text) FROM public.contacts c WHERE c.tenant_id = tenant AND c.account_id = ANY (account_ids)
      UNION ALL
      SELECT m.identifier_id FROM public.account_members m WHERE m.tenant_id = tenant AND m.account_id = ANY (account_ids)
      UNION ALL
      SELECT e.id FROM public.identifiers e
      WHERE e.tenant_id = tenant AND e.type = 'email' AND split_part(e.value, '@', 2) = ANY (domains) AND NOT free_mail(split_part(e.value, '@', 2)))
    ORDER BY i.profile_id, i.shared, i.id
  ) AS people HAVING count(*) > 0;
END
$$;

CREATE FUNCTION ops.emit_people(tenant uuid, people jsonb[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
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

CREATE FUNCTION ops.emit_records(kind text, records jsonb[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'ops'
    AS $$
BEGIN
  PERFORM ops.emit_people(tenant, array_agg(jsonb_build_object('ids', ids)))
  FROM (
    SELECT DISTINCT (record ->> 'tenant_id')::uuid AS tenant, ops.identifiers_of(kind, record) AS ids FROM unnest(records) AS record
  ) AS people
  WHERE ids <> '{}'
  GROUP BY tenant;
END
$$;

CREATE FUNCTION ops.emit_trace(context text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $_$
SELECT pg_logical_emit_message(true, 'kith', jsonb_build_object('tenant', public.kith_tenant(), 'people', '[]'::jsonb, 'trace', context)::text)
WHERE public.kith_tenant() IS NOT NULL AND context ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$'
$_$;

CREATE FUNCTION ops.events_inserted() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'ops'
    AS $$
BEGIN
  PERFORM ops.emit_people(tenant_id, array_agg(person))
  FROM (
    SELECT tenant_id, jsonb_strip_nulls(jsonb_build_object(
      'ids', jsonb_build_object('user_id', user_id, 'anonymous_id', anonymous_id) || coalesce(identifiers, '{}'),
      'from', min(occurred_at),
      'to', max(occurred_at),
      'source', source_id,
      'events', CASE WHEN min(name) = max(name) THEN jsonb_build_array(min(name))
        WHEN count(DISTINCT name) <= 8 THEN jsonb_agg(DISTINCT name) END,
      'refs', jsonb_agg(jsonb_build_array(occurred_at, id)) FILTER (WHERE traits IS NOT NULL OR type IN ('alias', 'group'))
    )) AS person
    FROM inserted
    GROUP BY tenant_id, user_id, anonymous_id, identifiers, source_id
  ) AS people
  GROUP BY tenant_id;
  RETURN NULL;
END
$$;

CREATE FUNCTION ops.field_index_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  field record := coalesce(NEW, OLD);
BEGIN
  PERFORM graphile_worker.add_job('index', json_build_object('tenant', field.tenant_id, 'id', field.id),
    'backfill:' || field.tenant_id, job_key => 'index:' || field.id, priority => 10);
  RETURN NULL;
END
$$;

CREATE FUNCTION ops.field_index_wanted() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  IF NOT (NEW.indexed OR NEW."unique") THEN
    NEW.index_state := NULL;
    NEW.index_progress := NULL;
    NEW.index_error := NULL;
  ELSIF TG_OP = 'INSERT' OR (OLD.indexed, OLD."unique", OLD.type) IS DISTINCT FROM (NEW.indexed, NEW."unique", NEW.type) THEN
    NEW.index_state := 'waiting';
    NEW.index_progress := 0;
    NEW.index_error := NULL;
  END IF;
  RETURN NEW;
END
$$;

CREATE FUNCTION ops.followed_sources() RETURNS TABLE(following bigint, failing bigint, lag_bytes bigint, kept_bytes bigint, owed bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT count(*) FILTER (WHERE held_until > now() AND error IS NULL), count(*) FILTER (WHERE error IS NOT NULL), coalesce(max(lag_bytes), 0),
  coalesce(max(kept_bytes), 0), (SELECT count(*) FROM ops.owed_slots)
FROM public.postgres_sources WHERE mode = 'replication' AND status = 'active'
$$;

CREATE FUNCTION ops.graph_name(tenant uuid) RETURNS name
    LANGUAGE sql IMMUTABLE
    AS $$
SELECT ('kith_' || replace(tenant::text, '-', ''))::name
$$;

CREATE FUNCTION ops.hidden_fields(objects text[]) RETURNS text[]
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT coalesce(array_agg(f.key), '{}')
FROM ops.sql_roles r JOIN public.fields f ON f.tenant_id = r.tenant_id
WHERE r.role = session_user AND NOT r.personal AND f.personal <> 'none' AND f.object = ANY (objects)
$$;

CREATE FUNCTION ops.hidden_of_records() RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT coalesce(jsonb_object_agg(o.key, to_jsonb(ops.hidden_fields(ARRAY[o.key]))), '{}')
FROM ops.sql_roles r JOIN public.objects o ON o.tenant_id = r.tenant_id
WHERE r.role = session_user AND NOT r.personal
$$;

CREATE FUNCTION ops.holds_idle_queue(worker text) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    SET enable_seqscan TO 'off'
    AS $$
SELECT EXISTS (
  SELECT FROM graphile_worker._private_job_queues AS queues
  WHERE queues.locked_by = worker AND NOT EXISTS (
    SELECT FROM graphile_worker._private_jobs AS jobs
    WHERE ops.job_stage(locked_at, attempts, max_attempts, last_error, run_at, created_at) = 'running'
      AND jobs.job_queue_id = queues.id AND jobs.locked_by = worker))
$$;

CREATE FUNCTION ops.identifiers_of(kind text, record jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $$
SELECT jsonb_strip_nulls(jsonb_build_object(
  'contact', CASE kind WHEN 'contacts' THEN record ->> 'id' WHEN 'leads' THEN record ->> 'converted_contact_id' ELSE record ->> 'contact_id' END,
  'lead', CASE kind WHEN 'leads' THEN record ->> 'id' END,
  'user_id', record ->> 'user_id',
  'email', nullif(lower(btrim(record ->> 'email')), ''),
  'phone', nullif(btrim(record ->> 'phone'), '')
))
$$;

CREATE FUNCTION ops.identifies(source text, first_seen timestamp with time zone, last_seen timestamp with time zone, count integer) RETURNS ag_catalog.agtype
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
SELECT ag_catalog.agtype_build_map('source', source, 'first_seen', ops.iso(first_seen), 'last_seen', ops.iso(last_seen), 'count', count)
$$;

CREATE FUNCTION ops.iso(instant timestamp with time zone) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
SELECT to_char(instant AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

CREATE FUNCTION ops.isolate_tenants() RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
  target record;
BEGIN
  FOR target IN
    SELECT c.oid::regclass AS name, a.attname AS key
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
      AND a.attname = CASE c.relname WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target.name);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target.name);
    EXECUTE format('DROP POLICY IF EXISTS tenant ON %s', target.name);
    -- A subquery, so that the setting is read once a statement and not once a row.
    EXECUTE format('CREATE POLICY tenant ON %s USING (%I = (SELECT kith_tenant()))', target.name, target.key);
  END LOOP;
END
$$;

CREATE FUNCTION ops.job_counts() RETURNS TABLE(task text, state text, count bigint, oldest timestamp with time zone, more boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET enable_sort TO 'off'
    AS $$
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

CREATE FUNCTION ops.job_stage(locked_at timestamp with time zone, attempts smallint, max_attempts smallint, last_error text, run_at timestamp with time zone, created_at timestamp with time zone) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
SELECT CASE
  WHEN locked_at IS NOT NULL THEN 'running'
  WHEN attempts >= max_attempts THEN 'failed'
  WHEN last_error IS NOT NULL THEN 'retrying'
  WHEN run_at > created_at THEN 'later'
  ELSE 'waiting'
END
$$;

CREATE FUNCTION ops.job_summary(payload json) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $$
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

CREATE FUNCTION ops.keep_definition() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  INSERT INTO public.definition_versions (tenant_id, kind, definition_id, version, rule, status)
  VALUES (NEW.tenant_id, rtrim(TG_TABLE_NAME, 's'), NEW.id, NEW.version, NEW.rule, NEW.status)
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;

CREATE FUNCTION ops.last_job_minute() RETURNS TABLE(task text, done bigint, failed bigint, ran_ms double precision, waited_most_ms double precision)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT task, sum(done), sum(failed), sum(ran_ms) / sum(done + failed), max(waited_most_ms)
FROM public.job_minutes WHERE minute = date_trunc('minute', now()) - interval '1 minute'
GROUP BY task
$$;

CREATE FUNCTION ops.list_member_kept() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE EXCEPTION 'a list member is deleted and inserted, not updated' USING ERRCODE = 'feature_not_supported';
END
$$;

CREATE FUNCTION ops.list_members_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'ops'
    AS $$
BEGIN
  PERFORM ops.emit_people(tenant_id, array_agg(jsonb_build_object('ids', jsonb_build_object(type, value))))
  FROM (SELECT DISTINCT tenant_id, type, CASE WHEN type = 'email' THEN lower(btrim(value)) ELSE value END AS value FROM changed) AS people
  GROUP BY tenant_id;
  RETURN NULL;
END
$$;

CREATE FUNCTION ops.model_changes(before jsonb, after jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog'
    AS $$
SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('part', part, 'key', key)) || jsonb_strip_nulls(jsonb_build_object('before', b.value, 'after', a.value)) ORDER BY part, key), '[]')
FROM unnest(ARRAY['objects', 'fields', 'behaviors']) AS parts (part)
CROSS JOIN LATERAL (
  SELECT key FROM jsonb_object_keys(coalesce(before -> part, '{}')) AS key
  UNION SELECT key FROM jsonb_object_keys(coalesce(after -> part, '{}')) AS key
) AS keys
CROSS JOIN LATERAL (SELECT before -> part -> key AS value) AS b
CROSS JOIN LATERAL (SELECT after -> part -> key AS value) AS a
WHERE b.value IS DISTINCT FROM a.value
$$;

CREATE FUNCTION ops.model_of(tenant uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS $$
SELECT jsonb_build_object(
  'objects', (SELECT coalesce(jsonb_object_agg(o.key, to_jsonb(o) - ARRAY['tenant_id', 'id', 'created_at', 'updated_at']), '{}')
    FROM public.objects o WHERE o.tenant_id = tenant),
  'fields', (SELECT coalesce(jsonb_object_agg(f.object || '.' || f.key,
      to_jsonb(f) - ARRAY['tenant_id', 'id', 'created_at', 'updated_at', 'index_state', 'index_progress', 'index_error']), '{}')
    FROM public.fields f WHERE f.tenant_id = tenant),
  'behaviors', (SELECT coalesce(jsonb_object_agg(b.name, to_jsonb(b) - ARRAY['tenant_id', 'id', 'created_at', 'updated_at']), '{}')
    FROM public.behaviors b WHERE b.tenant_id = tenant))
$$;

CREATE FUNCTION ops.newest_migration() RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  RETURN (SELECT max(created_at) FROM drizzle.__drizzle_migrations);
END
$$;

CREATE FUNCTION ops.normalise_event() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  NEW.name := normalize(NEW.name, NFC);
  RETURN NEW;
END
$$;

CREATE FUNCTION ops.order_items_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'ops'
    AS $$
DECLARE
  orders jsonb[] := (SELECT array_agg(DISTINCT to_jsonb(o)) FROM changed JOIN public.orders o ON o.tenant_id = changed.tenant_id AND o.id = changed.order_id);
BEGIN
  PERFORM ops.emit_records('orders', orders);
  PERFORM ops.emit_accounts(array_agg(o)) FROM unnest(orders) AS o WHERE o ->> 'account_id' IS NOT NULL HAVING count(*) > 0;
  RETURN NULL;
END
$$;

CREATE FUNCTION ops.owe_slot() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NEW.status = 'paused' THEN
      NEW.slot := NULL;
    END IF;
    IF NEW.slot IS DISTINCT FROM OLD.slot THEN
      NEW.position := NULL;
      NEW.lag_bytes := NULL;
      NEW.kept_bytes := NULL;
      NEW.warnings := '{}';
      NEW.columns_seen := NULL;
    END IF;
  END IF;
  IF OLD.slot IS NOT NULL AND (TG_OP = 'DELETE' OR NEW.slot IS DISTINCT FROM OLD.slot) THEN
    INSERT INTO ops.owed_slots (slot, tenant_id, source_id, url_secret, publication)
    VALUES (OLD.slot, OLD.tenant_id, OLD.source_id, OLD.url_secret,
      CASE WHEN TG_OP = 'DELETE' THEN 'kith_' || replace(OLD.source_id::text, '-', '') END);
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$;

CREATE FUNCTION ops.prune_graph(identifier_ids uuid[], profile_ids uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'ag_catalog'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET enable_seqscan TO 'off'
    AS $_$
DECLARE
  tenant uuid := public.kith_tenant();
  graph name := ops.graph_name(tenant);
BEGIN
  EXECUTE format($sql$
WITH gone AS (
  SELECT n.id FROM unnest($2) AS wanted (id)
  JOIN %1$I."Identifier" n ON agtype_access_operator(n.properties, '"id"'::agtype) = ops.agtype_key(wanted.id)
  WHERE NOT EXISTS (SELECT FROM public.identifiers i WHERE i.tenant_id = $1 AND i.id = wanted.id)
), edges AS (DELETE FROM %1$I."IDENTIFIES" e USING gone WHERE e.start_id = gone.id)
DELETE FROM %1$I."Identifier" n USING gone WHERE n.id = gone.id
$sql$, graph) USING tenant, identifier_ids;
  EXECUTE format($sql$
WITH gone AS (
  SELECT n.id FROM unnest($2) AS wanted (id)
  JOIN %1$I."Profile" n ON agtype_access_operator(n.properties, '"id"'::agtype) = ops.agtype_key(wanted.id)
  WHERE NOT EXISTS (SELECT FROM public.profiles p WHERE p.tenant_id = $1 AND p.id = wanted.id)
), named AS (DELETE FROM %1$I."IDENTIFIES" e USING gone WHERE e.end_id = gone.id
), away AS (DELETE FROM %1$I."MERGED_INTO" e USING gone WHERE e.start_id = gone.id OR e.end_id = gone.id
), employed AS (DELETE FROM %1$I."WORKS_AT" e USING gone WHERE e.start_id = gone.id)
DELETE FROM %1$I."Profile" n USING gone WHERE n.id = gone.id
$sql$, graph) USING tenant, profile_ids;
END
$_$;

CREATE FUNCTION ops.purpose_offered() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
  IF EXISTS (SELECT FROM public.consent_purposes p WHERE p.tenant_id = NEW.tenant_id AND p.key = NEW.purpose
    AND (p.retired_at IS NOT NULL OR p.channels <> '{}' AND NEW.channel <> ALL (p.channels))) THEN
    RAISE EXCEPTION 'expected a purpose that is offered, on a channel of its own; found %, %', NEW.purpose, NEW.channel USING ERRCODE = 'KP001';
  END IF;
  RETURN NEW;
END
$$;

CREATE FUNCTION ops.queue_metrics() RETURNS TABLE(task text, state text, count bigint, waited_s double precision)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    AS $$
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

CREATE FUNCTION ops.reapply_policy(decision jsonb) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT id FROM graphile_worker.add_job('reapply',
  (decision || jsonb_build_object('tenant', public.kith_tenant(), 'walk', extract(epoch FROM clock_timestamp())::int))::json,
  'backfill:' || public.kith_tenant(), job_key => 'reapply:' || public.kith_tenant(), priority => 10)
$$;

CREATE FUNCTION ops.record_deleted() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'ops'
    AS $$
BEGIN
  PERFORM ops.emit_records(TG_TABLE_NAME, array_agg(record))
  FROM (SELECT to_jsonb(r) AS record, (row_number() OVER () - 1) / 500 AS n FROM deleted r) AS numbered
  GROUP BY n;
  RETURN NULL;
END
$$;

CREATE FUNCTION ops.record_inserted() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'ops'
    AS $$
BEGIN
  PERFORM ops.emit_records(TG_TABLE_NAME, array_agg(record))
  FROM (SELECT to_jsonb(r) AS record, (row_number() OVER () - 1) / 500 AS n FROM inserted r) AS numbered
  GROUP BY n;
  RETURN NULL;
END
$$;

CREATE FUNCTION ops.record_updated() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'ops'
    AS $$
BEGIN
  PERFORM ops.emit_records(TG_TABLE_NAME, array_agg(record))
  FROM (
    SELECT to_jsonb(r) AS record, (row_number() OVER () - 1) / 500 AS n FROM (TABLE deleted UNION ALL TABLE inserted) AS r
  ) AS numbered
  GROUP BY n;
  RETURN NULL;
END
$$;

CREATE FUNCTION ops.records_truncated() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  PERFORM graphile_worker.add_job('recompute',
    json_build_object('tenant', id, 'walk', (pg_current_xact_id()::text::numeric % 2147483647)::int),
    'backfill:' || id, job_key => 'recompute:' || id, priority => 10)
  FROM public.tenants;
  RETURN NULL;
END
$$;

CREATE FUNCTION ops.refresh_audience() RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT graphile_worker.add_job('audience', json_build_object('tenant', public.kith_tenant()),
  'audience:' || public.kith_tenant(), job_key => 'audience:' || public.kith_tenant(), priority => 10)
$$;

CREATE FUNCTION ops.refuse_ungated() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public'
    AS $$
DECLARE
  found text;
BEGIN
  IF session_user IN ('kith_api', 'kith_worker') THEN RETURN NULL; END IF;
  IF NOT EXISTS (SELECT FROM behaviors WHERE mode = 'strict' OR purpose IS NOT NULL) THEN RETURN NULL; END IF;
  SELECT b.name INTO found
  FROM (SELECT DISTINCT tenant_id, name FROM inserted) AS i
  JOIN behaviors b ON b.tenant_id = i.tenant_id AND b.name = i.name
  WHERE b.mode = 'strict' OR b.purpose IS NOT NULL
  LIMIT 1;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION 'EVENT_UNGATED: the behavior "%" is strict, or for a purpose that people may refuse: its events go through the gate', found
      USING ERRCODE = 'check_violation', HINT = 'Send them to /v1/batch, or as a file to /v1/imports/events.';
  END IF;
  RETURN NULL;
END
$$;

CREATE FUNCTION ops.relay_status() RETURNS TABLE(slot text, leader text, checkpoint pg_lsn, seen_at timestamp with time zone, lost integer, active boolean, wal_status text, lag_bytes bigint, lag_seconds double precision)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT r.slot, r.leader, r.lsn, r.updated_at, r.lost, coalesce(s.active, false), coalesce(s.wal_status, 'lost'),
  pg_wal_lsn_diff(pg_current_wal_lsn(), s.confirmed_flush_lsn)::bigint,
  CASE WHEN s.active THEN coalesce(extract(epoch FROM sender.flush_lag), 0)
    ELSE extract(epoch FROM clock_timestamp() - r.updated_at) END::float8
FROM ops.relays r
LEFT JOIN pg_replication_slots s ON s.slot_name = r.slot
LEFT JOIN pg_stat_replication sender ON sender.pid = s.active_pid
$$;

CREATE FUNCTION ops.request_pull(source uuid) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT id FROM graphile_worker.add_job('pull', json_build_object('tenant', public.kith_tenant(), 'source', source),
  'pull:' || public.kith_tenant(), job_key => 'pull:' || source, max_attempts => 3)
$$;

CREATE FUNCTION ops.request_replay(replay uuid) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT id FROM graphile_worker.add_job('replay', json_build_object('tenant', public.kith_tenant(), 'id', replay),
  'backfill:' || public.kith_tenant(), job_key => 'replay:' || replay, priority => 10)
$$;

CREATE FUNCTION ops.reschedule_jobs(ids bigint[], at timestamp with time zone) RETURNS SETOF bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT id FROM graphile_worker.reschedule_jobs(
  array(SELECT id FROM public.jobs WHERE id = ANY (ids) AND attempts < max_attempts), run_at => at)
$$;

CREATE FUNCTION ops.retry_jobs(ids bigint[]) RETURNS SETOF bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT pg_notify('jobs:insert', '{"r":' || random() || ',"count":' || cardinality(ids) || '}');
SELECT id FROM graphile_worker.reschedule_jobs(
  array(SELECT id FROM public.jobs WHERE id = ANY (ids)), run_at => now(), attempts => 0)
$$;

CREATE FUNCTION ops.run_jobs_now(ids bigint[]) RETURNS SETOF bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT pg_notify('jobs:insert', '{"r":' || random() || ',"count":' || cardinality(ids) || '}');
SELECT id FROM graphile_worker.reschedule_jobs(
  array(SELECT id FROM public.jobs WHERE id = ANY (ids) AND attempts < max_attempts), run_at => now())
$$;

CREATE FUNCTION ops.sql_box_role(password text) RETURNS name
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  tenant uuid := public.kith_tenant();
  -- Roles belong to the server, where another database may have the same tenant; and pg_roles tells everybody their names.
  name name := 'kith_sql_' || left(md5(current_database() || tenant), 24);
BEGIN
  IF tenant IS NULL THEN RAISE EXCEPTION 'expected a tenant'; END IF;
  PERFORM pg_advisory_xact_lock(hashtext('kith roles'));
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
    EXECUTE format('ALTER ROLE %I PASSWORD %L', name, password);
    INSERT INTO ops.sql_roles (role, tenant_id) VALUES (name, tenant) ON CONFLICT (role) DO NOTHING;
  ELSE
    DELETE FROM ops.sql_roles WHERE role = name;
    PERFORM ops.create_sql_role(name, tenant, password);
  END IF;
  RETURN name;
END
$$;

CREATE FUNCTION ops.sql_tenant() RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT coalesce(
  (SELECT tenant_id FROM ops.sql_roles WHERE role = session_user),
  (SELECT public.kith_tenant() FROM pg_roles
    WHERE rolname = session_user AND (rolsuper OR rolbypassrls OR rolname IN ('kith_api', 'kith_worker')))
)
$$;

CREATE FUNCTION ops.subject_kept() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE EXCEPTION 'the subject of a % does not change', rtrim(TG_TABLE_NAME, 's') USING ERRCODE = 'feature_not_supported';
END
$$;

CREATE FUNCTION ops.sync_accounts(account_ids uuid[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
SELECT ops.sync_accounts(public.kith_tenant(), account_ids)
$$;

CREATE FUNCTION ops.sync_accounts(tenant uuid, account_ids uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'ag_catalog'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET enable_seqscan TO 'off'
    AS $_$
DECLARE
  graph name := ops.graph_name(tenant);
BEGIN
  EXECUTE format($sql$
WITH gone AS (
  SELECT n.id FROM unnest($2) AS wanted (id)
  JOIN %1$I."Account" n ON agtype_access_operator(n.properties, '"id"'::agtype) = ops.agtype_key(wanted.id)
  WHERE NOT EXISTS (SELECT FROM public.accounts a WHERE a.tenant_id = $1 AND a.id = wanted.id)
), employed AS (DELETE FROM %1$I."WORKS_AT" e USING gone WHERE e.end_id = gone.id
), related AS (DELETE FROM %1$I."CHILD_OF" e USING gone WHERE e.start_id = gone.id OR e.end_id = gone.id)
DELETE FROM %1$I."Account" n USING gone WHERE n.id = gone.id
$sql$, graph) USING tenant, account_ids;
  EXECUTE format($sql$
INSERT INTO %1$I."Account" AS n (properties)
SELECT agtype_build_map('id', a.id::text, 'name', a.name) FROM public.accounts a WHERE a.tenant_id = $1 AND a.id = ANY ($2)
ON CONFLICT ((agtype_access_operator(properties, '"id"'::agtype))) DO UPDATE SET properties = excluded.properties
WHERE n.properties <> excluded.properties
$sql$, graph) USING tenant, account_ids;
  EXECUTE format($sql$
WITH child AS (
  SELECT c.id AS start_id, p.id AS end_id
  FROM public.accounts a
  JOIN %1$I."Account" c ON agtype_access_operator(c.properties, '"id"'::agtype) = ops.agtype_key(a.id)
  LEFT JOIN %1$I."Account" p ON agtype_access_operator(p.properties, '"id"'::agtype) = ops.agtype_key(a.parent_id)
  WHERE a.tenant_id = $1 AND a.id = ANY ($2)
), gone AS (
  DELETE FROM %1$I."CHILD_OF" e USING child WHERE e.start_id = child.start_id AND child.end_id IS NULL
)
INSERT INTO %1$I."CHILD_OF" AS e (start_id, end_id) SELECT start_id, end_id FROM child WHERE end_id IS NOT NULL
ON CONFLICT (start_id) DO UPDATE SET end_id = excluded.end_id WHERE e.end_id <> excluded.end_id
$sql$, graph) USING tenant, account_ids;
END
$_$;

CREATE FUNCTION ops.sync_employment(profile_ids uuid[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
SELECT ops.sync_employment(public.kith_tenant(), profile_ids)
$$;

CREATE FUNCTION ops.sync_employment(tenant uuid, profile_ids uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'ag_catalog'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET enable_seqscan TO 'off'
    AS $_$
DECLARE
  graph name := ops.graph_name(tenant);
BEGIN
  IF NOT EXISTS (SELECT FROM public.accounts a WHERE a.tenant_id = tenant) THEN RETURN; END IF;
  EXECUTE format($sql$
WITH person AS (
  SELECT n.id AS node, given.id FROM unnest($2) AS given (id)
  JOIN %1$I."Profile" n ON agtype_access_operator(n.properties, '"id"'::agtype) = ops.agtype_key(given.id)
), wanted AS MATERIALIZED (
  SELECT person.node AS start_id, a.id AS end_id, ops.works_at(pa.source, pa.role, pa.since) AS properties
  FROM (
    SELECT DISTINCT ON (profile_id, account_id) profile_id, account_id, source, role, since FROM public.profile_accounts
    WHERE tenant_id = $1 AND profile_id = ANY ($2)
    ORDER BY profile_id, account_id, array_position(ARRAY['contact', 'group', 'domain'], source::text), since
  ) AS pa
  JOIN person ON person.id = pa.profile_id
  JOIN %1$I."Account" a ON agtype_access_operator(a.properties, '"id"'::agtype) = ops.agtype_key(pa.account_id)
), gone AS (
  DELETE FROM %1$I."WORKS_AT" e USING person
  WHERE e.start_id = person.node AND NOT EXISTS (SELECT FROM wanted w WHERE w.start_id = e.start_id AND w.end_id = e.end_id)
)
INSERT INTO %1$I."WORKS_AT" AS e (start_id, end_id, properties) SELECT start_id, end_id, properties FROM wanted
ON CONFLICT (start_id, end_id) DO UPDATE SET properties = excluded.properties WHERE e.properties <> excluded.properties
$sql$, graph) USING tenant, profile_ids;
END
$_$;

CREATE FUNCTION ops.sync_graph(identifier_ids uuid[], profile_ids uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'ag_catalog'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET enable_seqscan TO 'off'
    AS $_$
DECLARE
  tenant uuid := public.kith_tenant();
  graph name := ops.graph_name(tenant);
BEGIN
  IF cardinality(profile_ids) > 0 THEN
    EXECUTE format($sql$
INSERT INTO %1$I."Profile" (properties)
SELECT agtype_build_map('id', p.id::text) FROM public.profiles p WHERE p.tenant_id = $1 AND p.id = ANY ($2)
ON CONFLICT DO NOTHING
$sql$, graph) USING tenant, profile_ids;
    EXECUTE format($sql$
WITH merged AS (
  SELECT a.id AS start_id, b.id AS end_id
  FROM public.profiles p
  JOIN %1$I."Profile" a ON agtype_access_operator(a.properties, '"id"'::agtype) = ops.agtype_key(p.id)
  LEFT JOIN %1$I."Profile" b ON agtype_access_operator(b.properties, '"id"'::agtype) = ops.agtype_key(p.merged_into)
  WHERE p.tenant_id = $1 AND p.id = ANY ($2)
), gone AS (
  DELETE FROM %1$I."MERGED_INTO" e USING merged m WHERE e.start_id = m.start_id AND m.end_id IS NULL
)
INSERT INTO %1$I."MERGED_INTO" (start_id, end_id) SELECT start_id, end_id FROM merged WHERE end_id IS NOT NULL
ON CONFLICT (start_id) DO UPDATE SET end_id = excluded.end_id WHERE "MERGED_INTO".end_id <> excluded.end_id
$sql$, graph) USING tenant, profile_ids;
  END IF;
  IF cardinality(identifier_ids) > 0 THEN
    EXECUTE format($sql$
WITH named AS MATERIALIZED (
  SELECT id, type, value, source, first_seen, last_seen, count, agtype_volatile_wrapper(id::text) AS key,
    agtype_volatile_wrapper(profile_id::text) AS profile
  FROM public.identifiers WHERE tenant_id = $1 AND id = ANY ($2)
), placed AS MATERIALIZED (
  SELECT named.*, known.id AS known, coalesce(known.id, _graphid(%2$s, nextval(%3$L::regclass))) AS node
  FROM named LEFT JOIN %1$I."Identifier" known ON agtype_access_operator(known.properties, '"id"'::agtype) = named.key
), made AS (
  INSERT INTO %1$I."Identifier" (id, properties)
  SELECT node, agtype_build_map('id', id::text, 'type', type, 'value', value) FROM placed WHERE known IS NULL
)
INSERT INTO %1$I."IDENTIFIES" AS e (start_id, end_id, properties)
SELECT placed.node, p.id, ops.identifies(placed.source, placed.first_seen, placed.last_seen, placed.count)
FROM placed JOIN %1$I."Profile" p ON agtype_access_operator(p.properties, '"id"'::agtype) = placed.profile
ON CONFLICT (start_id) DO UPDATE SET end_id = excluded.end_id, properties = excluded.properties
WHERE e.end_id <> excluded.end_id OR e.properties <> excluded.properties
$sql$, graph, _label_id(graph, 'Identifier'), format('%I."Identifier_id_seq"', graph)) USING tenant, identifier_ids;
  END IF;
END
$_$;

CREATE FUNCTION ops.tenant_created() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
  INSERT INTO public.feed_heads (tenant_id) VALUES (NEW.id);
  PERFORM ops.create_graph(NEW.id);
  RETURN NULL;
END
$$;

CREATE FUNCTION ops.tenant_deleted() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'ag_catalog', 'pg_catalog'
    AS $$
BEGIN
  PERFORM ag_catalog.drop_graph(ops.graph_name(OLD.id), true);
  RETURN NULL;
END
$$;

CREATE FUNCTION ops.timers_due() RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT count(*) FROM (
  SELECT FROM public.timers WHERE due_at <= now()
  UNION ALL SELECT FROM public.account_timers WHERE due_at <= now()
  LIMIT 10000
) AS due
$$;

CREATE FUNCTION ops.timezone_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
  UPDATE public.labels SET version = version + 1 WHERE tenant_id = NEW.id AND status = 'active';
  UPDATE public.segments SET version = version + 1 WHERE tenant_id = NEW.id AND status = 'active';
  RETURN NULL;
END
$$;

CREATE FUNCTION ops.touch() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END
$$;

CREATE FUNCTION ops.truncated() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  PERFORM graphile_worker.add_job('recompute',
    json_build_object('tenant', id, 'walk', (pg_current_xact_id()::text::numeric % 2147483647)::int),
    'backfill:' || id, job_key => 'recompute:' || id, priority => 10)
  FROM public.tenants;
  RETURN NULL;
END $$;

CREATE FUNCTION ops.version_definition() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  IF NEW.rule IS DISTINCT FROM OLD.rule OR NEW.status IS DISTINCT FROM OLD.status THEN
    NEW.version := OLD.version + 1;
  END IF;
  RETURN NEW;
END
$$;

CREATE FUNCTION ops.version_model() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'ops'
    AS $$
DECLARE
  tenant uuid := coalesce(NEW.tenant_id, OLD.tenant_id);
  before record;
  after jsonb;
  changes jsonb;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('kith model'), hashtext(tenant::text));
  SELECT number, model INTO before FROM public.model_versions WHERE tenant_id = tenant ORDER BY number DESC LIMIT 1;
  after := ops.model_of(tenant);
  changes := ops.model_changes(before.model, after);
  IF changes <> '[]' THEN
    INSERT INTO public.model_versions (tenant_id, number, actor, changes, model)
    VALUES (tenant, coalesce(before.number, 0) + 1, CASE
      WHEN session_user IN ('kith_api', 'kith_worker') THEN nullif(current_setting('kith.actor', true), '')::jsonb
      ELSE jsonb_build_object('kind', 'sql', 'name', session_user)
    END, changes, after);
  END IF;
  RETURN NULL;
END
$$;

CREATE FUNCTION ops.without_secrets(document text, secrets jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog'
    AS $_$
SELECT coalesce(
  (SELECT format('CASE WHEN %1$s IS NOT NULL THEN %1$s || (SELECT coalesce(jsonb_object_agg(key, value), ''{}'') FROM jsonb_each(%2$L::jsonb) WHERE %1$s ? key) END', document, secrets)
    WHERE secrets IS NOT NULL),
  document)
$_$;

CREATE FUNCTION ops.works_at(source text, role text, since timestamp with time zone) RETURNS ag_catalog.agtype
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
SELECT ag_catalog.agtype_build_map('source', source, 'role', coalesce(role, ''), 'since', ops.iso(since))
$$;

CREATE FUNCTION public.account_tree(root uuid) RETURNS SETOF uuid
    LANGUAGE sql STABLE ROWS 10 PARALLEL SAFE
    AS $$
WITH RECURSIVE tree AS (
  SELECT root AS id UNION SELECT a.id FROM accounts a JOIN tree ON a.parent_id = tree.id WHERE a.tenant_id = kith_tenant()
)
SELECT id FROM tree
$$;

CREATE FUNCTION public.authenticate(key_hash text) RETURNS TABLE(tenant_id uuid, key_id uuid, source_id uuid, scopes text[], tenant_rate integer, key_rate integer, to_note boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
SELECT k.tenant_id, k.id, k.source_id, k.scopes, t.events_per_second, k.events_per_second,
  k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute'
FROM public.api_keys k JOIN public.tenants t ON t.id = k.tenant_id
WHERE k.hash = key_hash AND k.revoked_at IS NULL
$$;

CREATE FUNCTION public.context_without_identifiers(context jsonb, ids uuid[]) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
SELECT CASE jsonb_typeof(context) WHEN 'object' THEN context || coalesce((
  SELECT jsonb_object_agg(key, CASE jsonb_typeof(value) WHEN 'object' THEN without_identifiers(value, ids) WHEN 'array' THEN coalesce((
    SELECT jsonb_agg(one ORDER BY n) FROM jsonb_array_elements(value) WITH ORDINALITY AS listed (one, n)
    WHERE without_identifiers(jsonb_build_object(coalesce(one ->> 'type', ''), one ->> 'id'), ids) <> '{}'), '[]') ELSE value END)
  FROM jsonb_each(context) WHERE key IN ('traits', 'externalIds', 'externalId')), '{}') ELSE context END
$$;

CREATE FUNCTION public.custom_identifier_id(identifiers jsonb) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
SELECT public.identifier_id(key, value) FROM jsonb_each_text(identifiers)
WHERE key NOT IN ('user_id', 'anonymous_id', 'email', 'phone') AND public.identifier_id(key, value) IS NOT NULL
ORDER BY key LIMIT 1
$$;

CREATE FUNCTION public.end_sessions_of(account uuid) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
WITH ended AS (DELETE FROM public.sessions WHERE user_id = account RETURNING 1) SELECT count(*)::integer FROM ended
$$;

CREATE FUNCTION public.event_identifiers(user_id text, anonymous_id text, identifiers jsonb) RETURNS uuid[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
SELECT array_remove(ARRAY[public.identifier_id('user_id', user_id), public.identifier_id('anonymous_id', anonymous_id),
  public.identifier_id('email', lower(btrim(identifiers ->> 'email'))), public.identifier_id('phone', identifiers ->> 'phone')]
  || ARRAY(SELECT public.identifier_id(key, value) FROM jsonb_each_text(identifiers)
    WHERE key NOT IN ('user_id', 'anonymous_id', 'email', 'phone') ORDER BY key), NULL)
$$;

CREATE FUNCTION public.event_owner(user_id text, anonymous_id text, identifiers jsonb, nobody uuid[]) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
SELECT id FROM unnest(public.event_identifiers(user_id, anonymous_id, identifiers)) WITH ORDINALITY AS named (id, n)
WHERE id <> ALL (nobody) ORDER BY n LIMIT 1
$$;

CREATE FUNCTION public.fold_traits(old jsonb, said jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
SELECT old || coalesce(jsonb_object_agg(key, coalesce(public.merge_trait(old -> key, value), value)), '{}') FROM jsonb_each(said)
$$;

CREATE FUNCTION public.free_mail(domain text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
SELECT lower(domain) IN ('gmail.com', 'googlemail.com', 'outlook.com', 'hotmail.com', 'hotmail.co.uk', 'hotmail.fr', 'hotmail.de',
  'live.com', 'msn.com', 'yahoo.com', 'yahoo.co.uk', 'yahoo.fr', 'yahoo.de', 'yahoo.co.jp', 'yahoo.co.in', 'ymail.com', 'rocketmail.com',
  'icloud.com', 'me.com', 'mac.com', 'aol.com', 'proton.me', 'protonmail.com', 'pm.me', 'gmx.com', 'gmx.de', 'gmx.net', 'gmx.at', 'gmx.ch',
  'web.de', 'freenet.de', 't-online.de', 'mail.com', 'mail.ru', 'inbox.ru', 'list.ru', 'bk.ru', 'yandex.ru', 'yandex.com', 'zoho.com',
  'fastmail.com', 'fastmail.fm', 'hey.com', 'tutanota.com', 'tuta.io', 'posteo.de', 'mailbox.org', 'hushmail.com', 'qq.com', '163.com',
  '126.com', 'sina.com', 'foxmail.com', 'naver.com', 'daum.net', 'hanmail.net', 'rediffmail.com', 'orange.fr', 'wanadoo.fr', 'free.fr',
  'laposte.net', 'sfr.fr', 'libero.it', 'virgilio.it', 'tiscali.it', 'btinternet.com', 'sky.com', 'comcast.net', 'verizon.net', 'att.net',
  'sbcglobal.net', 'cox.net', 'charter.net', 'bellsouth.net', 'earthlink.net', 'rogers.com', 'shaw.ca', 'bigpond.com', 'uol.com.br',
  'bol.com.br', 'terra.com.br', 'mailinator.com', 'guerrillamail.com', 'example.com')
$$;

CREATE FUNCTION public.identifier_id(type text, value text) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
SELECT CASE WHEN btrim(value, '0-+(). ') = '' OR octet_length(value) > 1024 OR lower(btrim(value)) IN (
  '-1', 'null', '(null)', 'undefined', 'none', 'nil', 'nan', 'n/a', 'anonymous', 'guest', 'unknown', 'true', 'false',
  '[object object]', '{}', '[]', 'user_id', 'userid', 'anonymous_id', 'email', 'phone', 'test@test.com', 'test@test.test',
  'no@email.com', 'noemail@noemail.com', 'none@none.com', 'null@null.com', 'a@a.com', 'asdf@asdf.com')
THEN NULL ELSE md5(type || chr(31) || value)::uuid END
$$;

CREATE FUNCTION public.invitation_of(token_hash text) RETURNS TABLE(tenant_id uuid, id uuid, tenant_name text, purpose text, email text, role text, user_id uuid, has_password boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
SELECT i.tenant_id, i.id, t.name, i.purpose, i.email, i.role, u.id, u.password IS NOT NULL
FROM public.invitations i JOIN public.tenants t ON t.id = i.tenant_id LEFT JOIN ops.users u ON u.email = i.email
WHERE i.hash = token_hash AND i.used_at IS NULL AND i.expires_at > now()
$$;

CREATE FUNCTION public.invitations_for(address text) RETURNS TABLE(tenant_id uuid, id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
SELECT i.tenant_id, i.id FROM public.invitations i
WHERE i.email = address AND i.purpose = 'join' AND i.used_at IS NULL AND i.expires_at > now()
$$;

CREATE FUNCTION public.kith_tenant() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
SELECT nullif(current_setting('kith.tenant_id', true), '')::uuid
$$;

CREATE FUNCTION public.merge_trait(a jsonb, b jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
SELECT jsonb_strip_nulls(jsonb_build_object('at', n ->> 'at', 'by', n ->> 'by', 'other', other,
    'since', nullif(least(
      CASE WHEN coalesce(n ->> 'since', n ->> 'at') > coalesce(other, '') THEN coalesce(n ->> 'since', n ->> 'at') END,
      CASE WHEN same AND coalesce(o ->> 'since', o ->> 'at') > coalesce(other, '') THEN coalesce(o ->> 'since', o ->> 'at') END,
      CASE WHEN same AND o ->> 'at' > coalesce(other, '') THEN o ->> 'at' END,
      n ->> 'at'), n ->> 'at')))
  || jsonb_build_object('v', n -> 'v')
FROM (
  SELECT n, o, same, greatest(n ->> 'other', CASE WHEN same THEN o ->> 'other' ELSE o ->> 'at' END) AS other
  FROM (
    SELECT n, o, n -> 'v' = o -> 'v' AS same
    FROM (
      SELECT CASE WHEN first THEN b ELSE a END AS n, CASE WHEN first THEN a ELSE b END AS o
      FROM (SELECT (a ->> 'at', coalesce(a ->> 'by', '')) < (b ->> 'at', coalesce(b ->> 'by', '')) AS first) AS ordered
    ) AS newer
  ) AS compared
) AS known
$$;

CREATE FUNCTION public.next_anniversary(day date, today date) RETURNS date
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
SELECT CASE
  WHEN (day + make_interval(years => years))::date >= today THEN (day + make_interval(years => years))::date
  ELSE (day + make_interval(years => years + 1))::date
END
FROM (SELECT (extract(year FROM today) - extract(year FROM day))::integer AS years) AS elapsed
$$;

CREATE FUNCTION public.note_key_use(key_hash text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
UPDATE public.api_keys SET last_used_at = now()
WHERE hash = key_hash AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
$$;

CREATE FUNCTION public.own_boolean(record jsonb, key text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
    AS $$
BEGIN
  RETURN CASE WHEN jsonb_typeof(record -> key) = 'boolean' THEN (record -> key)::boolean END;
END
$$;

CREATE FUNCTION public.own_date(record jsonb, key text) RETURNS date
    LANGUAGE plpgsql IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
    AS $_$
BEGIN
  RETURN CASE WHEN jsonb_typeof(record -> key) = 'string' AND record ->> key ~ '^\d{4}-\d{2}-\d{2}$'
    AND pg_input_is_valid(record ->> key, 'date') THEN (record ->> key)::date END;
END
$_$;

CREATE FUNCTION public.own_instant(record jsonb, key text) RETURNS timestamp with time zone
    LANGUAGE plpgsql IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
    AS $_$
BEGIN
  RETURN CASE WHEN jsonb_typeof(record -> key) = 'string'
    AND record ->> key ~ '^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$'
    AND pg_input_is_valid(record ->> key, 'timestamptz') THEN (record ->> key)::timestamptz END;
END
$_$;

CREATE FUNCTION public.own_number(record jsonb, key text) RETURNS double precision
    LANGUAGE plpgsql IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
    AS $$
BEGIN
  RETURN CASE WHEN jsonb_typeof(record -> key) = 'number' AND pg_input_is_valid(record ->> key, 'float8') THEN (record ->> key)::float8 END;
END
$$;

CREATE FUNCTION public.own_text(record jsonb, key text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
    AS $$
BEGIN
  -- What is longer would not fit into an index.
  RETURN CASE WHEN jsonb_typeof(record -> key) = 'string' AND length(record ->> key) <= 500 THEN record ->> key END;
END
$$;

CREATE FUNCTION public.record_identifiers(contact_id uuid, user_id text, email text) RETURNS uuid[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
SELECT array_remove(ARRAY[public.identifier_id('contact', contact_id::text), public.identifier_id('user_id', user_id),
  public.identifier_id('email', lower(btrim(email)))], NULL)
$$;

CREATE FUNCTION public.record_owner(contact_id uuid, user_id text, email text, nobody uuid[]) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
SELECT id FROM unnest(public.record_identifiers(contact_id, user_id, email)) WITH ORDINALITY AS named (id, n)
WHERE id <> ALL (nobody) ORDER BY n LIMIT 1
$$;

CREATE FUNCTION public.refused_purposes(tenant uuid, asked jsonb) RETURNS SETOF integer
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'public'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS $$
BEGIN
  RETURN QUERY
WITH own AS MATERIALIZED (
  SELECT DISTINCT a.n, a.purpose, a.channel, public.identifier_id(said.key, said.value) AS id
  FROM jsonb_to_recordset(asked) AS a (n integer, purpose text, channel text, ids jsonb), jsonb_each_text(a.ids) AS said
), theirs AS MATERIALIZED (
  SELECT own.n, own.purpose, own.channel, own.id FROM own
  UNION
  SELECT own.n, own.purpose, own.channel, peer.id
  FROM own
  JOIN public.identifiers i ON i.tenant_id = tenant AND i.id = own.id
  JOIN public.identifiers peer ON peer.tenant_id = tenant AND peer.profile_id = i.profile_id
)
SELECT DISTINCT theirs.n FROM theirs
JOIN public.consents c ON c.tenant_id = tenant AND c.identifier_id = theirs.id AND c.purpose = theirs.purpose
WHERE c.state = 'denied' AND (theirs.channel IS NULL OR c.channel = theirs.channel);
END
$$;

CREATE FUNCTION public.replace_traits(old jsonb, said jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
SELECT coalesce(jsonb_object_agg(key, CASE
  WHEN old -> key -> 'v' = value -> 'v' THEN old -> key
  WHEN old -> key IS NULL THEN value
  ELSE value || jsonb_build_object('other', old -> key -> 'at') END), '{}') FROM jsonb_each(said)
$$;

CREATE FUNCTION public.session_of(token_hash text) RETURNS TABLE(tenant_id uuid, session_id uuid, user_id uuid, email text, role text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
  UPDATE public.sessions s SET seen_at = now() WHERE s.hash = token_hash AND s.expires_at > now() AND s.seen_at < now() - interval '1 minute';
  RETURN QUERY
  SELECT s.tenant_id, s.id, s.user_id, m.email, m.role
  FROM public.sessions s JOIN public.team_members m ON m.tenant_id = s.tenant_id AND m.user_id = s.user_id
  WHERE s.hash = token_hash AND s.expires_at > now();
END
$$;

CREATE FUNCTION public.suppression_hash(tenant uuid, identifier uuid) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
SELECT encode(sha256(convert_to(tenant || ':' || identifier, 'UTF8')), 'hex')
$$;

CREATE FUNCTION public.tenant_of(named text) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
SELECT id FROM public.tenants WHERE slug = named
$$;

CREATE FUNCTION public.tenants_of(account uuid) RETURNS TABLE(tenant_id uuid, slug text, name text, role text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
SELECT t.id, t.slug, t.name, m.role FROM public.team_members m JOIN public.tenants t ON t.id = m.tenant_id
WHERE m.user_id = account ORDER BY t.name, t.id
$$;

CREATE FUNCTION public.to_bits(numbers integer[]) RETURNS bit varying
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
SELECT ('x' || encode(string_agg(int8send(coalesce(bits, 0)), '' ORDER BY word), 'hex'))::bit varying
FROM generate_series(0, 1023) AS word
LEFT JOIN (
  SELECT number >> 6 AS word, bit_or(1::bigint << (63 - (number & 63))) AS bits FROM unnest(numbers) AS number GROUP BY 1
) AS words USING (word)
$$;

CREATE FUNCTION public.to_instant(value jsonb, timezone text) RETURNS timestamp with time zone
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $_$
SELECT CASE
  WHEN jsonb_typeof(value) <> 'string'
    OR value #>> '{}' !~ '^(?!0000)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?(Z|[+-](0\d|1[0-4]):?[0-5]\d)?)?$'
    OR NOT pg_input_is_valid(value #>> '{}', 'timestamptz') THEN NULL
  WHEN value #>> '{}' ~ '(Z|[+-]\d\d:?\d\d)$' THEN (value #>> '{}')::timestamptz
  ELSE (value #>> '{}')::timestamp AT TIME ZONE timezone
END
$_$;

CREATE FUNCTION public.uuidv7() RETURNS uuid
    LANGUAGE sql PARALLEL SAFE
    AS $$
SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
  PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
$$;

CREATE FUNCTION public.webhook_of(source uuid) RETURNS TABLE(tenant_id uuid, source_id uuid, verify text, header text, secret text, mapping text, tenant_rate integer)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
SELECT w.tenant_id, w.source_id, w.verify, w.header, w.secret, w.mapping, t.events_per_second
FROM public.webhooks w JOIN public.tenants t ON t.id = w.tenant_id WHERE w.source_id = source
$$;

CREATE FUNCTION public.without_identifiers(identifiers jsonb, ids uuid[]) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
SELECT identifiers - coalesce((
  SELECT array_agg(key) FROM jsonb_each_text(CASE jsonb_typeof(identifiers) WHEN 'object' THEN identifiers END)
  WHERE ARRAY[identifier_id(key, value), CASE key WHEN 'email' THEN identifier_id(key, lower(btrim(value)))
    WHEN 'phone' THEN identifier_id(key, regexp_replace(regexp_replace(value, '[\s().\-/]', '', 'g'), '^00', '+')) END] && ids), '{}')
$$;

CREATE FUNCTION public.without_previous(said jsonb, ids uuid[]) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
SELECT CASE WHEN ARRAY[identifier_id('user_id', said ->> 'previousId'), identifier_id('anonymous_id', said ->> 'previousId')] && ids
  THEN said - 'previousId' ELSE said END
$$;

CREATE AGGREGATE public.fold_trait(jsonb) (
    SFUNC = public.merge_trait,
    STYPE = jsonb,
    PARALLEL = safe
);

CREATE TABLE public.account_label_values (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    label_id uuid NOT NULL,
    account_id uuid NOT NULL,
    value jsonb NOT NULL,
    since timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.account_label_values FORCE ROW LEVEL SECURITY;

CREATE TABLE public.labels (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    key text NOT NULL,
    name text NOT NULL,
    description text,
    status text DEFAULT 'active'::text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    backfilled_version integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    rule jsonb NOT NULL,
    subject text DEFAULT 'person'::text NOT NULL,
    CONSTRAINT labels_subject_check CHECK ((subject = ANY (ARRAY['person'::text, 'account'::text])))
);

ALTER TABLE ONLY public.labels FORCE ROW LEVEL SECURITY;

CREATE TABLE public.accounts (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    external_id text,
    name text NOT NULL,
    domain text,
    industry text,
    employees integer,
    parent_id uuid,
    owner text,
    custom jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.accounts FORCE ROW LEVEL SECURITY;

CREATE TABLE public.activities (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    external_id text,
    account_id uuid,
    contact_id uuid,
    user_id text,
    email text,
    identifier_id uuid GENERATED ALWAYS AS (
CASE
    WHEN (nobody IS NULL) THEN COALESCE(public.identifier_id('contact'::text, (contact_id)::text), public.identifier_id('user_id'::text, user_id), public.identifier_id('email'::text, lower(btrim(email))))
    ELSE public.record_owner(contact_id, user_id, email, nobody)
END) STORED,
    kind text NOT NULL,
    subject text,
    body text,
    owner text,
    occurred_at timestamp with time zone NOT NULL,
    custom jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    nobody uuid[]
);

ALTER TABLE ONLY public.activities FORCE ROW LEVEL SECURITY;

CREATE TABLE public.identifiers (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid NOT NULL,
    type text NOT NULL,
    value text NOT NULL,
    profile_id uuid NOT NULL,
    first_seen timestamp with time zone NOT NULL,
    traits jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_seen timestamp with time zone DEFAULT now() NOT NULL,
    count integer DEFAULT 1 NOT NULL,
    source text DEFAULT 'event'::text NOT NULL,
    weight smallint DEFAULT 1 NOT NULL,
    alias_of uuid,
    shared boolean DEFAULT false NOT NULL,
    apart text[]
);

ALTER TABLE ONLY public.identifiers FORCE ROW LEVEL SECURITY;

CREATE TABLE public.consents (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    contact_id uuid,
    user_id text,
    email text,
    identifier_id uuid GENERATED ALWAYS AS (
CASE
    WHEN (nobody IS NULL) THEN COALESCE(public.identifier_id('contact'::text, (contact_id)::text), public.identifier_id('user_id'::text, user_id), public.identifier_id('email'::text, lower(btrim(email))))
    ELSE public.record_owner(contact_id, user_id, email, nobody)
END) STORED,
    purpose text NOT NULL,
    channel text NOT NULL,
    state text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    nobody uuid[]
);

ALTER TABLE ONLY public.consents FORCE ROW LEVEL SECURITY;

CREATE TABLE public.contacts (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    external_id text,
    account_id uuid,
    user_id text,
    email text,
    phone text,
    first_name text,
    last_name text,
    title text,
    stage text,
    owner text,
    custom jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.contacts FORCE ROW LEVEL SECURITY;

CREATE TABLE public.contracts (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    external_id text,
    account_id uuid,
    contact_id uuid,
    user_id text,
    email text,
    identifier_id uuid GENERATED ALWAYS AS (
CASE
    WHEN (nobody IS NULL) THEN COALESCE(public.identifier_id('contact'::text, (contact_id)::text), public.identifier_id('user_id'::text, user_id), public.identifier_id('email'::text, lower(btrim(email))))
    ELSE public.record_owner(contact_id, user_id, email, nobody)
END) STORED,
    name text NOT NULL,
    status text DEFAULT 'draft'::text NOT NULL,
    amount numeric(20,4),
    currency text,
    starts_at timestamp with time zone,
    ends_at timestamp with time zone,
    custom jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    nobody uuid[]
);

ALTER TABLE ONLY public.contracts FORCE ROW LEVEL SECURITY;

CREATE TABLE public.events (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    type text DEFAULT 'track'::text NOT NULL,
    name text NOT NULL,
    user_id text,
    anonymous_id text,
    identifiers jsonb,
    occurred_at timestamp with time zone DEFAULT now() NOT NULL,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    message_id text,
    source_id uuid,
    properties jsonb DEFAULT '{}'::jsonb NOT NULL,
    traits jsonb,
    context jsonb,
    identifier_id uuid GENERATED ALWAYS AS (
CASE
    WHEN (nobody IS NULL) THEN COALESCE(public.identifier_id('user_id'::text, user_id), public.identifier_id('anonymous_id'::text, anonymous_id), public.identifier_id('email'::text, lower(btrim((identifiers ->> 'email'::text)))), public.identifier_id('phone'::text, (identifiers ->> 'phone'::text)), public.custom_identifier_id(identifiers))
    ELSE public.event_owner(user_id, anonymous_id, identifiers, nobody)
END) STORED,
    nobody uuid[]
);

ALTER TABLE ONLY public.events FORCE ROW LEVEL SECURITY;

CREATE TABLE public.sources (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    name text NOT NULL,
    kind text DEFAULT 'http'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    purpose text,
    channel text
);

ALTER TABLE ONLY public.sources FORCE ROW LEVEL SECURITY;

CREATE TABLE public.label_values (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    label_id uuid NOT NULL,
    profile_id uuid NOT NULL,
    value jsonb NOT NULL,
    since timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.label_values FORCE ROW LEVEL SECURITY;

CREATE TABLE public.leads (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    external_id text,
    user_id text,
    email text,
    phone text,
    first_name text,
    last_name text,
    company text,
    status text DEFAULT 'new'::text NOT NULL,
    origin text,
    score numeric,
    owner text,
    converted_contact_id uuid,
    custom jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.leads FORCE ROW LEVEL SECURITY;

CREATE TABLE public.memberships (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    external_id text,
    contact_id uuid,
    user_id text,
    email text,
    identifier_id uuid GENERATED ALWAYS AS (
CASE
    WHEN (nobody IS NULL) THEN COALESCE(public.identifier_id('contact'::text, (contact_id)::text), public.identifier_id('user_id'::text, user_id), public.identifier_id('email'::text, lower(btrim(email))))
    ELSE public.record_owner(contact_id, user_id, email, nobody)
END) STORED,
    program text NOT NULL,
    tier text,
    points numeric,
    status text DEFAULT 'active'::text NOT NULL,
    starts_at timestamp with time zone,
    ends_at timestamp with time zone,
    custom jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    nobody uuid[]
);

ALTER TABLE ONLY public.memberships FORCE ROW LEVEL SECURITY;

CREATE TABLE public.objects (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    key text NOT NULL,
    plural text NOT NULL,
    name text NOT NULL,
    description text,
    person boolean DEFAULT true NOT NULL,
    account boolean DEFAULT false NOT NULL,
    parent text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.objects FORCE ROW LEVEL SECURITY;

CREATE TABLE public.opportunities (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    external_id text,
    account_id uuid,
    contact_id uuid,
    user_id text,
    email text,
    identifier_id uuid GENERATED ALWAYS AS (
CASE
    WHEN (nobody IS NULL) THEN COALESCE(public.identifier_id('contact'::text, (contact_id)::text), public.identifier_id('user_id'::text, user_id), public.identifier_id('email'::text, lower(btrim(email))))
    ELSE public.record_owner(contact_id, user_id, email, nobody)
END) STORED,
    name text NOT NULL,
    stage text NOT NULL,
    amount numeric(20,4),
    currency text,
    close_date date,
    owner text,
    custom jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    nobody uuid[]
);

ALTER TABLE ONLY public.opportunities FORCE ROW LEVEL SECURITY;

CREATE TABLE public.order_items (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    external_id text,
    order_id uuid NOT NULL,
    sku text NOT NULL,
    name text,
    quantity numeric NOT NULL,
    unit_price numeric(20,4) NOT NULL,
    currency text NOT NULL,
    custom jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.order_items FORCE ROW LEVEL SECURITY;

CREATE TABLE public.orders (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    external_id text,
    account_id uuid,
    contact_id uuid,
    user_id text,
    email text,
    identifier_id uuid GENERATED ALWAYS AS (
CASE
    WHEN (nobody IS NULL) THEN COALESCE(public.identifier_id('contact'::text, (contact_id)::text), public.identifier_id('user_id'::text, user_id), public.identifier_id('email'::text, lower(btrim(email))))
    ELSE public.record_owner(contact_id, user_id, email, nobody)
END) STORED,
    number text,
    status text DEFAULT 'placed'::text NOT NULL,
    amount numeric(20,4) NOT NULL,
    currency text NOT NULL,
    placed_at timestamp with time zone NOT NULL,
    custom jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    nobody uuid[]
);

ALTER TABLE ONLY public.orders FORCE ROW LEVEL SECURITY;

CREATE TABLE public.members (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    segment_id uuid NOT NULL,
    profile_id uuid NOT NULL,
    since timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.members FORCE ROW LEVEL SECURITY;

CREATE TABLE public.profiles (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    traits jsonb DEFAULT '{}'::jsonb NOT NULL,
    first_seen timestamp with time zone NOT NULL,
    last_seen timestamp with time zone NOT NULL,
    merged_into uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.profiles FORCE ROW LEVEL SECURITY;

CREATE TABLE public.segments (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    key text NOT NULL,
    name text NOT NULL,
    description text,
    status text DEFAULT 'active'::text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    backfilled_version integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    rule jsonb NOT NULL,
    subject text DEFAULT 'person'::text NOT NULL,
    CONSTRAINT segments_subject_check CHECK ((subject = ANY (ARRAY['person'::text, 'account'::text])))
);

ALTER TABLE ONLY public.segments FORCE ROW LEVEL SECURITY;

CREATE TABLE public.tickets (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    external_id text,
    account_id uuid,
    contact_id uuid,
    user_id text,
    email text,
    identifier_id uuid GENERATED ALWAYS AS (
CASE
    WHEN (nobody IS NULL) THEN COALESCE(public.identifier_id('contact'::text, (contact_id)::text), public.identifier_id('user_id'::text, user_id), public.identifier_id('email'::text, lower(btrim(email))))
    ELSE public.record_owner(contact_id, user_id, email, nobody)
END) STORED,
    subject text NOT NULL,
    status text DEFAULT 'open'::text NOT NULL,
    priority text,
    channel text,
    opened_at timestamp with time zone,
    closed_at timestamp with time zone,
    custom jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    nobody uuid[]
);

ALTER TABLE ONLY public.tickets FORCE ROW LEVEL SECURITY;

CREATE TABLE public.records (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    external_id text,
    object text NOT NULL,
    account_id uuid,
    contact_id uuid,
    user_id text,
    email text,
    identifier_id uuid GENERATED ALWAYS AS (
CASE
    WHEN (nobody IS NULL) THEN COALESCE(public.identifier_id('contact'::text, (contact_id)::text), public.identifier_id('user_id'::text, user_id), public.identifier_id('email'::text, lower(btrim(email))))
    ELSE public.record_owner(contact_id, user_id, email, nobody)
END) STORED,
    parent_id uuid,
    occurred_at timestamp with time zone DEFAULT now() NOT NULL,
    custom jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    nobody uuid[]
);

ALTER TABLE ONLY public.records FORCE ROW LEVEL SECURITY;

CREATE TABLE public.segment_accounts (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    segment_id uuid NOT NULL,
    account_id uuid NOT NULL,
    since timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.segment_accounts FORCE ROW LEVEL SECURITY;

CREATE TABLE public.transitions (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    profile_id uuid,
    segment_id uuid,
    label_id uuid,
    from_value jsonb,
    to_value jsonb,
    cause text NOT NULL,
    account_id uuid
);

ALTER TABLE ONLY public.transitions FORCE ROW LEVEL SECURITY;

CREATE TABLE ops.audit_exempt (
    name text NOT NULL,
    reason text NOT NULL
);

CREATE TABLE ops.owed_slots (
    slot text NOT NULL,
    tenant_id uuid NOT NULL,
    source_id uuid NOT NULL,
    url_secret text NOT NULL,
    publication text,
    failures integer DEFAULT 0 NOT NULL,
    error text,
    next_at timestamp with time zone DEFAULT now() NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE ops.relays (
    slot text NOT NULL,
    lsn pg_lsn DEFAULT '0/0'::pg_lsn NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    leader text,
    lost integer DEFAULT 0 NOT NULL,
    message_lsn pg_lsn DEFAULT '0/0'::pg_lsn NOT NULL,
    recompute_due boolean DEFAULT false NOT NULL
);

CREATE TABLE ops.sign_in_attempts (
    subject text NOT NULL,
    tokens double precision NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    device boolean DEFAULT false NOT NULL
);

CREATE TABLE ops.sql_roles (
    role text NOT NULL,
    tenant_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    personal boolean DEFAULT true NOT NULL
);

CREATE TABLE ops.users (
    id uuid DEFAULT public.uuidv7() NOT NULL,
    email text NOT NULL,
    password text,
    oidc_issuer text,
    oidc_subject text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT users_email_check CHECK (((email = lower(btrim(email))) AND (email ~~ '%_@_%'::text)))
);

CREATE TABLE ops.workers (
    id text NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.account_members (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    identifier_id uuid NOT NULL,
    account_id uuid NOT NULL,
    role text,
    first_seen timestamp with time zone NOT NULL,
    last_seen timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.account_members FORCE ROW LEVEL SECURITY;

CREATE TABLE public.account_timers (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    account_id uuid NOT NULL,
    due_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.account_timers FORCE ROW LEVEL SECURITY;

CREATE TABLE public.account_traits (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    account_id uuid NOT NULL,
    traits jsonb DEFAULT '{}'::jsonb NOT NULL
);

ALTER TABLE ONLY public.account_traits FORCE ROW LEVEL SECURITY;

CREATE TABLE public.api_keys (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    source_id uuid,
    name text NOT NULL,
    hash text NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    revoked_at timestamp with time zone,
    events_per_second integer,
    last_used_at timestamp with time zone,
    CONSTRAINT api_keys_events_per_second_check CHECK ((events_per_second > 0))
);

ALTER TABLE ONLY public.api_keys FORCE ROW LEVEL SECURITY;

CREATE TABLE public.audience_bits (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    segment_id uuid NOT NULL,
    chunk integer NOT NULL,
    bits bit varying NOT NULL
);

ALTER TABLE ONLY public.audience_bits FORCE ROW LEVEL SECURITY;

CREATE TABLE public.audience_heads (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    seq bigint NOT NULL,
    refreshed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

ALTER TABLE ONLY public.audience_heads FORCE ROW LEVEL SECURITY;

CREATE TABLE public.audience_numbers (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    number integer NOT NULL,
    profile_id uuid NOT NULL
);

ALTER TABLE ONLY public.audience_numbers FORCE ROW LEVEL SECURITY;

CREATE TABLE public.audit_log (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    action text NOT NULL,
    object text NOT NULL,
    object_id text,
    before jsonb,
    after jsonb,
    people uuid[],
    actor_kind text NOT NULL,
    actor_id uuid,
    actor_name text,
    sql_role text DEFAULT SESSION_USER NOT NULL,
    request_id text
);

ALTER TABLE ONLY public.audit_log FORCE ROW LEVEL SECURITY;

CREATE TABLE public.backfills (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    kind text NOT NULL,
    definition_id uuid NOT NULL,
    version integer NOT NULL,
    "position" jsonb,
    done bigint DEFAULT 0 NOT NULL,
    total bigint DEFAULT 0 NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone
);

ALTER TABLE ONLY public.backfills FORCE ROW LEVEL SECURITY;

CREATE TABLE public.behavior_counts (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    name text NOT NULL,
    day date DEFAULT ((now() AT TIME ZONE 'UTC'::text))::date NOT NULL,
    outcome text NOT NULL,
    path text DEFAULT ''::text NOT NULL,
    lane smallint NOT NULL,
    count bigint NOT NULL,
    last_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.behavior_counts FORCE ROW LEVEL SECURITY;

CREATE TABLE public.behaviors (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    name text NOT NULL,
    description text,
    mode text DEFAULT 'lenient'::text NOT NULL,
    properties jsonb DEFAULT '[]'::jsonb NOT NULL,
    identifiers text[] DEFAULT '{}'::text[] NOT NULL,
    sample_percent numeric(6,3),
    retention_days integer,
    purpose text,
    channel text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT behaviors_mode_check CHECK ((mode = ANY (ARRAY['strict'::text, 'lenient'::text, 'off'::text]))),
    CONSTRAINT behaviors_retention_days_check CHECK ((retention_days > 0)),
    CONSTRAINT behaviors_sample_percent_check CHECK (((sample_percent >= (0)::numeric) AND (sample_percent <= (100)::numeric)))
);

ALTER TABLE ONLY public.behaviors FORCE ROW LEVEL SECURITY;

CREATE TABLE public.consent_purposes (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    key text NOT NULL,
    name text NOT NULL,
    description text,
    channels text[] DEFAULT '{}'::text[] NOT NULL,
    retired_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.consent_purposes FORCE ROW LEVEL SECURITY;

CREATE TABLE public.consumers (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    name text NOT NULL,
    kinds text[],
    acknowledged bigint DEFAULT 0 NOT NULL,
    acknowledged_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.consumers FORCE ROW LEVEL SECURITY;

CREATE TABLE public.dead_letters (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    source_id uuid,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    door text NOT NULL,
    message_id text,
    payload text NOT NULL,
    code text NOT NULL,
    reason text NOT NULL,
    replayed_at timestamp with time zone,
    envelope text,
    mended text,
    attempts integer DEFAULT 1 NOT NULL,
    discarded_at timestamp with time zone,
    violations jsonb
);

ALTER TABLE ONLY public.dead_letters FORCE ROW LEVEL SECURITY;

CREATE TABLE public.definition_versions (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    kind text NOT NULL,
    definition_id uuid NOT NULL,
    version integer NOT NULL,
    rule jsonb NOT NULL,
    status text NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

ALTER TABLE ONLY public.definition_versions FORCE ROW LEVEL SECURITY;

CREATE VIEW public.profile_accounts WITH (security_invoker='true') AS
 SELECT i.tenant_id,
    i.profile_id,
    c.account_id,
    'contact'::text AS source,
    c.title AS role,
    c.created_at AS since,
    c.updated_at AS last_seen
   FROM (public.contacts c
     JOIN public.identifiers i ON (((i.tenant_id = c.tenant_id) AND (i.id = public.identifier_id('contact'::text, (c.id)::text)))))
  WHERE (c.account_id IS NOT NULL)
UNION ALL
 SELECT i.tenant_id,
    i.profile_id,
    m.account_id,
    'group'::text AS source,
    m.role,
    m.first_seen AS since,
    m.last_seen
   FROM (public.account_members m
     JOIN public.identifiers i ON (((i.tenant_id = m.tenant_id) AND (i.id = m.identifier_id))))
UNION ALL
 SELECT i.tenant_id,
    i.profile_id,
    a.id AS account_id,
    'domain'::text AS source,
    NULL::text AS role,
    i.first_seen AS since,
    i.last_seen
   FROM (public.accounts a
     JOIN public.identifiers i ON (((i.tenant_id = a.tenant_id) AND (i.type = 'email'::text) AND (split_part(i.value, '@'::text, 2) = lower(a.domain)))))
  WHERE ((a.domain IS NOT NULL) AND (NOT public.free_mail(a.domain)));

CREATE VIEW public.employments WITH (security_invoker='true') AS
 SELECT tenant_id,
    account_id,
    profile_id,
    source,
    (array_agg(role ORDER BY profile_accounts.last_seen DESC) FILTER (WHERE (role IS NOT NULL)))[1] AS role,
    min(since) AS since,
    max(last_seen) AS last_seen
   FROM public.profile_accounts
  GROUP BY tenant_id, account_id, profile_id, source;

CREATE TABLE public.erasures (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    profile_id uuid NOT NULL,
    requested_at timestamp with time zone DEFAULT now() NOT NULL,
    requested_by text,
    done_at timestamp with time zone,
    counts jsonb DEFAULT '{}'::jsonb NOT NULL,
    proof text
);

ALTER TABLE ONLY public.erasures FORCE ROW LEVEL SECURITY;

CREATE TABLE public.event_ids (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    message_id text NOT NULL,
    received_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.event_ids FORCE ROW LEVEL SECURITY;

CREATE TABLE public.feed (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    profile_id uuid,
    definition_id uuid,
    payload jsonb NOT NULL,
    account_id uuid
);

ALTER TABLE ONLY public.feed FORCE ROW LEVEL SECURITY;

CREATE TABLE public.feed_heads (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    last_seq bigint DEFAULT 0 NOT NULL,
    first_seq bigint DEFAULT 1 NOT NULL
);

ALTER TABLE ONLY public.feed_heads FORCE ROW LEVEL SECURITY;

CREATE TABLE public.fields (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    object text NOT NULL,
    key text NOT NULL,
    type text NOT NULL,
    description text,
    required boolean DEFAULT false NOT NULL,
    choices text[],
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    default_value jsonb,
    "unique" boolean DEFAULT false NOT NULL,
    indexed boolean DEFAULT false NOT NULL,
    personal text DEFAULT 'none'::text NOT NULL,
    retention_days integer,
    index_state text,
    index_progress integer,
    index_error text
);

ALTER TABLE ONLY public.fields FORCE ROW LEVEL SECURITY;

CREATE TABLE public.gate_settings (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    unknown_events text DEFAULT 'allow'::text NOT NULL,
    bots text DEFAULT 'keep'::text NOT NULL,
    internal text DEFAULT 'keep'::text NOT NULL,
    internal_networks text[] DEFAULT '{}'::text[] NOT NULL,
    internal_users text[] DEFAULT '{}'::text[] NOT NULL,
    internal_domains text[] DEFAULT '{}'::text[] NOT NULL,
    personal_data jsonb DEFAULT '[]'::jsonb NOT NULL,
    hash_key text,
    events_per_second integer,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT gate_settings_bots_check CHECK ((bots = ANY (ARRAY['keep'::text, 'drop'::text, 'mark'::text]))),
    CONSTRAINT gate_settings_events_per_second_check CHECK ((events_per_second > 0)),
    CONSTRAINT gate_settings_internal_check CHECK ((internal = ANY (ARRAY['keep'::text, 'drop'::text, 'mark'::text]))),
    CONSTRAINT gate_settings_unknown_events_check CHECK ((unknown_events = ANY (ARRAY['allow'::text, 'count'::text, 'refuse'::text])))
);

ALTER TABLE ONLY public.gate_settings FORCE ROW LEVEL SECURITY;

CREATE TABLE public.identifier_types (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    key text NOT NULL,
    normaliser text,
    country text,
    priority integer,
    max_per_profile integer,
    people_limit integer,
    shared boolean,
    blocked text[] DEFAULT '{}'::text[] NOT NULL,
    weights jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT identifier_types_country_check CHECK ((country ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT identifier_types_key_check CHECK ((key ~ '^[a-z][a-z0-9_]{0,62}$'::text)),
    CONSTRAINT identifier_types_max_per_profile_check CHECK (((max_per_profile >= 1) AND (max_per_profile <= 10000))),
    CONSTRAINT identifier_types_normaliser_check CHECK ((normaliser = ANY (ARRAY['verbatim'::text, 'lower'::text, 'email'::text, 'phone'::text]))),
    CONSTRAINT identifier_types_people_limit_check CHECK (((people_limit >= 1) AND (people_limit <= 10000))),
    CONSTRAINT identifier_types_priority_check CHECK (((priority >= 0) AND (priority <= 1000)))
);

ALTER TABLE ONLY public.identifier_types FORCE ROW LEVEL SECURITY;

CREATE TABLE public.identity_conflicts (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    identifier_id uuid NOT NULL,
    profile_id uuid NOT NULL,
    kept_by uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    reason text NOT NULL
);

ALTER TABLE ONLY public.identity_conflicts FORCE ROW LEVEL SECURITY;

CREATE TABLE public.identity_links (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    a uuid NOT NULL,
    b uuid NOT NULL,
    source text NOT NULL,
    first_seen timestamp with time zone NOT NULL,
    last_seen timestamp with time zone NOT NULL,
    count integer DEFAULT 1 NOT NULL,
    CONSTRAINT identity_links_check CHECK ((a < b))
);

ALTER TABLE ONLY public.identity_links FORCE ROW LEVEL SECURITY;

CREATE TABLE public.ingest_counts (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    source_id uuid DEFAULT '00000000-0000-0000-0000-000000000000'::uuid NOT NULL,
    door text NOT NULL,
    hour timestamp with time zone NOT NULL,
    lane smallint NOT NULL,
    accepted bigint NOT NULL,
    stored bigint NOT NULL,
    deduplicated bigint NOT NULL,
    dead bigint NOT NULL,
    discarded bigint DEFAULT 0 NOT NULL,
    unconsented bigint DEFAULT 0 NOT NULL,
    records bigint DEFAULT 0 NOT NULL,
    CONSTRAINT ingest_counts_add_up CHECK ((accepted = ((((stored + deduplicated) + dead) + discarded) + unconsented)))
);

ALTER TABLE ONLY public.ingest_counts FORCE ROW LEVEL SECURITY;

CREATE TABLE public.invitations (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    purpose text NOT NULL,
    email text NOT NULL,
    role text,
    hash text NOT NULL,
    invited_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT invitations_email_check CHECK (((email = lower(btrim(email))) AND (email ~~ '%_@_%'::text))),
    CONSTRAINT invitations_purpose_check CHECK ((((purpose = 'join'::text) AND (role = ANY (ARRAY['owner'::text, 'marketer'::text, 'analyst'::text, 'operator'::text, 'developer'::text]))) OR ((purpose = 'password'::text) AND (role IS NULL))))
);

ALTER TABLE ONLY public.invitations FORCE ROW LEVEL SECURITY;

CREATE TABLE public.job_minutes (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    task text NOT NULL,
    minute timestamp with time zone NOT NULL,
    done integer DEFAULT 0 NOT NULL,
    failed integer DEFAULT 0 NOT NULL,
    waited_ms double precision DEFAULT 0 NOT NULL,
    waited_most_ms double precision DEFAULT 0 NOT NULL,
    ran_ms double precision DEFAULT 0 NOT NULL,
    ran_most_ms double precision DEFAULT 0 NOT NULL
);

ALTER TABLE ONLY public.job_minutes FORCE ROW LEVEL SECURITY;

CREATE VIEW public.job_ranges AS
 SELECT queues.id AS queue_id,
    stage.stage
   FROM (graphile_worker._private_job_queues queues
     CROSS JOIN unnest(ARRAY['running'::text, 'failed'::text, 'retrying'::text, 'later'::text, 'waiting'::text]) stage(stage))
  WHERE (queues.queue_name = ANY (ARRAY[('react:'::text || ( SELECT public.kith_tenant() AS kith_tenant)), ('backfill:'::text || ( SELECT public.kith_tenant() AS kith_tenant)), ('audience:'::text || ( SELECT public.kith_tenant() AS kith_tenant)), ('pull:'::text || ( SELECT public.kith_tenant() AS kith_tenant))]));

CREATE VIEW public.jobs WITH (security_barrier='false') AS
 SELECT jobs.id,
    tasks.identifier AS task,
    queues.queue_name AS queue,
    jobs.key,
        CASE ops.job_stage(jobs.locked_at, jobs.attempts, jobs.max_attempts, jobs.last_error, jobs.run_at, jobs.created_at)
            WHEN 'later'::text THEN
            CASE
                WHEN (jobs.run_at > now()) THEN 'scheduled'::text
                ELSE 'waiting'::text
            END
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
   FROM ((graphile_worker._private_job_queues queues
     JOIN graphile_worker._private_jobs jobs ON ((jobs.job_queue_id = queues.id)))
     JOIN graphile_worker._private_tasks tasks ON ((tasks.id = jobs.task_id)))
  WHERE (queues.queue_name = ANY (ARRAY[('react:'::text || ( SELECT public.kith_tenant() AS kith_tenant)), ('backfill:'::text || ( SELECT public.kith_tenant() AS kith_tenant)), ('audience:'::text || ( SELECT public.kith_tenant() AS kith_tenant)), ('pull:'::text || ( SELECT public.kith_tenant() AS kith_tenant))]));

CREATE TABLE public.list_members (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    list_id uuid NOT NULL,
    type text NOT NULL,
    value text NOT NULL,
    identifier_id uuid GENERATED ALWAYS AS (public.identifier_id(type,
CASE
    WHEN (type = 'email'::text) THEN lower(btrim(value))
    ELSE value
END)) STORED,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.list_members FORCE ROW LEVEL SECURITY;

CREATE VIEW public.listed_events AS
 SELECT tenant_id,
    id,
    type,
    name,
    user_id,
    anonymous_id,
    identifiers,
    occurred_at,
    received_at,
    message_id,
    source_id,
    properties,
    traits,
    context,
    identifier_id
   FROM public.events
  WHERE (tenant_id = ( SELECT public.kith_tenant() AS kith_tenant));

CREATE TABLE public.lists (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    key text NOT NULL,
    name text NOT NULL,
    description text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.lists FORCE ROW LEVEL SECURITY;

CREATE TABLE public.merges (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    transaction_at timestamp with time zone DEFAULT now() NOT NULL,
    kind text DEFAULT 'merge'::text NOT NULL,
    profile_id uuid NOT NULL,
    into_id uuid NOT NULL,
    cause text NOT NULL,
    evidence jsonb DEFAULT '{}'::jsonb NOT NULL,
    identifiers uuid[] NOT NULL,
    announced boolean DEFAULT true NOT NULL,
    undone_at timestamp with time zone,
    CONSTRAINT merges_kind_check CHECK ((kind = ANY (ARRAY['merge'::text, 'split'::text, 'move'::text])))
);

ALTER TABLE ONLY public.merges FORCE ROW LEVEL SECURITY;

CREATE TABLE public.model_versions (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    number integer NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    actor jsonb,
    changes jsonb NOT NULL,
    model jsonb NOT NULL
);

ALTER TABLE ONLY public.model_versions FORCE ROW LEVEL SECURITY;

CREATE TABLE public.plans (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL,
    applied_by uuid,
    revision text NOT NULL,
    document jsonb NOT NULL
);

ALTER TABLE ONLY public.plans FORCE ROW LEVEL SECURITY;

CREATE TABLE public.postgres_source_rows (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    slot text NOT NULL,
    n bigint NOT NULL,
    of_table integer NOT NULL,
    copy integer NOT NULL,
    "row" text NOT NULL
);

ALTER TABLE ONLY public.postgres_source_rows FORCE ROW LEVEL SECURITY;

CREATE TABLE public.postgres_sources (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    source_id uuid NOT NULL,
    url_secret text NOT NULL,
    relation text[],
    cursor_column text,
    id_column text,
    mapping text NOT NULL,
    every_seconds integer DEFAULT 60 NOT NULL,
    status text DEFAULT 'active'::text NOT NULL,
    "position" jsonb,
    rows bigint DEFAULT 0 NOT NULL,
    stored bigint DEFAULT 0 NOT NULL,
    records bigint DEFAULT 0 NOT NULL,
    dead bigint DEFAULT 0 NOT NULL,
    error text,
    failures integer DEFAULT 0 NOT NULL,
    pulled_at timestamp with time zone,
    next_at timestamp with time zone DEFAULT now() NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    mode text DEFAULT 'polling'::text NOT NULL,
    tables text[],
    slot text,
    error_code text,
    error_sql text,
    warnings jsonb DEFAULT '{}'::jsonb NOT NULL,
    columns_seen jsonb,
    lag_bytes bigint,
    kept_bytes bigint,
    changed_at timestamp with time zone,
    holder uuid,
    held_until timestamp with time zone,
    CONSTRAINT postgres_sources_every_check CHECK (((every_seconds >= 60) AND (every_seconds <= 86400))),
    CONSTRAINT postgres_sources_mode_check CHECK (
CASE mode
    WHEN 'polling'::text THEN ((relation IS NOT NULL) AND (cursor_column IS NOT NULL) AND (id_column IS NOT NULL) AND (tables IS NULL))
    WHEN 'replication'::text THEN ((relation IS NULL) AND (cursor_column IS NULL) AND (id_column IS NULL) AND (cardinality(tables) > 0))
    ELSE false
END),
    CONSTRAINT postgres_sources_status_check CHECK ((status = ANY (ARRAY['active'::text, 'paused'::text])))
);

ALTER TABLE ONLY public.postgres_sources FORCE ROW LEVEL SECURITY;

CREATE VIEW public.profile_consents WITH (security_invoker='true') AS
 SELECT tenant_id,
    profile_id,
    purpose,
    channel,
        CASE
            WHEN bool_or((state <> 'granted'::text)) THEN 'denied'::text
            ELSE 'granted'::text
        END AS state,
    max(updated_at) AS updated_at
   FROM ( SELECT DISTINCT ON (c.tenant_id, c.identifier_id, c.purpose, c.channel) c.tenant_id,
            i.profile_id,
            c.purpose,
            c.channel,
            c.state,
            c.updated_at
           FROM (public.consents c
             JOIN public.identifiers i ON (((i.tenant_id = c.tenant_id) AND (i.id = c.identifier_id))))
          ORDER BY c.tenant_id, c.identifier_id, c.purpose, c.channel, c.updated_at DESC, c.id DESC) newest
  GROUP BY tenant_id, profile_id, purpose, channel;

CREATE TABLE public.rate_buckets (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    subject uuid NOT NULL,
    tokens double precision NOT NULL,
    granted double precision NOT NULL,
    at timestamp with time zone NOT NULL
)
WITH (fillfactor='50');

ALTER TABLE ONLY public.rate_buckets FORCE ROW LEVEL SECURITY;

CREATE TABLE public.replays (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    from_at timestamp with time zone NOT NULL,
    before_at timestamp with time zone NOT NULL,
    source_id uuid,
    names text[],
    requested_by uuid,
    job_id bigint,
    "position" jsonb,
    done bigint DEFAULT 0 NOT NULL,
    total bigint,
    events bigint DEFAULT 0 NOT NULL,
    transitions bigint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    cancelled_at timestamp with time zone,
    finished_at timestamp with time zone,
    CONSTRAINT replays_range_check CHECK ((from_at < before_at))
);

ALTER TABLE ONLY public.replays FORCE ROW LEVEL SECURITY;

CREATE TABLE public.retention_marks (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    name text NOT NULL,
    days integer NOT NULL,
    until timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.retention_marks FORCE ROW LEVEL SECURITY;

CREATE TABLE public.sessions (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    user_id uuid NOT NULL,
    hash text NOT NULL,
    browser text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.sessions FORCE ROW LEVEL SECURITY;

CREATE TABLE public.suppressions (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    hash text NOT NULL,
    erasure_id uuid NOT NULL
);

ALTER TABLE ONLY public.suppressions FORCE ROW LEVEL SECURITY;

CREATE TABLE public.team_members (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    user_id uuid NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT team_members_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'marketer'::text, 'analyst'::text, 'operator'::text, 'developer'::text])))
);

ALTER TABLE ONLY public.team_members FORCE ROW LEVEL SECURITY;

CREATE VIEW public.tenant_events WITH (security_barrier='true') AS
 SELECT tenant_id,
    id,
    type,
    name,
    user_id,
    anonymous_id,
    identifiers,
    occurred_at,
    received_at,
    message_id,
    source_id,
    properties,
    traits,
    context,
    identifier_id
   FROM public.events
  WHERE (tenant_id = ( SELECT public.kith_tenant() AS kith_tenant))
  WITH CASCADED CHECK OPTION;

CREATE TABLE public.tenants (
    id uuid DEFAULT public.uuidv7() NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    timezone text DEFAULT 'UTC'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    events_per_second integer,
    CONSTRAINT tenants_events_per_second_check CHECK ((events_per_second > 0))
);

ALTER TABLE ONLY public.tenants FORCE ROW LEVEL SECURITY;

CREATE TABLE public.timers (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    profile_id uuid NOT NULL,
    due_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.timers FORCE ROW LEVEL SECURITY;

CREATE TABLE public.webhook_deliveries (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    id uuid DEFAULT public.uuidv7() NOT NULL,
    source_id uuid NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    stored integer DEFAULT 0 NOT NULL,
    deduplicated integer DEFAULT 0 NOT NULL,
    records integer DEFAULT 0 NOT NULL,
    dead integer DEFAULT 0 NOT NULL,
    code text,
    dead_letter_id uuid
);

ALTER TABLE ONLY public.webhook_deliveries FORCE ROW LEVEL SECURITY;

CREATE TABLE public.webhooks (
    tenant_id uuid DEFAULT public.kith_tenant() NOT NULL,
    source_id uuid NOT NULL,
    verify text NOT NULL,
    header text,
    secret text NOT NULL,
    mapping text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT webhooks_secret_check CHECK ((secret <> ''::text)),
    CONSTRAINT webhooks_verify_check CHECK ((verify = ANY (ARRAY['shopify'::text, 'stripe'::text, 'hubspot'::text, 'standard'::text, 'hmac'::text])))
);

ALTER TABLE ONLY public.webhooks FORCE ROW LEVEL SECURITY;

ALTER TABLE ONLY ops.audit_exempt
    ADD CONSTRAINT audit_exempt_pkey PRIMARY KEY (name);

ALTER TABLE ONLY ops.owed_slots
    ADD CONSTRAINT owed_slots_pkey PRIMARY KEY (slot);

ALTER TABLE ONLY ops.relays
    ADD CONSTRAINT relays_pkey PRIMARY KEY (slot);

ALTER TABLE ONLY ops.sign_in_attempts
    ADD CONSTRAINT sign_in_attempts_pkey PRIMARY KEY (subject);

ALTER TABLE ONLY ops.sql_roles
    ADD CONSTRAINT sql_roles_pkey PRIMARY KEY (role);

ALTER TABLE ONLY ops.users
    ADD CONSTRAINT users_email_unique UNIQUE (email);

ALTER TABLE ONLY ops.users
    ADD CONSTRAINT users_oidc_issuer_oidc_subject_unique UNIQUE (oidc_issuer, oidc_subject);

ALTER TABLE ONLY ops.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

ALTER TABLE ONLY ops.workers
    ADD CONSTRAINT workers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.account_label_values
    ADD CONSTRAINT account_label_values_pkey PRIMARY KEY (tenant_id, label_id, account_id);

ALTER TABLE ONLY public.account_members
    ADD CONSTRAINT account_members_pkey PRIMARY KEY (tenant_id, identifier_id, account_id);

ALTER TABLE ONLY public.account_timers
    ADD CONSTRAINT account_timers_pkey PRIMARY KEY (tenant_id, account_id);

ALTER TABLE ONLY public.account_traits
    ADD CONSTRAINT account_traits_pkey PRIMARY KEY (tenant_id, account_id);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_tenant_id_external_id_unique UNIQUE (tenant_id, external_id);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_tenant_id_id_pk PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.activities
    ADD CONSTRAINT activities_tenant_id_external_id_unique UNIQUE (tenant_id, external_id);

ALTER TABLE ONLY public.activities
    ADD CONSTRAINT activities_tenant_id_id_pk PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_hash_unique UNIQUE (hash);

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_tenant_id_id_pk PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.audience_bits
    ADD CONSTRAINT audience_bits_tenant_id_segment_id_chunk_pk PRIMARY KEY (tenant_id, segment_id, chunk);

ALTER TABLE ONLY public.audience_heads
    ADD CONSTRAINT audience_heads_pkey PRIMARY KEY (tenant_id);

ALTER TABLE ONLY public.audience_numbers
    ADD CONSTRAINT audience_numbers_tenant_id_number_pk PRIMARY KEY (tenant_id, number);

ALTER TABLE ONLY public.audience_numbers
    ADD CONSTRAINT audience_numbers_tenant_id_profile_id_unique UNIQUE (tenant_id, profile_id);

ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT audit_log_tenant_id_id_pk PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.backfills
    ADD CONSTRAINT backfills_tenant_id_kind_definition_id_pk PRIMARY KEY (tenant_id, kind, definition_id);

ALTER TABLE ONLY public.behavior_counts
    ADD CONSTRAINT behavior_counts_tenant_id_name_day_outcome_path_lane_pk PRIMARY KEY (tenant_id, name, day, outcome, path, lane);

ALTER TABLE ONLY public.behaviors
    ADD CONSTRAINT behaviors_tenant_id_id_pk PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.behaviors
    ADD CONSTRAINT behaviors_tenant_id_name_unique UNIQUE (tenant_id, name);

ALTER TABLE ONLY public.consent_purposes
    ADD CONSTRAINT consent_purposes_tenant_id_key_pk PRIMARY KEY (tenant_id, key);

ALTER TABLE ONLY public.consents
    ADD CONSTRAINT consents_tenant_id_id_pk PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.consents
    ADD CONSTRAINT consents_tenant_id_identifier_id_purpose_channel_unique UNIQUE (tenant_id, identifier_id, purpose, channel);

ALTER TABLE ONLY public.consumers
    ADD CONSTRAINT consumers_tenant_id_id_pk PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.consumers
    ADD CONSTRAINT consumers_tenant_id_name_unique UNIQUE (tenant_id, name);

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_tenant_id_external_id_unique UNIQUE (tenant_id, external_id);

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_tenant_id_id_pk PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.contracts
    ADD CONSTRAINT contracts_tenant_id_external_id_unique UNIQUE (tenant_id, external_id);

ALTER TABLE ONLY public.contracts
    ADD CONSTRAINT contracts_tenant_id_id_pk PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.dead_letters
    ADD CONSTRAINT dead_letters_tenant_id_id_pk PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.definition_versions
    ADD CONSTRAINT definition_versions_tenant_id_kind_definition_id_version_pk PRIMARY KEY (tenant_id, kind, definition_id, version);

ALTER TABLE ONLY public.erasures
    ADD CONSTRAINT erasures_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.event_ids
    ADD CONSTRAINT event_ids_tenant_id_message_id_pk PRIMARY KEY (tenant_id, message_id);

ALTER TABLE public.events
    ADD CONSTRAINT events_occurred_at_check CHECK (((occurred_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (occurred_at < '2100-01-01 00:00:00+00'::timestamp with time zone))) NOT VALID;

ALTER TABLE ONLY public.feed_heads
    ADD CONSTRAINT feed_heads_pkey PRIMARY KEY (tenant_id);

ALTER TABLE public.feed
    ADD CONSTRAINT feed_subject_check CHECK ((num_nonnulls(profile_id, account_id) = 1)) NOT VALID;

ALTER TABLE ONLY public.feed
    ADD CONSTRAINT feed_tenant_id_seq_pk PRIMARY KEY (tenant_id, seq);

ALTER TABLE ONLY public.fields
    ADD CONSTRAINT fields_tenant_id_id_pk PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.fields
    ADD CONSTRAINT fields_tenant_id_object_key_unique UNIQUE (tenant_id, object, key);

ALTER TABLE ONLY public.gate_settings
    ADD CONSTRAINT gate_settings_pkey PRIMARY KEY (tenant_id);

ALTER TABLE ONLY public.identifier_types
    ADD CONSTRAINT identifier_types_pkey PRIMARY KEY (tenant_id, key);

ALTER TABLE ONLY public.identifiers
    ADD CONSTRAINT identifiers_tenant_id_id_pk PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.identity_conflicts
    ADD CONSTRAINT identity_conflicts_pkey PRIMARY KEY (tenant_id, identifier_id, profile_id);

ALTER TABLE ONLY public.identity_links
    ADD CONSTRAINT identity_links_pkey PRIMARY KEY (tenant_id, a, b, source);

ALTER TABLE ONLY public.ingest_counts
    ADD CONSTRAINT ingest_counts_pkey PRIMARY KEY (tenant_id, source_id, door, hour, lane);

ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_hash_unique UNIQUE (hash);

ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_tenant_id_id_pk PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.job_minutes
    ADD CONSTRAINT job_minutes_tenant_id_task_minute_pk PRIMARY KEY (tenant_id, task, minute);

ALTER TABLE ONLY public.label_values
    ADD CONSTRAINT label_values_tenant_id_label_id_profile_id_pk PRIMARY KEY (tenant_id, label_id, profile_id);

ALTER TABLE ONLY public.labels
    ADD CONSTRAINT labels_tenant_id_id_pk PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.labels
    ADD CONSTRAINT labels_tenant_id_key_unique UNIQUE (tenant_id, key);

ALTER TABLE ONLY public.leads
    ADD CONSTRAINT leads_tenant_id_external_id_unique UNIQUE (tenant_id, external_id);

ALTER TABLE ONLY public.leads
    ADD CONSTRAINT leads_tenant_id_id_pk PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.list_members
    ADD CONSTRAINT list_members_tenant_id_list_id_type_value_pk PRIMARY KEY (tenant_id, list_id, type, value);

ALTER TABLE ONLY public.lists
    ADD CONSTRAINT lists_tenant_id_id_pk PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.lists
    ADD CONSTRAINT lists_tenant_id_key_unique UNIQUE (tenant_id, key);

ALTER TABLE ONLY public.members
    ADD CONSTRAINT members_tenant_id_segment_id_profile_id_pk PRIMARY KEY (tenant_id, segment_id, profile_id);

ALTER TABLE ONLY public.memberships
    ADD CONSTRAINT memberships_tenant_id_external_id_unique UNIQUE (tenant_id, external_id);

ALTER TABLE ONLY public.memberships
    ADD CONSTRAINT memberships_tenant_id_id_pk PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.merges
    ADD CONSTRAINT merges_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.model_versions
    ADD CONSTRAINT model_versions_tenant_id_number_pk PRIMARY KEY (tenant_id, number);

ALTER TABLE ONLY public.objects
    ADD CONSTRAINT objects_tenant_id_id_pk PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.objects
    ADD CONSTRAINT objects_tenant_id_key_unique UNIQUE (tenant_id, key);

ALTER TABLE ONLY public.objects
    ADD CONSTRAINT objects_tenant_id_plural_unique UNIQUE (tenant_id, plural);

ALTER TABLE ONLY public.opportunities
    ADD CONSTRAINT opportunities_tenant_id_external_id_unique UNIQUE (tenant_id, external_id);

ALTER TABLE ONLY public.opportunities
    ADD CONSTRAINT opportunities_tenant_id_id_pk PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.order_items
    ADD CONSTRAINT order_items_tenant_id_external_id_unique UNIQUE (tenant_id, external_id);

ALTER TABLE ONLY public.order_items
    ADD CONSTRAINT order_items_tenant_id_id_pk PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_tenant_id_external_id_unique UNIQUE (tenant_id, external_id);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_tenant_id_id_pk PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.plans
    ADD CONSTRAINT plans_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.postgres_source_rows
    ADD CONSTRAINT postgres_source_rows_pkey PRIMARY KEY (tenant_id, slot, n);

ALTER TABLE ONLY public.postgres_sources
    ADD CONSTRAINT postgres_sources_pkey PRIMARY KEY (tenant_id, source_id);

ALTER TABLE ONLY public.profiles
    ADD CONSTRAINT profiles_tenant_id_id_pk PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.rate_buckets
    ADD CONSTRAINT rate_buckets_pkey PRIMARY KEY (tenant_id, subject);

ALTER TABLE ONLY public.records
    ADD CONSTRAINT records_tenant_id_id_pk PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.records
    ADD CONSTRAINT records_tenant_id_object_external_id_unique UNIQUE (tenant_id, object, external_id);

ALTER TABLE ONLY public.replays
    ADD CONSTRAINT replays_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.retention_marks
    ADD CONSTRAINT retention_marks_tenant_id_name_pk PRIMARY KEY (tenant_id, name);

ALTER TABLE ONLY public.segment_accounts
    ADD CONSTRAINT segment_accounts_pkey PRIMARY KEY (tenant_id, segment_id, account_id);

ALTER TABLE ONLY public.segments
    ADD CONSTRAINT segments_tenant_id_id_pk PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.segments
    ADD CONSTRAINT segments_tenant_id_key_unique UNIQUE (tenant_id, key);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_hash_unique UNIQUE (hash);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_tenant_id_id_pk PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.sources
    ADD CONSTRAINT sources_tenant_id_id_pk PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.sources
    ADD CONSTRAINT sources_tenant_id_name_unique UNIQUE (tenant_id, name);

ALTER TABLE ONLY public.suppressions
    ADD CONSTRAINT suppressions_pkey PRIMARY KEY (tenant_id, hash);

ALTER TABLE ONLY public.team_members
    ADD CONSTRAINT team_members_tenant_id_user_id_pk PRIMARY KEY (tenant_id, user_id);

ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants_slug_unique UNIQUE (slug);

ALTER TABLE public.tenants
    ADD CONSTRAINT tenants_timezone_check CHECK (((timezone ~ '^[A-Za-z]'::text) AND (('1970-01-01 00:00:00+00'::timestamp with time zone AT TIME ZONE timezone) IS NOT NULL))) NOT VALID;

ALTER TABLE ONLY public.tickets
    ADD CONSTRAINT tickets_tenant_id_external_id_unique UNIQUE (tenant_id, external_id);

ALTER TABLE ONLY public.tickets
    ADD CONSTRAINT tickets_tenant_id_id_pk PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.timers
    ADD CONSTRAINT timers_tenant_id_profile_id_pk PRIMARY KEY (tenant_id, profile_id);

ALTER TABLE public.transitions
    ADD CONSTRAINT transitions_subject_check CHECK ((num_nonnulls(profile_id, account_id) = 1)) NOT VALID;

ALTER TABLE ONLY public.transitions
    ADD CONSTRAINT transitions_tenant_id_id_pk PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.webhooks
    ADD CONSTRAINT webhooks_pkey PRIMARY KEY (tenant_id, source_id);

ALTER TABLE ONLY public.webhooks
    ADD CONSTRAINT webhooks_source_id_unique UNIQUE (source_id);

CREATE INDEX account_label_values_by_account ON public.account_label_values USING btree (tenant_id, account_id);

CREATE INDEX account_members_by_account ON public.account_members USING btree (tenant_id, account_id);

CREATE INDEX account_timers_by_due ON public.account_timers USING btree (due_at);

CREATE INDEX accounts_by_domain ON public.accounts USING btree (tenant_id, domain);

CREATE INDEX accounts_by_lower_domain ON public.accounts USING btree (tenant_id, lower(domain)) WHERE (domain IS NOT NULL);

CREATE INDEX accounts_by_parent ON public.accounts USING btree (tenant_id, parent_id);

CREATE INDEX activities_by_account ON public.activities USING btree (tenant_id, account_id);

CREATE INDEX activities_by_identifier ON public.activities USING btree (tenant_id, identifier_id, occurred_at);

CREATE INDEX activities_tenant_id_contact_id_idx ON public.activities USING btree (tenant_id, contact_id) WHERE (contact_id IS NOT NULL);

CREATE INDEX audit_log_by_object ON public.audit_log USING btree (tenant_id, object, object_id);

CREATE INDEX audit_log_by_people ON public.audit_log USING gin (people) WHERE (people IS NOT NULL);

CREATE INDEX audit_log_deleted ON public.audit_log USING btree (tenant_id, object, at) WHERE (action = 'deleted'::text);

CREATE INDEX consents_tenant_id_contact_id_idx ON public.consents USING btree (tenant_id, contact_id) WHERE (contact_id IS NOT NULL);

CREATE INDEX contacts_by_account ON public.contacts USING btree (tenant_id, account_id);

CREATE INDEX contacts_by_email ON public.contacts USING btree (tenant_id, email);

CREATE INDEX contacts_by_identifier ON public.contacts USING btree (tenant_id, public.identifier_id('contact'::text, (id)::text));

CREATE INDEX contracts_by_account ON public.contracts USING btree (tenant_id, account_id);

CREATE INDEX contracts_by_identifier ON public.contracts USING btree (tenant_id, identifier_id);

CREATE INDEX contracts_tenant_id_contact_id_idx ON public.contracts USING btree (tenant_id, contact_id) WHERE (contact_id IS NOT NULL);

CREATE INDEX dead_letters_waiting ON public.dead_letters USING btree (tenant_id, code, id) WHERE ((replayed_at IS NULL) AND (discarded_at IS NULL));

CREATE INDEX erasures_pending ON public.erasures USING btree (tenant_id) WHERE (done_at IS NULL);

CREATE INDEX event_ids_by_time ON public.event_ids USING brin (received_at);

CREATE INDEX events_by_identifier ON public.events USING btree (tenant_id, identifier_id, occurred_at, name);

CREATE INDEX events_by_time ON public.events USING btree (tenant_id, occurred_at, id);

CREATE INDEX identifiers_by_domain ON public.identifiers USING btree (tenant_id, split_part(value, '@'::text, 2)) WHERE (type = 'email'::text);

CREATE INDEX identifiers_by_profile ON public.identifiers USING btree (tenant_id, profile_id) INCLUDE (id);

CREATE INDEX identifiers_by_value ON public.identifiers USING btree (tenant_id, value, type);

CREATE INDEX identity_links_by_b ON public.identity_links USING btree (tenant_id, b);

CREATE INDEX label_values_by_profile ON public.label_values USING btree (tenant_id, profile_id);

CREATE INDEX leads_by_email ON public.leads USING btree (tenant_id, email);

CREATE INDEX list_members_by_identifier ON public.list_members USING btree (tenant_id, identifier_id);

CREATE INDEX members_by_profile ON public.members USING btree (tenant_id, profile_id);

CREATE INDEX memberships_by_identifier ON public.memberships USING btree (tenant_id, identifier_id);

CREATE INDEX memberships_tenant_id_contact_id_idx ON public.memberships USING btree (tenant_id, contact_id) WHERE (contact_id IS NOT NULL);

CREATE INDEX merges_by_into ON public.merges USING btree (tenant_id, into_id);

CREATE INDEX merges_by_profile ON public.merges USING btree (tenant_id, profile_id);

CREATE INDEX merges_unannounced ON public.merges USING btree (tenant_id) WHERE (NOT announced);

CREATE INDEX opportunities_by_account ON public.opportunities USING btree (tenant_id, account_id);

CREATE INDEX opportunities_by_identifier ON public.opportunities USING btree (tenant_id, identifier_id);

CREATE INDEX opportunities_tenant_id_contact_id_idx ON public.opportunities USING btree (tenant_id, contact_id) WHERE (contact_id IS NOT NULL);

CREATE INDEX order_items_by_order ON public.order_items USING btree (tenant_id, order_id);

CREATE INDEX orders_by_account ON public.orders USING btree (tenant_id, account_id);

CREATE INDEX orders_by_identifier ON public.orders USING btree (tenant_id, identifier_id, placed_at);

CREATE INDEX orders_tenant_id_contact_id_idx ON public.orders USING btree (tenant_id, contact_id) WHERE (contact_id IS NOT NULL);

CREATE INDEX postgres_sources_due ON public.postgres_sources USING btree (next_at) WHERE (status = 'active'::text);

CREATE INDEX profiles_living ON public.profiles USING btree (tenant_id, id) WHERE (merged_into IS NULL);

CREATE INDEX profiles_merged ON public.profiles USING btree (tenant_id, merged_into) WHERE (merged_into IS NOT NULL);

CREATE INDEX records_by_account ON public.records USING btree (tenant_id, account_id, object);

CREATE INDEX records_by_contact ON public.records USING btree (tenant_id, contact_id) WHERE (contact_id IS NOT NULL);

CREATE INDEX records_by_identifier ON public.records USING btree (tenant_id, identifier_id, object);

CREATE INDEX records_by_object ON public.records USING btree (tenant_id, object, id);

CREATE INDEX records_by_parent ON public.records USING btree (tenant_id, parent_id) WHERE (parent_id IS NOT NULL);

CREATE INDEX segment_accounts_by_account ON public.segment_accounts USING btree (tenant_id, account_id);

CREATE INDEX sessions_by_user ON public.sessions USING btree (tenant_id, user_id);

CREATE INDEX team_members_by_user ON public.team_members USING btree (user_id);

CREATE INDEX tickets_by_account ON public.tickets USING btree (tenant_id, account_id);

CREATE INDEX tickets_by_identifier ON public.tickets USING btree (tenant_id, identifier_id);

CREATE INDEX tickets_tenant_id_contact_id_idx ON public.tickets USING btree (tenant_id, contact_id) WHERE (contact_id IS NOT NULL);

CREATE INDEX timers_by_due ON public.timers USING btree (due_at);

CREATE INDEX transitions_by_account ON public.transitions USING btree (tenant_id, account_id, at) WHERE (account_id IS NOT NULL);

CREATE INDEX transitions_by_label ON public.transitions USING btree (tenant_id, label_id, at) WHERE (label_id IS NOT NULL);

CREATE INDEX transitions_by_profile ON public.transitions USING btree (tenant_id, profile_id, at);

CREATE INDEX transitions_by_segment ON public.transitions USING btree (tenant_id, segment_id, at);

CREATE INDEX transitions_by_time ON public.transitions USING btree (tenant_id, at, id);

CREATE INDEX webhook_deliveries_by_source ON public.webhook_deliveries USING btree (tenant_id, source_id, id);

CREATE TRIGGER audit_delete AFTER DELETE ON public.accounts REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.activities REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{nobody,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.api_keys REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{last_used_at,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.behaviors REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.consent_purposes REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{key}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.consents REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{nobody,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.consumers REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{acknowledged,acknowledged_at,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.contacts REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.contracts REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{nobody,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.erasures REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.fields REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{index_state,index_progress,index_error,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.gate_settings REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.identifier_types REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{key}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.invitations REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.labels REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{backfilled_version,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.leads REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.list_members REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{list_id,type,value}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.lists REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.memberships REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{nobody,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.objects REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.opportunities REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{nobody,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.order_items REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.orders REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{nobody,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.plans REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{document,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.postgres_sources REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{source_id}', '{position,rows,stored,records,dead,error,failures,pulled_at,next_at,slot,error_code,error_sql,warnings,columns_seen,lag_bytes,kept_bytes,changed_at,holder,held_until,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.records REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{nobody,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.replays REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{job_id,position,done,total,events,transitions,started_at,finished_at,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.segments REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{backfilled_version,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.sessions REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{seen_at,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.sources REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.suppressions REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{hash}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.team_members REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{user_id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.tenants REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.tickets REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{nobody,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_delete AFTER DELETE ON public.webhooks REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{source_id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.accounts REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.activities REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{nobody,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.api_keys REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{last_used_at,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.behaviors REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.consent_purposes REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{key}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.consents REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{nobody,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.consumers REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{acknowledged,acknowledged_at,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.contacts REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.contracts REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{nobody,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.erasures REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.fields REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{index_state,index_progress,index_error,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.gate_settings REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.identifier_types REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{key}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.invitations REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.labels REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{backfilled_version,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.leads REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.list_members REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{list_id,type,value}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.lists REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.memberships REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{nobody,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.objects REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.opportunities REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{nobody,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.order_items REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.orders REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{nobody,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.plans REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{document,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.postgres_sources REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{source_id}', '{position,rows,stored,records,dead,error,failures,pulled_at,next_at,slot,error_code,error_sql,warnings,columns_seen,lag_bytes,kept_bytes,changed_at,holder,held_until,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.records REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{nobody,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.replays REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{job_id,position,done,total,events,transitions,started_at,finished_at,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.segments REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{backfilled_version,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.sessions REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{seen_at,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.sources REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.suppressions REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{hash}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.team_members REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{user_id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.tenants REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.tickets REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{nobody,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_insert AFTER INSERT ON public.webhooks REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{source_id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.accounts FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.activities FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.api_keys FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.behaviors FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.consent_purposes FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.consents FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.consumers FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.contacts FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.contracts FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.erasures FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.fields FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.gate_settings FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.identifier_types FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.invitations FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.labels FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.leads FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.list_members FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.lists FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.memberships FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.objects FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.opportunities FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.order_items FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.orders FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.plans FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.postgres_sources FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.records FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.replays FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.segments FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.sessions FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.sources FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.suppressions FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.team_members FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.tenants FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.tickets FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON public.webhooks FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_truncate();

CREATE TRIGGER audit_update AFTER UPDATE ON public.accounts REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.activities REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{nobody,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.api_keys REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{last_used_at,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.behaviors REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.consent_purposes REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{key}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.consents REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{nobody,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.consumers REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{acknowledged,acknowledged_at,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.contacts REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.contracts REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{nobody,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.erasures REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.fields REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{index_state,index_progress,index_error,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.gate_settings REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.identifier_types REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{key}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.invitations REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.labels REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{backfilled_version,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.leads REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.list_members REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{list_id,type,value}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.lists REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.memberships REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{nobody,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.objects REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.opportunities REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{nobody,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.order_items REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.orders REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{nobody,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.plans REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{document,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.postgres_sources REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{source_id}', '{position,rows,stored,records,dead,error,failures,pulled_at,next_at,slot,error_code,error_sql,warnings,columns_seen,lag_bytes,kept_bytes,changed_at,holder,held_until,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.records REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{nobody,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.replays REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{job_id,position,done,total,events,transitions,started_at,finished_at,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.segments REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{backfilled_version,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.sessions REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{seen_at,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.sources REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.suppressions REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{hash}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.team_members REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{user_id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.tenants REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.tickets REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{id}', '{nobody,tenant_id,identifier_id,updated_at}');

CREATE TRIGGER audit_update AFTER UPDATE ON public.webhooks REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_rows('{source_id}', '{tenant_id,identifier_id,updated_at}');

CREATE TRIGGER created AFTER INSERT ON public.tenants FOR EACH ROW EXECUTE FUNCTION ops.tenant_created();

CREATE TRIGGER deleted AFTER DELETE ON public.tenants FOR EACH ROW EXECUTE FUNCTION ops.tenant_deleted();

CREATE TRIGGER gate AFTER INSERT ON public.events REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_ungated();

CREATE TRIGGER graph_delete AFTER DELETE ON public.accounts REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION ops.accounts_written();

CREATE TRIGGER graph_insert AFTER INSERT ON public.accounts REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION ops.accounts_written();

CREATE TRIGGER graph_update AFTER UPDATE ON public.accounts REFERENCING OLD TABLE AS deleted NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION ops.accounts_rewritten();

CREATE TRIGGER index_delete AFTER DELETE ON public.fields FOR EACH ROW WHEN ((old.indexed OR old."unique")) EXECUTE FUNCTION ops.field_index_changed();

CREATE TRIGGER index_insert AFTER INSERT ON public.fields FOR EACH ROW WHEN ((new.indexed OR new."unique")) EXECUTE FUNCTION ops.field_index_changed();

CREATE TRIGGER index_update AFTER UPDATE ON public.fields FOR EACH ROW WHEN (((new.index_state = 'waiting'::text) OR ((old.indexed OR old."unique") AND (NOT (new.indexed OR new."unique"))))) EXECUTE FUNCTION ops.field_index_changed();

CREATE TRIGGER index_wanted BEFORE INSERT OR UPDATE ON public.fields FOR EACH ROW EXECUTE FUNCTION ops.field_index_wanted();

CREATE TRIGGER keep_insert AFTER INSERT ON public.labels FOR EACH ROW EXECUTE FUNCTION ops.keep_definition();

CREATE TRIGGER keep_insert AFTER INSERT ON public.segments FOR EACH ROW EXECUTE FUNCTION ops.keep_definition();

CREATE TRIGGER keep_update AFTER UPDATE ON public.labels FOR EACH ROW WHEN ((old.version <> new.version)) EXECUTE FUNCTION ops.keep_definition();

CREATE TRIGGER keep_update AFTER UPDATE ON public.segments FOR EACH ROW WHEN ((old.version <> new.version)) EXECUTE FUNCTION ops.keep_definition();

CREATE TRIGGER kept BEFORE DELETE OR UPDATE ON public.audit_log FOR EACH ROW EXECUTE FUNCTION ops.audit_is_kept();

CREATE TRIGGER kept BEFORE UPDATE ON public.list_members FOR EACH ROW EXECUTE FUNCTION ops.list_member_kept();

CREATE TRIGGER kept_whole BEFORE TRUNCATE ON public.audit_log FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_is_kept();

CREATE TRIGGER normalise BEFORE INSERT ON public.events FOR EACH ROW WHEN (((SESSION_USER <> ALL (ARRAY['kith_api'::name, 'kith_worker'::name])) AND (NOT (new.name IS NFC NORMALIZED)))) EXECUTE FUNCTION ops.normalise_event();

CREATE TRIGGER offered BEFORE INSERT OR UPDATE OF purpose, channel ON public.behaviors FOR EACH ROW WHEN ((new.purpose IS NOT NULL)) EXECUTE FUNCTION ops.purpose_offered();

CREATE TRIGGER offered BEFORE INSERT OR UPDATE OF purpose, channel, state ON public.consents FOR EACH ROW WHEN ((new.state = 'granted'::text)) EXECUTE FUNCTION ops.purpose_offered();

CREATE TRIGGER offered BEFORE INSERT OR UPDATE OF purpose, channel ON public.sources FOR EACH ROW WHEN ((new.purpose IS NOT NULL)) EXECUTE FUNCTION ops.purpose_offered();

CREATE TRIGGER owe_slot BEFORE DELETE OR UPDATE ON public.postgres_sources FOR EACH ROW WHEN ((old.mode = 'replication'::text)) EXECUTE FUNCTION ops.owe_slot();

CREATE TRIGGER relay AFTER INSERT ON public.events REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.events_inserted();

CREATE TRIGGER relay_account_delete AFTER DELETE ON public.account_members REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_deleted();

CREATE TRIGGER relay_account_delete AFTER DELETE ON public.accounts REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION ops.account_written();

CREATE TRIGGER relay_account_delete AFTER DELETE ON public.activities REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_deleted();

CREATE TRIGGER relay_account_delete AFTER DELETE ON public.contacts REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_deleted();

CREATE TRIGGER relay_account_delete AFTER DELETE ON public.contracts REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_deleted();

CREATE TRIGGER relay_account_delete AFTER DELETE ON public.opportunities REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_deleted();

CREATE TRIGGER relay_account_delete AFTER DELETE ON public.orders REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_deleted();

CREATE TRIGGER relay_account_delete AFTER DELETE ON public.records REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_deleted();

CREATE TRIGGER relay_account_delete AFTER DELETE ON public.tickets REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_deleted();

CREATE TRIGGER relay_account_insert AFTER INSERT ON public.accounts REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION ops.account_written();

CREATE TRIGGER relay_account_insert AFTER INSERT ON public.activities REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_inserted();

CREATE TRIGGER relay_account_insert AFTER INSERT ON public.contacts REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_inserted();

CREATE TRIGGER relay_account_insert AFTER INSERT ON public.contracts REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_inserted();

CREATE TRIGGER relay_account_insert AFTER INSERT ON public.opportunities REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_inserted();

CREATE TRIGGER relay_account_insert AFTER INSERT ON public.orders REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_inserted();

CREATE TRIGGER relay_account_insert AFTER INSERT ON public.records REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_inserted();

CREATE TRIGGER relay_account_insert AFTER INSERT ON public.tickets REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_inserted();

CREATE TRIGGER relay_account_update AFTER UPDATE ON public.accounts REFERENCING OLD TABLE AS deleted NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION ops.account_rewritten();

CREATE TRIGGER relay_account_update AFTER UPDATE ON public.activities REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_updated();

CREATE TRIGGER relay_account_update AFTER UPDATE ON public.contacts REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_updated();

CREATE TRIGGER relay_account_update AFTER UPDATE ON public.contracts REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_updated();

CREATE TRIGGER relay_account_update AFTER UPDATE ON public.opportunities REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_updated();

CREATE TRIGGER relay_account_update AFTER UPDATE ON public.orders REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_updated();

CREATE TRIGGER relay_account_update AFTER UPDATE ON public.records REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_updated();

CREATE TRIGGER relay_account_update AFTER UPDATE ON public.tickets REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_updated();

CREATE TRIGGER relay_delete BEFORE DELETE ON public.accounts FOR EACH ROW EXECUTE FUNCTION ops.account_deleted();

CREATE TRIGGER relay_delete AFTER DELETE ON public.activities REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_deleted();

CREATE TRIGGER relay_delete AFTER DELETE ON public.consents REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_deleted();

CREATE TRIGGER relay_delete AFTER DELETE ON public.contacts REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_deleted();

CREATE TRIGGER relay_delete AFTER DELETE ON public.contracts REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_deleted();

CREATE TRIGGER relay_delete AFTER DELETE ON public.leads REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_deleted();

CREATE TRIGGER relay_delete AFTER DELETE ON public.list_members REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ops.list_members_changed();

CREATE TRIGGER relay_delete AFTER DELETE ON public.memberships REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_deleted();

CREATE TRIGGER relay_delete AFTER DELETE ON public.opportunities REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_deleted();

CREATE TRIGGER relay_delete AFTER DELETE ON public.order_items REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ops.order_items_changed();

CREATE TRIGGER relay_delete AFTER DELETE ON public.orders REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_deleted();

CREATE TRIGGER relay_delete AFTER DELETE ON public.records REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_deleted();

CREATE TRIGGER relay_delete AFTER DELETE ON public.tickets REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_deleted();

CREATE TRIGGER relay_insert AFTER INSERT ON public.accounts REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_made();

CREATE TRIGGER relay_insert AFTER INSERT ON public.activities REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_inserted();

CREATE TRIGGER relay_insert AFTER INSERT ON public.consents REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_inserted();

CREATE TRIGGER relay_insert AFTER INSERT ON public.contacts REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_inserted();

CREATE TRIGGER relay_insert AFTER INSERT ON public.contracts REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_inserted();

CREATE TRIGGER relay_insert AFTER INSERT ON public.labels FOR EACH ROW EXECUTE FUNCTION ops.definition_changed();

CREATE TRIGGER relay_insert AFTER INSERT ON public.leads REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_inserted();

CREATE TRIGGER relay_insert AFTER INSERT ON public.list_members REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ops.list_members_changed();

CREATE TRIGGER relay_insert AFTER INSERT ON public.memberships REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_inserted();

CREATE TRIGGER relay_insert AFTER INSERT ON public.opportunities REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_inserted();

CREATE TRIGGER relay_insert AFTER INSERT ON public.order_items REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ops.order_items_changed();

CREATE TRIGGER relay_insert AFTER INSERT ON public.orders REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_inserted();

CREATE TRIGGER relay_insert AFTER INSERT ON public.records REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_inserted();

CREATE TRIGGER relay_insert AFTER INSERT ON public.segments FOR EACH ROW EXECUTE FUNCTION ops.definition_changed();

CREATE TRIGGER relay_insert AFTER INSERT ON public.tickets REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_inserted();

CREATE TRIGGER relay_truncate AFTER TRUNCATE ON public.accounts FOR EACH STATEMENT EXECUTE FUNCTION ops.truncated();

CREATE TRIGGER relay_truncate AFTER TRUNCATE ON public.activities FOR EACH STATEMENT EXECUTE FUNCTION ops.truncated();

CREATE TRIGGER relay_truncate AFTER TRUNCATE ON public.consents FOR EACH STATEMENT EXECUTE FUNCTION ops.truncated();

CREATE TRIGGER relay_truncate AFTER TRUNCATE ON public.contacts FOR EACH STATEMENT EXECUTE FUNCTION ops.truncated();

CREATE TRIGGER relay_truncate AFTER TRUNCATE ON public.contracts FOR EACH STATEMENT EXECUTE FUNCTION ops.truncated();

CREATE TRIGGER relay_truncate AFTER TRUNCATE ON public.events FOR EACH STATEMENT EXECUTE FUNCTION ops.truncated();

CREATE TRIGGER relay_truncate AFTER TRUNCATE ON public.leads FOR EACH STATEMENT EXECUTE FUNCTION ops.truncated();

CREATE TRIGGER relay_truncate AFTER TRUNCATE ON public.list_members FOR EACH STATEMENT EXECUTE FUNCTION ops.truncated();

CREATE TRIGGER relay_truncate AFTER TRUNCATE ON public.memberships FOR EACH STATEMENT EXECUTE FUNCTION ops.truncated();

CREATE TRIGGER relay_truncate AFTER TRUNCATE ON public.opportunities FOR EACH STATEMENT EXECUTE FUNCTION ops.truncated();

CREATE TRIGGER relay_truncate AFTER TRUNCATE ON public.order_items FOR EACH STATEMENT EXECUTE FUNCTION ops.truncated();

CREATE TRIGGER relay_truncate AFTER TRUNCATE ON public.orders FOR EACH STATEMENT EXECUTE FUNCTION ops.truncated();

CREATE TRIGGER relay_truncate AFTER TRUNCATE ON public.records FOR EACH STATEMENT EXECUTE FUNCTION ops.records_truncated();

CREATE TRIGGER relay_truncate AFTER TRUNCATE ON public.tickets FOR EACH STATEMENT EXECUTE FUNCTION ops.truncated();

CREATE TRIGGER relay_update AFTER UPDATE ON public.accounts REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.accounts_changed();

CREATE TRIGGER relay_update AFTER UPDATE ON public.activities REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_updated();

CREATE TRIGGER relay_update AFTER UPDATE ON public.consents REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_updated();

CREATE TRIGGER relay_update AFTER UPDATE ON public.contacts REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_updated();

CREATE TRIGGER relay_update AFTER UPDATE ON public.contracts REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_updated();

CREATE TRIGGER relay_update AFTER UPDATE ON public.labels FOR EACH ROW WHEN ((old.version <> new.version)) EXECUTE FUNCTION ops.definition_changed();

CREATE TRIGGER relay_update AFTER UPDATE ON public.leads REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_updated();

CREATE TRIGGER relay_update AFTER UPDATE ON public.memberships REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_updated();

CREATE TRIGGER relay_update AFTER UPDATE ON public.opportunities REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_updated();

CREATE TRIGGER relay_update AFTER UPDATE ON public.order_items REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ops.order_items_changed();

CREATE TRIGGER relay_update AFTER UPDATE ON public.orders REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_updated();

CREATE TRIGGER relay_update AFTER UPDATE ON public.records REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_updated();

CREATE TRIGGER relay_update AFTER UPDATE ON public.segments FOR EACH ROW WHEN ((old.version <> new.version)) EXECUTE FUNCTION ops.definition_changed();

CREATE TRIGGER relay_update AFTER UPDATE ON public.tickets REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_updated();

CREATE TRIGGER subject BEFORE UPDATE ON public.labels FOR EACH ROW WHEN ((old.subject <> new.subject)) EXECUTE FUNCTION ops.subject_kept();

CREATE TRIGGER subject BEFORE UPDATE ON public.segments FOR EACH ROW WHEN ((old.subject <> new.subject)) EXECUTE FUNCTION ops.subject_kept();

CREATE TRIGGER timezone AFTER UPDATE ON public.tenants FOR EACH ROW WHEN ((old.timezone <> new.timezone)) EXECUTE FUNCTION ops.timezone_changed();

CREATE TRIGGER touch BEFORE UPDATE ON public.accounts FOR EACH ROW EXECUTE FUNCTION ops.touch();

CREATE TRIGGER touch BEFORE UPDATE ON public.activities FOR EACH ROW WHEN ((NOT (old.nobody IS DISTINCT FROM new.nobody))) EXECUTE FUNCTION ops.touch();

CREATE TRIGGER touch BEFORE UPDATE ON public.behaviors FOR EACH ROW EXECUTE FUNCTION ops.touch();

CREATE TRIGGER touch BEFORE UPDATE ON public.consent_purposes FOR EACH ROW EXECUTE FUNCTION ops.touch();

CREATE TRIGGER touch BEFORE UPDATE ON public.consents FOR EACH ROW WHEN ((NOT (old.nobody IS DISTINCT FROM new.nobody))) EXECUTE FUNCTION ops.touch();

CREATE TRIGGER touch BEFORE UPDATE ON public.contacts FOR EACH ROW EXECUTE FUNCTION ops.touch();

CREATE TRIGGER touch BEFORE UPDATE ON public.contracts FOR EACH ROW WHEN ((NOT (old.nobody IS DISTINCT FROM new.nobody))) EXECUTE FUNCTION ops.touch();

CREATE TRIGGER touch BEFORE UPDATE ON public.fields FOR EACH ROW EXECUTE FUNCTION ops.touch();

CREATE TRIGGER touch BEFORE UPDATE ON public.gate_settings FOR EACH ROW EXECUTE FUNCTION ops.touch();

CREATE TRIGGER touch BEFORE UPDATE ON public.identifier_types FOR EACH ROW EXECUTE FUNCTION ops.touch();

CREATE TRIGGER touch BEFORE UPDATE ON public.labels FOR EACH ROW EXECUTE FUNCTION ops.touch();

CREATE TRIGGER touch BEFORE UPDATE ON public.leads FOR EACH ROW EXECUTE FUNCTION ops.touch();

CREATE TRIGGER touch BEFORE UPDATE ON public.lists FOR EACH ROW EXECUTE FUNCTION ops.touch();

CREATE TRIGGER touch BEFORE UPDATE ON public.memberships FOR EACH ROW WHEN ((NOT (old.nobody IS DISTINCT FROM new.nobody))) EXECUTE FUNCTION ops.touch();

CREATE TRIGGER touch BEFORE UPDATE ON public.objects FOR EACH ROW EXECUTE FUNCTION ops.touch();

CREATE TRIGGER touch BEFORE UPDATE ON public.opportunities FOR EACH ROW WHEN ((NOT (old.nobody IS DISTINCT FROM new.nobody))) EXECUTE FUNCTION ops.touch();

CREATE TRIGGER touch BEFORE UPDATE ON public.order_items FOR EACH ROW EXECUTE FUNCTION ops.touch();

CREATE TRIGGER touch BEFORE UPDATE ON public.orders FOR EACH ROW WHEN ((NOT (old.nobody IS DISTINCT FROM new.nobody))) EXECUTE FUNCTION ops.touch();

CREATE TRIGGER touch BEFORE UPDATE ON public.postgres_sources FOR EACH ROW EXECUTE FUNCTION ops.touch();

CREATE TRIGGER touch BEFORE UPDATE ON public.records FOR EACH ROW WHEN ((NOT (old.nobody IS DISTINCT FROM new.nobody))) EXECUTE FUNCTION ops.touch();

CREATE TRIGGER touch BEFORE UPDATE ON public.replays FOR EACH ROW EXECUTE FUNCTION ops.touch();

CREATE TRIGGER touch BEFORE UPDATE ON public.segments FOR EACH ROW EXECUTE FUNCTION ops.touch();

CREATE TRIGGER touch BEFORE UPDATE ON public.tickets FOR EACH ROW WHEN ((NOT (old.nobody IS DISTINCT FROM new.nobody))) EXECUTE FUNCTION ops.touch();

CREATE TRIGGER touch BEFORE UPDATE ON public.webhooks FOR EACH ROW EXECUTE FUNCTION ops.touch();

CREATE TRIGGER ts_insert_blocker BEFORE INSERT ON public.events FOR EACH ROW EXECUTE FUNCTION _timescaledb_functions.insert_blocker();

CREATE CONSTRAINT TRIGGER version AFTER INSERT OR DELETE OR UPDATE ON public.behaviors DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ops.version_model();

CREATE CONSTRAINT TRIGGER version AFTER INSERT OR DELETE OR UPDATE OF object, key, type, description, required, choices, default_value, "unique", indexed, personal, retention_days ON public.fields DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ops.version_model();

CREATE TRIGGER version BEFORE UPDATE ON public.labels FOR EACH ROW EXECUTE FUNCTION ops.version_definition();

CREATE CONSTRAINT TRIGGER version AFTER INSERT OR DELETE OR UPDATE ON public.objects DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ops.version_model();

CREATE TRIGGER version BEFORE UPDATE ON public.segments FOR EACH ROW EXECUTE FUNCTION ops.version_definition();

ALTER TABLE ONLY ops.sql_roles
    ADD CONSTRAINT sql_roles_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.account_members
    ADD CONSTRAINT account_members_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES public.accounts(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.account_traits
    ADD CONSTRAINT account_traits_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES public.accounts(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_tenant_id_parent_id_fkey FOREIGN KEY (tenant_id, parent_id) REFERENCES public.accounts(tenant_id, id) ON DELETE SET NULL (parent_id);

ALTER TABLE ONLY public.activities
    ADD CONSTRAINT activities_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES public.accounts(tenant_id, id) ON DELETE SET NULL (account_id);

ALTER TABLE ONLY public.activities
    ADD CONSTRAINT activities_tenant_id_contact_id_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES public.contacts(tenant_id, id) ON DELETE SET NULL (contact_id);

ALTER TABLE ONLY public.consents
    ADD CONSTRAINT consents_tenant_id_contact_id_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES public.contacts(tenant_id, id) ON DELETE SET NULL (contact_id);

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES public.accounts(tenant_id, id) ON DELETE SET NULL (account_id);

ALTER TABLE ONLY public.contracts
    ADD CONSTRAINT contracts_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES public.accounts(tenant_id, id) ON DELETE SET NULL (account_id);

ALTER TABLE ONLY public.contracts
    ADD CONSTRAINT contracts_tenant_id_contact_id_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES public.contacts(tenant_id, id) ON DELETE SET NULL (contact_id);

ALTER TABLE ONLY public.leads
    ADD CONSTRAINT leads_tenant_id_converted_contact_id_fkey FOREIGN KEY (tenant_id, converted_contact_id) REFERENCES public.contacts(tenant_id, id) ON DELETE SET NULL (converted_contact_id);

ALTER TABLE ONLY public.list_members
    ADD CONSTRAINT list_members_tenant_id_list_id_fkey FOREIGN KEY (tenant_id, list_id) REFERENCES public.lists(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.memberships
    ADD CONSTRAINT memberships_tenant_id_contact_id_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES public.contacts(tenant_id, id) ON DELETE SET NULL (contact_id);

ALTER TABLE ONLY public.objects
    ADD CONSTRAINT objects_tenant_id_parent_fkey FOREIGN KEY (tenant_id, parent) REFERENCES public.objects(tenant_id, key);

ALTER TABLE ONLY public.opportunities
    ADD CONSTRAINT opportunities_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES public.accounts(tenant_id, id) ON DELETE SET NULL (account_id);

ALTER TABLE ONLY public.opportunities
    ADD CONSTRAINT opportunities_tenant_id_contact_id_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES public.contacts(tenant_id, id) ON DELETE SET NULL (contact_id);

ALTER TABLE ONLY public.order_items
    ADD CONSTRAINT order_items_tenant_id_order_id_fkey FOREIGN KEY (tenant_id, order_id) REFERENCES public.orders(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES public.accounts(tenant_id, id) ON DELETE SET NULL (account_id);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_tenant_id_contact_id_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES public.contacts(tenant_id, id) ON DELETE SET NULL (contact_id);

ALTER TABLE ONLY public.postgres_source_rows
    ADD CONSTRAINT postgres_source_rows_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.postgres_sources
    ADD CONSTRAINT postgres_sources_tenant_id_source_id_fkey FOREIGN KEY (tenant_id, source_id) REFERENCES public.sources(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.records
    ADD CONSTRAINT records_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES public.accounts(tenant_id, id) ON DELETE SET NULL (account_id);

ALTER TABLE ONLY public.records
    ADD CONSTRAINT records_tenant_id_contact_id_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES public.contacts(tenant_id, id) ON DELETE SET NULL (contact_id);

ALTER TABLE ONLY public.records
    ADD CONSTRAINT records_tenant_id_object_fkey FOREIGN KEY (tenant_id, object) REFERENCES public.objects(tenant_id, key) ON DELETE CASCADE;

ALTER TABLE ONLY public.records
    ADD CONSTRAINT records_tenant_id_parent_id_fkey FOREIGN KEY (tenant_id, parent_id) REFERENCES public.records(tenant_id, id) ON DELETE SET NULL (parent_id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.team_members(tenant_id, user_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.team_members
    ADD CONSTRAINT team_members_user_id_fkey FOREIGN KEY (user_id) REFERENCES ops.users(id);

ALTER TABLE ONLY public.tickets
    ADD CONSTRAINT tickets_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES public.accounts(tenant_id, id) ON DELETE SET NULL (account_id);

ALTER TABLE ONLY public.tickets
    ADD CONSTRAINT tickets_tenant_id_contact_id_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES public.contacts(tenant_id, id) ON DELETE SET NULL (contact_id);

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_tenant_id_source_id_fkey FOREIGN KEY (tenant_id, source_id) REFERENCES public.webhooks(tenant_id, source_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.webhooks
    ADD CONSTRAINT webhooks_tenant_id_source_id_fkey FOREIGN KEY (tenant_id, source_id) REFERENCES public.sources(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE public.account_label_values ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.account_members ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.account_timers ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.account_traits ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.accounts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.activities ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.api_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.audience_bits ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.audience_heads ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.audience_numbers ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.audit_log ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.backfills ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.behavior_counts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.behaviors ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.consent_purposes ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.consents ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.consumers ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.contacts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.contracts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.dead_letters ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.definition_versions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.erasures ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.event_ids ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.events ENABLE ROW LEVEL SECURITY;

CREATE POLICY every_job_minute ON public.job_minutes TO kith_worker USING (true);

CREATE POLICY every_source ON public.postgres_sources FOR SELECT TO kith_worker USING (true);

CREATE POLICY every_tenant ON public.tenants FOR SELECT TO kith_worker USING (true);

CREATE POLICY every_timer ON public.account_timers TO kith_worker USING (true);

CREATE POLICY every_timer ON public.timers TO kith_worker USING (true);

ALTER TABLE public.feed ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.feed_heads ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.fields ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.gate_settings ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.identifier_types ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.identifiers ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.identity_conflicts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.identity_links ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.ingest_counts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.invitations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.job_minutes ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.label_values ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.labels ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.leads ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.list_members ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.lists ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.members ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.memberships ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.merges ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.model_versions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.objects ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.opportunities ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.order_items ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.orders ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.plans ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.postgres_source_rows ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.postgres_sources ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.profiles ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.rate_buckets ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.records ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.replays ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.retention_marks ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.segment_accounts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.segments ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sessions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sources ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.suppressions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.team_members ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON public.account_label_values USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.account_members USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.account_timers USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.account_traits USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.accounts USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.activities USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.api_keys USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.audience_bits USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.audience_heads USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.audience_numbers USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.audit_log USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.backfills USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.behavior_counts USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.behaviors USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.consent_purposes USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.consents USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.consumers USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.contacts USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.contracts USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.dead_letters USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.definition_versions USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.erasures USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.event_ids USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.events USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.feed USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.feed_heads USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.fields USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.gate_settings USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.identifier_types USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.identifiers USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.identity_conflicts USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.identity_links USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.ingest_counts USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.invitations USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.job_minutes USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.label_values USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.labels USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.leads USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.list_members USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.lists USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.members USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.memberships USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.merges USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.model_versions USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.objects USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.opportunities USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.order_items USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.orders USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.plans USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.postgres_source_rows USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.postgres_sources USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.profiles USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.rate_buckets USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.records USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.replays USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.retention_marks USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.segment_accounts USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.segments USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.sessions USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.sources USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.suppressions USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.team_members USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.tenants USING ((id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.tickets USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.timers USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.transitions USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.webhook_deliveries USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

CREATE POLICY tenant ON public.webhooks USING ((tenant_id = ( SELECT public.kith_tenant() AS kith_tenant)));

ALTER TABLE public.tenants ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.tickets ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.timers ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.transitions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.webhook_deliveries ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.webhooks ENABLE ROW LEVEL SECURITY;

GRANT USAGE ON SCHEMA public TO kith_api;
GRANT USAGE ON SCHEMA public TO kith_worker;

GRANT USAGE ON SCHEMA ops TO kith_api;
GRANT USAGE ON SCHEMA ops TO kith_worker;
GRANT USAGE ON SCHEMA ops TO kith_graph;

REVOKE ALL ON FUNCTION ops.a_source_writes() FROM PUBLIC;
GRANT ALL ON FUNCTION ops.a_source_writes() TO kith_worker;

REVOKE ALL ON FUNCTION ops.announce_people(people jsonb[]) FROM PUBLIC;
GRANT ALL ON FUNCTION ops.announce_people(people jsonb[]) TO kith_api;
GRANT ALL ON FUNCTION ops.announce_people(people jsonb[]) TO kith_worker;

REVOKE ALL ON FUNCTION ops.audit_forget(tenant uuid, ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION ops.audit_forget(tenant uuid, ids uuid[]) TO kith_worker;

REVOKE ALL ON FUNCTION ops.audit_note(mutation text, details jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION ops.audit_note(mutation text, details jsonb) TO kith_api;
GRANT ALL ON FUNCTION ops.audit_note(mutation text, details jsonb) TO kith_worker;

REVOKE ALL ON FUNCTION ops.audit_prune(days integer, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION ops.audit_prune(days integer, most integer) TO kith_worker;

REVOKE ALL ON FUNCTION ops.await_commits(xids bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION ops.await_commits(xids bigint[]) TO kith_worker;

REVOKE ALL ON FUNCTION ops.check_graph() FROM PUBLIC;
GRANT ALL ON FUNCTION ops.check_graph() TO kith_api;
GRANT ALL ON FUNCTION ops.check_graph() TO kith_worker;

REVOKE ALL ON FUNCTION ops.create_graph(tenant uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION ops.create_sql_role(name text, tenant uuid, password text) FROM PUBLIC;

REVOKE ALL ON FUNCTION ops.cron() FROM PUBLIC;
GRANT ALL ON FUNCTION ops.cron() TO kith_api;

REVOKE ALL ON FUNCTION ops.discard_jobs(ids bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION ops.discard_jobs(ids bigint[]) TO kith_api;

REVOKE ALL ON FUNCTION ops.emit_account_ids(tenant uuid, accounts uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION ops.emit_accounts(accounts jsonb[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION ops.emit_accounts_of(profile_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION ops.emit_accounts_of(profile_ids uuid[]) TO kith_api;
GRANT ALL ON FUNCTION ops.emit_accounts_of(profile_ids uuid[]) TO kith_worker;

REVOKE ALL ON FUNCTION ops.emit_colleagues(tenant uuid, account_ids uuid[], domains text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION ops.emit_people(tenant uuid, people jsonb[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION ops.emit_records(kind text, records jsonb[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION ops.emit_trace(context text) FROM PUBLIC;
GRANT ALL ON FUNCTION ops.emit_trace(context text) TO kith_api;

REVOKE ALL ON FUNCTION ops.field_index_changed() FROM PUBLIC;

REVOKE ALL ON FUNCTION ops.followed_sources() FROM PUBLIC;
GRANT ALL ON FUNCTION ops.followed_sources() TO kith_api;

REVOKE ALL ON FUNCTION ops.holds_idle_queue(worker text) FROM PUBLIC;

REVOKE ALL ON FUNCTION ops.job_counts() FROM PUBLIC;
GRANT ALL ON FUNCTION ops.job_counts() TO kith_api;

REVOKE ALL ON FUNCTION ops.job_summary(payload json) FROM PUBLIC;
GRANT ALL ON FUNCTION ops.job_summary(payload json) TO kith_api;

REVOKE ALL ON FUNCTION ops.last_job_minute() FROM PUBLIC;
GRANT ALL ON FUNCTION ops.last_job_minute() TO kith_api;

REVOKE ALL ON FUNCTION ops.model_of(tenant uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION ops.owe_slot() FROM PUBLIC;

REVOKE ALL ON FUNCTION ops.prune_graph(identifier_ids uuid[], profile_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION ops.prune_graph(identifier_ids uuid[], profile_ids uuid[]) TO kith_api;
GRANT ALL ON FUNCTION ops.prune_graph(identifier_ids uuid[], profile_ids uuid[]) TO kith_worker;

REVOKE ALL ON FUNCTION ops.queue_metrics() FROM PUBLIC;
GRANT ALL ON FUNCTION ops.queue_metrics() TO kith_api;

REVOKE ALL ON FUNCTION ops.reapply_policy(decision jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION ops.reapply_policy(decision jsonb) TO kith_api;

REVOKE ALL ON FUNCTION ops.records_truncated() FROM PUBLIC;

REVOKE ALL ON FUNCTION ops.refresh_audience() FROM PUBLIC;
GRANT ALL ON FUNCTION ops.refresh_audience() TO kith_api;

REVOKE ALL ON FUNCTION ops.relay_status() FROM PUBLIC;
GRANT ALL ON FUNCTION ops.relay_status() TO kith_api;

REVOKE ALL ON FUNCTION ops.request_pull(source uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION ops.request_pull(source uuid) TO kith_api;

REVOKE ALL ON FUNCTION ops.request_replay(replay uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION ops.request_replay(replay uuid) TO kith_api;

REVOKE ALL ON FUNCTION ops.reschedule_jobs(ids bigint[], at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION ops.reschedule_jobs(ids bigint[], at timestamp with time zone) TO kith_api;

REVOKE ALL ON FUNCTION ops.retry_jobs(ids bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION ops.retry_jobs(ids bigint[]) TO kith_api;

REVOKE ALL ON FUNCTION ops.run_jobs_now(ids bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION ops.run_jobs_now(ids bigint[]) TO kith_api;

REVOKE ALL ON FUNCTION ops.sql_box_role(password text) FROM PUBLIC;
GRANT ALL ON FUNCTION ops.sql_box_role(password text) TO kith_api;

REVOKE ALL ON FUNCTION ops.sync_accounts(account_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION ops.sync_accounts(account_ids uuid[]) TO kith_api;
GRANT ALL ON FUNCTION ops.sync_accounts(account_ids uuid[]) TO kith_worker;

REVOKE ALL ON FUNCTION ops.sync_accounts(tenant uuid, account_ids uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION ops.sync_employment(profile_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION ops.sync_employment(profile_ids uuid[]) TO kith_api;
GRANT ALL ON FUNCTION ops.sync_employment(profile_ids uuid[]) TO kith_worker;

REVOKE ALL ON FUNCTION ops.sync_employment(tenant uuid, profile_ids uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION ops.sync_graph(identifier_ids uuid[], profile_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION ops.sync_graph(identifier_ids uuid[], profile_ids uuid[]) TO kith_api;
GRANT ALL ON FUNCTION ops.sync_graph(identifier_ids uuid[], profile_ids uuid[]) TO kith_worker;

REVOKE ALL ON FUNCTION ops.timers_due() FROM PUBLIC;
GRANT ALL ON FUNCTION ops.timers_due() TO kith_api;

REVOKE ALL ON FUNCTION ops.truncated() FROM PUBLIC;

REVOKE ALL ON FUNCTION ops.version_model() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.authenticate(key_hash text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.authenticate(key_hash text) TO kith_api;

REVOKE ALL ON FUNCTION public.end_sessions_of(account uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.end_sessions_of(account uuid) TO kith_api;

REVOKE ALL ON FUNCTION public.invitation_of(token_hash text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.invitation_of(token_hash text) TO kith_api;

REVOKE ALL ON FUNCTION public.invitations_for(address text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.invitations_for(address text) TO kith_api;

REVOKE ALL ON FUNCTION public.note_key_use(key_hash text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.note_key_use(key_hash text) TO kith_api;

REVOKE ALL ON FUNCTION public.session_of(token_hash text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.session_of(token_hash text) TO kith_api;

REVOKE ALL ON FUNCTION public.tenant_of(named text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tenant_of(named text) TO kith_api;

REVOKE ALL ON FUNCTION public.tenants_of(account uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tenants_of(account uuid) TO kith_api;

REVOKE ALL ON FUNCTION public.webhook_of(source uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.webhook_of(source uuid) TO kith_api;

GRANT SELECT ON TABLE public.account_label_values TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.account_label_values TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.labels TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.labels TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.accounts TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.accounts TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.activities TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.activities TO kith_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE public.identifiers TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.identifiers TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.consents TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.consents TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.contacts TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.contacts TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.contracts TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.contracts TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.events TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sources TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sources TO kith_worker;

GRANT SELECT ON TABLE public.label_values TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.label_values TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.leads TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.leads TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.memberships TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.memberships TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.objects TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.objects TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.opportunities TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.opportunities TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.order_items TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.order_items TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.orders TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.orders TO kith_worker;

GRANT SELECT ON TABLE public.members TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.members TO kith_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE public.profiles TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.profiles TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.segments TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.segments TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.tickets TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.tickets TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.records TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.records TO kith_worker;

GRANT SELECT ON TABLE public.segment_accounts TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.segment_accounts TO kith_worker;

GRANT SELECT ON TABLE public.transitions TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.transitions TO kith_worker;

GRANT SELECT,DELETE,UPDATE ON TABLE ops.owed_slots TO kith_worker;

GRANT SELECT ON TABLE ops.relays TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ops.relays TO kith_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE ops.sign_in_attempts TO kith_api;
GRANT SELECT,DELETE ON TABLE ops.sign_in_attempts TO kith_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE ops.users TO kith_api;

GRANT SELECT ON TABLE ops.workers TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ops.workers TO kith_worker;

GRANT SELECT ON TABLE public.account_members TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.account_members TO kith_worker;

GRANT SELECT ON TABLE public.account_timers TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.account_timers TO kith_worker;

GRANT SELECT ON TABLE public.account_traits TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.account_traits TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.api_keys TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.api_keys TO kith_worker;

GRANT SELECT ON TABLE public.audience_bits TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.audience_bits TO kith_worker;

GRANT SELECT ON TABLE public.audience_heads TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.audience_heads TO kith_worker;

GRANT SELECT ON TABLE public.audience_numbers TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.audience_numbers TO kith_worker;

GRANT SELECT ON TABLE public.audit_log TO kith_api;
GRANT SELECT ON TABLE public.audit_log TO kith_worker;

GRANT SELECT ON TABLE public.backfills TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.backfills TO kith_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE public.behavior_counts TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.behavior_counts TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.behaviors TO kith_api;
GRANT SELECT ON TABLE public.behaviors TO kith_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE public.consent_purposes TO kith_api;
GRANT SELECT ON TABLE public.consent_purposes TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.consumers TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.consumers TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.dead_letters TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.dead_letters TO kith_worker;

GRANT SELECT ON TABLE public.definition_versions TO kith_api;
GRANT SELECT ON TABLE public.definition_versions TO kith_worker;

GRANT SELECT ON TABLE public.profile_accounts TO kith_api;
GRANT SELECT ON TABLE public.profile_accounts TO kith_worker;

GRANT SELECT ON TABLE public.employments TO kith_api;
GRANT SELECT ON TABLE public.employments TO kith_worker;

GRANT SELECT,INSERT ON TABLE public.erasures TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.erasures TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.event_ids TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.event_ids TO kith_worker;

GRANT SELECT ON TABLE public.feed TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.feed TO kith_worker;

GRANT SELECT ON TABLE public.feed_heads TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.feed_heads TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.fields TO kith_api;
GRANT SELECT ON TABLE public.fields TO kith_worker;

GRANT UPDATE(index_state) ON TABLE public.fields TO kith_worker;

GRANT UPDATE(index_progress) ON TABLE public.fields TO kith_worker;

GRANT UPDATE(index_error) ON TABLE public.fields TO kith_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE public.gate_settings TO kith_api;
GRANT SELECT,UPDATE ON TABLE public.gate_settings TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.identifier_types TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.identifier_types TO kith_worker;

GRANT SELECT,DELETE ON TABLE public.identity_conflicts TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.identity_conflicts TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.identity_links TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.identity_links TO kith_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE public.ingest_counts TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.ingest_counts TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.invitations TO kith_api;
GRANT SELECT,DELETE ON TABLE public.invitations TO kith_worker;

GRANT SELECT ON TABLE public.job_minutes TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.job_minutes TO kith_worker;

GRANT SELECT ON TABLE public.job_ranges TO kith_api;

GRANT SELECT ON TABLE public.jobs TO kith_api;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.list_members TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.list_members TO kith_worker;

GRANT SELECT ON TABLE public.listed_events TO kith_api;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.lists TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.lists TO kith_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE public.merges TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.merges TO kith_worker;

GRANT SELECT ON TABLE public.model_versions TO kith_api;
GRANT SELECT ON TABLE public.model_versions TO kith_worker;

GRANT SELECT,INSERT ON TABLE public.plans TO kith_api;
GRANT SELECT,DELETE ON TABLE public.plans TO kith_worker;

GRANT SELECT,INSERT,DELETE ON TABLE public.postgres_source_rows TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.postgres_sources TO kith_api;
GRANT SELECT,UPDATE ON TABLE public.postgres_sources TO kith_worker;

GRANT SELECT ON TABLE public.profile_consents TO kith_api;
GRANT SELECT ON TABLE public.profile_consents TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.rate_buckets TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.rate_buckets TO kith_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE public.replays TO kith_api;
GRANT SELECT,DELETE,UPDATE ON TABLE public.replays TO kith_worker;

GRANT SELECT ON TABLE public.retention_marks TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.retention_marks TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sessions TO kith_api;
GRANT SELECT,DELETE ON TABLE public.sessions TO kith_worker;

GRANT SELECT,DELETE ON TABLE public.suppressions TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.suppressions TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.team_members TO kith_api;

GRANT SELECT,INSERT ON TABLE public.tenant_events TO kith_api;
GRANT SELECT,INSERT ON TABLE public.tenant_events TO kith_worker;

GRANT SELECT ON TABLE public.tenants TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.tenants TO kith_worker;

GRANT UPDATE(name) ON TABLE public.tenants TO kith_api;

GRANT UPDATE(timezone) ON TABLE public.tenants TO kith_api;

GRANT SELECT ON TABLE public.timers TO kith_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.timers TO kith_worker;

GRANT SELECT,INSERT ON TABLE public.webhook_deliveries TO kith_api;
GRANT SELECT,DELETE ON TABLE public.webhook_deliveries TO kith_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.webhooks TO kith_api;
GRANT SELECT,UPDATE ON TABLE public.webhooks TO kith_worker;
