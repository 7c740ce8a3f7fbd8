-- What compiled rules call. Functions in plain SQL, so that the planner can inline them.

-- A stored ISO 8601 text as an instant, or null: engine/rules/instant.ts says which texts. A date is its midnight; without
-- an offset both are in the timezone given.
CREATE FUNCTION public.to_instant(value jsonb, timezone text) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT CASE
  WHEN jsonb_typeof(value) <> 'string'
    OR value #>> '{}' !~ '^(?!0000)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?(Z|[+-](0\d|1[0-4]):?[0-5]\d)?)?$'
    OR NOT pg_input_is_valid(value #>> '{}', 'timestamptz') THEN NULL
  WHEN value #>> '{}' ~ '(Z|[+-]\d\d:?\d\d)$' THEN (value #>> '{}')::timestamptz
  ELSE (value #>> '{}')::timestamp AT TIME ZONE timezone
END
$$;
--> statement-breakpoint

-- The first day from today on that has the day and month of a date; 29 February is kept on the 28th in other years.
CREATE FUNCTION public.next_anniversary(day date, today date) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE
  WHEN (day + make_interval(years => years))::date >= today THEN (day + make_interval(years => years))::date
  ELSE (day + make_interval(years => years + 1))::date
END
FROM (SELECT (extract(year FROM today) - extract(year FROM day))::integer AS years) AS elapsed
$$;
--> statement-breakpoint

-- Rules are evaluated by the worker and, for previews, by the API: one statement for both, so one name for the events.
GRANT SELECT ON tenant_events TO kith_worker;
--> statement-breakpoint

-- Manual and imported lists of people. A member is named by an identifier, so that lists follow merges like records do.
CREATE TABLE "lists" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"key" text NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	"updated_at" timestamptz DEFAULT now() NOT NULL,
	CONSTRAINT "lists_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "lists_tenant_id_key_unique" UNIQUE("tenant_id","key")
);
--> statement-breakpoint
CREATE TABLE "list_members" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"list_id" uuid NOT NULL,
	"type" text NOT NULL,
	"value" text NOT NULL,
	"identifier_id" uuid GENERATED ALWAYS AS (identifier_id(type, CASE WHEN type = 'email' THEN lower(btrim(value)) ELSE value END)) STORED,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	CONSTRAINT "list_members_tenant_id_list_id_type_value_pk" PRIMARY KEY("tenant_id","list_id","type","value")
);
--> statement-breakpoint
ALTER TABLE list_members ADD FOREIGN KEY (tenant_id, list_id) REFERENCES lists ON DELETE CASCADE;
--> statement-breakpoint
CREATE INDEX "list_members_by_identifier" ON "list_members" USING btree ("tenant_id","identifier_id");
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON lists, list_members TO kith_api, kith_worker;
--> statement-breakpoint
SELECT ops.isolate_tenants();
--> statement-breakpoint
CREATE TRIGGER touch BEFORE UPDATE ON lists FOR EACH ROW EXECUTE FUNCTION ops.touch();
--> statement-breakpoint

CREATE FUNCTION ops.list_members_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ops AS $$
BEGIN
  PERFORM ops.emit_people(tenant_id, array_agg(jsonb_build_object('ids', jsonb_build_object(type, value))))
  FROM (SELECT DISTINCT tenant_id, type, CASE WHEN type = 'email' THEN lower(btrim(value)) ELSE value END AS value FROM changed) AS people
  GROUP BY tenant_id;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER relay_insert AFTER INSERT ON list_members REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ops.list_members_changed();
--> statement-breakpoint
CREATE TRIGGER relay_delete AFTER DELETE ON list_members REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ops.list_members_changed();
--> statement-breakpoint
-- Whose place on a list changes leaves it and joins it.
CREATE FUNCTION ops.list_member_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a list member is deleted and inserted, not updated' USING ERRCODE = 'feature_not_supported';
END
$$;
--> statement-breakpoint
CREATE TRIGGER kept BEFORE UPDATE ON list_members FOR EACH ROW EXECUTE FUNCTION ops.list_member_kept();
--> statement-breakpoint

-- What an account has (a contract, a ticket) is told about its people too, but only where some rule asks for accounts: an
-- account may have thousands. profile_accounts, of a later migration, says who they are.
CREATE FUNCTION ops.emit_accounts(accounts jsonb[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, ops AS $$
BEGIN
  PERFORM ops.emit_people(tenant_id, array_agg(jsonb_build_object('ids', jsonb_build_object(type, value))))
  FROM (
    SELECT DISTINCT ON (i.tenant_id, i.profile_id) i.tenant_id, i.type, i.value
    FROM (
      SELECT DISTINCT (account ->> 'tenant_id')::uuid AS tenant_id, (account ->> 'account_id')::uuid AS account_id
      FROM unnest(accounts) AS account
    ) AS changed
    JOIN profile_accounts a ON a.tenant_id = changed.tenant_id AND a.account_id = changed.account_id
    JOIN identifiers i ON i.tenant_id = a.tenant_id AND i.profile_id = a.profile_id
    WHERE EXISTS (SELECT FROM segments s WHERE s.tenant_id = changed.tenant_id AND s.rule::text LIKE '%"account"%')
      OR EXISTS (SELECT FROM labels l WHERE l.tenant_id = changed.tenant_id AND l.rule::text LIKE '%"account"%')
  ) AS people
  GROUP BY tenant_id;
END
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION ops.emit_accounts(jsonb[]) FROM PUBLIC;
--> statement-breakpoint
CREATE FUNCTION ops.account_record_inserted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ops AS $$
BEGIN
  PERFORM ops.emit_accounts(array_agg(to_jsonb(r))) FROM (SELECT tenant_id, account_id FROM inserted WHERE account_id IS NOT NULL) r HAVING count(*) > 0;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE FUNCTION ops.account_record_updated() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ops AS $$
BEGIN
  PERFORM ops.emit_accounts(array_agg(to_jsonb(r))) FROM (
    SELECT tenant_id, account_id FROM inserted WHERE account_id IS NOT NULL
    UNION SELECT tenant_id, account_id FROM deleted WHERE account_id IS NOT NULL
  ) r HAVING count(*) > 0;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE FUNCTION ops.account_record_deleted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ops AS $$
BEGIN
  PERFORM ops.emit_accounts(array_agg(to_jsonb(r))) FROM (SELECT tenant_id, account_id FROM deleted WHERE account_id IS NOT NULL) r HAVING count(*) > 0;
  RETURN NULL;
END
$$;
--> statement-breakpoint
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['opportunities', 'orders', 'contracts', 'tickets', 'activities'] LOOP
    EXECUTE format('CREATE TRIGGER relay_account_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_inserted()', name);
    EXECUTE format('CREATE TRIGGER relay_account_update AFTER UPDATE ON %I REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_updated()', name);
    EXECUTE format('CREATE TRIGGER relay_account_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_deleted()', name);
  END LOOP;
END
$$;
