-- What identity remembers beside who is who: which value said so, when, what was merged, and what was refused.

-- Values that everybody's forms, SDKs and exports send where they know nothing. They name nobody: their hash is null, so that
-- a row falls back on its next identifier. engine/identity/normalise.ts says the same in TypeScript; a test compares them.
CREATE OR REPLACE FUNCTION public.identifier_id(type text, value text) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE WHEN btrim(value, '0-+(). ') = '' OR octet_length(value) > 1024 OR lower(btrim(value)) IN (
  '-1', 'null', '(null)', 'undefined', 'none', 'nil', 'nan', 'n/a', 'anonymous', 'guest', 'unknown', 'true', 'false',
  '[object object]', '{}', '[]', 'user_id', 'userid', 'anonymous_id', 'email', 'phone', 'test@test.com', 'test@test.test',
  'no@email.com', 'noemail@noemail.com', 'none@none.com', 'null@null.com', 'a@a.com', 'asdf@asdf.com')
THEN NULL ELSE md5(type || chr(31) || value)::uuid END
$$;
--> statement-breakpoint

-- The tenant's own identifier types own events too, in the order of their names, where none of the four built-in ones does.
CREATE FUNCTION public.custom_identifier_id(identifiers jsonb) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT public.identifier_id(key, value) FROM jsonb_each_text(identifiers)
WHERE key NOT IN ('user_id', 'anonymous_id', 'email', 'phone') AND public.identifier_id(key, value) IS NOT NULL
ORDER BY key LIMIT 1
$$;
--> statement-breakpoint
ALTER TABLE events ALTER COLUMN identifier_id SET EXPRESSION AS (coalesce(identifier_id('user_id', user_id), identifier_id('anonymous_id', anonymous_id), identifier_id('email', lower(btrim(identifiers ->> 'email'))), identifier_id('phone', identifiers ->> 'phone'), custom_identifier_id(identifiers)));
--> statement-breakpoint

ALTER TABLE identifiers
  ADD COLUMN last_seen timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN count integer NOT NULL DEFAULT 1,
  ADD COLUMN source text NOT NULL DEFAULT 'event',
  ADD COLUMN weight smallint NOT NULL DEFAULT 1,
  ADD COLUMN alias_of uuid,
  ADD COLUMN shared boolean NOT NULL DEFAULT false,
  ADD COLUMN apart text[];
--> statement-breakpoint
CREATE TABLE identity_links (
  tenant_id uuid NOT NULL DEFAULT kith_tenant(),
  a uuid NOT NULL,
  b uuid NOT NULL,
  source text NOT NULL,
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL,
  count integer NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, a, b, source),
  CHECK (a < b)
);
--> statement-breakpoint
CREATE INDEX identity_links_by_b ON identity_links (tenant_id, b);
--> statement-breakpoint
CREATE TABLE merges (
  tenant_id uuid NOT NULL DEFAULT kith_tenant(),
  id uuid NOT NULL DEFAULT uuidv7(),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  transaction_at timestamptz NOT NULL DEFAULT now(),
  kind text NOT NULL DEFAULT 'merge' CHECK (kind IN ('merge', 'split', 'move')),
  profile_id uuid NOT NULL,
  into_id uuid NOT NULL,
  cause text NOT NULL,
  evidence jsonb NOT NULL DEFAULT '{}',
  identifiers uuid[] NOT NULL,
  announced boolean NOT NULL DEFAULT true,
  undone_at timestamptz,
  PRIMARY KEY (tenant_id, id)
);
--> statement-breakpoint
CREATE INDEX merges_by_profile ON merges (tenant_id, profile_id);
--> statement-breakpoint
CREATE INDEX merges_by_into ON merges (tenant_id, into_id);
--> statement-breakpoint
CREATE INDEX merges_unannounced ON merges (tenant_id) WHERE NOT announced;
--> statement-breakpoint
CREATE TABLE identity_conflicts (
  tenant_id uuid NOT NULL DEFAULT kith_tenant(),
  identifier_id uuid NOT NULL,
  profile_id uuid NOT NULL,
  kept_by uuid NOT NULL,
  at timestamptz NOT NULL,
  reason text NOT NULL,
  PRIMARY KEY (tenant_id, identifier_id, profile_id)
);
--> statement-breakpoint

