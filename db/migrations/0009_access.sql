-- A person says one thing about a purpose and channel; saying it again changes it.
ALTER TABLE consents ADD CONSTRAINT consents_tenant_id_identifier_id_purpose_channel_unique UNIQUE (tenant_id, identifier_id, purpose, channel);
--> statement-breakpoint
DROP INDEX consents_by_identifier;
--> statement-breakpoint
-- A tenant's latest transitions.
CREATE INDEX transitions_by_time ON transitions (tenant_id, at, id);
--> statement-breakpoint

-- tenant_events for lists. A security barrier keeps the order of a list from the chunks, so that the latest fifty events
-- would sort them all; without it they are read from the newest chunk's index (0.1 ms instead of 130 of 300,000 events). What
-- the barrier is for, functions that see rows before they are filtered, is nothing that the API lets anybody bring.
CREATE VIEW listed_events AS SELECT * FROM events WHERE tenant_id = (SELECT kith_tenant());
--> statement-breakpoint
GRANT SELECT ON listed_events TO kith_api;
--> statement-breakpoint

-- SQL for analysts: a schema of stable views, and login roles that see one tenant each (docs/sql.md). Such a role may set
-- kith.tenant_id as it likes, so the views do not ask for that: the tenant belongs to the role it logged in with.
CREATE TABLE ops.sql_roles (
	"role" text PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"created_at" timestamptz DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE ops.sql_roles ADD FOREIGN KEY (tenant_id) REFERENCES tenants ON DELETE CASCADE;
--> statement-breakpoint
-- Kith's own roles, and those who pass row level security anyway, say the tenant by the setting.
CREATE FUNCTION ops.sql_tenant() RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT coalesce(
  (SELECT tenant_id FROM ops.sql_roles WHERE role = session_user),
  (SELECT public.kith_tenant() FROM pg_roles
    WHERE rolname = session_user AND (rolsuper OR rolbypassrls OR rolname IN ('kith_api', 'kith_worker')))
)
$$;
--> statement-breakpoint
CREATE SCHEMA analytics;
--> statement-breakpoint
GRANT USAGE ON SCHEMA analytics TO kith_reader;
--> statement-breakpoint

CREATE VIEW analytics.profiles WITH (security_barrier) AS
SELECT id, traits, first_seen, last_seen, merged_into, created_at, updated_at
FROM public.profiles WHERE tenant_id = (SELECT ops.sql_tenant());
--> statement-breakpoint
CREATE VIEW analytics.identifiers WITH (security_barrier) AS
SELECT type, value, profile_id, first_seen, created_at
FROM public.identifiers WHERE tenant_id = (SELECT ops.sql_tenant());
--> statement-breakpoint
CREATE VIEW analytics.events WITH (security_barrier) AS
SELECT e.id, e.occurred_at, e.received_at, e.type, e.name, i.profile_id, e.user_id, e.anonymous_id, e.identifiers,
  e.properties, e.traits, e.context, e.message_id, s.name AS source
FROM public.events e
LEFT JOIN public.identifiers i ON i.tenant_id = e.tenant_id AND i.id = e.identifier_id
LEFT JOIN public.sources s ON s.tenant_id = e.tenant_id AND s.id = e.source_id
WHERE e.tenant_id = (SELECT ops.sql_tenant());
--> statement-breakpoint
CREATE VIEW analytics.segments WITH (security_barrier) AS
SELECT id, key, name, description, status, rule, version, version = backfilled_version AS complete, created_at, updated_at
FROM public.segments WHERE tenant_id = (SELECT ops.sql_tenant());
--> statement-breakpoint
CREATE VIEW analytics.segment_members WITH (security_barrier) AS
SELECT s.key AS segment, m.segment_id, m.profile_id, m.since
FROM public.members m JOIN public.segments s ON s.tenant_id = m.tenant_id AND s.id = m.segment_id
WHERE m.tenant_id = (SELECT ops.sql_tenant());
--> statement-breakpoint
CREATE VIEW analytics.labels WITH (security_barrier) AS
SELECT l.key AS label, v.label_id, v.profile_id, v.value, v.since
FROM public.label_values v JOIN public.labels l ON l.tenant_id = v.tenant_id AND l.id = v.label_id
WHERE v.tenant_id = (SELECT ops.sql_tenant());
--> statement-breakpoint
CREATE VIEW analytics.transitions WITH (security_barrier) AS
SELECT t.id, t.at, t.kind, t.profile_id, s.key AS segment, l.key AS label, t.from_value, t.to_value, t.cause
FROM public.transitions t
LEFT JOIN public.segments s ON s.tenant_id = t.tenant_id AND s.id = t.segment_id
LEFT JOIN public.labels l ON l.tenant_id = t.tenant_id AND l.id = t.label_id
WHERE t.tenant_id = (SELECT ops.sql_tenant());
--> statement-breakpoint
CREATE VIEW analytics.accounts WITH (security_barrier) AS
SELECT id, external_id, name, domain, industry, employees, parent_id, owner, custom, created_at, updated_at
FROM public.accounts WHERE tenant_id = (SELECT ops.sql_tenant());
--> statement-breakpoint
CREATE VIEW analytics.contacts WITH (security_barrier) AS
SELECT c.id, c.external_id, i.profile_id, c.account_id, c.user_id, c.email, c.phone, c.first_name, c.last_name, c.title, c.stage,
  c.owner, c.custom, c.created_at, c.updated_at
FROM public.contacts c
LEFT JOIN public.identifiers i ON i.tenant_id = c.tenant_id AND i.id = public.identifier_id('contact', c.id::text)
WHERE c.tenant_id = (SELECT ops.sql_tenant());
--> statement-breakpoint
CREATE VIEW analytics.leads WITH (security_barrier) AS
SELECT l.id, l.external_id, i.profile_id, l.user_id, l.email, l.phone, l.first_name, l.last_name, l.company, l.status, l.origin,
  l.score, l.owner, l.converted_contact_id, l.custom, l.created_at, l.updated_at
FROM public.leads l
LEFT JOIN public.identifiers i ON i.tenant_id = l.tenant_id AND i.id = public.identifier_id('lead', l.id::text)
WHERE l.tenant_id = (SELECT ops.sql_tenant());
--> statement-breakpoint
CREATE VIEW analytics.order_items WITH (security_barrier) AS
SELECT id, external_id, order_id, sku, name, quantity, unit_price, currency, custom, created_at, updated_at
FROM public.order_items WHERE tenant_id = (SELECT ops.sql_tenant());
--> statement-breakpoint
-- Records about a person: their own columns, and the profile that owns them today.
DO $$
DECLARE
  name text;
  columns text;
BEGIN
  FOREACH name IN ARRAY ARRAY['opportunities', 'orders', 'contracts', 'memberships', 'tickets', 'activities', 'consents'] LOOP
    SELECT string_agg(format('r.%I', attname), ', ' ORDER BY attnum) INTO columns
    FROM pg_attribute
    WHERE attrelid = format('public.%I', name)::regclass AND attnum > 0 AND NOT attisdropped
      AND attname NOT IN ('tenant_id', 'identifier_id');
    EXECUTE format('CREATE VIEW analytics.%I WITH (security_barrier) AS SELECT i.profile_id, %s FROM public.%I r
      LEFT JOIN public.identifiers i ON i.tenant_id = r.tenant_id AND i.id = r.identifier_id
      WHERE r.tenant_id = (SELECT ops.sql_tenant())', name, columns, name);
  END LOOP;
END
$$;
--> statement-breakpoint
-- A row for each person who is still one.
CREATE VIEW analytics.profile_360 WITH (security_barrier) AS
SELECT p.id, p.traits, p.first_seen, p.last_seen, i.emails, i.user_ids, i.phones, coalesce(l.labels, '{}') AS labels,
  coalesce(s.segments, '{}') AS segments, coalesce(o.orders, 0) AS orders, coalesce(o.revenue, '{}') AS revenue, o.last_order_at,
  coalesce(t.open_tickets, 0) AS open_tickets, c.account_ids
FROM public.profiles p
LEFT JOIN LATERAL (
  SELECT array_agg(value ORDER BY value) FILTER (WHERE type = 'email') AS emails,
    array_agg(value ORDER BY value) FILTER (WHERE type = 'user_id') AS user_ids,
    array_agg(value ORDER BY value) FILTER (WHERE type = 'phone') AS phones
  FROM public.identifiers i WHERE i.tenant_id = p.tenant_id AND i.profile_id = p.id
) i ON true
LEFT JOIN LATERAL (
  SELECT jsonb_object_agg(l.key, v.value) AS labels
  FROM public.label_values v JOIN public.labels l ON l.tenant_id = v.tenant_id AND l.id = v.label_id
  WHERE v.tenant_id = p.tenant_id AND v.profile_id = p.id
) l ON true
LEFT JOIN LATERAL (
  SELECT array_agg(s.key ORDER BY s.key) AS segments
  FROM public.members m JOIN public.segments s ON s.tenant_id = m.tenant_id AND s.id = m.segment_id
  WHERE m.tenant_id = p.tenant_id AND m.profile_id = p.id
) s ON true
LEFT JOIN LATERAL (
  SELECT sum(n)::bigint AS orders, jsonb_object_agg(currency, amount) AS revenue, max(last_order_at) AS last_order_at
  FROM (
    SELECT o.currency, count(*) AS n, sum(o.amount) AS amount, max(o.placed_at) AS last_order_at
    FROM public.identifiers i JOIN public.orders o ON o.tenant_id = i.tenant_id AND o.identifier_id = i.id
    WHERE i.tenant_id = p.tenant_id AND i.profile_id = p.id
    GROUP BY o.currency
  ) AS by_currency
) o ON true
LEFT JOIN LATERAL (
  SELECT count(*) AS open_tickets
  FROM public.identifiers i JOIN public.tickets t ON t.tenant_id = i.tenant_id AND t.identifier_id = i.id
  WHERE i.tenant_id = p.tenant_id AND i.profile_id = p.id AND t.closed_at IS NULL AND t.status <> 'closed'
) t ON true
LEFT JOIN LATERAL (
  SELECT array_agg(DISTINCT c.account_id) AS account_ids
  FROM public.identifiers i
  JOIN public.contacts c ON c.tenant_id = i.tenant_id
    AND c.id = CASE WHEN pg_input_is_valid(i.value, 'uuid') THEN i.value::uuid END
  WHERE i.tenant_id = p.tenant_id AND i.profile_id = p.id AND i.type = 'contact' AND c.account_id IS NOT NULL
) c ON true
WHERE p.tenant_id = (SELECT ops.sql_tenant()) AND p.merged_into IS NULL;
--> statement-breakpoint
GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO kith_reader, kith_api, kith_worker;
--> statement-breakpoint
GRANT USAGE ON SCHEMA analytics TO kith_api, kith_worker;
--> statement-breakpoint

-- Makes a login role that reads the views of one tenant, and nothing else. Run by the owner (npm run sql-role).
CREATE FUNCTION ops.create_sql_role(name text, tenant uuid, password text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE ROLE %I LOGIN PASSWORD %L NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE CONNECTION LIMIT 10 IN ROLE kith_reader', name, password);
  EXECUTE format('ALTER ROLE %I SET search_path = analytics', name);
  EXECUTE format('ALTER ROLE %I SET default_transaction_read_only = on', name);
  EXECUTE format('ALTER ROLE %I SET statement_timeout = ''5min''', name);
  INSERT INTO ops.sql_roles (role, tenant_id) VALUES (name, tenant);
END
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION ops.create_sql_role(text, uuid, text) FROM PUBLIC;
