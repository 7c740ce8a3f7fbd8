-- What a tenant says about identity, and what people undo, merge and ask by hand.

CREATE TABLE identifier_types (
  tenant_id uuid NOT NULL DEFAULT kith_tenant(),
  key text NOT NULL CHECK (key ~ '^[a-z][a-z0-9_]{0,62}$'),
  normaliser text CHECK (normaliser IN ('verbatim', 'lower', 'email', 'phone')),
  country text CHECK (country ~ '^[A-Z]{2}$'),
  priority integer CHECK (priority BETWEEN 0 AND 1000),
  max_per_profile integer CHECK (max_per_profile BETWEEN 1 AND 10000),
  people_limit integer CHECK (people_limit BETWEEN 1 AND 10000),
  shared boolean,
  blocked text[] NOT NULL DEFAULT '{}',
  weights jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, key)
);
--> statement-breakpoint
CREATE TRIGGER touch BEFORE UPDATE ON identifier_types FOR EACH ROW EXECUTE FUNCTION ops.touch();
--> statement-breakpoint

-- As in 0003, and: which source said so, for its weight; and group calls, which say who belongs to which account.
CREATE OR REPLACE FUNCTION ops.events_inserted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ops AS $$
BEGIN
  PERFORM ops.emit_people(tenant_id, array_agg(person))
  FROM (
    SELECT tenant_id, (row_number() OVER (PARTITION BY tenant_id) - 1) / 500 AS piece, jsonb_strip_nulls(jsonb_build_object(
      'ids', jsonb_build_object('user_id', user_id, 'anonymous_id', anonymous_id) || coalesce(identifiers, '{}'),
      'from', min(occurred_at),
      'to', max(occurred_at),
      'source', source_id,
      'refs', jsonb_agg(jsonb_build_array(occurred_at, id)) FILTER (WHERE traits IS NOT NULL OR type IN ('alias', 'group'))
    )) AS person
    FROM inserted
    GROUP BY tenant_id, user_id, anonymous_id, identifiers, source_id
  ) AS people
  GROUP BY tenant_id, piece;
  RETURN NULL;
END
$$;
--> statement-breakpoint