-- Newest wins, trait by trait; of two that were said at the same instant, the one with the greater origin. Commutative and
-- idempotent, so that neither order nor repetition matters.
CREATE FUNCTION public.fold_traits(old jsonb, said jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT old || coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(said) AS s
WHERE old -> key IS NULL OR ((old -> key ->> 'at'), coalesce(old -> key ->> 'by', '')) < ((value ->> 'at'), coalesce(value ->> 'by', ''))
$$;
--> statement-breakpoint

-- What a CRM row says is the whole of what its identifier says: what it no longer says is gone, what it says still keeps
-- the time at which it said so first.
CREATE FUNCTION public.replace_traits(old jsonb, said jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT coalesce(jsonb_object_agg(key, CASE WHEN old -> key -> 'v' = value -> 'v' THEN old -> key ELSE value END), '{}') FROM jsonb_each(said)
$$;
--> statement-breakpoint

-- One edge per identifier and per merged profile: a unique index says so, and lets set-based writes say ON CONFLICT.
CREATE OR REPLACE FUNCTION ops.create_graph(tenant uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ag_catalog, pg_catalog AS $$
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
--> statement-breakpoint

-- Makes the transaction's tenant's graph say of these identifiers and profiles what the tables say. The one writer of
-- graphs: nothing but the truth can be written through it, so every role may call it. The planner thinks too little of
-- look-ups by agtype: for 250 of them it reads 20,000 nodes, in 60 ms instead of 6; hence the settings.
CREATE FUNCTION ops.sync_graph(identifier_ids uuid[], profile_ids uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, ag_catalog
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
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
INSERT INTO %1$I."Identifier" (properties)
SELECT agtype_build_map('id', i.id::text, 'type', i.type, 'value', i.value)
FROM public.identifiers i WHERE i.tenant_id = $1 AND i.id = ANY ($2)
ON CONFLICT DO NOTHING
$sql$, graph) USING tenant, identifier_ids;
    EXECUTE format($sql$
INSERT INTO %1$I."IDENTIFIES" (start_id, end_id, properties)
SELECT n.id, p.id, ops.identifies(i.source, i.first_seen, i.last_seen, i.count)
FROM public.identifiers i
JOIN %1$I."Identifier" n ON agtype_access_operator(n.properties, '"id"'::agtype) = ops.agtype_key(i.id)
JOIN %1$I."Profile" p ON agtype_access_operator(p.properties, '"id"'::agtype) = ops.agtype_key(i.profile_id)
WHERE i.tenant_id = $1 AND i.id = ANY ($2)
ON CONFLICT (start_id) DO UPDATE SET end_id = excluded.end_id, properties = excluded.properties
$sql$, graph) USING tenant, identifier_ids;
  END IF;
END
$$;
--> statement-breakpoint
-- Takes out of the graph those of these that are no longer in the tables.
CREATE FUNCTION ops.prune_graph(identifier_ids uuid[], profile_ids uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, ag_catalog
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
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
$$;
--> statement-breakpoint

-- Every identifier and profile of which graph and tables do not say the same.
CREATE FUNCTION ops.check_graph() RETURNS TABLE (kind text, id uuid, tables jsonb, graph jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, ag_catalog AS $$
DECLARE
  tenant uuid := public.kith_tenant();
BEGIN
  RETURN QUERY EXECUTE format($sql$
WITH profile_node AS (
  SELECT n.id AS node, (agtype_out(n.properties)::text::jsonb ->> 'id')::uuid AS id FROM %1$I."Profile" n
), identifier_node AS (
  SELECT n.id AS node, agtype_out(n.properties)::text::jsonb AS says FROM %1$I."Identifier" n
), identifier_graph AS (
  SELECT (n.says ->> 'id')::uuid AS id,
    n.says || jsonb_build_object('profile', p.id) || coalesce(agtype_out(e.properties)::text::jsonb, '{}') AS says
  FROM identifier_node n
  LEFT JOIN %1$I."IDENTIFIES" e ON e.start_id = n.node
  LEFT JOIN profile_node p ON p.node = e.end_id
), identifier_table AS (
  SELECT i.id, jsonb_build_object('id', i.id, 'type', i.type, 'value', i.value, 'profile', i.profile_id)
    || agtype_out(ops.identifies(i.source, i.first_seen, i.last_seen, i.count))::text::jsonb AS says
  FROM public.identifiers i WHERE i.tenant_id = $1
), profile_graph AS (
  SELECT p.id, jsonb_build_object('id', p.id, 'merged_into', m.id) AS says
  FROM profile_node p
  LEFT JOIN %1$I."MERGED_INTO" e ON e.start_id = p.node
  LEFT JOIN profile_node m ON m.node = e.end_id
), profile_table AS (
  SELECT p.id, jsonb_build_object('id', p.id, 'merged_into', p.merged_into) AS says
  FROM public.profiles p WHERE p.tenant_id = $1
)
SELECT 'identifier', coalesce(t.id, g.id), t.says, g.says FROM identifier_table t FULL JOIN identifier_graph g ON g.id = t.id
WHERE t.says IS DISTINCT FROM g.says
UNION ALL
SELECT 'profile', coalesce(t.id, g.id), t.says, g.says FROM profile_table t FULL JOIN profile_graph g ON g.id = t.id
WHERE t.says IS DISTINCT FROM g.says
$sql$, ops.graph_name(tenant)) USING tenant;
END
$$;
--> statement-breakpoint
CREATE FUNCTION ops.agtype_key(id uuid) RETURNS ag_catalog.agtype LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT ag_catalog.agtype_in(('"' || id || '"')::cstring)
$$;
--> statement-breakpoint
CREATE FUNCTION ops.iso(instant timestamptz) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT to_char(instant AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;
--> statement-breakpoint
CREATE FUNCTION ops.identifies(source text, first_seen timestamptz, last_seen timestamptz, count integer)
RETURNS ag_catalog.agtype LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT ag_catalog.agtype_build_map('source', source, 'first_seen', ops.iso(first_seen), 'last_seen', ops.iso(last_seen), 'count', count)
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION ops.sync_graph(uuid[], uuid[]), ops.prune_graph(uuid[], uuid[]), ops.check_graph() FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION ops.sync_graph(uuid[], uuid[]), ops.prune_graph(uuid[], uuid[]), ops.check_graph() TO kith_api, kith_worker;
--> statement-breakpoint
-- The same statements read events under either role.
GRANT SELECT ON tenant_events TO kith_worker;
--> statement-breakpoint
GRANT SELECT ON identity_links, merges, identity_conflicts TO kith_api;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON identity_links, merges, identity_conflicts TO kith_worker;
--> statement-breakpoint
SELECT ops.isolate_tenants();