-- What is merged or split by hand is told to the relay like any other change of people. Only about the transaction's tenant.
CREATE FUNCTION ops.announce_people(people jsonb[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, ops AS $$
BEGIN
  IF public.kith_tenant() IS NULL THEN RAISE EXCEPTION 'expected a tenant, set by inTenant'; END IF;
  PERFORM ops.emit_people(public.kith_tenant(), people);
END
$$;
--> statement-breakpoint
-- These take the tenant as an argument: for triggers only.
REVOKE ALL ON FUNCTION ops.emit_people(uuid, jsonb[]), ops.emit_records(text, jsonb[]), ops.announce_people(jsonb[]) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION ops.announce_people(jsonb[]) TO kith_api, kith_worker;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON identifier_types TO kith_api, kith_worker;
--> statement-breakpoint
-- Merging and splitting by hand is done in the API's transaction, so that its answer is what has happened.
GRANT INSERT, UPDATE ON profiles, identifiers, merges, identity_links TO kith_api;
--> statement-breakpoint
GRANT DELETE ON identity_links, identity_conflicts TO kith_api;
--> statement-breakpoint

-- Who is at which account by a group call. By identifier, so that it follows its person through merges and splits.
CREATE TABLE account_members (
  tenant_id uuid NOT NULL DEFAULT kith_tenant(),
  identifier_id uuid NOT NULL,
  account_id uuid NOT NULL,
  role text,
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, identifier_id, account_id),
  FOREIGN KEY (tenant_id, account_id) REFERENCES accounts ON DELETE CASCADE
);
--> statement-breakpoint
CREATE INDEX account_members_by_account ON account_members (tenant_id, account_id);
--> statement-breakpoint
GRANT SELECT ON account_members TO kith_api;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON account_members TO kith_worker;
--> statement-breakpoint

-- What group calls say of accounts: {trait: {v, at, by}}, newest wins; accounts.custom has the values.
CREATE TABLE account_traits (
  tenant_id uuid NOT NULL DEFAULT kith_tenant(),
  account_id uuid NOT NULL,
  traits jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (tenant_id, account_id),
  FOREIGN KEY (tenant_id, account_id) REFERENCES accounts ON DELETE CASCADE
);
--> statement-breakpoint
GRANT SELECT ON account_traits TO kith_api;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON account_traits TO kith_worker;
--> statement-breakpoint

-- Domains whose addresses say nothing about where somebody works.
CREATE FUNCTION public.free_mail(domain text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
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
--> statement-breakpoint
CREATE INDEX identifiers_by_domain ON identifiers (tenant_id, split_part(value, '@', 2)) WHERE type = 'email';
--> statement-breakpoint
CREATE INDEX contacts_by_identifier ON contacts (tenant_id, identifier_id('contact', id::text));
--> statement-breakpoint

-- Who works where, and how we know: as the CRM says, as a group call said, or by the domain of an e-mail address.
CREATE VIEW profile_accounts WITH (security_invoker) AS
SELECT i.tenant_id, i.profile_id, c.account_id, 'contact' AS source, c.title AS role, c.created_at AS since, c.updated_at AS last_seen
FROM contacts c JOIN identifiers i ON i.tenant_id = c.tenant_id AND i.id = identifier_id('contact', c.id::text)
WHERE c.account_id IS NOT NULL
UNION ALL
SELECT i.tenant_id, i.profile_id, m.account_id, 'group', m.role, m.first_seen, m.last_seen
FROM account_members m JOIN identifiers i ON i.tenant_id = m.tenant_id AND i.id = m.identifier_id
UNION ALL
SELECT i.tenant_id, i.profile_id, a.id, 'domain', NULL, i.first_seen, i.last_seen
FROM accounts a JOIN identifiers i ON i.tenant_id = a.tenant_id AND i.type = 'email' AND split_part(i.value, '@', 2) = lower(a.domain)
WHERE a.domain IS NOT NULL AND NOT free_mail(a.domain);
--> statement-breakpoint
GRANT SELECT ON profile_accounts TO kith_api, kith_worker;
--> statement-breakpoint
-- The same, once for each way of knowing it: a person may have several contacts of one account.
CREATE VIEW employments WITH (security_invoker) AS
SELECT tenant_id, account_id, profile_id, source, (array_agg(role ORDER BY last_seen DESC) FILTER (WHERE role IS NOT NULL))[1] AS role,
  min(since) AS since, max(last_seen) AS last_seen
FROM profile_accounts GROUP BY tenant_id, account_id, profile_id, source;
--> statement-breakpoint
GRANT SELECT ON employments TO kith_api, kith_worker;
--> statement-breakpoint
-- An account and all that is part of it, at any depth; a circle of parents ends where it began.
CREATE FUNCTION public.account_tree(root uuid) RETURNS SETOF uuid LANGUAGE sql STABLE PARALLEL SAFE ROWS 10 AS $$
WITH RECURSIVE tree AS (
  SELECT root AS id UNION SELECT a.id FROM accounts a JOIN tree ON a.parent_id = tree.id WHERE a.tenant_id = kith_tenant()
)
SELECT id FROM tree
$$;
--> statement-breakpoint

-- What a person allows: of one identifier the newest word, of a person's identifiers the stricter. So a merge never turns a
-- denial into a consent, and a split gives each side its own word back.
CREATE VIEW profile_consents WITH (security_invoker) AS
SELECT tenant_id, profile_id, purpose, channel,
  CASE WHEN bool_or(state <> 'granted') THEN 'denied' ELSE 'granted' END AS state, max(updated_at) AS updated_at
FROM (
  SELECT DISTINCT ON (c.tenant_id, c.identifier_id, c.purpose, c.channel)
    c.tenant_id, i.profile_id, c.purpose, c.channel, c.state, c.updated_at
  FROM consents c JOIN identifiers i ON i.tenant_id = c.tenant_id AND i.id = c.identifier_id
  ORDER BY c.tenant_id, c.identifier_id, c.purpose, c.channel, c.updated_at DESC, c.id DESC
) AS newest
GROUP BY tenant_id, profile_id, purpose, channel;
--> statement-breakpoint
GRANT SELECT ON profile_consents TO kith_api, kith_worker;
--> statement-breakpoint

-- Account nodes and who is whose child, as the table says.
CREATE FUNCTION ops.sync_accounts(tenant uuid, account_ids uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, ag_catalog
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
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
$$;
--> statement-breakpoint

-- Where these people work, as profile_accounts says. Free where a tenant has no accounts.
CREATE FUNCTION ops.sync_employment(tenant uuid, profile_ids uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, ag_catalog
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
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
$$;
--> statement-breakpoint
CREATE FUNCTION ops.works_at(source text, role text, since timestamptz) RETURNS ag_catalog.agtype LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT ag_catalog.agtype_build_map('source', source, 'role', coalesce(role, ''), 'since', ops.iso(since))
$$;
--> statement-breakpoint
-- For who has only the transaction's tenant.
CREATE FUNCTION ops.sync_employment(profile_ids uuid[]) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
SELECT ops.sync_employment(public.kith_tenant(), profile_ids)
$$;
--> statement-breakpoint
CREATE FUNCTION ops.sync_accounts(account_ids uuid[]) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
SELECT ops.sync_accounts(public.kith_tenant(), account_ids)
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION ops.sync_accounts(uuid, uuid[]), ops.sync_accounts(uuid[]), ops.sync_employment(uuid, uuid[]),
  ops.sync_employment(uuid[]) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION ops.sync_accounts(uuid[]), ops.sync_employment(uuid[]) TO kith_api, kith_worker;
--> statement-breakpoint

-- Accounts are written by anybody, and no message tells of them: the graph follows in the writer's own transaction.
CREATE FUNCTION ops.accounts_written() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, ops AS $$
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
--> statement-breakpoint
CREATE FUNCTION ops.accounts_rewritten() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, ops AS $$
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
--> statement-breakpoint
CREATE TRIGGER graph_insert AFTER INSERT ON accounts REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION ops.accounts_written();
--> statement-breakpoint
CREATE TRIGGER graph_update AFTER UPDATE ON accounts REFERENCING OLD TABLE AS deleted NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION ops.accounts_rewritten();
--> statement-breakpoint
CREATE TRIGGER graph_delete AFTER DELETE ON accounts REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION ops.accounts_written();
--> statement-breakpoint

-- As in 0005, and of accounts and of who works there.
CREATE OR REPLACE FUNCTION ops.check_graph() RETURNS TABLE (kind text, id uuid, tables jsonb, graph jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, ag_catalog AS $$
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
$$;
--> statement-breakpoint

-- Erasure: who asked, when it was done, how much it was. No word of whom: the profile's id means nothing any more.
CREATE TABLE erasures (
  tenant_id uuid NOT NULL DEFAULT kith_tenant(),
  id uuid NOT NULL DEFAULT uuidv7(),
  profile_id uuid NOT NULL,
  requested_at timestamptz NOT NULL DEFAULT now(),
  requested_by text,
  done_at timestamptz,
  counts jsonb NOT NULL DEFAULT '{}',
  proof text,
  PRIMARY KEY (tenant_id, id)
);
--> statement-breakpoint
CREATE INDEX erasures_pending ON erasures (tenant_id) WHERE done_at IS NULL;
--> statement-breakpoint
-- Hashes of the identifiers of the erased, so that no replay and no late import brings them back.
CREATE TABLE suppressions (
  tenant_id uuid NOT NULL DEFAULT kith_tenant(),
  hash text NOT NULL,
  erasure_id uuid NOT NULL,
  PRIMARY KEY (tenant_id, hash)
);
--> statement-breakpoint
GRANT SELECT, INSERT ON erasures TO kith_api;
--> statement-breakpoint
GRANT SELECT, DELETE ON suppressions TO kith_api;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON erasures, suppressions TO kith_worker;
--> statement-breakpoint
CREATE FUNCTION public.suppression_hash(tenant uuid, identifier uuid) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT encode(sha256(convert_to(tenant || ':' || identifier, 'UTF8')), 'hex')
$$;
--> statement-breakpoint
-- Identifiers (or traits of the same names) without those that have one of the ids.
CREATE FUNCTION public.without_identifiers(identifiers jsonb, ids uuid[]) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT identifiers - coalesce((
  SELECT array_agg(key) FROM jsonb_each_text(CASE jsonb_typeof(identifiers) WHEN 'object' THEN identifiers END)
  WHERE identifier_id(key, CASE key WHEN 'email' THEN lower(btrim(value)) ELSE value END) = ANY (ids)), '{}')
$$;
--> statement-breakpoint

-- Cypher for analysts, over the graph of their tenant. AGE 1.5 looks at no privilege when a query sets or deletes, nor at row
-- level security when a path has a variable length, and some of its functions take the name of a graph or a file: so no
-- analyst calls ag_catalog.cypher. A query that could write is refused by its words, by its functions and by its plan, and
-- what runs it is a role that may only read graphs.
CREATE FUNCTION analytics.cypher(query text) RETURNS SETOF jsonb LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, ag_catalog, pg_temp AS $body$
DECLARE
  graph name := ops.graph_name(ops.sql_tenant());
  -- Without what is between quotes. What would hide a quote (a comment, a name in backticks) stands before it, and is refused.
  bare text := regexp_replace(query, $re$'([^'\\]|\\.)*'|"([^"\\]|\\.)*"$re$, $re$ '' $re$, 'g');
  tag text := '$kith_' || replace(gen_random_uuid()::text, '-', '') || '$';
  word text;
  plan json;
BEGIN
  IF graph IS NULL THEN RAISE EXCEPTION 'expected a role of a tenant, or SET kith.tenant_id' USING ERRCODE = '42501'; END IF;
  word := (regexp_match(bare, '`|//|/\*|\$|;|\m(?:create|merge|set|delete|detach|remove|call|yield|load|explain)\M', 'i'))[1];
  IF word IS NOT NULL THEN
    RAISE EXCEPTION 'expected Cypher that only reads; found %', word USING ERRCODE = '25006',
      HINT = 'Comments, parameters and names in backticks are refused as well.';
  END IF;
  FOR word IN SELECT lower(m[1]) FROM regexp_matches(bare, '([[:alnum:]_.]+)\s*\(', 'g') AS m LOOP
    IF word <> ALL (ARRAY['match', 'where', 'and', 'or', 'xor', 'not', 'in', 'return', 'with', 'distinct', 'by', 'when', 'then', 'else', 'case',
      'unwind', 'skip', 'limit', 'as', 'count', 'sum', 'avg', 'min', 'max', 'collect', 'exists', 'coalesce', 'id', 'start_id', 'end_id',
      'label', 'labels', 'type', 'properties', 'keys', 'nodes', 'relationships', 'length', 'size', 'head', 'last', 'tail', 'reverse', 'abs',
      'ceil', 'floor', 'round', 'sign', 'toupper', 'tolower', 'trim', 'ltrim', 'rtrim', 'left', 'right', 'substring', 'split', 'replace',
      'tostring', 'tointeger', 'tofloat', 'toboolean']) THEN
      RAISE EXCEPTION 'expected one of the functions that docs/sql.md lists; found %', word USING ERRCODE = '42501';
    END IF;
  END LOOP;
  query := format('SELECT agtype_out(answer)::text::jsonb FROM ag_catalog.cypher(%L, %s) AS (answer agtype)', graph, tag || query || tag);
  EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
  IF plan::text ~ '"Custom Scan"' THEN RAISE EXCEPTION 'expected Cypher that only reads' USING ERRCODE = '25006'; END IF;
  RETURN QUERY EXECUTE query;
EXCEPTION WHEN invalid_text_representation THEN
  RAISE EXCEPTION 'expected values, lists or maps in the answer' USING ERRCODE = '22023',
    HINT = 'Instead of a node or an edge return properties(n), or a map such as {type: i.type, value: i.value}.';
END
$body$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION analytics.cypher(text) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION analytics.cypher(text) TO kith_reader, kith_api, kith_worker;
--> statement-breakpoint
GRANT USAGE ON SCHEMA ops, ag_catalog TO kith_graph;
--> statement-breakpoint
GRANT CREATE ON SCHEMA analytics TO kith_graph;
--> statement-breakpoint
ALTER FUNCTION analytics.cypher(text) OWNER TO kith_graph;
--> statement-breakpoint
REVOKE CREATE ON SCHEMA analytics FROM kith_graph;
--> statement-breakpoint
SELECT ops.isolate_tenants();
